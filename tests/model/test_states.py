"""The crowd as a state machine: hypothesis looks for what breaks an invariant, and shortens it.

`MODEL_EXAMPLES=1000 MODEL_STEPS=80 pytest tests/model/test_states.py` looks for longer.
"""

import os
from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, Phase, settings
from hypothesis.database import DirectoryBasedExampleDatabase
from hypothesis.stateful import run_state_machine_as_test

from tests.model.machine import Crowd

EXAMPLES = int(os.environ.get("MODEL_EXAMPLES", "28"))
STEPS = int(os.environ.get("MODEL_STEPS", "30"))


SEEN = ("deletions", "approved", "denied", "killed in the middle", "lock", "confirm", "confirm twice")
"""What the crowd must have come to; else it goes on, for it may just have gone by."""
TRIES = 6


def test_whatever_a_hundred_people_do_in_whatever_order_what_must_hold_holds(tmp_path: Path) -> None:
    tally = Counter[str]()
    for _ in range(TRIES):
        let_them_click(tmp_path, tally)
        if all(tally[each] for each in SEEN):
            break
    for each in SEEN:
        assert tally[each], f"the crowd never came to this: {each}"


def let_them_click(folder: Path, tally: Counter[str]) -> None:
    """So many examples, each with a Slack, a Vi and a bot of its own."""
    run_state_machine_as_test(
        lambda: Crowd(folder, tally),  # type: ignore[arg-type] # its documentation: whatever makes a machine
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,  # a hundred people on a busy machine take as long as they take
            suppress_health_check=list(HealthCheck),  # each example starts a Slack, a Vi and a bot: slow on purpose
            phases=(Phase.reuse, Phase.generate, Phase.shrink),  # explaining would run everything many times over
            database=DirectoryBasedExampleDatabase(folder / "examples"),
            print_blob=True,
            report_multiple_bugs=False,  # the shortest of them is enough to begin with
        ),
    )
