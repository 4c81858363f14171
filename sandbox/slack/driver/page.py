"""What one person reads and presses: messages, and what messages, modals and Home tabs have in common."""
# ruff: noqa: ASYNC109 - a test reads best with a timeout, and a wait that fails says what is on the screen

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from sandbox.slack.blocks.objects import offered_options
from sandbox.slack.directory import Person
from sandbox.slack.driver.attachment import FileHandle
from sandbox.slack.driver.controls import Sought, main_name, option_named
from sandbox.slack.driver.entering import entered_value
from sandbox.slack.driver.errors import CannotDoError, NotSeenError
from sandbox.slack.elements import VALUE_SHAPES, Element, Place, elements_in
from sandbox.slack.interactions import Interactions, Reaction
from sandbox.slack.messages import Message, Origin
from sandbox.slack.render import render_message_text
from sandbox.slack.render.reader import Reader
from sandbox.slack.state import WorkspaceState
from sandbox.slack.views import View

T = TypeVar("T")

BUTTONS = ("button",)
MENUS = ("overflow", *VALUE_SHAPES)
SEARCHED = ("external_select", "multi_external_select")


@dataclass(frozen=True)
class Screen:
    """One person's client."""

    state: WorkspaceState
    interactions: Interactions
    person: Person

    @property
    def reader(self) -> Reader:
        """How texts look to this person: with names for ids, and dates in their time zone."""
        directory = self.state.directory
        names = {
            **{person.id: person.name for person in directory.people.values()},
            **{channel.id: channel.name for channel in directory.channels.values()},
            **{group.id: group.handle for group in directory.groups.values()},
        }
        return Reader(zone=ZoneInfo(self.person.time_zone), names=names, width=None)

    def require_signed_in(self) -> None:
        """Check that this person has a client at all.

        Raises:
            CannotDoError: A bot has none, and a deactivated account has none any more.
        """
        if self.person.is_bot or not self.person.signed_in:
            raise CannotDoError(f"{self.person.name} is a bot or signed out, and can do nothing in Slack.")

    async def wait_for(self, find: Callable[[], T | None], timeout: float, complain: Callable[[], str]) -> T:
        """Wait until something is there, and return it.

        Raises:
            NotSeenError: It is not, within `timeout` seconds; `complain` is asked for the rest of the sentence.
        """
        try:
            return await self.state.changes.wait_for(find, timeout)
        except TimeoutError as late:
            raise NotSeenError(f"{self.person.name} waited {timeout} s; {complain()}") from late


