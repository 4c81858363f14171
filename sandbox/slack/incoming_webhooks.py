"""The door at `/services/{id}`: incoming webhooks, through which another app posts to a channel without a token."""

from http import HTTPStatus

from aiohttp import web

from sandbox.slack.directory import IncomingWebhook
from sandbox.slack.errors import SlackError
from sandbox.slack.messages import Origin
from sandbox.slack.misbehaviour import ConnectionCutError, cut_connection, fault_answer, misbehaviour
from sandbox.slack.state import WorkspaceState
from sandbox.slack.validation import require_valid_message
from sandbox.slack.web_api.arguments import parse_object
from sandbox.slack.wire import Exchange, Kind

_NAME = "incoming_webhook"
# Slack: changelog 2016-05-17, "Improving error conditions for Incoming Webhooks". Assumed: `no_service` is a 404, and
# whatever is wrong with a message is a 400.
_STATUSES = {"no_service": HTTPStatus.NOT_FOUND, "channel_is_archived": HTTPStatus.GONE}


class IncomingWebhooks:
    """Answers POSTs to incoming webhooks, in plain text."""

    def __init__(self, state: WorkspaceState) -> None:
        self._state = state

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one POST to `/services/{id}`."""
        exchange = self._state.wire.start(Kind.INCOMING_WEBHOOK, _NAME, {}, from_app=True)
        try:
            answer = await self._receive(request, exchange)
        except ConnectionCutError:
            self._state.wire.finish(exchange, None, answered=False)
            return cut_connection(request)
        self._state.wire.finish(exchange, answer.text, answer.status)
        return answer

    async def _receive(self, request: web.Request, exchange: Exchange) -> web.Response:
        try:
            exchange.sent = content = parse_object(await request.text())
            async with misbehaviour(self._state, _NAME, content) as fault:
                if fault is not None:
                    status, body, headers = fault_answer(fault)
                    return web.Response(status=status, text=body["error"], headers=headers)
                webhook = self._webhook(request.match_info["id"])
                require_valid_message(content)
                self._state.messages.post(
                    webhook.channel.id, content, author_id=webhook.app_user.id, origin=Origin.INCOMING_WEBHOOK
                )
        except SlackError as error:
            if error.fault is not None:
                self._state.complain(error.kind, f"{_NAME}: {error.fault}", exchange)
            return web.Response(status=_STATUSES.get(error.code, HTTPStatus.BAD_REQUEST), text=error.code)
        return web.Response(text="ok")

    def _webhook(self, webhook_id: str) -> IncomingWebhook:
        webhook = self._state.incoming_webhooks.get(webhook_id)
        if webhook is None:
            raise SlackError("no_service")
        if webhook.channel.is_archived:
            raise SlackError("channel_is_archived")
        return webhook
