"""Modals and the Home tab: triggers, the stack, hashes and ids."""

from dataclasses import replace
from typing import Any

import pytest
import yaml
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack.driver.errors import CannotDoError
from sandbox.slack.workspace import SlackWorkspace
from tests.sandbox_slack.clients import MANIFEST, make_client, refused
from tests.sandbox_slack.samples import actions, button, home, modal, section, text_input


@pytest.fixture
def triggers(app: AsyncApp) -> list[str]:
    """The trigger_ids of the commands that were run, and of the buttons that were pressed."""
    seen: list[str] = []

    @app.command("/vi")
    @app.action("more")
    async def remember(ack: Any, body: Any) -> None:
        seen.append(body["trigger_id"])
        await ack()

    return seen


async def test_a_trigger_opens_one_modal(slack: SlackWorkspace, client: AsyncWebClient, triggers: list[str]) -> None:
    await slack.user("alice").command("/vi")
    await client.views_open(trigger_id=triggers[0], view=modal(section("One")))

    again = client.views_open(trigger_id=triggers[0], view=modal(section("Two")))
    assert await refused(again) == "exchanged_trigger_id"
    slack.take_violation("exchanged_trigger_id")


async def test_a_trigger_lives_three_seconds(
    slack: SlackWorkspace, client: AsyncWebClient, triggers: list[str]
) -> None:
    await slack.user("alice").command("/vi")
    slack.clock.advance(seconds=3.1)

    late = client.views_open(trigger_id=triggers[0], view=modal(section("Late")))
    assert await refused(late) == "expired_trigger_id"
    slack.take_violation("expired_trigger_id")
    assert slack.user("alice").modal is None


async def test_a_made_up_trigger_is_invalid(slack: SlackWorkspace, client: AsyncWebClient) -> None:
    assert await refused(client.views_open(trigger_id="1.2.a", view=modal(section("No")))) == "invalid_trigger_id"
    slack.take_violation("invalid_trigger_id")


async def test_a_wrong_view_spends_no_trigger(
    slack: SlackWorkspace, client: AsyncWebClient, triggers: list[str]
) -> None:
    await slack.user("alice").command("/vi")
    wrong = modal(section("One"), title={"type": "plain_text", "text": "A title of over 24 characters"})

    assert await refused(client.views_open(trigger_id=triggers[0], view=wrong)) == "invalid_arguments"
    assert "/view/title" in slack.wire.exchanges("views.open")[0].answer["response_metadata"]["messages"][0]
    slack.take_violation("invalid_view")
    await client.views_open(trigger_id=triggers[0], view=modal(section("One")))


async def test_a_view_has_at_most_250_kilobytes(
    slack: SlackWorkspace, client: AsyncWebClient, triggers: list[str]
) -> None:
    await slack.user("alice").command("/vi")
    big = modal(*[section("x" * 3000) for _ in range(90)])

    assert await refused(client.views_open(trigger_id=triggers[0], view=big)) == "view_too_large"
    slack.take_violation("view_too_large")


async def test_a_home_cannot_be_opened_as_a_modal(
    slack: SlackWorkspace, client: AsyncWebClient, triggers: list[str]
) -> None:
    await slack.user("alice").command("/vi")

    assert await refused(client.views_open(trigger_id=triggers[0], view=home(section("No")))) == "invalid_arguments"
    slack.take_violation("invalid_view")


async def test_modals_are_pushed_three_deep_from_buttons_in_them(
    slack: SlackWorkspace, client: AsyncWebClient, triggers: list[str]
) -> None:
    alice = slack.user("alice")
    view = modal(section("Deeper"), actions(button("More", "more")))
    await alice.command("/vi")
    await client.views_open(trigger_id=triggers[-1], view=view)
    for _ in range(2):
        await (await alice.sees_modal()).click("More")
        await client.views_push(trigger_id=triggers[-1], view=view)
    await (await alice.sees_modal()).click("More")

    assert await refused(client.views_push(trigger_id=triggers[-1], view=view)) == "push_limit_reached"
    slack.take_violation("push_limit_reached")
    assert len(slack.state.views.stack(alice.id)) == 3


async def test_closing_a_pushed_modal_shows_the_one_below(
    slack: SlackWorkspace, client: AsyncWebClient, triggers: list[str]
) -> None:
    alice = slack.user("alice")
    await alice.command("/vi")
    await client.views_open(trigger_id=triggers[-1], view=modal(section("Below"), actions(button("More", "more"))))
    below = await alice.sees_modal(text="Below")
    await below.click("More")
    pushed = await client.views_push(trigger_id=triggers[-1], view=modal(section("Above")))
    above = await alice.sees_modal(text="Above")

    await above.close()

    assert pushed["view"]["previous_view_id"] == pushed["view"]["root_view_id"]
    assert not above.is_open
    assert below.is_open
    assert (await alice.sees_modal()).text == below.text


async def test_a_push_needs_a_trigger_out_of_an_open_modal(
    slack: SlackWorkspace, client: AsyncWebClient, triggers: list[str]
) -> None:
    await slack.user("alice").command("/vi")

    assert await refused(client.views_push(trigger_id=triggers[0], view=modal(section("No")))) == "not_found"
    slack.take_violation("not_found")


