"""The bot to try by hand: both emulators run, and a page in the browser is the Slack in front of them.

vi-bot demo
"""

import asyncio
import os
import signal
import sys
import webbrowser
from collections.abc import Mapping

from rich.console import Console

from sandbox import scenarios
from sandbox.page.server import FIRST_PORT, PageServer
from sandbox.playground import Playground, playground

_BAD_USAGE = 2
_HIGHEST_FIRST = ("admin", "operator", "viewer", "approver")


async def run_demo(scenario: str, *, port: int = FIRST_PORT, open_browser: bool = True) -> int:
    """Run until SIGINT or SIGTERM.

    Args:
        scenario: what the emulated organization holds: a name of `sandbox.scenarios`.
        port: where the page is, or the next port that is free; 0 takes any.
        open_browser: whether to open the page where there is a browser to open it in.

    Returns:
        0, or 2 if there is no such scenario.
    """
    out = Console(highlight=False, markup=False, soft_wrap=True)
    if scenario not in scenarios.NAMES:
        out.print(f"There is no scenario {scenario!r}; there are: {', '.join(scenarios.NAMES)}.")
        return _BAD_USAGE
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with (
        playground(scenario) as play,
        PageServer.start(play.slack, play.vi, roles=roles(play), port=port) as page,
    ):
        out.print(f"A Slack and a Vi to try the bot with; nothing leaves this machine. Ctrl-C ends it.\n\n{page.url}\n")
        if open_browser and has_browser(os.environ, sys.platform):
            await asyncio.to_thread(webbrowser.open, page.url)
        await stopped.wait()
    return 0


def roles(play: Playground) -> dict[str, str]:
    """The highest role that the bot's configuration gives to each person of the workspace, by user id."""
    policy, directory = play.bot.resources.policy, play.slack.state.directory
    given: dict[str, set[str]] = {str(each): {*map(str, held)} for each, held in policy.people.items()}
    for group_id, held in policy.groups.items():
        for member in directory.groups[str(group_id)].members:
            given.setdefault(member, set()).update(map(str, held))
    return {each: next(role for role in _HIGHEST_FIRST if role in held) for each, held in given.items() if held}


def has_browser(environment: Mapping[str, str], platform: str) -> bool:
    """Whether there is a screen to open a browser on, and a person in front of it."""
    if environment.get("CI", "").lower() in {"true", "1"}:
        return False
    return platform in {"darwin", "win32"} or bool(environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"))
