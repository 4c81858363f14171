"""The console script `vi-bot`: run the bot, try it, check it, read its audit trail.

Exit codes: 0 in order; 1 something is wrong (for `audit verify`: tampered); 2 it could not be found out, or the
settings are not right.
"""

import asyncio
import signal
from datetime import UTC
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn
from slack_sdk.errors import SlackApiError

import bot
from bot.app import SlackNotConnected, running
from bot.checks import manifest_for, run_checks
from bot.domain.audit import SealedEntry, content_of
from bot.domain.errors import BotError
from bot.domain.text import shown
from bot.logs import configure_logs
from bot.ports import TrailQuery
from bot.settings import Settings, SettingsFault, StoreSettings, load_settings
from bot.store.trail import read_trail
from bot.store.verification import Verdict, verify_file
from handlers.trouble import TROUBLE, name_of_trouble

_WRONG = 1
_NOT_KNOWN = 2

cli = typer.Typer(
    help="Vi Ops: a Slack bot between a team and its Datature Vi organization.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
audit = typer.Typer(help="Read and verify the audit trail.", no_args_is_help=True)
cli.add_typer(audit, name="audit")

_out = Console(highlight=False, soft_wrap=True, markup=False)
_err = Console(stderr=True, highlight=False, soft_wrap=True, markup=False)

_StoreOption = Annotated[str, typer.Option("--store", help="The store's file; else VI_BOT_STORE or vi-bot.toml.")]


def main() -> None:
    """The console script."""
    cli()


@cli.callback(invoke_without_command=True)
def _version(*, version: Annotated[bool, typer.Option("--version", help="Print the version and end.")] = False) -> None:
    if version:
        _out.print(bot.__version__)
        raise typer.Exit


@cli.command()
def run() -> None:
    """Run the bot until it is told to stop (Ctrl-C or SIGTERM); running work is finished first."""
    settings = _settings()
    configure_logs(settings.log_level, secrets=settings.secrets)
    try:
        asyncio.run(_until_stopped(settings))
    except BotError as error:
        _stop(f"{error.sentence} {error.advice}")
    except SlackApiError as error:
        _stop(f"Slack does not accept a token: {name_of_trouble(error)}. `vi-bot check` says which.")
    except TROUBLE as error:
        _stop(f"Slack cannot be reached ({name_of_trouble(error)}). `vi-bot check` says more.")
    except (SlackNotConnected, ValueError) as error:
        _stop(str(error))


@cli.command()
def check() -> None:
    """Look at settings, Slack, Vi, store and manifest, and say what to mend."""
    settings = _settings()
    raise typer.Exit(asyncio.run(_check(settings)))


@cli.command()
def manifest(
    url: Annotated[str, typer.Option(help="Where Slack reaches the bot over HTTP; without it, for Socket Mode.")] = "",
    command: Annotated[str, typer.Option(help="The slash command's name.")] = "/vi",
) -> None:
    """Print the app's manifest, to be pasted at api.slack.com/apps."""
    typer.echo(manifest_for(command, url), nl=False)


@cli.command()
def demo(
    *,
    tour: Annotated[bool, typer.Option("--tour", help="Tell the story without a person, and check each step.")] = False,
    scenario: Annotated[str, typer.Option(help="What the emulated organization holds.")] = "small-team",
) -> None:
    """Try the bot on this machine, with emulators of Slack and Vi; nothing leaves it."""
    from sandbox import scenarios

    if scenario not in scenarios.NAMES:
        _stop(f"There is no scenario {scenario}; there are {', '.join(scenarios.NAMES)}.", code=_NOT_KNOWN)
    configure_logs("ERROR")
    if tour:
        from sandbox.tour import run_tour as play
    else:
        from sandbox.demo import run_demo as play
    raise typer.Exit(asyncio.run(play(scenario)))


@audit.command("list")
def list_entries(
    text: Annotated[str, typer.Argument(help="Words that an entry must contain.")] = "",
    workflow: Annotated[str, typer.Option(help="A workflow's id or whole name.")] = "",
    actor: Annotated[str, typer.Option(help="A person's id in Slack.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many entries.")] = 20,
    store: _StoreOption = "",
) -> None:
    """Entries of the trail, newest first. The bot may be running."""
    query = TrailQuery(text=text, workflow=workflow, actor=actor, limit=limit)
    try:
        for entry in read_trail(_store_path(store), query):
            _out.print(_line(entry))
    except BotError as error:
        _stop(f"{error.sentence} {error.advice}", code=_NOT_KNOWN)


@audit.command()
def verify(store: _StoreOption = "") -> None:
    """Whether the trail was tampered with: exit 0 sound, 1 tampered, 2 cannot tell. The bot may be running."""
    path = _store_path(store)
    with Progress(
        SpinnerColumn(), TextColumn("{task.description}"), console=_err, transient=True, disable=not _err.is_terminal
    ) as progress:
        progress.add_task(f"Verifying {path} …")
        found = verify_file(path)
    for fault in found.faults:
        _out.print(f"- {fault}")
    verdicts = {
        Verdict.SOUND: (0, f"sound: {found.entries} entries, head {found.head}"),
        Verdict.TAMPERED: (_WRONG, f"TAMPERED: {len(found.faults)} faults in {found.entries} entries"),
        Verdict.CANNOT_TELL: (_NOT_KNOWN, "cannot tell"),
    }
    code, line = verdicts[found.verdict]
    _out.print(line)
    if found.verdict is Verdict.SOUND:
        _out.print(
            "A trail cut off at its end or rewritten whole looks sound too: compare the head with one noted elsewhere."
        )
    raise typer.Exit(code)


async def _until_stopped(settings: Settings) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    async with running(settings):
        _err.print(f"vi-bot {bot.__version__} listens to {settings.command}. Ctrl-C ends it.")
        await stopped.wait()


async def _check(settings: Settings) -> int:
    failed = False
    async for each in run_checks(settings):
        failed = failed or not each.passed
        _out.print(f"{'ok  ' if each.passed else 'FAIL'}  {each.name}: {each.finding}")
        if each.advice:
            _out.print(f"      → {each.advice}")
    return _WRONG if failed else 0


def _settings() -> Settings:
    try:
        return load_settings()
    except SettingsFault as error:
        lines = "\n".join(f"- {fault}" for fault in error.faults)
        _stop(f"The settings are not right:\n{lines}", code=_NOT_KNOWN)


def _store_path(given: str) -> Path:
    return Path((given or StoreSettings().store).removeprefix("sqlite:///"))


def _line(entry: SealedEntry) -> str:
    content = content_of(entry)
    name = f" “{shown(content.target.name)}”" if content.target else ""
    said = f" – {content.outcome.code}" if content.outcome and content.outcome.code != "ok" else ""
    when = content.at.astimezone(UTC).isoformat(sep=" ", timespec="seconds")
    return f"{entry.receipt}  {when}  {content.actor.id}  {content.action} {content.stage}{name}{said}"


def _stop(sentence: str, *, code: int = _WRONG) -> NoReturn:
    _err.print(sentence)
    raise typer.Exit(code)
