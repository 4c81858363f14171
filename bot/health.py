"""Health and metrics over HTTP, for whoever keeps the bot running: load balancers, supervisors, Prometheus.

No names of people or workflows, and no secrets: yet put it where only they can reach it.
"""

from collections.abc import Callable

from aiohttp import web

from bot.operations.readiness import NEEDED, Look, Readiness

_NO_CACHE = {"Cache-Control": "no-store"}


class HealthDoor:
    """Answers `/healthz`, `/readyz` and `/metrics` until it is closed.

    Args:
        readiness: how things stand.
        metrics: from that to what Prometheus reads.
        content_type: of what `metrics` makes.
    """

    def __init__(self, readiness: Readiness, metrics: Callable[[Look], bytes], content_type: str) -> None:
        self._readiness = readiness
        self._metrics = metrics
        self._content_type = content_type
        application = web.Application(client_max_size=1024)
        application.router.add_get("/healthz", self._alive)
        application.router.add_get("/readyz", self._ready)
        application.router.add_get("/metrics", self._measured)
        self._runner = web.AppRunner(application, access_log=None, keepalive_timeout=75, lingering_time=0)

    async def open(self, host: str, port: int) -> str:
        """Begin to listen; port 0 takes a free one. The address, without a path.

        Raises:
            OSError: the address cannot be had.
        """
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()
        return f"http://{host}:{self._runner.addresses[0][1]}"

    async def close(self) -> None:
        """Answer no more."""
        await self._runner.cleanup()

    async def _alive(self, _request: web.Request) -> web.Response:
        # That this is answered at all says that the process and its event loop are alive.
        return web.json_response({"status": "alive"}, headers=_NO_CACHE)

    async def _ready(self, _request: web.Request) -> web.Response:
        look = await self._readiness.look()
        checks = [
            {"name": each.name.value, "ok": each.ok, "needed": each.name in NEEDED, "sentence": each.sentence}
            for each in look.findings
        ]
        status = "ready" if look.is_well else "degraded" if look.is_ready else "not ready"
        return web.json_response(
            {"status": status, "checks": checks}, status=200 if look.is_ready else 503, headers=_NO_CACHE
        )

    async def _measured(self, _request: web.Request) -> web.Response:
        body = self._metrics(await self._readiness.look())
        return web.Response(body=body, headers={**_NO_CACHE, "Content-Type": self._content_type})
