"""When checkpoints are noted, of which trail, and what is said where that fails. Any store will do."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from bot.anchors.file import FileAnchor
from bot.domain.audit import (
    EMPTY,
    Action,
    AuditEntry,
    EntryId,
    OperationId,
    Origin,
    Receipt,
    SealedEntry,
    Stage,
    Subject,
    content_of,
    seal,
)
from bot.domain.checkpoint import Checkpoint, checkpoints_in
from bot.domain.errors import AnchorUnavailable, StoreUnavailable
from bot.domain.policy import Policy
from bot.operations.anchoring import Anchoring, Published, is_checkpoint_due
from bot.ports import Resources, Store
from bot.store.sqlite import SqliteStore
from tests.operations.stand_ins import CountedIds, Place, StoppedClock
from tests.store.files import change
from tests.values import NOON

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
NOTHING = Published()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The store's file."""
    return tmp_path / "vi.db"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[Store]:
    opened = await SqliteStore.open(path)
    yield opened
    await opened.close()


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def resources(store: Store, clock: StoppedClock) -> Resources:
    """Without a platform and people, which nothing here asks for."""
    nobody: Any = None
    return Resources(nobody, nobody, store, nobody, Policy(), clock, CountedIds(), host={"name": "test"})


TROUBLE = AnchorUnavailable("The notebook is full.", "Buy another.")


@pytest.fixture
def place() -> Place:
    return Place()


@pytest.fixture
def anchoring(resources: Resources, place: Place) -> Anchoring:
    return Anchoring(resources, "acme", [place])


def an_entry(entry_id: str, action: Action = Action.HELP, details: Mapping[str, Any] | None = None) -> AuditEntry:
    return AuditEntry(
        EntryId(entry_id),
        OperationId("operation"),
        NOON,
        Stage.SUCCEEDED,
        action,
        Subject("person", "U1"),
        Origin("command"),
        details=details or {},
    )


Write = Callable[..., Awaitable[Receipt]]


@pytest.fixture
def write(store: Store) -> Write:
    """Writes entries; the last one's receipt."""
    numbers = count(1)

    async def write(entries: int = 1) -> Receipt:
        await asyncio.gather(*(store.record(an_entry(f"entry-{next(numbers)}")) for _ in range(entries)))
        return await store.head()

    return write


async def newest(store: Store) -> AuditEntry:
    head = await store.entry((await store.head()).seq)
    assert head is not None
    return content_of(head)


def tamper(path: Path, statement: str) -> None:
    """Change the trail's file as somebody who may write it."""
    change(path, "DROP TRIGGER audit_event_no_update", "DROP TRIGGER audit_event_no_delete", statement)


EDIT = "UPDATE audit_event SET body = replace(body, 'U1', 'U2') WHERE seq = {}"
CUT = "DELETE FROM audit_event WHERE seq >= {}"
NO_LONGER_THERE = "entry #3 is gone or was changed since it was noted elsewhere at 2026-11-23T12:00:00.000000Z"
LAST = Checkpoint("acme", Receipt(5, "ab" * 32), NOON)
MOVED = Receipt(6, "cd" * 32)


@pytest.mark.parametrize(
    ("last", "head", "passed", "is_due"),
    [
        (None, EMPTY, timedelta(0), False),
        (None, MOVED, timedelta(0), True),
        (LAST, MOVED, HOUR - MINUTE, False),
        (LAST, MOVED, HOUR, True),
        (LAST, LAST.receipt, HOUR, False),
        (LAST, LAST.receipt, 24 * HOUR - MINUTE, False),
        (LAST, LAST.receipt, 24 * HOUR, True),
        (LAST, EMPTY, HOUR, True),
        (LAST, LAST.receipt, -MINUTE, True),
    ],
)
def test_a_checkpoint_is_due_hourly_and_daily_where_nothing_happens(
    last: Checkpoint | None, head: Receipt, passed: timedelta, *, is_due: bool
) -> None:
    assert is_checkpoint_due(last, head, NOON + passed, HOUR) is is_due


