"""How often a call is sent, with which pauses, and for how long a person waits."""

import asyncio
import logging
import socket
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.errors import ViBusy, ViError, ViNotFound, ViOutcomeUnknown, ViRefused, ViUnreachable
from bot.domain.workflow import RunId, RunState, WorkflowId
from bot.ports import ViAttempt
from bot.vi.client import ViClient
from bot.vi.retries import Limits
from sandbox.vi import faults
from sandbox.vi.server import ViEmulator
from tests.values import NOON
from tests.vi.conftest import AT_ONCE, KEY, client_of, server

SPEC = {"name": "New", "schema": "v1", "tolerations": {}, "settings": {}, "blocks": []}
FRESH = WorkflowId("3c4a5c86-0d7e-4c2a-9b0f-000000000001")
RUN = RunId("run_1")


@pytest.mark.parametrize(
    "fault", [faults.error(500), faults.error(408), faults.error(429), faults.Cut(), faults.Cut(moment=faults.AFTER)]
)
async def test_reading_goes_on_once_the_trouble_is_over(
    vi: ViEmulator, client: ViClient, unused: WorkflowId, fault: faults.Fault
) -> None:
    vi.faults.on("GET", "*", fault, times=3)
    assert (await client.get_workflow(unused)).id == unused
    assert vi.requests.count("GET") == 4


@pytest.mark.parametrize(
    "fault", [faults.error(500), faults.error(408), faults.error(429), faults.Cut(), faults.Cut(moment=faults.AFTER)]
)
async def test_a_creation_is_sent_again_under_the_same_id_and_makes_one_workflow(
    vi: ViEmulator, client: ViClient, fault: faults.Fault
) -> None:
    vi.faults.on("PUT", "*", fault, times=3)
    await client.write_workflow(FRESH, SPEC, {})
    assert {each.path for each in vi.requests.matching("PUT")} == {f"/workspaces/{vi.organization_id}/flows/{FRESH}"}
    assert vi.requests.count("PUT") == 4
    assert vi.organization.workflow_ids("New") == [FRESH]


@pytest.mark.parametrize("later", [faults.error(409), faults.error(401), faults.error(429)])
async def test_a_creation_that_was_in_doubt_once_stays_so_whatever_is_said_later(
    vi: ViEmulator, client: ViClient, later: faults.Fault
) -> None:
    vi.faults.on("PUT", "*", faults.error(502, moment=faults.AFTER))
    vi.faults.on("PUT", "*", later, after=1, times=None)
    with pytest.raises(ViOutcomeUnknown) as caught:
        await client.write_workflow(FRESH, SPEC, {})
    assert caught.value.status == 502
    assert vi.organization.workflow_ids("New") == [FRESH]


async def test_pauses_double_up_to_the_longest_and_each_is_lengthened_at_random(
    vi: ViEmulator, unused: WorkflowId, pauses: list[float]
) -> None:
    vi.faults.on("GET", "*", faults.error(500), times=None)
    async with client_of(vi, Limits(attempts=5, first_pause=0.5, longest_pause=2.0)) as client:
        with pytest.raises(ViUnreachable):
            await client.get_workflow(unused)
    assert len(pauses) == 4
    for pause, least in zip(pauses, (0.5, 1.0, 2.0, 2.0), strict=True):
        assert least <= pause <= min(least + 0.5, 2.0)


@pytest.mark.parametrize("status", [408, 429, 500, 503])
async def test_reading_waits_as_long_as_the_platform_asks(
    vi: ViEmulator, client: ViClient, unused: WorkflowId, pauses: list[float], status: int
) -> None:
    vi.faults.on("GET", "*", faults.error(status, retry_after=7))
    await client.get_workflow(unused)
    assert pauses == [7.0]


