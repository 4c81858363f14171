"""The words in which the tables of Block Kit are written: checks of single values, and shapes of objects."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from sandbox.slack.blocks.problems import Check, Problem, pointer_to

Keys = Mapping[str, Check]
"""The keys of an object, with the check of each."""

Rule = Callable[[Mapping[str, object], str], Iterable[Problem]]
"""Judges keys of one object against each other; it is asked only when each key is sound by itself."""

_JSON_TYPES: tuple[tuple[type, str], ...] = (
    (bool, "a boolean"),
    (dict, "an object"),
    (list, "an array"),
    (str, "a string"),
    (int, "a number"),
    (float, "a number"),
)


def _json_type(value: object) -> str:
    return next((name for kind, name in _JSON_TYPES if isinstance(value, kind)), "null")


def wrong_type(value: object, pointer: str, wanted: str) -> Problem:
    """The problem of a value of the wrong JSON type."""
    return Problem(pointer, "wrong_type", f"Must be {wanted}, not {_json_type(value)}.")


def boolean(value: object, pointer: str) -> Iterator[Problem]:
    """Accepts true and false."""
    if not isinstance(value, bool):
        yield wrong_type(value, pointer, "a boolean")


def number(value: object, pointer: str) -> Iterator[Problem]:
    """Accepts any number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        yield wrong_type(value, pointer, "a number")


def integer(least: int, most: int | None = None) -> Check:
    """Accepts a whole number between two bounds, both included."""

    def check(value: object, pointer: str) -> Iterator[Problem]:
        if isinstance(value, bool) or not isinstance(value, int):
            yield wrong_type(value, pointer, "a whole number")
        elif value < least or (most is not None and value > most):
            bounds = f"at least {least}" if most is None else f"between {least} and {most}"
            yield Problem(pointer, "out_of_range", f"Must be {bounds}, is {value}.")

    return check


def string(longest: int | None = None, *, shortest: int = 1) -> Check:
    """Accepts a string of a bounded number of code points; not the empty one, unless `shortest` is 0."""

    def check(value: object, pointer: str) -> Iterator[Problem]:
        if not isinstance(value, str):
            yield wrong_type(value, pointer, "a string")
        elif len(value) < shortest:
            yield Problem(pointer, "empty_text", "Must be more than 0 characters.")
        elif longest is not None and len(value) > longest:
            sentence = f"Must be at most {longest:,} characters, has {len(value):,}."
            yield Problem(pointer, "text_too_long", sentence)

    return check


def formatted(pattern: str, meaning: str, longest: int | None = None) -> Check:
    """Accepts a string that a regular expression matches whole; `meaning` names what it stands for."""
    expression, text = re.compile(pattern, re.DOTALL), string(longest)

    def check(value: object, pointer: str) -> Iterator[Problem]:
        problems = list(text(value, pointer))
        yield from problems
        if not problems and not expression.fullmatch(str(value)):
            yield Problem(pointer, "bad_format", f"Must be {meaning}.")

    return check


def choice(*values: str | int) -> Check:
    """Accepts one of a few values."""

    def check(value: object, pointer: str) -> Iterator[Problem]:
        if not any(type(value) is type(one) and value == one for one in values):
            yield Problem(pointer, "unknown_value", f"Must be one of {', '.join(map(str, values))}.")

    return check


def array(item: Check, most: int | None = None, *, least: int = 1) -> Check:
    """Accepts an array of a bounded number of sound items; not the empty one, unless `least` is 0."""

    def check(value: object, pointer: str) -> Iterator[Problem]:
        if not isinstance(value, list):
            yield wrong_type(value, pointer, "an array")
            return
        if len(value) < least:
            yield Problem(pointer, "too_few_items", f"Must have at least {least} items, has {len(value)}.")
        if most is not None and len(value) > most:
            yield Problem(pointer, "too_many_items", f"Must have at most {most} items, has {len(value)}.")
        for index, one in enumerate(value):
            yield from item(one, pointer_to(pointer, index))

    return check


