"""SIGTERM: what runs is finished and told, nothing that was acknowledged is lost, and the process ends in time."""

import asyncio
import signal
import socket
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.app import Timing
from bot.domain.audit import Action, AuditEntry, Stage, content_of
from bot.ports import TrailQuery
from bot.store.trail import read_trail
from bot.store.verification import Verdict, verify_file
from sandbox.playground import Mode, playground
from sandbox.slack.driver.page import Reply
from sandbox.slack.workspace import SlackWorkspace
from sandbox.vi import faults
from sandbox.vi.server import ViEmulator
from tests.journeys.steps import confirm, dialogue
from tests.journeys.test_crash import BotProcess

DEADLINE = 15.0
COMMANDS, DELETIONS = 50, 5
ENDS = {"succeeded", "failed"}


@dataclass
class Company:
    """A bot in a process of its own, with a Slack and a Vi."""

    slack: SlackWorkspace
    vi: ViEmulator
    process: BotProcess
    store: Path

    def idle(self) -> list[str]:
        """The workflows that no run is using."""
        organization = self.vi.organization
        return [each for each in organization.workflow_ids() if not organization.active_runs_of(each)]

    def entries(self) -> list[AuditEntry]:
        """The trail, oldest first, once the process has ended."""
        assert verify_file(self.store).verdict is Verdict.SOUND
        return [content_of(each) for each in reversed(read_trail(self.store, TrailQuery(limit=10_000)))]

    async def deleting(self, workflow_ids: list[str]) -> faults.Hold:
        """Have deletions confirmed, each of which Vi is holding."""
        hold = self.vi.faults.on("DELETE", "flows/*", faults.Hold(), times=None)
        for number, workflow_id in enumerate(workflow_ids, 1):
            await confirm(await dialogue(self.slack.user("omar"), f"/vi delete {workflow_id}"), back_up=False)
            async with asyncio.timeout(10):
                while self.vi.requests.count("DELETE") < number:  # noqa: ASYNC110 - Vi gives no notice of each
                    await asyncio.sleep(0.01)
        return hold


@asynccontextmanager
async def company(mode: Mode, tmp_path: Path, **more: str) -> AsyncIterator[Company]:
    """Start everything; the test ends the bot."""
    store = tmp_path / "vi-bot.db"
    slack = await SlackWorkspace.start("manifest.yml", mode=mode, rate_limited=False)
    if mode == "http":
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        more |= {"SLACK_APP_TOKEN": "", "SLACK_SIGNING_SECRET": slack.signing_secret, "VI_BOT_HTTP_PORT": str(port)}
        slack.set_request_url(f"http://127.0.0.1:{port}/slack/events")
    try:
        async with ViEmulator.start() as vi:
            process = BotProcess(slack, vi, store, **{"VI_BOT_SHUTDOWN_SECONDS": f"{DEADLINE:g}", **more})
            try:
                await process.start()
                yield Company(slack, vi, process, store)
            finally:
                await process.clear_away()
    finally:
        await slack.stop()


async def commands_under_way(at: Company) -> list[asyncio.Task[Reply]]:
    """Many commands that come within a moment, half of which are acknowledged when this returns."""
    people = [at.slack.user(name) for name in ("omar", "vera", "alice")]
    asked = [
        asyncio.create_task(people[number % 3].command("/vi list --fresh" if number % 2 else "/vi audit", "ml-ops"))
        for number in range(COMMANDS)
    ]
    waiting = set(asked)
    while len(waiting) > COMMANDS // 2:
        _done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    return asked


@pytest.mark.parametrize(("mode", "connections"), [("socket", "1"), ("socket", "3"), ("http", "1")])
async def test_sigterm_under_load_loses_nothing_that_was_acknowledged(
    tmp_path: Path, mode: Mode, connections: str
) -> None:
    async with company(mode, tmp_path, VI_BOT_SLACK_CONNECTIONS=connections) as at:
        doomed = at.idle()[:DELETIONS]
        hold = await at.deleting(doomed)
        at.vi.faults.on("GET", "*", faults.Delay(0.3), times=None)
        dm = at.slack.state.directory.person("omar").dm_id
        asked = await commands_under_way(at)
        began = time.monotonic()
        at.process.tell()
        replies = await asyncio.gather(*asked)
        acknowledged = [reply for reply in replies if reply.error is None]
        hold.release()
        code, said = await at.process.ended()
        took = time.monotonic() - began

        assert (code, took < DEADLINE) == (0, True), said
        assert len(acknowledged) >= COMMANDS // 2
        for reply in acknowledged:
            assert (await reply.answer()).text
        told = [each for each in at.slack.user("omar").messages if each.channel_id == dm and "Deleted “" in each.text]
        assert (len(told), at.slack.connections) == (DELETIONS, 0)
        assert not set(doomed) & set(at.vi.organization.workflow_ids())

        entries = at.entries()
        stages = defaultdict(list)
        for entry in entries:
            stages[entry.operation_id].append(entry.stage)
        begun = [each for each in stages.values() if "started" in each]
        assert len(begun) == DELETIONS
        assert all(ENDS & set(each) for each in begun)
        assert entries[-1].action is Action.STOP


