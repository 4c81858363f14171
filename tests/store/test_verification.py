"""What somebody with the right to write the file can do to it, and what a verification sees of that."""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
import rfc8785

from bot.domain.audit import EMPTY, Receipt, SealedEntry, Stage, hash_of
from bot.store.driver import sqlite3
from bot.store.sqlite import SqliteStore
from bot.store.verification import MOST_FAULTS, Verdict, verify_file
from tests.store.files import change, content, names_in, remove, write
from tests.store.samples import a_snapshot, an_entry

STAGES = [Stage.REQUESTED, Stage.STARTED, Stage.SUCCEEDED, Stage.NOTE, Stage.STARTED, Stage.NOTE, Stage.NOTE]
"""The first operation was settled, the one of entry 5 is open."""

Entries = list[SealedEntry]


@pytest.fixture
async def kept(path: Path) -> list[Receipt]:
    """A sound file, and the receipts of its entries."""
    store = await SqliteStore.open(path)
    receipts = [await store.record(an_entry(stage, operation=f"op-{n > 3}")) for n, stage in enumerate(STAGES)]
    await store.keep_snapshot(a_snapshot())
    await store.close()
    return receipts


def entries_in(path: Path) -> Entries:
    with closing(sqlite3.connect(path)) as connection:
        return [SealedEntry(*row) for row in connection.execute("SELECT seq, body, hash FROM audit_event ORDER BY seq")]


