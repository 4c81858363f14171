"""The form that filters a list."""

from typing import Any

from bot.domain.listing import Query, Sort
from bot.domain.text import cut, shown
from handlers import action_ids
from handlers.messages.blocks import Block, Frame, View, context, modal, plain

_TEXT_LENGTH = 150
_SORTS = {Sort.UPDATED: "Last changed first", Sort.CREATED: "Newest first", Sort.NAME: "By name"}


def filter_view(frame: Frame, query: Query, response_url: str) -> View:
    """The form, filled in with what the list was asked for."""
    active = _option("Only with an active run", "active")
    sorts = {sort: _option(text, sort.value) for sort, text in _SORTS.items()}
    blocks = [
        _input(action_ids.FILTER_TEXT, "Part of the name, or beginning of the id", _text(query.text), optional=True),
        _input(action_ids.FILTER_PROJECT, "Project: its id or whole name", _text(query.project), optional=True),
        _input(
            action_ids.FILTER_ACTIVE,
            "Runs",
            {"type": "checkboxes", "options": [active], **({"initial_options": [active]} if query.active else {})},
            optional=True,
        ),
        _input(
            action_ids.FILTER_SORT,
            "Order",
            {"type": "radio_buttons", "options": list(sorts.values()), "initial_option": sorts[query.sort]},
        ),
        context(plain(frame.place, 150)),
    ]
    return modal(
        "Filter workflows",
        blocks,
        callback_id=action_ids.FILTER_FORM,
        metadata=response_url,
        submit="Show",
        close="Cancel",
    )


def _text(value: str) -> dict[str, Any]:
    filled = {"initial_value": cut(shown(value), _TEXT_LENGTH)} if shown(value) else {}
    return {"type": "plain_text_input", "max_length": _TEXT_LENGTH, **filled}


def _option(text: str, value: str) -> dict[str, Any]:
    return {"text": plain(text, 75), "value": value}


def _input(block_id: str, label: str, element: dict[str, Any], *, optional: bool = False) -> Block:
    return {
        "type": "input",
        "block_id": block_id,
        "label": plain(label),
        "element": {**element, "action_id": block_id},
        "optional": optional,
    }
