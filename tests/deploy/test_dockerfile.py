"""The image's build, step by step on this machine.

No container engine is needed, and these differences remain: the base image's Python is another one; what the second
stage does to its own file system (a user, a folder) is not done here.
"""

import json
import shlex
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

import bot
from tests.deploy.files import ROOT, instructions


def stages() -> list[list[tuple[str, str]]]:
    found: list[list[tuple[str, str]]] = []
    for name, rest in instructions():
        if name == "FROM":
            found.append([])
        found[-1].append((name, rest))
    return found


def copy(rest: str, folder: Path) -> None:
    """`COPY`: what a folder holds, or files."""
    *sources, target = rest.split()
    for source in map(Path, sources):
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, folder / target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            (folder / target).mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / source, folder / target / source.name)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that stands for the root of the first stage, after its last step."""
    root = tmp_path_factory.mktemp("image")
    folder = root / "src"
    folder.mkdir()
    (root / "bin").mkdir()
    (root / "bin" / "python").symlink_to(sys.executable)
    path = f"{root}/bin:/usr/bin:/bin"
    for name, rest in stages()[0]:
        if name == "COPY":
            copy(rest, folder)
        elif name == "RUN":
            script = rest.replace("/opt/", f"{root}/opt/")
            done = subprocess.run(
                ["/bin/sh", "-euc", script], cwd=folder, env={"PATH": path}, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, f"{rest}\n{done.stdout}\n{done.stderr}"
    return root


def answer(root: Path, *arguments: str) -> str:
    command = [str(root / "opt/vi-bot/bin" / arguments[0]), *arguments[1:]]
    return subprocess.run(command, cwd=root, env={}, capture_output=True, text=True, check=True, timeout=60).stdout


def test_what_was_built_is_the_bot_with_what_it_needs_and_nothing_else(built: Path) -> None:
    assert answer(built, "vi-bot", "--version").strip() == bot.__version__
    assert "display_information" in answer(built, "vi-bot", "manifest")
    script = "import psycopg, psycopg_pool, cryptography, prometheus_client, bot.app; print(bot.__file__)"
    assert answer(built, "python", "-c", script).startswith(str(built))
    installed = {path.name.split("-")[0].lower() for path in built.glob("opt/vi-bot/lib/*/site-packages/*.dist-info")}
    assert installed.isdisjoint({"pytest", "hatchling", "mypy", "vi_sdk"})


def test_every_package_is_checked_against_its_hash() -> None:
    installs = [rest for name, rest in instructions() if name == "RUN" and " install " in rest and "pip" in rest]
    assert len(installs) == 3
    assert all("--require-hashes" in each or "--no-index" in each for each in installs)


def test_the_image_runs_as_nobody_special_and_is_stopped_gently() -> None:
    last = dict(stages()[-1])
    assert (last["USER"], last["STOPSIGNAL"]) == ("10001:10001", "SIGTERM")
    assert json.loads(last["ENTRYPOINT"]) + json.loads(last["CMD"]) == ["vi-bot", "run"]


class _Health(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/healthz" else 404)
        self.end_headers()

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the name is the library's
        """Say nothing."""


@pytest.fixture
def health() -> Iterator[int]:
    with HTTPServer(("127.0.0.1", 0), _Health) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def test_the_health_check_passes_where_the_bot_answers_and_fails_where_none_does(health: int) -> None:
    rest = next(rest for name, rest in stages()[-1] if name == "HEALTHCHECK")
    _, *command = json.loads(rest.partition("CMD ")[2])
    assert shlex.split(rest)[0] == "--interval=30s"
    for port, code in ((health, 0), (9, 1)):
        environment = {"VI_BOT_HEALTH_PORT": str(port)}
        command_line = [sys.executable, *command]
        done = subprocess.run(command_line, env=environment, capture_output=True, check=False, timeout=30)
        assert done.returncode == code
