"""Each check of a verification is needed: for each there is an act that no other sees."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.domain.audit import Receipt, Stage, seal
from bot.store import verification
from bot.store.checks import CHECKS
from bot.store.verification import Verdict, verify_file
from tests.store.files import change
from tests.store.samples import an_entry
from tests.store.tampering import (
    NO_TRIGGERS,
    another_schema,
    chained,
    cut_off_the_newest,
    edit_a_body,
    entries_in,
    put,
    rewrite_everything_from_one_on,
)

Act = Callable[[Path], None]


def drop_a_trigger(path: Path) -> None:
    change(path, "DROP TRIGGER audit_event_no_delete")


def make_an_index_over_something_else(path: Path) -> None:
    other = "UPDATE sqlite_master SET sql = replace(sql, '(actor,', '(reason,') WHERE name = 'audit_event_actor'"
    with another_schema(path, other) as connection:
        connection.execute("REINDEX audit_event_actor")


def append_past_the_search(path: Path) -> None:
    sealed = seal(an_entry(Stage.NOTE), entries_in(path)[-1].receipt)
    with another_schema(path, NO_TRIGGERS) as connection:
        row = (sealed.seq, sealed.body, sealed.hash)
        connection.execute("INSERT INTO audit_event (seq, body, hash) VALUES (?, ?, ?)", row)


def rewrite_all_but_the_checkpoints(path: Path) -> None:
    put(path, rewrite_everything_from_one_on(entries_in(path)), checkpoints_too=False)


def name_two_bases(path: Path) -> None:
    base = Receipt(10, "a" * 64)
    put(path, chained(entries_in(path), base))
    with another_schema(path, NO_TRIGGERS) as connection:
        connection.executemany("INSERT INTO audit_base (seq, hash) VALUES (?, ?)", [(10, base.hash), (11, base.hash)])
        connection.execute("DELETE FROM open_operation")
        connection.execute("INSERT INTO open_operation (op, seq) VALUES ('op-True', 15)")


def beside(statement: str) -> Act:
    def act(path: Path) -> None:
        with another_schema(path, NO_TRIGGERS) as connection:
            assert connection.execute(statement).rowcount

    return act


ONLY_SEEN_BY: dict[str, Act] = {
    "schema": drop_a_trigger,
    "pages": make_an_index_over_something_else,
    "chain": lambda path: put(path, edit_a_body(entries_in(path))),
    "base": name_two_bases,
    "open operations": beside("DELETE FROM open_operation"),
    "search": append_past_the_search,
    "times": beside("INSERT INTO audit_late SELECT seq, ts FROM audit_event WHERE seq = 3"),
    "snapshots": beside("UPDATE snapshot SET document = '{}'"),
    "backup checks": beside("UPDATE backup_check SET operation_id = 'op-True'"),
    "checkpoints": rewrite_all_but_the_checkpoints,
    "receipts": lambda path: put(path, cut_off_the_newest(entries_in(path))),
}


@pytest.mark.parametrize("name", CHECKS)
def test_without_this_check_an_act_goes_unseen(
    path: Path, kept: list[Receipt], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted = [kept[-1]] if name == "receipts" else []
    assert verify_file(path, noted=noted).verdict is Verdict.SOUND
    ONLY_SEEN_BY[name](path)
    assert verify_file(path, noted=noted).verdict is Verdict.TAMPERED
    monkeypatch.setattr(verification, "CHECKS", {each: check for each, check in CHECKS.items() if each != name})
    assert verify_file(path, noted=noted).verdict is Verdict.SOUND


def test_an_index_made_over_something_else_is_seen_though_its_text_is_right(path: Path, kept: list[Receipt]) -> None:
    make_an_index_over_something_else(path)
    found = verify_file(path)
    assert "the file is damaged: row 1 missing from index audit_event_actor" in found.faults
    assert found.head == kept[-1]
