"""The question that stands before an irreversible change, and what counts as its answer.

A confirmation is opened once, answered at most once, and expires. What a person has to type is fixed when it is
opened, from the name that person saw.
"""

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from bot.domain.audit import OperationId
from bot.domain.people import PersonId, TeamId
from bot.domain.text import shown
from bot.domain.workflow import ProjectId, Workflow, WorkflowId, WorkflowVersion

ConfirmationId = NewType("ConfirmationId", str)

_TYPABLE_LENGTH = 150
_QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‘": "'", "’": "'", "‚": "'"})


class ConfirmationState(StrEnum):
    """Whether a confirmation can still be answered."""

    OPEN = "open"
    CLAIMED = "claimed"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Confirmation:
    """One question put to one person about one state of one workflow.

    Attributes:
        operation_id: the operation that its entries in the audit trail share.
        phrase: what the person has to type.
        claimed_by, claimed_at: who answered it and when, once somebody has.
    """

    id: ConfirmationId
    operation_id: OperationId
    person_id: PersonId
    team: TeamId
    workflow_id: WorkflowId
    workflow_name: str
    project_id: ProjectId | None
    version: WorkflowVersion
    phrase: str
    opened_at: datetime
    expires_at: datetime
    state: ConfirmationState = ConfirmationState.OPEN
    claimed_by: PersonId | None = None
    claimed_at: datetime | None = None

    def is_expired(self, now: datetime) -> bool:
        """Whether it is too late to answer; the moment of expiry itself is too late."""
        return now >= self.expires_at


def phrase_to_type(workflow: Workflow) -> str:
    """What a person must type to confirm a change of this workflow: its name as shown.

    A name that nobody can type (empty, or longer than 150 characters) is replaced by the id.
    """
    name = shown(workflow.name)
    return name if 0 < len(name) <= _TYPABLE_LENGTH else workflow.id


def is_typed(phrase: str, typed: str) -> bool:
    """Whether `typed` is the phrase.

    Every letter counts, upper and lower case too. What keyboards change by themselves does not: curly quotes,
    composed or decomposed accents, doubled or trailing spaces.
    """
    return _comparable(phrase) == _comparable(typed)


def _comparable(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", shown(text).translate(_QUOTES)).split())
