"""What the bot is made of: bounded, locked, licensed, and asked after."""

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

from deploy import advisories, licences
from deploy.licences import ALL, PAGE, ROOT, SHIPPED, pinned

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
ROW = re.compile(r"^\| (?!package )(\S+) \| (.+) \|$", re.MULTILINE)
LISTED = dict(ROW.findall(PAGE.read_text()))
# Nothing that would bind who uses the bot beyond naming it; the LGPL is met since the library can be exchanged.
TAKEN = re.compile(
    r"Public Domain|MIT|BSD|Apache|Python Software|PSF|ISC|MPL|Mozilla|LGPL|Lesser|Unlicense|Zlib|HPND|CC0|0BSD|OFL|SIL"
)


def requirements() -> Iterator[Requirement]:
    project = PROJECT["project"]
    groups = (*project["optional-dependencies"].values(), PROJECT["dependency-groups"]["dev"])
    for each in (
        *project["dependencies"],
        *PROJECT["build-system"]["requires"],
        *(one for group in groups for one in group),
    ):
        yield Requirement(each)


@pytest.mark.parametrize("requirement", list(requirements()), ids=lambda each: each.name)
def test_every_dependency_has_a_lower_and_an_upper_bound(requirement: Requirement) -> None:
    operators = {each.operator for each in requirement.specifier}
    assert operators in ({">=", "<"}, {"=="})


def test_every_dependency_has_its_reason() -> None:
    reasons = (ROOT / "docs" / "decisions" / "0002-dependencies.md").read_text()
    assert [each.name for each in requirements() if each.name not in reasons] == []


def test_the_image_has_the_versions_of_the_lock() -> None:
    pins = re.compile(r"^([\w.-]+==[^\s;]+)", re.MULTILINE)
    locked = set(pins.findall(ALL.read_text()))
    for name in ("requirements.txt", "requirements-build.txt"):
        assert set(pins.findall((ROOT / "deploy" / name).read_text())) <= locked


def test_every_package_in_the_image_has_a_hash_and_no_lock_names_an_index() -> None:
    for path in (ALL, SHIPPED, ROOT / "deploy" / "requirements-build.txt"):
        text = path.read_text()
        assert len(re.findall(r"^[\w.-]+==", text, re.MULTILINE)) == len(
            re.findall(r"==\S+.*\\\n +--hash=sha256:", text)
        )
        assert "://" not in re.sub(r"#.*", "", text)


def test_the_licence_of_everything_that_is_locked_is_listed() -> None:
    locked = pinned(ALL)
    assert {name for name, everywhere in locked.items() if everywhere} <= set(LISTED) <= set(locked)


def test_no_licence_binds_who_uses_the_bot() -> None:
    of_the_image = {name: LISTED[name] for name in pinned(SHIPPED) if name in LISTED}
    assert [(name, licence) for name, licence in of_the_image.items() if not TAKEN.search(licence)] == []


def test_the_page_of_licences_is_what_the_installed_packages_say() -> None:
    """On every platform: what is not installed on this one is not compared."""
    found = dict(ROW.findall(licences.page()))
    assert {name: LISTED.get(name) for name in found} == found


@pytest.mark.parametrize("name", ["pydantic", "slack-sdk", "psycopg"])
def test_a_licence_is_named_in_few_words(name: str) -> None:
    assert 0 < len(licences.licence_of(distribution(name))) < 100


SOUND = {"name": "a", "version": "1", "vulns": []}
VULNERABLE = {"name": "b", "version": "2", "vulns": [{"id": "PYSEC-1"}, {"id": "CVE-2"}]}
PASSED_OVER = {"name": "c", "skip_reason": "Dependency not found"}


@pytest.mark.parametrize(
    ("packages", "says", "code"),
    [
        (None, "NOT CHECKED", 0),
        ([PASSED_OVER], "NOT CHECKED", 0),
        ([SOUND], "No advisory for any of 1 packages.", 0),
        ([SOUND, PASSED_OVER], "No advisory for any of 1 packages; 1 could not be looked up.", 0),
        ([SOUND, VULNERABLE], "1 of 2 packages are vulnerable:\nb 2: PYSEC-1, CVE-2", 1),
    ],
)
def test_nothing_is_called_sound_that_was_not_looked_up(packages: Any, says: str, code: int) -> None:
    sentence, found = advisories.verdict(None if packages is None else {"dependencies": packages})
    assert (sentence.startswith(says), found) == (True, code)


def test_a_report_that_does_not_come_is_none() -> None:
    def writes(command: list[str], **_: Any) -> None:
        Path(command[-1]).write_text(json.dumps({"dependencies": [SOUND]}))

    def hangs(command: list[str], **_: Any) -> None:
        raise subprocess.TimeoutExpired(command, 1)

    assert advisories.asked(writes) == {"dependencies": [SOUND]}
    assert advisories.asked(hangs) is None
    assert advisories.asked(lambda *_, **__: None) is None


def test_the_advisories_are_asked_for_with_a_program_that_is_there() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pip_audit", "--version"], capture_output=True, check=False, timeout=60
    )
    assert done.returncode == 0
