"""How an operation writes its entries into the audit trail, and what it may do only once it has."""

import logging
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from structlog.contextvars import bind_contextvars

from bot.domain.audit import (
    Action,
    AuditEntry,
    EntryId,
    OperationId,
    Origin,
    Outcome,
    Receipt,
    SealedEntry,
    Stage,
    Subject,
    Target,
)
from bot.domain.errors import BotError, Refused, StoreUnavailable, ViError
from bot.domain.people import Request
from bot.domain.workflow import JsonObject, RunId, Workflow, WorkflowId
from bot.operations.presence import check_presence
from bot.ports import Resources, TrailQuery, WorkflowChanges

_LOG = logging.getLogger(__name__)

OK = Outcome("ok")
THE_BOT = Subject("bot", "vi-ops")


@dataclass(slots=True)
class Operation:
    """One operation: all its entries share an id, an action, an actor and an origin.

    Attributes:
        target: what it is done to, once that is known.
        details: what else every further entry says.
        actor_name: what the person is called, once they were looked up.
        is_told: whether the entry of a look that succeeded was begun to be written.
    """

    resources: Resources
    request: Request
    action: Action
    id: OperationId
    target: Target | None = None
    details: dict[str, Any] = field(default_factory=dict)
    actor_name: str = ""
    is_told: bool = False

    def entry(
        self, stage: Stage, outcome: Outcome | None = None, details: Mapping[str, Any] | None = None
    ) -> AuditEntry:
        """The entry that says that the operation has come to this stage."""
        request = self.request
        # Of several operations in one task, what is logged from here on is about the one that was written last.
        bind_contextvars(operation=self.id)
        return AuditEntry(
            id=EntryId(self.resources.ids.new()),
            operation_id=self.id,
            at=self.resources.clock.now(),
            stage=stage,
            action=self.action,
            actor=Subject("person", request.person_id, request.team, self.actor_name),
            origin=Origin(request.kind, request.channel, request.command, request.trigger),
            target=self.target,
            outcome=outcome,
            details={**self.details, **(details or {})},
            host=self.resources.host,
        )

    async def record(
        self, stage: Stage, outcome: Outcome | None = None, details: Mapping[str, Any] | None = None
    ) -> Receipt:
        """Append that entry; durable when this returns.

        Raises:
            StoreUnavailable: it could not be written.
        """
        return await self.resources.store.record(self.entry(stage, outcome, details))

    async def record_end(
        self, stage: Stage, outcome: Outcome, details: Mapping[str, Any] | None = None
    ) -> Receipt | None:
        """Append the entry that says how it ended, once something was done that cannot be taken back.

        What has happened has happened and is told. Where the store cannot take the entry, it is kept in the spool
        until it can, and this returns None. An operation ends once: where another process, which took this one to be
        gone, was quicker, what it wrote stands.
        """
        entry = self.entry(stage, outcome, details)
        if stage is not Stage.UNKNOWN:
            entry = replace(entry, id=end_id(self.id))
        try:
            return await self.resources.store.record_once(entry) or await self._end()
        except StoreUnavailable:
            _LOG.exception("operation %s: %s (%s) could not be written into the trail", self.id, stage, outcome.code)
            await spool(self.resources, entry)
            return None

    async def begin(self) -> Receipt | None:
        """Append `started`, unless another process has begun this operation; then None, and it is left to that one.

        Raises:
            StoreUnavailable: it could not be written.
        """
        entry = replace(self.entry(Stage.STARTED), id=EntryId(str(uuid5(NAMESPACE_OID, f"{self.id}/started"))))
        return await self.resources.store.record_once(entry)

    async def _end(self) -> Receipt:
        ends = [await self._newest(stage) for stage in (Stage.SUCCEEDED, Stage.FAILED)]
        return next(each.receipt for found in ends for each in found)

    async def _newest(self, stage: Stage) -> Sequence[SealedEntry]:
        return await self.resources.store.trail(TrailQuery(operation=self.id, stage=stage, limit=1))

    @contextmanager
    def marked(self) -> Iterator[None]:
        """Mark the operation as being carried out by this process, so that recovery leaves it alone."""
        self.resources.under_way.append(self.id)
        try:
            yield
        finally:
            self.resources.under_way.remove(self.id)

    async def fail(self, error: BotError) -> Receipt:
        """Append the entry that says that this error ended the operation.

        Raises:
            StoreUnavailable: it could not be written.
        """
        return await self.resources.store.record(self.failure(error))

    def failure(self, error: BotError) -> AuditEntry:
        """The entry that says that this error ended the operation."""
        stage = Stage.DENIED if isinstance(error, Refused) else Stage.FAILED
        missing = {"missing": error.missing} if isinstance(error, Refused) else {}
        return self.entry(stage, outcome_of(error), missing)


