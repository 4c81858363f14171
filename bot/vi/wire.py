"""From the platform's JSON to the bot's values, and back. With `bot.vi.pages`, the only file that says "flow".

Lenient where a list is shown: an item needs nothing but its id. What else is missing or of another type is a name
without characters, no project, or the year 1970; nothing is left out, and nothing stops the rest from being shown.
Strict where something is lost otherwise: a list without items, an item without an id, and a single workflow
without `spec` or `etag` are `ViNotUnderstood`, since a copy is made of the one and the other decides whether a
workflow is still the one that somebody saw.
"""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, NoReturn, TypeVar

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, ValidationError
from pydantic.alias_generators import to_camel
from pydantic_core import CoreSchema, core_schema

from bot.domain.workflow import (
    JsonObject,
    Project,
    ProjectId,
    Run,
    RunId,
    RunState,
    Workflow,
    WorkflowId,
    WorkflowSummary,
    WorkflowVersion,
    attributes_of,
)
from bot.vi import pages
from bot.vi.calls import Answer
from bot.vi.failures import not_understood

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class _Otherwise:
    """What stands in for a field that is missing or of another type."""

    value: Any

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_default_schema(handler(source), default=self.value, on_error="default")


class _Shape(BaseModel):
    """An object of the wire, of which only the fields named are read."""

    model_config = ConfigDict(alias_generator=to_camel, extra="ignore", frozen=True, defer_build=True)


_Id = Annotated[str, Field(min_length=1)]
_Text = Annotated[str, _Otherwise("")]
# From 1970 to the end of the year 9999, the last that Python knows.
_Milliseconds = Annotated[float | None, Field(ge=0, lt=253_402_300_800_000, allow_inf_nan=False), _Otherwise(None)]


class _Metadata(_Shape):
    time_created: _Milliseconds
    last_updated: _Milliseconds
    generation: Annotated[int, _Otherwise(0)]


class _FlowSpec(_Shape):
    name: _Text
    training_project: _Text


class _Condition(_Shape):
    condition: _Text
    status: _Text
    last_transition_time: _Milliseconds


_NO_METADATA = _Metadata.model_validate({})
_NO_FLOW_SPEC = _FlowSpec.model_validate({})
_NO_CONDITION = _Condition.model_validate({})


class _Flow(_Shape):
    flow_id: _Id
    spec: Annotated[_FlowSpec, _Otherwise(_NO_FLOW_SPEC)]
    metadata: Annotated[_Metadata, _Otherwise(_NO_METADATA)]


class _WholeFlow(_Flow):
    etag: _Id


class _RunSpec(_Shape):
    flow: Annotated[_FlowSpec, _Otherwise(_NO_FLOW_SPEC)]
    killed_at: _Milliseconds
    training_project: _Text


class _RunStatus(_Shape):
    conditions: Annotated[tuple[Annotated[_Condition, _Otherwise(_NO_CONDITION)], ...] | None, _Otherwise(None)]


class _Run(_Shape):
    run_id: _Id
    spec: Annotated[_RunSpec, _Otherwise(_RunSpec.model_validate({}))]
    status: Annotated[_RunStatus, _Otherwise(_RunStatus.model_validate({}))]
    metadata: Annotated[_Metadata, _Otherwise(_NO_METADATA)]


class _Project(_Shape):
    training_project_id: _Id
    spec: Annotated[_FlowSpec, _Otherwise(_NO_FLOW_SPEC)]


class _Flows(_Shape):
    items: tuple[_Flow, ...]


class _Runs(_Shape):
    items: tuple[_Run, ...]


class _Projects(_Shape):
    items: tuple[_Project, ...]


class _Link(_Shape):
    # A token of another type must not pass for the end of the list, so this field has no stand-in.
    next_page: str | int | None = None


_AnyShape = TypeVar("_AnyShape", bound=_Shape)


def next_page(answer: Answer) -> str | None:
    """The token of the page after this one; None at the end of the list. Quicker than decoding the page.

    Raises:
        ViNotUnderstood: the answer is seen not to be a JSON object, or its token is not a text or a number.
    """
    token = (pages.link_of(answer.body) or _read(_Link, answer)).next_page
    return None if token is None or token == "" else str(token)


