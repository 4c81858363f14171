"""How the bot is: to people by `/vi status`, to machines over HTTP; and what the log says of each command."""

import asyncio
import json
from collections.abc import AsyncIterator
from io import StringIO
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.app import running
from bot.domain.errors import StoreUnavailable
from bot.logs import configure_logs
from bot.operations.recovery import Settled, settle_open_operations
from bot.ports import Resources
from handlers import duties
from sandbox.playground import Playground, playground_settings
from sandbox.vi import faults
from tests.journeys.conftest import QUICK, Start
from tests.journeys.steps import asked, idle
from tests.logging_state import log_restored


@pytest.fixture
async def play(start: Start) -> Playground:
    """A bot that tells its health, with its start behind it."""
    begun = await start(VI_BOT_HEALTH_PORT=0)
    await begun.bot.readiness.vitals.recovered.wait()
    return begun


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


async def get(session: aiohttp.ClientSession, play: Playground, path: str) -> tuple[int, Any]:
    async with session.get(play.health_address + path) as response:
        text = await response.text()
        return response.status, json.loads(text) if response.content_type == "application/json" else text


async def test_a_viewer_reads_that_nothing_is_wrong(play: Playground) -> None:
    answer = (await asked(play.slack.user("vera"), "/vi status")).text
    assert "✓ Slack reaches this process over" in answer
    assert "✓ The bot's memory can be written" in answer
    assert "✓ Vi answered" in answer
    assert "1 process at work" in answer
    assert "This process:" not in answer
    assert "✗" not in answer


async def test_an_admin_sees_which_process_it_is(play: Playground) -> None:
    assert "This process: " in (await asked(play.slack.user("alice"), "/vi status")).text


async def test_whoever_is_not_let_in_is_refused_and_both_looks_are_in_the_trail(play: Playground) -> None:
    await asked(play.slack.user("vera"), "/vi status")
    assert (
        "Guests of this workspace cannot use this bot" in (await asked(play.slack.user("gus"), "/vi status", "dm")).text
    )
    told = (await asked(play.slack.user("alice"), "/vi audit --action status")).text
    assert told.count("Status") >= 2


async def test_where_vi_is_away_people_are_told_and_the_process_stays_in_service(
    play: Playground, session: aiohttp.ClientSession
) -> None:
    play.vi.faults.on("GET", "*", faults.error(401), times=None)
    await asked(play.slack.user("vera"), "/vi list --fresh")
    assert "✗ Vi does not let this bot's key do this" in (await asked(play.slack.user("vera"), "/vi status")).text
    status, told = await get(session, play, "/readyz")
    assert (status, told["status"]) == (200, "degraded")
    assert {each["name"]: each["ok"] for each in told["checks"]}["vi"] is False


async def test_probes_are_answered_and_say_what_was_looked_at(play: Playground, session: aiohttp.ClientSession) -> None:
    assert await get(session, play, "/healthz") == (200, {"status": "alive"})
    status, told = await get(session, play, "/readyz")
    assert (status, told["status"]) == (200, "ready")
    assert [each["name"] for each in told["checks"]] == ["slack", "store", "recovery", "presence", "work", "vi"]
    assert (await get(session, play, "/"))[0] == 404


async def test_a_process_that_is_being_stopped_says_so(play: Playground, session: aiohttp.ClientSession) -> None:
    play.bot.readiness.vitals.drain()
    status, told = await get(session, play, "/readyz")
    assert (status, told["status"]) == (503, "not ready")


async def test_it_goes_on_saying_so_until_running_work_has_ended(
    play: Playground, session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    stopping, told = asyncio.Event(), []
    settings = playground_settings(
        play.slack, play.vi, str(tmp_path / "other.db"), VI_BOT_HEALTH_PORT=0, VI_BOT_HTTP_PORT=0
    )
    async with running(settings, QUICK) as other:

        async def ask_at_the_end() -> None:
            await stopping.wait()
            async with session.get(f"{other.health_address}/readyz") as response:
                checks = {each["name"]: each["ok"] for each in (await response.json())["checks"]}
                told.append((response.status, checks["work"]))

        other.context.work.start(ask_at_the_end())
        stopping.set()
    assert told == [(503, False)]


async def test_what_people_do_is_counted(play: Playground, session: aiohttp.ClientSession) -> None:
    await asked(play.slack.user("vera"), "/vi list")
    await asked(play.slack.user("vera"), f"/vi backup {idle(play)}")
    await asked(play.slack.user("vera"), "/vi Omars-secret-workflow")
    _status, page = await get(session, play, "/metrics")
    for line in (
        'vi_bot_commands_total{command="list",result="ok"} 1.0',
        'vi_bot_commands_total{command="backup",result="refused"} 1.0',
        'vi_bot_commands_total{command="other",result="bad_command"} 1.0',
        'vi_bot_refusals_total{missing="operator"} 1.0',
        'vi_bot_ack_seconds_count{kind="command"} 3.0',
        'vi_bot_vi_requests_total{method="GET",outcome="ok"}',
        'vi_bot_audit_entries_total{action="vi.workflow.list",stage="succeeded"} 1.0',
        "vi_bot_slack_connections 1.0",
        "vi_bot_ready 1.0",
    ):
        assert line in page
    assert "secret" not in page


async def test_each_command_is_one_line_of_the_log_and_what_it_did_bears_its_operation(start: Start) -> None:
    written = StringIO()
    with log_restored():
        configure_logs("INFO", stream=written)
        play = await start()
        omar = play.slack.user("omar")
        await asked(omar, "/vi show gone-0123")
        await asked(omar, "/vi list")
        workflow_id = idle(play)
        play.vi.faults.on("GET", f"flows/{workflow_id}", faults.error(500))
        await asked(omar, f"/vi show {workflow_id}")
        await play.bot.work.drain(5)
    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    commands = [each for each in lines if each.get("command")]
    assert [(each["command"], each["result"]) for each in commands] == [
        ("show", "workflow_missing"),
        ("list", "ok"),
        ("show", "ok"),
    ]
    assert all(isinstance(each["milliseconds"], int) and each["kind"] == "command" for each in commands)
    (trouble,) = [each for each in lines if each["logger"] == "bot.vi.retries" and "500" in each["event"]]
    assert trouble["kind"] == "command"
    assert trouble["operation"] == commands[2]["operation"]
    assert len({each["operation"] for each in commands}) == 3


async def test_an_address_that_is_taken_ends_the_start(play: Playground, tmp_path: Path) -> None:
    port = play.health_address.rpartition(":")[2]
    settings = playground_settings(
        play.slack, play.vi, str(tmp_path / "other.db"), VI_BOT_HEALTH_PORT=port, VI_BOT_HTTP_PORT=0
    )
    with pytest.raises(ValueError, match="for health and metrics, cannot be had"):
        async with running(settings, QUICK):
            pass


async def test_while_nobody_could_look_at_what_was_left_open_a_process_is_not_ready(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = asyncio.Event()

    async def fail(resources: Resources) -> AsyncIterator[Settled]:
        tried.set()
        if resources.presence.process:
            raise StoreUnavailable("The disk is full.")
        async for settled in settle_open_operations(resources):
            yield settled

    monkeypatch.setattr(duties, "settle_open_operations", fail)
    play = await start()
    await tried.wait()
    assert not (await play.bot.readiness.look()).is_ready
