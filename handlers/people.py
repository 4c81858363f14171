"""Who somebody is in the workspace, asked of Slack and remembered for a short while.

A look-up that fails is answered with the least: an unknown person, or no membership. Everybody who asks the same at
the same time waits for one look-up. Rates are Slack's: users.info 100 a minute, usergroups.users.list 20 a minute.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.people import GroupId, Memberships, Person, PersonId, Standing, TeamId
from bot.ports import Clock
from handlers.trouble import TROUBLE, name_of_trouble

_LOG = logging.getLogger(__name__)

_PERSON_KEPT = timedelta(minutes=1)
_GROUP_KEPT = timedelta(minutes=5)
_FRESH = timedelta(seconds=10)
"""How old an answer may be right before a change: young enough to decide by, old enough for Slack's rates."""
_LOOK_UP_SECONDS = 2.0
"""A modal's trigger lives 3 s, and the look-up stands before it."""

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


class _Memory(Generic[_Key, _Value]):
    """Answers and look-ups under way; a look-up that failed (None) is forgotten."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kept: dict[_Key, tuple[datetime, asyncio.Task[_Value | None]]] = {}

    async def get(self, key: _Key, keep: timedelta, look_up: Callable[[], Awaitable[_Value | None]]) -> _Value | None:
        now = self._clock.now()
        asked_at, task = self._kept.get(key, (now - keep, None))
        if task is None or now - asked_at >= keep:
            task = asyncio.ensure_future(look_up())
            self._kept[key] = (now, task)
        answer = await asyncio.shield(task)
        if answer is None and self._kept.get(key, (now, None))[1] is task:
            del self._kept[key]
        return answer


class SlackPeople:
    """People and user groups of one workspace."""

    def __init__(self, client: AsyncWebClient, clock: Clock, *, team: TeamId, enterprise: str = "") -> None:
        self._client = client
        self._team = team
        self._enterprise = enterprise
        self._people = _Memory[PersonId, Person](clock)
        self._groups = _Memory[GroupId, frozenset[PersonId]](clock)

    async def person(self, person_id: PersonId, team: TeamId, *, fresh: bool = False) -> Person:
        """One person, from memory for a minute, or for ten seconds if `fresh`."""

        async def look_up() -> Person | None:
            response = await _asked(f"person {person_id}", self._client.users_info(user=person_id))
            if response is None:
                return None
            user: Mapping[str, Any] = response["user"]
            return Person(person_id, team, _name(user), self._standing(user))

        person = await self._people.get(person_id, _FRESH if fresh else _PERSON_KEPT, look_up)
        return person or Person(person_id, team, person_id, Standing.UNKNOWN)

    async def memberships(self, person_id: PersonId, groups: Sequence[GroupId], *, fresh: bool = False) -> Memberships:
        """Which of these groups the person is in, from memory for five minutes, or for ten seconds if `fresh`."""
        keep = _FRESH if fresh else _GROUP_KEPT
        members = await asyncio.gather(*(self._members(group, keep) for group in groups))
        found = dict(zip(groups, members, strict=True))
        return Memberships(
            held=frozenset(group for group, ids in found.items() if ids is not None and person_id in ids),
            untold=frozenset(group for group, ids in found.items() if ids is None),
        )

    async def members(self, groups: Sequence[GroupId]) -> frozenset[PersonId]:
        """Who is in these groups, from memory for five minutes."""
        found = await asyncio.gather(*(self._members(group, _GROUP_KEPT) for group in groups))
        return frozenset(person_id for ids in found for person_id in ids or ())

    async def _members(self, group: GroupId, keep: timedelta) -> frozenset[PersonId] | None:
        async def look_up() -> frozenset[PersonId] | None:
            response = await _asked(f"user group {group}", self._client.usergroups_users_list(usergroup=group))
            return None if response is None else frozenset(PersonId(each) for each in response["users"])

        return await self._groups.get(group, keep, look_up)

    def _standing(self, user: Mapping[str, Any]) -> Standing:
        enterprise_user = user.get("enterprise_user") or {}
        home = user.get("team_id") == self._team or (
            bool(self._enterprise) and enterprise_user.get("enterprise_id") == self._enterprise
        )
        # The flags of Slack's user object. `is_stranger` alone is no proof: it is false once a channel is shared.
        if user.get("deleted"):
            return Standing.DEACTIVATED
        if user.get("is_bot") or user["id"] == "USLACKBOT":
            return Standing.BOT
        if not home or user.get("is_stranger"):
            return Standing.OUTSIDER
        if user.get("is_restricted") or user.get("is_ultra_restricted") or user.get("is_invited_user"):
            return Standing.GUEST
        return Standing.MEMBER


def _name(user: Mapping[str, Any]) -> str:
    profile = user.get("profile") or {}
    return str(profile.get("display_name") or user.get("real_name") or user.get("name") or user["id"])


async def _asked(subject: str, call: Awaitable[Any]) -> Mapping[str, Any] | None:
    try:
        async with asyncio.timeout(_LOOK_UP_SECONDS):
            response = await call
    except TROUBLE as error:
        _LOG.warning("%s could not be looked up: %s", subject, name_of_trouble(error))
        return None
    answer: Mapping[str, Any] = response.data
    return answer
