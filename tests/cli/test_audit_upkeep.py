"""`vi-bot audit backup` and `rotate`."""

import json
import os
import pwd
from pathlib import Path

import pytest

from bot.store.connection import writing
from tests.cli.commands import STORE, bad_value, entry, run, write


def test_a_backup_is_a_store_that_verifies() -> None:
    head = write(entry(1), entry(2))[-1]
    code, said = run("audit", "backup", "copy.db")
    assert (code, said.startswith(f"copy.db: backed up as far as {head}.")) == (0, True), said
    assert run("audit", "verify", "copy.db")[1].startswith(f"sound: 2 entries, head {head}")


def test_a_copy_that_may_only_be_read_can_be_worked_with() -> None:
    write(entry(1), entry(2))
    assert run("audit", "backup", "copy.db")[0] == 0
    Path("copy.db").chmod(0o400)
    for command in (["list"], ["show", "1"], ["verify"], ["export", "--format", "csv"], ["backup", "another.db"]):
        assert run("audit", *command, "--store", "copy.db")[0] == 0, command


def test_all_but_rotating_works_while_the_bot_has_the_store() -> None:
    write(entry(1), entry(2))
    with writing(STORE):
        for command in (["list"], ["show", "1"], ["verify"], ["export", "--format", "csv"], ["backup", "copy.db"]):
            assert run("audit", *command)[0] == 0, command
        code, said = run("audit", "rotate")
        assert (code, "Another process of the bot is using the database" in said) == (1, True), said


def test_a_backup_that_cannot_be_made_is_said_so() -> None:
    code, said = run("audit", "backup", "copy.db", "--store", "nowhere.db")
    assert (code, "nowhere.db cannot be used" in said) == (1, True), said


def test_rotating_begins_a_file_that_names_the_one_before_it() -> None:
    base = write(entry(1), entry(2))[-1]
    code, said = run("audit", "rotate")
    assert code == 0
    archive, verify = said.splitlines()
    assert archive.endswith(f": keep it; it holds the entries up to {base}.")
    name = archive.split(":")[0]
    assert verify == f"Verify both: vi-bot audit verify {name} vi-bot.db"
    assert run("audit", "verify", name)[0] == 0
    newest = json.loads(run("audit", "export", "--format", "jsonl")[1].splitlines()[0])
    assert newest["action"] == "bot.audit.rotate"
    assert newest["actor"] == {"kind": "host_user", "id": pwd.getpwuid(os.getuid()).pw_name}
    assert newest["details"] == {"base": 2, "base_hash": base.hash, "previous": Path(name).name}


def test_whoever_has_no_name_on_this_machine_is_named_by_number(monkeypatch: pytest.MonkeyPatch) -> None:
    write(entry(1))
    monkeypatch.setattr(os, "getuid", lambda: 4_000_000_000)
    assert run("audit", "rotate")[0] == 0
    assert '"id":"4000000000"' in run("audit", "export", "--format", "jsonl")[1]


def test_rotating_that_is_not_due_does_nothing() -> None:
    write(entry(1))
    assert run("audit", "rotate", "--larger-than", "1gb", "--older-than", "9999w") == (
        0,
        "vi-bot.db: not due, so nothing was done.\n",
    )
    assert run("audit", "rotate", "--larger-than", "1KB")[1].count("vi-bot.db") == 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--larger-than", "big"], "“big” is not a size such as 500MB or 1GB."),
        (["--older-than", "1y"], "“1y” is not a span such as 12h, 365d or 52w."),
    ],
)
def test_a_condition_that_is_not_understood_is_named(arguments: list[str], says: str) -> None:
    assert says in bad_value("audit", "rotate", *arguments)
