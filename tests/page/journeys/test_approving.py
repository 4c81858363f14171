"""A second person decides, or does not come to it: each with a page of their own, by clicking."""

import asyncio
from datetime import timedelta

import pytest_asyncio
from playwright.async_api import Locator, expect

from bot.domain.audit import Stage, content_of
from bot.ports import TrailQuery
from handlers.duties import sweep_questions
from tests.journeys.steps import TurnedClock
from tests.page.journeys.conftest import Begin
from tests.page.journeys.steps import (
    ALSO_IDLE,
    ALWAYS_ASK,
    APPROVALS,
    DIRECT_MESSAGES,
    IDLE,
    Desk,
    Journey,
    expect_decided,
    in_a_browser,
    press,
)

pytestmark = in_a_browser

ALREADY = "This was already confirmed, and it is carried out once only."


@pytest_asyncio.fixture(loop_scope="session")
async def journey(begin: Begin) -> Journey:
    """Every deletion needs a second person."""
    return await begin(**ALWAYS_ASK)


async def requested(journey: Journey) -> tuple[Desk, Desk, Locator]:
    """Omar asks to delete something; he, Paula, and the request as she sees it."""
    omar, paula = await journey.desk("omar"), await journey.desk("paula", APPROVALS)
    await omar.request_to_delete(IDLE)
    request = paula.message("asks for a second person")
    await expect(request).to_contain_text(IDLE)
    return omar, paula, request


async def approver_of(journey: Journey) -> str:
    """Who agreed, as the trail has it."""
    found = map(content_of, await journey.play.bot.resources.store.trail(TrailQuery(limit=100)))
    return next(each.actor.name for each in found if each.stage is Stage.APPROVED)


async def test_what_a_second_person_agrees_to_is_done_and_both_read_it(journey: Journey) -> None:
    omar, _, request = await requested(journey)
    assert journey.deletions == 0
    await press(request, "Details").click()
    details = request.page.get_by_role("dialog")
    await expect(details).to_contain_text("Asked by @omar")
    await details.get_by_role("button", name="Close", exact=True).click()
    await press(request, "Approve").click()
    await expect_decided(request, f"Agreed by @paula. Deleted “{IDLE}”.")
    await omar.go_to(DIRECT_MESSAGES)
    await expect(omar.message(f"Deleted “{IDLE}”.")).to_contain_text("agreed by @paula")
    assert journey.deletions == 1
    assert await journey.trail() == ["requested", "note awaiting_approval", "approved ok", "started", "succeeded ok"]


async def test_what_a_second_person_refuses_is_not_done(journey: Journey) -> None:
    omar, _, request = await requested(journey)
    await press(request, "Refuse").click()
    await expect_decided(request, "Refused by @paula. Nothing was done.")
    await omar.go_to(DIRECT_MESSAGES)
    await expect(omar.message(f"Your request to delete “{IDLE}”:")).to_contain_text("Refused by @paula.")
    assert journey.deletions == 0
    assert (await journey.trail())[-1] == "denied refused_by_approver"


async def test_what_nobody_decides_expires_and_a_late_click_says_so(begin: Begin) -> None:
    clock = TurnedClock()
    journey = await begin(clock=clock, **ALWAYS_ASK)
    omar, paula, request = await requested(journey)
    clock.ahead = timedelta(minutes=30)
    await press(request, "Approve").click()
    await expect(paula.message("This question has expired. Nothing was done.")).to_contain_text("Only visible to you")
    await sweep_questions(journey.play.bot)
    await expect_decided(request, "Nobody decided in time. Nothing was done.")
    await omar.go_to(DIRECT_MESSAGES)
    await expect(omar.message("Nobody decided in time")).to_contain_text(IDLE)
    assert journey.deletions == 0
    assert (await journey.trail())[-2:] == ["note expired", "failed expired"]


async def test_what_was_changed_in_vi_since_it_was_asked_is_void(journey: Journey) -> None:
    omar, paula, request = await requested(journey)
    await paula.change_in_vi(IDLE)
    await press(request, "Approve").click()
    await expect_decided(request, "It was changed in the meantime, so this is void. Nothing was done.")
    await omar.go_to(DIRECT_MESSAGES)
    await expect(omar.message("so this is void")).to_contain_text(IDLE)
    assert journey.deletions == 0
    assert (await journey.trail())[-1] == "failed void"


