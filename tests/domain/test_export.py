"""The forms in which the trail leaves the bot."""

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema.validators import validator_for

from bot.domain.audit import (
    EMPTY,
    Action,
    AuditEntry,
    EntryId,
    OperationId,
    Origin,
    Outcome,
    SealedEntry,
    Stage,
    Subject,
    Target,
    content_of,
    hash_of,
    seal,
)
from bot.domain.export import COLUMNS, Format, exported
from tests.values import NOON

SCHEMA = json.loads((Path(__file__).parents[1] / "data" / "ocsf-api-activity-1.3.0.json").read_text())
OCSF = validator_for(SCHEMA)(SCHEMA)  # made once: jsonschema.validate would check the schema itself each time

FULL = AuditEntry(
    id=EntryId("e1"),
    operation_id=OperationId("o1"),
    at=NOON,
    stage=Stage.FAILED,
    action=Action.DELETE,
    actor=Subject("person", "U1", "T1", "Mira"),
    origin=Origin("command", "C1", "/vi delete x", "1.2"),
    target=Target("workflow", "007", "Pot, “holes”", "etag"),
    outcome=Outcome("vi_refused", 409, "A run is active.", "trace-1"),
    details={"reason": "old"},
    host={"name": "host-1", "pid": "7", "version": "0.1.0"},
)
BARE = AuditEntry(
    EntryId("e2"), OperationId("o2"), NOON, Stage.NOTE, Action.START, Subject("bot", "vi-bot"), Origin("start")
)


def sealed(*entries: AuditEntry) -> list[SealedEntry]:
    chain: list[SealedEntry] = []
    for entry in entries:
        chain.append(seal(entry, chain[-1].receipt if chain else EMPTY))
    return chain


def rows(*entries: SealedEntry) -> list[dict[str, str]]:
    text = "".join(exported(entries, Format.CSV))
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def events(*entries: SealedEntry) -> list[dict[str, Any]]:
    return [json.loads(line) for line in exported(entries, Format.OCSF)]


texts = st.text(max_size=20)
some_text = st.text(min_size=1, max_size=20)
entries = st.builds(
    AuditEntry,
    id=some_text.map(EntryId),
    operation_id=some_text.map(OperationId),
    at=st.datetimes(datetime(1970, 1, 1), datetime(9999, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis wants bounds without a zone
    stage=st.sampled_from(Stage),
    action=st.sampled_from(Action),
    actor=st.builds(Subject, texts, texts, texts, texts),
    origin=st.builds(Origin, texts, texts, texts, texts),
    target=st.none() | st.builds(Target, texts, texts, texts, texts),
    outcome=st.none() | st.builds(Outcome, texts, st.integers(0, 999), texts, texts),
    details=st.dictionaries(
        st.sampled_from(["reason", "missing", "query"]), texts | st.integers(0, 9) | st.lists(texts)
    ),
    host=st.dictionaries(st.sampled_from(["name", "pid", "version"]), texts),
)
chains = st.lists(entries, max_size=3).map(lambda several: sealed(*several))


@given(chains)
def test_lines_of_jsonl_are_the_bodies_and_chain(chain: list[SealedEntry]) -> None:
    lines = list(exported(chain, Format.JSONL))
    assert lines == [f"{each.body}\n" for each in chain]
    previous = EMPTY.hash
    for line in lines:
        assert line.count("\n") == 1
        assert json.loads(line)["prev"] == previous
        previous = hash_of(line.removesuffix("\n"))


@settings(deadline=None)  # the first example also pays for what is made once
@given(chains)
def test_any_entry_survives_csv_cell_by_cell_but_for_the_apostrophe(chain: list[SealedEntry]) -> None:
    found = rows(*chain)
    assert len(found) == len(chain)
    for row, entry in zip(found, chain, strict=True):
        assert (row["seq"], row["hash"]) == (str(entry.seq), entry.hash)
        for name, path in COLUMNS.items():
            text = _text_at(json.loads(entry.body), path)
            assert row[name] in {text, f"'{text}"}
            assert not re.match(r"\s*[=+\-@]|[\t\r\n\0]", row[name])


def _text_at(content: Any, path: tuple[str, ...]) -> str:
    for name in path:
        content = content.get(name, "") if isinstance(content, dict) else ""
    return content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)


@settings(deadline=None)  # the first example also pays for what is made once
@given(chains)
def test_any_entry_is_a_valid_event_of_ocsf(chain: list[SealedEntry]) -> None:
    for line, event in zip(exported(chain, Format.OCSF), events(*chain), strict=True):
        assert line.isascii()
        assert line.endswith("}\n")
        OCSF.validate(event)


def test_every_column_has_its_place() -> None:
    (row,) = rows(*sealed(FULL))
    body = sealed(FULL)[0]
    assert row == {
        "seq": "1",
        "hash": body.hash,
        "time": "2026-11-23T12:00:00.000000Z",
        "stage": "failed",
        "action": "vi.workflow.delete",
        "actor_id": "U1",
        "actor_name": "Mira",
        "actor_team": "T1",
        "target_kind": "workflow",
        "target_id": "007",
        "target_name": "Pot, “holes”",
        "target_version": "etag",
        "outcome_code": "vi_refused",
        "outcome_status": "409",
        "outcome_message": "A run is active.",
        "reason": "old",
        "channel": "C1",
        "command": "/vi delete x",
        "operation": "o1",
        "host": "host-1",
        "bot_version": "0.1.0",
    }


def test_csv_is_of_rfc_4180_with_numbers_bare_and_text_quoted() -> None:
    header, line = exported(sealed(FULL), Format.CSV)
    assert header.startswith('"seq","hash","time",')
    assert header.endswith('"bot_version"\r\n')
    assert line.startswith('1,"')
    assert '"007","Pot, “holes”"' in line
    assert '"vi_refused",409,"A run' in line
    assert list(exported([], Format.CSV)) == [header]


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\0=1", "  =1", "\u3000=1", " \t1", "\uff1d1", "-"]
)
def test_what_could_be_a_formula_begins_with_an_apostrophe(text: str) -> None:
    (row,) = rows(_with_body(details={"reason": text}))
    assert row["reason"] == f"'{text}"


