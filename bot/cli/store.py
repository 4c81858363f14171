"""The commands `vi-bot store …`: a database is prepared for the bot, and a store moves into it."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.console import out, progress
from bot.cli.ending import NOT_KNOWN, WRONG, stop, stopping
from bot.domain.errors import StoreUnavailable
from bot.store import is_in_postgres, open_spool, require_postgres

commands = typer.Typer(help="Prepare a database in PostgreSQL, and move a store into it.", no_args_is_help=True)


@commands.command()
def migrate(
    url: Annotated[
        str,
        typer.Argument(
            envvar="VI_BOT_STORE_OWNER",
            metavar="[URL]",
            help="The database, for the role that owns the tables: postgresql://owner@host/database.",
            show_default=False,
        ),
    ] = "",
    *,
    role: Annotated[str, typer.Option(metavar="NAME", help="The role that the bot connects as; it must exist.")],
) -> None:
    """Make or update the bot's tables, and give the bot's role its rights. Can be run again at any time."""
    if not url:
        stop("Which database? Name it, or set VI_BOT_STORE_OWNER to its address for the owner.", code=NOT_KNOWN)
    _require_address(url)
    with stopping(WRONG):
        require_postgres()
        from bot.store.postgres.migrating import migrate_database
        from bot.store.postgres.migrations import VERSION

        done = asyncio.run(migrate_database(url, role))
    if done:
        out.print(f"Tables brought to version {VERSION}: migration {', '.join(map(str, done))} done.")
    else:
        out.print(f"The tables have version {VERSION} already.")
    out.print(f"The role “{role}” has the rights of the bot: it adds to the trail, and cannot change it.")


@commands.command()
def copy(
    file: Annotated[Path, typer.Argument(metavar="SQLITE", help="The store's file. Stop the bot first.")],
    url: Annotated[
        str, typer.Argument(metavar="POSTGRES", help="An empty, migrated database: postgresql://role@host/database.")
    ],
) -> None:
    """Move a store from a file into PostgreSQL: trail, questions, snapshots, locks. All of it, or nothing."""
    _require_address(url)
    with stopping(WRONG):
        require_postgres()
        _require_nothing_waits(file)
        from bot.store.postgres.copying import copy_store
        from bot.store.postgres.session import address_of

        with progress("Copying") as report:
            copied = copy_store(file, url, progress=report)
        address = address_of(url)
    for name, rows in copied.rows.items():
        out.print(f"{name:<14}{rows:>9,}")
    out.print(f"{address}: every row is the same, and the trail is sound up to {copied.head}.")
    out.print(f"Set VI_BOT_STORE to the database, and put {file} aside: a bot that ran on it again would write")
    out.print("a second trail.")


def _require_address(url: str) -> None:
    if not is_in_postgres(url):
        stop("The database is named by an address that begins with postgresql://", code=NOT_KNOWN)


def _require_nothing_waits(file: Path) -> None:
    spool = open_spool(str(file))
    if spool is not None and (waiting := asyncio.run(spool.entries())):
        raise StoreUnavailable(
            f"{len(waiting)} entries wait beside {file} to be brought into the trail.",
            "Start the bot once on the file, which brings them in, then stop it and copy again.",
        )
