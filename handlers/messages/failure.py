"""What a person reads when something was not done."""

from bot.domain.errors import (
    BackupDiffers,
    BadCommand,
    BotError,
    ConfirmationClosed,
    Refused,
    WorkflowAmbiguous,
)
from bot.domain.text import cut, shown
from handlers import action_ids
from handlers.messages.blocks import (
    Block,
    Frame,
    Message,
    View,
    bullets,
    context,
    date,
    escape,
    framed,
    modal,
    mrkdwn,
    name_of,
    plain,
    section,
)

_SHOWN_CANDIDATES = 10
_SHOWN_DIFFERENCES = 10
_SHOWN_MENTIONS = 10


def failure_message(frame: Frame, error: BotError, *, command: str = "", person_id: str = "") -> Message:
    """What happened and what to do next."""
    text = " ".join(part for part in (error.sentence, error.advice) if part)
    return framed(frame, escape(text), failure_blocks(frame, error), command=command, person_id=person_id)


def failure_view(frame: Frame, title: str, error: BotError) -> View:
    """The same in a modal, in the place of what cannot go on."""
    return modal(title, failure_blocks(frame, error), callback_id=action_ids.NOTICE)


def failure_blocks(frame: Frame, error: BotError) -> list[Block]:
    """The sentence, what belongs to this kind of error, and the advice."""
    blocks = [section(plain(error.sentence)), *_particulars(frame, error)]
    if error.advice:
        blocks.append(context(plain(error.advice)))
    return blocks


def unexpected_message(frame: Frame, reference: str, *, command: str = "", person_id: str = "") -> Message:
    """What is said of a fault of the bot's own: one sentence, and a reference that is also in its log."""
    text = _unexpected(reference)
    return framed(frame, text, [section(plain(text))], command=command, person_id=person_id)


def unexpected_view(title: str, reference: str) -> View:
    """The same in a modal."""
    return modal(title, [section(plain(_unexpected(reference)))], callback_id=action_ids.NOTICE)


def _unexpected(reference: str) -> str:
    return (
        "The bot could not finish this because of a fault of its own. "
        f"Give its administrator the reference {reference}; the audit trail says how far it came."
    )


def _particulars(frame: Frame, error: BotError) -> list[Block]:
    match error:
        case BadCommand(usage=usage) if usage:
            return [context(plain(f"Usage: {frame.command} {usage}"))]
        case Refused():
            return _holders(error)
        case WorkflowAmbiguous():
            return _candidates(error)
        case ConfirmationClosed(by=by, at=at) if by is not None and at is not None:
            word = "Refused" if error.code == "refused_by_approver" else "Confirmed"
            return [context(mrkdwn(f"{word} by <@{by}>, {date(at)}"))]
        case BackupDiffers(differences=differences):
            return [bullets([cut(shown(each), 200) or "(everything)" for each in differences[:_SHOWN_DIFFERENCES]])]
        case _:
            return []


def _holders(error: Refused) -> list[Block]:
    lines = []
    if error.people or error.groups:
        holders = [f"<@{each}>" for each in error.people] + [f"<!subteam^{each}>" for each in error.groups]
        lines.append("Who has it: " + _some(holders))
    if error.channels:
        lines.append("It works in " + _some([f"<#{each}>" for each in error.channels]))
    return [context(mrkdwn(line)) for line in lines]


def _some(mentions: list[str]) -> str:
    rest = len(mentions) - _SHOWN_MENTIONS
    return ", ".join(mentions[:_SHOWN_MENTIONS]) + (f" and {rest} more" if rest > 0 else "")


def _candidates(error: WorkflowAmbiguous) -> list[Block]:
    blocks = [
        block
        for each in error.candidates[:_SHOWN_CANDIDATES]
        for block in (
            section(plain(name_of(each))),
            context(mrkdwn(f"`{escape(each.id)}` · updated {date(each.updated_at)}")),
        )
    ]
    rest = len(error.candidates) - _SHOWN_CANDIDATES
    return [*blocks, context(plain(f"and {rest} more"))] if rest > 0 else blocks