async def test_a_date_to_come_back_at_is_waited_for(
    vi: ViEmulator, client: ViClient, unused: WorkflowId, pauses: list[float]
) -> None:
    vi.faults.on("GET", "*", faults.error(429, retry_after=datetime.now(UTC) + timedelta(seconds=9)))
    await client.get_workflow(unused)
    (pause,) = pauses
    # Both the header and the answer's own date are in whole seconds.
    assert pause == pytest.approx(9, abs=1)


async def test_a_deletion_waits_too_since_the_platform_says_that_it_did_nothing(
    vi: ViEmulator, client: ViClient, unused: WorkflowId, pauses: list[float]
) -> None:
    vi.faults.on("DELETE", "*", faults.error(429, retry_after=3), times=2)
    assert await client.delete_workflow(unused)
    assert pauses == [3.0, 3.0]
    assert vi.requests.count("DELETE") == 3


async def test_a_deletion_that_is_in_doubt_after_a_pause_is_not_sent_again(
    vi: ViEmulator, client: ViClient, unused: WorkflowId, pauses: list[float]
) -> None:
    vi.faults.on("DELETE", "*", faults.error(429, retry_after=3))
    vi.faults.on("DELETE", "*", faults.Cut(moment=faults.AFTER))
    with pytest.raises(ViOutcomeUnknown):
        await client.delete_workflow(unused)
    assert vi.requests.count("DELETE") == 2
    assert pauses == [3.0]


async def test_a_kill_waits_where_the_platform_says_that_it_did_nothing(
    vi: ViEmulator, client: ViClient, running: RunId, pauses: list[float]
) -> None:
    vi.faults.on("PATCH", "*", faults.error(429, retry_after=3), times=2)
    assert await client.kill_run(running, NOON)
    assert pauses == [3.0, 3.0]
    assert vi.requests.count("PATCH") == 3


@pytest.mark.parametrize("moment", [faults.BEFORE, faults.AFTER])
async def test_a_kill_without_an_answer_in_time_is_in_doubt_and_was_sent_once(
    vi: ViEmulator, running: RunId, moment: faults.Moment
) -> None:
    held = vi.faults.on("PATCH", "*", faults.Hold(moment=moment), times=None)
    async with client_of(vi, Limits(silence=0.1, deleting=0.5, first_pause=0.0, longest_pause=0.0)) as client:
        kill = asyncio.create_task(client.kill_run(running, NOON))
        await held.reached()
        with pytest.raises(ViOutcomeUnknown, match="it may or may not have stopped the run"):
            await kill
        state = (await client.get_run(running)).state
    assert vi.requests.count("PATCH") == 1
    assert state is (RunState.RUNNING if moment is faults.BEFORE else RunState.KILLED)


@pytest.mark.parametrize("moment", [faults.BEFORE, faults.AFTER])
async def test_a_kill_that_is_in_doubt_after_a_pause_is_not_sent_again(
    vi: ViEmulator, client: ViClient, running: RunId, pauses: list[float], moment: faults.Moment
) -> None:
    vi.faults.on("PATCH", "*", faults.error(429, retry_after=3))
    vi.faults.on("PATCH", "*", faults.Cut(moment=moment))
    with pytest.raises(ViOutcomeUnknown):
        await client.kill_run(running, NOON)
    assert vi.requests.count("PATCH") == 2
    assert pauses == [3.0]


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
async def test_a_longer_pause_than_a_person_waits_is_not_begun(
    vi: ViEmulator, client: ViClient, unused: WorkflowId, pauses: list[float], method: str
) -> None:
    vi.faults.on(method, "*", faults.error(429, retry_after=21))
    call = {
        "GET": client.get_workflow(unused),
        "PUT": client.write_workflow(FRESH, SPEC, {}),
        "PATCH": client.kill_run(RUN, NOON),
        "DELETE": client.delete_workflow(unused),
    }
    wanted = call.pop(method)
    for other in call.values():
        other.close()
    with pytest.raises(ViBusy) as caught:
        await wanted
    assert caught.value.advice == "Try again in 21 seconds."
    assert len(vi.requests) == 1
    assert pauses == []


