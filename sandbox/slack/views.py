"""Modals and App Homes: each person's stack of at most three modals, and the Home tab published for them."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sandbox.slack.changes import Changes
from sandbox.slack.elements import Place, elements_in, state_of, with_ids
from sandbox.slack.errors import SlackError

MODAL_STACK_LIMIT = 3
"""Slack: surfaces/modals, "up to 3 views at a time"."""

COPIED_KEYS = ("title", "submit", "close", "private_metadata", "callback_id", "external_id")


class Surface(StrEnum):
    """The two surfaces that show a view."""

    MODAL = "modal"
    HOME = "home"


@dataclass(eq=False)
class View:
    """One view on one person's screen.

    Attributes:
        content: What the app sent, with the ids it left out.
        hash: Changes with every update; an app that sends an older one is refused.
        entries: What the person has entered, as `state.values` has it, by the element's place.
        errors: What a submission was answered with, by block_id.
        trouble: Slack's own words where a submission failed.
        version: 1 when it was opened, one more for each update.
    """

    id: str
    user_id: str
    surface: Surface
    content: dict[str, Any]
    hash: str
    root_view_id: str
    previous_view_id: str | None = None
    entries: dict[Place, dict[str, Any]] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    trouble: str | None = None
    is_open: bool = True
    version: int = 1
    number: int = 0

    @property
    def blocks(self) -> list[dict[str, Any]]:
        """Its blocks."""
        blocks: list[dict[str, Any]] = self.content["blocks"]
        return blocks

    def state(self) -> dict[str, Any]:
        """Return `view.state`."""
        return state_of(self.blocks, self.entries)


@dataclass
class Views:
    """Every view that was ever opened; closed ones are remembered so that a late update is `not_found`."""

    now: Callable[[], datetime]
    changes: Changes
    _views: dict[str, View] = field(default_factory=dict)
    _stacks: dict[str, list[View]] = field(default_factory=dict)
    _homes: dict[str, View] = field(default_factory=dict)
    _last_number: int = 0

    def stack(self, user_id: str) -> list[View]:
        """Return this person's open modals, the visible one last."""
        return self._stacks.setdefault(user_id, [])

    def home(self, user_id: str) -> View | None:
        """Return the Home tab that was published for this person."""
        return self._homes.get(user_id)

    def open(self, user_id: str, content: Mapping[str, Any]) -> View:
        """Show a new modal.

        Assumed: a modal that is opened while another stack is on the screen takes its place.
        """
        self._require_free_external_id(content)
        self.clear(user_id)
        return self._push(user_id, content)

    def push(self, user_id: str, content: Mapping[str, Any]) -> View:
        """Show a modal on top of those that are open.

        Raises:
            SlackError: `push_limit_reached`, `duplicate_external_id`.
        """
        if len(self.stack(user_id)) >= MODAL_STACK_LIMIT:
            raise SlackError("push_limit_reached", fault="A modal's stack holds at most 3 views; a 4th was pushed.")
        self._require_free_external_id(content)
        return self._push(user_id, content)

    def update(self, view: View, content: Mapping[str, Any], expected_hash: str | None = None) -> None:
        """Change what a view shows; entries stay where both block_id and action_id stay.

        Raises:
            SlackError: `hash_conflict` if `expected_hash` is not the view's, `duplicate_external_id`.
        """
        if expected_hash and expected_hash != view.hash:
            raise SlackError("hash_conflict")
        self._require_free_external_id(content, besides=view)
        view.content = _normalised(content)
        places = {element.place for element in elements_in(view.blocks)}
        view.entries = {place: entry for place, entry in view.entries.items() if place in places}
        view.errors = {}
        view.trouble = None
        view.hash = self._new_hash()
        view.version += 1
        self._changed(view)

    def publish(self, user_id: str, content: Mapping[str, Any], expected_hash: str | None = None) -> View:
        """Show a Home tab to one person, in place of the one before.

        Raises:
            SlackError: `hash_conflict`, `duplicate_external_id`.
        """
        home = self._homes.get(user_id)
        if home is not None:
            self.update(home, content, expected_hash)
            return home
        self._require_free_external_id(content)
        self._homes[user_id] = self._add(user_id, Surface.HOME, content, under=None)
        return self._homes[user_id]

    def find(self, view_id: str | None, external_id: str | None) -> View:
        """Return an open view by either id.

        Raises:
            SlackError: `not_found`: there is none, or its person has closed it.
        """
        for view in self._views.values():
            if view.is_open and (view.id == view_id or (external_id and view.content["external_id"] == external_id)):
                return view
        raise SlackError("not_found")

    def close(self, view: View) -> None:
        """Take a modal from its stack, with whatever was pushed on top of it."""
        stack = self.stack(view.user_id)
        while view in stack:
            stack.pop().is_open = False
        self._changed(view)

    def clear(self, user_id: str) -> None:
        """Close every modal of this person."""
        if self.stack(user_id):
            self.close(self.stack(user_id)[0])

    def say_errors(self, view: View, errors: Mapping[str, str], trouble: str | None = None) -> None:
        """Show errors under the inputs of a view, or Slack's own words at its head."""
        view.errors = dict(errors)
        view.trouble = trouble
        self._changed(view)

    def entered(self, view: View, place: Place, value: Mapping[str, Any]) -> None:
        """Note what the person has entered."""
        view.entries[place] = dict(value)

    def last_number(self) -> int:
        """Return the number of the newest change."""
        return self._last_number

    def _push(self, user_id: str, content: Mapping[str, Any]) -> View:
        stack = self.stack(user_id)
        view = self._add(user_id, Surface.MODAL, content, under=stack[-1] if stack else None)
        stack.append(view)
        self.changes.notify()
        return view

    def _add(self, user_id: str, surface: Surface, content: Mapping[str, Any], *, under: View | None) -> View:
        view_id = "V" + secrets.token_hex(5).upper()
        view = View(
            view_id,
            user_id,
            surface,
            _normalised(content),
            self._new_hash(),
            under.root_view_id if under else view_id,
            under.id if under else None,
        )
        self._views[view_id] = view
        self._number(view)
        self.changes.notify()
        return view

    def _require_free_external_id(self, content: Mapping[str, Any], besides: View | None = None) -> None:
        # Assumed: an external_id is free again once its view was closed.
        wanted = content.get("external_id")
        for view in self._views.values():
            if wanted and view.is_open and view is not besides and view.content["external_id"] == wanted:
                raise SlackError("duplicate_external_id", fault=f"An open view has the external_id {wanted!r} already.")

    def _changed(self, view: View) -> None:
        self._number(view)
        self.changes.notify()

    def _number(self, view: View) -> None:
        self._last_number += 1
        view.number = self._last_number

    def _new_hash(self) -> str:
        return f"{int(self.now().timestamp())}.{secrets.token_urlsafe(6)}"


def _normalised(content: Mapping[str, Any]) -> dict[str, Any]:
    text_keys = ("private_metadata", "callback_id", "external_id")
    return {
        "type": content["type"],
        **{key: content.get(key, "" if key in text_keys else None) for key in COPIED_KEYS},
        "blocks": with_ids(content["blocks"]),
        **{key: bool(content.get(key)) for key in ("clear_on_close", "notify_on_close", "submit_disabled")},
    }
