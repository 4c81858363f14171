"""Where a command does not say what it is about, or names several: what it can be about is offered.

How workflows are offered stands in `test_surfaces`; here is what can be restored, killed and unlocked.
"""

from dataclasses import replace

import pytest

from sandbox import scenarios
from sandbox.playground import Playground
from sandbox.scenarios import RunState
from sandbox.vi import faults
from tests.journeys.conftest import Start
from tests.journeys.steps import PHRASE, TurnedClock, asked, busy, idle
from tests.journeys.test_locks import lock
from tests.journeys.test_restoring import AGAIN, NAME, OVER, delete, edit
from tests.journeys.test_runs import kill, run_of

WORKFLOW, RUN = "Find a workflow", "Find a run"


def namesakes(play: Playground) -> list[str]:
    """Two workflows with one name."""
    spec = dict(play.vi.organization.workflow(idle(play))["spec"])
    return [play.vi.organization.add_workflow({**spec, "name": "Twin"}) for _ in range(2)]


async def test_restore_offers_what_is_gone_first_and_brings_back_what_is_chosen(play: Playground) -> None:
    omar, workflow_id = play.slack.user("omar"), idle(play)
    await asked(omar, f"/vi backup {idle(play, 1)}")
    await delete(play, workflow_id)
    await asked(omar, f"/vi backup {busy(play)}")
    message = await asked(omar, "/vi restore")
    assert "restore needs to know which workflow or operation." in message.text
    await play.bot.work.drain(5)
    before = len(play.vi.requests)
    offered = await message.search(WORKFLOW, "")
    assert offered[0] == NAME
    assert len(offered) == 3
    assert await message.search(WORKFLOW, "SPILLS on") == [NAME]
    assert await message.search(WORKFLOW, workflow_id[:8]) == [NAME]
    assert len(play.vi.requests) == before
    await message.choose(WORKFLOW, option=NAME)
    modal = await omar.sees_modal("Restore workflow", AGAIN)
    await modal.submit()
    await omar.sees(text="Restored “", channel="dm")
    assert workflow_id in play.vi.organization.workflow_ids()


async def test_a_workflow_that_exists_is_restored_to_the_newest_snapshot_that_differs(play: Playground) -> None:
    omar, workflow_id = play.slack.user("omar"), idle(play)
    await asked(omar, f"/vi backup {workflow_id}")
    edit(play, workflow_id, 7)
    await asked(omar, f"/vi backup {workflow_id}")
    message = await asked(omar, "/vi restore")
    assert await message.search(WORKFLOW, "") == [NAME]
    await message.choose(WORKFLOW, option=NAME)
    assert "/spec/settings/seed" in (await omar.sees_modal("Restore workflow", OVER)).text


async def test_restore_says_so_where_no_snapshot_is_kept(play: Playground) -> None:
    message = await asked(play.slack.user("omar"), "/vi restore")
    assert "The bot keeps no snapshot, so nothing can be brought back." in message.text
    assert "Choose one" not in message.text


async def test_a_name_of_several_snapshots_is_settled_in_the_dialogue(play: Playground) -> None:
    omar, other = play.slack.user("omar"), idle(play)
    for each in (*namesakes(play), other):
        await delete(play, each)
    await omar.command("/vi restore Twin", "ml-ops")
    modal = await omar.sees_modal("Restore workflow", "2 workflows are meant by “Twin”.")
    assert await modal.search(WORKFLOW, "twin") == ["Twin", "Twin"]
    await modal.search(WORKFLOW, "spills")
    await modal.choose(WORKFLOW, option=NAME)
    await modal.updated(AGAIN)
    await modal.submit()
    await omar.sees(text=f"Restored “{NAME}”", channel="dm")


async def test_kill_offers_the_active_runs_and_goes_on_with_the_one_chosen(play: Playground) -> None:
    omar, run_id = play.slack.user("omar"), run_of(play)
    message = await asked(omar, '/vi kill --reason "wrong dataset"')
    assert "kill needs to know which run." in message.text
    assert "List of active runs read" in message.text
    before = len(play.vi.requests)
    everything = await message.search(RUN, "")
    found = [await message.search(RUN, run_id[:length]) for length in range(1, 10)]
    assert len(play.vi.requests) == before
    assert len(everything) == sum(
        len(play.vi.organization.active_runs_of(each)) for each in play.vi.organization.workflow_ids()
    )
    assert len(found[-1]) == 1
    await message.choose(RUN, option=found[-1][0])
    modal = await omar.sees_modal("Kill run", PHRASE)
    assert run_id in modal.text
    assert modal.value("Why?") == "wrong dataset"
    await kill(modal)
    await omar.sees(text="Killed the run of “", channel="dm")


