"""The console script `vi-bot`: run the bot, try it, check it, look after its audit trail.

Exit codes: 0 in order; 1 something is wrong or was not done (for `audit verify`: tampered); 2 it could not be found
out, or the settings or what was typed are not right; 3, of `vi-bot run` only, there is no connection to Slack any more:
start it anew; 130 or 143 ended at once, by a second Ctrl-C or SIGTERM.
"""

import gc
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


def main() -> None:
    """The console script."""
    try:
        command = _imported(sys.argv[1:])
        command()
    except KeyboardInterrupt:  # before the command has a say in it
        sys.exit(130)


def _imported(arguments: list[str]) -> Callable[[], object]:
    """The bot itself for `vi-bot run`, without the libraries of a console; else the console with all commands.

    What is imported lives as long as the process: the garbage collector does not look at it, neither while it is being
    made nor later (see benchmarks/notes/starting.md).
    """
    gc.disable()
    try:
        if arguments == ["run"]:
            with _as_if_not_installed("rich", "pygments"):
                from bot.cli.run import run
            return run
        from bot.cli.commands import cli
    finally:
        gc.freeze()
        gc.enable()
    return cli


@contextmanager
def _as_if_not_installed(*names: str) -> Iterator[None]:
    """Libraries that httpx and structlog import where they find them, for what the bot has no use for.

    None in `sys.modules` is Python's own way of saying so: https://docs.python.org/3/reference/import.html#the-module-cache
    """
    hidden = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type] # typeshed knows modules only
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]
