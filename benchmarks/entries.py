"""Entries of the trail as a team's bot writes them in three years: about 900 bytes each once they are sealed.

Three in ten operations change something and have several entries; the others are one entry each.
"""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from bot.domain.audit import Action, AuditEntry, EntryId, OperationId, Origin, Outcome, Stage, Subject, Target

FIRST_DAY = datetime(2024, 1, 1, tzinfo=UTC)
SPAN = timedelta(days=3 * 365)

PEOPLE = tuple(f"U{number:010X}" for number in range(0x5EED000, 0x5EED000 + 200))
WORKFLOWS = tuple(f"{number:08x}-4b1d-4c6e-9f3a-2d7e8c5b6a90" for number in range(2000))

COMMON_WORD = "night"
"""In the name of every second workflow."""

RARE_WORD = "quarantined"
"""In the reason of three deletions of the whole trail."""

_LOOKS = (Action.LIST, Action.SHOW, Action.AUDIT, Action.WHOAMI)
_CHANGING = 0.3
_REFUSED = 0.02
_ENDS = (Stage.SUCCEEDED,) * 18 + (Stage.FAILED, Stage.UNKNOWN)
_OUTCOMES = {
    Stage.SUCCEEDED: Outcome("ok", 200, "Vi confirmed the end state.", "4bf92f3577b34da6a3ce929d0e0e4736"),
    Stage.FAILED: Outcome("vi_refused", 409, "Vi refused: a run is active.", "00f067aa0ba902b74bf92f3577b34da6"),
    Stage.UNKNOWN: Outcome("vi_outcome_unknown", message="Vi did not answer; the bot goes on looking."),
    Stage.DENIED: Outcome("refused", message="This needs the role operator. Ask an admin of your team."),
}
_HOST = {"name": "vi-ops-7d9c5b6f4-x2k8p", "pid": "7", "version": "0.1.0"}


def entries(count: int, *, seed: int = 0) -> Iterator[AuditEntry]:
    """So many entries, oldest first; the same for the same seed."""
    chance = random.Random(seed)
    rare_from = [count // 4, count // 2, count - count // 4]
    number = 0
    while number < count:
        rare = bool(rare_from) and number >= rare_from[0]
        if rare:
            rare_from.pop(0)
        reason = f"{RARE_WORD} after a complaint" if rare else "superseded by the next version"
        for entry in islice(_operation(chance, FIRST_DAY + SPAN * (number / count), reason), count - number):
            at = FIRST_DAY + SPAN * (number / count)
            yield replace(entry, id=EntryId(_id(chance, at)), at=at)
            number += 1


def name_of(workflow: int) -> str:
    """What people call the workflow with this number."""
    return f"Defect detection {workflow}, line {workflow % 7}, {COMMON_WORD if workflow % 2 else 'day'} shift"


def _operation(chance: random.Random, at: datetime, reason: str) -> Iterator[AuditEntry]:
    """The entries of one operation, still without ids and times of their own."""
    changes = RARE_WORD in reason or chance.random() < _CHANGING
    action = Action.DELETE if changes else chance.choice(_LOOKS)
    workflow = chance.randrange(len(WORKFLOWS))
    first = AuditEntry(
        id=EntryId(""),
        operation_id=OperationId(_id(chance, at)),
        at=at,
        stage=Stage.REQUESTED,
        action=action,
        actor=Subject("person", chance.choice(PEOPLE), "T05EED0TEAM"),
        origin=Origin(
            "command", "C05EED0OPS", f"/vi {action.split('.')[-1]} {name_of(workflow)}", "7391845.206.d5b1c0"
        ),
        target=Target("workflow", WORKFLOWS[workflow], name_of(workflow), 'W/"6f1c2b7e9d404a55-18"'),
        host=_HOST,
    )
    if not changes:
        yield _at_stage(first, Stage.DENIED if chance.random() < _REFUSED else Stage.SUCCEEDED, {})
        return
    details = {"reason": reason, "back_up_first": True, "snapshot": "9f86d081884c7d659a2feaa0c55ad015" * 2, "runs": 3}
    end = chance.choice(_ENDS)
    for stage in (Stage.REQUESTED, Stage.STARTED, end):
        yield _at_stage(first, stage, details)
    if end is Stage.UNKNOWN:  # found out later, by looking
        settled = replace(first, actor=Subject("bot", "vi-ops"), origin=Origin("recovery"))
        yield _at_stage(settled, Stage.SUCCEEDED, details)


def _at_stage(entry: AuditEntry, stage: Stage, details: dict[str, Any]) -> AuditEntry:
    return replace(entry, stage=stage, outcome=_OUTCOMES.get(stage), details=details)


def _id(chance: random.Random, at: datetime) -> str:
    """A UUIDv7: ordered by time, as the bot's are."""
    milliseconds = f"{int(at.timestamp() * 1000):012x}"
    tail = f"7{chance.getrandbits(12):03x}-{chance.getrandbits(14) | 0x8000:04x}-{chance.getrandbits(48):012x}"
    return f"{milliseconds[:8]}-{milliseconds[8:]}-{tail}"
