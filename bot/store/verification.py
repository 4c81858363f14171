"""Whether a file still says what the bot wrote: read only, row by row, also while the bot runs.

What can be seen is every change after which chain, schema, indexes or pages do not fit together. What nobody can see by
looking at the file alone: the newest entries cut off, everything rewritten from some entry on, all entries gone,
another whole file in its place. For that, receipts that were noted elsewhere are compared.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from pathlib import Path

from bot.domain.audit import EMPTY, Link, Receipt, SealedEntry, chain_faults, link_of
from bot.store.checks import (
    CHECKS,
    MOST_FAULTS,
    STEP,
    Check,
    DatabaseFile,
    Progress,
    base_of,
    last_number,
    receipt_faults,
)
from bot.store.connection import reading
from bot.store.driver import sqlite3
from bot.store.failures import error_name, unavailable
from bot.store.schema import is_store


class Verdict(StrEnum):
    """What a verification says."""

    SOUND = "sound"
    TAMPERED = "tampered"
    CANNOT_TELL = "cannot_tell"


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found in a file, or in several that follow each other.

    Attributes:
        entries: how many entries of the trail were read.
        head: the newest of them: worth noting elsewhere.
        faults: a sentence each. Where nothing can be told, why not.
        base: the entry after which the first file begins; what was before is in another file.
        warnings: a sentence each for what is odd, or could not be compared here, and is no fault.
    """

    verdict: Verdict
    entries: int
    head: Receipt
    faults: tuple[str, ...]
    base: Receipt = EMPTY
    warnings: tuple[str, ...] = ()


# Of SQLite's errors, those that say nothing of what stands in the file.
_UNREADABLE = frozenset({"SQLITE_BUSY", "SQLITE_CANTOPEN", "SQLITE_IOERR", "SQLITE_NOTADB", "SQLITE_READONLY"})


def verify_file(
    path: Path,
    *,
    noted: Iterable[Receipt] = (),
    after: Receipt | None = None,
    progress: Progress | None = None,
) -> Verification:
    """Verify the trail, the schema, the snapshots and the pages of a database file.

    Args:
        path: the file; it is not changed.
        noted: receipts that were kept elsewhere. Each entry must be there with this hash, of which the first
            16 hexadecimal digits are enough. One from before the file's base can only be compared in the file
            before it, and is a warning here.
        after: a receipt up to which the trail is known to be good. Its entry must be there with its hash; then only
            what follows is read, and the indexes are not compared with their tables. Otherwise everything is.
        progress: is told how far the reading of the trail has come.
    """
    faults, warnings = Sentences("faults"), Sentences("warnings")
    file: DatabaseFile | None = None
    try:
        with reading(path) as database:
            database.connection.execute("BEGIN")  # one state of the file for all checks
            if not is_store(database.connection):
                return cannot_tell(f"The file {path} holds no trail of this bot.")
            file = DatabaseFile.open(
                database.connection, noted=noted, after=after, warn=warnings.add, progress=progress
            )
            for check in CHECKS.values():
                _collect(faults, check, file)
    except sqlite3.Error as error:
        if error_name(error) in _UNREADABLE:
            return cannot_tell(unavailable(error, f"The file {path}").sentence)
        faults.add(_broken_off(error))
    if file is None:
        return concluded(faults, warnings)
    head = Receipt(file.newest.seq, file.newest.hash)
    return concluded(faults, warnings, file.entries, head, file.base)


def verify_files(
    paths: Sequence[Path], *, noted: Iterable[Receipt] = (), progress: Progress | None = None
) -> Verification:
    """Verify the files of one trail: each by itself, and that each begins where the one before it ends.

    Args:
        paths: at least one, in any order.
        noted: as for `verify_file`; each receipt is looked for in the file in which its number lies.
        progress: is told how far all of them together have come.
    """
    spans = sorted(_span(path) for path in paths)
    noted_in: list[list[Receipt]] = [[] for _ in spans]
    for receipt in noted:
        place = next((n for n, (_, last, _) in enumerate(spans) if receipt.seq <= last), len(spans) - 1)
        noted_in[place].append(receipt)
    total, done = sum(last - first for first, last, _ in spans), 0
    found: list[tuple[Path, Verification]] = []
    for (_, _, path), receipts in zip(spans, noted_in, strict=True):
        found.append((path, verify_file(path, noted=receipts, progress=_part_of(progress, done, total))))
        done += found[-1][1].entries
    return found[0][1] if len(found) == 1 else _together(found)


def verify_lines(path: Path, *, noted: Iterable[Receipt] = (), progress: Progress | None = None) -> Verification:
    """Verify an exported file of JSON Lines, in which each line is the body of an entry.

    Args:
        path: the file. One that does not begin at #1 has as its `base` what its first line names.
        noted: as for `verify_file`.
        progress: is told how far the reading has come.
    """
    faults, warnings = Sentences("faults"), Sentences("warnings")
    receipts = tuple(noted)
    try:
        lines = _Lines(path, frozenset(receipt.seq for receipt in receipts), progress)
        for sentence in chain_faults(lines.read(), after=lines.base, warn=warnings.add):
            faults.add(sentence)
    except OSError as error:
        return cannot_tell(unavailable(error, f"The file {path}").sentence)
    if not lines.entries:
        return cannot_tell(f"The file {path} holds no entries as JSON Lines.")
    for sentence in receipt_faults(receipts, lines.stored.get, lines.base, warnings.add):
        faults.add(sentence)
    return concluded(faults, warnings, lines.entries, lines.head, lines.base)


