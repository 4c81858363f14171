"""What may be asked of the audit trail: which entries, in the words that people use."""

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from bot.domain.audit import Action, Stage
from bot.domain.errors import BadCommand
from bot.domain.moment import Moment
from bot.domain.text import cut, shown

_PERSON = re.compile(r"<@([UW][A-Z0-9]{6,})(?:\|[^>]*)?>|@?([UW][A-Z0-9]{6,})")
_Meaning = TypeVar("_Meaning")

ACTIONS: Mapping[str, Action] = {
    "list": Action.LIST,
    "show": Action.SHOW,
    "backup": Action.BACKUP,
    "delete": Action.DELETE,
    "restore": Action.RESTORE,
    "kill": Action.KILL,
    "lock": Action.LOCK,
    "unlock": Action.UNLOCK,
    "backups": Action.BACKUPS,
    "runs": Action.RUNS,
    "pending": Action.PENDING,
    "home": Action.HOME,
    "status": Action.STATUS,
    "audit": Action.AUDIT,
    "export": Action.EXPORT,
    "help": Action.HELP,
    "whoami": Action.WHOAMI,
    "misunderstood": Action.UNDERSTAND,
    "start": Action.START,
    "stop": Action.STOP,
    "checkpoint": Action.CHECKPOINT,
    "rotate": Action.ROTATE,
}
"""What people call each action in the trail: a command's own name, where it has one."""

OUTCOMES: Mapping[str, Stage] = {
    each.value: each for each in (Stage.SUCCEEDED, Stage.FAILED, Stage.UNKNOWN, Stage.DENIED)
}
"""What people may look for among the stages."""


@dataclass(frozen=True, slots=True)
class Audit:
    """`audit`, with the filters that an entry must fit, each."""

    text: str = ""
    workflow: str = ""
    actor: str = ""
    action: Action | None = None
    outcome: Stage | None = None
    since: Moment | None = None
    until: Moment | None = None

    @property
    def filters(self) -> dict[str, str]:
        """The filters given, as they are typed: the flags' names and values, and `text`. `read_filters` turns back."""
        given = {
            "text": self.text,
            "workflow": self.workflow,
            "actor": self.actor,
            "action": next((word for word, action in ACTIONS.items() if action is self.action), ""),
            "outcome": self.outcome.value if self.outcome else "",
            "since": self.since.text if self.since else "",
            "until": self.until.text if self.until else "",
        }
        return {name: value for name, value in given.items() if value}


def read_filters(filters: Mapping[str, str]) -> Audit:
    """What these filters mean, by the names that `Audit.filters` gives them.

    Raises:
        BadCommand: one of them has a value that means nothing.
    """
    return Audit(
        filters.get("text", ""),
        filters.get("workflow", ""),
        _person(filters),
        one_of(filters, "action", ACTIONS),
        one_of(filters, "outcome", OUTCOMES),
        _moment(filters, "since"),
        _moment(filters, "until"),
    )


def one_of(flags: Mapping[str, str], name: str, meanings: Mapping[str, _Meaning]) -> _Meaning | None:
    """What the word given for `name` means; None where none was given.

    Raises:
        BadCommand: it is none of those that have a meaning.
    """
    if name not in flags:
        return None
    word = flags[name].lower()
    if word not in meanings:
        nearest = difflib.get_close_matches(word, meanings, n=1)
        advice = f"Did you mean {nearest[0]}?" if nearest else ""
        known = ", ".join(meanings)
        raise BadCommand(f"--{name} knows {known}, not “{cut(shown(word), 40)}”.", advice)
    return meanings[word]


def _moment(flags: Mapping[str, str], name: str) -> Moment | None:
    if name not in flags:
        return None
    try:
        return Moment(flags[name].lower())
    except ValueError:
        sentence = f"--{name} needs a span such as 30m, 12h, 7d or 4w, or a day such as 2026-11-01."
        raise BadCommand(sentence) from None


def _person(flags: Mapping[str, str]) -> str:
    if "actor" not in flags:
        return ""
    person = _PERSON.fullmatch(flags["actor"])
    if person is None:
        raise BadCommand("--actor needs a person: @ and the name, picked from the list.")
    return person[1] or person[2]
