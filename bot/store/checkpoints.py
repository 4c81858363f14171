"""Checkpoints in SQLite: those that were noted elsewhere."""

from datetime import datetime

from bot.domain.audit import Receipt, timestamp
from bot.domain.checkpoint import Checkpoint
from bot.store.driver import sqlite3


def add(connection: sqlite3.Connection, checkpoint: Checkpoint) -> None:
    """Keep a checkpoint."""
    receipt, at = checkpoint.receipt, timestamp(checkpoint.at)
    connection.execute(
        "INSERT INTO checkpoint (seq, hash, at, origin, key_id, signature) VALUES (?, ?, ?, ?, ?, ?)",
        (receipt.seq, receipt.hash, at, checkpoint.origin, checkpoint.key_id, checkpoint.signature),
    )


def newest(connection: sqlite3.Connection) -> Checkpoint | None:
    """The one that was kept last, or None."""
    row = connection.execute(
        "SELECT seq, hash, at, origin, key_id, signature FROM checkpoint ORDER BY id DESC LIMIT 1"
    ).fetchone()
    if row is None:
        return None
    seq, sha256, at, origin, key_id, signature = row
    return Checkpoint(origin, Receipt(seq, sha256), datetime.fromisoformat(at), key_id, signature)
