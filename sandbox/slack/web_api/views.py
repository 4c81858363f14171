"""The `views.*` methods: modals and the App Home."""

from typing import Any

from sandbox.slack.errors import SlackError
from sandbox.slack.payloads import view_json
from sandbox.slack.triggers import Trigger
from sandbox.slack.validation import require_valid_view
from sandbox.slack.views import Surface, View
from sandbox.slack.web_api.arguments import missing_argument
from sandbox.slack.web_api.method import Call


def open_modal(call: Call) -> dict[str, Any]:
    """`views.open`: show a modal to the person whose interaction gave the trigger_id."""
    content = _read_view(call, Surface.MODAL)
    return _answer(call, call.state.views.open(_exchange_trigger(call).user_id, content))


def push_modal(call: Call) -> dict[str, Any]:
    """`views.push`: show a modal on top of the one whose component gave the trigger_id."""
    content = _read_view(call, Surface.MODAL)
    trigger = _exchange_trigger(call)
    under = next((view for view in call.state.views.stack(trigger.user_id) if view.id == trigger.view_id), None)
    if under is None:
        raise SlackError("not_found", fault="views.push takes a trigger_id from a component of an open modal.")
    return _answer(call, call.state.views.push(trigger.user_id, content))


def update_view(call: Call) -> dict[str, Any]:
    """`views.update`: change an open view, found by view_id or external_id."""
    view_id, external_id = call.arguments.text("view_id"), call.arguments.text("external_id")
    if not view_id and not external_id:
        raise missing_argument("view_id")
    view = call.state.views.find(view_id, external_id)
    content = _read_view(call, view.surface)
    call.state.views.update(view, content, call.arguments.text("hash"))
    return _answer(call, view)


def publish_home(call: Call) -> dict[str, Any]:
    """`views.publish`: show the Home tab to one person."""
    content = _read_view(call, Surface.HOME)
    if not call.state.manifest.home_tab:
        raise SlackError("not_enabled", fault="The manifest does not turn the Home tab on.")
    person = call.state.directory.people.get(call.arguments.required("user_id"))
    if person is None or person.is_bot:
        raise SlackError(
            "invalid_arguments", fault="views.publish: nobody has this user_id.", messages=["invalid `user_id`"]
        )
    return _answer(call, call.state.views.publish(person.id, content, call.arguments.text("hash")))


def _read_view(call: Call, surface: Surface) -> Any:
    content = call.arguments.structure("view")
    require_valid_view(content, surface)
    return content


def _exchange_trigger(call: Call) -> Trigger:
    trigger_id = call.arguments.text("trigger_id")
    if not trigger_id:
        raise missing_argument("trigger_id")
    return call.state.triggers.exchange(trigger_id)


def _answer(call: Call, view: View) -> dict[str, Any]:
    return {"view": view_json(call.state, view)}
