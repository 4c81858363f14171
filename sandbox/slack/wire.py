"""The record of what went over the wire between the app and the emulator, both ways."""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sandbox.slack.changes import Changes

REMEMBERED_EXCHANGES = 2000


class Kind(StrEnum):
    """Which of Slack's doors an exchange went through."""

    WEB_API = "web_api"
    RESPONSE_URL = "response_url"
    INCOMING_WEBHOOK = "incoming_webhook"
    COMMAND = "slash_commands"
    INTERACTION = "interactive"
    EVENT = "events_api"
    SOCKET = "socket"
    FILE = "file"


@dataclass
class Exchange:
    """One request and its answer.

    Attributes:
        number: 1 for the first exchange of this workspace, then counting up.
        at: When the request was made.
        from_app: True for a call of the app, False for a delivery to it.
        kind: The door.
        name: The method, path, command, or type of the payload.
        sent: The request's content, without credentials.
        answer: The answer's content; None where there was none.
        status: The HTTP status; None over a websocket, and where there was no answer.
        ms: From request to answer, in milliseconds; None while there is no answer.
        problems: Rules that this exchange broke, each a sentence.
    """

    number: int
    at: datetime
    from_app: bool
    kind: Kind
    name: str
    sent: Mapping[str, Any]
    answer: Any = None
    status: int | None = None
    ms: float | None = None
    problems: list[str] = field(default_factory=list)


class Wire:
    """The newest exchanges, and whoever wants to hear of each."""

    def __init__(self, now: Callable[[], datetime], changes: Changes) -> None:
        self._now = now
        self._changes = changes
        self._started = 0
        self._exchanges: deque[Exchange] = deque(maxlen=REMEMBERED_EXCHANGES)
        self._listeners: list[Callable[[Exchange], None]] = []

    def start(self, kind: Kind, name: str, sent: Mapping[str, Any], *, from_app: bool) -> Exchange:
        """Note a request; `finish` must follow."""
        self._started += 1
        exchange = Exchange(self._started, self._now(), from_app, kind, name, sent)
        self._exchanges.append(exchange)
        self._tell(exchange)
        return exchange

    def finish(self, exchange: Exchange, answer: Any, status: int | None = None, *, answered: bool = True) -> None:
        """Note the answer to a request, or that none came."""
        exchange.answer = answer
        exchange.status = status
        if answered:
            exchange.ms = (self._now() - exchange.at).total_seconds() * 1000
        self._tell(exchange)

    def add_problem(self, exchange: Exchange, sentence: str) -> None:
        """Note a rule that an exchange broke."""
        exchange.problems.append(sentence)
        self._tell(exchange)

    def exchanges(self, name: str | None = None, *, from_app: bool | None = None) -> list[Exchange]:
        """Return the remembered exchanges, oldest first, of one name and one direction if these are given."""
        return [
            exchange
            for exchange in self._exchanges
            if name in (None, exchange.name) and from_app in (None, exchange.from_app)
        ]

    def count(self, name: str) -> int:
        """Return how many exchanges of this name there were, such as calls of `chat.postMessage`."""
        return len(self.exchanges(name))

    async def wait_for(self, name: str, *, times: int = 1, answered: bool = False, seconds: float = 5) -> Exchange:
        """Wait until the `times`-th exchange of this name was made (and `answered`), and return it.

        Raises:
            TimeoutError: That did not happen within `seconds` of real time.
        """

        def find() -> Exchange | None:
            made = [each for each in self.exchanges(name) if not answered or each.ms is not None]
            return made[times - 1] if len(made) >= times else None

        return await self._changes.wait_for(find, seconds)

    def subscribe(self, listener: Callable[[Exchange], None]) -> Callable[[], None]:
        """Have `listener` called when an exchange starts, is answered, or breaks a rule; the result unsubscribes."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def _tell(self, exchange: Exchange) -> None:
        for listener in tuple(self._listeners):
            listener(exchange)
        self._changes.notify()
