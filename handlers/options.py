"""What a select offers while somebody types in it, in well under the 3 s that Slack waits.

Answered from memory or from the bot's own store: no key that is pressed waits for Vi, but for the first look at a list.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from bot.operations.index import may_choose
from bot.operations.locking import find_locks
from bot.operations.restorable import find_restorable
from bot.operations.warm import WarmList
from handlers import action_ids
from handlers.context import Context
from handlers.failures import told
from handlers.messages.suggestions import (
    OPTIONS,
    offered_locks,
    offered_runs,
    offered_snapshots,
    offered_workflows,
)
from handlers.payloads import read_suggestion

_Groups = list[dict[str, Any]]


async def handle_options(context: Context, ack: AsyncAck, body: Mapping[str, Any]) -> None:
    """Ack with what fits; with nothing for who may not see it, and where something is wrong."""

    async def offer_nothing(_what: object) -> None:
        await ack(options=[])

    await told(_offer(context, ack, body), error=offer_nothing, unexpected=offer_nothing)


async def _offer(context: Context, ack: AsyncAck, body: Mapping[str, Any]) -> None:
    suggestion = read_suggestion(body)
    groups: _Groups = []
    if await may_choose(context.resources, suggestion.request):
        groups = await _OFFERS.get(suggestion.action_id, _workflows)(context, suggestion.typed)
    if groups:
        await ack(option_groups=groups)
    else:
        await ack(options=[])


async def _workflows(context: Context, typed: str) -> _Groups:
    await _warm(context, context.index)
    found = context.index.search(typed, limit=OPTIONS)
    return offered_workflows(found, context.index.read_at, context.resources.clock.now())


async def _runs(context: Context, typed: str) -> _Groups:
    await _warm(context, context.runs)
    found = context.runs.search(typed, limit=OPTIONS)
    return offered_runs(found, context.runs.read_at, context.resources.clock.now())


async def _snapshots(context: Context, typed: str) -> _Groups:
    await _warm(context, context.index)  # what is gone comes first
    return offered_snapshots(await find_restorable(context.resources, context.index, typed))


async def _locks(context: Context, typed: str) -> _Groups:
    return offered_locks(await find_locks(context.resources, typed))


async def _warm(context: Context, kept: WarmList) -> None:
    if kept.is_old:
        context.work.start(kept.refresh())
    await kept.first_look()


_OFFERS: Mapping[str, Callable[[Context, str], Awaitable[_Groups]]] = {
    action_ids.RUN_CHOSEN: _runs,
    action_ids.SNAPSHOT_CHOSEN: _snapshots,
    action_ids.LOCK_CHOSEN: _locks,
}
"""By the select's own name; all the others offer workflows."""
