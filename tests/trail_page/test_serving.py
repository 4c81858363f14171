"""The page starts and ends, or says why it cannot."""

import os
import signal
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import httpx
import pytest

import bot.trail_page
from bot.domain.errors import BotError
from bot.store.driver import sqlite3
from bot.store.sqlite import SqliteStore
from bot.trail_page import serve_trail
from tests.store.samples import an_entry
from tests.trail_page.conftest import write
from tests.trail_page.serving import served

_CONNECT = "import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), 5)"


@pytest.fixture
async def kept(path: Path) -> Path:
    """The store of a bot that does not run."""
    store = await SqliteStore.open(path)
    await write(store, [an_entry()])
    await store.close()
    return path


def test_the_page_is_served_until_ctrl_c(kept: Path) -> None:
    with served(kept) as address:
        assert httpx.get(f"{address}trail/audit_event.json?_shape=array").json()[0]["seq"] == 1
        assert httpx.get(f"{address}nothing").status_code == 404
        assert httpx.get(f"{address}trail/audit_event/77").status_code == 404


def test_sigterm_ends_it_as_well(kept: Path) -> None:
    command = [sys.executable, "-m", "bot", "audit", "serve", "--store", str(kept), "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        address = process.stderr.readline().partition(" is shown at ")[2].split()[0]
        assert httpx.get(f"{address}trail").status_code == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
        assert process.stderr.read() == ""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has the whole of 127.0.0.0/8 as its own addresses")
def test_the_page_is_on_no_other_address(kept: Path) -> None:
    with served(kept) as address:
        port = address.rpartition(":")[2].rstrip("/")
        for host, reached in (("127.0.0.1", True), ("127.0.0.2", False)):
            done = subprocess.run([sys.executable, "-c", _CONNECT, host, port], capture_output=True, check=False)
            assert (done.returncode == 0) is reached


def test_the_browser_is_opened_where_that_is_wished(kept: Path, tmp_path: Path) -> None:
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > "{tmp_path}/opened"\n')
    browser.chmod(0o755)
    with served(kept, "--open", environment={**os.environ, "BROWSER": f"{browser} %s"}) as address:
        assert httpx.get(address).status_code == 302
    assert (tmp_path / "opened").read_text() == f"{address}\n"


def test_a_port_that_is_taken_is_said_so(kept: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(BotError, match=f"Port {port} of 127.0.0.1 cannot be had: Address already in use"):
            serve_trail(kept, port=port)


def test_libraries_that_are_missing_are_named_with_how_to_get_them(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bot.trail_page, "_NEEDED", ("datasette", "no_such_library"))
    with pytest.raises(BotError, match="not installed: no_such_library") as raised:
        serve_trail(kept)
    assert raised.value.advice == "Install them: pip install 'vi-ops-bot[web]'."


def test_a_file_without_a_trail_is_not_served(tmp_path: Path) -> None:
    other, broken = tmp_path / "other.db", tmp_path / "broken.db"
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE x (y)")
    broken.write_bytes(b"This is not a database." * 100)
    for path, says in (
        (other, "other.db holds no audit trail"),
        (broken, "broken.db cannot be used: its file is not a database"),
        (tmp_path / "nowhere.db", "nowhere.db cannot be used: its file cannot be opened"),
    ):
        with pytest.raises(BotError, match=says):
            serve_trail(path)


def test_whatever_keeps_the_page_from_starting_ends_the_command_with_2(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bot", "audit", "serve", "--store", str(tmp_path / "nowhere.db")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"The database {tmp_path}/nowhere.db cannot be used")
