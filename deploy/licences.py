"""`python -m deploy.licences`: writes docs/licences.md from the metadata of what is installed."""

import re
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "licences.md"
SHIPPED, ALL = ROOT / "deploy" / "requirements.txt", ROOT / "requirements.lock"

_PIN = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)(.*?)\\?$", re.MULTILINE)
_CLASSIFIER = "License :: "
# These give the text of their licence instead of its name; it was read, and is this one.
_READ = {"httpx-aiohttp": "BSD-3-Clause"}
_LONGEST = 60  # characters; some packages put the whole text of their licence where its name belongs
_HEAD = """\
# Licences

Of every package in `requirements.lock`, by its own metadata. Made by `make licences`.
"""


def pinned(lock: Path) -> dict[str, bool]:
    """The names in a lock, and whether each is installed on every platform and Python version."""
    return {name: ";" not in rest for name, _, rest in _PIN.findall(lock.read_text())}


def page() -> str:
    """The page: what is in the image, then what only development and the extra `web` need."""
    shipped = pinned(SHIPPED)
    others = [name for name in pinned(ALL) if name not in shipped]
    return "\n".join((_HEAD, *_table("In the image", shipped), "", *_table("Not in the image", others), ""))


def _table(heading: str, names: "dict[str, bool] | list[str]") -> Iterator[str]:
    yield f"## {heading}"
    yield ""
    yield "| package | licence |"
    yield "|---|---|"
    for name in sorted(names):
        try:
            yield f"| {name} | {licence_of(distribution(name))} |"
        except PackageNotFoundError:  # not for this platform or this version of Python
            continue


def licence_of(package: Distribution) -> str:
    """What a package says of its licence: the SPDX expression, else the classifiers, else its words."""
    metadata = package.metadata
    if expression := metadata.get_all("License-Expression"):
        return str(expression[0])
    classifiers = [each for each in metadata.get_all("Classifier", []) if each.startswith(_CLASSIFIER)]
    named = [each.rpartition(" :: ")[2] for each in classifiers]
    words = str((metadata.get_all("License") or [""])[0]).strip().partition("\n")[0]
    return (
        ", ".join(named)
        or _READ.get(package.name)
        or (words if words and len(words) <= _LONGEST else "see the package")
    )


if __name__ == "__main__":
    PAGE.write_text(page())
