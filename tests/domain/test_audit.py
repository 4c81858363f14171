"""Entries of the trail and their chain."""

import hashlib
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.audit import (
    EMPTY,
    Action,
    AuditEntry,
    EntryId,
    OperationId,
    Origin,
    Outcome,
    Receipt,
    SealedEntry,
    Stage,
    Subject,
    Target,
    chain_faults,
    content_of,
    seal,
    timestamp,
)
from tests.values import NOON

ENTRY = AuditEntry(
    id=EntryId("e1"),
    operation_id=OperationId("o1"),
    at=NOON,
    stage=Stage.SUCCEEDED,
    action=Action.DELETE,
    actor=Subject("person", "U1", "T1"),
    origin=Origin("command", "C1", "/vi delete x", "1.2"),
    target=Target("workflow", "w1", "Potholes", "e1"),
    outcome=Outcome("ok", 204, "", "trace"),
    details={"reason": "old"},
    host={"name": "h"},
)


def chain(count: int) -> list[SealedEntry]:
    entries: list[SealedEntry] = []
    for _ in range(count):
        entries.append(seal(ENTRY, entries[-1].receipt if entries else EMPTY))
    return entries


def test_what_was_sealed_is_read_again() -> None:
    assert content_of(seal(ENTRY, EMPTY)) == ENTRY
    bare = replace(ENTRY, target=None, outcome=None, details={}, host={})
    assert content_of(seal(bare, EMPTY)) == bare


def test_the_chain_is_plain_sha256_over_plain_text() -> None:
    first, second = chain(2)
    assert hashlib.sha256(first.body.encode()).hexdigest() == first.hash
    assert json.loads(second.body)["prev"] == first.hash
    assert str(second.receipt) == f"#2 · {second.hash[:16]}"


@given(st.dictionaries(st.text(), st.text() | st.integers(-(2**53) + 1, 2**53 - 1) | st.booleans(), max_size=4))
def test_any_details_can_be_sealed_and_verified(details: dict[str, Any]) -> None:
    assert list(chain_faults([seal(replace(ENTRY, details=details), EMPTY)])) == []


def test_a_secret_in_a_reason_is_not_sealed_and_its_place_is_named() -> None:
    body = json.loads(seal(replace(ENTRY, details={"reason": "key xoxb-123456789"}), EMPTY).body)
    assert body["details"]["reason"] == "key [removed]"
    assert body["redacted"] == ["/details/reason"]


def test_a_sound_chain_has_no_faults() -> None:
    assert list(chain_faults(chain(5))) == []
    assert list(chain_faults(chain(5)[2:], after=chain(2)[-1].receipt)) == []


def _edit(entries: list[SealedEntry]) -> None:
    entries[2] = replace(entries[2], body=entries[2].body.replace("Potholes", "Cracks"))


def _rehash(entries: list[SealedEntry]) -> None:
    _edit(entries)
    entries[2] = replace(entries[2], hash=hashlib.sha256(entries[2].body.encode()).hexdigest())


def _swap(entries: list[SealedEntry]) -> None:
    entries[1], entries[2] = entries[2], entries[1]


def _garbage(entries: list[SealedEntry]) -> None:
    entries[2] = replace(entries[2], body="{", hash=hashlib.sha256(b"{").hexdigest())


def _renumber(entries: list[SealedEntry]) -> None:
    body = entries[2].body.replace('"seq":3', '"seq":9')
    entries[2] = replace(entries[2], body=body, hash=hashlib.sha256(body.encode()).hexdigest())


@pytest.mark.parametrize(
    ("act", "says"),
    [
        (_edit, "entry #3 was changed"),
        (_rehash, "entry #4 does not follow"),
        (lambda entries: entries.pop(1), "entry #3 stands where #2 belongs"),
        (lambda entries: entries.pop(0), "entry #2 stands where #1 belongs"),
        (_swap, "entry #3 stands where #2 belongs"),
        (_garbage, "entry #3 is not an entry"),
        (_renumber, "entry #3 calls itself #9"),
    ],
)
def test_tampering_inside_the_chain_is_seen(act: Any, says: str) -> None:
    entries = chain(5)
    act(entries)
    assert any(says in fault for fault in chain_faults(entries))


