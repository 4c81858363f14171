"""What keeps two processes from doing the same thing, also where one of them was paused, cut off, killed or stopped."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace

import pytest

from bot.domain.audit import Action, Stage
from bot.domain.confirmation import ConfirmationState
from bot.operations.presence import leads, show_presence
from bot.operations.recovery import settle_open_operations
from handlers.announcements import announce_settled
from handlers.duties import resume_confirmed, tell_untold
from sandbox.vi import faults
from tests.journeys.steps import confirm, dialogue
from tests.replicas.fleet import TIMING, Fleet, Replica, ReplicaProcess, said_by
from tests.replicas.test_together import idle

OFTEN = replace(TIMING, recovery=0.05)


async def take_over(replica: Replica) -> None:
    """What a bot does each minute with what was left open."""
    async for settled in settle_open_operations(replica.bot.resources):
        await announce_settled(replica.bot, settled)
    await resume_confirmed(replica.bot)


async def ends(company: Fleet) -> dict[str, list[str]]:
    """What the trail says of each workflow's deletion behind `requested`, with its code."""
    found: dict[str, list[str]] = {}
    for each in await company.entries(Action.DELETE):
        if each.target is not None and each.stage is not Stage.REQUESTED:
            found.setdefault(each.target.id, []).append(said_by(each))
    return found


@pytest.mark.parametrize("seconds", [40, 3600])
async def test_a_bot_that_was_paused_for_too_long_changes_nothing(company: Fleet, seconds: float) -> None:
    paused, other = await company.start(), await company.start()
    omar, workflow_id = company.slack.user("omar"), idle(company)
    company.next_goes_to(0)
    modal = await dialogue(omar, f"/vi delete {workflow_id}")
    hold = company.vi.faults.on("GET", f"flows/{workflow_id}", faults.Hold())
    company.next_goes_to(0)
    await confirm(modal, back_up=False)
    await hold.reached()
    paused.clock.paused = seconds
    hold.release()
    await omar.sees(text="has been out of touch with its memory for too long", channel="dm")
    await company.drain()
    assert company.vi.requests.count("DELETE") == 0
    assert await ends(company) == {workflow_id: ["started", "failed store_unavailable"]}
    await take_over(other)
    assert workflow_id in company.vi.organization.workflow_ids()


async def test_what_another_bot_has_settled_is_not_carried_out_by_one_that_comes_back(company: Fleet) -> None:
    paused, other = await company.start(), await company.start()
    omar, workflow_id = company.slack.user("omar"), idle(company)
    company.next_goes_to(0)
    modal = await dialogue(omar, f"/vi delete {workflow_id}")
    hold = company.vi.faults.on("GET", f"flows/{workflow_id}", faults.Hold())
    company.next_goes_to(0)
    await confirm(modal, back_up=False)
    await hold.reached()
    await take_over(other)
    assert await ends(company) == {workflow_id: ["started"]}, "it was taken from a bot that is at work"
    paused.clock.paused = 61
    await company.expire(paused)
    await take_over(other)
    await show_presence(paused.bot.resources)  # it is back, and at work again, before its own task goes on
    hold.release()
    await company.drain()
    assert company.vi.requests.count("DELETE") == 0
    assert await ends(company) == {workflow_id: ["started", "failed reconciled_not_done"]}
    modal = await dialogue(omar, f"/vi delete {workflow_id}")
    company.next_goes_to(0)
    await confirm(modal, back_up=False)
    await omar.sees(text="Deleted “", channel="dm")


async def test_each_of_several_is_begun_by_one_bot_although_two_are_at_it(company: Fleet) -> None:
    paused, other = await company.start(), await company.start()
    omar, (one, two) = company.slack.user("omar"), (idle(company, 0), idle(company, 1))
    company.next_goes_to(0)
    modal = await dialogue(omar, f"/vi delete {one} {two}")
    hold = company.vi.faults.on("DELETE", f"flows/{one}", faults.Hold(moment=faults.AFTER))
    held = company.vi.faults.on("DELETE", f"flows/{two}", faults.Hold())
    company.next_goes_to(0)
    await confirm(modal, back_up=False)
    await hold.reached()
    paused.clock.paused = 61
    await company.expire(paused)
    taking_over = asyncio.ensure_future(take_over(other))
    await held.reached()
    await show_presence(paused.bot.resources)
    hold.release()
    await omar.sees_modal(text="Another process of the bot has taken this one up, and tells you what came of it.")
    assert await other.bot.resources.store.confirmations({ConfirmationState.CLAIMED}) != []
    held.release()
    await taking_over
    await omar.sees(text="Deleted 2 of 2 workflows.", channel="dm")
    await company.drain()
    assert company.vi.requests.count("DELETE") == 2
    assert await ends(company) == {
        one: ["started", "succeeded reconciled_done"],
        two: ["started", "succeeded ok"],
    }


