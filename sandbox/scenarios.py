"""Named starting states of a Vi organization: the same state for the same name and the same present.

Vi documents the names of a workflow's parts (a Dataset, a System Prompt and a Model node, each with settings) but not
their form on the wire. Assumed: one block for each, of the types `dataset`, `system_prompt` and `model`.
"""

import random
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum, auto
from typing import Any, TypeVar

_JsonObject = dict[str, Any]
_Dated = TypeVar("_Dated", "Workflow", "Run")


class RunState(StrEnum):
    """How far a run has come. The first three are active, and the last."""

    QUEUED = auto()
    STARTING = auto()
    RUNNING = auto()
    COMPLETED = auto()
    FAILED = auto()
    KILLED = auto()
    SUCCEEDED = auto()
    """Completed, in words that the contract does not list."""
    UNDOCUMENTED = auto()
    """Active, in words from which nobody can tell."""


@dataclass(frozen=True, slots=True)
class Project:
    """A training project; `type` is `phrase-grounding`, `vqa` or `freeform`."""

    id: str
    name: str
    type: str
    created: datetime


@dataclass(frozen=True, slots=True)
class Workflow:
    """A workflow; `extra` are members of its document that nobody has documented."""

    id: str
    spec: _JsonObject
    created: datetime
    updated: datetime | None = None
    generation: int = 1
    attributes: dict[str, str] = field(default_factory=dict)
    extra: _JsonObject = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Run:
    """A run with its copy of a workflow's spec.

    `workflow_id` is where the copy came from, `changed` when the run came to its state (None: when it was created).
    """

    id: str
    workflow_id: str
    flow_spec: _JsonObject
    state: RunState
    created: datetime
    changed: datetime | None = None


@dataclass(frozen=True, slots=True)
class StartingState:
    """What an organization holds at the start; each tuple goes from the oldest to the newest."""

    organization_name: str
    projects: tuple[Project, ...] = ()
    workflows: tuple[Workflow, ...] = ()
    runs: tuple[Run, ...] = ()


def load(name: str, *, now: datetime) -> StartingState:
    """The starting state of this name, with times that lie before `now` (aware).

    Raises:
        ValueError: there is no scenario of this name.
    """
    if name not in _SCENARIOS:
        raise ValueError(f"There is no scenario {name!r}; there are: {', '.join(NAMES)}.")
    return _SCENARIOS[name](now)


@dataclass(frozen=True, slots=True)
class _Plan:
    project: int
    name: str
    role: str
    target: str
    dataset: str
    model: tuple[str, str]
    days_old: int
    runs: tuple[tuple[RunState, float], ...] = ()
    """State, and how many hours ago it started."""


_PROJECTS = (("Road Inspection", "phrase-grounding"), ("Site Safety", "vqa"), ("Factory Quality", "freeform"))
_QWEN_SMALL, _QWEN_MEDIUM = ("Qwen3.5", "4B"), ("Qwen3.5", "9B")
_QWEN_VL, _NVILA = ("Qwen3-VL", "4B"), ("NVILA-Lite", "2B")
_DOCUMENTED = tuple(each for each in RunState if each is not RunState.UNDOCUMENTED)
_ACTIVE = (RunState.QUEUED, RunState.STARTING, RunState.RUNNING)
_DONE, _FAILED, _KILLED, _LIVE = RunState.COMPLETED, RunState.FAILED, RunState.KILLED, RunState.RUNNING

