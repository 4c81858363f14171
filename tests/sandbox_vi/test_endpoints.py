import gzip
import json
import re
from typing import Any

import httpx
import pytest

from sandbox.vi.server import ViEmulator
from tests.sandbox_vi.conftest import SPEC, WITHOUT_CERTIFICATES

READS = ("", "/flows", "/simpleFlows", "/runs", "/simpleRuns", "/trainingProjects")


@pytest.mark.parametrize("path", READS)
async def test_every_answer_carries_a_trace(client: httpx.AsyncClient, vi: ViEmulator, path: str) -> None:
    answer = await client.get(f"{vi.url}/workspaces/{vi.organization_id}{path}")
    assert answer.status_code == 200
    assert re.fullmatch(r"[0-9a-f]{32}/\d+;o=1", answer.headers["x-cloud-trace-context"])


@pytest.mark.parametrize("path", READS)
@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer dtvi_wrong"}, {"Authorization": "Basic x"}])
async def test_a_wrong_key_is_refused_with_401(vi: ViEmulator, path: str, header: dict[str, str]) -> None:
    headers = {"Organization-Id": vi.organization_id, **header}
    async with httpx.AsyncClient(headers=headers, verify=WITHOUT_CERTIFICATES) as stranger:
        answer = await stranger.get(f"{vi.url}/workspaces/{vi.organization_id}{path}")
    assert (answer.status_code, answer.json()) == (401, {"message": "The secret key is not valid."})
    assert "x-cloud-trace-context" in answer.headers


async def test_another_organization_is_refused_with_403_in_the_path_and_in_the_header(
    client: httpx.AsyncClient, vi: ViEmulator
) -> None:
    by_path = await client.get(f"{vi.url}/workspaces/org_other/flows")
    by_header = await client.get("flows", headers={"Organization-Id": "org_other"})
    assert (by_path.status_code, by_header.status_code) == (403, 403)
    assert by_path.json()["message"] == "The secret key has no access to this organization."


async def test_a_list_has_pages_of_ten_unless_told_otherwise(client: httpx.AsyncClient) -> None:
    first = (await client.get("flows")).json()
    assert len(first["items"]) == 10
    second = (await client.get("flows", params={"p": first["nextPage"]})).json()
    assert len(second["items"]) == 2
    assert second["nextPage"] is None
    back = (await client.get("flows", params={"p": second["prevPage"]})).json()
    assert back == first


@pytest.mark.parametrize("path", ["flows", "simpleFlows", "runs", "simpleRuns", "trainingProjects"])
async def test_every_list_is_newest_first_and_one_page_holds_up_to_a_thousand(
    client: httpx.AsyncClient, vi: ViEmulator, path: str
) -> None:
    by_path = {"flows": vi.organization.flows, "runs": vi.organization.runs}
    collection = by_path.get(path.removeprefix("simple").lower(), vi.organization.projects)
    items = (await client.get(path, params={"s": 1000})).json()["items"]
    id_name = {"Flow": "flowId", "Run": "runId", "TrainingProject": "trainingProjectId"}[collection.kind]
    assert [item[id_name] for item in items] == [each.id for each in collection]


async def test_the_light_lists_give_id_and_name(client: httpx.AsyncClient) -> None:
    flows = (await client.get("simpleFlows")).json()["items"]
    runs = (await client.get("simpleRuns")).json()["items"]
    assert all(item.keys() == {"flowId", "name"} for item in flows)
    assert all(item.keys() == {"runId", "name"} for item in runs)
    assert {item["name"] for item in runs} >= {"Potholes"}


@pytest.mark.parametrize("size", ["0", "1001", "-1", "ten", "", "1.0", "1e2", "\u0661"])
async def test_a_page_size_outside_of_1_to_1000_is_refused(client: httpx.AsyncClient, size: str) -> None:
    answer = await client.get("flows", params={"s": size})
    assert answer.status_code == 400
    assert "page size" in answer.json()["message"]


async def test_a_page_token_of_another_list_is_refused(client: httpx.AsyncClient) -> None:
    token = (await client.get("flows", params={"s": 1})).json()["nextPage"]
    assert (await client.get("runs", params={"p": token})).status_code == 400


@pytest.mark.parametrize("bad", ["a%20b", "x%0A", "\u00e4", "a.b", "a" * 256])
@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
async def test_an_id_of_another_form_is_refused(client: httpx.AsyncClient, method: str, bad: str) -> None:
    answer = await client.request(method, f"flows/{bad}", json={"spec": SPEC})
    assert (answer.status_code, answer.json()["message"]) == (400, "An id is 1 to 255 letters, digits, _ or -.")


@pytest.mark.parametrize("good", ["a" * 255, "-", "_", "org_1-Z"])
async def test_an_id_of_the_right_form_is_taken(client: httpx.AsyncClient, good: str) -> None:
    assert (await client.put(f"flows/{good}", json={"spec": SPEC})).json()["flowId"] == good


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "flows/nowhere"),
        ("PATCH", "flows/nowhere"),
        ("DELETE", "flows/nowhere"),
        ("GET", "runs/nowhere"),
        ("PATCH", "runs/nowhere"),
        ("GET", "trainingProjects/nowhere"),
    ],
)
async def test_what_is_not_there_is_404(client: httpx.AsyncClient, method: str, path: str) -> None:
    answer = await client.request(method, path, json={})
    assert answer.status_code == 404
    assert answer.json()["message"].endswith("nowhere was not found.")


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_an_endpoint_that_the_contract_does_not_list_is_404(client: httpx.AsyncClient, method: str) -> None:
    answer = await client.request(method, "flows/f1/duplicate")
    assert answer.status_code == 404
    assert "Not Found" in answer.json()["message"]


