"""What one browser is told: the parts of what its person sees now, and after that only what has changed."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.page.html.messages import Author, avatar_html, message_html
from sandbox.page.html.vi import vi_html
from sandbox.page.html.views import home_html, modal_html
from sandbox.page.html.wire import exchange_html, request_html
from sandbox.page.vi_acts import ViActs
from sandbox.slack.directory import Channel, Person
from sandbox.slack.driver.page import Screen
from sandbox.slack.messages import Message
from sandbox.slack.render.reader import Reader
from sandbox.slack.workspace import SlackWorkspace
from sandbox.vi.request_log import ReceivedRequest
from sandbox.vi.server import ViEmulator

_SHOWN_EXCHANGES = 200


@dataclass(frozen=True, slots=True)
class Part:
    """One thing on the screen.

    Attributes:
        key: what it is called; the same from one look to the next.
        stamp: equal as long as it looks the same.
        show: gives it as JSON.
    """

    key: str
    stamp: object
    show: Callable[[], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Update:
    """What a browser has to put on the screen, and which parts it has to take away."""

    put: Mapping[str, Mapping[str, Any]]
    drop: tuple[str, ...]


class ViRequests:
    """The newest requests to Vi, each with a number of its own."""

    def __init__(self, vi: ViEmulator, changed: Callable[[], None]) -> None:
        self.newest: deque[tuple[int, ReceivedRequest]] = deque(maxlen=_SHOWN_EXCHANGES)
        self._changed = changed
        self._count = 0
        self.stop = vi.requests.subscribe(self._hear)

    def _hear(self, request: ReceivedRequest) -> None:
        if request.ended is None:
            self._count += 1
            self.newest.append((self._count, request))
        self._changed()


@dataclass(frozen=True, slots=True)
class Sandbox:
    """What there is to see.

    Attributes:
        roles: what each person may do, in a word, by user id.
    """

    slack: SlackWorkspace
    vi: ViEmulator
    requests: ViRequests
    meddling: ViActs
    roles: Mapping[str, str]

    def person(self, user_id: str) -> Person | None:
        """The person of this id, if it is one who can be at a screen."""
        person = self.slack.state.directory.people.get(user_id)
        return person if person and not person.is_bot and person.signed_in else None


class LiveScreen:
    """One person's screen, as one browser was told of it so far."""

    def __init__(self, sandbox: Sandbox, person: Person) -> None:
        self._sandbox = sandbox
        self._state = sandbox.slack.state
        self._person = person
        self._told: dict[str, object] = {}

    def update(self) -> Update | None:
        """What has changed since this was asked last; None if nothing has."""
        parts = {part.key: part for part in self._parts()}
        put = {
            key: part.show() for key, part in parts.items() if key not in self._told or self._told[key] != part.stamp
        }
        drop = tuple(key for key in self._told if key not in parts)
        self._told = {key: part.stamp for key, part in parts.items()}
        return Update(put, drop) if put or drop else None

    def _parts(self) -> Iterator[Part]:
        frame = self._frame()
        yield Part("frame", frame, lambda: frame)
        now = self._state.clock.now()
        yield from self._messages(self._reader(now), now)
        yield from self._views(self._reader(now))
        yield from self._exchanges(ZoneInfo(self._person.time_zone))
        organization, mood = self._sandbox.vi.organization, self._sandbox.meddling.mood
        yield Part("vi", (organization.revision, mood), lambda: {"html": vi_html(organization, mood)})

    def _reader(self, now: datetime) -> Reader:
        return replace(Screen(self._state, self._sandbox.slack.interactions, self._person).reader, now=now)

    def _frame(self) -> dict[str, Any]:
        directory, manifest = self._state.directory, self._state.manifest
        people = [each for each in directory.people.values() if self._sandbox.person(each.id)]
        is_home = self._person.team == directory.team
        return {
            "workspace": directory.team.name,
            "app": {"name": directory.app_user.real_name, "avatar": avatar_html(self._author(directory.app_user))},
            "me": self._person.id,
            "people": [self._shown(each) for each in people],
            "channels": [self._channel(each) for each in directory.channels.values() if self._is_listed(each)],
            "messages": self._person.dm_id if is_home else "",
            "home": manifest.home_tab and is_home,
            "commands": [
                {"name": each.name, "hint": each.usage_hint, "description": each.description}
                for each in (manifest.commands if is_home else ())
            ],
            "shortcuts": [
                {"name": each.name, "id": each.callback_id}
                for each in (manifest.shortcuts if is_home else ())
                if each.is_global
            ],
        }

    def _shown(self, person: Person) -> dict[str, str]:
        role = self._sandbox.roles.get(person.id) or _standing(person, self._state.directory.team.id)
        return {
            "id": person.id,
            "handle": person.name,
            "name": person.real_name,
            "role": role,
            "avatar": avatar_html(self._author(person)),
        }

    def _author(self, person: Person) -> Author:
        return Author.of(person, list(self._state.directory.people).index(person.id))

    def _is_listed(self, channel: Channel) -> bool:
        return self._person.id in channel.members and not channel.is_archived

    def _channel(self, channel: Channel) -> dict[str, Any]:
        has_app = self._state.directory.app_user.id in channel.members
        return {
            "id": channel.id,
            "name": channel.name,
            "purpose": channel.purpose,
            "private": channel.is_private,
            # Where to begin: a channel of the team in which the app is.
            "first": has_app and not channel.is_general,
        }

    def _messages(self, reader: Reader, now: datetime) -> Iterator[Part]:
        today = now.astimezone(reader.zone).date()
        for message in self._state.messages.visible_to(self._person):
            key = f"message {message.conversation_id} {message.ts}"
            yield Part(key, (message.number, today), lambda message=message: self._message(message, reader))  # type: ignore[misc]  # mypy: a lambda's default

    def _message(self, message: Message, reader: Reader) -> dict[str, Any]:
        author = self._state.directory.people[message.author_id]
        at = datetime.fromtimestamp(float(message.ts), UTC).astimezone(ZoneInfo(self._person.time_zone))
        return {
            "conversation": message.conversation_id,
            "order": f"{message.thread_ts or message.ts} {message.ts}",
            "number": message.number,
            "mine": message.author_id == self._person.id,
            "html": message_html(message, self._author(author), reader, self._person.id, at),
        }

    def _views(self, reader: Reader) -> Iterator[Part]:
        stack, home = self._state.views.stack(self._person.id), self._state.views.home(self._person.id)
        if stack:
            top, is_pushed = stack[-1], len(stack) > 1
            html = modal_html(top, reader, is_pushed=is_pushed)
            yield Part("modal", (top.id, top.version, top.number), lambda: {"id": top.id, "html": html})
        if home:
            yield Part("home", (home.id, home.number), lambda: {"id": home.id, "html": home_html(home, reader)})

    def _exchanges(self, zone: ZoneInfo) -> Iterator[Part]:
        for exchange in self._state.wire.exchanges()[-_SHOWN_EXCHANGES:]:
            stamp = (exchange.status, exchange.ms, len(exchange.problems))
            yield Part(
                f"exchange {exchange.number}",
                stamp,
                lambda each=exchange: {  # type: ignore[misc]  # mypy: a lambda's default
                    "order": each.at.isoformat(),
                    "bad": bool(each.problems),
                    "html": exchange_html(each, zone),
                },
            )
        for number, request in self._sandbox.requests.newest:
            yield Part(
                f"request {number}",
                request.ended,
                lambda each=request: {  # type: ignore[misc]  # mypy: a lambda's default
                    "order": each.when.isoformat(),
                    "bad": False,
                    "html": request_html(each, zone),
                },
            )


def _standing(person: Person, team_id: str) -> str:
    if person.team.id != team_id:
        return "outsider"
    if person.is_ultra_restricted:
        return "guest (1 channel)"
    return "guest" if person.is_restricted else "no role"