def workflows_in(answer: Answer) -> Sequence[WorkflowSummary]:
    """The workflows of a page.

    Raises:
        ViNotUnderstood: there is no list, or an item has no id.
    """
    return [_summary(flow) for flow in (pages.quickly(pages.FLOWS, answer.body) or _read(_Flows, answer)).items]


def runs_in(answer: Answer) -> Sequence[Run]:
    """The runs of a page.

    Raises:
        ViNotUnderstood: there is no list, or an item has no id.
    """
    return [_run(run) for run in (pages.quickly(pages.RUNS, answer.body) or _read(_Runs, answer)).items]


def projects_in(answer: Answer) -> Sequence[Project]:
    """The training projects of a page.

    Raises:
        ViNotUnderstood: there is no list, or an item has no id.
    """
    return [Project(ProjectId(each.training_project_id), each.spec.name) for each in _read(_Projects, answer).items]


def workflow_in(answer: Answer, workflow_id: WorkflowId) -> Workflow:
    """One workflow, whole: `spec`, `attributes` and `document` are the platform's JSON itself.

    Raises:
        ViNotUnderstood: it is not this workflow, or lacks what a copy or a deletion relies on.
    """
    flow = _read(_WholeFlow, answer)
    document = _exact(answer)
    spec = document.get("spec")
    if flow.flow_id != workflow_id or not isinstance(spec, dict):
        raise not_understood(answer)
    listed = spec.get("blocks")
    blocks = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    summary = _summary(flow)
    return Workflow(
        summary.id,
        summary.name,
        summary.project_id,
        summary.created_at,
        summary.updated_at,
        version=WorkflowVersion(flow.etag, flow.metadata.generation, summary.updated_at),
        spec=spec,
        attributes=attributes_of(document),
        document=document,
        blocks=tuple(str(each.get("block", "")) for each in blocks),
        model=_setting(_MODEL, spec, blocks),
        dataset=_setting(_DATASET, spec, blocks),
        system_prompt=_setting(_SYSTEM_PROMPT, spec, blocks),
    )


def run_in(answer: Answer, run_id: RunId) -> Run:
    """One run.

    Raises:
        ViNotUnderstood: it is not this run.
    """
    run = _run(_read(_Run, answer))
    if run.id != run_id:
        raise not_understood(answer)
    return run


