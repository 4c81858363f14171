"""Snapshots in SQLite: written once, checked against their hash when read."""

from datetime import datetime
from typing import Any

from bot.domain.audit import timestamp
from bot.domain.backup import Snapshot
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


def of_workflow(connection: sqlite3.Connection, workflow_id: WorkflowId) -> list[Snapshot]:
    """The snapshots of a workflow, newest first.

    Raises:
        StoreUnavailable: one of them does not have its hash: what it would bring back is not what was kept.
    """
    rows = connection.execute(
        """
        SELECT id, workflow_id, workflow_name, taken_at, operation_id, document, sha256, copy_id
        FROM snapshot WHERE workflow_id = ? ORDER BY taken_at DESC, rowid DESC
        """,
        (storable(workflow_id),),
    )
    return [_checked(row) for row in rows]


def _checked(row: tuple[Any, ...]) -> Snapshot:
    snapshot_id, workflow_id, workflow_name, taken_at, operation_id, document, sha256, copy_id = row
    if digest(document) != sha256:
        raise StoreUnavailable(
            f"The snapshot {snapshot_id} was changed after it was kept: its text does not have its hash.",
            "Do not restore from it. Whoever runs the bot must compare its database with a sound copy.",
        )
    moment = datetime.fromisoformat(taken_at)
    return Snapshot(snapshot_id, workflow_id, workflow_name, moment, operation_id, document, sha256, copy_id)
