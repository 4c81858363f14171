"""The systemd unit: what systemd itself says of it, and that it gives the bot time to end."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bot.settings import Settings
from tests.deploy.files import UNIT, unit


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The unit as it would be installed here: with a program that exists."""
    path = tmp_path / UNIT.name
    program = shutil.which("true")
    path.write_text(UNIT.read_text().replace("/opt/vi-bot/bin/vi-bot", str(program)))
    return path


def analyzed(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["systemd-analyze", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_systemd_takes_the_unit_without_a_word(installed: Path) -> None:
    found = analyzed("verify", "--man=no", "--recursive-errors=no", str(installed))
    said = [line for line in (found.stdout + found.stderr).splitlines() if installed.name in line]
    assert (found.returncode, said) == (0, [])


def test_systemd_tells_a_unit_that_is_wrong(installed: Path) -> None:
    installed.write_text(installed.read_text().replace("ProtectSystem=strict", "ProtectSystem=very"))
    found = analyzed("verify", "--man=no", "--recursive-errors=no", str(installed))
    assert "Failed to parse protect system value" in found.stderr


def test_little_of_the_machine_is_exposed_to_the_unit(installed: Path) -> None:
    """By systemd's own measure, from 0 (nothing) to 10; up to 2 it calls OK or better."""
    found = analyzed("security", "--offline=true", "--threshold=20", str(installed))
    assert found.returncode == 0, found.stdout
    (level,) = re.findall(r"Overall exposure level for vi-bot.service: ([\d.]+)", found.stdout)
    assert float(level) <= 2.0


def test_the_bot_has_time_to_end_what_runs() -> None:
    deadline = Settings.model_fields["shutdown_seconds"].default
    (seconds,) = unit()["TimeoutStopSec"]
    assert float(seconds) >= deadline + 10


def test_settings_that_are_not_right_do_not_start_the_bot_for_ever(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bot", "run"]
    ended = subprocess.run(command, capture_output=True, check=False, timeout=60, cwd=tmp_path, env={"PATH": ""})
    assert unit()["RestartPreventExitStatus"] == [str(ended.returncode)] == ["2"]
