"""A page to look at the audit trail: Datasette over the live database, on this machine only, and read-only.

Four walls stand between the page and anything but the trail, each enough by itself: `gate` answers a short list of
addresses; Datasette is not allowed to run SQL that a person sends; `database` lets SQLite read the tables of the
trail and nothing else; and the file is opened with `mode=ro`.

Datasette and its plugin are the optional extra `web`; nothing here imports them before the page is served.
"""

import socket
import sys
import webbrowser
from importlib.util import find_spec
from pathlib import Path

from bot.domain.errors import BotError, StoreUnavailable
from bot.store.connection import reading
from bot.store.driver import sqlite3
from bot.store.failures import unavailable
from bot.store.schema import is_store

_ADDRESS = "127.0.0.1"
_NEEDED = ("datasette", "datasette_dashboards", "uvicorn")


class PageUnavailable(BotError):
    """The page cannot be served: its libraries or its port are missing."""

    code = "page_unavailable"


def serve_trail(path: Path, *, port: int = 8001, open_browser: bool = False) -> None:
    """Serve the trail in a file at http://127.0.0.1:`port`/ until Ctrl-C or SIGTERM. The bot may be running.

    Args:
        path: the store's file.
        port: 0 takes any free one; the address is written to stderr.
        open_browser: show the page in the person's browser.

    Raises:
        PageUnavailable: the extra `web` is not installed, or the port is taken.
        StoreUnavailable: the file cannot be read, or is no store of the bot's.
    """
    if missing := [name for name in _NEEDED if find_spec(name) is None]:
        raise PageUnavailable(
            f"The page needs libraries that are not installed: {', '.join(missing)}.",
            "Install them: pip install 'vi-ops-bot[web]'.",
        )
    _check(path)
    try:
        listener = socket.create_server((_ADDRESS, port))
    except OSError as error:
        raise PageUnavailable(
            f"Port {port} of {_ADDRESS} cannot be had: {error.strerror}.",
            "Is the page open already? Else choose another port with --port.",
        ) from error
    from bot.trail_page.server import serve

    with listener:
        address = f"http://{_ADDRESS}:{listener.getsockname()[1]}/"
        sys.stderr.write(f"The audit trail in {path} is shown at {address} Ctrl-C ends it.\n")
        sys.stderr.flush()
        if open_browser:
            webbrowser.open(address)
        serve(path, listener)


def _check(path: Path) -> None:
    try:
        with reading(path) as database:
            holds_trail = is_store(database.connection)
    except sqlite3.Error as error:
        raise unavailable(error, f"The database {path}") from error
    if not holds_trail:
        raise StoreUnavailable(f"The database {path} holds no audit trail.", "Check that the path is the right one.")
