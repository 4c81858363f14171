"""A modal or an App Home as HTML."""

import json

from sandbox.page.html.layouts import Surface, blocks_html
from sandbox.page.html.markup import Attributes, Markup, joined, tag
from sandbox.page.html.mrkdwn import text_html
from sandbox.slack.render.reader import Reader
from sandbox.slack.views import View


def home_html(view: View, reader: Reader) -> Markup:
    """The Home tab."""
    return _body(view, reader)


def modal_html(view: View, reader: Reader, *, is_pushed: bool) -> Markup:
    """A modal: its title, its blocks with what is entered and what is wrong, and its buttons.

    Args:
        view: the modal.
        reader: who reads.
        is_pushed: whether another modal lies under it.
    """
    title = tag("h2", {"id": "modal-title"}, text_html(view.content["title"], reader))
    back = [tag("button", {"type": "button", "data-close": "one", "aria-label": "Back"}, "←")] if is_pushed else []
    close_all = tag("button", {"type": "button", "data-close": "all", "aria-label": "Close all"}, "✕")
    trouble = [tag("div", {"class": "trouble", "role": "alert"}, view.trouble)] if view.trouble else []
    return joined(
        tag("header", None, *back, title, close_all),
        tag("div", {"class": "scroll", "tabindex": -1}, *trouble, _body(view, reader)),
        tag("footer", None, *_buttons(view, reader)),
    )


def _body(view: View, reader: Reader) -> Markup:
    surface = Surface(reader, f"{view.id}-", view.state()["values"], view.errors)
    source = {"view": {"id": view.id}}
    return tag("div", {"class": "blocks", "data-source": json.dumps(source)}, blocks_html(view.blocks, surface))


def _buttons(view: View, reader: Reader) -> list[Markup]:
    submit, close = view.content["submit"], view.content["close"]
    # Assumed: Slack's own word is "Cancel" beside a submit button and "Close" without one.
    text = text_html(close, reader) if close else "Cancel" if submit else "Close"
    buttons = [tag("button", {"type": "button", "class": "button", "data-close": "one"}, text)]
    if submit:
        attributes: Attributes = {
            "type": "button",
            "class": "button primary",
            "data-submit": True,
            "disabled": bool(view.content["submit_disabled"]),
        }
        buttons.append(tag("button", attributes, text_html(submit, reader)))
    return buttons
