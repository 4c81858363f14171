from typing import Any

import pytest

from sandbox.scenarios import RunState, StartingState, Workflow
from sandbox.vi.collection import NoSuchDocumentError
from sandbox.vi.documents import InvalidDocumentError
from sandbox.vi.organization import ConflictError, Organization
from tests.sandbox_vi.conftest import SPEC, ManualClock


def test_a_put_creates_a_workflow_under_the_clients_id(organization: Organization, clock: ManualClock) -> None:
    organization.put_flow("f1", {"spec": SPEC, "metadata": {"attributes": {"owner": "alice"}}})
    now = int(clock().timestamp() * 1000)
    document = organization.workflow("f1")
    assert (document["kind"], document["workspaceId"], document["flowId"]) == ("Flow", "org_1", "f1")
    assert document["selfLink"] == "/workspaces/org_1/flows/f1"
    assert document["metadata"] == {
        "timeCreated": now,
        "lastUpdated": now,
        "generation": 1,
        "attributes": {"owner": "alice"},
    }


def test_a_put_onto_an_id_that_is_taken_replaces_spec_and_attributes_whole_and_counts_on(
    organization: Organization, clock: ManualClock
) -> None:
    old = organization.put_flow("f1", {"spec": {**SPEC, "extra": 1}, "metadata": {"attributes": {"a": "1"}}}).document
    clock.advance(hours=1)
    organization.put_flow("f1", {"spec": {**SPEC, "name": "Cracks"}})
    new = organization.workflow("f1")
    assert new["spec"] == {**SPEC, "name": "Cracks"}
    assert new["metadata"]["attributes"] == {}
    assert new["metadata"]["generation"] == 2
    assert new["metadata"]["timeCreated"] == old["metadata"]["timeCreated"]
    assert new["metadata"]["lastUpdated"] == old["metadata"]["lastUpdated"] + 3_600_000
    assert new["etag"] != old["etag"]


def test_unknown_fields_of_a_spec_are_kept(organization: Organization) -> None:
    block = {"block": "model", "settings": {"x": [None, 1.0]}, "style": {}, "ports": {"in": []}}
    spec = {**SPEC, "blocks": [block], "edges": [{"from": 0}], "nothing": None}
    organization.put_flow("f1", {"spec": spec})
    assert organization.workflow("f1")["spec"] == spec


def test_a_patch_merges_objects_removes_what_is_null_and_replaces_the_rest(organization: Organization) -> None:
    spec = {**SPEC, "settings": {"a": 1, "b": {"c": 2, "d": 3}}, "note": "x", "blocks": []}
    organization.put_flow("f1", {"spec": spec, "metadata": {"attributes": {"a": "1", "b": "2"}}})
    block = {"block": "model", "settings": {}, "style": {}}
    patch = {"settings": {"b": {"c": 9}}, "note": None, "blocks": [block]}
    organization.patch_flow("f1", {"spec": patch, "metadata": {"attributes": {"b": "3"}}})
    document = organization.workflow("f1")
    assert document["spec"] == {**SPEC, "settings": {"a": 1, "b": {"c": 9, "d": 3}}, "blocks": [block]}
    assert document["metadata"]["attributes"] == {"a": "1", "b": "3"}
    assert document["metadata"]["generation"] == 2


def test_unknown_members_of_a_document_outlive_a_patch_and_not_a_replacement(clock: ManualClock) -> None:
    workflow = Workflow("f1", SPEC, clock(), extra={"thumbnail": [None]})
    state = StartingState("Extra", workflows=(workflow,))
    organization = Organization(state, organization_id="org_1", clock=clock, new_id=lambda: "unused")
    organization.patch_flow("f1", {"spec": {"name": "Renamed"}})
    assert organization.workflow("f1")["thumbnail"] == [None]
    organization.put_flow("f1", {"spec": SPEC})
    assert "thumbnail" not in organization.workflow("f1")


