"""A second person agrees, refuses, or does not come to it; nothing is done before they have agreed."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.audit import Action, AuditEntry, content_of
from bot.domain.confirmation import Confirmation, ConfirmationId, ConfirmationState, Post
from bot.domain.people import PersonId, Request, TeamId
from bot.operations.confirming import answer, disagree, keep_post, sweep
from bot.operations.recovery import bring_in_spooled
from bot.ports import Resources, TrailQuery
from handlers import action_ids, announcements
from handlers.duties import resume_confirmed, sweep_questions
from sandbox.playground import AUDIT_CHANNEL, Playground
from sandbox.slack.driver.page import MessageHandle
from sandbox.vi import faults
from tests.journeys.conftest import Start
from tests.journeys.steps import TurnedClock, asked, busy, confirm, dialogue, idle, phrase_of
from tests.journeys.test_deleting import stages

CHANNEL = "approvals"
CHANNEL_ID = "C07LP3APRV2"
ASKS = "asks for a second person"
ALWAYS = {"VI_BOT_APPROVALS": [{"actions": ["delete"]}], "VI_BOT_APPROVALS_CHANNEL": CHANNEL_ID}


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
async def play(start: Start, clock: TurnedClock, no_errors: None) -> Playground:  # noqa: ARG001 - for its teardown
    """Every deletion needs a second person, who is asked in a channel of its own."""
    return await start(clock=clock, **ALWAYS)


async def ask_to_delete(play: Playground, name: str = "omar", index: int = 0) -> MessageHandle:
    """Confirm a deletion as this person; the request that Paula sees."""
    person = play.slack.user(name)
    await confirm(await dialogue(person, f"/vi delete {idle(play, index)}"), back_up=False)
    modal = await person.sees_modal(text="A second person has to agree. Nothing has been done yet.")
    assert "The approvers were asked" in modal.text
    return await play.slack.user("paula").sees(text=ASKS, channel=CHANNEL)


async def entries_of(play: Playground) -> list[AuditEntry]:
    found = await play.bot.resources.store.trail(TrailQuery(action=Action.DELETE, limit=100))
    return [content_of(each) for each in reversed(found)]


async def test_what_a_second_person_agrees_to_is_done_and_everybody_concerned_hears_of_it(play: Playground) -> None:
    omar, paula, alice = play.slack.user("omar"), play.slack.user("paula"), play.slack.user("alice")
    workflow_id = idle(play)
    request = await ask_to_delete(play)
    assert request.fallback_text.endswith("asks to delete “Spills on the floor”. A second person has to decide.")
    assert request.buttons == ["Approve", "Refuse", "Details"]
    assert workflow_id in play.vi.organization.workflow_ids()
    await request.click("Approve")
    await omar.sees(text="Agreed by @paula; it is being carried out", channel="dm")
    outcome = await omar.sees(text="Deleted “Spills on the floor”.", channel="dm")
    assert "agreed by @paula" in outcome.text
    line = await alice.sees(text="agreed by @paula", channel=AUDIT_CHANNEL)
    assert "@omar" in line.text
    await play.bot.work.drain(5)
    assert request.buttons == []
    assert "Agreed by @paula. Deleted “Spills on the floor”." in request.text
    assert workflow_id not in play.vi.organization.workflow_ids()
    assert await stages(play) == ["requested", "note awaiting_approval", "approved ok", "started", "succeeded ok"]
    approved, started, succeeded = (await entries_of(play))[-3:]
    assert (approved.actor.id, approved.actor.name) == (paula.id, "paula")
    assert (started.actor.id, started.details["approver"]) == (omar.id, paula.id)
    assert (succeeded.actor.name, succeeded.details["approver"]) == ("omar", paula.id)


async def test_what_a_second_person_refuses_is_not_done(play: Playground) -> None:
    omar = play.slack.user("omar")
    request = await ask_to_delete(play)
    await request.click("Refuse")
    await request.updated("Refused by @paula. Nothing was done.")
    assert request.buttons == []
    await omar.sees(text="Your request to delete “Spills on the floor”:\nRefused by @paula.", channel="dm")
    assert play.vi.requests.count("DELETE") == 0
    assert (await stages(play))[-1] == "denied refused_by_approver"


async def test_what_nobody_decides_is_reminded_of_once_and_expires(play: Playground, clock: TurnedClock) -> None:
    omar, paula = play.slack.user("omar"), play.slack.user("paula")
    request = await ask_to_delete(play)
    await sweep_questions(play.bot)
    clock.ahead = timedelta(minutes=15)
    await sweep_questions(play.bot)
    await sweep_questions(play.bot)
    reminders = [each for each in paula.messages if "This still waits for a second person" in each.text]
    assert [each.thread_ts for each in reminders] == [request.ts]
    clock.ahead = timedelta(minutes=30)
    late = await (await request.click("Approve")).answer()
    assert "This question has expired. Nothing was done." in late.text
    await sweep_questions(play.bot)
    await request.updated("Nobody decided in time. Nothing was done.")
    assert request.buttons == []
    await omar.sees(text="Nobody decided in time", channel="dm")
    assert play.vi.requests.count("DELETE") == 0
    assert (await stages(play))[-2:] == ["note expired", "failed expired"]


@pytest.mark.parametrize("change", ["changed", "vanished"])
async def test_what_was_changed_since_it_was_asked_is_void(play: Playground, change: str) -> None:
    omar, workflow_id = play.slack.user("omar"), idle(play)
    request = await ask_to_delete(play)
    organization = play.vi.organization
    if change == "changed":
        spec = organization.workflow(workflow_id)["spec"]
        organization.change_workflow(workflow_id, {**spec, "settings": {"seed": 1}})
    else:
        organization.remove_workflow(workflow_id)
    await request.click("Approve")
    await request.updated("It was changed in the meantime, so this is void. Nothing was done.")
    await omar.sees(text="so this is void", channel="dm")
    assert play.vi.requests.count("DELETE") == 0
    assert (await stages(play))[-1] == "failed void"


async def press_late(play: Playground, name: str, request: MessageHandle, action_id: str) -> None:
    """Press a button that the request had before it was rewritten, as a client that has not heard of it yet."""
    message = play.slack.state.messages.get(request.channel_id, request.ts)
    assert message is not None
    (question,) = await play.bot.resources.store.confirmations(set(ConfirmationState))
    action = {"type": "button", "block_id": "late", "action_id": action_id, "value": question.id}
    await play.slack.interactions.act_on_message(play.slack.state.directory.person(name), message, action)


@pytest.mark.parametrize(
    ("first", "says"),
    [
        ("Approve", "This was already confirmed, and it is carried out once only."),
        ("Refuse", "A second person refused this. Nothing was done."),
    ],
)
@pytest.mark.parametrize("late", [action_ids.APPROVE, action_ids.REFUSE])
async def test_a_late_click_says_what_became_of_it_and_through_whom(
    play: Playground, first: str, says: str, late: str
) -> None:
    request = await ask_to_delete(play)
    await request.click(first)
    await play.bot.work.drain(5)
    await press_late(play, "alice", request, late)
    answered = await play.slack.user("alice").sees(text=says)
    assert f"{'Confirmed' if first == 'Approve' else 'Refused'} by @paula" in answered.text
    assert play.vi.requests.count("DELETE") == (first == "Approve")


async def test_a_click_after_the_workflow_changed_says_that_it_is_void(play: Playground) -> None:
    request = await ask_to_delete(play)
    play.vi.organization.remove_workflow(idle(play))
    await request.click("Approve")
    await request.updated("so this is void")
    await press_late(play, "alice", request, action_ids.APPROVE)
    await play.slack.user("alice").sees(text="What this was about was changed in the meantime, so it is void.")


async def test_who_asked_cannot_agree_even_as_an_approver(play: Playground) -> None:
    await ask_to_delete(play, "alice")
    alice = play.slack.user("alice")
    request = await alice.sees(text=ASKS, channel=CHANNEL)
    for button in ("Approve", "Refuse"):
        answered = await (await request.click(button)).answer()
        assert "You asked for this yourself. A second person has to decide." in answered.text
    assert play.vi.requests.count("DELETE") == 0
    refused = (await entries_of(play))[-1]
    assert (refused.stage, refused.details["missing"]) == ("note", "second person")
    await (await play.slack.user("paula").sees(text=ASKS, channel=CHANNEL)).click("Approve")
    await alice.sees(text="Deleted “", channel="dm")


@pytest.mark.parametrize("button", ["Approve", "Refuse", "Details"])
async def test_who_is_no_approver_cannot_decide_and_is_told_who_can(play: Playground, button: str) -> None:
    await ask_to_delete(play, "alice")
    omar = play.slack.user("omar")
    request = await omar.sees(text=ASKS, channel=CHANNEL)
    answered = await (await request.click(button)).answer()
    assert "This needs the role approver, which you do not have." in answered.text
    assert "@ml-approvers" in answered.text
    assert request.buttons == ["Approve", "Refuse", "Details"]
    assert play.vi.requests.count("DELETE") == 0


async def test_two_clicks_and_two_approvers_at_once_delete_once(play: Playground) -> None:
    omar, alice = play.slack.user("omar"), play.slack.user("alice")
    request = await ask_to_delete(play)
    same = await alice.sees(text=ASKS, channel=CHANNEL)
    await asyncio.gather(request.click("Approve", times=2), same.click("Approve", times=2))
    await omar.sees(text="Deleted “", channel="dm")
    await play.bot.work.drain(5)
    assert play.vi.requests.count("DELETE") == 1
    assert sorted(await stages(play)) == sorted(
        ["requested", "note awaiting_approval", "approved ok", "started", "succeeded ok", *["note used"] * 3]
    )


async def test_one_who_agrees_and_one_who_refuses_at_once_have_one_answer(play: Playground) -> None:
    alice = play.slack.user("alice")
    request = await ask_to_delete(play)
    same = await alice.sees(text=ASKS, channel=CHANNEL)
    await asyncio.gather(request.click("Approve"), same.click("Refuse"))
    await play.bot.work.drain(5)
    agreed = "approved ok" in await stages(play)
    assert play.vi.requests.count("DELETE") == agreed
    assert ("denied refused_by_approver" in await stages(play)) is not agreed
    assert ("Agreed by @paula." if agreed else "Refused by @alice.") in request.text


async def test_a_role_that_is_gone_when_somebody_agrees_stops_the_deletion(
    play: Playground, clock: TurnedClock
) -> None:
    omar = play.slack.user("omar")
    request = await ask_to_delete(play)
    play.slack.state.directory.groups[play.slack.group_id("ml-ops")].members.remove(omar.id)
    clock.ahead = timedelta(seconds=10)
    await request.click("Approve")
    message = await omar.sees(text="was not deleted", channel="dm")
    assert "The person who asked may not do this any more. Nothing was sent." in message.text
    assert play.vi.requests.count("DELETE") == 0
    assert (await stages(play))[-2:] == ["started", "failed refused"]
    assert (await entries_of(play))[-1].details["missing"] == "operator"


async def test_details_show_an_approver_what_they_have_to_know(play: Playground) -> None:
    omar, paula = play.slack.user("omar"), play.slack.user("paula")
    modal = await dialogue(omar, f"/vi delete {idle(play)}")
    await confirm(modal, reason="Replaced by v2")
    request = await paula.sees(text=ASKS, channel=CHANNEL)
    await request.click("Details")
    details = (await paula.sees_modal(text="Asked by @omar")).text
    for known in (idle(play), "Reason: Replaced by v2", "It is backed up first.", "Waits for a second person."):
        assert known in details
    await request.click("Approve")
    await omar.sees(text="Deleted “", channel="dm")
    await play.bot.work.drain(5)
    await press_late(play, "omar", request, action_ids.APPROVAL_DETAILS)
    assert "Agreed by @paula." in (await omar.sees_modal(text="Asked by @omar")).text


async def test_details_promise_a_backup_only_where_there_is_one(play: Playground) -> None:
    request = await ask_to_delete(play)
    await request.click("Details")
    assert "backed up" not in (await play.slack.user("paula").sees_modal(text="Asked by @omar")).text


async def test_what_vi_cannot_say_now_goes_on_waiting(play: Playground) -> None:
    request = await ask_to_delete(play)
    play.vi.faults.on("GET", "flows/*", faults.error(400))
    await (await request.click("Approve")).answer()
    assert request.buttons == ["Approve", "Refuse", "Details"]
    await request.click("Approve")
    await play.slack.user("omar").sees(text="Deleted “", channel="dm")


async def test_a_change_between_the_agreement_and_the_deletion_is_kept(play: Playground) -> None:
    omar, workflow_id = play.slack.user("omar"), idle(play)
    request = await ask_to_delete(play)
    spec = play.vi.organization.workflow(workflow_id)["spec"]
    change = faults.Meanwhile(lambda: play.vi.organization.change_workflow(workflow_id, {**spec, "settings": {}}))
    play.vi.faults.on("GET", "flows/*", change, after=1)
    await request.click("Approve")
    await omar.sees(text="was changed after you looked", channel="dm")
    await play.bot.work.drain(5)
    assert "Agreed by @paula. “Spills on the floor” was not deleted." in request.text
    assert play.vi.requests.count("DELETE") == 0


async def test_more_than_the_cap_within_an_hour_needs_a_second_person(start: Start, clock: TurnedClock) -> None:
    play = await start(clock=clock, VI_BOT_HOURLY_CAP=1, VI_BOT_APPROVALS_CHANNEL=CHANNEL_ID)
    omar = play.slack.user("omar")
    await confirm(await dialogue(omar, f"/vi delete {idle(play)}"), back_up=False)
    await (await omar.sees_modal(text="Deleted “")).close()
    await confirm(await dialogue(omar, f"/vi delete {idle(play)}"), back_up=False)
    modal = await omar.sees_modal(text="A second person has to agree")
    assert "Beyond 1 within an hour, the policy asks for a second person." in modal.text
    await modal.close()
    await play.bot.work.drain(5)
    clock.ahead = timedelta(hours=1, seconds=1)
    await confirm(await dialogue(omar, f"/vi delete {idle(play)}"), back_up=False)
    await omar.sees_modal(text="Deleted “")
    assert play.vi.requests.count("DELETE") == 2


async def test_two_answers_at_once_cannot_both_be_the_last_one_below_the_cap(start: Start) -> None:
    play = await start(VI_BOT_HOURLY_CAP=1, VI_BOT_APPROVALS_CHANNEL=CHANNEL_ID)
    omar, forms = play.slack.user("omar"), []
    for index, name in enumerate(("Spills on the floor", "Manhole covers")):
        modal = await dialogue(omar, f"/vi delete {idle(play, index)}", f"To confirm, type: {name}")
        modal.fill({"phrase": phrase_of(modal), "reason": "x", "Before it goes": []})
        forms.append(play.slack.state.views.stack(omar.id)[-1])
    person = play.slack.state.directory.person(omar.id)
    await asyncio.gather(*(play.slack.interactions.submit(person, each) for each in forms))
    await omar.sees(text="Deleted “", channel="dm")
    await play.bot.work.drain(5)
    assert play.vi.requests.count("DELETE") == 1
    assert len(await play.bot.resources.store.confirmations({ConfirmationState.AWAITING})) == 1


async def test_a_rule_above_a_count_holds_from_there_on_within_a_day(start: Start, clock: TurnedClock) -> None:
    play = await start(clock=clock, VI_BOT_APPROVALS=[{"above": 1}], VI_BOT_APPROVALS_CHANNEL=CHANNEL_ID)
    omar = play.slack.user("omar")
    await confirm(await dialogue(omar, f"/vi delete {idle(play)}"), back_up=False)
    await (await omar.sees_modal(text="Deleted “")).close()
    clock.ahead = timedelta(hours=23)
    await confirm(await dialogue(omar, f"/vi delete {idle(play)}"), back_up=False)
    modal = await omar.sees_modal(text="A second person has to agree")
    assert "beyond 1 a day" in modal.text
    assert play.vi.requests.count("DELETE") == 1


async def test_without_a_channel_each_approver_is_asked_directly(start: Start) -> None:
    play = await start(VI_BOT_APPROVALS=[{}], VI_BOT_AUDIT_CHANNEL="")
    omar, paula, alice = play.slack.user("omar"), play.slack.user("paula"), play.slack.user("alice")
    await confirm(await dialogue(omar, f"/vi delete {idle(play)}"), back_up=False)
    copies = [await each.sees(text=ASKS, channel="dm") for each in (paula, alice)]
    await copies[0].click("Approve")
    await omar.sees(text="Deleted “", channel="dm")
    await play.bot.work.drain(5)
    assert [each.buttons for each in copies] == [[], []]
    assert all("Agreed by @paula. Deleted “Spills on the floor”." in each.text for each in copies)


async def test_a_channel_that_cannot_be_posted_to_makes_each_approver_be_asked_directly(start: Start) -> None:
    play = await start(**ALWAYS)
    omar, paula = play.slack.user("omar"), play.slack.user("paula")
    play.slack.faults.on("chat.postMessage", error="is_archived")
    await confirm(await dialogue(omar, f"/vi delete {idle(play)}"), back_up=False)
    await (await paula.sees(text=ASKS, channel="dm")).click("Refuse")
    await omar.sees(text="Refused by @paula", channel="dm")


async def test_a_request_that_reaches_nobody_is_over_at_once(start: Start) -> None:
    play = await start(VI_BOT_APPROVALS=[{}], VI_BOT_AUDIT_CHANNEL="", VI_BOT_APPROVERS="")
    omar = play.slack.user("omar")
    await confirm(await dialogue(omar, f"/vi delete {idle(play)}"), back_up=False)
    await omar.sees_modal(text="A second person has to agree, and none could be asked. Nothing was done.")
    assert play.vi.requests.count("DELETE") == 0
    assert (await stages(play))[-1] == "failed approvers_not_reached"
    assert "Nothing waits." in (await asked(omar, "/vi pending")).text


async def test_a_request_of_which_a_crash_kept_the_approvers_from_hearing_is_sent_at_half_time(
    start: Start, clock: TurnedClock
) -> None:
    play = await start(clock=clock, **ALWAYS)
    omar, paula = play.slack.user("omar"), play.slack.user("paula")
    await _ask_without_telling(play)
    clock.ahead = timedelta(minutes=15)
    await sweep_questions(play.bot)
    await (await paula.sees(text=ASKS, channel=CHANNEL)).click("Approve")
    await omar.sees(text="Deleted “", channel="dm")


async def test_a_request_that_reaches_nobody_at_half_time_either_is_over_and_said_so(
    start: Start, clock: TurnedClock
) -> None:
    play = await start(clock=clock, VI_BOT_APPROVALS=[{}], VI_BOT_AUDIT_CHANNEL="", VI_BOT_APPROVERS="")
    await _ask_without_telling(play)
    clock.ahead = timedelta(minutes=15)
    await sweep_questions(play.bot)
    await play.slack.user("omar").sees(text="none could be asked. Nothing was done.", channel="dm")


async def _ask_without_telling(play: Playground) -> None:
    """Answer a question as a process does that ends before it has told the approvers."""
    omar = play.slack.user("omar")
    await dialogue(omar, f"/vi delete {idle(play)}")
    (question,) = await play.bot.resources.store.confirmations({ConfirmationState.OPEN})
    request = Request(PersonId(omar.id), question.team, "modal")
    await answer(play.bot.resources, request, question.id, reason="x")


@pytest.mark.sqlite_only("the file is taken away; a database that is away: tests/replicas")
async def test_an_agreed_outcome_is_told_although_the_store_is_gone(start: Start, store: Path) -> None:
    play = await start(**ALWAYS)
    omar = play.slack.user("omar")
    request = await ask_to_delete(play)
    hold = play.vi.faults.on("DELETE", "flows/*", faults.Hold())
    await request.click("Approve")
    await hold.reached()
    elsewhere = store.rename(store.with_suffix(".elsewhere"))
    hold.release()
    await omar.sees(text="Deleted “", channel="dm")
    await play.bot.work.drain(5)
    elsewhere.rename(store)
    assert "Agreed by @paula. Deleted “Spills on the floor”." in request.text
    await bring_in_spooled(play.bot.resources)
    await resume_confirmed(play.bot)
    assert await play.bot.resources.store.confirmations({ConfirmationState.CLAIMED}) == []
    assert play.vi.requests.count("DELETE") == 1


async def test_several_are_agreed_to_at_once(play: Playground) -> None:
    omar, paula = play.slack.user("omar"), play.slack.user("paula")
    modal = await dialogue(omar, f"/vi delete {idle(play)} {idle(play, 1)}")
    await confirm(modal, back_up=False)
    request = await paula.sees(text="To delete these 2 workflows:", channel=CHANNEL)
    await request.click("Approve")
    outcome = await omar.sees(text="Deleted 2 of 2 workflows.", channel="dm")
    assert "agreed by @paula" in outcome.text
    await play.bot.work.drain(5)
    assert "Agreed by @paula. Deleted 2 of 2 workflows." in request.text
    assert (await stages(play))[2:] == ["note awaiting_approval"] * 2 + ["approved ok"] * 2 + [
        "started",
        "succeeded ok",
    ] * 2


async def test_a_run_is_stopped_once_a_second_person_agrees(start: Start) -> None:
    play = await start(VI_BOT_APPROVALS=[{"actions": ["kill"]}], VI_BOT_APPROVALS_CHANNEL=CHANNEL_ID)
    omar, paula = play.slack.user("omar"), play.slack.user("paula")
    (run_id,) = play.vi.organization.active_runs_of(busy(play))
    modal = await dialogue(omar, f"/vi kill {run_id}")
    assert (await modal.submit(phrase=phrase_of(modal), reason="x")).errors == {}
    request = await paula.sees(text=ASKS, channel=CHANNEL)
    assert play.vi.organization.active_runs_of(busy(play))
    await request.click("Approve")
    await omar.sees(text="Killed the run of “", channel="dm")
    assert (await stages(play, "vi.run.kill"))[-3:] == ["approved ok", "started", "succeeded ok"]


async def test_bringing_back_what_is_gone_needs_nobody(start: Start) -> None:
    play = await start(VI_BOT_APPROVALS=[{"actions": ["restore"]}], VI_BOT_APPROVALS_CHANNEL=CHANNEL_ID)
    omar, workflow_id = play.slack.user("omar"), idle(play)
    await asked(omar, f"/vi backup {workflow_id}")
    play.vi.organization.remove_workflow(workflow_id)
    modal = await dialogue(omar, f"/vi restore {workflow_id}", "It does not exist now")
    await modal.submit()
    await omar.sees(text="Restored “Spills on the floor”", channel="dm")


async def test_one_who_refuses_while_another_looks_whether_it_was_changed_wins(play: Playground) -> None:
    alice = play.slack.user("alice")
    request = await ask_to_delete(play)
    play.vi.organization.remove_workflow(idle(play))
    hold = play.vi.faults.on("GET", "flows/*", faults.Hold())
    approval = await request.click("Approve")
    await hold.reached()
    await (await alice.sees(text=ASKS, channel=CHANNEL)).click("Refuse")
    await request.updated("Refused by @alice")
    hold.release()
    assert "A second person refused this." in (await approval.answer()).text
    assert "failed void" not in await stages(play)


async def test_who_decides_before_the_bot_has_kept_where_it_asked_leaves_no_button(
    play: Playground, monkeypatch: pytest.MonkeyPatch
) -> None:
    omar, paula = play.slack.user("omar"), play.slack.user("paula")

    async def after_a_refusal(resources: Resources, confirmation_id: ConfirmationId, *posts: Post) -> Confirmation:
        request = Request(PersonId(paula.id), TeamId("T07LK2M9QXA"), "button")
        await disagree(resources, request, confirmation_id)
        return await keep_post(resources, confirmation_id, *posts)

    monkeypatch.setattr(announcements, "keep_post", after_a_refusal)
    await confirm(await dialogue(omar, f"/vi delete {idle(play)}"), back_up=False)
    request = await paula.sees(text="Refused by @paula", channel=CHANNEL)
    assert request.buttons == []


async def test_a_question_that_moves_on_while_it_is_kept_or_swept_is_neither_lost_nor_ended_twice(
    play: Playground, clock: TurnedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    resources: Resources = play.bot.resources
    await ask_to_delete(play)
    (waiting,) = await resources.store.confirmations({ConfirmationState.AWAITING})
    who = Request(PersonId(play.slack.user("paula").id), TeamId("T07LK2M9QXA"), "button")
    await disagree(resources, who, waiting.id)
    kept = await keep_post(resources, waiting.id, Post("C1", "1.1"))
    assert kept.state is ConfirmationState.REFUSED
    assert kept.posts == (*waiting.posts, Post("C1", "1.1"))

    async def listed(_states: object) -> list[Confirmation]:
        return [waiting]

    monkeypatch.setattr(resources.store, "confirmations", listed)
    clock.ahead = timedelta(minutes=15)
    assert await sweep(resources) == []
    clock.ahead = timedelta(minutes=30)
    assert await sweep(resources) == []
    assert (await stages(play))[-1] == "denied refused_by_approver"
