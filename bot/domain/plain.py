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
    return (_ENCODER.encode(value) if is_plain(value) else rfc8785.dumps(value)).decode()


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
        return all(type(name) is str and name.isascii() and is_plain(member) for name, member in value.items())
    return kind in (list, tuple) and all(map(is_plain, value))
