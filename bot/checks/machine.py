"""What the machine gives: a place for the spool, and a port for health."""

import os
import socket
from http import HTTPStatus

import aiohttp

from bot.checks.check import Check
from bot.domain.errors import StoreUnavailable
from bot.settings import Settings
from bot.store import open_spool


async def spool(settings: Settings) -> Check:
    """Whether the spool can be written, and nothing waits in it."""
    name = "Spool"
    try:
        found = open_spool(settings.store, settings.spool)
    except ValueError:
        return Check(name, passed=False, finding="it cannot be told where it is", advice="Mend VI_BOT_STORE.")
    if found is None:
        return Check(name, passed=True, finding="none, since the store is kept in memory only")
    folder = found.path.absolute().parent
    if not all(os.access(each, os.W_OK) for each in (folder, found.path) if each == folder or each.exists()):
        advice = "Give the bot the right to write there, or name another place in VI_BOT_SPOOL."
        return Check(name, passed=False, finding=f"{found.path} cannot be written", advice=advice)
    try:
        waiting = await found.entries()
    except StoreUnavailable as error:
        return Check(name, passed=False, finding=error.sentence, advice=error.advice)
    if waiting:
        advice = "A bot that runs brings them in within a minute. If they stay, its log says why."
        return Check(name, passed=False, finding=f"{len(waiting)} entries wait in {found.path}", advice=advice)
    return Check(name, passed=True, finding=f"{found.path} can be written, and nothing waits in it")


async def health_port(settings: Settings, session: aiohttp.ClientSession) -> Check:
    """Whether health can be told where it is to be: the port is free, or the bot itself is there."""
    name, host, port = "Health", settings.health_host, settings.health_port
    if port is None:
        advice = "Set VI_BOT_HEALTH_PORT, so that a supervisor and a monitoring can ask how the bot is."
        return Check(name, passed=True, finding="is told nowhere", advice=advice)
    place = f"{host}:{port}"
    try:
        kind = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.create_server((host, port), family=kind):
            return Check(name, passed=True, finding=f"{place} is free")
    except OSError as error:
        reason = error.strerror or type(error).__name__
    if await _is_healthy(session, f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}/healthz"):  # noqa: S104 - compared
        return Check(name, passed=True, finding=f"a bot answers on {place}")
    advice = "Name another port in VI_BOT_HEALTH_PORT, or end what listens there."
    return Check(name, passed=False, finding=f"{place} cannot be had: {reason}", advice=advice)


async def _is_healthy(session: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with session.get(url) as answer:
            return answer.status == HTTPStatus.OK
    except (aiohttp.ClientError, TimeoutError):
        return False