async def test_no_pause_is_begun_that_could_outlast_a_person_s_patience(
    vi: ViEmulator, unused: WorkflowId, pauses: list[float]
) -> None:
    vi.faults.on("GET", "*", faults.error(500))
    async with client_of(vi, Limits(reading=2.0, longest_pause=2.0)) as client:
        with pytest.raises(ViUnreachable):
            await client.get_workflow(unused)
    assert vi.requests.count("GET") == 1
    assert pauses == []


async def test_an_attempt_at_reading_that_stays_silent_is_given_up_for_another(
    vi: ViEmulator, unused: WorkflowId
) -> None:
    vi.faults.on("GET", "*", faults.Hold())
    async with client_of(vi, Limits(silence=0.3, attempts=20, first_pause=0.0, longest_pause=0.0)) as client:
        assert (await client.get_workflow(unused)).id == unused
    assert vi.requests.count("GET") >= 2


async def test_reading_ends_when_a_person_s_patience_does(vi: ViEmulator, unused: WorkflowId) -> None:
    vi.faults.on("GET", "*", faults.Hold(), times=None)
    async with client_of(vi, Limits(reading=0.3, listing=0.3, longest_pause=0.0)) as client:
        for call in (client.get_workflow(unused), client.list_workflows()):
            with pytest.raises(ViUnreachable, match="did not answer"):
                await call
    assert vi.requests.count("GET") == 2


@pytest.mark.parametrize("moment", [faults.BEFORE, faults.AFTER])
async def test_a_deletion_without_an_answer_in_time_is_in_doubt_and_was_sent_once(
    vi: ViEmulator, unused: WorkflowId, moment: faults.Moment
) -> None:
    held = vi.faults.on("DELETE", "*", faults.Hold(moment=moment), times=None)
    async with client_of(vi, Limits(silence=0.1, deleting=0.5, first_pause=0.0, longest_pause=0.0)) as client:
        deletion = asyncio.create_task(client.delete_workflow(unused))
        await held.reached()
        with pytest.raises(ViOutcomeUnknown):
            await deletion
    assert vi.requests.count("DELETE") == 1
    assert (unused in vi.organization.workflow_ids()) is (moment is faults.BEFORE)


async def test_a_deletion_may_take_longer_than_an_attempt_at_reading(vi: ViEmulator, unused: WorkflowId) -> None:
    held = vi.faults.on("DELETE", "*", faults.Hold())
    vi.faults.on("GET", "*", faults.Hold())
    async with client_of(vi, Limits(silence=0.1, attempts=1)) as client:
        deletion = asyncio.create_task(client.delete_workflow(unused))
        await held.reached()
        with pytest.raises(ViUnreachable):
            await client.get_workflow(unused)
        held.release()
        assert await deletion
    assert vi.requests.count("DELETE") == 1


async def test_a_kill_may_take_longer_than_an_attempt_at_reading(vi: ViEmulator, running: RunId) -> None:
    held = vi.faults.on("PATCH", "*", faults.Hold())
    vi.faults.on("GET", "*", faults.Hold())
    async with client_of(vi, Limits(silence=0.1, attempts=1)) as client:
        kill = asyncio.create_task(client.kill_run(running, NOON))
        await held.reached()
        with pytest.raises(ViUnreachable):
            await client.get_run(running)
        held.release()
        assert await kill
    assert vi.requests.count("PATCH") == 1


async def test_a_creation_without_an_answer_in_time_is_in_doubt(vi: ViEmulator) -> None:
    vi.faults.on("PUT", "*", faults.Hold(), times=None)
    async with client_of(vi, Limits(creating=0.3, longest_pause=0.0)) as client:
        with pytest.raises(ViOutcomeUnknown):
            await client.write_workflow(FRESH, SPEC, {})


