"""How answers reach Slack: over one shared session, each kind to its own place.

Nothing here is sent twice: a message that may have been posted is not posted again. Only an answer of `ratelimited`
is waited for, since nothing was posted then.
"""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import aiohttp
import msgspec
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.errors import BotError, FileNotSent, FilePerhapsSent
from handlers.messages.blocks import Message, View
from handlers.trouble import TROUBLE, name_of_trouble

_LOG = logging.getLogger(__name__)

_GONE = {"not_found", "view_not_found", "hash_conflict"}
"""The person has closed the modal, or it shows something else by now."""
_UPLOAD_TIMEOUT = aiohttp.ClientTimeout(total=60, sock_connect=5)
_BROKEN_OFF = {"internal_error", "fatal_error"}
"""Slack broke off by a fault of its own. Assumed: some of what was asked may have been done before."""
_TOO_LATE = {"expired_trigger_id", "exchanged_trigger_id", "trigger_expired", "trigger_exchanged"}


class DialogueNotOpened(BotError):
    """Slack opens a dialogue only within 3 s of the command or click."""

    code = "dialogue_not_opened"


@dataclass(frozen=True, slots=True)
class Posted:
    """A message that was posted: where, and the timestamp that names it."""

    channel: str
    ts: str


class Delivery:
    """Everything that the bot says to Slack."""

    def __init__(self, client: AsyncWebClient, session: aiohttp.ClientSession) -> None:
        self._client = client
        self._session = session
        self._answer_headers = {**client.headers, "Content-Type": "application/json;charset=utf-8"}

    async def answer(
        self, response_url: str, message: Message, *, replace: bool = False, in_channel: bool = False
    ) -> bool:
        """Answer a command or a click: only its person sees it, unless it is for the channel.

        A click's own message can be replaced.

        A response_url takes five answers within 30 minutes; a failure is logged, since no other way leads there.
        """
        body = _json(
            {
                "response_type": "in_channel" if in_channel else "ephemeral",
                "replace_original": replace,
                "text": message.text,
                "blocks": list(message.blocks),
                "unfurl_links": False,
                "unfurl_media": False,
            }
        )
        # Not through the SDK's client for webhooks, which takes twice as long as all that is done here.
        headers, proxy = self._answer_headers, self._client.proxy
        try:
            async with self._session.post(response_url, data=body, headers=headers, proxy=proxy) as response:
                said = await response.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            _LOG.warning("an answer did not reach Slack: %s", type(error).__name__)
            return False
        if response.status != 200:  # noqa: PLR2004 - the one status that means delivered
            _LOG.warning("Slack did not take an answer: %s %s", response.status, said[:100].decode(errors="replace"))
            return False
        return True

    async def open_modal(self, trigger_id: str, view: View) -> str:
        """Open a modal; its id.

        Raises:
            DialogueNotOpened: the 3 s of the trigger had passed, or Slack could not be reached.
        """
        try:
            response = await self._client.views_open(trigger_id=trigger_id, view=view)
        except TROUBLE as error:
            code = name_of_trouble(error)
            if code not in _TOO_LATE:
                _LOG.exception("a modal was not opened: %s", code)
            raise DialogueNotOpened(
                "Slack did not open the dialogue in time. Nothing was done.", "Give the command again."
            ) from error
        return str(response["view"]["id"])

    async def update_modal(self, view_id: str, view: View, *, seen: str | None = None) -> bool:
        """Show something else in a modal; False where the person has closed it, which is their right.

        With the hash of what the person has `seen`, only while the modal still shows that.
        """
        try:
            await self._client.views_update(view_id=view_id, view=view, hash=seen)
        except TROUBLE as error:
            if name_of_trouble(error) not in _GONE:
                _LOG.exception("a modal was not updated: %s", name_of_trouble(error))
            return False
        return True

    async def publish_home(self, person_id: str, view: View) -> bool:
        """Show somebody their Home tab; False where that failed, which is logged."""
        try:
            await self._client.views_publish(user_id=person_id, view=view)
        except TROUBLE as error:
            _LOG.warning("a Home tab was not published: %s", name_of_trouble(error))
            return False
        return True

    async def rewrite(self, channel: str, ts: str, message: Message) -> bool:
        """Show something else in a message that the bot posted; False where that failed, which is logged."""
        try:
            await self._client.chat_update(
                channel=channel, ts=ts, text=message.text, blocks=list(message.blocks), parse="none"
            )
        except TROUBLE as error:
            _LOG.exception("a message in %s was not rewritten: %s", channel, name_of_trouble(error))
            return False
        return True

    async def post(self, channel: str, message: Message, *, thread_ts: str | None = None) -> Posted | None:
        """Post to a channel, or to a person by their id; None where that failed, which is logged."""
        try:
            response = await self._client.chat_postMessage(
                channel=channel,
                text=message.text,
                blocks=list(message.blocks),
                thread_ts=thread_ts,
                unfurl_links=False,
                unfurl_media=False,
                parse="none",
            )
        except TROUBLE as error:
            _LOG.exception("a message to %s was not posted: %s", channel, name_of_trouble(error))
            return None
        return Posted(str(response["channel"]), str(response["ts"]))

    async def upload(self, filename: str, content: bytes) -> str:
        """Bring a file's content to Slack, where nobody sees it before it is shared; the file's id.

        Raises:
            FileNotSent: Slack does not have it.
        """
        try:
            ticket = await self._client.files_getUploadURLExternal(filename=filename, length=len(content))
            # As a stream, for aiohttp writes bytes in one go and lets everything else wait.
            stream, address = BytesIO(content), ticket["upload_url"]
            async with self._session.post(address, data=stream, timeout=_UPLOAD_TIMEOUT) as response:
                response.raise_for_status()
        except TROUBLE as error:
            raise _not_sent(error) from error
        return str(ticket["file_id"])

    async def share(self, file_id: str, title: str, below: Posted) -> None:
        """Show an uploaded file in the thread of a message.

        Raises:
            FileNotSent: Slack refused.
            FilePerhapsSent: Slack did not say how it ended.
        """
        try:
            await self._client.files_completeUploadExternal(
                files=[{"id": file_id, "title": title}], channel_id=below.channel, thread_ts=below.ts
            )
        except TROUBLE as error:
            name = name_of_trouble(error)
            if name.islower() and name not in _BROKEN_OFF:
                raise _not_sent(error) from error
            raise FilePerhapsSent(
                "Slack did not say whether it sent the file.", "Look into your direct messages with this app."
            ) from error


def _json(body: Mapping[str, Any]) -> bytes:
    try:
        return msgspec.json.encode(body)  # ten times as quick
    except (TypeError, UnicodeEncodeError):
        return json.dumps(body).encode()  # somebody typed half of a surrogate pair, which JSON can carry escaped


def _not_sent(error: Exception) -> FileNotSent:
    name = name_of_trouble(error)
    if name == "missing_scope":
        return FileNotSent(
            "This app may not send files in Slack: it has not been given the scope files:write.",
            "Ask the bot's administrator to update the app from manifest.yml and to install it again.",
        )
    # Slack's own names are written in lower case; the others are kinds of trouble on the way there.
    reason = f"Slack did not take the file: {name}." if name.islower() else "The file did not reach Slack."
    return FileNotSent(reason, "Ask again later, or ask the bot's administrator for vi-bot audit export.")
