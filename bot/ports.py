"""What the operations need from outside, as Protocols, and the bundle in which they get it."""

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, Protocol

from bot.domain.audit import Action, AuditEntry, EntryId, OperationId, Receipt, SealedEntry, Stage
from bot.domain.backup import Snapshot, SnapshotId, SnapshotSummary
from bot.domain.checkpoint import Checkpoint
from bot.domain.confirmation import Confirmation, ConfirmationId, ConfirmationState, Post
from bot.domain.errors import ViError
from bot.domain.lock import Lock
from bot.domain.people import GroupId, Memberships, Person, PersonId, TeamId
from bot.domain.policy import Policy
from bot.domain.screen import Screen, ScreenId
from bot.domain.workflow import JsonObject, Project, Run, RunId, Workflow, WorkflowId, WorkflowSummary


class Workflows(Protocol):
    """The platform. Every call may raise a `ViError`, and answers within the time a person waits."""

    async def list_workflows(self) -> Sequence[WorkflowSummary]:
        """Every workflow of the organization, newest first."""
        ...

    async def list_runs(self) -> Sequence[Run]:
        """Every run of the organization."""
        ...

    async def list_projects(self) -> Sequence[Project]:
        """Every training project of the organization."""
        ...

    async def get_workflow(self, workflow_id: WorkflowId) -> Workflow:
        """One workflow, whole.

        Raises:
            ViNotFound: there is none with this id.
        """
        ...

    def read_kept(self, document: str, workflow_id: WorkflowId) -> Workflow:
        """A workflow as a document of the platform's has it that was kept; nothing is asked of the platform.

        Raises:
            ViNotUnderstood: the document lacks what a workflow must have.
        """
        ...

    async def get_run(self, run_id: RunId) -> Run:
        """One run.

        Raises:
            ViNotFound: there is none with this id.
        """
        ...

    async def ping(self) -> None:
        """The cheapest call that shows whether key and organization fit."""
        ...


class WorkflowChanges(Protocol):
    """What changes the platform. Called by operations whose `started` is in the trail, and by nothing else."""

    async def write_workflow(self, workflow_id: WorkflowId, spec: JsonObject, attributes: Mapping[str, str]) -> None:
        """Write a workflow whole, under an id that was just seen free or that a person agreed to write over.

        Raises:
            ViOutcomeUnknown: it may or may not have been made.
        """
        ...

    async def delete_workflow(self, workflow_id: WorkflowId) -> str:
        """Delete a workflow: sent again only where the platform certainly did nothing. The trace id of the answer.

        Raises:
            ViRefused: the platform said no, most likely since a run is active.
            ViNotFound: it was gone before.
            ViOutcomeUnknown: it was sent, and may or may not have been carried out.
        """
        ...

    async def kill_run(self, run_id: RunId, at: datetime) -> str:
        """Stop a run for good: sent again only where the platform certainly did nothing. The trace id of the answer.

        Raises:
            ViRefused: the platform said no.
            ViNotFound: there is none with this id.
            ViOutcomeUnknown: it was sent, and may or may not have been carried out.
        """
        ...


@dataclass(frozen=True, slots=True)
class TrailQuery:
    """Which entries of the trail are asked for, newest first.

    Attributes:
        text: words that an entry must contain, each.
        workflow: a workflow's id or whole name.
        since, until: only entries written at or after the one and before the other.
        operation: an operation's id.
        before: only entries with a lower number: the next page.
    """

    text: str = ""
    workflow: str = ""
    actor: str = ""
    since: datetime | None = None
    until: datetime | None = None
    stage: Stage | None = None
    action: Action | None = None
    operation: str = ""
    before: int | None = None
    limit: int = 10


