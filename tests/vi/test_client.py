"""What each method does against the emulated platform, and what each row of its table of errors becomes."""

import asyncio
import json
import logging
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bot import __version__
from bot.domain.document import canonical, differences
from bot.domain.errors import (
    ViBusy,
    ViError,
    ViNotFound,
    ViNotUnderstood,
    ViOutcomeUnknown,
    ViRefused,
    ViUnauthorized,
    ViUnreachable,
)
from bot.domain.workflow import RunId, RunState, WorkflowId
from bot.ports import WorkflowChanges, Workflows
from bot.vi.client import ViClient
from sandbox.vi import faults
from sandbox.vi.server import ViEmulator
from tests.values import NOON
from tests.vi.conftest import AT_ONCE, KEY, http_answer, saying, server

FRESH = WorkflowId("3c4a5c86-0d7e-4c2a-9b0f-000000000001")


def fulfils(client: ViClient) -> Workflows:
    """The type checker compares the two."""
    return client


def changes(client: ViClient) -> WorkflowChanges:
    """As `fulfils`."""
    return client


async def test_workflows_runs_and_projects_are_listed_as_the_platform_has_them(
    vi: ViEmulator, client: ViClient
) -> None:
    workflows = await fulfils(client).list_workflows()
    assert [each.id for each in workflows] == vi.organization.workflow_ids()
    assert workflows[-1].name == "Potholes"
    runs = await client.list_runs()
    assert len(runs) == len(vi.organization.runs)
    active = {each.workflow_name: each.state for each in runs if each.is_active}
    assert active == {"Potholes": RunState.RUNNING, "Blocked emergency exits": RunState.WAITING}
    assert {each.state for each in runs} == set(RunState) - {RunState.UNKNOWN}
    projects = {each.id: each.name for each in await client.list_projects()}
    assert sorted(projects.values()) == ["Factory Quality", "Road Inspection", "Site Safety"]
    assert projects[workflows[-1].project_id or workflows[-1]] == "Road Inspection"  # type: ignore[index]  # fails if None


async def test_a_workflow_is_read_whole(vi: ViEmulator, client: ViClient, unused: WorkflowId) -> None:
    workflow = await client.get_workflow(unused)
    assert not differences(workflow.document, vi.organization.workflow(unused))
    assert (workflow.model, workflow.dataset) == ("NVILA-Lite 2B", "City centre")
    assert (workflow.system_prompt or "").startswith("You are an experienced road surveyor.")


async def test_a_document_that_was_kept_is_read_as_if_it_came_now(client: ViClient, unused: WorkflowId) -> None:
    workflow = await client.get_workflow(unused)
    document = {**workflow.document, "odd": "\ud800"}
    assert fulfils(client).read_kept(canonical(document), unused) == replace(workflow, document=document)
    with pytest.raises(ViNotUnderstood):
        client.read_kept("{}", unused)


async def test_a_hostile_organization_is_listed_and_read_whole() -> None:
    async with ViEmulator.start("hostile") as vi, ViClient(vi.url, vi.secret_key, vi.organization_id) as client:
        workflows = await client.list_workflows()
        assert [each.id for each in workflows] == vi.organization.workflow_ids()
        for each in workflows:
            document = vi.organization.workflow(each.id)
            assert each.name == document["spec"]["name"]
            assert not differences((await client.get_workflow(each.id)).document, document)
        assert len(await client.list_runs()) == len(vi.organization.runs)


async def test_a_workflow_is_made_with_its_labels_under_the_id_that_was_chosen(
    vi: ViEmulator, client: ViClient, unused: WorkflowId
) -> None:
    source = await client.get_workflow(unused)
    await changes(client).write_workflow(FRESH, source.spec, {"backup-of": unused})
    made = vi.organization.workflow(FRESH)
    assert not differences(made["spec"], source.spec)
    assert made["metadata"]["attributes"] == {"backup-of": unused}


async def test_a_deleted_workflow_is_gone_and_the_trace_of_the_answer_is_told(
    vi: ViEmulator, client: ViClient, unused: WorkflowId
) -> None:
    trace_id = await client.delete_workflow(unused)
    assert len(trace_id) == 32
    assert unused not in vi.organization.workflow_ids()
    with pytest.raises(ViNotFound):
        await client.get_workflow(unused)


