"""Who and what is in the workspace: people, channels, direct messages and user groups."""

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Team:
    """A Slack workspace."""

    id: str
    name: str
    domain: str


@dataclass
class Person:
    """A user: a member, a guest, a bot, or somebody of another workspace.

    Attributes:
        id: `U…`.
        name: The handle, by which tests and the demo speak of this person.
        dm_id: `D…`, the direct messages between this person and the app.
        is_restricted: True for any guest.
        is_ultra_restricted: True for a single-channel guest, who is restricted too.
        deleted: True once the account was deactivated.
        signed_in: Whether a client of this person still works.
    """

    id: str
    name: str
    real_name: str
    team: Team
    dm_id: str
    title: str = ""
    time_zone: str = "Europe/Berlin"
    is_admin: bool = False
    is_owner: bool = False
    is_primary_owner: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    is_bot: bool = False
    deleted: bool = False
    signed_in: bool = True


@dataclass
class Channel:
    """A channel; `members` are user ids. A channel with people of another workspace is a Slack Connect channel."""

    id: str
    name: str
    purpose: str = ""
    members: set[str] = field(default_factory=set)
    is_private: bool = False
    is_archived: bool = False
    is_general: bool = False
    is_shared: bool = False


@dataclass
class UserGroup:
    """A user group; `members` are user ids in the order Slack lists them."""

    id: str
    handle: str
    name: str
    description: str
    members: list[str]
    is_disabled: bool = False


@dataclass(frozen=True)
class IncomingWebhook:
    """Where the address of an incoming webhook leads: one channel, and the app user whose its messages are."""

    channel: Channel
    app_user: Person


@dataclass(frozen=True)
class DirectMessages:
    """The conversation between one person and the app."""

    id: str
    person: Person


class Directory:
    """Everybody and everything that has an id, found by id or by name."""

    def __init__(
        self,
        team: Team,
        people: Iterable[Person],
        channels: Iterable[Channel],
        groups: Iterable[UserGroup],
        *,
        app_user_id: str,
    ) -> None:
        self.team = team
        self.people = {person.id: person for person in people}
        self.channels = {channel.id: channel for channel in channels}
        self.groups = {group.id: group for group in groups}
        self.app_user = self.people[app_user_id]

    def person(self, id_or_name: str) -> Person:
        """Return a person by user id or handle.

        Raises:
            KeyError: There is nobody of that id or handle.
        """
        for person in self.people.values():
            if id_or_name in (person.id, person.name):
                return person
        raise KeyError(id_or_name)

    def channel(self, id_or_name: str) -> Channel:
        """Return a channel by id, or by name with or without `#`.

        Raises:
            KeyError: There is no such channel.
        """
        for channel in self.channels.values():
            if id_or_name in (channel.id, channel.name, f"#{channel.name}"):
                return channel
        raise KeyError(id_or_name)

    def conversation(self, conversation_id: str) -> Channel | DirectMessages | None:
        """Return the channel or the direct messages of that id, if any."""
        if conversation_id in self.channels:
            return self.channels[conversation_id]
        person = next((each for each in self.people.values() if each.dm_id == conversation_id), None)
        return DirectMessages(conversation_id, person) if person and not person.is_bot else None

    def shares_a_channel_with_app(self, person: Person) -> bool:
        """Whether this person and the app are in one channel, which is what makes an outsider reachable."""
        return any({person.id, self.app_user.id} <= channel.members for channel in self.channels.values())

    def can_see(self, person: Person, conversation_id: str) -> bool:
        """Whether messages of this conversation come to this person's screen."""
        if conversation_id in self.channels:
            return person.id in self.channels[conversation_id].members
        return conversation_id == person.dm_id
