"""The emulator's time: real time, plus whatever a test has advanced it by."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta


@dataclass(eq=False)
class Alarm:
    """One thing that is to happen at a time of the emulator's clock."""

    due: datetime
    action: Callable[[], None]
    timer: asyncio.TimerHandle | None = field(default=None, repr=False)


class Clock:
    """Runs in real time, and can be put forward.

    Every deadline of the emulator is an alarm of this clock. In a demo an alarm rings when real time reaches
    it; in a test `advance` makes it ring at once, so that nobody waits three seconds for a three second rule.
    """

    def __init__(self) -> None:
        self._started_at = datetime.now(UTC)
        self._started_monotonic = time.monotonic()
        self._ahead = timedelta()
        self._alarms: set[Alarm] = set()

    def now(self) -> datetime:
        """Return the emulator's time (aware, UTC)."""
        return self._started_at + timedelta(seconds=time.monotonic() - self._started_monotonic) + self._ahead

    def advance(self, *, seconds: float = 0, minutes: float = 0, hours: float = 0, days: float = 0) -> None:
        """Put the clock forward; alarms that are due by then ring before this returns, oldest first."""
        self._ahead += timedelta(seconds=seconds, minutes=minutes, hours=hours, days=days)
        for alarm in sorted(self._alarms, key=lambda each: each.due):
            self._ring_or_reset(alarm)

    def call_later(self, seconds: float, action: Callable[[], None]) -> Alarm:
        """Arrange for `action` to be called once, `seconds` from now; needs a running event loop."""
        alarm = Alarm(due=self.now() + timedelta(seconds=seconds), action=action)
        self._alarms.add(alarm)
        self._ring_or_reset(alarm)
        return alarm

    def cancel(self, alarm: Alarm) -> None:
        """Forget an alarm; one that has rung already is left alone."""
        self._alarms.discard(alarm)
        if alarm.timer is not None:
            alarm.timer.cancel()

    async def sleep(self, seconds: float) -> None:
        """Wait for `seconds` of the emulator's time."""
        rung = asyncio.Event()
        alarm = self.call_later(seconds, rung.set)
        try:
            await rung.wait()
        finally:
            self.cancel(alarm)

    def stop(self) -> None:
        """Forget every alarm."""
        for alarm in tuple(self._alarms):
            self.cancel(alarm)

    def _ring_or_reset(self, alarm: Alarm) -> None:
        if alarm not in self._alarms:  # another alarm's action has cancelled it
            return
        if alarm.timer is not None:
            alarm.timer.cancel()
        remaining = (alarm.due - self.now()).total_seconds()
        if remaining > 0:
            alarm.timer = asyncio.get_running_loop().call_later(remaining, self._ring_or_reset, alarm)
            return
        self._alarms.discard(alarm)
        alarm.action()
