import importlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import httpx
import pytest


@dataclass(frozen=True)
class Access:
    """How to get into an emulator that runs in a process of its own."""

    url: str
    secret_key: str
    organization_id: str

    def raw(self, path: str) -> Any:
        """What the API answers, as the JSON that it is."""
        headers = {"Authorization": f"Bearer {self.secret_key}", "Organization-Id": self.organization_id}
        return httpx.get(f"{self.url}/workspaces/{self.organization_id}/{path}", headers=headers).json()


@pytest.fixture
def emulator() -> Iterator[Access]:
    with subprocess.Popen(
        [sys.executable, "-m", "sandbox.vi", "--scenario", "small-team"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            yield Access(**json.loads(process.stdout.readline()))
        finally:
            process.terminate()
        rest, errors = process.communicate()
    assert (process.returncode, rest, errors) == (0, "", "")


@pytest.fixture(scope="session")
def sdk() -> ModuleType:
    with pytest.MonkeyPatch.context() as patch:
        # Merely imported, it makes a folder for its log in the home of whoever runs the tests.
        patch.setenv("VI_ENABLE_FILE", "false")
        return importlib.import_module("vi")


Connect = Callable[..., Any]


@pytest.fixture
def connect(sdk: ModuleType, emulator: Access) -> Iterator[Connect]:
    """Open the vendor's client, with the right credentials unless told otherwise."""
    quiet = importlib.import_module("vi.logging").LoggingConfig(enable_file=False)
    with ExitStack() as opened:

        def open_client(**other: str) -> Any:
            credentials = {"secret_key": emulator.secret_key, "organization_id": emulator.organization_id, **other}
            return opened.enter_context(sdk.Client(endpoint=emulator.url, logging_config=quiet, **credentials))

        yield open_client


@pytest.fixture
def client(connect: Connect) -> Any:
    return connect()
