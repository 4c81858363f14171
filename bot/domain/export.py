"""The forms in which the audit trail leaves the bot: for a verifier, a spreadsheet, a SIEM.

* `jsonl`: the bodies byte for byte, one a line. Each names the SHA-256 of the line before it, so this form, and only
  this one, can be verified by itself.
* `csv`: a header and one row an entry (RFC 4180, UTF-8 without a byte order mark). Text is always quoted, so an id made
  of digits can be told from a number. Text that a spreadsheet could take for a formula begins with an apostrophe.
* `ocsf`: one event of the class API Activity a line, see `bot.domain.ocsf`.
"""

import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Any

from bot.domain.audit import SealedEntry
from bot.domain.ocsf import api_activity
from bot.domain.text import storable
from bot.domain.workflow import JsonObject


class Format(StrEnum):
    """What an export looks like."""

    JSONL = "jsonl"
    CSV = "csv"
    OCSF = "ocsf"


COLUMNS: Mapping[str, tuple[str, ...]] = {
    "time": ("ts",),
    "stage": ("stage",),
    "action": ("action",),
    "actor_id": ("actor", "id"),
    "actor_name": ("actor", "name"),
    "actor_team": ("actor", "team"),
    "target_kind": ("target", "kind"),
    "target_id": ("target", "id"),
    "target_name": ("target", "name"),
    "target_version": ("target", "version"),
    "outcome_code": ("outcome", "code"),
    "outcome_status": ("outcome", "status"),
    "outcome_message": ("outcome", "message"),
    "reason": ("details", "reason"),
    "channel": ("source", "channel"),
    "command": ("source", "command"),
    "operation": ("op",),
    "host": ("host", "name"),
    "bot_version": ("host", "version"),
}
"""The columns of `csv` behind `seq` and `hash`, and where each stands in the body."""

# What can make a formula of a cell (CWE-1236; OWASP ASVS 5.0, 1.2.10), also behind spaces, which some programs take
# away. The last four are = + - @ in full width, as East Asian keyboards have them.
_FORMULA = re.compile(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]| *[\0\t\r\n]")


def exported(entries: Iterable[SealedEntry], form: Format) -> Iterator[str]:
    """The entries as lines, each with its end, made while they are read.

    Raises:
        ValueError: an entry that is to be taken apart is not one; `jsonl` takes every text as it is.
    """
    return _EXPORTS[form](entries)


def _json_lines(entries: Iterable[SealedEntry]) -> Iterator[str]:
    for entry in entries:
        yield f"{entry.body}\n"


def _csv(entries: Iterable[SealedEntry]) -> Iterator[str]:
    rows = csv.writer(_Line(), quoting=csv.QUOTE_NONNUMERIC)
    yield rows.writerow(("seq", "hash", *COLUMNS))
    for entry in entries:
        content = _content(entry)
        yield rows.writerow((entry.seq, entry.hash, *(_cell(_at(content, path)) for path in COLUMNS.values())))


def _ocsf(entries: Iterable[SealedEntry]) -> Iterator[str]:
    for entry in entries:
        # ASCII: some readers of lines take more characters of Unicode for an end of line than JSON does.
        yield f"{json.dumps(api_activity(entry, _content(entry)), separators=(',', ':'))}\n"


_EXPORTS: Mapping[Format, Callable[[Iterable[SealedEntry]], Iterator[str]]] = {
    Format.JSONL: _json_lines,
    Format.CSV: _csv,
    Format.OCSF: _ocsf,
}


class _Line:
    """A file for `csv.writer` that keeps nothing: `writerow` returns what `write` returns."""

    def write(self, line: str) -> str:
        return line


def _content(entry: SealedEntry) -> JsonObject:
    """The body, read without asking whether this version knows its stage or action."""
    try:
        content = json.loads(entry.body)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"entry #{entry.seq} is not an entry: its text cannot be read") from error
    if not isinstance(content, dict):
        raise ValueError(f"entry #{entry.seq} is not an entry: its text is no JSON object")  # noqa: TRY004 - the value is wrong, not a caller's type
    return content


def _at(content: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        content = content.get(name) if isinstance(content, Mapping) else None
    return "" if content is None else content


def _cell(value: Any) -> str | int:
    if isinstance(value, int):
        return value
    text = storable(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
    return f"'{text}" if _FORMULA.match(text) else text
