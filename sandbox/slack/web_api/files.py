"""The two `files.*` methods with which an app uploads a file; the content itself goes to `/upload/{id}` in between."""

from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.slack.blocks import find_block_problems
from sandbox.slack.errors import SlackError
from sandbox.slack.files import File
from sandbox.slack.messages import Origin
from sandbox.slack.validation import sentence_of
from sandbox.slack.web_api.chat import direct_messages
from sandbox.slack.web_api.method import Call

ALT_TEXT = 1000
SNIPPET_BYTES = 1_000_000
"""Slack: snippets "are limited to 1MB". Assumed: decimal."""
MAX_CHANNELS = 100


def announce_upload(call: Call) -> dict[str, Any]:
    """`files.getUploadURLExternal`: say what will be uploaded, and be told where to. Assumed: any snippet_type."""
    name, length = call.arguments.required("filename"), call.arguments.required("length")
    alt_text, is_snippet = call.arguments.text("alt_txt"), bool(call.arguments.text("snippet_type"))
    if not length.isdecimal():
        raise SlackError("invalid_arguments", fault=f"The length of a file is a number of bytes, not {length!r}.")
    if int(length) == 0:
        raise SlackError("missing_argument", fault="An empty file cannot be uploaded.")
    if is_snippet and int(length) > SNIPPET_BYTES:
        raise SlackError("snippet_too_large", fault=f"A snippet may have {SNIPPET_BYTES:,} bytes.")
    if len(alt_text or "") > ALT_TEXT:
        raise SlackError("alt_txt_too_large", fault=f"alt_txt may have {ALT_TEXT:,} characters.")
    file = call.state.files.announce(name, int(length), alt_text=alt_text, is_snippet=is_snippet)
    return {"upload_url": f"http://{call.host}/upload/{file.upload_id}", "file_id": file.id}


def complete_upload(call: Call) -> dict[str, Any]:
    """`files.completeUploadExternal`: name the files, and share them in one message for each conversation.

    Slack does the sharing a moment after it has answered, so that the answer often lacks `shares`. Here it is done
    before, and the answer never has them.
    """
    titles = _read_titles(call.arguments.structure("files"))
    files = [_uploaded_file(call, file_id) for file_id in titles]
    conversations = _conversations(call)
    content = _read_content(call)
    for file in files:
        file.title = titles[file.id] or file.name
        file.is_complete = True
    user_id = call.state.directory.app_user.id
    described = [file.as_json(user_id, call.state.response_urls.base_url) for file in files]
    for conversation_id in conversations:
        call.state.messages.post(
            conversation_id, {**content, "files": described}, author_id=user_id, origin=Origin.WEB_API
        )
    return {"files": described}


def _read_titles(files: Any) -> Mapping[str, str | None]:
    if (
        not isinstance(files, list)
        or not files
        or not all(isinstance(each, dict) and isinstance(each.get("id"), str) for each in files)
    ):
        raise SlackError("invalid_arguments", fault="files is an array of objects, each with the id of a file.")
    return {each["id"]: each.get("title") for each in files}


def _uploaded_file(call: Call, file_id: str) -> File:
    file = call.state.files.get(file_id)
    if file is None or file.content is None or file.is_complete:
        sentence = "An upload is completed once, with the id of an announced file whose content has been sent."
        raise SlackError("file_not_found", fault=sentence)
    return file


def _conversations(call: Call) -> Sequence[str]:
    one = call.arguments.text("channel_id")
    several = [each.strip() for each in (call.arguments.text("channels") or "").split(",") if each.strip()]
    if len(several) > MAX_CHANNELS:
        raise SlackError("channels_limit_exceeded", fault=f"A file is shared in at most {MAX_CHANNELS} channels.")
    if one:
        return [_conversation(call, one, "channel_not_found")]
    return [_conversation(call, each, "invalid_channel") for each in several]


def _conversation(call: Call, wanted: str, unknown: str) -> str:
    directory = call.state.directory
    channel = directory.channels.get(wanted)
    if channel is None:
        try:
            return direct_messages(call, wanted)
        except SlackError as refusal:
            # Assumed: which of this method's own errors stands for those of chat.postMessage.
            own = {"channel_not_found": unknown, "messages_tab_disabled": "posting_to_channel_denied"}[refusal.code]
            raise SlackError(own, fault=refusal.fault) from refusal
    is_member = directory.app_user.id in channel.members
    if channel.is_private and not is_member:
        raise SlackError(unknown)
    if channel.is_archived:
        raise SlackError("posting_to_channel_denied")
    if not is_member:
        raise SlackError("not_in_channel")
    return channel.id


def _read_content(call: Call) -> dict[str, Any]:
    content = {"text": call.arguments.text("initial_comment"), "thread_ts": call.arguments.text("thread_ts")}
    blocks = call.arguments.structure("blocks", "invalid_blocks")
    if content["text"] or blocks is None:  # Slack: with an initial_comment, blocks are ignored.
        return content
    if problems := find_block_problems(blocks, "message"):
        raise SlackError("invalid_blocks", fault=sentence_of(problems))
    return content | {"blocks": blocks}
