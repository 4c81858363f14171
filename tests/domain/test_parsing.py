"""What people type, and what it means."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.audit import Action, Stage
from bot.domain.command import (
    Backup,
    Backups,
    Command,
    Delete,
    ExportTrail,
    Help,
    Kill,
    ListWorkflows,
    LockWorkflow,
    Pending,
    Restore,
    Runs,
    Show,
    ShowEntry,
    UnlockWorkflow,
    Whoami,
)
from bot.domain.errors import BadCommand
from bot.domain.export import Format
from bot.domain.listing import Query, Sort
from bot.domain.moment import Moment
from bot.domain.parsing import Chosen, name_in, parse_command
from bot.domain.trail_filters import Audit
from bot.domain.usages import USAGES


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("", Help()),
        ("   ", Help()),
        ("help", Help()),
        ("HELP Delete", Help("delete")),
        ("whoami", Whoami()),
        ("list", ListWorkflows(Query())),
        ("list potholes at night", ListWorkflows(Query("potholes at night"))),
        ("list --active --sort NAME", ListWorkflows(Query(active=True, sort=Sort.NAME))),
        ('list --project "Road damage" x', ListWorkflows(Query("x", "Road damage"))),
        ("list --fresh Roads", ListWorkflows(Query("Roads", fresh=True))),
        ("list --project=Roads", ListWorkflows(Query(project="Roads"))),
        ("show flow_123", Show("flow_123")),
        ('show "Pothole detector"', Show("Pothole detector")),
        ("show “Pothole detector”", Show("Pothole detector")),
        ("show ‘Pothole detector’", Show("Pothole detector")),
        ("show «Pothole detector»", Show("Pothole detector")),
        ("show „Schlaglöcher“", Show("Schlaglöcher")),
        ("show 'Omar's detector'", Show("Omar's detector")),
        ("show Omar's", Show("Omar's")),
        ('show "a 5"-screen"', Show('a 5"-screen')),
        ('show "two\nlines"', Show("two\nlines")),
        ('show "--odd"', Show("--odd")),
        ("show ../etc/passwd", Show("../etc/passwd")),
        ('backup X --name "Before v2"', Backup("X", "Before v2")),
        ("backup X —name Y", Backup("X", "Y")),
        ("backup X –name Y", Backup("X", "Y")),
        ("delete X", Delete(("X",))),
        ('delete X --reason "too old"', Delete(("X",), "too old")),
        ("delete X --dry-run", Delete(("X",), dry_run=True)),
        ('delete A "B two" C --reason old', Delete(("A", "B two", "C"), "old")),
        ("delete A --reason old B", Delete(("A", "B"), "old")),
        ("delete “A one” ‘B two’", Delete(("A one", "B two"))),
        ("backups", Backups()),
        ('backups "Pothole detector"', Backups("Pothole detector")),
        ("restore X", Restore("X")),
        ('RESTORE "Pothole detector"', Restore("Pothole detector")),
        ("runs", Runs()),
        ("runs X", Runs("X")),
        ("runs --active", Runs(active_only=True)),
        ("runs X —active", Runs("X", active_only=True)),
        ("kill run_1", Kill("run_1")),
        ('kill run_1 --reason "wrong dataset"', Kill("run_1", "wrong dataset")),
        ("pending", Pending()),
        ('lock X --reason " in production "', LockWorkflow("X", "in production")),
        ("unlock X", UnlockWorkflow("X")),
        ("audit", Audit()),
        ("audit refused --since 7d", Audit("refused", since=Moment("7d"))),
        ("audit --since 2026-11-01 --until 12H", Audit(since=Moment("2026-11-01"), until=Moment("12h"))),
        ("audit --action Delete --outcome DENIED", Audit(action=Action.DELETE, outcome=Stage.DENIED)),
        ("audit --entry 1234", ShowEntry(1234)),
        ("audit --entry #1234", ShowEntry(1234)),
        ("audit --export CSV", ExportTrail(Audit(), Format.CSV)),
        ("audit spill --export jsonl --since 1w", ExportTrail(Audit("spill", since=Moment("1w")), Format.JSONL)),
        ("audit --actor <@U123ABC|omar> --outcome failed", Audit(actor="U123ABC", outcome=Stage.FAILED)),
        ("audit --actor U123ABCD --workflow X", Audit(actor="U123ABCD", workflow="X")),
        ("audit --actor @U123ABCD", Audit(actor="U123ABCD")),
    ],
)
def test_a_command_means_what_it_says(typed: str, meant: Command) -> None:
    assert parse_command(typed) == meant


@pytest.mark.parametrize(
    ("typed", "sentence", "advice", "usage"),
    [
        ("lst", "There is no command “lst”.", "Did you mean list?", "list ["),
        ("xyzzy", "There is no command “xyzzy”.", "help shows what there is", "help"),
        ("help lst", "There is no command “lst”.", "Did you mean list?", "list ["),
        ("show", "needs to know which workflow", "", "show WORKFLOW"),
        ("show a b", "takes one word or one quoted name", '"a b"', "show WORKFLOW"),
        ("whoami now", "takes no further words", "", "whoami"),
        ("pending now", "takes no further words", "", "pending"),
        ("delete", "delete needs to know which workflow.", "", "delete WORKFLOW…"),
        ("delete --reason old", "delete needs to know which workflow.", "", "delete WORKFLOW…"),
        ("backups a b", "takes one word or one quoted name", '"a b"', "backups [WORKFLOW]"),
        ("restore", "restore needs to know which workflow or operation.", "", "restore WORKFLOW|OPERATION"),
        ("restore a b", "takes one word or one quoted name", '"a b"', "restore WORKFLOW|OPERATION"),
        ("runs a b", "takes one word or one quoted name", '"a b"', "runs [WORKFLOW]"),
        ("kill", "kill needs to know which run.", "", "kill RUN"),
        ("kill a b", "takes one word or one quoted name", '"a b"', "kill RUN"),
        ("lock", "lock needs to know which workflow.", "", "lock WORKFLOW"),
        ("lock X", "A lock needs a reason", "", 'lock WORKFLOW --reason "…"'),
        ('lock X --reason " "', "A lock needs a reason", "", 'lock WORKFLOW --reason "…"'),
        ("unlock", "unlock needs to know which workflow.", "", "unlock WORKFLOW"),
        ("unlock X --reason over", "unlock has no flag --reason", "", "unlock WORKFLOW"),
        ("show “Pothole", "opened before “Pothole” and never closed", "quotation marks", ""),
        ("list --colour red", "has no flag --colour", "", "list ["),
        ("list --projekt X", "has no flag --projekt", "Did you mean --project?", "list ["),
        ("list --active=yes", "--active takes no value", "", "list ["),
        ("list --project", "--project needs a value", "", "list ["),
        ("list --project --active", "--project needs a value", "", "list ["),
        ("list --active --active", "--active is given twice", "", "list ["),
        ("list --sort colour", "--sort knows updated, created and name", "", "list ["),
        ("audit --outcome great", "--outcome knows succeeded", "", "audit ["),
        ("audit --actor omar", "--actor needs a person", "", "audit ["),
        ("audit --since yesterday", "--since needs a span such as 30m", "", "audit ["),
        ("audit --since 2026-02-30", "or a day such as 2026-11-01", "", "audit ["),
        ('audit --until ""', "--until needs a span", "", "audit ["),
        ("audit --action deletions", "--action knows list, show, backup, delete", "Did you mean delete?", "audit ["),
        ("audit --action kil", "not “kil”", "Did you mean kill?", "audit ["),
        ("audit --action xyzzy", "not “xyzzy”", "", "audit ["),
        ("audit --export pdf", "--export knows jsonl, csv, ocsf, not “pdf”", "", "audit ["),
        ("audit --entry", "--entry needs a value", "", "audit ["),
        ("audit --entry 0", "--entry needs the number of an entry", "", "audit ["),
        ("audit --entry 9007199254740993", "--entry needs the number of an entry", "", "audit ["),
        ("audit --entry ٣", "--entry needs the number of an entry", "", "audit ["),
        ("audit --entry 3 --since 7d", "nothing else goes with it", "", "audit ["),
        ("audit spill --entry 3", "nothing else goes with it", "", "audit ["),
    ],
)
def test_what_is_not_understood_is_said_with_the_way_to_write_it(
    typed: str, sentence: str, advice: str, usage: str
) -> None:
    with pytest.raises(BadCommand) as caught:
        parse_command(typed)
    assert sentence in caught.value.sentence
    assert advice in caught.value.advice
    assert caught.value.usage.startswith(usage)


@pytest.mark.parametrize(("typed", "name"), [("", "help"), ('"KILL" --reason old', "kill"), ("show Twin", "show")])
def test_the_name_of_a_command_is_read_without_the_rest(typed: str, name: str) -> None:
    assert name_in(typed) == name


@pytest.mark.parametrize("name", [usage.name for usage in USAGES.values() if usage.words[0]])
def test_a_command_that_lacks_only_what_it_is_about_says_so(name: str) -> None:
    with pytest.raises(BadCommand) as caught:
        parse_command(name)
    assert caught.value.lacking == name
    assert parse_command(f"{name} --reason x" if name == "lock" else name, Chosen("wf-1")) is not None


def test_every_example_in_the_help_is_understood() -> None:
    for usage in USAGES.values():
        parse_command(usage.example)


@given(st.text())
def test_any_text_is_a_command_or_a_clear_error(typed: str) -> None:
    with suppress(BadCommand):
        parse_command(typed)


@given(
    st.text(min_size=1).filter(lambda name: '"' not in name and "“" not in name and "”" not in name and "„" not in name)
)
def test_a_quoted_name_is_taken_as_it_is(name: str) -> None:
    assert parse_command(f'show "{name}"') == Show(name)
