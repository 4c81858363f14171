"""Small libraries in C that are loaded before a program's own, to make its disk slower or its power fail."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path


def available() -> bool:
    """Whether this machine can do it: Linux, and a C compiler."""
    return sys.platform == "linux" and shutil.which("cc") is not None


def compiled(source: Path, folder: Path) -> Path:
    """The shared library made of a C file; only where `available`.

    Raises:
        subprocess.CalledProcessError: it does not compile; the compiler has said why on standard error.
    """
    library = folder / f"{source.stem}.so"
    options = ["-Wall", "-Wextra", "-Werror", "-O2", "-shared", "-fPIC"]
    subprocess.run(["cc", *options, "-o", library, source, "-ldl", "-lpthread"], check=True)
    return library


def environment(library: Path, **settings: object) -> Mapping[str, str]:
    """This process's environment with the library loaded first, and its settings."""
    return {**os.environ, "LD_PRELOAD": str(library), **{name: str(value) for name, value in settings.items()}}