def test_an_interval_of_more_than_a_day_holds_for_a_quiet_trail_too() -> None:
    assert not is_checkpoint_due(LAST, LAST.receipt, NOON + 30 * HOUR, 48 * HOUR)


async def test_the_first_entry_is_noted_at_once_and_later_ones_after_the_interval(
    anchoring: Anchoring, place: Place, store: Store, clock: StoppedClock, write: Write
) -> None:
    assert await anchoring.tick() == NOTHING
    first = Checkpoint("acme", await write(3), NOON)
    assert await anchoring.tick() == Published(first)
    second = await write()
    await clock.sleep(3599)
    assert await anchoring.tick() == NOTHING
    await clock.sleep(1)
    assert await anchoring.tick() == Published(Checkpoint("acme", second, NOON + HOUR))
    await clock.sleep(24 * 3600)
    assert await anchoring.tick() == Published(Checkpoint("acme", second, NOON + 25 * HOUR))
    assert [each.receipt for each in place.noted] == [first.receipt, second, second]
    assert await store.last_checkpoint() == place.noted[-1]
    assert await store.head() == second


async def test_a_checkpoint_is_noted_when_asked_for_due_or_not(
    anchoring: Anchoring, place: Place, write: Write
) -> None:
    assert await anchoring.publish() == NOTHING
    receipt = await write()
    for _ in range(2):
        assert await anchoring.publish() == Published(Checkpoint("acme", receipt, NOON))
    assert len(place.noted) == 2


async def test_what_is_noted_is_signed_where_there_is_a_signer(
    resources: Resources, store: Store, write: Write, tmp_path: Path
) -> None:
    def sign(checkpoint: Checkpoint) -> Checkpoint:
        return replace(checkpoint, key_id="0" * 16, signature="A" * 86 + "==")

    receipt = await write()
    anchoring = Anchoring(resources, "acme", [FileAnchor(tmp_path / "noted")], sign=sign)
    signed = sign(Checkpoint("acme", receipt, NOON))
    assert await anchoring.tick() == Published(signed)
    assert list(checkpoints_in((tmp_path / "noted").read_text())) == [signed]
    assert await store.last_checkpoint() == signed


async def test_without_a_place_there_is_nothing_to_do(resources: Resources, store: Store, write: Write) -> None:
    await write()
    anchoring = Anchoring(resources, "acme", [])
    assert await anchoring.tick() == NOTHING
    assert await anchoring.publish() == NOTHING
    assert await store.last_checkpoint() is None


async def test_a_place_that_fails_keeps_nothing_from_the_others_and_is_told_once_and_again_when_it_works(
    resources: Resources, place: Place, store: Store, clock: StoppedClock, write: Write
) -> None:
    other = Place("the other notebook")
    anchoring = Anchoring(resources, "acme", [place, other])
    receipt = await write()
    place.trouble = TROUBLE
    checkpoint = Checkpoint("acme", receipt, NOON)
    assert await anchoring.tick() == Published(checkpoint, failing=(("the notebook", TROUBLE),))
    assert other.noted == [checkpoint] == [await store.last_checkpoint()]

    entry = await newest(store)
    assert (entry.action, entry.stage) == (Action.CHECKPOINT, Stage.FAILED)
    assert (entry.actor.kind, entry.origin.kind, entry.host) == ("bot", "schedule", {"name": "test"})
    assert entry.outcome is not None
    assert (entry.outcome.code, entry.outcome.message) == ("anchor_unavailable", "The notebook is full.")
    assert entry.details == {"place": "the notebook", "checkpoint": str(checkpoint)}

    head = await store.head()
    await clock.sleep(3600)
    assert await anchoring.tick() == Published(Checkpoint("acme", head, NOON + HOUR))
    assert await store.head() == head
    place.trouble = None
    assert (await anchoring.publish()).recovered == ("the notebook",)
    assert (await anchoring.publish()).recovered == ()


