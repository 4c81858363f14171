"""The command `vi-bot run`: what a bot at work needs is imported, and no more of the console."""

import asyncio
import os
import signal

from slack_sdk.errors import SlackApiError

import bot
from bot.app import SlackLost, SlackNotConnected, freeze_start, running
from bot.cli.ending import BY_SIGNAL, LOST, say, settings_or_stop, stop
from bot.domain.errors import BotError
from bot.logs import configure_logs
from bot.settings import Settings
from handlers.trouble import TROUBLE, name_of_trouble

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


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
        say(f"vi-bot {bot.__version__} listens to {settings.command}. Ctrl-C ends it.")
        bot_at_work.given_up.add_done_callback(lambda _sentence: stopped.set())
        await stopped.wait()
        if bot_at_work.given_up.done():
            raise SlackLost(bot_at_work.given_up.result())
        say("vi-bot finishes what runs, and ends. Once more ends it at once.")
