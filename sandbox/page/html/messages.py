"""A message in a conversation as HTML."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sandbox.page.html.layouts import Surface, blocks_html
from sandbox.page.html.markup import Markup, joined, tag
from sandbox.page.html.mrkdwn import mrkdwn_html
from sandbox.slack.directory import Person
from sandbox.slack.elements import state_of
from sandbox.slack.messages import Message
from sandbox.slack.render.reader import Reader

_HUES = 8
"""How many colours the page has for avatars."""


@dataclass(frozen=True, slots=True)
class Author:
    """Who wrote a message: what is shown of them."""

    name: str
    is_app: bool
    initials: str
    hue: int

    @classmethod
    def of(cls, person: Person, number: int) -> "Author":
        """What is shown of a person, or of an app's bot; `number` is their place among all, and makes the colour."""
        words = person.real_name.split()
        initials = "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()
        shown = person.real_name[:2] if person.is_bot else initials
        return cls(person.real_name, person.is_bot, shown, number % _HUES)


def avatar_html(author: Author) -> Markup:
    """A coloured field with initials."""
    classes = f"avatar hue-{author.hue}{' app' if author.is_app else ''}"
    return tag("span", {"class": classes, "aria-hidden": "true"}, author.initials)


def message_html(message: Message, author: Author, reader: Reader, reader_id: str, at: datetime) -> Markup:
    """A message on one person's screen.

    Args:
        message: the message.
        author: who wrote it.
        reader: how texts look to the person.
        reader_id: the person's user id.
        at: when it was posted, in the person's time zone.
    """
    source = {"message": {"conversation": message.conversation_id, "ts": message.ts}}
    byline = [
        tag("span", {"class": "author"}, author.name),
        *([tag("span", {"class": "badge"}, "APP")] if author.is_app else []),
        tag("time", {"datetime": at.isoformat(timespec="seconds")}, f"{at:%H:%M}"),
    ]
    note = [tag("div", {"class": "only-you-note"}, "Only visible to you")] if message.is_ephemeral else []
    edited = [tag("span", {"class": "edited"}, "(edited)")] if message.edited else []
    main = tag(
        "div",
        {"class": "main"},
        *note,
        tag("div", {"class": "byline"}, *byline),
        tag("div", {"class": "blocks", "data-source": json.dumps(source)}, _content(message, reader, reader_id)),
        *edited,
    )
    classes = f"row{' only-you' if message.is_ephemeral else ''}{' reply' if message.thread_ts else ''}"
    return tag("div", {"class": classes}, avatar_html(author), main)


def _content(message: Message, reader: Reader, reader_id: str) -> Markup:
    """Its blocks, or its text where it has none: Slack shows `text` beside blocks in notifications only."""
    if not message.blocks:
        return tag("div", {"class": "block section"}, tag("div", {"class": "text"}, mrkdwn_html(message.text, reader)))
    values: dict[str, Any] = state_of(message.blocks, message.entries.get(reader_id, {}))["values"]
    return joined(blocks_html(message.blocks, Surface(reader, f"{message.conversation_id}-{message.ts}-", values)))
