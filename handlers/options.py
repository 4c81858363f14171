"""What a select offers while somebody types in it: answered from memory, in well under the 3 s that Slack waits."""

from collections.abc import Mapping
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from bot.operations.index import may_choose
from handlers.context import Context
from handlers.failures import told
from handlers.messages.choice import OPTIONS, suggestions
from handlers.payloads import read_suggestion


async def handle_options(context: Context, ack: AsyncAck, body: Mapping[str, Any]) -> None:
    """Ack with the workflows that fit; with none for who may not see them, and where something is wrong."""

    async def offer_nothing(_what: object) -> None:
        await ack(options=[])

    await told(_offer(context, ack, body), error=offer_nothing, unexpected=offer_nothing)


async def _offer(context: Context, ack: AsyncAck, body: Mapping[str, Any]) -> None:
    suggestion, index = read_suggestion(body), context.index
    groups = []
    if await may_choose(context.resources, suggestion.request):
        if index.is_old:
            context.work.start(index.refresh())
        await index.first_look()
        found = index.search(suggestion.typed, limit=OPTIONS)
        groups = suggestions(found, index.read_at, context.resources.clock.now())
    if groups:
        await ack(option_groups=groups)
    else:
        await ack(options=[])
