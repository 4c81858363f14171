"""The way back: Undo, restore, what it says, what it refuses, and what it does when an answer is lost."""

import asyncio
import signal
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.app import Timing
from bot.domain.audit import content_of
from bot.domain.confirmation import Approval
from bot.domain.errors import StoreUnavailable
from bot.domain.people import PersonId
from bot.ports import TrailQuery
from bot.vi.retries import Limits
from handlers.announcements import rewrite_requests
from sandbox.playground import AUDIT_CHANNEL, Playground
from sandbox.slack.driver.page import MessageHandle
from sandbox.slack.driver.view import ModalHandle
from sandbox.slack.workspace import SlackWorkspace
from sandbox.vi import faults
from sandbox.vi.server import ViEmulator
from tests.journeys.conftest import Start
from tests.journeys.steps import TurnedClock, asked, confirm, dialogue, idle, phrase_of
from tests.journeys.test_crash import BotProcess
from tests.journeys.test_deleting import stages
from tests.store.samples import a_confirmation, a_snapshot

NAME = "Spills on the floor"
RESTORE = "vi.workflow.restore"
AGAIN = "It does not exist now. It is made again under its old id"
OVER = "These places would be written over"


def kept(document: dict[str, Any]) -> tuple[Any, Any]:
    """What a restoration must bring back."""
    return document["spec"], document["metadata"]["attributes"]


def edit(play: Playground, workflow_id: str, seed: int) -> None:
    """Somebody changes a workflow in Vi's own pages."""
    play.vi.organization.change_workflow(workflow_id, {"settings": {"seed": seed}})


async def delete(play: Playground, workflow_id: str, *, back_up: bool = False) -> MessageHandle:
    """Delete it; the direct message that says so."""
    omar = play.slack.user("omar")
    mark = omar.now()
    await confirm(await dialogue(omar, f"/vi delete {workflow_id}"), back_up=back_up)
    return await omar.sees(text="Deleted “", channel="dm", after=mark)


async def overwrite(play: Playground, modal: ModalHandle, reason: str = "it was better before") -> MessageHandle:
    """Answer the dialogue of a restoration that writes over something; the direct message that says what came of it."""
    omar = play.slack.user("omar")
    mark = omar.now()
    assert (await modal.submit(phrase=phrase_of(modal), reason=reason)).errors == {}
    return await omar.sees(text="estored", channel="dm", after=mark)


async def last_operation(play: Playground, action: str) -> str:
    """The id of the newest operation of this kind."""
    found = await play.bot.resources.store.trail(TrailQuery(limit=100))
    return next(content_of(each).operation_id for each in found if content_of(each).action == action)


async def test_undo_in_the_direct_message_brings_a_workflow_back_and_takes_every_undo_away(play: Playground) -> None:
    omar, vera, workflow_id = play.slack.user("omar"), play.slack.user("vera"), idle(play)
    source = play.vi.organization.workflow(workflow_id)
    told = await delete(play, workflow_id, back_up=True)
    line = await vera.sees(text="Reason: Not needed", channel=AUDIT_CHANNEL)
    assert told.buttons == line.buttons == ["Undo"]
    mark = omar.now()
    await told.click("Undo")
    modal = await omar.sees_modal(text=AGAIN)
    assert modal.fields == []
    assert "Not brought back: when it was created, its version and its etag." in modal.text
    await modal.submit()
    outcome = await omar.sees(text=f"Restored “{NAME}”", channel="dm", after=mark)
    assert "its version and its etag are new" in outcome.text
    assert outcome.buttons == []
    assert kept(play.vi.organization.workflow(workflow_id)) == kept(source)
    for message in (told, line):
        rewritten = await message.updated("Restored by @omar")
        assert rewritten.buttons == []
        assert f"Deleted “{NAME}”." in rewritten.text
    assert "Restored by" in line.refresh().fallback_text
    assert await stages(play, RESTORE) == ["requested", "started", "succeeded ok"]


async def test_undo_in_the_dialogue_goes_on_in_the_same_dialogue(play: Playground) -> None:
    omar, workflow_id = play.slack.user("omar"), idle(play)
    told = await delete(play, workflow_id)
    modal = await omar.sees_modal(text="Deleted “")
    await modal.click("Undo")
    await modal.updated(AGAIN)
    await modal.submit()
    await modal.updated("Restored “")
    assert modal.buttons == []
    await told.updated("Restored by @omar")
    assert workflow_id in play.vi.organization.workflow_ids()


