"""What is asked of Vi: whether it takes the key, and what time it is there."""

import aiohttp

from bot.checks.check import Check
from bot.checks.clock import clock_check
from bot.domain.errors import BotError
from bot.ports import Clock
from bot.settings import Settings
from bot.vi.client import ViClient


async def vi(settings: Settings) -> Check:
    """Whether key and organization fit."""
    key, organization = settings.datature_vi_secret_key, settings.datature_vi_organization_id
    async with ViClient(settings.datature_vi_api_endpoint, key.get_secret_value(), organization) as client:
        try:
            await client.ping()
        except BotError as error:
            return Check("Vi", passed=False, finding=error.sentence, advice=error.advice)
    return Check("Vi", passed=True, finding=f"organization {organization}")


async def clock_of_vi(settings: Settings, session: aiohttp.ClientSession, clock: Clock) -> Check:
    """Whether this machine's clock agrees with Vi's; asked without the key, since any answer is dated."""
    name = "Clock and Vi's"
    try:
        async with session.get(settings.datature_vi_api_endpoint, allow_redirects=False) as answer:
            return clock_check(name, "Vi's", answer.headers.get("Date", ""), clock.now())
    except (aiohttp.ClientError, TimeoutError) as error:
        finding = f"it cannot be told, since Vi cannot be reached ({type(error).__name__})"
        return Check(name, passed=False, finding=finding)
