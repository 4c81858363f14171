"""What `vi-bot check` looks at: each thing that has to be right before the bot can work, and how to mend it."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import yaml
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.audit import Receipt
from bot.domain.checkpoint import Checkpoint
from bot.domain.errors import BotError
from bot.domain.policy import Role
from bot.operations.anchoring import IDLE_INTERVAL
from bot.settings import Settings
from bot.store import open_store
from bot.store.driver import sqlite3
from bot.vi.client import ViClient
from handlers.http_door import PATH
from handlers.trouble import TROUBLE, name_of_trouble

_MANIFEST = "manifest.yml"
_NEEDED = frozenset({"chat:write", "commands", "users:read"})
_NEEDED_FOR_GROUPS = "usergroups:read"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at; `advice` says how to mend it where it is not right."""

    name: str
    passed: bool
    finding: str
    advice: str = ""


def manifest_path() -> Path:
    """The app's manifest: the one in the working directory, else the one that came with the bot."""
    package = Path(__file__).parent
    folders = (Path(), package, package.parent)
    return next(path for folder in folders if (path := folder / _MANIFEST).exists())


def manifest_for(command: str, url: str) -> str:
    """The manifest for a command of this name, and for HTTP where there is a URL; as YAML."""
    manifest = yaml.safe_load(manifest_path().read_text())
    manifest["features"]["slash_commands"][0]["command"] = command
    if url:
        address = url.rstrip("/") + PATH
        manifest["features"]["slash_commands"][0]["url"] = address
        manifest["settings"]["event_subscriptions"]["request_url"] = address
        manifest["settings"]["interactivity"]["request_url"] = address
        manifest["settings"]["interactivity"]["message_menu_options_url"] = address
        manifest["settings"]["socket_mode_enabled"] = False
    return yaml.safe_dump(manifest, sort_keys=False, allow_unicode=True)


