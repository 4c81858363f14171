"""What can go wrong between a client and Vi, on demand and by rule."""

import asyncio
import json
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from enum import Enum, auto
from http import HTTPStatus
from typing import Any, TypeVar

from aiohttp import web

from sandbox.vi.endpoints import ListPage
from sandbox.vi.organization import Organization
from sandbox.vi.request_log import matches

Sleep = Callable[[float], Awaitable[Any]]


class ConnectionCutError(Exception):
    """The connection is to be cut without an answer."""


class Moment(Enum):
    """When a fault strikes: before the request takes effect, or after, when only the answer is left to send."""

    BEFORE = auto()
    AFTER = auto()


BEFORE, AFTER = Moment


@dataclass(slots=True)
class Exchange:
    """A request on its way; `answer` is there once it has taken effect."""

    request: web.Request
    organization: Organization
    sleep: Sleep
    answer: web.Response | None = None


@dataclass(kw_only=True)
class Fault(ABC):
    """One kind of trouble."""

    moment: Moment = BEFORE

    def concerns(self, _exchange: Exchange) -> bool:
        """Whether it can strike this request at all, apart from what its rule says."""
        return True

    @abstractmethod
    async def strike(self, _exchange: Exchange) -> web.Response | None:
        """Give the answer that the client gets, or None for the request to go on.

        Raises:
            ConnectionCutError: the client gets no answer.
        """


@dataclass
class Delay(Fault):
    """The request waits; the time goes through the emulator's `sleep`."""

    seconds: float

    async def strike(self, exchange: Exchange) -> None:
        """Wait."""
        await exchange.sleep(self.seconds)


@dataclass
class Answer(Fault):
    """The client gets this answer. `AFTER`, it does so although the request took effect."""

    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)

    async def strike(self, _exchange: Exchange) -> web.Response:
        """Give the answer."""
        return web.Response(status=self.status, body=self.body, content_type=self.content_type, headers=self.headers)


def error(
    status: int, *, body: Any = None, retry_after: int | datetime | None = None, moment: Moment = BEFORE
) -> Answer:
    """Refuse with an HTTP status.

    Args:
        status: 4xx or 5xx.
        body: what the answer says, as JSON; without one, the status in words under `message`.
        retry_after: for the header `Retry-After`: seconds, or an aware time that is sent as an HTTP date.
        moment: AFTER lets the request take effect all the same.
    """
    document = {"message": HTTPStatus(status).phrase} if body is None else body
    headers = {}
    if isinstance(retry_after, datetime):
        headers["Retry-After"] = format_datetime(retry_after.astimezone(UTC), usegmt=True)
    elif retry_after is not None:
        headers["Retry-After"] = str(retry_after)
    return Answer(status, json.dumps(document).encode(), headers=headers, moment=moment)


def malformed_json(*, moment: Moment = AFTER) -> Answer:
    """Answer 200 with JSON that ends in the middle."""
    return Answer(200, b'{"items": [{"kind": "Flow", "flowId": "4f1', moment=moment)


def html_page(status: int = 200, *, moment: Moment = AFTER) -> Answer:
    """Answer with a page for people, as a proxy or a sign-in does."""
    page = b"<!doctype html><title>Sign in</title><h1>Please sign in to continue</h1>"
    return Answer(status, page, content_type="text/html", moment=moment)


def other_shape(document: Any = None, *, moment: Moment = AFTER) -> Answer:
    """Answer 200 with well-formed JSON that is not what the contract says."""
    shown = {"flows": "see the new API"} if document is None else document
    return Answer(200, json.dumps(shown).encode(), moment=moment)


@dataclass
class Cut(Fault):
    """The connection is cut, so the client cannot know whether the request took effect."""

    async def strike(self, _exchange: Exchange) -> None:
        """Cut the connection."""
        raise ConnectionCutError


