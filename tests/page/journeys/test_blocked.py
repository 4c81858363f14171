"""A run that blocks a deletion is killed from there, and the deletion goes on, and is undone."""

import re

from playwright.async_api import expect

from tests.page.journeys.steps import BUSY, Journey, in_a_browser

pytestmark = in_a_browser


async def test_a_blocked_deletion_leads_to_the_kill_back_to_the_deletion_and_is_undone(journey: Journey) -> None:
    omar, workflow_id = await journey.desk("omar"), journey.workflow_id(BUSY)
    dialog = omar.dialog
    await omar.send(f'/vi delete "{BUSY}"')
    await expect(dialog).to_contain_text("cannot be deleted now")
    await dialog.get_by_role("button", name=re.compile("^Kill run")).first.click()
    await expect(dialog).to_contain_text("Stopped at once, and for good")
    await omar.confirm("Kill run")
    await expect(dialog).to_contain_text("Deleted at once, and Vi cannot bring it back")
    await omar.confirm()
    await expect(dialog).to_contain_text(f"Deleted “{BUSY}”.")
    assert workflow_id not in journey.play.vi.organization.workflow_ids()
    await dialog.get_by_role("button", name="Undo").click()
    await expect(dialog).to_contain_text("It does not exist now")
    await dialog.get_by_role("button", name="Restore", exact=True).click()
    await expect(dialog).to_contain_text(f"Restored “{BUSY}”")
    assert workflow_id in journey.play.vi.organization.workflow_ids()
    assert journey.deletions == 1
    assert await journey.trail("vi.run.kill") == ["requested", "started", "succeeded ok"]
    assert await journey.trail("vi.workflow.restore") == ["requested", "started", "succeeded ok"]
