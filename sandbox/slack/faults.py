"""Rules by which the emulator misbehaves on purpose, for tests of how an app bears it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from http import HTTPStatus
from typing import Any


class Cut(StrEnum):
    """When the connection is cut: before anything happened, or after the change took effect but unanswered."""

    BEFORE = "before"
    AFTER = "after"


@dataclass
class Fault:
    """One rule; it applies to the next `times` matching calls.

    Attributes:
        name: A Web API method, `response_url`, `incoming_webhook`, `upload`, or `link` for a new websocket; `ack:` and
            a command or payload type for an acknowledgement that is lost on its way, `twice:` for a payload that is
            delivered twice; `*` and `?` match as in a shell.
        status: The HTTP status to answer with.
        error: The error to name in the answer.
        retry_after: Seconds, for the `Retry-After` header.
        delay: Seconds of the emulator's clock to wait before anything else.
        cut: Cut the connection instead of answering.
        after: How many matching calls go by first.
        times: To how many calls it applies.
        when: Further condition on the call's arguments.
        used: How many calls it was applied to.
    """

    name: str
    status: int = HTTPStatus.OK
    error: str | None = None
    retry_after: int | None = None
    delay: float = 0
    cut: Cut | None = None
    after: int = 0
    times: int = 1
    when: Callable[[Mapping[str, Any]], bool] | None = field(default=None, repr=False)
    used: int = 0

    @property
    def answers(self) -> bool:
        """Whether this rule takes the place of the method's own answer."""
        return self.error is not None or self.status != HTTPStatus.OK

    def matches(self, name: str, arguments: Mapping[str, Any]) -> bool:
        """Whether this rule applies to a call."""
        return self.used < self.times and fnmatchcase(name, self.name) and (self.when is None or self.when(arguments))


class Faults:
    """The rules in the order they were made; the first that matches a call is applied to it."""

    def __init__(self) -> None:
        self._rules: list[Fault] = []

    def on(  # noqa: PLR0913 - all but the first are named at the call
        self,
        name: str,
        *,
        status: int | None = None,
        error: str | None = None,
        retry_after: int | None = None,
        delay: float = 0,
        cut: Cut | str | None = None,
        after: int = 0,
        times: int = 1,
        when: Callable[[Mapping[str, Any]], bool] | None = None,
    ) -> Fault:
        """Make a rule; see `Fault` for the arguments. A status of 429 is `ratelimited` unless said otherwise."""
        if status == HTTPStatus.TOO_MANY_REQUESTS and error is None:
            error = "ratelimited"
        rule = Fault(
            name,
            status=status or HTTPStatus.OK,
            error=error,
            retry_after=retry_after,
            delay=delay,
            cut=Cut(cut) if cut else None,
            after=after,
            times=times,
            when=when,
        )
        self._rules.append(rule)
        return rule

    def take(self, name: str, arguments: Mapping[str, Any]) -> Fault | None:
        """Return the rule for this call, if there is one, and count it as used once more."""
        for rule in self._rules:
            if not rule.matches(name, arguments):
                continue
            if rule.after > 0:
                rule.after -= 1
                continue
            rule.used += 1
            return rule
        return None

    def unused(self) -> list[Fault]:
        """Return the rules that were applied fewer times than they were made for."""
        return [rule for rule in self._rules if rule.used < rule.times]
