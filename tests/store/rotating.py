"""What it takes to have a trail in several files."""

from pathlib import Path

from bot.domain.audit import Action, AuditEntry, Receipt
from bot.store.sqlite import SqliteStore
from tests.store.samples import an_entry


def the_first(base: Receipt, archive: str) -> AuditEntry:
    details = {"base": base.seq, "base_hash": base.hash, "previous": archive}
    return an_entry(action=Action.ROTATE, details=details)


async def append(path: Path, count: int) -> list[Receipt]:
    store = await SqliteStore.open(path)
    receipts = [await store.record(an_entry()) for _ in range(count)]
    await store.close()
    return receipts
