"""Moments as people type them: a span back from now, or a day."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

_SPAN = re.compile(r"([0-9]{1,4})([mhdw])")
_DAY = re.compile(r"2[0-9]{3}-[0-9]{2}-[0-9]{2}")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


@dataclass(frozen=True, slots=True)
class Moment:
    """`7d` is seven days ago (minutes, hours, days and weeks are known); `2026-11-01` is that day, by UTC.

    Raises:
        ValueError: the text is neither, or no such day exists.
    """

    text: str

    def __post_init__(self) -> None:
        if _SPAN.fullmatch(self.text) is None:
            self._day()

    def start(self, now: datetime) -> datetime:
        """The moment itself, or where the day begins."""
        span = _SPAN.fullmatch(self.text)
        if span is not None:
            return now - timedelta(**{_UNITS[span[2]]: int(span[1])})
        return datetime.combine(self._day(), time(), UTC)

    def end(self, now: datetime) -> datetime:
        """The moment itself, or where the day after begins: who says "until the 1st" means that day too."""
        start = self.start(now)
        return start if _SPAN.fullmatch(self.text) else start + timedelta(days=1)

    def _day(self) -> date:
        if _DAY.fullmatch(self.text) is None:
            raise ValueError(f"{self.text!r} is neither a span nor a day")
        return date.fromisoformat(self.text)
