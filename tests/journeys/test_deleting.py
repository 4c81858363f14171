"""The deletion dialogue: what it shows, what it refuses, and that one DELETE at most reaches Vi."""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.audit import Stage, content_of
from bot.ports import TrailQuery
from sandbox.playground import AUDIT_CHANNEL, Playground
from sandbox.vi import faults
from tests.journeys.conftest import QUICK, Start
from tests.journeys.steps import TurnedClock, asked, busy, confirm, dialogue, idle, phrase_of


async def stages(play: Playground, action: str = "vi.workflow.delete") -> list[str]:
    """What the trail says of deletions, oldest first, each with its code."""
    entries = [content_of(each) for each in await play.bot.resources.store.trail(TrailQuery(limit=1000))]
    return [
        f"{each.stage} {each.outcome.code if each.outcome else ''}".strip()
        for each in reversed(entries)
        if each.action == action
    ]


async def test_a_workflow_is_backed_up_and_deleted_and_everybody_concerned_hears_of_it(play: Playground) -> None:
    omar, workflow_id = play.slack.user("omar"), idle(play)
    source = play.vi.organization.workflow(workflow_id)
    modal = await dialogue(omar, f"/vi delete {workflow_id}")
    await confirm(modal, reason="Replaced <!channel> by *v2*")
    await omar.sees_modal(text="Deleted “Spills on the floor”.")
    message = await omar.sees(text="Deleted “Spills on the floor”.", channel="dm")
    assert "Backed up first" in message.text
    line = await play.slack.user("vera").sees(text="Deleted “", channel=AUDIT_CHANNEL)
    assert "Reason: Replaced <!channel> by *v2*" in line.text
    assert "@omar" in line.text
    await play.slack.user("vera").sees(text="Backed up first", channel=AUDIT_CHANNEL)
    organization = play.vi.organization
    assert workflow_id not in organization.workflow_ids()
    copy = organization.workflow(organization.workflow_ids()[0])
    assert {**copy["spec"], "name": ""} == {**source["spec"], "name": ""}
    assert play.vi.requests.count("DELETE") == 1
    assert await stages(play) == ["requested", "started", "succeeded ok"]
    assert await stages(play, "vi.workflow.backup") == ["started", "succeeded ok"]


async def test_the_reason_given_with_the_command_stands_in_the_form(play: Playground) -> None:
    modal = await dialogue(play.slack.user("omar"), f'/vi delete {idle(play)} --reason "too old"')
    assert modal.value("reason") == "too old"


async def test_a_deletion_without_a_backup_makes_no_copy(play: Playground) -> None:
    omar = play.slack.user("omar")
    modal = await dialogue(omar, f"/vi delete {idle(play)}")
    await confirm(modal, back_up=False)
    message = await omar.sees(text="Deleted “", channel="dm")
    assert "Backed up first" not in message.text
    assert play.vi.requests.count("PUT") == 0


async def test_a_wrong_name_is_said_under_the_field_and_the_question_stays_open(play: Playground) -> None:
    omar = play.slack.user("omar")
    modal = await dialogue(omar, f"/vi delete {idle(play)}")
    reply = await modal.submit(phrase="spills on the floor", reason="x")
    assert list(reply.errors.values()) == ["This is not what was asked for. Type: Spills on the floor"]
    reply = await modal.submit(phrase=phrase_of(modal), reason="   ")
    assert list(reply.errors.values()) == ["Say why. The reason stays in the audit trail."]
    await confirm(modal)
    await omar.sees(text="Deleted “", channel="dm")


async def test_a_reason_is_not_asked_for_where_the_configuration_says_so(start: Start) -> None:
    play = await start(VI_BOT_REASON_REQUIRED="false")
    omar = play.slack.user("omar")
    modal = await dialogue(omar, f"/vi delete {idle(play)}")
    assert (await modal.submit(phrase=phrase_of(modal))).errors == {}
    line = await play.slack.user("vera").sees(text="Deleted “", channel=AUDIT_CHANNEL)
    assert "Reason" not in line.text


async def test_twenty_simultaneous_submits_send_one_delete(play: Playground) -> None:
    omar = play.slack.user("omar")
    modal = await dialogue(omar, f"/vi delete {idle(play)}")
    modal.fill({"phrase": phrase_of(modal), "reason": "x"})
    hold = play.vi.faults.on("DELETE", "flows/*", faults.Hold())
    person = play.slack.state.directory.person(omar.id)
    view = play.slack.state.views.stack(omar.id)[-1]
    await asyncio.gather(*(play.slack.interactions.submit(person, view) for _ in range(20)))
    told = await omar.sees_modal(text="This was already confirmed")
    assert "Confirmed by @omar" in told.text
    hold.release()
    await omar.sees(text="Deleted “", channel="dm")
    await omar.sees_modal(text="Deleted “")
    assert play.vi.requests.count("DELETE") == 1
    assert play.vi.requests.count("PUT") == 1
    await play.bot.work.drain(5)
    assert sorted(await stages(play)) == sorted(["requested", "started", "succeeded ok", *["note used"] * 19])


