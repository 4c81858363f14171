"""`users.info` and `usergroups.*`: who somebody is, and to which groups they belong."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.slack.directory import Person, UserGroup
from sandbox.slack.errors import SlackError
from sandbox.slack.web_api.method import Call


def user_info(call: Call) -> dict[str, Any]:
    """`users.info`: everything that tells a member from a guest, a bot, an outsider and a deactivated account."""
    person = call.state.directory.people.get(call.arguments.required("user"))
    if person is None:
        raise SlackError("user_not_found")
    is_outsider = person.team != call.state.directory.team
    is_stranger = is_outsider and not call.state.directory.shares_a_channel_with_app(person)
    if is_stranger:
        # Assumed: the app cannot look up somebody with whom it shares nothing.
        raise SlackError("user_not_visible")
    return {"user": _user_json(person, call.state.clock.now(), is_outsider=is_outsider)}


def list_user_groups(call: Call) -> dict[str, Any]:
    """`usergroups.list`: the groups of the workspace."""
    arguments = call.arguments
    groups = [
        _group_json(call, group, with_users=arguments.flag("include_users"), with_count=arguments.flag("include_count"))
        for group in call.state.directory.groups.values()
        if not group.is_disabled or arguments.flag("include_disabled")
    ]
    return {"usergroups": groups}


def list_user_group_members(call: Call) -> dict[str, Any]:
    """`usergroups.users.list`: the user ids of one group."""
    group = call.state.directory.groups.get(call.arguments.required("usergroup"))
    if group is None or (group.is_disabled and not call.arguments.flag("include_disabled")):
        raise SlackError("no_such_subteam")
    return {"users": list(group.members)}


def _user_json(person: Person, now: datetime, *, is_outsider: bool) -> dict[str, Any]:
    user: dict[str, Any] = {
        "id": person.id,
        "team_id": person.team.id,
        "name": person.name,
        "deleted": person.deleted,
        "profile": {
            "real_name": person.real_name,
            "real_name_normalized": person.real_name,
            "display_name": person.name,
            "display_name_normalized": person.name,
            "title": person.title,
            "team": person.team.id,
        },
        "is_bot": person.is_bot,
        "is_app_user": False,
        "updated": int(now.timestamp()),
    }
    if person.deleted:
        # Assumed: the object of a deactivated account has no flags of a member or guest, and no time zone.
        return user
    offset = now.astimezone(ZoneInfo(person.time_zone)).utcoffset()
    flags = {
        "real_name": person.real_name,
        "color": "9f69e7",
        "tz": person.time_zone,
        "tz_label": person.time_zone,
        "tz_offset": int(offset.total_seconds()) if offset else 0,
        "is_admin": person.is_admin,
        "is_owner": person.is_owner,
        "is_primary_owner": person.is_primary_owner,
        "is_restricted": person.is_restricted,
        "is_ultra_restricted": person.is_ultra_restricted,
        "is_email_confirmed": not person.is_bot,
        "is_invited_user": False,
        "has_2fa": False,
    }
    # Slack: apis/slack-connect, `is_stranger` is false once a channel is shared; it is there for outsiders only.
    return user | flags | ({"is_stranger": False} if is_outsider else {})


def _group_json(call: Call, group: UserGroup, *, with_users: bool, with_count: bool) -> dict[str, Any]:
    now = int(call.state.clock.now().timestamp())
    return {
        "id": group.id,
        "team_id": call.state.directory.team.id,
        "is_usergroup": True,
        "is_subteam": True,
        "name": group.name,
        "description": group.description,
        "handle": group.handle,
        "is_external": False,
        "date_create": now,
        "date_update": now,
        "date_delete": now if group.is_disabled else 0,
        "auto_type": None,
        "prefs": {"channels": [], "groups": []},
        **({"users": list(group.members)} if with_users else {}),
        **({"user_count": str(len(group.members))} if with_count else {}),
    }
