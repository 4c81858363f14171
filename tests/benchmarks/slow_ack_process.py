"""The bot of `benchmarks.acks`, with 5 ms planted into the path to every ack."""

import asyncio
from collections.abc import Mapping
from typing import Any

from slack_bolt.async_app import AsyncAck

import handlers
from benchmarks import bot_process
from bot import app
from handlers.command import handle_vi_command
from handlers.context import Context


async def _handle_slowly(context: Context, ack: AsyncAck, body: Mapping[str, Any]) -> None:
    await asyncio.sleep(0.005)
    await handle_vi_command(context, ack, body)


if __name__ == "__main__":
    vars(app)["Work"] = bot_process.EmptyWork
    vars(handlers)["handle_vi_command"] = _handle_slowly
    asyncio.run(bot_process.main())
