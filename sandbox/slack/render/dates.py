"""Slack's date templates: `{date_short_pretty} at {time}` and a Unix time, as a reader sees them.

Tokens: docs.slack.dev, date element and "Formatting message text". Slack uses the reader's preference for the
clock; here it is the 24-hour one. Where the two pages differ on `{date}`, this shows the year.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from sandbox.slack.render.reader import Reader

_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))
_NEAR_DAYS = {-1: "yesterday", 0: "today", 1: "tomorrow"}
_SUFFIXES = {1: "st", 2: "nd", 3: "rd"}


def _ordinal(day: int) -> str:
    return f"{day}{'th' if day in (11, 12, 13) else _SUFFIXES.get(day % 10, 'th')}"


def _date(moment: datetime) -> str:
    return f"{moment:%B} {_ordinal(moment.day)}, {moment.year}"


def _date_long(moment: datetime) -> str:
    return f"{moment:%A}, {_date(moment)}"


def _date_short(moment: datetime) -> str:
    return f"{moment:%b} {moment.day}, {moment.year}"


_TOKENS: Mapping[str, Callable[[datetime], str]] = {
    "date_num": "{:%Y-%m-%d}".format,
    "date_slash": "{:%d/%m/%Y}".format,
    "date": _date,
    "date_short": _date_short,
    "date_long": _date_long,
    "date_long_full": lambda moment: f"{moment:%B} {moment.day}, {moment.year}",
    "time": "{:%H:%M}".format,
    "time_secs": "{:%H:%M:%S}".format,
}

_PRETTY_TOKENS = {"date_pretty": "date", "date_short_pretty": "date_short", "date_long_pretty": "date_long"}


def _ago(moment: datetime, now: datetime) -> str:
    apart = now - moment
    seconds = int(abs(apart).total_seconds())
    unit, length = next(((unit, length) for unit, length in _UNITS if seconds >= length), _UNITS[-1])
    count = seconds // length
    period = f"{count} {unit}{'' if count == 1 else 's'}"
    return f"{period} ago" if apart >= timedelta(0) else f"in {period}"


def _shown(token: str, moment: datetime, now: datetime | None) -> str:
    """What a token shows.

    Raises:
        KeyError: for a token that Slack does not have, and for "ago" without a present.
    """
    if now is not None and token == "ago":
        return _ago(moment, now)
    if now is not None and token in _PRETTY_TOKENS:
        near = _NEAR_DAYS.get((moment.date() - now.astimezone(moment.tzinfo).date()).days)
        if near:
            return near
    return _TOKENS[_PRETTY_TOKENS.get(token, token)](moment)


def date_text(timestamp: float, template: str, fallback: str, reader: Reader) -> str:
    """A template filled in for a reader; the fallback where the time or a token of it cannot be shown."""
    try:
        moment = datetime.fromtimestamp(timestamp, reader.zone)
        return re.sub(r"\{(\w+)\}", lambda match: _shown(match[1], moment, reader.now), template)
    except (KeyError, ValueError, OverflowError, OSError):
        return fallback