async def test_undo_in_the_audit_channel_is_for_operators(play: Playground) -> None:
    workflow_id, vera, alice = idle(play), play.slack.user("vera"), play.slack.user("alice")
    await delete(play, workflow_id)
    await (await vera.sees(text="Reason: Not needed", channel=AUDIT_CHANNEL)).click("Undo")
    await vera.sees(text="needs the role operator", channel=AUDIT_CHANNEL)
    assert vera.modal is None
    line = await alice.sees(text="Reason: Not needed", channel=AUDIT_CHANNEL)
    await line.click("Undo")
    await (await alice.sees_modal(text=AGAIN)).submit()
    await line.updated("Restored by @alice")
    assert await stages(play, RESTORE) == ["denied refused", "requested", "started", "succeeded ok"]


async def test_undo_asked_in_the_dialogue_by_somebody_whose_role_is_gone_says_so_there(start: Start) -> None:
    clock = TurnedClock()
    play = await start(clock=clock)
    omar = play.slack.user("omar")
    await delete(play, idle(play))
    modal = await omar.sees_modal(text="Deleted “")
    clock.ahead = timedelta(hours=1)
    play.slack.state.directory.groups[play.slack.group_id("ml-ops")].members.remove(omar.id)
    await modal.click("Undo")
    await modal.updated("needs the role operator")


async def test_an_id_that_vi_does_not_take_again_is_replaced_and_said_plainly(play: Playground) -> None:
    omar, workflow_id = play.slack.user("omar"), idle(play)
    source = play.vi.organization.workflow(workflow_id)
    told = await delete(play, workflow_id)
    play.vi.faults.on("PUT", "flows/*", faults.RefuseReusedId())
    mark = omar.now()
    await told.click("Undo")
    await (await omar.sees_modal(text=AGAIN)).submit()
    outcome = await omar.sees(text="Restored “", channel="dm", after=mark)
    new_id = play.vi.organization.workflow_ids()[0]
    assert new_id != workflow_id
    assert f"Vi did not take its old id. Its new id is {new_id}." in outcome.text
    assert kept(play.vi.organization.workflow(new_id)) == kept(source)
    await told.updated("Restored by @omar")
    entry = content_of((await play.bot.resources.store.trail(TrailQuery(limit=1)))[0])
    assert entry.details["new_id"] == new_id
    # It lives under its new id: the old one brings nothing back a second time.
    modal = await dialogue(omar, f"/vi restore {workflow_id}", "was brought back already")
    assert f"It has the id {new_id} now." in modal.text
    assert modal.submit_text is None
    # Deleted under its new id, too, it can be brought back from either.
    await delete(play, new_id)
    await (await dialogue(omar, f"/vi restore {workflow_id}", AGAIN)).close()
    await dialogue(omar, f"/vi restore {new_id}", AGAIN)


async def test_a_workflow_that_vi_refuses_under_any_id_is_not_restored(play: Playground) -> None:
    omar, workflow_id = play.slack.user("omar"), idle(play)
    told = await delete(play, workflow_id)
    play.vi.faults.on("PUT", "flows/*", faults.error(422, body={"message": "no such project"}), times=2)
    await told.click("Undo")
    await (await omar.sees_modal(text=AGAIN)).submit()
    outcome = await omar.sees(text="was not restored", channel="dm")
    assert "no such project" in outcome.text
    assert told.refresh().buttons == ["Undo"]
    assert await stages(play, RESTORE) == ["requested", "started", "failed vi_refused"]


async def test_a_new_id_that_is_taken_is_never_written_over(play: Playground) -> None:
    omar, workflow_id = play.slack.user("omar"), idle(play)
    await delete(play, workflow_id)
    modal = await dialogue(omar, f"/vi restore {workflow_id}", AGAIN)
    taken = await last_operation(play, RESTORE)
    spec = play.vi.organization.workflow(idle(play))["spec"]
    play.vi.organization.add_workflow(spec, workflow_id=taken)
    play.vi.faults.on("PUT", "flows/*", faults.RefuseReusedId())
    await modal.submit()
    await omar.sees(text="The id made for it is taken", channel="dm")
    assert play.vi.organization.workflow(taken)["metadata"]["generation"] == 1


