"""What stands in the trail, and what happens to people when it cannot be written."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.domain.audit import Action, AuditEntry, Stage, content_of
from bot.domain.confirmation import ConfirmationState
from bot.operations.confirming import sweep
from bot.operations.recovery import bring_in_spooled
from bot.ports import TrailQuery
from bot.store.verification import Verdict, verify_file
from sandbox.playground import Mode, Playground, playground
from sandbox.vi.faults import Hold
from tests.journeys.conftest import QUICK, Start
from tests.journeys.steps import TurnedClock, asked, confirm, dialogue, idle


@contextmanager
def file_away(store: Path) -> Iterator[None]:
    """The store's file is not where it was; afterwards it is again."""
    elsewhere = store.with_suffix(".elsewhere")
    store.rename(elsewhere)
    try:
        yield
    finally:
        elsewhere.rename(store)


async def entries(play: Playground, query: TrailQuery | None = None) -> list[AuditEntry]:
    """Oldest first."""
    found = await play.bot.resources.store.trail(query or TrailQuery(limit=1000))
    return [content_of(each) for each in reversed(found)]


async def ends_of(play: Playground, workflow_id: str) -> list[tuple[Stage, str]]:
    found = await entries(play, TrailQuery(workflow=workflow_id, action=Action.DELETE, limit=100))
    return [(each.stage, each.outcome.code if each.outcome else "") for each in found]


async def test_a_start_says_under_which_rules_and_what_is_different_since_the_one_before(url: str, mode: Mode) -> None:
    async with playground(mode=mode, store=url, timing=QUICK) as play:
        (begun,) = await entries(play)
        assert (begun.action, begun.actor.kind) == (Action.START, "bot")
        assert begun.details["settings"]["roles"]["admin"] == [play.slack.user("alice").id]
        assert "changed" not in begun.details
    async with playground(mode=mode, store=url, timing=QUICK, VI_BOT_REASON_REQUIRED=False) as play:
        _start, stop, again = await entries(play)
        assert (stop.action, again.action) == (Action.STOP, Action.START)
        assert "/reason_required" in again.details["changed"]
        assert again.details["settings_sha256"] != begun.details["settings_sha256"]


@pytest.mark.sqlite_only("the file is taken away; a database that is away: tests/replicas")
async def test_a_stop_that_cannot_be_written_waits_in_the_spool(store: Path, mode: Mode) -> None:
    async with playground(mode=mode, store=str(store), timing=QUICK):
        elsewhere = store.rename(store.with_suffix(".elsewhere"))
    elsewhere.rename(store)
    async with playground(mode=mode, store=str(store), timing=QUICK) as play:
        await bring_in_spooled(play.bot.resources)
        assert [each.action for each in await entries(play)] == [Action.START, Action.START, Action.STOP]


async def test_each_entry_says_who_by_name_as_well(play: Playground) -> None:
    vera = play.slack.user("vera")
    await asked(vera, "/vi list")
    await asked(vera, f"/vi delete {idle(play)}")
    looked, refused = (await entries(play))[-2:]
    assert looked.actor.name
    assert refused.stage is Stage.DENIED
    assert refused.actor == looked.actor
    assert refused.details["missing"] == "operator"


async def test_closing_the_dialogue_withdraws_the_question(play: Playground) -> None:
    omar, workflow_id = play.slack.user("omar"), idle(play)
    modal = await dialogue(omar, f"/vi delete {workflow_id}")
    await modal.close()
    await play.bot.work.drain(5)
    assert await ends_of(play, workflow_id) == [(Stage.REQUESTED, ""), (Stage.FAILED, "withdrawn")]
    assert await play.bot.resources.store.confirmations({ConfirmationState.OPEN}) == []


async def test_closing_the_outcome_withdraws_nothing(play: Playground) -> None:
    omar, workflow_id = play.slack.user("omar"), idle(play)
    await confirm(await dialogue(omar, f"/vi delete {workflow_id}"), back_up=False)
    await (await omar.sees_modal(text="Deleted “")).close()
    await play.bot.work.drain(5)
    assert (await ends_of(play, workflow_id))[-1] == (Stage.SUCCEEDED, "ok")


