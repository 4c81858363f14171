"""The composition root: the one place where the parts meet."""

import asyncio
import gc
import logging
import os
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import aiohttp
import uuid_utils
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

import bot
from bot.anchors.command import CommandAnchor
from bot.anchors.file import FileAnchor
from bot.anchors.signing import load_private_key
from bot.anchors.webhook import WebhookAnchor
from bot.domain.people import TeamId
from bot.health import HealthDoor
from bot.metrics import CONTENT_TYPE, PrometheusMeter
from bot.operations.active_runs import ActiveRuns
from bot.operations.anchoring import Anchoring
from bot.operations.index import WorkflowIndex
from bot.operations.lifetime import record_start, record_stop
from bot.operations.presence import keep_present, leave, processes_at_work, show_presence
from bot.operations.readiness import Readiness, Vitals
from bot.ports import Anchor, Clock, DoorState, LeaseTimes, Presence, Resources, ViAttempt
from bot.settings import Settings
from bot.store import open_spool, open_store
from bot.store.measured import measured
from bot.vi.client import ViClient
from bot.vi.retries import Limits
from handlers import register
from handlers.context import Context
from handlers.delivery import Delivery
from handlers.duties import keep_in_order
from handlers.http_door import HttpDoor
from handlers.messages.blocks import Frame
from handlers.people import SlackPeople
from handlers.work import Work

if TYPE_CHECKING:
    from handlers.socket_door import Pace

_LOG = logging.getLogger(__name__)

_SLACK_TIMEOUT = aiohttp.ClientTimeout(total=10, sock_connect=5)

# Bolt reads these by itself; with a client id and secret it would switch to OAuth and drop the token.
_READ_BY_BOLT = (
    "SLACK_CLIENT_ID",
    "SLACK_CLIENT_SECRET",
    "SLACK_BOT_TOKEN",
    "SLACK_SIGNING_SECRET",
    "SLACK_VERIFICATION_TOKEN",
)


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present moment, in UTC."""
        return datetime.now(UTC)

    def elapsed(self) -> float:
        """Seconds since the machine was started, or some such moment."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


class SystemIds:
    """Ids from the machine's randomness."""

    def new(self) -> str:
        """A UUIDv7."""
        return str(uuid_utils.uuid7())

    def random(self) -> str:
        """A UUIDv4."""
        return str(uuid_utils.uuid4())

    def secret(self) -> str:
        """128 bits that nobody can guess."""
        return uuid_utils.uuid4().hex


class SlackNotConnected(Exception):
    """There is no way for Slack to reach the bot."""


class SlackLost(SlackNotConnected):
    """No connection to Slack comes about, or none any more: another start may do better."""


@dataclass(frozen=True, slots=True)
class Timing:
    """How long things may take, in seconds; tests shorten them.

    Attributes:
        patience: after which a person is told that something is still being worked on.
        recovery: between two looks at operations whose end is not known.
        shutdown: for running work to end when the bot is stopped.
        connect: for the first connection to Slack to come about.
        socket: of Socket Mode; as the settings have it unless given.
        vi: of calls to the platform.
        leases: of the leave that processes on one store give each other.
    """

    patience: float = 1.0
    recovery: float = 60.0
    shutdown: float = 25.0
    connect: float = 20.0
    socket: "Pace | None" = None
    look_back: tuple[float, ...] = (0.5, 2.0)
    vi: Limits = field(default_factory=Limits)
    leases: LeaseTimes = field(default_factory=LeaseTimes)


@dataclass(frozen=True, slots=True)
class Running:
    """A bot at work.

    Attributes:
        address: where it listens for Slack over HTTP; empty with Socket Mode.
        given_up: once Slack cannot be reached any more for good, the sentence that says why; then the bot has to end.
        health_address: where health and metrics are told; empty where nobody asked for them.
    """

    context: Context
    address: str
    given_up: asyncio.Future[str]
    health_address: str = ""


