"""The `chat.*` methods: posting, changing and deleting messages of the app."""

from typing import Any

from sandbox.slack.blocks.limits import MESSAGE_TEXT, UPDATE_TEXT
from sandbox.slack.directory import Channel
from sandbox.slack.errors import SlackError
from sandbox.slack.messages import Message, Origin
from sandbox.slack.validation import require_valid_message
from sandbox.slack.web_api.arguments import Arguments
from sandbox.slack.web_api.method import Call

EPHEMERAL_TEXT_BYTES = 4000
"""Slack: chat.postEphemeral, "no larger than 4,000 bytes"."""


def post_message(call: Call) -> dict[str, Any]:
    """`chat.postMessage`; a user id as `channel` posts into the direct messages with that user."""
    conversation_id = _writable_conversation(call, call.arguments.required("channel"))
    content = _read_content(call.arguments)
    truncated = len(content.get("text") or "") > MESSAGE_TEXT
    if truncated:
        sentence = f"chat.postMessage cuts text at {MESSAGE_TEXT} characters."
        call.state.complain("message_truncated", sentence, call.exchange)
        content["text"] = content["text"][:MESSAGE_TEXT]
    require_valid_message(content)
    message = call.state.messages.post(
        conversation_id, content, author_id=call.state.directory.app_user.id, origin=Origin.WEB_API
    )
    answer = {"channel": conversation_id, "ts": message.ts, "message": _as_json(call, message)}
    return answer | ({"warning": "message_truncated"} if truncated else {})


def post_ephemeral(call: Call) -> dict[str, Any]:
    """`chat.postEphemeral`: post a message that one member of the conversation sees."""
    conversation_id = _writable_conversation(call, call.arguments.required("channel"))
    person = call.state.directory.people.get(call.arguments.required("user"))
    if person is None or not call.state.directory.can_see(person, conversation_id):
        raise SlackError("user_not_in_channel")
    content = _read_content(call.arguments)
    if len((content.get("text") or "").encode()) > EPHEMERAL_TEXT_BYTES:
        raise SlackError("msg_too_long", fault=f"An ephemeral text may have {EPHEMERAL_TEXT_BYTES} bytes.")
    require_valid_message(content)
    message = call.state.messages.post(
        conversation_id,
        content,
        author_id=call.state.directory.app_user.id,
        origin=Origin.WEB_API,
        only_for=person.id,
    )
    return {"message_ts": message.ts}


def update(call: Call) -> dict[str, Any]:
    """`chat.update`: change a message that the app posted with its token."""
    message = _own_message(call, "cant_update_message")
    content = _read_content(call.arguments)
    require_valid_message(content, text_limit=UPDATE_TEXT)
    # Slack: chat.update, a change that comes with blocks leaves no "edited" mark.
    call.state.messages.replace(message, content, edited=content.get("blocks") is None)
    return {
        "channel": message.conversation_id,
        "ts": message.ts,
        "text": message.text,
        "message": _as_json(call, message),
    }


def delete(call: Call) -> dict[str, Any]:
    """`chat.delete`: delete a message that the app posted."""
    message = _own_message(call, "cant_delete_message")
    call.state.messages.delete(message)
    return {"channel": message.conversation_id, "ts": message.ts}


def get_permalink(call: Call) -> dict[str, Any]:
    """`chat.getPermalink`: the web address of a message."""
    channel, ts = call.arguments.required("channel"), call.arguments.required("message_ts")
    if call.state.directory.conversation(channel) is None:
        raise SlackError("channel_not_found")
    message = call.state.messages.in_history(channel, ts)
    if message is None:
        raise SlackError("message_not_found")
    domain = call.state.directory.team.domain
    url = f"https://{domain}.slack.com/archives/{channel}/p{ts.replace('.', '')}"
    thread = f"?thread_ts={message.thread_ts}&cid={channel}" if message.thread_ts else ""
    return {"channel": channel, "permalink": url + thread}


def _writable_conversation(call: Call, wanted: str) -> str:
    directory = call.state.directory
    try:
        channel = directory.channel(wanted)
    except KeyError:
        return direct_messages(call, wanted)
    is_member = directory.app_user.id in channel.members
    if channel.is_private and not is_member:
        # A private channel that the app is not in does not exist for it.
        raise SlackError("channel_not_found")
    if channel.is_archived:
        raise SlackError("is_archived")
    if not is_member and "chat:write.public" not in call.state.manifest.bot_scopes:
        raise SlackError("not_in_channel")
    return channel.id


def direct_messages(call: Call, wanted: str) -> str:
    """Return the id of the direct messages with a person, by that id or the user's.

    Raises:
        SlackError: `channel_not_found`, `messages_tab_disabled`.
    """
    directory = call.state.directory
    conversation = directory.conversation(wanted)
    person = directory.people.get(wanted) or getattr(conversation, "person", None)
    # Assumed: nobody can be written to who is a bot, deactivated, or of another workspace without a shared channel.
    if (
        person is None
        or person.is_bot
        or person.deleted
        or (person.team != directory.team and not directory.shares_a_channel_with_app(person))
    ):
        raise SlackError("channel_not_found")
    if not call.state.manifest.messages_tab:
        raise SlackError("messages_tab_disabled", fault="The manifest turns the Messages tab off; no direct messages.")
    dm_id: str = person.dm_id
    return dm_id


def _own_message(call: Call, refusal: str) -> Message:
    channel, ts = call.arguments.required("channel"), call.arguments.required("ts")
    conversation = call.state.directory.conversation(channel)
    if conversation is None:
        raise SlackError("channel_not_found", fault=f"{channel} is not the id of a channel or of direct messages (D…).")
    message = call.state.messages.get(channel, ts)
    if message is not None and message.is_ephemeral:
        raise SlackError(
            "message_not_found",
            fault="An ephemeral message is in no history: only the response_url of a click on it can change it.",
            kind="ephemeral_is_not_updatable",
        )
    if message is None:
        raise SlackError("message_not_found")
    if message.author_id != call.state.directory.app_user.id or message.origin is not Origin.WEB_API:
        raise SlackError(refusal, fault="Only a message that was posted with the app's token can be changed with it.")
    if isinstance(conversation, Channel) and conversation.is_archived:
        raise SlackError("is_inactive" if refusal == "cant_update_message" else refusal)
    return message


def _read_content(arguments: Arguments) -> dict[str, Any]:
    content = {
        "text": arguments.text("text"),
        "markdown_text": arguments.text("markdown_text"),
        "blocks": arguments.structure("blocks", "invalid_blocks_format"),
        "attachments": arguments.structure("attachments", "invalid_attachments"),
        "thread_ts": arguments.text("thread_ts"),
        "metadata": arguments.structure("metadata", "invalid_metadata_format"),
    }
    return {key: value for key, value in content.items() if value is not None}


def _as_json(call: Call, message: Message) -> dict[str, Any]:
    return message.as_json(call.state.directory.team.id, call.state.app_id, call.state.bot_id)
