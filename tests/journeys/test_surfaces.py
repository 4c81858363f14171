"""The Home tab, the shortcut, typeahead, the filter form, and what is shared or sent as a file."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from slack_bolt.context.ack.async_ack import AsyncAck

from bot.domain.audit import content_of
from bot.domain.people import PersonId, Request, TeamId
from bot.operations.home import home_tab
from bot.operations.index import WorkflowIndex
from bot.ports import TrailQuery
from handlers.duties import sweep_questions
from handlers.options import handle_options
from handlers.payloads import Submission
from handlers.shortcuts import handle_picked
from sandbox.playground import AUDIT_CHANNEL, Playground
from tests.journeys.conftest import Start
from tests.journeys.steps import PHRASE, TurnedClock, asked, busy, confirm, dialogue, idle

SELECT = "Find a workflow"


def _ack() -> AsyncAck:
    return AsyncAck()  # type: ignore[no-untyped-call] # Bolt gives it no types


def named(play: Playground, workflow_id: str) -> str:
    return str(play.vi.organization.workflow(workflow_id)["spec"]["name"])


async def test_the_home_tab_shows_what_waits_and_a_question_withdrawn_there_is_gone(play: Playground) -> None:
    omar = play.slack.user("omar")
    home = await omar.open_home("Nothing waits for you.")
    await dialogue(omar, f"/vi delete {idle(play)}")
    await home.updated("Delete workflow: “")
    await home.click("Withdraw")
    await home.updated("Nothing waits for you.")
    operations = await asked(omar, "/vi audit --action delete")
    assert "withdrawn" in operations.text


async def test_the_home_tab_is_published_anew_when_a_question_is_answered_and_its_operation_has_ended(
    play: Playground,
) -> None:
    omar = play.slack.user("omar")
    workflow_id, name = idle(play), named(play, idle(play))
    home = await omar.open_home("No changes yet.")
    modal = await dialogue(omar, f"/vi delete {workflow_id}")
    await home.updated("Waits for your answer")
    await confirm(modal, back_up=False)
    await home.updated("5 of 11 workflows")
    assert "Nothing waits for you." in home.text
    assert f"Delete “{name}”: succeeded" in home.text
    assert workflow_id not in play.vi.organization.workflow_ids()


async def test_a_dialogue_that_is_closed_leaves_the_home_tab_too(play: Playground) -> None:
    omar = play.slack.user("omar")
    home = await omar.open_home()
    modal = await dialogue(omar, f"/vi delete {idle(play)}")
    await home.updated("Waits for your answer")
    await modal.close()
    await home.updated("Nothing waits for you.")


async def test_an_admin_sees_everybodys_changes_and_others_their_own(play: Playground) -> None:
    await asked(play.slack.user("omar"), f"/vi backup {idle(play)}")
    alice = await play.slack.user("alice").open_home("Last changes")
    vera = await play.slack.user("vera").open_home("Your last changes")
    assert "Back up “" in alice.text
    assert "No changes yet." in vera.text


async def test_the_home_tab_says_how_things_stand_and_who_one_is(play: Playground) -> None:
    await play.bot.readiness.vitals.recovered.wait()
    home = await play.slack.user("vera").open_home("Who you are here")
    assert "viewer, as a member of @ml-viewers" in home.text.replace("*", "")
    assert "6 checks found nothing wrong." in home.text
    assert "Audit trail: last written" in home.text
    assert "Checkpoints: none was noted elsewhere yet." in home.text


async def test_a_lock_shows_in_the_home_tab_of_who_set_it(play: Playground) -> None:
    alice = play.slack.user("alice")
    home = await alice.open_home()
    await asked(alice, f'/vi lock {idle(play)} --reason "in production"')
    await home.updated("Lock “")


@pytest.mark.parametrize(("name", "words"), [("gus", "Guests"), ("ext", "People of other workspaces")])
async def test_guests_and_outsiders_find_a_polite_refusal_in_the_home_tab(
    play: Playground, name: str, words: str
) -> None:
    home = await play.slack.user(name).open_home(f"{words} ")
    assert "cannot use this bot" in home.text
    assert home.buttons == []


async def test_a_member_without_a_role_sees_no_workflows_in_the_home_tab(start: Start) -> None:
    play = await start(VI_BOT_VIEWERS="")
    home = await play.slack.user("nina").open_home("You have no role here yet")
    assert "Workflows" not in home.text


async def test_what_is_pressed_in_the_home_tab_is_answered_by_direct_message(play: Playground) -> None:
    omar = play.slack.user("omar")
    home = await omar.open_home()
    name = next(block for block in home.blocks if block.get("accessory", {}).get("type") == "overflow")["text"]["text"]
    await home.choose("⋯", option="Show", near=name)
    message = await omar.sees("System prompt:", channel="dm")
    assert name in message.text
    await home.choose("⋯", option="Delete…", near=name)
    await omar.sees_modal("Delete workflow", PHRASE)


async def test_the_home_tab_lists_the_workflows_of_one_project(play: Playground) -> None:
    vera = play.slack.user("vera")
    home = await vera.open_home("5 of 12 workflows")
    await home.choose("Project", option="Road Inspection")
    await home.updated()
    assert "5 of 12" not in home.text
    await home.choose("Project", option="All projects")
    await home.updated("5 of 12 workflows")


async def test_a_workflow_found_in_the_home_tab_is_chosen_in_the_form(play: Playground) -> None:
    vera = play.slack.user("vera")
    home = await vera.open_home()
    [name, *_] = await home.search(SELECT, "manhole")
    await home.choose(SELECT, option=name)
    modal = await vera.sees_modal("Vi workflows")
    assert modal.value("Workflow")["text"]["text"] == name
    await modal.submit()
    await vera.sees_modal("Vi workflows", "System prompt:")


async def test_the_messages_tab_publishes_nothing(play: Playground) -> None:
    await play.slack.user("vera").open_messages_tab()
    await asked(play.slack.user("vera"), "/vi whoami")
    assert play.slack.wire.count("views.publish") == 0


async def test_a_home_tab_that_slack_does_not_take_stops_nothing(play: Playground) -> None:
    vera = play.slack.user("vera")
    play.slack.faults.on("views.publish", error="internal_error")
    await vera.open_messages_tab()
    await vera._screen.interactions.open_home(vera._screen.person)
    await play.slack.wire.wait_for("views.publish", answered=True)
    await vera.open_home("Health")


async def test_the_shortcut_leads_to_a_workflow(play: Playground) -> None:
    vera = play.slack.user("vera")
    await vera.shortcut("Vi workflows")
    modal = await vera.sees_modal("Vi workflows")
    assert modal.options("What to do") == ["Show", "Runs", "Backups"]
    await modal.search("Workflow", "manhole")
    await modal.submit({"Workflow": "Manhole covers", "What to do": "Show"})
    shown = await vera.sees_modal("Vi workflows", "System prompt:")
    assert "Manhole covers" in shown.text
    assert shown.buttons == []


async def test_the_shortcut_leads_into_the_deletion_dialogue(play: Playground) -> None:
    omar = play.slack.user("omar")
    workflow_id = idle(play)
    await omar.shortcut("Vi workflows")
    modal = await omar.sees_modal("Vi workflows")
    await modal.search("Workflow", workflow_id)
    await modal.submit({"Workflow": named(play, workflow_id), "What to do": "Delete…"})
    await confirm(await omar.sees_modal("Delete workflow", PHRASE))
    await omar.sees("Deleted “", channel="dm")
    assert workflow_id not in play.vi.organization.workflow_ids()


async def test_the_shortcut_tells_a_guest_by_direct_message_why_not(play: Playground) -> None:
    gus = play.slack.user("gus")
    await gus.shortcut("Vi workflows")
    await gus.sees("Guests of this workspace cannot use this bot.", channel="dm")
    assert gus.modal is None


async def test_what_the_shortcut_cannot_do_is_said_in_its_place(play: Playground) -> None:
    omar = play.slack.user("omar")
    workflow_id = idle(play)
    await omar.shortcut("Vi workflows")
    modal = await omar.sees_modal("Vi workflows")
    await modal.search("Workflow", workflow_id)
    name = named(play, workflow_id)
    play.vi.organization.remove_workflow(workflow_id)
    await modal.submit({"Workflow": name, "What to do": "Back up"})
    await omar.sees_modal("Vi workflows", "No workflow has the id")


@pytest.mark.parametrize("word", ["show", "backup", "delete"])
async def test_a_command_without_its_workflow_offers_all_of_them(play: Playground, word: str) -> None:
    message = await asked(play.slack.user("alice"), f"/vi {word}")
    assert f"{word} needs to know which workflow." in message.text
    assert "List of workflows read" in message.text
    assert len(await message.search(SELECT, "")) == 12


async def test_a_workflow_chosen_goes_on_with_the_command_and_its_flags(play: Playground) -> None:
    omar = play.slack.user("omar")
    message = await asked(omar, '/vi backup --name "Before the summer"')
    await message.search(SELECT, "manhole")
    await message.choose(SELECT, option="Manhole covers")
    await message.updated("The copy is verified")
    assert "Before the summer" in message.text


async def test_a_workflow_chosen_goes_on_into_the_dialogue_with_its_reason(play: Playground) -> None:
    omar = play.slack.user("omar")
    message = await asked(omar, '/vi delete --reason "replaced by v2"')
    await message.search(SELECT, idle(play))
    await message.choose(SELECT, option=named(play, idle(play)))
    modal = await omar.sees_modal("Delete workflow", PHRASE)
    assert modal.value("Why?") == "replaced by v2"


async def test_a_dry_run_goes_on_as_a_dry_run(play: Playground) -> None:
    omar = play.slack.user("omar")
    message = await asked(omar, "/vi delete --dry-run")
    await message.search(SELECT, idle(play))
    await message.choose(SELECT, option=named(play, idle(play)))
    await message.updated("this was a dry run")
    assert omar.modal is None


async def test_what_else_is_wrong_with_a_command_is_said_before_a_workflow_is_offered(play: Playground) -> None:
    message = await asked(play.slack.user("alice"), "/vi lock")
    assert "A lock needs a reason" in message.text


async def test_no_workflow_is_offered_for_a_command_that_one_may_not_give(play: Playground) -> None:
    message = await asked(play.slack.user("vera"), "/vi delete")
    assert "needs the role operator" in message.text


async def test_an_ambiguous_name_is_settled_by_choosing(play: Playground) -> None:
    organization = play.vi.organization
    spec = dict(organization.workflow(idle(play))["spec"])
    for _ in range(2):
        organization.add_workflow({**spec, "name": "Twin"})
    omar = play.slack.user("omar")
    message = await asked(omar, "/vi backup Twin")
    assert "2 workflows are meant by “Twin”" in message.text
    await message.search(SELECT, "manhole")
    await message.choose(SELECT, option="Manhole covers")
    await message.updated("The copy is verified")


async def test_an_ambiguous_name_in_the_dialogue_is_settled_there(play: Playground) -> None:
    organization = play.vi.organization
    spec = dict(organization.workflow(idle(play))["spec"])
    for _ in range(2):
        organization.add_workflow({**spec, "name": "Twin"})
    omar = play.slack.user("omar")
    await omar.command("/vi delete Twin", "ml-ops")
    modal = await omar.sees_modal("Delete workflow", "2 workflows are meant")
    assert await modal.search(SELECT, "Twin") == ["Twin", "Twin"]
    await modal.search(SELECT, "manhole")
    await modal.choose(SELECT, option="Manhole covers")
    await omar.sees_modal("Delete workflow", "Manhole covers")
    assert play.bot.index.read_at is not None


async def test_only_viewers_are_offered_workflows(play: Playground) -> None:
    message = await asked(play.slack.user("vera"), "/vi show")
    offered = await message.search(SELECT, "pothole")
    play.bot.resources.policy.groups.clear()  # type: ignore[attr-defined] # a configuration changes with a restart only
    assert len(offered) == 2
    assert await message.search(SELECT, "pothole") == []


async def test_words_that_fit_nothing_offer_nothing(play: Playground) -> None:
    message = await asked(play.slack.user("vera"), "/vi show")
    assert await message.search(SELECT, "nothing like it") == []


async def test_typing_costs_no_call_of_vi_and_a_list_older_than_a_minute_is_read_once(start: Start) -> None:
    clock = TurnedClock()
    play = await start("busy", clock=clock)
    vera = play.slack.user("vera")
    message = await asked(vera, "/vi show")
    await play.bot.index.refresh()
    before = play.vi.requests.count("GET")
    for typed in ("", "p", "po", "pot"):
        assert len(await message.search(SELECT, typed)) == 100
    assert play.vi.requests.count("GET") == before
    clock.ahead = timedelta(minutes=2)
    assert len(await message.search(SELECT, "")) == 100
    await play.bot.index.refresh()
    assert play.bot.index.read_at is not None
    assert clock.now() - play.bot.index.read_at < timedelta(minutes=1)


async def test_the_filter_form_puts_a_new_first_page_in_the_place_of_the_list(play: Playground) -> None:
    vera = play.slack.user("vera")
    listing = await asked(vera, "/vi list pothole")
    await listing.click("Filter…")
    modal = await vera.sees_modal("Filter workflows")
    assert modal.value("Part of the name, or beginning of the id") == "pothole"
    await modal.submit({"Part of the name, or beginning of the id": "", "Runs": ["Only with an active run"]})
    await listing.updated("2 workflows (with an active run; 12 in all)")
    await listing.click("Filter…")
    modal = await vera.sees_modal("Filter workflows")
    await modal.submit({"Runs": [], "Project: its id or whole name": "road inspection", "Order": "By name"})
    await listing.updated("in the project “road inspection”; 12 in all), by name")
    assert not modal.is_open


async def test_a_list_is_shared_to_the_channel_without_its_controls(play: Playground) -> None:
    vera = play.slack.user("vera")
    listing = await asked(vera, "/vi list")
    await listing.choose("⋯", option="Share to channel", near="Filter…")
    shared = await play.slack.user("omar").sees("1–10 of 12 workflows", channel="ml-ops")
    assert "Shared by @vera" in shared.text
    assert "Shared by" in shared.fallback_text
    assert shared.buttons == []
    assert not shared.is_ephemeral
    with pytest.raises(Exception, match="0 elements"):
        shared.options("⋯")


async def test_a_workflow_is_shared_to_the_channel_and_the_trail_says_so(play: Playground) -> None:
    vera = play.slack.user("vera")
    message = await asked(vera, f"/vi show {busy(play)}")
    await message.choose("⋯", option="Share to channel")
    shared = await play.slack.user("omar").sees("Shared by @vera", channel="ml-ops")
    assert "System prompt:" in shared.text
    assert shared.buttons == []
    [newest, *_] = await play.bot.resources.store.trail(TrailQuery(limit=1))
    assert content_of(newest).origin.kind == "share"


async def test_the_json_of_a_workflow_comes_as_a_file_by_direct_message(play: Playground) -> None:
    vera = play.slack.user("vera")
    workflow_id = idle(play)
    message = await asked(vera, f"/vi show {workflow_id}")
    answer = await (await message.choose("⋯", option="JSON as a file")).answer()
    assert f"workflow-{workflow_id}.json" in answer.text
    below = await vera.sees("The file follows in this thread", channel="dm")
    sent = next(each for each in vera.messages if each.files and each.thread_ts == below.ts)
    document = json.loads(await sent.files[0].download())
    assert document["spec"] == play.vi.organization.workflow(workflow_id)["spec"]


async def test_a_request_that_waits_for_a_second_person_is_withdrawn_in_the_home_tab(start: Start) -> None:
    play = await start(VI_BOT_HOURLY_CAP=0)
    omar = play.slack.user("omar")
    home = await omar.open_home()
    await confirm(await dialogue(omar, f"/vi delete {idle(play)}"), back_up=False)
    await home.updated("Waits for a second person")
    await play.slack.user("alice").sees("asks for a second person", channel=AUDIT_CHANNEL)
    await home.click("Withdraw")
    await home.updated("Nothing waits for you.")
    assert idle(play) in play.vi.organization.workflow_ids()


async def test_a_question_that_nobody_answers_leaves_the_home_tab(start: Start) -> None:
    clock = TurnedClock()
    play = await start(clock=clock)
    omar = play.slack.user("omar")
    home = await omar.open_home()
    await dialogue(omar, f"/vi delete {idle(play)}")
    await home.updated("Waits for your answer")
    clock.ahead = timedelta(minutes=16)
    await sweep_questions(play.bot)
    await home.updated("Nothing waits for you.")


async def test_a_home_tab_that_stays_open_for_more_than_a_day_is_published_anew_once_it_is_used(start: Start) -> None:
    clock = TurnedClock()
    play = await start(clock=clock)
    omar, vera = play.slack.user("omar"), play.slack.user("vera")
    home = await omar.open_home("Health")
    clock.ahead = timedelta(hours=25)
    await vera.open_home("Health")
    assert await home_tab(play.bot.resources, PersonId(omar.id)) is None
    await home.choose("Project", option="Road Inspection")
    assert await play.bot.work.drain(20) == 0  # the tab is published twice, and names the project both times
    kept = await home_tab(play.bot.resources, PersonId(omar.id))
    assert kept is not None
    assert kept.project


async def test_a_home_tab_that_is_opened_with_an_old_list_is_published_at_once_and_again_when_it_was_read(
    start: Start,
) -> None:
    clock = TurnedClock()
    play = await start(clock=clock)
    play.vi.organization.remove_workflow(idle(play))
    clock.ahead = timedelta(minutes=2)
    home = await play.slack.user("vera").open_home()
    if "5 of 11 workflows" not in home.text:
        await home.updated("5 of 11 workflows")


async def test_a_fault_of_the_bots_own_is_told_in_the_home_tab_with_a_reference(
    start: Start, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    play = await start()
    monkeypatch.setattr(WorkflowIndex, "search", None)
    home = await play.slack.user("vera").open_home("because of a fault of its own")
    reference = home.text.partition("reference ")[2][:8]
    assert f"fault {reference}" in caplog.text


async def test_a_payload_that_cannot_be_read_is_offered_nothing(start: Start, caplog: pytest.LogCaptureFixture) -> None:
    play = await start()
    ack = _ack()
    await handle_options(play.bot, ack, {})
    assert ack.response is not None
    assert json.loads(ack.response.body) == {"options": []}
    assert "KeyError" in caplog.text


async def test_a_form_of_the_shortcut_from_another_version_says_that_it_is_out_of_date(play: Playground) -> None:
    vera = play.slack.user("vera")
    await vera.shortcut("Vi workflows")
    modal = await vera.sees_modal("Vi workflows")
    request = Request(PersonId(vera.id), TeamId("T07LK2M9QXA"), "modal")
    await handle_picked(play.bot, _ack(), Submission(request, modal._view.id, "choice_form", "", {}))
    await modal.updated("This form is out of date. Nothing was done.")


async def test_the_shortcut_reads_an_old_list_anew(start: Start) -> None:
    clock = TurnedClock()
    play = await start(clock=clock)
    clock.ahead = timedelta(minutes=2)
    vera = play.slack.user("vera")
    await vera.shortcut("Vi workflows")
    await vera.sees_modal("Vi workflows")
    await play.bot.index.refresh()
    assert not play.bot.index.is_old


async def test_a_fault_in_the_shortcuts_answer_is_told_with_a_reference(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    play = await start()
    vera = play.slack.user("vera")
    await vera.shortcut("Vi workflows")
    modal = await vera.sees_modal("Vi workflows")
    await modal.search("Workflow", "manhole")
    monkeypatch.setattr("handlers.shortcuts.answer_view", None)
    await modal.submit({"Workflow": "Manhole covers"})
    await modal.updated("because of a fault of its own")


async def test_an_old_list_is_read_anew_when_a_choice_is_offered(start: Start) -> None:
    clock = TurnedClock()
    play = await start(clock=clock)
    clock.ahead = timedelta(minutes=2)
    await asked(play.slack.user("vera"), "/vi show")
    await play.bot.index.refresh()
    assert not play.bot.index.is_old


@pytest.mark.sqlite_only("the file is taken away; a database that is away: tests/replicas")
async def test_a_choice_that_cannot_be_kept_is_not_offered(start: Start, store: Path) -> None:
    play = await start(VI_BOT_AUDIT_FAILURE="warn")
    organization = play.vi.organization
    spec = dict(organization.workflow(idle(play))["spec"])
    for _ in range(2):
        organization.add_workflow({**spec, "name": "Twin"})
    elsewhere = store.rename(store.with_suffix(".elsewhere"))
    message = await asked(play.slack.user("vera"), "/vi show Twin")
    elsewhere.rename(store)
    assert "2 workflows are meant by “Twin”" in message.text
    assert "Choose one" not in message.text


async def test_a_workflow_that_is_missing_is_said_in_the_dialogue_without_a_choice(play: Playground) -> None:
    omar = play.slack.user("omar")
    await omar.command("/vi delete missing", "ml-ops")
    modal = await omar.sees_modal("Delete workflow", "No workflow has the id or the name")
    assert "Choose one" not in modal.text


@pytest.mark.sqlite_only("the file is taken away; a database that is away: tests/replicas")
async def test_a_choice_in_the_home_tab_that_cannot_be_kept_is_left_out_and_logged(
    start: Start, store: Path, caplog: pytest.LogCaptureFixture
) -> None:
    play = await start()
    home = await play.slack.user("vera").open_home("Health")
    elsewhere = store.rename(store.with_suffix(".elsewhere"))
    await home.choose("Project", option="Road Inspection")
    await play.bot.work.drain(5)
    elsewhere.rename(store)
    assert "has the Home tab open cannot be read" in caplog.text
    assert "has the Home tab open cannot be kept" in caplog.text