@asynccontextmanager
async def running(
    settings: Settings, timing: Timing | None = None, clock: Clock | None = None
) -> AsyncIterator[Running]:
    """The bot, connected and listening until the block ends; then it stops taking work and finishes what runs.

    What has not ended `timing.shutdown` seconds after the block is broken off, and settled at the next start.

    Raises:
        StoreUnavailable: the store cannot be opened, or the start cannot be written into the trail.
        KeyUnusable: the key for checkpoints cannot be read.
        SlackApiError: Slack does not accept a token.
        SlackLost: no connection came about.
        SlackNotConnected: there is no way for Slack to reach the bot, or the address for HTTP cannot be had.
        ValueError: the address for health cannot be had.
    """
    timing, clock = timing or Timing(shutdown=settings.shutdown_seconds), clock or SystemClock()
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession(timeout=_SLACK_TIMEOUT))
        client = _slack_client(settings, session, settings.slack_bot_token.get_secret_value())
        meter, vitals = PrometheusMeter(bot.__version__), Vitals(clock.elapsed)
        # Reading the certificates that are trusted takes 20 ms: meanwhile, Slack is asked and the store opened.
        opening = asyncio.get_running_loop().run_in_executor(None, _vi_client, settings, timing, meter, vitals)
        answer = await client.auth_test()
        identity: dict[str, Any] = dict(answer.data) if isinstance(answer.data, dict) else {}
        resources = await _resources(settings, timing, clock, client, identity, meter, opening, stack)
        interval = timedelta(minutes=settings.checkpoint_minutes) if settings.notes_checkpoints else None
        readiness, work = Readiness(resources, vitals, interval), Work()
        health_address = await _open_health(settings, readiness, meter, work, stack)
        await show_presence(resources)
        stack.push_async_callback(leave, resources)
        presence = asyncio.get_running_loop().create_task(keep_present(resources))
        stack.push_async_callback(_cancelled, presence)
        await record_start(resources, settings.governing)
        stack.push_async_callback(record_stop, resources)
        context = Context(
            resources,
            Delivery(client, session),
            Frame(settings.command, settings.datature_vi_organization_id, settings.environment),
            work,
            WorkflowIndex(resources.workflows, clock),
            ActiveRuns(resources.workflows, clock),
            readiness,
            meter,
            settings.audit_channel,
            settings.approvals_channel or settings.audit_channel,
            timing.patience,
        )
        resources.after_change.append(context.outdate_lists)
        stack.push_async_callback(_finish, resources, work)
        anchoring = _anchoring(settings, resources, session)
        recovery = asyncio.get_running_loop().create_task(keep_in_order(context, anchoring, timing.recovery))
        stack.push_async_callback(_cancelled, recovery)
        app = bolt_app(_slack_client(settings, session, None), identity)
        register(app, context)
        door = await _connected(app, context, settings, timing, vitals, stack)
        stack.callback(vitals.drain)
        work.start(context.index.refresh())  # last: what it reads is taken apart on the loop that the start needs
        try:
            yield replace(door, health_address=health_address)
        finally:
            resources.presence.ends = clock.elapsed() + timing.shutdown


def freeze_start() -> None:
    """Keep the garbage collector from what the start has made, which lives as long as the process.

    Every look at all of it holds the event loop: 55 ms of the processor's time, again and again while long lists are
    read (`benchmarks/listing.py`). With many commands under way, it was a quarter of each one's
    processor time (`benchmarks/commands.py`).
    """
    gc.collect()
    gc.freeze()


def bolt_app(client: AsyncWebClient, identity: Mapping[str, Any]) -> AsyncApp:
    """A Bolt app that knows who it is and asks nobody: not auth.test at each request, not the environment.

    `process_before_response` is the fast path for listeners that ack and hand their work to a task: Bolt's default
    looks for the ack in steps of 10 ms. Signatures are checked by `HttpDoor`, before Bolt sees a request.
    """
    authorized = AuthorizeResult(
        enterprise_id=identity.get("enterprise_id"),
        team_id=identity["team_id"],
        bot_user_id=identity["user_id"],
        bot_id=identity.get("bot_id"),
    )

    async def authorize() -> AuthorizeResult:
        return authorized

    with _hidden_from_bolt():
        return AsyncApp(
            name="vi-ops-bot",  # without one, Bolt looks for the file that calls it in every module there is
            client=client,
            authorize=authorize,
            request_verification_enabled=False,
            process_before_response=True,
        )


def _slack_client(settings: Settings, session: aiohttp.ClientSession, token: str | None) -> AsyncWebClient:
    # Without the handler for lost connections, which would post a message twice.
    return AsyncWebClient(
        token=token,
        base_url=settings.slack_api_url.rstrip("/") + "/",
        session=session,
        retry_handlers=[AsyncRateLimitErrorRetryHandler(max_retry_count=2)],
    )


def _vi_client(settings: Settings, timing: Timing, meter: PrometheusMeter, vitals: Vitals) -> ViClient:
    def tell(attempt: ViAttempt) -> None:
        vitals.note(attempt)
        meter.attempted(attempt)

    return ViClient(
        settings.datature_vi_api_endpoint,
        settings.datature_vi_secret_key.get_secret_value(),
        settings.datature_vi_organization_id,
        limits=timing.vi,
        told=tell,
    )


