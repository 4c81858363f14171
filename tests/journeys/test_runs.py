"""Runs: listed, killed, and killed so that a deletion can go on."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.errors import StoreUnavailable
from sandbox import scenarios
from sandbox.playground import AUDIT_CHANNEL, Playground
from sandbox.scenarios import RunState
from sandbox.slack.driver.view import ModalHandle
from sandbox.slack.workspace import SlackWorkspace
from sandbox.vi import faults
from sandbox.vi.server import ViEmulator
from tests.journeys.conftest import Start
from tests.journeys.steps import TurnedClock, asked, busy, confirm, dialogue, idle, phrase_of
from tests.journeys.test_crash import BotProcess
from tests.journeys.test_deleting import stages as stages_of


async def stages(play: Playground) -> list[str]:
    """What the trail says of kills, oldest first."""
    return await stages_of(play, "vi.run.kill")


def run_of(play: Playground, workflow_id: str = "") -> str:
    """The id of an active run."""
    return play.vi.organization.active_runs_of(workflow_id or busy(play))[0]


def make_untold(play: Playground, run_id: str) -> None:
    """Have a run say something of itself that nobody has documented."""
    play.vi.organization.finish_run(run_id, RunState.UNDOCUMENTED)


async def kill(modal: ModalHandle, reason: str = "Wrong dataset") -> None:
    """Fill the dialogue in as asked, and submit it."""
    reply = await modal.submit({"phrase": phrase_of(modal), "reason": reason})
    assert reply.errors == {}
    assert reply.error is None


async def test_runs_are_listed_active_ones_first_each_with_its_state_and_the_way_to_stop_it(play: Playground) -> None:
    vera, run_id = play.slack.user("vera"), run_of(play)
    make_untold(play, run_id)
    message = await asked(vera, "/vi runs --active")
    assert run_id in message.text
    assert "unknown. Its state cannot be told, so it counts as active." in message.text
    assert "completed" not in message.text
    assert "/vi runs --active" in message.text
    everything = await asked(vera, "/vi runs")
    assert "active ones first" in everything.text
    workflow_id = next(each for each in play.vi.organization.workflow_ids("Potholes"))
    make_untold(play, run_of(play, workflow_id))
    of_one = await asked(vera, '/vi runs "Potholes"')
    assert "runs of “Potholes”, active ones first." in of_one.fallback_text
    assert of_one.text.index("unknown.") < of_one.text.index("completed")
    assert '/vi runs "Potholes"' in of_one.text
    ended = idle(play)
    assert "No active runs of “" in (await asked(vera, f"/vi runs {ended} --active")).text
    only = await asked(vera, f"/vi runs {workflow_id} --active")
    assert "1 active run of “Potholes”." in only.text


async def test_runs_are_turned_page_by_page(play: Playground) -> None:
    vera = play.slack.user("vera")
    workflow_id = idle(play)
    started = {play.vi.organization.start_run(workflow_id, RunState.QUEUED) for _ in range(25)}
    message = await asked(vera, f"/vi runs {workflow_id} --active")
    assert "1–10 of 25 active runs of “" in message.text
    seen = {each for each in started if each in message.text}
    assert "Previous" not in message.buttons
    await message.click("Next")
    await message.updated("11–20 of 25")
    seen |= {each for each in started if each in message.text}
    await message.click("Next")
    await message.updated("21–25 of 25")
    assert "Next" not in message.buttons
    seen |= {each for each in started if each in message.text}
    assert seen == started
    await message.click("Previous")
    await message.updated("11–20 of 25")


async def test_runs_on_a_page_that_is_forgotten_are_asked_for_again(start: Start) -> None:
    clock = TurnedClock()
    play = await start(clock=clock)
    vera = play.slack.user("vera")
    workflow_id = idle(play)
    for _ in range(12):
        play.vi.organization.start_run(workflow_id)
    message = await asked(vera, "/vi runs --active")
    clock.ahead = timedelta(days=2)
    await asked(vera, "/vi list")  # what is older than a day is dropped when another screen is kept
    await message.click("Next")
    await vera.sees(text="This list is out of date.")


async def test_runs_without_a_place_for_screens_have_no_buttons_to_turn(start: Start) -> None:
    play = await start(VI_BOT_AUDIT_FAILURE="warn")
    workflow_id = idle(play)
    for _ in range(12):
        play.vi.organization.start_run(workflow_id)
    with pytest.MonkeyPatch.context() as patch:
        break_screens(play, patch)
        message = await asked(play.slack.user("vera"), "/vi runs --active")
    assert "1–10 of " in message.text
    assert "Next" not in message.buttons


async def test_a_killed_run_is_told_to_everybody_concerned(play: Playground) -> None:
    omar, run_id = play.slack.user("omar"), run_of(play)
    modal = await dialogue(omar, f'/vi kill {run_id} --reason "Wrong dataset"')
    assert modal.value("reason") == "Wrong dataset"
    assert "a killed run cannot be resumed" in modal.text
    assert "credits that were spent stay spent" in modal.text
    assert "Once it is killed" not in modal.text
    await kill(modal)
    await omar.sees_modal(text="Killed the run of “")
    message = await omar.sees(text="Killed the run of “", channel="dm")
    assert run_id in message.text
    line = await play.slack.user("vera").sees(text="Killed the run of “", channel=AUDIT_CHANNEL)
    assert "Reason: Wrong dataset" in line.text
    assert "Undo" not in line.buttons
    assert play.vi.organization.run(run_id)["spec"]["killedAt"]
    assert await stages(play) == ["requested", "started", "succeeded ok"]


async def test_a_run_is_killed_from_the_list_of_runs(play: Playground) -> None:
    omar, run_id = play.slack.user("omar"), run_of(play)
    make_untold(play, run_id)
    message = await asked(omar, "/vi runs --active")
    await message.click(f"Kill… run {run_id}")
    modal = await omar.sees_modal(text="To confirm, type: ")
    assert "unknown since" in modal.text
    assert "Its state cannot be told, so it counts as active." in modal.text
    await kill(modal)
    await omar.sees(text="Killed the run of “", channel="dm")


async def test_a_run_is_meant_by_the_beginning_of_its_id_if_it_is_the_only_one(start: Start) -> None:
    state = scenarios.load("small-team", now=TurnedClock().now())
    runs = [each for each in state.runs if each.state is RunState.RUNNING]
    names = iter(("abcdef-one", "abcdef-two"))
    state = replace(state, runs=tuple(replace(each, id=next(names, each.id)) for each in [*runs, runs[0]]))
    play = await start(state)
    omar = play.slack.user("omar")
    several = await dialogue(omar, "/vi kill abcdef", "2 runs have an id that begins with “abcdef”.")
    assert several.submit_text is None
    await several.close()
    modal = await dialogue(omar, "/vi kill abcdef-o")
    assert "abcdef-one" in modal.text
    await modal.close()
    for wrong in ("abcd", "nothing-like-it", "no?id-at-all"):
        missing = await dialogue(omar, f"/vi kill {wrong}", f"No run has the id “{wrong}”.")
        await missing.close()
    assert play.vi.requests.count("PATCH") == 0


async def test_a_run_that_has_ended_cannot_be_killed(play: Playground) -> None:
    omar, run_id = play.slack.user("omar"), run_of(play)
    modal = await dialogue(omar, f"/vi kill {run_id}")
    play.vi.organization.finish_run(run_id)
    await kill(modal)
    message = await omar.sees(text="was not killed", channel="dm")
    assert "This run has ended already: it is completed." in message.text
    await modal.close()
    ended = await dialogue(omar, f"/vi kill {run_id}", "This run has ended already")
    assert ended.submit_text is None
    assert play.vi.requests.count("PATCH") == 0
    assert await stages(play) == ["requested", "started", "failed run_ended", "failed run_ended"]


async def test_a_wrong_name_is_said_under_the_field(play: Playground) -> None:
    omar = play.slack.user("omar")
    modal = await dialogue(omar, f"/vi kill {run_of(play)}")
    reply = await modal.submit(phrase="the run", reason="x")
    assert list(reply.errors.values()) == [f"This is not what was asked for. Type: {phrase_of(modal)}"]


async def test_a_kill_that_vi_refuses_is_told_in_its_own_words(play: Playground) -> None:
    omar = play.slack.user("omar")
    modal = await dialogue(omar, f"/vi kill {run_of(play)}")
    play.vi.faults.on("PATCH", "runs/*", faults.error(409, body={"message": "This run is being migrated."}))
    await kill(modal)
    message = await omar.sees(text="was not killed", channel="dm")
    assert "Vi refused: This run is being migrated." in message.text
    assert await stages(play) == ["requested", "started", "failed vi_refused"]


@pytest.mark.parametrize(("moment", "told"), [(faults.AFTER, "has ended"), (faults.BEFORE, "was not stopped")])
async def test_a_kill_without_an_answer_is_settled_by_looking(
    play: Playground, moment: faults.Moment, told: str
) -> None:
    omar = play.slack.user("omar")
    modal = await dialogue(omar, f"/vi kill {run_of(play)}")
    play.vi.faults.on("PATCH", "runs/*", faults.Cut(moment=moment))
    await kill(modal)
    await omar.sees(text=f"The bot looked: the run {told}.", channel="dm")
    assert play.vi.requests.count("PATCH") == 1
    stage = "succeeded" if moment is faults.AFTER else "failed"
    assert await stages(play) == ["requested", "started", f"{stage} vi_outcome_unknown"]


async def test_a_kill_whose_run_is_gone_when_the_bot_looks_is_done(play: Playground) -> None:
    omar, run_id = play.slack.user("omar"), run_of(play)
    modal = await dialogue(omar, f"/vi kill {run_id}")
    play.vi.faults.on("PATCH", "runs/*", faults.Cut())
    play.vi.faults.on(
        "GET", f"runs/{run_id}", faults.Meanwhile(lambda: play.vi.organization.runs.remove(run_id)), after=1
    )
    await kill(modal)
    await omar.sees(text="The bot looked: the run has ended.", channel="dm")


async def test_a_kill_of_which_nothing_can_be_told_stays_open(play: Playground) -> None:
    omar = play.slack.user("omar")
    modal = await dialogue(omar, f"/vi kill {run_of(play)}")
    play.vi.faults.on("PATCH", "runs/*", faults.Cut())
    play.vi.faults.on("GET", "runs/*", faults.error(403), after=1, times=None)
    await kill(modal)
    await omar.sees(text="Not known whether the run of “", channel="dm")
    assert len(await play.bot.resources.store.open_operations()) == 1


async def test_of_two_who_kill_a_run_at_once_one_does_it_and_the_other_is_told(play: Playground) -> None:
    omar, alice, run_id = play.slack.user("omar"), play.slack.user("alice"), run_of(play)
    modals = [await dialogue(each, f"/vi kill {run_id}") for each in (omar, alice)]
    hold = play.vi.faults.on("PATCH", "runs/*", faults.Hold(), times=None)
    await asyncio.gather(*(kill(each) for each in modals))
    await hold.reached()
    hold.release()
    told = [await each.sees(text="he run of “", channel="dm") for each in (omar, alice)]
    assert sorted("Killed" in each.text for each in told) == [False, True]
    assert sum(each.startswith("succeeded") for each in await stages(play)) == 1


async def test_a_viewer_sees_the_runs_and_kills_none(play: Playground) -> None:
    vera = play.slack.user("vera")
    message = await asked(vera, f"/vi kill {run_of(play)}")
    assert "needs the role operator" in message.text
    listed = await asked(vera, "/vi runs --active")
    await listed.click(f"Kill… run {run_of(play)}")
    await vera.sees(text="needs the role operator", after=listed)
    assert vera.modal is None
    assert await stages(play) == ["denied refused", "denied refused"]


async def test_a_blocked_deletion_leads_to_the_kill_and_the_kill_back_to_the_deletion(play: Playground) -> None:
    omar, workflow_id = play.slack.user("omar"), busy(play)
    run_id = run_of(play, workflow_id)
    blocked = await dialogue(omar, f'/vi delete {workflow_id} --reason "Replaced"', "cannot be deleted now")
    assert blocked.submit_text is None
    await blocked.click(f"Kill run… {run_id}")
    question = await omar.sees_modal("Kill run", "To confirm, type: ")
    assert "Once it is killed, you are asked about the deletion again" in question.text
    await kill(question, "In the way of a deletion")
    deletion = await omar.sees_modal("Delete workflow", "To confirm, type: ")
    assert deletion.value("reason") == "Replaced"
    assert deletion.value("phrase") is None  # what was typed for the kill confirms nothing else
    assert "killed since" in deletion.text
    await omar.sees(text="Killed the run of “", channel="dm")
    await confirm(deletion, reason="Replaced")
    await omar.sees(text="Deleted “", channel="dm")
    await omar.sees_modal(text="Deleted “")
    assert workflow_id not in play.vi.organization.workflow_ids()
    assert await stages(play) == ["requested", "started", "succeeded ok"]
    assert await stages_of(play) == ["failed active_runs", "requested", "started", "succeeded ok"]


async def test_a_second_active_run_shows_in_the_deletion_that_comes_back(play: Playground) -> None:
    omar, workflow_id = play.slack.user("omar"), busy(play)
    for _ in range(6):
        play.vi.organization.start_run(workflow_id)
    total = len(play.vi.organization.active_runs_of(workflow_id))
    blocked = await dialogue(omar, f"/vi delete {workflow_id}", "cannot be deleted now")
    assert f"and {total - 5} more active runs" in blocked.text
    await blocked.click(blocked_kills(blocked)[0])
    await kill(await omar.sees_modal("Kill run", "To confirm, type: "))
    again = await omar.sees_modal("Delete workflow", "cannot be deleted now")
    assert f"and {total - 6} more active run" in again.text


async def test_a_run_that_ended_by_itself_leads_straight_back_to_the_deletion(play: Playground) -> None:
    omar, workflow_id = play.slack.user("omar"), busy(play)
    blocked = await dialogue(omar, f"/vi delete {workflow_id}", "cannot be deleted now")
    play.vi.organization.finish_run(run_of(play, workflow_id))
    await blocked.click("Kill run…")
    await omar.sees_modal("Delete workflow", "To confirm, type: ")
    assert await stages(play) == ["failed run_ended"]


async def test_a_kill_that_failed_offers_the_way_back_to_the_deletion(play: Playground) -> None:
    omar, workflow_id = play.slack.user("omar"), busy(play)
    blocked = await dialogue(omar, f"/vi delete {workflow_id}", "cannot be deleted now")
    await blocked.click("Kill run…")
    question = await omar.sees_modal("Kill run", "To confirm, type: ")
    play.vi.organization.finish_run(run_of(play, workflow_id))
    await kill(question)
    outcome = await omar.sees_modal("Kill run", "was not killed")
    await outcome.click("Back to the deletion")
    await omar.sees_modal("Delete workflow", "To confirm, type: ")


async def test_a_blocked_deletion_is_checked_again_in_its_place(play: Playground) -> None:
    omar, workflow_id = play.slack.user("omar"), busy(play)
    make_untold(play, run_of(play, workflow_id))
    blocked = await dialogue(omar, f"/vi delete {workflow_id}", "cannot be deleted now")
    assert "Its state cannot be told, so it counts as active." in blocked.text
    play.vi.organization.kill_run(run_of(play, workflow_id))
    await blocked.click("Check again")
    await omar.sees_modal("Delete workflow", "To confirm, type: ")


async def test_a_locked_workflow_offers_no_kill(play: Playground) -> None:
    omar, workflow_id = play.slack.user("omar"), busy(play)
    await asked(play.slack.user("alice"), f'/vi lock {workflow_id} --reason "in production"')
    blocked = await dialogue(omar, f"/vi delete {workflow_id}", "It is locked, with the reason “in production”")
    assert blocked.buttons == ["Check again"]


async def test_several_blocked_workflows_show_two_runs_each(play: Playground) -> None:
    omar, organization = play.slack.user("omar"), play.vi.organization
    several = organization.workflow_ids()[:20]
    for workflow_id in several:
        for _ in range(4 - len(organization.active_runs_of(workflow_id))):
            organization.start_run(workflow_id)
    blocked = await dialogue(omar, f"/vi delete {' '.join(several)}", "cannot be deleted now")
    assert blocked.buttons.count("Kill run…") == 2 * len(several)


async def test_a_second_click_on_kill_opens_no_second_question(play: Playground) -> None:
    omar = play.slack.user("omar")
    blocked = await dialogue(omar, f"/vi delete {busy(play)}", "cannot be deleted now")
    await blocked.click("Kill run…", times=2)
    await omar.sees_modal("Kill run", "To confirm, type: ")
    await asked(omar, "/vi whoami")
    assert await stages(play) == ["requested"]


async def test_a_deletion_that_is_forgotten_cannot_be_gone_back_to(start: Start) -> None:
    clock = TurnedClock()
    play = await start(clock=clock)
    omar = play.slack.user("omar")
    blocked = await dialogue(omar, f"/vi delete {busy(play)}", "cannot be deleted now")
    clock.ahead = timedelta(days=2)
    await asked(omar, "/vi list")
    await blocked.click("Kill run…")
    await omar.sees_modal(text="This list is out of date.")


async def test_a_role_that_is_gone_is_said_in_the_dialogue(start: Start) -> None:
    clock = TurnedClock()
    play = await start(clock=clock)
    omar = play.slack.user("omar")
    blocked = await dialogue(omar, f"/vi delete {busy(play)}", "cannot be deleted now")
    clock.ahead = timedelta(hours=1)
    play.slack.state.directory.groups[play.slack.group_id("ml-ops")].members.remove(omar.id)
    await blocked.click("Kill run…")
    await omar.sees_modal(text="needs the role operator")
    assert await stages(play) == ["denied refused"]


@pytest.mark.parametrize("button", ["Check again", "Kill run…"])
async def test_a_fault_of_the_bots_own_is_said_in_the_dialogue(start: Start, button: str) -> None:
    play = await start()
    omar = play.slack.user("omar")
    blocked = await dialogue(omar, f"/vi delete {busy(play)}", "cannot be deleted now")
    with pytest.MonkeyPatch.context() as patch:
        break_screens(play, patch, reading=True)
        await blocked.click(button)
        await omar.sees_modal(text="because of a fault of its own")


async def test_a_blocked_deletion_that_cannot_be_kept_offers_nothing_that_leads_on(start: Start) -> None:
    play = await start(VI_BOT_AUDIT_FAILURE="warn")
    with pytest.MonkeyPatch.context() as patch:
        break_screens(play, patch)
        blocked = await dialogue(play.slack.user("omar"), f"/vi delete {busy(play)}", "cannot be deleted now")
    assert blocked.buttons == []
    assert "Ask again when that has changed." in blocked.text


async def test_a_deletion_that_cannot_be_asked_about_after_the_kill_says_so_and_the_kill_is_told(
    play: Playground,
) -> None:
    omar, workflow_id = play.slack.user("omar"), busy(play)
    blocked = await dialogue(omar, f"/vi delete {workflow_id}", "cannot be deleted now")
    await blocked.click("Kill run…")
    question = await omar.sees_modal("Kill run", "To confirm, type: ")
    play.vi.faults.on("GET", "flows/*", faults.error(403))
    await kill(question)
    await omar.sees_modal("Delete workflow", "does not let this bot's key")
    await omar.sees(text="Killed the run of “", channel="dm")


async def test_a_crash_between_started_and_the_answer_to_a_kill_is_settled_at_the_next_start(tmp_path: Path) -> None:
    slack = await SlackWorkspace.start("manifest.yml")
    async with ViEmulator.start() as vi:
        bot = BotProcess(slack, vi, tmp_path / "vi-bot.db")
        await bot.start()
        omar, organization = slack.user("omar"), vi.organization
        runs = [run for each in organization.workflow_ids() for run in organization.active_runs_of(each)][:2]
        for run_id, moment in zip(runs, (faults.BEFORE, faults.AFTER), strict=True):
            hold = vi.faults.on("PATCH", f"runs/{run_id}", faults.Hold(moment=moment))
            await kill(await dialogue(omar, f"/vi kill {run_id}"))
            await hold.reached()
            await bot.kill()
            hold.cut()
            omar.reload()
            mark = omar.now()
            slack.clock.advance(minutes=1)  # Slack lets an app open one connection a minute.
            await bot.start()
            told = await omar.sees(text="The killing of a run of “", channel="dm", timeout=15, after=mark)
            assert ("the run has ended" in told.text) is (moment is faults.AFTER)
            assert ("killedAt" in organization.run(run_id)["spec"]) is (moment is faults.AFTER)
        assert await bot.kill(15) == 0
        assert vi.requests.count("PATCH") == len(runs)
    await slack.stop()


def blocked_kills(modal: ModalHandle) -> list[str]:
    """What the buttons that kill are called by a screen reader."""
    accessories = [block.get("accessory") or {} for block in modal.blocks]
    return [each["accessibility_label"] for each in accessories if "accessibility_label" in each]


def break_screens(play: Playground, patch: pytest.MonkeyPatch, *, reading: bool = False) -> None:
    """Have the store keep no screens, or fail at them in a way that nobody expected."""

    async def refuse(_screen: object) -> None:
        raise RuntimeError("planted") if reading else StoreUnavailable("planted")

    patch.setattr(play.bot.resources.store, "screen" if reading else "keep_screen", refuse)
