import asyncio
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from sandbox.vi import faults
from sandbox.vi.faults import AFTER, BEFORE, Cut, Delay, Hold, Meanwhile, Moment, RefuseReusedId, RepeatPageToken
from sandbox.vi.server import ViEmulator
from tests.sandbox_vi.conftest import SPEC, ManualClock


async def test_a_rule_spares_the_first_calls_then_strikes_as_often_as_it_says(
    client: httpx.AsyncClient, vi: ViEmulator
) -> None:
    vi.faults.on("GET", "flows", faults.error(503), after=1, times=2)
    assert [(await client.get("flows")).status_code for _ in range(5)] == [200, 503, 503, 200, 200]


async def test_a_rule_without_a_limit_strikes_for_ever(client: httpx.AsyncClient, vi: ViEmulator) -> None:
    vi.faults.on("*", "*", faults.error(500), times=None)
    assert {(await client.get("flows")).status_code for _ in range(4)} == {500}
    vi.faults.clear()
    assert (await client.get("flows")).status_code == 200


async def test_a_rule_strikes_only_its_kind_of_request(
    client: httpx.AsyncClient, vi: ViEmulator, manholes: str
) -> None:
    vi.faults.on("DELETE", "flows/*", faults.error(503))
    assert (await client.get("flows")).status_code == 200
    assert (await client.get(f"flows/{manholes}")).status_code == 200
    assert (await client.delete(f"flows/{manholes}")).status_code == 503
    assert (await client.delete(f"flows/{manholes}")).status_code == 204


async def test_rules_that_never_struck_are_told(client: httpx.AsyncClient, vi: ViEmulator) -> None:
    vi.faults.on("GET", "flows", faults.error(503), after=5)
    vi.faults.on("GET", "flows", faults.error(503))
    vi.faults.on("GET", "runs", faults.error(503))
    await client.get("flows")
    assert [(rule.path, rule.after) for rule in vi.faults.unused()] == [("flows", 5), ("runs", 0)]


async def test_a_delay_goes_through_the_emulators_sleep(
    client: httpx.AsyncClient, vi: ViEmulator, clock: ManualClock
) -> None:
    vi.faults.on("GET", "flows", Delay(60))
    answer = await client.get("flows")
    assert answer.status_code == 200
    assert clock.slept == [60]
    (request,) = vi.requests
    assert request.ended == request.when + timedelta(seconds=60)


async def test_a_delay_and_an_error_add_up(client: httpx.AsyncClient, vi: ViEmulator, clock: ManualClock) -> None:
    vi.faults.on("GET", "flows", Delay(2))
    vi.faults.on("GET", "flows", faults.error(504))
    assert (await client.get("flows")).status_code == 504
    assert clock.slept == [2]


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
async def test_an_error_before_the_effect_changes_nothing(
    client: httpx.AsyncClient, vi: ViEmulator, manholes: str, status: int
) -> None:
    vi.faults.on("DELETE", "*", faults.error(status))
    answer = await client.delete(f"flows/{manholes}")
    assert answer.status_code == status
    assert answer.json()["message"]
    assert manholes in vi.organization.flows


async def test_an_error_after_the_effect_lies_about_it(
    client: httpx.AsyncClient, vi: ViEmulator, manholes: str
) -> None:
    vi.faults.on("DELETE", "*", faults.error(504, moment=AFTER))
    assert (await client.delete(f"flows/{manholes}")).status_code == 504
    assert manholes not in vi.organization.flows


@pytest.mark.parametrize(
    ("retry_after", "header"),
    [(7, "7"), (datetime(2026, 7, 1, 9, 0, 30, tzinfo=UTC), "Wed, 01 Jul 2026 09:00:30 GMT"), (None, None)],
)
async def test_a_rate_limit_says_when_to_come_back(
    client: httpx.AsyncClient, vi: ViEmulator, retry_after: int | datetime | None, header: str | None
) -> None:
    vi.faults.on("GET", "flows", faults.error(429, retry_after=retry_after))
    answer = await client.get("flows")
    assert (answer.status_code, answer.headers.get("retry-after")) == (429, header)


