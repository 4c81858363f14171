"""`python -m deploy.advisories`: asks whether anything that is shipped is known to be vulnerable.

pip-audit asks the package index of the Python project. Behind a mirror without that data it passes over every package
and ends as if all were well; so what was passed over is counted here, and only what was looked up is called sound.
"""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

_SHIPPED = Path(__file__).parent / "requirements.txt"
_SECONDS = 120


def main() -> int:
    """Print what was found; 1 where something is vulnerable, 0 where nothing is or it cannot be told."""
    sentence, code = verdict(asked())
    sys.stdout.write(f"{sentence}\n")
    return code


def asked(run: Callable[..., Any] = subprocess.run) -> dict[str, Any] | None:
    """pip-audit's report; None where it gave none."""
    with TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [sys.executable, "-m", "pip_audit", "--disable-pip", "--requirement", str(_SHIPPED)]
        try:
            command += ["--format", "json", "--output", str(report)]
            run(command, check=False, timeout=_SECONDS, capture_output=True)
            found: dict[str, Any] = json.loads(report.read_text())
        except (OSError, ValueError, subprocess.TimeoutExpired):
            return None
    return found


def verdict(report: dict[str, Any] | None) -> tuple[str, int]:
    """A sentence for people, and the exit code."""
    packages = report["dependencies"] if report else []
    told = [each for each in packages if "skip_reason" not in each]
    if not told:
        return "NOT CHECKED: advisories cannot be had here. Run `make audit` where pypi.org can be reached.", 0
    faults = [
        f"{each['name']} {each['version']}: {', '.join(fault['id'] for fault in each['vulns'])}"
        for each in told
        if each["vulns"]
    ]
    untold = f"; {len(packages) - len(told)} could not be looked up" if len(told) < len(packages) else ""
    if faults:
        return "\n".join((f"{len(faults)} of {len(told)} packages are vulnerable{untold}:", *faults)), 1
    return f"No advisory for any of {len(told)} packages{untold}.", 0


if __name__ == "__main__":
    sys.exit(main())
