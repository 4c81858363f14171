"""What a person can enter into each kind of field, and how Slack writes it down."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time
from typing import Any

from sandbox.slack.blocks.limits import PLAIN_TEXT_INPUT_LENGTH
from sandbox.slack.blocks.objects import offered_options
from sandbox.slack.directory import Directory
from sandbox.slack.driver.controls import main_name, option_named
from sandbox.slack.driver.errors import CannotDoError
from sandbox.slack.elements import VALUE_SHAPES, Element

Options = list[dict[str, Any]]
Enter = Callable[[Directory, Element, Any, Options], Any]

EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
WEB_ADDRESS = re.compile(r"https?://\S+")


def entered_value(directory: Directory, element: Element, value: Any, searched: Options) -> dict[str, Any]:
    """Return what `state.values` holds after a person has entered `value`.

    Args:
        directory: Who and what can be picked.
        element: The field.
        value: A text, the text of an option, several of these, True or False for a single box, a person's or channel's
            name, or a date; None or an empty text empties the field.
        searched: What the app last offered, in an external select.

    Raises:
        CannotDoError: The field does not take this.
    """
    shape = VALUE_SHAPES[element.type]
    entered = shape.nothing if value in (None, "") else _ENTER[element.type](directory, element, value, searched)
    return {"type": element.type, shape.key: entered}


def require_submittable(element: Element, entry: Mapping[str, Any]) -> None:
    """Check one field as the client does when Submit is pressed.

    Raises:
        CannotDoError: It is required and empty, or its text is too short.
    """
    value = entry[VALUE_SHAPES[element.type].key]
    if not value and not element.block.get("optional"):
        raise CannotDoError(f"{main_name(element)!r} must be filled in before the modal can be submitted.")
    least = element.json.get("min_length", 0)
    if isinstance(value, str) and len(value) < least:
        raise CannotDoError(f"{main_name(element)!r} asks for at least {least} characters.")


def _text(_: Directory, element: Element, value: Any, __: Options) -> str:
    most = element.json.get("max_length", PLAIN_TEXT_INPUT_LENGTH)
    if not isinstance(value, str) or len(value) > most:
        raise CannotDoError(f"{main_name(element)!r} takes a text of at most {most} characters.")
    if "\n" in value and not element.json.get("multiline"):
        raise CannotDoError(f"{main_name(element)!r} takes one line.")
    return value


def _matching(pattern: re.Pattern[str], meaning: str) -> Enter:
    def enter(_: Directory, element: Element, value: Any, __: Options) -> str:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise CannotDoError(f"{main_name(element)!r} takes {meaning}, not {value!r}.")
        return value

    return enter


def _number(_: Directory, element: Element, value: Any, __: Options) -> str:
    json = element.json
    text = str(value)
    pattern = r"-?\d+(\.\d+)?" if json.get("is_decimal_allowed") else r"-?\d+"
    least, most = float(json.get("min_value", "-inf")), float(json.get("max_value", "inf"))
    if not re.fullmatch(pattern, text) or not least <= float(text) <= most:
        raise CannotDoError(f"{main_name(element)!r} takes a number from {least} to {most}, not {value!r}.")
    return text


def _one_option(_: Directory, element: Element, value: Any, searched: Options) -> dict[str, Any]:
    return option_named(searched or offered_options(element.json), value)


def _options(_: Directory, element: Element, value: Any, searched: Options) -> Options:
    offered = searched or offered_options(element.json)
    if isinstance(value, bool):
        if len(offered) != 1:
            raise CannotDoError(f"{main_name(element)!r} has {len(offered)} boxes; name those to tick.")
        return offered if value else []
    most = element.json.get("max_selected_items", len(offered))
    chosen = [option_named(offered, text) for text in ([value] if isinstance(value, str) else value)]
    if len(chosen) > most:
        raise CannotDoError(f"{main_name(element)!r} takes at most {most} options.")
    return chosen


def _person(directory: Directory, _: Element, value: Any, __: Options) -> str:
    try:
        return directory.person(value).id
    except KeyError as error:
        raise CannotDoError(f"There is nobody called {value!r}.") from error


def _channel(directory: Directory, _: Element, value: Any, __: Options) -> str:
    try:
        return directory.channel(value).id
    except KeyError as error:
        raise CannotDoError(f"There is no channel {value!r}.") from error


def _several(enter: Enter) -> Enter:
    def enter_all(directory: Directory, element: Element, value: Sequence[Any], searched: Options) -> list[Any]:
        values = [value] if isinstance(value, str) else value
        return [enter(directory, element, each, searched) for each in values]

    return enter_all


def _moment(read: Callable[[str], date | time], meaning: str) -> Enter:
    def enter(_: Directory, element: Element, value: Any, __: Options) -> str:
        try:
            read(value)
        except (TypeError, ValueError) as error:
            raise CannotDoError(f"{main_name(element)!r} takes {meaning}, not {value!r}.") from error
        return str(value)

    return enter


def _date_and_time(_: Directory, element: Element, value: Any, __: Options) -> int:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise CannotDoError(f"{main_name(element)!r} takes a date and time with a time zone.")
    return int(value.timestamp())


_ENTER: Mapping[str, Enter] = {
    "plain_text_input": _text,
    "number_input": _number,
    "email_text_input": _matching(EMAIL, "an email address"),
    "url_text_input": _matching(WEB_ADDRESS, "a web address"),
    "checkboxes": _options,
    "radio_buttons": _one_option,
    "static_select": _one_option,
    "external_select": _one_option,
    "multi_static_select": _options,
    "multi_external_select": _options,
    "users_select": _person,
    "multi_users_select": _several(_person),
    "channels_select": _channel,
    "multi_channels_select": _several(_channel),
    "conversations_select": _channel,
    "multi_conversations_select": _several(_channel),
    "datepicker": _moment(date.fromisoformat, "a date such as 2026-11-23"),
    "timepicker": _moment(time.fromisoformat, "a time such as 09:15"),
    "datetimepicker": _date_and_time,
}
