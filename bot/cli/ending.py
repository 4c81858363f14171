"""How a command ends: its exit code, and the sentence on standard error that says why."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from bot.domain.errors import BotError
from bot.settings import Settings, SettingsFault, load_settings

WRONG = 1
"""Exit code: something is wrong, or was not done."""

NOT_KNOWN = 2
"""Exit code: it could not be found out, or what was given is not right."""

LOST = 3
"""Exit code: there is no connection to Slack; another start may do better."""

BY_SIGNAL = 128
"""Exit code, plus the signal's number: ended at once by a second signal, as a shell would tell it."""


def say(sentence: str) -> None:
    """Write a line for people to standard error."""
    sys.stderr.write(f"{sentence}\n")
    sys.stderr.flush()


def stop(sentence: str, *, code: int = WRONG) -> NoReturn:
    """End the command with a sentence on standard error."""
    say(sentence)
    raise SystemExit(code)


@contextmanager
def stopping(code: int) -> Iterator[None]:
    """End the command with the sentence of a `BotError`, where one comes up."""
    try:
        yield
    except BotError as error:
        stop(f"{error.sentence} {error.advice}".rstrip(), code=code)


def settings_or_stop() -> Settings:
    """Every setting; where some are not right, the command ends with a sentence for each."""
    try:
        return load_settings()
    except SettingsFault as error:
        lines = "\n".join(f"- {fault}" for fault in error.faults)
        stop(f"The settings are not right:\n{lines}", code=NOT_KNOWN)
