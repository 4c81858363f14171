"""Everything the emulator knows, in one object that its doors and its people share."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime

from sandbox.slack.background import Background
from sandbox.slack.changes import Changes
from sandbox.slack.clock import Clock
from sandbox.slack.directory import Directory, IncomingWebhook
from sandbox.slack.faults import Faults
from sandbox.slack.files import Files
from sandbox.slack.manifest import Manifest
from sandbox.slack.messages import Messages
from sandbox.slack.response_urls import ResponseUrls
from sandbox.slack.triggers import Triggers
from sandbox.slack.views import Views
from sandbox.slack.violations import Violations
from sandbox.slack.wire import Exchange, Wire
from sandbox.slack.workspace_data import APP_ID, BOT_ID, small_company


@dataclass(frozen=True)
class Credentials:
    """The app's secrets, and one for its people's browsers, made anew for each emulator."""

    bot_token: str
    app_token: str
    signing_secret: str
    verification_token: str
    session_secret: str

    def session_of(self, user_id: str) -> str:
        """Return what the browser of a person shows in place of a token."""
        return "xoxd-" + hmac.new(self.session_secret.encode(), user_id.encode(), hashlib.sha256).hexdigest()

    @classmethod
    def fresh(cls) -> "Credentials":
        """Make credentials in the form of Slack's."""
        return cls(
            bot_token=f"xoxb-{secrets.randbelow(10**13):013d}-{secrets.randbelow(10**13):013d}-{secrets.token_hex(12)}",
            app_token=f"xapp-1-{APP_ID}-{secrets.randbelow(10**13):013d}-{secrets.token_hex(32)}",
            signing_secret=secrets.token_hex(16),
            verification_token=secrets.token_hex(12),
            session_secret=secrets.token_hex(32),
        )


@dataclass
class WorkspaceState:
    """The workspace, the app in it, and the records of what happened."""

    manifest: Manifest
    directory: Directory
    credentials: Credentials
    clock: Clock
    changes: Changes
    violations: Violations
    faults: Faults
    wire: Wire
    messages: Messages
    views: Views
    triggers: Triggers
    response_urls: ResponseUrls
    files: Files
    background: Background
    app_id: str = APP_ID
    bot_id: str = BOT_ID
    tickets: dict[str, datetime] = field(default_factory=dict)
    incoming_webhooks: dict[str, IncomingWebhook] = field(default_factory=dict)

    @classmethod
    def fresh(cls, manifest: Manifest) -> "WorkspaceState":
        """Return the small company with the app installed and nothing said yet."""
        clock = Clock()
        changes = Changes()
        directory = small_company(manifest.bot_name)
        return cls(
            manifest=manifest,
            directory=directory,
            credentials=Credentials.fresh(),
            clock=clock,
            changes=changes,
            violations=Violations(),
            faults=Faults(),
            wire=Wire(clock.now, changes),
            messages=Messages(clock.now, changes, directory),
            views=Views(clock.now, changes),
            triggers=Triggers(clock.now),
            response_urls=ResponseUrls(clock.now),
            files=Files(clock.now),
            background=Background(),
        )

    def complain(self, code: str, sentence: str, exchange: Exchange | None = None) -> None:
        """Record a broken rule, and mark the exchange in which it was broken."""
        self.violations.record(code, sentence)
        if exchange is not None:
            self.wire.add_problem(exchange, sentence)
