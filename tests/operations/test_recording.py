"""Where entries wait that the store could not take."""

import logging
from collections.abc import Collection, Sequence
from typing import Any

import pytest

from bot.domain.audit import AuditEntry, EntryId
from bot.domain.errors import StoreUnavailable
from bot.domain.policy import Policy
from bot.operations.recording import spool
from bot.operations.recovery import bring_in_spooled
from bot.ports import Resources, Spool
from tests.operations.stand_ins import CountedIds, StoppedClock
from tests.store.samples import an_entry


class FullDisk:
    """A spool on a disk that takes nothing."""

    async def keep(self, _entry: AuditEntry) -> None:
        raise StoreUnavailable("The disk is full.", "Free some space.")

    async def entries(self) -> Sequence[AuditEntry]:
        return []

    async def drop(self, _ids: Collection[EntryId]) -> None: ...


def resources(waiting_room: Spool | None) -> Resources:
    nobody: Any = None
    return Resources(nobody, nobody, nobody, nobody, Policy(), StoppedClock(), CountedIds(), spool=waiting_room)


async def test_what_not_even_the_spool_takes_is_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    entry = an_entry()
    await spool(resources(FullDisk()), entry)
    assert f"operation {entry.operation_id}: {entry.stage} could not be kept in the spool either" in caplog.text
    assert caplog.records[0].levelno == logging.ERROR


async def test_a_store_in_memory_has_no_spool() -> None:
    await spool(resources(None), an_entry())
    await bring_in_spooled(resources(None))
