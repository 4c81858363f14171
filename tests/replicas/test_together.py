"""What people notice of it that several processes answer them: nothing."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

from bot.domain.audit import Action
from bot.domain.checkpoint import checkpoints_in
from bot.domain.confirmation import ConfirmationState
from bot.domain.people import PersonId
from handlers import action_ids
from sandbox.playground import AUDIT_CHANNEL
from sandbox.slack.driver.page import MessageHandle
from sandbox.slack.elements import elements_in
from sandbox.slack.views import View
from tests.journeys.steps import asked, confirm, dialogue, phrase_of
from tests.replicas.fleet import TIMING, Fleet

OFTEN = replace(TIMING, recovery=0.05)
EVERY_DELETION: dict[str, Any] = {
    "VI_BOT_APPROVALS": [{"actions": ["delete"]}],
    "VI_BOT_APPROVALS_CHANNEL": "C07LP3APRV2",
}


def idle(company: Fleet, index: int = 0) -> str:
    organization = company.vi.organization
    return [each for each in organization.workflow_ids() if not organization.active_runs_of(each)][index]


async def filled_in(company: Fleet, count: int) -> list[View]:
    """So many deletion dialogues of Omar's, each opened at another bot and ready to be submitted."""
    omar, forms = company.slack.user("omar"), []
    for index in range(count):
        company.next_goes_to(index)
        name = company.vi.organization.workflow(idle(company, index))["spec"]["name"]
        modal = await dialogue(omar, f"/vi delete {idle(company, index)}", f"To confirm, type: {name}")
        modal.fill({"phrase": phrase_of(modal), "reason": "Not needed", "Before it goes": []})
        forms.append(company.slack.state.views.stack(omar.id)[-1])
    return forms


async def asked_for_approval(company: Fleet, index: int = 0) -> MessageHandle:
    omar = company.slack.user("omar")
    await confirm(await dialogue(omar, f"/vi delete {idle(company, index)}"), back_up=False)
    await omar.sees_modal(text="A second person has to agree.")
    return await company.slack.user("paula").sees(text="asks for a second person", channel="approvals")


async def test_a_dialogue_opened_by_one_bot_is_submitted_to_another(three: Fleet) -> None:
    omar, workflow_id = three.slack.user("omar"), idle(three)
    three.next_goes_to(0)
    modal = await dialogue(omar, f"/vi delete {workflow_id}")
    three.next_goes_to(1)
    await confirm(modal, back_up=False)
    await omar.sees(text="Deleted “", channel="dm")
    assert workflow_id not in three.vi.organization.workflow_ids()
    requested, started, succeeded = await three.entries(Action.DELETE)
    one, other = (three.replicas[number].process for number in (0, 1))
    assert [each.host["process"] for each in (requested, started, succeeded)] == [one, other, other]


async def test_twenty_submits_over_three_bots_send_one_delete(three: Fleet) -> None:
    omar = three.slack.user("omar")
    modal = await dialogue(omar, f"/vi delete {idle(three)}")
    modal.fill({"phrase": phrase_of(modal), "reason": "Not needed", "Before it goes": []})
    person, view = three.slack.state.directory.person("omar"), three.slack.state.views.stack(omar.id)[-1]
    await asyncio.gather(*(three.slack.interactions.submit(person, view) for _ in range(20)))
    await omar.sees(text="Deleted “", channel="dm")
    await three.drain()
    assert three.vi.requests.count("DELETE") == 1
    assert [each for each in await three.stages() if each.startswith(("started", "succeeded"))] == [
        "started",
        "succeeded ok",
    ]
    told = [each for each in omar.messages if "Deleted “" in each.text and each.channel_id.startswith("D")]
    assert len(told) == 1


async def test_approvals_clicked_at_two_bots_at_once_count_once(company: Fleet) -> None:
    for _ in range(2):
        await company.start(**EVERY_DELETION)
    request = await asked_for_approval(company)
    (approve,) = [each for each in elements_in(request.blocks) if each.json["action_id"] == action_ids.APPROVE]
    assert approve.json["value"]
    await asyncio.gather(*(request.click("Approve") for _ in range(2)))
    await company.slack.user("omar").sees(text="Deleted “", channel="dm")
    await company.drain()
    assert company.vi.requests.count("DELETE") == 1
    stages = await company.stages()
    assert stages.count("approved ok") == stages.count("started") == 1


