"""Reading the audit trail: one's own entries, or everybody's for an admin."""

import json
from dataclasses import dataclass, replace

from bot.domain.audit import Action, AuditEntry, Receipt, chain_faults, content_of
from bot.domain.errors import EntryMissing
from bot.domain.people import Request
from bot.domain.policy import Actor, Role, require
from bot.domain.screen import ScreenId
from bot.domain.trail_filters import Audit, read_filters
from bot.operations.access import authorize
from bot.operations.recording import Operation, one_entry
from bot.operations.screens import screen_state, tell_and_keep
from bot.ports import Resources, TrailQuery

PAGE_SIZE = 10
_OPERATION_SIZE = 10
"""How many entries of one operation are shown: it has a handful."""
_KIND = "trail"


@dataclass(frozen=True, slots=True)
class TrailPage:
    """Entries, newest first, each with its number and hash.

    Attributes:
        asked: what was asked for.
        own_only: whether only the person's own entries were looked through.
        before: the number before which this page begins; None for the first.
        older: the number before which the next page begins; None at the end.
    """

    asked: Audit
    own_only: bool
    entries: tuple[tuple[Receipt, AuditEntry], ...]
    before: int | None
    older: int | None


@dataclass(frozen=True, slots=True)
class EntryDetail:
    """One entry, whole.

    Attributes:
        previous: the hash that it names as the one before it.
        faults: why it is not what was once written, one sentence each; none where its text has its hash.
        operation: the entries of its operation, oldest first, itself among them. Who is no admin sees their own.
    """

    receipt: Receipt
    entry: AuditEntry
    previous: str
    faults: tuple[str, ...]
    operation: tuple[tuple[Receipt, AuditEntry], ...]


async def read_trail(resources: Resources, request: Request, asked: Audit) -> tuple[TrailPage, ScreenId]:
    """The newest page, and the id under which its buttons find it again.

    Raises:
        Refused: somebody else's entries are for admins.
    """
    async with one_entry(resources, request, Action.AUDIT) as under_way:
        under_way.details["query"] = asked.filters
        return await _page(under_way, asked, None)


async def read_older(resources: Resources, request: Request, screen_id: ScreenId) -> tuple[TrailPage, ScreenId]:
    """The page after the one on the screen.

    Raises:
        OutOfDate: the screen is older than a day and forgotten.
        Refused: as `read_trail`.
    """
    async with one_entry(resources, request, Action.AUDIT) as under_way:
        state = await screen_state(resources, screen_id, _KIND)
        under_way.details["query"] = {**state["asked"], "before": state["older"]}
        return await _page(under_way, read_filters(state["asked"]), state["older"])


async def show_entry(resources: Resources, request: Request, seq: int) -> EntryDetail:
    """One entry, with the others of its operation.

    Raises:
        EntryMissing: no entry has this number.
        Refused: somebody else's entry is for admins.
    """
    async with one_entry(resources, request, Action.AUDIT) as under_way:
        under_way.details["entry"] = seq
        actor = await authorize(under_way, Role.VIEWER)
        sealed = await resources.store.entry(seq)
        if sealed is None:
            raise EntryMissing(f"The audit trail has no entry #{seq}.", "The list shows the number of each entry.")
        entry = content_of(sealed)
        if entry.actor.id != request.person_id:
            require(actor, Role.ADMIN, resources.policy)
        previous = str(json.loads(sealed.body)["prev"])
        whose = "" if actor.may(Role.ADMIN) else request.person_id
        found = await resources.store.trail(
            TrailQuery(operation=entry.operation_id, actor=whose, limit=_OPERATION_SIZE)
        )
        return EntryDetail(
            sealed.receipt,
            entry,
            previous,
            tuple(chain_faults([sealed], after=Receipt(seq - 1, previous))),
            tuple((each.receipt, content_of(each)) for each in reversed(found)),
        )


async def asked_on_screen(resources: Resources, screen_id: ScreenId) -> Audit:
    """What the list on the screen was asked for.

    Raises:
        OutOfDate: it is older than a day and forgotten.
    """
    return read_filters((await screen_state(resources, screen_id, _KIND))["asked"])


def trail_query(resources: Resources, actor: Actor, asked: Audit) -> TrailQuery:
    """What to look for in the trail for this person.

    Raises:
        Refused: somebody else's entries are for admins.
    """
    own_id = actor.person.id
    if asked.actor not in {"", own_id}:
        require(actor, Role.ADMIN, resources.policy)
    now = resources.clock.now()
    return TrailQuery(
        text=asked.text,
        workflow=asked.workflow,
        actor=asked.actor if actor.may(Role.ADMIN) else own_id,
        since=asked.since.start(now) if asked.since else None,
        until=asked.until.end(now) if asked.until else None,
        stage=asked.outcome,
        action=asked.action,
    )


async def _page(under_way: Operation, asked: Audit, before: int | None) -> tuple[TrailPage, ScreenId]:
    resources = under_way.resources
    actor = await authorize(under_way, Role.VIEWER)
    query = replace(trail_query(resources, actor, asked), before=before, limit=PAGE_SIZE + 1)
    found = await resources.store.trail(query)
    entries = tuple((each.receipt, content_of(each)) for each in found[:PAGE_SIZE])
    older = entries[-1][0].seq if len(found) > PAGE_SIZE else None
    under_way.details["found"] = len(entries)
    screen_id = await tell_and_keep(under_way, _KIND, {"asked": asked.filters, "older": older})
    return TrailPage(asked, not actor.may(Role.ADMIN), entries, before, older), screen_id