def test_a_workflow_that_is_made_again_under_its_old_id_begins_anew_with_another_etag(
    organization: Organization,
) -> None:
    first = organization.put_flow("f1", {"spec": SPEC}).document
    organization.delete_flow("f1")
    second = organization.put_flow("f1", {"spec": SPEC}).document
    assert second["metadata"]["generation"] == 1
    assert second["etag"] != first["etag"]


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ([], "The body must be an object"),
        ({}, "spec must be an object"),
        ({"spec": SPEC, "kind": "Flow"}, "The body has members that are not allowed: kind"),
        ({"spec": []}, "spec must be an object"),
        ({"spec": {**SPEC, "name": None}}, "spec.name must be a string"),
        ({"spec": {**SPEC, "schema": 1}}, "spec.schema must be a string"),
        ({"spec": {**SPEC, "settings": []}}, "spec.settings must be an object"),
        ({"spec": {**SPEC, "blocks": {}}}, "spec.blocks must be an array"),
        ({"spec": {**SPEC, "blocks": ["model"]}}, r"spec.blocks\[0\] must be an object"),
        ({"spec": {**SPEC, "blocks": [{"block": "m", "settings": {}}]}}, r"spec.blocks\[0\].style must be"),
        ({"spec": {**SPEC, "tolerations": {"a": "b"}}}, "spec.tolerations.a must be an array of strings"),
        ({"spec": {**SPEC, "tolerations": {"a": [1]}}}, "spec.tolerations.a must be an array of strings"),
        ({"spec": {**SPEC, "trainingProject": 7}}, "spec.trainingProject must be a string"),
        ({"spec": {**SPEC, "trainingProject": "gone"}}, "there is no training project gone"),
        ({"spec": SPEC, "metadata": []}, "metadata must be an object"),
        ({"spec": SPEC, "metadata": {"generation": 7}}, "metadata has members that are not allowed"),
        ({"spec": SPEC, "metadata": {"attributes": {"a": 1}}}, "metadata.attributes must be an object of strings"),
        ({"spec": SPEC, "metadata": {"attributes": []}}, "metadata.attributes must be an object of strings"),
    ],
)
def test_a_body_that_is_not_a_workflows_is_refused_and_changes_nothing(
    organization: Organization, body: Any, complaint: str
) -> None:
    with pytest.raises(InvalidDocumentError, match=complaint):
        organization.put_flow("f1", body)
    assert organization.workflow_ids() == []


def test_a_patch_that_leaves_no_workflow_is_refused(organization: Organization) -> None:
    organization.put_flow("f1", {"spec": SPEC})
    with pytest.raises(InvalidDocumentError, match=r"spec\.name must be a string"):
        organization.patch_flow("f1", {"spec": {"name": None}})
    assert organization.workflow("f1")["metadata"]["generation"] == 1


def test_a_workflow_can_be_put_into_a_project_that_is_there(organization: Organization) -> None:
    project = organization.add_project("Roads")
    organization.put_flow("f1", {"spec": {**SPEC, "trainingProject": project}})
    organization.start_run("f1")
    (document,) = organization.projects_with_status([organization.projects.get(project)])
    assert document["spec"]["name"] == "Roads"
    assert document["status"]["flows"] == ["f1"]
    assert len(document["status"]["runs"]) == 1


@pytest.mark.parametrize("state", [RunState.QUEUED, RunState.STARTING, RunState.RUNNING])
def test_a_deletion_is_refused_while_a_run_is_active_and_the_message_names_it(
    organization: Organization, state: RunState
) -> None:
    workflow_id = organization.add_workflow(SPEC)
    run_id = organization.start_run(workflow_id, state)
    with pytest.raises(ConflictError, match=run_id):
        organization.delete_flow(workflow_id)
    assert organization.workflow_ids() == [workflow_id]


@pytest.mark.parametrize("state", [RunState.COMPLETED, RunState.FAILED, RunState.KILLED, RunState.SUCCEEDED])
def test_ended_runs_do_not_hold_a_deletion_up_and_outlive_the_workflow(
    organization: Organization, state: RunState
) -> None:
    workflow_id = organization.add_workflow(SPEC)
    run_id = organization.start_run(workflow_id, state)
    organization.delete_flow(workflow_id)
    assert organization.run(run_id)["spec"]["flow"] == SPEC
    assert organization.was_deleted(workflow_id)