_PLANS = (
    _Plan(0, "Potholes", "road surveyor", "potholes, with their outline and depth class", "Survey 2026 Q1",
          _QWEN_SMALL, 160, ((_FAILED, 3700), (_DONE, 3660), (_DONE, 2200), (_LIVE, 0.4))),
    _Plan(0, "Potholes at night", "road surveyor", "potholes in headlight and wet-road glare", "Night drives",
          _QWEN_MEDIUM, 121, ((_DONE, 2500), (_KILLED, 1300))),
    _Plan(0, "Road cracks", "pavement engineer", "longitudinal, transverse and alligator cracks", "Survey 2026 Q1",
          _QWEN_VL, 96, ((_DONE, 2100), (_DONE, 640))),
    _Plan(0, "Lane markings", "road surveyor", "lane markings that are worn or missing", "Motorway A9",
          _QWEN_SMALL, 64, ((_DONE, 900),)),
    _Plan(0, "Manhole covers", "road surveyor", "manhole covers that are open, sunken or broken", "City centre",
          _NVILA, 18),
    _Plan(1, "Helmets and vests", "site safety officer", "people without a helmet or a high-visibility vest",
          "Gate cameras", _QWEN_MEDIUM, 143, ((_DONE, 3300), (_DONE, 2600), (_DONE, 700))),
    _Plan(1, "Forklift near misses", "site safety officer", "people closer than two metres to a moving forklift",
          "Warehouse 3", _QWEN_VL, 88, ((_FAILED, 1900), (_DONE, 1850))),
    _Plan(1, "Blocked emergency exits", "fire warden", "objects that block an emergency exit", "Warehouse 3",
          _QWEN_SMALL, 41, ((RunState.QUEUED, 0.1),)),
    _Plan(1, "Spills on the floor", "site safety officer", "liquids on the floor, and what they most likely are",
          "Canteen and halls", _NVILA, 9),
    _Plan(2, "Solder joints", "quality inspector", "cold joints, bridges and missing components", "PCB line 2",
          _QWEN_MEDIUM, 131, ((_DONE, 3000), (_KILLED, 2950), (_DONE, 410))),
    _Plan(2, "Scratches on painted metal", "quality inspector", "scratches longer than five millimetres",
          "Paint shop", _QWEN_SMALL, 52, ((_DONE, 1100),)),
    _Plan(2, "Best-before labels", "packaging inspector", "the printed date, and whether it can be read",
          "Bottling line", _QWEN_VL, 27, ((_FAILED, 500),)),
)  # fmt: skip


def _small_team(now: datetime) -> StartingState:
    source = random.Random("small-team")
    projects = tuple(
        Project(_uuid(source), name, kind, now - timedelta(days=200 - index))
        for index, (name, kind) in enumerate(_PROJECTS)
    )
    workflows, runs = [], []
    for plan in _PLANS:
        created = now - timedelta(days=plan.days_old)
        workflow = Workflow(
            _uuid(source),
            _spec(plan, projects[plan.project].id, source),
            created,
            created + timedelta(days=len(plan.runs)),
            generation=1 + 2 * len(plan.runs),
            attributes={"stage": "production" if plan.runs else "draft"},
        )
        workflows.append(workflow)
        for state, hours in plan.runs:
            started = now - timedelta(hours=hours)
            ended = None if state in _ACTIVE else started + timedelta(minutes=source.randrange(40, 400))
            runs.append(Run(_uuid(source), workflow.id, workflow.spec, state, started, ended))
    return StartingState("Kerb & Gantry", projects, _by_age(workflows), _by_age(runs))


def _spec(plan: _Plan, project_id: str, source: random.Random) -> _JsonObject:
    prompt = (
        f"You are an experienced {plan.role}. Look for {plan.target}.\n\n"
        "Answer with a JSON array of objects with the members label, box (x1, y1, x2, y2 in pixels) and confidence "
        "(0 to 1). If there is nothing to report, answer with an empty array.\n\n"
        "Do not guess what is hidden, and do not report the same thing twice."
    )
    return {
        "name": plan.name,
        "schema": "v1",
        "trainingProject": project_id,
        "tolerations": {"spot": ["preemptible"]},
        "settings": {"seed": source.randrange(10_000), "checkpoint": {"strategy": "best", "metric": "loss"}},
        "blocks": [
            _block(
                0,
                "dataset",
                {"datasetId": _uuid(source), "name": plan.dataset, "validationSplit": 0.2, "shuffle": True},
            ),
            _block(1, "system_prompt", {"prompt": prompt}),
            _block(2, "model", _model_settings(plan.model, source)),
        ],
        # What no document lists: a copy has to keep it all the same.
        "edges": [{"from": 0, "to": 2}, {"from": 1, "to": 2}],
        "description": f"Finds {plan.target}.",
    }


