"""The Home tab: published when somebody opens it, and again after each change that concerns them.

Which tabs were opened is known to this process only: after a restart a tab that stayed open is published again when
its person next uses it or comes back to it.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from bot.domain.errors import BotError
from bot.domain.people import PersonId, Request
from bot.operations.home import Home, look_again, open_home
from bot.ports import Resources
from handlers.context import Context, HomeTab
from handlers.failures import told
from handlers.messages.home import home_failure_view, home_unexpected_view, home_view
from handlers.payloads import read_home_opening

_HOME = "home"


async def handle_home_opened(context: Context, ack: AsyncAck, body: Mapping[str, Any]) -> None:
    """Ack at once, and publish the tab; the event also comes for the app's messages, which are none of ours."""
    await ack()
    opening = read_home_opening(body)
    if opening.tab == _HOME:
        context.work.start(_open(context, opening.request))


def republish(context: Context, person_id: PersonId) -> None:
    """Show the tab anew, beside everything else, to somebody who has opened it."""
    tab = context.home_tabs.get(person_id)
    if tab is None:
        return
    context.work.start(_publish(context, Request(person_id, tab.team, _HOME), tab, look_again))
    if context.index.is_old:
        context.work.start(_refresh(context, person_id))


def note_click(context: Context, request: Request) -> None:
    """Somebody has used a control in the tab; one from before a restart is published anew."""
    if request.person_id not in context.home_tabs:
        _tab_of(context, request)
        republish(context, request.person_id)


async def show_project(context: Context, request: Request, project: str) -> None:
    """List only the workflows of this project in the tab, or all of them again."""
    _tab_of(context, request).project = project
    republish(context, request.person_id)


async def _open(context: Context, request: Request) -> None:
    if context.index.is_old:
        context.work.start(_refresh(context, request.person_id))
    await context.index.first_look()
    await _publish(context, request, _tab_of(context, request), open_home)


async def _refresh(context: Context, person_id: PersonId) -> None:
    await context.index.refresh()
    republish(context, person_id)


async def _publish(
    context: Context, request: Request, tab: HomeTab, look: Callable[[Resources, Request], Awaitable[Home]]
) -> None:
    """Nothing escapes: what goes wrong is shown in the tab."""
    frame, delivery, person_id = context.frame, context.delivery, request.person_id

    async def show() -> None:
        home = await look(context.resources, request)
        await delivery.publish_home(person_id, home_view(frame, home, context.index, tab.project))

    async def fail(error: BotError) -> None:
        await delivery.publish_home(person_id, home_failure_view(frame, error))

    async def fail_unexpectedly(reference: str) -> None:
        await delivery.publish_home(person_id, home_unexpected_view(reference))

    async with tab.publishing:
        await told(show(), error=fail, unexpected=fail_unexpectedly)


def _tab_of(context: Context, request: Request) -> HomeTab:
    return context.home_tabs.setdefault(request.person_id, HomeTab(request.team))
