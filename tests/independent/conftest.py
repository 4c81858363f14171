"""The app in `bolt-js`, installed once and running against a Slack emulator in both of Slack's modes."""

import asyncio
import json
import shutil
import subprocess
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal

import pytest

from sandbox.slack.workspace import SlackWorkspace

APP = Path(__file__).with_name("bolt-js")
INSTALL = ("install", "--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts")
START_SECONDS = 20
EXPECTED_LINES = ("[INFO]", "[WARN]  bolt-app Failed to parse and verify the request data")
"""How the lines of the app's log begin that are no complaint; the second is its answer to a forged request."""

Mode = Literal["socket", "http"]


@pytest.fixture(scope="session")
def installed_app(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the app with what it depends on; the only thing here that needs a network is npm."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("Node is not installed: @slack/bolt cannot run")
    folder = tmp_path_factory.mktemp("bolt-js")
    shutil.copytree(APP, folder, dirs_exist_ok=True)
    installation = subprocess.run([npm, *INSTALL], cwd=folder, capture_output=True, text=True, check=False, timeout=300)
    assert installation.returncode == 0, installation.stderr
    return folder


@pytest.fixture(params=["socket", "http"])
async def slack(request: pytest.FixtureRequest, installed_app: Path) -> AsyncIterator[SlackWorkspace]:
    """A workspace with the app connected; it must be clean when the test is over."""
    mode: Mode = request.param
    workspace = await SlackWorkspace.start(APP / "manifest.yml", mode=mode)
    try:
        async with running(installed_app, environment(workspace, mode)) as ready:
            if mode == "http":
                workspace.set_request_url(f"http://127.0.0.1:{ready['port']}/slack/events")
            else:
                await workspace.wait_for_connection()
            yield workspace
    finally:
        await workspace.stop()
    workspace.assert_clean()


def environment(slack: SlackWorkspace, mode: Mode) -> dict[str, str]:
    """All that the app is told."""
    connection = (
        {"SLACK_APP_TOKEN": slack.app_token}
        if mode == "socket"
        else {"SLACK_SIGNING_SECRET": slack.signing_secret, "PORT": "0"}
    )
    return {"SLACK_API_URL": slack.api_url, "SLACK_BOT_TOKEN": slack.bot_token, **connection}


@asynccontextmanager
async def running(folder: Path, environment: dict[str, str]) -> AsyncIterator[dict[str, Any]]:
    """Run the app for as long as the block runs; whatever it has to complain about fails the test."""
    node = shutil.which("node")
    assert node is not None
    process = await asyncio.create_subprocess_exec(
        node, "app.js", cwd=folder, env=environment, stdout=PIPE, stderr=PIPE
    )
    try:
        yield await until_ready(process)
    finally:
        if process.returncode is None:
            process.terminate()
        log = b"".join(await process.communicate()).decode()
    assert [line for line in log.splitlines() if not line.startswith(EXPECTED_LINES)] == []


async def until_ready(process: asyncio.subprocess.Process) -> dict[str, Any]:
    """Wait for the line of JSON that the app prints when it is connected or listens."""
    assert process.stdout is not None
    assert process.stderr is not None
    async with asyncio.timeout(START_SECONDS):
        async for line in process.stdout:
            if line.startswith(b"{"):
                ready: dict[str, Any] = json.loads(line)
                return ready
        pytest.fail(f"The app did not start: {(await process.stderr.read()).decode()}")
