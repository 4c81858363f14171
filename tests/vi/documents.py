"""Answers and documents as Vi sends them, to be bent by a test."""

import json
from typing import Any

import httpx

from bot.vi.calls import Answer

TRACE = "105445aa7843bc8bf206b12000100000"


def answer(document: Any, status: int = 200, **headers: str) -> Answer:
    """What arrives when the platform sends this; bytes are sent as they are."""
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, httpx.Headers({"x-cloud-trace-context": f"{TRACE}/1;o=1", **names}), body)


def flow(**changes: Any) -> dict[str, Any]:
    """A workflow, with these members in place of its own."""
    return {
        "kind": "Flow",
        "workspaceId": "org_1",
        "flowId": "flow_1",
        "spec": {
            "name": "Potholes",
            "schema": "v1",
            "trainingProject": "project_1",
            "tolerations": {},
            "settings": {},
            "blocks": [],
        },
        "metadata": {
            "timeCreated": 1_700_000_000_000,
            "lastUpdated": 1_700_000_001_500,
            "generation": 3,
            "attributes": {"team": "roads"},
        },
        "selfLink": "/workspaces/org_1/flows/flow_1",
        "etag": "e3",
        **changes,
    }


def run(*, killed_at: Any = None, conditions: Any = (), **changes: Any) -> dict[str, Any]:
    """A run of that workflow; each condition is a name, a status and when it was reached."""
    return {
        "kind": "Run",
        "runId": "run_1",
        "spec": {"flow": flow()["spec"], "killedAt": killed_at, "trainingProject": "project_1"},
        "status": {
            "log": "",
            "observedGeneration": 1,
            "conditions": [
                {"condition": name, "status": status, "lastTransitionTime": when} for name, status, when in conditions
            ],
        },
        "metadata": {"timeCreated": 1_000, "lastUpdated": 2_000, "generation": 1, "attributes": {}},
        **changes,
    }