@pytest.mark.parametrize("body", [{"error": "busy"}, {"error": {"message": "busy"}}, "busy", []])
async def test_an_error_can_speak_in_any_of_the_platforms_ways(
    client: httpx.AsyncClient, vi: ViEmulator, body: object
) -> None:
    vi.faults.on("GET", "flows", faults.error(503, body=body))
    assert (await client.get("flows")).json() == body


async def test_an_error_can_say_nothing_at_all(client: httpx.AsyncClient, vi: ViEmulator) -> None:
    vi.faults.on("GET", "flows", faults.Answer(503))
    answer = await client.get("flows")
    assert (answer.status_code, answer.content) == (503, b"")


async def test_malformed_json_comes_with_a_good_status(client: httpx.AsyncClient, vi: ViEmulator) -> None:
    vi.faults.on("GET", "flows", faults.malformed_json())
    answer = await client.get("flows")
    assert answer.status_code == 200
    with pytest.raises(ValueError, match="Unterminated"):
        answer.json()


async def test_an_html_page_comes_with_any_status(client: httpx.AsyncClient, vi: ViEmulator) -> None:
    vi.faults.on("GET", "flows", faults.html_page(200))
    vi.faults.on("GET", "flows", faults.html_page(502))
    for status in (200, 502):
        answer = await client.get("flows")
        assert answer.status_code == status
        assert answer.headers["content-type"].startswith("text/html")
        assert answer.text.startswith("<!doctype html>")


async def test_json_of_another_shape_is_well_formed(client: httpx.AsyncClient, vi: ViEmulator) -> None:
    vi.faults.on("GET", "flows", faults.other_shape())
    vi.faults.on("GET", "flows", faults.other_shape([1]))
    assert "items" not in (await client.get("flows")).json()
    assert (await client.get("flows")).json() == [1]


async def test_a_garbled_answer_to_a_change_comes_after_the_change(client: httpx.AsyncClient, vi: ViEmulator) -> None:
    vi.faults.on("PUT", "*", faults.malformed_json())
    await client.put("flows/f1", json={"spec": SPEC})
    assert "f1" in vi.organization.flows


@pytest.mark.parametrize(("moment", "still_there"), [(BEFORE, True), (AFTER, False)])
async def test_a_cut_connection_does_not_tell_whether_the_change_took_effect(
    client: httpx.AsyncClient, vi: ViEmulator, manholes: str, moment: Moment, *, still_there: bool
) -> None:
    vi.faults.on("DELETE", "*", Cut(moment=moment))
    with pytest.raises(httpx.RemoteProtocolError):
        await client.delete(f"flows/{manholes}")
    assert (manholes in vi.organization.flows) is still_there
    (request,) = vi.requests
    assert request.status is None
    assert request.ended is not None


async def test_a_page_can_name_itself_as_the_next_one(client: httpx.AsyncClient, vi: ViEmulator) -> None:
    vi.faults.on("GET", "flows", RepeatPageToken())
    first = (await client.get("flows", params={"s": 4})).json()
    second = (await client.get("flows", params={"s": 4, "p": first["nextPage"]})).json()
    assert second["nextPage"] == first["nextPage"]
    assert len(second["items"]) == 4
    assert vi.faults.unused() == []


async def test_an_id_of_a_deleted_workflow_can_be_refused(
    client: httpx.AsyncClient, vi: ViEmulator, manholes: str
) -> None:
    vi.faults.on("PUT", "flows/*", RefuseReusedId(), times=None)
    assert (await client.put("flows/fresh", json={"spec": SPEC})).status_code == 200
    assert (await client.put(f"flows/{manholes}", json={"spec": SPEC})).status_code == 200
    await client.delete(f"flows/{manholes}")
    refusal = await client.put(f"flows/{manholes}", json={"spec": SPEC})
    assert refusal.status_code == 409
    assert "cannot be used again" in refusal.json()["message"]


async def test_somebody_can_change_a_workflow_between_two_reads(
    client: httpx.AsyncClient, vi: ViEmulator, potholes: str
) -> None:
    vi.faults.on(
        "GET",
        "flows/*",
        Meanwhile(lambda: vi.organization.change_workflow(potholes, {"name": "Mine"}), moment=AFTER),
    )
    first = (await client.get(f"flows/{potholes}")).json()
    second = (await client.get(f"flows/{potholes}")).json()
    assert (first["spec"]["name"], second["spec"]["name"]) == ("Potholes", "Mine")
    assert first["etag"] != second["etag"]


