"""A person of the driver can do what a person can, and no more."""

import asyncio
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack.driver.errors import CannotDoError, NotSeenError
from sandbox.slack.driver.view import ModalHandle
from sandbox.slack.workspace import SlackWorkspace
from tests.sandbox_slack.samples import (
    actions,
    button,
    field,
    home,
    modal,
    option,
    overflow,
    plain,
    section,
    text_input,
)

CONFIRM = {"title": plain("Sure?"), "text": plain("It cannot be undone."), "confirm": plain("Yes"), "deny": plain("No")}


@pytest.fixture
def chosen(app: AsyncApp) -> list[dict[str, Any]]:
    """Every action the app hears of; it acknowledges all."""
    heard: list[dict[str, Any]] = []

    @app.action({"action_id": "act"})
    async def hear(ack: Any, action: Any) -> None:
        heard.append(action)
        await ack()

    @app.view("it")
    async def take(ack: Any, view: Any) -> None:
        heard.append(view["state"]["values"])
        await ack()

    return heard


async def post(slack: SlackWorkspace, client: AsyncWebClient, *blocks: dict[str, Any], name: str = "alice") -> Any:
    await client.chat_postMessage(channel="general", text="Blocks", blocks=list(blocks))
    return slack.user(name).messages[-1]


async def open_modal(
    slack: SlackWorkspace, client: AsyncWebClient, *blocks: dict[str, Any], **more: Any
) -> ModalHandle:
    trigger_id = slack.state.triggers.issue(slack.user("alice").id)
    await client.views_open(trigger_id=trigger_id, view=modal(*blocks, **more))
    return await slack.user("alice").sees_modal()


async def test_a_button_is_found_by_its_text_its_label_or_its_action_id(
    slack: SlackWorkspace, client: AsyncWebClient, chosen: list[dict[str, Any]]
) -> None:
    message = await post(slack, client, actions(button("Delete…", "act", accessibility_label="Delete Potholes")))
    for name in ("Delete…", "Delete Potholes", "act"):
        await message.click(name)

    assert len(chosen) == 3
    assert message.buttons == ["Delete…"]


async def test_a_button_that_is_not_there_cannot_be_pressed(slack: SlackWorkspace, client: AsyncWebClient) -> None:
    message = await post(slack, client, actions(button("Delete…", "act")))

    with pytest.raises(CannotDoError, match=r"0 elements are called 'Kill…'; on the screen: Delete…"):
        await message.click("Kill…")


async def test_a_menu_is_called_by_its_placeholder_or_else_by_its_action_id(
    slack: SlackWorkspace, client: AsyncWebClient
) -> None:
    options = [option("A"), option("B")]
    message = await post(
        slack,
        client,
        actions(
            {"type": "static_select", "action_id": "one", "options": options, "placeholder": plain("Sort by")},
            {"type": "static_select", "action_id": "two", "options": options},
        ),
    )

    assert message.options("Sort by") == ["A", "B"]
    with pytest.raises(CannotDoError, match="on the screen: Sort by, two"):
        message.options("three")
    with pytest.raises(CannotDoError, match=r"offered 0 times; offered: A, B\."):
        await message.choose("two", option="C")
    with pytest.raises(CannotDoError, match=r"on the screen: nothing\."):
        await message.click("Go")


async def test_a_row_does_not_reach_round_the_end_of_a_message(
    slack: SlackWorkspace, client: AsyncWebClient, chosen: list[dict[str, Any]]
) -> None:
    message = await post(slack, client, actions(button("Show", "act")), section("Potholes"))

    with pytest.raises(CannotDoError, match="near 'Potholes'"):
        await message.click("Show", near="Potholes")
    await message.click("Show", near="Show")
    assert len(chosen) == 1