def test_the_platform_knows_which_of_two_equally_named_workflows_a_run_uses(organization: Organization) -> None:
    used, unused = organization.add_workflow(SPEC), organization.add_workflow(SPEC)
    organization.start_run(used)
    organization.delete_flow(unused)
    with pytest.raises(ConflictError):
        organization.delete_flow(used)


def test_a_run_still_holds_its_workflow_after_that_was_renamed(organization: Organization) -> None:
    workflow_id = organization.add_workflow(SPEC)
    run_id = organization.start_run(workflow_id)
    organization.change_workflow(workflow_id, {"name": "Renamed"})
    assert organization.run(run_id)["spec"]["flow"]["name"] == "Potholes"
    with pytest.raises(ConflictError):
        organization.delete_flow(workflow_id)


def test_a_finished_run_frees_its_workflow_and_says_when_it_started_and_when_it_ended(
    organization: Organization, clock: ManualClock
) -> None:
    workflow_id = organization.add_workflow(SPEC)
    run_id = organization.start_run(workflow_id, RunState.QUEUED)
    started = int(clock().timestamp() * 1000)
    clock.advance(minutes=90)
    organization.finish_run(run_id, RunState.FAILED)
    conditions = organization.run(run_id)["status"]["conditions"]
    assert [(each["status"], each["lastTransitionTime"]) for each in conditions] == [
        ("Reached", started),
        ("FailedReach", started + 5_400_000),
    ]
    organization.delete_flow(workflow_id)


def test_a_killed_run_frees_its_workflow_and_cannot_be_killed_again(
    organization: Organization, clock: ManualClock
) -> None:
    workflow_id = organization.add_workflow(SPEC)
    run_id = organization.start_run(workflow_id)
    organization.kill_run(run_id)
    assert organization.run(run_id)["spec"]["killedAt"] == int(clock().timestamp() * 1000)
    assert organization.run(run_id)["metadata"]["generation"] == 2
    with pytest.raises(ConflictError, match="has ended"):
        organization.patch_run(run_id, {"spec": {"killedAt": 1}})
    organization.delete_flow(workflow_id)


@pytest.mark.parametrize(
    "body",
    [
        {"spec": {"killedAt": None}},
        {"spec": {"killedAt": "now"}},
        {"spec": {"killedAt": True}},
        {"spec": {"killedAt": 0}},
        {"spec": {"flow": SPEC}},
        {"spec": {"trainingProject": 7}},
        {"kind": "Run"},
        [],
    ],
)
def test_a_run_takes_no_other_change_than_the_documented_ones(organization: Organization, body: Any) -> None:
    run_id = organization.start_run(organization.add_workflow(SPEC))
    with pytest.raises(InvalidDocumentError):
        organization.patch_run(run_id, body)
    assert organization.run(run_id)["metadata"]["generation"] == 1


def test_a_run_can_be_labelled_and_moved(organization: Organization) -> None:
    run_id = organization.start_run(organization.add_workflow(SPEC))
    organization.patch_run(run_id, {"spec": {"trainingProject": "p"}, "metadata": {"attributes": {"note": "baseline"}}})
    run = organization.run(run_id)
    assert run["spec"]["trainingProject"] == "p"
    assert run["metadata"]["attributes"] == {"note": "baseline"}


def test_a_workflow_can_vanish_behind_the_bots_back_even_while_it_is_used(organization: Organization) -> None:
    workflow_id = organization.add_workflow(SPEC)
    organization.start_run(workflow_id)
    organization.remove_workflow(workflow_id)
    with pytest.raises(NoSuchDocumentError):
        organization.delete_flow(workflow_id)
    with pytest.raises(NoSuchDocumentError):
        organization.patch_flow(workflow_id, {})


def test_what_is_handed_out_is_a_copy(organization: Organization) -> None:
    workflow_id = organization.add_workflow(SPEC)
    organization.workflow(workflow_id)["spec"]["settings"]["x"] = 1
    run_id = organization.start_run(workflow_id)
    organization.run(run_id)["spec"]["flow"]["settings"]["x"] = 1
    assert organization.workflow(workflow_id)["spec"] == SPEC
    assert organization.run(run_id)["spec"]["flow"] == SPEC
