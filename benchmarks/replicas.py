"""Commands answered a second: three processes of the bot on one PostgreSQL beside one, while Vi takes 50 ms to answer.

Slack, Vi, the database and whoever types share the machine with the bots, so on two cores three processes have hardly
more to themselves than one: the ratio says what they cost each other there, not what three machines would do. The
database does not wait for the disk; what that costs is measured by itself.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from time import perf_counter

from benchmarks.comparison import Benchmark, Contestant, Measured, Plan, Tally, in_turn, percentile
from sandbox.vi import faults
from tests.postgres import PostgresServer, postgres_server
from tests.replicas.fleet import Fleet, ReplicaProcess, fleet

AT_ONCE = 30
"""Commands under way at a time."""
VI_SECONDS = 0.05

_REPLICAS: Mapping[Contestant, int] = {"ours": 3, "reference": 1}
_PEOPLE = ("alice", "omar", "vera")
_PATIENCE = 60.0


def measure(plan: Plan) -> Mapping[str, Measured]:
    """The rate, and how long a person waits."""
    with tempfile.TemporaryDirectory(dir=plan.folder) as folder, postgres_server() as server:
        for name in _REPLICAS:
            (Path(folder) / name).mkdir()
        return asyncio.run(_measure(server, Path(folder), plan))


async def _measure(server: PostgresServer, folder: Path, plan: Plan) -> Mapping[str, Measured]:
    tally = Tally()
    async with AsyncExitStack() as stack:
        fleets = {
            name: await stack.enter_async_context(_running(server, folder / name, count))
            for name, count in _REPLICAS.items()
        }
        for each in fleets.values():
            await _ask(each, AT_ONCE)  # so that every process has its connections, and has read the list
        for number in range(plan.rounds):
            for contestant in in_turn(number):
                began = perf_counter()
                waited = await _ask(fleets[contestant], plan.calls)
                tally.add(
                    contestant, f"/vi list --fresh, {AT_ONCE} at once", "/s", plan.calls / (perf_counter() - began)
                )
                tally.add(contestant, "until the answer, p50", "ms", percentile(waited, 50))
                tally.add(contestant, "until the answer, p99", "ms", percentile(waited, 99))
    return tally.measured()


@asynccontextmanager
async def _running(server: PostgresServer, folder: Path, count: int) -> AsyncIterator[Fleet]:
    async with fleet(server, server.new_database(), folder) as started, AsyncExitStack() as stack:
        for number in range(count):
            process = ReplicaProcess(started, f"replica{number}", "bot")
            await process.start()
            stack.push_async_callback(process.end)
        started.vi.faults.on("GET", "*", faults.Delay(VI_SECONDS), times=None)
        yield started


async def _ask(asked: Fleet, count: int) -> list[float]:
    """Have so many commands answered; how long each took, in milliseconds."""
    places = asyncio.Semaphore(AT_ONCE)

    async def ask(number: int) -> float:
        async with places:
            began = perf_counter()
            reply = await asked.slack.user(_PEOPLE[number % len(_PEOPLE)]).command("/vi list --fresh", "ml-ops")
            await reply.answer(timeout=_PATIENCE)
            return 1000 * (perf_counter() - began)

    return await asyncio.gather(*(ask(number) for number in range(count)))


BENCHMARK = Benchmark(name="replicas", reference="one process", goals={}, measure=measure)
