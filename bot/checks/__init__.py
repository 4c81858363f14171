"""What `vi-bot check` looks at: each thing that has to be right before the bot can work, and how to mend it."""

from collections.abc import AsyncIterator

import aiohttp
import yaml

from bot.app import SystemClock
from bot.checks.check import Check
from bot.checks.machine import health_port, spool
from bot.checks.manifest import manifest_path, manifest_seen
from bot.checks.roles import approvers, roles
from bot.checks.slack import SlackLook, app_token, bot_token, channels, clock_of_slack, user_groups
from bot.checks.store import store_checks
from bot.checks.vi import clock_of_vi, vi
from bot.ports import Clock
from bot.settings import Settings

_TIMEOUT = aiohttp.ClientTimeout(total=15)


async def run_checks(settings: Settings, clock: Clock | None = None) -> AsyncIterator[Check]:
    """Look at one thing after the other; what is wrong with one keeps none of the others back.

    Nothing is changed, but that a store in SQLite is made or brought up to this version of the bot, as at a start.
    """
    clock = clock or SystemClock()
    async with aiohttp.ClientSession(timeout=_TIMEOUT) as session:
        look = await SlackLook.through(settings, session, clock)
        yield bot_token(look)
        yield await app_token(look)
        yield clock_of_slack(look)
        yield await channels(look)
        yield await user_groups(look)
        yield roles(settings)
        yield await approvers(look)
        yield await vi(settings)
        yield await clock_of_vi(settings, session, clock)
        async for each in store_checks(settings, clock):
            yield each
        yield await spool(settings)
        yield manifest_seen(settings, yaml.safe_load(manifest_path().read_text()), look.granted)
        yield await health_port(settings, session)
