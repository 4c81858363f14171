"""Every setting of the bot: from the environment, and from `vi-bot.toml` where there is one.

What Slack and Vi have standard names for keeps them (`SLACK_BOT_TOKEN`, `DATATURE_VI_SECRET_KEY`, …); ours begin with
`VI_BOT_`. In the file, names are written in lower case and ours without their beginning: `audit_channel = "C…"`. The
folder that CREDENTIALS_DIRECTORY names may hold a file for each, called like the variable. The environment wins over
that folder, and the folder over `vi-bot.toml`. Secrets are never printed.
"""

import json
import os
import re
import shlex
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from tomllib import TOMLDecodeError
from typing import Annotated, Any, Literal
from urllib.parse import unquote, urlsplit

from pydantic import (
    AfterValidator,
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
)
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SecretsSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from bot.domain.audit import Action
from bot.domain.people import GroupId, PersonId
from bot.domain.policy import ApprovalRule, Policy, Role
from bot.domain.workflow import is_id
from bot.ports import Rules

FILE = Path("vi-bot.toml")
_PREFIX = "VI_BOT_"


class SettingsFault(Exception):
    """Some settings are missing or wrong.

    Attributes:
        faults: one sentence each, with how to mend it; none repeats a value that could be secret.
    """

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


def _matching(pattern: str, what: str) -> Callable[[str], str]:
    def check(value: str) -> str:
        if re.fullmatch(pattern, value) is None:
            raise ValueError(f"must be {what}")
        return value

    return check


def _secret(pattern: str, what: str) -> AfterValidator:
    check = _matching(pattern, what)

    def check_secret(value: SecretStr) -> SecretStr:
        check(value.get_secret_value())
        return value

    return AfterValidator(check_secret)


def _names(value: Any) -> Any:
    """A list, or words separated by commas or spaces, as an environment variable holds them."""
    return frozenset(value.replace(",", " ").split()) if isinstance(value, str) else value


def _words(value: Any) -> Any:
    """A program and its arguments, as a shell would take them apart."""
    return tuple(shlex.split(value)) if isinstance(value, str) else value


def _each(pattern: str, what: str) -> AfterValidator:
    check = _matching(pattern, f"{what}, separated by commas")
    return AfterValidator(lambda values: frozenset(check(each) for each in values))


def _organization(value: str) -> str:
    if not is_id(value):
        raise ValueError("must be the id of your Vi organization: letters, digits, - and _")
    return value


_PEOPLE_OR_GROUPS = "ids of people (U…, W…) or user groups (S…)"
_Holders = Annotated[frozenset[str], NoDecode, BeforeValidator(_names), _each(r"[UWS][A-Z0-9]+", _PEOPLE_OR_GROUPS)]
_Guests = Annotated[frozenset[str], NoDecode, BeforeValidator(_names), _each(r"[UW][A-Z0-9]+", "ids of people (U…)")]
_Channels = Annotated[
    frozenset[str], NoDecode, BeforeValidator(_names), _each(r"[CGD][A-Z0-9]+", "ids of channels (C…)")
]
# Tokens and keys go there: in the clear only to this machine itself, as to an emulator.
_ADDRESS = r"https://\S+|http://(127\.0\.0\.1|localhost|\[::1\])([:/]\S*)?"
_Url = Annotated[str, AfterValidator(_matching(_ADDRESS, "an address that begins with https://"))]


def _theirs(name: str) -> Any:
    return AliasChoices(name, name.lower())


def _ours(name: str) -> Any:
    return AliasChoices(f"{_PREFIX}{name}", name.lower())


