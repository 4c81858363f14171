"""Questions before irreversible changes: asked, answered once, agreed to by a second person where the policy says so.

What is common to all of them stands here; what a question is about, in the files of the actions.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.domain.audit import Action, Outcome, Receipt, Stage
from bot.domain.confirmation import (
    Answer,
    Approval,
    Confirmation,
    ConfirmationId,
    ConfirmationState,
    Item,
    Post,
    is_typed,
)
from bot.domain.errors import BadInput, BotError, ConfirmationClosed, Refused
from bot.domain.people import Request
from bot.domain.policy import Actor, Role, approval_reason
from bot.domain.screen import ScreenId
from bot.operations.access import authorize
from bot.operations.closed import closed
from bot.operations.recording import Operation, outcome_of
from bot.ports import Resources

PHRASE = "phrase"
REASON = "reason"
"""The fields of the answer: what was typed, and why."""

_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Answered:
    """A question that was just answered, or just agreed to.

    Attributes:
        confirmation: claimed, and to be carried out now; or awaiting a second person.
        started: the receipt of the first item's `started`, where it is claimed.
    """

    confirmation: Confirmation
    started: Receipt | None


@dataclass(frozen=True, slots=True)
class Swept:
    """A question that time has changed: it is over, or its approvers have to be reminded."""

    confirmation: Confirmation
    is_reminder: bool = False


async def open_question(
    resources: Resources,
    request: Request,
    action: Action,
    operations: Sequence[Operation],
    items: tuple[Item, ...],
    phrase: str,
    *,
    back_to: ScreenId | None = None,
) -> Confirmation:
    """Put a question about these items to the person who asks; each item's operation is `requested`."""
    now = resources.clock.now()
    confirmation = Confirmation(
        id=ConfirmationId(resources.ids.secret()),
        action=action,
        person_id=request.person_id,
        team=request.team,
        items=items,
        phrase=phrase,
        opened_at=now,
        expires_at=now + resources.rules.confirmation_lifetime,
        back_to=back_to,
    )
    await resources.store.open_confirmation(confirmation, [each.entry(Stage.REQUESTED) for each in operations])
    return confirmation


async def check_answer(resources: Resources, confirmation_id: ConfirmationId, typed: str, reason: str) -> None:
    """Compare what was typed with what was asked for. One look into the store: a form waits for this.

    Raises:
        BadInput: the phrase is not the one asked for, or the reason is missing. The question stays open.
    """
    confirmation = await resources.store.confirmation(confirmation_id)
    if (
        confirmation is None
        or confirmation.state is not ConfirmationState.OPEN
        or confirmation.is_late(resources.clock.now())
    ):
        return  # `answer` says what has become of it.
    faults = {}
    if not is_typed(confirmation.phrase, typed):
        faults[PHRASE] = f"This is not what was asked for. Type: {confirmation.phrase}"
    if resources.rules.reason_required and not reason.strip():
        faults[REASON] = "Say why. The reason stays in the audit trail."
    if faults:
        raise BadInput(faults)


async def answer(
    resources: Resources, request: Request, confirmation_id: ConfirmationId, *, reason: str, back_up_first: bool = False
) -> Answered:
    """Answer a question, once, whoever else answers at the same moment.

    Raises:
        ConfirmationClosed: it was answered before, is too old, or was put to somebody else. Nothing was done.
        Refused: the role is gone since. Nothing was done.
        StoreUnavailable: the answer could not be written. Nothing was sent.
    """
    confirmation = await question(resources, confirmation_id)
    operations = operations_of(resources, request, confirmation)
    try:
        if confirmation.person_id != request.person_id:
            raise ConfirmationClosed("This question was put to somebody else.", "Ask your own.", code="not_yours")
        actor = await authorize(operations[0], Role.OPERATOR, fresh=True)
    except BotError as error:
        await _record_each(operations, Stage.DENIED, outcome_of(error))
        raise
    now = resources.clock.now()
    if confirmation.is_late(now):
        confirmation = replace(confirmation, state=ConfirmationState.EXPIRED)
    if confirmation.state is not ConfirmationState.OPEN:
        raise await _closed(operations, confirmation)
    async with resources.store.alone("answering"):  # Two answers at once must not both be the last one below a cap.
        why = await _second_person_needed(resources, actor, confirmation)
        answered = replace(
            confirmation,
            state=ConfirmationState.AWAITING if why else ConfirmationState.CLAIMED,
            answer=Answer(now, reason, back_up_first),
            approval=Approval(now + resources.rules.approval_lifetime, why) if why else None,
        )
        operations = operations_of(resources, request, answered, actor.person.name)
        if why:
            entries = [each.entry(Stage.NOTE, Outcome("awaiting_approval", message=why)) for each in operations]
        else:
            entries = [operations[0].entry(Stage.STARTED)]
        receipts = await resources.store.advance(answered, expected=ConfirmationState.OPEN, entries=entries)
    if receipts is None:
        raise await _closed(operations, await question(resources, confirmation_id))
    return Answered(answered, None if why else receipts[0])


