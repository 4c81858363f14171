"""SECURITY.md: every attacker has a row, every row names what shows it, and every test that is named is there."""

import ast
import re
from pathlib import Path

import pytest

from tests.deploy.files import ROOT

WHO = (
    "Slack member",
    "guest",
    "outsider",
    "workspace admin",
    "host reader",
    "host writer",
    "Vi key holder",
    "database reader",
    "database writer",
    "network attacker",
)
PAGE = (ROOT / "SECURITY.md").read_text()
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.partition("## Threats")[2].splitlines()
    if line.startswith("| ") and not line.startswith("| who")
]


def names_in(path: Path) -> set[str]:
    nodes = ast.walk(ast.parse(path.read_text()))
    return {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_everybody_who_could_attack_is_looked_at() -> None:
    assert tuple(dict.fromkeys(row[0] for row in ROWS)) == WHO


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[1][:40])
def test_every_threat_is_met_and_shown_by_tests_that_are_there(row: list[str]) -> None:
    _, threat, met, _, shown = row
    assert threat
    assert met
    named = re.findall(r"`(tests/[\w/.]+)::(test_\w+)`", shown)
    assert shown == ", ".join(f"`{path}::{name}`" for path, name in named) != ""
    for path, name in named:
        assert name in names_in(ROOT / path), f"{path} has no {name}"
