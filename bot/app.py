"""The composition root: the one place where the parts meet."""

import asyncio
import logging
import os
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

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
from bot.operations.active_runs import ActiveRuns
from bot.operations.anchoring import Anchoring
from bot.operations.forgetting import forget_questions
from bot.operations.index import WorkflowIndex
from bot.operations.lifetime import record_start, record_stop
from bot.operations.presence import keep_present, leads, leave, processes_at_work, show_presence
from bot.operations.recovery import bring_in_spooled, settle_open_operations
from bot.ports import Anchor, Clock, LeaseTimes, Presence, Resources
from bot.settings import Settings
from bot.store import open_spool, open_store
from bot.vi.client import ViClient
from bot.vi.retries import Limits
from handlers import register
from handlers.announcements import announce_published, announce_settled
from handlers.context import Context
from handlers.delivery import Delivery
from handlers.duties import resume_confirmed, sweep_questions, tell_untold
from handlers.http_door import HttpDoor
from handlers.messages.blocks import Frame
from handlers.people import SlackPeople
from handlers.socket_door import Pace, SocketDoor
from handlers.work import Work

_LOG = logging.getLogger(__name__)

_LEADING = 3  # rounds for which the process that does what only one may do keeps that to itself
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
    socket: Pace | None = None
    look_back: tuple[float, ...] = (0.5, 2.0)
    vi: Limits = field(default_factory=Limits)
    leases: LeaseTimes = field(default_factory=LeaseTimes)


@dataclass(frozen=True, slots=True)
class Running:
    """A bot at work.

    Attributes:
        address: where it listens for Slack over HTTP; empty with Socket Mode.
        given_up: once Slack cannot be reached any more for good, the sentence that says why; then the bot has to end.
    """

    context: Context
    address: str
    given_up: asyncio.Future[str]


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
    """
    timing, clock = timing or Timing(shutdown=settings.shutdown_seconds), clock or SystemClock()
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession(timeout=_SLACK_TIMEOUT))
        client = _slack_client(settings, session, settings.slack_bot_token.get_secret_value())
        answer = await client.auth_test()
        identity: dict[str, Any] = dict(answer.data) if isinstance(answer.data, dict) else {}
        resources = await _resources(settings, timing, clock, client, identity, stack)
        await show_presence(resources)
        work = Work()
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
            settings.audit_channel,
            settings.approvals_channel or settings.audit_channel,
            timing.patience,
        )
        stack.push_async_callback(_finish, resources, work)
        anchoring = _anchoring(settings, resources, session)
        recovery = asyncio.get_running_loop().create_task(_keep_in_order(context, anchoring, timing.recovery))
        stack.push_async_callback(_cancelled, recovery)
        secret = settings.slack_signing_secret
        app = bolt_app(_slack_client(settings, session, None), identity, secret.get_secret_value() if secret else "")
        register(app, context)
        work.start(context.index.refresh())
        try:
            yield await _connected(app, context, settings, timing, stack)
        finally:
            resources.presence.ends = clock.elapsed() + timing.shutdown


def bolt_app(client: AsyncWebClient, identity: Mapping[str, Any], signing_secret: str) -> AsyncApp:
    """A Bolt app that knows who it is and asks nobody: not auth.test at each request, not the environment.

    `process_before_response` is the fast path for listeners that ack and hand their work to a task: Bolt's default
    looks for the ack in steps of 10 ms.
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
        app = AsyncApp(client=client, authorize=authorize, signing_secret=signing_secret, process_before_response=True)
    # At INFO it logs the whole body of a request with a wrong signature, response_url included.
    logging.getLogger("slack_bolt.RequestVerification").setLevel(logging.WARNING)
    return app


def _slack_client(settings: Settings, session: aiohttp.ClientSession, token: str | None) -> AsyncWebClient:
    # Without the handler for lost connections, which would post a message twice.
    return AsyncWebClient(
        token=token,
        base_url=settings.slack_api_url.rstrip("/") + "/",
        session=session,
        retry_handlers=[AsyncRateLimitErrorRetryHandler(max_retry_count=2)],
    )


async def _resources(
    settings: Settings,
    timing: Timing,
    clock: Clock,
    client: AsyncWebClient,
    identity: Mapping[str, Any],
    stack: AsyncExitStack,
) -> Resources:
    ids = SystemIds()
    store = await open_store(settings.store)
    stack.push_async_callback(store.close)
    vi = ViClient(
        settings.datature_vi_api_endpoint,
        settings.datature_vi_secret_key.get_secret_value(),
        settings.datature_vi_organization_id,
        limits=timing.vi,
    )
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


async def _connected(
    app: AsyncApp, context: Context, settings: Settings, timing: Timing, stack: AsyncExitStack
) -> Running:
    if settings.slack_app_token is not None:
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
        try:
            async with asyncio.timeout(timing.connect):
                await socket_door.open()
        except TimeoutError as error:
            raise SlackLost(f"No connection to Slack came about within {timing.connect:g} s.") from error
        return Running(context, "", socket_door.given_up)
    if settings.slack_signing_secret is not None:
        http_door = HttpDoor(app)
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


async def _keep_in_order(context: Context, anchoring: Anchoring, seconds: float) -> None:
    """What has to be looked at again and again, at once and then at intervals."""

    async def settle() -> None:
        async for settled in settle_open_operations(context.resources):
            await announce_settled(context, settled)

    async def note_checkpoint() -> None:
        await announce_published(context, await anchoring.tick())

    own: tuple[Callable[[], Awaitable[object]], ...] = (
        partial(bring_in_spooled, context.resources),
        settle,
        partial(resume_confirmed, context),
    )
    shared: tuple[Callable[[], Awaitable[object]], ...] = (
        partial(sweep_questions, context),
        partial(tell_untold, context),
        note_checkpoint,
        partial(forget_questions, context.resources),
    )

    async def do_shared() -> None:
        if await leads(context.resources, _LEADING * seconds):
            for duty in shared:
                await _do(duty, seconds)

    async def do_all() -> None:
        for duty in own:
            await _do(duty, seconds)
        await _do(do_shared, seconds)

    while True:
        # As work of its own, which is finished when the bot is stopped: it may be going on with a deletion.
        await asyncio.shield(context.work.start(do_all()))
        await context.resources.clock.sleep(seconds)


async def _do(duty: Callable[[], Awaitable[object]], seconds: float) -> None:
    try:
        await duty()
    except Exception:  # noqa: BLE001 - whatever it is, the other duties and the next round have to come
        _LOG.exception("a duty of the bot could not be done; it is tried again in %g s", seconds)


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