async def test_what_no_place_took_is_not_kept_and_tried_again_after_a_minute(
    anchoring: Anchoring, place: Place, store: Store, clock: StoppedClock, write: Write
) -> None:
    await write()
    place.trouble = TROUBLE
    assert await anchoring.tick() == Published(failing=(("the notebook", TROUBLE),))
    assert await store.last_checkpoint() is None
    place.trouble = None
    await clock.sleep(59)
    assert await anchoring.tick() == NOTHING
    await clock.sleep(1)
    head = await store.head()
    assert await anchoring.tick() == Published(Checkpoint("acme", head, NOON + MINUTE), recovered=("the notebook",))


async def test_a_clock_that_is_put_back_ends_the_wait(
    anchoring: Anchoring, place: Place, clock: StoppedClock, write: Write
) -> None:
    await write()
    place.trouble = TROUBLE
    await anchoring.tick()
    place.trouble = None
    await clock.sleep(-3600)
    assert (await anchoring.tick()).recovered == ("the notebook",)


async def test_a_place_that_breaks_in_an_unknown_way_keeps_nothing_from_the_others(
    resources: Resources, place: Place, write: Write, caplog: pytest.LogCaptureFixture
) -> None:
    await write()
    place.trouble = KeyError("secret")
    anchoring = Anchoring(resources, "acme", [place, Place("the other notebook")])
    published = await anchoring.tick()
    assert published.checkpoint is not None
    ((name, error),) = published.failing
    assert name == "the notebook"
    assert "secret" not in error.sentence
    assert "a checkpoint was not noted by the notebook" in caplog.text


@pytest.mark.parametrize(
    ("statement", "faults"),
    [
        (EDIT.format(5), ["entry #5 was changed: its text does not have its hash"]),
        (EDIT.format(3), [NO_LONGER_THERE]),
        (CUT.format(3), [NO_LONGER_THERE]),
        (CUT.format(0), [NO_LONGER_THERE]),
        (
            CUT.format("5 AND seq <= 5"),
            ["entry #6 stands where #5 belongs", "entry #6 does not follow the one before it"],
        ),
    ],
)
async def test_nothing_is_noted_of_a_trail_that_was_tampered_with_since_and_people_are_told_once(
    resources: Resources,
    place: Place,
    path: Path,
    clock: StoppedClock,
    write: Write,
    caplog: pytest.LogCaptureFixture,
    statement: str,
    faults: list[str],
) -> None:
    anchoring = Anchoring(resources, "acme", [place])
    await write(3)
    await anchoring.tick()
    await write(4)
    tamper(path, statement)
    await clock.sleep(3600)

    assert await anchoring.tick() == Published(faults=tuple(faults))
    assert anchoring.faults == tuple(faults)
    assert faults[0] in caplog.text
    entry = await newest(resources.store)
    assert (entry.action, entry.stage) == (Action.CHECKPOINT, Stage.FAILED)
    assert entry.outcome is not None
    assert entry.outcome.code == "tampered"
    assert entry.details == {"faults": faults}

    head = await resources.store.head()
    for seconds, looks in ((3599, 1), (1, 2)):
        await clock.sleep(seconds)
        assert await anchoring.tick() == NOTHING
        assert caplog.text.count("the audit trail does not hold: ") == looks
    # After a restart people are told again, but it stands in the trail already.
    assert await Anchoring(resources, "acme", [place]).tick() == Published(faults=tuple(faults))
    assert await resources.store.head() == head
    assert "could not be written" not in caplog.text
    assert len(place.noted) == 1


async def test_a_trail_that_was_put_right_again_is_noted(
    anchoring: Anchoring, path: Path, clock: StoppedClock, write: Write
) -> None:
    await write(3)
    tamper(path, EDIT.format(2))
    assert (await anchoring.tick()).faults
    change(path, "UPDATE audit_event SET body = replace(body, 'U2', 'U1') WHERE seq = 2")
    await clock.sleep(3600)
    assert (await anchoring.tick()).checkpoint is not None
    assert anchoring.faults == ()


async def test_of_many_faults_the_first_ten_are_told(anchoring: Anchoring, path: Path, write: Write) -> None:
    await write(500)
    tamper(path, EDIT.format("seq"))
    assert [fault.split(":")[0] for fault in (await anchoring.tick()).faults] == [
        f"entry #{seq} was changed" for seq in range(1, 11)
    ]


