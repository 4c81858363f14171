"""A copy of a workflow keeps every field, known or not; one through the vendor's own client does not."""

import asyncio
from typing import Any

import pytest
import vi as vendor  # type: ignore[import-untyped]  # the vendor ships no types

from bot.domain.backup import copy_attributes, copy_differences, copy_name, copy_spec
from bot.domain.document import differences
from bot.domain.people import PersonId
from bot.domain.workflow import WorkflowId
from bot.vi.client import ViClient
from sandbox.vi.server import ViEmulator

FRESH = WorkflowId("3c4a5c86-0d7e-4c2a-9b0f-000000000001")
UNKNOWN: dict[str, Any] = {
    "canvas": {"zoom": 1.5, "notes": ["keep", None, True, {"deep": [0.1, 10**20]}]},
    "schedule": None,
}


@pytest.fixture
def source_id(vi: ViEmulator) -> WorkflowId:
    """A workflow with fields, in the spec and in a block, that neither the bot nor the vendor's client knows."""
    spec = vi.organization.workflow(vi.organization.workflow_ids("Road cracks")[0])["spec"]
    spec["blocks"][0] |= UNKNOWN
    return WorkflowId(vi.organization.add_workflow(spec | UNKNOWN, attributes={"team": "roads"}))


async def test_a_copy_of_the_raw_json_is_equal_field_by_field(
    vi: ViEmulator, client: ViClient, source_id: WorkflowId
) -> None:
    source = await client.get_workflow(source_id)
    await client.write_workflow(FRESH, source.spec, source.attributes)
    copied, original = vi.organization.workflow(FRESH), vi.organization.workflow(source_id)
    assert differences(copied["spec"], original["spec"]) == ()
    assert copied["spec"]["canvas"] == copied["spec"]["blocks"][0]["canvas"] == UNKNOWN["canvas"]
    assert copied["metadata"]["attributes"] == {"team": "roads"}


async def test_a_backup_differs_in_its_name_and_our_labels_only(
    vi: ViEmulator, client: ViClient, source_id: WorkflowId
) -> None:
    source = await client.get_workflow(source_id)
    at = source.updated_at
    name, attributes = copy_name(source.name, at), copy_attributes(source, by=PersonId("U1"), at=at)
    await client.write_workflow(FRESH, copy_spec(source, name), attributes)
    copy = await client.get_workflow(FRESH)
    assert copy_differences(source.document, copy.document) == ()
    assert differences(copy.spec, source.spec) == ("/name",)
    assert vi.organization.workflow_ids(name) == [FRESH]


async def test_a_copy_through_the_vendor_s_own_client_loses_what_that_does_not_know(
    vi: ViEmulator, source_id: WorkflowId
) -> None:
    def copy() -> str:
        client = vendor.Client(secret_key=vi.secret_key, organization_id=vi.organization_id, endpoint=vi.url)
        return str(client.flows.create(spec=client.flows.get(source_id).spec).flow_id)

    copied = vi.organization.workflow(await asyncio.to_thread(copy))
    original = vi.organization.workflow(source_id)
    assert copied["spec"]["name"] == original["spec"]["name"]
    lost = set(differences(copied["spec"], original["spec"]))
    assert {"/canvas", "/schedule", "/edges", "/blocks/0/canvas", "/blocks/0/ports"} <= lost
    assert copied["metadata"]["attributes"] == {}
    assert original["metadata"]["attributes"] == {"team": "roads"}