async def test_one_of_several_equal_buttons_is_named_by_a_text_in_its_row(
    slack: SlackWorkspace, client: AsyncWebClient, chosen: list[dict[str, Any]]
) -> None:
    message = await post(
        slack,
        client,
        section("Potholes", accessory=button("Show", "act", value="1")),
        section("Cracks", accessory=button("Show", "act", value="2")),
        section("Leaves"),
        {"type": "context", "elements": [plain("Updated today")]},
        actions(button("Show", "act", value="3")),
        actions(button("Show", "act", value="4")),
    )

    with pytest.raises(CannotDoError, match="4 elements"):
        await message.click("Show")
    with pytest.raises(CannotDoError, match="0 elements are called 'Show' near 'Moss'"):
        await message.click("Show", near="Moss")
    await message.click("Show", near="Cracks")
    await message.click("Show", near="Leaves")
    await message.click("Show", near="Updated today")
    assert [action["value"] for action in chosen] == ["2", "3", "3"]


async def test_an_overflow_menu_is_chosen_from_by_the_text_of_its_option(
    slack: SlackWorkspace, client: AsyncWebClient, chosen: list[dict[str, Any]]
) -> None:
    message = await post(
        slack,
        client,
        section("Potholes", accessory=overflow("act", "Show", "Back up")),
        section("Cracks", accessory=overflow("act", "Show")),
    )
    await message.choose("⋯", near="Potholes", option="Back up")

    assert chosen[0]["selected_option"]["value"] == "back up"
    assert message.options("⋯", near="Cracks") == ["Show"]
    with pytest.raises(CannotDoError, match="offered 0 times; offered: Show"):
        await message.choose("⋯", near="Cracks", option="Back up")


async def test_a_dialog_is_confirmed_or_dismissed(
    slack: SlackWorkspace, client: AsyncWebClient, chosen: list[dict[str, Any]]
) -> None:
    message = await post(slack, client, actions(button("Delete…", "act", confirm=CONFIRM), button("Show", "act2")))

    assert message.confirmation("Delete…") == "Sure?\nIt cannot be undone."
    assert message.confirmation("Show") is None
    dismissed = await message.click("Delete…", dismiss=True)
    assert (dismissed.ack_ms, dismissed.error, chosen) == (None, None, [])
    await message.click("Delete…")
    assert len(chosen) == 1
    with pytest.raises(CannotDoError, match="asks for no confirmation"):
        await message.click("Show", dismiss=True)


async def test_what_is_chosen_in_a_message_is_in_its_state(
    slack: SlackWorkspace, app: AsyncApp, client: AsyncWebClient
) -> None:
    states: list[Any] = []

    @app.action({"block_id": "row"})
    async def hear(ack: Any, body: Any) -> None:
        states.append(body["state"]["values"]["row"]["sort"]["selected_option"])
        await ack()

    select = {"type": "static_select", "action_id": "sort", "options": [option("Newest"), option("Name")]}
    message = await post(slack, client, {**actions(select, button("Go", "go")), "block_id": "row"})
    await message.click("Go")
    await message.choose("sort", option="Name")
    await message.click("Go")

    assert [state and state["value"] for state in states] == [None, "name", "name"]


async def test_a_message_that_is_gone_cannot_be_pressed(slack: SlackWorkspace, client: AsyncWebClient) -> None:
    omar = slack.user("omar")
    await client.chat_postEphemeral(
        channel=slack.channel_id("ml-ops"), user=omar.id, text="Press", blocks=[actions(button("Press", "act"))]
    )
    message = await omar.sees("Press")
    omar.reload()

    with pytest.raises(CannotDoError, match="not on the screen any more"):
        await message.click("Press")
    with pytest.raises(CannotDoError, match="not on the screen any more"):
        await message.choose("Press", option="Any")
    with pytest.raises(CannotDoError, match="not on the screen any more"):
        await message.search("Press", "any")


