"""How the bot is: behind `status`."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.audit import Action, content_of
from bot.domain.people import Request
from bot.domain.policy import Role
from bot.operations.access import authorize
from bot.operations.presence import is_at_work
from bot.operations.readiness import Look, Readiness
from bot.operations.recording import one_entry
from bot.ports import Resources, TrailQuery

_STARTS = 50
"""How many of the newest starts are looked through for processes that are at work."""


@dataclass(frozen=True, slots=True)
class Process:
    """One that is at work, as the trail has its start."""

    host: str
    number: str
    version: str
    started: datetime
    is_this: bool


@dataclass(frozen=True, slots=True)
class Status:
    """How things stand; `shows_details` where the person may see which processes and changes those are."""

    look: Look
    version: str
    uptime: float
    processes: tuple[Process, ...]
    shows_details: bool


async def read_status(resources: Resources, request: Request, readiness: Readiness) -> Status:
    """How things stand, for viewers; with details for admins.

    Raises:
        Refused: this is for viewers.
        StoreUnavailable: the look cannot be written into the trail, or the trail cannot be read.
    """
    async with one_entry(resources, request, Action.STATUS) as entry:
        actor = await authorize(entry, Role.VIEWER)
        return Status(
            await readiness.look(),
            resources.host.get("version", ""),
            readiness.vitals.uptime,
            await _processes(resources),
            actor.may(Role.ADMIN),
        )


async def _processes(resources: Resources) -> tuple[Process, ...]:
    """The processes at work, newest first: those of the newest starts whose lease holds."""
    found = []
    for sealed in await resources.store.trail(TrailQuery(action=Action.START, limit=_STARTS)):
        entry = content_of(sealed)
        host = entry.host
        process = host.get("process", "")
        if await is_at_work(resources, process):
            name, number, version = (host.get(each, "") for each in ("name", "pid", "version"))
            found.append(Process(name, number, version, entry.at, process == resources.presence.process))
    return tuple(found)