@pytest.mark.parametrize("text", ["1+1", " a=1", "'=1", "a\t=1", "", "   "])
def test_other_text_stays_as_it_is(text: str) -> None:
    (row,) = rows(_with_body(details={"reason": text}))
    assert row["reason"] == text


def _with_body(**members: Any) -> SealedEntry:
    """An entry whose text somebody else wrote."""
    content = json.loads(sealed(FULL)[0].body) | members
    return SealedEntry(1, json.dumps(content), "")


def test_an_entry_of_a_later_version_is_exported() -> None:
    later = _with_body(stage="escalated", action="vi.run.resume", approver={"id": "U2"}, v=2)
    (row,) = rows(later)
    assert (row["stage"], row["action"]) == ("escalated", "vi.run.resume")
    (event,) = events(later)
    OCSF.validate(event)
    assert (event["activity_id"], event["activity_name"]) == (99, "vi.run.resume")
    assert (event["status_id"], event["status"]) == (99, "escalated")
    assert event["unmapped"]["approver"] == {"id": "U2"}


@pytest.mark.parametrize("form", [Format.CSV, Format.OCSF])
@pytest.mark.parametrize("body", ["{", "[1]", "1", "[" * 100_000])
def test_a_text_that_is_no_entry_stops_what_would_take_it_apart(form: Format, body: str) -> None:
    broken = SealedEntry(7, body, hash_of(body))
    with pytest.raises(ValueError, match=r"entry #7 is not an entry: its text (cannot be read|is no JSON object)"):
        list(exported([broken], form))
    assert list(exported([broken], Format.JSONL)) == [f"{body}\n"]


@pytest.mark.parametrize("time", ["noon", "", 7, "0001-01-01T00:00:00+14:00"])
def test_a_time_that_cannot_be_read_stops_ocsf(time: Any) -> None:
    with pytest.raises(ValueError, match="entry #1 is not an entry: its time cannot be read"):
        events(_with_body(ts=time))


@pytest.mark.parametrize("form", [Format.CSV, Format.OCSF])
def test_members_of_another_kind_than_they_should_be_stop_nothing(form: Format) -> None:
    odd = _with_body(
        actor="U1", target=[1], outcome={"code": 7, "status": None}, details={"reason": "\ud800"}, source=None
    )
    assert "".join(exported([odd], form)).encode()


def test_entries_are_exported_one_at_a_time() -> None:
    read: list[int] = []

    def reading() -> Iterator[SealedEntry]:
        for entry in sealed(FULL, BARE):
            read.append(entry.seq)
            yield entry

    for form in Format:
        read.clear()
        lines = exported(reading(), form)
        assert read == []
        while not read:
            next(lines)
        assert read == [1]