async def test_a_workflow_is_restored_by_its_name_by_the_beginning_of_its_id_and_by_the_operation(
    play: Playground,
) -> None:
    omar, workflow_id = play.slack.user("omar"), idle(play)
    await delete(play, workflow_id)
    operation_id = await last_operation(play, "vi.workflow.delete")
    for reference in (f'"{NAME}"', workflow_id[:8], operation_id):
        modal = await dialogue(omar, f"/vi restore {reference}", AGAIN)
        assert workflow_id in modal.text
        await modal.close()


async def test_writing_over_a_changed_workflow_asks_for_its_name_and_can_be_undone_itself(play: Playground) -> None:
    omar, vera, workflow_id = play.slack.user("omar"), play.slack.user("vera"), idle(play)
    await asked(omar, f"/vi backup {workflow_id}")
    before = play.vi.organization.workflow(workflow_id)
    edit(play, workflow_id, 7)
    changed = play.vi.organization.workflow(workflow_id)
    modal = await dialogue(omar, f"/vi restore {workflow_id}", OVER)
    assert "/spec/settings/seed" in modal.text
    assert (await modal.submit(phrase="wrong", reason="x")).errors != {}
    assert list((await modal.submit(phrase=phrase_of(modal), reason="  ")).errors) == ["Why?"]
    first = await overwrite(play, modal)
    assert kept(play.vi.organization.workflow(workflow_id)) == kept(before)
    line = await vera.sees(text="Reason: it was better before", channel=AUDIT_CHANNEL)
    assert first.buttons == line.buttons == ["Undo"]
    await first.click("Undo")
    second = await overwrite(play, await omar.sees_modal(text=OVER))
    assert kept(play.vi.organization.workflow(workflow_id)) == kept(changed)
    for message in (first, line):
        assert (await message.updated("Restored by @omar")).buttons == []
    assert second.buttons == ["Undo"]


async def test_the_dialogue_of_a_restoration_shows_the_facts_of_the_deletion(play: Playground) -> None:
    omar, workflow_id = play.slack.user("omar"), idle(play)
    asks = await dialogue(omar, f"/vi delete {workflow_id}")
    facts = [block["fields"] for block in asks.blocks if "fields" in block]
    await confirm(asks, back_up=False)
    await omar.sees(text="Deleted “", channel="dm")
    modal = await dialogue(omar, f"/vi restore {workflow_id}", AGAIN)
    assert [block["fields"] for block in modal.blocks if "fields" in block] == facts
    assert [field["text"].split("\n")[0] for field in facts[0]] == ["Project", "Model", "Dataset", "Blocks"]
    assert "The project's name could not be read" not in modal.text


async def test_a_project_whose_name_cannot_be_read_holds_up_no_restoration(play: Playground) -> None:
    omar, workflow_id = play.slack.user("omar"), idle(play)
    await delete(play, workflow_id)
    play.vi.faults.on("GET", "trainingProjects", faults.error(403))
    modal = await dialogue(omar, f"/vi restore {workflow_id}", AGAIN)
    assert "The project's name could not be read from Vi, so its id stands here." in modal.text


async def test_a_snapshot_that_cannot_be_shown_is_restored_as_it_was_kept(play: Playground) -> None:
    omar = play.slack.user("omar")
    document = dict(play.vi.organization.workflow(idle(play)))
    del document["etag"]
    await play.bot.resources.store.keep_snapshot(a_snapshot(document, workflow="of-another-version"))
    modal = await dialogue(omar, "/vi restore of-another-version", AGAIN)
    assert "What is in the snapshot cannot be shown here. It would be brought back as it was kept." in modal.text
    await modal.submit()
    await omar.sees(text="Restored “", channel="dm")
    assert kept(play.vi.organization.workflow("of-another-version")) == kept(document)


async def test_a_reason_is_not_asked_for_where_the_configuration_says_so(start: Start) -> None:
    play = await start(VI_BOT_REASON_REQUIRED="false")
    omar, workflow_id = play.slack.user("omar"), idle(play)
    await asked(omar, f"/vi backup {workflow_id}")
    edit(play, workflow_id, 7)
    await overwrite(play, await dialogue(omar, f"/vi restore {workflow_id}", OVER), reason="")


