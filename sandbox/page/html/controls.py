"""Interactive elements as HTML: what can be pressed, chosen and typed."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sandbox.page.html.markup import Attributes, Markup, joined, link, may_be_followed, tag
from sandbox.page.html.mrkdwn import text_html
from sandbox.page.html.rich_text import unknown
from sandbox.slack.blocks.limits import PLAIN_TEXT_INPUT_LENGTH
from sandbox.slack.blocks.objects import offered_options
from sandbox.slack.driver.page import SEARCHED
from sandbox.slack.elements import VALUE_SHAPES
from sandbox.slack.render.controls import text_of
from sandbox.slack.render.reader import Reader

Json = Mapping[str, Any]

DEFAULT_QUERY_LENGTH = 3
"""Slack: an external select asks the app after three letters, unless `min_query_length` says otherwise."""

_TRIGGERS = {"on_enter_pressed": "enter", "on_character_entered": "character"}
_SIGNS = {"users": "@", "channels": "#", "conversations": "#"}


@dataclass(frozen=True, slots=True)
class Control:
    """One element where it stands.

    Attributes:
        block: its block.
        element: the element.
        value: what is entered in it, in the shape of `view.state.values`; None where it holds no value.
        reader: who reads.
        described_by: ids of what explains it: its error and its hint.
    """

    block: Json
    element: Json
    value: Any
    reader: Reader
    described_by: str | None = None

    @property
    def attributes(self) -> Attributes:
        """What the page's script reads."""
        in_input = self.block["type"] == "input"
        sends = not in_input or bool(self.block.get("dispatch_action"))
        triggers = self.element.get("dispatch_action_config", {}).get("trigger_actions_on", ["on_enter_pressed"])
        confirm = self.element.get("confirm")
        return {
            "data-block": self.block.get("block_id", ""),
            "data-action": self.element.get("action_id", ""),
            "data-sends": " ".join(_TRIGGERS[each] for each in triggers) if sends else None,
            "data-confirm": json.dumps(_plain_texts(confirm, self.reader)) if confirm else None,
            "data-focus": bool(self.element.get("focus_on_load")),
        }

    @property
    def label(self) -> str:
        """What a screen reader calls it."""
        element = self.element
        text = self.block["label"] if self.block["type"] == "input" else element.get("placeholder")
        return text_of(text, self.reader) if text else str(element["type"]).replace("_", " ")

    @property
    def placeholder(self) -> str:
        """What stands in it while it is empty."""
        text = self.element.get("placeholder")
        return text_of(text, self.reader) if text else ""


def _plain_texts(confirm: Json, reader: Reader) -> dict[str, str]:
    texts = {key: text_of(confirm[key], reader) for key in ("title", "text", "confirm", "deny")}
    return {**texts, "style": str(confirm.get("style", "primary"))}


def _button(control: Control) -> Markup:
    element = control.element
    text = text_html(element["text"], control.reader)
    attributes = {
        **control.attributes,
        "data-control": "button",
        "class": f"button {element.get('style', '')}".strip(),
        "aria-label": element.get("accessibility_label"),
    }
    url = str(element.get("url", ""))
    if url and may_be_followed(url):
        leading = {"href": url, "target": "_blank", "rel": "noopener noreferrer"}
        return tag("a", {**attributes, **leading}, text, tag("span", {"class": "leads", "aria-hidden": "true"}, " ↗"))
    return tag("button", {**attributes, "type": "button"}, text)


def _overflow(control: Control) -> Markup:
    opener = {
        "type": "button",
        "class": "more",
        "aria-haspopup": "menu",
        "aria-expanded": "false",
        "aria-label": "More actions",
    }
    items = (
        tag(
            "button",
            {"type": "button", "role": "menuitem", "tabindex": -1, "data-option": option["value"]},
            *_option(option, control.reader),
        )
        for option in offered_options(control.element)
    )
    menu = tag("div", {"role": "menu", "class": "menu", "hidden": True}, *items)
    attributes = {**control.attributes, "data-control": "overflow", "class": "overflow"}
    return tag("div", attributes, tag("button", opener, "⋯"), menu)


def _option(option: Json, reader: Reader) -> list[Markup]:
    text = [tag("span", {"class": "option-text"}, text_html(option["text"], reader))]
    if "url" in option:
        text = [link(str(option["url"]), *text)]
    if "description" in option:
        text.append(tag("span", {"class": "option-description"}, text_html(option["description"], reader)))
    return text


def _choices(kind: str) -> Callable[[Control], Markup]:
    def show(control: Control) -> Markup:
        chosen = control.value if isinstance(control.value, Sequence) else [control.value]
        name = f"{control.block.get('block_id', '')}/{control.element.get('action_id', '')}"
        boxes = (
            tag(
                "label",
                {"class": "choice"},
                tag(
                    "input",
                    {"type": kind, "name": name, "data-option": option["value"], "checked": option in chosen},
                ),
                tag("span", None, *_option(option, control.reader)),
            )
            for option in offered_options(control.element)
        )
        attributes = {**control.attributes, "data-control": "choices", "class": "choices", "aria-label": control.label}
        return tag("div", {**attributes, "role": "radiogroup" if kind == "radio" else "group"}, *boxes)

    return show


