"""People, what they are in the workspace, and from where they ask."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NewType

PersonId = NewType("PersonId", str)
TeamId = NewType("TeamId", str)
GroupId = NewType("GroupId", str)


class Standing(StrEnum):
    """What a person is in the workspace that installed the bot."""

    MEMBER = "member"
    GUEST = "guest"
    BOT = "bot"
    DEACTIVATED = "deactivated"
    OUTSIDER = "person of another workspace"
    UNKNOWN = "somebody who could not be looked up"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who asks for something."""

    id: PersonId
    team: TeamId
    name: str
    standing: Standing


@dataclass(frozen=True, slots=True)
class Memberships:
    """What is known of somebody's user groups.

    Attributes:
        held: groups of which they are a member.
        untold: groups that could not be looked up; they count as not held.
    """

    held: frozenset[GroupId] = frozenset()
    untold: frozenset[GroupId] = frozenset()


@dataclass(frozen=True, slots=True)
class Request:
    """Who asks, and from where: enough to decide and to write down.

    Attributes:
        person_id, team: who, as the signed payload says.
        kind: what it came by: `command`, `button`, `modal`, `shortcut`, `home`, `share` (a look that was shown to
            others too), `approval`, `schedule` or `recovery`.
        channel: the conversation it came from; empty where the payload names none.
        command: the words typed, for a command.
        trigger: the payload's own id, the second witness beside the audit trail.
        notes: what the person has to be told beside the answer, one sentence each; whoever carries the request out
            adds to it.
    """

    person_id: PersonId
    team: TeamId
    kind: str
    channel: str = ""
    command: str = field(default="", repr=False)
    trigger: str = ""
    notes: list[str] = field(default_factory=list, repr=False, compare=False)
