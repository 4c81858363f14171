"""Blocks and views that are right, for tests that need some."""

from typing import Any


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def section(text: str, **more: Any) -> dict[str, Any]:
    return {"type": "section", "text": plain(text), **more}


def button(text: str, action_id: str, **more: Any) -> dict[str, Any]:
    return {"type": "button", "text": plain(text), "action_id": action_id, **more}


def actions(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "actions", "elements": list(elements)}


def option(text: str) -> dict[str, Any]:
    return {"text": plain(text), "value": text.lower()}


def overflow(action_id: str, *texts: str) -> dict[str, Any]:
    return {"type": "overflow", "action_id": action_id, "options": [option(text) for text in texts]}


def text_input(label: str, block_id: str, action_id: str = "typed", **element: Any) -> dict[str, Any]:
    return field(label, block_id, {"type": "plain_text_input", "action_id": action_id, **element})


def field(label: str, block_id: str, element: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "input", "block_id": block_id, "label": plain(label), "element": element, **more}


def modal(*blocks: dict[str, Any], **more: Any) -> dict[str, Any]:
    view = {"type": "modal", "callback_id": "it", "title": plain("A modal"), "blocks": list(blocks)}
    if any(block["type"] == "input" for block in blocks):
        view["submit"] = plain("Do it")
    return view | more


def home(*blocks: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "home", "blocks": list(blocks), **more}
