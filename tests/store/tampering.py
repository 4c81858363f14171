"""What somebody with the right to write a database file can do to it and leave no trace but in the chain."""

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import rfc8785

from bot.domain.audit import EMPTY, Receipt, SealedEntry, hash_of
from bot.store.driver import sqlite3
from bot.store.schema import LATE
from tests.store.files import change

Entries = list[SealedEntry]


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


def put(path: Path, entries: Entries, *, checkpoints_too: bool = True) -> None:
    """Put these entries in place of all, and make what stands beside them fit: lists, search index, checkpoints."""
    with another_schema(path, NO_TRIGGERS) as connection:
        connection.execute("DELETE FROM audit_event")
        rows = [(each.seq, each.body, each.hash) for each in entries]
        connection.executemany("INSERT INTO audit_event (seq, body, hash) VALUES (?, ?, ?)", rows)
        connection.execute("DELETE FROM open_operation WHERE seq NOT IN (SELECT seq FROM audit_event)")
        connection.execute("INSERT INTO audit_search (audit_search) VALUES ('rebuild')")
        connection.execute("DELETE FROM audit_late")
        connection.execute(f"INSERT INTO audit_late (seq, ts) {LATE}")
        connection.execute(
            "DELETE FROM backup_check WHERE operation_id NOT IN (SELECT op FROM audit_event WHERE stage = 'succeeded')"
        )
        if checkpoints_too:
            connection.execute("DELETE FROM checkpoint")


def edited(entry: SealedEntry, **members: Any) -> SealedEntry:
    """The entry with other members, its number kept and its own hash made to fit."""
    body = rfc8785.dumps({**json.loads(entry.body), **members}).decode()
    return SealedEntry(entry.seq, body, hash_of(body))


def chained(entries: Entries, base: Receipt = EMPTY) -> Entries:
    """The entries with all numbers and hashes made to fit."""
    done: Entries = []
    for number, entry in enumerate(entries, start=base.seq + 1):
        head = done[-1].receipt if done else base
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


def rewrite_everything_from_one_on(entries: Entries) -> Entries:
    return chained(edit_a_body_and_its_own_hash(entries))


def cut_off_the_newest(entries: Entries) -> Entries:
    return entries[:-2]


def cut_off_the_newest_and_write_others(entries: Entries) -> Entries:
    return chained([*entries[:-2], edited(entries[-1], id="new"), edited(entries[-1], id="newer")])


def empty_the_table(_entries: Entries) -> Entries:
    return []
