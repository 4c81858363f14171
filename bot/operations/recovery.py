"""Operations whose end is not in the trail: after a crash, without an answer of the platform's, or on a full disk.

An end that is known waits in the spool and is brought in first. Every other operation is settled by asking the
platform, never by doing it again.
"""

import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

from bot.domain.audit import Action, AuditEntry, Origin, Outcome, Receipt, SealedEntry, Stage, content_of
from bot.domain.backup import SnapshotId
from bot.domain.workflow import RunId, WorkflowId
from bot.operations.backup import settle_copy
from bot.operations.deletion import settle_deletion
from bot.operations.killing import settle_kill
from bot.operations.presence import is_at_work_elsewhere
from bot.operations.recording import end_id
from bot.operations.restoration import settle_restoration, snapshot_to_restore
from bot.ports import Resources, TrailQuery

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Settled:
    """An operation of which it is known now how it ended: `stage` is succeeded or failed."""

    started: AuditEntry
    stage: Stage
    receipt: Receipt


async def bring_in_spooled(resources: Resources) -> None:
    """Append what waits in the spool, each entry once, however often this was broken off.

    Raises:
        StoreUnavailable: the spool cannot be read, or the trail still cannot be written. What waits goes on waiting.
    """
    if resources.spool is None:
        return
    for entry in await resources.spool.entries():
        if await _is_of_others(resources, entry):
            _LOG.warning(
                "operation %s: begun by another process since, so %s is left out", entry.operation_id, entry.id
            )
        else:
            receipt = await resources.store.record_once(entry)
            _LOG.info("operation %s: entry %s comes from the spool as %s", entry.operation_id, entry.id, receipt)
        await resources.spool.drop([entry.id])


async def _is_of_others(resources: Resources, entry: AuditEntry) -> bool:
    """Whether what an entry says the end of was begun by another process, which says what came of it."""
    query = TrailQuery(operation=entry.operation_id, stage=Stage.STARTED, limit=1)
    begun = [content_of(each).host.get("process") for each in await resources.store.trail(query)]
    return bool(begun) and begun != [entry.host.get("process")]


async def settle_open_operations(resources: Resources) -> AsyncIterator[Settled]:
    """Settle what no process is carrying out, one after the other; what cannot be told yet stays open.

    Every process does this: what it began itself, and lost sight of, nobody else takes up while it is at work. What a
    process left that is gone, several may look at; one of them writes what came of it.

    Raises:
        StoreUnavailable: the trail cannot be read or written.
    """
    for entry in await resources.store.open_operations():
        started = content_of(entry)
        if started.operation_id in resources.under_way or not await _is_open(resources, entry):
            continue
        if await is_at_work_elsewhere(resources, started.host.get("process", "")):
            continue
        stage = await _SETTLERS[started.action](resources, started)
        _LOG.info("open operation %s (%s): %s", started.operation_id, started.action, stage)
        if stage is Stage.UNKNOWN:
            continue
        receipt = await resources.store.record_once(_ending(resources, started, stage))
        if receipt is not None:
            yield Settled(started, stage, receipt)


async def _is_open(resources: Resources, entry: SealedEntry) -> bool:
    # It may have ended since it was listed. Nobody takes it up again: what is open now and not marked stays so.
    return entry.seq in {each.seq for each in await resources.store.open_operations()}


def _ending(resources: Resources, started: AuditEntry, stage: Stage) -> AuditEntry:
    return replace(
        started,
        id=end_id(started.operation_id),
        at=resources.clock.now(),
        stage=stage,
        origin=Origin("recovery"),
        outcome=Outcome(f"reconciled_{'done' if stage is Stage.SUCCEEDED else 'not_done'}"),
        host=resources.host,
    )


async def _settle_deletion(resources: Resources, started: AuditEntry) -> Stage:
    return await settle_deletion(resources, _workflow_of(started))


async def _settle_copy(resources: Resources, started: AuditEntry) -> Stage:
    return await settle_copy(resources, _workflow_of(started), WorkflowId(started.details["copy"]))


def _workflow_of(started: AuditEntry) -> WorkflowId:
    return WorkflowId(started.target.id if started.target else "")


async def _settle_kill(resources: Resources, started: AuditEntry) -> Stage:
    return await settle_kill(resources, RunId(started.target.id if started.target else ""))


async def _settle_restoration(resources: Resources, started: AuditEntry) -> Stage:
    snapshot = await snapshot_to_restore(resources, SnapshotId(started.details["source"]))
    return await settle_restoration(resources, started.operation_id, snapshot)


_SETTLERS = {
    Action.DELETE: _settle_deletion,
    Action.BACKUP: _settle_copy,
    Action.KILL: _settle_kill,
    Action.RESTORE: _settle_restoration,
}
