"""The files of `deploy`, read."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
MANIFESTS = sorted((DEPLOY / "kubernetes").glob("*.yaml"))
UNIT = DEPLOY / "systemd" / "vi-bot.service"


def compose() -> Any:
    return yaml.safe_load((DEPLOY / "compose" / "compose.yml").read_text())


def documents() -> list[dict[str, Any]]:
    """Every object of the Kubernetes manifests."""
    return [each for path in MANIFESTS for each in yaml.safe_load_all(path.read_text())]


def document(kind: str, name: str = "vi-bot") -> dict[str, Any]:
    (found,) = (each for each in documents() if (each["kind"], each["metadata"]["name"]) == (kind, name))
    return found


def pod(kind: str, name: str = "vi-bot") -> dict[str, Any]:
    """The specification of the pods that a Deployment or Job makes."""
    specification: dict[str, Any] = document(kind, name)["spec"]["template"]["spec"]
    return specification


def unit() -> Mapping[str, list[str]]:
    """The directives of the unit, each with its values in order."""
    found: dict[str, list[str]] = {}
    for line in UNIT.read_text().splitlines():
        name, separator, value = line.partition("=")
        if separator and not line.startswith("#"):
            found.setdefault(name, []).append(value)
    return found


def instructions() -> Iterator[tuple[str, str]]:
    """The Dockerfile's instructions, each with the rest of its line and of the lines that go on."""
    text = "\n".join(line for line in (DEPLOY / "Dockerfile").read_text().splitlines() if not line.startswith("#"))
    for line in text.replace("\\\n", " ").splitlines():
        if line.strip():
            name, _, rest = line.partition(" ")
            yield name, " ".join(rest.split())
