"""Settings: from environment and file, every fault at once, no secret shown."""

import os
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.audit import Action
from bot.domain.policy import ApprovalRule, Role
from bot.settings import Settings, SettingsFault, StoreSettings, load_settings

GOOD = {
    "SLACK_BOT_TOKEN": "xoxb-canary",
    "SLACK_APP_TOKEN": "xapp-canary",
    "DATATURE_VI_SECRET_KEY": "dtvi_" + "x" * 98,
    "DATATURE_VI_ORGANIZATION_ID": "org_1",
}


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in os.environ:
        if name.startswith(("SLACK_", "DATATURE_", "VI_BOT_")):
            monkeypatch.delenv(name)


def load(monkeypatch: pytest.MonkeyPatch, **more: str) -> Settings:
    for name, value in {**GOOD, **more}.items():
        monkeypatch.setenv(name, value)
    return load_settings()


def faults(monkeypatch: pytest.MonkeyPatch, **more: str) -> list[str]:
    with pytest.raises(SettingsFault) as caught:
        load(monkeypatch, **more)
    return caught.value.faults


def test_what_is_required_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(monkeypatch)
    assert settings.command == "/vi"
    assert settings.slack_api_url == "https://slack.com/api/"
    assert settings.policy.default is None
    assert settings.rules.reason_required
    assert settings.secrets == ("xoxb-canary", "xapp-canary", GOOD["DATATURE_VI_SECRET_KEY"])


def test_the_password_of_a_database_is_a_secret_too(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(monkeypatch, VI_BOT_STORE="postgresql://vi_bot:can%40ary@host/vi")
    assert settings.secrets[-2:] == ("can%40ary", "can@ary")


def test_roles_are_read_from_lists_of_people_and_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    policy = load(
        monkeypatch,
        VI_BOT_ADMINS="U1",
        VI_BOT_OPERATORS="U1, S1",
        VI_BOT_VIEWERS="S1 W2",
        VI_BOT_APPROVERS="U3",
        VI_BOT_GUESTS="U4",
        VI_BOT_DEFAULT_ROLE="viewer",
        VI_BOT_CHANNELS="C1",
    ).policy
    assert policy.people == {
        "U1": {Role.ADMIN, Role.OPERATOR},
        "W2": {Role.VIEWER},
        "U3": {Role.APPROVER},
    }
    assert policy.groups == {"S1": {Role.OPERATOR, Role.VIEWER}}
    assert policy.default is Role.VIEWER
    assert policy.guests == {"U4"}
    assert policy.channels == {"C1"}


def test_the_file_gives_what_the_environment_does_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "vi-bot.toml").write_text('command = "/vi-ops"\noperators = ["U1", "S1"]\nstore = "here.db"\n')
    settings = load(monkeypatch, VI_BOT_STORE="there.db")
    assert settings.command == "/vi-ops"
    assert settings.operators == {"U1", "S1"}
    assert settings.store == "there.db"
    monkeypatch.delenv("VI_BOT_STORE")
    assert StoreSettings().store == "here.db"


def test_a_folder_of_credentials_gives_what_the_environment_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "credentials"
    folder.mkdir()
    for name, value in {"SLACK_BOT_TOKEN": "xoxb-file", "VI_BOT_STORE": "postgresql://b@h/vi", "else": "x"}.items():
        (folder / name).write_text(f"{value}\n")
    (tmp_path / "vi-bot.toml").write_text('store = "here.db"\n')
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder))
    settings = load(monkeypatch, SLACK_BOT_TOKEN="")
    assert settings.slack_bot_token.get_secret_value() == "xoxb-file"
    assert (settings.store, StoreSettings().store) == ("postgresql://b@h/vi", "postgresql://b@h/vi")
    assert load(monkeypatch).slack_bot_token.get_secret_value() == "xoxb-canary"
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "nowhere"))
    assert StoreSettings().store == "here.db"


RULES = (
    ApprovalRule(frozenset({Action.DELETE, Action.KILL}), above=5),
    ApprovalRule(projects=frozenset({"p1", "p2"}), roles=frozenset({Role.OPERATOR})),
    ApprovalRule(frozenset({Action.RESTORE}), roles=frozenset({Role.OPERATOR, Role.ADMIN})),
)