async def test_a_workflow_that_changed_after_the_question_is_not_written_over(play: Playground) -> None:
    omar, workflow_id = play.slack.user("omar"), idle(play)
    await asked(omar, f"/vi backup {workflow_id}")
    edit(play, workflow_id, 7)
    modal = await dialogue(omar, f"/vi restore {workflow_id}", OVER)
    edit(play, workflow_id, 8)
    outcome = await overwrite(play, modal)
    assert "was changed after you looked" in outcome.text
    assert "/spec/settings/seed" in outcome.text
    assert play.vi.organization.workflow(workflow_id)["spec"]["settings"]["seed"] == 8
    assert (await stages(play, RESTORE))[-1] == "failed changed"


async def test_a_workflow_that_somebody_made_again_meanwhile_is_not_written_over(play: Playground) -> None:
    omar, workflow_id = play.slack.user("omar"), idle(play)
    spec = play.vi.organization.workflow(workflow_id)["spec"]
    await delete(play, workflow_id)
    modal = await dialogue(omar, f"/vi restore {workflow_id}", AGAIN)
    play.vi.organization.add_workflow({**spec, "name": "Another"}, workflow_id=workflow_id)
    await modal.submit()
    await omar.sees(text="was changed after you looked", channel="dm")
    assert play.vi.organization.workflow(workflow_id)["spec"]["name"] == "Another"


async def test_there_is_nothing_to_restore_where_all_is_as_it_was(play: Playground) -> None:
    omar, workflow_id = play.slack.user("omar"), idle(play)
    await asked(omar, f"/vi backup {workflow_id}")
    modal = await dialogue(omar, f"/vi restore {workflow_id}", "There is nothing to bring back.")
    assert modal.submit_text is None
    assert await stages(play, RESTORE) == ["failed nothing_to_restore"]


async def test_a_reference_that_no_snapshot_bears_is_said_so(play: Playground) -> None:
    omar = play.slack.user("omar")
    await dialogue(omar, "/vi restore nothing", "The bot keeps no snapshot of “nothing”.")
    assert "keeps no snapshot of “nothing”" in (await asked(omar, "/vi backups nothing")).text


async def test_of_several_workflows_with_one_name_none_is_guessed_and_a_whole_id_outranks_a_name(
    play: Playground,
) -> None:
    omar, workflow_id = play.slack.user("omar"), idle(play)
    organization = play.vi.organization
    spec = organization.workflow(workflow_id)["spec"]
    namesake = organization.add_workflow(spec)
    impostor = organization.add_workflow({**spec, "name": workflow_id})
    for each in (workflow_id, namesake, impostor):
        await delete(play, each)
    await dialogue(omar, f'/vi restore "{NAME}"', f"2 workflows are meant by “{NAME}”.")
    modal = await dialogue(omar, f"/vi restore {workflow_id}", AGAIN)
    assert NAME in modal.text


async def test_a_lost_answer_is_settled_by_looking_at_the_old_id(start: Start) -> None:
    play = await start(timing=Timing(patience=5, recovery=3600, look_back=(0.0,), vi=Limits(creating=0.5)))
    omar, workflow_id = play.slack.user("omar"), idle(play)
    told = await delete(play, workflow_id)
    hold = play.vi.faults.on("PUT", "flows/*", faults.Hold(moment=faults.AFTER), times=None)
    mark = omar.now()
    await told.click("Undo")
    await (await omar.sees_modal(text=AGAIN)).submit()
    outcome = await omar.sees(text="Restored “", channel="dm", after=mark)
    hold.release()
    assert "The bot looked: the workflow is back, and equal to its snapshot." in outcome.text
    assert workflow_id in play.vi.organization.workflow_ids()
    await told.updated("Restored by @omar")


