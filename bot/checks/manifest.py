"""The app's manifest: printed for a setting, and held against the settings and against what Slack has granted."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import yaml

import bot
from bot.checks.check import Check
from bot.settings import Settings
from handlers.http_door import PATH

_MANIFEST = "manifest.yml"
_NEEDED = frozenset({"chat:write", "commands", "users:read"})
_NEEDED_FOR_GROUPS = "usergroups:read"


def manifest_path() -> Path:
    """The app's manifest: the one in the working directory, else the one that came with the bot."""
    package = Path(bot.__file__).parent
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


def needed_scopes(settings: Settings) -> frozenset[str]:
    """The scopes that the bot uses with these settings."""
    return _NEEDED | ({_NEEDED_FOR_GROUPS} if settings.policy.groups else frozenset())


def manifest_seen(settings: Settings, manifest: Mapping[str, Any], granted: Collection[str]) -> Check:
    """Whether the manifest fits the settings, and the installed app the manifest.

    Of the installed app, a bot token shows the scopes that were granted and nothing else: the app's own manifest can be
    read with a configuration token only (Slack: apps.manifest.export).

    Args:
        settings: the bot's.
        manifest: as read from its file.
        granted: the scopes of the bot token; empty where they are not known.
    """
    commands = {each["command"] for each in manifest["features"]["slash_commands"]}
    scopes = manifest["oauth_config"]["scopes"]
    asked, optional = set(scopes.get("bot", [])), set(scopes.get("bot_optional", []))
    faults = [
        f"it has no command {settings.command}" if settings.command not in commands else "",
        *(f"it does not ask for {scope}" for scope in sorted(needed_scopes(settings) - asked - optional)),
        _socket_mode_fault(settings, enabled=bool(manifest["settings"].get("socket_mode_enabled"))),
    ]
    if found := "; ".join(fault for fault in faults if fault):
        advice = "`vi-bot manifest --help` prints one that fits; paste it into your app's App Manifest page."
        return Check("Manifest", passed=False, finding=found, advice=advice)
    if granted and (lacking := sorted(asked - set(granted))):
        advice = "Update the app from manifest.yml and install it again: new scopes need a new installation."
        return Check("Manifest", False, f"it asks for {', '.join(lacking)}, which the app was not given", advice)
    if more := sorted(set(granted) - asked - optional):
        advice = "Take away what the bot does not use: your app, OAuth & Permissions, and install it again."
        return Check("Manifest", True, f"fits the settings; the app was also given {', '.join(more)}", advice)
    return Check("Manifest", passed=True, finding="fits the settings")


def _socket_mode_fault(settings: Settings, *, enabled: bool) -> str:
    if settings.slack_app_token and not enabled:
        return "it does not switch on Socket Mode"
    if settings.slack_signing_secret and not settings.slack_app_token and enabled:
        return "it switches on Socket Mode, so Slack sends nothing over HTTP"
    return ""