async def test_tampering_behind_thousands_of_sound_entries_is_seen(
    anchoring: Anchoring, path: Path, write: Write
) -> None:
    await write(1001)
    tamper(path, EDIT.format(1001))
    assert (await anchoring.tick()).faults == ("entry #1001 was changed: its text does not have its hash",)


async def test_people_are_told_of_tampering_also_where_it_cannot_be_written_down(
    anchoring: Anchoring, path: Path, write: Write, caplog: pytest.LogCaptureFixture
) -> None:
    await write(3)
    tamper(path, EDIT.format(2))
    change(path, "CREATE TRIGGER refuse BEFORE INSERT ON audit_event BEGIN SELECT RAISE(ABORT, 'no'); END")
    assert (await anchoring.tick()).faults
    assert "could not be written into it" in caplog.text


async def test_a_store_that_fails_is_said_and_the_next_look_notes_the_checkpoint(
    anchoring: Anchoring, place: Place, store: Store, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    await write()

    async def fail(checkpoint: Checkpoint) -> None:
        raise StoreUnavailable(f"{checkpoint} could not be kept.")

    monkeypatch.setattr(store, "keep_checkpoint", fail)
    with pytest.raises(StoreUnavailable):
        await anchoring.tick()
    monkeypatch.undo()
    assert (await anchoring.tick()).checkpoint is not None
    assert len(place.noted) == 2


def first_entry(path: Path, sealed: SealedEntry) -> None:
    """Let a file begin with an entry that is not number 1, as one does that follows another file."""
    body = sealed.body.replace("'", "''")
    change(
        path,
        "DROP TRIGGER audit_event_link",
        f"INSERT INTO audit_event (seq, body, hash) VALUES ({sealed.seq}, '{body}', '{sealed.hash}')",  # noqa: S608 - a test's own
    )


def rotated(previous: Receipt, **details: Any) -> SealedEntry:
    return seal(an_entry("first", Action.ROTATE, details), previous)


BASE = Receipt(700, "ef" * 32)


@pytest.mark.parametrize("last", [None, Checkpoint("acme", BASE, NOON - HOUR)])
async def test_a_file_that_follows_another_is_verified_from_where_that_one_ended(
    anchoring: Anchoring, store: Store, path: Path, last: Checkpoint | None
) -> None:
    first = rotated(BASE, base=BASE.seq, base_hash=BASE.hash)
    first_entry(path, first)
    if last is not None:
        await store.keep_checkpoint(last)
    assert await anchoring.tick() == Published(Checkpoint("acme", first.receipt, NOON))


@pytest.mark.parametrize(
    "first",
    [
        rotated(BASE, base=BASE.seq, base_hash="00" * 32),
        rotated(BASE, base=BASE.seq - 1, base_hash=BASE.hash),
        rotated(BASE, base=str(BASE.seq)),
        SealedEntry(701, '{"id":"x","op":"x","ts":"x","stage":"x","action":"x"}', "00" * 32),
        SealedEntry(701, f'{{"id":"x","op":"x","ts":"x","stage":"x","action":{"[" * 990}{"]" * 990}}}', "00" * 32),
    ],
)
async def test_a_file_that_follows_another_and_does_not_fit_to_it_is_not_noted(
    anchoring: Anchoring, place: Place, path: Path, first: SealedEntry
) -> None:
    first_entry(path, first)
    assert (await anchoring.tick()).faults
    assert place.noted == []


async def test_a_checkpoint_from_before_the_file_began_came_along_and_is_looked_for_in_no_other(
    anchoring: Anchoring, store: Store, path: Path
) -> None:
    await store.keep_checkpoint(Checkpoint("acme", Receipt(650, "ab" * 32), NOON - HOUR))
    first = rotated(BASE, base=BASE.seq, base_hash=BASE.hash)
    first_entry(path, first)
    assert await anchoring.tick() == Published(Checkpoint("acme", first.receipt, NOON))