async def test_a_question_that_nobody_answers_expires_and_the_trail_says_so(start: Start) -> None:
    clock = TurnedClock()
    play = await start(clock=clock)
    omar, workflow_id = play.slack.user("omar"), idle(play)
    modal = await dialogue(omar, f"/vi delete {workflow_id}")
    await sweep(play.bot.resources)
    assert await ends_of(play, workflow_id) == [(Stage.REQUESTED, "")]
    clock.ahead = play.bot.resources.rules.confirmation_lifetime
    await sweep(play.bot.resources)
    await sweep(play.bot.resources)
    assert await ends_of(play, workflow_id) == [(Stage.REQUESTED, ""), (Stage.FAILED, "expired")]
    await confirm(modal)
    await omar.sees_modal(text="This question has expired. Nothing was done.")
    assert play.vi.requests.count("DELETE") == 0


@pytest.mark.sqlite_only("the file is taken away; a database that is away: tests/replicas")
async def test_an_end_that_cannot_be_written_waits_in_the_spool_and_is_brought_in(
    play: Playground, store: Path, caplog: pytest.LogCaptureFixture
) -> None:
    omar, workflow_id = play.slack.user("omar"), idle(play)
    modal = await dialogue(omar, f"/vi delete {workflow_id}")
    hold = play.vi.faults.on("DELETE", "flows/*", Hold())
    await confirm(modal, reason="Holds a key: xoxb-1234567890-canarycanary", back_up=False)
    await hold.reached()
    with file_away(store):
        hold.release()
        message = await omar.sees(text="Deleted “", channel="dm")
        assert "could not be written into the audit trail yet" in message.text
    assert "could not be written into the trail" in caplog.text
    caplog.clear()
    spool = store.with_name("vi-bot.db.spool")
    assert "canarycanary" not in spool.read_text()
    assert spool.stat().st_mode & 0o777 == 0o600
    await bring_in_spooled(play.bot.resources)
    await bring_in_spooled(play.bot.resources)
    assert await ends_of(play, workflow_id) == [(Stage.REQUESTED, ""), (Stage.STARTED, ""), (Stage.SUCCEEDED, "ok")]
    ended = (await entries(play, TrailQuery(workflow=workflow_id, stage=Stage.SUCCEEDED)))[0]
    assert ended.details["spooled"] is True
    assert "/details/reason" in ended.redacted
    assert await play.bot.resources.store.open_operations() == []
    assert verify_file(store).verdict is Verdict.SOUND


@pytest.mark.sqlite_only("the file is taken away; a database that is away: tests/replicas")
async def test_without_the_trail_nothing_is_shown(start: Start, store: Path) -> None:
    play = await start()
    vera = play.slack.user("vera")
    with file_away(store):
        assert "memory" in (await asked(vera, "/vi list")).text


@pytest.mark.sqlite_only("the file is taken away; a database that is away: tests/replicas")
async def test_a_team_can_choose_to_look_without_the_trail_and_is_told(start: Start, store: Path) -> None:
    play = await start(VI_BOT_AUDIT_FAILURE="warn")
    vera, omar = play.slack.user("vera"), play.slack.user("omar")
    with file_away(store):
        listing = await asked(vera, "/vi list")
        assert "could not be written into the audit trail" in listing.text
        assert "Next" not in listing.buttons
        assert "could not be written into the audit trail" in (await asked(vera, "/vi whoami")).text
        refused = await asked(vera, "/vi audit --actor <@U0SOMEBODY>")
        assert "needs the role admin" in refused.text
        await omar.command(f"/vi delete {idle(play)}", "ml-ops")
        await omar.sees_modal(text="memory")
    assert play.vi.requests.count("DELETE") == 0
    await bring_in_spooled(play.bot.resources)
    assert [each.action for each in await entries(play)][-3:] == [Action.LIST, Action.WHOAMI, Action.AUDIT]
