"""What can be asked for at the page: as much as a person could do in Slack, and no more."""

from contextlib import suppress
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp
import pytest
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.page.vi_acts import MOODS, SLOW_SECONDS
from sandbox.slack.workspace import SlackWorkspace
from sandbox.vi.faults import Delay
from sandbox.vi.server import ViEmulator
from tests.page.conftest import Browser, Json, credentials
from tests.page.documents import Document
from tests.sandbox_slack.samples import (
    actions,
    button,
    field,
    home,
    modal,
    option,
    overflow,
    section,
    text_input,
)


@pytest.fixture
def heard(app: AsyncApp) -> list[Json]:
    """What the app hears of: actions, and the values of submissions."""
    told: list[Json] = []

    @app.action({"action_id": "act"})
    async def hear(ack: Any, action: Json) -> None:
        told.append(action)
        await ack()

    @app.view("it")
    async def take(ack: Any, view: Json) -> None:
        told.append(view["state"]["values"])
        await ack()

    return told


@pytest.fixture
def alice(slack: SlackWorkspace) -> str:
    return slack.user("alice").id


async def posted(slack: SlackWorkspace, client: AsyncWebClient, *blocks: Json) -> Json:
    """A message in #general, as an act names it."""
    answer = await client.chat_postMessage(channel="general", text="Blocks", blocks=list(blocks))
    return {"message": {"conversation": slack.channel_id("general"), "ts": answer["ts"]}}


async def opened(slack: SlackWorkspace, client: AsyncWebClient, *blocks: Json, **more: Any) -> str:
    """A modal of Alice's: its id."""
    trigger_id = slack.state.triggers.issue(slack.user("alice").id)
    answer = await client.views_open(trigger_id=trigger_id, view=modal(*blocks, **more))
    return str(answer["view"]["id"])


def use(source: Json, block_id: str, action_id: str = "act", **more: Any) -> Json:
    return {"source": source, "block_id": block_id, "action_id": action_id, **more}


async def test_a_command_reaches_the_app_and_its_answer_the_screen(
    browser: Browser, slack: SlackWorkspace, app: AsyncApp, alice: str
) -> None:
    @app.command("/vi")
    async def answer(ack: Any, command: Json) -> None:
        await ack(f"You said {command['text']} in {command['channel_name']}.")

    events = await browser.events(alice)
    general = slack.channel_id("general")
    assert await browser.act(alice, "command", conversation=general, typed="/vi list a & b") == {}
    part = await events.until("You said list", "message")
    assert "list a &amp; b in general." in part["html"]
    assert part["conversation"] == general
    await browser.act(alice, "command", conversation=slack.state.directory.person("alice").dm_id, typed="/vi here")
    await events.until("in directmessage", "message")


@pytest.mark.parametrize(
    ("who", "where", "typed", "says"),
    [
        ("alice", "general", "/nothing", "/nothing is not a valid command."),
        ("alice", "general", "hello", "This sandbox passes commands on"),
        ("vera", "leads", "/vi list", "is not in #"),
        ("vera", "nowhere", "/vi list", "There is no such conversation."),
        ("ext", "northgate", "/vi list", "of another workspace"),
    ],
)
async def test_what_cannot_be_typed_is_answered_with_the_reason(
    browser: Browser, slack: SlackWorkspace, who: str, where: str, typed: str, says: str
) -> None:
    conversation = where if where == "nowhere" else slack.channel_id(where)
    answer = await browser.act(slack.user(who).id, "command", conversation=conversation, typed=typed)
    assert says in answer["error"]


async def test_slacks_own_error_is_told_where_the_app_does_not_answer(
    browser: Browser, slack: SlackWorkspace, alice: str
) -> None:
    answer = await browser.act(alice, "command", conversation=slack.channel_id("general"), typed="/vi list")
    assert answer["error"] == '/vi failed with the error "dispatch_failed"'
    slack.take_violation("not_connected")


@pytest.mark.parametrize("who", ["dora", "standup", "nobody"])
async def test_bots_and_people_who_left_cannot_do_anything(browser: Browser, slack: SlackWorkspace, who: str) -> None:
    user_id = "U0" if who == "nobody" else slack.state.directory.person(who).id
    assert await browser.act(user_id, "reload") == {"error": "This person cannot be at a screen."}


async def test_somebody_who_is_signed_out_while_at_the_page_can_do_nothing_more(
    browser: Browser, slack: SlackWorkspace
) -> None:
    vera = slack.user("vera").id
    assert await browser.act(vera, "reload") == {}
    slack.deactivate("vera")
    assert await browser.act(vera, "reload") == {"error": "This person cannot be at a screen."}


