"""Entries of the trail and their chain."""

import hashlib
import json
from dataclasses import replace
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
