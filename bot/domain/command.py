"""What people type behind the slash command, and what it means.

    /vi list potholes --project "Road damage" --sort name

The first word names the command. Words in quotes belong together; straight, curly and angle quotes are accepted,
since phones and word processors put them in by themselves. A flag starts with `--` (or the dash that a keyboard
makes of it). Unknown words are errors with the nearest command and its usage, never guessed.
"""

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from bot.domain.errors import BadCommand
from bot.domain.export import Format
from bot.domain.listing import Query, Sort
from bot.domain.policy import Role
from bot.domain.text import cut, shown
from bot.domain.trail_filters import ACTIONS, OUTCOMES, Audit, one_of, read_filters


@dataclass(frozen=True, slots=True)
class Usage:
    """How a command is written.

    Attributes:
        role: the role it needs; None for everybody who is let in.
        words: the fewest and the most words that may follow; None for any number.
        flags: name to whether a value follows it.
        notes: what else has to be known, one sentence each, for who asks about this command.
    """

    name: str
    role: Role | None
    arguments: str
    summary: str
    example: str
    words: tuple[int, int | None] = (0, 0)
    flags: Mapping[str, bool] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


FORMATS: Mapping[str, Format] = {each.value: each for each in Format}
"""The kinds of file that an export makes."""

USAGES: Mapping[str, Usage] = {
    usage.name: usage
    for usage in (
        Usage("help", None, "[command]", "what you may do here, with examples", "help delete", (0, 1)),
        Usage("whoami", None, "", "who you are to this bot, your roles and where each comes from", "whoami"),
        Usage(
            "list",
            Role.VIEWER,
            "[text] [--project P] [--active] [--sort updated|created|name]",
            "the workflows, ten on a page",
            'list potholes --project "Road damage" --sort name',
            (0, None),
            {"project": True, "active": False, "sort": True},
        ),
        Usage(
            "show",
            Role.VIEWER,
            "WORKFLOW",
            "one workflow: configuration, version, runs, backups",
            'show "Pothole detector"',
            (1, 1),
        ),
        Usage(
            "backup",
            Role.OPERATOR,
            'WORKFLOW [--name "…"]',
            "duplicate a workflow in Vi and check that the copy is equal",
            'backup "Pothole detector"',
            (1, 1),
            {"name": True},
        ),
        Usage(
            "backups",
            Role.VIEWER,
            "[WORKFLOW]",
            "what can be brought back: copies in Vi and snapshots, each with its check's result",
            'backups "Pothole detector"',
            (0, 1),
        ),
        Usage(
            "delete",
            Role.OPERATOR,
            'WORKFLOW… [--reason "…"] [--dry-run]',
            "delete one or several workflows, after a dialogue that shows what goes and what stays",
            'delete "Pothole detector" --reason "replaced by v2"',
            (1, None),
            {"reason": True, "dry-run": False},
        ),
        Usage(
            "restore",
            Role.OPERATOR,
            "WORKFLOW|OPERATION",
            "bring a deleted or changed workflow back from its snapshot",
            'restore "Pothole detector"',
            (1, 1),
        ),
        Usage(
            "runs",
            Role.VIEWER,
            "[WORKFLOW] [--active]",
            "the runs, active ones first",
            'runs "Pothole detector" --active',
            (0, 1),
            {"active": False},
        ),
        Usage(
            "kill",
            Role.OPERATOR,
            'RUN [--reason "…"]',
            "stop an active run for good, after a dialogue",
            'kill run_0123456789 --reason "wrong dataset"',
            (1, 1),
            {"reason": True},
        ),
        Usage(
            "pending",
            None,
            "",
            "what waits for an answer of yours or for a second person",
            "pending",
        ),
        Usage(
            "lock",
            Role.ADMIN,
            'WORKFLOW --reason "…"',
            "keep a workflow from being deleted or overwritten by anybody",
            'lock "Pothole detector" --reason "in production"',
            (1, 1),
            {"reason": True},
        ),
        Usage("unlock", Role.ADMIN, "WORKFLOW", "drop that lock", 'unlock "Pothole detector"', (1, 1)),
        Usage(
            "audit",
            Role.VIEWER,
            "[text] [--workflow W] [--actor @person] [--action A] [--outcome O] [--since 7d] [--until 2026-11-01]"
            " [--entry N] [--export F]",
            "the audit trail, newest first: your own entries, or everybody's for an admin",
            "audit --action delete --since 7d",
            (0, None),
            dict.fromkeys(("workflow", "actor", "action", "outcome", "since", "until", "entry", "export"), True),
            (
                f"--action: {', '.join(ACTIONS)}.",
                f"--outcome: {', '.join(OUTCOMES)}.",
                "--since and --until: a span back from now (30m, 12h, 7d, 4w) or a day by UTC, which --until includes.",
                "--entry: one entry, whole, by its number.",
                f"--export: what fits, as a file by direct message ({', '.join(FORMATS)}).",
            ),
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Help:
    """`help [command]`."""

    topic: str = ""


@dataclass(frozen=True, slots=True)
class Whoami:
    """`whoami`."""


@dataclass(frozen=True, slots=True)
class ListWorkflows:
    """`list`."""

    query: Query


@dataclass(frozen=True, slots=True)
class Show:
    """`show`."""

    reference: str


@dataclass(frozen=True, slots=True)
class Backup:
    """`backup`."""

    reference: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Delete:
    """`delete`, of one or several."""

    references: tuple[str, ...]
    reason: str = ""
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Backups:
    """`backups`, of one workflow or of all."""

    reference: str = ""


@dataclass(frozen=True, slots=True)
class Restore:
    """`restore`."""

    reference: str


@dataclass(frozen=True, slots=True)
class Runs:
    """`runs`, of one workflow or of all."""

    reference: str = ""
    active_only: bool = False


@dataclass(frozen=True, slots=True)
class Kill:
    """`kill`."""

    reference: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Pending:
    """`pending`."""


@dataclass(frozen=True, slots=True)
class LockWorkflow:
    """`lock`."""

    reference: str
    reason: str


@dataclass(frozen=True, slots=True)
class UnlockWorkflow:
    """`unlock`."""

    reference: str


@dataclass(frozen=True, slots=True)
class ShowEntry:
    """`audit --entry`."""

    seq: int


@dataclass(frozen=True, slots=True)
class ExportTrail:
    """`audit --export`."""

    asked: Audit
    form: Format


Command = (
    Help
    | Whoami
    | ListWorkflows
    | Show
    | Backup
    | Backups
    | Delete
    | Restore
    | Runs
    | Kill
    | Pending
    | LockWorkflow
    | UnlockWorkflow
    | Audit
    | ShowEntry
    | ExportTrail
)

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
    """A workflow that was chosen where the words named none, or several.

    Attributes:
        reference: its id.
        instead_of: the word in whose place it goes; empty where there was none.
    """

    reference: str
    instead_of: str = ""


def parse_command(text: str, chosen: Chosen | None = None) -> Command:
    """What these words mean, with the workflow that was chosen since; no words mean `help`.

    Raises:
        BadCommand: they mean nothing; the error says what was not understood and how it is written.
    """
    words = _split(text)
    if not words:
        return Help()
    usage = USAGES.get(words[0].text.lower())
    if usage is None:
        raise _unknown_command(words[0].text)
    positional, flags = _read(usage, words[1:])
    if chosen is not None:
        positional = _with_chosen(positional, chosen)
    _check_count(usage, positional)
    return _MEANINGS[usage.name](usage, positional, flags)


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
        error.lacking = usage.name if usage.arguments.split()[0].rstrip("…") == "WORKFLOW" else ""
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
    return ListWorkflows(Query(" ".join(positional), flags.get("project", ""), "active" in flags, Sort(sort)))


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
    "lock": _lock,
    "unlock": lambda _usage, words, _flags: UnlockWorkflow(words[0]),
    "audit": _audit,
}