async def test_a_pressed_button_is_passed_on_as_it_is(
    browser: Browser, slack: SlackWorkspace, client: AsyncWebClient, heard: list[Json], alice: str
) -> None:
    source = await posted(slack, client, actions(button("Go", "act", value="7", style="danger")) | {"block_id": "b"})
    assert await browser.act(alice, "use", **use(source, "b")) == {}
    assert {key: heard[0][key] for key in ("type", "value", "style", "block_id")} == {
        "type": "button", "value": "7", "style": "danger", "block_id": "b",
    }  # fmt: skip


async def test_of_equal_menus_the_one_that_was_used_is_meant(
    browser: Browser, slack: SlackWorkspace, client: AsyncWebClient, heard: list[Json], alice: str
) -> None:
    rows = [section(each, block_id=each, accessory=overflow("act", "Show", "Delete")) for each in ("one", "two")]
    source = await posted(slack, client, *rows)
    assert await browser.act(alice, "use", **use(source, "two", value="delete")) == {}
    assert (heard[0]["block_id"], heard[0]["selected_option"]["text"]["text"]) == ("two", "Delete")
    answer = await browser.act(alice, "use", **use(source, "two", value="explode"))
    assert answer == {"error": "This option is not offered."}


async def test_what_is_not_on_ones_screen_cannot_be_used(
    browser: Browser, slack: SlackWorkspace, client: AsyncWebClient, heard: list[Json], alice: str
) -> None:
    ids = {"block_id": "b"}
    secret = await client.chat_postEphemeral(
        channel="general", user=slack.user("omar").id, text="x", blocks=[actions(button("Go", "act")) | ids]
    )
    of_omar = {"message": {"conversation": slack.channel_id("general"), "ts": secret["message_ts"]}}
    on_screen = await posted(slack, client, actions(button("Go", "act")) | ids)
    view = await opened(slack, client, actions(button("Go", "act")) | ids)
    omar = slack.user("omar").id
    for person, what in (
        (alice, use(of_omar, "b")),
        (alice, use(on_screen, "b", "other")),
        (alice, use({}, "b")),
        (omar, use({"view": {"id": view}}, "b")),
    ):
        assert "error" in await browser.act(person, "use", **what)
    assert heard == []


async def test_a_field_of_a_modal_is_heard_of_when_the_modal_is_submitted(
    browser: Browser, slack: SlackWorkspace, client: AsyncWebClient, heard: list[Json], alice: str
) -> None:
    boxes = {"type": "checkboxes", "action_id": "boxes", "options": [option("One"), option("Two")]}
    at = {"type": "datetimepicker", "action_id": "at"}
    view = await opened(
        slack,
        client,
        text_input("Name", "name"),
        field("Boxes", "tick", boxes),
        field("When", "when", at),
        field("Who", "who", {"type": "users_select", "action_id": "who"}),
    )
    entries = {
        "name": {"typed": "x"},
        "tick": {"boxes": ["two"]},
        "when": {"at": "2026-11-23T10:00"},
        "who": {"who": [alice]},
    }
    assert "error" in await browser.act(alice, "use", **use({"view": {"id": view}}, "name", "typed", value="x"))
    assert await browser.act(alice, "submit", view=view, entries=entries) == {}
    assert heard[0]["name"]["typed"]["value"] == "x"
    assert [each["value"] for each in heard[0]["tick"]["boxes"]["selected_options"]] == ["two"]
    moment = datetime(2026, 11, 23, 10, tzinfo=ZoneInfo("Europe/Berlin"))
    assert heard[0]["when"]["at"]["selected_date_time"] == moment.timestamp()
    assert heard[0]["who"]["who"]["selected_user"] == alice
    assert slack.user("alice").modal is None


async def test_what_a_field_does_not_take_is_said_under_it_and_nothing_is_sent(
    browser: Browser, slack: SlackWorkspace, client: AsyncWebClient, heard: list[Json], alice: str
) -> None:
    view = await opened(
        slack,
        client,
        text_input("Name", "name", max_length=3),
        text_input("Reason", "reason"),
        field("At", "at", {"type": "datetimepicker", "action_id": "at"}, optional=True),
        text_input("Least", "least", min_length=2),
    )
    entries = {
        "name": {"typed": "long"},
        "reason": {"typed": ""},
        "at": {"at": "soon"},
        "least": {"typed": "ok"},
        "x": {"y": "z"},
    }
    fields = (await browser.act(alice, "submit", view=view, entries=entries))["fields"]
    assert {block_id: sentence.split("'")[-1].strip() for block_id, sentence in fields.items()} == {
        "name": "takes a text of at most 3 characters.",
        "reason": "must be filled in before the modal can be submitted.",
        "at": "is no date and time.",
    }
    assert heard == []


