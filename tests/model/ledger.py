"""The little that must be true, kept beside the bot: from what people did and what Vi holds, not from the bot's words.

Only which workflows a question is about is read from the bot's file.
"""

from collections import defaultdict
from collections.abc import Iterator

from bot.domain.audit import Action
from handlers import action_ids
from sandbox.slack.elements import Element
from tests.model.company import Company
from tests.model.invariants import JsonObject, Memory


class Ledger:
    """Who confirmed and agreed to what, what is locked, and what exists.

    Attributes:
        deleted: how many workflows went because people wanted it.
    """

    def __init__(self, company: Company) -> None:
        self._company = company
        self._existing = self._now()
        self._governed: set[str] = set()
        self._confirmed: dict[str, set[str]] = defaultdict(set)
        self._agreed: dict[str, set[str]] = defaultdict(set)
        self._used: set[tuple[str, str]] = set()
        self._locked: frozenset[str] = frozenset()
        self._stale: set[str] = set()
        self._in_question: set[str] = set()
        self.deleted = 0

    def confirms(self, question_id: str, person_id: str) -> None:
        """Somebody types what was asked for, and submits it."""
        if self._company.has_role(person_id, "crowd-operators") or self._company.has_role(person_id, "crowd-admins"):
            self._confirmed[question_id].add(person_id)

    def presses(self, person_id: str, element: Element) -> None:
        """Somebody presses something; with Approve, an approver agrees."""
        is_approval = element.json["action_id"] == action_ids.APPROVE
        if is_approval and self._company.has_role(person_id, "crowd-approvers"):
            self._agreed[element.json["value"]].add(person_id)

    def turns(self, workflow_id: str) -> None:
        """Somebody tries to lock or to unlock it, so until this is over it may be either."""
        self._in_question.add(workflow_id)

    def vanishes(self, workflow_id: str) -> None:
        """Somebody takes it away behind the bot's back."""
        self._existing.discard(workflow_id)

    def begin(self, memory: Memory) -> None:
        """Look at how things stand before people do something."""
        self._in_question.clear()
        self._governed |= {each for each in self._existing if self._company.is_governed(each)}
        self._stale = {
            item["operation_id"]
            for question in memory.questions
            for item in question["items"]
            if question["state"] in {"open", "awaiting"}
            and question["action"] != Action.KILL  # a run goes on changing by itself
            and self._is_stale(item["target"])
        }

    def faults(self, memory: Memory) -> Iterator[str]:
        """What happened since then and must not have."""
        now = self._now()
        for workflow_id in sorted(self._existing - now):
            self.deleted += 1
            leave = next((each for each in memory.questions if self._is_leave(each, workflow_id)), None)
            if leave is None:
                yield f"{workflow_id} is gone, and nobody confirmed that, as it was, with all who have to agree"
            else:
                self._used.add((leave["id"], workflow_id))
            if workflow_id in self._locked - self._in_question:
                yield f"{workflow_id} is gone, and was locked"
        self._existing = now
        if turned := (memory.locks ^ self._locked) - self._in_question:
            yield f"locked or unlocked by nobody: {sorted(turned)}"
        self._locked = memory.locks
        approved = {each["op"] for each in memory.entries if each["stage"] == "approved"}
        if void := approved & self._stale:
            yield f"agreed to, though it was changed after it was asked: {sorted(void)}"

    def _now(self) -> set[str]:
        return set(self._company.vi.organization.workflow_ids())

    def _is_leave(self, question: JsonObject, workflow_id: str) -> bool:
        asked_by = question["person_id"]
        return (
            question["action"] == Action.DELETE
            and workflow_id
            in {each["target"]["id"] for each in question["items"] if each["operation_id"] not in self._stale}
            and (question["id"], workflow_id) not in self._used
            and asked_by in self._confirmed[question["id"]]
            and (workflow_id not in self._governed or bool(self._agreed[question["id"]] - {asked_by}))
        )

    def _is_stale(self, target: JsonObject) -> bool:
        flows = self._company.vi.organization.flows
        if target["id"] not in flows:
            return bool(target["version"])
        return bool(flows.get(target["id"]).document["etag"] != target["version"])