async def run_checks(settings: Settings) -> AsyncIterator[Check]:
    """Look at one thing after the other; what is wrong with one keeps none of the others back."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=15)) as session:
        client = AsyncWebClient(base_url=settings.slack_api_url.rstrip("/") + "/", session=session, retry_handlers=[])
        yield await _bot_token(settings, client)
        yield await _app_token(settings, client)
    yield await _vi(settings)
    for each in await _store(settings):
        yield each
    yield _manifest(settings, yaml.safe_load(manifest_path().read_text()))
    yield _roles(settings)


def needed_scopes(settings: Settings) -> frozenset[str]:
    """The scopes that the bot uses with these settings."""
    return _NEEDED | ({_NEEDED_FOR_GROUPS} if settings.policy.groups else frozenset())


async def _bot_token(settings: Settings, client: AsyncWebClient) -> Check:
    try:
        answer = await client.auth_test(token=settings.slack_bot_token.get_secret_value())
    except TROUBLE as error:
        advice = "Copy the Bot User OAuth Token again: your app, OAuth & Permissions."
        return Check("Slack bot token", passed=False, finding=_reason(error), advice=advice)
    granted = {scope.strip() for scope in str(answer.headers.get("x-oauth-scopes", "")).split(",")}
    missing = sorted(needed_scopes(settings) - granted)
    where = f"{answer['user']} in {answer['team']}"
    if missing:
        advice = "Update the app from manifest.yml and install it again: new scopes need a new installation."
        return Check("Slack bot token", passed=False, finding=f"{where}, without {', '.join(missing)}", advice=advice)
    return Check("Slack bot token", passed=True, finding=where)


async def _app_token(settings: Settings, client: AsyncWebClient) -> Check:
    name, advice = "Slack app token", "Make one with the scope connections:write: your app, Basic Information."
    if settings.slack_app_token is None and settings.slack_signing_secret is not None:
        finding = f"none, so the bot listens on http://{settings.http_host}:{settings.http_port}{PATH}"
        return Check(name, passed=True, finding=finding)
    if settings.slack_app_token is None:
        return Check(name, passed=False, finding="SLACK_APP_TOKEN is missing", advice=advice)
    try:
        await client.apps_connections_open(app_token=settings.slack_app_token.get_secret_value())
    except TROUBLE as error:
        return Check(name, passed=False, finding=_reason(error), advice=advice)
    return Check(name, passed=True, finding="a Socket Mode connection can be opened")


async def _vi(settings: Settings) -> Check:
    key, organization = settings.datature_vi_secret_key, settings.datature_vi_organization_id
    async with ViClient(settings.datature_vi_api_endpoint, key.get_secret_value(), organization) as client:
        try:
            await client.ping()
        except BotError as error:
            return Check("Vi", passed=False, finding=error.sentence, advice=error.advice)
    return Check("Vi", passed=True, finding=f"organization {organization}")


async def _store(settings: Settings) -> list[Check]:
    try:
        store = await open_store(settings.store)
    except BotError as error:
        return [Check("Store", passed=False, finding=error.sentence, advice=error.advice), _UNTOLD]
    except ValueError as error:
        return [Check("Store", passed=False, finding=str(error), advice="Mend VI_BOT_STORE."), _UNTOLD]
    try:
        head, last = await store.head(), await store.last_checkpoint()
    finally:
        await store.close()
    finding = f"{settings.store}, {head.seq} entries in the trail, SQLite {sqlite3.sqlite_version}"
    return [Check("Store", passed=True, finding=finding), _checkpoints(settings, head, last)]


_UNTOLD = Check("Checkpoints", passed=False, finding="the store cannot be read, so it cannot be told")


def _checkpoints(settings: Settings, head: Receipt, last: Checkpoint | None) -> Check:
    name = "Checkpoints"
    if not settings.notes_checkpoints:
        advice = "Set VI_BOT_CHECKPOINT_FILE, _COMMAND or _WEBHOOK: else nobody sees a trail that was cut off."
        return Check(name, passed=True, finding="none are noted outside of the store", advice=advice)
    if last is None:
        finding = "none was noted yet; the bot notes one when it starts"
        return Check(name, passed=True, finding=finding)
    age = datetime.now(UTC) - last.at
    # An hour more than the longest the bot waits by itself, so that one failed attempt is no alarm.
    allowed = timedelta(minutes=settings.checkpoint_minutes) if head != last.receipt else IDLE_INTERVAL
    finding = f"the last one, #{last.receipt.seq}, was noted {_rounded(age)} ago"
    if age > allowed + timedelta(hours=1):
        advice = "Look whether the bot runs, and into its log: the place where they are noted may refuse them."
        return Check(name, passed=False, finding=finding, advice=advice)
    return Check(name, passed=True, finding=finding)


def _rounded(age: timedelta) -> str:
    minutes = int(age.total_seconds() // 60)
    return f"{minutes} minutes" if minutes < 120 else f"{minutes // 60} hours"  # noqa: PLR2004 - two hours


def _manifest(settings: Settings, manifest: Mapping[str, Any]) -> Check:
    commands = {each["command"] for each in manifest["features"]["slash_commands"]}
    scopes = manifest["oauth_config"]["scopes"]
    granted = {*scopes.get("bot", []), *scopes.get("bot_optional", [])}
    faults = [
        f"it has no command {settings.command}" if settings.command not in commands else "",
        *(f"it does not ask for {scope}" for scope in sorted(needed_scopes(settings) - granted)),
        _socket_mode_fault(settings, bool(manifest["settings"].get("socket_mode_enabled"))),
    ]
    found = "; ".join(fault for fault in faults if fault)
    advice = (
        "`vi-bot manifest --help` prints one that fits; paste it into your app's App Manifest page." if found else ""
    )
    return Check("Manifest", passed=not found, finding=found or "fits the settings", advice=advice)


def _socket_mode_fault(settings: Settings, enabled: bool) -> str:  # noqa: FBT001 - what the manifest says
    if settings.slack_app_token and not enabled:
        return "it does not switch on Socket Mode"
    if settings.slack_signing_secret and not settings.slack_app_token and enabled:
        return "it switches on Socket Mode, so Slack sends nothing over HTTP"
    return ""


def _roles(settings: Settings) -> Check:
    policy = settings.policy
    named = len(policy.people) + len(policy.groups)
    if not named and policy.default is None:
        advice = "Name somebody in VI_BOT_ADMINS, VI_BOT_OPERATORS or VI_BOT_VIEWERS."
        return Check("Roles", passed=False, finding="nobody may do anything", advice=advice)
    approvers = sum(Role.APPROVER in roles for roles in (*policy.people.values(), *policy.groups.values()))
    if (policy.approvals or policy.hourly_cap is not None) and not approvers:
        advice = "Name at least two people or a user group in VI_BOT_APPROVERS: nobody can agree to their own requests."
        return Check("Roles", passed=False, finding="a second person is asked for, and nobody is one", advice=advice)
    everybody = f", everybody else is {policy.default}" if policy.default else ""
    return Check("Roles", passed=True, finding=f"{named} people and user groups are named{everybody}")


def _reason(error: Exception) -> str:
    name = name_of_trouble(error)
    return f"Slack answers {name}" if name.islower() else f"Slack cannot be reached ({name})"