async def test_an_update_with_an_old_hash_is_a_conflict(
    slack: SlackWorkspace, client: AsyncWebClient, triggers: list[str]
) -> None:
    await slack.user("alice").command("/vi")
    opened = (await client.views_open(trigger_id=triggers[0], view=modal(section("One"))))["view"]
    await client.views_update(view_id=opened["id"], hash=opened["hash"], view=modal(section("Two")))

    stale = client.views_update(view_id=opened["id"], hash=opened["hash"], view=modal(section("Three")))
    assert await refused(stale) == "hash_conflict"
    assert "Two" in (await slack.user("alice").sees_modal()).text


async def test_a_modal_that_was_closed_is_not_found(
    slack: SlackWorkspace, client: AsyncWebClient, triggers: list[str]
) -> None:
    alice = slack.user("alice")
    await alice.command("/vi")
    opened = await client.views_open(trigger_id=triggers[0], view=modal(section("Checking…")))
    await (await alice.sees_modal()).close()

    assert await refused(client.views_update(view_id=opened["view"]["id"], view=modal(section("Late")))) == "not_found"


async def test_a_view_is_updated_by_one_of_its_ids_and_opened_by_a_trigger(
    slack: SlackWorkspace, client: AsyncWebClient
) -> None:
    for method in ("views.update", "views.open"):
        call = client.api_call(method, json={"view": modal(section("Whose?"))})
        assert await refused(call) == "invalid_arguments"
        slack.take_violation("invalid_arguments")


async def test_an_external_id_names_one_open_view(
    slack: SlackWorkspace, client: AsyncWebClient, triggers: list[str]
) -> None:
    view = modal(section("Mine"), external_id="delete-potholes")
    for name in ("alice", "omar"):
        await slack.user(name).command("/vi")
    await client.views_open(trigger_id=triggers[0], view=view)

    assert await refused(client.views_open(trigger_id=triggers[1], view=view)) == "duplicate_external_id"
    slack.take_violation("duplicate_external_id")
    await client.views_update(
        external_id="delete-potholes", view=modal(section("Found"), external_id="delete-potholes")
    )
    assert "Found" in (await slack.user("alice").sees_modal()).text


async def test_what_was_typed_stays_where_both_ids_stay(
    slack: SlackWorkspace, client: AsyncWebClient, triggers: list[str]
) -> None:
    alice = slack.user("alice")
    await alice.command("/vi")
    opened = await client.views_open(
        trigger_id=triggers[0], view=modal(text_input("Reason", "reason"), text_input("Name", "name"))
    )
    form = await alice.sees_modal()
    form.fill(reason="Too old", name="Potholes")

    updated = await client.views_update(
        view_id=opened["view"]["id"], view=modal(text_input("Reason", "reason"), text_input("Name", "name-2"))
    )

    values = updated["view"]["state"]["values"]
    assert values["reason"]["typed"]["value"] == "Too old"
    assert values["name-2"]["typed"]["value"] is None


async def test_a_home_tab_is_published_when_it_is_opened(
    slack: SlackWorkspace, app: AsyncApp, client: AsyncWebClient
) -> None:
    @app.event("app_home_opened")
    async def publish(event: Any) -> None:
        state = "again" if "view" in event else "for the first time"
        await client.views_publish(user_id=event["user"], view=home(section(f"Opened {state}")))

    vera = slack.user("vera")

    assert "for the first time" in (await vera.open_home()).text
    assert "again" in (await vera.open_home()).text
    assert slack.user("alice").home is None


async def test_an_app_hears_of_its_messages_tab_too(slack: SlackWorkspace, app: AsyncApp) -> None:
    tabs: list[str] = []

    @app.event("app_home_opened")
    async def hear(event: Any) -> None:
        tabs.append(event["tab"])

    await slack.user("vera").open_messages_tab()

    assert tabs == ["messages"]


async def test_a_home_tab_is_published_against_its_hash(slack: SlackWorkspace, client: AsyncWebClient) -> None:
    vera = slack.user("vera").id
    first = (await client.views_publish(user_id=vera, view=home(section("One"))))["view"]
    second = (await client.views_publish(user_id=vera, view=home(section("Two")), hash=first["hash"]))["view"]

    assert second["id"] == first["id"]
    stale = client.views_publish(user_id=vera, view=home(section("Three")), hash=first["hash"])
    assert await refused(stale) == "hash_conflict"


async def test_a_home_tab_needs_a_person(slack: SlackWorkspace, client: AsyncWebClient) -> None:
    assert await refused(client.views_publish(user_id="U0", view=home(section("No")))) == "invalid_arguments"
    slack.take_violation("invalid_arguments")


async def test_a_home_tab_must_be_enabled() -> None:
    manifest = yaml.safe_load(MANIFEST.read_text())
    manifest["features"]["app_home"]["home_tab_enabled"] = False
    slack = await SlackWorkspace.start(manifest)
    client = make_client(slack)

    call = client.views_publish(user_id=slack.user("vera").id, view=home(section("No")))
    assert await refused(call) == "not_enabled"
    with pytest.raises(CannotDoError, match="no Home tab"):
        await slack.user("vera").open_home()
    slack.take_violation("not_enabled")
    await slack.stop()


async def test_an_app_that_did_not_subscribe_hears_of_no_home_tab(slack: SlackWorkspace) -> None:
    slack.state.manifest = replace(slack.state.manifest, events=frozenset())

    await slack.user("vera").open_messages_tab()

    assert slack.wire.count("app_home_opened") == 0