async def test_a_lost_answer_is_settled_by_looking_at_the_new_id_too(start: Start) -> None:
    play = await start(timing=Timing(patience=5, recovery=3600, look_back=(0.0,), vi=Limits(creating=0.5)))
    omar, workflow_id = play.slack.user("omar"), idle(play)
    told = await delete(play, workflow_id)
    modal = await dialogue(omar, f"/vi restore {workflow_id}", AGAIN)
    new_id = await last_operation(play, RESTORE)
    play.vi.faults.on("PUT", f"flows/{workflow_id}", faults.RefuseReusedId())
    hold = play.vi.faults.on("PUT", f"flows/{new_id}", faults.Hold(moment=faults.AFTER), times=None)
    mark = omar.now()
    await modal.submit()
    outcome = await omar.sees(text="Restored “", channel="dm", after=mark)
    hold.release()
    assert "The bot looked: the workflow is back, and equal to its snapshot." in outcome.text
    assert f"Vi did not take its old id. Its new id is {new_id}." in outcome.text
    await told.updated("Restored by @omar")


async def test_a_restoration_that_never_arrived_is_found_out(start: Start) -> None:
    play = await start(timing=Timing(patience=5, recovery=3600, look_back=(0.0,), vi=Limits(creating=0.5)))
    omar, workflow_id = play.slack.user("omar"), idle(play)
    told = await delete(play, workflow_id)
    hold = play.vi.faults.on("PUT", "flows/*", faults.Hold(), times=None)
    await told.click("Undo")
    await (await omar.sees_modal(text=AGAIN)).submit()
    outcome = await omar.sees(text="was not restored", channel="dm")
    hold.cut()
    assert "The bot looked: the workflow is not back." in outcome.text
    assert told.refresh().buttons == ["Undo"]
    assert workflow_id not in play.vi.organization.workflow_ids()


async def test_an_end_that_nobody_knows_is_settled_by_recovery_which_takes_the_undo_away(start: Start) -> None:
    play = await start(timing=Timing(patience=5, recovery=0.05, look_back=(0.0,), vi=Limits(reading=0.3)))
    omar, workflow_id = play.slack.user("omar"), idle(play)
    told = await delete(play, workflow_id)
    modal = await dialogue(omar, f"/vi restore {workflow_id}", AGAIN)

    def fall_silent() -> None:
        play.vi.faults.on("GET", "flows/*", faults.error(503), times=None)

    play.vi.faults.on("PUT", "flows/*", faults.Meanwhile(fall_silent, moment=faults.AFTER))
    await modal.submit()
    await omar.sees(text="Not known whether “Spills on the floor” was restored", channel="dm")
    play.vi.faults.clear()
    settled = await omar.sees(text="The restoration of “Spills on the floor” was interrupted", channel="dm")
    assert "the workflow is back, and equal to its snapshot" in settled.text
    assert "Its id is the old one or" in settled.text
    await told.updated("Restored by @omar")
    assert (await stages(play, RESTORE))[-1] == "succeeded reconciled_done"
    assert play.vi.requests.count("PUT") == 1


async def test_a_deletion_that_recovery_found_out_can_be_undone_as_well(start: Start) -> None:
    play = await start(timing=Timing(patience=5, recovery=0.05, look_back=(0.0,), vi=Limits(reading=0.3)))
    omar, workflow_id = play.slack.user("omar"), idle(play)
    modal = await dialogue(omar, f"/vi delete {workflow_id}")
    cut = play.vi.faults.on("DELETE", "flows/*", faults.Hold(moment=faults.AFTER))
    await confirm(modal, back_up=False)
    await cut.reached()
    play.vi.faults.on("GET", "flows/*", faults.error(503), times=None)
    cut.cut()
    unknown = await omar.sees(text="Not known whether", channel="dm")
    assert unknown.buttons == []
    play.vi.faults.clear()
    settled = await omar.sees(text="The deletion of “Spills on the floor” was interrupted", channel="dm")
    await settled.click("Undo")
    await (await omar.sees_modal(text=AGAIN)).submit()
    await settled.updated("Restored by @omar")
    assert workflow_id in play.vi.organization.workflow_ids()


async def test_a_repetition_that_vi_refuses_makes_no_second_workflow(play: Playground) -> None:
    omar, workflow_id = play.slack.user("omar"), idle(play)
    told = await delete(play, workflow_id)
    count = len(play.vi.organization.workflow_ids())
    play.vi.faults.on("PUT", "flows/*", faults.Cut(moment=faults.AFTER))
    play.vi.faults.on("PUT", "flows/*", faults.RefuseReusedId(), after=1)
    mark = omar.now()
    await told.click("Undo")
    await (await omar.sees_modal(text=AGAIN)).submit()
    outcome = await omar.sees(text="Restored “", channel="dm", after=mark)
    assert "The bot looked: the workflow is back" in outcome.text
    assert "new id" not in outcome.text
    assert len(play.vi.organization.workflow_ids()) == count + 1