class _Sources(BaseSettings):
    model_config = SettingsConfigDict(case_sensitive=True, env_ignore_empty=True, hide_input_in_errors=True)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the signature is pydantic's
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the signature is pydantic's
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What is passed in, then the environment, then the folder of credentials, then the file."""
        credentials = SecretsSettingsSource(settings_cls, secrets_dir=_credentials())
        return (init_settings, env_settings, credentials, TomlConfigSettingsSource(settings_cls, toml_file=FILE))


def _credentials() -> Path | None:
    """The folder with a file for each secret, named as the setting (systemd.exec: Credentials)."""
    folder = os.environ.get("CREDENTIALS_DIRECTORY", "")
    return Path(folder) if folder and Path(folder).is_dir() else None


class StoreSettings(_Sources):
    """Where the store is: all that reading the audit trail needs."""

    model_config = SettingsConfigDict(extra="ignore")

    store: str = Field("vi-bot.db", validation_alias=_ours("STORE"))
    spool: Path | None = Field(None, validation_alias=_ours("SPOOL"))


def _rules(value: Any) -> Any:
    """A list of rules, or such a list as JSON, as an environment variable holds it."""
    if isinstance(value, str):
        with suppress(ValueError, RecursionError):
            value = json.loads(value)
    if not isinstance(value, list | tuple):
        raise ValueError('must be a list of rules, such as [{"actions": ["delete"]}]')  # noqa: TRY004 - pydantic's way
    return value


_ACTIONS = {"delete": Action.DELETE, "kill": Action.KILL, "restore": Action.RESTORE}


class ApprovalSetting(BaseModel):
    """When a second person has to agree; what is left empty holds for all."""

    model_config = ConfigDict(extra="forbid")

    actions: Annotated[frozenset[Literal["delete", "kill", "restore"]], BeforeValidator(_names)] = frozenset()
    projects: Annotated[frozenset[str], BeforeValidator(_names)] = frozenset()
    roles: Annotated[frozenset[Literal["operator", "admin"]], BeforeValidator(_names)] = frozenset()
    above: int = Field(0, ge=0)

    @property
    def rule(self) -> ApprovalRule:
        """The rule of the policy."""
        return ApprovalRule(
            frozenset(_ACTIONS[each] for each in self.actions),
            self.projects,
            frozenset(Role(each) for each in self.roles),
            self.above,
        )

    @property
    def governing(self) -> dict[str, Any]:
        """The rule as it is recorded: the same text for the same rule."""
        return {
            "actions": sorted(self.actions),
            "projects": sorted(self.projects),
            "roles": sorted(self.roles),
            "above": self.above,
        }


class Settings(StoreSettings):
    """The settings, read and checked.

    Attributes:
        slack_app_token: where there is one, the bot connects by Socket Mode; else it listens for HTTP requests
            signed with `slack_signing_secret`.
        previous_signing_secret: also accepted, while Slack's secret is being exchanged for another.
        slack_connections: how many connections Socket Mode keeps open, at most 10 for all processes together.
        slack_lost_seconds: how long Socket Mode may be without any connection before the bot ends.
        store: a path, or an address such as `sqlite:///vi-bot.db` or `postgresql://role@host/database`.
        spool: the file where an entry waits that the store could not take; beside the store unless given.
        environment: a label that every message carries, where several bots serve one workspace.
        viewers, operators, admins, approvers: ids of people and of user groups.
        guests: ids of guests who may look.
        default_role: what every other member may do.
        channels: where the command works; empty means everywhere.
        audit_channel: where every change is told; empty means nowhere.
        approvals_channel: where approvers are asked; the audit channel unless given.
        approval_minutes: how long a second person can agree.
        approvals: when a second person has to agree.
        hourly_cap: how many irreversible changes one person may make within an hour without a second person.
        audit_failure: whether a look that cannot be written into the trail is refused (`block`) or shown with a
            warning (`warn`). A change is always refused.
        checkpoint_webhook, checkpoint_file, checkpoint_command: where checkpoints of the trail are noted.
        checkpoint_minutes: between two checkpoints while entries come in; without any, one a day.
        checkpoint_key: a file with the Ed25519 key that signs them.
        health_host, health_port: where health and metrics are told over HTTP; nowhere without a port.
        shutdown_seconds: how long running work may take to end when the bot is stopped.
    """

    model_config = SettingsConfigDict(extra="forbid")

    slack_bot_token: Annotated[SecretStr, _secret(r"xoxb-\S+", "a bot token: it begins with xoxb-")] = Field(
        validation_alias=_theirs("SLACK_BOT_TOKEN")
    )
    slack_app_token: Annotated[SecretStr, _secret(r"xapp-\S+", "an app-level token: it begins with xapp-")] | None = (
        Field(None, validation_alias=_theirs("SLACK_APP_TOKEN"))
    )
    slack_signing_secret: Annotated[SecretStr, _secret(r"\S{16,}", "your app's signing secret")] | None = Field(
        None, validation_alias=_theirs("SLACK_SIGNING_SECRET")
    )
    previous_signing_secret: Annotated[SecretStr, _secret(r"\S{16,}", "your app's signing secret")] | None = Field(
        None, validation_alias=_ours("PREVIOUS_SIGNING_SECRET")
    )
    slack_connections: int = Field(1, ge=1, le=10, validation_alias=_ours("SLACK_CONNECTIONS"))
    slack_lost_seconds: float = Field(300.0, ge=1, le=3600, validation_alias=_ours("SLACK_LOST_SECONDS"))
    slack_api_url: _Url = Field("https://slack.com/api/", validation_alias=_theirs("SLACK_API_URL"))
    datature_vi_secret_key: Annotated[
        SecretStr, _secret(r"dtvi_\S{98}", "a secret key of Vi: it begins with dtvi_ and has 103 characters")
    ] = Field(validation_alias=_theirs("DATATURE_VI_SECRET_KEY"))
    datature_vi_organization_id: Annotated[str, AfterValidator(_organization)] = Field(
        validation_alias=_theirs("DATATURE_VI_ORGANIZATION_ID")
    )
    datature_vi_api_endpoint: _Url = Field(
        "https://api.vi.datature.com", validation_alias=_theirs("DATATURE_VI_API_ENDPOINT")
    )

    command: Annotated[str, AfterValidator(_matching(r"/[a-z0-9_-]{1,31}", "a slash and a name, such as /vi"))] = Field(
        "/vi", validation_alias=_ours("COMMAND")
    )
    environment: str = Field("", max_length=30, validation_alias=_ours("ENVIRONMENT"))
    viewers: _Holders = Field(frozenset(), validation_alias=_ours("VIEWERS"))
    operators: _Holders = Field(frozenset(), validation_alias=_ours("OPERATORS"))
    admins: _Holders = Field(frozenset(), validation_alias=_ours("ADMINS"))
    approvers: _Holders = Field(frozenset(), validation_alias=_ours("APPROVERS"))
    guests: _Guests = Field(frozenset(), validation_alias=_ours("GUESTS"))
    default_role: Literal[Role.VIEWER] | None = Field(None, validation_alias=_ours("DEFAULT_ROLE"))
    channels: _Channels = Field(frozenset(), validation_alias=_ours("CHANNELS"))
    audit_channel: Annotated[str, AfterValidator(_matching(r"([CG][A-Z0-9]+)?", "the id of a channel (C…)"))] = Field(
        "", validation_alias=_ours("AUDIT_CHANNEL")
    )
    approvals_channel: Annotated[str, AfterValidator(_matching(r"([CG][A-Z0-9]+)?", "the id of a channel (C…)"))] = (
        Field("", validation_alias=_ours("APPROVALS_CHANNEL"))
    )
    approval_minutes: int = Field(30, ge=1, le=7 * 24 * 60, validation_alias=_ours("APPROVAL_MINUTES"))
    approvals: Annotated[tuple[ApprovalSetting, ...], NoDecode, BeforeValidator(_rules)] = Field(
        (), validation_alias=_ours("APPROVALS")
    )
    hourly_cap: int | None = Field(None, ge=0, validation_alias=_ours("HOURLY_CAP"))
    confirmation_minutes: int = Field(15, ge=1, le=24 * 60, validation_alias=_ours("CONFIRMATION_MINUTES"))
    reason_required: bool = Field(default=True, validation_alias=_ours("REASON_REQUIRED"))
    audit_failure: Literal["block", "warn"] = Field("block", validation_alias=_ours("AUDIT_FAILURE"))
    checkpoint_webhook: Annotated[SecretStr, _secret(_ADDRESS, "the address of an incoming webhook")] | None = Field(
        None, validation_alias=_ours("CHECKPOINT_WEBHOOK")
    )
    checkpoint_file: Path | None = Field(None, validation_alias=_ours("CHECKPOINT_FILE"))
    checkpoint_command: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_words)] = Field(
        (), validation_alias=_ours("CHECKPOINT_COMMAND")
    )
    checkpoint_minutes: int = Field(60, ge=1, le=24 * 60, validation_alias=_ours("CHECKPOINT_MINUTES"))
    checkpoint_key: Path | None = Field(None, validation_alias=_ours("CHECKPOINT_KEY"))
    http_host: str = Field("127.0.0.1", validation_alias=_ours("HTTP_HOST"))
    http_port: int = Field(3000, ge=0, le=65535, validation_alias=_ours("HTTP_PORT"))
    health_host: str = Field("127.0.0.1", validation_alias=_ours("HEALTH_HOST"))
    health_port: int | None = Field(None, ge=0, le=65535, validation_alias=_ours("HEALTH_PORT"))
    shutdown_seconds: float = Field(25.0, ge=0, le=600, validation_alias=_ours("SHUTDOWN_SECONDS"))
    log_level: Annotated[
        str, AfterValidator(_matching("INFO|WARNING|ERROR", "INFO, WARNING or ERROR: DEBUG prints whole messages"))
    ] = Field("INFO", validation_alias=_ours("LOG_LEVEL"))

    @property
    def policy(self) -> Policy:
        """The grants that these settings make."""
        people: dict[PersonId, set[Role]] = {}
        groups: dict[GroupId, set[Role]] = {}
        for role in Role:
            for holder in getattr(self, f"{role}s"):
                if holder.startswith("S"):
                    groups.setdefault(GroupId(holder), set()).add(role)
                else:
                    people.setdefault(PersonId(holder), set()).add(role)
        return Policy(
            people={person: frozenset(roles) for person, roles in people.items()},
            groups={group: frozenset(roles) for group, roles in groups.items()},
            default=self.default_role,
            guests=frozenset(PersonId(each) for each in self.guests),
            channels=self.channels,
            approvals=tuple(each.rule for each in self.approvals),
            hourly_cap=self.hourly_cap,
        )

    @property
    def rules(self) -> Rules:
        """What these settings decide about operations."""
        return Rules(
            confirmation_lifetime=timedelta(minutes=self.confirmation_minutes),
            approval_lifetime=timedelta(minutes=self.approval_minutes),
            reason_required=self.reason_required,
            looks_need_the_trail=self.audit_failure == "block",
        )

    @property
    def notes_checkpoints(self) -> bool:
        """Whether there is a place where checkpoints are noted."""
        return bool(self.checkpoint_webhook or self.checkpoint_file or self.checkpoint_command)

    @property
    def governing(self) -> dict[str, Any]:
        """What decides who may do what, and what is written down of it: recorded in the trail at each start."""
        roles = {str(role): sorted(getattr(self, f"{role}s")) for role in Role}
        return {
            "organization": self.datature_vi_organization_id,
            "roles": roles,
            "default_role": self.default_role or "",
            "guests": sorted(self.guests),
            "channels": sorted(self.channels),
            "audit_channel": self.audit_channel,
            "approvals_channel": self.approvals_channel,
            "approval_minutes": self.approval_minutes,
            "approvals": [each.governing for each in self.approvals],
            "hourly_cap": self.hourly_cap if self.hourly_cap is not None else "",
            "confirmation_minutes": self.confirmation_minutes,
            "reason_required": self.reason_required,
            "audit_failure": self.audit_failure,
            "checkpoint_minutes": self.checkpoint_minutes,
            "checkpoint_webhook": self.checkpoint_webhook is not None,
            "checkpoint_file": str(self.checkpoint_file or ""),
            "checkpoint_command": self.checkpoint_command[:1],
            "checkpoint_key": str(self.checkpoint_key or ""),
        }

    @property
    def signing_secrets(self) -> tuple[str, ...]:
        """What Slack's requests over HTTP may be signed with, the one to be used from now on first."""
        held = (self.slack_signing_secret, self.previous_signing_secret) if self.slack_signing_secret else ()
        password = urlsplit(self.store).password
        return (
            *(each.get_secret_value() for each in held if each is not None),
            *([password, unquote(password)] if password else []),
        )

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every secret, so that logs and checks can make sure that none of them shows."""
        held = (
            self.slack_bot_token,
            self.slack_app_token,
            self.slack_signing_secret,
            self.previous_signing_secret,
            self.datature_vi_secret_key,
            self.checkpoint_webhook,
        )
        password = urlsplit(self.store).password
        return (
            *(each.get_secret_value() for each in held if each is not None),
            *([password, unquote(password)] if password else []),
        )


def load_settings() -> Settings:
    """Read the settings from the environment and from `vi-bot.toml` in the working directory.

    Raises:
        SettingsFault: some are missing or wrong; it names all of them at once.
    """
    faults = [f"{name}: there is no such setting; see docs/settings.md" for name in _unknown_names()]
    try:
        settings = Settings()
    except TOMLDecodeError as error:
        raise SettingsFault([*faults, f"{FILE}: this is not TOML: {error}"]) from error
    except ValidationError as error:
        raise SettingsFault([*faults, *(_sentence(each) for each in error.errors(include_input=False))]) from error
    if faults:
        raise SettingsFault(faults)
    return settings


def _known_names() -> set[str]:
    aliases = (field.validation_alias for field in Settings.model_fields.values())
    return {str(each.choices[0]) for each in aliases if isinstance(each, AliasChoices)}


def _unknown_names() -> list[str]:
    return sorted(name for name in os.environ if name.startswith(_PREFIX) and name not in _known_names())


_WHERE: Mapping[str, str] = {
    "SLACK_BOT_TOKEN": "your app at api.slack.com/apps, OAuth & Permissions, Bot User OAuth Token (xoxb-…)",
    "DATATURE_VI_SECRET_KEY": "your organization in Vi, Settings, Secret keys (dtvi_…)",
    "DATATURE_VI_ORGANIZATION_ID": "your organization in Vi, Settings",
}


def _sentence(error: Mapping[str, Any]) -> str:
    name, *inside = (f"item {each + 1}" if isinstance(each, int) else each for each in error["loc"])
    if error["type"] == "missing":
        return f"{name} is missing: you find it under {_WHERE[name]}"
    if error["type"] == "extra_forbidden":
        place = f"{name}, {', '.join(inside)}" if inside else f"{name} in {FILE}"
        return f"{place}: there is no such setting; see docs/settings.md"
    return f"{', '.join((name, *inside))}: {error['msg'].removeprefix('Value error, ')}"
