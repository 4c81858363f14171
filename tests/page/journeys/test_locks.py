"""A lock holds in every path, also against a dialogue that was open when the lock came."""

from playwright.async_api import expect

from sandbox.playground import AUDIT_CHANNEL
from tests.page.journeys.conftest import Begin
from tests.page.journeys.steps import (
    ALSO_IDLE,
    ALWAYS_ASK,
    APPROVALS,
    DIRECT_MESSAGES,
    IDLE,
    Journey,
    expect_decided,
    in_a_browser,
    press,
)

pytestmark = in_a_browser

LOCKED = "It is locked, with the reason “production uses it”"


async def test_a_dialogue_that_was_open_when_the_lock_came_deletes_nothing_and_the_next_has_no_button(
    journey: Journey,
) -> None:
    omar, alice = await journey.desk("omar"), await journey.desk("alice")
    await omar.ask_to_delete(IDLE)
    await alice.lock(IDLE)
    await omar.confirm()
    await expect(omar.dialog).to_contain_text(f"“{IDLE}” was not deleted.")
    await expect(omar.dialog).to_contain_text(LOCKED)
    await omar.close_dialog()
    await omar.send(f'/vi delete "{IDLE}"')
    await expect(omar.dialog).to_contain_text(f"“{IDLE}” cannot be deleted now. {LOCKED}")
    await expect(omar.dialog.get_by_role("button", name="Delete", exact=True)).to_have_count(0)
    await omar.close_dialog()
    await omar.go_to(AUDIT_CHANNEL)
    await expect(omar.message(f"Locked “{IDLE}”.")).to_contain_text("@alice")
    assert (journey.deletions, journey.play.vi.requests.count("PUT")) == (0, 0)
    assert await journey.trail() == ["requested", "started", "failed locked", "failed locked"]


async def test_of_several_the_one_that_is_locked_stays_whenever_the_lock_came(journey: Journey) -> None:
    omar, alice = await journey.desk("omar"), await journey.desk("alice")
    await alice.lock("Road cracks")
    await omar.ask_to_delete(IDLE, ALSO_IDLE, "Road cracks")
    await expect(omar.dialog).to_contain_text(f"Left out: “Road cracks”. {LOCKED}")
    await alice.lock(ALSO_IDLE)
    await omar.confirm(back_up=False)
    await expect(omar.dialog).to_contain_text("Deleted 1 of 2 workflows.")
    await expect(omar.dialog).to_contain_text(f"“{ALSO_IDLE}” was not deleted. {LOCKED}")
    await expect(omar.dialog.get_by_role("button", name=f"Undo {IDLE}")).to_be_visible()
    assert journey.play.vi.organization.workflow_ids(IDLE) == []
    assert journey.deletions == 1


async def test_an_approval_given_after_the_lock_deletes_nothing(begin: Begin) -> None:
    journey = await begin(**ALWAYS_ASK)
    omar, paula, alice = [await journey.desk(name) for name in ("omar", "paula", "alice")]
    await omar.request_to_delete(IDLE)
    await alice.lock(IDLE)
    await paula.go_to(APPROVALS)
    request = paula.message("asks for a second person")
    await press(request, "Approve").click()
    await expect_decided(request, f"Agreed by @paula. “{IDLE}” was not deleted.")
    await omar.go_to(DIRECT_MESSAGES)
    await expect(omar.message(f"“{IDLE}” was not deleted.")).to_contain_text(LOCKED)
    assert journey.deletions == 0
    assert (await journey.trail())[-2:] == ["started", "failed locked"]


async def test_a_dialogue_that_was_open_when_the_lock_came_writes_nothing_over_and_the_next_has_no_button(
    journey: Journey,
) -> None:
    omar, alice = await journey.desk("omar"), await journey.desk("alice")
    await omar.send(f'/vi backup "{IDLE}"')
    await expect(omar.message("The copy is verified")).to_be_visible()
    await omar.change_in_vi(IDLE)
    changed = journey.play.vi.organization.workflow(journey.workflow_id(IDLE))
    await omar.send(f'/vi restore "{IDLE}"')
    await expect(omar.dialog).to_contain_text("These places would be written over")
    await alice.lock(IDLE)
    await omar.confirm("Restore")
    await expect(omar.dialog).to_contain_text(f"“{IDLE}” was not restored.")
    await expect(omar.dialog).to_contain_text(LOCKED)
    await omar.close_dialog()
    await omar.send(f'/vi restore "{IDLE}"')
    await expect(omar.dialog).to_contain_text(f"“{IDLE}” cannot be restored now. {LOCKED}")
    await expect(omar.dialog.get_by_role("button", name="Restore", exact=True)).to_have_count(0)
    assert journey.play.vi.organization.workflow(journey.workflow_id(IDLE)) == changed
    assert await journey.trail("vi.workflow.restore") == ["requested", "started", "failed locked", "failed locked"]
