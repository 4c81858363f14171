"""What waits: seen, opened again, withdrawn; and what a form says that comes too late."""

import asyncio
from datetime import timedelta

import pytest

from bot.domain.confirmation import ConfirmationState
from bot.operations.forgetting import QUESTIONS_KEPT, forget_questions
from sandbox.playground import Playground
from sandbox.slack.driver.view import ModalHandle
from sandbox.slack.views import View
from tests.journeys.conftest import QUICK, Start
from tests.journeys.steps import TurnedClock, asked, busy, confirm, dialogue, idle, phrase_of
from tests.journeys.test_approving import ALWAYS, ASKS, CHANNEL, ask_to_delete
from tests.journeys.test_deleting import stages
from tests.journeys.test_restoring import AGAIN


async def test_nothing_waits_at_first(play: Playground) -> None:
    assert "Nothing waits." in (await asked(play.slack.user("omar"), "/vi pending")).text


async def test_an_open_question_of_ones_own_can_be_opened_again_with_the_facts_of_now(play: Playground) -> None:
    omar = play.slack.user("omar")
    workflow_id = idle(play)
    await dialogue(omar, f"/vi delete {workflow_id}")
    omar.reload()
    pending = await asked(omar, "/vi pending")
    assert "1 thing waits." in pending.text
    assert "Delete “Spills on the floor”: waits for your answer" in pending.text
    spec = play.vi.organization.workflow(workflow_id)["spec"]
    play.vi.organization.change_workflow(workflow_id, {**spec, "name": "Spills"})
    await pending.click("Open…")
    await confirm(await omar.sees_modal(text="To confirm, type: Spills"), back_up=False)
    await omar.sees(text="Deleted “Spills”.", channel="dm")
    assert await stages(play) == ["requested", "failed withdrawn", "requested", "started", "succeeded ok"]


async def test_a_killing_and_a_restoration_are_opened_again_too(play: Playground) -> None:
    omar, workflow_id = play.slack.user("omar"), idle(play)
    (run_id,) = play.vi.organization.active_runs_of(busy(play))
    await dialogue(omar, f"/vi kill {run_id}")
    omar.reload()
    await (await asked(omar, "/vi pending")).click("Open…")
    await (await omar.sees_modal("Kill run", "To confirm, type: ")).close()
    await asked(omar, f"/vi backup {workflow_id}")
    spec = play.vi.organization.workflow(workflow_id)["spec"]
    play.vi.organization.change_workflow(workflow_id, {**spec, "settings": {"seed": 1}})
    await dialogue(omar, f"/vi restore {workflow_id}")
    omar.reload()
    await (await asked(omar, "/vi pending")).click("Open…")
    await omar.sees_modal("Restore workflow", "To confirm, type: ")


async def test_a_question_is_withdrawn_and_its_form_says_so(play: Playground) -> None:
    omar = play.slack.user("omar")
    modal = await dialogue(omar, f"/vi delete {idle(play)}")
    pending = await asked(omar, "/vi pending")
    await pending.click("Withdraw")
    await pending.updated("Nothing waits.")
    assert pending.buttons == []
    await confirm(modal)
    await omar.sees_modal(text="This question was withdrawn. Nothing was done.")
    await dialogue(omar, f"/vi delete {idle(play, 1)}", "To confirm, type: Manhole covers")
    await (await asked(omar, "/vi pending")).click("Withdraw")
    await play.bot.work.drain(5)
    await (await omar.sees_modal(text="To confirm, type: Manhole covers")).close()
    await play.bot.work.drain(5)
    assert play.vi.requests.count("DELETE") == 0
    assert await stages(play) == ["requested", "failed withdrawn", "note withdrawn", "requested", "failed withdrawn"]


async def test_a_request_to_approvers_is_withdrawn_and_loses_its_buttons(start: Start) -> None:
    play = await start(**ALWAYS)
    omar = play.slack.user("omar")
    request = await ask_to_delete(play)
    pending = await asked(omar, "/vi pending")
    assert "Delete “Spills on the floor”: waits for a second person" in pending.text
    assert pending.buttons == ["Withdraw"]
    await pending.click("Withdraw")
    await request.updated("@omar withdrew it. Nothing was done.")
    assert request.buttons == []
    await pending.updated("Nothing waits.")


async def test_approvers_see_what_waits_for_them_and_others_only_their_own(start: Start) -> None:
    play = await start(**ALWAYS)
    await ask_to_delete(play)
    for name, says in (("paula", "1 thing waits."), ("alice", "1 thing waits."), ("vera", "Nothing waits.")):
        pending = await asked(play.slack.user(name), "/vi pending")
        assert says in pending.text
        assert pending.buttons == []


async def test_whoever_is_not_let_in_hears_that_of_what_waits_too(play: Playground) -> None:
    assert "Guests of this workspace cannot use this bot." in (await asked(play.slack.user("gus"), "/vi pending")).text


async def test_what_is_over_is_neither_withdrawn_nor_opened_again(play: Playground) -> None:
    omar = play.slack.user("omar")
    modal = await dialogue(omar, f"/vi delete {idle(play)}")
    pending = await asked(omar, "/vi pending")
    await confirm(modal, back_up=False)
    await omar.sees(text="Deleted “", channel="dm")
    for button in ("Withdraw", "Open…"):
        answered = await (await pending.click(button)).answer()
        assert "This was already confirmed, and it is carried out once only." in answered.text
    assert play.vi.requests.count("DELETE") == 1


