"""JSON documents: one canonical text for each, and where two of them differ."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any


def canonical(document: Any) -> str:
    """The one text of a JSON document: sorted names, no spaces, ASCII only.

    Not RFC 8785, on purpose: that form has no whole numbers above 2^53 and writes 1.0 as 1, and a snapshot must
    bring back exactly what the platform sent.

    Raises:
        ValueError: the document holds a number that JSON cannot carry (infinity, NaN).
    """
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def digest(text: str) -> str:
    """SHA-256 of the text's UTF-8 bytes, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def differences(left: Any, right: Any) -> tuple[str, ...]:
    """JSON pointers (RFC 6901) of every place where two documents differ, unknown members included.

    JSON has one kind of number, so 1 and 1.0 are equal; 1, true and "1" are not.
    """
    return tuple(_differences(left, right, ""))


def _differences(left: Any, right: Any, pointer: str) -> Iterator[str]:
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        for name in sorted(left.keys() | right.keys()):
            place = f"{pointer}/{_escaped(name)}"
            if name in left and name in right:
                yield from _differences(left[name], right[name], place)
            else:
                yield place
    elif _is_array(left) and _is_array(right):
        if len(left) != len(right):
            yield pointer
            return
        for index, (one, other) in enumerate(zip(left, right, strict=True)):
            yield from _differences(one, other, f"{pointer}/{index}")
    elif left != right or _kind(left) is not _kind(right):
        yield pointer


def _kind(value: Any) -> type:
    return float if type(value) is int else type(value)


def _is_array(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
