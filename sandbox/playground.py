"""Both emulators and the bot between them, in one process: what the demo, the tour and the journey tests start.

The bot is told addresses and credentials, and nothing else: it has no test mode.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Literal

from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from bot.app import Timing, running
from bot.checks.manifest import manifest_path
from bot.ports import Clock
from bot.settings import Settings
from handlers.context import Context
from sandbox.scenarios import StartingState
from sandbox.slack.workspace import SlackWorkspace
from sandbox.vi.server import ViEmulator

AUDIT_CHANNEL = "vi-audit"


class PlaygroundSettings(Settings):
    """Settings that come from nowhere but the call: no environment, no file."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the signature is pydantic's
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the signature is pydantic's
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the signature is pydantic's
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the signature is pydantic's
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What is passed in, alone."""
        return (init_settings,)


Mode = Literal["socket", "http"]
"""How Slack reaches the bot."""


@dataclass(frozen=True, slots=True)
class Playground:
    """A running bot with a Slack on one side and a Vi on the other.

    Attributes:
        address: where the bot listens for Slack over HTTP.
        health_address: where it tells its health.
    """

    slack: SlackWorkspace
    vi: ViEmulator
    bot: Context
    store: str
    address: str
    health_address: str


def playground_settings(slack: SlackWorkspace, vi: ViEmulator, store: str, **more: Any) -> Settings:
    """The settings of a bot between these two; see `playground_values`."""
    return PlaygroundSettings(**playground_values(slack, vi, store, **more))


def playground_values(slack: SlackWorkspace, vi: ViEmulator, store: str, **more: Any) -> dict[str, Any]:
    """Settings by their names, `more` among them.

    Alice is admin; @ml-ops are operators, @ml-viewers viewers, @ml-approvers approvers; #vi-audit hears of all.
    """
    return {
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_SIGNING_SECRET": slack.signing_secret,
        "SLACK_API_URL": slack.api_url,
        "DATATURE_VI_SECRET_KEY": vi.secret_key,
        "DATATURE_VI_ORGANIZATION_ID": vi.organization_id,
        "DATATURE_VI_API_ENDPOINT": vi.url,
        "VI_BOT_STORE": store,
        "VI_BOT_ADMINS": slack.user("alice").id,
        "VI_BOT_OPERATORS": slack.group_id("ml-ops"),
        "VI_BOT_VIEWERS": slack.group_id("ml-viewers"),
        "VI_BOT_APPROVERS": slack.group_id("ml-approvers"),
        "VI_BOT_AUDIT_CHANNEL": slack.channel_id(AUDIT_CHANNEL),
        "VI_BOT_ENVIRONMENT": "sandbox",
        **more,
    }


@asynccontextmanager
async def playground(
    scenario: str | StartingState = "small-team",
    *,
    mode: Mode = "socket",
    store: str = ":memory:",
    timing: Timing | None = None,
    clock: Clock | None = None,
    **more: Any,
) -> AsyncIterator[Playground]:
    """Start everything, and end it in order. `more` are settings by their names."""
    slack = await SlackWorkspace.start(manifest_path(), mode=mode)
    reached_by = {"SLACK_APP_TOKEN": slack.app_token} if mode == "socket" else {"VI_BOT_HTTP_PORT": 0}
    try:
        async with (
            ViEmulator.start(scenario=scenario) as vi,
            running(playground_settings(slack, vi, store, **reached_by, **more), timing, clock) as bot,
        ):
            if mode == "socket":
                await slack.wait_for_connection()
            else:
                slack.set_request_url(bot.address)
            # The bot's first look at Vi is over, so that a fault planted next strikes what it is meant for.
            await bot.context.index.first_look(patience=30)
            yield Playground(slack, vi, bot.context, store, bot.address, bot.health_address)
    finally:
        await slack.stop()
