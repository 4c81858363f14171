"""One request and its answer: HTTP that never sends twice on its own, and knows whether it sent at all.

The client is httpx over the aiohttp transport of httpx-aiohttp: httpx's own pool is quadratic in the requests in
flight (encode/httpcore#1035). Two habits of that pair would be wrong for a call that changes something:

* aiohttp sends GET, PUT and DELETE again by itself when a connection breaks (aiohttp/client.py,
  `retry_persistent_connection`), so that a deletion whose answer was lost would be sent twice;
* httpx-aiohttp reports a lost connection as `httpx.ConnectTimeout`, as if nothing had been sent.

`_report_loss` puts both right.
"""

from contextlib import aclosing
from functools import lru_cache
from http.cookiejar import CookieJar, DefaultCookiePolicy

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

from bot.vi.calls import Answer, Call

_CONNECTIONS = 200
"""How many requests can be under way; more wait for a free connection. The default is 100: too few where a hundred
people list while somebody deletes."""


class NotSent(Exception):
    """There was no connection, so nothing of the request left."""


class AnswerLost(Exception):
    """The request was sent, or may have been, and no whole answer came."""


class _LostError(aiohttp.ClientPayloadError):
    """What aiohttp does not answer by sending again, and httpx-aiohttp turns into `httpx.ReadError`."""


# What can only happen before anything is sent.
_NEVER_SENT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)


async def _report_loss(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    try:
        return await handler(request)
    except _NEVER_SENT:
        raise
    except (aiohttp.ClientError, OSError) as error:
        kind = type(error).__name__
    # Raised out here, so that nothing leads back to the error: some of aiohttp's show the request's headers, and with
    # them the key.
    raise _LostError(kind)


def open_http(base_url: str, headers: dict[str, str]) -> httpx.AsyncClient:
    """A client for one platform and one key, to be kept for the life of the process.

    Proxies and `.netrc` of the environment are not looked at; `SSL_CERT_FILE` and `SSL_CERT_DIR` are.
    """
    # Made once and shared: the transport makes a context of its own wherever it is not given one.
    tls = httpx.create_ssl_context()

    def open_session() -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=_CONNECTIONS, ssl=tls),
            cookie_jar=aiohttp.DummyCookieJar(),
            middlewares=(_report_loss,),
        )

    # A session needs a running event loop: the transport opens it with the first request.
    transport = AiohttpTransport(verify=tls, client=open_session)
    # httpx keeps cookies unless its jar takes them from nobody.
    no_cookies = CookieJar(DefaultCookiePolicy(allowed_domains=()))
    return httpx.AsyncClient(
        base_url=base_url,
        headers=headers,
        cookies=no_cookies,
        transport=transport,
        trust_env=False,
        follow_redirects=False,
    )


@lru_cache(maxsize=32)
def _address(base_url: httpx.URL, path: str, parameters: tuple[tuple[str, str], ...]) -> httpx.URL:
    # httpx would put it together in four passes, which takes longer than all the rest before a request is sent.
    return base_url.join(path).copy_merge_params(parameters) if parameters else base_url.join(path)


async def exchange(http: httpx.AsyncClient, call: Call, *, connect: float, silence: float | None) -> Answer:
    """Send a call once, and read the whole answer.

    Args:
        http: from `open_http`.
        call: what to send.
        connect: seconds for a connection, waiting for a free one included.
        silence: seconds that may pass without a sign of life; None for no limit.

    Raises:
        NotSent: there was no connection.
        AnswerLost: anything later went wrong.
    """
    request = http.build_request(
        call.effect.value,
        _address(http.base_url, call.path, tuple(call.parameters.items())),
        content=call.content or None,
        timeout=httpx.Timeout(silence, connect=connect, pool=connect),
    )
    try:
        response = await http.send(request, stream=True)
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
        raise NotSent(str(error)) from None
    except httpx.RequestError as error:
        raise AnswerLost(str(error)) from None
    # From here on, whatever an error is called, the request has been sent.
    try:
        async with aclosing(response):
            body = await response.aread()
    except httpx.RequestError as error:
        raise AnswerLost(str(error)) from None
    return Answer(response.status_code, response.headers, body)
