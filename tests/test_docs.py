"""What the docs say of commands and roles is what the bot does: nothing is missing, and nothing is invented."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest
from prometheus_client.metrics import MetricWrapperBase
from pydantic import AliasChoices

from bot.domain.audit import Action
from bot.domain.parsing import parse_command
from bot.domain.people import Standing
from bot.domain.policy import Role
from bot.domain.trail_filters import OUTCOMES
from bot.domain.usages import FORMATS, USAGES
from bot.metrics import PrometheusMeter
from bot.operations.backups import PAGE_SIZE
from bot.operations.deletion import MOST_ITEMS
from bot.operations.forgetting import QUESTIONS_KEPT
from bot.operations.readiness import KEPT, NEEDED, OLD_CONTACT, TIME_LIMIT, Check
from bot.operations.restorable import LOOKED_THROUGH
from bot.settings import _ACTIONS, ApprovalSetting, Settings

DOCS = Path(__file__).parent.parent / "docs"
COMMANDS, ROLES = (DOCS / "commands.md").read_text(), (DOCS / "roles.md").read_text()
SECTIONS: Mapping[str, str] = dict(re.findall(r"^## (\S+)\n(.*?)(?=^## |\Z)", COMMANDS, re.MULTILINE | re.DOTALL))
EVERYBODY = "everybody"


def rows(text: str, heading: str) -> dict[str, str]:
    """The rows of the table whose head begins with this: the first cell, and the rest."""
    table = re.search(rf"^\| {re.escape(heading)} \|.*\n\|[-|]+\|\n((?:\|.*\n)+)", text, re.MULTILINE)
    lines = table[1].splitlines() if table else []
    cells = ([cell.strip() for cell in line.strip("|").split("|")] for line in lines)
    return {first.strip("`"): " | ".join(others) for first, *others in cells}


def quoted(text: str) -> set[str]:
    """What stands in code quotes."""
    return set(re.findall(r"`([^`]+)`", text))


def test_every_command_has_its_section_and_no_other_has_one() -> None:
    assert list(SECTIONS) == list(USAGES)


@pytest.mark.parametrize("name", USAGES)
def test_a_section_says_how_the_command_is_written_who_may_and_gives_its_example(name: str) -> None:
    usage, section = USAGES[name], SECTIONS[name]
    assert section.split("\n")[1] == f"    /vi {name} {usage.arguments}".rstrip()
    assert f"\nFor: {usage.role or EVERYBODY}. For example: `/vi {usage.example}`\n" in section
    parse_command(usage.example)


@pytest.mark.parametrize("name", USAGES)
def test_every_flag_is_explained_and_none_is_invented(name: str) -> None:
    flags = {f"--{flag}" for flag in USAGES[name].flags}
    assert set(rows(SECTIONS[name], "flag")) == flags
    assert set(re.findall(r"--[a-z][a-z-]*", SECTIONS[name])) == flags


@pytest.mark.parametrize("document", sorted(DOCS.glob("*.md")), ids=lambda path: path.name)
def test_a_command_that_any_page_names_exists(document: Path) -> None:
    named = set(re.findall(r"`/vi ([a-z]+)", document.read_text()))
    assert named <= set(USAGES)


def test_the_words_that_flags_take_are_all_there() -> None:
    assert quoted(rows(SECTIONS["audit"], "flag")["--outcome"]) == set(OUTCOMES)
    assert quoted(rows(SECTIONS["audit"], "flag")["--export"]) == {each.lower() for each in FORMATS}


def test_the_numbers_are_those_of_the_code() -> None:
    assert f"at most {MOST_ITEMS}" in SECTIONS["delete"]
    assert f"The newest {PAGE_SIZE} snapshots" in SECTIONS["backups"]
    assert f"newest {LOOKED_THROUGH:,} snapshots" in SECTIONS["restore"]
    assert f"over for {QUESTIONS_KEPT.days} days is forgotten" in (DOCS / "architecture.md").read_text()
    assert f"answered for {default('confirmation_minutes')} minutes" in COMMANDS
    assert f"decide for {default('approval_minutes')} minutes" in ROLES


def default(setting: str) -> object:
    """What a setting is where nobody sets it."""
    return Settings.model_fields[setting].default


def test_every_role_names_the_commands_that_need_it_and_no_others() -> None:
    told = {role: quoted(cells.split(" | ", maxsplit=1)[0]) for role, cells in rows(ROLES, "role").items()}
    needed: dict[str, set[str]] = {EVERYBODY: set(), **{role.value: set() for role in Role}}
    for usage in USAGES.values():
        needed[str(usage.role or EVERYBODY)].add(usage.name)
    assert told == needed


def test_everybody_who_is_turned_away_is_named() -> None:
    assert set(rows(ROLES, "who")) == {each.value for each in Standing} - {Standing.MEMBER.value}


def test_the_settings_that_are_named_exist() -> None:
    aliases = (field.validation_alias for field in Settings.model_fields.values())
    known = {str(each.choices[0]) for each in aliases if isinstance(each, AliasChoices)}
    named = set(re.findall(r"VI_BOT_[A-Z_]+", COMMANDS + ROLES))
    assert named <= known
    assert {f"VI_BOT_{role.name}S" for role in Role} <= named


def test_a_rule_for_approvals_is_explained_whole() -> None:
    told = rows(ROLES, "in a rule")
    assert set(told) == set(ApprovalSetting.model_fields)
    assert quoted(told["actions"]) == set(_ACTIONS)
    assert set(_ACTIONS.values()) == {Action.DELETE, Action.KILL, Action.RESTORE}


def test_the_example_of_rules_can_be_read() -> None:
    example = re.search(r"```toml\n(.*?)```", ROLES, re.DOTALL)
    assert example is not None
    read = tomllib.loads(example[1])
    assert set(read) <= set(Settings.model_fields)
    assert [ApprovalSetting(**each).rule.above for each in read["approvals"]] == [0, 3]


HEALTH = (DOCS / "health.md").read_text()


def test_every_metric_is_explained_with_its_labels_and_none_is_invented() -> None:
    meter = PrometheusMeter("1")
    named = {
        collector._name + ("_total" if collector._type == "counter" else ""): set(collector._labelnames)
        for collector in meter.registry._collector_to_names
        if isinstance(collector, MetricWrapperBase)
    }
    told = {name: quoted(cells.split(" | ")[0]) for name, cells in rows(HEALTH, "metric").items()}
    assert told == named


def test_every_check_is_explained_and_it_says_which_are_needed() -> None:
    told = {name: cells.split(" | ")[0] == "yes" for name, cells in rows(HEALTH, "check").items()}
    assert told == {each.value: each in NEEDED for each in Check}


def test_the_numbers_of_health_are_those_of_the_code() -> None:
    assert f"within {TIME_LIMIT:g} s" in HEALTH
    assert (OLD_CONTACT, KEPT) == (300, 5)