class Store(Protocol):
    """The bot's own memory. Each method is one transaction, durable when it returns.

    Every method raises `StoreUnavailable` where the memory cannot be read or written within 5 s. Then nothing was
    written, or a commit that had begun still comes through: an operation that is `started` in the trail although
    nothing was sent, which recovery settles.
    """

    async def close(self) -> None:
        """Carry out what waits, and let go of the memory. May be called more than once."""
        ...

    async def record(self, entry: AuditEntry) -> Receipt:
        """Append one entry to the trail."""
        ...

    async def record_once(self, entry: AuditEntry) -> Receipt | None:
        """Append an entry unless one with its id is in the trail; then None."""
        ...

    async def open_confirmation(self, confirmation: Confirmation, entries: Sequence[AuditEntry]) -> Receipt:
        """Keep a question and append the entries that say it was asked, one for each item; the last one's receipt."""
        ...

    async def confirmation(self, confirmation_id: ConfirmationId) -> Confirmation | None:
        """One question, or None."""
        ...

    async def confirmation_of(self, operation_id: OperationId) -> Confirmation | None:
        """The question that this operation was asked in, or None."""
        ...

    async def confirmations(
        self,
        states: Collection[ConfirmationState],
        person_id: PersonId | None = None,
        since: datetime | None = None,
    ) -> Sequence[Confirmation]:
        """The questions in these states, put to this person or to anybody, opened at `since` or later; oldest first."""
        ...

    async def advance(
        self, confirmation: Confirmation, *, expected: ConfirmationState, entries: Sequence[AuditEntry] = ()
    ) -> tuple[Receipt, ...] | None:
        """Put this in the place of the question with its id, if that one is in the state `expected`, and append.

        Exactly one caller moves a question out of a state. Who comes second changes nothing and gets None. Posts are
        only ever added: those that were kept since this question was read stay.
        """
        ...

    async def keep_posts(self, confirmation_id: ConfirmationId, posts: Sequence[Post]) -> Confirmation | None:
        """Add where a question is shown, whatever its state; the question as it is now, or None."""
        ...

    async def drop_questions(self, before: datetime, limit: int) -> int:
        """Forget settled questions that were opened before this time, at most `limit` of them; how many it were.

        A question with an operation that is still open in the trail is kept.
        """
        ...

    async def lock(self, lock: Lock, entry: AuditEntry) -> Receipt | None:
        """Keep a lock and append the entry that says so; None, and nothing written, where there is one already."""
        ...

    async def unlock(self, workflow_id: WorkflowId, entry: AuditEntry) -> Receipt | None:
        """Drop a lock and append the entry that says so; None, and nothing written, where there is none."""
        ...

    async def locks(self) -> Sequence[Lock]:
        """Every lock, oldest first."""
        ...

    async def keep_snapshot(self, snapshot: Snapshot) -> None:
        """Keep a snapshot."""
        ...

    async def snapshots_of(self, workflow_id: WorkflowId) -> Sequence[Snapshot]:
        """The snapshots of a workflow, newest first, each with what the trail says of its copy (`check_of`)."""
        ...

    async def find_snapshots(self, reference: str, limit: int) -> Sequence[Snapshot]:
        """The snapshots of workflows with this id, this whole name or this beginning of an id; newest first.

        An operation's id means those that it took. Without a reference, those of all.
        """
        ...

    async def newest_snapshots(self, looked_through: int) -> Sequence[SnapshotSummary]:
        """The newest snapshot of each workflow, newest first, among so many newest ones of all workflows."""
        ...

    async def snapshot(self, snapshot_id: SnapshotId) -> Snapshot | None:
        """One snapshot, or None."""
        ...

    async def keep_screen(self, screen: Screen) -> None:
        """Keep what is on somebody's screen; what is older than a day is dropped."""
        ...

    async def screen(self, screen_id: ScreenId) -> Screen | None:
        """What was on the screen, or None."""
        ...

    async def trail(self, query: TrailQuery) -> Sequence[SealedEntry]:
        """Entries of the trail, newest first."""
        ...

    async def entry(self, seq: int) -> SealedEntry | None:
        """One entry of the trail, or None."""
        ...

    async def entries_after(self, seq: int, limit: int) -> Sequence[SealedEntry]:
        """The entries behind number `seq`, oldest first."""
        ...

    async def merge_search(self, *, anew: bool) -> bool:
        """Put a little of the search index together, so that words stay quick to find; whether more is left to do.

        Each transaction adds a piece to the index, and each piece is looked into for each word. `anew` begins with all
        the pieces that there are.
        """
        ...

    async def keep_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Keep a checkpoint that was noted elsewhere."""
        ...

    async def last_checkpoint(self) -> Checkpoint | None:
        """The newest checkpoint that was noted elsewhere, or None."""
        ...

    async def open_operations(self) -> Sequence[SealedEntry]:
        """The `started` entry of every operation that has neither succeeded nor failed, oldest first."""
        ...

    async def head(self) -> Receipt:
        """The newest entry's number and hash."""
        ...

    async def take_lease(self, name: str, holder: str, seconds: float) -> bool:
        """Hold a lease from now on for so long, also where the holder has it already.

        False, and nothing changed, while somebody else holds it. Time is measured by the store, so that the clocks of
        several processes need not agree.
        """
        ...

    async def drop_lease(self, name: str, holder: str) -> None:
        """Give a lease up; nothing happens where somebody else holds it."""
        ...

    async def is_leased(self, name: str) -> bool:
        """Whether somebody holds a lease at this moment."""
        ...

    async def count_leases(self, prefix: str) -> int:
        """How many leases whose names begin so are held at this moment."""
        ...

    def alone(self, name: str) -> AbstractAsyncContextManager[None]:
        """Held by one task at a time, of all the processes that use this store.

        Raises on entering:
            StoreUnavailable: also where others held it for 5 s.
        """
        ...


