"""Locks: a locked workflow is deleted and written over by nobody, in no way, until an admin unlocks it."""

from sandbox.playground import AUDIT_CHANNEL, Playground
from sandbox.vi import faults
from tests.journeys.conftest import Start
from tests.journeys.steps import asked, confirm, dialogue, idle
from tests.journeys.test_deleting import stages
from tests.journeys.test_restoring import AGAIN, OVER, delete, edit, overwrite

NAME = "Spills on the floor"
WHY = "production uses it"


async def lock(play: Playground, workflow_id: str) -> str:
    """Lock a workflow as the admin; what she reads."""
    return (await asked(play.slack.user("alice"), f'/vi lock {workflow_id} --reason "{WHY}"')).text


async def test_a_lock_is_told_and_shown_and_keeps_the_workflow_from_being_deleted(play: Playground) -> None:
    omar, vera, workflow_id = play.slack.user("omar"), play.slack.user("vera"), idle(play)
    assert f"Locked “{NAME}”." in await lock(play, workflow_id)
    line = await vera.sees(text=f"Locked “{NAME}”.", channel=AUDIT_CHANNEL)
    assert WHY in line.text
    assert "@alice" in line.text
    shown = await asked(vera, f"/vi show {workflow_id}")
    assert f"Locked: {WHY}" in shown.text
    assert "by @alice" in shown.text
    modal = await dialogue(omar, f"/vi delete {workflow_id}", "cannot be deleted now")
    assert f"It is locked, with the reason “{WHY}”" in modal.text
    assert modal.submit_text is None
    dry = await asked(omar, f"/vi delete {workflow_id} --dry-run")
    assert f"could not be deleted now. It is locked, with the reason “{WHY}”" in dry.text
    assert await stages(play) == ["failed locked", "note ok"]
    assert await stages(play, "vi.workflow.lock") == ["succeeded ok"]


async def test_locks_are_for_admins_and_a_lock_needs_a_reason(play: Playground) -> None:
    omar, workflow_id = play.slack.user("omar"), idle(play)
    assert "needs the role admin" in (await asked(omar, f"/vi lock {workflow_id} --reason x")).text
    assert "needs the role admin" in (await asked(omar, f"/vi unlock {workflow_id}")).text
    assert "A lock needs a reason" in (await asked(play.slack.user("alice"), f"/vi lock {workflow_id}")).text
    assert "No workflow has the id" in (await asked(play.slack.user("alice"), "/vi lock nothing --reason x")).text
    assert await stages(play, "vi.workflow.lock") == ["denied refused", "failed workflow_missing"]
    assert await play.bot.resources.store.locks() == []


async def test_a_workflow_is_locked_once_and_the_second_admin_reads_why(play: Playground) -> None:
    workflow_id = idle(play)
    await lock(play, workflow_id)
    again = await asked(play.slack.user("alice"), f"/vi lock {workflow_id} --reason other")
    assert f"It is locked, with the reason “{WHY}”" in again.text
    assert await stages(play, "vi.workflow.lock") == ["succeeded ok", "failed locked"]


async def test_an_unlocked_workflow_can_be_deleted_again(play: Playground) -> None:
    alice, workflow_id = play.slack.user("alice"), idle(play)
    await lock(play, workflow_id)
    assert f"Unlocked “{NAME}”." in (await asked(alice, f"/vi unlock {workflow_id[:8]}")).text
    await play.slack.user("vera").sees(text=f"Unlocked “{NAME}”.", channel=AUDIT_CHANNEL)
    assert f"“{workflow_id}” is not locked." in (await asked(alice, f"/vi unlock {workflow_id}")).text
    await delete(play, workflow_id)
    assert await stages(play, "vi.workflow.unlock") == ["succeeded ok", "failed not_locked"]


async def test_the_lock_of_a_workflow_that_is_gone_is_dropped_by_its_name_or_its_id(play: Playground) -> None:
    alice, workflow_id = play.slack.user("alice"), idle(play)
    await lock(play, workflow_id)
    play.vi.organization.remove_workflow(workflow_id)
    assert f"Unlocked “{NAME}”." in (await asked(alice, f'/vi unlock "{NAME}"')).text
    assert "No workflow has the id" in (await asked(alice, f'/vi unlock "{NAME}"')).text


async def test_of_two_locked_workflows_with_one_name_none_is_guessed(play: Playground) -> None:
    alice, workflow_id = play.slack.user("alice"), idle(play)
    namesake = play.vi.organization.add_workflow(play.vi.organization.workflow(workflow_id)["spec"])
    impostor = play.vi.organization.add_workflow(
        {**play.vi.organization.workflow(workflow_id)["spec"], "name": workflow_id}
    )
    for each in (workflow_id, namesake, impostor):
        await lock(play, each)
    said = await asked(alice, f'/vi unlock "{NAME}"')
    assert f"2 locked workflows are called “{NAME}”." in said.text
    await asked(alice, f"/vi unlock {workflow_id}")
    assert {each.workflow_id for each in await play.bot.resources.store.locks()} == {namesake, impostor}