def test_everything_that_ocsf_has_a_place_for_is_there() -> None:
    (entry,) = sealed(FULL)
    (event,) = events(entry)
    assert event == {
        "category_uid": 6,
        "category_name": "Application Activity",
        "class_uid": 6003,
        "class_name": "API Activity",
        "activity_id": 4,
        "activity_name": "Delete",
        "type_uid": 600304,
        "type_name": "API Activity: Delete",
        "severity_id": 2,
        "severity": "Low",
        "status_id": 2,
        "status": "Failure",
        "status_code": "vi_refused",
        "status_detail": "A run is active.",
        "time": 1795435200000,
        "message": "vi.workflow.delete failed",
        "metadata": {
            "version": "1.3.0",
            "product": {"name": "Vi Ops", "vendor_name": "Vi Ops", "version": "0.1.0"},
            "log_name": "audit",
            "log_provider": "Vi Ops",
            "log_version": "1",
            "uid": "e1",
            "correlation_uid": "o1",
            "sequence": 1,
            "original_time": "2026-11-23T12:00:00.000000Z",
        },
        "actor": {"user": {"uid": "U1", "name": "Mira", "type_id": 1, "type": "User", "org": {"uid": "T1"}}},
        "api": {
            "operation": "vi.workflow.delete",
            "service": {"name": "Datature Vi"},
            "request": {"uid": "trace-1"},
            "response": {"code": 409, "error": "vi_refused", "error_message": "A run is active."},
        },
        "src_endpoint": {"name": "command", "uid": "C1", "svc_name": "Slack"},
        "resources": [{"uid": "007", "name": "Pot, “holes”", "type": "workflow", "version": "etag"}],
        "unmapped": {
            "hash": entry.hash,
            "prev": EMPTY.hash,
            "stage": "failed",
            "details": {"reason": "old"},
            "host": {"name": "host-1", "pid": "7", "version": "0.1.0"},
            "source": {"kind": "command", "channel": "C1", "command": "/vi delete x", "trigger": "1.2"},
        },
    }


def test_what_an_entry_does_not_say_is_left_out() -> None:
    (event,) = events(*sealed(BARE))
    assert "resources" not in event
    assert event["api"] == {"operation": "bot.start", "service": {"name": "Vi Ops"}}
    assert event["src_endpoint"] == {"name": "start"}
    assert event["actor"] == {"user": {"uid": "vi-bot", "type_id": 99, "type": "bot"}}
    (good,) = events(_with_body(outcome={"code": "ok", "status": 204, "message": "Deleted."}))
    assert good["api"]["response"] == {"code": 204, "message": "Deleted."}


STATUSES: Mapping[Stage, tuple[int, str]] = {
    Stage.REQUESTED: (99, "requested"),
    Stage.APPROVED: (99, "approved"),
    Stage.DENIED: (2, "Failure"),
    Stage.STARTED: (99, "started"),
    Stage.SUCCEEDED: (1, "Success"),
    Stage.FAILED: (2, "Failure"),
    Stage.UNKNOWN: (0, "Unknown"),
    Stage.NOTE: (99, "note"),
}


@pytest.mark.parametrize("stage", Stage)
def test_each_stage_is_a_status(stage: Stage) -> None:
    (event,) = events(_with_body(stage=stage))
    assert (event["status_id"], event["status"]) == STATUSES[stage]
    assert event["unmapped"]["stage"] == stage


def test_what_the_platform_is_asked_for_is_told_apart() -> None:
    activities = {
        action: events(_with_body(action=action))[0]["activity_id"] for action in Action if action.startswith("vi.")
    }
    assert activities == {
        Action.BACKUP: 1,
        Action.RESTORE: 1,
        Action.LIST: 2,
        Action.SHOW: 2,
        Action.BACKUPS: 2,
        Action.RUNS: 2,
        Action.KILL: 3,
        Action.LOCK: 3,
        Action.UNLOCK: 3,
        Action.DELETE: 4,
    }


def test_what_is_exported_says_what_the_entry_says() -> None:
    chain = sealed(FULL, BARE)
    for row, entry in zip(rows(*chain), chain, strict=True):
        content = content_of(entry)
        assert (row["actor_id"], row["operation"]) == (content.actor.id, content.operation_id)
