"""HTTP mode: payloads as signed POSTs to the app's request URLs.

Slack: authentication/verifying-requests-from-slack, apis/events-api.
"""

import asyncio
import hashlib
import hmac
import json
import time
from enum import StrEnum
from typing import Any
from urllib.parse import urlencode

import aiohttp

from sandbox.slack.delivery import Answer, Delivery, Outcome, Receipt, answer_in_time, note_late, settle
from sandbox.slack.state import WorkspaceState
from sandbox.slack.wire import Exchange, Kind

FORM = "application/x-www-form-urlencoded"
STALE_SECONDS = 360
"""Slack: a request more than five minutes old is to be refused."""
RETRY_REASONS = {
    Outcome.LATE: "http_timeout",
    Outcome.UNREACHABLE: "connection_failed",
    Outcome.REFUSED: "http_error",
}


class Forgery(StrEnum):
    """How a request that Slack did not send differs from one that it did."""

    WRONG_SECRET = "wrong_secret"
    STALE_TIMESTAMP = "stale_timestamp"
    CHANGED_BODY = "changed_body"


class HttpMode:
    """Posts to the app's addresses.

    Args:
        state: The workspace.
        request_url: One address for everything, in place of those in the manifest.
    """

    def __init__(self, state: WorkspaceState, request_url: str | None) -> None:
        self._state = state
        self.request_url = request_url
        self._session: aiohttp.ClientSession | None = None

    async def deliver(self, delivery: Delivery) -> Receipt:
        """Post a payload and read the answer to the POST."""
        exchange = self._state.wire.start(delivery.kind, delivery.name, delivery.payload, from_app=False)
        url = self._url(delivery)
        if url is None:
            return settle(self._state, delivery, exchange, Answer(failure="it has no request URL."), RETRY_REASONS)
        answered: asyncio.Future[Answer | None] = asyncio.get_running_loop().create_future()
        self._state.background.start(self._post(url, delivery, exchange, answered))
        answer = await answer_in_time(self._state.clock, answered)
        return settle(self._state, delivery, exchange, answer, RETRY_REASONS)

    async def deliver_forged(self, delivery: Delivery, forgery: Forgery) -> int:
        """Post a payload that Slack did not sign, and return the HTTP status it was answered with.

        Raises:
            ValueError: There is no address for this kind of payload.
        """
        url = self._url(delivery)
        if url is None:
            raise ValueError(f"There is no request URL for {delivery.name}.")
        body, headers = self._request(delivery, forgery)
        async with self._open_session().post(url, data=body, headers=headers) as response:
            return response.status

    async def stop(self) -> None:
        """Close the connections to the app."""
        if self._session is not None:
            await self._session.close()

    async def _post(
        self, url: str, delivery: Delivery, exchange: Exchange, answered: "asyncio.Future[Answer | None]"
    ) -> None:
        body, headers = self._request(delivery)
        try:
            async with self._open_session().post(url, data=body, headers=headers) as response:
                content = _read_body(response.content_type, await response.text())
                no_retry = response.headers.get("x-slack-no-retry") == "1"
                answer = Answer(content, response.status, wants_no_retry=no_retry)
        except (aiohttp.ClientError, TimeoutError) as error:
            answer = Answer(failure=repr(error))
        if not answered.done():
            answered.set_result(answer)
        elif answer.failure is None:
            note_late(self._state, delivery, exchange, answer)

    def _url(self, delivery: Delivery) -> str | None:
        if self.request_url is not None:
            return self.request_url
        if delivery.kind is Kind.COMMAND:
            command = self._state.manifest.command(delivery.name)
            return command.url if command else None
        if delivery.kind is Kind.EVENT:
            return self._state.manifest.request_urls.get("events")
        purpose = "options" if delivery.name == "block_suggestion" else "interactivity"
        return self._state.manifest.request_urls.get(purpose)

    def _request(self, delivery: Delivery, forgery: Forgery | None = None) -> tuple[bytes, dict[str, str]]:
        body = _encode(delivery)
        # The signature carries real time: the app compares it with its own clock, which nobody has advanced.
        timestamp = str(int(time.time()) - (STALE_SECONDS if forgery is Forgery.STALE_TIMESTAMP else 0))
        secret = self._state.credentials.signing_secret
        headers = {
            "Content-Type": "application/json" if delivery.kind is Kind.EVENT else FORM,
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": sign(secret[::-1] if forgery is Forgery.WRONG_SECRET else secret, timestamp, body),
        }
        if delivery.retry_attempt:
            headers |= {
                "X-Slack-Retry-Num": str(delivery.retry_attempt),
                "X-Slack-Retry-Reason": delivery.retry_reason,
            }
        return (body + b" " if forgery is Forgery.CHANGED_BODY else body), headers

    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession()
        return self._session


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """Return the `X-Slack-Signature` of a request."""
    base = f"v0:{timestamp}:".encode() + body
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


def _encode(delivery: Delivery) -> bytes:
    if delivery.kind is Kind.EVENT:
        return json.dumps(delivery.payload).encode()
    fields = delivery.payload if delivery.kind is Kind.COMMAND else {"payload": json.dumps(delivery.payload)}
    return urlencode(fields).encode()


def _read_body(content_type: str, text: str) -> Any:
    if not text:
        return None
    # Slack: an answer that is not JSON is the text of a message.
    if content_type != "application/json":
        return {"text": text}
    try:
        return json.loads(text)
    except ValueError:
        return text