@pytest.mark.parametrize(
    "member",
    [
        '"seq":"3"',
        '"seq":3.0',
        '"seq":true',
        '"seq":null',
        '"prev":7',
        '"ts":7',
        '"more":NaN',
        '"more":' + "[" * 100_000,
    ],
    ids=lambda member: member[:10],
)
def test_a_body_whose_links_are_of_another_kind_is_no_entry(member: str) -> None:
    entries = chain(5)
    body = f"{entries[2].body[:-1]},{member}}}"
    entries[2] = replace(entries[2], body=body, hash=hashlib.sha256(body.encode()).hexdigest())
    assert "entry #3 is not an entry: its text cannot be read" in list(chain_faults(entries))


def timed(*seconds: float, **details: Any) -> list[SealedEntry]:
    """A chain of entries written so many seconds after noon, the second one with these details."""
    entries: list[SealedEntry] = []
    for number, second in enumerate(seconds):
        entry = replace(ENTRY, at=NOON + timedelta(seconds=second), details=details if number == 1 else {})
        entries.append(seal(entry, entries[-1].receipt if entries else EMPTY))
    return entries


def test_a_clock_that_goes_back_by_more_than_a_minute_is_a_warning_and_no_fault() -> None:
    warnings: list[str] = []
    assert list(chain_faults(timed(0, 60, 0, 30, -30.000001), warn=warnings.append)) == []
    earlier, later = (timestamp(NOON + timedelta(seconds=seconds)) for seconds in (-30.000001, 30))
    assert warnings == [f"entry #5 was written at {earlier}, the one before it at {later}"]
    assert list(chain_faults(timed(0, -90))) == []


def test_an_entry_that_waited_in_the_spool_is_no_clock_that_went_back() -> None:
    warnings: list[str] = []
    list(chain_faults(timed(0, -90, 0, -61, spooled="disk full"), warn=warnings.append))
    assert [each.split(" was ")[0] for each in warnings] == ["entry #4"]
    list(chain_faults(timed(0, -90, reason='"spooled":'), warn=warnings.append))
    assert [each.split(" was ")[0] for each in warnings] == ["entry #4", "entry #2"]


@pytest.mark.parametrize("time", ["", "noon", "2026-01-01T00:00:00"])
def test_a_time_that_cannot_be_read_is_a_warning(time: str) -> None:
    (first,) = timed(0)
    body = seal(ENTRY, first.receipt).body.replace(timestamp(NOON), time)
    second = SealedEntry(2, body, hashlib.sha256(body.encode()).hexdigest())
    warnings: list[str] = []
    assert list(chain_faults([first, second, seal(ENTRY, second.receipt)], warn=warnings.append)) == []
    assert len(warnings) == 1


def test_what_a_chain_alone_cannot_see() -> None:
    assert list(chain_faults(chain(5)[:3])) == []
    rewritten: list[SealedEntry] = []
    for _ in range(5):
        head = rewritten[-1].receipt if rewritten else EMPTY
        rewritten.append(seal(replace(ENTRY, actor=Subject("person", "U9")), head))
    assert list(chain_faults(rewritten)) == []


def test_a_body_that_is_not_an_entry_cannot_be_read() -> None:
    for body in ("{", "{}", "[]", '{"id":1}'):
        with pytest.raises(ValueError, match=r".+"):
            content_of(SealedEntry(1, body, ""))


def test_members_of_a_later_format_are_passed_over() -> None:
    sealed = seal(ENTRY, EMPTY)
    later = sealed.body.replace('"kind":"workflow"', '"colour":"red","kind":"workflow"')
    assert content_of(replace(sealed, body=later)) == ENTRY
    assert isinstance(sealed.receipt, Receipt)
