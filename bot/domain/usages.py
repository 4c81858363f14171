"""How each command is written, who may give it, and what it does: one table, for the parser, the help and the docs."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.domain.export import Format
from bot.domain.policy import Role
from bot.domain.trail_filters import ACTIONS, OUTCOMES


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
            "[text] [--project P] [--active] [--sort updated|created|name] [--fresh]",
            "the workflows, ten on a page",
            'list potholes --project "Road damage" --sort name',
            (0, None),
            {"project": True, "active": False, "sort": True, "fresh": False},
            ("A list may be two minutes old and says when it was read; --fresh reads it now.",),
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
            "status",
            Role.VIEWER,
            "",
            "whether the bot can do its work: Slack, Vi, its memory, its audit trail",
            "status",
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
