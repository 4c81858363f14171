"""An unmodified Bolt app lives in the emulator as it would in Slack."""

from typing import Any

from slack_bolt.app.async_app import AsyncApp

from sandbox.slack.workspace import SlackWorkspace
from tests.sandbox_slack.samples import actions, button, modal, section, text_input

NAME_INPUT = text_input("Name of it", "name")


async def test_a_command_is_acknowledged_and_answered_through_its_response_url(
    slack: SlackWorkspace, app: AsyncApp
) -> None:
    @app.command("/vi")
    async def answer(ack: Any, respond: Any, command: Any) -> None:
        await ack()
        await respond(f"You said {command['text']}")

    reply = await slack.user("alice").command("/vi list all", channel="general")
    message = await reply.answer()

    assert reply.error is None
    assert reply.ack_ms is not None
    assert reply.ack_ms < 1000
    assert message.text == "You said list all"
    assert message.is_ephemeral
    assert not slack.user("omar").messages


async def test_a_click_replaces_the_message_that_has_the_button(slack: SlackWorkspace, app: AsyncApp) -> None:
    @app.command("/vi")
    async def show(ack: Any, respond: Any) -> None:
        await ack()
        await respond(text="A button", blocks=[section("Potholes"), actions(button("Press", "press", value="7"))])

    @app.action("press")
    async def pressed(ack: Any, respond: Any, action: Any) -> None:
        await ack()
        await respond(text=f"Pressed {action['value']}", replace_original=True)

    alice = slack.user("alice")
    await alice.command("/vi", channel="leads")
    message = await alice.sees("Potholes")
    reply = await message.click("Press")
    await message.updated("Pressed 7")

    assert reply.error is None
    assert message.buttons == []


async def test_a_modal_is_opened_updated_and_submitted_until_it_has_no_errors(
    slack: SlackWorkspace, app: AsyncApp
) -> None:
    submitted = []

    @app.command("/vi")
    async def show(ack: Any, client: Any, command: Any) -> None:
        await ack()
        opened = await client.views_open(trigger_id=command["trigger_id"], view=modal(section("Checking…")))
        await client.views_update(
            view_id=opened["view"]["id"],
            hash=opened["view"]["hash"],
            view=modal(section("Delete Potholes?"), NAME_INPUT),
        )

    @app.view("it")
    async def take(ack: Any, view: Any) -> None:
        name = view["state"]["values"]["name"]["typed"]["value"]
        submitted.append(name)
        if name != "Potholes":
            await ack(response_action="errors", errors={"name": "That is not its name."})
        else:
            await ack(response_action="update", view=modal(section("Deleted.")))

    alice = slack.user("alice")
    await alice.command("/vi")
    form = await alice.sees_modal("A modal", text="Delete Potholes?")
    wrong = await form.submit(typed="potholes")
    right = await form.submit(name_of_it="Potholes")

    assert wrong.errors == {"Name of it": "That is not its name."}
    assert not wrong.closed
    assert right.errors == {}
    assert right.updated
    assert "Deleted." in form.text
    assert submitted == ["potholes", "Potholes"]


async def test_a_modal_shows_progress_while_the_app_works(slack: SlackWorkspace, app: AsyncApp) -> None:
    @app.command("/vi")
    async def show(ack: Any, client: Any, command: Any) -> None:
        await ack()
        await client.views_open(trigger_id=command["trigger_id"], view=modal(NAME_INPUT))

    @app.view("it")
    async def delete(ack: Any, client: Any, view: Any) -> None:
        await ack(response_action="update", view=modal(section("Deleting…")))
        await client.views_update(view_id=view["id"], view=modal(section("Deleted.")))

    alice = slack.user("alice")
    await alice.command("/vi")
    form = await alice.sees_modal()
    await form.submit(name="Potholes")
    await form.updated("Delet")

    assert form.is_open
