"""What seldom happens, and must still be answered."""

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

import handlers.views
from bot.app import SlackNotConnected, Timing
from bot.domain.confirmation import ConfirmationId, ConfirmationState
from bot.domain.errors import ConfirmationClosed
from bot.domain.people import PersonId, Request, Standing, TeamId
from bot.operations.confirming import answer, check_answer
from bot.operations.recovery import settle_open_operations
from bot.ports import Resources
from bot.vi.retries import Limits
from handlers.delivery import Delivery
from sandbox.playground import AUDIT_CHANNEL, Playground, playground
from sandbox.slack.payloads import command_payload
from sandbox.vi import faults
from tests.journeys.conftest import Start
from tests.journeys.steps import asked, confirm, dialogue, idle, phrase_of


async def test_a_connection_that_does_not_come_about_ends_the_start() -> None:
    with pytest.raises(SlackNotConnected, match="within 0 s"):
        async with playground(timing=Timing(connect=0)):
            pass


@pytest.mark.sqlite_only("the file is taken away; a database that is away: tests/replicas")
async def test_recovery_goes_on_after_a_fault(start: Start, store: Path, caplog: pytest.LogCaptureFixture) -> None:
    play = await start(timing=Timing(recovery=0.01))
    store.unlink()
    while "a duty of the bot could not be done" not in caplog.text:
        await play.bot.resources.clock.sleep(0.01)
    first = len(caplog.records)
    while len(caplog.records) == first:
        await play.bot.resources.clock.sleep(0.01)


async def test_a_copy_that_was_never_made_is_settled_as_not_done(start: Start) -> None:
    play = await start(timing=Timing(patience=5, recovery=0.05, vi=Limits(creating=0.3, reading=0.2)))
    omar = play.slack.user("omar")
    hold = play.vi.faults.on("PUT", "flows/*", faults.Hold())
    reply = await omar.command(f"/vi backup {idle(play)}", "ml-ops")
    await reply.answer()
    play.vi.faults.on("GET", "flows/*", faults.error(503), times=3)
    hold.cut()
    settled = await omar.sees(text="was interrupted", channel="dm")
    assert "no verified copy came of it" in settled.text
    play.vi.faults.clear()


async def test_what_cannot_be_told_yet_stays_open(play: Playground) -> None:
    omar = play.slack.user("omar")
    modal = await dialogue(omar, f"/vi delete {idle(play)}")
    play.vi.faults.on("DELETE", "*", faults.Cut())
    play.vi.faults.on("GET", "flows/*", faults.error(400), after=1, times=None)
    await confirm(modal, back_up=False)
    await omar.sees(text="Not known whether", channel="dm")
    await play.bot.work.drain(5)
    assert [each async for each in settle_open_operations(play.bot.resources)] == []
    play.vi.faults.clear()
    (settled,) = [each async for each in settle_open_operations(play.bot.resources)]
    assert settled.stage == "failed"


async def test_recovery_leaves_alone_what_this_process_is_carrying_out(play: Playground) -> None:
    omar = play.slack.user("omar")
    hold = play.vi.faults.on("DELETE", "*", faults.Hold())
    await confirm(await dialogue(omar, f"/vi delete {idle(play)}"), back_up=False)
    await hold.reached()
    assert [each async for each in settle_open_operations(play.bot.resources)] == []
    hold.release()
    await omar.sees(text="Deleted “", channel="dm")
    await play.bot.work.drain(5)
    assert play.bot.resources.under_way == []


async def test_a_question_that_is_not_there_cannot_be_answered(play: Playground) -> None:
    resources: Resources = play.bot.resources
    request = Request(PersonId("U1"), TeamId("T1"), "modal")
    await check_answer(resources, ConfirmationId("none"), "", "")
    with pytest.raises(ConfirmationClosed, match="does not keep this question any more") as caught:
        await answer(resources, request, ConfirmationId("none"), reason="", back_up_first=False)
    assert caught.value.code == "forgotten"


async def test_a_form_that_was_answered_before_says_by_whom(play: Playground) -> None:
    omar = play.slack.user("omar")
    modal = await dialogue(omar, f"/vi delete {idle(play)}")
    modal.fill({"phrase": phrase_of(modal), "reason": "x"})
    view = play.slack.state.views.stack(omar.id)[-1]
    content = dict(view.content)
    await confirm(modal, back_up=False)
    await omar.sees(text="Deleted “", channel="dm")
    await omar.sees_modal(text="Deleted “")
    confirmation_id = ConfirmationId(content["private_metadata"])
    await check_answer(play.bot.resources, confirmation_id, "wrong", "")
    request = Request(PersonId(omar.id), TeamId("T07LK2M9QXA"), "modal")
    with pytest.raises(ConfirmationClosed, match="already confirmed") as caught:
        await answer(play.bot.resources, request, confirmation_id, reason="", back_up_first=False)
    assert caught.value.by == omar.id
    assert play.vi.requests.count("DELETE") == 1


async def test_a_workflow_that_vanishes_while_it_is_looked_for_is_missing(play: Playground) -> None:
    play.vi.faults.on("GET", "flows/*", faults.error(404))
    message = await asked(play.slack.user("vera"), '/vi show "Manhole covers"')
    assert "No workflow has the id or the name" in message.text