def killing(at: datetime) -> bytes:
    """The body of a request that stops a run at this moment, which the platform counts in milliseconds."""
    return json.dumps({"spec": {"killedAt": (at - _EPOCH) // _MILLISECOND}}, separators=(",", ":")).encode("ascii")


def written(spec: JsonObject, attributes: Mapping[str, str]) -> bytes:
    """The body of a request that writes a workflow.

    ASCII only, so that text which UTF-8 cannot carry (half of a surrogate pair) arrives as it came.

    Raises:
        ValueError: the spec holds a number that JSON cannot carry.
    """
    body = {"spec": spec, "metadata": {"attributes": attributes}}
    return json.dumps(body, separators=(",", ":"), allow_nan=False).encode("ascii")


def expect_object(answer: Answer) -> None:
    """Nothing, where the answer is a JSON object.

    Raises:
        ViNotUnderstood: it is not.
    """
    _read(_Shape, answer)


def _read(shape: type[_AnyShape], answer: Answer) -> _AnyShape:
    with suppress(ValidationError):
        return shape.model_validate_json(answer.body)
    # Pydantic reads no half of a surrogate pair, which JavaScript may well write. One such name must not hide all the
    # others; this second way is slower, and only for what is shown.
    try:
        text = json.dumps(json.loads(answer.body), ensure_ascii=False)
        return shape.model_validate_json(text.encode("utf-8", "replace"))
    except (ValueError, RecursionError):
        raise not_understood(answer) from None


def _exact(answer: Answer) -> dict[str, Any]:
    """The JSON object as it came: a whole number has all its digits, a fraction is the double nearest to it."""
    try:
        document: dict[str, Any] = json.loads(answer.body, parse_float=_finite, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise not_understood(answer) from None
    return document


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _refuse(text)


def _refuse(text: str) -> NoReturn:
    raise ValueError(f"{text} could not be written again")


def _summary(flow: _Flow | pages.Flow) -> WorkflowSummary:
    metadata = flow.metadata
    return WorkflowSummary(
        WorkflowId(flow.flow_id),
        flow.spec.name,
        _project_id(flow.spec.training_project),
        _moment(metadata.time_created, metadata.last_updated),
        _moment(metadata.last_updated, metadata.time_created),
    )


def _run(run: _Run | pages.Run) -> Run:
    state, since = _standing(run)
    return Run(
        RunId(run.run_id),
        run.spec.flow.name,
        _project_id(run.spec.training_project or run.spec.flow.training_project),
        state,
        _moment(since, run.metadata.last_updated, run.metadata.time_created),
    )


# The first row that fits a condition decides; None fits any name. That one condition failed outweighs that another was
# reached, and what ended outweighs what once started. `Succeeded` is from an example of the vendor's.
_STATES: Sequence[tuple[str | None, str, RunState]] = (
    (None, "FailedReach", RunState.FAILED),
    ("Finished", "Reached", RunState.COMPLETED),
    ("Succeeded", "Reached", RunState.COMPLETED),
    ("Started", "Reached", RunState.RUNNING),
    ("Started", "Waiting", RunState.WAITING),
)


def _standing(run: _Run | pages.Run) -> tuple[RunState, float | None]:
    """The state of a run, and since when, in milliseconds."""
    if run.spec.killed_at:
        return RunState.KILLED, run.spec.killed_at
    conditions = run.status.conditions
    # Assumed: a run without any condition yet is queued.
    if conditions == ():
        return RunState.WAITING, None
    fitting = (
        (state, condition.last_transition_time)
        for name, status, state in _STATES
        for condition in conditions or ()
        if condition.status == status and name in {None, condition.condition}
    )
    return next(fitting, (RunState.UNKNOWN, None))


def _project_id(text: str | None) -> ProjectId | None:
    return ProjectId(text) if text else None


def _moment(first: float | None, *others: float | None) -> datetime:
    if first is not None:  # as for nearly all
        return _EPOCH + timedelta(milliseconds=first)
    return _moment(*others) if others else _EPOCH


_Place = tuple[str, ...]
"""Dotted paths below settings: the texts there, joined by a space. The first must be there."""


@dataclass(frozen=True, slots=True)
class _Setting:
    """Where a workflow says something: the first place that holds a text.

    Attributes:
        block: part of the type of the block that holds it; the platform writes `-`, and `_` is taken for it.
        in_block: places below the settings of such a block.
        in_flow: places below the settings of the workflow itself. All of these are assumed.
    """

    block: str
    in_block: Sequence[_Place]
    in_flow: Sequence[_Place]


# The block's parts, `architecture.name`, `architecture.size` and `systemPrompt` are what the vendor's own loaders read
# (vi-sdk 0.1.0b7, vi/inference/loaders/base_loader.py). All other places are assumed: documented nowhere.
_MODEL = _Setting(
    "model",
    (("architecture.name", "architecture.size"), ("architecture", "size"), ("modelName",), ("model",)),
    (("modelName",), ("model",), ("architecture",)),
)
_DATASET = _Setting(
    "dataset",
    (("datasetName",), ("name",), ("datasetId",), ("dataset",)),
    (("datasetName",), ("datasetId",), ("dataset",)),
)
_SYSTEM_PROMPT = _Setting(
    "system-prompt",
    (("systemPrompt",), ("prompt",)),
    (("systemPrompt",), ("system_prompt",)),
)


def _setting(setting: _Setting, spec: JsonObject, blocks: Iterable[JsonObject]) -> str | None:
    holders = [
        (block.get("settings"), setting.in_block)
        for block in blocks
        if setting.block in str(block.get("block", "")).replace("_", "-").lower()
    ]
    holders.append((spec.get("settings"), setting.in_flow))
    texts = (_text_at(settings, place) for settings, places in holders for place in places)
    return next(filter(None, texts), None)


def _text_at(settings: Any, place: _Place) -> str:
    first, *others = (_member(settings, path) for path in place)
    return " ".join(filter(None, [first, *others])) if first else ""


def _member(settings: Any, path: str) -> str:
    for name in path.split("."):
        settings = settings.get(name) if isinstance(settings, dict) else None
    return settings if isinstance(settings, str) else ""
