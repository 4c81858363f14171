"""What stands around an operation in its tests: a clock that is turned, ids, people, a place for checkpoints."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count

from bot.domain.checkpoint import Checkpoint
from bot.domain.people import Memberships, Person, PersonId, Standing, TeamId
from tests.values import NOON


@dataclass
class StoppedClock:
    """Stands still until it is turned."""

    time: datetime = NOON

    def now(self) -> datetime:
        return self.time

    def elapsed(self) -> float:
        return (self.time - NOON).total_seconds()

    async def sleep(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


@dataclass
class CountedIds:
    """1, 2, 3, …"""

    numbers: "count[int]" = field(default_factory=lambda: count(1))

    def new(self) -> str:
        return f"id-{next(self.numbers)}"

    random = secret = new


class Members:
    """A workspace where everybody is a member, and in no group."""

    async def person(self, person_id: PersonId, team: TeamId, *, fresh: bool = False) -> Person:  # noqa: ARG002 - as the port has it
        return Person(person_id, team, "", Standing.MEMBER)

    async def memberships(self, *_asked: object, **_more: object) -> Memberships:
        return Memberships()

    async def members(self, *_asked: object) -> frozenset[PersonId]:
        return frozenset()


@dataclass(eq=False)
class Place:
    """A place that takes checkpoints until `trouble` is set."""

    name: str = "the notebook"
    noted: list[Checkpoint] = field(default_factory=list)
    trouble: Exception | None = None

    async def note(self, checkpoint: Checkpoint) -> None:
        if self.trouble is not None:
            raise self.trouble
        self.noted.append(checkpoint)
