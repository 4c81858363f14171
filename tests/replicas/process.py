"""The bot as `vi-bot run` starts it, from the environment, but with leases and rounds of a few seconds."""

import asyncio
import signal

from bot.app import Timing, running
from bot.logs import configure_logs
from bot.ports import LeaseTimes
from bot.settings import Settings
from bot.vi.retries import Limits

TIMING = Timing(
    recovery=0.3,
    shutdown=10.0,
    look_back=(0.0, 0.3),
    vi=Limits(reading=1.5, listing=1.5, creating=1.5, deleting=1.5, first_pause=0.05, longest_pause=0.2),
    leases=LeaseTimes(lifetime=4.0, renewal=0.5, longest_change=2.0, taking_up=4.0),
)


async def run() -> None:
    """Until SIGTERM."""
    settings, stopped = Settings(), asyncio.Event()
    configure_logs(settings.log_level, secrets=settings.secrets)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    async with running(settings, TIMING):
        await stopped.wait()


if __name__ == "__main__":
    asyncio.run(run())
