"""The runs that can be stopped, to choose from."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.domain.text import finds
from bot.domain.workflow import Run, RunId
from bot.operations.warm import WarmList, key_of
from bot.ports import Clock, Workflows


@dataclass(frozen=True, slots=True)
class FoundRuns:
    """The runs that fit the words typed: the first of `total`."""

    runs: tuple[Run, ...]
    total: int


class ActiveRuns(WarmList):
    """The runs that may still be active, warm. Read only where somebody is about to choose one."""

    def __init__(self, workflows: Workflows, clock: Clock) -> None:
        super().__init__(workflows, clock)
        self._by_key: Mapping[str, Run] = {}

    def search(self, typed: str, *, limit: int) -> FoundRuns:
        """Runs whose workflow's name has these words in it or whose id begins with them, newest change first."""
        found = [run for run in self._by_key.values() if finds(typed, run.workflow_name, run.id)]
        return FoundRuns(tuple(found[:limit]), len(found))

    def id_of(self, key: str) -> RunId:
        """The id for which this key stands, whether or not such a run exists."""
        run = self._by_key.get(key)
        return run.id if run is not None else RunId(key)

    async def _read(self) -> None:
        active = (run for run in await self._workflows.list_runs() if run.is_active)
        newest_first = sorted(active, key=lambda run: (run.since, run.id), reverse=True)
        self._by_key = {key_of(run.id): run for run in newest_first}
