"""The bot's own memory: whether it can be used, holds together, and was noted elsewhere in time."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

from bot.checks.check import Check
from bot.domain.audit import Receipt
from bot.domain.checkpoint import Checkpoint
from bot.domain.errors import BotError
from bot.operations.anchoring import IDLE_INTERVAL, verified
from bot.ports import Clock, Store
from bot.settings import Settings
from bot.store import looking
from bot.store.engine import engine_of

_NEWEST = 1000
"""Entries that are verified where no checkpoint was noted."""


async def store_checks(settings: Settings, clock: Clock) -> AsyncIterator[Check]:
    """Whether the store can be used, the newest entries of the trail hold together, and checkpoints are noted."""
    try:
        async with looking(settings.store) as store:
            engine = await engine_of(settings.store)
            found = [
                Check("Store", passed=not engine.fault, finding=engine.fault or engine.name, advice=engine.advice),
                await _trail(store),
                _checkpoints(settings, await store.head(), await store.last_checkpoint(), clock.now()),
            ]
    except (BotError, ValueError) as error:
        sentence, advice = (error.sentence, error.advice) if isinstance(error, BotError) else (str(error), _MEND)
        untold = "the store cannot be read, so it cannot be told"
        found = [Check("Store", False, sentence, advice), Check("Trail", False, untold), _untold(untold)]
    for each in found:
        yield each


_MEND = "Mend VI_BOT_STORE."


def _untold(why: str) -> Check:
    return Check("Checkpoints", passed=False, finding=why)


async def _trail(store: Store) -> Check:
    end, faults = await verified(store, newest=_NEWEST)
    if faults:
        advice = (
            "Keep the store as it is, and look at all of it: `vi-bot audit verify`; docs/audit.md says what it sees."
        )
        return Check("Trail", passed=False, finding="; ".join(faults), advice=advice)
    last = await store.last_checkpoint()
    since = f"since checkpoint #{last.receipt.seq}" if last else f"in its newest {_NEWEST:,} entries at most"
    return Check("Trail", passed=True, finding=f"holds up to #{end.seq}, looked at {since}")


def _checkpoints(settings: Settings, head: Receipt, last: Checkpoint | None, now: datetime) -> Check:
    name = "Checkpoints"
    if not settings.notes_checkpoints:
        advice = "Set VI_BOT_CHECKPOINT_FILE, _COMMAND or _WEBHOOK: else nobody sees a trail that was cut off."
        return Check(name, passed=True, finding="none are noted outside of the store", advice=advice)
    if last is None:
        finding = "none was noted yet; the bot notes one when it starts"
        return Check(name, passed=True, finding=finding)
    age = now - last.at
    # An hour more than the longest the bot waits by itself, so that one failed attempt is no alarm.
    allowed = timedelta(minutes=settings.checkpoint_minutes) if head != last.receipt else IDLE_INTERVAL
    finding = f"the last one, #{last.receipt.seq}, was noted {_rounded(age)} ago"
    if age > allowed + timedelta(hours=1):
        advice = "Look whether the bot runs, and into its log: the place where they are noted may refuse them."
        return Check(name, passed=False, finding=finding, advice=advice)
    return Check(name, passed=True, finding=finding)


def _rounded(age: timedelta) -> str:
    minutes = int(age.total_seconds() // 60)
    return f"{minutes} minutes" if minutes < 120 else f"{minutes // 60} hours"  # noqa: PLR2004 - two hours
