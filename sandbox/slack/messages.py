"""The messages of the workspace, and who can see which."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sandbox.slack.changes import Changes
from sandbox.slack.directory import Directory, Person
from sandbox.slack.elements import Place, with_ids

MICROSECONDS = 1_000_000


class Origin(StrEnum):
    """How a message came about; it decides who may change it later, and how."""

    WEB_API = "web_api"
    RESPONSE_URL = "response_url"
    COMMAND_ACK = "command_ack"
    TYPED_COMMAND = "typed_command"
    INCOMING_WEBHOOK = "incoming_webhook"


@dataclass(eq=False)
class Message:
    """One message.

    Attributes:
        ts: Slack's timestamp, which is the message's id within its conversation.
        only_for: The user id of the one person who sees an ephemeral message; None for an ordinary one.
        files: Slack's JSON of the files shared with it.
        entries: What people have chosen in its elements, by user id.
        number: Counts every change of every message; a later change has a higher number.
        version: 1 when it was posted, one more for each change.
    """

    conversation_id: str
    ts: str
    author_id: str
    origin: Origin
    text: str
    blocks: list[dict[str, Any]]
    number: int
    only_for: str | None = None
    thread_ts: str | None = None
    metadata: dict[str, Any] | None = None
    files: list[dict[str, Any]] = field(default_factory=list)
    version: int = 1
    edited: bool = False
    deleted: bool = False
    entries: dict[str, dict[Place, dict[str, Any]]] = field(default_factory=dict)

    @property
    def is_ephemeral(self) -> bool:
        """Whether only one person sees it."""
        return self.only_for is not None

    @property
    def content(self) -> dict[str, Any]:
        """The text, blocks and files, as they were posted."""
        return {"text": self.text, "blocks": self.blocks, "files": self.files}

    def as_json(self, team_id: str, app_id: str, bot_id: str) -> dict[str, Any]:
        """Return Slack's JSON of it, as in answers of the Web API and in payloads."""
        content: dict[str, Any] = {
            "type": "message",
            "user": self.author_id,
            "bot_id": bot_id,
            "app_id": app_id,
            "team": team_id,
            "ts": self.ts,
            "text": self.text,
        }
        if self.blocks:
            content["blocks"] = self.blocks
        if self.thread_ts:
            content["thread_ts"] = self.thread_ts
        if self.edited:
            content["edited"] = {"user": self.author_id, "ts": self.ts}
        if self.metadata:
            content["metadata"] = self.metadata
        if self.files:
            content["files"] = self.files
        return content


@dataclass
class Messages:
    """Every message, deleted and vanished ones included."""

    now: Callable[[], datetime]
    changes: Changes
    directory: Directory
    _messages: dict[tuple[str, str], Message] = field(default_factory=dict)
    _answers: dict[str, list[Message]] = field(default_factory=dict)
    _last_ts: int = 0
    _last_number: int = 0

    def post(
        self,
        conversation_id: str,
        content: Mapping[str, Any],
        *,
        author_id: str,
        origin: Origin,
        only_for: str | None = None,
        answers: str | None = None,
    ) -> Message:
        """Add a message.

        Args:
            conversation_id: Where.
            content: Its text or markdown_text and blocks, and where wanted thread_ts, metadata and files.
            author_id: Whose it is.
            origin: How it came about.
            only_for: Who alone sees it, if it is ephemeral.
            answers: The id of the response_url that it came through or with, if any.
        """
        message = Message(
            conversation_id,
            self.next_ts(),
            author_id,
            origin,
            _text(content),
            with_ids(content.get("blocks") or []),
            self._next_number(),
            only_for=only_for,
            thread_ts=content.get("thread_ts"),
            metadata=content.get("metadata"),
            files=content.get("files") or [],
        )
        self._messages[conversation_id, message.ts] = message
        if answers is not None:
            self._answers.setdefault(answers, []).append(message)
        self.changes.notify()
        return message

    def replace(self, message: Message, content: Mapping[str, Any], *, edited: bool) -> None:
        """Change what a message says; text without blocks takes the old blocks away."""
        message.text = _text(content)
        message.blocks = with_ids(content.get("blocks") or [])
        message.edited = edited
        self._changed(message)

    def delete(self, message: Message) -> None:
        """Take a message away from every screen."""
        message.deleted = True
        self._changed(message)

    def get(self, conversation_id: str, ts: str) -> Message | None:
        """Return the message with this timestamp, unless it was deleted."""
        message = self._messages.get((conversation_id, ts))
        return message if message and not message.deleted else None

    def in_history(self, conversation_id: str, ts: str) -> Message | None:
        """Return the message as the Web API knows it: an ephemeral message is in nobody's history."""
        message = self.get(conversation_id, ts)
        return message if message and not message.is_ephemeral else None

    def is_visible(self, message: Message, person: Person) -> bool:
        """Whether a message is on this person's screen."""
        if message.deleted or message.is_ephemeral:
            return not message.deleted and message.only_for == person.id
        return self.directory.can_see(person, message.conversation_id)

    def visible_to(self, person: Person) -> list[Message]:
        """Return what is on this person's screen, oldest change first."""
        seen = [message for message in self._messages.values() if self.is_visible(message, person)]
        return sorted(seen, key=lambda message: message.number)

    def answering(self, address_id: str) -> list[Message]:
        """Return what was posted through a response_url or in the acknowledgement that it came with, oldest first."""
        return self._answers.get(address_id, [])

    def forget_ephemeral(self, person: Person) -> None:
        """Drop this person's ephemeral messages, as a reload of the client does."""
        for message in self._messages.values():
            if message.only_for == person.id and not message.deleted:
                self.delete(message)

    def next_ts(self) -> str:
        """Return a timestamp that no message has had, in the form `1700000000.000100`."""
        self._last_ts = max(int(self.now().timestamp() * MICROSECONDS), self._last_ts + 1)
        seconds, micros = divmod(self._last_ts, MICROSECONDS)
        return f"{seconds}.{micros:06d}"

    def last_number(self) -> int:
        """Return the number of the newest change."""
        return self._last_number

    def _changed(self, message: Message) -> None:
        message.number = self._next_number()
        message.version += 1
        self.changes.notify()

    def _next_number(self) -> int:
        self._last_number += 1
        return self._last_number


def _text(content: Mapping[str, Any]) -> str:
    return content.get("text") or content.get("markdown_text") or ""
