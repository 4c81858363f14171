"""The console script inside this process, and a store for it to read."""

import asyncio
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from bot.cli.commands import cli
from bot.domain.audit import (
    Action,
    AuditEntry,
    EntryId,
    OperationId,
    Origin,
    Outcome,
    Receipt,
    Stage,
    Subject,
    Target,
)
from bot.store import open_store
from bot.store.driver import sqlite3
from tests.values import NOON

STORE = Path("vi-bot.db")


def run(*arguments: str, given: str = "") -> tuple[int, str]:
    """The exit code, and what was written."""
    result = CliRunner().invoke(cli, list(arguments), input=given)
    return result.exit_code, result.output


def bad_value(*arguments: str) -> str:
    """What is said of a value that is not understood, on one line and without the frame around it."""
    code, said = run(*arguments)
    assert code == 2, said
    return " ".join(said.replace("│", " ").split())


def entry(
    number: int,
    stage: Stage = Stage.SUCCEEDED,
    code: str = "ok",
    *,
    operation: str = "",
    details: Mapping[str, Any] | None = None,
    **members: Any,
) -> AuditEntry:
    given: dict[str, Any] = {
        "at": NOON,
        "action": Action.DELETE,
        "actor": Subject("person", "U1"),
        "target": Target("workflow", "w1", "Pot\nholes"),
        "outcome": Outcome(code),
        **members,
    }
    return AuditEntry(
        id=EntryId(f"e{number}"),
        operation_id=OperationId(operation or f"o{number}"),
        stage=stage,
        origin=Origin("modal", "C1"),
        details=details or {},
        **given,
    )


def write(*entries: AuditEntry, path: Path = STORE) -> list[Receipt]:
    """Append entries as the bot does; their receipts."""

    async def record() -> list[Receipt]:
        store = await open_store(str(path))
        receipts = [await store.record(each) for each in entries]
        await store.close()
        return receipts

    return asyncio.run(record())


def edit(seq: int, old: str, new: str) -> None:
    """Change an entry's text as somebody would who may write the file."""
    with closing(sqlite3.connect(STORE, isolation_level=None)) as connection:
        connection.execute("DROP TRIGGER audit_event_no_update")
        connection.execute("UPDATE audit_event SET body = replace(body, ?, ?) WHERE seq = ?", (old, new, seq))
