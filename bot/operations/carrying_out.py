"""Carrying out what was confirmed: one item after the other, each with its own `started` and its own end.

One failure neither stops nor hides the rest. What a crash left undone is resumed while the confirmation would still be
valid, and ended as `interrupted` after that: nobody is surprised by a deletion that they confirmed yesterday.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.domain.audit import Action, Outcome, Receipt, Stage, content_of
from bot.domain.confirmation import Confirmation, ConfirmationState, Item, Shows
from bot.domain.errors import Refused, StoreUnavailable
from bot.domain.people import Request
from bot.domain.policy import Role
from bot.operations.access import authorize
from bot.operations.confirming import operations_of
from bot.operations.deletion import delete_one
from bot.operations.ended import Ended, Execute
from bot.operations.killing import kill_one
from bot.operations.presence import is_at_work_elsewhere, may_begin, take_telling, take_up
from bot.operations.recording import Operation, Started, outcome_of
from bot.operations.restoration import restore_one
from bot.ports import Resources, TrailQuery

_LOG = logging.getLogger(__name__)

_EXECUTE: Mapping[Action, Execute] = {
    Action.DELETE: delete_one,
    Action.KILL: kill_one,
    Action.RESTORE: restore_one,
}

_TAKEN_UP = "Another process of the bot has taken this one up, and tells you what came of it."
_TOLD_WITHIN = timedelta(hours=1)

Progress = Callable[[tuple[Ended, ...]], Awaitable[None]]
"""Told after each item what has come of those so far."""


@dataclass(frozen=True, slots=True)
class Resumed:
    """A confirmed question that a process left undone, and what came of all its items, before and since."""

    confirmation: Confirmation
    ended: tuple[Ended, ...]


@contextmanager
def marked(resources: Resources, confirmation: Confirmation | None) -> Iterator[None]:
    """Mark a question's operations, from before it is claimed until it is done, so that recovery leaves them alone.

    The claim writes the first `started`: marked after it only, the operation could be taken up in between.
    """
    ids = [item.operation_id for item in confirmation.items] if confirmation is not None else []
    resources.under_way.extend(ids)
    try:
        yield
    finally:
        for each in ids:
            resources.under_way.remove(each)


async def carry_out(
    resources: Resources,
    request: Request,
    confirmation: Confirmation,
    *,
    items: Collection[Item] | None = None,
    started: Receipt | None = None,
    progress: Progress | None = None,
) -> tuple[Ended, ...]:
    """Carry out the items of a claimed question, in order, if the person who asked still may.

    `items` are those to be carried out, all of them unless given; `started` is the receipt of the first one's
    `started`, where that was written with the claim; `progress` is told after each item where there are several.

    Raises:
        CancelledError: the process has to stop before the next item would have ended. The question stays claimed, and
            what was not begun is resumed, here at the next start or by another process.
    """
    pairs = _pairs(resources, request, confirmation, items)
    ended: tuple[Ended, ...] = ()
    is_elsewhere = False
    with marked(resources, confirmation):
        person = await resources.people.person(confirmation.person_id, confirmation.team)
        for operation, _item in pairs:
            operation.actor_name = person.name
        refusal = await _refusal(pairs[0][0])
        for operation, item in pairs:
            if refusal is not None:
                ended += (await _refused(operation, item, refusal),)
                continue
            if started is None and not may_begin(resources):
                raise asyncio.CancelledError
            one = await _one(operation, confirmation, item, started)
            ended += (one or Ended(item, Stage.UNKNOWN, None, _TAKEN_UP),)
            is_elsewhere = is_elsewhere or one is None
            started = None
            if progress is not None and len(pairs) > 1:
                await progress(ended)
        if not is_elsewhere:
            await _close(resources, confirmation)
    return ended


async def resume(resources: Resources) -> list[Resumed]:
    """Go on with what an earlier process left undone; what is too old by now ends as `interrupted`.

    An item that was begun is left to recovery, which asks the platform; the others wait until that is known.

    Raises:
        StoreUnavailable: the questions or the trail cannot be read.
    """
    resumed = []
    for confirmation in await resources.store.confirmations({ConfirmationState.CLAIMED}):
        if any(item.operation_id in resources.under_way for item in confirmation.items):
            continue
        with marked(resources, confirmation):
            now = await resources.store.confirmation(confirmation.id)
            if now is None or now.state is not ConfirmationState.CLAIMED:
                continue  # it was done since it was listed
            before = [each for item in confirmation.items if (each := await _so_far(resources, item)) is not None]
            if all(each.stage is not Stage.STARTED for each in before) and await _is_left(resources, now):
                resumed.append(await _resume(resources, confirmation, before))
    return resumed


async def untold(resources: Resources) -> list[Resumed]:
    """What was ended within the last hour by a process that is gone, and of which no message to the person is known.

    Each is given out once, so a person may be told twice, but is not left without a word.

    Raises:
        StoreUnavailable: the questions or the trail cannot be read.
    """
    found = []
    since = resources.clock.now() - _TOLD_WITHIN - resources.rules.confirmation_lifetime
    for confirmation in await resources.store.confirmations({ConfirmationState.DONE}, since=since):
        is_told = any(each.shows is Shows.OUTCOME for each in confirmation.posts)
        if not is_told and await _is_of_the_gone(resources, confirmation):
            found.append(Resumed(confirmation, await outcomes(resources, confirmation)))
    return found


async def _is_of_the_gone(resources: Resources, confirmation: Confirmation) -> bool:
    query = TrailQuery(operation=confirmation.items[-1].operation_id, limit=1)
    for each in await resources.store.trail(query):
        process = content_of(each).host.get("process", "")
        if process == resources.presence.process or await is_at_work_elsewhere(resources, process):
            return False
    return await take_telling(resources, confirmation, _TOLD_WITHIN)


async def _is_left(resources: Resources, confirmation: Confirmation) -> bool:
    """Whether no other process is carrying a question out, or has just taken it up."""
    for item in confirmation.items:
        query = TrailQuery(operation=item.operation_id, stage=Stage.STARTED, limit=1)
        for each in await resources.store.trail(query):
            if await is_at_work_elsewhere(resources, content_of(each).host.get("process", "")):
                return False
    return await take_up(resources, confirmation)


async def _resume(resources: Resources, confirmation: Confirmation, before: Sequence[Ended]) -> Resumed:
    begun = [each.item for each in before]
    waiting = [item for item in confirmation.items if item not in begun]
    request = Request(confirmation.person_id, confirmation.team, "recovery")
    after: tuple[Ended, ...] = ()
    if not waiting:
        await _close(resources, confirmation)
    elif _is_stale(resources, confirmation):
        after = await _interrupt(resources, request, confirmation, waiting)
    else:
        after = await carry_out(resources, request, confirmation, items=waiting)
    ended = {each.item.operation_id: each for each in (*before, *after)}
    return Resumed(confirmation, tuple(ended[item.operation_id] for item in confirmation.items))


async def _interrupt(
    resources: Resources, request: Request, confirmation: Confirmation, items: Collection[Item]
) -> tuple[Ended, ...]:
    sentence = "The bot was interrupted before it came to this one. Nothing was sent."
    outcome = Outcome("interrupted", message=sentence)
    ended = tuple(
        [
            Ended(
                item,
                Stage.FAILED,
                await operation.record(Stage.FAILED, outcome),
                sentence,
                "Ask again if it should go.",
            )
            for operation, item in _pairs(resources, request, confirmation, items)
        ]
    )
    await _close(resources, confirmation)
    return ended


async def outcomes(resources: Resources, confirmation: Confirmation) -> tuple[Ended, ...]:
    """What the trail says of the items of a question that was carried out; unknown where it does not say."""
    found = [await _so_far(resources, item) or Ended(item, Stage.UNKNOWN, None) for item in confirmation.items]
    return tuple(replace(each, stage=Stage.UNKNOWN) if each.stage is Stage.STARTED else each for each in found)


async def _so_far(resources: Resources, item: Item) -> Ended | None:
    """What the trail says of an item: how it ended, that it was begun, or nothing yet."""
    for stage in (Stage.SUCCEEDED, Stage.FAILED, Stage.STARTED):
        found = await resources.store.trail(TrailQuery(operation=item.operation_id, stage=stage, limit=1))
        for each in found:
            outcome = content_of(each).outcome
            return Ended(item, stage, each.receipt, outcome.message if outcome is not None else "")
    return None


def _is_stale(resources: Resources, confirmation: Confirmation) -> bool:
    decided = confirmation.approval and confirmation.approval.at
    answered = confirmation.answer and confirmation.answer.at
    since = decided or answered or confirmation.opened_at
    return resources.clock.now() > since + resources.rules.confirmation_lifetime


def _pairs(
    resources: Resources, request: Request, confirmation: Confirmation, items: Collection[Item] | None
) -> list[tuple[Operation, Item]]:
    pairs = zip(operations_of(resources, request, confirmation), confirmation.items, strict=True)
    return [(operation, item) for operation, item in pairs if items is None or item in items]


async def _close(resources: Resources, confirmation: Confirmation) -> None:
    done = replace(confirmation, state=ConfirmationState.DONE)
    try:
        await resources.store.advance(done, expected=ConfirmationState.CLAIMED)
    except StoreUnavailable:
        _LOG.exception("question %s was carried out, and is closed later", confirmation.items[0].operation_id)


async def _refusal(operation: Operation) -> Refused | None:
    # Time has passed since the person answered: somebody else agreed, or the bot was started anew.
    if operation.request.kind not in {"approval", "recovery"}:
        return None
    try:
        await authorize(operation, Role.OPERATOR, fresh=True)
    except Refused as error:
        return error
    return None


async def _refused(operation: Operation, item: Item, refusal: Refused) -> Ended:
    receipt = await operation.record_end(Stage.FAILED, outcome_of(refusal), {"missing": refusal.missing})
    return Ended(item, Stage.FAILED, receipt, "The person who asked may not do this any more. Nothing was sent.")


async def _one(operation: Operation, confirmation: Confirmation, item: Item, started: Receipt | None) -> Ended | None:
    """What came of one item; None where another process, which took this one to be gone, has begun it."""
    try:
        receipt = started or await operation.begin()
    except StoreUnavailable as error:
        end = await operation.record_end(Stage.FAILED, outcome_of(error))
        return Ended(item, Stage.FAILED, end, f"{error.sentence} Nothing was sent.", error.advice)
    if receipt is None:
        return None
    try:
        return await _EXECUTE[confirmation.action](Started(operation, receipt), confirmation, item)
    except Exception:  # noqa: BLE001 - whatever it is, the other items have to be carried out; recovery asks what came of this one
        _LOG.exception("operation %s broke off", operation.id)
        sentence = "The bot broke this off because of a fault of its own."
        end = await operation.record_end(Stage.UNKNOWN, Outcome("fault", message=sentence))
        return Ended(item, Stage.UNKNOWN, end, sentence, "It finds out what came of it and tells you.")
