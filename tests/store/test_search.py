from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.domain.audit import Action, Stage, Subject, Target
from bot.ports import TrailQuery
from bot.store import trail
from bot.store.connection import in_memory
from tests.store.samples import NOON, an_entry

WORDS = st.sampled_from(["old", "AND", "OR", "NOT", "NEAR(", ")", '"', "*", "^", "reason:", "-", "+", "\0", "{", "'"])


@settings(deadline=None)  # the machine may be busy
@given(st.one_of(st.text(), st.lists(WORDS).map(" ".join), st.lists(WORDS).map("".join)))
def test_no_text_breaks_a_search(text: str) -> None:
    with in_memory() as database:
        trail.append(database.connection, an_entry(details={"reason": "too old"}))
        found = trail.search(database.connection, TrailQuery(text=text))
        assert len(found) <= 1
        trail.search(database.connection, TrailQuery(workflow=text, actor=text))


@settings(deadline=None)  # the machine may be busy
@given(st.text(), st.lists(st.text()), st.dictionaries(st.text(), st.text()))
def test_every_entry_that_can_be_written_is_found_by_the_name_of_its_actor(
    reason: str, more: list[str], members: dict[str, str]
) -> None:
    with in_memory() as database:
        entry = an_entry(details={**members, "reason": reason, "more": more})
        receipt = trail.append(database.connection, entry)
        assert [each.receipt for each in trail.search(database.connection, TrailQuery(text="Mira"))] == [receipt]


HOURS = st.integers(0, 9)


@settings(deadline=None)  # the machine may be busy
@given(st.lists(HOURS, max_size=12), HOURS, HOURS)
@example([5, 5], 5, 6)
@example([9, 5, 5, 9], 5, 6)
def test_a_span_of_time_has_just_the_entries_written_in_it_whatever_the_clock_did(
    written: list[int], since: int, until: int
) -> None:
    with in_memory() as database:
        for hour in written:
            trail.append(database.connection, an_entry(at=NOON + timedelta(hours=hour)))
        expected = [(seq, hour) for seq, hour in enumerate(written, start=1)][::-1]
        begin, end = (NOON + timedelta(hours=hours) for hours in (since, until))

        def numbers(query: TrailQuery) -> list[int]:
            return [each.seq for each in trail.search(database.connection, query)]

        assert numbers(TrailQuery(since=begin, limit=99)) == [seq for seq, hour in expected if hour >= since]
        assert numbers(TrailQuery(until=end, limit=99)) == [seq for seq, hour in expected if hour < until]
        both = TrailQuery(since=begin, until=end, limit=99)
        assert numbers(both) == [seq for seq, hour in expected if since <= hour < until]
        assert numbers(replace(both, text="resnet", workflow="wf-resnet")) == numbers(both)


EITHER = st.sampled_from(["one", "two"])
ACTIONS = st.sampled_from([Action.DELETE, Action.LIST])
STAGES = st.sampled_from([Stage.DENIED, Stage.SUCCEEDED])
WRITTEN = st.tuples(EITHER, EITHER, EITHER, EITHER, ACTIONS, STAGES, HOURS)
ASKED = st.fixed_dictionaries(
    {},
    optional={
        "operation": EITHER,
        "workflow": EITHER,
        "actor": EITHER,
        "text": EITHER,
        "action": ACTIONS,
        "stage": STAGES,
        "until": HOURS.map(lambda hour: NOON + timedelta(hours=hour)),
        "before": st.integers(1, 12),
    },
)


@settings(deadline=None)  # the machine may be busy
@given(st.lists(WRITTEN, max_size=12), ASKED)
def test_conditions_together_find_what_each_of_them_finds(
    entries: list[tuple[str, str, str, str, Action, Stage, int]], asked: dict[str, Any]
) -> None:
    with in_memory() as database:
        expected = []
        for seq, (operation, workflow, actor, text, action, stage, hour) in enumerate(entries, start=1):
            person, target, at = Subject("person", actor), Target("workflow", workflow), NOON + timedelta(hours=hour)
            entry = replace(
                an_entry(stage, operation=operation, actor=person, target=target, at=at),
                action=action,
                details={"reason": f"{text} word"},
            )
            trail.append(database.connection, entry)
            meets: dict[str, set[str]] = {
                "operation": {operation},
                "workflow": {workflow},
                "actor": {actor},
                "text": {text, workflow},  # a word is looked for in the workflow's id, too
                "action": {str(action)},
                "stage": {str(stage)},
            }
            if (
                all(asked[name] in values for name, values in meets.items() if name in asked)
                and at < asked.get("until", at + timedelta(1))
                and seq < asked.get("before", seq + 1)
            ):
                expected.append(seq)
        found = [each.seq for each in trail.search(database.connection, replace(TrailQuery(limit=99), **asked))]
        assert found == expected[::-1]


def test_the_rarest_of_several_conditions_leads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trail, "_MANY", 3)
    with in_memory() as database:
        statements: list[str] = []
        for number in range(5):
            trail.append(database.connection, an_entry(actor=Subject("person", f"U{number == 4}")))
        database.connection.set_trace_callback(
            lambda statement: statements.append(statement) if statement.startswith("SELECT event.seq") else None
        )
        query = TrailQuery(text="resnet", actor="UTrue", stage=Stage.SUCCEEDED)
        assert [each.seq for each in trail.search(database.connection, query)] == [5]
        assert " event.actor = " in statements[-1]
        query = TrailQuery(text="nothing", actor="UTrue")
        assert trail.search(database.connection, query) == []
        assert "audit_search JOIN" in statements[-1]