def test_rules_for_a_second_person_are_json_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(
        monkeypatch,
        VI_BOT_APPROVALS="""[
            {"actions": ["delete", "kill"], "above": 5},
            {"projects": ["p1", "p2"], "roles": ["operator"]},
            {"actions": "restore", "roles": "operator, admin"}
        ]""",
        VI_BOT_HOURLY_CAP="0",
        VI_BOT_APPROVALS_CHANNEL="C1",
        VI_BOT_APPROVAL_MINUTES="45",
    )
    assert (settings.policy.approvals, settings.policy.hourly_cap) == (RULES, 0)
    assert settings.approvals_channel == "C1"
    assert settings.rules.approval_lifetime == timedelta(minutes=45)


def test_rules_for_a_second_person_are_tables_in_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "vi-bot.toml").write_text("""
hourly_cap = 10
approvals_channel = "C1"
approval_minutes = 45

[[approvals]]
actions = ["delete", "kill"]
above = 5

[[approvals]]
projects = ["p1", "p2"]
roles = ["operator"]

[[approvals]]
actions = ["restore"]
roles = ["operator", "admin"]
""")
    settings = load(monkeypatch)
    assert (settings.policy.approvals, settings.policy.hourly_cap) == (RULES, 10)
    assert settings.approvals_channel == "C1"
    assert settings.rules.approval_lifetime == timedelta(minutes=45)
    assert load(monkeypatch, VI_BOT_APPROVALS="[]").policy.approvals == ()


def test_nobody_needs_a_second_person_unless_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(monkeypatch)
    assert (settings.policy.approvals, settings.policy.hourly_cap) == ((), None)
    assert settings.rules.approval_lifetime == timedelta(minutes=30)


def test_the_same_rules_are_recorded_as_the_same_text(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(
        monkeypatch,
        VI_BOT_APPROVALS='[{"projects": ["p3", "p1", "p2"], "roles": "operator admin", "actions": "kill delete"}]',
        VI_BOT_HOURLY_CAP="7",
    )
    assert settings.governing["approvals"] == [
        {"actions": ["delete", "kill"], "projects": ["p1", "p2", "p3"], "roles": ["admin", "operator"], "above": 0}
    ]
    assert settings.governing["hourly_cap"] == 7
    assert load(monkeypatch, VI_BOT_HOURLY_CAP="").governing["hourly_cap"] == ""


@pytest.mark.parametrize(
    ("address", "is_taken"),
    [
        ("https://vi.example/", True),
        ("http://127.0.0.1:8080/api/", True),
        ("http://localhost", True),
        ("http://vi.example/", False),
        ("http://127.0.0.1.evil.example/", False),
        ("http://localhost@evil.example/", False),
    ],
)
def test_keys_and_tokens_leave_this_machine_encrypted_only(
    monkeypatch: pytest.MonkeyPatch, *, address: str, is_taken: bool
) -> None:
    names = ("SLACK_API_URL", "DATATURE_VI_API_ENDPOINT", "VI_BOT_CHECKPOINT_WEBHOOK")
    if is_taken:
        assert load(monkeypatch, **dict.fromkeys(names, address)).slack_api_url == address
    else:
        assert len(faults(monkeypatch, **dict.fromkeys(names, address))) == len(names)


NO_RULES = 'VI_BOT_APPROVALS: must be a list of rules, such as [{"actions": ["delete"]}]'


@pytest.mark.parametrize(
    ("value", "named"),
    [
        ("delete", NO_RULES),
        ('{"actions": ["delete"]}', NO_RULES),
        ("[" * 100_000, NO_RULES),
        ("[3]", "VI_BOT_APPROVALS, item 1: Input should be"),
        ('[{}, {"action": ["delete"]}]', "VI_BOT_APPROVALS, item 2, action: there is no such setting"),
        ('[{"actions": ["backup"]}]', "VI_BOT_APPROVALS, item 1, actions, item 1: Input should be 'delete', 'kill'"),
        ('[{"roles": ["viewer"]}]', "VI_BOT_APPROVALS, item 1, roles, item 1: Input should be 'operator' or 'admin'"),
        ('[{"above": -1}]', "VI_BOT_APPROVALS, item 1, above: Input should be greater than or equal to 0"),
    ],
    ids=lambda value: value[:20],
)
def test_a_rule_that_says_nothing_is_a_fault_with_its_place(
    monkeypatch: pytest.MonkeyPatch, value: str, named: str
) -> None:
    (fault,) = faults(monkeypatch, VI_BOT_APPROVALS=value)
    assert fault.startswith(named)


def test_a_rule_in_the_file_that_says_nothing_is_a_fault_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "vi-bot.toml").write_text("approvals = 3\n")
    assert faults(monkeypatch) == [NO_RULES]


