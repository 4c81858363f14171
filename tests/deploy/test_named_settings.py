"""Every setting that a file of `deploy` names exists, and no secret stands where anybody can read it."""

import re
from pathlib import Path

import pytest

from bot.settings import Settings, _known_names
from tests.deploy.files import DEPLOY, compose, document, unit

FILES = sorted(path for path in DEPLOY.rglob("*") if path.is_file() and not path.name.startswith("requirements"))
NAME = re.compile(r"\b(?:VI_BOT|SLACK|DATATURE)_[A-Z_]+\b")
# Not the bot's, and not allowed in its environment: `vi-bot store migrate` reads it.
OWNER = "VI_BOT_STORE_OWNER"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_setting_that_is_named_exists(path: Path) -> None:
    assert set(NAME.findall(path.read_text())) - {OWNER} <= _known_names()


SECRET = {
    str(field.validation_alias.choices[0])  # type: ignore[union-attr] # ours all have aliases
    for field in Settings.model_fields.values()
    if "SecretStr" in str(field.annotation)
}


def test_secrets_are_files_everywhere() -> None:
    assert {"SLACK_BOT_TOKEN", "DATATURE_VI_SECRET_KEY"} <= SECRET
    assert SECRET.isdisjoint(document("ConfigMap")["data"])
    assert SECRET.isdisjoint(compose()["services"]["bot"].get("environment", {}))
    assert "Environment" not in unit()
    for path in DEPLOY.rglob("*.env.example"):
        assert SECRET.isdisjoint(NAME.findall(path.read_text()))


def test_the_examples_are_settings_that_the_bot_takes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    credentials = {
        "SLACK_BOT_TOKEN": "xoxb-1",
        "SLACK_APP_TOKEN": "xapp-1",
        "DATATURE_VI_SECRET_KEY": "dtvi_" + "x" * 98,
    }
    config = document("ConfigMap")["data"]
    lines = re.compile(r"^([A-Z_]+)=(.*)$", re.MULTILINE)
    files = [dict(lines.findall(path.read_text())) for path in DEPLOY.rglob("*.env.example")]
    for given in (config, *files):
        with monkeypatch.context() as patch:
            for name, value in {**credentials, **given}.items():
                patch.setenv(name, value)
            assert Settings().policy.people
