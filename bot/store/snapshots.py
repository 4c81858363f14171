"""Snapshots in SQLite, and what came of comparing the copies made from them: written once, never changed."""

from datetime import datetime
from typing import Any

from bot.domain.audit import OperationId, timestamp
from bot.domain.backup import BackupCheck, Snapshot
from bot.domain.document import digest
from bot.domain.errors import StoreUnavailable
from bot.domain.text import storable
from bot.domain.workflow import WorkflowId
from bot.store.driver import sqlite3


def add(connection: sqlite3.Connection, snapshot: Snapshot) -> None:
    """Keep a snapshot."""
    connection.execute(
        """
        INSERT INTO snapshot
            (id, workflow_id, workflow_name, taken_at, operation_id, document, sha256, copy_id)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        """,
        (
            snapshot.id,
            snapshot.workflow_id,
            storable(snapshot.workflow_name),
            timestamp(snapshot.taken_at),
            snapshot.operation_id,
            snapshot.document,
            snapshot.sha256,
            snapshot.copy_id,
        ),
    )


def add_check(connection: sqlite3.Connection, operation_id: OperationId, check: BackupCheck) -> None:
    """Keep what came of comparing the copy that this operation made."""
    connection.execute(
        "INSERT INTO backup_check (operation_id, checked_at, equal) VALUES (?, ?, ?)",
        (operation_id, timestamp(check.at), check.equal),
    )


def of_workflow(connection: sqlite3.Connection, workflow_id: WorkflowId) -> list[Snapshot]:
    """The snapshots of a workflow, newest first, each with its newest check.

    Raises:
        StoreUnavailable: one of them does not have its hash: what it would bring back is not what was kept.
    """
    rows = connection.execute(
        """
        SELECT snapshot.id, workflow_id, workflow_name, taken_at, snapshot.operation_id, document, sha256, copy_id,
            checked_at, equal
        FROM snapshot LEFT JOIN backup_check ON backup_check.id = (
            SELECT max(id) FROM backup_check WHERE operation_id = snapshot.operation_id
        ) WHERE workflow_id = ? ORDER BY taken_at DESC, snapshot.rowid DESC
        """,
        (storable(workflow_id),),
    )
    return [_checked(row) for row in rows]


def _checked(row: tuple[Any, ...]) -> Snapshot:
    snapshot_id, workflow_id, workflow_name, taken_at, operation_id, document, sha256, copy_id, *checked = row
    if digest(document) != sha256:
        raise StoreUnavailable(
            f"The snapshot {snapshot_id} was changed after it was kept: its text does not have its hash.",
            "Do not restore from it. Whoever runs the bot must compare its database with a sound copy.",
        )
    moment = datetime.fromisoformat(taken_at)
    check = _check(*checked)
    return Snapshot(snapshot_id, workflow_id, workflow_name, moment, operation_id, document, sha256, copy_id, check)


def _check(at: str | None, equal: int | None) -> BackupCheck | None:
    return BackupCheck(datetime.fromisoformat(at), bool(equal)) if at else None
