"""The workspace as a process of its own."""

import asyncio
import json
import signal
import sys
from pathlib import Path

import aiohttp
import pytest
import yaml
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack.manifest import load_manifest
from sandbox.slack.workspace import SlackWorkspace
from tests.sandbox_slack.clients import MANIFEST

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_the_process_says_where_it_is_and_stops_when_it_is_told(number: signal.Signals) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "sandbox.slack",
        "--manifest",
        str(MANIFEST),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    connection = json.loads(await process.stdout.readline())
    client = AsyncWebClient(token=connection["bot_token"], base_url=connection["api_url"])
    me = await client.auth_test()
    process.send_signal(number)
    _, complaints = await process.communicate()

    assert set(connection) == {"url", "api_url", "bot_token", "app_token", "signing_secret"}
    assert connection["url"].startswith("http://127.0.0.1:")
    assert me["ok"]
    assert (process.returncode, complaints) == (0, b"")
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientConnectionError):
            await session.get(connection["url"])


async def test_a_port_that_is_taken_is_said_to_be() -> None:
    slack = await SlackWorkspace.start(MANIFEST)
    port = int(slack.url.rpartition(":")[2])

    with pytest.raises(OSError, match="address already in use"):
        await SlackWorkspace.start(MANIFEST, port=port)
    await slack.stop()


def test_what_is_no_manifest_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "manifest.yml"
    path.write_text("features: {slash_commands: [{description: Nameless}]}")

    with pytest.raises(ValueError, match="not an app manifest"):
        load_manifest(path)


def test_a_manifest_can_be_given_as_a_file_or_as_its_content() -> None:
    assert load_manifest(MANIFEST) == load_manifest(yaml.safe_load(MANIFEST.read_text()))
