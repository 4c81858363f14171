"""A Bolt app whose listeners only ack, in a process that measures itself; run by `benchmarks.children`.

Its argument is `fast` for the way in which the bot acks (`process_before_response`) or `default` for Bolt's own. With
an app token it uses Bolt's own client for Socket Mode, as the bot does, else the bot's own door for HTTP.
"""

import asyncio
import os
import re
import sys
import time

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from benchmarks.children import measure_until_told
from handlers.http_door import HttpDoor


async def _only_ack(ack: AsyncAck) -> None:
    await ack()


async def main(acking: str) -> None:
    """Listen until there is no more to measure."""
    client = AsyncWebClient(os.environ.pop("SLACK_BOT_TOKEN"), base_url=os.environ["SLACK_API_URL"])
    bolt = AsyncApp(
        client=client,
        request_verification_enabled=False,  # the door does it, as for the bot
        process_before_response=acking == "fast",
    )
    bolt.command("/vi")(_only_ack)
    bolt.action(re.compile(""))(_only_ack)
    if app_token := os.environ.pop("SLACK_APP_TOKEN", None):
        handler = AsyncSocketModeHandler(bolt, app_token)
        await handler.connect_async()  # type: ignore[no-untyped-call] # Bolt gives it no types
        await measure_until_told("")
        await handler.close_async()  # type: ignore[no-untyped-call] # as above
    else:
        door = HttpDoor(bolt, [os.environ["SLACK_SIGNING_SECRET"]], time.monotonic)
        await measure_until_told(await door.open("127.0.0.1", 0))
        await door.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
