"""What a start imports: `vi-bot run` what a bot at work needs, and the other commands what the console needs."""

import json
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import pytest

from bot import __version__
from bot.cli import _as_if_not_installed, main
from tests.cli.commands import run

ROOT = Path(__file__).parents[2]
LEFT_OUT = {
    "cryptography",
    "datasette",
    "psycopg",
    "psycopg_pool",
    "pygments",
    "rich",
    "sandbox",
    "typer",
    "uvicorn",
    "yaml",
}
LEFT_OUT_OF_THE_BOT = {
    "bot.checks",
    "bot.cli.audit",
    "bot.cli.commands",
    "bot.cli.console",
    "bot.cli.store",
    "bot.store.postgres",
    "bot.store.rotation",
    "bot.trail_page",
    "handlers.socket_door",
}


def python(code: str, *arguments: str) -> str:
    """What Python prints, in a process of its own, after the arguments were imported for."""
    code = f"import gc, json, sys; from bot.cli import _imported; _imported(sys.argv[1:]); print({code})"
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout


def imported(*arguments: str) -> set[str]:
    """The modules in a fresh process for these arguments, and the names of their libraries."""
    modules = set(json.loads(python("json.dumps(list(sys.modules))", *arguments)))
    return modules | {name.partition(".")[0] for name in modules}


def test_a_bot_starts_without_what_only_other_commands_or_settings_need() -> None:
    found = imported("run")
    assert {"bot.app", "handlers", "httpx", "structlog"} <= found
    assert not found & (LEFT_OUT | LEFT_OUT_OF_THE_BOT)


@pytest.mark.parametrize("arguments", [[], ["--help"], ["run", "--help"], ["audit", "verify"]])
def test_everything_else_that_is_typed_is_read_by_the_console(arguments: list[str]) -> None:
    assert {"typer", "rich", "bot.cli.commands", "bot.cli.audit", "bot.cli.store"} <= imported(*arguments)


def test_the_garbage_collector_looks_at_what_the_bot_makes_and_not_at_what_was_imported() -> None:
    assert json.loads(python("json.dumps([gc.isenabled(), gc.get_freeze_count() > 50_000])", "run")) == [True, True]


def test_what_was_left_out_can_be_imported_afterwards() -> None:
    assert python("__import__('rich').__name__", "run") == "rich\n"


def test_what_is_imported_already_is_not_taken_away() -> None:
    with _as_if_not_installed("pytest", "vi_ops_bot_has_no_such_library"):
        assert sys.modules["pytest"] is pytest
        with pytest.raises(ModuleNotFoundError):
            __import__("vi_ops_bot_has_no_such_library")
    assert "vi_ops_bot_has_no_such_library" not in sys.modules


def test_the_module_is_the_console_script() -> None:
    command = [sys.executable, "-m", "bot", "--version"]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == f"{__version__}\n"


def test_the_help_names_every_command_and_says_what_run_does() -> None:
    said = run("--help")[1]
    assert all(f" {name} " in said for name in ("run", "check", "manifest", "demo", "audit", "store"))
    code, said = run("run", "--help")
    assert (code, "Run the bot until it is told to stop" in said, "exit code 3" in said) == (0, True, True)


def test_ctrl_c_before_the_bot_is_there_ends_it_without_a_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_arguments: list[str]) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr("bot.cli._imported", interrupted)
    with pytest.raises(SystemExit, match="130"):
        main()
