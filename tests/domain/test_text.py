"""Text from outside, made fit to be shown."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.text import cut, finds, shown, storable


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("Potholes", "Potholes"),
        ("  two\n\tlines \r\n", "two lines"),
        ("a\u202eb\u2066c", "abc"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("bell\x07", "bell"),
        ("lone\ud800surrogate", "lonesurrogate"),
        ("👩\u200d🔬 lab", "👩\u200d🔬 lab"),
        ("*bold* <!channel>", "*bold* <!channel>"),
        ("", ""),
    ],
)
def test_what_cannot_be_seen_or_turns_the_writing_is_taken_out(text: str, seen: str) -> None:
    assert shown(text) == seen


@pytest.mark.parametrize("typed", ["", "OLES at", " potholes\u200b", "w-12", "W-123"])
def test_what_is_typed_finds_a_part_of_a_name_and_the_beginning_of_an_id(typed: str) -> None:
    assert finds(typed, "Potholes\u202e at  night", "W-123")


@pytest.mark.parametrize("typed", ["123", "night pot", "w-124"])
def test_what_is_neither_is_not_found(typed: str) -> None:
    assert not finds(typed, "Potholes at night", "w-123")


@given(st.text())
def test_shown_text_stands_on_one_line_without_hidden_characters(text: str) -> None:
    seen = shown(text)
    assert shown(seen) == seen
    assert not any(unicodedata.category(each) in {"Cc", "Cs"} for each in seen)
    assert not set(seen) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f")


@given(st.text(), st.integers(min_value=1, max_value=50))
def test_cut_text_is_never_longer_than_asked_and_says_that_it_was_cut(text: str, length: int) -> None:
    short = cut(text, length)
    assert len(short) <= length
    assert short == text or short.endswith("…")


@given(st.text(st.characters()))
def test_stored_text_can_always_be_written_as_utf8(text: str) -> None:
    storable(text).encode()


def test_a_lone_surrogate_is_replaced_before_storing() -> None:
    assert storable("a\ud800b") == "a?b"