async def test_a_deletion_while_a_run_is_active_is_refused_in_the_words_of_the_platform(
    vi: ViEmulator, client: ViClient
) -> None:
    (potholes,) = vi.organization.workflow_ids("Potholes")
    with pytest.raises(ViRefused) as caught:
        await client.delete_workflow(WorkflowId(potholes))
    assert caught.value.status == 409
    (active,) = vi.organization.active_runs_of(potholes)
    assert "Kill these runs first" in caught.value.sentence
    assert active in caught.value.sentence


async def test_one_run_is_read(client: ViClient, running: RunId) -> None:
    run = await client.get_run(running)
    assert run in await client.list_runs()
    assert (run.workflow_name, run.state) == ("Potholes", RunState.RUNNING)
    with pytest.raises(ViNotFound, match="no such run"):
        await client.get_run(RunId("none"))


async def test_a_run_is_killed_at_the_moment_given_and_the_trace_of_the_answer_is_told(
    vi: ViEmulator, client: ViClient, running: RunId
) -> None:
    moment = datetime(2026, 11, 23, 12, 0, 0, 1_999, tzinfo=UTC)
    trace_id = await client.kill_run(running, moment)
    assert len(trace_id) == 32
    (request,) = vi.requests
    assert (request.method, request.path) == ("PATCH", f"/workspaces/{vi.organization_id}/runs/{running}")
    assert vi.organization.run(running)["spec"]["killedAt"] == 1_795_435_200_001
    killed = await client.get_run(running)
    assert (killed.state, killed.since) == (RunState.KILLED, moment.replace(microsecond=1_000))


async def test_a_run_that_has_ended_is_not_killed_again(vi: ViEmulator, client: ViClient, running: RunId) -> None:
    await client.kill_run(running, NOON)
    with pytest.raises(ViRefused) as caught:
        await client.kill_run(running, NOON)
    assert caught.value.status == 409
    assert vi.requests.count("PATCH") == 2


async def test_after_its_runs_are_killed_a_workflow_can_be_deleted(
    vi: ViEmulator, client: ViClient, running: RunId
) -> None:
    (potholes,) = vi.organization.workflow_ids("Potholes")
    await client.kill_run(running, NOON)
    assert await client.delete_workflow(WorkflowId(potholes))


async def test_ping_succeeds_where_key_and_organization_fit(vi: ViEmulator, client: ViClient) -> None:
    await client.ping()
    assert [(each.method, each.path) for each in vi.requests] == [("GET", f"/workspaces/{vi.organization_id}")]


async def test_a_wrong_key_or_organization_is_for_the_operator(vi: ViEmulator) -> None:
    for key, organization, status in ((KEY, vi.organization_id, 401), (vi.secret_key, "org_2", 403)):
        async with ViClient(vi.url, key, organization) as client:
            with pytest.raises(ViUnauthorized) as caught:
                await client.ping()
            assert caught.value.status == status
            assert "operator" in caught.value.advice


@pytest.mark.parametrize("odd", ["", "../runs", "a/b", "a b", "ü", "x" * 256, "x\n", "%2e%2e"])
async def test_what_is_no_id_never_leaves(vi: ViEmulator, client: ViClient, odd: str) -> None:
    for attempt in (
        client.get_workflow(WorkflowId(odd)),
        client.delete_workflow(WorkflowId(odd)),
        client.write_workflow(WorkflowId(odd), {}, {}),
        client.get_run(RunId(odd)),
        client.kill_run(RunId(odd), NOON),
    ):
        with pytest.raises(ViNotFound):
            await attempt
    assert len(vi.requests) == 0


async def test_an_odd_organization_id_stays_one_segment_of_the_path() -> None:
    heads: list[bytes] = []
    async with (
        server(saying(http_answer(b"{}"), heads)) as port,
        ViClient(f"http://127.0.0.1:{port}/", KEY, "a/../b?c#d") as client,
    ):
        await client.ping()
    assert heads[0].startswith(b"GET /workspaces/a%2F..%2Fb%3Fc%23d HTTP/1.1\r\n")