async def test_a_change_is_waited_for_until_it_says_what_is_looked_for(
    slack: SlackWorkspace, client: AsyncWebClient
) -> None:
    posted = await client.chat_postMessage(channel="general", text="Done is what this is not")
    message = await slack.user("alice").sees("Done")
    waiting = asyncio.create_task(message.updated("Done"))
    await client.chat_update(channel=posted["channel"], ts=posted["ts"], text="Working…")
    assert not waiting.done()
    await client.chat_update(channel=posted["channel"], ts=posted["ts"], text="Done")

    assert (await waiting).text == "Done"
    with pytest.raises(NotSeenError):
        await message.updated(timeout=0.01)
    await client.chat_update(channel=posted["channel"], ts=posted["ts"], text="Archived")
    assert (await message.updated()).text == "Archived"


async def test_a_message_is_waited_for_until_it_is_gone(slack: SlackWorkspace, client: AsyncWebClient) -> None:
    posted = await client.chat_postMessage(channel="general", text="Oops")
    message = await slack.user("alice").sees("Oops")
    with pytest.raises(NotSeenError, match="the message still says: Oops"):
        await message.vanished(timeout=0.01)

    waiting = asyncio.create_task(message.vanished())
    await client.chat_delete(channel=posted["channel"], ts=posted["ts"])
    await waiting
    assert message.is_gone


async def test_a_double_click_of_which_one_is_lost_is_not_acknowledged(
    slack: SlackWorkspace, client: AsyncWebClient, chosen: list[dict[str, Any]]
) -> None:
    slack.faults.on("ack:block_actions")
    message = await post(slack, client, actions(button("Press", "act")))
    reply = await message.click("Press", times=2)

    assert len(chosen) == 2
    assert reply.ack_ms is None
    assert reply.error == "We had some trouble connecting. Try again?"


async def test_an_answer_is_what_comes_after_the_acknowledgement_and_is_still_there(
    slack: SlackWorkspace, app: AsyncApp
) -> None:
    @app.command("/vi")
    async def answer(ack: Any, respond: Any) -> None:
        await ack("Acknowledged")
        await respond("Answered")

    alice = slack.user("alice")
    first = await alice.command("/vi")
    assert (await first.answer()).text == "Answered"
    with pytest.raises(NotSeenError):
        await first.answer(timeout=0.01)
    mark = alice.now()
    second = await alice.command("/vi")
    await alice.sees("Answered", after=mark)
    alice.reload()
    with pytest.raises(NotSeenError):
        await second.answer(timeout=0.01)


async def test_a_person_sees_the_newest_message_that_fits(slack: SlackWorkspace, client: AsyncWebClient) -> None:
    alice = slack.user("alice")
    await client.chat_postMessage(channel="general", text="Potholes: first")
    first = await alice.sees("Potholes")
    waiting = asyncio.create_task(alice.sees("Potholes", after=first))
    await client.chat_postMessage(channel="general", text="Cracks")
    await client.chat_postMessage(channel="ml-ops", text="Potholes: second")

    assert (await waiting).text == "Potholes: second"
    assert (await alice.sees("Potholes", channel="general")).text == "Potholes: first"
    assert (await alice.sees(channel="#general", after=first)).text == "Cracks"
    mark = alice.now()
    with pytest.raises(NotSeenError):
        await alice.sees("Cracks", after=mark, timeout=0.01)
    await client.chat_postMessage(channel="general", text="Potholes: third")
    assert (await alice.sees("Potholes", after=mark)).text == "Potholes: third"


async def test_a_wait_in_vain_says_what_is_on_the_screen(
    slack: SlackWorkspace, app: AsyncApp, client: AsyncWebClient
) -> None:
    @app.event("app_home_opened")
    async def publish_nothing() -> None: ...

    await client.chat_postMessage(channel="general", text="Cracks")
    alice = slack.user("alice")

    with pytest.raises(NotSeenError, match=r"no message with 'Potholes' came; on the screen:\n- 'Cracks'"):
        await alice.sees("Potholes", timeout=0.01)
    with pytest.raises(NotSeenError, match="no modal 'Delete'"):
        await alice.sees_modal("Delete", timeout=0.01)
    with pytest.raises(NotSeenError, match="no change to 'Done' came; the message says: Cracks"):
        await alice.messages[0].updated("Done", timeout=0.01)
    with pytest.raises(NotSeenError, match="no Home tab"):
        await slack.user("alice").open_home(timeout=0.01)