async def test_a_workflow_that_a_run_is_using_offers_nothing_to_confirm(play: Playground) -> None:
    modal = await dialogue(play.slack.user("omar"), f"/vi delete {busy(play)}", "cannot be deleted now")
    assert modal.submit_text is None
    assert "A run is using it, and Vi refuses until it has ended." in modal.text
    assert modal.buttons == ["Kill run…", "Check again"]
    assert await stages(play) == ["failed active_runs"]


async def test_a_run_that_starts_in_between_is_the_platforms_to_refuse(play: Playground) -> None:
    omar, workflow_id = play.slack.user("omar"), idle(play)
    modal = await dialogue(omar, f"/vi delete {workflow_id}")
    run_id = play.vi.organization.start_run(workflow_id)
    await confirm(modal, back_up=False)
    message = await omar.sees(text="was not deleted", channel="dm")
    assert run_id in message.text
    assert workflow_id in play.vi.organization.workflow_ids()
    assert await stages(play) == ["requested", "started", "failed vi_refused"]


async def test_a_workflow_that_changed_in_between_is_kept(play: Playground) -> None:
    omar, workflow_id = play.slack.user("omar"), idle(play)
    modal = await dialogue(omar, f"/vi delete {workflow_id}")
    spec = play.vi.organization.workflow(workflow_id)["spec"]
    play.vi.organization.change_workflow(workflow_id, {**spec, "settings": {**spec["settings"], "seed": 1}})
    await confirm(modal)
    message = await omar.sees(text="was changed after you looked", channel="dm")
    assert "/spec/settings/seed" in message.text
    assert play.vi.requests.count("DELETE") == 0
    assert play.vi.requests.count("PUT") == 0


async def test_a_workflow_whose_version_alone_changed_is_kept_too(play: Playground) -> None:
    omar, workflow_id = play.slack.user("omar"), idle(play)
    modal = await dialogue(omar, f"/vi delete {workflow_id}")
    play.vi.organization.change_workflow(workflow_id, play.vi.organization.workflow(workflow_id)["spec"])
    await confirm(modal)
    message = await omar.sees(text="was changed after you looked", channel="dm")
    assert "not its version" in message.text
    assert play.vi.requests.count("DELETE") == 0


async def test_a_workflow_that_vanished_in_between_is_said_to_be_gone(play: Playground) -> None:
    omar, workflow_id = play.slack.user("omar"), idle(play)
    modal = await dialogue(omar, f"/vi delete {workflow_id}")
    play.vi.organization.remove_workflow(workflow_id)
    await confirm(modal)
    await omar.sees(text="was not deleted", channel="dm")
    assert play.vi.requests.count("DELETE") == 0
    assert await stages(play) == ["requested", "started", "failed vi_not_found"]


async def test_an_expired_question_deletes_nothing(start: Start) -> None:
    clock = TurnedClock()
    play = await start(clock=clock)
    omar = play.slack.user("omar")
    modal = await dialogue(omar, f"/vi delete {idle(play)}")
    clock.ahead = timedelta(minutes=15)
    await confirm(modal)
    await omar.sees_modal(text="This question has expired. Nothing was done.")
    assert play.vi.requests.count("DELETE") == 0
    assert await stages(play) == ["requested", "note expired"]


async def test_a_role_that_is_gone_at_the_submit_stops_the_deletion(start: Start) -> None:
    clock = TurnedClock()
    play = await start(clock=clock)
    omar = play.slack.user("omar")
    modal = await dialogue(omar, f"/vi delete {idle(play)}")
    clock.ahead = timedelta(seconds=10)
    play.slack.state.directory.groups[play.slack.group_id("ml-ops")].members.remove(omar.id)
    await confirm(modal)
    await omar.sees_modal(text="needs the role operator")
    assert play.vi.requests.count("DELETE") == 0
    assert await stages(play) == ["requested", "denied refused"]


async def test_a_form_that_somebody_else_submits_deletes_nothing(play: Playground) -> None:
    omar, alice = play.slack.user("omar"), play.slack.user("alice")
    modal = await dialogue(omar, f"/vi delete {idle(play)}")
    modal.fill({"phrase": phrase_of(modal), "reason": "x"})
    view = play.slack.state.views.stack(omar.id)[-1]
    await play.slack.interactions.submit(play.slack.state.directory.person(alice.id), view)
    await omar.sees_modal(text="put to somebody else")
    assert play.vi.requests.count("DELETE") == 0