async def disagree(resources: Resources, request: Request, confirmation_id: ConfirmationId) -> Confirmation:
    """Refuse, as the second person; the first click wins.

    Raises:
        ConfirmationClosed: it is not waiting for a second person any more, or is too old.
        Refused: the person who asked, or somebody without the role.
    """
    return (await decide(resources, request, confirmation_id, ConfirmationState.REFUSED)).confirmation


async def withdraw(
    resources: Resources,
    request: Request,
    confirmation_id: ConfirmationId,
    states: Collection[ConfirmationState] = (ConfirmationState.OPEN, ConfirmationState.AWAITING),
) -> Confirmation:
    """End a question of one's own that was not carried out yet.

    Raises:
        ConfirmationClosed: it is in none of these states any more, or was put to somebody else.
    """
    confirmation = await question(resources, confirmation_id)
    if confirmation.person_id != request.person_id:
        raise ConfirmationClosed(
            "This question was put to somebody else.", "Ask them to withdraw it.", code="not_yours"
        )
    person = await resources.people.person(request.person_id, request.team)
    operations = operations_of(resources, request, confirmation, person.name)
    if confirmation.state in states:
        outcome = Outcome("withdrawn", message="Withdrawn by the person who asked. Nothing was done.")
        ended = replace(confirmation, state=ConfirmationState.WITHDRAWN)
        entries = [each.entry(Stage.FAILED, outcome) for each in operations]
        if await resources.store.advance(ended, expected=confirmation.state, entries=entries) is not None:
            return ended
        confirmation = await question(resources, confirmation_id)
    raise await _closed(operations, confirmation)


async def void(
    resources: Resources, request: Request, confirmation: Confirmation, outcome: Outcome
) -> Confirmation | None:
    """End a question that waits for a second person, since what it is about was changed; None where it is over."""
    ended = replace(confirmation, state=ConfirmationState.VOID)
    entries = [each.entry(Stage.FAILED, outcome) for each in operations_of(resources, request, confirmation)]
    receipts = await resources.store.advance(ended, expected=ConfirmationState.AWAITING, entries=entries)
    return ended if receipts is not None else None


async def end_unasked(resources: Resources, confirmation: Confirmation) -> ConfirmationClosed:
    """End a question that waits for a second person of whom none could be told; the error that says so."""
    error = ConfirmationClosed(
        "A second person has to agree, and none could be asked. Nothing was done.",
        "Ask the bot's administrator to name approvers, and an approvals channel that this app is a member of.",
        code="approvers_not_reached",
    )
    ended = replace(confirmation, state=ConfirmationState.WITHDRAWN)
    entries = [
        each.entry(Stage.FAILED, outcome_of(error))
        for each in operations_of(resources, asked_by(confirmation), confirmation)
    ]
    await resources.store.advance(ended, expected=ConfirmationState.AWAITING, entries=entries)
    return error


async def keep_post(resources: Resources, confirmation_id: ConfirmationId, *posts: Post) -> Confirmation:
    """Keep where a question or its outcome is shown, whatever becomes of it meanwhile; the question as it is now.

    Raises:
        ConfirmationClosed: there is none.
    """
    return await resources.store.keep_posts(confirmation_id, posts) or await question(resources, confirmation_id)


async def sweep(resources: Resources) -> list[Swept]:
    """End what nobody answered in time, and find whose approvers have to be reminded, once, at half the time.

    Raises:
        StoreUnavailable: the questions cannot be read, or their end cannot be written.
    """
    swept = []
    now = resources.clock.now()
    for confirmation in await resources.store.confirmations({ConfirmationState.OPEN, ConfirmationState.AWAITING}):
        if confirmation.is_late(now):
            request = Request(confirmation.person_id, confirmation.team, "schedule")
            ended = replace(confirmation, state=ConfirmationState.EXPIRED)
            outcome = Outcome("expired", message="Nobody answered in time. Nothing was done.")
            entries = [each.entry(Stage.FAILED, outcome) for each in operations_of(resources, request, confirmation)]
            if await resources.store.advance(ended, expected=confirmation.state, entries=entries) is not None:
                swept.append(Swept(ended))
            continue
        reminded = _reminded(resources, confirmation)
        if reminded and await resources.store.advance(reminded, expected=confirmation.state) is not None:
            swept.append(Swept(reminded, is_reminder=True))
    return swept


def operations_of(
    resources: Resources, request: Request, confirmation: Confirmation, actor_name: str = ""
) -> list[Operation]:
    """The operations of a question's items, each with what its further entries say."""
    details: dict[str, object] = {"batch": confirmation.items[0].operation_id} if len(confirmation.items) > 1 else {}
    if confirmation.answer is not None:
        details["reason"] = confirmation.answer.reason
        if confirmation.action is Action.DELETE:
            details["back_up_first"] = confirmation.answer.back_up_first
    if confirmation.approval is not None and confirmation.approval.by is not None:
        details["approver"] = confirmation.approval.by
    return [
        Operation(
            resources,
            request,
            confirmation.action,
            item.operation_id,
            item.target,
            {**details, **({"source": item.source} if item.source else {})},
            actor_name,
        )
        for item in confirmation.items
    ]