async def test_a_lock_put_on_after_the_question_stops_the_deletion(play: Playground) -> None:
    omar, workflow_id = play.slack.user("omar"), idle(play)
    modal = await dialogue(omar, f"/vi delete {workflow_id}")
    await lock(play, workflow_id)
    await confirm(modal)
    message = await omar.sees(text="was not deleted", channel="dm")
    assert f"It is locked, with the reason “{WHY}”" in message.text
    assert play.vi.requests.count("PUT") == play.vi.requests.count("DELETE") == 0
    assert await stages(play) == ["requested", "started", "failed locked"]


async def test_a_lock_put_on_while_the_copy_is_made_stops_the_deletion(play: Playground) -> None:
    omar, workflow_id = play.slack.user("omar"), idle(play)
    modal = await dialogue(omar, f"/vi delete {workflow_id}")
    hold = play.vi.faults.on("PUT", "flows/*", faults.Hold())
    await confirm(modal)
    await hold.reached()
    await lock(play, workflow_id)
    hold.release()
    await omar.sees(text="was not deleted", channel="dm")
    assert play.vi.requests.count("DELETE") == 0


async def test_of_several_the_locked_one_is_left_out(play: Playground) -> None:
    omar, locked, free = play.slack.user("omar"), idle(play), idle(play, 1)
    await lock(play, locked)
    modal = await dialogue(omar, f"/vi delete {locked} {free}")
    assert f"Left out: “{NAME}”. It is locked, with the reason “{WHY}”" in modal.text
    await confirm(modal, back_up=False)
    await omar.sees(text="Deleted “Manhole covers”.", channel="dm")
    assert locked in play.vi.organization.workflow_ids()


async def test_of_several_the_one_that_is_locked_after_the_question_is_kept(play: Playground) -> None:
    omar, locked, free = play.slack.user("omar"), idle(play), idle(play, 1)
    modal = await dialogue(omar, f"/vi delete {locked} {free}")
    await lock(play, locked)
    await confirm(modal, back_up=False)
    message = await omar.sees(text="Deleted 1 of 2 workflows.", channel="dm")
    assert f"It is locked, with the reason “{WHY}”" in message.text
    assert message.buttons == ["Undo"]
    assert locked in play.vi.organization.workflow_ids()
    assert free not in play.vi.organization.workflow_ids()


async def test_an_approval_given_after_the_lock_deletes_nothing(start: Start) -> None:
    play = await start(VI_BOT_APPROVALS=({"actions": ["delete"]},))
    omar, paula, workflow_id = play.slack.user("omar"), play.slack.user("paula"), idle(play)
    await confirm(await dialogue(omar, f"/vi delete {workflow_id}"), back_up=False)
    request = await paula.sees(text=NAME, channel=AUDIT_CHANNEL)
    await lock(play, workflow_id)
    await request.click("Approve")
    message = await omar.sees(text="was not deleted", channel="dm")
    assert f"It is locked, with the reason “{WHY}”" in message.text
    assert play.vi.requests.count("DELETE") == 0


async def test_a_locked_workflow_is_not_written_over(play: Playground) -> None:
    omar, workflow_id = play.slack.user("omar"), idle(play)
    await asked(omar, f"/vi backup {workflow_id}")
    edit(play, workflow_id, 7)
    modal = await dialogue(omar, f"/vi restore {workflow_id}", OVER)
    await lock(play, workflow_id)
    outcome = await overwrite(play, modal)
    assert f"It is locked, with the reason “{WHY}”" in outcome.text
    assert outcome.buttons == []
    await (await omar.sees_modal(text="was not restored")).close()
    assert play.vi.organization.workflow(workflow_id)["spec"]["settings"]["seed"] == 7
    modal = await dialogue(omar, f"/vi restore {workflow_id}", f"It is locked, with the reason “{WHY}”")
    assert modal.submit_text is None
    assert (await stages(play, "vi.workflow.restore"))[-2:] == ["failed locked", "failed locked"]


async def test_a_deleted_workflow_whose_lock_stayed_is_brought_back_since_nothing_is_written_over(
    play: Playground,
) -> None:
    omar, workflow_id = play.slack.user("omar"), idle(play)
    told = await delete(play, workflow_id)
    spec = play.vi.organization.workflow(idle(play))["spec"]
    play.vi.organization.add_workflow({**spec, "name": NAME}, workflow_id=workflow_id)
    await lock(play, workflow_id)
    play.vi.organization.remove_workflow(workflow_id)
    await told.click("Undo")
    await (await omar.sees_modal(text=AGAIN)).submit()
    await told.updated("Restored by @omar")
    assert workflow_id in play.vi.organization.workflow_ids()


async def test_without_an_audit_channel_a_lock_is_told_to_who_locked_it(start: Start) -> None:
    play = await start(VI_BOT_AUDIT_CHANNEL="")
    message = await asked(play.slack.user("alice"), f'/vi lock {idle(play)} --reason "{WHY}"')
    assert "Nobody can delete it" in message.text