class Page(ABC):
    """Something with blocks on one person's screen."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._offers: dict[Place, list[dict[str, Any]]] = {}

    @property
    @abstractmethod
    def text(self) -> str:
        """What the person reads."""

    @property
    @abstractmethod
    def blocks(self) -> list[dict[str, Any]]:
        """The blocks, as JSON."""

    @property
    @abstractmethod
    def _source(self) -> Message | View:
        """What this is in the workspace."""

    @abstractmethod
    def _require_usable(self) -> None:
        """Raise CannotDoError if this is not on the person's screen."""

    @abstractmethod
    async def _act(self, action: Mapping[str, Any]) -> Reaction:
        """Pass one use of an element on to the app."""

    @property
    def buttons(self) -> list[str]:
        """The texts of the buttons, in the order of the page."""
        return [main_name(element) for element in elements_in(self.blocks) if element.type in BUTTONS]

    def options(self, name: str, near: str | None = None) -> list[str]:
        """Return the texts that a menu, select or group of boxes offers."""
        element = self._find(Sought(name, MENUS, near))
        offered = self._offers.get(element.place, []) if element.type in SEARCHED else offered_options(element.json)
        return [option["text"]["text"] for option in offered]

    def confirmation(self, name: str, near: str | None = None) -> str | None:
        """Return what the dialog says that pressing this opens first; None if there is no dialog."""
        element = self._find(Sought(name, (*BUTTONS, *MENUS), near))
        confirm = element.json.get("confirm")
        return None if confirm is None else f"{confirm['title']['text']}\n{confirm['text']['text']}"

    async def click(self, name: str, *, near: str | None = None, times: int = 1, dismiss: bool = False) -> "Reply":
        """Press a button, and wait until the app has acknowledged it or was too late.

        A dialog that asks for confirmation is confirmed.

        Args:
            name: The button's text, its label for screen readers, or its action_id.
            near: A text in its row, where there are several such buttons.
            times: 2 for a double click: as many payloads at once, each with a trigger of its own.
            dismiss: Press the other button of the dialog instead, so that nothing is sent.

        Raises:
            CannotDoError: There is no such button, or more than one, or this is not on the screen any more.
        """
        self._require_usable()
        element = self._find(Sought(name, BUTTONS, near))
        chosen = {key: element.json[key] for key in ("text", "value", "style") if key in element.json}
        return await self._use(element, chosen, times=times, dismiss=dismiss)

    async def choose(self, name: str, *, option: Any, near: str | None = None, dismiss: bool = False) -> "Reply":
        """Choose from a menu or select, tick boxes, or pick a date, where the app hears of it at once.

        Args:
            name: Its placeholder, label or action_id; `⋯` for an overflow menu.
            option: The text of the option; several for boxes and multi-selects; a date, a person, a channel.
            near: A text in its row, where there are several.
            dismiss: As in `click`.

        Raises:
            CannotDoError: There is no such thing, or it does not offer this.
        """
        self._require_usable()
        element = self._find(Sought(name, MENUS, near))
        if not element.dispatches:
            raise CannotDoError(f"The app hears of {name!r} when the modal is submitted: use fill().")
        if element.type == "overflow":
            return await self._use(
                element, {"selected_option": option_named(offered_options(element.json), option)}, dismiss=dismiss
            )
        searched = self._offers.get(element.place, [])
        chosen = entered_value(self._screen.state.directory, element, option, searched)
        if not dismiss:
            self._keep(element.place, chosen)
        return await self._use(element, chosen, dismiss=dismiss)

    async def search(self, name: str, typed: str, *, near: str | None = None) -> list[str]:
        """Type into an external select and return what the app offers; `choose` or `fill` can then take one of it.

        Raises:
            CannotDoError: There is no such select, or it asks for more letters first.
        """
        self._require_usable()
        element = self._find(Sought(name, SEARCHED, near))
        # Slack: three letters unless the element says otherwise.
        least = element.json.get("min_query_length", 3)
        if len(typed) < least:
            raise CannotDoError(f"{name!r} asks the app only after {least} letters.")
        names = {"block_id": element.place.block_id, "action_id": element.place.action_id}
        offered = await self._screen.interactions.suggest(self._screen.person, self._source, names, typed)
        self._offers[element.place] = offered
        return [option["text"]["text"] for option in offered]

    def _find(self, sought: Sought) -> Element:
        return sought.find(self.blocks, self._screen.reader)

    @abstractmethod
    def _keep(self, place: Place, value: Mapping[str, Any]) -> None:
        """Remember what was entered."""

    async def _use(
        self, element: Element, chosen: Mapping[str, Any], *, times: int = 1, dismiss: bool = False
    ) -> "Reply":
        if dismiss and "confirm" not in element.json:
            raise CannotDoError(f"{main_name(element)!r} asks for no confirmation, so there is nothing to dismiss.")
        block_id, action_id = element.place
        action = {"type": element.type, "block_id": block_id, "action_id": action_id, **chosen}
        acts = [] if dismiss else [self._act(action) for _ in range(times)]
        return Reply(self._screen, await asyncio.gather(*acts))


