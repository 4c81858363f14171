"""The trail of a store in PostgreSQL, looked at from outside of the bot."""

from collections.abc import Generator, Iterable

from bot.domain.audit import Receipt, SealedEntry
from bot.ports import TrailQuery
from bot.store.checks import Progress
from bot.store.postgres.reading import read_entries, read_entry, search
from bot.store.postgres.session import address_of
from bot.store.postgres.verification import verify_database
from bot.store.verification import Verification


class TrailInPostgres:
    """`bot.store.stored_trail.StoredTrail` in a database. Any role will do that may read the tables."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._name = address_of(url)

    @property
    def name(self) -> str:
        """The address without the password."""
        return self._name

    def search(self, query: TrailQuery) -> list[SealedEntry]:
        """Entries, newest first."""
        return search(self._url, query)

    def entry(self, seq: int) -> SealedEntry | None:
        """One entry, or None."""
        return read_entry(self._url, seq)

    def entries(
        self, *, first: int = 1, last: int | None = None, progress: Progress | None = None
    ) -> Generator[SealedEntry, None, None]:
        """The entries in order."""
        return read_entries(self._url, first=first, last=last, progress=progress)

    def verify(
        self, *, noted: Iterable[Receipt] = (), after: Receipt | None = None, progress: Progress | None = None
    ) -> Verification:
        """Whether it was tampered with."""
        return verify_database(self._url, noted=noted, after=after, progress=progress)
