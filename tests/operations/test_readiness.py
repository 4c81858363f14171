"""Whether a process says of itself that it can work, and why not."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.audit import Action, AuditEntry, EntryId, OperationId, Origin, Stage, Subject
from bot.domain.checkpoint import Checkpoint
from bot.domain.errors import StoreUnavailable, ViNotFound, ViRefused, ViUnreachable
from bot.domain.policy import Policy
from bot.operations import readiness as module
from bot.operations.readiness import KEPT, OLD_CONTACT, Check, Finding, Look, Readiness, Vitals, ask_vi, span
from bot.ports import DoorState, Presence, Resources, Store, ViAttempt
from bot.store.sqlite import SqliteStore
from tests.operations.stand_ins import CountedIds, StoppedClock
from tests.values import NOON

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    opened = await SqliteStore.open(None)
    yield opened
    await opened.close()


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def vitals(clock: StoppedClock) -> Vitals:
    """Of a process that works."""
    made = Vitals(clock.elapsed)
    made.door = lambda: DoorState("http", 1)
    made.recovered.set()
    return made


class Pinged:
    """A platform that counts who asks whether it is there."""

    def __init__(self, trouble: ViUnreachable | None = None) -> None:
        self.trouble = trouble
        self.pings = 0

    async def ping(self) -> None:
        self.pings += 1
        if self.trouble:
            raise self.trouble


def resources_of(
    store: Store, clock: StoppedClock, workflows: Any = None, presence: Presence | None = None
) -> Resources:
    nobody: Any = None
    return Resources(
        workflows, nobody, store, nobody, Policy(), clock, CountedIds(), presence=presence or Presence("p1")
    )


def entry(number: int, clock: StoppedClock) -> AuditEntry:
    return AuditEntry(
        id=EntryId(f"e{number}"),
        operation_id=OperationId(f"o{number}"),
        at=clock.now(),
        stage=Stage.STARTED,
        action=Action.BACKUP,
        actor=Subject("person", "U1"),
        origin=Origin("command"),
    )


def attempt(error: Any = None) -> ViAttempt:
    return ViAttempt("GET", 0.1, error, is_repeat=False)


def wrong(look: Look) -> list[Check]:
    return [each.name for each in look.findings if not each.ok]


def finding(look: Look, name: Check) -> Finding:
    (found,) = [each for each in look.findings if each.name is name]
    return found


async def test_a_process_that_works_is_ready_and_counts_what_is_under_way(
    store: Store, clock: StoppedClock, vitals: Vitals
) -> None:
    await store.record(entry(1, clock))
    look = await Readiness(resources_of(store, clock), vitals, HOUR).look()
    assert look.is_ready
    assert look.is_well
    assert [each.operation_id for each in look.open_operations or ()] == ["o1"]
    assert set((look.waiting or {}).values()) == {0}
    assert look.connections == 1
    assert "entry #1" in finding(look, Check.STORE).sentence


async def test_before_slack_and_recovery_it_is_not_ready(store: Store, clock: StoppedClock) -> None:
    look = await Readiness(resources_of(store, clock), Vitals(clock.elapsed), None).look()
    assert wrong(look) == [Check.SLACK, Check.RECOVERY]
    assert not look.is_ready
    assert look.connections == 0


async def test_one_that_is_being_stopped_is_not_ready_from_that_moment_on(
    store: Store, clock: StoppedClock, vitals: Vitals
) -> None:
    readiness = Readiness(resources_of(store, clock), vitals, None)
    assert (await readiness.look()).is_ready
    vitals.drain()
    assert wrong(await readiness.look()) == [Check.WORK]


@pytest.mark.parametrize(
    ("state", "ok", "says"),
    [
        (DoorState("http", 0), False, "does not reach"),
        (DoorState("http", 1), True, "over HTTP."),
        (DoorState("http", 1, 86_400.0), True, "over HTTP, last heard of 24 hours ago."),
        (DoorState("socket", 1), True, "over 1 connection."),
        (DoorState("socket", 3, ghosts=2), True, "It counts 2 more that belong to no process"),
    ],
)
async def test_a_silent_socket_is_a_dead_one_and_silence_over_http_is_not(
    vitals: Vitals,
    state: DoorState,
    ok: bool,  # noqa: FBT001 - a row of a table
    says: str,
) -> None:
    vitals.door = lambda: state
    assert vitals.slack().ok is ok
    assert says in vitals.slack().sentence


async def test_a_lease_that_runs_out_takes_the_process_out_of_service(
    store: Store, clock: StoppedClock, vitals: Vitals
) -> None:
    readiness = Readiness(resources_of(store, clock, presence=Presence("p1", 60.0)), vitals, None)
    clock.time += timedelta(seconds=35)
    assert wrong(await readiness.look()) == []
    clock.time += timedelta(seconds=1)
    assert wrong(await readiness.look()) == [Check.PRESENCE]


class Failing:
    """A store that cannot be written, or answers nothing."""

    def __init__(self, *, silent: bool) -> None:
        self.silent = silent

    async def keep_screen(self, _screen: object) -> None:
        if self.silent:
            await asyncio.Event().wait()
        raise StoreUnavailable("The disk is full.", "Make room.")


@pytest.mark.parametrize(("silent", "says"), [(False, "The disk is full."), (True, "took more than 0.01 s to answer")])
async def test_a_store_that_cannot_be_written_or_hangs_makes_it_not_ready(
    clock: StoppedClock,
    vitals: Vitals,
    monkeypatch: pytest.MonkeyPatch,
    silent: bool,  # noqa: FBT001 - a row of a table
    says: str,
) -> None:
    monkeypatch.setattr(module, "TIME_LIMIT", 0.01)
    failing: Any = Failing(silent=silent)
    look = await Readiness(resources_of(failing, clock), vitals, HOUR).look()
    assert wrong(look) == [Check.STORE]
    assert says in finding(look, Check.STORE).sentence
    assert look.open_operations is None
    assert look.waiting is None


async def test_the_store_is_looked_at_once_for_many_probes_and_again_after_some_seconds(
    store: Store, clock: StoppedClock, vitals: Vitals
) -> None:
    readiness = Readiness(resources_of(store, clock), vitals, None)
    first = await asyncio.gather(*(readiness.look() for _ in range(20)))
    await store.record(entry(1, clock))
    assert {each.open_operations for each in first} == {()}
    assert (await readiness.look()).open_operations == ()
    clock.time += timedelta(seconds=KEPT)
    assert len((await readiness.look()).open_operations or ()) == 1


@pytest.mark.parametrize(
    ("error", "ok", "says"),
    [
        (None, True, "Vi answered 7 s ago."),
        (ViNotFound("Vi has no such run."), True, "Vi answered"),
        (ViRefused("Vi refused."), True, "Vi answered"),
        (ViUnreachable("Vi failed (status 500)."), False, "Vi failed (status 500). That was 7 s ago."),
    ],
)
async def test_vi_is_as_it_was_when_somebody_last_asked_it_and_never_makes_the_process_unready(
    store: Store,
    clock: StoppedClock,
    vitals: Vitals,
    error: Any,
    ok: bool,  # noqa: FBT001 - a row of a table
    says: str,
) -> None:
    vitals.note(attempt(error))
    clock.time += timedelta(seconds=7)
    look = await Readiness(resources_of(store, clock), vitals, None).look()
    assert finding(look, Check.VI).ok is ok
    assert says in finding(look, Check.VI).sentence
    assert look.is_ready
    assert look.is_well is ok


async def test_vi_is_asked_by_itself_only_where_nobody_knows_whether_it_answers(
    store: Store, clock: StoppedClock, vitals: Vitals
) -> None:
    platform = Pinged(ViUnreachable("No."))
    resources = resources_of(store, clock, platform)
    await ask_vi(resources, vitals)
    vitals.note(attempt())
    await ask_vi(resources, vitals)
    assert platform.pings == 0
    clock.time += timedelta(seconds=OLD_CONTACT + 1)
    await ask_vi(resources, vitals)
    assert platform.pings == 1
    vitals.note(attempt(ViUnreachable("No.")))
    platform.trouble = None
    await ask_vi(resources, vitals)
    assert platform.pings == 2


async def test_without_any_checkpoint_there_is_time_to_note_the_first(
    store: Store, clock: StoppedClock, vitals: Vitals
) -> None:
    readiness = Readiness(resources_of(store, clock), vitals, HOUR)
    assert finding(await readiness.look(), Check.CHECKPOINT).ok
    clock.time += 11 * MINUTE
    look = await readiness.look()
    assert wrong(look) == [Check.CHECKPOINT]
    assert look.is_ready


@pytest.mark.parametrize(
    ("steps", "late"),
    [
        ([("age", 24 * HOUR)], False),  # nothing happens: one a day will do
        ([("age", 25 * HOUR)], True),
        ([("write", MINUTE), ("age", 65 * MINUTE)], False),
        ([("write", MINUTE), ("age", 75 * MINUTE)], True),
        ([("write", 20 * HOUR), ("age", 5 * MINUTE)], False),  # due since a moment ago
        ([("write", 20 * HOUR), ("age", 11 * MINUTE)], True),
    ],
)
async def test_a_checkpoint_is_late_some_minutes_after_it_was_due(
    store: Store, clock: StoppedClock, vitals: Vitals, steps: Iterable[tuple[str, timedelta]], *, late: bool
) -> None:
    receipt = await store.record(entry(1, clock))
    await store.keep_checkpoint(Checkpoint("org", receipt, NOON))
    for what, span_of_time in steps:
        clock.time += span_of_time
        if what == "write":
            await store.record(entry(2, clock))
    look = await Readiness(resources_of(store, clock), vitals, HOUR).look()
    assert finding(look, Check.CHECKPOINT).ok is not late
    assert look.checkpoint is not None


@pytest.mark.parametrize(
    ("seconds", "says"),
    [(-1, "0 s"), (0.4, "0 s"), (119, "119 s"), (120, "2 minutes"), (7_200, "2 hours"), (200_000, "2 days")],
)
def test_spans_are_told_in_the_largest_unit_that_fits_twice(seconds: float, says: str) -> None:
    assert span(seconds) == says
