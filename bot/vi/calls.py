"""What is asked of the platform, and what it answered."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from bot.domain.redaction import without_secrets
from bot.domain.text import cut, shown

EXCERPT_LENGTH = 500
"""How many characters of an answer that was not understood are kept for the operator."""

_TRACE = "x-cloud-trace-context"
_TRACE_LENGTH = 100


class Effect(Enum):
    """What a call does on the platform, and so how often it may be sent. The value is its HTTP method."""

    READS = "GET"
    """Any number of times."""
    WRITES = "PUT"
    """Again, since it writes the same document under the same id, one of ours or one that was just compared."""
    STOPS = "PATCH"
    """Again only where the platform certainly has not carried it out."""
    DELETES = "DELETE"
    """Again only where the platform certainly has not carried it out."""


@dataclass(frozen=True, slots=True)
class Call:
    """One thing asked of the platform.

    Attributes:
        path: what follows `/workspaces/` in the URL, each segment quoted.
        subject: what a person is told is missing, where it is.
        parameters: the query.
        content: the body.
    """

    effect: Effect
    path: str
    subject: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    content: bytes = b""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: a whole body, decompressed; `headers` are found whatever their case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def trace_id(self) -> str:
        """The platform's own id of the request, or nothing. Google Cloud's form: trace, `/`, span, options."""
        return cut(shown(self.headers.get(_TRACE, "").partition("/")[0]), _TRACE_LENGTH)

    @property
    def excerpt(self) -> str:
        """The beginning of the body, for the operator's log."""
        # A character takes at most four bytes; one that is cut in the middle lies beyond the end of the excerpt.
        beginning = self.body[: 4 * EXCERPT_LENGTH].decode(errors="replace")
        return cut(without_secrets(shown(beginning)), EXCERPT_LENGTH)
