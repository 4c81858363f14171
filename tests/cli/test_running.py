"""The commands that run, check and show the bot, against emulators in processes of their own."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

import bot
from bot.app import SlackLost
from bot.domain.checkpoint import Checkpoint
from bot.store import open_store
from tests.cli.commands import entry, run
from tests.logging_state import log_restored

ROOT = Path(__file__).parents[2]


@contextmanager
def emulator(*arguments: str) -> Iterator[Any]:
    """An emulator as a process; what it says of itself."""
    command = [sys.executable, "-m", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())
        finally:
            process.terminate()


@pytest.fixture
def slack() -> Iterator[Any]:
    """One for each test: an app may open one connection a minute."""
    with emulator("sandbox.slack", "--port", "0", "--manifest", "manifest.yml") as said:
        yield said


@pytest.fixture(scope="module")
def vi() -> Iterator[Any]:
    with emulator("sandbox.vi", "--port", "0") as said:
        yield said


@pytest.fixture(autouse=True)
def settings(folder: Path, monkeypatch: pytest.MonkeyPatch, slack: Any, vi: Any) -> Iterator[None]:
    """The settings of a bot that would run."""
    assert not list(folder.iterdir())
    for name, value in {
        "SLACK_BOT_TOKEN": slack["bot_token"],
        "SLACK_APP_TOKEN": slack["app_token"],
        "SLACK_API_URL": slack["api_url"],
        "DATATURE_VI_SECRET_KEY": vi["secret_key"],
        "DATATURE_VI_ORGANIZATION_ID": vi["organization_id"],
        "DATATURE_VI_API_ENDPOINT": vi["url"],
        "VI_BOT_OPERATORS": "S07LQ0MLOP3",
    }.items():
        monkeypatch.setenv(name, value)
    with log_restored():
        yield


def test_the_version_is_printed() -> None:
    assert run("--version") == (0, f"{bot.__version__}\n")


def test_check_says_that_everything_is_in_order() -> None:
    code, said = run("check")
    assert said.count("ok  ") == 15, said
    assert code == 0


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("SLACK_BOT_TOKEN", "xoxb-wrong", "Slack bot token: Slack answers invalid_auth"),
        ("SLACK_APP_TOKEN", "xapp-wrong", "Slack app token: Slack answers invalid_auth"),
        ("SLACK_APP_TOKEN", "", "Slack app token: SLACK_APP_TOKEN is missing"),
        ("SLACK_API_URL", "http://127.0.0.1:9/api", "Slack cannot be reached"),
        ("DATATURE_VI_SECRET_KEY", "dtvi_" + "x" * 98, "Vi: Vi does not let this bot's key do this"),
        ("VI_BOT_STORE", "nowhere/vi-bot.db", "nowhere/vi-bot.db cannot be used"),
        ("VI_BOT_STORE", "redis://x", "Store: A store is a path"),
        ("VI_BOT_COMMAND", "/other", "Manifest: it has no command /other"),
        ("VI_BOT_OPERATORS", "", "Roles: nobody may do anything"),
        ("VI_BOT_HOURLY_CAP", "5", "Approvers: a second person is asked for, and nobody can be one"),
    ],
)
def test_check_names_what_is_wrong_and_how_to_mend_it(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, says: str
) -> None:
    monkeypatch.setenv(name, value)
    code, said = run("check")
    assert code == 1
    assert f"FAIL  {says}" in said or says in said
    assert "→" in said
    assert said.count("\nok") + said.startswith("ok") + said.count("FAIL") == 15


def test_check_tells_programs_the_same_as_one_json_object(monkeypatch: pytest.MonkeyPatch) -> None:
    code, said = run("check", "--json")
    found = json.loads(said)
    assert (code, found["passed"], len(found["checks"])) == (0, True, 15)
    assert set(found["checks"][0]) == {"name", "passed", "finding", "advice"}
    monkeypatch.setenv("VI_BOT_COMMAND", "/other")
    code, said = run("check", "--json")
    assert (code, json.loads(said)["passed"]) == (1, False)


AGES = [
    (timedelta(minutes=90), 2, "ok    Checkpoints: the last one, #1, was noted 90 minutes ago"),
    (timedelta(minutes=130), 2, "FAIL  Checkpoints: the last one, #1, was noted 2 hours ago"),
    (timedelta(hours=24), 1, "ok    Checkpoints: the last one, #1, was noted 24 hours ago"),
    (timedelta(hours=26), 1, "FAIL  Checkpoints: the last one, #1, was noted 26 hours ago"),
    (None, 1, "ok    Checkpoints: none was noted yet"),
]


@pytest.mark.parametrize(("age", "entries", "says"), AGES)
def test_check_says_how_old_the_last_checkpoint_is(
    monkeypatch: pytest.MonkeyPatch, age: timedelta | None, entries: int, says: str
) -> None:
    async def prepare() -> None:
        store = await open_store("vi-bot.db")
        first = await store.record(entry(1))
        if age is not None:
            await store.keep_checkpoint(Checkpoint("org", first, datetime.now(UTC) - age))
        for number in range(1, entries):
            await store.record(entry(number + 1))
        await store.close()

    monkeypatch.setenv("VI_BOT_CHECKPOINT_FILE", "checkpoints.txt")
    asyncio.run(prepare())
    code, said = run("check")
    assert says in said
    assert code == int(says.startswith("FAIL"))


def test_check_names_scopes_and_switches_that_the_app_lacks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    manifest = (ROOT / "manifest.yml").read_text()
    lacking = manifest.replace("      - usergroups:read\n", "")
    lacking = lacking.replace("socket_mode_enabled: true", "socket_mode_enabled: false")
    (tmp_path / "manifest.yml").write_text(lacking)
    with emulator("sandbox.slack", "--port", "0", "--manifest", str(tmp_path / "manifest.yml")) as slack:
        monkeypatch.setenv("SLACK_API_URL", slack["api_url"])
        monkeypatch.setenv("SLACK_BOT_TOKEN", slack["bot_token"])
        monkeypatch.setenv("SLACK_APP_TOKEN", slack["app_token"])
        code, said = run("check")
    assert code == 1
    assert "without usergroups:read" in said
    assert "it does not ask for usergroups:read; it does not switch on Socket Mode" in said


def test_check_of_a_bot_that_listens_over_http(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("SLACK_APP_TOKEN")
    monkeypatch.setenv("SLACK_SIGNING_SECRET", "0123456789abcdef")
    monkeypatch.setenv("VI_BOT_PREVIOUS_SIGNING_SECRET", "fedcba9876543210")
    code, said = run("check")
    assert code == 1
    assert "none, so the bot listens on http://127.0.0.1:3000/slack/events" in said
    assert "it switches on Socket Mode, so Slack sends nothing over HTTP" in said
    (tmp_path / "manifest.yml").write_text(run("manifest", "--url", "https://bot.example/")[1])
    assert run("check")[0] == 0


def test_the_manifest_is_printed_for_socket_mode_or_for_http() -> None:
    shipped = yaml.safe_load((ROOT / "manifest.yml").read_text())
    assert yaml.safe_load(run("manifest")[1]) == shipped
    made = yaml.safe_load(run("manifest", "--command", "/vi-test", "--url", "https://bot.example")[1])
    command = made["features"]["slash_commands"][0]
    assert (command["command"], command["url"]) == ("/vi-test", "https://bot.example/slack/events")
    settings = made["settings"]
    for address in (
        settings["interactivity"]["request_url"],
        settings["interactivity"]["message_menu_options_url"],
        settings["event_subscriptions"]["request_url"],
    ):
        assert address == "https://bot.example/slack/events"
    assert made["settings"]["socket_mode_enabled"] is False


def test_an_address_that_is_taken_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SLACK_APP_TOKEN")
    monkeypatch.setenv("SLACK_SIGNING_SECRET", "0123456789abcdef")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        monkeypatch.setenv("VI_BOT_HTTP_PORT", str(taken.getsockname()[1]))
        code, said = run("run")
    assert (code, "cannot be had" in said) == (1, True), said


def test_a_default_role_is_told_by_check(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VI_BOT_DEFAULT_ROLE", "viewer")
    assert "everybody else is viewer" in run("check")[1]


def test_settings_that_are_not_right_are_named_all_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SLACK_BOT_TOKEN")
    monkeypatch.setenv("VI_BOT_COMMAND", "vi")
    for command in ("run", "check"):
        code, said = run(command)
        assert code == 2
        assert "- SLACK_BOT_TOKEN is missing" in said
        assert "- VI_BOT_COMMAND: must be a slash and a name" in said


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("SLACK_BOT_TOKEN", "xoxb-wrong", "Slack does not accept a token: invalid_auth"),
        ("SLACK_APP_TOKEN", "xapp-wrong", "Slack does not accept a token: invalid_auth"),
        ("SLACK_APP_TOKEN", "", "Neither SLACK_APP_TOKEN (for Socket Mode) nor SLACK_SIGNING_SECRET"),
        ("SLACK_API_URL", "http://127.0.0.1:9/api", "Slack cannot be reached"),
        ("VI_BOT_STORE", "nowhere/vi-bot.db", "nowhere/vi-bot.db cannot be used"),
        ("VI_BOT_STORE", "redis://x", "A store is a path"),
    ],
)
def test_a_bot_that_cannot_work_says_why_and_ends(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, says: str
) -> None:
    monkeypatch.setenv(name, value)
    code, said = run("run")
    assert (code, says in said) == (1, True), said


def test_without_a_connection_the_code_is_the_one_that_has_the_bot_started_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    @asynccontextmanager
    async def lost(_settings: object) -> AsyncIterator[None]:
        if _settings is not None:
            raise SlackLost("No connection to Slack came about within 20 s.")
        yield

    monkeypatch.setattr("bot.cli.run.running", lost)
    code, said = run("run")
    assert (code, "No connection to Slack came about within 20 s." in said) == (3, True), said


BOT = (sys.executable, "-m", "bot", "run")


@contextmanager
def bot_process() -> Iterator[subprocess.Popen[str]]:
    """A bot in a process of its own, connected; killed if the test does not end it."""
    with subprocess.Popen(BOT, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            assert any("listens to /vi" in line for line in process.stderr)
            yield process
        finally:
            process.kill()


def test_the_bot_runs_until_it_is_told_to_stop() -> None:
    with bot_process() as process:
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0


def test_a_second_bot_on_the_same_store_does_not_start(slack: Any) -> None:
    with bot_process(), emulator("sandbox.slack", "--manifest", "manifest.yml") as other:
        names = {"SLACK_BOT_TOKEN": "bot_token", "SLACK_APP_TOKEN": "app_token", "SLACK_API_URL": "api_url"}
        environment = {**os.environ, **{name: other[key] for name, key in names.items()}}
        second = subprocess.run(BOT, capture_output=True, text=True, check=False, timeout=60, env=environment)
    assert other != slack
    assert (second.returncode, "Another process of the bot is using" in second.stderr) == (1, True), second.stderr


def test_a_client_id_in_the_environment_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_CLIENT_ID", "1.2")
    monkeypatch.setenv("SLACK_CLIENT_SECRET", "secret")
    with bot_process() as process:
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0


@pytest.mark.parametrize("scenario", ["small-team", "hostile", "busy"])
def test_the_tour_tells_the_whole_story(scenario: str) -> None:
    code, said = run("demo", "--tour", "--scenario", scenario)
    assert code == 0, said
    assert said.endswith("steps, all as expected\n")


def test_a_tour_without_workflows_says_what_is_missing() -> None:
    code, said = run("demo", "--tour", "--scenario", "empty")
    assert (code, "expected that there are workflows enough" in said) == (1, True)


def test_a_scenario_that_is_not_there_is_named_with_those_that_are() -> None:
    code, said = run("demo", "--scenario", "nothing")
    assert (code, "there are small-team, busy, hostile" in said) == (2, True), said
