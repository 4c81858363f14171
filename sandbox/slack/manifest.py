"""What the app's manifest asks of Slack: commands, scopes, surfaces, events and addresses."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml


@dataclass(frozen=True)
class SlashCommand:
    """One slash command; `should_escape` turns mentions and links in its text into ids."""

    name: str
    description: str
    usage_hint: str
    should_escape: bool
    url: str | None


@dataclass(frozen=True)
class Shortcut:
    """One global or message shortcut."""

    name: str
    callback_id: str
    is_global: bool


@dataclass(frozen=True)
class Manifest:
    """The parts of an app manifest that change how Slack treats the app.

    Attributes:
        app_name: The app's name.
        bot_name: The display name of its bot user.
        bot_scopes: Every scope of the bot token; optional ones count as granted.
        events: Names of the bot events subscribed to.
        request_urls: Where events, interactivity and options are posted in HTTP mode, by those names.
    """

    app_name: str
    bot_name: str
    commands: tuple[SlashCommand, ...]
    shortcuts: tuple[Shortcut, ...]
    bot_scopes: frozenset[str]
    home_tab: bool
    messages_tab: bool
    is_interactive: bool
    events: frozenset[str]
    request_urls: Mapping[str, str]

    def command(self, name: str) -> SlashCommand | None:
        """Return the command of that name, `/` included."""
        return next((command for command in self.commands if command.name == name), None)


def load_manifest(source: str | Path | Mapping[str, Any]) -> Manifest:
    """Read a manifest from a YAML or JSON file, or from what such a file holds.

    Raises:
        ValueError: It is not a manifest: something that a manifest must have is not there.
    """
    content = source if isinstance(source, Mapping) else yaml.safe_load(Path(source).read_text(encoding="utf-8"))
    try:
        return _read(content)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"This is not an app manifest ({error!r}).") from error


def _read(content: Mapping[str, Any]) -> Manifest:
    features = content.get("features", {})
    settings = content.get("settings", {})
    scopes = content.get("oauth_config", {}).get("scopes", {})
    home = features.get("app_home", {})
    events = settings.get("event_subscriptions", {})
    interactivity = settings.get("interactivity", {})
    app_name = content["display_information"]["name"]
    urls = {
        "events": events.get("request_url"),
        "interactivity": interactivity.get("request_url"),
        "options": interactivity.get("message_menu_options_url"),
    }
    return Manifest(
        app_name=app_name,
        bot_name=features.get("bot_user", {}).get("display_name", app_name),
        commands=tuple(_read_command(each) for each in features.get("slash_commands", [])),
        shortcuts=tuple(_read_shortcut(each) for each in features.get("shortcuts", [])),
        bot_scopes=frozenset(scopes.get("bot", [])) | frozenset(scopes.get("bot_optional", [])),
        # Assumed where the manifest is silent: the Home tab is off and the Messages tab on, as in a new app.
        home_tab=home.get("home_tab_enabled", False),
        messages_tab=home.get("messages_tab_enabled", True),
        is_interactive=interactivity.get("is_enabled", False),
        events=frozenset(events.get("bot_events", [])),
        request_urls={name: url for name, url in urls.items() if url},
    )


def _read_command(entry: Mapping[str, Any]) -> SlashCommand:
    return SlashCommand(
        name=entry["command"],
        description=entry["description"],
        usage_hint=entry.get("usage_hint", ""),
        should_escape=entry.get("should_escape", False),
        url=entry.get("url"),
    )


def _read_shortcut(entry: Mapping[str, Any]) -> Shortcut:
    return Shortcut(name=entry["name"], callback_id=entry["callback_id"], is_global=entry["type"] == "global")