async def get(client: ViClient, workflow_id: WorkflowId) -> object:
    return await client.get_workflow(workflow_id)


async def create(client: ViClient, _workflow_id: WorkflowId) -> None:
    spec = {"name": "New", "schema": "v1", "tolerations": {}, "settings": {}, "blocks": []}
    await client.write_workflow(FRESH, spec, {})


async def delete(client: ViClient, workflow_id: WorkflowId) -> object:
    return await client.delete_workflow(workflow_id)


async def kill(client: ViClient, workflow_id: WorkflowId) -> object:
    return await client.kill_run(RunId(workflow_id), NOON)


async def look_at_run(client: ViClient, workflow_id: WorkflowId) -> object:
    return await client.get_run(RunId(workflow_id))


async def list_all(client: ViClient, _workflow_id: WorkflowId) -> object:
    return await client.list_workflows()


async def ping(client: ViClient, _workflow_id: WorkflowId) -> None:
    await client.ping()


Asked = Callable[[ViClient, WorkflowId], Awaitable[object]]


@pytest.mark.parametrize(
    ("asked", "method", "fault", "kind", "requests"),
    [
        (get, "GET", faults.error(400), ViRefused, 1),
        (get, "GET", faults.error(401), ViUnauthorized, 1),
        (get, "GET", faults.error(403), ViUnauthorized, 1),
        (get, "GET", faults.error(404), ViNotFound, 1),
        (get, "GET", faults.error(408), ViBusy, 4),
        (get, "GET", faults.error(422), ViRefused, 1),
        (get, "GET", faults.error(429), ViBusy, 4),
        (get, "GET", faults.error(500), ViUnreachable, 4),
        (get, "GET", faults.error(503), ViUnreachable, 4),
        (get, "GET", faults.Cut(), ViUnreachable, 4),
        (get, "GET", faults.malformed_json(), ViNotUnderstood, 1),
        (get, "GET", faults.html_page(), ViNotUnderstood, 1),
        (get, "GET", faults.html_page(502), ViUnreachable, 4),
        (get, "GET", faults.other_shape(), ViNotUnderstood, 1),
        (get, "GET", faults.Answer(302, headers={"Location": "/"}), ViNotUnderstood, 1),
        (list_all, "GET", faults.error(401), ViUnauthorized, 1),
        (list_all, "GET", faults.error(404), ViNotFound, 1),
        (list_all, "GET", faults.error(500), ViUnreachable, 4),
        (list_all, "GET", faults.Cut(), ViUnreachable, 4),
        (list_all, "GET", faults.html_page(), ViNotUnderstood, 1),
        (list_all, "GET", faults.other_shape(), ViNotUnderstood, 1),
        (list_all, "GET", faults.malformed_json(), ViNotUnderstood, 1),
        (ping, "GET", faults.error(503), ViUnreachable, 4),
        (ping, "GET", faults.html_page(), ViNotUnderstood, 1),
        (create, "PUT", faults.error(400), ViRefused, 1),
        (create, "PUT", faults.error(401), ViUnauthorized, 1),
        (create, "PUT", faults.error(408), ViOutcomeUnknown, 4),
        (create, "PUT", faults.error(409), ViRefused, 1),
        (create, "PUT", faults.error(422), ViRefused, 1),
        (create, "PUT", faults.error(429), ViBusy, 4),
        (create, "PUT", faults.error(500), ViOutcomeUnknown, 4),
        (create, "PUT", faults.Cut(moment=faults.BEFORE), ViOutcomeUnknown, 4),
        (create, "PUT", faults.Cut(moment=faults.AFTER), ViOutcomeUnknown, 4),
        (create, "PUT", faults.html_page(), ViOutcomeUnknown, 1),
        (create, "PUT", faults.Answer(307, headers={"Location": "/"}), ViNotUnderstood, 1),
        (look_at_run, "GET", faults.error(404), ViNotFound, 1),
        (look_at_run, "GET", faults.error(500), ViUnreachable, 4),
        (look_at_run, "GET", faults.other_shape(), ViNotUnderstood, 1),
        (kill, "PATCH", faults.error(400), ViRefused, 1),
        (kill, "PATCH", faults.error(401), ViUnauthorized, 1),
        (kill, "PATCH", faults.error(404), ViNotFound, 1),
        (kill, "PATCH", faults.error(408), ViOutcomeUnknown, 1),
        (kill, "PATCH", faults.error(409), ViRefused, 1),
        (kill, "PATCH", faults.error(429), ViBusy, 1),
        (kill, "PATCH", faults.error(500), ViOutcomeUnknown, 1),
        (kill, "PATCH", faults.error(503, retry_after=0), ViOutcomeUnknown, 1),
        (kill, "PATCH", faults.Cut(moment=faults.BEFORE), ViOutcomeUnknown, 1),
        (kill, "PATCH", faults.Cut(moment=faults.AFTER), ViOutcomeUnknown, 1),
        (kill, "PATCH", faults.html_page(), ViOutcomeUnknown, 1),
        (kill, "PATCH", faults.Answer(200), ViOutcomeUnknown, 1),
        (kill, "PATCH", faults.Answer(307, headers={"Location": "/"}), ViNotUnderstood, 1),
        (delete, "DELETE", faults.error(400), ViRefused, 1),
        (delete, "DELETE", faults.error(401), ViUnauthorized, 1),
        (delete, "DELETE", faults.error(403), ViUnauthorized, 1),
        (delete, "DELETE", faults.error(404), ViNotFound, 1),
        (delete, "DELETE", faults.error(408), ViOutcomeUnknown, 1),
        (delete, "DELETE", faults.error(409), ViRefused, 1),
        (delete, "DELETE", faults.error(418), ViRefused, 1),
        (delete, "DELETE", faults.error(429), ViBusy, 1),
        (delete, "DELETE", faults.error(500), ViOutcomeUnknown, 1),
        (delete, "DELETE", faults.error(503, retry_after=0), ViOutcomeUnknown, 1),
        (delete, "DELETE", faults.Cut(moment=faults.BEFORE), ViOutcomeUnknown, 1),
        (delete, "DELETE", faults.Cut(moment=faults.AFTER), ViOutcomeUnknown, 1),
        (delete, "DELETE", faults.html_page(), ViOutcomeUnknown, 1),
        (delete, "DELETE", faults.Answer(307, headers={"Location": "/"}), ViNotUnderstood, 1),
    ],
)
async def test_each_kind_of_trouble_is_one_error_after_the_right_number_of_requests(
    vi: ViEmulator,
    client: ViClient,
    unused: WorkflowId,
    asked: Asked,
    method: str,
    fault: faults.Fault,
    kind: type[ViError],
    requests: int,
) -> None:
    vi.faults.on(method, "*", fault, times=None)
    with pytest.raises(ViError) as caught:
        await asked(client, unused)
    assert type(caught.value) is kind
    assert vi.requests.count(method) == requests == len(vi.requests)
    answered = not isinstance(fault, faults.Cut)
    assert bool(caught.value.trace_id) is answered
    assert bool(caught.value.status) is answered


