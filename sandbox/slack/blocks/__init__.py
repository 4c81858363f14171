"""What Slack accepts as blocks, views and messages: pure checks of plain JSON.

They are stricter than the models of slack_sdk, and never more lenient. What Slack has and the sandbox does not
know is a problem too, so nothing passes unseen. What the text of mrkdwn says (mentions, links) is not judged.

The tables: `limits` (every number), `layouts` (blocks and their surfaces), `elements`, `objects`, `rich_text`.
"""

import json
from collections.abc import Iterator, Mapping

from sandbox.slack.blocks import limits
from sandbox.slack.blocks.checks import Keys, Shape, Typed, array, boolean, string, wrong_type
from sandbox.slack.blocks.layouts import block_on
from sandbox.slack.blocks.limits import Surface
from sandbox.slack.blocks.objects import MENU_OPTION, OPTION_GROUP, plain_text
from sandbox.slack.blocks.payload_rules import find_payload_problems
from sandbox.slack.blocks.problems import Check, Problem

__all__ = [
    "Problem",
    "Surface",
    "find_block_problems",
    "find_message_problems",
    "find_suggestion_problems",
    "find_view_problems",
]


def _blocks_of(surface: Surface, least: int) -> Check:
    each = array(block_on(surface), limits.BLOCKS_BY_SURFACE[surface], least=least)

    def check(value: object, pointer: str) -> Iterator[Problem]:
        yield from each(value, pointer)
        if isinstance(value, list):
            yield from find_payload_problems(value, pointer, surface)

    return check


# A message may have an empty array of blocks (chat.update: it takes the old blocks away), a view may not.
_BLOCKS: Mapping[Surface, Check] = {
    "message": _blocks_of("message", 0),
    "modal": _blocks_of("modal", 1),
    "home": _blocks_of("home", 1),
}


def _submit_with_inputs(view: Mapping[str, object], pointer: str) -> Iterator[Problem]:
    blocks = view["blocks"]
    has_input = isinstance(blocks, list) and any(block["type"] == "input" for block in blocks)
    if has_input and "submit" not in view:
        yield Problem(pointer, "missing_key", "A modal with an input block needs 'submit'.")


# Slack answers with these as "" where they are not given, so "" is accepted.
_ANY_VIEW: Keys = {
    "private_metadata": string(limits.VIEW_PRIVATE_METADATA, shortest=0),
    "callback_id": string(limits.VIEW_CALLBACK_ID, shortest=0),
    "external_id": string(limits.VIEW_EXTERNAL_ID, shortest=0),
}

_VIEW = Typed(
    "view",
    {
        "modal": Shape(
            "modal",
            {"title": plain_text(limits.VIEW_TITLE), "blocks": _BLOCKS["modal"]},
            {
                **_ANY_VIEW,
                "submit": plain_text(limits.VIEW_SUBMIT),
                "close": plain_text(limits.VIEW_CLOSE),
                "submit_disabled": boolean,
                "clear_on_close": boolean,
                "notify_on_close": boolean,
            },
            (_submit_with_inputs,),
        ),
        "home": Shape("home", {"blocks": _BLOCKS["home"]}, _ANY_VIEW),
    },
)

_SUGGESTIONS: Keys = {
    "options": array(MENU_OPTION, limits.OPTIONS, least=0),
    "option_groups": array(OPTION_GROUP, limits.OPTION_GROUPS, least=0),
}


def _no_attachments(value: object, pointer: str) -> Iterator[Problem]:
    if not isinstance(value, list):
        yield wrong_type(value, pointer, "an array")
    elif value:
        yield Problem(pointer, "unsupported_attachments", "The sandbox does not know attachments.")


_MESSAGE_PARTS: Keys = {
    "text": string(shortest=0),
    "blocks": _BLOCKS["message"],
    "markdown_text": string(limits.MARKDOWN_TEXT, shortest=0),
    "attachments": _no_attachments,
}


def find_block_problems(blocks: object, surface: Surface) -> list[Problem]:
    """What is wrong with an array of blocks that is to stand on a surface.

    Args:
        blocks: the array, as plain JSON. Pointers start in it: "/3/text/text".
        surface: where the blocks are to stand.

    Returns:
        The problems in the order of the blocks, then those between blocks; none if Slack would accept.
    """
    return list(_BLOCKS[surface](blocks, ""))


def find_view_problems(view: object) -> list[Problem]:
    """What is wrong with the view of a views.* call, or of a `response_action`; modal or home, by its `type`.

    Keys that only Slack sets (`id`, `hash`, `state`, …) are problems: Slack refuses a view that is sent back whole.
    """
    problems = list(_VIEW(view, ""))
    size = len(json.dumps(view, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass"))
    if size > limits.VIEW_BYTES:
        sentence = f"A view may have {limits.VIEW_BYTES:,} bytes, has {size:,}."
        problems.append(Problem("", "view_too_large", sentence))
    return problems


def find_message_problems(payload: Mapping[str, object], *, text_limit: int = limits.MESSAGE_TEXT) -> list[Problem]:
    """What is wrong with the content of a message: `text`, `blocks`, `markdown_text`, `attachments`.

    Other keys are arguments of the method that carries the message, and are not judged. A key that is null
    counts as not there, as in the arguments of chat.postMessage.

    Args:
        payload: the message as plain JSON; `blocks` is an array, not a string that holds one.
        text_limit: the longest `text`, in characters. Over 40,000 chat.postMessage truncates and warns
            (`message_truncated`), and chat.update refuses more than `limits.UPDATE_TEXT` (`msg_too_long`); here
            it is `msg_too_long` both times.
    """
    content = {key: payload[key] for key in _MESSAGE_PARTS if payload.get(key) is not None}
    problems = [one for key, value in content.items() for one in _MESSAGE_PARTS[key](value, f"/{key}")]
    text = content.get("text")
    if isinstance(text, str) and len(text) > text_limit:
        sentence = f"Must be at most {text_limit:,} characters, has {len(text):,}."
        problems.append(Problem("/text", "msg_too_long", sentence))
    if "markdown_text" in content and ("text" in content or "blocks" in content):
        sentence = "Markdown text cannot be used together with text or blocks."
        problems.append(Problem("/markdown_text", "markdown_text_conflict", sentence))
    if not any(content.values()):
        problems.append(Problem("", "no_text", "A message needs text or blocks."))
    return problems


def find_suggestion_problems(answer: object) -> list[Problem]:
    """What is wrong with the answer to a block_suggestion: `options` or `option_groups`, maybe empty."""
    if isinstance(answer, dict) and len(answer.keys() & _SUGGESTIONS.keys()) != 1:
        return [Problem("", "exactly_one_of", "Needs exactly one of options, option_groups.")]
    return list(Shape("answer", optional=_SUGGESTIONS)(answer, ""))
