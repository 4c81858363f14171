"""What a select of the bot's offers while somebody types in it.

Limits are Slack's: a select takes 100 options; an option's text, its description and a group's label, 75 characters.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from bot.domain.backup import SnapshotSummary
from bot.domain.lock import Lock
from bot.domain.text import cut, shown
from bot.domain.workflow import Run
from bot.operations.active_runs import FoundRuns
from bot.operations.index import Found, Indexed
from bot.operations.restorable import Restorable
from bot.operations.warm import key_of
from handlers.messages.blocks import name_of, plain, shown_name

OPTIONS = 100
OPTION_LENGTH = 75
_TWO_MINUTES = 120

Json = dict[str, Any]


def offered_workflows(found: Found, read_at: datetime | None, now: datetime) -> list[Json]:
    """Workflows, under a label that says how many fit and how old the list is; nothing where none fit.

    Slack says by itself that nothing was found.
    """
    options = [workflow_option(entry) for entry in found.entries]
    return _group(options, found.total, "workflow", f", {_age(read_at, now)}")


def offered_runs(found: FoundRuns, read_at: datetime | None, now: datetime) -> list[Json]:
    """Runs, in the same way."""
    return _group([_run_option(run) for run in found.runs], found.total, "active run", f", {_age(read_at, now)}")


def offered_snapshots(found: Restorable) -> list[Json]:
    """What can be brought back: first of workflows that are gone, then of the others."""
    gone = [_snapshot_option(each) for each in found.gone[:OPTIONS]]
    others = [_snapshot_option(each) for each in found.others[: OPTIONS - len(gone)]]
    return [
        *_group(gone, len(found.gone), "workflow", " that is gone" if len(found.gone) == 1 else " that are gone"),
        *_group(others, len(found.others), "other workflow" if gone else "workflow", " with a snapshot"),
    ]


def offered_locks(locks: Sequence[Lock]) -> list[Json]:
    """Locked workflows, the newest lock first."""
    newest_first = list(reversed(locks))[:OPTIONS]
    return _group([_lock_option(each) for each in newest_first], len(locks), "locked workflow", "")


def workflow_option(entry: Indexed) -> Json:
    """A workflow as one of the choices."""
    workflow = entry.workflow
    about = " · ".join(part for part in (cut(shown(entry.project_name), 40), cut(workflow.id, 30)) if part)
    return _option(name_of(workflow), about, entry.key)


def _run_option(run: Run) -> Json:
    return _option(shown_name(run.workflow_name), f"{run.state} since {_utc(run.since)} · {run.id}", key_of(run.id))


def _snapshot_option(snapshot: SnapshotSummary) -> Json:
    about = f"snapshot of {_utc(snapshot.taken_at)} · {snapshot.workflow_id}"
    return _option(shown_name(snapshot.workflow_name), about, snapshot.id)


def _lock_option(lock: Lock) -> Json:
    about = f"{cut(shown(lock.reason), 40)} · {lock.workflow_id}"
    return _option(shown_name(lock.name), about, key_of(lock.workflow_id))


def _option(text: str, about: str, value: str) -> Json:
    return {"text": plain(text, OPTION_LENGTH), "description": plain(about, OPTION_LENGTH), "value": value}


def _group(options: list[Json], total: int, noun: str, about: str) -> list[Json]:
    if not options:
        return []
    of_all = f"{len(options)} of " if total > len(options) else ""
    more = ". Type to find others" if of_all else ""
    label = f"{of_all}{total:,} {noun if total == 1 else f'{noun}s'}{about}{more}"
    return [{"label": plain(label, OPTION_LENGTH), "options": options}]


def _age(read_at: datetime | None, now: datetime) -> str:
    seconds = max(0, int((now - (read_at or now)).total_seconds()))
    return f"read {seconds} s ago" if seconds < _TWO_MINUTES else f"read {seconds // 60} min ago"


def _utc(at: datetime) -> str:
    # An option holds plain text, which Slack does not turn into the reader's own time.
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
