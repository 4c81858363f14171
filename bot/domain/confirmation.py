"""The question that stands before an irreversible change: what it is about, and what becomes of it.

A question is put to one person, answered at most once, and expires. What has to be typed is fixed when it is opened,
from the names that the person saw. Where the policy asks for a second person, the answer waits for that one.

    open ── answered ──────────────→ claimed ── each item ended ──→ done
      │        └─ policy ─→ awaiting ──┘ agreed
      └→ expired, withdrawn   └→ expired, withdrawn, refused, void
"""

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from bot.domain.audit import Action, OperationId, Target
from bot.domain.backup import SnapshotId
from bot.domain.people import PersonId, TeamId
from bot.domain.screen import ScreenId
from bot.domain.text import shown
from bot.domain.workflow import ProjectId

ConfirmationId = NewType("ConfirmationId", str)

_TYPABLE_LENGTH = 150
_QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‘": "'", "’": "'", "‚": "'"})


class ConfirmationState(StrEnum):
    """How far a question has come; see the drawing above."""

    OPEN = "open"
    AWAITING = "awaiting"
    CLAIMED = "claimed"
    DONE = "done"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    REFUSED = "refused"
    VOID = "void"


SETTLED = frozenset(
    {
        ConfirmationState.DONE,
        ConfirmationState.EXPIRED,
        ConfirmationState.WITHDRAWN,
        ConfirmationState.REFUSED,
        ConfirmationState.VOID,
    }
)
"""The states that no question leaves any more."""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that a question is about: an operation of its own in the trail.

    Attributes:
        target: what it is, in the version that the person saw.
        source: the snapshot that is to be brought back, where that is what is asked.
    """

    operation_id: OperationId
    target: Target
    project_id: ProjectId | None = None
    source: SnapshotId | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the person entered, and when."""

    at: datetime
    reason: str = ""
    back_up_first: bool = False


class Shows(StrEnum):
    """What a message in Slack shows of a question."""

    REQUEST = "request"
    OUTCOME = "outcome"
    LINE = "line"


@dataclass(frozen=True, slots=True)
class Post:
    """A message in Slack that shows the question, or what came of it: it is rewritten when that changes."""

    channel: str
    ts: str
    shows: Shows = Shows.REQUEST


@dataclass(frozen=True, slots=True)
class Approval:
    """A second person is asked to agree.

    Attributes:
        why: the rule that asks for it, in words.
        reminded: whether the approvers were reminded.
        by, at: who decided, and when.
    """

    expires_at: datetime
    why: str
    reminded: bool = False
    by: PersonId | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Confirmation:
    """One question put to one person about one state of one or several things.

    Attributes:
        action: what is to be done to each item.
        phrase: what the person has to type; empty where nothing has to be typed.
        posts: the messages that show it, to be rewritten when it changes.
        back_to: the screen that the person goes back to once it is done, where the question came in between.
    """

    id: ConfirmationId
    action: Action
    person_id: PersonId
    team: TeamId
    items: tuple[Item, ...]
    phrase: str
    opened_at: datetime
    expires_at: datetime
    state: ConfirmationState = ConfirmationState.OPEN
    answer: Answer | None = None
    approval: Approval | None = None
    posts: tuple[Post, ...] = ()
    back_to: ScreenId | None = None

    def is_late(self, now: datetime) -> bool:
        """Whether it is too late to answer or to agree; the moment of expiry itself is too late."""
        if self.state is ConfirmationState.OPEN:
            return now >= self.expires_at
        return (
            self.state is ConfirmationState.AWAITING and self.approval is not None and now >= self.approval.expires_at
        )


def phrase_to_type(name: str, identifier: str) -> str:
    """What a person must type to confirm a change of one thing: its name as shown.

    A name that nobody can type (empty, or longer than 150 characters) is replaced by the id.
    """
    name = shown(name)
    return name if 0 < len(name) <= _TYPABLE_LENGTH else identifier


def is_typed(phrase: str, typed: str) -> bool:
    """Whether `typed` is the phrase.

    Every letter counts, upper and lower case too. What keyboards change by themselves does not: curly quotes,
    composed or decomposed accents, doubled or trailing spaces.
    """
    return _comparable(phrase) == _comparable(typed)


def _comparable(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", shown(text).translate(_QUOTES)).split())
