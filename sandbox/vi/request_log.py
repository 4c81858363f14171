"""Which requests reached the emulator: for tests that count them and for people who watch the wire."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase

_KEPT = 10_000


@dataclass(slots=True)
class ReceivedRequest:
    """One request, entered when its head has arrived.

    Attributes:
        method: as sent.
        path: as sent, without the query.
        query: what follows the `?`, or nothing.
        when: when it arrived.
        status: of the answer; None while it is under way, and for good when its connection was cut.
        ended: when it was answered or its connection was cut; None while it is under way.
    """

    method: str
    path: str
    query: str
    when: datetime
    status: int | None = None
    ended: datetime | None = None

    def matches(self, method: str, path: str) -> bool:
        """Whether it is of this method and kind of path; see `matches`."""
        return matches(self.method, self.path, method, path)


def matches(method: str, path: str, wanted_method: str, wanted_path: str) -> bool:
    """Whether a request is of the wanted kind.

    Both wanted texts are shell patterns. The path's is held against what follows `/workspaces/<organization>/`
    (nothing, for the organization itself): `flows` is the list, `flows/*` any one workflow, `*` everything.
    """
    local = "/".join(path.split("/")[3:])
    return fnmatchcase(method, wanted_method) and fnmatchcase(local, wanted_path)


Subscriber = Callable[[ReceivedRequest], None]


class RequestLog:
    """The last ten thousand requests, in the order of their arrival.

    Args:
        clock: gives the present, aware.
    """

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._requests: deque[ReceivedRequest] = deque(maxlen=_KEPT)
        self._subscribers: list[Subscriber] = []

    def __len__(self) -> int:
        return len(self._requests)

    def __iter__(self) -> Iterator[ReceivedRequest]:
        return iter(tuple(self._requests))

    def matching(self, method: str, path: str = "*") -> list[ReceivedRequest]:
        """The requests of this method and kind of path; see `matches`."""
        return [each for each in self._requests if each.matches(method, path)]

    def count(self, method: str, path: str = "*") -> int:
        """How many requests of this method and kind of path have arrived; see `matches`."""
        return len(self.matching(method, path))

    def clear(self) -> None:
        """Forget what has arrived so far."""
        self._requests.clear()

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        """Have `subscriber` called twice for each request, on arrival and at its end; gives what ends this."""
        self._subscribers.append(subscriber)
        return lambda: self._subscribers.remove(subscriber)

    async def wait_for(self, method: str, path: str = "*", *, count: int = 1) -> list[ReceivedRequest]:
        """Wait until that many such requests have arrived, those of the past included, and give them all."""
        enough = asyncio.Event()

        def look(_request: ReceivedRequest) -> None:
            if self.count(method, path) >= count:
                enough.set()

        unsubscribe = self.subscribe(look)
        try:
            if self.count(method, path) < count:
                await enough.wait()
        finally:
            unsubscribe()
        return self.matching(method, path)

    def arrived(self, method: str, path: str, query: str) -> ReceivedRequest:
        """Enter a request whose head has arrived."""
        request = ReceivedRequest(method, path, query, self._clock())
        self._requests.append(request)
        self._tell(request)
        return request

    def ended(self, request: ReceivedRequest, status: int | None) -> None:
        """Note the status of the answer, or None where the connection was cut instead."""
        request.status, request.ended = status, self._clock()
        self._tell(request)

    def _tell(self, request: ReceivedRequest) -> None:
        for subscriber in tuple(self._subscribers):
            subscriber(request)
