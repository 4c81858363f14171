"""What is on somebody's screen, kept so that its buttons find it again."""

import asyncio

from bot.domain.errors import OutOfDate, StoreUnavailable
from bot.domain.people import Request
from bot.domain.redaction import redact
from bot.domain.screen import Screen, ScreenId
from bot.domain.workflow import JsonObject
from bot.operations.recording import Operation, tell_look
from bot.ports import Resources


async def keep_screen(resources: Resources, request: Request, kind: str, state: JsonObject) -> ScreenId:
    """Keep how this screen was made, under an id that nobody can guess; a secret that was typed is not kept.

    Empty where it could not be kept although the rules let people look: then the screen has no buttons.

    Raises:
        StoreUnavailable: it could not be kept, and the rules say that nothing is shown then.
    """
    screen_id = ScreenId(resources.ids.secret())
    state, _places = redact({**state, "kind": kind})
    try:
        await resources.store.keep_screen(Screen(screen_id, request.person_id, state, resources.clock.now()))
    except StoreUnavailable:
        if resources.rules.looks_need_the_trail:
            raise
        return ScreenId("")
    return screen_id


async def tell_and_keep(look: Operation, kind: str, state: JsonObject) -> ScreenId:
    """Write down that a look succeeded, and keep its screen: begun at once, they wait for the disk together.

    Raises:
        StoreUnavailable: as `one_entry` and `keep_screen`.
    """
    trouble, kept = await asyncio.gather(
        tell_look(look), keep_screen(look.resources, look.request, kind, state), return_exceptions=True
    )
    if trouble is not None:
        raise trouble
    if isinstance(kept, BaseException):
        raise kept
    return kept


async def screen_state(resources: Resources, screen_id: ScreenId, kind: str) -> JsonObject:
    """How that screen was made.

    Raises:
        OutOfDate: it is older than a day and forgotten, or was never of this kind.
    """
    screen = await resources.store.screen(screen_id)
    if screen is None or screen.state.get("kind") != kind:
        raise OutOfDate("This list is out of date.", "Ask for it again.")
    return screen.state
