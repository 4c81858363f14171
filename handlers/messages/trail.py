"""Entries of the audit trail."""

from bot.domain.audit import Action, AuditEntry, Receipt
from bot.domain.command import Audit
from bot.domain.text import cut, shown
from bot.operations.trail import TrailPage
from handlers import action_ids
from handlers.messages.blocks import (
    Block,
    Frame,
    Message,
    actions,
    button,
    context,
    date,
    escape,
    framed,
    mrkdwn,
    plain,
    section,
    shown_name,
)


def trail_message(frame: Frame, page: TrailPage, screen_id: str, person_id: str) -> Message:
    """One page of entries, newest first."""
    whose = "your own entries" if page.own_only else "everybody's entries"
    title = f"{len(page.entries)} of {whose}, newest first." if page.entries else f"No entries fit, among {whose}."
    blocks: list[Block] = [section(plain(title))]
    for receipt, entry in page.entries:
        blocks += _entry(receipt, entry)
    if page.older is not None:
        blocks.append(actions(button("Older", action_ids.TRAIL_OLDER, screen_id)))
    text = " ".join([title, *(f"{_headline(entry)}." for _receipt, entry in page.entries)])
    return framed(frame, escape(cut(text, 1500)), blocks, command=_words(page.asked), person_id=person_id)


def _entry(receipt: Receipt, entry: AuditEntry) -> list[Block]:
    small = [mrkdwn(f"`{receipt}`"), mrkdwn(f"<@{entry.actor.id}>"), mrkdwn(date(entry.at))]
    said = entry.outcome.message if entry.outcome else ""
    reason = str(entry.details.get("reason", ""))
    small += [plain(cut(shown(each), 200)) for each in (f"Reason: {reason}" if reason else "", said) if each]
    return [section(plain(_headline(entry))), context(*small)]


def _headline(entry: AuditEntry) -> str:
    what = _WORDS[entry.action]
    name = f" “{shown_name(entry.target.name)}”" if entry.target else ""
    code = f" ({entry.outcome.code})" if entry.outcome and entry.outcome.code != "ok" else ""
    by = " by recovery" if entry.origin.kind == "recovery" else ""
    return f"{what}{name}: {entry.stage}{code}{by}"


_WORDS = {
    Action.HELP: "Help",
    Action.WHOAMI: "Whoami",
    Action.UNDERSTAND: "Command",
    Action.LIST: "List",
    Action.SHOW: "Show",
    Action.BACKUP: "Back up",
    Action.DELETE: "Delete",
    Action.AUDIT: "Audit",
}


def _words(asked: Audit) -> str:
    parts = [
        "audit",
        asked.text,
        f'--workflow "{asked.workflow}"' if asked.workflow else "",
        f"--actor @{asked.actor}" if asked.actor else "",
        f"--since {asked.since.days}d" if asked.since else "",
        f"--outcome {asked.outcome}" if asked.outcome else "",
    ]
    return " ".join(part for part in parts if part)
