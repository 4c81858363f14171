"""The words by which an entry of the trail is found, alike on every server: neither its locale nor its version counts.

A word is a run of letters and digits, without accents and in lower case, as SQLite's search index has them.
"""

import re
import unicodedata

from bot.domain.audit import AuditEntry, SealedEntry, content_of
from bot.domain.text import storable

_WORD = re.compile(r"[^\W_]+")
_LONGEST = 500
"""Characters of a word that count. PostgreSQL takes 2046 bytes."""
_LAST = 16_383
"""The last position that PostgreSQL tells from those behind it."""


def words_of(entry: AuditEntry) -> str:
    """The words of an entry as PostgreSQL's `tsvector`: of its action, stage, names, command, outcome and reason."""
    places: dict[str, list[int]] = {}
    place = 0
    for text in _texts(entry):
        for word in words_in(text):
            place = min(place + 1, _LAST)
            places.setdefault(word, []).append(place)
        place = min(place + 1, _LAST)  # so that no phrase goes from one text into the next
    return " ".join(f"'{word}':{','.join(map(str, at))}" for word, at in sorted(places.items()))


def words_of_sealed(sealed: SealedEntry) -> str:
    """As `words_of`.

    Raises:
        ValueError: the text is not an entry.
    """
    return words_of(content_of(sealed))


def words_if_read(sealed: SealedEntry) -> str | None:
    """As `words_of`; None for an entry that this version cannot read."""
    try:
        return words_of_sealed(sealed)
    except (ValueError, RecursionError):
        return None


def query_for(text: str) -> str:
    """What finds the entries that have all of these words, as PostgreSQL's `tsquery`; empty where nothing can.

    What stands between two spaces is looked for as it is: its words next to each other.
    """
    phrases = [" <-> ".join(f"'{word}'" for word in words_in(part)) for part in text.split()]
    return " & ".join(phrase for phrase in phrases if phrase)


def words_in(text: str) -> list[str]:
    """The words of a text, in order."""
    plain = "".join(each for each in unicodedata.normalize("NFKD", text) if not unicodedata.combining(each))
    return [word[:_LONGEST] for word in _WORD.findall(plain.casefold())]


def without_nul(text: str) -> str:
    """A text as PostgreSQL can hold it: it takes no NUL."""
    return text.replace("\0", "\ufffd")


def _texts(entry: AuditEntry) -> list[str]:
    target, outcome, reason = entry.target, entry.outcome, entry.details.get("reason")
    texts = [entry.action, entry.stage, entry.actor.name, entry.origin.command]
    if target is not None:
        texts += [target.id, target.name]
    if outcome is not None:
        texts += [outcome.code, outcome.message]
    return [storable(each) for each in (*texts, reason if isinstance(reason, str) else "")]