class MessageHandle(Page):
    """A message on one person's screen; it shows what the message says now."""

    def __init__(self, screen: Screen, message: Message) -> None:
        super().__init__(screen)
        self._message = message
        self._seen_version = message.version

    @property
    def text(self) -> str:
        """What the person reads: the blocks if there are any, else the text."""
        return render_message_text(self._message.content, self._screen.reader)

    @property
    def fallback_text(self) -> str:
        """The top-level text, which notifications show and screen readers read."""
        return self._message.text

    @property
    def blocks(self) -> list[dict[str, Any]]:
        """The blocks, as JSON."""
        return self._message.blocks

    @property
    def ts(self) -> str:
        """Slack's timestamp."""
        return self._message.ts

    @property
    def channel_id(self) -> str:
        """The conversation that it is in."""
        return self._message.conversation_id

    @property
    def thread_ts(self) -> str | None:
        """The message that it answers in a thread."""
        return self._message.thread_ts

    @property
    def files(self) -> list[FileHandle]:
        """The files shared with it."""
        session = self._screen.state.credentials.session_of(self._screen.person.id)
        return [FileHandle(json, session) for json in self._message.files]

    @property
    def number(self) -> int:
        """Its place in the order of all changes."""
        return self._message.number

    @property
    def is_ephemeral(self) -> bool:
        """Whether only this person sees it."""
        return self._message.is_ephemeral

    @property
    def is_gone(self) -> bool:
        """Whether it was deleted, or vanished with a reload."""
        return not self._screen.state.messages.is_visible(self._message, self._screen.person)

    async def updated(self, text: str | None = None, timeout: float = 5) -> "MessageHandle":
        """Wait until the message was changed since it was last looked at, and says `text`; return this handle.

        Raises:
            NotSeenError: It was not, within `timeout` seconds.
        """
        await self._screen.wait_for(
            lambda: (self._message.version > self._seen_version and (text is None or text in self.text)) or None,
            timeout,
            lambda: f"no change to {text!r} came; the message says: {self.text}",
        )
        return self.refresh()

    async def vanished(self, timeout: float = 5) -> None:
        """Wait until the message was deleted.

        Raises:
            NotSeenError: It was not, within `timeout` seconds.
        """
        await self._screen.wait_for(
            lambda: self.is_gone or None, timeout, lambda: f"the message still says: {self.text}"
        )

    def refresh(self) -> "MessageHandle":
        """Count the message as looked at: `updated` waits for what comes after."""
        self._seen_version = self._message.version
        return self

    @property
    def _source(self) -> Message:
        return self._message

    def _require_usable(self) -> None:
        self._screen.require_signed_in()
        if self.is_gone:
            raise CannotDoError("This message is not on the screen any more: it was deleted, or vanished on a reload.")

    async def _act(self, action: Mapping[str, Any]) -> Reaction:
        return await self._screen.interactions.act_on_message(self._screen.person, self._message, action)

    def _keep(self, place: Place, value: Mapping[str, Any]) -> None:
        self._message.entries.setdefault(self._screen.person.id, {})[place] = dict(value)


class Reply:
    """The app's answer to one act of a person: a command, a choice, or one or more presses of a button.

    Attributes:
        ack_ms: Milliseconds until the last acknowledgement; None if one did not come in time, or nothing was sent.
        error: What Slack told the person; None if all went well.
        message: The message in a command's acknowledgement, if there was one.
    """

    def __init__(self, screen: Screen, reactions: Sequence[Reaction]) -> None:
        self._screen = screen
        self._addresses = [reaction.address.id for reaction in reactions if reaction.address]
        self._seen: set[str] = set()
        times = [reaction.ack_ms for reaction in reactions if reaction.ack_ms is not None]
        self.ack_ms = max(times) if times and len(times) == len(reactions) else None
        self.error = next((reaction.error for reaction in reactions if reaction.error), None)
        posted = next((reaction.message for reaction in reactions if reaction.message), None)
        self.message = MessageHandle(screen, posted) if posted else None

    async def answer(self, timeout: float = 5) -> MessageHandle:
        """Wait for the next new message that the app posts through the response_url of this act.

        Raises:
            NotSeenError: None came within `timeout` seconds.
        """
        message = await self._screen.wait_for(self._next_answer, timeout, lambda: "no (further) answer to this came")
        self._seen.add(message.ts)
        return MessageHandle(self._screen, message)

    def _next_answer(self) -> Message | None:
        messages = self._screen.state.messages
        for message in (each for address_id in self._addresses for each in messages.answering(address_id)):
            is_new = message.origin is Origin.RESPONSE_URL and message.ts not in self._seen
            if is_new and messages.is_visible(message, self._screen.person):
                return message
        return None