class Spool(Protocol):
    """Where an entry waits that the store could not take: what has happened must not be forgotten.

    Every method raises `StoreUnavailable` where it cannot be read or written.
    """

    async def keep(self, entry: AuditEntry) -> None:
        """Keep an entry; on the disk when this returns."""
        ...

    async def entries(self) -> Sequence[AuditEntry]:
        """The entries that wait, oldest first."""
        ...

    async def drop(self, ids: Collection[EntryId]) -> None:
        """Forget these entries: they are in the trail."""
        ...


class Anchor(Protocol):
    """A place outside the bot's reach where checkpoints are noted; `name` says which, without its secrets."""

    @property
    def name(self) -> str:
        """What people call the place."""
        ...

    async def note(self, checkpoint: Checkpoint) -> None:
        """Note a checkpoint there.

        Raises:
            AnchorUnavailable: it was not, or may not have been, noted.
        """
        ...


@dataclass(frozen=True, slots=True)
class ViAttempt:
    """One request to the platform, and what came of it.

    Attributes:
        method: of HTTP.
        seconds: until its answer, or until it was given up.
        error: None where the platform did what it was asked.
        is_repeat: whether the same call was sent before.
    """

    method: str
    seconds: float
    error: ViError | None
    is_repeat: bool


class Meter(Protocol):
    """What is counted and timed, in seconds. Nothing raises, nothing waits, and no name of anybody's goes in."""

    def acknowledged(self, kind: str, seconds: float) -> None:
        """A request of Slack's was acknowledged."""
        ...

    def answered(self, command: str, result: str, seconds: float) -> None:
        """A command was carried out: `ok`, the code of the error that ended it, or `fault`."""
        ...

    def attempted(self, attempt: ViAttempt) -> None:
        """A request was sent to the platform."""
        ...

    def appended(self, entries: Sequence[AuditEntry], seconds: float) -> None:
        """These entries were written into the trail, in one transaction."""
        ...

    def store_failed(self, call: str) -> None:
        """The store could not do this."""
        ...


@dataclass(frozen=True, slots=True)
class DoorState:
    """How Slack reaches this process at the moment.

    Attributes:
        kind: Socket Mode's connections, or an address for HTTP.
        open: how many connections are open; over HTTP 1 while the address is listened on.
        silence: seconds since something last came through; None before the first, or where that is not noted.
        ghosts: connections that Slack counts and no process has.
    """

    kind: Literal["socket", "http"]
    open: int
    silence: float | None = None
    ghosts: int = 0