def test_every_fault_is_named_at_once_with_how_to_mend_it(monkeypatch: pytest.MonkeyPatch) -> None:
    named = faults(
        monkeypatch,
        SLACK_BOT_TOKEN="",
        SLACK_APP_TOKEN="xoxb-canary",
        DATATURE_VI_SECRET_KEY="dtvi_canary",
        DATATURE_VI_ORGANIZATION_ID="org/1",
        SLACK_API_URL="slack.com",
        VI_BOT_OPERATORS="omar",
        VI_BOT_CHANNELS="#general",
        VI_BOT_AUDIT_CHANNEL="audit",
        VI_BOT_APPROVALS_CHANNEL="approvals",
        VI_BOT_APPROVAL_MINUTES="0",
        VI_BOT_APPROVALS="delete",
        VI_BOT_HOURLY_CAP="-1",
        VI_BOT_COMMAND="vi",
        VI_BOT_DEFAULT_ROLE="admin",
        VI_BOT_CONFIRMATION_MINUTES="0",
        VI_BOT_LOG_LEVEL="DEBUG",
        VI_BOT_OPERATRS="U1",
    )
    expected = [
        "VI_BOT_OPERATRS: there is no such setting",
        "SLACK_BOT_TOKEN is missing: you find it under your app at api.slack.com/apps",
        "SLACK_APP_TOKEN: must be an app-level token: it begins with xapp-",
        "DATATURE_VI_SECRET_KEY: must be a secret key of Vi",
        "DATATURE_VI_ORGANIZATION_ID: must be the id of your Vi organization",
        "SLACK_API_URL: must be an address",
        "VI_BOT_OPERATORS: must be ids of people (U…, W…) or user groups (S…)",
        "VI_BOT_CHANNELS: must be ids of channels (C…)",
        "VI_BOT_AUDIT_CHANNEL: must be the id of a channel (C…)",
        "VI_BOT_APPROVALS_CHANNEL: must be the id of a channel (C…)",
        "VI_BOT_APPROVAL_MINUTES",
        NO_RULES,
        "VI_BOT_HOURLY_CAP",
        "VI_BOT_COMMAND: must be a slash and a name",
        "VI_BOT_DEFAULT_ROLE",
        "VI_BOT_CONFIRMATION_MINUTES",
        "VI_BOT_LOG_LEVEL: must be INFO, WARNING or ERROR",
    ]
    for sentence in expected:
        assert any(each.startswith(sentence) for each in named), sentence
    assert len(named) == len(expected)
    assert "canary" not in "\n".join(named)


def test_a_name_in_the_environment_that_nobody_knows_is_a_fault_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    assert faults(monkeypatch, VI_BOT_STOR="x") == ["VI_BOT_STOR: there is no such setting; see docs/settings.md"]


def test_a_name_in_the_file_that_nobody_knows_is_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "vi-bot.toml").write_text('operatrs = "U1"\n')
    assert faults(monkeypatch) == ["operatrs in vi-bot.toml: there is no such setting; see docs/settings.md"]


def test_a_file_that_is_not_toml_is_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "vi-bot.toml").write_text("= nothing\n")
    assert faults(monkeypatch)[0].startswith("vi-bot.toml: this is not TOML")


def test_a_secret_is_not_in_what_is_printed_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(monkeypatch, SLACK_SIGNING_SECRET="canary" * 4)
    assert "canary" not in f"{settings!r} {settings}"


def test_every_setting_is_in_the_documentation() -> None:
    documented = (Path(__file__).parents[1] / "docs" / "settings.md").read_text()
    for field in Settings.model_fields.values():
        assert f"`{field.validation_alias.choices[0]}`" in documented  # type: ignore[union-attr] # ours all have aliases
