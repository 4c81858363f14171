"""Several workflows in one dialogue: one phrase, one reason, each its own operation; no failure hides the rest."""

import signal
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.domain.audit import Action, AuditEntry, Stage, content_of
from bot.domain.confirmation import ConfirmationState
from bot.operations import locking
from bot.operations.recovery import bring_in_spooled, settle_open_operations
from bot.ports import TrailQuery
from bot.store.trail import read_trail
from bot.store.verification import Verdict, verify_file
from handlers.announcements import announce_settled
from handlers.duties import resume_confirmed
from sandbox.playground import AUDIT_CHANNEL, Playground
from sandbox.slack.driver.person import User
from sandbox.slack.driver.view import ModalHandle
from sandbox.slack.workspace import SlackWorkspace
from sandbox.vi import faults
from sandbox.vi.server import ViEmulator
from tests.journeys.conftest import Start
from tests.journeys.steps import TurnedClock, asked, busy, confirm, dialogue, idle, phrase_of
from tests.journeys.test_crash import BotProcess
from tests.journeys.test_deleting import stages


def all_idle(play: Playground) -> list[str]:
    """Every workflow, once no run is active."""
    organization = play.vi.organization
    for workflow_id in organization.workflow_ids():
        for run_id in organization.active_runs_of(workflow_id):
            organization.finish_run(run_id)
    return list(organization.workflow_ids())


async def ask_about(person: User, *references: str) -> ModalHandle:
    names = " ".join(f'"{each}"' for each in references)
    return await dialogue(person, f"/vi delete {names}")


async def entries(play: Playground) -> list[AuditEntry]:
    found = await play.bot.resources.store.trail(TrailQuery(action=Action.DELETE, limit=1000))
    return [content_of(each) for each in reversed(found)]


async def test_twelve_of_which_two_fail_are_each_told_and_written_down(play: Playground) -> None:
    omar, ids = play.slack.user("omar"), all_idle(play)
    assert len(ids) == 12
    organization = play.vi.organization
    changed, refused = ids[3], ids[8]
    modal = await ask_about(omar, *ids)
    assert phrase_of(modal) == "delete 12 workflows"
    for workflow_id in ids:
        assert workflow_id in modal.text
    organization.change_workflow(changed, {**organization.workflow(changed)["spec"], "settings": {}})
    play.vi.faults.on("DELETE", f"flows/{refused}", faults.error(409, body={"message": "not today"}))
    hold = play.vi.faults.on("DELETE", f"flows/{ids[7]}", faults.Hold())
    await confirm(modal, back_up=False)
    await hold.reached()
    shown = await omar.sees_modal(text="7 of 12")
    assert "was changed after you looked" in shown.text
    hold.release()
    outcome = await omar.sees(text="Deleted 10 of 12 workflows.", channel="dm")
    assert "not today" in outcome.text
    assert outcome.text.count("Undo") >= 10
    await omar.sees_modal(text="Deleted 10 of 12 workflows.")
    line = await play.slack.user("vera").sees(text="Deleted 10 of 12 workflows.", channel=AUDIT_CHANNEL)
    assert "Reason: Not needed" in line.text
    await play.bot.work.drain(5)
    assert set(organization.workflow_ids()) == {changed, refused}
    assert play.vi.requests.count("DELETE") == 11
    written = await entries(play)
    operations = {each.operation_id: each.target.id for each in written if each.target}
    assert sorted(operations.values()) == sorted(ids)
    assert {each.details["batch"] for each in written if each.stage != "requested"} == {written[0].operation_id}
    ends = {each.target.id: each.stage for each in written if each.target and each.stage in {"succeeded", "failed"}}
    assert ends == {each: Stage.FAILED if each in {changed, refused} else Stage.SUCCEEDED for each in ids}
    assert all(each.actor.name == "omar" for each in written)