@dataclass
class Hold(Fault):
    """The request waits until somebody lets it go on, or cuts its connection."""

    _reached: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    _let_go: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    _is_cut: bool = field(default=False, init=False)

    async def reached(self) -> None:
        """Wait until a request is being held."""
        await self._reached.wait()

    def release(self) -> None:
        """Let the held requests, and all later ones of this rule, go on."""
        self._let_go.set()

    def cut(self) -> None:
        """End the held requests here: `BEFORE`, they never take effect."""
        self._is_cut = True
        self._let_go.set()

    async def strike(self, _exchange: Exchange) -> None:
        """Wait."""
        self._reached.set()
        await self._let_go.wait()
        if self._is_cut:
            raise ConnectionCutError


@dataclass
class Meanwhile(Fault):
    """Somebody else changes something at this very moment: `vi.organization`, most likely."""

    change: Callable[[], object]

    async def strike(self, _exchange: Exchange) -> None:
        """Make the change."""
        self.change()


@dataclass
class RepeatPageToken(Fault):
    """A page names itself as the next one, so that a trusting client goes round for ever."""

    moment: Moment = field(default=AFTER, kw_only=True)

    def concerns(self, exchange: Exchange) -> bool:
        """Only a page that was asked for by token, once it is there."""
        return "p" in exchange.request.query and isinstance(exchange.answer, ListPage)

    async def strike(self, exchange: Exchange) -> web.Response | None:
        """Give the page with another `nextPage`."""
        page = json.loads(exchange.answer.text or "") if exchange.answer else {}
        return web.json_response({**page, "nextPage": exchange.request.query["p"]})


@dataclass
class RefuseReusedId(Fault):
    """An id that belonged to a deleted workflow cannot be given to another (assumed words and status)."""

    def concerns(self, exchange: Exchange) -> bool:
        """Only an id that was deleted."""
        return exchange.organization.was_deleted(exchange.request.match_info.get("id", ""))

    async def strike(self, _exchange: Exchange) -> web.Response:
        """Refuse."""
        return web.json_response({"message": "This id was used before and cannot be used again."}, status=409)


@dataclass(slots=True)
class Rule:
    """When a fault strikes: for requests of a kind, not the first `after` of them, and then `times` times."""

    fault: Fault
    method: str
    path: str
    after: int
    times: int | None
    seen: int = 0
    struck: int = 0

    def strikes(self, exchange: Exchange) -> bool:
        """Count this request if it is of the rule's kind, and tell whether the fault strikes it."""
        request = exchange.request
        if not matches(request.method, request.path, self.method, self.path):
            return False
        if not self.fault.concerns(exchange):
            return False
        self.seen += 1
        if self.seen <= self.after or (self.times is not None and self.struck >= self.times):
            return False
        self.struck += 1
        return True


_Kind = TypeVar("_Kind", bound=Fault)


class Faults:
    """The rules in force, in the order in which they were made."""

    def __init__(self) -> None:
        self._rules: list[Rule] = []

    def on(self, method: str, path: str, fault: _Kind, *, after: int = 0, times: int | None = 1) -> _Kind:
        """Have `fault` strike requests of a kind.

        Args:
            method: a shell pattern of methods: `DELETE`, or `*`.
            path: a shell pattern of what follows `/workspaces/<organization>/` in the path: `flows`, `flows/*`, `*`.
            fault: what strikes; it is given back, for a test that goes on to use it.
            after: how many such requests are spared first. A request that an earlier rule ended does not count.
            times: how many are struck then; None means all.
        """
        self._rules.append(Rule(fault, method, path, after, times))
        return fault

    def unused(self) -> list[Rule]:
        """The rules that never struck: most likely, the test does not show what it says."""
        return [rule for rule in self._rules if not rule.struck]

    def cut_held(self) -> None:
        """Cut every request that is being held."""
        for rule in self._rules:
            if isinstance(rule.fault, Hold):
                rule.fault.cut()

    def clear(self) -> None:
        """Forget all rules, and cut every request that is being held."""
        self.cut_held()
        self._rules.clear()

    async def strike(self, moment: Moment, exchange: Exchange) -> web.Response | None:
        """Let the faults of this moment strike in turn; the first answer that one of them gives is the client's.

        Raises:
            ConnectionCutError: the client gets none.
        """
        for rule in tuple(self._rules):
            if rule.fault.moment is moment and rule.strikes(exchange):
                answer = await rule.fault.strike(exchange)
                if answer is not None:
                    return answer
        return None
