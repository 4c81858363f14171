"""docs/running.md: every command, setting, file and metric that it names exists."""

import re
import shlex
from typing import Any

import pytest
import typer

from bot.cli.commands import cli
from bot.settings import Settings, _known_names
from tests.deploy.files import ROOT, document, unit
from tests.deploy.test_named_settings import NAME, OWNER

PAGE = (ROOT / "docs" / "running.md").read_text()
COMMANDS = sorted(
    set(re.findall(r"(?:`vi-bot |^as_bot |--no-deps bot |`)((?:check|audit|store) ?[^`\n#<]*)", PAGE, re.MULTILINE))
)


def command_of(words: list[str]) -> tuple[Any, list[str]]:
    """The command that these words give, and what follows its name."""
    found: Any = typer.main.get_command(cli)
    while words and hasattr(found, "commands"):
        assert words[0] in found.commands, f"there is no command {words[0]}"
        found, words = found.commands[words[0]], words[1:]
    return found, words


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_that_is_named_exists_with_its_options(line: str) -> None:
    command, words = command_of(shlex.split(line))
    options = {each for parameter in command.params for each in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= options


def test_commands_were_found() -> None:
    assert {"check", "check --json", "audit verify", "audit backup vi-bot.backup.db"} <= set(COMMANDS)


def test_every_setting_that_is_named_exists() -> None:
    named = {name.rstrip("_") for name in NAME.findall(PAGE)}
    assert {name for name in named if not name.startswith(("SLACK", "DATATURE")) or name.count("_") > 1} - {
        OWNER
    } <= _known_names()


def test_every_file_that_is_named_exists() -> None:
    named = {each.rstrip(".") for each in re.findall(r"\bdeploy/[\w./-]+", PAGE)}
    assert [each for each in named if not (ROOT / each).exists()] == []
    linked = re.findall(r"\]\(([\w./-]+)\)", PAGE)
    assert [each for each in linked if not (ROOT / "docs" / each).exists()] == []


def test_every_metric_that_is_named_is_told_by_the_bot() -> None:
    source = "".join(path.read_text() for path in (ROOT / "bot").rglob("*.py"))
    named = set(re.findall(r"\bvi_bot_[a-z_]+", PAGE))
    assert len(named) > 5
    assert [each for each in sorted(named) if f'"{each}"' not in source] == []


def test_the_numbers_are_those_of_the_files() -> None:
    assert unit()["TimeoutStopSec"] == ["45"]
    assert document("Deployment")["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] == 45
    assert f"45 s in the files of `deploy`, for {Settings.model_fields['shutdown_seconds'].default:g} s" in PAGE
