"""What approvers and those who wait for them read."""

from typing import Any

from bot.domain.audit import Action
from bot.domain.confirmation import Confirmation, ConfirmationState
from bot.domain.text import cut, shown
from handlers import action_ids
from handlers.messages.blocks import (
    Block,
    Frame,
    Message,
    View,
    actions,
    bullets,
    button,
    context,
    date,
    escape,
    framed,
    modal,
    mrkdwn,
    plain,
    section,
    shown_name,
)
from handlers.messages.outcome import WORDS

_NOUNS = {
    Action.DELETE: ("delete", "workflow"),
    Action.RESTORE: ("write over", "workflow"),
    Action.KILL: ("kill the run of", "run"),
}
_SHOWN_ITEMS = 20


def approval_message(frame: Frame, confirmation: Confirmation, outcome: str = "") -> Message:
    """The request to the approvers, or what has become of it: then it has no buttons any more.

    `outcome` says what came of carrying it out.
    """
    title = f"<@{confirmation.person_id}> asks to {escape(what(confirmation))}."
    blocks: list[Block] = [
        section(mrkdwn(f"<@{confirmation.person_id}> asks for a second person.")),
        *_about(confirmation),
    ]
    if confirmation.state is ConfirmationState.AWAITING and confirmation.approval is not None:
        blocks.append(
            actions(
                button("Approve", action_ids.APPROVE, confirmation.id, style="primary"),
                button("Refuse", action_ids.REFUSE, confirmation.id, style="danger"),
                button("Details", action_ids.APPROVAL_DETAILS, confirmation.id),
            )
        )
        blocks.append(context(mrkdwn(f"Can be decided until {date(confirmation.approval.expires_at)}")))
        title += " A second person has to decide."
    else:
        blocks.append(_became(confirmation, outcome))
        title += f" {state_words(confirmation)}" + (f" {escape(outcome)}" if outcome else "")
    return framed(frame, title, blocks)


def reminder_message(frame: Frame, confirmation: Confirmation) -> Message:
    """In the thread of the request: that it still waits. The buttons are above."""
    until = f" It can be decided until {date(confirmation.approval.expires_at)}." if confirmation.approval else ""
    asks = f"This still waits for a second person: <@{confirmation.person_id}> asks to"
    blocks = [section(mrkdwn(f"{asks} do this.{until}")), section(plain(_sentence(what(confirmation))))]
    return framed(frame, f"{asks} {escape(what(confirmation))}.{until}", blocks)


def waiting_view(frame: Frame, confirmation: Confirmation) -> View:
    """What the person who asked sees in the dialogue while approvers decide."""
    approval = confirmation.approval
    until = f" They can decide until {date(approval.expires_at)}" if approval else ""
    blocks: list[Block] = [
        section(plain("A second person has to agree. Nothing has been done yet.")),
        *_why(confirmation),
        context(mrkdwn(f"The approvers were asked.{until}")),
    ]
    blocks.append(
        context(
            plain("You can close this: you are told by direct message. The command pending shows it."),
            plain(frame.place, 150),
        )
    )
    return modal(WORDS[confirmation.action].title, blocks, callback_id=action_ids.NOTICE)


def decision_message(frame: Frame, confirmation: Confirmation) -> Message:
    """What became of the request, to the person who asked."""
    became = state_words(confirmation)
    text = f"Your request to {escape(what(confirmation))}: {became}"
    heading = section(plain(f"Your request to {what(confirmation)}:"))
    return framed(frame, text, [heading, section(mrkdwn(became)), *_about(confirmation)])


def pending_message(frame: Frame, pending: list[Confirmation], *, person_id: str) -> Message:
    """What waits, each with what can be done about it."""
    count = len(pending)
    title = "Nothing waits." if not count else f"{count} {'thing waits' if count == 1 else 'things wait'}."
    blocks: list[Block] = [section(plain(title))]
    for each in pending[:_SHOWN_ITEMS]:
        until = each.expires_at
        waits = "for your answer"
        if each.state is ConfirmationState.AWAITING and each.approval is not None:
            until, waits = each.approval.expires_at, "for a second person"
        blocks.append(section(plain(_sentence(f"{what(each)}: waits {waits}"))))
        blocks.append(context(mrkdwn(f"<@{each.person_id}>"), mrkdwn(f"until {date(until)}")))
        if each.person_id == person_id:
            withdraw = button("Withdraw", action_ids.WITHDRAW, each.id, about=what(each))
            blocks.append(actions(*_open_again(each), withdraw))
    return framed(frame, title, blocks, command="pending", person_id=person_id)