async def test_what_a_run_or_a_lock_keeps_is_left_out_and_named(play: Playground) -> None:
    omar = play.slack.user("omar")
    await asked(play.slack.user("alice"), f'/vi lock {idle(play, 1)} --reason "in production"')
    modal = await ask_about(omar, idle(play), busy(play), idle(play, 1), idle(play, 2))
    assert phrase_of(modal) == "delete 2 workflows"
    assert "Left out: “Manhole covers”. It is locked, with the reason “in production”" in modal.text
    assert "Left out: “Blocked emergency exits”. A run is using it" in modal.text
    await confirm(modal, back_up=False)
    await omar.sees(text="Deleted 2 of 2 workflows.", channel="dm")
    assert play.vi.requests.count("DELETE") == 2
    failed = [each for each in await entries(play) if each.stage is Stage.FAILED]
    assert sorted(each.outcome.code for each in failed if each.outcome) == ["active_runs", "locked"]


async def test_where_nothing_can_go_nothing_can_be_confirmed(play: Playground) -> None:
    await asked(play.slack.user("alice"), f'/vi lock {idle(play)} --reason "in production"')
    modal = await dialogue(play.slack.user("omar"), f"/vi delete {idle(play)} {busy(play)}", "cannot be deleted now")
    assert modal.submit_text is None
    assert modal.text.count("cannot be deleted now") == 2


async def test_one_that_is_locked_after_the_dialogue_stays(play: Playground) -> None:
    omar, ids = play.slack.user("omar"), [idle(play), idle(play, 1)]
    modal = await ask_about(omar, *ids)
    await asked(play.slack.user("alice"), f'/vi lock {ids[1]} --reason "in production"')
    await confirm(modal, back_up=False)
    outcome = await omar.sees(text="Deleted 1 of 2 workflows.", channel="dm")
    assert "“Manhole covers” was not deleted. It is locked, with the reason “in production”" in outcome.text
    assert ids[1] in play.vi.organization.workflow_ids()


async def test_one_that_is_named_twice_is_deleted_once(play: Playground) -> None:
    omar = play.slack.user("omar")
    modal = await ask_about(omar, idle(play), "Spills on the floor", "Manhole covers", idle(play))
    assert phrase_of(modal) == "delete 2 workflows"
    only = await dialogue(omar, f"/vi delete {idle(play)} {idle(play)}", "To confirm, type: Spills on the floor")
    await confirm(only, back_up=False)
    await omar.sees(text="Deleted “Spills on the floor”.", channel="dm")


async def test_more_than_twenty_at_once_are_refused(play: Playground) -> None:
    names = " ".join(f"name-{number}" for number in range(21))
    modal = await dialogue(play.slack.user("omar"), f"/vi delete {names}", "At most 20 workflows at once")
    assert "here are 21" in modal.text
    assert modal.submit_text is None


async def test_a_name_of_several_words_without_quotation_marks_gets_a_hint(play: Playground) -> None:
    modal = await dialogue(play.slack.user("omar"), "/vi delete Manhole covers", "No workflow has the id or the name")
    assert "No workflow has the id or the name “Manhole”. No workflow has the id or the name “covers”." in modal.text
    assert 'A name of several words goes between quotation marks: "Manhole covers".' in modal.text


async def test_what_was_typed_wrong_is_said_under_its_field_for_several_too(play: Playground) -> None:
    modal = await ask_about(play.slack.user("omar"), idle(play), idle(play, 1))
    reply = await modal.submit(phrase="delete 3 workflows", reason=" ")
    assert list(reply.errors.values()) == [
        "This is not what was asked for. Type: delete 2 workflows",
        "Say why. The reason stays in the audit trail.",
    ]
    await confirm(modal, back_up=False)


async def test_several_are_backed_up_first_each(play: Playground) -> None:
    omar = play.slack.user("omar")
    modal = await ask_about(omar, idle(play), idle(play, 1))
    hold = play.vi.faults.on("DELETE", f"flows/{idle(play, 1)}", faults.Hold())
    await confirm(modal)
    await hold.reached()
    await omar.sees_modal(text="Backing up, then deleting…")
    hold.release()
    outcome = await omar.sees(text="Deleted 2 of 2 workflows.", channel="dm")
    assert outcome.text.count("copy `") == 2
    assert play.vi.requests.count("PUT") == 2


