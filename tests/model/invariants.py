"""What must hold whatever people do: looked at when a DELETE arrives, and when everything has come to rest."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.domain.audit import Action
from bot.store.connection import reading
from bot.store.verification import Verdict, verify_file
from sandbox.vi.request_log import ReceivedRequest
from tests.model.company import CAP, Company

JsonObject = dict[str, Any]

_ENDS = {"succeeded", "failed"}
_NOT_DONE = {429, 503}
"""Answers with which Vi says that it did nothing: then the bot may send a DELETE again."""


@dataclass(frozen=True)
class Memory:
    """What stands in the bot's file at one moment."""

    entries: list[JsonObject]
    questions: list[JsonObject]
    locks: frozenset[str]

    def of_operation(self, operation_id: str) -> list[JsonObject]:
        """The entries of an operation, oldest first."""
        return [each for each in self.entries if each["op"] == operation_id]

    def stages(self, operation_id: str) -> list[str]:
        """How far an operation has come, oldest first."""
        return [each["stage"] for each in self.of_operation(operation_id)]


def memory_of(company: Company, workflow_id: str = "") -> Memory:
    """What is on the disk now: all of it, or what belongs to one workflow."""
    with reading(company.store) as database:
        rows = database.connection.execute(
            "SELECT body FROM audit_event WHERE ?1 = '' OR target = ?1 ORDER BY seq", (workflow_id,)
        ).fetchall()
        questions = database.connection.execute("SELECT document FROM question ORDER BY opened_at, rowid").fetchall()
        locks = database.connection.execute("SELECT workflow_id FROM lock").fetchall()
    return Memory(
        [json.loads(body) for (body,) in rows],
        [json.loads(document) for (document,) in questions],
        frozenset(workflow for (workflow,) in locks),
    )


class Watch:
    """Looks at every DELETE before it takes effect: `breaches` says what was not as it must be."""

    def __init__(self, company: Company) -> None:
        self._company = company
        self.breaches: list[str] = []
        self.seen = 0
        company.vi.requests.subscribe(self._look)

    def _look(self, request: ReceivedRequest) -> None:
        if request.method != "DELETE" or request.ended is not None:
            return
        self.seen += 1
        workflow_id = request.path.rsplit("/", 1)[-1]
        memory = memory_of(self._company, workflow_id)
        under_way = sorted(
            {
                each["op"]
                for each in memory.entries
                if each["action"] == Action.DELETE
                and "started" in (stages := memory.stages(each["op"]))
                and not _ENDS.intersection(stages)
            }
        )
        if not under_way:
            self.breaches.append(f"{workflow_id}: a DELETE arrived, and no deletion of it was under way")
            return
        faults = [list(self._faults(memory, workflow_id, each)) for each in under_way]
        if all(faults):  # of two deletions of one workflow, one may have sent it
            self.breaches += [f"{workflow_id}: {fault}" for fault in faults[0]]

    def _faults(self, memory: Memory, workflow_id: str, operation_id: str) -> Iterator[str]:
        question = next(
            (each for each in memory.questions if operation_id in {item["operation_id"] for item in each["items"]}),
            None,
        )
        if question is None or question["state"] != "claimed":
            yield f"the question of {operation_id} is {question and question['state']}, not claimed"
            return
        agreed = [each for each in memory.of_operation(operation_id) if each["stage"] == "approved"]
        if self._is_governed(workflow_id) and not agreed:
            yield f"nobody agreed to {operation_id}"
        for person_id, at in ((each["actor"]["id"], datetime.fromisoformat(each["ts"])) for each in agreed):
            if person_id == question["person_id"]:
                yield f"{person_id} agreed to {operation_id}, which they asked for themselves"
            if not self._company.was_approver(person_id, at):
                yield f"{person_id} agreed to {operation_id}, and was no approver"
        if workflow_id in memory.locks:
            locked = max(each["seq"] for each in memory.entries if each["action"] == Action.LOCK)
            if locked < _last_written(memory, operation_id):
                yield f"it was locked before {operation_id} came to it"

    def _is_governed(self, workflow_id: str) -> bool:
        if workflow_id not in self._company.vi.organization.flows:
            return False  # somebody else was quicker
        return self._company.is_governed(workflow_id)


