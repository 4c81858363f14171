"""The Home tab: published when somebody opens it, and again after each change that concerns them.

Whose tab is open, and which project it lists, is kept in the store for a day since it was last opened or used: so
whichever process makes a change publishes it. A tab that stays open for longer is published anew once it is used.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from bot.domain.errors import BotError, StoreUnavailable
from bot.domain.people import PersonId, Request
from bot.operations.home import Home, HomeTab, home_tab, keep_home_tab, look_again, open_home
from handlers.context import Context
from handlers.failures import told
from handlers.messages.home import home_failure_view, home_unexpected_view, home_view
from handlers.payloads import read_home_opening

_LOG = logging.getLogger(__name__)
_HOME = "home"


async def handle_home_opened(context: Context, ack: AsyncAck, body: Mapping[str, Any]) -> None:
    """Ack at once, and publish the tab; the event also comes for the app's messages, which are none of ours."""
    await ack()
    opening = read_home_opening(body)
    if opening.tab == _HOME:
        context.work.start(_open(context, opening.request))


def republish(context: Context, person_id: PersonId) -> None:
    """Show the tab anew, beside everything else, to somebody who has opened it."""
    context.work.start(_show_again(context, person_id))


async def note_click(context: Context, request: Request) -> None:
    """Somebody has used a control in the tab; one that was forgotten is published anew."""
    if await _kept(context, request.person_id) is None:
        await _keep(context, request.person_id, HomeTab(request.team))
        republish(context, request.person_id)


async def show_project(context: Context, request: Request, project: str) -> None:
    """List only the workflows of this project in the tab, or all of them again."""
    await _keep(context, request.person_id, HomeTab(request.team, project))
    republish(context, request.person_id)


async def _open(context: Context, request: Request) -> None:
    if context.index.is_old:
        context.work.start(_refresh(context, request.person_id))
    await context.index.first_look()

    async def look() -> tuple[Home, HomeTab]:
        tab = await home_tab(context.resources, request.person_id) or HomeTab(request.team)
        await keep_home_tab(context.resources, request.person_id, tab)
        return await open_home(context.resources, request), tab

    await _publish(context, request.person_id, look)


async def _kept(context: Context, person_id: PersonId) -> HomeTab | None:
    try:
        return await home_tab(context.resources, person_id)
    except StoreUnavailable as error:
        _LOG.warning("whether %s has the Home tab open cannot be read: %s", person_id, error)
        return None


async def _keep(context: Context, person_id: PersonId, tab: HomeTab) -> None:
    try:
        await keep_home_tab(context.resources, person_id, tab)
    except StoreUnavailable as error:
        _LOG.warning("that %s has the Home tab open cannot be kept: %s", person_id, error)


async def _show_again(context: Context, person_id: PersonId) -> None:
    tab = await _kept(context, person_id)
    if tab is None:
        return
    if context.index.is_old:
        context.work.start(_refresh(context, person_id))

    async def look() -> tuple[Home, HomeTab]:
        return await look_again(context.resources, Request(person_id, tab.team, _HOME)), tab

    await _publish(context, person_id, look)


async def _refresh(context: Context, person_id: PersonId) -> None:
    await context.index.refresh()
    republish(context, person_id)


async def _publish(context: Context, person_id: PersonId, look: Callable[[], Awaitable[tuple[Home, HomeTab]]]) -> None:
    """Nothing escapes: what goes wrong is shown in the tab."""
    frame, delivery = context.frame, context.delivery

    async def show() -> None:
        home, tab = await look()
        health = (await context.readiness.look()).findings
        await delivery.publish_home(person_id, home_view(frame, home, health, context.index, tab.project))

    async def fail(error: BotError) -> None:
        await delivery.publish_home(person_id, home_failure_view(frame, error))

    async def fail_unexpectedly(reference: str) -> None:
        await delivery.publish_home(person_id, home_unexpected_view(reference))

    async with context.publishing.setdefault(person_id, asyncio.Lock()):
        await told(show(), error=fail, unexpected=fail_unexpectedly)
