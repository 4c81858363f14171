"""Checkpoints of the audit trail, noted where whoever can write the trail's file cannot clean.

No checkpoint is noted of a trail that does not hold: it would vouch for what was tampered with.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import NAMESPACE_OID, uuid5

from bot.domain.audit import (
    EMPTY,
    Action,
    EntryId,
    Outcome,
    Receipt,
    SealedEntry,
    Stage,
    chain_faults,
    content_of,
    hash_of,
    timestamp,
)
from bot.domain.checkpoint import Checkpoint
from bot.domain.errors import AnchorUnavailable, StoreUnavailable
from bot.operations.recording import bot_entry, outcome_of
from bot.ports import Anchor, Resources, Store

_LOG = logging.getLogger(__name__)

INTERVAL = timedelta(hours=1)
IDLE_INTERVAL = timedelta(days=1)
"""How old a checkpoint may become while nothing happens: silence is to be told from a bot that is dead."""

_RETRY = timedelta(minutes=1)
_BATCH = 200  # entries checked between two turns of the event loop: about 2 ms
_MOST_FAULTS = 10
_TAMPERED = Outcome("tampered", message="The audit trail does not hold, so no checkpoint of it was noted.")

Sign = Callable[[Checkpoint], Checkpoint]


@dataclass(frozen=True, slots=True)
class Published:
    """What came of one look at whether a checkpoint is due: what is new, so that each thing is told once.

    Attributes:
        checkpoint: what was noted, at one place at least; None where nothing was.
        faults: what is wrong with the trail, so that nothing was noted: one sentence each, the first ten.
        failing: the places that have begun to fail, each with the reason.
        recovered: the places that work again.
    """

    checkpoint: Checkpoint | None = None
    faults: tuple[str, ...] = ()
    failing: tuple[tuple[str, AnchorUnavailable], ...] = ()
    recovered: tuple[str, ...] = ()


def is_checkpoint_due(last: Checkpoint | None, head: Receipt, now: datetime, interval: timedelta) -> bool:
    """Whether a checkpoint is to be noted: once there is anything to note, then at intervals.

    The interval is a day where nothing was written since. A checkpoint from the future (the clock was put back) is
    followed by another at once.
    """
    if last is None:
        return head != EMPTY
    wait = interval if head != last.receipt else max(interval, IDLE_INTERVAL)
    return not last.at <= now < last.at + wait


class Anchoring:
    """Notes checkpoints at every place, in time.

    Which places fail, and what is wrong with the trail, is remembered by this object alone: after a restart, people
    are told again. What is wrong with the trail is in it once nevertheless.
    """

    def __init__(
        self,
        resources: Resources,
        origin: str,
        anchors: Sequence[Anchor],
        *,
        sign: Sign | None = None,
        interval: timedelta = INTERVAL,
    ) -> None:
        self._resources = resources
        self._origin = origin
        self._anchors = tuple(anchors)
        self._sign = sign
        self._interval = interval
        self._failing: set[Anchor] = set()
        self._faults: tuple[str, ...] = ()
        self._rest: tuple[datetime, datetime] | None = None

    @property
    def faults(self) -> tuple[str, ...]:
        """What was wrong with the trail when it was last looked at."""
        return self._faults

    async def tick(self) -> Published:
        """Note a checkpoint if one is due; to be called every minute.

        What no place took is tried again after a minute. A trail that does not hold is looked at again after the
        interval.

        Raises:
            StoreUnavailable: the store cannot be read or written.
        """
        now = self._resources.clock.now()
        if not self._anchors or (self._rest and self._rest[0] <= now < self._rest[1]):
            return Published()
        store = self._resources.store
        if not is_checkpoint_due(await store.last_checkpoint(), await store.head(), now, self._interval):
            return Published()
        return await self.publish()

    async def publish(self) -> Published:
        """Verify what was written since the last checkpoint and note a new one, due or not.

        Raises:
            StoreUnavailable: the store cannot be read or written. Some places may have noted the checkpoint.
        """
        now = self._resources.clock.now()
        head, faults = await verified(self._resources.store)
        if faults:
            self._rest = now, now + self._interval
            return await self._alarm(faults)
        self._faults = ()
        if head == EMPTY:
            return Published()
        checkpoint = Checkpoint(self._origin, head, now)
        if self._sign is not None:
            checkpoint = self._sign(checkpoint)
        refusals = await self._noted(checkpoint)
        is_noted = len(refusals) < len(self._anchors)
        if is_noted:
            await self._resources.store.keep_checkpoint(checkpoint)
        self._rest = None if is_noted else (now, now + _RETRY)
        return Published(
            checkpoint if is_noted else None,
            failing=await self._begun(checkpoint, refusals),
            recovered=self._recovered(refusals),
        )

    async def _alarm(self, faults: tuple[str, ...]) -> Published:
        _LOG.error("the audit trail does not hold: %s", "; ".join(faults))
        # Named by what it says, so that it is written once, restarts or not.
        entry_id = EntryId(str(uuid5(NAMESPACE_OID, "\n".join((self._origin, *faults)))))
        entry = bot_entry(
            self._resources, Action.CHECKPOINT, Stage.FAILED, _TAMPERED, {"faults": list(faults)}, entry_id
        )
        try:
            await self._resources.store.record_once(entry)
        except StoreUnavailable:
            # People have to be told all the more.
            _LOG.exception("that the audit trail does not hold could not be written into it")
        is_new, self._faults = faults != self._faults, faults
        return Published(faults=faults if is_new else ())

    async def _noted(self, checkpoint: Checkpoint) -> dict[Anchor, AnchorUnavailable]:
        """Note a checkpoint at every place at once; those that did not take it."""
        errors = await asyncio.gather(*(_note(anchor, checkpoint) for anchor in self._anchors))
        return {anchor: error for anchor, error in zip(self._anchors, errors, strict=True) if error is not None}

    async def _begun(
        self, checkpoint: Checkpoint, refusals: Mapping[Anchor, AnchorUnavailable]
    ) -> tuple[tuple[str, AnchorUnavailable], ...]:
        begun = []
        for anchor, error in refusals.items():
            if anchor in self._failing:
                continue
            details = {"place": anchor.name, "checkpoint": str(checkpoint)}
            entry = bot_entry(self._resources, Action.CHECKPOINT, Stage.FAILED, outcome_of(error), details)
            await self._resources.store.record(entry)
            self._failing.add(anchor)
            begun.append((anchor.name, error))
        return tuple(begun)

    def _recovered(self, refusals: Mapping[Anchor, AnchorUnavailable]) -> tuple[str, ...]:
        recovered = [anchor for anchor in self._anchors if anchor in self._failing and anchor not in refusals]
        self._failing.difference_update(recovered)
        return tuple(anchor.name for anchor in recovered)


async def _note(anchor: Anchor, checkpoint: Checkpoint) -> AnchorUnavailable | None:
    try:
        await anchor.note(checkpoint)
    except AnchorUnavailable as error:
        _LOG.warning("%s", error.sentence)
        return error
    except Exception:  # noqa: BLE001 - a fault of one place must not keep a checkpoint from the others
        _LOG.exception("a checkpoint was not noted by %s", anchor.name)
        sentence = f"The checkpoint was not noted by {anchor.name}, for a reason that the bot does not know."
        return AnchorUnavailable(sentence, "The bot's log says more.")
    return None


async def verified(store: Store, *, newest: int | None = None) -> tuple[Receipt, tuple[str, ...]]:
    """The newest entry, and what does not fit in the trail since the last checkpoint.

    Args:
        store: where the trail is.
        newest: how many entries are looked at where no checkpoint was noted; all, unless given.

    Raises:
        StoreUnavailable: the store cannot be read.
    """
    last = await store.last_checkpoint()
    end = _base(await store.entries_after(0, 1))
    if last is None and newest is not None and (entry := await store.entry((await store.head()).seq - newest)):
        end = entry.receipt
    # What was noted before this file began is in the file before it, which was verified when this one was begun.
    if last is not None and last.receipt.seq >= end.seq and last.receipt != end:
        end = last.receipt
        entry = await store.entry(end.seq)
        if entry is None or hash_of(entry.body) != end.hash:
            # One sentence for both, and no look at what follows: where entries were cut off, the next ones, this
            # alarm first, take their numbers, and people would be told anew each time.
            when = timestamp(last.at)
            return end, (f"entry #{end.seq} is gone or was changed since it was noted elsewhere at {when}",)
    faults: list[str] = []
    while len(faults) < _MOST_FAULTS:
        batch = await store.entries_after(end.seq, _BATCH)
        if not batch:
            break
        faults += chain_faults(batch, after=end)
        end = batch[-1].receipt
    return end, tuple(faults[:_MOST_FAULTS])


def _base(first: Sequence[SealedEntry]) -> Receipt:
    """What stands before a file's first entry: nothing, or the end of the file before, which that entry names."""
    if not first:
        return EMPTY
    try:
        entry = content_of(first[0])
    except (ValueError, RecursionError):
        return EMPTY
    match entry.action, entry.details:
        case Action.ROTATE, {"base": int(seq), "base_hash": str(hash_)}:
            return Receipt(seq, hash_)
    return EMPTY
