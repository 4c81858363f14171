"""The console script `vi-bot`: run the bot, try it, check it, look after its audit trail.

Exit codes: 0 in order; 1 something is wrong or was not done (for `audit verify`: tampered); 2 it could not be found
out, or the settings or what was typed are not right; 3, of `vi-bot run` only, there is no connection to Slack any more:
start it anew; 130 or 143 ended at once, by a second Ctrl-C or SIGTERM.
"""

import asyncio
import json
import os
import signal
from dataclasses import asdict
from typing import Annotated

import typer
from slack_sdk.errors import SlackApiError

import bot
from bot.app import SlackLost, SlackNotConnected, freeze_start, running
from bot.cli import audit, store
from bot.cli.console import BY_SIGNAL, LOST, NOT_KNOWN, WRONG, err, out, stop
from bot.cli.options import settings_or_stop
from bot.domain.errors import BotError
from bot.logs import configure_logs
from bot.settings import Settings
from handlers.trouble import TROUBLE, name_of_trouble

_SIGNALS = (signal.SIGINT, signal.SIGTERM)

cli = typer.Typer(
    help="Vi Ops: a Slack bot between a team and its Datature Vi organization.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
cli.add_typer(audit.commands, name="audit")
cli.add_typer(store.commands, name="store")


def main() -> None:
    """The console script."""
    cli()


@cli.callback(invoke_without_command=True)
def _version(*, version: Annotated[bool, typer.Option("--version", help="Print the version and end.")] = False) -> None:
    if version:
        out.print(bot.__version__)
        raise typer.Exit


@cli.command()
def run() -> None:
    """Run the bot until it is told to stop (Ctrl-C or SIGTERM); running work is finished first, unless told twice.

    It ends with exit code 3 where there is no connection to Slack any more, so that a supervisor starts it anew.
    """
    settings = settings_or_stop()
    configure_logs(settings.log_level, secrets=settings.secrets)
    try:
        asyncio.run(_until_stopped(settings))
    except BotError as error:
        stop(f"{error.sentence} {error.advice}")
    except SlackApiError as error:
        stop(f"Slack does not accept a token: {name_of_trouble(error)}. `vi-bot check` says which.")
    except TROUBLE as error:
        stop(f"Slack cannot be reached ({name_of_trouble(error)}). `vi-bot check` says more.")
    except SlackLost as error:
        stop(str(error), code=LOST)
    except (SlackNotConnected, ValueError) as error:
        stop(str(error))


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


async def _until_stopped(settings: Settings) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()

    def stop_in_order() -> None:
        stopped.set()
        for number in _SIGNALS:  # whoever asks twice wants no more waiting; the next start settles what was begun
            loop.add_signal_handler(number, os._exit, BY_SIGNAL + number)

    for number in _SIGNALS:
        loop.add_signal_handler(number, stop_in_order)
    async with running(settings) as bot_at_work:
        freeze_start()
        err.print(f"vi-bot {bot.__version__} listens to {settings.command}. Ctrl-C ends it.")
        bot_at_work.given_up.add_done_callback(lambda _sentence: stopped.set())
        await stopped.wait()
        if bot_at_work.given_up.done():
            raise SlackLost(bot_at_work.given_up.result())
        err.print("vi-bot finishes what runs, and ends. Once more ends it at once.")


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