@pytest.mark.parametrize("body", [b"", b'{"data": ""}', b'{"kind": "Flow"}'])
async def test_a_deletion_is_done_whatever_json_says_so(
    vi: ViEmulator, client: ViClient, unused: WorkflowId, body: bytes
) -> None:
    vi.faults.on("DELETE", "flows/*", faults.Answer(200, body, moment=faults.AFTER))
    assert await client.delete_workflow(unused)
    assert vi.requests.count("DELETE") == 1


@pytest.mark.parametrize("body", [{"message": "Not now."}, {"error": "Not now."}, {"error": {"message": "Not now."}}])
async def test_the_platform_s_own_words_arrive_whatever_their_form(
    vi: ViEmulator, client: ViClient, unused: WorkflowId, body: Any
) -> None:
    vi.faults.on("DELETE", "flows/*", faults.error(423, body=body))
    with pytest.raises(ViRefused, match=r"^Vi refused: Not now\.$"):
        await client.delete_workflow(unused)


async def test_every_request_bears_the_headers_of_the_contract_and_no_others() -> None:
    heads: list[bytes] = []
    async with (
        server(saying(http_answer(b"", status="404 Not Found"), heads)) as port,
        ViClient(f"http://127.0.0.1:{port}", KEY, "org_1") as client,
    ):
        for asked in (get, create, delete, look_at_run, kill, list_all):
            with pytest.raises(ViNotFound):
                await asked(client, FRESH)
    common = {
        "host": f"127.0.0.1:{port}",
        "authorization": f"Bearer {KEY}",
        "organization-id": "org_1",
        "accept": "application/json",
        "accept-encoding": "gzip",
        "content-type": "application/json",
        "user-agent": f"vi-ops-bot/{__version__}",
        "connection": "keep-alive",
    }
    targets = []
    for head in heads:
        target, *lines = head.decode().strip().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        headers.pop("content-length", None)
        assert headers == common
        targets.append(target)
    assert targets == [
        f"GET /workspaces/org_1/flows/{FRESH} HTTP/1.1",
        f"PUT /workspaces/org_1/flows/{FRESH} HTTP/1.1",
        f"DELETE /workspaces/org_1/flows/{FRESH} HTTP/1.1",
        f"GET /workspaces/org_1/runs/{FRESH} HTTP/1.1",
        f"PATCH /workspaces/org_1/runs/{FRESH} HTTP/1.1",
        "GET /workspaces/org_1/flows?s=1000 HTTP/1.1",
    ]


