"""Elements inside blocks: where they sit, the ids Slack gives them, and the values people enter into them."""

import copy
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple


class Place(NamedTuple):
    """Where an element is: state, actions and errors name it by these two ids."""

    block_id: str
    action_id: str


class ValueShape(NamedTuple):
    """How the value of one type of element is written.

    Attributes:
        key: Its name in `view.state.values` and in an action.
        initial: The element's property that fills it in advance.
        empty: What stands there while nothing was entered.
    """

    key: str
    initial: str
    empty: Any

    @property
    def nothing(self) -> Any:
        """A fresh `empty`."""
        return copy.copy(self.empty)


# Buttons and overflow menus hold no value, and never appear in `state.values`.
VALUE_SHAPES: Mapping[str, ValueShape] = {
    "plain_text_input": ValueShape("value", "initial_value", None),
    "number_input": ValueShape("value", "initial_value", None),
    "email_text_input": ValueShape("value", "initial_value", None),
    "url_text_input": ValueShape("value", "initial_value", None),
    "checkboxes": ValueShape("selected_options", "initial_options", []),
    "radio_buttons": ValueShape("selected_option", "initial_option", None),
    "static_select": ValueShape("selected_option", "initial_option", None),
    "external_select": ValueShape("selected_option", "initial_option", None),
    "users_select": ValueShape("selected_user", "initial_user", None),
    "conversations_select": ValueShape("selected_conversation", "initial_conversation", None),
    "channels_select": ValueShape("selected_channel", "initial_channel", None),
    "multi_static_select": ValueShape("selected_options", "initial_options", []),
    "multi_external_select": ValueShape("selected_options", "initial_options", []),
    "multi_users_select": ValueShape("selected_users", "initial_users", []),
    "multi_conversations_select": ValueShape("selected_conversations", "initial_conversations", []),
    "multi_channels_select": ValueShape("selected_channels", "initial_channels", []),
    "datepicker": ValueShape("selected_date", "initial_date", None),
    "timepicker": ValueShape("selected_time", "initial_time", None),
    "datetimepicker": ValueShape("selected_date_time", "initial_date_time", None),
}


@dataclass(frozen=True)
class Element:
    """One element together with the block it stands in."""

    block: Mapping[str, Any]
    json: Mapping[str, Any]

    @property
    def place(self) -> Place:
        """The ids by which payloads name it."""
        return Place(self.block["block_id"], self.json["action_id"])

    @property
    def type(self) -> str:
        """Its `type`."""
        return str(self.json["type"])

    @property
    def in_input(self) -> bool:
        """Whether it is the element of an `input` block."""
        return bool(self.block["type"] == "input")

    @property
    def dispatches(self) -> bool:
        """Whether using it sends a block_actions payload.

        An element of an `input` block does so only with `dispatch_action: true` (Slack: surfaces/modals).
        """
        return not self.in_input or bool(self.block.get("dispatch_action"))

    @property
    def empty_value(self) -> dict[str, Any]:
        """What `state.values` holds while nothing was entered; initial values count as entered."""
        shape = VALUE_SHAPES[self.type]
        return {"type": self.type, shape.key: self.json.get(shape.initial, shape.nothing)}


def elements_in(blocks: Sequence[Mapping[str, Any]]) -> Iterator[Element]:
    """Yield every element that has an action_id, in the order of the page."""
    for block in blocks:
        for element in _raw_elements(block):
            if "action_id" in element:
                yield Element(block, element)


def state_of(blocks: Sequence[Mapping[str, Any]], entries: Mapping[Place, Mapping[str, Any]]) -> dict[str, Any]:
    """Return `state`: what is entered in each element that can hold a value, initial values included."""
    values: dict[str, dict[str, Any]] = {}
    for element in elements_in(blocks):
        if element.type in VALUE_SHAPES:
            block_id, action_id = element.place
            values.setdefault(block_id, {})[action_id] = entries.get(element.place) or element.empty_value
    return {"values": values}


def with_ids(blocks: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return a copy in which every block has a block_id and every interactive element an action_id.

    Slack makes up the ids that an app leaves out, and its payloads always carry them.
    """
    named = copy.deepcopy([dict(block) for block in blocks])
    for block in named:
        block.setdefault("block_id", _made_up_id())
        for element in _raw_elements(block):
            if element.get("type") in VALUE_SHAPES or element.get("type") in {"button", "overflow"}:
                element.setdefault("action_id", _made_up_id())
    return named


def _raw_elements(block: Mapping[str, Any]) -> list[dict[str, Any]]:
    candidates = [block.get("accessory"), block.get("element"), *(block.get("elements") or ())]
    return [each for each in candidates if isinstance(each, dict)]


def _made_up_id() -> str:
    return secrets.token_urlsafe(4)[:5]
