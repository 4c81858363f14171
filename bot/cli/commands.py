"""All commands of `vi-bot`, as Typer shows and reads them."""

import asyncio
import json
from dataclasses import asdict
from typing import Annotated

import typer

import bot
from bot.cli import audit, store
from bot.cli.console import out
from bot.cli.ending import NOT_KNOWN, WRONG, settings_or_stop, stop
from bot.cli.run import run
from bot.logs import configure_logs
from bot.settings import Settings

cli = typer.Typer(
    help="Vi Ops: a Slack bot between a team and its Datature Vi organization.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
cli.add_typer(audit.commands, name="audit")
cli.add_typer(store.commands, name="store")


@cli.callback(invoke_without_command=True)
def _version(*, version: Annotated[bool, typer.Option("--version", help="Print the version and end.")] = False) -> None:
    if version:
        out.print(bot.__version__)
        raise typer.Exit


cli.command()(run)


@cli.command()
def check(*, as_json: Annotated[bool, typer.Option("--json", help="One JSON object, for programs.")] = False) -> None:
    """Look at settings, Slack, Vi, store, manifest and machine, and say what to mend."""
    settings = settings_or_stop()
    raise typer.Exit(asyncio.run(_check(settings, as_json=as_json)))


@cli.command()
def manifest(
    url: Annotated[str, typer.Option(help="Where Slack reaches the bot over HTTP; without it, for Socket Mode.")] = "",
    command: Annotated[str, typer.Option(help="The slash command's name.")] = "/vi",
) -> None:
    """Print the app's manifest, to be pasted at api.slack.com/apps."""
    from bot.checks.manifest import manifest_for

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
        stop(f"There is no scenario {scenario}; there are {', '.join(scenarios.NAMES)}.", code=NOT_KNOWN)
    configure_logs("ERROR")
    if tour:
        from sandbox.tour import run_tour as play
    else:
        from sandbox.demo import run_demo as play
    raise typer.Exit(asyncio.run(play(scenario)))


async def _check(settings: Settings, *, as_json: bool) -> int:
    from bot.checks import run_checks

    found = []
    async for each in run_checks(settings):
        found.append(each)
        if not as_json:
            out.print(f"{'ok  ' if each.passed else 'FAIL'}  {each.name}: {each.finding}")
            if each.advice:
                out.print(f"      → {each.advice}")
    passed = all(each.passed for each in found)
    if as_json:
        out.print(json.dumps({"passed": passed, "checks": [asdict(each) for each in found]}, ensure_ascii=False))
    return 0 if passed else WRONG