async def test_a_workflow_named_like_anothers_id_does_not_get_its_backups(play: Playground) -> None:
    omar, workflow_id = play.slack.user("omar"), idle(play)
    spec = play.vi.organization.workflow(workflow_id)["spec"]
    impostor = play.vi.organization.add_workflow({**spec, "name": workflow_id})
    await asked(omar, f"/vi backup {impostor}")
    assert "No verified backup yet" in (await asked(omar, f"/vi show {workflow_id}")).text


async def test_many_runs_are_counted_and_the_first_ones_shown(play: Playground) -> None:
    workflow_id = idle(play)
    for _ in range(8):
        play.vi.organization.start_run(workflow_id)
    message = await asked(play.slack.user("vera"), f"/vi show {workflow_id}")
    assert "8 active runs, 0 ended runs" in message.text
    assert "and 3 more runs" in message.text


async def test_a_control_of_an_older_version_says_that_it_is_out_of_date(play: Playground) -> None:
    vera = play.slack.user("vera")
    listing = await asked(vera, "/vi list")
    for block in listing.blocks:
        for element in block.get("elements", []):
            if element.get("action_id"):
                element["action_id"] = "of_an_older_version"
    answered = await (await listing.click("Next")).answer()
    assert "This control is out of date" in answered.text


async def test_a_form_of_an_older_version_says_that_it_is_out_of_date(
    play: Playground, monkeypatch: pytest.MonkeyPatch
) -> None:
    omar = play.slack.user("omar")
    modal = await dialogue(omar, f"/vi delete {idle(play)}")
    monkeypatch.setattr(handlers.views, "_FORMS", {})
    await confirm(modal)
    await omar.sees_modal(text="This form is out of date. Nothing was done.")


async def test_without_an_audit_channel_only_the_person_is_told(start: Start) -> None:
    play = await start(VI_BOT_AUDIT_CHANNEL="", timing=Timing(patience=5, recovery=0.05, look_back=(0.0,)))
    omar = play.slack.user("omar")
    modal = await dialogue(omar, f"/vi delete {idle(play)}")
    play.vi.faults.on("DELETE", "*", faults.Cut(moment=faults.AFTER))
    play.vi.faults.on("GET", "flows/*", faults.error(400), after=3)
    await confirm(modal, back_up=True)
    await omar.sees(text="Not known whether", channel="dm")
    await omar.sees(text="was interrupted", channel="dm")
    await asked(omar, f"/vi backup {idle(play)}")
    assert not [each for each in omar.messages if each.channel_id == play.slack.channel_id(AUDIT_CHANNEL)]


async def test_slack_failing_to_open_a_dialogue_is_told_and_logged(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    play = await start()
    play.slack.faults.on("views.open", error="internal_error")
    message = await asked(play.slack.user("omar"), f"/vi delete {idle(play)}")
    assert "Slack did not open the dialogue in time" in message.text
    assert "a modal was not opened: internal_error" in caplog.text


async def test_a_person_who_cannot_even_be_told_of_a_fault_leaves_a_line_in_the_log(
    start: Start, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    play = await start()

    async def broken(*_arguments: Any, **_more: Any) -> None:
        raise RuntimeError("planted")

    monkeypatch.setattr(Delivery, "answer", broken)
    await play.slack.user("vera").command("/vi whoami", "ml-ops")
    await play.bot.work.drain(5)
    assert "the person could not be told" in caplog.text


@pytest.mark.parametrize(
    ("name", "standing"),
    [
        ("alice", Standing.MEMBER),
        ("gus", Standing.GUEST),
        ("sigrid", Standing.GUEST),
        ("dora", Standing.DEACTIVATED),
        ("standup", Standing.BOT),
        ("ext", Standing.OUTSIDER),
    ],
)
async def test_everybody_is_taken_for_what_they_are(play: Playground, name: str, standing: Standing) -> None:
    person = play.slack.state.directory.person(name)
    found = await play.bot.resources.people.person(PersonId(person.id), TeamId(person.team.id))
    assert found.standing is standing


async def test_a_payload_without_what_every_payload_has_is_answered_and_logged(
    start: Start, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    play = await start()
    monkeypatch.setattr("sandbox.slack.payloads.command_payload", _without_team(command_payload))
    message = await asked(play.slack.user("vera"), "/vi list")
    assert "because of a fault of its own" in message.text
    assert [record for record in caplog.records if record.levelno == logging.ERROR]


def _without_team(make: Callable[..., Mapping[str, Any]]) -> Callable[..., dict[str, Any]]:
    return lambda *arguments: {name: value for name, value in make(*arguments).items() if name != "team_id"}


async def test_a_form_of_an_older_version_is_closed_without_a_word(
    play: Playground, monkeypatch: pytest.MonkeyPatch
) -> None:
    omar = play.slack.user("omar")
    modal = await dialogue(omar, f"/vi delete {idle(play)}")
    monkeypatch.setattr(handlers.views, "_CLOSED", {})
    await modal.close()
    assert await play.bot.work.drain(5) == 0
    (question,) = await play.bot.resources.store.confirmations({ConfirmationState.OPEN})
    assert question.person_id == omar.id
