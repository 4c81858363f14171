"""The door at `/api/{method}`: token, faults, rate limit, scopes, arguments; then the method itself."""

from http import HTTPStatus
from typing import Any

from aiohttp import web

from sandbox.slack.errors import SlackError
from sandbox.slack.misbehaviour import ConnectionCutError, cut_connection, fault_answer, misbehaviour
from sandbox.slack.rate_limits import RateLimits
from sandbox.slack.state import WorkspaceState
from sandbox.slack.web_api.arguments import Arguments, read_arguments
from sandbox.slack.web_api.method import GENERAL_ERRORS, Call, Method, Token
from sandbox.slack.web_api.methods import METHODS
from sandbox.slack.wire import Exchange, Kind

HttpAnswer = tuple[int, dict[str, Any], dict[str, str]]
"""Status, body, headers."""


class RateLimitedError(Exception):
    """A call beyond the limit; `seconds` is when to try again."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class UndocumentedError(Exception):
    """The emulator was about to answer with an error that its table does not give the method: its own mistake."""


class WebApi:
    """Answers calls of the Web API, and notes each on the wire.

    Args:
        state: The workspace.
        rate_limits: What is left of each limit; None lets any number of calls through.
    """

    def __init__(self, state: WorkspaceState, rate_limits: RateLimits | None) -> None:
        self._state = state
        self._rate_limits = rate_limits

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one HTTP request to `/api/{method}`."""
        name = request.match_info["method"]
        exchange = self._state.wire.start(Kind.WEB_API, name, {}, from_app=True)
        try:
            status, answer, headers = await self._answer(name, request, exchange)
        except SlackError as error:
            status, answer, headers = HTTPStatus.OK, self._refusal(name, error, exchange), {}
        except RateLimitedError as limited:
            status, answer = HTTPStatus.TOO_MANY_REQUESTS, {"ok": False, "error": "ratelimited"}
            headers = {"Retry-After": str(limited.seconds)}
        except ConnectionCutError:
            self._state.wire.finish(exchange, None, answered=False)
            return cut_connection(request)
        self._state.wire.finish(exchange, answer, status)
        return web.json_response(answer, status=status, headers=headers)

    async def _answer(self, name: str, request: web.Request, exchange: Exchange) -> HttpAnswer:
        method = METHODS.get(name)
        arguments = await read_arguments(request, takes_json=method is None or method.takes_json)
        token = _take_token(request, arguments)
        exchange.sent = arguments.values
        if method is None:
            raise SlackError("unknown_method", fault="There is no such method, or none that is emulated here.")
        async with misbehaviour(self._state, name, arguments.values) as fault:
            if fault is not None:
                return fault_answer(fault)
            self._check_token(method, token)
            self._check_rate(name, method, arguments)
            headers = self._check_scopes(name, method)
            for argument in method.required:
                arguments.required(argument)
            call = Call(self._state, arguments, exchange, http_method=request.method, host=request.host)
            return HTTPStatus.OK, {"ok": True, **method.answer(call)}, headers

    def _check_token(self, method: Method, token: str | None) -> None:
        if method.token is None:
            return
        known = {self._state.credentials.bot_token: Token.BOT, self._state.credentials.app_token: Token.APP}
        if not token:
            raise SlackError("not_authed", fault="The call carried no token.")
        if token not in known:
            raise SlackError("invalid_auth", fault="The call carried a token that Slack does not know.")
        if known[token] is not method.token:
            raise SlackError(
                "not_allowed_token_type",
                fault=f"This method takes the {method.token} token and was given the {known[token]} token.",
            )

    def _check_rate(self, name: str, method: Method, arguments: Arguments) -> None:
        if self._rate_limits is None:
            return
        limits = {name: method.tier.limit}
        if method.channel_limit is not None:
            limits[f"{name} to {arguments.text('channel')}"] = method.channel_limit
        for key, limit in limits.items():
            if seconds := self._rate_limits.seconds_to_wait(key, limit):
                raise RateLimitedError(seconds)

    def _check_scopes(self, name: str, method: Method) -> dict[str, str]:
        if method.token is None:
            return {}
        granted = self._state.manifest.bot_scopes
        provided = ",".join(sorted(granted))
        needed = ",".join(method.scopes)
        if method.scopes and not granted & set(method.scopes):
            sentence = f"{name} needs the scope {needed}; the manifest asks for {provided}."
            raise SlackError("missing_scope", fault=sentence, details={"needed": needed, "provided": provided})
        return {"x-oauth-scopes": provided, "x-accepted-oauth-scopes": needed}

    def _refusal(self, name: str, error: SlackError, exchange: Exchange) -> dict[str, Any]:
        method = METHODS.get(name)
        if error.code not in GENERAL_ERRORS and (method is None or error.code not in method.errors):
            raise UndocumentedError(f"{name} has no error {error.code!r}.") from error
        if error.fault:
            self._state.complain(error.kind, f"{name}: {error.fault}", exchange)
        answer: dict[str, Any] = {"ok": False, "error": error.code, **error.details}
        if error.messages:
            answer["response_metadata"] = {"messages": list(error.messages)}
        return answer


def _take_token(request: web.Request, arguments: Arguments) -> str | None:
    in_body = arguments.values.pop("token", None)
    scheme, _, in_header = request.headers.get("Authorization", "").partition(" ")
    return in_header.strip() if scheme.lower() == "bearer" else in_body