async def test_who_is_not_in_a_channel_cannot_type_there(slack: SlackWorkspace) -> None:
    with pytest.raises(CannotDoError, match="sigrid is not in #general"):
        await slack.user("sigrid").command("/vi", channel="general")


@pytest.mark.parametrize("name", ["dora", "standup", "ext"])
async def test_bots_deactivated_people_and_outsiders_cannot_run_commands(slack: SlackWorkspace, name: str) -> None:
    person = slack.user(name)
    for act in (person.command("/vi"), person.shortcut("Open it")):
        with pytest.raises(CannotDoError, match=r"signed out|another workspace"):
            await act


async def test_who_is_signed_out_opens_nothing(slack: SlackWorkspace) -> None:
    dora = slack.user("dora")
    for act in (dora.open_home(), dora.open_messages_tab()):
        with pytest.raises(CannotDoError, match="signed out"):
            await act


async def test_a_message_shortcut_is_no_global_one(slack: SlackWorkspace) -> None:
    with pytest.raises(CannotDoError, match="no shortcut 'Quote it'"):
        await slack.user("alice").shortcut("Quote it")


async def test_a_change_of_a_modal_is_waited_for_until_it_says_what_is_looked_for(
    slack: SlackWorkspace, client: AsyncWebClient
) -> None:
    form = await open_modal(slack, client, section("Checking…"), external_id="mine")
    with pytest.raises(NotSeenError, match="no change to 'Checking' came; the view says"):
        await form.updated("Checking", timeout=0.01)
    waiting = asyncio.create_task(form.updated("Done"))
    await client.views_update(external_id="mine", view=modal(section("Deleting…"), external_id="mine"))
    assert not waiting.done()
    await client.views_update(external_id="mine", view=modal(section("Done"), external_id="mine"))
    await waiting

    with pytest.raises(NotSeenError):
        await form.updated(timeout=0.01)
    await client.views_update(external_id="mine", view=modal(section("Closed")))
    await form.updated()


async def test_a_modal_is_waited_for_by_its_title_and_text(slack: SlackWorkspace, client: AsyncWebClient) -> None:
    alice = slack.user("alice")
    await open_modal(slack, client, section("Checking…"), external_id="mine")
    by_text = asyncio.create_task(alice.sees_modal(text="Facts"))
    by_title = asyncio.create_task(alice.sees_modal("Delete"))
    await client.auth_test()
    assert not by_text.done()
    await client.views_update(external_id="mine", view=modal(section("Facts"), external_id="mine"))
    assert (await by_text).title == "A modal"
    assert not by_title.done()
    await client.views_update(external_id="mine", view=modal(section("Facts"), title=plain("Delete it")))

    assert (await by_title).title == "Delete it"


async def test_a_home_tab_is_waited_for_until_it_says_what_is_looked_for(slack: SlackWorkspace, app: AsyncApp) -> None:
    @app.event("app_home_opened")
    async def publish(client: Any, event: Any) -> None:
        for text in ("Loading…", "Ready"):
            await client.views_publish(user_id=event["user"], view=home(section(text)))

    assert "Ready" in (await slack.user("vera").open_home("Ready")).text
    with pytest.raises(NotSeenError, match="on the screen:\nnothing"):
        await slack.user("vera").sees("Ready", timeout=0.01)


