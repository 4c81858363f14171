"""Whether this machine's clock agrees with somebody else's, as their answers are dated (RFC 9110, 6.6.1)."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from bot.checks.check import Check

_NOTABLE = 60
"""Seconds from which it is said: a date has whole seconds, and an answer takes some."""
_TOO_MUCH = 300
"""Seconds from which Slack's signatures count as too old (Slack: Verifying requests from Slack)."""


def clock_check(name: str, whose: str, date: str, now: datetime) -> Check:
    """Compare a `Date` header with the moment at which it came."""
    there = _moment(date)
    if there is None:
        return Check(name, passed=True, finding=f"{whose} answer does not say the time, so it cannot be told")
    apart = round((now - there).total_seconds())
    if abs(apart) <= _NOTABLE:
        return Check(name, passed=True, finding=f"agrees with {whose} to a minute")
    finding = f"this machine is {abs(apart)} s {'ahead of' if apart > 0 else 'behind'} {whose}"
    advice = f"Let it keep its time by NTP: from {_TOO_MUCH} s on, Slack's requests over HTTP count as forged."
    return Check(name, passed=abs(apart) < _TOO_MUCH, finding=finding, advice=advice)


def _moment(date: str) -> datetime | None:
    try:
        return parsedate_to_datetime(date).replace(tzinfo=UTC)
    except ValueError:
        return None
