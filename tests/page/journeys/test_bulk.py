"""Several workflows in one dialogue, two of which cannot go."""

from playwright.async_api import expect

from sandbox.playground import AUDIT_CHANNEL
from sandbox.vi import faults
from tests.page.journeys.steps import DIRECT_MESSAGES, Desk, Journey, in_a_browser

pytestmark = in_a_browser

CHANGED = "The workflow was changed after you looked at it. In these places: /spec/description."


async def finish_every_run(desk: Desk) -> None:
    """Let the active runs end, in the panel of Vi."""
    finish = desk.page.locator("#vi").get_by_role("button", name="Finish run")
    for left in range(await finish.count() - 1, -1, -1):
        await finish.first.click()
        await expect(finish).to_have_count(left)


async def test_of_twelve_two_fail_and_are_named_while_the_rest_is_done(journey: Journey) -> None:
    omar, organization = await journey.desk("omar"), journey.play.vi.organization
    await finish_every_run(omar)
    ids = organization.workflow_ids()
    names = [str(organization.workflow(each)["spec"]["name"]) for each in ids]
    changed, refused = names[3], names[8]
    await omar.ask_to_delete(*names)
    await expect(omar.dialog).to_contain_text("To confirm, type: delete 12 workflows")
    await (await journey.desk("alice")).change_in_vi(changed)
    journey.play.vi.faults.on("DELETE", f"flows/{ids[8]}", faults.error(409, body={"message": "not today"}))
    eighth = journey.hold("DELETE", f"flows/{ids[7]}")
    await omar.confirm(back_up=False)
    await eighth.reached()
    await expect(omar.dialog).to_contain_text("7 of 12")
    await expect(omar.dialog).to_contain_text(f"“{changed}” was not deleted. {CHANGED}")
    eighth.release()
    await expect(omar.dialog).to_contain_text("Deleted 10 of 12 workflows.")
    for name, why in ((changed, CHANGED), (refused, "not today")):
        failed = omar.dialog.locator(".block", has_text=f"“{name}” was not deleted.")
        await expect(failed).to_contain_text(why)
        await expect(failed.get_by_role("button")).to_have_count(0)
    await expect(omar.dialog.get_by_role("button", name="Undo")).to_have_count(10)
    await omar.close_dialog()
    await omar.go_to(DIRECT_MESSAGES)
    told = omar.message("Deleted 10 of 12 workflows.")
    await expect(told.get_by_role("button", name="Undo")).to_have_count(10)
    await omar.go_to(AUDIT_CHANNEL)
    await expect(omar.page.get_by_role("log")).to_contain_text("Reason: Not needed")
    assert set(organization.workflow_ids()) == {ids[3], ids[8]}
    assert journey.deletions == 11
    ends = [each for each in await journey.trail() if each.startswith(("succeeded", "failed"))]
    assert sorted(ends) == ["failed changed", "failed vi_refused", *["succeeded ok"] * 10]