class Rounds(TurnedClock):
    """Its pauses of an hour, which are those between two rounds of the bot's duties, end when they are told to."""

    def __init__(self) -> None:
        super().__init__()
        self.resting, self._next = asyncio.Event(), asyncio.Semaphore(0)

    async def sleep(self, seconds: float) -> None:
        if seconds < QUICK.recovery:
            await super().sleep(seconds)
            return
        self.resting.set()
        await self._next.acquire()

    async def round(self) -> None:
        """Another round, until it is over."""
        await self.resting.wait()
        self.resting.clear()
        self._next.release()
        await self.resting.wait()


async def test_what_is_long_over_is_forgotten_and_its_buttons_say_so_and_undo_still_works(start: Start) -> None:
    clock = TurnedClock()
    play = await start(clock=clock)
    omar, workflow_id = play.slack.user("omar"), idle(play)
    modal = await dialogue(omar, f"/vi delete {workflow_id}")
    pending = await asked(omar, "/vi pending")
    await confirm(modal, back_up=False)
    outcome = await omar.sees(text="Deleted “", channel="dm")
    await play.bot.work.drain(5)
    clock.ahead = QUESTIONS_KEPT - timedelta(minutes=1)
    assert await forget_questions(play.bot.resources) == 0
    clock.ahead = QUESTIONS_KEPT
    assert await forget_questions(play.bot.resources) == 1
    for button in ("Withdraw", "Open…"):
        answered = await (await pending.click(button)).answer()
        assert "The bot does not keep this question any more, so nothing was done now." in answered.text
        assert "What came of it then stands in the audit trail." in answered.text
    await outcome.click("Undo")
    await (await omar.sees_modal("Restore workflow", AGAIN)).submit()
    await omar.sees(text="Restored “", channel="dm")
    assert workflow_id in play.vi.organization.workflow_ids()


async def test_the_regular_duties_forget_what_is_long_over(start: Start) -> None:
    clock = Rounds()
    play = await start(clock=clock)
    await (await dialogue(play.slack.user("omar"), f"/vi delete {idle(play)}")).close()
    await play.bot.work.drain(5)
    everything = set(ConfirmationState)
    await clock.round()
    assert len(await play.bot.resources.store.confirmations(everything)) == 1
    clock.ahead = QUESTIONS_KEPT
    await clock.round()
    assert await play.bot.resources.store.confirmations(everything) == []


async def test_two_withdrawals_at_once_are_one(play: Playground) -> None:
    omar = play.slack.user("omar")
    await dialogue(omar, f"/vi delete {idle(play)}")
    await (await asked(omar, "/vi pending")).click("Withdraw", times=2)
    await play.bot.work.drain(5)
    assert sorted(await stages(play)) == ["failed withdrawn", "note withdrawn", "requested"]


async def test_nobody_withdraws_what_somebody_else_was_asked(play: Playground) -> None:
    omar, alice = play.slack.user("omar"), play.slack.user("alice")
    await dialogue(omar, f"/vi delete {idle(play)}")
    pending = await asked(omar, "/vi pending")
    message = play.slack.state.messages.get(pending.channel_id, pending.ts)
    assert message is not None
    button = next(
        element
        for block in pending.blocks
        for element in block.get("elements", [])
        if element.get("action_id") == "question_withdraw"
    )
    action = {"type": "button", "block_id": "b", "action_id": "question_withdraw", "value": button["value"]}
    await play.slack.interactions.act_on_message(play.slack.state.directory.person(alice.id), message, action)
    await alice.sees(text="This question was put to somebody else.")
    assert len(await play.bot.resources.store.confirmations({ConfirmationState.OPEN})) == 1


async def _filled(play: Playground, modal: ModalHandle) -> View:
    modal.fill({"phrase": phrase_of(modal), "reason": "x", "Before it goes": []})
    return play.slack.state.views.stack(play.slack.user("omar").id)[-1]


@pytest.mark.parametrize(
    ("button", "says"),
    [
        (None, "This was already confirmed, and it waits for a second person."),
        ("Approve", "Deleted “Spills on the floor”."),
        ("Refuse", "A second person refused this. Nothing was done."),
    ],
)
async def test_a_form_that_slack_delivers_late_says_what_became_of_it(
    start: Start, button: str | None, says: str
) -> None:
    play = await start(**ALWAYS)
    omar, paula = play.slack.user("omar"), play.slack.user("paula")
    view = await _filled(play, await dialogue(omar, f"/vi delete {idle(play)}"))
    content = dict(view.content)
    person = play.slack.state.directory.person(omar.id)
    await play.slack.interactions.submit(person, view)
    await omar.sees_modal(text="A second person has to agree")
    request = await paula.sees(text=ASKS, channel=CHANNEL)
    if button:
        await request.click(button)
        await play.bot.work.drain(5)
    view.content.update(content)
    await play.slack.interactions.submit(person, view)
    await omar.sees_modal(text=says)
    assert play.vi.requests.count("DELETE") == (button == "Approve")
