"""`conversations.info` and `conversations.open`."""

from typing import Any

from sandbox.slack.directory import Channel, DirectMessages, Person
from sandbox.slack.errors import SlackError
from sandbox.slack.web_api.method import Call

MAX_OPENED_USERS = 8


def info(call: Call) -> dict[str, Any]:
    """`conversations.info`: a channel, or direct messages, by id."""
    directory = call.state.directory
    conversation = directory.conversation(call.arguments.required("channel"))
    if conversation is None:
        raise SlackError("channel_not_found")
    if isinstance(conversation, DirectMessages):
        return {"channel": _direct_messages_json(conversation.person)}
    if conversation.is_private and directory.app_user.id not in conversation.members:
        raise SlackError("channel_not_found")
    channel = _channel_json(call, conversation)
    if call.arguments.flag("include_num_members"):
        channel["num_members"] = len(conversation.members)
    return {"channel": channel}


def open_direct_messages(call: Call) -> dict[str, Any]:
    """`conversations.open`: find the direct messages with one user."""
    wanted = call.arguments.text("channel")
    if wanted:
        conversation = call.state.directory.conversation(wanted)
        if not isinstance(conversation, DirectMessages):
            raise SlackError("channel_not_found" if conversation is None else "method_not_supported_for_channel_type")
        return _opened(call, conversation.person)
    ids = [each.strip() for each in (call.arguments.text("users") or "").split(",") if each.strip()]
    if not ids:
        raise SlackError("users_list_not_supplied", fault="conversations.open was given neither channel nor users.")
    if len(ids) > MAX_OPENED_USERS:
        raise SlackError("too_many_users", fault=f"conversations.open takes at most {MAX_OPENED_USERS} users.")
    if len(ids) > 1:
        raise SlackError(
            "method_not_supported_for_channel_type", fault="Group direct messages are not part of this emulator."
        )
    return _opened(call, _reachable_person(call, ids[0]))


def _reachable_person(call: Call, user_id: str) -> Person:
    person = call.state.directory.people.get(user_id)
    if person is None:
        raise SlackError("user_not_found")
    if person.deleted:
        raise SlackError("user_disabled")
    if person.team != call.state.directory.team and not call.state.directory.shares_a_channel_with_app(person):
        raise SlackError("user_not_visible")
    return person


def _opened(call: Call, person: Person) -> dict[str, Any]:
    full = call.arguments.flag("return_im")
    return {
        "no_op": True,
        "already_open": True,
        "channel": _direct_messages_json(person) if full else {"id": person.dm_id},
    }


def _direct_messages_json(person: Person) -> dict[str, Any]:
    return {
        "id": person.dm_id,
        "is_im": True,
        "is_org_shared": False,
        "user": person.id,
        "is_open": True,
        "priority": 0,
    }


def _channel_json(call: Call, channel: Channel) -> dict[str, Any]:
    directory = call.state.directory
    teams = sorted({directory.people[user_id].team.id for user_id in channel.members})
    return {
        "id": channel.id,
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": not channel.is_private,
        "is_group": channel.is_private,
        "is_im": False,
        "is_mpim": False,
        "is_private": channel.is_private,
        "is_archived": channel.is_archived,
        "is_general": channel.is_general,
        "is_shared": channel.is_shared,
        "is_ext_shared": channel.is_shared,
        "is_org_shared": False,
        "is_member": directory.app_user.id in channel.members,
        "context_team_id": directory.team.id,
        "shared_team_ids": teams,
        "topic": {"value": "", "creator": "", "last_set": 0},
        "purpose": {"value": channel.purpose, "creator": "", "last_set": 0},
    }
