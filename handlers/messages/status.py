"""How the bot is: each check in words, and what is at work."""

from collections.abc import Sequence

from bot.domain.audit import AuditEntry
from bot.domain.confirmation import ConfirmationState
from bot.domain.text import cut, shown
from bot.operations.readiness import Finding, span
from bot.operations.status import Process, Status
from handlers.messages.blocks import (
    Block,
    Frame,
    Message,
    context,
    date,
    escape,
    framed,
    mrkdwn,
    plain,
    section,
    shown_name,
)
from handlers.messages.entry import headline

_SHOWN = 10  # processes, and changes: together with the rest below the 50 blocks that a message may have
_WORDS = {ConfirmationState.OPEN: "for an answer", ConfirmationState.AWAITING: "for a second person"}


def status_message(frame: Frame, status: Status, *, person_id: str) -> Message:
    """Every check with what it found; processes and changes one by one for whom it is meant."""
    look = status.look
    troubled = [each for each in look.findings if not each.ok]
    text = "Nothing is wrong with the bot." if not troubled else " ".join(shown(each.sentence) for each in troubled)
    blocks: list[Block] = [section(plain(finding_line(each))) for each in look.findings]
    blocks.append(context(plain(f"Version {status.version}, running for {span(status.uptime)}")))
    blocks += _counts(status)
    if look.checkpoint is not None:
        noted = look.checkpoint
        blocks.append(context(plain("Last checkpoint"), mrkdwn(date(noted.at)), mrkdwn(f"`{noted.receipt}`")))
    if status.shows_details:
        blocks += _processes(status.processes) + _changes(look.open_operations or ())
    return framed(frame, escape(cut(text, 300)), blocks, command="status", person_id=person_id)


def finding_line(finding: Finding) -> str:
    """One check, with a mark that shows without colour whether it found something wrong."""
    return f"{'✓' if finding.ok else '✗'} {shown(finding.sentence)}"


def _counts(status: Status) -> list[Block]:
    look = status.look
    counts = [_counted(len(status.processes), "process", "processes", "at work")]
    if look.open_operations is not None:
        counts.append(_counted(len(look.open_operations), "change", "changes", "under way"))
    if look.waiting is not None:
        counts += [
            _counted(look.waiting[state], "question", "questions", f"waiting {_WORDS[state]}") for state in _WORDS
        ]
    return [context(*(plain(each) for each in counts))]


def _counted(number: int, one: str, several: str, how: str) -> str:
    return f"{number} {one if number == 1 else several} {how}"


def _processes(processes: Sequence[Process]) -> list[Block]:
    return [
        context(
            plain(f"{'This process: ' if each.is_this else ''}{shown_name(each.host)}, pid {shown_name(each.number)}"),
            plain(f"version {shown_name(each.version)}"),
            mrkdwn(f"since {date(each.started)}"),
        )
        for each in processes[:_SHOWN]
    ]


def _changes(started: Sequence[AuditEntry]) -> list[Block]:
    return [
        context(
            plain(headline(each)),
            mrkdwn(f"since {date(each.at)}"),
            mrkdwn(f"`{each.operation_id}`"),
        )
        for each in started[:_SHOWN]
    ]
