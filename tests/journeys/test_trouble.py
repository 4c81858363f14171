"""What people read when something is wrong on either side, and what the trail says of it."""

import asyncio
import logging
import time
from datetime import timedelta
from typing import Any

import pytest

from bot.app import Timing
from bot.vi.retries import Limits
from sandbox.playground import AUDIT_CHANNEL, Playground
from sandbox.vi import faults
from tests.journeys.conftest import Start
from tests.journeys.steps import TurnedClock, asked, confirm, dialogue, idle
from tests.journeys.test_deleting import stages


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (faults.error(401), "key"),
        (faults.error(403), "key"),
        (faults.error(429, retry_after=3600), "3600"),
        (faults.html_page(), "not in its contract"),
        (faults.malformed_json(), "not in its contract"),
        (faults.other_shape(), "not in its contract"),
        (faults.error(400, body={"message": "no <!channel> today"}), "no <!channel> today"),
    ],
)
async def test_what_vi_says_instead_of_a_list_is_told_with_what_to_do(
    play: Playground, fault: faults.Fault, says: str
) -> None:
    play.vi.faults.on("GET", "runs", fault, times=None)
    message = await asked(play.slack.user("vera"), "/vi list --active")
    assert says in message.text
    assert (await stages(play, "vi.workflow.list"))[-1].startswith("failed vi_")


async def test_a_vi_that_does_not_answer_is_said_to_be_out_of_reach(start: Start) -> None:
    play = await start(timing=Timing(patience=5, vi=Limits(listing=0.3, reading=0.3)))
    play.vi.faults.on("GET", "*", faults.Hold(), times=None)
    message = await asked(play.slack.user("vera"), "/vi list --active")
    assert "Vi" in message.text
    assert (await stages(play, "vi.workflow.list"))[-1] == "failed vi_unreachable"


async def test_whoever_waits_longer_than_a_moment_is_told_that_it_goes_on(start: Start) -> None:
    play = await start(timing=Timing(patience=0))
    hold = play.vi.faults.on("GET", "flows", faults.Hold())
    reply = await play.slack.user("vera").command("/vi list --fresh", "ml-ops")
    assert "Still working on it" in (await reply.answer()).text
    hold.release()
    assert "1–10 of 12" in (await reply.answer()).text


async def test_a_lost_answer_to_a_delete_is_found_out_and_not_repeated(play: Playground) -> None:
    omar, workflow_id = play.slack.user("omar"), idle(play)
    play.vi.faults.on("DELETE", "flows/*", faults.Cut(moment=faults.AFTER))
    await confirm(await dialogue(omar, f"/vi delete {workflow_id}"))
    message = await omar.sees(text="Deleted “", channel="dm")
    assert "The bot looked: the workflow is gone" in message.text
    assert play.vi.requests.count("DELETE") == 1
    assert await stages(play) == ["requested", "started", "succeeded vi_outcome_unknown"]


async def test_a_delete_that_never_arrived_is_found_out_and_not_repeated(play: Playground) -> None:
    omar, workflow_id = play.slack.user("omar"), idle(play)
    play.vi.faults.on("DELETE", "flows/*", faults.Cut())
    await confirm(await dialogue(omar, f"/vi delete {workflow_id}"))
    message = await omar.sees(text="was not deleted", channel="dm")
    assert "the workflow is still there" in message.text
    assert play.vi.requests.count("DELETE") == 1
    assert workflow_id in play.vi.organization.workflow_ids()


