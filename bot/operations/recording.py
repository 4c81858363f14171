"""How an operation writes its entries into the audit trail."""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

from bot.domain.audit import (
    Action,
    AuditEntry,
    EntryId,
    OperationId,
    Origin,
    Outcome,
    Receipt,
    Stage,
    Subject,
    Target,
)
from bot.domain.errors import BotError, Refused, ViError
from bot.domain.people import Request
from bot.domain.workflow import Workflow
from bot.ports import Resources

OK = Outcome("ok")


@dataclass(slots=True)
class Operation:
    """One operation: all its entries share an id, an action, an actor and an origin.

    Attributes:
        target: what it is done to, once that is known.
        details: what else every further entry says.
    """

    resources: Resources
    request: Request
    action: Action
    id: OperationId
    target: Target | None = None
    details: dict[str, Any] = field(default_factory=dict)

    def entry(
        self, stage: Stage, outcome: Outcome | None = None, details: Mapping[str, Any] | None = None
    ) -> AuditEntry:
        """The entry that says that the operation has come to this stage."""
        request = self.request
        return AuditEntry(
            id=EntryId(self.resources.ids.new()),
            operation_id=self.id,
            at=self.resources.clock.now(),
            stage=stage,
            action=self.action,
            actor=Subject("person", request.person_id, request.team),
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
        stage = Stage.DENIED if isinstance(error, Refused) else Stage.FAILED
        missing = {"missing": error.missing} if isinstance(error, Refused) else {}
        return await self.record(stage, outcome_of(error), missing)


def operation(resources: Resources, request: Request, action: Action) -> Operation:
    """A new operation, of which nothing has been written yet."""
    return Operation(resources, request, action, OperationId(resources.ids.new()))


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
        StoreUnavailable: the entry could not be written. Nothing is shown that is not in the trail.
    """
    under_way = operation(resources, request, action)
    try:
        yield under_way
    except BotError as error:
        await under_way.fail(error)
        raise
    await under_way.record(Stage.SUCCEEDED, OK)
