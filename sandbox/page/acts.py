"""What a browser can ask for: what a person in front of Slack could do, checked as the driver checks it."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from sandbox.page.html.controls import least_query_length, option_json
from sandbox.slack.blocks.objects import offered_options
from sandbox.slack.directory import Person
from sandbox.slack.driver.entering import entered_value, require_submittable
from sandbox.slack.driver.errors import CannotDoError
from sandbox.slack.driver.page import SEARCHED, Screen
from sandbox.slack.driver.person import DIRECT_MESSAGES
from sandbox.slack.driver.view import ModalHandle
from sandbox.slack.elements import VALUE_SHAPES, Element, Place, elements_in
from sandbox.slack.interactions import Reaction
from sandbox.slack.messages import Message
from sandbox.slack.views import View
from sandbox.slack.workspace import SlackWorkspace

Answer = dict[str, Any]
"""What the browser is told: `error` (a sentence), `fields` (sentences by block_id) or `options`; or nothing."""
Posted = str | list[str]
"""What stands in a field: a text, or the values of the chosen options."""
Entries = dict[str, dict[str, Posted]]
"""What stands in all fields, by block_id and action_id."""

_OPTIONS_SHOWN = 100
_HOLD_OPTIONS = ("checkboxes", "radio_buttons", "static_select", "multi_static_select", *SEARCHED)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class MessageId(_Strict):
    """Names a message."""

    conversation: str
    ts: str


class ViewId(_Strict):
    """Names a modal or a Home tab."""

    id: str


class Source(_Strict):
    """Where an element stands: in a message or in a view."""

    message: MessageId | None = None
    view: ViewId | None = None


class Command(_Strict):
    """Type a line into a conversation, and send it."""

    do: Literal["command"]
    conversation: str
    typed: str


class Shortcut(_Strict):
    """Run a global shortcut."""

    do: Literal["shortcut"]
    callback_id: str


class Use(_Strict):
    """Press a button, choose from a menu, or do what else the app hears of at once."""

    do: Literal["use"]
    source: Source
    block_id: str
    action_id: str
    value: Posted = ""
    entries: Entries = {}


class Suggest(_Strict):
    """Type into a select that looks its options up."""

    do: Literal["suggest"]
    source: Source
    block_id: str
    action_id: str
    typed: str


class Submit(_Strict):
    """Press a modal's submit button."""

    do: Literal["submit"]
    view: str
    entries: Entries = {}


class Close(_Strict):
    """Press a modal's close button, or with `all` the ✕ that closes the whole stack."""

    do: Literal["close"]
    view: str
    all: bool = False


class Open(_Strict):
    """Go to a tab of the app, which the app may hear of."""

    do: Literal["open"]
    tab: Literal["home", "messages"]


class Reload(_Strict):
    """Reload the client: ephemeral messages and modals are gone."""

    do: Literal["reload"]


Act = Annotated[Command | Shortcut | Use | Suggest | Submit | Close | Open | Reload, Field(discriminator="do")]
ACT: TypeAdapter[Act] = TypeAdapter(Act)


