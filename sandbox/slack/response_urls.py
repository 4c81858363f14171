"""Response URLs: what an app may post with, for half an hour after an interaction, without being in the channel."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sandbox.slack.messages import Message

LIFETIME = timedelta(minutes=30)
MAX_USES = 5
"""Both: interactivity/handling-user-interaction, "up to 5 times within 30 minutes"."""


@dataclass
class ResponseUrl:
    """One address.

    Attributes:
        conversation_id: Where its messages appear.
        user_id: Who made the interaction, and sees its ephemeral messages.
        source: The message that was interacted with, which it may replace; None for a slash command.
        typed: The command as it was typed; a first answer in the channel shows it. None if there was no command.
        is_echoed: Whether that has happened.
    """

    id: str
    conversation_id: str
    user_id: str
    issued_at: datetime
    source: Message | None
    typed: str | None
    uses: int = 0
    is_echoed: bool = False


@dataclass
class ResponseUrls:
    """Every response_url that was sent to the app."""

    now: Callable[[], datetime]
    base_url: str = ""
    _issued: dict[str, ResponseUrl] = field(default_factory=dict)

    def issue(
        self, conversation_id: str, user_id: str, *, source: Message | None = None, typed: str | None = None
    ) -> ResponseUrl:
        """Make a new address."""
        address = ResponseUrl(secrets.token_urlsafe(18), conversation_id, user_id, self.now(), source, typed)
        self._issued[address.id] = address
        return address

    def url(self, address: ResponseUrl) -> str:
        """Return the whole URL."""
        return f"{self.base_url}/hooks/{address.id}"

    def get(self, address_id: str) -> ResponseUrl | None:
        """Return an address, spent and expired ones included."""
        return self._issued.get(address_id)

    def is_expired(self, address: ResponseUrl) -> bool:
        """Whether its half hour is over."""
        return self.now() - address.issued_at > LIFETIME
