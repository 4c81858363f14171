"""Trigger ids: the permission to open a modal that Slack sends with each interaction."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sandbox.slack.errors import SlackError

LIFETIME = timedelta(seconds=3)
"""Slack: interactivity/handling-user-interaction, a trigger_id expires 3 seconds after it was sent."""


@dataclass
class Trigger:
    """One permission; `view_id` is the modal whose component gave it, if it was one."""

    user_id: str
    issued_at: datetime
    view_id: str | None
    is_used: bool = False


@dataclass
class Triggers:
    """Every trigger_id that was sent to the app."""

    now: Callable[[], datetime]
    _issued: dict[str, Trigger] = field(default_factory=dict)

    def issue(self, user_id: str, view_id: str | None = None) -> str:
        """Return a new trigger_id, in Slack's form `1234567890.1234567890.<hex>`."""
        trigger_id = f"{secrets.randbelow(10**13):013d}.{secrets.randbelow(10**13):013d}.{secrets.token_hex(16)}"
        self._issued[trigger_id] = Trigger(user_id, self.now(), view_id)
        return trigger_id

    def exchange(self, trigger_id: str) -> Trigger:
        """Use a trigger_id, which can be done once.

        Raises:
            SlackError: `invalid_trigger_id`, `exchanged_trigger_id`, `expired_trigger_id`.
        """
        trigger = self._issued.get(trigger_id)
        if trigger is None:
            raise SlackError("invalid_trigger_id", fault=f"Slack never sent the trigger_id {trigger_id!r}.")
        if trigger.is_used:
            raise SlackError("exchanged_trigger_id", fault="A trigger_id opens one modal; this one was used before.")
        if self.now() - trigger.issued_at > LIFETIME:
            raise SlackError("expired_trigger_id", fault="A trigger_id lives 3 seconds; this one came too late.")
        trigger.is_used = True
        return trigger
