"""Locks in SQLite."""

from datetime import datetime

from bot.domain.audit import timestamp
from bot.domain.lock import Lock
from bot.domain.text import storable
from bot.domain.workflow import WorkflowId
from bot.store.driver import sqlite3


def add(connection: sqlite3.Connection, lock: Lock) -> bool:
    """Keep a lock; whether there was none."""
    added = connection.execute(
        "INSERT INTO lock (workflow_id, name, person_id, at, reason) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (lock.workflow_id, storable(lock.name), lock.person_id, timestamp(lock.at), storable(lock.reason)),
    )
    return bool(added.rowcount)


def drop(connection: sqlite3.Connection, workflow_id: WorkflowId) -> bool:
    """Drop a lock; whether there was one."""
    return bool(connection.execute("DELETE FROM lock WHERE workflow_id = ?", (storable(workflow_id),)).rowcount)


def every(connection: sqlite3.Connection) -> list[Lock]:
    """Every lock, oldest first."""
    rows = connection.execute("SELECT workflow_id, name, person_id, at, reason FROM lock ORDER BY at, rowid")
    return [
        Lock(workflow, name, person, datetime.fromisoformat(at), reason) for workflow, name, person, at, reason in rows
    ]