async def test_an_element_without_ids_is_given_some(
    slack: SlackWorkspace, app: AsyncApp, client: AsyncWebClient
) -> None:
    actions_heard: list[dict[str, Any]] = []

    @app.action({"type": "block_actions", "action_id": re.compile(".+")})
    async def hear(ack: Any, action: Any) -> None:
        actions_heard.append(action)
        await ack()

    nameless = {"type": "button", "text": plain("Nameless")}
    select = {"type": "static_select", "options": [option("A")], "placeholder": plain("Choose")}
    picture = {"type": "image", "image_url": "https://x.example/a.png", "alt_text": "A picture"}
    message = await post(slack, client, actions(nameless, select), section("Look", accessory=picture))
    await message.click("Nameless")
    await message.choose("Choose", option="A")

    assert all(action["action_id"] and action["block_id"] for action in actions_heard)
    assert len({action["action_id"] for action in actions_heard}) == 2
    assert "action_id" not in message.blocks[1]["accessory"]


async def test_a_reload_closes_modals(slack: SlackWorkspace, client: AsyncWebClient) -> None:
    form = await open_modal(slack, client, section("Open"))
    slack.user("alice").reload()

    assert not form.is_open


async def test_somebody_who_was_deactivated_can_still_press_what_is_on_their_screen(
    slack: SlackWorkspace, client: AsyncWebClient, chosen: list[dict[str, Any]]
) -> None:
    message = await post(slack, client, actions(button("Press", "act")), name="omar")
    slack.deactivate("omar", sign_out=False)
    await message.click("Press")
    assert len(chosen) == 1

    slack.deactivate("omar")
    with pytest.raises(CannotDoError, match="signed out"):
        await message.click("Press")


FIELDS: dict[str, dict[str, Any]] = {
    "text": {"type": "plain_text_input", "max_length": 8},
    "lines": {"type": "plain_text_input", "multiline": True},
    "number": {"type": "number_input", "is_decimal_allowed": False, "min_value": "1", "max_value": "9"},
    "email": {"type": "email_text_input"},
    "link": {"type": "url_text_input"},
    "box": {"type": "checkboxes", "options": [option("Back up first")]},
    "boxes": {"type": "checkboxes", "options": [option("A"), option("B"), option("C")]},
    "radio": {"type": "radio_buttons", "options": [option("A"), option("B")]},
    "select": {"type": "static_select", "options": [option("A"), option("B")]},
    "multi": {"type": "multi_static_select", "options": [option("A"), option("B")], "max_selected_items": 1},
    "person": {"type": "users_select"},
    "people": {"type": "multi_users_select"},
    "channel": {"type": "channels_select"},
    "date": {"type": "datepicker"},
    "time": {"type": "timepicker"},
    "moment": {"type": "datetimepicker"},
}


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("text", "Potholes", {"value": "Potholes"}),
        ("text", "", {"value": None}),
        ("lines", "a\nb", {"value": "a\nb"}),
        ("number", 7, {"value": "7"}),
        ("email", "a@b.example", {"value": "a@b.example"}),
        ("link", "https://b.example", {"value": "https://b.example"}),
        ("box", True, {"selected_options": [option("Back up first")]}),
        ("box", False, {"selected_options": []}),
        ("boxes", ["A", "C"], {"selected_options": [option("A"), option("C")]}),
        ("radio", "B", {"selected_option": option("B")}),
        ("select", "A", {"selected_option": option("A")}),
        ("select", None, {"selected_option": None}),
        ("multi", "B", {"selected_options": [option("B")]}),
        ("person", "vera", {"selected_user": "U07LMV6B0XS"}),
        ("people", ["vera"], {"selected_users": ["U07LMV6B0XS"]}),
        ("channel", "general", {"selected_channel": "C07LP0GENR1"}),
        ("date", "2026-11-23", {"selected_date": "2026-11-23"}),
        ("time", "09:15", {"selected_time": "09:15"}),
        ("moment", datetime(2026, 11, 23, tzinfo=UTC), {"selected_date_time": 1795392000}),
    ],
)
async def test_a_field_is_filled_in_as_slack_writes_it_down(
    slack: SlackWorkspace,
    client: AsyncWebClient,
    chosen: list[dict[str, Any]],
    kind: str,
    value: Any,
    expected: dict[str, Any],
) -> None:
    element = FIELDS[kind] | {"action_id": "entered"}
    form = await open_modal(slack, client, field("Field", "b", element, optional=True))
    await form.submit(field=value)

    assert chosen == [{"b": {"entered": {"type": element["type"], **expected}}}]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("text", "Potholes!"),
        ("text", "a\nb"),
        ("text", 7),
        ("number", "ten"),
        ("number", 10),
        ("number", 1.5),
        ("email", "nobody"),
        ("link", "example"),
        ("boxes", True),
        ("boxes", ["A", "D"]),
        ("radio", "C"),
        ("select", "C"),
        ("multi", ["A", "B"]),
        ("person", "nobody"),
        ("channel", "nowhere"),
        ("date", "tomorrow"),
        ("time", "noon"),
        ("moment", "now"),
        ("moment", datetime(2026, 11, 23)),  # noqa: DTZ001 - that it has no time zone is what is refused
        ("email", 7),
    ],
)
async def test_a_field_refuses_what_a_person_could_not_enter(
    slack: SlackWorkspace, client: AsyncWebClient, kind: str, value: Any
) -> None:
    form = await open_modal(slack, client, field("Field", "b", FIELDS[kind] | {"action_id": "entered"}))

    with pytest.raises(CannotDoError):
        form.fill(field=value)


