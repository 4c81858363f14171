"""Exporting the audit trail as a file: one's own entries, or everybody's for an admin."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.audit import Action, Receipt, SealedEntry, Stage
from bot.domain.errors import BotError, FilePerhapsSent, NothingToExport
from bot.domain.export import Format, exported
from bot.domain.people import Request
from bot.domain.policy import Role
from bot.domain.screen import ScreenId
from bot.domain.trail_filters import Audit
from bot.operations.access import authorize
from bot.operations.recording import OK, Operation, operation, outcome_of
from bot.operations.trail import asked_on_screen, trail_query
from bot.ports import Resources, TrailQuery

LIMIT = 10_000
"""How many entries a file holds; the newest ones, where more fit."""
_BATCH = 500
"""How many entries are read at a time, so that nobody else's look at the trail waits for an export."""

_ENDINGS = {Format.JSONL: "jsonl", Format.CSV: "csv", Format.OCSF: "ocsf.jsonl"}


@dataclass(frozen=True, slots=True)
class TrailExport:
    """Entries as a file, oldest first.

    Attributes:
        asked: the filters that they fit.
        own_only: whether only the person's own entries were looked through.
        count: how many entries are in the file.
        first, last: the oldest and the newest of them.
        whole: whether no entry between those two is left out, so that each names the hash of the one before it.
        cut: whether older entries fit too and were left out.
        receipt: of the entry in the trail that says that this export was asked for.
    """

    asked: Audit
    form: Format
    own_only: bool
    filename: str
    content: bytes
    count: int
    first: Receipt
    last: Receipt
    whole: bool
    cut: bool
    receipt: Receipt


Deliver = Callable[[TrailExport], Awaitable[None]]
"""Brings the file to the person, or raises `FileNotSent` or `FilePerhapsSent`."""


async def export_trail(
    resources: Resources, request: Request, asked: Audit, form: Format, deliver: Deliver
) -> TrailExport:
    """The entries that fit, made into a file and delivered. Nothing leaves before the trail says who asked for it.

    Raises:
        Refused: somebody else's entries are for admins.
        NothingToExport: no entry fits.
        FileNotSent: the file did not reach the person, or may not have.
    """
    async with _settled(operation(resources, request, Action.EXPORT)) as under_way:
        return await _export(under_way, asked, form, deliver)


async def export_listed(
    resources: Resources, request: Request, screen_id: ScreenId, form: Format, deliver: Deliver
) -> TrailExport:
    """The same with the filters of the list on the screen.

    Raises:
        OutOfDate: the screen is older than a day and forgotten.
        BotError: as `export_trail`.
    """
    async with _settled(operation(resources, request, Action.EXPORT)) as under_way:
        return await _export(under_way, await asked_on_screen(resources, screen_id), form, deliver)


@asynccontextmanager
async def _settled(under_way: Operation) -> AsyncIterator[Operation]:
    """Write down how it ended."""
    try:
        yield under_way
    except FilePerhapsSent as error:
        await under_way.record(Stage.UNKNOWN, outcome_of(error))
        raise
    except BotError as error:
        await under_way.fail(error)
        raise
    await under_way.record(Stage.SUCCEEDED, OK)


async def _export(under_way: Operation, asked: Audit, form: Format, deliver: Deliver) -> TrailExport:
    resources = under_way.resources
    under_way.details |= {"query": asked.filters, "format": form.value}
    actor = await authorize(under_way, Role.VIEWER)
    entries, cut = await _collect(resources, trail_query(resources, actor, asked))
    under_way.details["found"] = len(entries)
    if not entries:
        raise NothingToExport("No entries fit, so there is no file.", "Leave a filter out.")
    first, last = entries[0].receipt, entries[-1].receipt
    # In a thread: a file of ten thousand entries takes longer to write than an ack may wait.
    content = await asyncio.to_thread(_content, entries, form)
    export = TrailExport(
        asked=asked,
        form=form,
        own_only=not actor.may(Role.ADMIN),
        filename=_filename(resources.clock.now(), form),
        content=content,
        count=len(entries),
        first=first,
        last=last,
        whole=last.seq - first.seq + 1 == len(entries),
        cut=cut,
        receipt=await under_way.record(Stage.REQUESTED),
    )
    await deliver(export)
    return export


async def _collect(resources: Resources, query: TrailQuery) -> tuple[list[SealedEntry], bool]:
    """The newest entries that fit, oldest first, and whether there are more."""
    newest_first: list[SealedEntry] = []
    while len(newest_first) <= LIMIT:
        before = newest_first[-1].seq if newest_first else None
        batch = await resources.store.trail(replace(query, before=before, limit=_BATCH))
        newest_first += batch
        if len(batch) < _BATCH:
            break
    return newest_first[:LIMIT][::-1], len(newest_first) > LIMIT


def _content(entries: list[SealedEntry], form: Format) -> bytes:
    return "".join(exported(entries, form)).encode()


def _filename(at: datetime, form: Format) -> str:
    return f"vi-audit-{at:%Y-%m-%d-%H%M%S}.{_ENDINGS[form]}"