async def test_what_comes_back_different_is_said_with_the_places(play: Playground) -> None:
    omar, workflow_id = play.slack.user("omar"), idle(play)
    told = await delete(play, workflow_id)
    spoil = faults.Meanwhile(lambda: edit(play, workflow_id, 0), moment=faults.AFTER)
    play.vi.faults.on("PUT", "flows/*", spoil)
    await told.click("Undo")
    await (await omar.sees_modal(text=AGAIN)).submit()
    outcome = await omar.sees(text="was not restored", channel="dm")
    assert "it differs from its snapshot in 1 places" in outcome.text
    assert "/spec/settings/seed" in outcome.text
    assert (await stages(play, RESTORE))[-1] == "failed backup_differs"


async def test_undo_is_offered_for_each_of_several_and_taken_away_one_by_one(play: Playground) -> None:
    omar, vera = play.slack.user("omar"), play.slack.user("vera")
    first, second = idle(play), idle(play, 1)
    modal = await dialogue(omar, f"/vi delete {first} {second}")
    await confirm(modal, back_up=False)
    told = await omar.sees(text="Deleted 2 of 2 workflows", channel="dm")
    line = await vera.sees(text="Reason: Not needed", channel=AUDIT_CHANNEL)
    assert told.buttons == ["Undo", "Undo"]
    assert "Each can be brought back" in line.text
    await told.click("Undo", near=NAME)
    await (await omar.sees_modal(text=AGAIN)).submit()
    told = await told.updated("Restored by @omar")
    assert told.buttons == ["Undo"]
    assert "Each can be brought back" in (await line.updated(f"“{NAME}”")).text
    await told.click("Undo")
    await (await omar.sees_modal(text=AGAIN)).submit()
    await line.updated("“Manhole covers”")
    assert "Each can be brought back" not in line.text
    assert told.refresh().buttons == []


async def test_an_undo_from_before_a_later_deletion_still_works_or_says_why_not(play: Playground) -> None:
    omar, workflow_id = play.slack.user("omar"), idle(play)
    told = await delete(play, workflow_id)
    await (await dialogue(omar, f"/vi restore {workflow_id}", AGAIN)).submit()
    await told.updated("Restored by @omar")
    again = await delete(play, workflow_id)
    assert again.buttons == ["Undo"]
    await (await dialogue(omar, f"/vi restore {workflow_id}", AGAIN)).submit()
    await again.updated("Restored by @omar")


async def test_the_list_of_backups_shows_copies_and_snapshots_and_restores_each(start: Start) -> None:
    clock = TurnedClock()
    play = await start(clock=clock)
    omar, workflow_id = play.slack.user("omar"), idle(play)
    assert "The bot keeps no snapshot." in (await asked(omar, "/vi backups")).text
    await asked(omar, f"/vi backup {workflow_id}")
    clock.ahead = timedelta(minutes=2)
    edit(play, workflow_id, 7)

    def spoil() -> None:
        edit(play, play.vi.organization.workflow_ids()[0], 0)

    play.vi.faults.on("PUT", "flows/*", faults.Meanwhile(spoil, moment=faults.AFTER))
    await asked(omar, f"/vi backup {workflow_id}")
    edit(play, workflow_id, 8)
    await delete(play, workflow_id)
    listed = await asked(play.slack.user("vera"), f"/vi backups {workflow_id}")
    assert "The newest 3 snapshots" in listed.text
    for says in ("kept by the bot", "it differs", "verified"):
        assert says in listed.text
    mine = await asked(omar, "/vi backups")
    assert mine.buttons == ["Restore…"] * 3
    oldest = (await play.bot.resources.store.find_snapshots(workflow_id, 10))[-1]
    await mine.click(f"Restore… {NAME} of {oldest.taken_at:%Y-%m-%d %H:%M} UTC")
    await (await omar.sees_modal(text=AGAIN)).submit()
    await omar.sees(text="Restored “", channel="dm")
    assert play.vi.organization.workflow(workflow_id)["spec"]["settings"].get("seed") not in {7, 8}


