"""What is asked of Slack: tokens, scopes, channels and user groups."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.checks.check import Check
from bot.checks.clock import clock_check
from bot.checks.manifest import needed_scopes
from bot.domain.people import GroupId
from bot.ports import Clock
from bot.settings import Settings
from handlers.http_door import PATH
from handlers.trouble import TROUBLE, name_of_trouble

_NO_SLACK = "it cannot be told, since Slack does not accept the bot token"
_INVITE = "Invite the bot there: /invite @"


@dataclass(slots=True)
class SlackLook:
    """What Slack says of the bot token, and the client to ask further with.

    Attributes:
        identity: the answer of `auth.test`; empty where there is none.
        granted: the token's scopes.
        date: when Slack answered, as it says.
        reason: why there is no identity.
        members: who is in the user groups that were asked for and are there.
    """

    settings: Settings
    client: AsyncWebClient
    clock: Clock
    identity: Mapping[str, Any] = field(default_factory=dict)
    granted: frozenset[str] = frozenset()
    date: str = ""
    reason: str = ""

    @classmethod
    async def through(cls, settings: Settings, session: aiohttp.ClientSession, clock: Clock) -> Self:
        """Ask who the bot token belongs to."""
        token = settings.slack_bot_token.get_secret_value()
        base = settings.slack_api_url.rstrip("/") + "/"
        client = AsyncWebClient(token=token, base_url=base, session=session, retry_handlers=[])
        try:
            answer = await client.auth_test()
        except TROUBLE as error:
            return cls(settings, client, clock, reason=reason_of(error))
        identity = answer.data if isinstance(answer.data, dict) else {}
        granted = {scope.strip() for scope in str(answer.headers.get("x-oauth-scopes", "")).split(",")} - {""}
        return cls(settings, client, clock, identity, frozenset(granted), str(answer.headers.get("Date", "")))


def reason_of(error: Exception) -> str:
    """What came of a call that did not end well, for people."""
    name = name_of_trouble(error)
    return f"Slack answers {name}" if name.islower() else f"Slack cannot be reached ({name})"


def bot_token(look: SlackLook) -> Check:
    """Whether the token is accepted, and has the scopes that these settings need."""
    name = "Slack bot token"
    if not look.identity:
        advice = "Copy the Bot User OAuth Token again: your app, OAuth & Permissions."
        return Check(name, passed=False, finding=look.reason, advice=advice)
    where = f"{look.identity['user']} in {look.identity['team']}"
    if missing := sorted(needed_scopes(look.settings) - look.granted):
        advice = "Update the app from manifest.yml and install it again: new scopes need a new installation."
        return Check(name, passed=False, finding=f"{where}, without {', '.join(missing)}", advice=advice)
    return Check(name, passed=True, finding=where)


async def app_token(look: SlackLook) -> Check:
    """Whether a Socket Mode connection can be opened, or the bot listens over HTTP instead."""
    settings = look.settings
    name, advice = "Slack app token", "Make one with the scope connections:write: your app, Basic Information."
    if settings.slack_app_token is None and settings.slack_signing_secret is not None:
        finding = f"none, so the bot listens on http://{settings.http_host}:{settings.http_port}{PATH}"
        return Check(name, passed=True, finding=finding)
    if settings.slack_app_token is None:
        return Check(name, passed=False, finding="SLACK_APP_TOKEN is missing", advice=advice)
    try:
        await look.client.apps_connections_open(app_token=settings.slack_app_token.get_secret_value())
    except TROUBLE as error:
        return Check(name, passed=False, finding=reason_of(error), advice=advice)
    return Check(name, passed=True, finding="a Socket Mode connection can be opened")


def clock_of_slack(look: SlackLook) -> Check:
    """Whether this machine's clock agrees with Slack's."""
    name = "Clock and Slack's"
    if not look.identity:
        return Check(name, passed=False, finding=_NO_SLACK)
    return clock_check(name, "Slack's", look.date, look.clock.now())


async def channels(look: SlackLook) -> Check:
    """Whether the bot can post where it is to post.

    With the scopes that the bot has, only posting shows that: an ephemeral message, which nobody but the bot itself is
    shown. Assumed: Slack takes one that an app sends to itself.
    """
    name, settings = "Channels", look.settings
    places = sorted({settings.audit_channel, settings.approvals_channel} - {""})
    if not look.identity:
        return Check(name, passed=False, finding=_NO_SLACK)
    if not places:
        advice = "Set VI_BOT_AUDIT_CHANNEL: else changes are told to nobody but those who make them."
        return Check(name, passed=True, finding="none is set", advice=advice)
    refusals = {channel: await _post_refusal(look, channel) for channel in places}
    if found := [f"{channel}: {why}" for channel, why in refusals.items() if why]:
        advice = f"{_INVITE}{look.identity['user']}, or name another channel by its id."
        return Check(name, passed=False, finding="; ".join(found), advice=advice)
    return Check(name, passed=True, finding=f"the bot can post in {', '.join(places)}")


async def _post_refusal(look: SlackLook, channel: str) -> str:
    try:
        await look.client.chat_postEphemeral(channel=channel, user=look.identity["user_id"], text="vi-bot check")
    except TROUBLE as error:
        return _REFUSALS.get(name_of_trouble(error)) or reason_of(error)
    return ""


_REFUSALS: Mapping[str, str] = {
    "channel_not_found": "it is not there, or it is private and the bot is not a member",
    "not_in_channel": "the bot is not a member",
    "user_not_in_channel": "the bot is not a member",
    "is_archived": "it is archived",
}


async def user_groups(look: SlackLook) -> Check:
    """Whether the user groups that have a role are there, and somebody is in them."""
    name, groups = "User groups", sorted(look.settings.policy.groups)
    if not groups:
        return Check(name, passed=True, finding="none is named")
    if not look.identity:
        return Check(name, passed=False, finding=_NO_SLACK)
    faults = {group: await _group_fault(look, group) for group in groups}
    if found := [f"{group}: {fault}" for group, fault in faults.items() if fault]:
        advice = "Take the group out of the settings, or put somebody into it: as it is, nobody has its role."
        return Check(name, passed=False, finding="; ".join(found), advice=advice)
    return Check(name, passed=True, finding=f"there is somebody in each of {', '.join(groups)}")


async def _group_fault(look: SlackLook, group: GroupId) -> str:
    try:
        answer = await look.client.usergroups_users_list(usergroup=group)
    except TROUBLE as error:
        return "there is no such group" if name_of_trouble(error) == "no_such_subteam" else reason_of(error)
    return "" if answer["users"] else "nobody is in it"
