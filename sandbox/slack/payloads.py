"""The payloads Slack sends to an app: what stands in them, and under which names.

Where the reference pages are silent the shapes follow the samples in the tests of Slack's own bolt-python.
"""

import re
import secrets
from collections.abc import Mapping
from typing import Any

from sandbox.slack.directory import Channel, Person
from sandbox.slack.elements import state_of
from sandbox.slack.manifest import Shortcut, SlashCommand
from sandbox.slack.messages import Message
from sandbox.slack.response_urls import ResponseUrl
from sandbox.slack.state import WorkspaceState
from sandbox.slack.views import Surface, View

MENTION_OR_LINK = re.compile(r"(?P<url>https?://[^\s<>]+)|(?<!\S)@(?P<handle>[\w.-]+)|(?<!\S)#(?P<channel>[\w-]+)")


def command_payload(
    state: WorkspaceState, person: Person, conversation_id: str, command: SlashCommand, text: str, address: ResponseUrl
) -> dict[str, Any]:
    """A slash command, as form fields: every value is a string."""
    return {
        "token": state.credentials.verification_token,
        "team_id": state.directory.team.id,
        "team_domain": state.directory.team.domain,
        "channel_id": conversation_id,
        "channel_name": conversation_name(state, conversation_id),
        "user_id": person.id,
        "user_name": person.name,
        "command": command.name,
        "text": escape_command_text(state, text) if command.should_escape else text,
        "api_app_id": state.app_id,
        "is_enterprise_install": "false",
        "response_url": state.response_urls.url(address),
        "trigger_id": state.triggers.issue(person.id),
    }


def message_action_payload(
    state: WorkspaceState, person: Person, message: Message, action: Mapping[str, Any], address: ResponseUrl
) -> dict[str, Any]:
    """`block_actions` from a message; for an ephemeral one Slack sends no `message`."""
    container = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": message.conversation_id,
        "is_ephemeral": message.is_ephemeral,
    }
    payload = _interaction(state, person, "block_actions") | {
        "container": container,
        "channel": {
            "id": message.conversation_id,
            "name": conversation_name(state, message.conversation_id),
        },
        "state": state_of(message.blocks, message.entries.get(person.id, {})),
        "response_url": state.response_urls.url(address),
        "trigger_id": state.triggers.issue(person.id),
        "actions": [dict(action)],
    }
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    if not message.is_ephemeral:
        payload["message"] = message.as_json(state.directory.team.id, state.app_id, state.bot_id)
    return payload


def view_action_payload(state: WorkspaceState, person: Person, view: View, action: Mapping[str, Any]) -> dict[str, Any]:
    """`block_actions` from a modal or a Home tab; there is no channel and no response_url."""
    trigger_view = view.id if view.surface is Surface.MODAL else None
    return _interaction(state, person, "block_actions") | {
        "container": {"type": "view", "view_id": view.id},
        "view": view_json(state, view),
        "trigger_id": state.triggers.issue(person.id, trigger_view),
        "actions": [dict(action)],
    }


def submission_payload(state: WorkspaceState, person: Person, view: View) -> dict[str, Any]:
    """`view_submission`."""
    return _interaction(state, person, "view_submission") | {
        "trigger_id": state.triggers.issue(person.id, view.id),
        "view": view_json(state, view),
        "response_urls": [],
    }


def closed_payload(state: WorkspaceState, person: Person, view: View, *, is_cleared: bool) -> dict[str, Any]:
    """`view_closed`."""
    return _interaction(state, person, "view_closed") | {"view": view_json(state, view), "is_cleared": is_cleared}


def suggestion_payload(
    state: WorkspaceState, person: Person, source: Message | View, element: Mapping[str, Any], typed: str
) -> dict[str, Any]:
    """`block_suggestion`: what was typed into an external select so far."""
    payload = _interaction(state, person, "block_suggestion") | {**element, "value": typed}
    if isinstance(source, View):
        return payload | {"container": {"type": "view", "view_id": source.id}, "view": view_json(state, source)}
    return payload | {
        "container": {
            "type": "message",
            "message_ts": source.ts,
            "channel_id": source.conversation_id,
            "is_ephemeral": source.is_ephemeral,
        },
        "channel": {"id": source.conversation_id, "name": conversation_name(state, source.conversation_id)},
    }


