"""How the values of options are read; what is not understood is said in one sentence, with exit code 2."""

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from bot.cli.ending import NOT_KNOWN, stop
from bot.domain.audit import Action, Receipt
from bot.domain.checkpoint import receipts_in
from bot.domain.moment import Moment
from bot.domain.trail_filters import ACTIONS, OUTCOMES
from bot.settings import StoreSettings
from bot.store import is_in_postgres

_Meaning = TypeVar("_Meaning")

_SEQ = re.compile(r"#?([1-9][0-9]{0,17})")
_SIZE = re.compile(r"([1-9][0-9]{0,5})(KB|MB|GB|TB)", re.IGNORECASE)
_BYTES = {"KB": 1000, "MB": 1000**2, "GB": 1000**3, "TB": 1000**4}
_SPAN = re.compile(r"([1-9][0-9]{0,4})([hdw])", re.IGNORECASE)
_UNITS = {"h": "hours", "d": "days", "w": "weeks"}

StoreOption = Annotated[
    str, typer.Option("--store", help="The store: a path or an address; else VI_BOT_STORE or vi-bot.toml.")
]


def store_named(given: str) -> str:
    """The store: as given, or as the settings have it."""
    return given or StoreSettings().store


def store_file(given: str, instead: str) -> Path:
    """The store's file; where the store is in PostgreSQL, the command ends and says what is used `instead`."""
    store = store_named(given)
    if is_in_postgres(store):
        stop(f"This is for a store in a file, and the store is in PostgreSQL. {instead}", code=NOT_KNOWN)
    return Path(store.removeprefix("sqlite:///"))


def _entry_number(text: str) -> int:
    if found := _SEQ.fullmatch(text):
        return int(found[1])
    raise typer.BadParameter(f"“{text}” is not the number of an entry, such as 12.")


def _moment(text: str) -> Moment:
    try:
        return Moment(text.lower())
    except ValueError:
        raise typer.BadParameter(
            f"“{text}” is neither a span such as 30m, 12h, 7d or 4w, nor a day such as 2026-11-01."
        ) from None


def _receipt(text: str) -> Receipt:
    match list(receipts_in(text)):
        case [receipt]:
            return receipt
        case _:
            raise typer.BadParameter(f"“{text}” is not a receipt, such as '#12 · 3f9a0c2b7d1e4a55'.")


def _size(text: str) -> int:
    if found := _SIZE.fullmatch(text):
        return int(found[1]) * _BYTES[found[2].upper()]
    raise typer.BadParameter(f"“{text}” is not a size such as 500MB or 1GB.")


def _span(text: str) -> timedelta:
    if found := _SPAN.fullmatch(text):
        return timedelta(**{_UNITS[found[2].lower()]: int(found[1])})
    raise typer.BadParameter(f"“{text}” is not a span such as 12h, 365d or 52w.")


def _one_of(meanings: Mapping[str, _Meaning], known: str) -> Callable[[str], _Meaning]:
    def read(text: str) -> _Meaning:
        if text.lower() in meanings:
            return meanings[text.lower()]
        raise typer.BadParameter(f"“{text}” is none of {known}.")

    return read


# Both as a person calls an action and as the trail does.
_ACTIONS = {**ACTIONS, **{action.value: action for action in Action}}

EntryNumber = typer.Argument(parser=_entry_number, metavar="SEQ", help="An entry's number.")
FromOption = typer.Option("--from", parser=_entry_number, metavar="SEQ", help="The first entry's number.")
ToOption = typer.Option("--to", parser=_entry_number, metavar="SEQ", help="The last entry's number.")
SinceOption = typer.Option(parser=_moment, metavar="7d|DAY", help="From then on: so long ago, or a day by UTC.")
UntilOption = typer.Option(parser=_moment, metavar="7d|DAY", help="Up to then; a day is included whole.")
AfterOption = typer.Option(parser=_receipt, metavar="RECEIPT", help="Verify only what follows this receipt.")
LargerOption = typer.Option("--larger-than", parser=_size, metavar="1GB", help="Only if the file is larger.")
OlderOption = typer.Option("--older-than", parser=_span, metavar="365d", help="Only if its first entry is older.")
OutcomeOption = typer.Option(parser=_one_of(OUTCOMES, ", ".join(OUTCOMES)), metavar="|".join(OUTCOMES))
ActionOption = typer.Option(parser=_one_of(_ACTIONS, ", ".join(ACTIONS)), metavar="ACTION", help=", ".join(ACTIONS))
