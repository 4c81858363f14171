"""The vendor's own client, `vi-sdk`, against the emulator: what it sends and expects is the contract."""

import uuid
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from tests.contract.conftest import Access

SPEC: dict[str, Any] = {
    "name": "Potholes, second try",
    "schema": "v1",
    "tolerations": {"spot": ["preemptible"]},
    "settings": {"seed": 1},
    "blocks": [{"block": "model", "settings": {"size": "4B"}, "style": {"x": 1}, "ports": {"out": ["right"]}}],
}


def named(client: Any, name: str) -> Any:
    (flow,) = [each for each in client.flows.list().all_items() if each.spec.name == name]
    return flow


@pytest.mark.parametrize("size", [1, 10, 1000])
def test_it_lists_every_workflow_once_whatever_the_page_size(client: Any, emulator: Access, size: int) -> None:
    pages = list(client.flows.list({"page_size": size}))
    ids = [flow.flow_id for page in pages for flow in page.items]
    assert len(pages) == -(-12 // size)
    assert ids == [item["flowId"] for item in emulator.raw("flows?s=1000")["items"]]
    created = [flow.metadata.time_created for page in pages for flow in page.items]
    assert created == sorted(created, reverse=True)


def test_it_lists_ids_and_names(client: Any) -> None:
    light = {item["flowId"]: item["name"] for item in client.flows.list_simple({"page_size": 5}).all_items()}
    assert light == {flow.flow_id: flow.spec.name for flow in client.flows.list().all_items()}


def test_it_gets_one_workflow(client: Any, emulator: Access) -> None:
    listed = named(client, "Potholes")
    flow = client.flows.get(listed.flow_id)
    assert flow == listed
    assert flow.organization_id == emulator.organization_id
    assert [block.block for block in flow.spec.blocks] == ["dataset", "system_prompt", "model"]


def test_it_creates_a_workflow_under_an_id_of_its_own(client: Any, emulator: Access) -> None:
    flow = client.flows.create(spec=SPEC, metadata={"owner": "alice"})
    assert uuid.UUID(flow.flow_id).version == 4
    assert (flow.metadata.generation, flow.metadata.attributes) == (1, {"owner": "alice"})
    assert emulator.raw(f"flows/{flow.flow_id}")["spec"] == SPEC
    assert client.flows.list().items[0] == flow


def test_it_replaces_a_workflow_whole(client: Any, emulator: Access) -> None:
    old = named(client, "Potholes")
    new = client.flows.replace(old.flow_id, SPEC)
    assert emulator.raw(f"flows/{old.flow_id}")["spec"] == SPEC
    assert new.metadata.attributes == {}
    assert new.metadata.generation == old.metadata.generation + 1
    assert new.metadata.time_created == old.metadata.time_created
    assert new.etag != old.etag


def test_it_updates_only_what_it_names(client: Any, emulator: Access) -> None:
    old = named(client, "Potholes")
    before = emulator.raw(f"flows/{old.flow_id}")
    new = client.flows.update(old.flow_id, spec={"name": "Holes"}, metadata={"reviewed": "yes"})
    after = emulator.raw(f"flows/{old.flow_id}")
    assert after["spec"] == {**before["spec"], "name": "Holes"}
    assert new.metadata.attributes == {**old.metadata.attributes, "reviewed": "yes"}
    assert new.etag != old.etag


def test_it_deletes_a_workflow(client: Any, sdk: ModuleType) -> None:
    flow_id = named(client, "Manhole covers").flow_id
    assert client.flows.delete(flow_id).deleted
    with pytest.raises(sdk.ViNotFoundError, match="was not found"):
        client.flows.get(flow_id)
    with pytest.raises(sdk.ViNotFoundError) as caught:
        client.flows.delete(flow_id)
    assert len(caught.value.trace_id) == 32


def test_it_is_refused_a_deletion_until_it_has_killed_the_run(client: Any, sdk: ModuleType) -> None:
    flow = named(client, "Potholes")
    (run,) = [
        each
        for each in client.runs.list({"page_size": 3}).all_items()
        if each.spec.flow.name == "Potholes" and each.status.conditions[-1].status.value == "Waiting"
    ]
    with pytest.raises(sdk.ViConflictError, match=run.run_id):
        client.flows.delete(flow.flow_id)
    killed = client.runs.kill(run.run_id)
    assert killed.spec.killed_at > 0
    assert client.runs.get(run.run_id) == killed
    assert client.flows.delete(flow.flow_id).deleted
    assert client.runs.get(run.run_id).spec.flow == flow.spec


def test_it_lists_runs_and_their_names(client: Any) -> None:
    runs = list(client.runs.list().all_items())
    light = list(client.runs.list_simple().all_items())
    assert [(run.run_id, run.spec.flow.name) for run in runs] == [(item["runId"], item["name"]) for item in light]
    states = {(each.condition.value, each.status.value) for run in runs for each in run.status.conditions}
    assert states == {
        ("Started", "Reached"),
        ("Finished", "Waiting"),
        ("Finished", "Reached"),
        ("Finished", "FailedReach"),
    }


def test_it_lists_and_gets_projects(client: Any) -> None:
    projects = list(client.training_projects.list({"page_size": 1}).all_items())
    assert [each.spec.name for each in projects] == ["Factory Quality", "Site Safety", "Road Inspection"]
    assert client.training_projects.get(projects[0].training_project_id) == projects[0]
    assert sum(len(each.status.flows) for each in projects) == 12


def test_it_gets_the_organization(client: Any, emulator: Access) -> None:
    organization = client.organizations.get()
    assert organization.organization_id == emulator.organization_id
    assert organization.name == "Kerb & Gantry"


def test_it_is_told_that_its_key_is_wrong(connect: Callable[..., Any], sdk: ModuleType) -> None:
    stranger = connect(secret_key="dtvi_" + "0" * 98)
    with pytest.raises(sdk.ViAuthenticationError, match="The secret key is not valid") as caught:
        stranger.flows.list()
    assert caught.value.status_code == 401


def test_it_is_told_that_its_organization_is_wrong(connect: Callable[..., Any], sdk: ModuleType) -> None:
    stranger = connect(organization_id="org_other")
    with pytest.raises(sdk.ViAuthenticationError, match="no access to this organization") as caught:
        stranger.flows.list()
    assert caught.value.status_code == 403


def test_it_is_told_what_is_wrong_with_a_spec(client: Any, sdk: ModuleType) -> None:
    with pytest.raises(sdk.ViValidationError, match=r"spec\.blocks must be an array"):
        client.flows.create(spec={**SPEC, "blocks": "none"})


def test_a_copy_through_it_loses_every_field_that_it_does_not_know(client: Any, emulator: Access) -> None:
    original = named(client, "Potholes")
    copy = client.flows.create(spec=original.spec)
    before, after = (emulator.raw(f"flows/{flow.flow_id}") for flow in (original, copy))
    assert before["spec"].keys() - after["spec"].keys() == {"edges", "description"}
    assert all("ports" in block for block in before["spec"]["blocks"])
    assert not any("ports" in block for block in after["spec"]["blocks"])
    assert before["metadata"]["attributes"] != {}
    assert after["metadata"]["attributes"] == {}