async def test_the_apps_errors_stand_under_the_fields(
    browser: Browser, slack: SlackWorkspace, app: AsyncApp, client: AsyncWebClient, alice: str
) -> None:
    @app.view("it")
    async def refuse(ack: Any) -> None:
        await ack(response_action="errors", errors={"name": "This is <not> it."})

    view = await opened(slack, client, text_input("Name", "name"))
    events = await browser.events(alice)
    await browser.act(alice, "submit", view=view, entries={"name": {"typed": "x"}})
    part = await events.until("This is &lt;not&gt; it.", "modal")
    assert 'value="x"' in part["html"]


async def test_what_other_fields_hold_goes_along_with_a_press(
    browser: Browser, slack: SlackWorkspace, client: AsyncWebClient, heard: list[Json], alice: str
) -> None:
    number = field(
        "Number", "n", {"type": "number_input", "action_id": "n", "is_decimal_allowed": False}, optional=True
    )
    view = await opened(
        slack, client, text_input("Name", "name"), number, actions(button("Go", "act")) | {"block_id": "b"}
    )
    entries = {"name": {"typed": "half"}, "n": {"n": "many"}}
    assert await browser.act(alice, "use", **use({"view": {"id": view}}, "b", entries=entries)) == {}
    state = slack.state.views.stack(alice)[-1].state()["values"]
    assert (state["name"]["typed"]["value"], state["n"]["n"]["value"]) == ("half", None)
    assert len(heard) == 1


async def test_an_external_select_asks_the_app_and_takes_what_it_offered_or_held(
    browser: Browser, slack: SlackWorkspace, app: AsyncApp, client: AsyncWebClient, heard: list[Json], alice: str
) -> None:
    @app.options("pick")
    async def offer(ack: Any, payload: Json) -> None:
        await ack(options=[option(f"{payload['value']} {number}") for number in (1, 2)])

    select = {
        "type": "multi_external_select",
        "action_id": "pick",
        "min_query_length": 2,
        "initial_options": [option("Old")],
    }
    view = await opened(slack, client, field("Which?", "which", select))
    asked = {"source": {"view": {"id": view}}, "block_id": "which", "action_id": "pick"}
    assert await browser.act(alice, "suggest", **asked, typed="r") == {"options": []}
    offered = (await browser.act(alice, "suggest", **asked, typed="road"))["options"]
    assert [each["text"] for each in offered] == ["road 1", "road 2"]
    refused = await browser.act(alice, "submit", view=view, entries={"which": {"pick": ["road 9"]}})
    assert refused == {"fields": {"which": "This option is not offered."}}
    assert await browser.act(alice, "submit", view=view, entries={"which": {"pick": ["old", "road 2"]}}) == {}
    assert [each["value"] for each in heard[0]["which"]["pick"]["selected_options"]] == ["old", "road 2"]


async def test_a_select_of_people_or_channels_lists_those_that_fit(
    browser: Browser, slack: SlackWorkspace, client: AsyncWebClient, alice: str
) -> None:
    elements = [{"type": f"{kind}_select", "action_id": kind} for kind in ("users", "channels")]
    source = await posted(slack, client, actions(*elements) | {"block_id": "b"})
    found = [
        (await browser.act(alice, "suggest", source=source, block_id="b", action_id=kind, typed=typed))["options"]
        for kind, typed in (("users", "okafor"), ("channels", "ml"))
    ]
    assert [[each["text"] for each in options] for options in found] == [["@vera"], ["#ml-ops"]]


async def test_a_choice_in_a_message_is_remembered_for_the_person_who_made_it(
    browser: Browser, slack: SlackWorkspace, client: AsyncWebClient, heard: list[Json], alice: str
) -> None:
    select = {"type": "static_select", "action_id": "act", "options": [option("One"), option("Two")]}
    source = await posted(slack, client, actions(select) | {"block_id": "b"})
    await browser.act(alice, "use", **use(source, "b", value=["two"]))
    assert heard[0]["selected_option"]["value"] == "two"
    html = [(await browser.events(slack.user(name).id)) for name in ("alice", "omar")]
    held = [
        "Two" in str(part["html"]).split("data-chosen")[1].split("data-options")[0]
        for events in html
        for key, part in events.parts.items()
        if "message" in key
    ]
    assert held == [True, False]


async def test_a_modal_and_a_stack_of_modals_can_be_closed(
    browser: Browser, slack: SlackWorkspace, client: AsyncWebClient, alice: str
) -> None:
    root = await opened(slack, client, section("Below"))
    trigger_id = slack.state.triggers.issue(alice, root)
    top = (await client.views_push(trigger_id=trigger_id, view=modal(section("Above"))))["view"]["id"]
    events = await browser.events(alice)
    assert "Back" in events.parts["modal"]["html"]
    assert "error" in await browser.act(alice, "close", view=root)
    assert await browser.act(alice, "close", view=top) == {}
    assert "Back" not in (await events.until("Below", "modal"))["html"]
    assert await browser.act(alice, "close", view=root, all=True) == {}
    await events.until_gone("modal")


