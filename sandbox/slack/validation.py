"""What Slack answers to content that it does not accept: the validator's findings under Slack's error names."""

from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.slack.blocks import Problem, find_message_problems, find_view_problems
from sandbox.slack.blocks.limits import MESSAGE_TEXT
from sandbox.slack.errors import SlackError

OWN_NAMES = frozenset({"no_text", "msg_too_long", "msg_blocks_too_long", "markdown_text_conflict", "view_too_large"})
"""Problems that Slack's methods have an error of the same name for."""


def require_valid_message(content: Mapping[str, Any], *, text_limit: int = MESSAGE_TEXT) -> None:
    """Check the text and blocks of a message.

    Raises:
        SlackError: `invalid_blocks`, `invalid_blocks_format`, or one of `OWN_NAMES`.
    """
    if problems := find_message_problems(content, text_limit=text_limit):
        raise _refusal(_message_error(problems[0]), problems, "")


def require_valid_view(view: Any, surface: str) -> None:
    """Check a view that is to be shown on a surface, `modal` or `home`.

    Raises:
        SlackError: `invalid_arguments`, `view_too_large`.
    """
    problems = find_view_problems(view)
    if not problems and view["type"] != surface:
        problems = [Problem("/type", "wrong_surface", f"A view of type {view['type']} cannot be shown as a {surface}.")]
    if problems:
        error = problems[0].code if problems[0].code in OWN_NAMES else "invalid_arguments"
        raise _refusal(error, problems, "/view")


def sentence_of(problems: Sequence[Problem]) -> str:
    """Return the first few problems as text for a person."""
    shown = [f"{problem.pointer or '(whole)'}: {problem.message}" for problem in problems[:3]]
    more = len(problems) - len(shown)
    return " ".join(shown) + (f" And {more} more." if more > 0 else "")


def _message_error(problem: Problem) -> str:
    if problem.code in OWN_NAMES:
        return problem.code
    if problem.pointer == "/blocks":
        return "invalid_blocks_format" if problem.code == "wrong_type" else "invalid_blocks"
    return "invalid_blocks" if problem.pointer.startswith("/blocks/") else "invalid_arguments"


def _refusal(error: str, problems: Sequence[Problem], prefix: str) -> SlackError:
    messages = [f"[ERROR] {problem.message} [json-pointer:{prefix}{problem.pointer}]" for problem in problems]
    kind = "invalid_view" if prefix and error == "invalid_arguments" else None
    return SlackError(error, fault=sentence_of(problems), kind=kind, messages=messages)
