"""A server that cannot show a certificate for its name gets neither key nor token."""

import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bot.app import _slack_client
from bot.domain.errors import ViUnreachable
from bot.settings import Settings
from bot.vi.client import ViClient
from bot.vi.retries import Limits

ONCE = Limits(attempts=1)


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for another name, signed by nobody, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "somebody.example")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("somebody.example")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "both.pem"
    clear = serialization.NoEncryption()
    encoded = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, clear)
    path.write_bytes(encoded + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
async def listener(certificate: Path) -> AsyncIterator[tuple[str, list[str]]]:
    """Somebody between the bot and the world: its address, and what it got to read."""
    read: list[str] = []

    async def take(request: web.Request) -> web.Response:
        read.append(str(request.headers))
        return web.json_response({})

    application = web.Application()
    application.router.add_route("*", "/{tail:.*}", take)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    yield f"https://127.0.0.1:{runner.addresses[0][1]}", read
    await runner.cleanup()


async def test_the_key_of_vi_is_sent_to_nobody_without_a_certificate_for_its_name(
    listener: tuple[str, list[str]],
) -> None:
    address, read = listener
    async with ViClient(address, "dtvi_" + "x" * 98, "org_1", limits=ONCE) as client:
        with pytest.raises(ViUnreachable):
            await client.ping()
    assert read == []


async def test_the_bot_token_is_sent_to_nobody_without_a_certificate_for_its_name(
    listener: tuple[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    address, read = listener
    for name, value in {
        "SLACK_BOT_TOKEN": "xoxb-1",
        "SLACK_API_URL": f"{address}/api/",
        "DATATURE_VI_SECRET_KEY": "dtvi_" + "x" * 98,
        "DATATURE_VI_ORGANIZATION_ID": "org_1",
    }.items():
        monkeypatch.setenv(name, value)
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientConnectorCertificateError):
            await _slack_client(Settings(), session, "xoxb-1").auth_test()
    assert read == []