def _typed(kind: str) -> Callable[[Control], Markup]:
    """A field that holds a text; `kind` is its type in HTML."""

    def show(control: Control) -> Markup:
        element = control.element
        attributes: dict[str, Any] = {
            **control.attributes,
            "data-control": "text",
            "class": "field",
            "placeholder": control.placeholder or None,
            "aria-label": control.label,
            "aria-describedby": control.described_by,
            "autocomplete": "off",
        }
        if element["type"] == "plain_text_input":
            attributes["maxlength"] = element.get("max_length", PLAIN_TEXT_INPUT_LENGTH)
        value = "" if control.value is None else str(control.value)
        if element.get("multiline"):
            # HTML drops one line break at the start of a text area.
            return tag("textarea", {**attributes, "rows": 4}, Markup("\n"), value)
        if element["type"] == "number_input":
            # A field of the type "number" says nothing when what is typed is none, and the driver would not hear of it.
            attributes["inputmode"] = "decimal" if element.get("is_decimal_allowed") else "numeric"
        return tag("input", {**attributes, "type": kind, "value": value})

    return show


def _date_and_time(control: Control) -> Markup:
    moment = datetime.fromtimestamp(control.value, control.reader.zone) if control.value is not None else None
    return _typed("datetime-local")(replace(control, value=f"{moment:%Y-%m-%dT%H:%M}" if moment else None))


def _select(control: Control) -> Markup:
    element = control.element
    kind = str(element["type"])
    value = control.value
    chosen = value if isinstance(value, Sequence) and not isinstance(value, str) else [value] if value else []
    attributes = {
        **control.attributes,
        "data-control": "select",
        "data-multiple": kind.startswith("multi_"),
        "data-most": element.get("max_selected_items"),
        "data-chosen": json.dumps([_chosen(kind, one, control.reader) for one in chosen]),
        "data-options": None if _asks(kind) else json.dumps(list(_listed(element, control.reader))),
        "data-least": least_query_length(element) if _asks(kind) else None,
        "class": "select",
    }
    text = control.placeholder or "Select an item"
    field = {
        "type": "text",
        "role": "combobox",
        "aria-expanded": "false",
        "aria-autocomplete": "list",
        "aria-label": control.label,
        "aria-describedby": control.described_by,
        "placeholder": text,
        "autocomplete": "off",
        "class": "field",
    }
    return tag(
        "div",
        attributes,
        tag("span", {"class": "chips"}),
        tag("input", field),
        tag("div", {"role": "listbox", "class": "menu", "hidden": True, "aria-label": control.label}),
    )


def _asks(kind: str) -> bool:
    """Whether the options of a select are looked up while one types."""
    return "static" not in kind


def least_query_length(element: Json) -> int:
    """How many letters have to be typed before options are looked up."""
    return int(element.get("min_query_length", DEFAULT_QUERY_LENGTH)) if element["type"] in SEARCHED else 0


def option_json(option: Json, reader: Reader) -> dict[str, str]:
    """An option as the page's script lists it."""
    description = text_of(option["description"], reader) if "description" in option else ""
    return {"value": option["value"], "text": text_of(option["text"], reader), "description": description}


def _chosen(kind: str, one: Any, reader: Reader) -> dict[str, str]:
    if isinstance(one, Mapping):
        return option_json(one, reader)
    sign = next((sign for word, sign in _SIGNS.items() if word in kind), "")
    return {"value": str(one), "text": sign + reader.name_of(str(one)).removeprefix(sign), "description": ""}


def _listed(element: Json, reader: Reader) -> list[dict[str, str]]:
    groups = element.get("option_groups") or [element]
    return [
        {**option_json(option, reader), "group": text_of(group["label"], reader) if "label" in group else ""}
        for group in groups
        for option in group["options"]
    ]


def _image(control: Control) -> Markup:
    return image_html(control.element)


def image_html(image: Json) -> Markup:
    """The frame of an image with its description: the page asks no other machine for anything."""
    words = tag("span", {"class": "image", "role": "img"}, "🖼 ", image["alt_text"])
    url = str(image.get("image_url", ""))
    return link(url, words) if url else words


_SHOWN_AS: Mapping[str, Callable[[Control], Markup]] = {
    "button": _button,
    "overflow": _overflow,
    "image": _image,
    "checkboxes": _choices("checkbox"),
    "radio_buttons": _choices("radio"),
    "datetimepicker": _date_and_time,
    "datepicker": _typed("date"),
    "timepicker": _typed("time"),
    "plain_text_input": _typed("text"),
    "number_input": _typed("text"),
    "email_text_input": _typed("email"),
    "url_text_input": _typed("url"),
    **dict.fromkeys(
        (
            f"{prefix}{kind}_select"
            for prefix in ("", "multi_")
            for kind in ("static", "external", "users", "conversations", "channels")
        ),
        _select,
    ),
}


def control_html(block: Json, element: Json, entered: Json, reader: Reader, described_by: str | None = None) -> Markup:
    """An element as a person sees it.

    Args:
        block: the block in which it stands.
        element: the element.
        entered: what `view.state.values` holds for it; empty shows what the element starts with.
        reader: who reads.
        described_by: ids of what explains it.
    """
    show = _SHOWN_AS.get(element["type"])
    if show is None:
        return unknown("element", element["type"])
    shape = VALUE_SHAPES.get(element["type"])
    value = entered.get(shape.key, element.get(shape.initial)) if shape else None
    return show(Control(block, element, value, reader, described_by))


def texts_html(texts: Sequence[Json], reader: Reader, attributes: Attributes) -> Markup:
    """Several text objects, each in an element of its own."""
    return joined(*(tag("div", attributes, text_html(text, reader)) for text in texts))
