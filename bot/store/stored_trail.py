"""The trail of a store, wherever that is, looked at from outside of the bot."""

from collections.abc import Generator, Iterable
from pathlib import Path
from typing import Protocol

from bot.domain.audit import Receipt, SealedEntry
from bot.ports import TrailQuery
from bot.store import is_in_postgres, require_postgres
from bot.store.checks import Progress
from bot.store.reading import read_entries, read_entry, require_trail
from bot.store.trail import read_trail
from bot.store.verification import Verification, verify_file


class StoredTrail(Protocol):
    """What can be asked of a trail. Nothing is changed, and bots may be running.

    Each method but `verify` raises `StoreUnavailable` where the store cannot be read or holds no trail.
    """

    @property
    def name(self) -> str:
        """What people call the place; no password is in it."""
        ...

    def search(self, query: TrailQuery) -> list[SealedEntry]:
        """Entries, newest first."""
        ...

    def entry(self, seq: int) -> SealedEntry | None:
        """One entry, or None."""
        ...

    def entries(
        self, *, first: int = 1, last: int | None = None, progress: Progress | None = None
    ) -> Generator[SealedEntry, None, None]:
        """The entries in order, from number `first` to `last`. Whoever does not read to the end closes this."""
        ...

    def verify(
        self, *, noted: Iterable[Receipt] = (), after: Receipt | None = None, progress: Progress | None = None
    ) -> Verification:
        """Whether it was tampered with; as `bot.store.verification.verify_file`."""
        ...


class TrailInFile:
    """A trail in a file of SQLite's."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def name(self) -> str:
        """The path."""
        return str(self._path)

    def search(self, query: TrailQuery) -> list[SealedEntry]:
        """Entries, newest first."""
        require_trail(self._path)
        return read_trail(self._path, query)

    def entry(self, seq: int) -> SealedEntry | None:
        """One entry, or None."""
        return read_entry(self._path, seq)

    def entries(
        self, *, first: int = 1, last: int | None = None, progress: Progress | None = None
    ) -> Generator[SealedEntry, None, None]:
        """The entries in order."""
        return read_entries(self._path, first=first, last=last, progress=progress)

    def verify(
        self, *, noted: Iterable[Receipt] = (), after: Receipt | None = None, progress: Progress | None = None
    ) -> Verification:
        """Whether it was tampered with."""
        return verify_file(self._path, noted=noted, after=after, progress=progress)


def stored_trail(store: str) -> StoredTrail:
    """The trail of a store that is named as the setting `VI_BOT_STORE` has it.

    Raises:
        StoreUnavailable: it is in PostgreSQL, and the address cannot be read or a part of the bot is missing.
    """
    if not is_in_postgres(store):
        return TrailInFile(Path(store.removeprefix("sqlite:///")))
    require_postgres()
    from bot.store.postgres.stored_trail import TrailInPostgres

    return TrailInPostgres(store)
