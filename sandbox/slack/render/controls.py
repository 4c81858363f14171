"""Interactive elements as text: what can be pressed, chosen and typed."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sandbox.slack.blocks.objects import offered_options
from sandbox.slack.elements import VALUE_SHAPES
from sandbox.slack.render.lines import visible
from sandbox.slack.render.mrkdwn import mrkdwn_text, with_emoji
from sandbox.slack.render.reader import Reader

Json = Mapping[str, Any]

# Texts of Slack's own where the app gives none (assumed: Slack does not document them).
_PLACEHOLDERS = {
    "datepicker": "Select a date",
    "timepicker": "Select a time",
    "datetimepicker": "Select a date and time",
}
_PLACEHOLDER = "Select an item"
_EMPTY_FIELD = "_" * 8
_SIGNS = {"users": "@", "channels": "#", "conversations": "#"}
_STYLE_MARKS = {"danger": " (!)", "primary": " (*)"}


def text_of(text: Json, reader: Reader) -> str:
    """What a person reads where an app wrote a text object."""
    content = str(text["text"])
    if text["type"] == "mrkdwn":
        return mrkdwn_text(content, reader)
    return content if text.get("emoji") is False else with_emoji(content)


def _button(element: Json, _: Any, reader: Reader) -> list[str]:
    text = text_of(element["text"], reader)
    arrow = " ↗" if "url" in element else ""
    return [f"[ {text}{arrow}{_STYLE_MARKS.get(element.get('style', ''), '')} ]"]


def _overflow(element: Json, _: Any, reader: Reader) -> list[str]:
    options = " | ".join(text_of(option["text"], reader) for option in offered_options(element))
    return [f"[ ⋯ {options} ]"]


def _one_shown(kind: str, chosen: Any, reader: Reader) -> str:
    """A chosen option, or a chosen user, channel, date or time."""
    if isinstance(chosen, Mapping):
        return text_of(chosen["text"], reader)
    sign = next((sign for word, sign in _SIGNS.items() if word in kind), "")
    return sign + reader.name_of(str(chosen)).removeprefix(sign)


def _menu(element: Json, value: Any, reader: Reader) -> list[str]:
    chosen = value if isinstance(value, Sequence) and not isinstance(value, str) else [value] if value else []
    default = _PLACEHOLDERS.get(element["type"], _PLACEHOLDER)
    placeholder = text_of(element["placeholder"], reader) if "placeholder" in element else default
    shown = ", ".join(_one_shown(element["type"], one, reader) for one in chosen) if chosen else placeholder
    return [f"[ {shown} ▾ ]"]


def _date_and_time(element: Json, value: Any, reader: Reader) -> list[str]:
    shown = f"{datetime.fromtimestamp(value, reader.zone):%Y-%m-%d %H:%M}" if value is not None else None
    return _menu(element, shown, reader)


def _choices(marks: tuple[str, str]) -> Callable[[Json, Any, Reader], list[str]]:
    def show(element: Json, value: Any, reader: Reader) -> list[str]:
        chosen = value if isinstance(value, Sequence) else [value]
        return [f"{marks[option in chosen]} {_choice(option, reader)}" for option in offered_options(element)]

    return show


def _choice(option: Json, reader: Reader) -> str:
    parts = [option["text"], *([option["description"]] if "description" in option else [])]
    return " — ".join(text_of(part, reader) for part in parts)


def _field(element: Json, value: Any, reader: Reader) -> list[str]:
    placeholder = f"{text_of(element['placeholder'], reader)} " if "placeholder" in element else ""
    text = str(value) if value else placeholder + _EMPTY_FIELD
    return ("[ " + text.replace("\n", "\n  ") + " ]").split("\n")


def _image(element: Json, _: Any, __: Reader) -> list[str]:
    return [f"[image: {element['alt_text']}]"]


_SHOWN_AS: Mapping[str, Callable[[Json, Any, Reader], list[str]]] = {
    "button": _button,
    "overflow": _overflow,
    "image": _image,
    "checkboxes": _choices(("[ ]", "[x]")),
    "radio_buttons": _choices(("( )", "(•)")),
    "datetimepicker": _date_and_time,
    **dict.fromkeys(("plain_text_input", "number_input", "email_text_input", "url_text_input"), _field),
    **dict.fromkeys(
        (
            "static_select",
            "external_select",
            "users_select",
            "conversations_select",
            "channels_select",
            "multi_static_select",
            "multi_external_select",
            "multi_users_select",
            "multi_conversations_select",
            "multi_channels_select",
            "datepicker",
            "timepicker",
        ),
        _menu,
    ),
}


def control_lines(element: Json, entered: Json, reader: Reader) -> list[str]:
    """An element as a person sees it: one line, or several for a list of choices and for typed lines.

    Args:
        element: the element.
        entered: what `view.state.values` holds for it; empty shows what the element starts with.
        reader: who reads.
    """
    show = _SHOWN_AS.get(element["type"])
    if show is None:
        return [visible(f"!! unknown element: {element['type']} !!")]
    shape = VALUE_SHAPES.get(element["type"])
    value = entered.get(shape.key, element.get(shape.initial or "")) if shape else None
    return visible("\n".join(show(element, value, reader))).split("\n")
