"""The panel of Vi as HTML: what is in the organization now, and how to meddle with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sandbox.page.html.markup import Markup, joined, tag
from sandbox.page.vi_acts import MOODS, Mood
from sandbox.vi.organization import Organization

_SHOWN_WORKFLOWS = 30
_NAME_LENGTH = 120


@dataclass(frozen=True, slots=True)
class _Row:
    id: str
    name: str
    project: str
    generation: int
    updated: datetime
    active_runs: Sequence[str]


def vi_html(organization: Organization, mood: Mood) -> Markup:
    """The panel: faults to switch on, then the newest workflows with their active runs."""
    rows = _rows(organization)
    count, shown = len(organization.flows), len(rows)
    words = f"{count:,} workflow{'' if count == 1 else 's'}"
    title = words if shown == count else f"The newest {shown} of {words}"
    return joined(
        _moods(mood),
        tag("h3", None, title),
        tag("ul", {"class": "workflows"}, *(_row(row) for row in rows)),
    )


def _moods(current: Mood) -> Markup:
    buttons = (
        tag(
            "button",
            {
                "type": "button",
                "class": "mood",
                "data-vi": "mood",
                "data-name": mood.name,
                "aria-pressed": "true" if mood is current else "false",
            },
            mood.label,
        )
        for mood in MOODS.values()
    )
    meaning = tag("p", {"class": f"meaning{' trouble' if current.rules else ''}", "role": "status"}, current.meaning)
    return joined(
        tag("h3", {"id": "moods"}, "How Vi behaves"),
        tag("div", {"class": "moods", "role": "group", "aria-labelledby": "moods"}, *buttons),
        meaning,
    )


def _rows(organization: Organization) -> list[_Row]:
    projects = {each.id: _named(each.document) for each in organization.projects}
    return [_read(organization, projects, each) for each in organization.workflow_ids()[:_SHOWN_WORKFLOWS]]


def _read(organization: Organization, projects: Mapping[str, str], workflow_id: str) -> _Row:
    document = organization.flows.get(workflow_id).document
    metadata = document["metadata"]
    return _Row(
        workflow_id,
        _named(document),
        projects.get(document["spec"].get("trainingProject", ""), "no project"),
        metadata["generation"],
        datetime.fromtimestamp(metadata["lastUpdated"] / 1000, UTC),
        organization.active_runs_of(workflow_id),
    )


def _named(document: Mapping[str, Any]) -> str:
    return str(document["spec"].get("name", ""))[:_NAME_LENGTH].strip() or "(no name)"


def _row(row: _Row) -> Markup:
    facts = f"{row.project} · version {row.generation} · {row.updated:%Y-%m-%d}"
    runs = (
        tag(
            "li",
            None,
            tag("span", {"class": "run"}, tag("span", {"class": "dot", "aria-hidden": "true"}), f"run {run_id[:8]}"),
            _button("finish_run", run_id, "Finish", f"Finish run {run_id[:8]} of {row.name}"),
        )
        for run_id in row.active_runs
    )
    buttons = tag(
        "div",
        {"class": "meddle"},
        _button("start_run", row.id, "Start run", f"Start a run of {row.name}"),
        _button("change", row.id, "Change", f"Change {row.name} behind the bot's back"),
        _button("remove", row.id, "Remove", f"Remove {row.name} behind the bot's back"),
    )
    return tag(
        "li",
        {"data-workflow": row.id},
        tag("div", {"class": "name"}, row.name),
        tag("div", {"class": "facts"}, facts),
        *([tag("ul", {"class": "runs"}, *runs)] if row.active_runs else []),
        buttons,
    )


def _button(act: str, subject: str, text: str, label: str) -> Markup:
    attributes = {"type": "button", "data-vi": act, "data-id": subject, "aria-label": label, "class": "small"}
    return tag("button", attributes, text)
