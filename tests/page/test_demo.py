"""`vi-bot demo`: both emulators, the bot and the page, until somebody ends it."""

import os
import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from sandbox import demo
from sandbox.playground import playground

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "bot", "demo"]


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_the_address_is_printed_and_answers_and_a_signal_ends_it_cleanly(how: signal.Signals) -> None:
    coverage = {name: value for name, value in os.environ.items() if name.startswith("COV")}
    environment = {"CI": "true", "PATH": "", **coverage}
    with subprocess.Popen(
        COMMAND, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        url = next(line.strip() for line in process.stdout if line.startswith("http"))
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/[\w-]{32}/", url)
        with urllib.request.urlopen(url) as response:  # noqa: S310 - the address was just looked at
            assert b"Sandbox Slack" in response.read()
        process.send_signal(how)
        assert (process.wait(30), process.stderr.read()) == (0, "")


async def test_a_scenario_that_there_is_not_is_said_with_those_that_there_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert await demo.run_demo("no-such", open_browser=False) == 2
    assert "small-team" in capsys.readouterr().out


async def test_the_roles_shown_are_those_of_the_bots_configuration() -> None:
    async with playground() as play:
        shown = demo.roles(play)
        people = play.slack.state.directory.people
    named = {people[user_id].name: role for user_id, role in shown.items()}
    assert named.items() >= {"alice": "admin", "omar": "operator", "vera": "viewer"}.items()
    assert "gus" not in named


@pytest.mark.parametrize(
    ("environment", "platform", "expected"),
    [
        ({"DISPLAY": ":0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        ({}, "linux", False),
        ({}, "darwin", True),
        ({"DISPLAY": ":0", "CI": "true"}, "linux", False),
        ({"CI": "1"}, "darwin", False),
    ],
)
def test_a_browser_is_opened_only_where_somebody_sees_it(
    environment: dict[str, str], platform: str, *, expected: bool
) -> None:
    assert demo.has_browser(environment, platform) is expected