async def test_an_outcome_nobody_knows_stays_open_until_recovery_has_found_it_out(start: Start) -> None:
    play = await start(timing=Timing(patience=5, recovery=0.05, look_back=(0.0,), vi=Limits(reading=0.2)))
    omar, workflow_id = play.slack.user("omar"), idle(play)
    modal = await dialogue(omar, f"/vi delete {workflow_id}")
    cut = play.vi.faults.on("DELETE", "flows/*", faults.Hold(moment=faults.AFTER))
    await confirm(modal, back_up=False)
    await cut.reached()
    play.vi.faults.on("GET", "flows/*", faults.error(503), times=None)
    cut.cut()
    message = await omar.sees(text="Not known whether", channel="dm")
    assert "It does not delete again" in message.text
    play.vi.faults.clear()
    settled = await omar.sees(text="was interrupted", channel="dm")
    assert "it was carried out" in settled.text
    await play.slack.user("vera").sees(text="was interrupted", channel=AUDIT_CHANNEL)
    assert play.vi.requests.count("DELETE") == 1
    assert (await stages(play))[-1] == "succeeded reconciled_done"


async def test_a_backup_that_comes_back_different_stops_the_deletion(play: Playground) -> None:
    omar, workflow_id = play.slack.user("omar"), idle(play)
    modal = await dialogue(omar, f"/vi delete {workflow_id}")

    def spoil() -> None:
        copy = play.vi.organization.workflow_ids()[0]
        spec = play.vi.organization.workflow(copy)["spec"]
        play.vi.organization.change_workflow(copy, {**spec, "settings": {"seed": 0}})

    play.vi.faults.on("PUT", "flows/*", faults.Meanwhile(spoil, moment=faults.AFTER))
    await confirm(modal)
    message = await omar.sees(text="was not deleted", channel="dm")
    assert "differs from its source" in message.text
    assert workflow_id in play.vi.organization.workflow_ids()
    assert play.vi.requests.count("DELETE") == 0


async def test_a_backup_that_differs_says_where(play: Playground) -> None:
    def spoil() -> None:
        copy = play.vi.organization.workflow_ids()[0]
        spec = play.vi.organization.workflow(copy)["spec"]
        play.vi.organization.change_workflow(copy, {**spec, "settings": {"seed": 0}})

    play.vi.faults.on("PUT", "flows/*", faults.Meanwhile(spoil, moment=faults.AFTER))
    message = await asked(play.slack.user("omar"), f"/vi backup {idle(play)}")
    assert "/spec/settings/seed" in message.text
    assert (await stages(play, "vi.workflow.backup"))[-1] == "failed backup_differs"