class _Lines:
    """Reads an export in order, one line at a time, and knows how far it came.

    Attributes:
        stored: the receipts of those entries whose numbers are wanted, and of the base.
        entries: how many lines were entries.
    """

    def __init__(self, path: Path, wanted: frozenset[int], progress: Progress | None) -> None:
        self._path = path
        self._wanted = wanted
        self._progress = progress
        with path.open("rb") as file:
            first = _link_in(file.readline().removesuffix(b"\n"))
        self.base = Receipt(first.seq - 1, first.prev) if first and first.seq > 1 else EMPTY
        self.head = self.base
        self.stored = {self.base.seq: self.base}
        self.entries = 0

    def read(self) -> Iterator[SealedEntry]:
        with self._path.open("rb") as file:
            total = sum(1 for _ in file) if self._progress else 0
            file.seek(0)
            for number, line in enumerate(file, start=1):
                yield self._entry_in(line.removesuffix(b"\n"))
                if self._progress and (number % STEP == 0 or number == total):
                    self._progress(number, total)

    def _entry_in(self, body: bytes) -> SealedEntry:
        link = _link_in(body)
        self.entries += link is not None
        number = link.seq if link else self.head.seq + 1
        # Of the bytes as they are, so that what is no UTF-8 does not have its hash.
        entry = SealedEntry(number, body.decode(errors="replace"), hashlib.sha256(body).hexdigest())
        self.head = entry.receipt
        if number in self._wanted:
            self.stored[number] = self.head
        return entry


def _link_in(body: bytes) -> Link | None:
    try:
        return link_of(body)
    except ValueError:
        return None


class Sentences:
    """Collects sentences, and counts those beyond the first `MOST_FAULTS`."""

    def __init__(self, name: str) -> None:
        self.count = 0
        self._name = name
        self._kept: list[str] = []

    def add(self, sentence: str) -> None:
        """Take a sentence."""
        self.count += 1
        if self.count <= MOST_FAULTS:
            self._kept.append(sentence)

    def all(self) -> tuple[str, ...]:
        """Those that were kept, and how many more there were."""
        more = self.count - len(self._kept)
        return (*self._kept, f"{more} more {self._name}") if more else tuple(self._kept)


def _collect(faults: Sentences, check: Check, file: DatabaseFile) -> None:
    """Add what a check finds. A check that the damage breaks off is a fault too; the next one still runs."""
    try:
        for sentence in check(file):
            faults.add(sentence)
    except sqlite3.Error as error:
        if error_name(error) in _UNREADABLE:
            raise
        faults.add(_broken_off(error))


def concluded(
    faults: Sentences, warnings: Sentences, entries: int = 0, head: Receipt = EMPTY, base: Receipt = EMPTY
) -> Verification:
    """The verification that found these: sound without a fault."""
    verdict = Verdict.TAMPERED if faults.count else Verdict.SOUND
    return Verification(verdict, entries, head, faults.all(), base, warnings.all())


def _broken_off(error: sqlite3.Error) -> str:
    return f"the file is damaged: a check ended with “{error}”"


def cannot_tell(reason: str) -> Verification:
    """The verification that could not be done."""
    return Verification(Verdict.CANNOT_TELL, 0, EMPTY, (reason,))


def _span(path: Path) -> tuple[int, int, Path]:
    """Between which numbers a file lies, for their order; 0 where that cannot be read, which its verification says."""
    try:
        with reading(path) as database:
            base = base_of(database.connection).seq
            return base, max(base, last_number(database.connection)), path
    except sqlite3.Error:
        return 0, 0, path


def _part_of(progress: Progress | None, done: int, total: int) -> Progress | None:
    return (lambda read, _: progress(done + read, total)) if progress else None


def _together(found: Sequence[tuple[Path, Verification]]) -> Verification:
    faults = [f"{path.name}: {sentence}" for path, each in found for sentence in each.faults]
    gaps = [
        f"{path.name} begins after {each.base}, where {before_path.name} ends with {before.head}"
        for (before_path, before), (path, each) in pairwise(found)
        if Verdict.CANNOT_TELL not in (before.verdict, each.verdict) and each.base != before.head
    ]
    verdicts = {each.verdict for _, each in found}
    if gaps or Verdict.TAMPERED in verdicts:
        verdict = Verdict.TAMPERED
    else:
        verdict = Verdict.CANNOT_TELL if Verdict.CANNOT_TELL in verdicts else Verdict.SOUND
    return Verification(
        verdict,
        sum(each.entries for _, each in found),
        found[-1][1].head,
        (*faults, *gaps),
        found[0][1].base,
        tuple(f"{path.name}: {sentence}" for path, each in found for sentence in each.warnings),
    )
