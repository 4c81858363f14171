"""What another program, or a person with the right to write it, does to a database file."""

import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from bot.store.driver import sqlite3

NOBODY = 65534


def change(path: Path, *statements: str) -> None:
    """Change a file as any SQLite shell would."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


def write(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def content(path: Path) -> bytes:
    return path.read_bytes()


def names_in(folder: Path) -> set[str]:
    return {each.name for each in folder.iterdir()}


def rights_in(folder: Path) -> set[int]:
    return {each.stat().st_mode & 0o777 for each in folder.iterdir()}


def set_rights(path: Path, rights: int) -> None:
    path.chmod(rights)


def remove(path: Path) -> None:
    path.unlink()


def in_another_process(script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a script with this Python until it ends."""
    command = [sys.executable, "-c", script, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


class Unprivileged:
    """Nobody in particular, where the tests run as root: rights do not stop root."""

    def __enter__(self) -> None:
        self._user = os.geteuid()
        if self._user == 0:
            os.seteuid(NOBODY)

    def __exit__(self, *_error: object) -> None:
        os.seteuid(self._user)