def details_view(frame: Frame, confirmation: Confirmation) -> View:
    """Everything that an approver has to know."""
    given, approval = confirmation.answer, confirmation.approval
    at = f", {date(given.at)}" if given else ""
    until = f" It can be decided until {date(approval.expires_at)}." if approval else ""
    blocks = [*_about(confirmation), context(mrkdwn(f"Asked by <@{confirmation.person_id}>{at}.{until}"))]
    if given is not None and given.back_up_first:
        blocks.append(context(plain("It is backed up first. Nothing is deleted unless the copy is verified.")))
    blocks.append(context(plain("If it is changed before you agree, the request is void and nothing is done.")))
    blocks.append(context(mrkdwn(state_words(confirmation)), plain(frame.place, 150)))
    return modal(WORDS[confirmation.action].title, blocks, callback_id=action_ids.NOTICE)


def what(confirmation: Confirmation) -> str:
    """What is asked for, to stand behind `to`: plain text."""
    verb, noun = _NOUNS[confirmation.action]
    items = confirmation.items
    if len(items) == 1:
        return f"{verb} “{shown_name(items[0].target.name)}”"
    return f"{verb} {len(items)} {noun}s"


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def state_words(confirmation: Confirmation) -> str:
    """How far the question has come, as `mrkdwn`."""
    approval = confirmation.approval
    by = f"<@{approval.by}>" if approval is not None and approval.by is not None else ""
    return {
        ConfirmationState.OPEN: "Waits for an answer.",
        ConfirmationState.AWAITING: "Waits for a second person.",
        ConfirmationState.CLAIMED: f"Agreed by {by}; it is being carried out." if by else "It is being carried out.",
        ConfirmationState.DONE: f"Agreed by {by}." if by else "It was carried out.",
        ConfirmationState.EXPIRED: "Nobody decided in time. Nothing was done.",
        ConfirmationState.WITHDRAWN: f"<@{confirmation.person_id}> withdrew it. Nothing was done.",
        ConfirmationState.REFUSED: f"Refused by {by}. Nothing was done.",
        ConfirmationState.VOID: "It was changed in the meantime, so this is void. Nothing was done.",
    }[confirmation.state]


def _became(confirmation: Confirmation, outcome: str) -> Block:
    """How far the question has come; and what came of it, which has names from outside in it."""
    approval = confirmation.approval
    if not outcome or approval is None or approval.by is None:
        return section(mrkdwn(state_words(confirmation)))
    elements = [
        {"type": "text", "text": "Agreed by "},
        {"type": "user", "user_id": approval.by},
        {"type": "text", "text": f". {outcome}"},
    ]
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": elements}]}


def _open_again(confirmation: Confirmation) -> list[dict[str, Any]]:
    if confirmation.state is not ConfirmationState.OPEN:
        return []
    return [button("Open…", action_ids.OPEN_AGAIN, confirmation.id, about=what(confirmation), style="primary")]


def _about(confirmation: Confirmation) -> list[Block]:
    verb, noun = _NOUNS[confirmation.action]
    items = confirmation.items
    heading = f"To {verb} " + (f"this {noun}:" if len(items) == 1 else f"these {len(items)} {noun}s:")
    lines = [f"{shown_name(item.target.name)} ({item.target.id})" for item in items[:_SHOWN_ITEMS]]
    blocks: list[Block] = [section(plain(heading)), bullets(lines)]
    reason = confirmation.answer.reason if confirmation.answer is not None else ""
    said = [section(plain(f"Reason: {cut(shown(reason), 500)}"))] if reason else []
    return [*blocks, *said, *_why(confirmation)]


def _why(confirmation: Confirmation) -> list[Block]:
    approval = confirmation.approval
    return [context(plain(approval.why))] if approval is not None and approval.why else []