async def test_the_hourly_cap_is_counted_over_all_bots(company: Fleet) -> None:
    for _ in range(3):
        await company.start(VI_BOT_HOURLY_CAP=2)
    person, forms = company.slack.state.directory.person("omar"), await filled_in(company, 3)
    await asyncio.gather(*(company.slack.interactions.submit(person, each) for each in forms))
    await company.slack.user("alice").sees(text="asks for a second person", channel=AUDIT_CHANNEL)
    await company.drain()
    assert company.vi.requests.count("DELETE") == 2
    assert "note awaiting_approval" in await company.stages()


async def test_a_lock_set_at_one_bot_holds_at_the_others_at_once(three: Fleet) -> None:
    omar, alice, workflow_id = three.slack.user("omar"), three.slack.user("alice"), idle(three)
    modal = await dialogue(omar, f"/vi delete {workflow_id}")
    three.next_goes_to(0)
    await asked(alice, f'/vi lock {workflow_id} --reason "in production"')
    three.next_goes_to(1)
    await confirm(modal, back_up=False)
    await omar.sees(text="is locked", channel="dm")
    assert three.vi.requests.count("DELETE") == 0


async def test_a_reminder_and_an_expiry_are_told_once(company: Fleet) -> None:
    for _ in range(3):
        await company.start(OFTEN, **EVERY_DELETION)
    request = await asked_for_approval(company)
    paula, omar = company.slack.user("paula"), company.slack.user("omar")
    company.turn(16)
    await paula.sees(text="This still waits for a second person", channel="approvals")
    await company.rounds(2)
    company.turn(31)
    await request.updated("Nobody decided in time.")
    await company.rounds(2)
    await company.drain()
    assert len([each for each in paula.messages if "This still waits for a second person" in each.text]) == 1
    told = [each for each in omar.messages if "Nobody decided in time" in each.text and each.channel_id.startswith("D")]
    assert len(told) == 1
    assert (await company.stages()).count("failed expired") == 1


async def test_a_checkpoint_is_noted_once_an_interval(company: Fleet, tmp_path: Path) -> None:
    noted = tmp_path / "checkpoints.txt"
    for _ in range(3):
        await company.start(OFTEN, VI_BOT_CHECKPOINT_FILE=str(noted))
    for hour in range(3):
        company.turn(61 * hour)
        await asked(company.slack.user("vera"), "/vi whoami")
        await company.rounds(2)
    assert len(list(checkpoints_in(noted.read_text()))) == 3


async def test_a_role_that_was_taken_away_is_gone_at_every_bot_ten_seconds_later(three: Fleet) -> None:
    omar, forms = three.slack.user("omar"), await filled_in(three, 3)
    three.slack.state.directory.groups[three.slack.group_id("ml-ops")].members.remove(omar.id)
    three.turn(10 / 60)
    person = three.slack.state.directory.person("omar")
    for number, view in enumerate(forms):
        three.next_goes_to(number)
        await three.slack.interactions.submit(person, view)
    await three.drain()
    assert three.vi.requests.count("DELETE") == 0
    denied = [each for each in await three.entries(Action.DELETE) if each.stage == "denied"]
    assert {each.host["process"] for each in denied} == {each.process for each in three.replicas}


async def test_a_home_tab_opened_at_one_bot_is_published_after_a_change_made_at_another(three: Fleet) -> None:
    omar = three.slack.user("omar")
    three.next_goes_to(0)
    home = await omar.open_home("Nothing waits for you.")
    three.next_goes_to(1)
    modal = await dialogue(omar, f"/vi delete {idle(three)}")
    await home.updated("Waits for your answer")
    three.next_goes_to(2)
    await confirm(modal, back_up=False)
    await home.updated("Nothing waits for you.")
    waiting = await three.replicas[0].bot.resources.store.confirmations({ConfirmationState.OPEN}, PersonId(omar.id))
    assert waiting == []
