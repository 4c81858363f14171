"""The warm list of active runs: what it finds, in which order, and that it asks once."""

from datetime import timedelta
from typing import Any

from bot.domain.workflow import Run, RunId, RunState
from bot.operations.active_runs import ActiveRuns
from bot.operations.warm import key_of
from tests.operations.stand_ins import StoppedClock
from tests.operations.test_index import Platform
from tests.values import NOON, run

LONG_ID = RunId("r" * 255)
RUNS = (
    run("run-old", "Potholes"),
    Run(LONG_ID, "Cracks\u202e at night", None, RunState.UNKNOWN, NOON + timedelta(hours=2)),
    Run(RunId("run-new"), "Helmets", None, RunState.WAITING, NOON + timedelta(hours=1)),
    run("run-ended", "Potholes", state="completed"),
)


async def listed() -> tuple[ActiveRuns, Any]:
    platform: Any = Platform(runs=RUNS)
    runs = ActiveRuns(platform, StoppedClock())
    await runs.refresh()
    return runs, platform


async def test_active_runs_are_found_by_name_or_beginning_of_the_id_the_newest_change_first() -> None:
    runs, platform = await listed()
    assert [each.id for each in runs.search("", limit=9).runs] == [LONG_ID, "run-new", "run-old"]
    assert [each.id for each in runs.search("RUN-", limit=9).runs] == ["run-new", "run-old"]
    assert [each.id for each in runs.search("cracks at", limit=9).runs] == [LONG_ID]
    assert runs.search("run-ended", limit=9).runs == ()
    cut = runs.search("", limit=2)
    assert (len(cut.runs), cut.total) == (2, 3)
    assert platform.asked == 1


async def test_an_id_too_long_for_an_option_is_found_by_what_stands_for_it() -> None:
    runs, _platform = await listed()
    assert len(key_of(LONG_ID)) <= 150
    assert runs.id_of(key_of(LONG_ID)) == LONG_ID
    assert runs.id_of("gone") == "gone"