def _block(index: int, kind: str, settings: _JsonObject) -> _JsonObject:
    # `ports` is undocumented on purpose, as `edges` is.
    return {
        "block": kind,
        "settings": settings,
        "style": {"x": 80 + 320 * index, "y": 120, "width": 240},
        "ports": {"in": [] if index == 0 else ["left"], "out": ["right"]},
    }


def _model_settings(model: tuple[str, str], source: random.Random) -> _JsonObject:
    return {
        "architecture": model[0],
        "size": model[1],
        "trainingMode": "lora",
        "quantization": source.choice(("nf4", "fp4")),
        "epochs": source.choice((20, 50, 100)),
        "batchSize": source.choice((2, 4, 8)),
        "gradientAccumulationSteps": 4,
        "learningRate": source.choice((0.0001, 0.00005, 0.0002)),
        "optimizer": "adamw",
        "evaluation": {"maxNewTokens": 1024, "temperature": 1.0, "topP": 1.0, "topK": 50, "repetitionPenalty": 1.05},
    }


_BUSY_WORKFLOWS = 10_000
_BUSY_RUNS_EACH = 3
_BUSY_PROJECTS = 40
_BUSY_ACTIVE_RUNS = 50
_BUSY_PROMPTS = 200
_SUBJECTS = tuple(plan.name for plan in _PLANS)
_VOCABULARY = """
    the a of in on with each any no every image object region surface edge corner label report measure compare
    ignore describe locate count verify shadow reflection texture colour contour defect vehicle person machine road
    wall floor clearly partly hidden visible damaged worn missing broken blocked answer array member box pixel
"""


def _busy(now: datetime) -> StartingState:
    source = random.Random("busy")
    projects = tuple(
        Project(_uuid(source), f"Depot {number:02}", "phrase-grounding", now - timedelta(days=900))
        for number in range(1, _BUSY_PROJECTS + 1)
    )
    # Many workflows of a real team share a prompt, and making ten thousand of them would take seconds.
    prompts = [" ".join(source.choices(_VOCABULARY.split(), k=440)) for _ in range(_BUSY_PROMPTS)]
    models = [_model_settings(model, source) for model in (_QWEN_SMALL, _QWEN_MEDIUM, _QWEN_VL, _NVILA) * 5]
    workflows = []
    for number in range(_BUSY_WORKFLOWS):
        project = projects[number % _BUSY_PROJECTS]
        dataset = {
            "datasetId": _uuid(source),
            "name": f"{project.name} {number % 97}",
            "validationSplit": 0.2,
            "shuffle": True,
        }
        spec = {
            "name": f"{_SUBJECTS[number % len(_SUBJECTS)]}, {project.name}, camera {number:05}",
            "schema": "v1",
            "trainingProject": project.id,
            "tolerations": {},
            "settings": {"seed": number},
            "blocks": [
                _block(0, "dataset", dataset),
                _block(1, "system_prompt", {"prompt": prompts[number % _BUSY_PROMPTS]}),
                _block(2, "model", models[number % len(models)]),
            ],
        }
        created = now - timedelta(minutes=100 * (_BUSY_WORKFLOWS - number))
        workflows.append(Workflow(_uuid(source), spec, created))
    return StartingState("Ten Thousand Cameras", projects, tuple(workflows), _busy_runs(workflows, source, now))


def _busy_runs(workflows: list[Workflow], source: random.Random, now: datetime) -> tuple[Run, ...]:
    total = _BUSY_RUNS_EACH * len(workflows)
    ended = source.choices((_DONE, _FAILED, _KILLED), weights=(90, 7, 3), k=total - _BUSY_ACTIVE_RUNS)
    active = source.choices(_ACTIVE, k=_BUSY_ACTIVE_RUNS)
    return tuple(
        Run(_uuid(source), workflow.id, workflow.spec, state, now - timedelta(minutes=30 * (total - number)))
        for number, (workflow, state) in enumerate(zip(workflows * _BUSY_RUNS_EACH, ended + active, strict=True))
    )


