"""Slack's listeners: one for each kind of payload, and a table of ours behind it, since Bolt tries its own in turn."""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
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

_ANY = re.compile("")


def register(app: AsyncApp, context: Context) -> None:
    """Make the app listen: to its command and shortcut, to every control and form, to who opens its Home tab."""
    app.command(context.frame.command)(_listener(context, "command", handle_vi_command))
    app.action(_ANY)(_listener(context, "action", handle_action))
    app.options(_ANY)(_listener(context, "options", handle_options))
    app.global_shortcut(action_ids.SHORTCUT)(_listener(context, "shortcut", handle_shortcut))
    app.event("app_home_opened")(_listener(context, "event", handle_home_opened))
    app.view_submission(_ANY)(_listener(context, "submission", handle_submission))
    app.view_closed(_ANY)(_listener(context, "closing", handle_closing))


def _listener(context: Context, kind: str, handler: _Handler) -> Callable[..., Awaitable[None]]:
    clock, meter = context.resources.clock, context.meter

    # Bolt passes arguments by their names.
    async def listen(ack: AsyncAck, body: dict[str, Any]) -> None:
        began = clock.elapsed()

        async def timed(*positional: Any, **named: Any) -> Any:
            response = await ack(*positional, **named)
            meter.acknowledged(kind, clock.elapsed() - began)
            return response

        # What the listener starts gets a copy of these; `operation` comes in with the first entry.
        with bound_contextvars(kind=kind, operation=""):
            await handler(context, timed, body)

    return listen