@dataclass(frozen=True, slots=True)
class Started:
    """An operation whose `started` is in the trail, as its receipt shows: the one way to change anything in Vi."""

    operation: Operation
    receipt: Receipt

    async def write_workflow(self, workflow_id: WorkflowId, spec: JsonObject, attributes: Mapping[str, str]) -> None:
        """As `WorkflowChanges.write_workflow`; but `StoreUnavailable` where it may be too late to."""
        with self._changing() as changes:
            await changes.write_workflow(workflow_id, spec, attributes)

    async def delete_workflow(self, workflow_id: WorkflowId) -> str:
        """As `WorkflowChanges.delete_workflow`; but `StoreUnavailable` where it may be too late to."""
        with self._changing() as changes:
            return await changes.delete_workflow(workflow_id)

    async def kill_run(self, run_id: RunId) -> str:
        """As `WorkflowChanges.kill_run`, at this moment; but `StoreUnavailable` where it may be too late to."""
        with self._changing() as changes:
            return await changes.kill_run(run_id, self.operation.resources.clock.now())

    @contextmanager
    def _changing(self) -> Iterator[WorkflowChanges]:
        resources = self.operation.resources
        check_presence(resources, self.operation.id)
        try:
            yield resources.workflow_changes
        finally:  # also where it failed: it may have been carried out all the same
            for tell in resources.after_change:
                tell()


def end_id(operation_id: OperationId) -> EntryId:
    """The id of the entry that ends an operation for good: whoever finds out how it ended, it is written once."""
    return EntryId(str(uuid5(NAMESPACE_OID, f"{operation_id}/ended")))


def operation(resources: Resources, request: Request, action: Action) -> Operation:
    """A new operation, of which nothing has been written yet."""
    begun = Operation(resources, request, action, OperationId(resources.ids.new()))
    bind_contextvars(operation=begun.id)
    return begun


def bot_entry(
    resources: Resources,
    action: Action,
    stage: Stage,
    outcome: Outcome | None = None,
    details: Mapping[str, Any] | None = None,
    entry_id: EntryId | None = None,
) -> AuditEntry:
    """The entry of something that the bot does by itself; with an `entry_id` given, it can be written once only."""
    return AuditEntry(
        id=entry_id or EntryId(resources.ids.new()),
        operation_id=OperationId(resources.ids.new()),
        at=resources.clock.now(),
        stage=stage,
        action=action,
        actor=THE_BOT,
        origin=Origin("schedule"),
        outcome=outcome,
        details=details or {},
        host=resources.host,
    )


def workflow_target(workflow: Workflow) -> Target:
    """The target entry of a workflow in the state that was seen."""
    return Target("workflow", workflow.id, workflow.name, workflow.version.etag)


def outcome_of(error: BotError) -> Outcome:
    """How an error is written down: its code, its sentence and the platform's own words and ids."""
    if isinstance(error, ViError):
        return Outcome(error.code, error.status, error.sentence, error.trace_id)
    return Outcome(error.code, message=error.sentence)


@asynccontextmanager
async def one_entry(resources: Resources, request: Request, action: Action) -> AsyncIterator[Operation]:
    """An operation that is written down as one entry when it ends: a look at something, or a refusal.

    Raises:
        StoreUnavailable: the entry could not be written, and the rules say that nothing is shown then.
    """
    under_way = operation(resources, request, action)
    try:
        yield under_way
        if not under_way.is_told:
            await tell_look(under_way)
    except BotError as error:
        if not under_way.is_told:
            await _record_look(under_way, under_way.failure(error))
        raise


async def tell_look(under_way: Operation) -> None:
    """Write down, before the end of `one_entry`, that a look succeeded.

    Raises:
        StoreUnavailable: as `one_entry`.
    """
    under_way.is_told = True
    await _record_look(under_way, under_way.entry(Stage.SUCCEEDED, OK))


async def _record_look(under_way: Operation, entry: AuditEntry) -> None:
    try:
        await under_way.resources.store.record(entry)
    except StoreUnavailable as error:
        if under_way.resources.rules.looks_need_the_trail:
            raise
        _LOG.warning("operation %s: a look could not be written into the trail: %s", under_way.id, error)
        await spool(under_way.resources, entry)
        under_way.request.notes.append("This is shown although it could not be written into the audit trail.")


async def spool(resources: Resources, entry: AuditEntry) -> None:
    """Keep an entry that the store could not take until it can. Where that fails too, the log has it."""
    if resources.spool is None:
        return
    try:
        await resources.spool.keep(replace(entry, details={**entry.details, "spooled": True}))
    except StoreUnavailable:
        _LOG.exception("operation %s: %s could not be kept in the spool either", entry.operation_id, entry.stage)
