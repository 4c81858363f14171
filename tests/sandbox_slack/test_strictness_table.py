"""The emulator is no lenient toy: a bad app for each thing that Slack is strict about.

Each row is proved twice: the emulator objects, and one whose rule was taken out would not have noticed.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple

import pytest
import yaml
from aiohttp import WSMsgType

from sandbox.slack import posting, replies
from sandbox.slack.delivery import Delivery, Outcome, Receipt
from sandbox.slack.directory import Person
from sandbox.slack.http_mode import HttpMode
from sandbox.slack.interactions import TROUBLE
from sandbox.slack.messages import Message, Origin
from sandbox.slack.response_urls import ResponseUrl
from sandbox.slack.socket_mode import SocketMode
from sandbox.slack.state import WorkspaceState
from sandbox.slack.triggers import Trigger, Triggers
from sandbox.slack.views import View, Views
from sandbox.slack.workspace import SlackWorkspace
from tests.sandbox_slack import bad_bots
from tests.sandbox_slack.clients import MANIFEST

Leniency = Callable[[pytest.MonkeyPatch, SlackWorkspace], None]


class Row(NamedTuple):
    """One thing that Slack is strict about.

    Attributes:
        misdeed: What the bad app does; it returns what came of it.
        caught: What comes of it where the rule holds.
        leniency: Takes the rule out of the emulator.
        mode: How the emulator reaches the app.
    """

    misdeed: Callable[[SlackWorkspace], Awaitable[object]]
    caught: object
    leniency: Leniency
    mode: Literal["socket", "http"] = "socket"


def instead(target: str, replacement: Any) -> Leniency:
    """Put something else in the place of a rule."""
    return lambda patch, _: patch.setattr(f"sandbox.slack.{target}", replacement)


def nothing(*_: object, **__: object) -> None:
    """In place of a check."""


def a_member(person: Person, *_: object, **__: object) -> dict[str, str]:
    """In place of what Slack says of a person: no word of what sets them apart."""
    return {"id": person.id, "team_id": "T07LK2M9QXA"}


def allowed(**surfaces: Any) -> Leniency:
    """A manifest that asks for more."""
    return lambda patch, slack: patch.setattr(slack.state, "manifest", replace(slack.state.manifest, **surfaces))


class KeptTickets(dict[str, datetime]):
    """Tickets that are not used up."""

    def pop(self, ticket: str, *_default: object) -> datetime:
        """Leave it where it is."""
        return self[ticket]


def any_trigger(self: Triggers, trigger_id: str) -> Trigger:
    return self._issued.get(trigger_id) or next(iter(self._issued.values()), Trigger("U07LMA4K1QD", self.now(), None))


def any_view(self: Views, view_id: str, _: str | None) -> View:
    return self._views[view_id]


def show_no_errors(state: WorkspaceState, view: View, _: Mapping[str, Any]) -> None:
    state.views.say_errors(view, {})


def first_answer(self: posting.Hooks, address: ResponseUrl, _: object) -> Message | None:
    return next(iter(self._state.messages.answering(address.id)), None)


def ignoring_the_hash(original: Callable[..., None]) -> Callable[..., None]:
    return lambda views, view, content, _hash=None: original(views, view, content)


def as_the_apps_own(original: Callable[..., Message]) -> Callable[..., Message]:
    return lambda state, address, content, _origin: original(state, address, content, Origin.WEB_API)


def always_signed(original: Callable[..., Any]) -> Callable[..., Any]:
    return lambda http_mode, delivery, _forgery=None: original(http_mode, delivery)


def sent_twice(original: Callable[..., Awaitable[Receipt]]) -> Callable[..., Awaitable[Receipt]]:
    async def deliver(socket_mode: SocketMode, delivery: Delivery) -> Receipt:
        await original(socket_mode, delivery)
        return await original(socket_mode, delivery)

    return deliver


async def always_delivered(self: SocketMode, delivery: Delivery) -> Receipt:
    exchange = self._state.wire.start(delivery.kind, delivery.name, delivery.payload, from_app=False)
    return Receipt(Outcome.ACKNOWLEDGED, exchange)


LENIENT_CONTENT = instead("web_api.chat.require_valid_message", nothing)
LENIENT_TRIGGERS = instead("triggers.Triggers.exchange", any_trigger)
LENIENT_TOKENS = instead("web_api.door.WebApi._check_token", nothing)
UNLIMITED = instead("rate_limits.RateLimits.seconds_to_wait", lambda *_: 0)
UNREACHED = '/vi failed with the error "dispatch_failed"'

ROWS = (
    Row(
        bad_bots.acknowledges_after_four_seconds,
        '/vi failed with the error "operation_timeout"',
        instead("delivery.ACK_DEADLINE_SECONDS", 3600),
    ),
    Row(bad_bots.is_not_there, UNREACHED, instead("socket_mode.SocketMode.deliver", always_delivered)),
    Row(bad_bots.answers_commands_with_404, UNREACHED, instead("delivery.FIRST_BAD_STATUS", 600), "http"),
    Row(
        bad_bots.answers_a_submission_with_nonsense,
        TROUBLE,
        instead("interactions.apply_submission_reply", nothing),
    ),
    Row(
        bad_bots.reports_an_error_in_a_field_that_is_not_there,
        TROUBLE,
        instead("replies._SUBMISSION_ACTIONS", {**replies._SUBMISSION_ACTIONS, "errors": show_no_errors}),
    ),
    Row(bad_bots.uses_a_trigger_twice, "exchanged_trigger_id", LENIENT_TRIGGERS),
    Row(bad_bots.opens_a_modal_after_four_seconds, "expired_trigger_id", LENIENT_TRIGGERS),
    Row(bad_bots.makes_up_a_trigger, "invalid_trigger_id", LENIENT_TRIGGERS),
    Row(bad_bots.pushes_a_fourth_modal, "push_limit_reached", instead("views.MODAL_STACK_LIMIT", 4)),
    Row(bad_bots.opens_a_modal_of_300_kilobytes, "view_too_large", instead("blocks.limits.VIEW_BYTES", 1_000_000)),
    Row(
        bad_bots.gives_two_modals_one_external_id,
        "duplicate_external_id",
        instead("views.Views._require_free_external_id", nothing),
    ),
    Row(
        bad_bots.updates_a_modal_with_an_old_hash,
        "hash_conflict",
        instead("views.Views.update", ignoring_the_hash(Views.update)),
    ),
    Row(bad_bots.updates_a_modal_that_was_closed, "not_found", instead("views.Views.find", any_view)),
    Row(bad_bots.publishes_a_home_tab_that_is_off, "not_enabled", allowed(home_tab=True)),
    Row(bad_bots.posts_six_times_through_a_response_url, 404, instead("posting.MAX_USES", 6)),
    Row(
        bad_bots.posts_through_a_response_url_after_31_minutes,
        404,
        instead("response_urls.LIFETIME", timedelta(days=1)),
    ),
    Row(
        bad_bots.replaces_the_answer_to_a_command,
        ["Working…", "Done"],
        instead("posting.Hooks._original", first_answer),
    ),
    Row(
        bad_bots.updates_what_came_through_a_response_url,
        "cant_update_message",
        instead("posting.answer_interaction", as_the_apps_own(posting.answer_interaction)),
    ),
    Row(
        bad_bots.updates_an_ephemeral_message,
        "message_not_found",
        instead("messages.Message.is_ephemeral", property(lambda _: False)),
    ),
    Row(bad_bots.trusts_an_ephemeral_message_to_stay, 0, instead("messages.Messages.forget_ephemeral", nothing)),
    Row(
        bad_bots.whispers_to_somebody_who_is_not_in_the_channel,
        "user_not_in_channel",
        instead("directory.Directory.can_see", lambda *_: True),
    ),
    Row(
        bad_bots.posts_where_it_may_not,
        ["channel_not_found", "channel_not_found", "not_in_channel", "is_archived"],
        instead("web_api.chat._writable_conversation", lambda *_: "C07LP0GENR1"),
    ),
    Row(
        bad_bots.writes_to_somebody_who_was_deactivated,
        "channel_not_found",
        instead("web_api.chat.direct_messages", lambda *_: "D07LN8G3TN8"),
    ),
    Row(bad_bots.writes_direct_messages_that_are_off, "messages_tab_disabled", allowed(messages_tab=True)),
    Row(bad_bots.posts_nothing, "no_text", LENIENT_CONTENT),
    Row(bad_bots.posts_51_blocks, "invalid_blocks", LENIENT_CONTENT),
    Row(bad_bots.posts_14000_characters_of_blocks, "msg_blocks_too_long", LENIENT_CONTENT),
    Row(bad_bots.posts_what_the_sdk_lets_through, ["invalid_blocks"] * 5, LENIENT_CONTENT),
    Row(
        bad_bots.posts_a_name_without_escaping_it,
        "Deleted @channel",
        instead("render.mrkdwn_text", lambda text, _: text),
    ),
    Row(bad_bots.updates_to_4001_characters, "msg_too_long", LENIENT_CONTENT),
    Row(bad_bots.calls_with_wrong_tokens, ["not_authed", "invalid_auth", "not_allowed_token_type"], LENIENT_TOKENS),
    Row(bad_bots.calls_without_the_scope, "missing_scope", instead("web_api.door.WebApi._check_scopes", lambda *_: {})),
    Row(bad_bots.posts_30_messages_at_once, "ratelimited", UNLIMITED),
    Row(bad_bots.lists_groups_30_times_at_once, "ratelimited", UNLIMITED),
    Row(
        bad_bots.believes_every_signature,
        [[200, 200, 200], [401, 401, 401]],
        instead("http_mode.HttpMode._request", always_signed(HttpMode._request)),
        "http",
    ),
    Row(bad_bots.misses_an_event, "app_home_opened", instead("interactions.EVENT_RETRY_SECONDS", ())),
    Row(
        bad_bots.hopes_that_a_command_comes_again,
        1,
        instead("socket_mode.SocketMode.deliver", sent_twice(SocketMode.deliver)),
    ),
    Row(bad_bots.is_clicked_twice, 2, instead("triggers.Triggers.issue", lambda *_: "1.2.3")),
    Row(
        bad_bots.connects_twice_with_one_address,
        403,
        lambda patch, slack: patch.setattr(slack.state, "tickets", KeptTickets()),
    ),
    Row(bad_bots.opens_eleven_connections, "too_many_websockets", instead("socket_mode.MAX_CONNECTIONS", 11)),
    Row(
        bad_bots.takes_everybody_for_a_member,
        {
            "gus": {"is_restricted"},
            "sigrid": {"is_restricted", "is_ultra_restricted"},
            "dora": {"deleted"},
            "standup": {"is_bot"},
            "ext": {"outsider"},
        },
        instead("web_api.people._user_json", a_member),
    ),
    Row(bad_bots.stays_when_it_is_told_to_go, WSMsgType.CLOSE, instead("socket_mode.SocketMode._close", nothing)),
)

each_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.misdeed.__name__)


@pytest.fixture
async def slack(row: Row) -> AsyncIterator[SlackWorkspace]:
    """A workspace whose app has neither of its tabs; what it records is not looked at."""
    manifest = yaml.safe_load(MANIFEST.read_text())
    manifest["features"]["app_home"] = {"home_tab_enabled": False, "messages_tab_enabled": False}
    workspace = await SlackWorkspace.start(manifest, mode=row.mode)
    yield workspace
    await workspace.stop()


@each_row
async def test_a_bad_app_is_caught(row: Row, slack: SlackWorkspace) -> None:
    assert await row.misdeed(slack) == row.caught


@each_row
async def test_each_row_would_be_missed_by_a_lenient_emulator(
    row: Row, slack: SlackWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    row.leniency(monkeypatch, slack)

    assert await row.misdeed(slack) != row.caught
