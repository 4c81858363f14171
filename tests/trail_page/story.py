"""A month of a team, as the trail tells it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from bot.domain.audit import Action, AuditEntry, EntryId, OperationId, Origin, Outcome, Stage, Subject, Target

PEOPLE = (
    Subject("person", "U0ALICE", "T0TEAM", "Alice Moreau"),
    Subject("person", "U0OMAR", "T0TEAM", "Omar Haddad"),
    Subject("person", "U0MIRA", "T0TEAM", "Mira Böhm"),
    Subject("person", "U0VERA", "T0TEAM", "Vera Okafor"),
)
WORKFLOWS = (
    "Potholes",
    "Best-before labels",
    "Night shift counts",
    "Weld seams v3",
    "Pallet corners",
    "Vials, cracked",
)
REASONS = ("Replaced by the new one", "Trained on wrong labels", "A test of last week", "The line was taken down")
_SAID = {
    "ok": "",
    "refused": "This needs the role operator.",
    "vi_unreachable": "Vi did not answer. Nothing was changed.",
    "vi_outcome_unknown": "Vi did not answer. Whether the workflow was deleted is not known yet.",
    "reconciled_done": "",
    "expired": "Nobody answered in time.",
}
_LOOKS = (Action.LIST, Action.LIST, Action.SHOW, Action.SHOW, Action.AUDIT)


def operation(
    number: int, at: datetime, action: Action, stages: dict[Stage, str], *, who: int = 1, about: int | str = 0
) -> Iterator[AuditEntry]:
    """The entries of one operation, a second apart; `stages` gives each its code."""
    name = about if isinstance(about, str) else WORKFLOWS[about]
    changes = action in {Action.DELETE, Action.BACKUP}
    for place, (stage, code) in enumerate(stages.items()):
        yield AuditEntry(
            id=EntryId(str(UUID(int=number * 16 + place + 1))),
            operation_id=OperationId(str(UUID(int=(number << 64) + number))),
            at=at + timedelta(seconds=place),
            stage=stage,
            action=action,
            actor=PEOPLE[who],
            origin=Origin("command", "C0OPS", f"/vi {action.rpartition('.')[2]} {name}"),
            target=None if action in {Action.LIST, Action.AUDIT} else Target("workflow", f"wf-{name}", name, "etag-1"),
            outcome=Outcome(code, message=_SAID[code]) if code else None,
            details={
                **({"reason": REASONS[number % len(REASONS)]} if action is Action.DELETE and changes else {}),
                **({"missing": "operator"} if stage is Stage.DENIED else {}),
            },
            host={"name": "bot-1", "pid": "4711", "version": "0.1.0"},
        )


def month(until: datetime) -> Iterator[AuditEntry]:
    """Thirty days of about twenty operations."""
    chance = Random(7)
    number = 0
    for day in range(30, -1, -1):
        asked = chance.randrange(3 if day % 7 in {2, 3} else 22)
        for minutes in sorted(chance.sample(range(600), asked), reverse=True):
            number += 1
            yield from _any(chance, number, until - timedelta(days=day, minutes=minutes))


def _any(chance: Random, number: int, at: datetime) -> Iterator[AuditEntry]:
    who, about, kind = chance.choice((0, 1, 1, 1, 2, 2, 3)), chance.randrange(len(WORKFLOWS)), chance.random()
    if kind < 0.62:
        yield from operation(number, at, chance.choice(_LOOKS), {Stage.SUCCEEDED: "ok"}, who=who, about=about)
    elif kind < 0.7 or who == 3:
        yield from operation(number, at, Action.DELETE, {Stage.DENIED: "refused"}, who=3, about=about)
    else:
        action = chance.choice((Action.BACKUP, Action.DELETE))
        ends = {0: {Stage.FAILED: "vi_unreachable"}, 1: {Stage.UNKNOWN: "vi_outcome_unknown"}}
        end = ends.get(chance.randrange(14), {Stage.SUCCEEDED: "ok"})
        stages = {Stage.REQUESTED: "", Stage.STARTED: "", **end}
        if Stage.UNKNOWN in end and chance.random() < 0.6:
            stages[Stage.SUCCEEDED] = "reconciled_done"
        yield from operation(number, at, action, stages, who=who, about=about)
