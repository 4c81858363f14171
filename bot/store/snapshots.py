"""Snapshots in SQLite, and what came of comparing the copies made from them: written once, never changed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.domain.audit import OperationId, timestamp
from bot.domain.backup import BackupCheck, Snapshot, SnapshotId, SnapshotSummary
from bot.domain.document import digest
from bot.domain.errors import StoreUnavailable
from bot.domain.text import storable
from bot.domain.workflow import PREFIX_LENGTH, WorkflowId, is_id
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
    return _found(connection, "workflow_id = :workflow", {"workflow": storable(workflow_id)})


def meant(connection: sqlite3.Connection, reference: str, limit: int) -> list[Snapshot]:
    """The snapshots of workflows with this id, whole name or beginning of an id, or of this operation; newest first.

    Without a reference, those of all.

    Raises:
        StoreUnavailable: as `of_workflow`.
    """
    meant_by = ["workflow_id = :meant", "workflow_name = :meant", "snapshot.operation_id = :meant"]
    if len(reference) >= PREFIX_LENGTH and is_id(reference):
        meant_by.append("substr(workflow_id, 1, length(:meant)) = :meant")
    condition = " OR ".join(meant_by) if reference else "TRUE"
    return _found(connection, condition, {"meant": storable(reference)}, limit)


def newest(connection: sqlite3.Connection, looked_through: int) -> list[SnapshotSummary]:
    """The newest snapshot of each workflow, newest first, among so many newest ones of all workflows."""
    rows = connection.execute(
        """
        SELECT id, workflow_id, workflow_name, taken_at FROM snapshot
        ORDER BY taken_at DESC, rowid DESC LIMIT ?
        """,
        (looked_through,),
    )
    found: dict[str, SnapshotSummary] = {}
    for snapshot_id, workflow_id, name, taken_at in rows:
        if workflow_id not in found:
            found[workflow_id] = SnapshotSummary(snapshot_id, workflow_id, name, datetime.fromisoformat(taken_at))
    return list(found.values())


def find(connection: sqlite3.Connection, snapshot_id: SnapshotId) -> Snapshot | None:
    """One snapshot, or None.

    Raises:
        StoreUnavailable: as `of_workflow`.
    """
    return next(iter(_found(connection, "snapshot.id = :id", {"id": storable(snapshot_id)})), None)


def _found(
    connection: sqlite3.Connection, condition: str, parameters: Mapping[str, str], limit: int = -1
) -> list[Snapshot]:
    rows = connection.execute(
        f"""
        SELECT snapshot.id, workflow_id, workflow_name, taken_at, snapshot.operation_id, document, sha256, copy_id,
            checked_at, equal
        FROM snapshot LEFT JOIN backup_check ON backup_check.id = (
            SELECT max(id) FROM backup_check WHERE operation_id = snapshot.operation_id
        ) WHERE {condition} ORDER BY taken_at DESC, snapshot.rowid DESC LIMIT :limit
        """,  # noqa: S608 - the conditions above; what people type is bound
        {**parameters, "limit": limit},
    )
    return [snapshot_in(row) for row in rows]


def snapshot_in(row: tuple[Any, ...]) -> Snapshot:
    """The snapshot in a row: its columns in order, then when its copy was checked and what came of it.

    Raises:
        StoreUnavailable: it does not have its hash.
    """
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