async def test_kill_says_so_where_no_run_is_active(start: Start) -> None:
    state = scenarios.load("small-team", now=TurnedClock().now())
    ended = tuple(each for each in state.runs if each.state is RunState.COMPLETED)
    play = await start(replace(state, runs=ended))
    message = await asked(play.slack.user("omar"), "/vi kill")
    assert "No run is active, so there is nothing to stop." in message.text
    assert "Choose one" not in message.text


async def test_kill_says_so_where_vi_cannot_list_the_runs(play: Playground) -> None:
    play.vi.faults.on("GET", "runs", faults.error(403))
    message = await asked(play.slack.user("omar"), "/vi kill")
    assert "The active runs cannot be listed now." in message.text
    assert "Vi could not be read: " in message.text
    assert "Choose one" not in message.text


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("show Twin", "Back up"),
        ("runs Twin --active", "active runs of “Manhole covers”."),
        ("lock Twin --reason x", "Locked “Manhole covers”."),
        ("delete Twin --dry-run", "this was a dry run"),
    ],
)
async def test_a_name_of_several_workflows_is_settled_by_choosing(play: Playground, typed: str, says: str) -> None:
    namesakes(play)
    message = await asked(play.slack.user("alice"), f"/vi {typed}")
    assert "2 workflows are meant by “Twin”." in message.text
    await message.search(WORKFLOW, "manhole")
    await message.choose(WORKFLOW, option="Manhole covers")
    await message.updated(says)
    assert "Manhole covers" in message.text


async def test_the_beginning_of_several_ids_is_settled_in_the_dialogue(start: Start) -> None:
    state = scenarios.load("small-team", now=TurnedClock().now())
    runs = [each for each in state.runs if each.state is RunState.RUNNING]
    names = iter(("abcdef-one", "abcdef-two"))
    play = await start(replace(state, runs=tuple(replace(each, id=next(names, each.id)) for each in [*runs, runs[0]])))
    omar = play.slack.user("omar")
    await asked(omar, "/vi kill")
    await omar.command("/vi kill abcdef --reason old", "ml-ops")
    modal = await omar.sees_modal("Kill run", "2 runs have an id that begins with “abcdef”.")
    [option] = await modal.search(RUN, "abcdef-two")
    await modal.choose(RUN, option=option)
    await modal.updated(PHRASE)
    assert "abcdef-two" in modal.text
    assert modal.value("Why?") == "old"


async def test_a_run_that_was_killed_is_offered_no_more(play: Playground) -> None:
    omar, run_id = play.slack.user("omar"), run_of(play)
    message = await asked(omar, "/vi kill")
    assert len(await message.search(RUN, run_id)) == 1
    await message.choose(RUN, option=(await message.search(RUN, run_id))[0])
    await kill(await omar.sees_modal("Kill run", PHRASE))
    await omar.sees(text="Killed the run of “", channel="dm")
    await play.bot.work.drain(5)
    assert play.bot.runs.is_old
    await message.search(RUN, run_id)
    await play.bot.runs.refresh()
    assert await message.search(RUN, run_id) == []


async def test_nothing_is_offered_for_a_restoration_or_a_kill_that_one_may_not_ask_for(play: Playground) -> None:
    for word in ("restore", "kill", "unlock"):
        assert "needs the role" in (await asked(play.slack.user("vera"), f"/vi {word}")).text


async def test_unlock_offers_what_is_locked_also_what_is_gone(play: Playground) -> None:
    alice, workflow_id = play.slack.user("alice"), idle(play)
    assert "No workflow is locked." in (await asked(alice, "/vi unlock")).text
    for each in (idle(play, 1), workflow_id):
        await lock(play, each)
    play.vi.organization.remove_workflow(workflow_id)
    message = await asked(alice, "/vi unlock")
    assert await message.search(WORKFLOW, "") == [NAME, "Manhole covers"]
    assert await message.search(WORKFLOW, "spills") == [NAME]
    await message.choose(WORKFLOW, option=NAME)
    await message.updated(f"Unlocked “{NAME}”.")
    assert [each.name for each in await play.bot.resources.store.locks()] == ["Manhole covers"]


async def test_a_name_of_several_locked_workflows_is_settled_by_choosing(play: Playground) -> None:
    alice, other = play.slack.user("alice"), idle(play)
    twins = namesakes(play)
    for each in (*twins, other):
        await lock(play, each)
    message = await asked(alice, "/vi unlock Twin")
    assert "2 locked workflows are called “Twin”." in message.text
    [option] = await message.search(WORKFLOW, twins[0])
    await message.choose(WORKFLOW, option=option)
    await message.updated("Unlocked “Twin”.")
    assert twins[0] not in {each.workflow_id for each in await play.bot.resources.store.locks()}