async def test_a_bot_settles_what_it_lost_sight_of_itself_while_another_one_leads(company: Fleet) -> None:
    leader = await company.start()
    assert await leads(leader.bot.resources, 3600)
    own = await company.start(OFTEN)
    omar, workflow_id = company.slack.user("omar"), idle(company)
    modal = await dialogue(omar, f"/vi delete {workflow_id}")
    company.vi.faults.on("DELETE", "*", faults.Cut(moment=faults.AFTER))
    company.vi.faults.on("GET", "flows/*", faults.error(400), after=1, times=2)
    company.next_goes_to(1)
    await confirm(modal, back_up=False)
    await omar.sees(text="was interrupted", channel="dm")
    begun, ended = [each for each in await company.entries(Action.DELETE) if each.stage in {"started", "succeeded"}]
    assert begun.host["process"] == ended.host["process"] == own.process


async def test_a_bot_that_stops_gives_up_what_it_holds(company: Fleet) -> None:
    first, second = await company.start(), await company.start()
    store = second.bot.resources.store
    assert await leads(first.bot.resources, 3600)
    assert not await leads(second.bot.resources, 3600)
    await first.close()
    assert await leads(second.bot.resources, 3600)
    assert not await store.is_leased(f"process/{first.process}")


async def test_a_bot_that_breaks_off_a_call_at_its_end_keeps_the_others_from_looking_too_early(company: Fleet) -> None:
    first, second = await company.start(replace(TIMING, shutdown=0.0)), await company.start()
    omar, workflow_id = company.slack.user("omar"), idle(company)
    company.next_goes_to(0)
    modal = await dialogue(omar, f"/vi delete {workflow_id}")
    hold = company.vi.faults.on("DELETE", "*", faults.Hold())
    company.next_goes_to(0)
    await confirm(modal, back_up=False)
    await hold.reached()
    await first.close()
    await take_over(second)
    assert await ends(company) == {workflow_id: ["started"]}
    hold.cut()
    await company.expire(first)
    await take_over(second)
    assert await ends(company) == {workflow_id: ["started", "failed reconciled_not_done"]}


async def test_what_a_bot_ended_and_did_not_come_to_telling_is_told_by_another_once(company: Fleet) -> None:
    gone, other, third = await company.start(), await company.start(), await company.start()
    omar = company.slack.user("omar")
    company.next_goes_to(0)
    modal = await dialogue(omar, f"/vi delete {idle(company)}")
    company.slack.faults.on("chat.postMessage", cut="before", times=2)  # to Omar, and into the audit channel
    company.next_goes_to(0)
    await confirm(modal, back_up=False)
    await omar.sees_modal(text="Deleted “")
    await company.drain()
    await tell_untold(gone.bot)
    await tell_untold(other.bot)
    assert [each for each in omar.messages if "Deleted “" in each.text] == [], "the one that ended it is still at work"
    await company.expire(gone)
    for each in (other, third, other):
        await tell_untold(each.bot)
    await company.drain()
    assert len([each for each in omar.messages if "Deleted “" in each.text and each.channel_id[0] == "D"]) == 1


@asynccontextmanager
async def processes(company: Fleet, count: int) -> AsyncIterator[list[ReplicaProcess]]:
    """So many bots in processes of their own, in the order in which Slack goes round them."""
    async with AsyncExitStack() as stack:
        started = []
        for number in range(count):
            process = ReplicaProcess(company, f"replica{number}")
            await process.start()
            stack.push_async_callback(process.end)
            started.append(process)
        yield started


async def test_a_deletion_is_settled_once_and_told_when_the_bot_that_was_at_it_is_killed(company: Fleet) -> None:
    omar, workflow_id = company.slack.user("omar"), idle(company)
    async with processes(company, 3) as (_first, killed, _third):
        company.next_goes_to(1)
        modal = await dialogue(omar, f"/vi delete {workflow_id}")
        hold = company.vi.faults.on("DELETE", "*", faults.Hold(moment=faults.AFTER))
        company.next_goes_to(1)
        await confirm(modal, back_up=False)
        await hold.reached()
        assert await killed.stop() == -signal.SIGKILL
        hold.cut()
        told = await omar.sees(text="was interrupted", channel="dm", timeout=20)
        assert "it was carried out" in told.text
    assert company.vi.requests.count("DELETE") == 1
    assert await ends(company) == {workflow_id: ["started", "succeeded reconciled_done"]}
    assert len([each for each in omar.messages if "was interrupted" in each.text and each.channel_id[0] == "D"]) == 1


async def test_several_deletions_are_taken_up_by_another_process(company: Fleet) -> None:
    omar, organization = company.slack.user("omar"), company.vi.organization
    ids = [each for each in organization.workflow_ids() if not organization.active_runs_of(each)][:4]
    async with processes(company, 2) as (_other, killed):
        company.next_goes_to(1)
        modal = await dialogue(omar, f"/vi delete {' '.join(ids)}")
        hold = company.vi.faults.on("DELETE", f"flows/{ids[1]}", faults.Hold())
        company.next_goes_to(1)
        await confirm(modal, back_up=False)
        await hold.reached()
        await killed.stop()
        hold.cut()
        await omar.sees(text="Deleted 3 of 4 workflows.", channel="dm", timeout=20)
    deleted = [each.path for each in company.vi.requests.matching("DELETE")]
    assert len(deleted) == len(set(deleted)) == 4
    assert set(ids) & set(organization.workflow_ids()) == {ids[1]}
    assert [len(each) for each in (await ends(company)).values()] == [2, 2, 2, 2]
