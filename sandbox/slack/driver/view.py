"""Modals and the Home tab, as one person sees and uses them."""
# ruff: noqa: ASYNC109 - a test reads best with a timeout, and a wait that fails says what is on the screen

from collections.abc import Mapping
from typing import Any

from sandbox.slack.driver.controls import main_name, names_of
from sandbox.slack.driver.entering import entered_value, require_submittable
from sandbox.slack.driver.errors import CannotDoError
from sandbox.slack.driver.page import Page, Reply, Screen
from sandbox.slack.elements import VALUE_SHAPES, Element, Place, elements_in
from sandbox.slack.interactions import Reaction
from sandbox.slack.render import render_view_text
from sandbox.slack.views import View


class ViewHandle(Page):
    """A view on one person's screen; it shows what the view says now."""

    def __init__(self, screen: Screen, view: View) -> None:
        super().__init__(screen)
        self._view = view
        self._seen_version = view.version

    @property
    def text(self) -> str:
        """What the person reads."""
        shown = {key: value for key, value in self._view.content.items() if value is not None}
        shown["state"] = self._view.state()
        return render_view_text(shown, self._screen.reader, errors=self._view.errors)

    @property
    def blocks(self) -> list[dict[str, Any]]:
        """The blocks, as JSON."""
        return self._view.blocks

    async def updated(self, text: str | None = None, timeout: float = 5) -> None:
        """Wait until the app has changed the view since it was last waited for or opened, and it says `text`.

        Raises:
            NotSeenError: It has not, within `timeout` seconds.
        """
        await self._screen.wait_for(
            lambda: (self._view.version > self._seen_version and (text is None or text in self.text)) or None,
            timeout,
            lambda: f"no change to {text!r} came; the view says: {self.text}",
        )
        self._seen_version = self._view.version

    @property
    def _source(self) -> View:
        return self._view

    def _require_usable(self) -> None:
        self._screen.require_signed_in()
        if not self._view.is_open:
            raise CannotDoError("This view is closed.")

    async def _act(self, action: Mapping[str, Any]) -> Reaction:
        return await self._screen.interactions.act_in_view(self._screen.person, self._view, action)

    def _keep(self, place: Place, value: Mapping[str, Any]) -> None:
        self._screen.state.views.entered(self._view, place, value)


class HomeHandle(ViewHandle):
    """The app's Home tab."""


class ModalHandle(ViewHandle):
    """A modal; it can be used while it is the topmost of its stack."""

    @property
    def title(self) -> str:
        """The title."""
        return str(self._view.content["title"]["text"])

    @property
    def submit_text(self) -> str | None:
        """The text on the submit button; None if there is no such button."""
        submit = self._view.content["submit"]
        return submit["text"] if submit else None

    @property
    def is_open(self) -> bool:
        """Whether it is open, be it under another one."""
        return self._view.is_open

    @property
    def errors(self) -> dict[str, str]:
        """The errors under the fields, by the field's label."""
        labels = {block["block_id"]: block["label"]["text"] for block in self.blocks if block["type"] == "input"}
        return {labels[block_id]: text for block_id, text in self._view.errors.items()}

    @property
    def trouble(self) -> str | None:
        """Slack's own words, after a submission that failed."""
        return self._view.trouble

    @property
    def fields(self) -> list[str]:
        """The labels of the input fields."""
        return [main_name(element) for element in elements_in(self.blocks) if element.in_input]

    def value(self, name: str) -> Any:
        """Return what a field holds now: a text, an option's JSON, a list of these, an id, or None."""
        element = self._field(name)
        entry = self._view.entries.get(element.place) or element.empty_value
        return entry[VALUE_SHAPES[element.type].key]

    def fill(self, entries: Mapping[str, Any] | None = None, /, **more: Any) -> None:
        """Fill fields in, each named by its label, action_id or block_id.

        Args:
            entries: What to enter, by exact name; `entered_value` says what each kind of field takes.
            more: The same by keyword, where `_` stands for a space in a label.

        Raises:
            CannotDoError: There is no such field, or it does not take this.
        """
        self._require_usable()
        for name, value in {**(entries or {}), **more}.items():
            element = self._field(name)
            if element.dispatches:
                raise CannotDoError(f"The app hears of {name!r} at once: use choose() or enter().")
            searched = self._offers.get(element.place, [])
            self._keep(element.place, entered_value(self._screen.state.directory, element, value, searched))

    async def enter(self, name: str, text: str) -> Reply:
        """Type into a field that the app hears of at once (`dispatch_action`), and press Enter.

        Raises:
            CannotDoError: There is no such field, or it does not take this.
        """
        return await self.choose(name, option=text)

    async def submit(self, entries: Mapping[str, Any] | None = None, /, **more: Any) -> "SubmitReply":
        """Fill fields in, press the submit button, and wait until the app has answered or was too late.

        Args:
            entries: As in `fill`.
            more: As in `fill`.

        Raises:
            CannotDoError: There is no submit button, a required field is empty, or a field does not take this.
        """
        self.fill(entries, **more)
        if self.submit_text is None:
            raise CannotDoError(f"The modal {self.title!r} has no submit button.")
        if self._view.content["submit_disabled"]:
            raise CannotDoError(f"The submit button of {self.title!r} cannot be pressed.")
        for element in elements_in(self.blocks):
            if element.in_input:
                entry = self._view.entries.get(element.place) or element.empty_value
                require_submittable(element, entry)
        version = self._view.version
        reaction = await self._screen.interactions.submit(self._screen.person, self._view)
        return SubmitReply(self._screen, reaction, self, updated=self._view.version > version)

    async def close(self) -> Reply:
        """Press the close button; a view below it shows again."""
        self._require_usable()
        return Reply(self._screen, [await self._screen.interactions.close(self._screen.person, self._view)])

    async def close_all(self) -> Reply:
        """Press the ✕, which closes the whole stack."""
        self._require_usable()
        person = self._screen.person
        reaction = await self._screen.interactions.close(person, self._view, whole_stack=True)
        return Reply(self._screen, [reaction])

    def _require_usable(self) -> None:
        super()._require_usable()
        if self._screen.state.views.stack(self._screen.person.id)[-1] is not self._view:
            raise CannotDoError(f"Another modal lies on top of {self.title!r}.")

    def _field(self, name: str) -> Element:
        spoken = name.replace("_", " ").casefold()
        fields = [element for element in elements_in(self.blocks) if element.type in VALUE_SHAPES]
        exact = [each for each in fields if name in names_of(each) or name == each.block["block_id"]]
        found = exact or [each for each in fields if main_name(each).casefold() == spoken]
        if len(found) != 1:
            raise CannotDoError(
                f"{len(found)} fields are called {name!r}; fields: {', '.join(map(main_name, fields))}."
            )
        return found[0]


class SubmitReply(Reply):
    """The app's answer to a submission.

    Attributes:
        errors: The errors under the fields, by label.
        closed: Whether the modal was closed.
        updated: Whether the modal shows another view now.
    """

    def __init__(self, screen: Screen, reaction: Reaction, modal: ModalHandle, *, updated: bool) -> None:
        super().__init__(screen, [reaction])
        self.errors = modal.errors
        self.closed = not modal.is_open
        self.updated = updated