def _reminded(resources: Resources, confirmation: Confirmation) -> Confirmation | None:
    approval = confirmation.approval
    if approval is None or approval.reminded:
        return None
    if resources.clock.now() < approval.expires_at - resources.rules.approval_lifetime / 2:
        return None
    return replace(confirmation, approval=replace(approval, reminded=True))


async def decide(
    resources: Resources, request: Request, confirmation_id: ConfirmationId, state: ConfirmationState
) -> Answered:
    """Agree (claimed) or refuse (refused), as the second person.

    Raises:
        ConfirmationClosed, Refused: as `disagree`.
    """
    confirmation = await question(resources, confirmation_id)
    actor = await require_second_person(resources, request, confirmation)
    operations = operations_of(resources, request, confirmation, actor.person.name)
    now = resources.clock.now()
    approval = confirmation.approval
    if confirmation.is_late(now):
        confirmation = replace(confirmation, state=ConfirmationState.EXPIRED)
    if approval is None or confirmation.state is not ConfirmationState.AWAITING:
        raise await _closed(operations, confirmation)
    decided = replace(confirmation, state=state, approval=replace(approval, by=request.person_id, at=now))
    agreed = state is ConfirmationState.CLAIMED
    stage, outcome = (
        (Stage.APPROVED, Outcome("ok"))
        if agreed
        else (Stage.DENIED, Outcome("refused_by_approver", message="A second person refused. Nothing was done."))
    )
    entries = [each.entry(stage, outcome) for each in operations_of(resources, request, decided, actor.person.name)]
    if agreed:
        entries.append(operations_of(resources, asked_by(decided), decided)[0].entry(Stage.STARTED))
    receipts = await resources.store.advance(decided, expected=ConfirmationState.AWAITING, entries=entries)
    if receipts is None:
        raise await _closed(operations, await question(resources, confirmation_id))
    return Answered(decided, receipts[-1] if agreed else None)


async def require_second_person(resources: Resources, request: Request, confirmation: Confirmation) -> Actor:
    """Let somebody decide who may: an approver who did not ask for it. A refusal is written down.

    Raises:
        Refused: they may not.
    """
    operations = operations_of(resources, request, confirmation)
    try:
        actor = await authorize(operations[0], Role.APPROVER, fresh=True)
        if confirmation.person_id == request.person_id:
            raise _own_request()
    except Refused as error:
        await _record_each(operations, Stage.NOTE, outcome_of(error), missing=error.missing)
        raise
    return actor


def _own_request() -> Refused:
    return Refused(
        "You asked for this yourself. A second person has to decide.", "Ask another approver.", missing="second person"
    )


def asked_by(confirmation: Confirmation) -> Request:
    """A request in the name of the person who asked, for what is done after somebody else agreed."""
    return Request(confirmation.person_id, confirmation.team, "approval")


async def question(resources: Resources, confirmation_id: ConfirmationId) -> Confirmation:
    """A question as it is now.

    Raises:
        ConfirmationClosed: there is none.
    """
    confirmation = await resources.store.confirmation(confirmation_id)
    if confirmation is None:
        raise closed(None)
    return confirmation


async def _second_person_needed(resources: Resources, actor: Actor, confirmation: Confirmation) -> str:
    if not confirmation.phrase:
        return ""  # nothing is lost by it: a workflow is brought back where there is none
    now = resources.clock.now()
    done = [
        (each.answer.at, len(each.items))
        for each in await resources.store.confirmations(
            {ConfirmationState.AWAITING, ConfirmationState.CLAIMED, ConfirmationState.DONE},
            confirmation.person_id,
            since=now - _DAY - resources.rules.confirmation_lifetime,
        )
        if each.action is confirmation.action and each.answer is not None
    ]
    counts = [sum(count for at, count in done if at > now - span) + len(confirmation.items) for span in (_DAY, _HOUR)]
    projects = {item.project_id or "" for item in confirmation.items}
    return approval_reason(
        resources.policy, actor, confirmation.action, projects, in_a_day=counts[0], in_an_hour=counts[1]
    )


async def _record_each(operations: Sequence[Operation], stage: Stage, outcome: Outcome, *, missing: str = "") -> None:
    for each in operations:
        each.actor_name = operations[0].actor_name  # Who it is was looked up for the first one.
        await each.record(stage, outcome, {"missing": missing} if missing else {})


async def _closed(operations: Sequence[Operation], confirmation: Confirmation) -> ConfirmationClosed:
    error = closed(confirmation)
    # A note, not an end: the operations belong to whoever came first.
    await _record_each(operations, Stage.NOTE, outcome_of(error))
    return error
