"""What is on people's screens, and what they can press there."""

import random
from collections.abc import Awaitable, Callable, Mapping

from handlers.context import Context
from sandbox.slack.driver.page import Page
from sandbox.slack.driver.view import ModalHandle
from sandbox.slack.elements import Element, elements_in
from tests.model.company import Company

_UNEXPECTED = "because of a fault of its own"
_TOO_LATE = {"expired_trigger_id", "late_acknowledgement", "not_acknowledged"}
"""Slack gives 3 s. A hundred people on a busy machine can take longer; that the bot acks first is shown elsewhere."""


def controls(page: Page) -> list[Element]:
    """What on a page the app hears of at once."""
    return [each for each in elements_in(page.blocks) if each.type in _PRESS]


async def press(page: Page, element: Element, chance: random.Random) -> None:
    """Use a control in one of the ways that it offers."""
    await _PRESS[element.type](page, element, chance)


async def _click(page: Page, element: Element, chance: random.Random) -> None:
    await page._use(
        element,
        {key: element.json[key] for key in ("text", "value", "style") if key in element.json},
        times=chance.choice((1, 1, 1, 2)),
    )


async def _choose(page: Page, element: Element, chance: random.Random) -> None:
    await page._use(element, {"selected_option": chance.choice(element.json["options"])})


_PRESS: Mapping[str, Callable[[Page, Element, random.Random], Awaitable[None]]] = {
    "button": _click,
    "overflow": _choose,
}


def screens(played: Company) -> list[Page]:
    """Everything that anybody still sees, each once."""
    pages: dict[tuple[str, str], Page] = {}
    for user in played.people:
        for message in user.messages:
            pages.setdefault((message.channel_id, message.ts), message)
    return [*pages.values(), *(user.modal for user in played.people if user.modal is not None)]


def is_still_there(page: Page, element: Element) -> bool:
    """Whether a person could still press this."""
    if isinstance(page, ModalHandle) and not page._view.is_open:
        return False
    return any(each.json == element.json for each in controls(page))


async def dead_controls(
    played: Company,
    bot: Context,
    chance: random.Random,
    most: int,
    note: Callable[[str, Element], None] = lambda _person_id, _element: None,
) -> list[str]:
    """Press what is left on the screens, kind by kind; which of it did not lead to anything.

    `note` is told who is about to press what.
    """
    kinds: dict[str, list[tuple[Page, Element]]] = {}
    for page in screens(played):
        for element in controls(page):
            kinds.setdefault(element.json["action_id"], []).append((page, element))
    state, dead = played.slack.state, []
    for kind, presses in kinds.items():
        for page, element in chance.sample(presses, min(len(presses), max(1, most // len(kinds)))):
            if not is_still_there(page, element):
                continue  # what was pressed before has closed that dialogue, or shows something else in it
            before = state.messages.last_number(), state.views.last_number()
            note(page._screen.person.id, element)
            await press(page, element, chance)
            assert await bot.work.drain(20) == 0
            if before == (state.messages.last_number(), state.views.last_number()):
                dead.append(kind)
    return dead


def faults_shown(played: Company) -> list[str]:
    """What nobody should have been told, in messages and dialogues that are gone too, and what Slack does not allow."""
    shown = [f"{each.text} {each.blocks}" for each in played.slack.state.messages._messages.values()]
    shown += [str(each.blocks) for each in played.slack.state.views._views.values()]
    faults = [f"somebody was told: {each[:300]}" for each in shown if _UNEXPECTED in each]
    violations = [each for each in played.slack.violations if each.code not in _TOO_LATE]
    return faults + [f"{each.code}: {each.sentence}" for each in violations]
