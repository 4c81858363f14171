"""The list that is kept in memory: how old it may be, how it is read anew, and that no change is decided by it."""

from datetime import timedelta

import pytest

from bot.app import Timing
from bot.vi.retries import Limits
from sandbox.playground import Playground
from sandbox.vi import faults
from tests.journeys.conftest import Start
from tests.journeys.steps import TurnedClock, asked, confirm, dialogue, idle
from tests.journeys.test_deleting import stages

NAME = "Spills on the floor"
"""What the first idle workflow is called."""


def rename(play: Playground, workflow_id: str, name: str) -> None:
    """As somebody does it in Vi, beside the bot."""
    organization = play.vi.organization
    organization.change_workflow(workflow_id, {**organization.workflow(workflow_id)["spec"], "name": name})


async def test_a_list_says_when_it_was_read_and_costs_no_call_of_vi(play: Playground) -> None:
    vera = play.slack.user("vera")
    before = play.vi.requests.count("GET")
    listing = await asked(vera, "/vi list")
    assert "List of workflows read " in listing.text
    assert "List of workflows read " in listing.fallback_text
    await listing.click("Next")
    await listing.updated("11–12 of 12")
    await listing.click("Filter…")
    await (await vera.sees_modal("Filter workflows")).submit({"Order": "By name"})
    await listing.updated("by name")
    assert play.vi.requests.count("GET") == before
    assert await stages(play, "vi.workflow.list") == ["succeeded ok"] * 3


async def test_refresh_shows_what_somebody_changed_in_vi_on_the_same_page(play: Playground) -> None:
    rename(play, idle(play), "Renamed")
    listing = await asked(play.slack.user("vera"), "/vi list --sort name")
    await listing.click("Next")
    await listing.updated("11–12 of 12")
    assert NAME in (await asked(play.slack.user("vera"), f'/vi list "{NAME}"')).text
    await listing.click("Refresh")
    await listing.updated("11–12 of 12")
    assert "1 workflow (with “Renamed”" in (await asked(play.slack.user("vera"), "/vi list Renamed")).text


async def test_a_list_that_was_asked_for_afresh_is_read_from_vi_page_by_page(play: Playground) -> None:
    listing = await asked(play.slack.user("vera"), "/vi list --fresh")
    assert "/vi list --fresh" in listing.text
    play.vi.organization.remove_workflow(idle(play))
    await listing.click("Next")
    await listing.updated("11–11 of 11")


async def test_what_this_bot_has_changed_is_shown_at_once(play: Playground) -> None:
    omar = play.slack.user("omar")
    modal = await dialogue(omar, f"/vi delete {idle(play)}")
    hold = play.vi.faults.on("DELETE", "flows/*", faults.Hold(moment=faults.AFTER))
    await confirm(modal, back_up=False)
    await hold.reached()
    assert "of 12 workflows" in (await asked(omar, "/vi list")).text
    hold.release()
    await omar.sees(text="Deleted “", channel="dm")
    assert "of 11 workflows" in (await asked(omar, "/vi list")).text
    await asked(omar, f"/vi backup {idle(play)}")
    assert "of 12 workflows" in (await asked(omar, "/vi list")).text


async def test_an_old_list_is_read_for_the_next_one_and_a_very_old_one_first(start: Start) -> None:
    clock = TurnedClock()
    play = await start(clock=clock)
    vera = play.slack.user("vera")
    play.vi.organization.remove_workflow(idle(play))
    clock.ahead = timedelta(seconds=90)
    assert "of 12 workflows" in (await asked(vera, "/vi list")).text
    await play.bot.work.drain(5)
    assert "of 11 workflows" in (await asked(vera, "/vi list")).text
    play.vi.organization.remove_workflow(idle(play))
    clock.ahead += timedelta(minutes=2)
    assert "10 workflows, last changed first" in (await asked(vera, "/vi list")).text


async def test_of_active_runs_the_list_is_never_from_memory(play: Playground) -> None:
    play.vi.organization.start_run(idle(play))
    before = play.vi.requests.count("GET")
    listing = await asked(play.slack.user("vera"), "/vi list --active")
    assert "3 workflows (with an active run; 12 in all)" in listing.text
    assert play.vi.requests.count("GET") == before + 1


async def test_no_change_is_decided_by_what_is_in_memory(play: Playground) -> None:
    omar, changed, gone = play.slack.user("omar"), idle(play), idle(play, 1)
    rename(play, changed, "Renamed meanwhile")
    gone_name = play.vi.organization.workflow(gone)["spec"]["name"]
    play.vi.organization.remove_workflow(gone)
    listing = await asked(omar, "/vi list")
    assert NAME in listing.text
    assert gone_name in listing.text
    assert "List of workflows read " in listing.text
    await listing.choose("⋯", option="Delete…", near=NAME)
    modal = await omar.sees_modal(text="To confirm, type: Renamed meanwhile")
    await modal.close()
    await listing.choose("⋯", option="Delete…", near=gone_name)
    modal = await omar.sees_modal(text="No workflow has the id or the name")
    assert modal.submit_text is None


async def test_while_vi_cannot_be_read_the_list_is_shown_as_it_was_and_says_so(start: Start) -> None:
    clock = TurnedClock()
    play = await start(clock=clock, timing=Timing(patience=5, vi=Limits(listing=0.3, reading=0.3)))
    vera = play.slack.user("vera")
    play.vi.organization.remove_workflow(idle(play))
    play.vi.faults.on("GET", "*", faults.Hold(), times=None)
    clock.ahead = timedelta(hours=3)
    listing = await asked(vera, "/vi list")
    for text in (listing.text, listing.fallback_text):
        assert "Vi could not be read: Vi did not answer" in text
        assert "of 12 workflows" in text
    play.vi.faults.clear()
    await listing.click("Refresh")
    await listing.updated("of 11 workflows")
    assert "could not be read" not in listing.text


async def test_as_soon_as_vi_can_be_read_again_a_list_is_of_now(start: Start) -> None:
    clock = TurnedClock()
    play = await start(clock=clock)
    vera = play.slack.user("vera")
    play.vi.faults.on("GET", "flows", faults.error(400))
    clock.ahead = timedelta(hours=3)
    assert "could not be read" in (await asked(vera, "/vi list")).text
    play.vi.organization.remove_workflow(idle(play))
    assert "of 11 workflows" in (await asked(vera, "/vi list")).text


async def test_where_nothing_was_ever_read_the_error_is_told(play: Playground) -> None:
    play.bot.index.read_at = None  # as where Vi is away from the start
    play.bot.index.outdate()
    play.vi.faults.on("GET", "flows", faults.error(401))
    assert "key" in (await asked(play.slack.user("vera"), "/vi list")).text
    assert await stages(play, "vi.workflow.list") == ["failed vi_unauthorized"]


@pytest.mark.parametrize("typed", ["/vi list", "/vi list --fresh"])
async def test_whoever_may_not_look_has_nothing_read(play: Playground, typed: str) -> None:
    before = play.vi.requests.count("GET")
    assert "Guests" in (await asked(play.slack.user("gus"), typed)).text
    assert play.vi.requests.count("GET") == before
