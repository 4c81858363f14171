"""Text from outside, made fit to be shown: names are data and must not act on what stands around them."""

import unicodedata

# Cc and Cf hold control characters, bidi overrides and zero-width marks; Cs lone surrogates, which no UTF-8 can
# carry; Co and Cn have no agreed look. The joiner stays: emoji and several scripts are written with it.
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_JOINERS = frozenset({"\u200c", "\u200d"})
_SPACES = frozenset({"\t", "\n", "\r", "\u2028", "\u2029"})


def shown(text: str) -> str:
    """The text on one line, without characters that a person cannot see or that turn the writing direction."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())  # as below, for nearly all ids and most names, and many times as quick
    kept = (
        " " if character in _SPACES else character
        for character in text
        if character in _SPACES or character in _JOINERS or unicodedata.category(character) not in _HIDDEN
    )
    return " ".join("".join(kept).split())


def finds(typed: str, name: str, identifier: str) -> bool:
    """Whether what was typed is a part of this name or the beginning of this id, in upper or lower case."""
    words = shown(typed).casefold()
    return words in shown(name).casefold() or identifier.casefold().startswith(words)


def cut(text: str, length: int) -> str:
    """The text, at most `length` characters long; what was cut is marked by `…`."""
    return text if len(text) <= length else text[: max(length - 1, 0)].rstrip() + "…"


def storable(text: str) -> str:
    """The text without lone surrogates, which neither UTF-8 nor RFC 8785 can carry."""
    return text.encode("utf-8", "replace").decode("utf-8")
