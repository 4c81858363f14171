"""What an app may put into an acknowledgement, and what Slack does with it."""

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.slack.blocks import find_suggestion_problems
from sandbox.slack.errors import SlackError
from sandbox.slack.messages import Message, Origin
from sandbox.slack.posting import CONTENT_KEYS, answer_interaction, show_typed_command
from sandbox.slack.response_urls import ResponseUrl
from sandbox.slack.state import WorkspaceState
from sandbox.slack.validation import require_valid_message, require_valid_view, sentence_of
from sandbox.slack.views import Surface, View


class MalformedReplyError(Exception):
    """An acknowledgement whose content Slack does not understand; the text says what is wrong with it."""


def apply_command_reply(state: WorkspaceState, address: ResponseUrl, body: Any) -> Message | None:
    """Show what a command was answered with in the acknowledgement, if anything.

    Raises:
        MalformedReplyError: It is not a message.
    """
    if not body:
        return None
    if not isinstance(body, dict):
        raise MalformedReplyError(f"A command's acknowledgement carries a message, not {body!r}.")
    try:
        if not any(body.get(key) for key in CONTENT_KEYS):
            if body.get("response_type") == "in_channel":
                show_typed_command(state, address)
            return None
        require_valid_message(body)
        return answer_interaction(state, address, body, Origin.COMMAND_ACK)
    except SlackError as error:
        raise MalformedReplyError(error.fault or error.code) from error


def apply_submission_reply(state: WorkspaceState, view: View, body: Any) -> None:
    """Do with a modal what its submission was answered with; an empty answer closes it.

    Raises:
        MalformedReplyError: There is no such answer.
    """
    if not body:
        state.views.close(view)
        return
    action = body.get("response_action") if isinstance(body, dict) else None
    apply = _SUBMISSION_ACTIONS.get(str(action))
    if apply is None:
        raise MalformedReplyError(f"A submission is answered with nothing or a response_action, not with {body!r}.")
    try:
        apply(state, view, body)
    except SlackError as error:
        raise MalformedReplyError(f"response_action {action}: {error.fault or error.code}") from error


def read_suggestions(body: Any) -> list[dict[str, Any]]:
    """Return the options that an app offers in an external select, those of groups included.

    Raises:
        MalformedReplyError: It is not a list of options.
    """
    if problems := find_suggestion_problems(body):
        raise MalformedReplyError(f"An options answer is not valid: {sentence_of(problems)}")
    groups = body.get("option_groups") or [{"options": body.get("options") or []}]
    return [option for group in groups for option in group["options"]]


def require_empty(body: Any) -> None:
    """Check the acknowledgement of an action or a closed view, which says nothing.

    Raises:
        MalformedReplyError: It says something.
    """
    if body:
        raise MalformedReplyError(f"This acknowledgement must be empty; Slack does nothing with {body!r}.")


def _show_errors(state: WorkspaceState, view: View, body: Mapping[str, Any]) -> None:
    errors = body.get("errors")
    inputs = {block["block_id"] for block in view.blocks if block["type"] == "input"}
    if not isinstance(errors, dict) or not errors:
        raise MalformedReplyError("response_action errors has no errors.")
    if not all(isinstance(text, str) and text for text in errors.values()):
        raise MalformedReplyError("response_action errors: each error is a text.")
    if unknown := sorted(set(errors) - inputs):
        raise MalformedReplyError(
            f"response_action errors names {', '.join(unknown)}; the input blocks of this view are "
            f"{', '.join(sorted(inputs)) or 'none'}."
        )
    state.views.say_errors(view, errors)


def _update(state: WorkspaceState, view: View, body: Mapping[str, Any]) -> None:
    require_valid_view(body.get("view"), Surface.MODAL)
    state.views.update(view, body["view"])


def _push(state: WorkspaceState, view: View, body: Mapping[str, Any]) -> None:
    require_valid_view(body.get("view"), Surface.MODAL)
    state.views.push(view.user_id, body["view"])


def _clear(state: WorkspaceState, view: View, body: Mapping[str, Any]) -> None:
    if set(body) != {"response_action"}:
        raise MalformedReplyError("response_action clear takes nothing else.")
    state.views.clear(view.user_id)


_SUBMISSION_ACTIONS: Mapping[str, Callable[[WorkspaceState, View, Mapping[str, Any]], None]] = {
    "errors": _show_errors,
    "update": _update,
    "push": _push,
    "clear": _clear,
}
