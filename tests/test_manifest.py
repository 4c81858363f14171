"""The app's manifest: valid by Slack's own schema, and no scope more than the bot uses."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from handlers import action_ids

DATA = Path(__file__).with_name("data")


def manifest() -> Any:
    return yaml.safe_load(Path("manifest.yml").read_text())


def test_slack_would_take_the_manifest() -> None:
    jsonschema.validate(manifest(), json.loads((DATA / "manifest.schema.2.0.0.json").read_text()))


def test_the_bot_asks_for_no_scope_that_it_does_not_use() -> None:
    scopes = manifest()["oauth_config"]["scopes"]
    assert set(scopes["bot"]) == {"chat:write", "commands", "users:read"}
    assert set(scopes["bot_optional"]) == {"files:write", "usergroups:read"}
    assert "user" not in scopes


def test_commands_come_with_ids_instead_of_names() -> None:
    assert all(command["should_escape"] for command in manifest()["features"]["slash_commands"])


def test_the_home_tab_and_the_shortcut_are_those_that_the_bot_listens_for() -> None:
    content = manifest()
    assert content["features"]["app_home"]["home_tab_enabled"] is True
    assert content["settings"]["event_subscriptions"]["bot_events"] == ["app_home_opened"]
    assert [each["callback_id"] for each in content["features"]["shortcuts"]] == [action_ids.SHORTCUT]