async def test_a_method_that_the_contract_does_not_list_is_405(client: httpx.AsyncClient) -> None:
    assert (await client.post("flows", json={})).status_code == 405
    assert (await client.head("flows")).status_code == 405


@pytest.mark.parametrize(
    "text", [b"", b"{", b"{'spec': 1}", b'{"spec": NaN}', b'{"spec": 1e999}', b"\xff", b"[" * 200_000]
)
@pytest.mark.parametrize("method", ["PUT", "PATCH"])
async def test_a_body_that_is_not_json_is_refused_with_400(
    client: httpx.AsyncClient, potholes: str, method: str, text: bytes
) -> None:
    answer = await client.request(method, f"flows/{potholes}", content=text)
    assert (answer.status_code, answer.json()["message"]) == (400, "The body is not JSON.")


async def test_json_that_is_no_workflow_is_refused_with_422(client: httpx.AsyncClient) -> None:
    answer = await client.put("flows/f1", json={"spec": {**SPEC, "blocks": None}})
    assert (answer.status_code, answer.json()["message"]) == (422, "spec.blocks must be an array.")


async def test_a_workflow_comes_back_exactly_as_it_was_put(client: httpx.AsyncClient) -> None:
    unknown: dict[str, Any] = {"big": 2**63, "point": 1.0, "tiny": 5e-324, "nothing": None, "bidi": "\u202e\u0000"}
    spec = {**SPEC, "unknown": unknown}
    created = await client.put("flows/f1", json={"spec": spec, "metadata": {"attributes": {"owner": "alice"}}})
    assert created.status_code == 200
    fetched = await client.get("flows/f1")
    assert fetched.json() == created.json()
    assert json.dumps(fetched.json()["spec"]) == json.dumps(spec)
    assert (await client.get("flows", params={"s": 1})).json()["items"] == [created.json()]


async def test_a_patched_workflow_comes_back_merged_and_with_its_unknown_fields(
    client: httpx.AsyncClient, potholes: str
) -> None:
    before = (await client.get(f"flows/{potholes}")).json()
    after = (await client.patch(f"flows/{potholes}", json={"spec": {"name": "Potholes 2"}})).json()
    assert after["spec"] == {**before["spec"], "name": "Potholes 2"}
    assert after["metadata"]["generation"] == before["metadata"]["generation"] + 1
    assert after["etag"] != before["etag"]


async def test_a_deletion_succeeds_with_an_empty_body_and_is_404_the_second_time(
    client: httpx.AsyncClient, manholes: str
) -> None:
    first = await client.delete(f"flows/{manholes}")
    assert first.is_success
    assert first.content == b""
    assert (await client.get(f"flows/{manholes}")).status_code == 404
    assert (await client.delete(f"flows/{manholes}")).status_code == 404


async def test_a_workflow_in_use_is_refused_with_409_until_its_run_is_killed(
    client: httpx.AsyncClient, vi: ViEmulator, potholes: str
) -> None:
    (run_id,) = vi.organization.active_runs_of(potholes)
    refusal = await client.delete(f"flows/{potholes}")
    assert refusal.status_code == 409
    assert run_id in refusal.json()["message"]
    killed = await client.patch(f"runs/{run_id}", json={"spec": {"killedAt": 1_782_900_000_000}})
    assert killed.json()["spec"]["killedAt"] == 1_782_900_000_000
    assert (await client.get(f"runs/{run_id}")).json() == killed.json()
    assert (await client.delete(f"flows/{potholes}")).is_success
    assert (await client.get(f"runs/{run_id}")).json()["spec"]["flow"]["name"] == "Potholes"


async def test_a_project_names_what_it_holds_at_the_moment(
    client: httpx.AsyncClient, vi: ViEmulator, manholes: str
) -> None:
    project_id = vi.organization.workflow(manholes)["spec"]["trainingProject"]
    before = (await client.get(f"trainingProjects/{project_id}")).json()
    vi.organization.remove_workflow(manholes)
    after = (await client.get(f"trainingProjects/{project_id}")).json()
    assert before["status"]["flows"] == [manholes, *after["status"]["flows"]]
    assert after["status"]["runs"] == before["status"]["runs"] != []


async def test_the_organization_tells_its_name(client: httpx.AsyncClient, vi: ViEmulator) -> None:
    document = (await client.get(f"{vi.url}/workspaces/{vi.organization_id}")).json()
    assert (document["workspaceId"], document["name"]) == (vi.organization_id, "Kerb & Gantry")


async def test_a_page_is_compressed_for_those_who_ask_and_stays_right_after_a_change(
    client: httpx.AsyncClient, vi: ViEmulator, potholes: str
) -> None:
    async def names(coding: str) -> list[str]:
        request = client.build_request("GET", "flows", params={"s": 1000}, headers={"Accept-Encoding": coding})
        answer = await client.send(request, stream=True)
        raw = b"".join([part async for part in answer.aiter_raw()])
        assert answer.headers.get("content-encoding", "identity") == coding
        assert answer.headers["content-length"] == str(len(raw))
        items = json.loads(gzip.decompress(raw) if coding == "gzip" else raw)["items"]
        return [item["spec"]["name"] for item in items]

    assert await names("gzip") == await names("gzip") == await names("identity")
    vi.organization.change_workflow(potholes, {"name": "Renamed"})
    assert "Renamed" in await names("gzip")
    assert await names("gzip") == await names("identity")
