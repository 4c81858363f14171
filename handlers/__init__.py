"""Slack's listeners: a table of ours by what a payload is, in the place of Bolt's own, which are tried in turn."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.response import BoltResponse
from structlog.contextvars import bound_contextvars

from handlers import action_ids
from handlers.actions import handle_action
from handlers.command import handle_vi_command
from handlers.context import Context
from handlers.home import handle_home_opened
from handlers.options import handle_options
from handlers.shortcuts import handle_shortcut
from handlers.views import handle_closing, handle_submission

_Handler = Callable[[Context, Any, Mapping[str, Any]], Awaitable[None]]  # with Bolt's ack, timed


def register(app: AsyncApp, context: Context) -> None:
    """Make the app listen: to its command and shortcut, to every control and form, to who opens its Home tab."""
    app.use(_Listeners(context))


class _Listeners(AsyncMiddleware):
    """The last of Bolt's middleware: what has a listener here goes no further.

    For each of its own listeners that it tries, and again for the one that fits, Bolt makes every argument that one may
    have: a third of the time to an ack.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._listeners: Mapping[str, tuple[str, _Handler]] = {
            context.frame.command: ("command", handle_vi_command),
            "block_actions": ("action", handle_action),
            "block_suggestion": ("options", handle_options),
            action_ids.SHORTCUT: ("shortcut", handle_shortcut),
            "app_home_opened": ("event", handle_home_opened),
            "view_submission": ("submission", handle_submission),
            "view_closed": ("closing", handle_closing),
        }

    async def async_process(
        self,
        *,
        req: AsyncBoltRequest,
        resp: BoltResponse,  # noqa: ARG002 - the signature is Bolt's
        next: Callable[[], Awaitable[BoltResponse]],  # noqa: A002 - as above
    ) -> BoltResponse | None:
        """Have the payload handled, or pass on what nobody here listens to."""
        found = self._listeners.get(_subject_of(req.body))
        if found is None:
            return await next()
        kind, handler = found
        ack, clock, meter = req.context.ack, self._context.resources.clock, self._context.meter
        began = clock.elapsed()

        async def timed(*positional: Any, **named: Any) -> Any:
            response = await ack(*positional, **named)
            meter.acknowledged(kind, clock.elapsed() - began)
            return response

        # What the listener starts gets a copy of these; `operation` comes in with the first entry.
        with bound_contextvars(kind=kind, operation=""):
            await handler(self._context, timed, req.body)
        return ack.response


def _subject_of(body: Mapping[str, Any]) -> str:
    """The command, the shortcut, or the type of the event or of any other payload."""
    if body.get("type") == "shortcut":
        return str(body.get("callback_id"))
    return str(body.get("command") or body.get("event", body).get("type"))
