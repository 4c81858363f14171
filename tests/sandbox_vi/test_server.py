import json
import signal
import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest

from sandbox import scenarios
from sandbox.vi.server import ViEmulator


@pytest.fixture
def command() -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-m", "sandbox.vi", "--scenario", "empty"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_command_says_where_it_listens_and_ends_cleanly_when_told_to(
    command: subprocess.Popen[str], number: signal.Signals
) -> None:
    assert command.stdout is not None
    access = json.loads(command.stdout.readline())
    assert access.keys() == {"url", "secret_key", "organization_id"}
    answer = httpx.get(
        f"{access['url']}/workspaces/{access['organization_id']}/flows",
        headers={"Authorization": f"Bearer {access['secret_key']}", "Organization-Id": access["organization_id"]},
    )
    assert answer.json() == {"items": [], "nextPage": None, "prevPage": None}
    command.send_signal(number)
    rest, errors = command.communicate()
    assert (command.returncode, rest, errors) == (0, "", "")


async def test_each_emulator_has_a_key_and_an_organization_of_its_own() -> None:
    async with ViEmulator.start("empty") as one, ViEmulator.start("empty") as other:
        assert one.secret_key.startswith("dtvi_")
        assert len(one.secret_key) == 103
        assert one.secret_key != other.secret_key
        assert one.organization_id != other.organization_id
        assert one.url.startswith("http://127.0.0.1:")


async def test_an_emulator_can_be_started_and_stopped_by_hand_and_its_port_is_free_again() -> None:
    vi = await ViEmulator.start("empty")
    port = int(vi.url.rsplit(":", 1)[1])
    with pytest.raises(OSError, match="address already in use"):
        await ViEmulator.start("empty", port=port)
    await vi.stop()
    again = await ViEmulator.start("empty", port=port)
    assert again.url == vi.url
    await again.stop()


async def test_a_starting_state_made_for_the_occasion_will_do() -> None:
    async with ViEmulator.start(scenarios.StartingState("Only a name")) as vi:
        assert vi.organization.document()["name"] == "Only a name"
