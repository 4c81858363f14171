"""Composition objects: the parts from which blocks and elements are made."""

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.slack.blocks import limits
from sandbox.slack.blocks.checks import (
    Rule,
    Shape,
    Typed,
    array,
    at_least_one_of,
    boolean,
    choice,
    exactly_one_of,
    formatted,
    string,
)
from sandbox.slack.blocks.problems import Check, Problem, pointer_to

WEB_URL = r"https?://\S+"
ANY_URL = r"[A-Za-z][A-Za-z0-9+.-]*:\S+"


def text_shapes(longest: int) -> dict[str, Shape]:
    """The two text objects, by type; their text has at most so many characters."""
    return {
        "plain_text": Shape("plain_text", {"text": string(longest)}, {"emoji": boolean}),
        "mrkdwn": Shape("mrkdwn", {"text": string(longest)}, {"verbatim": boolean}),
    }


def text(longest: int) -> Check:
    """A text object, plain_text or mrkdwn."""
    return Typed("text", text_shapes(longest))


def plain_text(longest: int) -> Check:
    """A text object that must be plain_text: titles, labels, buttons, placeholders, options of menus."""
    refused = {"mrkdwn": ("plain_text_required", "Only plain_text may stand here, not {type}.")}
    return Typed("text", {"plain_text": text_shapes(longest)["plain_text"]}, refused)


CONFIRM = Shape(
    "confirm",
    {
        "title": plain_text(limits.CONFIRM_TITLE),
        # The newest reference page wants plain_text; older samples show mrkdwn. Assumed: plain_text only.
        "text": plain_text(limits.CONFIRM_TEXT),
        "confirm": plain_text(limits.CONFIRM_BUTTON),
        "deny": plain_text(limits.CONFIRM_BUTTON),
    },
    {"style": choice("primary", "danger")},
)

MENU_OPTION = Shape(
    "option",
    {"text": plain_text(limits.OPTION_TEXT), "value": string(limits.OPTION_VALUE)},
    {"description": plain_text(limits.OPTION_DESCRIPTION)},
)

OVERFLOW_OPTION = Shape(
    "option",
    MENU_OPTION.required,
    {**MENU_OPTION.optional, "url": formatted(ANY_URL, "a URL", limits.OPTION_URL)},
)

CHOICE_OPTION = Shape(
    "option",
    {"text": text(limits.OPTION_TEXT), "value": string(limits.OPTION_VALUE)},
    {"description": text(limits.OPTION_DESCRIPTION)},
)

OPTION_GROUP = Shape(
    "option group",
    {"label": plain_text(limits.OPTION_GROUP_LABEL), "options": array(MENU_OPTION, limits.OPTIONS)},
)

DISPATCH_ACTION_CONFIG = Shape(
    "dispatch_action_config",
    {"trigger_actions_on": array(choice("on_enter_pressed", "on_character_entered"), 2)},
)

CONVERSATION_FILTER = Shape(
    "filter",
    optional={
        "include": array(choice("im", "mpim", "private", "public")),
        "exclude_external_shared_channels": boolean,
        "exclude_bot_users": boolean,
    },
    rules=(at_least_one_of("include", "exclude_external_shared_channels", "exclude_bot_users"),),
)

SLACK_FILE = Shape(
    "slack_file",
    optional={"id": string(), "url": formatted(WEB_URL, "a URL")},
    rules=(exactly_one_of("id", "url"),),
)


def offered_options(element: Mapping[str, Any]) -> list[Any]:
    """The options written into an element in order, those of groups included."""
    groups = element.get("option_groups") or [element]
    return [option for group in groups for option in group.get("options") or ()]


def is_offered(key: str) -> Rule:
    """A rule: what is chosen at first is among the options ("exactly matches one of the options")."""

    def rule(value: Mapping[str, object], pointer: str) -> Iterator[Problem]:
        initial = value.get(key)
        chosen = initial if isinstance(initial, list) else [initial] if key in value else []
        if any(one not in offered_options(value) for one in chosen):
            sentence = f"'{key}' must exactly match one of the options."
            yield Problem(pointer_to(pointer, key), "option_not_offered", sentence)

    return rule
