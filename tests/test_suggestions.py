"""What a select offers: how many fit, how old that is, and no text longer than Slack takes."""

from datetime import timedelta
from typing import Any

import pytest

from bot.domain.lock import Lock
from bot.domain.people import PersonId
from bot.domain.workflow import Run, RunId, RunState, WorkflowId
from bot.operations.active_runs import FoundRuns
from bot.operations.index import WorkflowIndex
from handlers.messages.suggestions import OPTIONS, offered_locks, offered_runs, offered_workflows
from tests.operations.stand_ins import StoppedClock
from tests.operations.test_index import Platform
from tests.values import NOON, run, workflow

LONG = "<!channel> \u202e" + "ü" * 300


def index_of(platform: Any) -> WorkflowIndex:
    return WorkflowIndex(platform, StoppedClock())


@pytest.mark.parametrize(
    ("count", "seconds", "label"),
    [
        (1, 20, "1 workflow, read 20 s ago"),
        (2, 180, "2 workflows, read 3 min ago"),
        (101, 0, "100 of 101 workflows, read 0 s ago. Type to find others"),
    ],
)
async def test_the_label_of_suggestions_says_how_many_and_how_old(count: int, seconds: int, label: str) -> None:
    index = index_of(Platform(*(workflow(f"w{n}") for n in range(count))))
    await index.refresh()
    [group] = offered_workflows(index.search("", limit=100), index.read_at, NOON + timedelta(seconds=seconds))
    assert group["label"]["text"] == label


def test_nothing_is_suggested_before_anything_was_read() -> None:
    index = index_of(Platform())
    assert offered_workflows(index.search("", limit=100), index.read_at, NOON) == []


def test_runs_are_offered_with_their_state_and_since_when() -> None:
    [group] = offered_runs(FoundRuns((run("run_1"),), 1), NOON, NOON)
    assert group["label"]["text"] == "1 active run, read 0 s ago"
    [option] = group["options"]
    assert option["text"]["text"] == "Potholes"
    assert option["description"]["text"] == "running since 2026-11-23 12:00 UTC · run_1"
    assert option["value"] == "run_1"


def test_locks_are_offered_with_their_reason_the_newest_first() -> None:
    locks = [Lock(WorkflowId(f"w{n}"), f"Name {n}", PersonId("U1"), NOON, "in production") for n in range(OPTIONS + 1)]
    [group] = offered_locks(locks)
    assert group["label"]["text"] == "100 of 101 locked workflows. Type to find others"
    assert group["options"][0]["text"]["text"] == "Name 100"
    assert group["options"][0]["description"]["text"] == "in production · w100"
    assert offered_locks([]) == []


def test_no_option_is_longer_than_slack_takes_or_acts_on_what_stands_around_it() -> None:
    lock = Lock(WorkflowId("w" * 255), LONG, PersonId("U1"), NOON, LONG)
    long_run = Run(RunId("r" * 255), LONG, None, RunState.UNKNOWN, NOON)
    for group in (*offered_locks([lock]), *offered_runs(FoundRuns((long_run,), 1), NOON, NOON)):
        [option] = group["options"]
        for text in (option["text"], option["description"]):
            assert text["type"] == "plain_text"
            assert len(text["text"]) <= 75
            assert "\u202e" not in text["text"]
        assert len(option["value"]) <= 150