async def test_a_dry_run_of_several_says_of_each_what_it_would_meet(play: Playground) -> None:
    message = await asked(play.slack.user("omar"), f"/vi delete {idle(play)} {busy(play)} --dry-run")
    assert "“Spills on the floor” could be deleted." in message.text
    assert "“Blocked emergency exits” could not be deleted now." in message.text
    assert await stages(play) == ["note ok", "note ok"]


async def test_one_whose_end_nobody_knows_is_counted_apart(play: Playground) -> None:
    omar, ids = play.slack.user("omar"), [idle(play), idle(play, 1)]
    modal = await ask_about(omar, *ids)
    play.vi.faults.on("DELETE", f"flows/{ids[0]}", faults.Cut())
    play.vi.faults.on("GET", f"flows/{ids[0]}", faults.error(400), after=1, times=None)
    await confirm(modal, back_up=False)
    await omar.sees(text="Deleted 1 of 2 workflows. Not known: 1.", channel="dm")


async def test_a_fault_of_the_bots_own_in_one_leaves_the_others(
    start: Start, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    play = await start()
    omar, ids = play.slack.user("omar"), [idle(play), idle(play, 1)]
    modal = await ask_about(omar, *ids)
    broken_off = iter([True])
    require = locking.require_unlocked

    async def broken(*arguments: Any) -> None:
        if next(broken_off, False):
            raise RuntimeError("planted")
        await require(*arguments)

    monkeypatch.setattr("bot.operations.deletion.require_unlocked", broken)
    await confirm(modal, back_up=False)
    outcome = await omar.sees(text="Deleted 1 of 2 workflows. Not known: 1.", channel="dm")
    assert "The bot broke this off because of a fault of its own." in outcome.text
    assert "broke off" in caplog.text
    assert "unknown fault" in await stages(play)


@pytest.mark.sqlite_only("the file is taken away; a database that is away: tests/replicas")
async def test_a_store_that_goes_away_in_the_middle_stops_what_has_not_begun(start: Start, store: Path) -> None:
    play = await start()
    omar, ids = play.slack.user("omar"), [idle(play, index) for index in range(3)]
    modal = await ask_about(omar, *ids)
    hold = play.vi.faults.on("DELETE", f"flows/{ids[0]}", faults.Hold())
    await confirm(modal, back_up=False)
    await hold.reached()
    elsewhere = store.rename(store.with_suffix(".elsewhere"))
    hold.release()
    outcome = await omar.sees(text="Deleted 1 of 3 workflows.", channel="dm")
    assert outcome.text.count("Nothing was sent.") == 2
    await play.bot.work.drain(5)
    elsewhere.rename(store)
    await bring_in_spooled(play.bot.resources)
    await resume_confirmed(play.bot)
    assert play.vi.requests.count("DELETE") == 1
    assert sorted((await stages(play))[-3:]) == ["failed store_unavailable"] * 2 + ["succeeded ok"]


async def broken_off(play: Playground, ids: list[str]) -> None:
    """Stop in the middle of the second one, as a process that is killed."""
    omar = play.slack.user("omar")
    modal = await ask_about(omar, *ids)
    hold = play.vi.faults.on("DELETE", f"flows/{ids[1]}", faults.Hold())
    await confirm(modal, back_up=False)
    await hold.reached()
    assert await play.bot.work.drain(0) == 1
    hold.cut()


async def settle(play: Playground) -> None:
    async for settled in settle_open_operations(play.bot.resources):
        await announce_settled(play.bot, settled)


async def test_what_was_broken_off_waits_until_it_is_known_what_came_of_the_one_in_the_middle(start: Start) -> None:
    play = await start()
    omar, ids = play.slack.user("omar"), [idle(play, index) for index in range(4)]
    await broken_off(play, ids)
    await resume_confirmed(play.bot)
    assert play.vi.requests.count("DELETE") == 2
    await settle(play)
    await resume_confirmed(play.bot)
    outcome = await omar.sees(text="Deleted 3 of 4 workflows.", channel="dm")
    assert "“Manhole covers” was not deleted." in outcome.text
    assert play.vi.requests.count("DELETE") == 4
    await resume_confirmed(play.bot)
    assert play.vi.requests.count("DELETE") == 4


async def test_what_was_broken_off_long_ago_is_ended_as_interrupted(start: Start) -> None:
    clock = TurnedClock()
    play = await start(clock=clock)
    omar, ids = play.slack.user("omar"), [idle(play, index) for index in range(4)]
    await broken_off(play, ids)
    clock.ahead = timedelta(minutes=15, seconds=1)
    await settle(play)
    await resume_confirmed(play.bot)
    outcome = await omar.sees(text="Deleted 1 of 4 workflows.", channel="dm")
    assert outcome.text.count("The bot was interrupted before it came to this one. Nothing was sent.") == 2
    assert play.vi.requests.count("DELETE") == 2
    assert (await stages(play))[-2:] == ["failed interrupted"] * 2
    assert await play.bot.resources.store.confirmations({ConfirmationState.CLAIMED}) == []


async def test_a_role_that_is_gone_when_the_rest_is_resumed_stops_the_rest(start: Start) -> None:
    clock = TurnedClock()
    play = await start(clock=clock)
    omar, ids = play.slack.user("omar"), [idle(play, index) for index in range(3)]
    await broken_off(play, ids)
    play.slack.state.directory.groups[play.slack.group_id("ml-ops")].members.remove(omar.id)
    clock.ahead = timedelta(minutes=1)
    await settle(play)
    await resume_confirmed(play.bot)
    outcome = await omar.sees(text="Deleted 1 of 3 workflows.", channel="dm")
    assert "The person who asked may not do this any more. Nothing was sent." in outcome.text
    assert play.vi.requests.count("DELETE") == 2


async def test_a_batch_that_this_process_is_carrying_out_is_not_resumed(play: Playground) -> None:
    omar, ids = play.slack.user("omar"), [idle(play), idle(play, 1)]
    modal = await ask_about(omar, *ids)
    hold = play.vi.faults.on("DELETE", f"flows/{ids[0]}", faults.Hold())
    await confirm(modal, back_up=False)
    await hold.reached()
    await resume_confirmed(play.bot)
    await settle(play)
    hold.release()
    await omar.sees(text="Deleted 2 of 2 workflows.", channel="dm")
    assert play.vi.requests.count("DELETE") == 2


async def test_a_process_killed_in_the_middle_of_a_batch_goes_on_at_the_next_start(tmp_path: Path) -> None:
    store = tmp_path / "vi-bot.db"
    slack = await SlackWorkspace.start("manifest.yml")
    async with ViEmulator.start() as vi:
        bot = BotProcess(slack, vi, store)
        await bot.start()
        omar, organization = slack.user("omar"), vi.organization
        ids = [each for each in organization.workflow_ids() if not organization.active_runs_of(each)][:6]
        modal = await ask_about(omar, *ids)
        hold = vi.faults.on("DELETE", f"flows/{ids[2]}", faults.Hold(moment=faults.AFTER))
        await confirm(modal, back_up=False)
        await hold.reached()
        await bot.kill()
        hold.cut()
        omar.reload()
        slack.clock.advance(minutes=1)  # Slack lets an app open one connection a minute.
        await bot.start()
        outcome = await omar.sees(text="Deleted 6 of 6 workflows.", channel="dm", timeout=15)
        assert outcome.text.count("Undo") >= 6
        assert await bot.kill(signal.SIGTERM) == 0
        deletes = [each.path for each in vi.requests.matching("DELETE")]
        assert not set(ids) & set(organization.workflow_ids())
    await slack.stop()
    assert len(deletes) == len(set(deletes)) == 6
    query = TrailQuery(action=Action.DELETE, stage=Stage.SUCCEEDED, limit=100)
    ends = [content_of(each) for each in read_trail(store, query)]
    assert sorted(each.target.id for each in ends if each.target) == sorted(ids)
    assert verify_file(store).verdict is Verdict.SOUND
