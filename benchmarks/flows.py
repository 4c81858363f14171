"""Workflows as Vi sends them, some 4 KB each, for whoever lists many of them.

As an organization's are: most settings of most blocks are those that the block came with, some were tuned.
"""

import random
from typing import Any

PROJECTS = 40
_STEPS = 11
_WORDS = (
    "defect",
    "weld",
    "seam",
    "scratch",
    "dent",
    "crack",
    "label",
    "bottle",
    "cap",
    "forklift",
    "pallet",
    "helmet",
    "lane",
    "pothole",
    "bridge",
    "roof",
    "leaf",
    "apple",
    "night",
    "day",
    "shift",
    "camera",
    "line",
    "batch",
    "review",
    "draft",
    "final",
)


def flow(number: int, *, seed: int = 0) -> dict[str, Any]:
    """The workflow with this number; the same for the same seed."""
    chance = random.Random(f"{seed}/{number}")
    created = 1_700_000_000_000 - 60_000 * number
    return {
        "kind": "Flow",
        "workspaceId": "org_benchmark",
        "flowId": id_of(number),
        "spec": {
            "name": name_of(number),
            "schema": "v1",
            "trainingProject": f"project_{number % PROJECTS}",
            "tolerations": {},
            "settings": {"systemPrompt": " ".join(chance.choices(_WORDS, k=60))},
            "blocks": [_block(chance, step) for step in range(_STEPS)],
        },
        "metadata": {
            "timeCreated": created,
            "lastUpdated": created + chance.randrange(10**9),
            "generation": chance.randrange(20),
            "attributes": {"team": chance.choice(_WORDS), "ticket": f"{chance.getrandbits(64):x}"},
        },
        "selfLink": f"/workspaces/org_benchmark/flows/{id_of(number)}",
        "etag": f"{chance.getrandbits(128):032x}",
    }


def id_of(number: int) -> str:
    """A workflow's id; neighbours share no beginning."""
    return f"{number * 2_654_435_761 % 2**32:08x}-4b1d-4c6e-9f3a-{number:012x}"


def name_of(number: int) -> str:
    """A workflow's name."""
    words = f"{_WORDS[number % 21]} {_WORDS[number // 21 % 21]}"
    return f"{words.capitalize()} {number}, line {number % 7}"


def _block(chance: random.Random, step: int) -> dict[str, Any]:
    given = random.Random(step)
    return {
        "block": f"{given.choice(_WORDS)}-{given.choice(_WORDS)}-{step}",
        "settings": {
            "rate": chance.choice((0.1, 0.01, 0.001, 0.0003)),
            "epochs": chance.choice((10, 50, 100, 200)),
            "notes": " ".join(given.choices(_WORDS, k=12)),
            "classes": given.choices(_WORDS, k=6),
        },
        "style": {"x": 20 * chance.randrange(50), "y": 120 * step},
    }
