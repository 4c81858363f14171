"""A role is asked of Slack again right before a change; where that cannot be told, nobody has it."""

from datetime import timedelta

from playwright.async_api import expect

from tests.journeys.steps import TurnedClock
from tests.page.journeys.conftest import Begin
from tests.page.journeys.steps import IDLE, Journey, in_a_browser

pytestmark = in_a_browser

UNTOLD = "This needs the role operator. The bot could not look up now whether you have it."
MISSING = "This needs the role operator, which you do not have."
A_WHILE = timedelta(seconds=10)
"""Who is in a group is remembered for less than this before a change."""


async def test_while_groups_cannot_be_looked_up_nobody_is_an_operator_and_afterwards_all_is_as_before(
    journey: Journey,
) -> None:
    omar = await journey.desk("omar")
    journey.play.slack.faults.on("usergroups.users.list", error="internal_error", times=3)
    await omar.send(f'/vi delete "{IDLE}"')
    refusal = omar.message(UNTOLD)
    await expect(refusal).to_contain_text("Only visible to you")
    await expect(omar.dialog).to_be_hidden()
    await omar.ask_to_delete(IDLE)
    assert journey.deletions == 0
    assert await journey.trail() == ["denied refused", "requested"]


async def test_a_group_that_cannot_be_looked_up_at_the_submit_stops_the_deletion(begin: Begin) -> None:
    clock = TurnedClock()
    journey = await begin(clock=clock)
    omar = await journey.desk("omar")
    await omar.ask_to_delete(IDLE)
    clock.ahead = A_WHILE
    journey.play.slack.faults.on("usergroups.users.list", error="internal_error", times=3)
    await omar.confirm()
    await expect(omar.dialog).to_contain_text(UNTOLD)
    await expect(omar.dialog.get_by_role("button", name="Delete", exact=True)).to_have_count(0)
    assert journey.deletions == 0
    assert await journey.trail() == ["requested", "denied refused"]


async def test_a_role_that_was_taken_away_while_the_dialogue_was_open_stops_the_deletion(begin: Begin) -> None:
    clock = TurnedClock()
    journey = await begin(clock=clock)
    omar, slack = await journey.desk("omar"), journey.play.slack
    await omar.ask_to_delete(IDLE)
    clock.ahead = A_WHILE
    slack.state.directory.groups[slack.group_id("ml-ops")].members.remove(slack.user("omar").id)
    await omar.confirm()
    await expect(omar.dialog).to_contain_text(MISSING)
    await expect(omar.dialog.get_by_role("button", name="Delete", exact=True)).to_have_count(0)
    assert (journey.deletions, journey.play.vi.requests.count("PUT")) == (0, 0)
    assert await journey.trail() == ["requested", "denied refused"]
