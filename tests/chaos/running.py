"""One run: everything is started, troubled, brought to rest and looked at."""

import asyncio
import random
from collections import Counter
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

from bot.domain.errors import StoreUnavailable
from bot.store.postgres.store import PostgresStore
from sandbox.vi.request_log import ReceivedRequest
from tests.chaos.commands import Commands
from tests.chaos.trouble import Trouble
from tests.chaos.verdict import Verdict, is_at_rest, trail_of, verdict
from tests.model.company import Company, company
from tests.model.crowd import Member
from tests.postgres import PostgresServer
from tests.replicas.fleet import Fleet, ReplicaProcess

PROCESSES = 3
PEOPLE = (*range(5), *range(35, 55), *range(90, 95))
"""Five who may look, twenty who may change things, five who may lock: some of them may agree too. See the model."""

_PAUSE = 0.8
"""Seconds between two acts of one person, on average."""
_REST = 60.0
"""Seconds within which all must have come to rest once nothing goes wrong any more."""


@dataclass(frozen=True)
class Report:
    """What happened, and what is wrong."""

    seed: int
    happened: Counter[str]
    verdict: Verdict
    logs: dict[str, str]

    @property
    def is_sound(self) -> bool:
        """Whether all that must be zero is."""
        return not any(self.verdict.counts().values())

    def text(self) -> str:
        """For people."""
        lines = [f"seed {self.seed}"]
        lines += [f"{count:7,}  {name}" for name, count in self.happened.items()]
        lines.append("must be zero:")
        for name, found in self.verdict.counts().items():
            lines.append(f"{len(found):7,}  {name}")
            lines += [f"         {each}" for each in found[:10]]
        return "\n".join(lines)


async def run(server: PostgresServer, folder: Path, seconds: float, pause: float, seed: int) -> Report:
    """Trouble for so many seconds, `pause` seconds apart on average; then rest, and a look at everything."""
    chance = random.Random(seed)
    database = server.new_database()
    async with company(folder / "unused") as played, AsyncExitStack() as stack:
        played.people = [played.people[number] for number in PEOPLE]
        fleet = Fleet(played.slack, played.vi, server, database, folder, played.settings())
        deletes: list[ReceivedRequest] = []
        played.vi.requests.subscribe(lambda each: deletes.append(each) if _is_new_delete(each) else None)
        processes = [ReplicaProcess(fleet, f"replica{number}") for number in range(PROCESSES)]
        for each in processes:
            await each.start()
            stack.push_async_callback(each.end)
        commands = Commands(played.slack)
        trouble = Trouble(fleet, server, processes, commands, chance)
        crowd = asyncio.ensure_future(_crowd(played, chance))
        stack.callback(crowd.cancel)
        await trouble.make(seconds, pause)
        trouble.calm()
        crowd.cancel()
        with suppress(asyncio.CancelledError):
            await crowd
        store = await PostgresStore.open(fleet.url)
        stack.push_async_callback(store.close)
        found = await _at_rest(store, fleet, deletes, commands)
        happened = Counter(
            {
                "commands acknowledged": commands.acknowledged,
                "of them without an answer, when a process was killed": commands.excused,
                "deletions that arrived at Vi": len(deletes),
                "entries in the trail": len(await trail_of(store)),
                **trouble.counts,
            }
        )
        return Report(seed, happened, found, {each.name: each.log for each in processes})


async def _crowd(played: Company, chance: random.Random) -> None:
    async def works(member: Member, own: random.Random) -> None:
        while True:
            await member.act(1)
            await asyncio.sleep(_PAUSE * own.uniform(0, 2))

    seeds = [chance.random() for _ in played.people]
    await asyncio.gather(
        *(
            works(Member(played, user, random.Random(each)), random.Random(each))
            for user, each in zip(played.people, seeds, strict=True)
        )
    )


async def _at_rest(store: PostgresStore, fleet: Fleet, deletes: list[ReceivedRequest], commands: Commands) -> Verdict:
    """What is found when nothing is left to come, or the time is up."""
    loop = asyncio.get_running_loop()
    end = loop.time() + _REST
    while True:
        with suppress(StoreUnavailable):  # the connections may be from before the last restart
            found = await verdict(store, fleet.slack, deletes, commands)
            is_over = await is_at_rest(store) and not any(found.counts().values())
            if is_over or loop.time() > end:
                return found
        await asyncio.sleep(0.5)


def _is_new_delete(request: ReceivedRequest) -> bool:
    return request.method == "DELETE" and request.ended is None
