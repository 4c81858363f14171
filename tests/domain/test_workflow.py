"""Which workflow is meant, and which runs use it."""

import pytest

from bot.domain.workflow import attributes_of, is_id, matching, runs_of, spec_of
from tests.values import run, workflow


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("flow_1-A", True),
        ("x" * 255, True),
        ("x" * 256, False),
        ("", False),
        ("a\n", False),
        ("a/b", False),
        ("é", False),
    ],
)
def test_an_id_is_matched_whole(text: str, *, good: bool) -> None:
    assert is_id(text) is good


EVERY = (
    workflow("abcdef-1", "Potholes"),
    workflow("abcdef-2", "Cracks"),
    workflow("zzzzzz-3", "Cracks"),
    workflow("yyyyyy-4", "abcdef-1"),
)


@pytest.mark.parametrize(
    ("reference", "meant"),
    [
        ("Potholes", ["abcdef-1"]),
        ("Cracks", ["abcdef-2", "zzzzzz-3"]),
        ("abcdef", ["abcdef-1", "abcdef-2"]),
        ("zzzzzz", ["zzzzzz-3"]),
        ("zzzzz", []),
        ("potholes", []),
        ("abcdef-1", ["abcdef-1"]),
        ("nothing", []),
    ],
)
def test_a_reference_is_an_id_a_whole_name_or_the_beginning_of_an_id(reference: str, meant: list[str]) -> None:
    assert [each.id for each in matching(reference, EVERY)] == meant


def test_runs_are_matched_by_name_and_by_project_where_both_name_one() -> None:
    runs = (run("1"), run("2", name="Other"), run("3", project="p2"), run("4", project=None))
    assert [each.id for each in runs_of(workflow(), runs)] == ["1", "4"]
    assert [each.id for each in runs_of(workflow(project=None), runs)] == ["1", "3", "4"]


@pytest.mark.parametrize(
    ("state", "active"),
    [
        ("waiting", True),
        ("running", True),
        ("unknown", True),
        ("completed", False),
        ("failed", False),
        ("killed", False),
    ],
)
def test_a_run_whose_state_cannot_be_told_counts_as_active(state: str, *, active: bool) -> None:
    assert run(state=state).is_active is active


def test_a_document_without_configuration_or_labels_has_empty_ones() -> None:
    assert spec_of({}) == {}
    assert spec_of({"spec": 1}) == {}
    assert attributes_of({"metadata": 1}) == {}
    assert attributes_of({"metadata": {"attributes": []}}) == {}
    assert attributes_of({"metadata": {"attributes": {"a": "b"}}}) == {"a": "b"}
