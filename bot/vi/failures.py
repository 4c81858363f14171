"""From what went wrong to the one error of ours that says so, and whether to try again."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime

from bot.domain.errors import (
    ViBusy,
    ViError,
    ViNotFound,
    ViNotUnderstood,
    ViOutcomeUnknown,
    ViRefused,
    ViUnauthorized,
    ViUnreachable,
)
from bot.domain.redaction import without_secrets
from bot.domain.text import cut, shown
from bot.vi.calls import Answer, Call, Effect

MESSAGE_LENGTH = 300
"""How many characters of the platform's own words a person is shown."""

# RFC 9110, 10.2.3: whole seconds, or a date. More digits than these are no time to wait.
_SECONDS = re.compile(r"[0-9]{1,9}")

_DONE: Mapping[Effect, str] = {Effect.WRITES: "written", Effect.DELETES: "deleted", Effect.STOPS: "stopped"}
_ASK_OPERATOR = "Ask the operator of this bot to"
_LATER = "Try again in a minute."
_IN_DOUBT = "it may or may not have {done} the {subject}."
_LOOK = "Look before you try again."
_SENTENCES: Mapping[type[ViError], tuple[str, str]] = {
    ViRefused: ("Vi refused: {reason}", ""),
    ViNotFound: ("Vi has no such {subject}.", ""),
    ViUnauthorized: (
        "Vi does not let this bot's key do this (status {status}).",
        f"{_ASK_OPERATOR} check its key and its organization id.",
    ),
    ViBusy: ("Vi is busy.", "Try again in {wait}."),
    ViUnreachable: ("Vi failed (status {status}).", _LATER),
    ViOutcomeUnknown: (f"Vi failed (status {{status}}): {_IN_DOUBT}", _LOOK),
}


class AttemptFailed(Exception):
    """One attempt at a call came to nothing.

    Attributes:
        error: what a person is told, if no other attempt is made.
        repeatable: whether the call may be sent again.
        pause: how many seconds the platform asked us to wait before that; None where it named none.
    """

    def __init__(self, error: ViError, *, repeatable: bool, pause: float | None = None) -> None:
        super().__init__(error.sentence)
        self.error = error
        self.repeatable = repeatable
        self.pause = pause


@dataclass(frozen=True, slots=True)
class _Meaning:
    """What a status means for calls that read and for calls that change, and which may be sent again."""

    reading: type[ViError]
    changing: type[ViError]
    repeatable: frozenset[Effect] = frozenset()


_HARMLESS = frozenset({Effect.READS, Effect.WRITES})
_MEANINGS: Mapping[int, _Meaning] = {
    401: _Meaning(ViUnauthorized, ViUnauthorized),
    403: _Meaning(ViUnauthorized, ViUnauthorized),
    404: _Meaning(ViNotFound, ViNotFound),
    # 408 is also what a proxy says that waited in vain for the platform, so it settles nothing about a change.
    408: _Meaning(ViBusy, ViOutcomeUnknown, _HARMLESS),
    429: _Meaning(ViBusy, ViBusy, frozenset(Effect)),
}
_MEANINGS_OF_HUNDREDS: Mapping[int, _Meaning] = {
    4: _Meaning(ViRefused, ViRefused),
    5: _Meaning(ViUnreachable, ViOutcomeUnknown, _HARMLESS),
}
# Redirects are among these. Followed, they would take the key to an address that nobody configured, and leave a bot
# that reads from one place and deletes in another; not followed, the operator corrects the endpoint once.
_UNDOCUMENTED = _Meaning(ViNotUnderstood, ViNotUnderstood)