class PersonActs:
    """One person's hands."""

    def __init__(self, slack: SlackWorkspace, person: Person) -> None:
        self._slack = slack
        self._state = slack.state
        self._person = person
        self._screen = Screen(slack.state, slack.interactions, person)
        self._user = slack.user(person.id)
        self._offers: dict[tuple[str, Place], dict[str, dict[str, Any]]] = {}

    async def do(self, act: Act) -> Answer:
        """Carry out an act, and return when the app has acknowledged it or the deadline has passed."""
        try:
            return await self._do(act)
        except CannotDoError as error:
            return {"error": str(error)}

    async def _do(self, act: Act) -> Answer:  # noqa: PLR0911 - one line for each act
        self._screen.require_signed_in()
        match act:
            case Command():
                return await self._command(act)
            case Shortcut():
                return _told((await self._user.shortcut(act.callback_id)).error)
            case Use():
                return await self._use(act)
            case Suggest():
                return await self._suggest(act)
            case Submit():
                return await self._submit(act)
            case Close():
                return await self._close(act)
            case Open():
                return await self._open(act)
            case Reload():
                self._user.reload()
                return {}

    async def _command(self, act: Command) -> Answer:
        if not act.typed.startswith("/"):
            raise CannotDoError("This sandbox passes commands on, and nothing else. Type / to see which there are.")
        place = DIRECT_MESSAGES if act.conversation == self._person.dm_id else act.conversation
        if place != DIRECT_MESSAGES and place not in self._state.directory.channels:
            raise CannotDoError("There is no such conversation.")
        return _told((await self._user.command(act.typed, place)).error)

    async def _use(self, act: Use) -> Answer:
        source = self._source(act.source)
        element = _element(source.blocks, act.block_id, act.action_id)
        if not element.dispatches:
            raise CannotDoError("The app hears of this field when the modal is submitted.")
        for other, posted in _posted(source.blocks, act.entries):
            # Slack sends along what the other fields hold; what a field does not take, it does not hold.
            with suppress(CannotDoError):
                self._keep(source, other.place, self._entry(source, other, posted))
        chosen = self._chosen(source, element, act.value)
        action = {"type": element.type, "block_id": act.block_id, "action_id": act.action_id, **chosen}
        return _told((await self._pass_on(source, action)).error)

    def _chosen(self, source: Message | View, element: Element, posted: Posted) -> Mapping[str, Any]:
        """What an action says was pressed or chosen."""
        if element.type == "button":
            return {key: element.json[key] for key in ("text", "value", "style") if key in element.json}
        if element.type == "overflow":
            return {"selected_option": _option(offered_options(element.json), str(posted))}
        entry = self._entry(source, element, posted)
        self._keep(source, element.place, entry)
        return entry

    async def _pass_on(self, source: Message | View, action: Mapping[str, Any]) -> Reaction:
        interactions = self._slack.interactions
        if isinstance(source, Message):
            return await interactions.act_on_message(self._person, source, action)
        return await interactions.act_in_view(self._person, source, action)

    async def _suggest(self, act: Suggest) -> Answer:
        source = self._source(act.source)
        element = _element(source.blocks, act.block_id, act.action_id)
        if element.type not in SEARCHED:
            return {"options": self._listed(element, act.typed)}
        if len(act.typed) < least_query_length(element.json):
            return {"options": []}
        names = {"block_id": act.block_id, "action_id": act.action_id}
        offered = await self._slack.interactions.suggest(self._person, source, names, act.typed)
        known = self._offers.setdefault((_name(source), element.place), {})
        known.update({option["value"]: option for option in offered})
        return {"options": [option_json(option, self._screen.reader) for option in offered]}

    def _listed(self, element: Element, typed: str) -> list[dict[str, str]]:
        """The people or channels that a select offers."""
        directory = self._state.directory
        if "users" in element.type:
            found = [(each.id, f"@{each.name}", each.real_name) for each in directory.people.values()]
        else:
            shown = [each for each in directory.channels.values() if self._person.id in each.members]
            found = [(each.id, f"#{each.name}", each.purpose) for each in shown]
        return [
            {"value": key, "text": name, "description": more}
            for key, name, more in found
            if typed.casefold() in f"{name} {more}".casefold()
        ][:_OPTIONS_SHOWN]

    async def _submit(self, act: Submit) -> Answer:
        view = self._modal(act.view)
        wrong = {}
        entries = {element.place: posted for element, posted in _posted(view.blocks, act.entries)}
        for element in elements_in(view.blocks):
            try:
                if element.place in entries:
                    self._keep(view, element.place, self._entry(view, element, entries[element.place]))
                if element.in_input:
                    require_submittable(element, view.entries.get(element.place) or element.empty_value)
            except CannotDoError as error:
                wrong[element.place.block_id] = str(error)
        if wrong:
            return {"fields": wrong}
        await ModalHandle(self._screen, view).submit()
        return {}

    async def _close(self, act: Close) -> Answer:
        modal = ModalHandle(self._screen, self._modal(act.view))
        return _told((await (modal.close_all() if act.all else modal.close())).error)

    async def _open(self, act: Open) -> Answer:
        if act.tab == "home" and not self._state.manifest.home_tab:
            raise CannotDoError("This app has no Home tab.")
        await self._slack.interactions.open_home(self._person, act.tab)
        return {}

    def _source(self, source: Source) -> Message | View:
        if source.message is not None:
            message = self._state.messages.get(source.message.conversation, source.message.ts)
            if message is None or not self._state.messages.is_visible(message, self._person):
                raise CannotDoError("This message is not on the screen any more.")
            return message
        home = self._state.views.home(self._person.id)
        wanted = source.view.id if source.view else ""
        return home if home is not None and home.id == wanted else self._modal(wanted)

    def _modal(self, view_id: str) -> View:
        """The topmost modal, if it has this id."""
        stack = self._state.views.stack(self._person.id)
        if not stack or stack[-1].id != view_id:
            raise CannotDoError("This modal is closed, or another one lies on top of it.")
        return stack[-1]

    def _keep(self, source: Message | View, place: Place, entry: Mapping[str, Any]) -> None:
        if isinstance(source, Message):
            source.entries.setdefault(self._person.id, {})[place] = dict(entry)
        else:
            self._state.views.entered(source, place, entry)

    def _entry(self, source: Message | View, element: Element, posted: Posted) -> dict[str, Any]:
        """What `state.values` holds for what stands in a field.

        Raises:
            CannotDoError: The field does not take this.
        """
        several = element.type.startswith("multi_") or element.type == "checkboxes"
        values = [posted] if isinstance(posted, str) else posted
        options: list[dict[str, Any]] = []
        if element.type in _HOLD_OPTIONS:
            known = self._known_options(source, element)
            options = [_option(known, value) for value in values if value]
            values = [option["text"]["text"] for option in options]
        entered: Any = values if several else values[0] if values else None
        if element.type == "datetimepicker" and entered:
            entered = self._moment(str(entered))
        return entered_value(self._state.directory, element, entered, options)

    def _known_options(self, source: Message | View, element: Element) -> list[dict[str, Any]]:
        """The options that a field offers, those that were looked up for it, and those that stand in it already."""
        entries = source.entries if isinstance(source, View) else source.entries.get(self._person.id, {})
        held = (entries.get(element.place) or element.empty_value)[VALUE_SHAPES[element.type].key]
        looked_up = self._offers.get((_name(source), element.place), {}).values()
        return [
            *offered_options(element.json),
            *looked_up,
            *(held if isinstance(held, list) else [held] if held else []),
        ]

    def _moment(self, text: str) -> datetime:
        try:
            return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(self._person.time_zone))
        except ValueError as error:
            raise CannotDoError(f"{text!r} is no date and time.") from error


def _told(error: str | None) -> Answer:
    return {"error": error} if error else {}


def _name(source: Message | View) -> str:
    return source.id if isinstance(source, View) else f"{source.conversation_id} {source.ts}"


def _element(blocks: Sequence[Mapping[str, Any]], block_id: str, action_id: str) -> Element:
    for element in elements_in(blocks):
        if element.place == (block_id, action_id):
            return element
    raise CannotDoError("This is not on the screen any more.")


def _posted(blocks: Sequence[Mapping[str, Any]], entries: Entries) -> list[tuple[Element, Posted]]:
    """The fields for which something was posted; what is said of others is not heard."""
    return [
        (element, entries[block_id][action_id])
        for element in elements_in(blocks)
        for block_id, action_id in [element.place]
        if element.type in VALUE_SHAPES and action_id in entries.get(block_id, {})
    ]


def _option(options: Sequence[dict[str, Any]], value: str) -> dict[str, Any]:
    for option in options:
        if option["value"] == value:
            return option
    raise CannotDoError("This option is not offered.")
