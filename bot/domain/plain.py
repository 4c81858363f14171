"""Plain JSON: values whose canonical text (RFC 8785) is the same as what a fast encoder writes."""

from typing import Any

import msgspec
import rfc8785

from bot.domain.text import storable

_ENCODER = msgspec.json.Encoder(order="sorted")
_MOST = 2**53 - 1


def canonical_json(value: Any) -> str:
    """The canonical text of a value, as RFC 8785 has it.

    Raises:
        rfc8785.CanonicalizationError: it has none.
    """
    text = plain_json(value)
    return rfc8785.dumps(value).decode() if text is None else text


def plain_json(value: Any) -> str | None:
    """The canonical text of a plain value; None where it is not plain."""
    return _ENCODER.encode(value).decode() if is_plain(value) else None


def is_plain(value: Any) -> bool:
    """Whether a value has only text, truth values, null, whole numbers up to 2^53 - 1, and ASCII names.

    Of such a value there is nothing on which RFC 8785 and a sorted, compact encoder differ: they do so on
    fractions, on larger numbers, and on the order of names beyond the 16-bit characters.
    """
    kind = type(value)
    if kind is str:
        return bool(value.isascii() or storable(value) == value)
    if kind is bool or value is None:
        return True
    if kind is int:
        return bool(-_MOST <= value <= _MOST)
    if kind is dict:
        return _has_plain_members(value)
    return kind in (list, tuple) and all(map(is_plain, value))


def _has_plain_members(value: dict[Any, Any]) -> bool:
    for name, member in value.items():  # not `all`: a generator for each object costs more than the look
        if type(name) is not str or not name.isascii():
            return False
        if not (type(member) is str and member.isascii()) and not is_plain(member):
            return False
    return True
