"""`python -m sandbox.vi --port N --scenario small-team`: a Vi organization on this machine, until it is interrupted."""

import argparse
import asyncio
import gc
import json
import signal
import sys

from sandbox import scenarios
from sandbox.vi.server import ViEmulator


async def serve(scenario: str, port: int) -> None:
    """Say on one line of JSON where the emulator listens and how to get in, then serve till SIGINT or SIGTERM."""
    interrupted = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, interrupted.set)
    async with ViEmulator.start(scenario=scenario, port=port) as vi:
        # The process does nothing else, and no request should wait while the documents are searched for garbage.
        gc.freeze()
        access = {"url": vi.url, "secret_key": vi.secret_key, "organization_id": vi.organization_id}
        sys.stdout.write(json.dumps(access) + "\n")
        sys.stdout.flush()
        await interrupted.wait()


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.vi", description="Emulate the Vi API on 127.0.0.1.")
    parser.add_argument("--port", type=int, default=0, help="where to listen; 0 takes a free port")
    parser.add_argument("--scenario", default="small-team", choices=scenarios.NAMES, help="the starting state")
    arguments = parser.parse_args()
    asyncio.run(serve(arguments.scenario, arguments.port))


if __name__ == "__main__":
    main()
