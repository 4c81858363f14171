"""The page as a process of its own, as `vi-bot audit serve` starts it."""

import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def served(path: Path, *options: str, environment: Mapping[str, str] | None = None) -> Iterator[str]:
    """The page's address; ends it as Ctrl-C does, and sees to it that it ended well."""
    command = [sys.executable, "-m", "bot", "audit", "serve", "--store", str(path), "--port", "0", *options]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stderr is not None
        try:
            said = process.stderr.readline()
            assert "Ctrl-C ends it." in said, said + process.stderr.read()
            yield said.partition(" is shown at ")[2].split()[0]
        finally:
            process.send_signal(signal.SIGINT)
            rest = process.communicate(timeout=30)
        assert (process.returncode, *rest) == (0, "", "")
