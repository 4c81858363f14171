"""Documents: one canonical text, and where two differ."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.backup import copy_attributes, copy_differences, copy_name, copy_spec
from bot.domain.document import canonical, differences
from bot.domain.people import PersonId
from tests.values import NOON, workflow

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_the_canonical_text_brings_back_exactly_what_it_was_made_of(document: Any) -> None:
    again = json.loads(canonical(document))
    assert again == document
    assert differences(again, document) == ()


@given(st.dictionaries(st.text(), JSON))
def test_the_order_of_names_does_not_change_the_canonical_text(document: dict[str, Any]) -> None:
    assert canonical(document) == canonical(dict(reversed(document.items())))


def test_a_number_that_json_cannot_carry_is_refused() -> None:
    with pytest.raises(ValueError, match="JSON"):
        canonical({"x": math.inf})


@pytest.mark.parametrize(
    ("left", "right", "places"),
    [
        ({"a": 1}, {"a": 1.0}, ()),
        ({"a": 1}, {"a": True}, ("/a",)),
        ({"a": 1}, {"a": "1"}, ("/a",)),
        ({"a": None}, {}, ("/a",)),
        ({"a": [1, 2]}, {"a": [1, 3]}, ("/a/1",)),
        ({"a": [1]}, {"a": [1, 2]}, ("/a",)),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 2, "d": 2}}, ("/a/b", "/a/c", "/a/d")),
        ({"a/b": {"c~d": 1}}, {"a/b": {"c~d": 2}}, ("/a~1b/c~0d",)),
        ([], {}, ("",)),
        ("ab", ["a", "b"], ("",)),
    ],
)
def test_every_place_that_differs_is_named_by_its_pointer(left: Any, right: Any, places: tuple[str, ...]) -> None:
    assert differences(left, right) == places


@given(JSON, JSON)
def test_two_documents_differ_exactly_where_their_texts_do(left: Any, right: Any) -> None:
    assert (differences(left, right) == ()) == (differences(right, left) == ())
    if canonical(left) == canonical(right):
        assert differences(left, right) == ()


def test_a_copy_has_everything_of_its_source_but_the_name_and_three_labels_more() -> None:
    document = {"spec": {"name": "A", "odd": [1, {"x": None}]}, "metadata": {"attributes": {"team": "roads"}}}
    source = workflow("w1", "A", document=document)
    attributes = copy_attributes(source, by=PersonId("U1"), at=NOON)
    assert attributes == {
        "team": "roads",
        "backup-of": "w1",
        "backup-by": "U1",
        "backup-at": "2026-11-23T12:00:00+00:00",
    }
    copy = {"spec": dict(copy_spec(source, "B")), "metadata": {"attributes": attributes}}
    assert copy["spec"] == {"name": "B", "odd": [1, {"x": None}]}
    assert copy_differences(document, copy) == ()
    assert copy_differences(document, {**copy, "spec": {"name": "B", "odd": [1, {}]}}) == ("/spec/odd/1/x",)
    assert copy_differences(document, {"spec": copy["spec"]}) == ("/attributes/team",)


def test_the_name_of_a_copy_says_when_it_was_made_and_fits() -> None:
    assert copy_name("Potholes", NOON) == "Potholes (backup 2026-11-23 12:00 UTC)"
    long = copy_name("x" * 5000, NOON)
    assert len(long) == 200
    assert long.endswith("… (backup 2026-11-23 12:00 UTC)")
