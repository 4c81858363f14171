"""Moments as people type them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from bot.domain.moment import Moment
from tests.values import NOON


@pytest.mark.parametrize(
    ("text", "ago"),
    [
        ("90m", timedelta(minutes=90)),
        ("12h", timedelta(hours=12)),
        ("7d", timedelta(days=7)),
        ("9999w", timedelta(weeks=9999)),
        ("0m", timedelta()),
    ],
)
def test_a_span_counts_back_from_now_and_is_one_moment(text: str, ago: timedelta) -> None:
    assert Moment(text).start(NOON) == Moment(text).end(NOON) == NOON - ago


def test_a_day_lasts_until_the_next_one_begins() -> None:
    day = Moment("2026-12-31")
    assert day.start(NOON) == datetime(2026, 12, 31, tzinfo=UTC)
    assert day.end(NOON) == datetime(2027, 1, 1, tzinfo=UTC)


def test_a_day_is_one_by_utc_wherever_now_is_read() -> None:
    assert Moment("2026-11-01").start(NOON.astimezone(timezone(timedelta(hours=9)))).isoformat() == (
        "2026-11-01T00:00:00+00:00"
    )


@pytest.mark.parametrize(
    "text",
    [
        *("", "7", "d", "7y", "-7d", "7 d", "12345d", "7d\n", "\u0667d", "yesterday"),
        *("20261101", "2026-11-1", "2026-W44-7", "2026-11-01T00:00", "\uff12026-11-01"),
        *("2026-02-30", "2026-13-01", "0999-01-01"),
    ],
)
def test_what_is_neither_a_span_nor_a_day_is_none(text: str) -> None:
    with pytest.raises(ValueError, match=r"neither a span nor a day|must be in|out of range"):
        Moment(text)
