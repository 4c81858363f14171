"""Runs, and the way to stop one."""

from bot.domain.text import cut
from bot.domain.workflow import Run, RunState
from bot.operations.killing import RunList
from handlers import action_ids
from handlers.messages.blocks import (
    Block,
    Frame,
    Message,
    actions,
    button,
    context,
    date,
    escape,
    framed,
    mrkdwn,
    name_of,
    plain,
    section,
    shown_name,
)

UNTOLD = "Its state cannot be told, so it counts as active."


def runs_message(frame: Frame, runs: RunList, screen_id: str, *, person_id: str) -> Message:
    """Active ones first, each with the way to stop it; and the buttons to go on."""
    title = _title(runs)
    blocks: list[Block] = [section(plain(title))]
    for run in runs.runs:
        blocks += _row(run)
    turning = []
    if runs.number > 1 and screen_id:
        turning.append(button("Previous", action_ids.RUNS_PREVIOUS, screen_id))
    if runs.number < runs.pages and screen_id:
        turning.append(button("Next", action_ids.RUNS_NEXT, screen_id))
    if turning:
        blocks.append(actions(*turning))
    rows = "; ".join(f"{cut(shown_name(run.workflow_name), 60)}: {run.state}" for run in runs.runs)
    text = f"{title} {rows}." if rows else title
    return framed(frame, escape(text), blocks, command=_words(runs), person_id=person_id)


def _title(runs: RunList) -> str:
    whose = f" of “{name_of(runs.workflow)}”" if runs.workflow is not None else ""
    kind = f"{'active ' if runs.active_only else ''}{'run' if runs.total == 1 else 'runs'}{whose}"
    if not runs.total:
        return f"No {kind}."
    if runs.total == 1:
        return f"1 {kind}."
    if runs.pages == 1:
        return f"{runs.total} {kind}, active ones first."
    return f"{runs.first}–{runs.first + len(runs.runs) - 1} of {runs.total:,} {kind}, active ones first."


def _words(runs: RunList) -> str:
    """The command that brings this list back."""
    parts = [
        "runs",
        f'"{name_of(runs.workflow)}"' if runs.workflow is not None else "",
        "--active" if runs.active_only else "",
    ]
    return " ".join(part for part in parts if part)


def _row(run: Run) -> list[Block]:
    kill = button("Kill…", action_ids.KILL, run.id, about=f"run {run.id}", style="danger") if run.is_active else None
    state = f"{run.state}. {UNTOLD}" if run.state is RunState.UNKNOWN else run.state
    small = context(mrkdwn(f"`{escape(run.id)}`"), mrkdwn(f"since {date(run.since)}"))
    return [section(plain(f"{cut(shown_name(run.workflow_name), 100)}: {state}"), accessory=kill), small]