def failure_of(call: Call, answer: Answer) -> AttemptFailed | None:
    """What is wrong with an answer, by its status; None where the call did what it should.

    A change is done only where JSON, or for a deletion an empty body, says so: a proxy's page with status 200 does
    not. What a reading call brought is judged by who decodes it.
    """
    hundreds = answer.status // 100
    if hundreds == 2:  # noqa: PLR2004 - "2xx" has no shorter name
        if call.effect is Effect.READS or _confirms(call, answer.body):
            return None
        return _in_doubt(call, "Vi answered something that is not in its contract", answer)
    meaning = _MEANINGS.get(answer.status) or _MEANINGS_OF_HUNDREDS.get(hundreds, _UNDOCUMENTED)
    pause = asked_pause(answer.headers)
    # What cannot be taken back is not sent again on the mere hope that the platform is less busy by now.
    may_repeat = call.effect in _HARMLESS or pause is not None
    return AttemptFailed(
        _error(meaning.reading if call.effect is Effect.READS else meaning.changing, call, answer, pause),
        repeatable=may_repeat and call.effect in meaning.repeatable,
        pause=pause,
    )


def unsent() -> AttemptFailed:
    """There was no connection, so the platform knows nothing of the call."""
    error = ViUnreachable("Vi cannot be reached.", f"Nothing was changed. {_LATER}")
    return AttemptFailed(error, repeatable=True)


def unanswered(call: Call) -> AttemptFailed:
    """The call was sent, or may have been, and no whole answer came in time."""
    if call.effect is Effect.READS:
        return AttemptFailed(ViUnreachable("Vi did not answer.", _LATER), repeatable=True)
    return _in_doubt(call, "Vi did not answer", repeatable=call.effect in _HARMLESS)


def not_understood(answer: Answer) -> ViNotUnderstood:
    """The answer is not what the contract says."""
    return ViNotUnderstood(
        "Vi answered something that is not in its contract.",
        f"{_ASK_OPERATOR} look into its log.",
        status=answer.status,
        trace_id=answer.trace_id,
        excerpt=answer.excerpt,
    )


def message_of(body: bytes) -> str:
    """The platform's own words in the body of an error, fit to be shown; nothing where there are none.

    Known forms: `{"message": …}`, `{"error": …}`, `{"error": {"message": …}}`, and plain text. A proxy's page is
    not the platform's words.
    """
    text = body.decode(errors="replace")
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        document = "" if text.lstrip().startswith("<") else text
    places = [document]
    if isinstance(document, dict):
        places = [document.get("message"), document.get("error")]
        places += [each.get("message") for each in places if isinstance(each, dict)]
    words = (shown(each) for each in places if isinstance(each, str))
    return cut(without_secrets(next(filter(None, words), "")), MESSAGE_LENGTH)


def asked_pause(headers: Mapping[str, str]) -> float | None:
    """How many seconds `Retry-After` asks us to wait; None where it is missing or makes no sense.

    A date is held against the answer's own `Date`, so that the two clocks need not agree.
    """
    asked = headers.get("retry-after", "").strip()
    if _SECONDS.fullmatch(asked):
        return float(asked)
    until, now = _moment(asked), _moment(headers.get("date", ""))
    return max(0.0, (until - now).total_seconds()) if until and now else None


def _moment(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else None


def _confirms(call: Call, body: bytes) -> bool:
    if not body.strip():
        return call.effect is Effect.DELETES
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        return False
    return True


def _in_doubt(call: Call, why: str, answer: Answer | None = None, *, repeatable: bool = False) -> AttemptFailed:
    error = ViOutcomeUnknown(
        f"{why}: {_IN_DOUBT.format(done=_DONE[call.effect], subject=call.subject)}",
        _LOOK,
        status=answer.status if answer else 0,
        trace_id=answer.trace_id if answer else "",
    )
    return AttemptFailed(error, repeatable=repeatable)


def _error(kind: type[ViError], call: Call, answer: Answer, pause: float | None) -> ViError:
    if kind is ViNotUnderstood:
        return not_understood(answer)
    facts = {
        "status": answer.status,
        "subject": call.subject,
        "done": _DONE.get(call.effect),
        "reason": message_of(answer.body) or f"it gave no reason (status {answer.status}).",
        "wait": "a minute" if pause is None else f"{pause:.0f} seconds",
    }
    sentence, advice = (text.format_map(facts) for text in _SENTENCES[kind])
    return kind(sentence, advice, status=answer.status, trace_id=answer.trace_id)
