"""From what people type behind the slash command to what it means.

    /vi list potholes --project "Road damage" --sort name

The first word names the command. Words in quotes belong together; straight, curly and angle quotes are accepted,
since phones and word processors put them in by themselves. A flag starts with `--` (or the dash that a keyboard
makes of it). Unknown words are errors with the nearest command and its usage, never guessed.
"""

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bot.domain.command import (
    Backup,
    Backups,
    Command,
    Delete,
    ExportTrail,
    Help,
    Kill,
    ListWorkflows,
    LockWorkflow,
    Pending,
    Restore,
    Runs,
    Show,
    ShowEntry,
    Status,
    UnlockWorkflow,
    Whoami,
)
from bot.domain.errors import BadCommand
from bot.domain.listing import Query, Sort
from bot.domain.text import cut, shown
from bot.domain.trail_filters import Audit, one_of, read_filters
from bot.domain.usages import FORMATS, USAGES, Usage

_CLOSING = {
    '"': '"“”„',
    "“": '”"“',
    "”": '”"',
    "„": '“”"',
    "«": "»",
    "'": "'‘’",
    "‘": "’'",
    "’": "’'",
}
_DASHES = re.compile(r"(?:--|—|–)(?=[A-Za-z])")
_ENTRY = re.compile(r"#?([1-9][0-9]{0,14})")  # as the bot prints it; below 2^53, which canonical JSON cannot pass


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was chosen where the words named nothing, or several: a workflow or a run.

    Attributes:
        reference: its id.
        instead_of: the word in whose place it goes; empty where there was none.
    """

    reference: str
    instead_of: str = ""


def parse_command(text: str, chosen: Chosen | None = None) -> Command:
    """What these words mean, with what was chosen since; no words mean `help`.

    Raises:
        BadCommand: they mean nothing; the error says what was not understood and how it is written.
    """
    words = _split(text)
    usage = _usage_of(words)
    positional, flags = _read(usage, words[1:])
    if chosen is not None:
        positional = _with_chosen(positional, chosen)
    _check_count(usage, positional)
    return _MEANINGS[usage.name](usage, positional, flags)


def name_in(text: str) -> str:
    """The name of the command that these words give.

    Raises:
        BadCommand: there is no such command.
    """
    return _usage_of(_split(text)).name


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    quoted: bool


def _split(text: str) -> list[_Word]:
    words: list[_Word] = []
    position = 0
    while position < len(text):
        character = text[position]
        if character.isspace():
            position += 1
        elif character in _CLOSING:
            end = _end_of_quote(text, position)
            words.append(_Word(text[position + 1 : end], quoted=True))
            position = end + 1
        else:
            end = position
            while end < len(text) and not text[end].isspace():
                end += 1
            words.append(_Word(text[position:end], quoted=False))
            position = end
    return words


def _usage_of(words: Sequence[_Word]) -> Usage:
    usage = USAGES.get(words[0].text.lower() if words else "help")
    if usage is None:
        raise _unknown_command(words[0].text)
    return usage


def _end_of_quote(text: str, start: int) -> int:
    # A quote closes only where the word ends, so that an apostrophe or an inch mark may stand inside.
    for end in range(start + 1, len(text)):
        if text[end] in _CLOSING[text[start]] and (end + 1 == len(text) or text[end + 1].isspace()):
            return end
    raise BadCommand(
        f"A quotation mark is opened before “{cut(shown(text[start + 1 :]), 40)}” and never closed.",
        'Put the whole name between quotation marks: "Pothole detector".',
    )


def _read(usage: Usage, words: Sequence[_Word]) -> tuple[list[str], dict[str, str]]:
    positional: list[str] = []
    flags: dict[str, str] = {}
    waiting = list(reversed(words))
    while waiting:
        word = waiting.pop()
        dash = None if word.quoted else _DASHES.match(word.text)
        if dash is None:
            positional.append(word.text)
            continue
        name, equals, value = word.text[dash.end() :].partition("=")
        if name.lower() in flags:
            raise _wrong(usage, f"--{name.lower()} is given twice.")
        flags[name.lower()] = _flag_value(usage, name.lower(), value if equals else None, waiting)
    return positional, flags


def _with_chosen(positional: list[str], chosen: Chosen) -> list[str]:
    if not chosen.instead_of:
        return [chosen.reference, *positional]
    return [chosen.reference if word == chosen.instead_of else word for word in positional]


def _flag_value(usage: Usage, name: str, value: str | None, waiting: list[_Word]) -> str:
    if name not in usage.flags:
        nearest = difflib.get_close_matches(name, usage.flags, n=1)
        hint = f"Did you mean --{nearest[0]}?" if nearest else ""
        raise _wrong(usage, f"{usage.name} has no flag --{cut(shown(name), 40)}.", hint)
    if not usage.flags[name]:
        if value is not None:
            raise _wrong(usage, f"--{name} takes no value.")
        return ""
    if value is not None:
        return value
    if not waiting or (not waiting[-1].quoted and _DASHES.match(waiting[-1].text)):
        raise _wrong(usage, f"--{name} needs a value.")
    return waiting.pop().text


def _check_count(usage: Usage, positional: Sequence[str]) -> None:
    fewest, most = usage.words
    if len(positional) < fewest:
        error = _wrong(usage, f"{usage.name} needs to know which {_first_word(usage)}.")
        error.lacking = usage.name
        raise error
    if most is not None and len(positional) > most:
        name = cut(shown(" ".join(positional)), 60)
        raise _wrong(
            usage,
            f"{usage.name} takes {_count(most)}, and here are {len(positional)}.",
            f'A name of several words goes between quotation marks: "{name}".' if most else "",
        )


def _first_word(usage: Usage) -> str:
    return usage.arguments.split()[0].rstrip("…").replace("|", " or ").lower()


def _count(most: int) -> str:
    return "no further words" if most == 0 else "one word or one quoted name"


def _wrong(usage: Usage, sentence: str, advice: str = "") -> BadCommand:
    return BadCommand(sentence, advice, usage=f"{usage.name} {usage.arguments}".rstrip())


def _unknown_command(word: str) -> BadCommand:
    sentence = f"There is no command “{cut(shown(word), 40)}”."
    nearest = difflib.get_close_matches(word.lower(), USAGES, n=1)
    if not nearest:
        return BadCommand(sentence, "The command help shows what there is.", usage="help")
    usage = USAGES[nearest[0]]
    return _wrong(usage, sentence, f"Did you mean {usage.name}?")


def _help(_usage: Usage, positional: Sequence[str], _flags: Mapping[str, str]) -> Help:
    topic = positional[0].lower() if positional else ""
    if topic and topic not in USAGES:
        raise _unknown_command(topic)
    return Help(topic)


def _list(usage: Usage, positional: Sequence[str], flags: Mapping[str, str]) -> ListWorkflows:
    sort = flags.get("sort", Sort.UPDATED.value).lower()
    if sort not in set(Sort):
        raise _wrong(usage, f"--sort knows updated, created and name, not “{cut(shown(sort), 40)}”.")
    text, project = " ".join(positional), flags.get("project", "")
    return ListWorkflows(Query(text, project, "active" in flags, Sort(sort), "fresh" in flags))


def _audit(usage: Usage, positional: Sequence[str], flags: Mapping[str, str]) -> Audit | ShowEntry | ExportTrail:
    if "entry" in flags:
        number = _ENTRY.fullmatch(flags["entry"])
        if number is None:
            raise _wrong(usage, "--entry needs the number of an entry, such as 1234.")
        if positional or len(flags) > 1:
            raise _wrong(usage, "--entry shows one entry, so nothing else goes with it.")
        return ShowEntry(int(number[1]))
    try:
        asked = read_filters({"text": " ".join(positional), **flags})
        form = one_of(flags, "export", FORMATS)
    except BadCommand as error:
        raise _wrong(usage, error.sentence, error.advice) from None
    return asked if form is None else ExportTrail(asked, form)


def _lock(usage: Usage, positional: Sequence[str], flags: Mapping[str, str]) -> LockWorkflow:
    reason = flags.get("reason", "").strip()
    if not reason:
        raise _wrong(usage, "A lock needs a reason: everybody who meets it will read it.")
    return LockWorkflow(positional[0], reason)


_MEANINGS: Mapping[str, Callable[[Usage, Sequence[str], Mapping[str, str]], Command]] = {
    "help": _help,
    "whoami": lambda _usage, _words, _flags: Whoami(),
    "list": _list,
    "show": lambda _usage, words, _flags: Show(words[0]),
    "backup": lambda _usage, words, flags: Backup(words[0], flags.get("name", "")),
    "backups": lambda _usage, words, _flags: Backups(*words),
    "delete": lambda _usage, words, flags: Delete(tuple(words), flags.get("reason", ""), "dry-run" in flags),
    "restore": lambda _usage, words, _flags: Restore(words[0]),
    "runs": lambda _usage, words, flags: Runs(words[0] if words else "", "active" in flags),
    "kill": lambda _usage, words, flags: Kill(words[0], flags.get("reason", "")),
    "pending": lambda _usage, _words, _flags: Pending(),
    "status": lambda _usage, _words, _flags: Status(),
    "lock": _lock,
    "unlock": lambda _usage, words, _flags: UnlockWorkflow(words[0]),
    "audit": _audit,
}
