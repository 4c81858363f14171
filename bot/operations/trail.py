"""Reading the audit trail: one's own entries, or everybody's for an admin."""

from dataclasses import asdict, dataclass
from datetime import timedelta

from bot.domain.audit import Action, AuditEntry, Receipt, Stage, content_of
from bot.domain.command import Audit
from bot.domain.people import Request
from bot.domain.policy import Role, require
from bot.domain.screen import ScreenId
from bot.domain.workflow import JsonObject
from bot.operations.access import authorize
from bot.operations.recording import one_entry
from bot.operations.screens import keep_screen, screen_state
from bot.ports import Resources, TrailQuery

PAGE_SIZE = 10
_KIND = "trail"


@dataclass(frozen=True, slots=True)
class TrailPage:
    """Entries, newest first, each with its number and hash.

    Attributes:
        asked: what was asked for.
        own_only: whether only the person's own entries were looked through.
        older: the number before which the next page begins; None at the end.
    """

    asked: Audit
    own_only: bool
    entries: tuple[tuple[Receipt, AuditEntry], ...]
    older: int | None


async def read_trail(
    resources: Resources, request: Request, asked: Audit, before: int | None = None
) -> tuple[TrailPage, ScreenId]:
    """One page of the trail, the entries before number `before`, and the id under which its button finds it again.

    Raises:
        Refused: somebody else's entries are for admins.
    """
    async with one_entry(resources, request, Action.AUDIT):
        actor = await authorize(resources, request, Role.VIEWER)
        own_only = not actor.may(Role.ADMIN)
        if asked.actor not in {"", request.person_id}:
            require(actor, Role.ADMIN, resources.policy)
        query = TrailQuery(
            text=asked.text,
            workflow=asked.workflow,
            actor=request.person_id if own_only else asked.actor,
            since=resources.clock.now() - asked.since if asked.since else None,
            stage=asked.outcome,
            before=before,
            limit=PAGE_SIZE + 1,
        )
        found = await resources.store.trail(query)
        entries = tuple((each.receipt, content_of(each)) for each in found[:PAGE_SIZE])
        older = entries[-1][0].seq if len(found) > PAGE_SIZE else None
        screen_id = await keep_screen(resources, request, _KIND, {"asked": _state(asked), "before": older})
    return TrailPage(asked, own_only, entries, older), screen_id


async def read_older(resources: Resources, request: Request, screen_id: ScreenId) -> tuple[TrailPage, ScreenId]:
    """The page after the one on the screen.

    Raises:
        OutOfDate: the screen is older than a day and forgotten.
        Refused: as `read_trail`.
    """
    state = await screen_state(resources, screen_id, _KIND)
    kept = state["asked"]
    since, outcome = kept["since"], kept["outcome"]
    asked = Audit(
        kept["text"],
        kept["workflow"],
        kept["actor"],
        timedelta(seconds=since) if since else None,
        Stage(outcome) if outcome else None,
    )
    return await read_trail(resources, request, asked, state["before"])


def _state(asked: Audit) -> JsonObject:
    return {**asdict(asked), "since": asked.since.total_seconds() if asked.since else None}
