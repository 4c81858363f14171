"""Entries that wait beside the store: on the disk when kept, and none swallowed, whatever happens."""

import asyncio
import json
import logging
import os
import resource
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.audit import AuditEntry, EntryId, Outcome, clean, entry_of
from bot.domain.errors import StoreUnavailable
from bot.domain.redaction import REMOVED
from bot.ports import Spool
from bot.store.spool import FileSpool
from bot.store.sqlite import SqliteStore
from tests.store.files import Unprivileged, content, names_in, rights_in, set_rights, write
from tests.store.samples import an_entry


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "vi.db.spool"


@pytest.fixture
def spool(file: Path) -> Spool:
    return FileSpool(file)


async def ids(spool: Spool) -> list[EntryId]:
    return [each.id for each in await spool.entries()]


async def test_nothing_waits_where_nothing_was_kept(spool: Spool, tmp_path: Path) -> None:
    assert await spool.entries() == []
    await spool.drop([EntryId("none")])
    assert await spool.entries() == []
    assert "vi.db.spool.new" not in names_in(tmp_path)


async def test_entries_come_back_as_they_were_in_their_order(spool: Spool, file: Path) -> None:
    entries = [an_entry(outcome=Outcome("ok", 204)), an_entry(details={"reason": "größer\nas before\u2028"})]
    for entry in entries:
        await spool.keep(entry)
    assert await spool.entries() == entries
    assert await FileSpool(file).entries() == entries