async def test_the_home_tab_is_opened_and_shown(browser: Browser, app: AsyncApp, alice: str) -> None:
    @app.event("app_home_opened")
    async def publish(client: AsyncWebClient, event: Json) -> None:
        await client.views_publish(user_id=event["user"], view=home(section(f"Welcome to {event['tab']}")))

    events = await browser.events(alice)
    assert events.parts["frame"]["home"] is True
    assert await browser.act(alice, "open", tab="home") == {}
    await events.until("Welcome to home", "home")
    assert await browser.act(alice, "open", tab="messages") == {}


async def test_a_shortcut_is_run(browser: Browser, app: AsyncApp, alice: str) -> None:
    ran: list[str] = []

    @app.shortcut("open_it")
    async def run(ack: Any, shortcut: Json) -> None:
        ran.append(shortcut["callback_id"])
        await ack()

    events = await browser.events(alice)
    assert events.parts["frame"]["shortcuts"] == [{"name": "Open it", "id": "open_it"}]
    assert await browser.act(alice, "shortcut", callback_id="open_it") == {}
    assert ran == ["open_it"]
    assert "error" in await browser.act(alice, "shortcut", callback_id="quote_it")


async def test_a_reload_loses_what_only_one_person_sees(
    browser: Browser, slack: SlackWorkspace, client: AsyncWebClient, alice: str
) -> None:
    sent = await client.chat_postEphemeral(channel="general", user=alice, text="Psst")
    await opened(slack, client, section("Open"))
    events = await browser.events(alice)
    assert await browser.act(alice, "reload") == {}
    await events.until_gone("modal")
    await events.until_gone(f"message {slack.channel_id('general')} {sent['message_ts']}")


async def test_vi_can_be_changed_behind_the_bots_back(browser: Browser, vi: ViEmulator, alice: str) -> None:
    events = await browser.events(alice)
    workflow_id = vi.organization.workflow_ids()[0]
    assert await browser.meddle("start_run", workflow_id) == {}
    (run_id,) = vi.organization.active_runs_of(workflow_id)
    await events.until(f"run {run_id[:8]}", "vi")
    assert await browser.meddle("finish_run", run_id) == {}
    assert vi.organization.active_runs_of(workflow_id) == []
    before = vi.organization.workflow(workflow_id)
    assert await browser.meddle("change", workflow_id) == {}
    after = vi.organization.workflow(workflow_id)
    assert after["metadata"]["generation"] == before["metadata"]["generation"] + 1
    assert after["spec"]["name"] == before["spec"]["name"]
    assert await browser.meddle("remove", workflow_id) == {}
    await events.until("11 workflows", "vi")
    for act in ("start_run", "finish_run", "change", "remove", "mood", "explode"):
        assert "error" in await browser.meddle(act, workflow_id)


MOODS_SEEN = (
    ("fine", "Fine", "GET", 200),
    ("busy", "Busy (429)", "GET", 429),
    ("broken", "Fails (500)", "GET", 500),
    ("lost", "Lost answer", "GET", 200),
    ("lost", "Lost answer", "DELETE", None),
    ("down", "Down", "GET", None),
)


@pytest.mark.parametrize(("mood", "label", "method", "status"), MOODS_SEEN)
async def test_vi_behaves_as_its_mood_says(
    browser: Browser, vi: ViEmulator, alice: str, mood: str, label: str, method: str, status: int | None
) -> None:
    events = await browser.events(alice)
    workflow_id = vi.organization.workflow_ids()[0]
    assert await browser.meddle("mood", "down" if mood == "fine" else "fine") == {}
    assert await browser.meddle("mood", mood) == {}
    await events.until(f'data-name="{mood}" aria-pressed="true"', "vi")
    assert Document(events.parts["vi"]["html"]).one("button", aria_pressed="true").text == label
    path = f"{vi.url}/workspaces/{vi.organization_id}/flows/{workflow_id}"
    answered: int | None = None
    with suppress(aiohttp.ServerDisconnectedError):
        async with browser.session.request(method, path, headers=credentials(vi)) as response:
            answered = response.status
    assert answered == status
    assert (workflow_id in vi.organization.workflow_ids()) == (method == "GET")


def test_slow_means_that_each_request_waits() -> None:
    assert [(method, make()) for method, make in MOODS["slow"].rules] == [("*", Delay(SLOW_SECONDS))]
