"""Documents in the order of their creation, served newest first, page by page."""

import base64
import json
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from operator import attrgetter

from sandbox.vi.documents import JsonObject

_SEQUENCE = attrgetter("sequence")


class NoSuchDocumentError(Exception):
    """There is no document with this id; the text says so."""


class BadPageTokenError(Exception):
    """A page token that this list did not give out."""


@dataclass(frozen=True, slots=True)
class Resource:
    """One state of one document. A change makes another resource, so what was encoded once stays right.

    Attributes:
        id: what it is asked for by.
        sequence: its place in the order of creation; a change keeps it.
        document: the JSON; never changed in place, since documents share their parts.
    """

    id: str
    sequence: int
    document: JsonObject
    _encoded: list[bytes] = field(default_factory=list, compare=False, repr=False)

    def encoded(self) -> bytes:
        """The document as JSON text; made once, since a page is a thousand of them."""
        if not self._encoded:
            self._encoded.append(json.dumps(self.document, separators=(",", ":")).encode())
        return self._encoded[0]


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a list, newest first, and the tokens of its neighbours (None: there is none)."""

    items: list[Resource]
    next_token: str | None
    previous_token: str | None


class Collection:
    """All documents of one kind.

    A page token is a place in the order of creation, so a document that is added or removed between two pages
    neither repeats nor hides another. Assumed: Vi says nothing about it.
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._by_id: dict[str, Resource] = {}
        self._oldest_first: list[Resource] = []

    def __len__(self) -> int:
        return len(self._by_id)

    def __iter__(self) -> Iterator[Resource]:
        return reversed(self._oldest_first)

    def __contains__(self, key: str) -> bool:
        return key in self._by_id

    def get(self, key: str) -> Resource:
        """The document with this id.

        Raises:
            NoSuchDocumentError: there is none.
        """
        try:
            return self._by_id[key]
        except KeyError:
            raise NoSuchDocumentError(f"{self.kind} {key} was not found.") from None

    def put(self, key: str, document: JsonObject) -> Resource:
        """Add a document as the newest, or put it in the place of the one that bears its id."""
        old = self._by_id.get(key)
        if old is None:
            sequence = self._oldest_first[-1].sequence + 1 if self._oldest_first else 0
            resource = Resource(key, sequence, document)
            self._oldest_first.append(resource)
        else:
            resource = Resource(key, old.sequence, document)
            self._oldest_first[self._place(old.sequence)] = resource
        self._by_id[key] = resource
        return resource

    def remove(self, key: str) -> None:
        """Take a document out.

        Raises:
            NoSuchDocumentError: there is none with this id.
        """
        del self._oldest_first[self._place(self.get(key).sequence)]
        del self._by_id[key]

    def page(self, token: str | None, size: int) -> Page:
        """The page of at most `size` documents that `token` names, or the first one.

        Raises:
            BadPageTokenError: this collection did not give the token out.
        """
        end = len(self._oldest_first) if token is None else self._place(self._sequence_of(token))
        start = max(0, end - size)
        newer = min(len(self._oldest_first), end + size)
        return Page(
            items=self._oldest_first[start:end][::-1],
            next_token=self._token(self._oldest_first[start].sequence) if start else None,
            previous_token=self._token(self._oldest_first[newer - 1].sequence + 1) if newer > end else None,
        )

    def _place(self, sequence: int) -> int:
        return bisect_left(self._oldest_first, sequence, key=_SEQUENCE)

    def _token(self, before: int) -> str:
        return base64.urlsafe_b64encode(f"{self.kind}:{before}".encode()).decode().rstrip("=")

    def _sequence_of(self, token: str) -> int:
        try:
            kind, _, before = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode().partition(":")
            if kind == self.kind:
                return int(before)
        except ValueError:
            pass
        raise BadPageTokenError("The page token is not one of this list's.")
