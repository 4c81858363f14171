"""Slack's rate limits, on the emulator's clock, with room for bursts."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum


class Tier(Enum):
    """Calls a minute and workspace that Slack promises at least (Slack: apis/web-api/rate-limits).

    How many calls may come at once is not documented. Assumed: a minute's worth, and for the first tier ten, because
    a client that reconnects asks for several addresses in a minute.
    """

    TIER_1 = (1, 10)
    TIER_2 = (20, 20)
    TIER_3 = (50, 50)
    TIER_4 = (100, 100)
    SPECIAL = (600, 600)
    """`auth.test` and `chat.getPermalink`: "hundreds per minute"; the number is assumed, also for `blocks.validate`."""
    POSTING = (300, 300)
    """`chat.postMessage`: "several hundred a minute" for the workspace, beside one a second for each channel."""

    @property
    def limit(self) -> "Limit":
        """The limit for one method."""
        a_minute, burst = self.value
        return Limit(per_second=a_minute / 60, burst=burst)


@dataclass(frozen=True)
class Limit:
    """How much of something is allowed: `burst` at once, and `per_second` in the long run."""

    per_second: float
    burst: int


POSTS_TO_ONE_CHANNEL = Limit(per_second=1, burst=20)
"""Slack: chat.postMessage, one message a second and channel; "short bursts" of assumed size are allowed."""


@dataclass
class RateLimits:
    """What is left of each limit."""

    now: Callable[[], datetime]
    _left: dict[str, tuple[float, datetime]] = field(default_factory=dict)

    def seconds_to_wait(self, key: str, limit: Limit) -> int:
        """Count one call against a limit.

        Returns:
            0 if it is within the limit; else whole seconds until the next one will be, and the call does not count.
        """
        now = self.now()
        left, since = self._left.get(key, (float(limit.burst), now))
        left = min(limit.burst, left + (now - since).total_seconds() * limit.per_second)
        if left < 1:
            self._left[key] = (left, now)
            return math.ceil((1 - left) / limit.per_second)
        self._left[key] = (left - 1, now)
        return 0
