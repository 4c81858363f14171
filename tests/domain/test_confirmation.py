"""What has to be typed, and what counts as having typed it."""

import pytest

from bot.domain.confirmation import is_typed, phrase_to_type
from tests.values import workflow


@pytest.mark.parametrize(
    ("name", "phrase"),
    [
        ("Potholes", "Potholes"),
        ("  Two\nlines ", "Two lines"),
        ("*bold* <!channel> `x`", "*bold* <!channel> `x`"),
        ("abc\u202edef", "abcdef"),
        ("", "w1"),
        ("\u200b", "w1"),
        ("x" * 151, "w1"),
    ],
)
def test_the_phrase_is_the_name_as_shown_or_the_id_where_nobody_could_type_it(name: str, phrase: str) -> None:
    assert phrase_to_type(workflow(name=name)) == phrase


@pytest.mark.parametrize(
    ("phrase", "typed", "same"),
    [
        ("Potholes", "Potholes", True),
        ("Potholes", "  Potholes ", True),
        ("Potholes", "potholes", False),
        ("Potholes", "Pothole", False),
        ("Potholes", "", False),
        ('Omar\'s "best"', "Omar’s “best”", True),
        ("Schlaglöcher", "Schlaglo\u0308cher", True),
        ("Two lines", "Two  lines", True),
        ("a-b", "a—b", False),
    ],
)
def test_every_letter_counts_but_not_what_keyboards_change_by_themselves(
    phrase: str, typed: str, *, same: bool
) -> None:
    assert is_typed(phrase, typed) is same
