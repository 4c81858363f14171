"""`vi-bot audit export`: files, standard output, and what stops it."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.domain.audit import hash_of
from tests.cli.commands import STORE, bad_value, entry, run, write
from tests.store.files import change, names_in, rights_in


def export(form: str, *arguments: str) -> tuple[int, str]:
    return run("audit", "export", "--format", form, *arguments)


def test_the_bodies_go_to_standard_output_and_nothing_else() -> None:
    receipts = write(entry(1), entry(2))
    code, said = export("jsonl")
    assert code == 0
    assert [hash_of(line) for line in said.splitlines()] == [each.hash for each in receipts]


def test_a_part_of_the_trail_is_exported() -> None:
    write(*(entry(number) for number in range(1, 6)))
    lines = export("ocsf", "--from", "2", "--to", "#4")[1].splitlines()
    assert [json.loads(line)["metadata"]["sequence"] for line in lines] == [2, 3, 4]
    assert export("jsonl", "--from", "9") == (0, "")
    code, said = export("jsonl", "--from", "3", "--to", "2")
    assert (code, said) == (2, "--to 2 comes before --from 3.\n")


def test_a_file_is_new_complete_and_for_its_owner_alone(folder: Path) -> None:
    receipts = write(entry(1), entry(2))
    files = folder / "exports"
    files.mkdir()
    code, said = export("csv", "--output", "exports/trail.csv")
    assert (code, said) == (0, f"exports/trail.csv: 2 entries, the last {receipts[1]}\n")
    assert rights_in(files) == {0o600}
    with (files / "trail.csv").open(encoding="utf-8", newline="") as file:
        assert [row["hash"] for row in csv.DictReader(file)] == [each.hash for each in receipts]


def test_an_empty_trail_makes_a_file_without_entries() -> None:
    write()
    assert export("jsonl", "--output", "trail.jsonl") == (0, "trail.jsonl: 0 entries\n")
    assert Path("trail.jsonl").read_bytes() == b""


def test_a_file_that_is_there_is_not_overwritten() -> None:
    write(entry(1))
    Path("trail.csv").write_text("mine")
    code, said = export("csv", "--output", "trail.csv")
    assert (code, said) == (
        2,
        "trail.csv is there already and is not overwritten. Give another name to --output.\n",
    )
    assert Path("trail.csv").read_text() == "mine"


def test_a_file_that_cannot_be_made_is_said_so() -> None:
    write(entry(1))
    code, said = export("csv", "--output", "nowhere/trail.csv")
    assert (code, said.startswith("nowhere/trail.csv cannot be written: No such file or directory.")) == (1, True), said


def test_an_export_that_breaks_off_leaves_no_file(folder: Path) -> None:
    write(entry(1))
    before = names_in(folder)
    assert export("csv", "--output", "trail.csv", "--store", "nowhere.db")[0] == 2
    assert names_in(folder) == before


def test_a_text_that_is_no_entry_is_exported_only_as_it_is(folder: Path) -> None:
    change(STORE, "CREATE TABLE audit_event (seq, body, hash)", "INSERT INTO audit_event VALUES (1, '{', '')")
    before = names_in(folder)
    code, said = export("csv", "--output", "trail.csv")
    assert (code, said.startswith("Not exported: entry #1 is not an entry")) == (1, True), said
    assert "--format jsonl takes it as it is" in said
    assert names_in(folder) == before
    assert export("jsonl") == (0, "{\n")


def test_a_form_that_is_not_known_is_named_with_those_that_are() -> None:
    assert "'xlsx' is not one of 'jsonl', 'csv', 'ocsf'" in bad_value("audit", "export", "--format", "xlsx")


@pytest.mark.parametrize(("output", "is_shown"), [(["--output", "trail.csv"], True), ([], False)])
def test_a_terminal_shows_how_far_it_is_unless_the_entries_go_there(output: list[str], is_shown: bool) -> None:  # noqa: FBT001 - a case of the table
    write(entry(1))
    arguments = [sys.executable, "-m", "bot", "audit", "export", "--format", "csv", *output]
    as_if_to_a_terminal = {**os.environ, "FORCE_COLOR": "1", "TERM": "xterm"}
    done = subprocess.run(arguments, capture_output=True, text=True, check=False, env=as_if_to_a_terminal)
    assert done.returncode == 0
    assert ("Exporting" in done.stderr, "100%" in done.stderr) == (is_shown, is_shown)


@pytest.mark.parametrize("command", [["list"], ["export", "--format", "jsonl"]])
def test_a_reader_who_has_enough_ends_it_quietly(command: list[str]) -> None:
    write(*(entry(number) for number in range(1, 30)))
    reader, writer = os.pipe()
    os.close(reader)
    arguments = [sys.executable, "-m", "bot", "audit", *command]
    done = subprocess.run(arguments, stdout=writer, stderr=subprocess.PIPE, check=False)
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, b"")
