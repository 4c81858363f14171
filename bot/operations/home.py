"""What a person's Home tab shows of the bot: what waits for them, what was done last, and whether all is well."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.audit import Action, AuditEntry, OperationId, Receipt, content_of
from bot.domain.checkpoint import Checkpoint
from bot.domain.confirmation import Confirmation, ConfirmationState
from bot.domain.people import PersonId, Request, Standing, TeamId
from bot.domain.policy import Actor, Role, require
from bot.domain.screen import Screen, ScreenId
from bot.domain.workflow import JsonObject
from bot.operations.access import identify
from bot.operations.recording import Operation, one_entry, operation
from bot.ports import Resources, TrailQuery

_WAITING = frozenset({ConfirmationState.OPEN, ConfirmationState.AWAITING})
_CHANGES = (Action.BACKUP, Action.DELETE, Action.RESTORE, Action.KILL, Action.LOCK, Action.UNLOCK)
_SHOWN_OPERATIONS = 10
_LOOKED_THROUGH = 50
"""Entries of each kind that are looked through for ten operations: one has a handful of them."""


@dataclass(frozen=True, slots=True)
class Home:
    """What one person may see.

    Attributes:
        pending: the person's own questions, oldest first.
        operations: the newest entry of each of the last ten changes, newest first; everybody's for admins.
        written: the trail's newest entry, and when it was written.
        checkpoint: the last one that was noted elsewhere.
    """

    actor: Actor
    pending: tuple[Confirmation, ...]
    operations: tuple[tuple[Receipt, AuditEntry], ...]
    written: tuple[Receipt, datetime]
    checkpoint: Checkpoint | None


@dataclass(frozen=True, slots=True)
class HomeTab:
    """A Home tab that somebody has open; `project` is the one whose workflows it lists, empty for all."""

    team: TeamId
    project: str = ""


async def keep_home_tab(resources: Resources, person_id: PersonId, tab: HomeTab) -> None:
    """Keep in mind, for a day, that somebody has the tab open.

    Raises:
        StoreUnavailable: the store cannot be written.
    """
    state: JsonObject = {"team": tab.team, "project": tab.project}
    await resources.store.keep_screen(Screen(_tab_of(person_id), person_id, state, resources.clock.now()))


async def home_tab(resources: Resources, person_id: PersonId) -> HomeTab | None:
    """The tab that somebody has open; None where they have not opened or used it within a day.

    Raises:
        StoreUnavailable: the store cannot be read.
    """
    screen = await resources.store.screen(_tab_of(person_id))
    return None if screen is None else HomeTab(TeamId(screen.state["team"]), screen.state["project"])


def _tab_of(person_id: PersonId) -> ScreenId:
    return ScreenId(f"home/{person_id}")


async def open_home(resources: Resources, request: Request) -> Home:
    """What the person who has opened the tab sees; written down as a look.

    Raises:
        Refused: guests that the configuration does not name, and people of other workspaces.
        StoreUnavailable: the store cannot be read or written.
    """
    async with one_entry(resources, request, Action.HOME) as entry:
        actor = await _let_in(entry)
    return await _home(resources, actor)


async def look_again(resources: Resources, request: Request) -> Home:
    """The same after something has changed. The bot shows it by itself, so nothing is written down.

    Raises:
        Refused, StoreUnavailable: as `open_home`.
    """
    return await _home(resources, await _let_in(operation(resources, request, Action.HOME)))


async def _let_in(under_way: Operation) -> Actor:
    actor = await identify(under_way)
    if actor.person.standing is not Standing.MEMBER:
        require(actor, Role.VIEWER, under_way.resources.policy)
    return actor


async def _home(resources: Resources, actor: Actor) -> Home:
    now = resources.clock.now()
    asked = await resources.store.confirmations(_WAITING, actor.person.id)
    return Home(
        actor,
        tuple(each for each in asked if not each.is_late(now)),
        await _operations(resources, actor) if actor.may(Role.VIEWER) else (),
        await _newest(resources),
        await resources.store.last_checkpoint(),
    )


async def _operations(resources: Resources, actor: Actor) -> tuple[tuple[Receipt, AuditEntry], ...]:
    whose = "" if actor.may(Role.ADMIN) else actor.person.id
    found = [
        sealed
        for action in _CHANGES
        for sealed in await resources.store.trail(TrailQuery(actor=whose, action=action, limit=_LOOKED_THROUGH))
    ]
    newest: dict[OperationId, tuple[Receipt, AuditEntry]] = {}
    for sealed in sorted(found, key=lambda each: -each.seq):
        entry = content_of(sealed)
        newest.setdefault(entry.operation_id, (sealed.receipt, entry))
    return tuple(newest.values())[:_SHOWN_OPERATIONS]


async def _newest(resources: Resources) -> tuple[Receipt, datetime]:
    # There is always one: the bot does not start before its start is written.
    newest = (await resources.store.trail(TrailQuery(limit=1)))[0]
    return newest.receipt, content_of(newest).at