@pytest.mark.parametrize(("moment", "still_there"), [(BEFORE, True), (AFTER, False)])
async def test_a_held_request_waits_until_it_is_released(
    client: httpx.AsyncClient, vi: ViEmulator, manholes: str, moment: Moment, *, still_there: bool
) -> None:
    hold = vi.faults.on("DELETE", "*", Hold(moment=moment))
    deletion = asyncio.create_task(client.delete(f"flows/{manholes}"))
    await hold.reached()
    assert (manholes in vi.organization.flows) is still_there
    assert not deletion.done()
    hold.release()
    assert (await deletion).status_code == 204
    assert manholes not in vi.organization.flows


async def test_a_request_that_is_cut_while_it_is_held_never_takes_effect(
    client: httpx.AsyncClient, vi: ViEmulator, manholes: str
) -> None:
    hold = vi.faults.on("DELETE", "*", Hold())
    deletion = asyncio.create_task(client.delete(f"flows/{manholes}"))
    await hold.reached()
    hold.cut()
    with pytest.raises(httpx.RemoteProtocolError):
        await deletion
    assert manholes in vi.organization.flows


PUT_BODY = b'{"spec": {"name": "x", "schema": "v1", "tolerations": {}, "settings": {}, "blocks": []}}'


async def half_open(vi: ViEmulator, workflow_id: str, sent: bytes) -> asyncio.StreamWriter:
    """Send a PUT by hand, or the beginning of one, as a bot that can be killed at any byte."""
    host, port = vi.url.removeprefix("http://").split(":")
    _reader, writer = await asyncio.open_connection(host, int(port))
    head = (
        f"PUT /workspaces/{vi.organization_id}/flows/{workflow_id} HTTP/1.1\r\nHost: {host}\r\n"
        f"Authorization: Bearer {vi.secret_key}\r\nOrganization-Id: {vi.organization_id}\r\n"
        f"Content-Length: {len(PUT_BODY)}\r\n\r\n"
    )
    writer.write(head.encode() + sent)
    return writer


async def test_a_held_request_takes_effect_even_if_its_client_has_died_by_then(
    client: httpx.AsyncClient, vi: ViEmulator, manholes: str
) -> None:
    hold = vi.faults.on("PUT", "*", Hold())
    writer = await half_open(vi, manholes, PUT_BODY)
    await hold.reached()
    writer.transport.abort()
    await client.get("flows")  # by now the server has heard of the death, too
    ended = asyncio.Event()
    vi.requests.subscribe(lambda _request: ended.set())
    hold.release()
    async with asyncio.timeout(5):
        await ended.wait()
    assert vi.organization.workflow(manholes)["spec"]["name"] == "x"


async def test_a_request_whose_client_died_half_way_never_takes_effect(vi: ViEmulator, manholes: str) -> None:
    writer = await half_open(vi, manholes, PUT_BODY[:10])
    (request,) = await vi.requests.wait_for("PUT")
    ended = asyncio.Event()
    vi.requests.subscribe(lambda _request: ended.set())
    writer.transport.abort()
    async with asyncio.timeout(5):
        await ended.wait()
    assert (request.status, request.ended) == (None, request.when)
    assert vi.organization.workflow(manholes)["spec"]["name"] == "Manhole covers"


async def test_stopping_the_emulator_cuts_what_is_held_and_leaves_the_record(
    client: httpx.AsyncClient, vi: ViEmulator
) -> None:
    hold = vi.faults.on("GET", "flows", Hold())
    vi.faults.on("GET", "runs", faults.error(503))
    listing = asyncio.create_task(client.get("flows"))
    await hold.reached()
    await vi.stop()
    with pytest.raises(httpx.RemoteProtocolError):
        await listing
    (request,) = vi.requests
    assert request.ended is not None
    assert [rule.path for rule in vi.faults.unused()] == ["runs"]