async def test_a_line_is_the_canonical_text_of_an_entry_without_secrets(spool: Spool, file: Path) -> None:
    await spool.keep(an_entry(details={"reason": "key dtvi_abcdefghijkl", "unlisted": 1}))
    (line,) = content(file).splitlines()
    assert b"dtvi_" not in line
    (entry,) = await spool.entries()
    assert entry.details == {"reason": f"key {REMOVED}"}
    assert entry.redacted == ("/details/reason", "/details/unlisted")
    assert line.decode() == json.dumps(clean(entry), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


async def test_an_entry_says_in_the_trail_what_it_would_have_said_at_once(spool: Spool, on_disk: SqliteStore) -> None:
    entry = an_entry(details={"reason": "key dtvi_abcdefghijkl"})
    await spool.keep(entry)
    (kept,) = await spool.entries()
    await on_disk.record_once(kept)
    assert await on_disk.record_once(entry) is None
    (sealed,) = await on_disk.entries_after(0, 9)
    assert clean(entry_of(json.loads(sealed.body))) == clean(entry)


async def test_what_is_dropped_is_gone_and_the_rest_stays(spool: Spool, file: Path) -> None:
    entries = [an_entry() for _ in range(3)]
    for entry in entries:
        await spool.keep(entry)
    await spool.drop([entries[1].id, EntryId("none")])
    assert await ids(spool) == [entries[0].id, entries[2].id]
    await spool.drop(await ids(spool))
    assert content(file) == b""


async def test_what_is_kept_and_dropped_at_once_loses_nothing(spool: Spool) -> None:
    first = [an_entry() for _ in range(20)]
    second = [an_entry() for _ in range(20)]
    await asyncio.gather(*(spool.keep(each) for each in first))
    await asyncio.gather(
        *(step for kept, gone in zip(second, first, strict=True) for step in (spool.keep(kept), spool.drop([gone.id])))
    )
    assert sorted(await ids(spool)) == sorted(each.id for each in second)


async def test_the_file_is_for_its_owner_alone_before_and_after_it_is_written_anew(
    spool: Spool, file: Path, tmp_path: Path
) -> None:
    await spool.keep(an_entry())
    assert rights_in(tmp_path) == {0o600}
    await spool.drop([])
    assert rights_in(tmp_path) == {0o600}
    assert names_in(tmp_path) == {file.name}


UNREADABLE = [b'{"action":"vi.work', b"\0\0\0\0", b"\xff\xfe", b"[]", b'"x"', b"17", b"{}", b"[" * 100_000, b""]
NOT_AN_ENTRY = [b'{"action":"a later one"}', b'{"actor":"U1"}', b'{"ts":1}']


@pytest.mark.parametrize("line", UNREADABLE + NOT_AN_ENTRY, ids=lambda line: repr(line[:12]))
async def test_a_line_that_is_no_entry_is_passed_over_reported_and_swallows_nothing(
    spool: Spool, file: Path, line: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    before, after = an_entry(), an_entry()
    await spool.keep(before)
    write(file, content(file) + (_with_members_of(before, line) or b"\n"))
    await spool.keep(after)
    with caplog.at_level(logging.WARNING):
        assert await ids(spool) == [before.id, after.id]
    assert "line 2" in caplog.text
    await spool.drop([before.id])
    assert len(content(file).splitlines()) == 2
    await spool.drop([after.id])
    assert len(content(file).splitlines()) == 1
    assert await ids(spool) == []


def _with_members_of(entry: AuditEntry, line: bytes) -> bytes:
    return json.dumps({**clean(entry), **json.loads(line)}).encode() if line in NOT_AN_ENTRY else line


async def test_a_whole_line_of_which_only_the_end_was_lost_counts(spool: Spool, file: Path) -> None:
    first, second = an_entry(), an_entry()
    await spool.keep(first)
    write(file, content(file).removesuffix(b"\n"))
    await spool.keep(second)
    assert await ids(spool) == [first.id, second.id]


async def test_an_entry_cut_off_anywhere_takes_no_other_with_it(spool: Spool, file: Path) -> None:
    first, torn, last = an_entry(), an_entry(), an_entry()
    for entry in (first, torn):
        await spool.keep(entry)
    whole = content(file)
    start = whole.index(b"\n") + 1
    for end in range(start, len(whole) - 1, 97):
        write(file, whole[:end])
        await spool.keep(last)
        assert await ids(spool) == [first.id, last.id]


KEEPER = """
import asyncio, sys
from pathlib import Path
from bot.store.spool import FileSpool
from tests.store.samples import an_entry

async def main():
    spool = FileSpool(Path(sys.argv[1]))
    async def work():
        while True:
            entry = an_entry(details={"reason": "x" * 20_000})
            await spool.keep(entry)
            sys.stdout.write(entry.id + "\\n")
            sys.stdout.flush()
            await spool.drop(["none"])
    await asyncio.gather(*(work() for _ in range(4)))

asyncio.run(main())
"""


def kept_until_killed(file: Path) -> set[str]:
    command = [sys.executable, "-c", KEEPER, str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        lines = [process.stdout.readline() for _ in range(30)]
        process.kill()
        lines += process.stdout.readlines()
    return {line.strip() for line in lines if line.endswith("\n")}


async def test_a_process_killed_in_the_middle_lost_nothing_that_it_kept(spool: Spool, file: Path) -> None:
    kept = kept_until_killed(file)
    assert len(kept) >= 30
    assert kept.issubset(await ids(spool))
    entry = an_entry()
    await spool.keep(entry)
    assert (await ids(spool))[-1] == entry.id


@pytest.fixture
def small_files() -> Iterator[int]:
    """No file of this process may grow beyond this size, in bytes: the disk is full."""
    size = 100_000
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    yield size
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)


async def test_a_full_disk_is_said_and_what_was_kept_before_stays(spool: Spool, file: Path, small_files: int) -> None:
    small = an_entry()
    await spool.keep(small)
    with pytest.raises(StoreUnavailable, match="File too large") as refused:
        await spool.keep(an_entry(details={"reason": "x" * 2 * small_files}))
    assert isinstance(refused.value.__cause__, OSError)
    assert await ids(spool) == [small.id]
    later = an_entry()
    resource.setrlimit(resource.RLIMIT_FSIZE, (2 * small_files, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
    await spool.keep(later)
    assert await ids(spool) == [small.id, later.id]
    assert content(file).count(b"\n") == 3


async def test_a_file_that_cannot_be_written_anew_is_left_as_it_was(
    spool: Spool, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = an_entry()
    await spool.keep(entry)
    before = content(file)

    def full(_file: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(StoreUnavailable, match="No space left on device"):
            await spool.drop([entry.id])
    assert content(file) == before
    await spool.drop([entry.id])
    assert await ids(spool) == []


@pytest.mark.parametrize("job", ["keep", "drop"])
async def test_file_and_folder_are_on_the_disk_when_a_call_returns(
    spool: Spool, file: Path, job: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await spool.keep(an_entry())
    synced: list[str] = []
    real = os.fsync

    def watched(handle: int) -> None:
        synced.append(Path(f"/proc/self/fd/{handle}").readlink().name)
        real(handle)

    monkeypatch.setattr(os, "fsync", watched)
    await (spool.keep(an_entry()) if job == "keep" else spool.drop([]))
    assert synced == [file.name if job == "keep" else f"{file.name}.new", file.parent.name]


async def test_a_disk_that_hangs_is_not_waited_for_longer_than_the_limit(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = threading.Event()
    real = os.fsync

    def hanging(handle: int) -> None:
        answers.wait()
        real(handle)

    spool = FileSpool(file, time_limit=0.05)
    begun, waiting, later = an_entry(), an_entry(), an_entry()
    monkeypatch.setattr(os, "fsync", hanging)
    results = await asyncio.gather(spool.keep(begun), spool.keep(waiting), return_exceptions=True)
    assert [str(each) for each in results] == [f"The file {file} did not answer within 0.05 seconds."] * 2
    answers.set()
    spool._time_limit = 60
    await spool.keep(later)
    # What had begun may be kept all the same; what had not is not.
    assert await ids(spool) == [begun.id, later.id]


async def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    spool = FileSpool(tmp_path / "missing" / "spool")
    with pytest.raises(StoreUnavailable, match="No such file or directory"):
        await spool.keep(an_entry())
    assert await spool.entries() == []


async def test_a_file_that_may_not_be_read_is_said_and_is_not_an_empty_one(elsewhere: Path) -> None:
    file = elsewhere / "spool"
    spool = FileSpool(file)
    with Unprivileged():
        await spool.keep(replace(an_entry(), id=EntryId("one")))
        set_rights(file, 0)
        for call in (spool.entries(), spool.keep(an_entry()), spool.drop([])):
            with pytest.raises(StoreUnavailable, match="Permission denied"):
                await call
        set_rights(file, 0o600)
        assert await ids(spool) == ["one"]