def nullable(check: Check) -> Check:
    """Accepts null too."""
    return lambda value, pointer: () if value is None else check(value, pointer)


@dataclass(frozen=True, slots=True)
class Shape:
    """An object of Block Kit: its keys, a check for each, and rules between keys.

    A key that is not named here is a problem, as is null where a value is optional (assumed: Slack's reference
    says "optional", and slack_sdk never sends null).
    """

    name: str
    required: Keys = field(default_factory=dict)
    optional: Keys = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()

    def __call__(self, value: object, pointer: str) -> Iterator[Problem]:
        """Yield what is wrong with an object of this shape."""
        if not isinstance(value, dict):
            yield wrong_type(value, pointer, "an object")
            return
        problems = list(self._key_problems(value, pointer))
        yield from problems
        if not problems:
            for rule in self.rules:
                yield from rule(value, pointer)

    def _key_problems(self, value: Mapping[str, object], pointer: str) -> Iterator[Problem]:
        for key in self.required:
            if key not in value:
                yield Problem(pointer, "missing_key", f"{self.name} needs '{key}'.")
        checks = {**self.required, **self.optional}
        for key, one in value.items():
            check = checks.get(key)
            if check is None:
                sentence = f"The sandbox knows no '{key}' of {self.name}."
                yield Problem(pointer_to(pointer, key), "unknown_key", sentence)
            else:
                yield from check(one, pointer_to(pointer, key))


@dataclass(frozen=True, slots=True)
class Typed:
    """An object whose `type` tells its shape.

    Attributes:
        kind: what the object is, for messages and codes: "block", "element", "text".
        shapes: the shapes that may stand here, by type.
        refused: types that may not stand here although Slack knows them: a code, and a sentence with `{type}`.
    """

    kind: str
    shapes: Keys
    refused: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def __call__(self, value: object, pointer: str) -> Iterator[Problem]:
        """Yield what is wrong with an object of one of these types."""
        if not isinstance(value, dict):
            yield wrong_type(value, pointer, "an object")
            return
        if "type" not in value:
            yield Problem(pointer, "missing_key", f"A {self.kind} needs 'type'.")
            return
        name = value["type"]
        if not isinstance(name, str):
            yield wrong_type(name, pointer_to(pointer, "type"), "a string")
        elif name in self.shapes:
            untyped = {key: one for key, one in value.items() if key != "type"}
            yield from self.shapes[name](untyped, pointer)
        elif name in self.refused:
            code, sentence = self.refused[name]
            yield Problem(pointer_to(pointer, "type"), code, sentence.format(type=name))
        else:
            sentence = f"Slack has no {self.kind} of type '{name}'."
            yield Problem(pointer_to(pointer, "type"), f"unknown_{self.kind}", sentence)


def exactly_one_of(*keys: str) -> Rule:
    """A rule: one of these keys is there, and only one."""

    def rule(value: Mapping[str, object], pointer: str) -> Iterator[Problem]:
        if sum(key in value for key in keys) != 1:
            yield Problem(pointer, "exactly_one_of", f"Needs exactly one of {', '.join(keys)}.")

    return rule


def at_least_one_of(*keys: str) -> Rule:
    """A rule: one of these keys is there."""

    def rule(value: Mapping[str, object], pointer: str) -> Iterator[Problem]:
        if not any(key in value for key in keys):
            yield Problem(pointer, "missing_key", f"Needs at least one of {', '.join(keys)}.")

    return rule


def not_above(low: str, high: str) -> Rule:
    """A rule: the number at one key is not above the number at another; numbers may be written as strings."""

    def rule(value: Mapping[str, object], pointer: str) -> Iterator[Problem]:
        if low in value and high in value and float(str(value[low])) > float(str(value[high])):
            yield Problem(pointer_to(pointer, low), "out_of_range", f"'{low}' must not be above '{high}'.")

    return rule
