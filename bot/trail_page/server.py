"""The page's process: Datasette behind the gate, served until it is told to stop."""

import signal
import socket
from pathlib import Path

import rich
import uvicorn

from bot.trail_page.gate import Gate
from bot.trail_page.site import trail_site

_GRACE = 3
"""Seconds that answers under way get when the page is told to stop."""


def serve(path: Path, listener: socket.socket) -> None:
    """Serve the trail in a file on a socket that listens already, until Ctrl-C or SIGTERM."""
    # Datasette prints every error, a mistyped address too, to rich's own console, with the values of all variables.
    rich.reconfigure(quiet=True)
    site = trail_site(path)
    host, port = listener.getsockname()
    gate = Gate(site, path, hosts=(f"{host}:{port}", f"localhost:{port}"))
    server = uvicorn.Server(
        uvicorn.Config(
            gate,
            access_log=False,
            lifespan="on",
            log_config=None,
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=_GRACE,
            ws="none",
        )
    )
    # When it has stopped, uvicorn sends itself the signal again; SIGTERM would then end the process as killed.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        server.run(sockets=[listener])
    except KeyboardInterrupt:
        pass
    finally:
        site.get_database("trail").close()
