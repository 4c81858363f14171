"""How the emulator reaches the app: what it sends, and what may come of it. Two transports do it, in two files."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from sandbox.slack.clock import Clock
from sandbox.slack.state import WorkspaceState
from sandbox.slack.wire import Exchange, Kind

ACK_DEADLINE_SECONDS = 3
"""Slack: every payload must be acknowledged within 3 seconds of being sent."""
FIRST_BAD_STATUS = 300


@dataclass(frozen=True)
class Delivery:
    """One payload on its way to the app.

    Attributes:
        kind: COMMAND, INTERACTION or EVENT.
        payload: What is sent.
        retry_attempt: For an event that was sent before: 1, 2 or 3.
        retry_reason: Why it is sent again.
    """

    kind: Kind
    payload: Mapping[str, Any]
    retry_attempt: int = 0
    retry_reason: str = ""

    @property
    def name(self) -> str:
        """What the wire calls it: the command, or the type of the interaction or event."""
        if self.kind is Kind.COMMAND:
            return str(self.payload["command"])
        inner = self.payload["event"] if self.kind is Kind.EVENT else self.payload
        return str(inner["type"])


class Outcome(StrEnum):
    """What came of a delivery."""

    ACKNOWLEDGED = "acknowledged"
    LATE = "late"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"


@dataclass(frozen=True)
class Answer:
    """What arrived at the emulator in answer to a delivery.

    Attributes:
        body: The content; None for an empty acknowledgement.
        status: The HTTP status; None over a websocket.
        failure: Why the app was not reached, if it was not.
        wants_no_retry: Whether the app asked for an event not to be sent again.
    """

    body: Any = None
    status: int | None = None
    failure: str | None = None
    wants_no_retry: bool = False


@dataclass(frozen=True)
class Receipt:
    """What a delivery came to.

    Attributes:
        exchange: The delivery on the wire.
        body: What the app answered; None for an empty acknowledgement, and where there was none.
        retry_reason: For an event that is to be sent again: why, in Slack's word; else empty.
    """

    outcome: Outcome
    exchange: Exchange
    body: Any = None
    retry_reason: str = ""

    @property
    def ms(self) -> float | None:
        """Milliseconds from sending to acknowledgement; None where there was none in time."""
        return self.exchange.ms if self.outcome is Outcome.ACKNOWLEDGED else None


class Transport(Protocol):
    """One of the two ways to the app."""

    async def deliver(self, delivery: Delivery) -> Receipt:
        """Send a payload, and return when it was acknowledged or the deadline has passed."""
        ...


async def answer_in_time(clock: Clock, answer: "asyncio.Future[Answer | None]") -> Answer | None:
    """Wait for the app's answer, for three seconds of the emulator's clock; None means that it was late."""

    def give_up() -> None:
        if not answer.done():
            answer.set_result(None)

    alarm = clock.call_later(ACK_DEADLINE_SECONDS, give_up)
    try:
        return await answer
    finally:
        clock.cancel(alarm)


def settle(
    state: WorkspaceState,
    delivery: Delivery,
    exchange: Exchange,
    answer: Answer | None,
    retry_reasons: Mapping[Outcome, str],
) -> Receipt:
    """Note on the wire what a delivery came to, and what was wrong with it.

    Args:
        state: The workspace.
        delivery: What was sent.
        exchange: The delivery on the wire.
        answer: What the app answered in time, if it did.
        retry_reasons: Slack's words for why an event is sent again, on this transport.
    """
    if answer is None or _is_lost(state, delivery):
        state.wire.finish(exchange, None, answered=False)
        if answer is None:
            deadline = f"within {ACK_DEADLINE_SECONDS} seconds"
            state.complain("not_acknowledged", f"{delivery.name} was not acknowledged {deadline}.", exchange)
        return Receipt(Outcome.LATE, exchange, retry_reason=retry_reasons[Outcome.LATE])
    if answer.failure is not None:
        state.wire.finish(exchange, None, answered=False)
        state.complain("not_connected", f"{delivery.name} was lost: {answer.failure}", exchange)
        return Receipt(Outcome.UNREACHABLE, exchange, retry_reason=retry_reasons[Outcome.UNREACHABLE])
    state.wire.finish(exchange, answer.body, answer.status)
    if answer.status is not None and answer.status >= FIRST_BAD_STATUS:
        state.complain("non_2xx", f"{delivery.name} was answered with HTTP {answer.status}, not with 2xx.", exchange)
        reason = "" if answer.wants_no_retry else retry_reasons[Outcome.REFUSED]
        return Receipt(Outcome.REFUSED, exchange, retry_reason=reason)
    return Receipt(Outcome.ACKNOWLEDGED, exchange, answer.body)


def note_late(state: WorkspaceState, delivery: Delivery, exchange: Exchange, answer: Answer) -> None:
    """Note an acknowledgement that came when Slack had given up on it."""
    state.wire.finish(exchange, answer.body, answer.status)
    state.complain("late_acknowledgement", f"{delivery.name} was acknowledged after the deadline.", exchange)


def _is_lost(state: WorkspaceState, delivery: Delivery) -> bool:
    """Whether a fault rule for `ack:<name>` drops this acknowledgement on its way; nobody waits for the deadline."""
    return state.faults.take(f"ack:{delivery.name}", delivery.payload) is not None