async def test_a_dry_run_shows_what_would_happen_and_opens_nothing(play: Playground) -> None:
    omar = play.slack.user("omar")
    message = await asked(omar, f"/vi delete {idle(play)} --dry-run")
    assert "could be deleted." in message.text
    assert "Not touched:" in message.text
    blocked = await asked(omar, f"/vi delete {busy(play)} --dry-run")
    assert "could not be deleted now. A run is using it" in blocked.text
    assert omar.modal is None
    assert await stages(play) == ["note ok", "note ok"]


@pytest.mark.parametrize("name", ["vera", "nina", "gus"])
async def test_who_may_not_delete_sees_no_dialogue(play: Playground, name: str) -> None:
    person = play.slack.user(name)
    channel = "ml-ops" if name == "vera" else "general"
    message = await asked(person, f"/vi delete {idle(play)}", channel)
    assert "needs the role operator" in message.text or "Guests" in message.text
    assert person.modal is None
    assert await stages(play) == ["denied refused"]


async def test_the_delete_button_and_the_row_menu_open_the_dialogue(play: Playground) -> None:
    omar = play.slack.user("omar")
    shown = await asked(omar, f"/vi show {idle(play)}")
    await shown.click("Delete…")
    await (await omar.sees_modal(text="To confirm, type: Spills on the floor")).close()
    listing = await asked(omar, "/vi list")
    await listing.choose("⋯", option="Delete…", near="Manhole covers")
    await omar.sees_modal(text="To confirm, type: Manhole covers")


async def test_a_dialogue_for_a_missing_workflow_says_so_in_the_dialogue(play: Playground) -> None:
    modal = await dialogue(play.slack.user("omar"), "/vi delete nothing", "No workflow has the id or the name")
    assert modal.submit_text is None


async def test_a_closed_dialogue_loses_no_outcome(play: Playground) -> None:
    omar = play.slack.user("omar")
    modal = await dialogue(omar, f"/vi delete {idle(play)}")
    hold = play.vi.faults.on("DELETE", "flows/*", faults.Hold())
    await confirm(modal)
    await hold.reached()
    await modal.close()
    hold.release()
    await omar.sees(text="Deleted “", channel="dm")


async def test_a_dialogue_that_was_closed_while_checking_leaves_nothing_behind(play: Playground) -> None:
    omar = play.slack.user("omar")
    hold = play.vi.faults.on("GET", "flows/*", faults.Hold())
    await omar.command(f"/vi delete {idle(play)}", "ml-ops")
    modal = await omar.sees_modal(text="Checking")
    await hold.reached()
    await modal.close()
    hold.release()
    await asked(omar, "/vi whoami")
    assert omar.modal is None


async def test_a_name_that_nobody_can_type_is_confirmed_by_its_id(start: Start) -> None:
    play = await start("hostile", timing=replace(QUICK, shutdown=0.1))  # #vi-audit may be told one message a second
    omar = play.slack.user("omar")
    organization = play.vi.organization
    for workflow_id in organization.workflow_ids():
        for run_id in organization.active_runs_of(workflow_id):
            organization.finish_run(run_id)
    for workflow_id in organization.workflow_ids():
        modal = await dialogue(omar, f"/vi delete {workflow_id}")
        await confirm(modal, back_up=False)
        await omar.sees_modal(text="Deleted “")
        assert workflow_id not in organization.workflow_ids()
        await (await omar.sees_modal()).close()


async def test_the_audit_row_of_a_deletion_holds_everything_that_a_reader_needs(play: Playground) -> None:
    omar, workflow_id = play.slack.user("omar"), idle(play)
    etag = play.vi.organization.workflow(workflow_id)["etag"]
    await confirm(await dialogue(omar, f"/vi delete {workflow_id}"), reason="too old")
    await omar.sees(text="Deleted “", channel="dm")
    newest = (await play.bot.resources.store.trail(TrailQuery(workflow=workflow_id, stage=Stage.SUCCEEDED, limit=1)))[0]
    body = json.loads(newest.body)
    assert body["actor"] == {"kind": "person", "id": omar.id, "name": "omar", "team": "T07LK2M9QXA"}
    assert body["target"] == {"kind": "workflow", "id": workflow_id, "name": "Spills on the floor", "version": etag}
    assert body["details"] == {"reason": "too old", "back_up_first": True}
    assert body["outcome"]["code"] == "ok"
    assert body["outcome"]["trace"]
    assert body["source"]["kind"] == "modal"
    assert set(body["host"]) == {"name", "pid", "process", "version"}


async def test_a_dialogue_that_slack_does_not_open_in_time_is_said_so(play: Playground) -> None:
    play.slack.faults.on("views.open", error="expired_trigger_id")
    message = await asked(play.slack.user("omar"), f"/vi delete {idle(play)}")
    assert "Slack did not open the dialogue in time. Nothing was done." in message.text