async def test_a_field_is_called_by_its_label_action_id_or_block_id(
    slack: SlackWorkspace, client: AsyncWebClient
) -> None:
    form = await open_modal(slack, client, text_input("Name of it", "name", "typed", initial_value="Old"))

    assert form.fields == ["Name of it"]
    assert form.value("typed") == "Old"
    for count, name in enumerate(("Name of it", "name_of_it", "name", "typed")):
        form.fill({name: str(count)})
        assert form.value("name") == str(count)
    with pytest.raises(CannotDoError, match="0 fields are called 'reason'; fields: Name of it"):
        form.fill(reason="None")


async def test_a_modal_is_not_submitted_while_a_required_field_is_empty(
    slack: SlackWorkspace, client: AsyncWebClient, chosen: list[dict[str, Any]]
) -> None:
    form = await open_modal(slack, client, text_input("Name", "name", min_length=3))

    with pytest.raises(CannotDoError, match="'Name' must be filled in"):
        await form.submit()
    with pytest.raises(CannotDoError, match="at least 3 characters"):
        await form.submit(name="ab")
    assert (await form.submit(name="abc")).closed
    assert len(chosen) == 1


async def test_a_modal_without_a_submit_button_cannot_be_submitted(
    slack: SlackWorkspace, client: AsyncWebClient
) -> None:
    form = await open_modal(slack, client, section("Checking…"))

    assert form.submit_text is None
    with pytest.raises(CannotDoError, match="has no submit button"):
        await form.submit()


async def test_a_disabled_submit_button_cannot_be_pressed(slack: SlackWorkspace, client: AsyncWebClient) -> None:
    form = await open_modal(slack, client, text_input("Name", "name"), submit_disabled=True)

    with pytest.raises(CannotDoError, match="cannot be pressed"):
        await form.submit(name="Potholes")


async def test_a_modal_that_is_closed_or_covered_cannot_be_used(slack: SlackWorkspace, client: AsyncWebClient) -> None:
    form = await open_modal(slack, client, text_input("Name", "name"))
    trigger_id = slack.state.triggers.issue(
        slack.user("alice").id, slack.state.views.stack(slack.user("alice").id)[0].id
    )
    await client.views_push(trigger_id=trigger_id, view=modal(section("On top")))

    with pytest.raises(CannotDoError, match="Another modal lies on top"):
        form.fill(name="Potholes")
    await (await slack.user("alice").sees_modal(text="On top")).close_all()
    with pytest.raises(CannotDoError, match="is closed"):
        form.fill(name="Potholes")


