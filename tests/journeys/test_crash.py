"""kill -9 between `started` and the platform's answer: the next start finds out what happened, and repeats nothing."""

import asyncio
import os
import random
import signal
import sys
from pathlib import Path

import bot
from bot.domain.audit import content_of
from bot.ports import TrailQuery
from bot.store.trail import read_trail
from bot.store.verification import Verdict, verify_file
from sandbox.playground import playground_settings
from sandbox.slack.workspace import SlackWorkspace
from sandbox.vi import faults
from sandbox.vi.server import ViEmulator
from tests.journeys.steps import confirm, dialogue

KILLS = 10
NAMES = ("slack_bot_token", "slack_app_token", "datature_vi_secret_key")


def environment(slack: SlackWorkspace, vi: ViEmulator, store: Path) -> dict[str, str]:
    """The settings of a bot in a process of its own, as an operator would set them."""
    settings = playground_settings(slack, vi, str(store), SLACK_APP_TOKEN=slack.app_token)
    secret = {name.upper(): getattr(settings, name).get_secret_value() for name in NAMES}
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(Path(bot.__file__).parents[1]),  # the bot that is tested, wherever one is installed
        **{name: value for name, value in os.environ.items() if name.startswith("COV")},
        **secret,
        "SLACK_API_URL": settings.slack_api_url,
        "DATATURE_VI_ORGANIZATION_ID": settings.datature_vi_organization_id,
        "DATATURE_VI_API_ENDPOINT": settings.datature_vi_api_endpoint,
        "VI_BOT_STORE": settings.store,
        "VI_BOT_OPERATORS": ",".join(settings.operators),
        "VI_BOT_AUDIT_CHANNEL": settings.audit_channel,
    }


class BotProcess:
    """`vi-bot run`, started anew after each kill."""

    def __init__(self, slack: SlackWorkspace, vi: ViEmulator, store: Path, **more: str) -> None:
        self._slack = slack
        self._environment = {**environment(slack, vi, store), **more}
        self._folder = store.parent
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bot",
            "run",
            env=self._environment,
            cwd=self._folder,
            stderr=asyncio.subprocess.PIPE,
        )
        if not self._environment["SLACK_APP_TOKEN"]:
            assert self._process.stderr is not None
            while b"listens to" not in await self._process.stderr.readline():
                assert self._process.returncode is None
            return
        await self._slack.wait_for_connection(seconds=20)

    def tell(self, number: int = signal.SIGTERM) -> None:
        """Send a signal, and let the process do with it what it will."""
        assert self._process is not None
        self._process.send_signal(number)

    async def ended(self) -> tuple[int, str]:
        """Wait for the end: the exit code, and what was said on standard error."""
        assert self._process is not None
        _out, errors = await self._process.communicate()
        assert self._process.returncode is not None
        return self._process.returncode, errors.decode()

    async def clear_away(self) -> None:
        """Kill what a test that failed left running."""
        if self._process is not None and self._process.returncode is None:
            await self.kill()

    async def kill(self, number: int = signal.SIGKILL) -> int:
        assert self._process is not None
        self._process.send_signal(number)
        _out, _errors = await self._process.communicate()
        await self._slack.state.changes.wait_for(lambda: self._slack.connections == 0 or None, 5)
        assert self._process.returncode is not None
        return self._process.returncode


async def test_ten_kills_leave_nothing_open_and_delete_nothing_twice(tmp_path: Path) -> None:
    seed = random.randrange(1_000_000)
    sys.stdout.write(f"seed {seed}\n")  # shown where it fails
    chance = random.Random(seed)
    store = tmp_path / "vi-bot.db"
    slack = await SlackWorkspace.start("manifest.yml")
    async with ViEmulator.start() as vi:
        process = BotProcess(slack, vi, store)
        await process.start()
        omar = slack.user("omar")
        effects: dict[str, bool] = {}
        for _ in range(KILLS):
            organization = vi.organization
            workflow_id = chance.choice(
                [each for each in organization.workflow_ids() if not organization.active_runs_of(each)]
            )
            moment = chance.choice(list(faults.Moment))
            hold = vi.faults.on("DELETE", f"flows/{workflow_id}", faults.Hold(moment=moment))
            await confirm(await dialogue(omar, f"/vi delete {workflow_id}"), back_up=False)
            await hold.reached()
            await process.kill()
            hold.cut()
            effects[workflow_id] = moment is faults.AFTER
            omar.reload()
            mark = omar.now()
            slack.clock.advance(minutes=1)  # Slack lets an app open one connection a minute.
            await process.start()
            told = await omar.sees(text="was interrupted", channel="dm", timeout=15, after=mark)
            assert ("it was carried out" in told.text) is effects[workflow_id]
            assert (workflow_id not in organization.workflow_ids()) is effects[workflow_id]
            vi.faults.clear()
            if not effects[workflow_id]:
                organization.remove_workflow(workflow_id)
        assert await process.kill(signal.SIGTERM) == 0
        deletes = vi.requests.matching("DELETE")
    await slack.stop()
    assert len(deletes) == len({each.path for each in deletes}) == KILLS
    entries = [content_of(each) for each in reversed(read_trail(store, TrailQuery(limit=10_000)))]
    for workflow_id, done in effects.items():
        of_this = [each for each in entries if each.target and each.target.id == workflow_id]
        assert [each.stage for each in of_this] == ["requested", "started", "succeeded" if done else "failed"]
        assert of_this[-1].outcome is not None
        assert of_this[-1].outcome.code == ("reconciled_done" if done else "reconciled_not_done")
    assert verify_file(store).verdict is Verdict.SOUND