@contextmanager
def another_schema(path: Path, *statements: str) -> Iterator[sqlite3.Connection]:
    """As somebody would who leaves no trace in the schema: changed for a moment, its text put back afterwards."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        schema = connection.execute("SELECT * FROM sqlite_master").fetchall()
    change(path, "PRAGMA writable_schema = ON", *statements)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        yield connection
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("DELETE FROM sqlite_master")
        connection.executemany("INSERT INTO sqlite_master VALUES (?, ?, ?, ?, ?)", schema)


NO_TRIGGERS = "DELETE FROM sqlite_master WHERE type = 'trigger'"
NO_CONSTRAINTS = (
    "DELETE FROM sqlite_master WHERE tbl_name = 'audit_event' AND type <> 'table'",
    """
    UPDATE sqlite_master SET sql = 'CREATE TABLE audit_event (seq INTEGER PRIMARY KEY, body, hash)'
    WHERE name = 'audit_event'
    """,
)


def put(path: Path, entries: Entries) -> None:
    """Put these entries in place of all, and make the search index and the open operations fit them."""
    with another_schema(path, NO_TRIGGERS) as connection:
        connection.execute("DELETE FROM audit_event")
        rows = [(each.seq, each.body, each.hash) for each in entries]
        connection.executemany("INSERT INTO audit_event (seq, body, hash) VALUES (?, ?, ?)", rows)
        connection.execute("DELETE FROM open_operation WHERE seq NOT IN (SELECT seq FROM audit_event)")
        connection.execute("INSERT INTO audit_search (audit_search) VALUES ('rebuild')")


def edited(entry: SealedEntry, **members: Any) -> SealedEntry:
    """The entry with other members, its number kept and its own hash made to fit."""
    body = rfc8785.dumps({**json.loads(entry.body), **members}).decode()
    return SealedEntry(entry.seq, body, hash_of(body))


def chained(entries: Entries) -> Entries:
    """The entries with all numbers and hashes made to fit."""
    done: Entries = []
    for number, entry in enumerate(entries, start=1):
        head = done[-1].receipt if done else EMPTY
        renamed = edited(entry, seq=number, prev=head.hash)
        done.append(SealedEntry(number, renamed.body, renamed.hash))
    return done


def edit_a_body(entries: Entries) -> Entries:
    entry = entries[2]
    return [*entries[:2], SealedEntry(entry.seq, entry.body.replace("Mira", "Ole"), entry.hash), *entries[3:]]


def edit_a_body_and_its_own_hash(entries: Entries) -> Entries:
    return [*entries[:2], edited(entries[2], actor={"id": "U0OLE"}), *entries[3:]]


def delete_one_in_the_middle(entries: Entries) -> Entries:
    return entries[:2] + entries[3:]


def delete_one_in_the_middle_and_close_the_gap(entries: Entries) -> Entries:
    moved = [SealedEntry(each.seq - 1, each.body, each.hash) for each in entries[3:]]
    return entries[:2] + moved


def swap_two(entries: Entries) -> Entries:
    third, fourth = entries[2:4]
    swapped = [SealedEntry(3, fourth.body, fourth.hash), SealedEntry(4, third.body, third.hash)]
    return entries[:2] + swapped + entries[4:]


def insert_one_in_the_middle(entries: Entries) -> Entries:
    new = edited(entries[2], id="new")
    return [*entries[:3], *(SealedEntry(each.seq + 1, each.body, each.hash) for each in (new, *entries[3:]))]


def insert_one_at_the_end_that_names_another_hash(entries: Entries) -> Entries:
    new = edited(entries[-1], id="new", seq=len(entries) + 1, prev=entries[0].hash)
    return [*entries, SealedEntry(len(entries) + 1, new.body, new.hash)]


def insert_one_at_the_end_without_a_number(entries: Entries) -> Entries:
    new = edited(entries[-1], id="new", prev=entries[-1].hash)
    return [*entries, SealedEntry(len(entries) + 1, new.body, new.hash)]


def hash_one_anew_with_another_before_it(entries: Entries) -> Entries:
    return [*entries[:2], edited(entries[2], prev=entries[0].hash), *entries[3:]]


def replace_a_hash(entries: Entries) -> Entries:
    return [*entries[:2], SealedEntry(3, entries[2].body, hash_of("something else")), *entries[3:]]


def replace_the_newest_hash(entries: Entries) -> Entries:
    return [*entries[:-1], SealedEntry(entries[-1].seq, entries[-1].body, hash_of("something else"))]


SEEN: dict[Callable[[Entries], Entries], str] = {
    edit_a_body: "entry #3 was changed: its text does not have its hash",
    edit_a_body_and_its_own_hash: "entry #4 does not follow the one before it",
    delete_one_in_the_middle: "entry #4 stands where #3 belongs",
    delete_one_in_the_middle_and_close_the_gap: "entry #3 calls itself #4",
    swap_two: "entry #3 calls itself #4",
    insert_one_in_the_middle: "entry #4 calls itself #3",
    insert_one_at_the_end_that_names_another_hash: "entry #8 does not follow the one before it",
    insert_one_at_the_end_without_a_number: "entry #8 calls itself #7",
    hash_one_anew_with_another_before_it: "entry #3 does not follow the one before it",
    replace_a_hash: "entry #3 was changed: its text does not have its hash",
    replace_the_newest_hash: "entry #7 was changed: its text does not have its hash",
}


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize(("act", "fault"), SEEN.items(), ids=lambda value: getattr(value, "__name__", ""))
def test_this_is_seen(path: Path, act: Callable[[Entries], Entries], fault: str) -> None:
    assert verify_file(path).verdict is Verdict.SOUND
    before = entries_in(path)
    put(path, act(before))
    assert entries_in(path) != before
    found = verify_file(path)
    assert found.verdict is Verdict.TAMPERED
    assert fault in found.faults


def rewrite_everything_from_one_on(entries: Entries) -> Entries:
    return chained(edit_a_body_and_its_own_hash(entries))


def cut_off_the_newest(entries: Entries) -> Entries:
    return entries[:-2]


def cut_off_the_newest_and_write_others(entries: Entries) -> Entries:
    return chained([*entries[:-2], edited(entries[-1], id="new"), edited(entries[-1], id="newer")])


def empty_the_table(_entries: Entries) -> Entries:
    return []


NOT_SEEN = [
    rewrite_everything_from_one_on,
    cut_off_the_newest,
    cut_off_the_newest_and_write_others,
    empty_the_table,
]


@pytest.mark.parametrize("act", NOT_SEEN, ids=lambda act: act.__name__)
def test_this_is_not_seen_without_a_receipt_noted_elsewhere(
    path: Path, kept: list[Receipt], act: Callable[[Entries], Entries]
) -> None:
    before = entries_in(path)
    put(path, act(before))
    assert entries_in(path) != before
    assert verify_file(path).verdict is Verdict.SOUND
    assert verify_file(path, noted=[kept[-1]]).verdict is Verdict.TAMPERED


async def test_another_file_in_its_place_is_not_seen_without_a_receipt_noted_elsewhere(
    path: Path, kept: list[Receipt]
) -> None:
    remove(path)
    store = await SqliteStore.open(path)
    for _ in kept:
        await store.record(an_entry())
    await store.close()
    assert verify_file(path).verdict is Verdict.SOUND
    assert verify_file(path, noted=kept).verdict is Verdict.TAMPERED


async def test_a_copy_without_its_log_is_not_seen_to_lack_entries_without_a_receipt_noted_elsewhere(
    on_disk: SqliteStore, path: Path, tmp_path: Path
) -> None:
    receipt = await on_disk.record(an_entry())
    copy = tmp_path / "copied.db"
    source = f"{path}-wal"
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    later = await on_disk.record(an_entry())
    shutil.copy(path, copy)
    assert content(Path(source))
    found = verify_file(copy, noted=[receipt])
    assert (found.verdict, found.head) == (Verdict.SOUND, receipt)
    assert verify_file(copy, noted=[later]).faults == ("entry #2 is gone: its receipt was noted elsewhere",)


def test_a_receipt_noted_elsewhere_may_be_as_short_as_it_is_shown(path: Path, kept: list[Receipt]) -> None:
    shown = [Receipt(each.seq, each.hash[:16]) for each in kept]
    assert verify_file(path, noted=shown).verdict is Verdict.SOUND


@pytest.mark.parametrize("digits", ["", "0" * 16])
def test_a_receipt_with_another_hash_or_too_few_digits_of_it_is_a_fault(
    path: Path, kept: list[Receipt], digits: str
) -> None:
    noted = Receipt(kept[0].seq, digits)
    assert verify_file(path, noted=[noted]).faults == ("entry #1 is not the one whose receipt was noted elsewhere",)


ASIDE = {
    "DELETE FROM open_operation": "entry #5 is missing from the list of open operations",
    "INSERT INTO open_operation VALUES ('op-False', 2)": "entry #2 does not belong in the list of open operations",
    "DELETE FROM audit_search_docsize WHERE id = 3": "entry #3 is missing from the search index",
    "UPDATE snapshot SET document = '{}'": "was changed: its text does not have its hash",
    "UPDATE audit_event SET hash = '' WHERE seq = 3": "entry #3 was changed: its text does not have its hash",
}


@pytest.mark.parametrize(("statement", "fault"), ASIDE.items())
def test_what_stands_beside_the_chain_is_compared_with_it(
    path: Path, kept: list[Receipt], statement: str, fault: str
) -> None:
    with another_schema(path, NO_TRIGGERS) as connection:
        assert connection.execute(statement).rowcount
    found = verify_file(path)
    assert found.verdict is Verdict.TAMPERED
    assert any(fault in each for each in found.faults)
    assert found.entries == len(kept)


UNREADABLE = {
    "no JSON": "entry #3 is not an entry: its text cannot be read",
    "[]": "entry #3 is not an entry: its text cannot be read",
    "[" * 100_000: "entry #3 is not an entry: its text cannot be read",
    b"{}": "entry #3 is not an entry: its text cannot be read",
    17: "entry #3 is not an entry: its text cannot be read",
    None: "entry #3 is not an entry: its text cannot be read",
    b"\xff": "the file is damaged: a check ended with “Could not decode to UTF-8 column",
}


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize(("body", "fault"), UNREADABLE.items(), ids=lambda value: str(value)[:10])
def test_a_body_that_the_schema_would_never_let_in_is_seen(path: Path, body: object, fault: str) -> None:
    with another_schema(path, *NO_CONSTRAINTS) as connection:
        connection.execute("UPDATE audit_event SET body = ? WHERE seq = 3", (body,))
    found = verify_file(path)
    assert found.verdict is Verdict.TAMPERED
    assert any(each.startswith(fault) for each in found.faults)


def test_an_index_made_over_something_else_is_seen_though_its_text_is_right(path: Path, kept: list[Receipt]) -> None:
    other = "UPDATE sqlite_master SET sql = replace(sql, '(actor)', '(reason)') WHERE name = 'audit_event_actor'"
    with another_schema(path, other) as connection:
        connection.execute("REINDEX audit_event_actor")
    found = verify_file(path)
    assert found.verdict is Verdict.TAMPERED
    assert "the file is damaged: row 1 missing from index audit_event_actor" in found.faults
    assert found.head == kept[-1]


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize("part", range(1, 10))
def test_bytes_overwritten_anywhere_behind_the_first_page_are_seen(path: Path, part: int) -> None:
    whole = content(path)
    at = len(whole) * part // 10 // 4096 * 4096
    write(path, whole[:at] + bytes(range(256)) * 16 + whole[at + 4096 :])
    assert content(path) != whole
    assert verify_file(path).verdict is Verdict.TAMPERED


@pytest.mark.usefixtures("kept")
def test_a_file_cut_off_in_the_middle_is_seen(path: Path) -> None:
    whole = content(path)
    write(path, whole[: len(whole) // 2])
    assert verify_file(path).verdict is Verdict.TAMPERED


async def test_the_first_faults_are_spelled_out_and_the_others_counted(path: Path) -> None:
    store = await SqliteStore.open(path)
    for _ in range(MOST_FAULTS + 5):
        await store.record(an_entry())
    await store.close()
    put(path, [SealedEntry(each.seq, each.body.replace("Mira", "Ole"), each.hash) for each in entries_in(path)])
    found = verify_file(path)
    assert len(found.faults) == MOST_FAULTS + 1
    assert found.faults[-1] == "5 more faults"


async def test_an_empty_trail_is_sound(path: Path) -> None:
    store = await SqliteStore.open(path)
    await store.close()
    found = verify_file(path)
    assert (found.verdict, found.entries, found.head, found.faults) == (Verdict.SOUND, 0, EMPTY, ())


async def test_the_head_and_the_number_of_entries_are_those_of_the_running_bot(
    on_disk: SqliteStore, path: Path
) -> None:
    for expected in range(1, 4):
        receipt = await on_disk.record(an_entry())
        found = verify_file(path)
        assert (found.verdict, found.entries, found.head) == (Verdict.SOUND, expected, receipt)


def test_nothing_can_be_told_of_a_file_that_is_not_there(path: Path) -> None:
    found = verify_file(path)
    assert (found.verdict, found.entries, found.head) == (Verdict.CANNOT_TELL, 0, EMPTY)
    assert found.faults == (f"The file {path} cannot be used: its file cannot be opened.",)
    assert names_in(path.parent) == set()


@pytest.mark.parametrize("content", [b"", b"no database", b"no database at all, at length. " * 100])
def test_nothing_can_be_told_of_a_file_that_is_no_database(path: Path, content: bytes) -> None:
    write(path, content)
    assert verify_file(path).verdict is Verdict.CANNOT_TELL


def test_nothing_can_be_told_of_another_database(path: Path) -> None:
    change(path, "CREATE TABLE orders (id INTEGER)")
    found = verify_file(path)
    assert (found.verdict, found.faults) == (Verdict.CANNOT_TELL, (f"The file {path} holds no trail of this bot.",))


async def test_nothing_can_be_told_of_a_file_that_another_program_has_for_itself(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.store.connection.BUSY_TIMEOUT", 0)
    store = await SqliteStore.open(path)
    await store.close()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        assert verify_file(path).verdict is Verdict.CANNOT_TELL


def test_nothing_can_be_told_when_the_disk_fails_in_the_middle(path: Path, kept: list[Receipt]) -> None:
    def disk_failure() -> Iterator[Receipt]:
        yield kept[0]
        failure = sqlite3.OperationalError("disk I/O error")
        failure.sqlite_errorname = "SQLITE_IOERR_READ"
        raise failure

    found = verify_file(path, noted=disk_failure())
    assert (found.verdict, found.faults) == (
        Verdict.CANNOT_TELL,
        (f"The file {path} cannot be used: its disk reports a fault.",),
    )