_HOSTILE_PREFIX = "c0ffee"
_HOSTILE_NAMES = (
    "<!channel> please look at this",
    "<!everyone>",
    "<@U012ABCDEF> asked for it",
    "<#C012ABCDEF|general>",
    "<https://example.com|Vi: sign in again>",
    "https://example.com/plain?link=1&x=<y>",
    "*bold* _italic_ ~struck~ `code`",
    "```\nfence",
    "> quoted",
    ":rotating_light: :skull:",
    "&lt;escaped before&gt; &amp; twice",
    "Potholes \u202egpj.exe",
    "\u2066isolated\u2069 \u200fright to left: \u05d1\u05d5\u05e8\u05d5\u05ea \u0627\u0644\u062d\u0641\u0631",
    "zero\u200bwidth\u2060joined\ufeff",
    "\U0001f6a7\U0001f573\ufe0f \U0001f477\U0001f3fd\u200d\u2640\ufe0f \U0001f1e9\U0001f1ea",
    "Za\u0308hlung e\u0301te\u0301 \u1e9b\u0323",
    "two\nlines\r\nand a\ttab",
    "bell \u0007 and null \u0000",
    "5,000 characters: " + "Schlagloch " * 452 + "ends here.",
    "",
    "   ",
    "\"quoted\" 'single' \\back\\slash",
    "Twins",
    "'; DROP TABLE audit; --",
    "Twins",
    "/vi delete everything",
    "twins",
)
_EVERY_JSON_TYPE: _JsonObject = {
    "text": "as it is",
    "empty": "",
    "whole": 9_223_372_036_854_775_808,
    "beyond double": 9_007_199_254_740_993,
    "fraction": 0.1,
    "one with a point": 1.0,
    "tiny": 5e-324,
    "negative zero": -0.0,
    "yes": True,
    "no": False,
    "nothing": None,
    "list": [1, "1", 1.5, None, True, [], {}],
    "object": {"": "a name without characters", "__proto__": {"a/b~c": [[[]]]}, "n\u0303": "\u00f1"},
}


def _hostile(now: datetime) -> StartingState:
    source = random.Random("hostile")
    projects = (
        Project("_-here-_", "<!here> & co", "vqa", now - timedelta(days=9)),
        Project("-", "", "freeform", now - timedelta(days=8)),
    )
    ids = ["x" * 255, "-", "_", *(f"{_HOSTILE_PREFIX}{source.getrandbits(64):016x}" for _ in _HOSTILE_NAMES)]
    workflows = tuple(
        Workflow(
            ids[index],
            {
                "name": name,
                "schema": "v1",
                "tolerations": {},
                "settings": {"unknown": _EVERY_JSON_TYPE},
                "blocks": [{"block": name, "settings": {"prompt": name}, "style": {}, **_EVERY_JSON_TYPE}],
                **({"trainingProject": projects[index % 2].id} if index % 3 else {}),
                "unknown": _EVERY_JSON_TYPE,
            },
            now - timedelta(hours=len(_HOSTILE_NAMES) - index),
            attributes={name[:20]: name[:200]},
            extra={"unknown": _EVERY_JSON_TYPE},
        )
        for index, name in enumerate(_HOSTILE_NAMES)
    )
    runs = tuple(
        Run(_uuid(source), workflow.id, workflow.spec, state, now - timedelta(minutes=30 - number))
        for number, (workflow, state) in enumerate(zip(workflows[-7:], _DOCUMENTED, strict=True))
    )
    return StartingState("<!channel> \u202egro", projects, workflows, runs)


def _empty(_now: datetime) -> StartingState:
    return StartingState("Nothing Yet")


_SCENARIOS: Mapping[str, Callable[[datetime], StartingState]] = {
    "small-team": _small_team,
    "busy": _busy,
    "hostile": _hostile,
    "empty": _empty,
}
NAMES = tuple(_SCENARIOS)


def _uuid(source: random.Random) -> str:
    return str(uuid.UUID(int=source.getrandbits(128), version=4))


def _by_age(items: list[_Dated]) -> tuple[_Dated, ...]:
    return tuple(sorted(items, key=lambda item: item.created))
