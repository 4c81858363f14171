"""The fast way to canonical JSON writes what RFC 8785 does, byte for byte, or is not taken."""

from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.plain import canonical_json, is_plain

WHOLE = st.one_of(st.integers(), st.sampled_from([2**53 - 1, 2**53, 1 - 2**53, -(2**53)]))
LEAVES = st.one_of(st.none(), st.booleans(), WHOLE, st.floats(), st.text())
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner), max_leaves=20
)


def written(write: Any, value: Any) -> Any:
    try:
        text = write(value)
    except rfc8785.CanonicalizationError:
        return "refused"
    return text if isinstance(text, bytes) else text.encode()


@given(VALUES)
def test_both_ways_write_the_same(value: Any) -> None:
    assert written(canonical_json, value) == written(rfc8785.dumps, value)


@pytest.mark.parametrize(
    "value", [1.5, 2**53, {"ä": 1}, {1: 1}, [[1.0]], {"a": {"b": (2.5,)}}, "\ud800", b"", object()]
)
def test_what_the_two_might_write_differently_is_not_plain(value: Any) -> None:
    assert not is_plain(value)


def test_what_the_bot_writes_is_plain() -> None:
    assert is_plain({"name": "Böhm 😀", "list": ["a", ("b", None, True)], "number": -(2**53) + 1})
