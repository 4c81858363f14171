"""Workflows and runs of Datature Vi, as the bot thinks of them.

A workflow is a training configuration. A run is one training execution; it carries a copy of its
workflow's configuration and no workflow id, so "the runs of a workflow" is a match by name and project.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NewType

WorkflowId = NewType("WorkflowId", str)
ProjectId = NewType("ProjectId", str)
RunId = NewType("RunId", str)

JsonObject = Mapping[str, Any]

# The platform's form of an id. `fullmatch`, since `$` would let a trailing newline through.
_ID = re.compile(r"[A-Za-z0-9_-]{1,255}")
PREFIX_LENGTH = 6
"""How many characters of an id must be typed for the rest to be found."""


def is_id(text: str) -> bool:
    """Whether the platform could have made this id: 1 to 255 letters, digits, `_` or `-`."""
    return _ID.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class WorkflowSummary:
    """What a list shows of a workflow."""

    id: WorkflowId
    name: str
    project_id: ProjectId | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class WorkflowVersion:
    """Which state of a workflow somebody saw. The etag decides; the others are for people."""

    etag: str
    generation: int
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Workflow(WorkflowSummary):
    """One workflow, whole.

    Attributes:
        spec: the configuration as the platform sent it, unknown fields included: what a copy is made of.
        attributes: the labels that its owners gave it.
        document: everything that the platform sent.
        blocks: the types of its blocks, in order.
        model, dataset, system_prompt: where the configuration says so, else None.
    """

    version: WorkflowVersion
    spec: JsonObject
    attributes: Mapping[str, str]
    document: JsonObject
    blocks: tuple[str, ...]
    model: str | None
    dataset: str | None
    system_prompt: str | None


class RunState(StrEnum):
    """Where a run stands."""

    WAITING = "waiting"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    KILLED = "killed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Run:
    """One training execution; `since` is when it entered its state."""

    id: RunId
    workflow_name: str
    project_id: ProjectId | None
    state: RunState
    since: datetime

    @property
    def is_active(self) -> bool:
        """Whether it may still be using its workflow; a state that cannot be told counts as active."""
        return self.state in {RunState.WAITING, RunState.RUNNING, RunState.UNKNOWN}


@dataclass(frozen=True, slots=True)
class Project:
    """A training project: what holds workflows and runs."""

    id: ProjectId
    name: str


def spec_of(document: JsonObject) -> JsonObject:
    """The configuration in a document of the platform's; empty where it has none."""
    spec = document.get("spec")
    return spec if isinstance(spec, Mapping) else {}


def attributes_of(document: JsonObject) -> Mapping[str, Any]:
    """The labels in a document of the platform's; empty where it has none."""
    metadata = document.get("metadata")
    attributes = metadata.get("attributes") if isinstance(metadata, Mapping) else None
    return attributes if isinstance(attributes, Mapping) else {}


def runs_of(workflow: WorkflowSummary, runs: Iterable[Run]) -> tuple[Run, ...]:
    """The runs that use this workflow: same name, and same project where both name one.

    The platform knows better: this is for the question beforehand, its answer to a deletion is the truth.
    """
    return tuple(
        run
        for run in runs
        if run.workflow_name == workflow.name
        and (run.project_id is None or workflow.project_id is None or run.project_id == workflow.project_id)
    )


def matching(reference: str, workflows: Iterable[WorkflowSummary]) -> tuple[WorkflowSummary, ...]:
    """The workflows that a person means by `reference`.

    An id names exactly one. Else all that bear the whole name, and all whose id begins with it
    (at least `PREFIX_LENGTH` characters): more than one is ambiguous, and nothing is ever guessed.
    """
    listed = tuple(workflows)
    by_id = tuple(each for each in listed if each.id == reference)
    if by_id:
        return by_id
    return tuple(
        each
        for each in listed
        if each.name == reference
        or (len(reference) >= PREFIX_LENGTH and is_id(reference) and each.id.startswith(reference))
    )
