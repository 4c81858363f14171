"""`vi-bot audit list` and `show`."""

import re
from datetime import timedelta

import pytest

from bot.domain.audit import Action, Stage, Subject, Target
from tests.cli.commands import STORE, bad_value, edit, entry, run, write
from tests.store.files import change
from tests.values import NOON


def listed(*arguments: str) -> list[str]:
    """The numbers of the entries that `list` shows, as they are shown."""
    code, said = run("audit", "list", *arguments)
    assert code == 0, said
    return [line.split(" · ")[0] for line in said.splitlines()]


def test_the_trail_is_listed_newest_first() -> None:
    write(entry(1), entry(2, Stage.FAILED, "changed"))
    code, said = run("audit", "list")
    assert code == 0
    first, second = said.splitlines()
    assert first.startswith("#2 · ")
    assert "U1  vi.workflow.delete failed “Pot holes” – changed" in first
    assert second.endswith("vi.workflow.delete succeeded “Pot holes”")
    assert listed("--limit", "1") == ["#2"]


def test_text_of_other_people_is_listed_as_it_is() -> None:
    write(entry(1, target=Target("workflow", "w1", "[red]:bomb:[/red]\x1b[31m")))
    assert "“[red]:bomb:[/red][31m”" in run("audit", "list")[1]


@pytest.mark.parametrize(
    ("arguments", "numbers"),
    [
        (["cracks"], ["#2"]),
        (["--workflow", "w2"], ["#2"]),
        (["--actor", "U9"], ["#3"]),
        (["--outcome", "denied"], ["#3"]),
        (["--outcome", "DENIED"], ["#3"]),
        (["--action", "backup"], ["#2"]),
        (["--action", "vi.workflow.backup"], ["#2"]),
        (["--operation", "o1"], ["#1"]),
        (["--since", "2026-11-23"], ["#3", "#2", "#1"]),
        (["--since", "2026-11-24"], ["#3", "#2"]),
        (["--until", "2026-11-24"], ["#2", "#1"]),
        (["--since", "2026-11-24", "--until", "2026-11-24"], ["#2"]),
        (["--until", "2026-11-22"], []),
    ],
)
def test_a_filter_leaves_what_it_says(arguments: list[str], numbers: list[str]) -> None:
    write(
        entry(1),
        entry(2, at=NOON + timedelta(days=1), action=Action.BACKUP, target=Target("workflow", "w2", "Cracks")),
        entry(3, Stage.DENIED, at=NOON + timedelta(days=2), actor=Subject("person", "U9")),
    )
    assert listed(*arguments) == numbers


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--since", "yesterday"], "“yesterday” is neither a span such as 30m, 12h, 7d or 4w, nor a day such as"),
        (["--until", "2026-13-01"], "“2026-13-01” is neither a span"),
        (["--outcome", "good"], "“good” is none of succeeded, failed, unknown, denied."),
        (["--action", "remove"], "“remove” is none of list, show, backup, delete,"),
        (["--limit", "0"], "greater than or equal to 1"),
    ],
)
def test_a_value_that_is_not_understood_is_named(arguments: list[str], says: str) -> None:
    said = bad_value("audit", "list", *arguments)
    assert f"Invalid value for '{arguments[0]}'" in said
    assert says in said


def test_one_entry_is_shown_whole_with_the_others_of_its_operation() -> None:
    receipts = write(
        entry(1, Stage.REQUESTED, operation="o"),
        entry(2, Stage.STARTED, operation="o", details={"reason": "old\x1b[2J", "runs": [{"id": "r1"}]}),
        entry(3, operation="o"),
        entry(4),
    )
    code, said = run("audit", "show", "#2")
    assert code == 0
    shown, others = said.split("\nThe other entries of its operation:\n")
    lines = {line.split("  ")[0]: line.split("  ")[-1].strip() for line in shown.splitlines() if "  " in line}
    assert shown.startswith(f"{receipts[1]}\n")
    assert lines["details.reason"] == "old[2J"
    assert lines["details.runs"] == '[{"id": "r1"}]'
    assert (lines["seq"], lines["stage"], lines["source.channel"]) == ("2", "started", "C1")
    assert (lines["prev"], lines["hash"]) == (receipts[0].hash, receipts[1].hash)
    assert [line.split("  ")[0] for line in others.splitlines()] == [str(receipts[0]), str(receipts[2])]


def test_an_entry_alone_in_its_operation_is_shown_alone() -> None:
    write(entry(1))
    assert "The other entries" not in run("audit", "show", "1")[1]


def test_a_body_is_printed_as_it_is() -> None:
    write(entry(1, details={"reason": f"[b]:bomb: Straße {'x' * 300}\u2028"}))
    _, exported = run("audit", "export", "--format", "jsonl")
    assert run("audit", "show", "1", "--json") == (0, exported)


def test_an_entry_that_is_not_there_is_said_so() -> None:
    write(entry(1))
    assert run("audit", "show", "9") == (
        1,
        "There is no entry #9 in vi-bot.db. `vi-bot audit list` shows the newest.\n",
    )
    assert "“9th” is not the number of an entry, such as 12." in bad_value("audit", "show", "9th")


def test_an_entry_of_a_later_version_does_not_hide_the_others() -> None:
    write(entry(1), entry(2))
    edit(1, "succeeded", "escalated")
    first, second = run("audit", "list")[1].splitlines()
    assert "delete succeeded" in first
    assert second.endswith("this version cannot read it; `vi-bot audit show 1` shows it")
    assert re.search(r"^stage +escalated$", run("audit", "show", "1")[1], re.MULTILINE)


def test_an_entry_that_is_no_json_is_shown_only_as_it_is() -> None:
    change(
        STORE, "CREATE TABLE audit_event (seq, body, hash)", "INSERT INTO audit_event VALUES (1, '{', ''), (2, '7', '')"
    )
    code, said = run("audit", "show", "1")
    assert (code, said.startswith("Entry #1 cannot be read. --json prints it as it is")) == (1, True), said
    assert run("audit", "show", "1", "--json") == (0, "{\n")
    assert run("audit", "show", "2")[0] == 0


@pytest.mark.parametrize("command", [["list"], ["show", "1"]])
def test_a_file_that_is_no_store_is_said_so(command: list[str]) -> None:
    code, said = run("audit", *command, "--store", "nowhere.db")
    assert (code, "nowhere.db cannot be used: its file cannot be opened." in said) == (2, True), said
    change(STORE, "CREATE TABLE orders (id)")
    no_trail = "The file vi-bot.db holds no trail of this bot. Check that the path is right.\n"
    assert run("audit", *command) == (2, no_trail)