async def test_the_body_of_a_creation_is_ascii_so_that_half_a_surrogate_pair_arrives_as_it_came() -> None:
    bodies: list[bytes] = []

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(int(line[16:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length"))
        bodies.append(await reader.readexactly(length))
        writer.write(http_answer(b"{}"))
        await writer.drain()

    async with server(script) as port, ViClient(f"http://127.0.0.1:{port}", KEY, "org_1") as client:
        await client.write_workflow(FRESH, {"name": "cut \ud83d", "size": 10**30}, {"ü": "ä"})
    assert bodies[0].isascii()
    assert json.loads(bodies[0]) == {
        "spec": {"name": "cut \ud83d", "size": 10**30},
        "metadata": {"attributes": {"ü": "ä"}},
    }


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{}",
        b"HTTP/9.9 what?\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Encoding: gzip\r\n\r\nzzzz",
        b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>",
        b"",
    ],
)
async def test_nothing_that_goes_wrong_shows_the_key(raw: bytes, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with (
        server(saying(raw)) as port,
        ViClient(f"http://127.0.0.1:{port}", KEY, "org_1", limits=AT_ONCE) as client,
    ):
        for asked in (get, create, delete, kill, list_all, ping):
            with pytest.raises(ViError) as caught:
                await asked(client, FRESH)
            told = "".join(traceback.format_exception(caught.value)) + repr(caught.value.__dict__)
            error: BaseException | None = caught.value
            while error is not None:
                told += repr(error) + str(error)
                error = error.__context__
            assert KEY not in told
    assert caplog.records
    assert KEY not in caplog.text
    assert KEY not in repr(client)


async def test_what_was_not_understood_is_logged_with_its_trace(
    vi: ViEmulator, client: ViClient, unused: WorkflowId, caplog: pytest.LogCaptureFixture
) -> None:
    vi.faults.on("GET", "flows/*", faults.html_page())
    with pytest.raises(ViNotUnderstood) as caught:
        await client.get_workflow(unused)
    (record,) = [each for each in caplog.records if each.name == "bot.vi.client"]
    assert "Please sign in to continue" in record.getMessage()
    assert caught.value.trace_id in record.getMessage()


async def test_failures_are_logged_for_the_operator_and_refusals_only_noted(
    vi: ViEmulator, client: ViClient, unused: WorkflowId, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "bot.vi")
    vi.faults.on("DELETE", "*", faults.error(409))
    vi.faults.on("DELETE", "*", faults.error(403))
    vi.faults.on("DELETE", "*", faults.Answer(302, b"Moved", content_type="text/plain"))
    for _ in range(3):
        with pytest.raises(ViError):
            await client.delete_workflow(unused)
    records = [each for each in caplog.records if each.name == "bot.vi.retries"]
    assert [each.levelname for each in records] == ["INFO", "WARNING", "WARNING"]
    assert all(f"/flows/{unused}: Vi " in each.getMessage() for each in records)
    assert records[-1].getMessage().endswith("Moved")
