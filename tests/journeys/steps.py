"""Steps that several journeys share."""

from datetime import datetime, timedelta

from bot.app import SystemClock
from sandbox.playground import Playground
from sandbox.slack.driver.page import MessageHandle
from sandbox.slack.driver.person import User
from sandbox.slack.driver.view import ModalHandle


class TurnedClock(SystemClock):
    """The machine's clock, put forward by `ahead`."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        """The present moment and a bit."""
        return super().now() + self.ahead


PHRASE = "To confirm, type: "


async def asked(person: User, typed: str, channel: str = "ml-ops") -> MessageHandle:
    """What the bot answers to a command."""
    reply = await person.command(typed, channel)
    assert reply.error is None
    return await reply.answer()


async def dialogue(person: User, typed: str, text: str = PHRASE) -> ModalHandle:
    """The deletion dialogue, once it shows the facts."""
    reply = await person.command(typed, "ml-ops")
    assert reply.error is None
    return await person.sees_modal(text=text)


def phrase_of(modal: ModalHandle) -> str:
    """What has to be typed."""
    return next(each for each in modal.fields if each.startswith(PHRASE)).removeprefix(PHRASE)


async def confirm(modal: ModalHandle, *, reason: str = "Not needed", back_up: bool = True) -> None:
    """Fill the form in as asked, and submit it."""
    reply = await modal.submit(
        {"phrase": phrase_of(modal), "reason": reason, "Before it goes": ["Back up first"] if back_up else []}
    )
    assert reply.errors == {}
    assert reply.error is None


def idle(play: Playground, index: int = 0) -> str:
    """The id of a workflow that no run is using."""
    organization = play.vi.organization
    return [each for each in organization.workflow_ids() if not organization.active_runs_of(each)][index]


def busy(play: Playground) -> str:
    """The id of a workflow that a run is using."""
    organization = play.vi.organization
    return next(each for each in organization.workflow_ids() if organization.active_runs_of(each))