async def test_a_copy_that_is_not_compared_yet_and_older_snapshots_are_said_so(start: Start) -> None:
    play = await start(timing=Timing(patience=5, recovery=3600, look_back=(0.0,), vi=Limits(creating=0.3)))
    omar = play.slack.user("omar")
    hold = play.vi.faults.on("PUT", "flows/*", faults.Hold(), times=None)
    await asked(omar, f"/vi backup {idle(play)}")
    hold.cut()
    assert "not compared" in (await asked(omar, "/vi backups")).text
    play.vi.faults.clear()
    for _ in range(15):
        await (await dialogue(omar, f"/vi delete {idle(play)}")).close()
    assert "There are older ones." in (await asked(omar, "/vi backups")).text


async def test_a_memory_that_fails_after_a_restoration_hides_no_outcome(
    start: Start, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    play = await start()
    omar, workflow_id = play.slack.user("omar"), idle(play)
    await delete(play, workflow_id)
    modal = await dialogue(omar, f"/vi restore {workflow_id}", AGAIN)
    refused = asyncio.Event()

    async def failing(*_asked: Any) -> Any:
        refused.set()
        raise StoreUnavailable("The disk is full.")

    monkeypatch.setattr(play.bot.resources.store, "confirmation_of", failing)
    await modal.submit()
    await omar.sees_modal(text="Restored “")
    await refused.wait()
    assert "who offered to bring it back could not be read" in caplog.text


async def test_a_memory_that_fails_hides_no_decision(
    start: Start, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    play = await start()

    async def failing(*_asked: Any) -> Any:
        raise StoreUnavailable("The disk is full.")

    monkeypatch.setattr(play.bot.resources.store, "confirmation", failing)
    asked_for = a_confirmation()
    await rewrite_requests(play.bot, replace(asked_for, approval=Approval(asked_for.expires_at, "")))
    assert "where it is shown could not be read" in caplog.text


async def test_a_place_that_cannot_be_kept_hides_no_outcome(
    start: Start, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    play = await start()
    omar, workflow_id = play.slack.user("omar"), idle(play)
    modal = await dialogue(omar, f"/vi delete {workflow_id}")
    refused = asyncio.Event()

    async def failing(*_asked: Any) -> Any:
        refused.set()
        raise StoreUnavailable("The disk is full.")

    monkeypatch.setattr(play.bot.resources.store, "keep_posts", failing)
    await confirm(modal, back_up=False)
    await omar.sees_modal(text="Deleted “")
    await refused.wait()
    assert "where its outcome stands could not be kept" in caplog.text


@pytest.mark.parametrize("moment", list(faults.Moment))
async def test_a_bot_killed_while_it_restores_finds_out_what_came_of_it(tmp_path: Path, moment: faults.Moment) -> None:
    slack = await SlackWorkspace.start("manifest.yml")
    async with ViEmulator.start() as vi:
        bot = BotProcess(slack, vi, tmp_path / "vi-bot.db")
        await bot.start()
        omar = slack.user("omar")
        workflow_id = vi.organization.workflow_ids("Manhole covers")[0]
        await confirm(await dialogue(omar, f"/vi delete {workflow_id}"), back_up=False)
        told = await omar.sees(text="Deleted “", channel="dm")
        hold = vi.faults.on("PUT", "flows/*", faults.Hold(moment=moment))
        await told.click("Undo")
        await (await omar.sees_modal(text=AGAIN)).submit()
        await hold.reached()
        await bot.kill()
        hold.cut()
        slack.clock.advance(minutes=1)  # Slack lets an app open one connection a minute.
        await bot.start()
        settled = await omar.sees(text="was interrupted", channel="dm", timeout=15)
        done = moment is faults.AFTER
        assert ("the workflow is back, and equal to its snapshot" in settled.text) is done
        assert vi.organization.workflow_ids("Manhole covers") == ([workflow_id] if done else [])
        vi.faults.clear()
        if not done:
            omar.reload()
            await told.click("Undo")
            await (await omar.sees_modal(text=AGAIN)).submit()
        await told.updated("Restored by @omar")
        assert vi.organization.workflow_ids("Manhole covers") == [workflow_id]
        assert vi.requests.count("PUT") == (1 if done else 2)
        assert await bot.kill(signal.SIGTERM) == 0
    await slack.stop()


async def test_without_an_audit_channel_the_undo_of_the_direct_message_is_taken_away(start: Start) -> None:
    play = await start(VI_BOT_AUDIT_CHANNEL="")
    omar = play.slack.user("omar")
    told = await delete(play, idle(play))
    await told.click("Undo")
    await (await omar.sees_modal(text=AGAIN)).submit()
    await told.updated("Restored by @omar")


async def test_where_the_direct_message_failed_the_undo_of_the_line_is_taken_away(start: Start) -> None:
    play = await start()
    omar, alice = play.slack.user("omar"), play.slack.user("alice")
    modal = await dialogue(omar, f"/vi delete {idle(play)}")
    play.slack.faults.on("chat.postMessage", error="internal_error")
    await confirm(modal, back_up=False)
    line = await alice.sees(text="Reason: Not needed", channel=AUDIT_CHANNEL)
    await line.click("Undo")
    await (await alice.sees_modal(text=AGAIN)).submit()
    await line.updated("Restored by @alice")


async def test_where_the_line_failed_the_undo_of_the_direct_message_is_taken_away(start: Start) -> None:
    play = await start()
    omar = play.slack.user("omar")
    modal = await dialogue(omar, f"/vi delete {idle(play)}")
    play.slack.faults.on("chat.postMessage", error="internal_error", after=1)
    await confirm(modal, back_up=False)
    told = await omar.sees(text="Deleted “", channel="dm")
    mark = omar.now()
    await told.click("Undo")
    await (await omar.sees_modal(text=AGAIN)).submit()
    await omar.sees(text="Restored “", channel="dm", after=mark)
    await told.updated("Restored by @omar")


async def test_the_undo_of_a_deletion_that_was_agreed_to_leaves_the_request_as_it_is(start: Start) -> None:
    play = await start(VI_BOT_APPROVALS=({"actions": ["delete"]},))
    omar, paula, workflow_id = play.slack.user("omar"), play.slack.user("paula"), idle(play)
    await confirm(await dialogue(omar, f"/vi delete {workflow_id}"), back_up=False)
    request = await paula.sees(text=NAME, channel=AUDIT_CHANNEL)
    await request.click("Approve")
    told = await omar.sees(text="Deleted “", channel="dm")
    assert "agreed by @paula" in told.text
    await told.click("Undo")
    await (await omar.sees_modal(text=AGAIN)).submit()
    await told.updated("Restored by @omar")
    await request.updated("Agreed by @paula")
    assert request.buttons == []
    assert workflow_id in play.vi.organization.workflow_ids()


async def test_bringing_back_what_was_deleted_needs_no_second_person_and_writing_over_does(start: Start) -> None:
    play = await start(VI_BOT_APPROVALS=({"actions": ["restore"]},))
    omar, paula, workflow_id = play.slack.user("omar"), play.slack.user("paula"), idle(play)
    told = await delete(play, workflow_id)
    await told.click("Undo")
    await (await omar.sees_modal(text=AGAIN)).submit()
    await told.updated("Restored by @omar")
    before = play.vi.organization.workflow(workflow_id)
    edit(play, workflow_id, 7)
    modal = await dialogue(omar, f"/vi restore {workflow_id}", OVER)
    assert (await modal.submit(phrase=phrase_of(modal), reason="as before")).errors == {}
    request = await paula.sees(text="as before", channel=AUDIT_CHANNEL)
    assert play.vi.organization.workflow(workflow_id)["spec"]["settings"]["seed"] == 7
    mark = omar.now()
    await request.click("Approve")
    await omar.sees(text="Restored “", channel="dm", after=mark)
    assert kept(play.vi.organization.workflow(workflow_id)) == kept(before)


async def test_the_trail_names_the_person_who_restored(play: Playground) -> None:
    omar, workflow_id = play.slack.user("omar"), idle(play)
    await delete(play, workflow_id)
    await (await dialogue(omar, f"/vi restore {workflow_id}", AGAIN)).submit()
    await omar.sees(text="Restored “", channel="dm")
    entry = content_of((await play.bot.resources.store.trail(TrailQuery(limit=1)))[0])
    assert PersonId(entry.actor.id) == omar.id
    assert entry.details["source"]
