"""What happens to Vi while people work: it is slow, breaks, loses answers, and others change things in its pages."""

import random
from collections.abc import Callable, Sequence

from sandbox.scenarios import RunState
from sandbox.vi import faults
from sandbox.vi.faults import AFTER
from sandbox.vi.organization import Organization
from sandbox.vi.request_log import ReceivedRequest
from tests.model.company import Company

_EVERY = 12
"""After how many requests something happens."""


STRUCK = (("GET", "*"), ("DELETE", "flows/*"), ("PUT", "flows/*"), ("PATCH", "*"))
"""Which requests trouble comes to."""
TROUBLES: Sequence[Callable[[], faults.Fault]] = (
    lambda: faults.Delay(0.05),
    lambda: faults.error(500),
    lambda: faults.error(503, retry_after=0),
    lambda: faults.error(502, moment=AFTER),
    lambda: faults.Cut(moment=AFTER),
    faults.Cut,
)


class Weather:
    """Changes with the requests that come in, so that nothing has to wait for a clock."""

    def __init__(self, company: Company, chance: random.Random) -> None:
        self.vi = company.vi
        self.chance = chance
        self._left = _EVERY
        self._unsubscribe = self.vi.requests.subscribe(self._look)

    def clear(self) -> None:
        """From now on, nothing goes wrong any more."""
        self._unsubscribe()
        self.vi.faults.clear()

    def _look(self, request: ReceivedRequest) -> None:
        if request.ended is not None:
            return
        self._left -= 1
        if not self._left:
            self._left = _EVERY
            self.chance.choice((_trouble, _edit, _remove, _start_run, _end_run))(self)

    @property
    def organization(self) -> Organization:
        """What others change."""
        return self.vi.organization

    def choose_workflow(self) -> str:
        """One of the workflows that there are."""
        return self.chance.choice(self.organization.workflow_ids())

    def choose_run(self) -> str | None:
        """One of the runs that have not ended."""
        active = [run for each in self.organization.workflow_ids() for run in self.organization.active_runs_of(each)]
        return self.chance.choice(active) if active else None


def _trouble(weather: Weather) -> None:
    weather.vi.faults.on(*weather.chance.choice(STRUCK), weather.chance.choice(TROUBLES)())


def _edit(weather: Weather) -> None:
    workflow_id = weather.choose_workflow()
    seed = weather.organization.workflow(workflow_id)["spec"]["settings"].get("seed", 0)
    weather.organization.change_workflow(workflow_id, {"settings": {"seed": seed + 1}})


def _remove(weather: Weather) -> None:
    if len(weather.organization.workflow_ids()) > 30:
        weather.organization.remove_workflow(weather.choose_workflow())


def _start_run(weather: Weather) -> None:
    weather.organization.start_run(weather.choose_workflow(), RunState.RUNNING)


def _end_run(weather: Weather) -> None:
    run_id = weather.choose_run()
    if run_id is not None:
        weather.organization.finish_run(run_id)
