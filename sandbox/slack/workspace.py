"""A Slack workspace on this machine: start it, tell the app where it is, and be its people."""

import secrets
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, Self

from aiohttp import web

from sandbox.slack.clock import Clock
from sandbox.slack.delivery import Delivery
from sandbox.slack.directory import IncomingWebhook
from sandbox.slack.driver.person import User
from sandbox.slack.faults import Faults
from sandbox.slack.file_transfer import FileTransfer
from sandbox.slack.http_mode import Forgery, HttpMode
from sandbox.slack.incoming_webhooks import IncomingWebhooks
from sandbox.slack.interactions import Interactions
from sandbox.slack.manifest import load_manifest
from sandbox.slack.payloads import command_payload
from sandbox.slack.posting import Hooks
from sandbox.slack.rate_limits import RateLimits
from sandbox.slack.socket_mode import SocketMode
from sandbox.slack.state import Credentials, WorkspaceState
from sandbox.slack.violations import Violation
from sandbox.slack.web_api.door import WebApi
from sandbox.slack.wire import Kind, Wire

HOST = "127.0.0.1"
"""The emulator listens to this machine only."""
REQUEST_LINE_BYTES = 400_000
"""slack_sdk puts the arguments of some methods into the query; of `blocks.validate` these are up to 100,000 characters,
and in a URL a character may take three bytes and more. Assumed: Slack reads them there."""


