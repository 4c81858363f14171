"""What a bot does while it cannot reach the database, and when it can again."""

from contextlib import suppress

from bot.domain.audit import Action
from bot.domain.errors import StoreUnavailable
from bot.operations.presence import show_presence
from bot.operations.recovery import bring_in_spooled
from sandbox.vi import faults
from tests.journeys.steps import asked, confirm, dialogue
from tests.replicas.fleet import Fleet
from tests.replicas.test_together import idle


async def test_without_the_trail_nothing_is_shown_and_nothing_asked_of_vi(company: Fleet) -> None:
    await company.start()
    vera = company.slack.user("vera")
    async with company.cut_off():
        assert "The bot's own memory cannot be used" in (await asked(vera, "/vi list")).text
        await vera.open_home("The bot's own memory cannot be used", timeout=15)
    assert "1–10 of 12" in (await asked(vera, "/vi list")).text


async def test_an_end_that_cannot_be_written_is_told_and_brought_in_later(company: Fleet) -> None:
    replica = await company.start()
    omar, workflow_id = company.slack.user("omar"), idle(company)
    modal = await dialogue(omar, f"/vi delete {workflow_id}")
    hold = company.vi.faults.on("DELETE", "*", faults.Hold(moment=faults.AFTER))
    await confirm(modal, back_up=False)
    await hold.reached()
    async with company.cut_off():
        hold.release()
        await omar.sees(text="Deleted “", channel="dm")
        await company.drain()
    assert (await company.stages())[-1] == "started"
    await bring_in_spooled(replica.bot.resources)
    assert (await company.stages())[-1] == "succeeded ok"


async def test_a_bot_that_was_cut_off_for_longer_than_its_lease_changes_nothing(company: Fleet) -> None:
    replica = await company.start()
    omar, workflow_id = company.slack.user("omar"), idle(company)
    modal = await dialogue(omar, f"/vi delete {workflow_id}")
    hold = company.vi.faults.on("GET", f"flows/{workflow_id}", faults.Hold())
    await confirm(modal, back_up=False)
    await hold.reached()
    async with company.cut_off():
        replica.clock.paused = 61
    with suppress(StoreUnavailable):  # the connection is gone; with the next call it is made anew
        await show_presence(replica.bot.resources)
    await show_presence(replica.bot.resources)  # it is at work again before its own task goes on
    hold.release()
    await omar.sees(text="has been out of touch with its memory for too long", channel="dm")
    assert company.vi.requests.count("DELETE") == 0
    assert [each.stage for each in await company.entries(Action.DELETE)] == ["requested", "started", "failed"]
