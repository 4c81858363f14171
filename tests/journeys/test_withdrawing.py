"""Dialogues that are closed without an answer."""

from dataclasses import replace

import pytest

import handlers.views
from bot.domain.audit import Stage
from bot.domain.confirmation import ConfirmationId
from bot.domain.errors import ConfirmationClosed
from bot.domain.people import PersonId, Request, TeamId
from bot.operations.deletion import answer, withdraw
from bot.ports import TrailQuery
from sandbox.playground import Playground
from tests.journeys.steps import dialogue, idle


async def opened(play: Playground) -> tuple[ConfirmationId, Request]:
    """A question put to Omar whose dialogue is still open, and a request of his."""
    omar = play.slack.user("omar")
    await dialogue(omar, f"/vi delete {idle(play)}")
    view = play.slack.state.views.stack(omar.id)[-1]
    team = TeamId(play.slack.state.directory.person(omar.id).team.id)
    return ConfirmationId(view.content["private_metadata"]), Request(PersonId(omar.id), team, "modal")


async def ends(play: Playground) -> list[str]:
    store = play.bot.resources.store
    return [each.body for each in await store.trail(TrailQuery(stage=Stage.FAILED))]


async def test_nobody_withdraws_what_was_put_to_somebody_else_or_never_was(play: Playground) -> None:
    confirmation_id, request = await opened(play)
    await withdraw(play.bot.resources, replace(request, person_id=PersonId("U0SOMEBODY")), confirmation_id)
    await withdraw(play.bot.resources, request, ConfirmationId("never"))
    assert await ends(play) == []


async def test_an_answer_after_the_dialogue_was_closed_comes_too_late(play: Playground) -> None:
    confirmation_id, request = await opened(play)
    await withdraw(play.bot.resources, request, confirmation_id)
    with pytest.raises(ConfirmationClosed, match="was withdrawn"):
        await answer(play.bot.resources, request, confirmation_id, reason="late", back_up_first=False)
    assert play.vi.requests.count("DELETE") == 0


async def test_a_form_of_an_older_version_is_closed_without_a_word(
    play: Playground, monkeypatch: pytest.MonkeyPatch
) -> None:
    omar = play.slack.user("omar")
    modal = await dialogue(omar, f"/vi delete {idle(play)}")
    monkeypatch.setattr(handlers.views, "_CLOSED", {})
    await modal.close()
    await play.bot.work.drain(5)
    assert await ends(play) == []