class SlackWorkspace:
    """A running emulator.

    Attributes:
        state: Everything it knows.
        url: Its address, `http://127.0.0.1:<port>`.
        interactions: What its people can do, without a driver's limits.
    """

    def __init__(
        self, state: WorkspaceState, runner: web.AppRunner, socket_mode: SocketMode, http: HttpMode | None
    ) -> None:
        self.state = state
        self.url = state.response_urls.base_url
        self._runner = runner
        self._socket_mode = socket_mode
        self._http = http
        self.interactions = Interactions(state, http or socket_mode)

    @classmethod
    async def start(
        cls,
        manifest: str | Path | Mapping[str, Any] = "manifest.yml",
        *,
        mode: Literal["socket", "http"] = "socket",
        port: int = 0,
        request_url: str | None = None,
        rate_limited: bool = True,
    ) -> Self:
        """Start an emulator in the running event loop.

        Args:
            manifest: The app's manifest, or the file that holds it.
            mode: How the app is reached.
            port: Where to listen; 0 takes any free port.
            request_url: In HTTP mode, one address for all payloads instead of those in the manifest.
            rate_limited: Whether calls beyond Slack's limits are refused; a benchmark measures without.

        Raises:
            ValueError: The manifest is not one.
            OSError: The port is taken, or the file cannot be read.
        """
        state = WorkspaceState.fresh(load_manifest(manifest))
        rate_limits = RateLimits(state.clock.now) if rate_limited else None
        socket_mode = SocketMode(state)
        application = web.Application()
        application.router.add_route("*", "/api/{method}", WebApi(state, rate_limits).handle)
        application.router.add_get("/link", socket_mode.handle)
        application.router.add_post("/hooks/{id}", Hooks(state).handle)
        application.router.add_post("/services/{id}", IncomingWebhooks(state).handle)
        transfer = FileTransfer(state)
        application.router.add_post("/upload/{id}", transfer.receive)
        application.router.add_get("/files/{id}", transfer.send)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=1, max_line_size=REQUEST_LINE_BYTES)
        await runner.setup()
        try:
            await web.TCPSite(runner, HOST, port).start()
        except OSError:
            await runner.cleanup()
            raise
        state.response_urls.base_url = f"http://{HOST}:{runner.addresses[0][1]}"
        return cls(state, runner, socket_mode, HttpMode(state, request_url) if mode == "http" else None)

    async def stop(self) -> None:
        """Close every connection and stop listening.

        Raises:
            Exception: Whatever went wrong in the emulator's own work in the background.
        """
        self.state.clock.stop()
        async with AsyncExitStack() as closing:
            closing.push_async_callback(self._runner.cleanup)
            closing.push_async_callback(self._socket_mode.stop)
            if self._http is not None:
                closing.push_async_callback(self._http.stop)
            closing.push_async_callback(self.state.background.stop)

    @property
    def api_url(self) -> str:
        """The base URL of the Web API, for the app's `SLACK_API_URL`."""
        return f"{self.url}/api/"

    @property
    def bot_token(self) -> str:
        """The app's bot token."""
        return self.state.credentials.bot_token

    @property
    def app_token(self) -> str:
        """The app's app-level token, for Socket Mode."""
        return self.state.credentials.app_token

    @property
    def signing_secret(self) -> str:
        """The secret with which payloads are signed in HTTP mode."""
        return self.state.credentials.signing_secret

    @property
    def clock(self) -> Clock:
        """The emulator's clock."""
        return self.state.clock

    @property
    def faults(self) -> Faults:
        """The rules by which it misbehaves."""
        return self.state.faults

    @property
    def wire(self) -> Wire:
        """What went over the wire."""
        return self.state.wire

    @property
    def violations(self) -> tuple[Violation, ...]:
        """Every rule that the app broke."""
        return self.state.violations.all()

    @property
    def connections(self) -> int:
        """How many websockets the app has open."""
        return self._socket_mode.connections

    def user(self, name: str) -> User:
        """Return a person by handle or user id.

        Raises:
            KeyError: There is nobody of that name.
        """
        return User(self.state, self.interactions, self.state.directory.person(name))

    def channel_id(self, name: str) -> str:
        """Return the id of a channel.

        Raises:
            KeyError: There is no such channel.
        """
        return self.state.directory.channel(name).id

    def group_id(self, handle: str) -> str:
        """Return the id of a user group.

        Raises:
            KeyError: There is no such group.
        """
        for group in self.state.directory.groups.values():
            if group.handle == handle:
                return group.id
        raise KeyError(handle)

    def make_incoming_webhook(self, channel: str, app: str = "standup") -> str:
        """Make an incoming webhook, as on the page of an app; its address.

        Args:
            channel: Where it posts, by id or name.
            app: Whose it is, by the handle of its bot user: another app's unless given.

        Raises:
            KeyError: There is no such channel, or no such app.
        """
        webhook = IncomingWebhook(self.state.directory.channel(channel), self.state.directory.person(app))
        webhook_id = secrets.token_urlsafe(18)
        self.state.incoming_webhooks[webhook_id] = webhook
        return f"{self.url}/services/{webhook_id}"

    def deactivate(self, name: str, *, sign_out: bool = True) -> None:
        """Deactivate an account.

        Args:
            name: Whose.
            sign_out: False leaves the person's client working for now: what was on the screen can still be clicked.
        """
        person = self.state.directory.person(name)
        person.deleted = True
        person.signed_in = not sign_out

    async def wait_for_connection(self, count: int = 1, seconds: float = 5) -> None:
        """Wait until the app has at least `count` websockets open.

        Raises:
            TimeoutError: It has not, after `seconds`.
        """
        await self.state.changes.wait_for(lambda: self.connections >= count or None, seconds)

    async def disconnect(
        self, reason: Literal["warning", "refresh_requested", "link_disabled"], count: int | None = None
    ) -> None:
        """Tell connections of the app to go, all unless given how many.

        From then on nothing is sent to them, unless there is no other one.
        """
        await self._socket_mode.disconnect(reason, count)

    def drop_connections(self) -> None:
        """Break every websocket of the app without a word, as a network does."""
        self._socket_mode.drop()

    def haunt(self, ghosts: int) -> None:
        """Count so many websockets and send to them although nobody is behind them, from now on."""
        self._socket_mode.ghosts = ghosts

    def revoke_app_token(self) -> None:
        """Make another app-level token, as on the app's page; the old one is not known any more."""
        credentials = self.state.credentials
        self.state.credentials = replace(credentials, app_token=Credentials.fresh().app_token)

    def set_request_url(self, url: str) -> None:
        """Post every payload to this address from now on, in HTTP mode, as when it is entered on the app's page.

        Raises:
            ValueError: The emulator is not in HTTP mode.
        """
        if self._http is None:
            raise ValueError("Only in HTTP mode is there a request URL.")
        self._http.request_url = url

    async def forge_command(self, typed: str, forgery: Forgery | str) -> int:
        """Send a command that Slack did not sign, in HTTP mode, and return the status of the answer.

        Raises:
            ValueError: The emulator is not in HTTP mode, or the manifest has no such command.
        """
        name, _, text = typed.partition(" ")
        command = self.state.manifest.command(name)
        if self._http is None or command is None:
            raise ValueError(f"{typed!r} cannot be forged: not in HTTP mode, or no such command.")
        person = self.state.directory.person("alice")
        address = self.state.response_urls.issue(person.dm_id, person.id)
        payload = command_payload(self.state, person, person.dm_id, command, text, address)
        return await self._http.deliver_forged(Delivery(Kind.COMMAND, payload), Forgery(forgery))

    def expect_violation(self, code: str, times: int = 1) -> None:
        """Say that the test means the app to break this rule; `assert_clean` then asks for it."""
        self.state.violations.expect(code, times)

    def take_violation(self, code: str) -> Violation:
        """Take a violation out of the record.

        Raises:
            AssertionError: There is none of this code.
        """
        return self.state.violations.take(code)

    def assert_clean(self) -> None:
        """Check that the app broke no rule, and that every fault rule was used.

        Raises:
            AssertionError: It lists whatever is not so.
        """
        complaints = [f"{violation.code}: {violation.sentence}" for violation in self.state.violations.unexpected()]
        complaints += [f"expected, but did not happen: {code}" for code in self.state.violations.missing()]
        complaints += [f"fault used {rule.used} of {rule.times} times: {rule}" for rule in self.faults.unused()]
        if complaints:
            raise AssertionError("\n".join(["The workspace is not clean:", *complaints]))
