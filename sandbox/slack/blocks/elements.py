"""Block elements, one description each, and which of them may stand in which block."""

from collections.abc import Iterable, Mapping

from sandbox.slack.blocks import limits
from sandbox.slack.blocks.checks import (
    Keys,
    Shape,
    Typed,
    array,
    boolean,
    choice,
    exactly_one_of,
    formatted,
    integer,
    not_above,
    string,
)
from sandbox.slack.blocks.objects import (
    ANY_URL,
    CHOICE_OPTION,
    CONFIRM,
    CONVERSATION_FILTER,
    DISPATCH_ACTION_CONFIG,
    MENU_OPTION,
    OPTION_GROUP,
    OVERFLOW_OPTION,
    SLACK_FILE,
    WEB_URL,
    is_offered,
    plain_text,
)

_DATE = formatted(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", "a date as YYYY-MM-DD")
_TIME = formatted(r"([01]\d|2[0-3]):[0-5]\d", "a time as HH:mm")
_DECIMAL = formatted(r"-?\d+(\.\d+)?", "a number, written as a string")
_LAST_TIMESTAMP = 9_999_999_999  # ten digits of Unix time in seconds

# Slack makes an action_id of its own where none is given, so it is optional everywhere.
_ACTION: Keys = {"action_id": string(limits.ACTION_ID)}
_CONFIRMED: Keys = {**_ACTION, "confirm": CONFIRM}
_CHOICE: Keys = {**_CONFIRMED, "focus_on_load": boolean}
_MENU: Keys = {**_CHOICE, "placeholder": plain_text(limits.PLACEHOLDER)}
_MULTI: Keys = {**_MENU, "max_selected_items": integer(1)}
_TYPING: Keys = {
    **_ACTION,
    "focus_on_load": boolean,
    "placeholder": plain_text(limits.PLACEHOLDER),
    "dispatch_action_config": DISPATCH_ACTION_CONFIG,
    "initial_value": string(shortest=0),
}
_STATIC: Keys = {
    "options": array(MENU_OPTION, limits.OPTIONS),
    "option_groups": array(OPTION_GROUP, limits.OPTION_GROUPS),
}
_CONVERSATION: Keys = {"default_to_current_conversation": boolean, "filter": CONVERSATION_FILTER}
_QUERY: Keys = {"min_query_length": integer(0)}
_RESPONSE_URL: Keys = {"response_url_enabled": boolean}


def _by_name(*shapes: Shape) -> dict[str, Shape]:
    return {shape.name: shape for shape in shapes}


IMAGE = Shape(
    "image",
    {"alt_text": string(limits.IMAGE_ALT_TEXT)},
    {"image_url": formatted(WEB_URL, "an http(s) URL", limits.IMAGE_URL), "slack_file": SLACK_FILE},
    (exactly_one_of("image_url", "slack_file"),),
)

BUTTON = Shape(
    "button",
    {"text": plain_text(limits.BUTTON_TEXT)},
    {
        **_CONFIRMED,
        "value": string(limits.BUTTON_VALUE),
        "url": formatted(ANY_URL, "a URL", limits.BUTTON_URL),
        "style": choice("primary", "danger"),
        "accessibility_label": string(limits.ACCESSIBILITY_LABEL),
    },
)

OVERFLOW = Shape("overflow", {"options": array(OVERFLOW_OPTION, limits.OVERFLOW_OPTIONS)}, _CONFIRMED)

CHOICES = _by_name(
    Shape(
        "checkboxes",
        {"options": array(CHOICE_OPTION, limits.CHOICES)},
        {**_CHOICE, "initial_options": array(CHOICE_OPTION, limits.CHOICES)},
        (is_offered("initial_options"),),
    ),
    Shape(
        "radio_buttons",
        {"options": array(CHOICE_OPTION, limits.CHOICES)},
        {**_CHOICE, "initial_option": CHOICE_OPTION},
        (is_offered("initial_option"),),
    ),
)

PICKERS = _by_name(
    Shape("datepicker", optional={**_MENU, "initial_date": _DATE}),
    Shape("timepicker", optional={**_MENU, "initial_time": _TIME, "timezone": string()}),
)
DATETIME_PICKER = Shape("datetimepicker", optional={**_CHOICE, "initial_date_time": integer(0, _LAST_TIMESTAMP)})

MENUS = _by_name(
    Shape(
        "static_select",
        optional={**_MENU, **_STATIC, "initial_option": MENU_OPTION},
        rules=(exactly_one_of("options", "option_groups"), is_offered("initial_option")),
    ),
    Shape("external_select", optional={**_MENU, **_QUERY, "initial_option": MENU_OPTION}),
    Shape("users_select", optional={**_MENU, "initial_user": string()}),
    Shape(
        "conversations_select",
        optional={**_MENU, **_CONVERSATION, **_RESPONSE_URL, "initial_conversation": string()},
    ),
    Shape("channels_select", optional={**_MENU, **_RESPONSE_URL, "initial_channel": string()}),
    Shape(
        "multi_static_select",
        optional={**_MULTI, **_STATIC, "initial_options": array(MENU_OPTION, limits.OPTIONS)},
        rules=(exactly_one_of("options", "option_groups"), is_offered("initial_options")),
    ),
    Shape(
        "multi_external_select",
        optional={**_MULTI, **_QUERY, "initial_options": array(MENU_OPTION, limits.OPTIONS)},
    ),
    Shape("multi_users_select", optional={**_MULTI, "initial_users": array(string())}),
    Shape(
        "multi_conversations_select",
        optional={**_MULTI, **_CONVERSATION, "initial_conversations": array(string())},
    ),
    Shape("multi_channels_select", optional={**_MULTI, "initial_channels": array(string())}),
)

TEXT_INPUTS = _by_name(
    Shape(
        "plain_text_input",
        optional={
            **_TYPING,
            "multiline": boolean,
            "min_length": integer(0, limits.PLAIN_TEXT_INPUT_LENGTH),
            "max_length": integer(1, limits.PLAIN_TEXT_INPUT_LENGTH),
        },
        rules=(not_above("min_length", "max_length"),),
    ),
    Shape("email_text_input", optional=_TYPING),
    Shape("url_text_input", optional=_TYPING),
    Shape(
        "number_input",
        {"is_decimal_allowed": boolean},
        {**_TYPING, "initial_value": _DECIMAL, "min_value": _DECIMAL, "max_value": _DECIMAL},
        (not_above("min_value", "max_value"),),
    ),
)

UNSUPPORTED_ELEMENTS = (
    "feedback_buttons",
    "file_input",
    "icon_button",
    "rich_text_input",
    "url",
    "workflow_button",
)
"""Elements that Slack has and the sandbox does not."""

_IN_SECTION = {"image": IMAGE, "button": BUTTON, "overflow": OVERFLOW, **CHOICES, **PICKERS, **MENUS}
_IN_ACTIONS = {
    "button": BUTTON,
    "overflow": OVERFLOW,
    **CHOICES,
    **PICKERS,
    "datetimepicker": DATETIME_PICKER,
    **MENUS,
}
_IN_INPUT = {**TEXT_INPUTS, **CHOICES, **PICKERS, "datetimepicker": DATETIME_PICKER, **MENUS}

ELEMENTS: Mapping[str, Shape] = {**_IN_SECTION, **_IN_ACTIONS, **_IN_INPUT}
"""All elements that the sandbox knows, by type."""


def element_of(block: str, allowed: Keys, elsewhere: Iterable[str] = tuple(ELEMENTS)) -> Typed:
    """An element that may stand in a block of this type."""
    refused = {
        **dict.fromkeys(elsewhere, ("element_not_allowed", f"A block of type {block} cannot hold '{{type}}'.")),
        **dict.fromkeys(
            UNSUPPORTED_ELEMENTS, ("unsupported_element", "The sandbox does not know the element '{type}'.")
        ),
    }
    return Typed("element", allowed, refused)


SECTION_ACCESSORY = element_of("section", _IN_SECTION)
ACTIONS_ELEMENT = element_of("actions", _IN_ACTIONS)
INPUT_ELEMENT = element_of("input", _IN_INPUT)
