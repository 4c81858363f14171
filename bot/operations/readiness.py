"""Whether this process can do its work: the same answer for load balancers, for people and for graphs.

A look costs one small write and a few reads, so its result is kept for some seconds: probes cost nothing.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.audit import AuditEntry, content_of
from bot.domain.checkpoint import Checkpoint
from bot.domain.confirmation import ConfirmationState
from bot.domain.errors import StoreUnavailable, ViError, ViNotFound, ViRefused
from bot.domain.people import PersonId
from bot.domain.screen import Screen, ScreenId
from bot.operations.anchoring import IDLE_INTERVAL
from bot.ports import DoorState, Resources, ViAttempt

KEPT = 5.0
"""Seconds for which a look is kept."""

TIME_LIMIT = 2.0
"""Seconds within which the store has to answer a look. A probe of Kubernetes waits for one second unless told more."""

OLD_CONTACT = 300.0
"""Seconds after which Vi is asked again although nobody wants anything of it."""

_GRACE = timedelta(minutes=10)  # for a checkpoint that is due: a look once a minute, and a few failed attempts
_WAITING = frozenset({ConfirmationState.OPEN, ConfirmationState.AWAITING})


class Check(StrEnum):
    """What is looked at."""

    SLACK = "slack"
    STORE = "store"
    RECOVERY = "recovery"
    PRESENCE = "presence"
    WORK = "work"
    VI = "vi"
    CHECKPOINT = "checkpoint"


NEEDED = frozenset({Check.SLACK, Check.STORE, Check.RECOVERY, Check.PRESENCE, Check.WORK})
"""Without these, this process cannot serve and others should. Where Vi is away or a checkpoint late, all processes are
in the same plight, and one that says so to people is better than none."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found, in words."""

    name: Check
    ok: bool
    sentence: str


@dataclass(frozen=True, slots=True)
class Look:
    """How things stand.

    Attributes:
        open_operations: the `started` of every change under way, of all processes; None where the store does not say.
        waiting: how many questions wait in each state; None where the store does not say.
        checkpoint: the last one noted elsewhere.
        connections: to Slack.
    """

    at: datetime
    findings: tuple[Finding, ...]
    open_operations: tuple[AuditEntry, ...] | None = None
    waiting: Mapping[ConfirmationState, int] | None = None
    checkpoint: Checkpoint | None = None
    connections: int = 0

    @property
    def is_ready(self) -> bool:
        """Whether this process can serve."""
        return all(each.ok for each in self.findings if each.name in NEEDED)

    @property
    def is_well(self) -> bool:
        """Whether nothing at all is wrong."""
        return all(each.ok for each in self.findings)


@dataclass(slots=True)
class Vitals:
    """What the parts of this process tell of themselves.

    Attributes:
        started: when, by `Clock.elapsed`.
        door: how Slack reaches it; None before it does.
        recovered: whether what an earlier process left was looked through once.
        is_draining: whether it takes no more work, since it is being stopped.
    """

    elapsed: Callable[[], float]
    started: float = field(init=False)
    door: Callable[[], DoorState] | None = None
    recovered: asyncio.Event = field(default_factory=asyncio.Event)
    is_draining: bool = False
    _contact: tuple[float, ViError | None] | None = None

    def __post_init__(self) -> None:
        self.started = self.elapsed()

    def drain(self) -> None:
        """This process is being stopped."""
        self.is_draining = True

    @property
    def uptime(self) -> float:
        """Seconds since the start."""
        return self.elapsed() - self.started

    def note(self, attempt: ViAttempt) -> None:
        """Vi was asked something."""
        self._contact = self.elapsed(), attempt.error

    @property
    def should_ask_vi(self) -> bool:
        """Whether the last answer of Vi's was bad or is old, so that nobody knows whether it answers now."""
        return self._contact is not None and (
            not _is_answer(self._contact[1]) or self.elapsed() - self._contact[0] > OLD_CONTACT
        )

    def vi(self) -> Finding:
        """What came of the last request to Vi, whoever made it."""
        if self._contact is None:
            return Finding(Check.VI, ok=True, sentence="Vi was not asked yet.")
        at, error = self._contact
        ago = span(self.elapsed() - at)
        if error is not None and not _is_answer(error):
            return Finding(Check.VI, ok=False, sentence=f"{error.sentence} That was {ago} ago.")
        return Finding(Check.VI, ok=True, sentence=f"Vi answered {ago} ago.")

    def slack(self) -> Finding:
        """How Slack reaches this process."""
        state = self.door() if self.door is not None else None
        if state is None or not state.open:
            return Finding(Check.SLACK, ok=False, sentence="Slack does not reach this process.")
        heard = "" if state.silence is None else f", last heard of {span(state.silence)} ago"
        if state.kind == "http":
            return Finding(Check.SLACK, ok=True, sentence=f"Slack reaches this process over HTTP{heard}.")
        connections = "1 connection" if state.open == 1 else f"{state.open} connections"
        sentence = f"Slack reaches this process over {connections}{heard}."
        if state.ghosts:
            sentence += f" It counts {state.ghosts} more that belong to no process: what it sends there is lost."
        return Finding(Check.SLACK, ok=True, sentence=sentence)

    def recovery(self) -> Finding:
        """Whether this process knows what an earlier one left."""
        if self.recovered.is_set():
            return Finding(Check.RECOVERY, ok=True, sentence="What was left open at the start was looked through.")
        return Finding(Check.RECOVERY, ok=False, sentence="What was left open at the start was not looked through yet.")

    def work(self) -> Finding:
        """Whether this process takes work."""
        if self.is_draining:
            return Finding(Check.WORK, ok=False, sentence="This process is being stopped and takes no more work.")
        return Finding(Check.WORK, ok=True, sentence="This process takes work.")


