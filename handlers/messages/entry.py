"""An entry of the audit trail: in a line, and whole.

What an entry says was written from outside: names, reasons, the platform's words. It is shown as plain text; only
ids that have Slack's form become mentions.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from bot.domain.audit import Action, AuditEntry, Receipt, timestamp
from bot.domain.text import cut, shown
from bot.operations.trail import EntryDetail
from handlers.messages.blocks import (
    Block,
    Frame,
    Message,
    bullets,
    date,
    escape,
    framed,
    header,
    mrkdwn,
    plain,
    section,
    shown_name,
)

_WORDS = {
    Action.HELP: "Help",
    Action.WHOAMI: "Whoami",
    Action.UNDERSTAND: "Command",
    Action.LIST: "List",
    Action.SHOW: "Show",
    Action.BACKUP: "Back up",
    Action.DELETE: "Delete",
    Action.RESTORE: "Restore",
    Action.BACKUPS: "Backups",
    Action.LOCK: "Lock",
    Action.UNLOCK: "Unlock",
    Action.RUNS: "Runs",
    Action.KILL: "Kill run",
    Action.PENDING: "Pending",
    Action.HOME: "App Home",
    Action.STATUS: "Status",
    Action.AUDIT: "Audit",
    Action.EXPORT: "Export of the trail",
    Action.CHECKPOINT: "Checkpoint",
    Action.ROTATE: "New file of the trail",
    Action.START: "Start of the bot",
    Action.STOP: "Stop of the bot",
}
_HOST = {"name": "Host", "pid": "Process", "version": "Version of the bot", "process": "Id of the process"}
_PERSON = re.compile(r"[UW][A-Z0-9]{1,30}")
_CHANNEL = re.compile(r"C[A-Z0-9]{1,30}")
# Together they keep the longest entry below the 13,200 characters of text that Slack takes in a message's blocks.
_VALUE_LENGTH = 200
_TEXT_LENGTH = 500
_PLACE_LENGTH = 100
_SHOWN_PLACES = 10
_FIELDS_A_SECTION = 10
_NOTED = {"awaiting_approval": "waits for a second person"}
"""Codes of notes, in words."""


def headline(entry: AuditEntry) -> str:
    """What was done to what, and how far it came."""
    name = f" “{shown_name(entry.target.name)}”" if entry.target else ""
    outcome = "" if entry.outcome is None or entry.outcome.code == "ok" else entry.outcome.code
    code = f" ({cut(shown(outcome), 60)})" if outcome else ""
    how = _NOTED.get(outcome, f"{entry.stage}{code}")
    by = " by recovery" if entry.origin.kind == "recovery" else ""
    return f"{_WORDS[entry.action]}{name}: {how}{by}"


def who(entry: AuditEntry) -> dict[str, Any]:
    """Who did it, as a mention where it is a person."""
    return _mention(_PERSON, "@", entry.actor.id)


def entry_message(frame: Frame, detail: EntryDetail, person_id: str) -> Message:
    """Everything that is written in one entry, and the others of its operation."""
    entry, seq = detail.entry, detail.receipt.seq
    title = f"Entry #{seq}. {headline(entry)}"
    pairs = [*_pairs(entry)]
    blocks: list[Block] = [header(title)]
    blocks += [
        {
            "type": "section",
            "fields": [_field(label, value) for label, value in pairs[start : start + _FIELDS_A_SECTION]],
        }
        for start in range(0, len(pairs), _FIELDS_A_SECTION)
    ]
    blocks += [section(plain(cut(f"{label}: {shown(text)}", _TEXT_LENGTH))) for label, text in _texts(entry)]
    blocks += _places("What changed since the person looked:", entry.details.get("changes", ()))
    blocks += _places("Taken out before it was written:", entry.redacted)
    blocks.append(
        section(mrkdwn(f"Its hash: `{escape(detail.receipt.hash)}`\nThe hash before it: `{escape(detail.previous)}`"))
    )
    blocks += [section(plain(f"Do not trust this entry: {fault}.")) for fault in detail.faults]
    blocks.append(section(mrkdwn("\n".join(["Its operation:", *_stages(detail)]))))
    return framed(frame, f"{escape(title)}.", blocks, command=f"audit --entry {seq}", person_id=person_id)


def _pairs(entry: AuditEntry) -> Iterator[tuple[str, Any]]:
    """The short facts: text from outside as `str`, a text object where the words are the bot's own."""
    actor, origin, target, outcome = entry.actor, entry.origin, entry.target, entry.outcome
    found: list[tuple[str, Any]] = [
        ("Who", who(entry)),
        ("Name", actor.name),
        ("Workspace", actor.team),
        ("When", mrkdwn(date(entry.at))),
        ("When, by the bot's clock", timestamp(entry.at)),
        ("From", origin.kind),
        ("Where", _where(origin.channel) if origin.channel else ""),
        ("Typed", origin.command),
        ("Slack's trigger", origin.trigger),
    ]
    if target is not None:
        found += [(target.kind.capitalize(), target.name), ("Its id", target.id), ("Version seen", target.version)]
    if outcome is not None:
        found += [
            ("Outcome", outcome.code),
            ("Vi's HTTP status", str(outcome.status or "")),
            ("Vi's trace", outcome.trace),
        ]
    found += [("Operation", entry.operation_id), ("Id of the entry", entry.id)]
    found += [(_HOST.get(name, name), str(value)) for name, value in entry.host.items()]
    return ((label, value) for label, value in found if value)


def _field(label: str, value: Any) -> dict[str, Any]:
    if isinstance(value, Mapping):
        return {**value, "text": f"{label}\n{value['text']}"}
    return plain(f"{shown(label)}\n{cut(shown(value), _VALUE_LENGTH) or '–'}", 2000)


def _texts(entry: AuditEntry) -> Iterator[tuple[str, str]]:
    """The long ones: why, what was told, and every other detail, whatever a later version may write there."""
    if "reason" in entry.details:
        yield "Reason", str(entry.details["reason"])
    if entry.outcome and entry.outcome.message:
        yield "What was told", entry.outcome.message
    for name, value in sorted(entry.details.items()):
        if name not in {"reason", "changes"}:
            written = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            yield shown(name).replace("_", " ").capitalize(), written


def _places(title: str, pointers: Any) -> list[Block]:
    if not pointers:
        return []
    some = [cut(shown(str(each)), _PLACE_LENGTH) or "(everything)" for each in pointers[:_SHOWN_PLACES]]
    rest = len(pointers) - _SHOWN_PLACES
    return [section(plain(title)), bullets([*some, f"and {rest} more"] if rest > 0 else some)]


def _stages(detail: EntryDetail) -> Iterator[str]:
    for receipt, entry in detail.operation:
        here = " (this entry)" if receipt.seq == detail.receipt.seq else ""
        yield f"• {entry.stage}, {date(entry.at)}: `{_short(receipt)}`{here}"


def _short(receipt: Receipt) -> str:
    return escape(str(receipt))


def _where(channel: str) -> dict[str, Any] | str:
    # Slack makes no link of a direct message's id.
    return f"direct message {channel}" if channel.startswith("D") else _mention(_CHANNEL, "#", channel)


def _mention(form: re.Pattern[str], sign: str, found: str) -> dict[str, Any]:
    return mrkdwn(f"<{sign}{found}>") if form.fullmatch(found) else plain(shown(found) or "–")