async def test_who_asked_withdraws_it_and_the_request_loses_its_buttons(journey: Journey) -> None:
    omar, _, request = await requested(journey)
    await omar.send("/vi pending")
    pending = omar.message(f"Delete “{IDLE}”: waits for a second person")
    await pending.get_by_role("button", name="Withdraw").click()
    await expect(omar.message("Nothing waits.")).to_be_visible()
    await expect_decided(request, "@omar withdrew it. Nothing was done.")
    assert journey.deletions == 0
    assert (await journey.trail())[-1] == "failed withdrawn"


async def test_who_asked_cannot_agree_and_is_told_why_and_somebody_else_can(journey: Journey) -> None:
    alice, paula = await journey.desk("alice"), await journey.desk("paula", APPROVALS)
    await alice.request_to_delete(IDLE)
    await alice.go_to(APPROVALS)
    own = alice.message("asks for a second person")
    await press(own, "Approve").click()
    refusal = alice.message("You asked for this yourself. A second person has to decide.")
    await expect(refusal).to_contain_text("Only visible to you")
    await expect(press(own, "Approve")).to_be_visible()
    assert journey.deletions == 0
    assert await journey.trail() == ["requested", "note awaiting_approval", "note refused"]
    await press(paula.message("asks for a second person"), "Approve").click()
    await expect_decided(own, f"Agreed by @paula. Deleted “{IDLE}”.")
    assert journey.deletions == 1


async def test_an_approver_who_clicks_twice_agrees_once(journey: Journey) -> None:
    _, paula, request = await requested(journey)
    first, second = journey.hold("GET"), journey.hold("GET")
    await press(request, "Approve").dblclick()
    await asyncio.gather(first.reached(), second.reached())
    first.release()
    second.release()
    await expect_decided(request, f"Agreed by @paula. Deleted “{IDLE}”.")
    await expect(paula.message(ALREADY)).to_contain_text("Confirmed by @paula")
    assert journey.deletions == 1
    assert sorted(await journey.trail()) == sorted(
        ["requested", "note awaiting_approval", "approved ok", "note used", "started", "succeeded ok"]
    )


async def test_of_two_approvers_at_once_one_agrees_and_the_other_reads_who_it_was(journey: Journey) -> None:
    _, paula, request = await requested(journey)
    alice = await journey.desk("alice", APPROVALS)
    same = alice.message("asks for a second person")
    first, second = journey.hold("GET"), journey.hold("GET")
    await asyncio.gather(press(request, "Approve").click(), press(same, "Approve").click())
    await asyncio.gather(first.reached(), second.reached())
    first.release()
    second.release()
    for each in (request, same):
        await expect_decided(each, f"Deleted “{IDLE}”.")
    winner = await approver_of(journey)
    quick, late = (paula, alice) if winner == "paula" else (alice, paula)
    await expect(late.message(ALREADY)).to_contain_text(f"Confirmed by @{winner}")
    await expect(quick.message(ALREADY)).to_have_count(0)
    assert journey.deletions == 1
    assert (await journey.trail()).count("approved ok") == 1


async def test_beyond_the_cap_of_an_hour_a_second_person_is_asked(begin: Begin) -> None:
    journey = await begin(VI_BOT_HOURLY_CAP=1, VI_BOT_APPROVALS_CHANNEL=ALWAYS_ASK["VI_BOT_APPROVALS_CHANNEL"])
    omar, paula = await journey.desk("omar"), await journey.desk("paula", APPROVALS)
    await omar.ask_to_delete(IDLE)
    await omar.confirm(back_up=False)
    await expect(omar.dialog).to_contain_text(f"Deleted “{IDLE}”.")
    await omar.close_dialog()
    await omar.ask_to_delete(ALSO_IDLE)
    await omar.confirm(back_up=False)
    await expect(omar.dialog).to_contain_text("A second person has to agree. Nothing has been done yet.")
    await expect(omar.dialog).to_contain_text("Beyond 1 within an hour, the policy asks for a second person.")
    assert journey.deletions == 1
    request = paula.message("asks for a second person")
    await press(request, "Approve").click()
    await expect_decided(request, f"Agreed by @paula. Deleted “{ALSO_IDLE}”.")
    assert journey.deletions == 2
