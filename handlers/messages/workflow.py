"""One workflow, with what belongs to it."""

from bot.domain.text import cut, shown
from bot.domain.workflow import Run, Workflow
from bot.operations.inspection import Inspection
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
    fields,
    framed,
    header,
    mrkdwn,
    name_of,
    overflow,
    plain,
    section,
)

_SHOWN_RUNS = 5
_SHOWN_BLOCKS = 12
_PROMPT_LENGTH = 600


def workflow_message(frame: Frame, inspection: Inspection, *, command: str, person_id: str) -> Message:
    """Everything that `show` shows, and what can be done next."""
    workflow = inspection.workflow
    name = name_of(workflow)
    blocks: list[Block] = [header(name), *facts(workflow, inspection.project_name)]
    if workflow.system_prompt:
        blocks += [section(plain("System prompt: " + cut(shown(workflow.system_prompt), _PROMPT_LENGTH)))]
    blocks += [*lock_line(inspection), *run_lines(inspection.runs), *backup_line(inspection)]
    blocks.append(
        actions(
            button("Back up", action_ids.BACK_UP, workflow.id, about=name),
            button("Delete…", action_ids.DELETE, workflow.id, about=name, style="danger"),
            button("Runs", action_ids.RUNS_OF, workflow.id, about=name),
            button("Backups", action_ids.BACKUPS_OF, workflow.id, about=name),
            button("Audit", action_ids.AUDIT_OF, workflow.id, about=name),
            overflow(
                action_ids.ROW_MENU,
                ("Share to channel", action_ids.WORKFLOW_SHARE),
                ("JSON as a file", action_ids.WORKFLOW_JSON),
            ),
            block_id=workflow.id,
        )
    )
    active = len(inspection.active_runs)
    text = f"{escape(name)}: {_counted(active, 'active run')}, {_counted(len(inspection.runs) - active, 'ended run')}."
    return framed(frame, text, blocks, command=command, person_id=person_id)


def facts(workflow: Workflow, project_name: str) -> list[Block]:
    """Id, configuration and version."""
    steps = ", ".join(workflow.blocks[:_SHOWN_BLOCKS]) + (" …" if len(workflow.blocks) > _SHOWN_BLOCKS else "")
    pairs = [
        ("Project", project_name),
        ("Model", workflow.model or ""),
        ("Dataset", workflow.dataset or ""),
        ("Blocks", steps),
    ]
    version = workflow.version
    return [
        fields(*((label, cut(value, 300)) for label, value in pairs)),
        context(
            mrkdwn(f"`{escape(workflow.id)}`"),
            mrkdwn(f"created {date(workflow.created_at)}"),
            mrkdwn(f"updated {date(version.updated_at)}"),
            plain(f"version {version.generation}"),
        ),
    ]


def run_lines(runs: tuple[Run, ...]) -> list[Block]:
    """The runs, active ones first; a state that cannot be told is called unknown."""
    if not runs:
        return [context(plain("No runs use this workflow."))]
    ordered = sorted(runs, key=lambda run: (not run.is_active, -run.since.timestamp()))
    lines = [f"`{escape(run.id)}` · {run.state} since {date(run.since)}" for run in ordered[:_SHOWN_RUNS]]
    rest = len(runs) - _SHOWN_RUNS
    if rest > 0:
        lines.append(f"and {_counted(rest, 'more run')}")
    active = sum(run.is_active for run in runs)
    title = f"{_counted(active, 'active run')}, {_counted(len(runs) - active, 'ended run')}"
    return [section(mrkdwn("\n".join([title, *lines])))]


def lock_line(inspection: Inspection) -> list[Block]:
    """By whom, when and why it is locked."""
    lock = inspection.lock
    if lock is None:
        return []
    by = mrkdwn(f"by <@{lock.person_id}>, {date(lock.at)}")
    return [section(plain(f"Locked: {cut(shown(lock.reason), 300)}")), context(by)]


def backup_line(inspection: Inspection) -> list[Block]:
    """The newest backup that was found equal."""
    backup = inspection.last_backup
    if backup is None:
        return [context(plain("No verified backup yet."))]
    return [context(mrkdwn(f"Last verified backup {date(backup.at)}: `{escape(backup.copy_id)}`"))]


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