class People(Protocol):
    """Who somebody is. Look-ups that fail are answered with the least: unknown, or not a member."""

    async def person(self, person_id: PersonId, team: TeamId, *, fresh: bool = False) -> Person:
        """One person; `fresh` asks again instead of answering from memory."""
        ...

    async def memberships(self, person_id: PersonId, groups: Sequence[GroupId], *, fresh: bool = False) -> Memberships:
        """Which of these user groups the person is a member of, and of which that could not be told."""
        ...

    async def members(self, groups: Sequence[GroupId]) -> frozenset[PersonId]:
        """Who is in these user groups; a group that cannot be looked up has no members."""
        ...


class Clock(Protocol):
    """Time, so that tests can turn it."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        ...

    def elapsed(self) -> float:
        """Seconds since some moment in the past; never goes back, whatever is done to the machine's time."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class Ids(Protocol):
    """New ids."""

    def new(self) -> str:
        """A time-ordered id (UUIDv7), for what is kept in the store."""
        ...

    def random(self) -> str:
        """A random id (UUIDv4), as the platform's own client makes for workflows."""
        ...

    def secret(self) -> str:
        """An id that nobody can guess, for what comes back from outside."""
        ...


@dataclass(frozen=True, slots=True)
class LeaseTimes:
    """How long the processes on one store leave each other's work alone, in seconds.

    A process that is gone is noticed after `lifetime`. A call that changes something is sent only where it ends, at
    the latest, before that.

    Attributes:
        lifetime: for which the others take a process to be at work after its last sign of life.
        renewal: between two signs of life.
        longest_change: that one changing call may take, all attempts included: what the platform's client gives it
            (20 s), and some.
        taking_up: from taking up a question that another process left until the first entry that says so.
    """

    lifetime: float = 60.0
    renewal: float = 10.0
    longest_change: float = 25.0
    taking_up: float = 120.0


@dataclass(frozen=True, slots=True)
class Rules:
    """What the configuration decides about operations.

    Attributes:
        confirmation_lifetime: how long a question can be answered.
        approval_lifetime: how long a second person can agree.
        reason_required: whether a deletion needs a reason.
        looks_need_the_trail: whether a look is refused when it cannot be written down; a change always is.
        look_back: the pauses, in seconds, before each look at whether a deletion without an answer happened.
        leases: how long processes leave each other's work alone.
    """

    confirmation_lifetime: timedelta = timedelta(minutes=15)
    approval_lifetime: timedelta = timedelta(minutes=30)
    reason_required: bool = True
    looks_need_the_trail: bool = True
    look_back: tuple[float, ...] = (0.5, 2.0)
    leases: LeaseTimes = field(default_factory=LeaseTimes)


@dataclass(slots=True)
class Presence:
    """This process's place among those that work on one store.

    Attributes:
        process: its id, which stands in each of its entries; empty where it is alone.
        until: up to when, by `Clock.elapsed`, the others take it to be at work.
        lost: operations that were under way when that time ran out: others may have settled them.
        ends: up to when, by `Clock.elapsed`, its work can go on; infinite while it has not been told to stop.
    """

    process: str = ""
    until: float = math.inf
    lost: set[OperationId] = field(default_factory=set)
    ends: float = math.inf


@dataclass(frozen=True, slots=True)
class Resources:
    """Everything that an operation may use.

    Attributes:
        spool: where entries wait that the store could not take; None where the store itself is not kept.
        host: which process this is, for the trail: name, pid, version.
        under_way: operations that this process is carrying out right now, once for each task that is at it;
            recovery leaves them alone.
        presence: what keeps the other processes on the same store from taking them up.
        after_change: told after each call that may have changed the platform, however it ended.
    """

    workflows: Workflows
    workflow_changes: WorkflowChanges
    store: Store
    people: People
    policy: Policy
    clock: Clock
    ids: Ids
    rules: Rules = field(default_factory=Rules)
    spool: Spool | None = None
    host: Mapping[str, str] = field(default_factory=dict)
    under_way: list[OperationId] = field(default_factory=list)
    presence: Presence = field(default_factory=Presence)
    after_change: list[Callable[[], None]] = field(default_factory=list)
