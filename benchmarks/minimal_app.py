"""The least that a bot for Slack is: Bolt, settings from the environment, a listener that acks, HTTP.

Run as `python -m benchmarks.minimal_app`. It says on standard error when it listens; like the bot, it has asked Slack
by then who it is, so that its first request waits for nothing.
"""

import asyncio
import sys

from aiohttp import web
from pydantic import SecretStr
from pydantic_settings import BaseSettings
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient


class _Settings(BaseSettings):
    slack_bot_token: SecretStr
    slack_signing_secret: SecretStr
    slack_api_url: str = "https://slack.com/api/"
    vi_bot_http_port: int = 3000


async def _main() -> None:
    settings = _Settings.model_validate({})
    client = AsyncWebClient(settings.slack_bot_token.get_secret_value(), base_url=settings.slack_api_url)
    app = AsyncApp(client=client, signing_secret=settings.slack_signing_secret.get_secret_value())

    @app.command("/vi")
    async def ack_only(ack: AsyncAck) -> None:
        await ack()

    async def take(request: web.Request) -> web.Response:
        return await to_aiohttp_response(await app.async_dispatch(await to_bolt_request(request)))

    application = web.Application()
    application.router.add_post("/slack/events", take)
    runner = web.AppRunner(application, access_log=None)
    await client.auth_test()
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", settings.vi_bot_http_port).start()
    sys.stderr.write("The minimal app listens.\n")
    sys.stderr.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_main())
