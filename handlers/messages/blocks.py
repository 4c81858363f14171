"""Block Kit: the few blocks that the bot's messages are made of, with text from outside made harmless.

Text that somebody else wrote (names, reasons, the platform's words) goes into `plain_text` objects only: there it can
neither mention nor link nor format. `mrkdwn` holds the bot's own words, ids and dates.
Limits are Slack's: a section holds 3,000 characters, a header 150, a context ten elements, a message 50 blocks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.domain.audit import Receipt
from bot.domain.text import cut, shown
from bot.domain.workflow import WorkflowSummary

Block = dict[str, Any]
View = dict[str, Any]

_TITLE_LENGTH = 24
_NAME_LENGTH = 120
_SECTION_LENGTH = 3000


@dataclass(frozen=True, slots=True)
class Message:
    """What goes to Slack: `text` is for notifications and screen readers, which read nothing else."""

    text: str
    blocks: Sequence[Block]


@dataclass(frozen=True, slots=True)
class Frame:
    """What every message carries.

    Attributes:
        command: the slash command's name.
        organization: the organization in Vi.
        environment: a label where several bots serve one workspace, else empty.
    """

    command: str
    organization: str
    environment: str = ""

    @property
    def place(self) -> str:
        """Organization and environment, for a message's last line."""
        return f"Vi organization {self.organization}" + (f" · {self.environment}" if self.environment else "")


def escape(text: str) -> str:
    """Text as `mrkdwn` and top-level `text` need it: the three characters that Slack gives a meaning."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def name_of(workflow: WorkflowSummary) -> str:
    """A workflow's name, fit to be shown."""
    return shown_name(workflow.name)


def shown_name(name: str) -> str:
    """A name, fit to be shown: on one line, cut, and never empty."""
    return cut(shown(name), _NAME_LENGTH) or "(no name)"


def date(at: datetime) -> str:
    """A moment in the reader's own time zone, as `mrkdwn`."""
    fallback = f"{at.astimezone(UTC).isoformat(' ')[:16]} UTC"  # three times as quick as strftime, on every row
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} at {{time}}|{fallback}>"


def plain(text: str, length: int = _SECTION_LENGTH) -> dict[str, Any]:
    """A text object that is shown as it is."""
    return {"type": "plain_text", "text": cut(text, length), "emoji": False}


def mrkdwn(text: str) -> dict[str, Any]:
    """A text object of the bot's own words; `verbatim` keeps Slack from making links of what looks like one."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def header(text: str) -> Block:
    """A title."""
    return {"type": "header", "text": plain(text, 150)}


def section(text: Mapping[str, Any], *, accessory: Mapping[str, Any] | None = None, block_id: str = "") -> Block:
    """A paragraph, with a control beside it."""
    block: Block = {"type": "section", "text": dict(text)}
    if accessory is not None:
        block["accessory"] = dict(accessory)
    if block_id:
        block["block_id"] = block_id
    return block


def fields(*pairs: tuple[str, str]) -> Block:
    """Facts in two columns: a label of ours and a value from anywhere; at most ten."""
    return {
        "type": "section",
        "fields": [plain(f"{label}\n{shown(value) or '–'}", 2000) for label, value in pairs],
    }


def context(*elements: Mapping[str, Any]) -> Block:
    """Small print."""
    return {"type": "context", "elements": [dict(each) for each in elements]}


def divider() -> Block:
    """A line."""
    return {"type": "divider"}


def button(text: str, action_id: str, value: str, *, about: str = "", style: str = "") -> dict[str, Any]:
    """A button; `about` says to a screen reader which of several equal ones it is."""
    element: dict[str, Any] = {"type": "button", "text": plain(text, 75), "action_id": action_id, "value": value}
    if style:
        element["style"] = style
    if about:
        element["accessibility_label"] = cut(f"{text} {about}", 75)
    return element


def actions(*elements: Mapping[str, Any], block_id: str = "") -> Block:
    """Buttons side by side."""
    block: Block = {"type": "actions", "elements": [dict(each) for each in elements]}
    return {**block, "block_id": block_id} if block_id else block


def overflow(action_id: str, *options: tuple[str, str]) -> dict[str, Any]:
    """A menu of one to five entries, each with its value."""
    return {
        "type": "overflow",
        "action_id": action_id,
        "options": [{"text": plain(text, 75), "value": value} for text, value in options],
    }


def bullets(items: Sequence[str]) -> Block:
    """A list; items may be text from outside."""
    return {
        "type": "rich_text",
        "elements": [
            {
                "type": "rich_text_list",
                "style": "bullet",
                "elements": [
                    {"type": "rich_text_section", "elements": [{"type": "text", "text": item}]} for item in items
                ],
            }
        ],
    }


def framed(frame: Frame, text: str, blocks: Sequence[Block], *, command: str = "", person_id: str = "") -> Message:
    """A message with its last line: what was asked, by whom, and of which organization.

    Slack does not show the command that was typed, so the answer does.
    """
    elements: list[Mapping[str, Any]] = []
    if command:
        elements.append(plain(cut(shown(f"{frame.command} {command}"), 150)))
    if person_id:
        elements.append(mrkdwn(f"<@{person_id}>"))
    elements.append(plain(frame.place, 150))
    return Message(text, [*blocks, context(*elements)])


def with_notes(message: Message, notes: Sequence[str]) -> Message:
    """The message with what the person has to be told beside it, before its last line."""
    if not notes:
        return message
    *blocks, last = message.blocks
    return Message(" ".join([message.text, *notes]), [*blocks, *(context(plain(note)) for note in notes), last])


def receipt_line(receipt: Receipt | None) -> dict[str, Any]:
    """Where in the audit trail it stands: an anchor for whoever verifies the trail later."""
    if receipt is None:
        return plain("It could not be written into the audit trail yet; the bot keeps trying.")
    return mrkdwn(f"audit `{receipt}`")


def modal(
    title: str, blocks: Sequence[Block], *, callback_id: str, metadata: str = "", submit: str = "", close: str = "Close"
) -> View:
    """A modal view; without `submit` it has nothing to confirm, and with it Slack says when it is closed instead."""
    view: View = {
        "type": "modal",
        "callback_id": callback_id,
        "title": plain(title, _TITLE_LENGTH),
        "close": plain(close, _TITLE_LENGTH),
        "blocks": list(blocks),
    }
    if metadata:
        view["private_metadata"] = metadata
    if submit:
        view["submit"] = plain(submit, _TITLE_LENGTH)
        view["notify_on_close"] = True
    return view
