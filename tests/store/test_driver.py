import ast
from importlib import import_module
from pathlib import Path

import pytest

import bot.store
from bot.store import driver

FILES = sorted(Path(bot.store.__file__).parent.glob("*.py"))


def test_the_driver_is_the_one_whose_errors_sqlite_utils_raises() -> None:
    assert driver.sqlite3 is vars(import_module("sqlite_utils.utils"))["sqlite3"]


@pytest.mark.parametrize("file", [each for each in FILES if each.name != "driver.py"], ids=lambda file: file.name)
def test_no_other_file_takes_a_driver_of_its_own(file: Path) -> None:
    imported = [
        alias.name
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Import)
        for alias in node.names
    ]
    assert not {"sqlite3", "pysqlite3"}.intersection(imported)