def _last_written(memory: Memory, operation_id: str) -> int:
    backups = [each for each in memory.entries if each.get("details", {}).get("before") == operation_id]
    return max(int(each["seq"]) for each in [*memory.of_operation(operation_id), *backups])


def faults_so_far(company: Company, memory: Memory) -> Iterator[str]:
    """What is wrong whatever is still to come."""
    operations = _by_operation(memory)
    for operation_id, entries in operations.items():
        yield from _done_again(operation_id, entries)
    yield from _sent_twice(company, operations)
    yield from _beyond_the_cap(memory)
    verification = verify_file(company.store)
    if verification.verdict is not Verdict.SOUND:
        yield f"the trail is {verification.verdict}: {verification.faults}"


def faults_at_rest(company: Company) -> Iterator[str]:
    """What is wrong once nothing is running any more and Vi answers again."""
    memory = memory_of(company)
    yield from faults_so_far(company, memory)
    for operation_id, entries in _by_operation(memory).items():
        yield from _unended(operation_id, entries)
    waiting = [each["id"] for each in memory.questions if each["state"] in {"open", "awaiting", "claimed"}]
    if waiting:
        yield f"questions are left open: {waiting}"


def _by_operation(memory: Memory) -> dict[str, list[JsonObject]]:
    operations: dict[str, list[JsonObject]] = {}
    for entry in memory.entries:
        operations.setdefault(entry["op"], []).append(entry)
    return operations


def _done_again(operation_id: str, entries: Sequence[JsonObject]) -> Iterator[str]:
    stages = Counter(each["stage"] for each in entries)
    about = f"{entries[0]['action']} {operation_id}: {[each['stage'] for each in entries]}"
    if stages["succeeded"] + stages["failed"] > 1:
        yield f"ended twice: {about}"
    if stages["started"] > 1:
        yield f"started twice: {about}"
    refused = sum(each["stage"] == "denied" and each["outcome"]["code"] == "refused_by_approver" for each in entries)
    if stages["approved"] + refused > 1:
        yield f"decided twice: {about}"


def _unended(operation_id: str, entries: Sequence[JsonObject]) -> Iterator[str]:
    stages = {each["stage"] for each in entries}
    about = f"{entries[0]['action']} {operation_id}: {[each['stage'] for each in entries]}"
    if "started" in stages and not _ENDS & stages:
        yield f"never settled: {about}"
    if "requested" in stages and not {*_ENDS, "denied"} & stages:
        yield f"never ended: {about}"


def _sent_twice(company: Company, operations: Mapping[str, Sequence[JsonObject]]) -> Iterator[str]:
    sent = Counter(
        each.path.rsplit("/", 1)[-1] for each in company.vi.requests.matching("DELETE") if each.status not in _NOT_DONE
    )
    started = Counter(
        entry["target"]["id"]
        for entries in operations.values()
        for entry in entries
        if entry["action"] == Action.DELETE and entry["stage"] == "started"
    )
    yield from (
        f"{workflow_id}: {count} DELETEs for {started[workflow_id]} deletions"
        for workflow_id, count in sent.items()
        if count > started[workflow_id]
    )


def _beyond_the_cap(memory: Memory) -> Iterator[str]:
    alone = [
        (each["person_id"], datetime.fromisoformat(each["answer"]["at"]), len(each["items"]))
        for each in memory.questions
        if each["action"] == Action.DELETE and each["answer"] and not each["approval"]
    ]
    for person_id, until, _count in alone:
        count = sum(
            count for person, at, count in alone if person == person_id and until - timedelta(hours=1) < at <= until
        )
        if count > CAP:
            yield f"{person_id} deleted {count} alone within the hour before {until}"
