"""`python -m sandbox.slack`: a workspace as a process of its own.

It prints one line of JSON once it listens, and runs until it is interrupted or terminated.
"""

import argparse
import asyncio
import json
import signal
import sys

from sandbox.slack.workspace import SlackWorkspace


def main() -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.slack", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="where to listen on 127.0.0.1; 0 takes any free port")
    parser.add_argument("--manifest", default="manifest.yml", help="the app's manifest")
    parser.add_argument("--mode", choices=("socket", "http"), default="socket", help="how the app is reached")
    parser.add_argument("--request-url", help="in HTTP mode: one address for everything")
    asyncio.run(_run(parser.parse_args()))


async def _run(arguments: argparse.Namespace) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    slack = await SlackWorkspace.start(
        arguments.manifest, mode=arguments.mode, port=arguments.port, request_url=arguments.request_url
    )
    connection = {
        "url": slack.url,
        "api_url": slack.api_url,
        "bot_token": slack.bot_token,
        "app_token": slack.app_token,
        "signing_secret": slack.signing_secret,
    }
    sys.stdout.write(json.dumps(connection) + "\n")
    sys.stdout.flush()
    try:
        await stopped.wait()
    finally:
        await slack.stop()


if __name__ == "__main__":
    main()
