import json
import math
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from sandbox import scenarios
from sandbox.vi.documents import check_flow_spec, is_active, is_id
from sandbox.vi.organization import Organization

NOW = datetime(2026, 7, 1, 9, tzinfo=UTC)


def organization(name: str) -> Organization:
    state = scenarios.load(name, now=NOW)
    return Organization(state, organization_id="org_1", clock=lambda: NOW, new_id=lambda: "unused")


@pytest.mark.parametrize("name", scenarios.NAMES)
def test_a_scenario_is_the_same_each_time_and_lies_in_the_past(name: str) -> None:
    state = scenarios.load(name, now=NOW)
    assert state == scenarios.load(name, now=NOW)
    for group in (state.projects, state.workflows, state.runs):
        created = [each.created for each in group]
        assert created == sorted(created)
        assert all(time < NOW for time in created)


@pytest.mark.parametrize("name", scenarios.NAMES)
def test_a_scenario_holds_what_the_platform_would_accept(name: str) -> None:
    state = scenarios.load(name, now=NOW)
    projects = {each.id for each in state.projects}
    for workflow in state.workflows:
        assert is_id(workflow.id)
        assert check_flow_spec(workflow.spec).get("trainingProject") in projects | {None}
        json.dumps(workflow.spec, allow_nan=False)
    assert len({each.id for each in state.workflows}) == len(state.workflows)
    assert len({each.id for each in state.runs}) == len(state.runs)


def test_a_scenario_of_another_name_is_refused_with_the_names_that_there_are() -> None:
    with pytest.raises(ValueError, match="small-team, busy, hostile, empty"):
        scenarios.load("smal-team", now=NOW)


def test_the_small_team_has_a_dozen_workflows_in_three_projects_and_two_active_runs() -> None:
    team = organization("small-team")
    assert (len(team.flows), len(team.projects)) == (12, 3)
    assert sum(len(team.active_runs_of(each)) for each in team.workflow_ids()) == 2
    assert len(team.runs) > 10


def test_the_runs_of_the_small_team_took_their_time_and_its_workflows_have_a_history() -> None:
    team = organization("small-team")
    for run in team.runs:
        metadata = run.document["metadata"]
        assert (metadata["lastUpdated"] > metadata["timeCreated"]) is not is_active(run.document)
        assert metadata["lastUpdated"] < NOW.timestamp() * 1000
    versions = {each.document["metadata"]["generation"] for each in team.flows}
    assert len(versions) > 2


def test_each_workflow_of_the_small_team_has_a_dataset_a_system_prompt_and_a_model() -> None:
    for workflow in scenarios.load("small-team", now=NOW).workflows:
        assert [block["block"] for block in workflow.spec["blocks"]] == ["dataset", "system_prompt", "model"]
        assert workflow.spec.keys() >= {"edges", "description"}


def test_the_busy_organization_has_ten_thousand_workflows_of_four_kilobytes_and_thirty_thousand_runs() -> None:
    busy = organization("busy")
    assert (len(busy.flows), len(busy.runs)) == (10_000, 30_000)
    sizes = [len(each.encoded()) for each in busy.flows.page(None, 100).items]
    assert 3_500 < sum(sizes) / len(sizes) < 4_700
    newest = busy.flows.page(None, 1).items[0].document["metadata"]["timeCreated"]
    assert newest < (NOW - timedelta(minutes=1)).timestamp() * 1000


def test_the_hostile_names_are_as_bad_as_they_should_be() -> None:
    state = scenarios.load("hostile", now=NOW)
    names = [each.spec["name"] for each in state.workflows]
    assert max(len(name) for name in names) == 5_000
    assert Counter(names)["Twins"] == 2
    assert "" in names
    for needle in ("<!channel>", "<@U", "\u202e", "\u2066", "\n", "\u0000", "*bold*", "\U0001f6a7"):
        assert any(needle in name for name in names), needle
    beginnings = Counter(each.id[:6] for each in state.workflows)
    assert max(beginnings.values()) > 20


def test_the_hostile_documents_hold_unknown_fields_of_every_json_type() -> None:
    hostile = organization("hostile")
    document = hostile.workflow(hostile.workflow_ids()[0])
    for unknown in (document["unknown"], document["spec"]["unknown"], document["spec"]["blocks"][0]):
        kinds = {type(value) for value in unknown.values()}
        assert kinds == {str, int, float, bool, type(None), list, dict}
    assert math.copysign(1, document["unknown"]["negative zero"]) == -1


def test_only_the_platform_knows_which_of_the_twins_is_in_use() -> None:
    hostile = organization("hostile")
    assert [len(hostile.active_runs_of(each)) for each in hostile.workflow_ids("Twins")] == [0, 1]
