"""A file that an older version of the bot made is opened by this one, and goes on."""

import gzip
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.domain.audit import EMPTY, Receipt, SealedEntry, Stage, chain_faults
from bot.domain.backup import BackupCheck
from bot.domain.confirmation import ConfirmationId, ConfirmationState
from bot.domain.errors import StoreUnavailable
from bot.domain.workflow import WorkflowId
from bot.ports import TrailQuery
from bot.store.driver import sqlite3
from bot.store.sqlite import SqliteStore
from bot.store.trail import read_trail
from bot.store.verification import Verdict, verify_file
from tests.store.files import change, write
from tests.store.samples import MIRA, NOON, an_entry

MADE_BY_0001 = Path(__file__).with_name("made_by_0001.db.gz")
"""Written by the bot as it was when there was only the first migration: two backups, of which one copy came back
different; one open question, one answered one whose operation is under way; a screen."""

HEAD = Receipt(7, "cd7364092e8ba471")


@pytest.fixture
def old(path: Path) -> Path:
    write(path, gzip.decompress(MADE_BY_0001.read_bytes()))
    return path


def test_the_old_file_is_verified_as_it_is(old: Path) -> None:
    before = old.read_bytes()
    found = verify_file(old, noted=[HEAD])
    assert (found.verdict, found.entries, found.faults) == (Verdict.SOUND, 7, ())
    assert old.read_bytes() == before


async def test_the_trail_goes_on(old: Path) -> None:
    store = await SqliteStore.open(old)
    before = await store.trail(TrailQuery())
    assert before[0].hash.startswith(HEAD.hash)
    assert await store.record(an_entry()) == await store.head()
    entries = list(reversed(await store.trail(TrailQuery())))
    assert [each.seq for each in entries] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert list(chain_faults(entries)) == []
    assert [each.seq for each in await store.open_operations()] == [7]
    await store.close()
    found = verify_file(old, noted=[HEAD])
    assert (found.verdict, found.faults, found.base) == (Verdict.SOUND, (), EMPTY)


async def test_what_the_trail_says_of_a_copy_is_its_check(old: Path) -> None:
    store = await SqliteStore.open(old)
    at = NOON + timedelta(seconds=3)
    for name, check in (
        ("backup-equal", BackupCheck(at, equal=True)),
        ("backup-differs", BackupCheck(at, equal=False)),
    ):
        (snapshot,) = await store.snapshots_of(WorkflowId(f"wf-{name}"))
        assert (snapshot.operation_id, snapshot.check) == (name, check)
    await store.close()


async def test_questions_are_kept_and_can_be_closed(old: Path) -> None:
    store = await SqliteStore.open(old)
    asked = await store.confirmation(ConfirmationId("asked"))
    answered = await store.confirmation(ConfirmationId("answered"))
    assert asked
    assert answered
    assert (asked.state, answered.state) == (ConfirmationState.OPEN, ConfirmationState.CLAIMED)
    assert answered == replace(
        asked,
        id=answered.id,
        operation_id=answered.operation_id,
        state=ConfirmationState.CLAIMED,
        claimed_by=MIRA,
        claimed_at=NOON,
    )
    assert await store.confirmations_to_expire(NOON + timedelta(days=1)) == [asked]
    assert await store.close_confirmation(asked.id, ConfirmationState.EXPIRED, an_entry(Stage.FAILED))
    await store.close()


async def test_a_migration_that_breaks_off_leaves_the_file_as_it_was(old: Path) -> None:
    # The new table cannot take this row, so the last step fails.
    change(
        old,
        "PRAGMA ignore_check_constraints = ON",
        "UPDATE confirmation SET state = 'lost' WHERE id = 'asked'",
    )
    with pytest.raises(StoreUnavailable):
        await SqliteStore.open(old)
    with closing(sqlite3.connect(old)) as connection:
        assert connection.execute("SELECT count(*) FROM confirmation").fetchone() == (2,)
        assert connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'audit_base'").fetchone() == (0,)


def entries_of(path: Path) -> list[SealedEntry]:
    with closing(sqlite3.connect(path)) as connection:
        return [SealedEntry(*row) for row in connection.execute("SELECT seq, body, hash FROM audit_event ORDER BY seq")]


async def test_no_entry_is_touched(old: Path) -> None:
    before = entries_of(old)
    store = await SqliteStore.open(old)
    await store.close()
    assert entries_of(old) == before


@pytest.mark.parametrize("span", [{"since": NOON + timedelta(seconds=1)}, {"until": NOON + timedelta(seconds=1)}])
async def test_before_and_after_the_same_entries_are_found(old: Path, span: dict[str, Any]) -> None:
    query = replace(TrailQuery(), **span)
    before = read_trail(old, query)
    store = await SqliteStore.open(old)
    await store.close()
    assert read_trail(old, query) == before
    assert {each.seq for each in before} == ({2, 4} if "since" in span else {1, 3, 5, 6, 7})
