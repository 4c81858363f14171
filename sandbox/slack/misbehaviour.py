"""How a fault rule is carried out on an HTTP request of the app."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from sandbox.slack.faults import Cut, Fault
from sandbox.slack.state import WorkspaceState


class ConnectionCutError(Exception):
    """The connection is to be cut instead of answered."""


@asynccontextmanager
async def misbehaviour(state: WorkspaceState, name: str, arguments: Mapping[str, Any]) -> AsyncIterator[Fault | None]:
    """Carry out the fault rule for this call, if there is one, around whatever the call does.

    Yields:
        The rule, if it takes the place of the answer; else None.

    Raises:
        ConnectionCutError: On entry if the rule cuts before anything happens, on exit if after.
    """
    fault = state.faults.take(name, arguments)
    if fault is None:
        yield None
        return
    await state.clock.sleep(fault.delay)
    if fault.cut is Cut.BEFORE:
        raise ConnectionCutError
    yield fault if fault.answers else None
    if fault.cut is Cut.AFTER:
        raise ConnectionCutError


def fault_answer(fault: Fault) -> tuple[int, dict[str, Any], dict[str, str]]:
    """Return the status, body and headers that a fault rule asks for."""
    headers = {"Retry-After": str(fault.retry_after)} if fault.retry_after is not None else {}
    return fault.status, {"ok": False, "error": fault.error or "internal_error"}, headers


def cut_connection(request: web.Request) -> web.StreamResponse:
    """Drop the TCP connection of a request; the answer that this returns never arrives."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