async def _resources(
    settings: Settings,
    timing: Timing,
    clock: Clock,
    client: AsyncWebClient,
    identity: Mapping[str, Any],
    meter: PrometheusMeter,
    opening: Awaitable[ViClient],
    stack: AsyncExitStack,
) -> Resources:
    ids = SystemIds()
    store = measured(await open_store(settings.store), meter)
    stack.push_async_callback(store.close)
    vi = await opening
    stack.push_async_callback(vi.aclose)
    presence = Presence(ids.new())
    return Resources(
        workflows=vi,
        workflow_changes=vi,
        store=store,
        people=SlackPeople(
            client, clock, team=TeamId(identity["team_id"]), enterprise=identity.get("enterprise_id") or ""
        ),
        policy=settings.policy,
        clock=clock,
        ids=ids,
        spool=open_spool(settings.store, settings.spool),
        rules=replace(settings.rules, look_back=timing.look_back, leases=timing.leases),
        host={
            "name": socket.gethostname(),
            "pid": str(os.getpid()),
            "version": bot.__version__,
            "process": presence.process,
        },
        presence=presence,
    )


async def _open_health(
    settings: Settings, readiness: Readiness, meter: PrometheusMeter, work: Work, stack: AsyncExitStack
) -> str:
    if settings.health_port is None:
        return ""
    door = HealthDoor(readiness, lambda look: meter.page(look, len(work)), CONTENT_TYPE)
    stack.push_async_callback(door.close)
    try:
        return await door.open(settings.health_host, settings.health_port)
    except OSError as error:
        place = f"{settings.health_host}:{settings.health_port}"
        raise ValueError(f"The address {place}, for health and metrics, cannot be had: {error.strerror}.") from error


async def _connected(
    app: AsyncApp, context: Context, settings: Settings, timing: Timing, vitals: Vitals, stack: AsyncExitStack
) -> Running:
    if settings.slack_app_token is not None:
        from handlers.socket_door import Pace, SocketDoor  # a bot that listens over HTTP starts without it

        socket_door = SocketDoor(
            app=app,
            app_token=settings.slack_app_token.get_secret_value(),
            link=context.slack,
            processes=partial(processes_at_work, context.resources),
            clock=context.resources.clock,
            wanted=settings.slack_connections,
            pace=timing.socket or Pace(without=settings.slack_lost_seconds),
        )
        stack.push_async_callback(socket_door.close)
        vitals.door = lambda: DoorState("socket", context.slack.open, ghosts=context.slack.ghosts)
        try:
            async with asyncio.timeout(timing.connect):
                await socket_door.open()
        except TimeoutError as error:
            raise SlackLost(f"No connection to Slack came about within {timing.connect:g} s.") from error
        return Running(context, "", socket_door.given_up)
    if settings.signing_secrets:
        http_door = HttpDoor(app, settings.signing_secrets, vitals.elapsed)
        vitals.door = http_door.state
        stack.push_async_callback(http_door.close)
        try:
            address = await http_door.open(settings.http_host, settings.http_port)
        except OSError as error:
            place = f"{settings.http_host}:{settings.http_port}"
            raise SlackNotConnected(f"The address {place} cannot be had: {error.strerror}.") from error
        return Running(context, address, asyncio.get_running_loop().create_future())
    raise SlackNotConnected(
        "Neither SLACK_APP_TOKEN (for Socket Mode) nor SLACK_SIGNING_SECRET (for HTTP) is set: "
        "there is no way for Slack to reach the bot."
    )


async def _finish(resources: Resources, work: Work) -> None:
    """Let work that runs come to its end, as long as there is time; the rest is broken off."""
    await work.drain(resources.presence.ends - resources.clock.elapsed())
    if work.broken_off:
        _LOG.warning("%d tasks were broken off; what they had begun is settled at the next start", work.broken_off)


def _anchoring(settings: Settings, resources: Resources, session: aiohttp.ClientSession) -> Anchoring:
    sign = load_private_key(settings.checkpoint_key).sign if settings.checkpoint_key is not None else None
    return Anchoring(
        resources,
        settings.datature_vi_organization_id,
        anchors_of(settings, session),
        sign=sign,
        interval=timedelta(minutes=settings.checkpoint_minutes),
    )


def anchors_of(settings: Settings, session: aiohttp.ClientSession) -> list[Anchor]:
    """The places where these settings want checkpoints to be noted."""
    anchors: list[Anchor] = []
    if settings.checkpoint_webhook is not None:
        anchors.append(WebhookAnchor(settings.checkpoint_webhook.get_secret_value(), session))
    if settings.checkpoint_file is not None:
        anchors.append(FileAnchor(settings.checkpoint_file))
    if settings.checkpoint_command:
        anchors.append(CommandAnchor(settings.checkpoint_command))
    return anchors


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


@contextmanager
def _hidden_from_bolt() -> Iterator[None]:
    hidden = {name: os.environ.pop(name) for name in _READ_BY_BOLT if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(hidden)
