"""The Home tab that is open in one window changes by itself while something is done in another."""

from playwright.async_api import expect

from tests.page.journeys.conftest import Begin
from tests.page.journeys.steps import ALWAYS_ASK, APPROVALS, IDLE, Journey, in_a_browser, press

pytestmark = in_a_browser


async def test_it_shows_a_backup_and_the_copy(journey: Journey) -> None:
    home, omar = (await journey.home("omar")).home, await journey.desk("omar")
    await expect(home).to_contain_text("No changes yet.")
    await expect(home).to_contain_text("5 of 12 workflows")
    await omar.send(f'/vi backup "{IDLE}"')
    await expect(home).to_contain_text(f"Back up “{IDLE}”: succeeded")
    await expect(home).to_contain_text("5 of 13 workflows")
    assert await journey.trail("vi.workflow.backup") == ["started", "succeeded ok"]


async def test_it_shows_a_deletion_from_the_question_to_its_end_and_the_undoing(journey: Journey) -> None:
    home, omar = (await journey.home("omar")).home, await journey.desk("omar")
    await omar.ask_to_delete(IDLE)
    await expect(home).to_contain_text("Waits for your answer")
    await omar.confirm(back_up=False)
    await expect(home).to_contain_text(f"Delete “{IDLE}”: succeeded")
    await expect(home).to_contain_text("Nothing waits for you.")
    await expect(home).to_contain_text("5 of 11 workflows")
    await omar.dialog.get_by_role("button", name="Undo").click()
    await expect(omar.dialog).to_contain_text("It does not exist now")
    await expect(home).to_contain_text("Waits for your answer")
    await omar.dialog.get_by_role("button", name="Restore", exact=True).click()
    await expect(home).to_contain_text(f"Restore “{IDLE}”: succeeded")
    await expect(home).to_contain_text("Nothing waits for you.")
    await expect(home).to_contain_text("5 of 12 workflows")
    assert journey.workflow_id(IDLE)
    assert journey.deletions == 1


async def test_it_shows_a_lock_and_that_it_was_taken_off(journey: Journey) -> None:
    home, alice = (await journey.home("alice")).home, await journey.desk("alice")
    await expect(home).to_contain_text("No changes yet.")
    await alice.lock(IDLE)
    await expect(home).to_contain_text(f"Lock “{IDLE}”: succeeded")
    await alice.send(f'/vi unlock "{IDLE}"')
    await expect(home).to_contain_text(f"Unlock “{IDLE}”: succeeded")


async def test_it_shows_that_a_second_person_is_waited_for_and_what_came_of_it(begin: Begin) -> None:
    journey = await begin(**ALWAYS_ASK)
    home, omar = (await journey.home("omar")).home, await journey.desk("omar")
    paula = await journey.desk("paula", APPROVALS)
    await omar.request_to_delete(IDLE)
    await expect(home).to_contain_text("Waits for a second person")
    await press(paula.message("asks for a second person"), "Approve").click()
    await expect(home).to_contain_text(f"Delete “{IDLE}”: succeeded")
    await expect(home).to_contain_text("Nothing waits for you.")
    assert journey.deletions == 1