async def test_a_field_that_the_app_hears_of_at_once_is_entered_and_not_filled(
    slack: SlackWorkspace, client: AsyncWebClient, chosen: list[dict[str, Any]]
) -> None:
    form = await open_modal(slack, client, text_input("Search", "search", "act") | {"dispatch_action": True})

    with pytest.raises(CannotDoError, match="at once"):
        form.fill(search="pot")
    await form.enter("Search", "pot")
    assert chosen[0]["value"] == "pot"
    assert form.value("Search") == "pot"
    plain_form = await open_modal(slack, client, text_input("Name", "name"))
    with pytest.raises(CannotDoError, match="when the modal is submitted"):
        await plain_form.enter("Name", "pot")


async def test_an_external_select_asks_after_enough_letters_and_takes_what_was_offered(
    slack: SlackWorkspace, app: AsyncApp, client: AsyncWebClient, chosen: list[dict[str, Any]]
) -> None:
    @app.options("act")
    async def offer(ack: Any, options: Any) -> None:
        await ack(options=[option(f"{options['value']}holes")])

    message = await post(slack, client, actions({"type": "external_select", "action_id": "act"}))

    with pytest.raises(CannotDoError, match="only after 3 letters"):
        await message.search("act", "Po")
    with pytest.raises(CannotDoError, match="offered 0 times; offered: none"):
        await message.choose("act", option="Potholes")
    assert await message.search("act", "Pot") == ["Potholes"]
    await message.choose("act", option="Potholes")
    assert chosen[0]["selected_option"]["value"] == "potholes"


async def test_several_are_taken_of_what_the_app_offers(
    slack: SlackWorkspace, app: AsyncApp, client: AsyncWebClient, chosen: list[dict[str, Any]]
) -> None:
    @app.options("many")
    async def offer(ack: Any) -> None:
        await ack(option_groups=[{"label": plain("Roads"), "options": [option("Potholes"), option("Cracks")]}])

    select = {"type": "multi_external_select", "action_id": "many", "min_query_length": 0}
    form = await open_modal(slack, client, field("Workflows", "b", select))

    assert await form.search("Workflows", "") == form.options("Workflows") == ["Potholes", "Cracks"]
    await form.submit(workflows=["Cracks", "Potholes"])
    assert [each["value"] for each in chosen[0]["b"]["many"]["selected_options"]] == ["cracks", "potholes"]


async def test_a_person_reads_names_for_ids_and_dates_in_their_time_zone(
    slack: SlackWorkspace, client: AsyncWebClient
) -> None:
    omar = slack.user("omar").id
    text = f"<@{omar}> at <!date^1795392000^{{time}}|then>"
    await client.chat_postMessage(channel="general", text=text)

    assert (await slack.user("alice").sees("@omar")).text == "@omar at 01:00"


async def test_nobody_is_called_by_an_unknown_name(slack: SlackWorkspace) -> None:
    with pytest.raises(KeyError):
        slack.user("nobody")
    with pytest.raises(KeyError):
        slack.group_id("nobody")
    with pytest.raises(CannotDoError, match="no shortcut"):
        await slack.user("alice").shortcut("Close it")


async def test_an_answer_that_does_not_come_is_missed(slack: SlackWorkspace, app: AsyncApp) -> None:
    @app.command("/vi")
    async def say_nothing(ack: Any) -> None:
        await ack()

    reply = await slack.user("alice").command("/vi")

    with pytest.raises(NotSeenError, match="no \\(further\\) answer to this came"):
        await reply.answer(timeout=0.01)


async def test_a_click_in_a_thread_names_its_thread(
    slack: SlackWorkspace, app: AsyncApp, client: AsyncWebClient
) -> None:
    threads: list[str] = []

    @app.action("act")
    async def hear(ack: Any, body: Any) -> None:
        threads.append(body["container"]["thread_ts"])
        await ack()

    first = await client.chat_postMessage(channel="general", text="First")
    blocks = [actions(button("Undo", "act"))]
    await client.chat_postMessage(channel="general", text="Undo", blocks=blocks, thread_ts=first["ts"])
    await slack.user("alice").messages[-1].click("Undo")

    assert threads == [first["ts"]]
