"""A page of the audit trail."""

from typing import Any

from bot.domain.audit import AuditEntry, Receipt
from bot.domain.text import cut, shown
from bot.domain.trail_filters import Audit
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
)
from handlers.messages.entry import headline, who

_TEXT_LENGTH = 1500


def trail_message(frame: Frame, page: TrailPage, screen_id: str, person_id: str) -> Message:
    """The entries, newest first, each with a way to its details; and the buttons to go on."""
    title = _title(page)
    blocks: list[Block] = [section(plain(title)), *asked_for(page.asked)]
    for receipt, entry in page.entries:
        blocks += _entry(receipt, entry)
    controls = []
    if page.older is not None:
        controls.append(button("Older", action_ids.TRAIL_OLDER, screen_id))
    if page.entries:
        controls.append(button("Export…", action_ids.TRAIL_EXPORT, screen_id))
        blocks.append(actions(*controls))
    else:
        blocks.append(context(plain(_advice(page))))
    text = " ".join([title, *(f"{headline(entry)}." for _receipt, entry in page.entries)])
    return framed(frame, escape(cut(text, _TEXT_LENGTH)), blocks, command=words(page.asked), person_id=person_id)


def asked_for(asked: Audit) -> list[Block]:
    """The filters in words, where there are any."""
    elements: list[dict[str, Any]] = []
    if asked.text:
        elements.append(plain(f"with “{cut(shown(asked.text), 60)}”"))
    if asked.workflow:
        elements.append(plain(f"workflow “{cut(shown(asked.workflow), 60)}”"))
    if asked.actor:
        elements.append(mrkdwn(f"by <@{asked.actor}>"))
    filters = asked.filters
    elements += [
        plain(f"{name} {filters[name]}") for name in ("action", "outcome", "since", "until") if name in filters
    ]
    return [context(plain("Asked for:"), *elements)] if elements else []


def words(asked: Audit) -> str:
    """The command that asks for the same."""
    flags = {name: value for name, value in asked.filters.items() if name != "text"}
    return " ".join(["audit", *([asked.text] if asked.text else []), *(_flag(*each) for each in flags.items())])


def _flag(name: str, value: str) -> str:
    return f'--{name} "{value}"' if name == "workflow" else f"--{name} {value}"


def _title(page: TrailPage) -> str:
    count = len(page.entries)
    # Whose they are is in what was asked for where a person was named.
    everybodys = "" if page.own_only or page.asked.actor else ", everybody's"
    if not count:
        return f"No entries{' of yours' if page.own_only else ''}{' fit' if page.asked.filters else ' yet'}."
    if page.before is not None:
        older = f"{count} older entries" if count > 1 else "1 older entry"
        return f"{older}{' of yours' if page.own_only else everybodys}."
    newest = f"newest {count} entries" if count > 1 else "newest entry"
    return f"Your {newest}." if page.own_only else f"{newest.capitalize()}{everybodys}."


def _advice(page: TrailPage) -> str:
    more = "Leave a filter out to see more." if page.asked.filters else "Each command that you give makes one."
    return f"{more} Everybody's entries are for admins." if page.own_only else more


def _entry(receipt: Receipt, entry: AuditEntry) -> list[Block]:
    small = [mrkdwn(f"`{receipt}`"), who(entry), mrkdwn(date(entry.at))]
    said = entry.outcome.message if entry.outcome else ""
    reason = str(entry.details.get("reason", ""))
    words_of_others = (entry.origin.command, f"Reason: {reason}" if reason else "", said)
    small += [plain(cut(shown(each), 200)) for each in words_of_others if each]
    details = button("Details", action_ids.TRAIL_ENTRY, str(receipt.seq), about=f"of entry #{receipt.seq}")
    return [section(plain(headline(entry)), accessory=details), context(*small)]