def shortcut_payload(state: WorkspaceState, person: Person, shortcut: Shortcut) -> dict[str, Any]:
    """`shortcut`: a global shortcut."""
    return _interaction(state, person, "shortcut") | {
        "callback_id": shortcut.callback_id,
        "action_ts": state.messages.next_ts(),
        "trigger_id": state.triggers.issue(person.id),
    }


def event_payload(state: WorkspaceState, event: Mapping[str, Any]) -> dict[str, Any]:
    """`event_callback`, the wrapping of every event."""
    return {
        "token": state.credentials.verification_token,
        "team_id": state.directory.team.id,
        "api_app_id": state.app_id,
        "event": dict(event),
        "type": "event_callback",
        "event_id": "Ev" + secrets.token_hex(5).upper(),
        "event_time": int(state.clock.now().timestamp()),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": state.directory.team.id,
                "user_id": state.directory.app_user.id,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
    }


def home_opened_event(state: WorkspaceState, person: Person, tab: str) -> dict[str, Any]:
    """`app_home_opened`; it carries the view once one was published."""
    event: dict[str, Any] = {
        "type": "app_home_opened",
        "user": person.id,
        "channel": person.dm_id,
        "tab": tab,
        "event_ts": state.messages.next_ts(),
    }
    home = state.views.home(person.id)
    return event | ({"view": view_json(state, home)} if home and tab == "home" else {})


def view_json(state: WorkspaceState, view: View) -> dict[str, Any]:
    """Slack's JSON of a view, as in answers of `views.*` and in payloads."""
    return {
        "id": view.id,
        "team_id": state.directory.team.id,
        **view.content,
        "state": view.state(),
        "hash": view.hash,
        "root_view_id": view.root_view_id,
        "previous_view_id": view.previous_view_id,
        "app_id": state.app_id,
        "app_installed_team_id": state.directory.team.id,
        "bot_id": state.bot_id,
    }


def conversation_name(state: WorkspaceState, conversation_id: str) -> str:
    """The name payloads give a conversation: that of a public channel, else only what kind it is."""
    conversation = state.directory.conversation(conversation_id)
    if isinstance(conversation, Channel):
        return "privategroup" if conversation.is_private else conversation.name
    return "directmessage"


def escape_command_text(state: WorkspaceState, text: str) -> str:
    """Put ids for mentions and mark links, as Slack does for a command with `should_escape`.

    Slack: interactivity/implementing-slash-commands. A user becomes `<@U…|name>`, a public channel `<#C…|name>`, a
    private one `<#C…|>`, a link `<https://…>`; what names nobody stays as it was typed. Assumed: a user group becomes
    `<!subteam^S…|@handle>`, as in messages, and `&`, `<` and `>` are escaped as in messages.
    """
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return MENTION_OR_LINK.sub(lambda found: _reference(state, found), escaped)


def _reference(state: WorkspaceState, found: re.Match[str]) -> str:
    if found["url"]:
        return f"<{found['url']}>"
    directory = state.directory
    if found["channel"]:
        channel = next((each for each in directory.channels.values() if each.name == found["channel"]), None)
        return f"<#{channel.id}|{'' if channel.is_private else channel.name}>" if channel else found[0]
    person = next((each for each in directory.people.values() if each.name == found["handle"]), None)
    if person:
        return f"<@{person.id}|{person.name}>"
    group = next((each for each in directory.groups.values() if each.handle == found["handle"]), None)
    return f"<!subteam^{group.id}|@{group.handle}>" if group else found[0]


def _interaction(state: WorkspaceState, person: Person, kind: str) -> dict[str, Any]:
    # Assumed from Slack's sample of a submission out of a shared channel: `team` is the person's own workspace.
    return {
        "type": kind,
        "team": {"id": person.team.id, "domain": person.team.domain},
        "user": {"id": person.id, "username": person.name, "name": person.name, "team_id": person.team.id},
        "api_app_id": state.app_id,
        "token": state.credentials.verification_token,
        "enterprise": None,
        "is_enterprise_install": False,
    }
