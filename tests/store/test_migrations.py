"""A file that an older version of the bot made is opened by this one, and goes on."""

import gzip
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from bot.domain.audit import EMPTY, OperationId, Receipt, SealedEntry, Stage, chain_faults
from bot.domain.backup import BackupCheck
from bot.domain.confirmation import ConfirmationId, ConfirmationState
from bot.domain.errors import StoreUnavailable
from bot.domain.workflow import WorkflowId
from bot.ports import TrailQuery
from bot.store.driver import sqlite3
from bot.store.schema import MIGRATIONS
from bot.store.sqlite import SqliteStore
from bot.store.trail import read_trail
from bot.store.verification import Verdict, verify_file
from tests.store.files import change, write
from tests.store.samples import NOON, a_confirmation, an_entry, an_item, answered
from tests.store.tampering import another_schema

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


async def test_an_open_question_goes_on_and_of_an_answered_one_the_trail_has_the_end(old: Path) -> None:
    store = await SqliteStore.open(old)
    (asked,) = await store.confirmations(set(ConfirmationState))
    item = replace(an_item(), operation_id=OperationId("asked"))
    assert asked == replace(a_confirmation(), id=ConfirmationId("asked"), items=(item,))
    assert await store.confirmation(ConfirmationId("answered")) is None
    claim = await store.advance(answered(asked), expected=ConfirmationState.OPEN, entries=[an_entry(Stage.STARTED)])
    assert claim == (await store.head(),)
    assert await store.confirmation(asked.id) == answered(asked)
    await store.close()
    assert verify_file(old).faults == ()


@pytest.fixture
def made_by_0002(old: Path) -> Path:
    """The same file after the second migration, with questions as that version of the bot kept them."""
    with closing(sqlite3.connect(old, isolation_level=None)) as connection:
        MIGRATIONS.apply(Database(connection, execute_plugins=False), stop_before=["0003_questions_locks"])
        for state, name, project in (
            ("open", 'Schlaglöcher “Süd” "\\ 😀\n', None),
            ("expired", "", "p"),
            ("withdrawn", "", "p"),
        ):
            connection.execute(
                """
                INSERT INTO confirmation
                SELECT ?, operation_id || ?, person_id, team, workflow_id, ?, ?, etag, generation, updated_at, ?,
                    opened_at, expires_at, ?, NULL, NULL
                FROM confirmation WHERE id = 'asked'
                """,
                (f"{state}-0002", f"-{state}", name, project, name, state),
            )
    return old


async def test_open_questions_of_the_second_version_go_on_and_their_names_are_untouched(made_by_0002: Path) -> None:
    store = await SqliteStore.open(made_by_0002)
    first, second = await store.confirmations(set(ConfirmationState))
    name = 'Schlaglöcher “Süd” "\\ 😀\n'
    (item,) = first.items
    assert second == replace(
        first,
        id=ConfirmationId("open-0002"),
        items=(
            replace(
                item,
                operation_id=OperationId(f"{item.operation_id}-open"),
                target=replace(item.target, name=name),
                project_id=None,
            ),
        ),
        phrase=name,
    )
    await store.close()
    assert verify_file(made_by_0002, noted=[HEAD]).faults == ()


async def test_a_third_migration_that_breaks_off_leaves_the_file_as_it_was(made_by_0002: Path) -> None:
    # A blob is no text that JSON can hold, so the questions cannot be carried over.
    with another_schema(made_by_0002, "UPDATE sqlite_master SET sql = replace(sql, 'STRICT', '')") as connection:
        connection.execute("UPDATE confirmation SET phrase = x'ff' WHERE id = 'asked'")
    with pytest.raises(StoreUnavailable):
        await SqliteStore.open(made_by_0002)
    with closing(sqlite3.connect(made_by_0002)) as connection:
        assert connection.execute("SELECT count(*) FROM confirmation").fetchone() == (5,)
        assert connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'question'").fetchone() == (0,)


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