async def test_of_a_batch_the_item_that_runs_is_finished_and_the_rest_comes_at_the_next_start(
    tmp_path: Path, mode: Mode
) -> None:
    async with company(mode, tmp_path) as at:
        first, *others = at.idle()[:3]
        hold = await at.deleting([" ".join([first, *others])])
        at.process.tell()
        hold.release()
        code, said = await at.process.ended()
        assert (code, "broken off" in said) == (0, False), said
        assert [each in at.vi.organization.workflow_ids() for each in (first, *others)] == [False, True, True]
        stages = [each.stage for each in at.entries() if each.action is Action.DELETE]
        assert stages == [Stage.REQUESTED] * 3 + [Stage.STARTED, Stage.SUCCEEDED]

        at.vi.faults.clear()
        await at.process.start()
        told = await at.slack.user("omar").sees(text="Deleted 3 of 3 workflows", channel="dm", timeout=15)
        assert told.text
        assert not {first, *others} & set(at.vi.organization.workflow_ids())
        assert at.vi.requests.count("DELETE") == 3
        assert await at.process.kill(signal.SIGTERM) == 0


async def test_what_does_not_end_in_time_is_broken_off_and_settled_at_the_next_start(
    tmp_path: Path, mode: Mode
) -> None:
    async with company(mode, tmp_path, VI_BOT_SHUTDOWN_SECONDS="0.3") as at:
        (doomed,) = at.idle()[:1]
        hold = await at.deleting([doomed])
        at.process.tell()
        code, said = await at.process.ended()
        assert (code, "1 tasks were broken off" in said) == (0, True), said
        hold.cut()
        at.vi.faults.clear()

        await at.process.start()
        told = await at.slack.user("omar").sees(text="was interrupted", channel="dm", timeout=15)
        assert "it was not carried out" in told.text
        assert doomed in at.vi.organization.workflow_ids()
        assert await at.process.kill(signal.SIGTERM) == 0
        stages = [each.stage for each in at.entries() if each.action is Action.DELETE]
        assert stages == ["requested", "started", "failed"]


@pytest.mark.parametrize(("number", "expected"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
async def test_a_second_signal_ends_the_bot_at_once(tmp_path: Path, number: signal.Signals, expected: int) -> None:
    async with company("socket", tmp_path) as at:
        hold = await at.deleting(at.idle()[:1])
        at.process.tell()
        await at.slack.state.changes.wait_for(lambda: at.slack.connections == 0 or None, 10)
        at.process.tell(number)
        code, said = await at.process.ended()
        assert (code, "Once more ends it at once" in said) == (expected, True), said
        assert at.entries()[-1].action is Action.DELETE
        hold.cut()


async def test_a_token_that_is_revoked_ends_the_bot_with_a_code_of_its_own(tmp_path: Path) -> None:
    async with company("socket", tmp_path) as at:
        at.slack.revoke_app_token()
        await at.slack.disconnect("link_disabled")
        code, said = await at.process.ended()
        assert (code, "does not accept the app-level token any more: invalid_auth" in said) == (3, True), said
        assert at.entries()[-1].action is Action.STOP


async def test_without_a_connection_for_too_long_the_bot_ends_with_that_code(tmp_path: Path) -> None:
    async with company("socket", tmp_path, VI_BOT_SLACK_LOST_SECONDS="1") as at:
        at.slack.faults.on("apps.connections.open", status=503, error="service_unavailable", times=1000)
        at.slack.drop_connections()
        code, said = await at.process.ended()
        assert (code, "There was no connection to Slack for 1 s." in said) == (3, True), said


@pytest.mark.parametrize("connections", [1, 3])
async def test_every_command_is_answered_while_connections_are_refreshed(tmp_path: Path, connections: int) -> None:
    store = str(tmp_path / "vi-bot.db")
    timing = Timing(recovery=3600, patience=5)
    async with playground(store=store, timing=timing, VI_BOT_SLACK_CONNECTIONS=connections) as play:
        await play.slack.wait_for_connection(connections)
        vera, asked = play.slack.user("vera"), []
        for reason in ("warning", "refresh_requested"):
            before = play.slack.wire.count("apps.connections.open")
            await play.slack.disconnect(reason)
            while play.slack.wire.count("apps.connections.open") < before + connections:
                asked.append(asyncio.create_task(vera.command("/vi whoami", "ml-ops")))
                await asyncio.sleep(0.005)
            await play.slack.wait_for_connection(connections)
        replies = await asyncio.gather(*asked)
        assert {reply.error for reply in replies} == {None}
        assert all([(await reply.answer()).text for reply in replies])
        assert (play.bot.slack.wanted, play.bot.slack.ghosts) == (connections, 0)
        assert play.bot.slack.last_message is not None
        play.slack.assert_clean()
