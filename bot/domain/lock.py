"""A lock: a workflow that nobody may delete or overwrite, whatever their role."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.people import PersonId
from bot.domain.workflow import WorkflowId


@dataclass(frozen=True, slots=True)
class Lock:
    """Who locked which workflow, when and why; `name` is what it was called then."""

    workflow_id: WorkflowId
    name: str
    person_id: PersonId
    at: datetime
    reason: str