async def test_a_call_that_is_cancelled_is_not_sent_again(vi: ViEmulator, client: ViClient, unused: WorkflowId) -> None:
    held = vi.faults.on("DELETE", "*", faults.Hold())
    deletion = asyncio.create_task(client.delete_workflow(unused))
    await held.reached()
    deletion.cancel()
    with pytest.raises(asyncio.CancelledError):
        await deletion
    assert vi.requests.count("DELETE") == 1


async def attempts_to(endpoint: str, limits: Limits, caplog: pytest.LogCaptureFixture) -> int:
    """How often each kind of call was tried before it was given up as never sent."""
    counts = set()
    async with ViClient(endpoint, KEY, "org_1", limits=limits) as client:
        for call in (
            client.get_workflow(FRESH),
            client.write_workflow(FRESH, SPEC, {}),
            client.kill_run(RUN, NOON),
            client.delete_workflow(FRESH),
        ):
            caplog.clear()
            with pytest.raises(ViError) as caught:
                await call
            assert type(caught.value) is ViUnreachable
            assert "Nothing was changed." in caught.value.advice
            counts.add(sum(each.name == "bot.vi.retries" for each in caplog.records))
    (count,) = counts
    return count


async def test_a_call_that_finds_nobody_listening_was_never_sent_and_is_tried_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert await attempts_to(f"http://127.0.0.1:{port}", AT_ONCE, caplog) == 4
    assert "Connect call failed" in caplog.text


async def test_a_call_whose_connection_does_not_come_about_was_never_sent_and_is_tried_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    received = 0

    async def script(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        nonlocal received
        head = await reader.read()
        received += b"DELETE" in head or b"PATCH" in head

    # It listens and never speaks TLS, so the handshake takes for ever.
    async with server(script) as port:
        limits = Limits(connect=0.1, first_pause=0.0, longest_pause=0.0)
        assert await attempts_to(f"https://127.0.0.1:{port}", limits, caplog) == 4
    assert received == 0


async def test_a_certificate_that_nobody_vouches_for_is_as_good_as_no_connection(
    vi: ViEmulator, caplog: pytest.LogCaptureFixture
) -> None:
    assert await attempts_to(vi.url.replace("http:", "https:"), AT_ONCE, caplog) == 4
    assert len(vi.requests) == 0


async def test_what_cannot_change_is_not_asked_twice(vi: ViEmulator, client: ViClient, unused: WorkflowId) -> None:
    vi.organization.remove_workflow(unused)
    with pytest.raises(ViNotFound):
        await client.delete_workflow(unused)
    with pytest.raises(ViRefused):
        await client.write_workflow(FRESH, {}, {})
    assert [each.status for each in vi.requests] == [404, 422]


async def test_a_fault_of_our_own_is_neither_hidden_nor_repeated(
    vi: ViEmulator, client: ViClient, unused: WorkflowId, caplog: pytest.LogCaptureFixture
) -> None:
    await client.ping()
    await client.aclose()
    with pytest.raises(RuntimeError, match="closed"):
        await client.get_workflow(unused)
    assert len(vi.requests) == 1
    assert not [each for each in caplog.records if each.levelno >= logging.WARNING]


async def test_each_request_is_told_with_what_came_of_it(vi: ViEmulator, unused: WorkflowId) -> None:
    told: list[ViAttempt] = []
    async with ViClient(vi.url, vi.secret_key, vi.organization_id, limits=AT_ONCE, told=told.append) as client:
        vi.faults.on("GET", "*", faults.error(500))
        await client.get_workflow(unused)
        with pytest.raises(ViNotFound):
            await client.get_workflow(FRESH)
    assert [(each.method, each.error and each.error.code, each.is_repeat) for each in told] == [
        ("GET", ViUnreachable.code, False),
        ("GET", None, True),
        ("GET", ViNotFound.code, False),
    ]
    assert all(each.seconds > 0 for each in told)