async def test_a_backup_is_never_written_over_a_workflow_that_is_there(
    play: Playground, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = idle(play, 1)
    monkeypatch.setattr(type(play.bot.resources.ids), "random", lambda _self: taken)
    message = await asked(play.slack.user("omar"), f"/vi backup {idle(play)}")
    assert "The id made for the copy is taken" in message.text
    assert play.vi.requests.count("PUT") == 0


async def test_a_copy_without_an_answer_is_settled_by_looking(start: Start) -> None:
    play = await start(timing=Timing(patience=5, recovery=0.05, look_back=(0.0,), vi=Limits(creating=0.5)))
    omar = play.slack.user("omar")
    hold = play.vi.faults.on("PUT", "flows/*", faults.Hold(moment=faults.AFTER))
    reply = await omar.command(f"/vi backup {idle(play)}", "ml-ops")
    await hold.reached()
    assert "may or may not" in (await reply.answer()).text
    hold.release()
    settled = await omar.sees(text="was interrupted", channel="dm")
    assert "The backup of “Spills on the floor” was interrupted" in settled.text
    assert "the copy was made and is verified" in settled.text


@pytest.mark.sqlite_only("the file is taken away; a database that is away: tests/replicas")
async def test_a_store_that_cannot_be_written_stops_everything_before_vi(play: Playground, store: Any) -> None:
    omar = play.slack.user("omar")
    modal = await dialogue(omar, f"/vi delete {idle(play)}")
    store.unlink()
    await confirm(modal)
    await omar.sees_modal(text="memory")
    assert play.vi.requests.count("DELETE") == 0
    assert play.vi.requests.count("PUT") == 0
    message = await asked(omar, "/vi whoami")
    assert "memory" in message.text


@pytest.mark.sqlite_only("the file is taken away; a database that is away: tests/replicas")
async def test_an_outcome_that_cannot_be_written_is_told_all_the_same(
    start: Start, store: Any, caplog: pytest.LogCaptureFixture
) -> None:
    play = await start()
    omar = play.slack.user("omar")
    modal = await dialogue(omar, f"/vi delete {idle(play)}")
    hold = play.vi.faults.on("DELETE", "flows/*", faults.Hold())
    await confirm(modal, back_up=False)
    await hold.reached()
    store.unlink()
    hold.release()
    message = await omar.sees(text="Deleted “", channel="dm")
    assert "could not be written into the audit trail yet" in message.text
    assert "could not be written" in caplog.text


async def test_a_person_who_cannot_be_looked_up_may_do_nothing(start: Start) -> None:
    play = await start()
    play.slack.faults.on("users.info", error="internal_error")
    message = await asked(play.slack.user("alice"), "/vi list")
    assert "could not look you up" in message.text
    assert "12 workflows" in (await asked(play.slack.user("alice"), "/vi list")).text


async def test_a_group_that_cannot_be_looked_up_makes_nobody_a_member(start: Start) -> None:
    play = await start()
    play.slack.faults.on("usergroups.users.list", error="no_such_subteam", times=2)
    message = await asked(play.slack.user("omar"), "/vi list")
    assert "needs the role viewer" in message.text


@pytest.mark.parametrize(("name", "says"), [("gus", "Guests"), ("sigrid", "Guests")])
async def test_guests_are_turned_away(play: Playground, name: str, says: str) -> None:
    person = play.slack.user(name)
    assert says in (await asked(person, "/vi help")).text
    assert says in (await asked(person, "/vi list")).text


async def test_a_guest_that_is_named_may_look(start: Start) -> None:
    play = await start(VI_BOT_GUESTS="U07LMG5E4VK")
    gus = play.slack.user("gus")
    assert "/vi list" in (await asked(gus, "/vi help")).text
    assert "of 12 workflows" in (await asked(gus, "/vi list")).text
    assert "needs the role operator" in (await asked(gus, f"/vi backup {idle(play)}")).text


async def test_somebody_deactivated_meanwhile_is_refused_at_the_click(start: Start) -> None:
    clock = TurnedClock()
    play = await start(clock=clock)
    vera = play.slack.user("vera")
    listing = await asked(vera, "/vi list")
    play.slack.deactivate("vera", sign_out=False)
    clock.ahead = timedelta(minutes=1)
    answer = await (await listing.click("Next")).answer()
    assert "deactivated" in answer.text


async def test_a_fault_of_the_bots_own_is_told_with_a_reference_that_is_in_the_log(
    start: Start, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    play = await start()

    async def broken(*_arguments: object) -> None:
        raise RuntimeError("planted")

    monkeypatch.setattr("handlers.answers.list_workflows", broken)
    message = await asked(play.slack.user("vera"), "/vi list")
    reference = message.text.split("the reference ")[1][:8]
    assert any(reference in record.getMessage() and record.levelno == logging.ERROR for record in caplog.records)


async def test_a_fault_in_the_dialogue_is_told_in_the_dialogue(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    play = await start()

    async def broken(*_arguments: object, **_more: object) -> None:
        raise RuntimeError("planted")

    omar = play.slack.user("omar")
    modal = await dialogue(omar, f"/vi delete {idle(play)}")
    monkeypatch.setattr("handlers.dialogue.answer", broken)
    await confirm(modal)
    await omar.sees_modal(text="because of a fault of its own")
    await (await omar.sees_modal()).close()
    modal = await dialogue(omar, f"/vi delete {idle(play)}")
    monkeypatch.setattr("handlers.dialogue.check_answer", broken)
    await confirm(modal)
    await omar.sees_modal(text="because of a fault of its own")


async def test_slack_being_slow_or_refusing_loses_nothing_but_the_message(start: Start) -> None:
    play = await start()
    omar, workflow_id = play.slack.user("omar"), idle(play)
    modal = await dialogue(omar, f"/vi delete {workflow_id}")
    play.slack.faults.on("views.update", error="internal_error")
    play.slack.faults.on("chat.postMessage", error="internal_error", times=2)
    await confirm(modal, back_up=False)
    await play.bot.work.drain(5)
    trail = await asked(omar, "/vi audit")
    assert "Delete “Spills on the floor”: succeeded" in trail.text


async def test_a_form_that_slack_delivers_twice_deletes_once(play: Playground) -> None:
    omar = play.slack.user("omar")
    modal = await dialogue(omar, f"/vi delete {idle(play)}")
    play.slack.faults.on("twice:view_submission")
    await confirm(modal)
    await omar.sees(text="Deleted “", channel="dm")
    assert play.vi.requests.count("DELETE") == 1
    assert play.vi.requests.count("PUT") == 1


async def test_a_rate_limit_of_slacks_is_waited_for(play: Playground) -> None:
    omar = play.slack.user("omar")
    modal = await dialogue(omar, f"/vi delete {idle(play)}")
    play.slack.faults.on("chat.postMessage", status=429, retry_after=0)
    await confirm(modal, back_up=False)
    await omar.sees(text="Deleted “", channel="dm")


async def test_an_answer_that_slack_does_not_take_is_logged(start: Start, caplog: pytest.LogCaptureFixture) -> None:
    play = await start()
    play.slack.faults.on("response_url", status=500)
    play.slack.faults.on("response_url", cut="before")
    vera = play.slack.user("vera")
    await vera.command("/vi whoami", "ml-ops")
    await vera.command("/vi whoami", "ml-ops")
    assert (await asked(vera, "/vi whoami")).text
    await play.bot.work.drain(5)
    assert "Slack did not take an answer: 500" in caplog.text
    assert "an answer did not reach Slack" in caplog.text


async def test_a_listing_of_hostile_names_breaks_no_message(start: Start) -> None:
    play = await start("hostile")
    vera = play.slack.user("vera")
    listing = await asked(vera, "/vi list --sort name")
    while "Next" in listing.buttons:
        await listing.click("Next")
        await listing.updated()
    for workflow_id in play.vi.organization.workflow_ids():
        assert (await asked(vera, f"/vi show {workflow_id}")).text


async def test_ten_thousand_workflows_are_listed_within_two_seconds_at_fifty_milliseconds_a_request(
    start: Start,
) -> None:
    play = await start("busy")
    await asked(play.slack.user("vera"), "/vi list --fresh")  # The emulator builds its pages once.
    play.vi.faults.on("GET", "*", faults.Delay(0.05), times=None)
    began = time.monotonic()
    message = await asked(play.slack.user("vera"), "/vi list --fresh")
    assert time.monotonic() - began < 2
    assert "1–10 of 10,000 workflows" in message.text


async def test_running_work_is_finished_before_the_bot_ends(start: Start) -> None:
    play = await start()
    hold = play.vi.faults.on("GET", "flows", faults.Hold())
    reply = await play.slack.user("vera").command("/vi list --fresh", "ml-ops")
    await hold.reached()
    draining = asyncio.ensure_future(play.bot.work.drain(5))
    await asyncio.sleep(0)
    hold.release()
    assert await draining == 0
    assert "1–10 of 12" in (await reply.answer()).text


async def test_work_that_does_not_end_in_time_is_cancelled(start: Start) -> None:
    play = await start()
    assert await play.bot.work.drain(5) == 0  # what the start began
    hold = play.vi.faults.on("GET", "flows", faults.Hold())
    await play.slack.user("vera").command("/vi list --fresh", "ml-ops")
    await hold.reached()
    assert await play.bot.work.drain(0) == 1
    assert await play.bot.work.drain(0) == 0
    hold.release()