class Readiness:
    """Looks at everything, and remembers for some seconds what it saw.

    Args:
        resources: what the operations use too.
        vitals: what the parts tell of themselves.
        checkpoint_interval: how often checkpoints are noted; None where there is no place for them.
    """

    def __init__(self, resources: Resources, vitals: Vitals, checkpoint_interval: timedelta | None) -> None:
        self._resources = resources
        self._interval = checkpoint_interval
        self._looking = asyncio.Lock()
        self._kept: tuple[float, _Memory] | None = None
        self.vitals = vitals

    async def look(self) -> Look:
        """How things stand; of the store, some seconds ago."""
        memory = await self._memory()
        vitals, presence = self.vitals, self._resources.presence
        alone = presence.until - self._resources.clock.elapsed() < self._resources.rules.leases.longest_change
        findings = [
            vitals.slack(),
            memory.finding,
            vitals.recovery(),
            Finding(
                Check.PRESENCE,
                ok=not alone,
                sentence="The other processes were not told for too long that this one is at work; it changes nothing."
                if alone
                else "The other processes know that this one is at work.",
            ),
            vitals.work(),
            vitals.vi(),
        ]
        if self._interval is not None and memory.finding.ok:
            findings.append(self._checkpoint(self._interval, memory))
        connections = vitals.door().open if vitals.door is not None else 0
        return Look(
            self._resources.clock.now(),
            tuple(findings),
            memory.open_operations,
            memory.waiting,
            memory.checkpoint,
            connections,
        )

    async def _memory(self) -> "_Memory":
        async with self._looking:  # of many probes at once, one looks
            now = self._resources.clock.elapsed()
            if self._kept is None or now - self._kept[0] >= KEPT:
                self._kept = now, await self._look_at_store()
            return self._kept[1]

    async def _look_at_store(self) -> "_Memory":
        store, now = self._resources.store, self._resources.clock.now()
        try:
            async with asyncio.timeout(TIME_LIMIT):
                # A screen that nobody has: written over at each look, dropped by the others after a day.
                name = ScreenId(f"readiness/{self._resources.presence.process}")
                await store.keep_screen(Screen(name, PersonId(""), {}, now))
                checkpoint = await store.last_checkpoint()
                head = await store.head()
                news = await store.entries_after(checkpoint.receipt.seq, 1) if checkpoint is not None else ()
                asked = await store.confirmations(_WAITING)
                started = await store.open_operations()
        except StoreUnavailable as error:
            return _Memory(Finding(Check.STORE, ok=False, sentence=error.sentence))
        except TimeoutError:
            return _Memory(
                Finding(Check.STORE, ok=False, sentence=f"The bot's memory took more than {TIME_LIMIT:g} s to answer.")
            )
        return _Memory(
            Finding(
                Check.STORE, ok=True, sentence=f"The bot's memory can be written; the trail has entry #{head.seq}."
            ),
            tuple(content_of(each) for each in started),
            {state: sum(each.state is state and not each.is_late(now) for each in asked) for state in _WAITING},
            checkpoint,
            content_of(news[0]).at if news else None,
        )

    def _checkpoint(self, interval: timedelta, memory: "_Memory") -> Finding:
        now, last = self._resources.clock.now(), memory.checkpoint
        if last is None:
            late = self.vitals.uptime > _GRACE.total_seconds()
            return Finding(Check.CHECKPOINT, ok=not late, sentence="No checkpoint was noted elsewhere yet.")
        due = last.at + max(interval, IDLE_INTERVAL)
        if memory.news_since is not None:
            due = min(due, max(last.at + interval, memory.news_since))
        ago = span((now - last.at).total_seconds())
        sentence = f"The last checkpoint was noted elsewhere {ago} ago."
        return Finding(Check.CHECKPOINT, ok=now <= due + _GRACE, sentence=sentence)


@dataclass(frozen=True, slots=True)
class _Memory:
    """What the store said; `news_since` is when the first entry behind the last checkpoint was written."""

    finding: Finding
    open_operations: tuple[AuditEntry, ...] | None = None
    waiting: Mapping[ConfirmationState, int] | None = None
    checkpoint: Checkpoint | None = None
    news_since: datetime | None = None


async def ask_vi(resources: Resources, vitals: Vitals) -> None:
    """Ask Vi something small where nobody knows whether it answers; what comes of it is noted like any other answer."""
    if vitals.should_ask_vi:
        try:
            await resources.workflows.ping()
        except ViError:
            return  # noted where it was met


def span(seconds: float) -> str:
    """A stretch of time, in the largest unit of which there are two at least."""
    for name, length in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{int(seconds // length)} {name}"
    return f"{max(0, int(seconds))} s"


def _is_answer(error: ViError | None) -> bool:
    # What it does not have, and what it refuses, it says itself: it is there.
    return error is None or isinstance(error, ViNotFound | ViRefused)
