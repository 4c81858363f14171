"""Posting without a token: the answer in a command's acknowledgement, and the door at `/hooks/{id}`."""

from typing import Any

from aiohttp import web

from sandbox.slack.errors import SlackError
from sandbox.slack.messages import Message, Origin
from sandbox.slack.misbehaviour import ConnectionCutError, cut_connection, fault_answer, misbehaviour
from sandbox.slack.response_urls import MAX_USES, ResponseUrl
from sandbox.slack.state import WorkspaceState
from sandbox.slack.validation import require_valid_message
from sandbox.slack.web_api.arguments import parse_object
from sandbox.slack.wire import Exchange, Kind

CONTENT_KEYS = ("text", "blocks", "markdown_text", "attachments")
RESPONSE_TYPES = frozenset({None, "ephemeral", "in_channel"})
"""Left out is `ephemeral` (Slack: interactivity/implementing-slash-commands)."""


class DeadAddressError(SlackError):
    """A response_url that does not work, or no longer."""


class Hooks:
    """Answers POSTs to response URLs."""

    def __init__(self, state: WorkspaceState) -> None:
        self._state = state

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one POST to `/hooks/{id}`."""
        exchange = self._state.wire.start(Kind.RESPONSE_URL, "response_url", {}, from_app=True)
        try:
            status, body = await self._receive(request, exchange)
        except ConnectionCutError:
            self._state.wire.finish(exchange, None, answered=False)
            return cut_connection(request)
        self._state.wire.finish(exchange, body, status)
        return (
            web.Response(status=status, text=body) if isinstance(body, str) else web.json_response(body, status=status)
        )

    async def _receive(self, request: web.Request, exchange: Exchange) -> tuple[int, Any]:
        # Assumed, all of them: the status and body of a refusal. Slack documents only that such a call fails.
        try:
            content = parse_object(await request.text())
            exchange.sent = content
            async with misbehaviour(self._state, "response_url", content) as fault:
                if fault is not None:
                    return fault_answer(fault)[:2]
                self._post(self._usable_address(request.match_info["id"]), content, exchange)
        except SlackError as error:
            self._state.complain(error.kind, f"response_url: {error.fault or error.code}", exchange)
            if isinstance(error, DeadAddressError):
                return 404, {"ok": False, "error": error.code}
            return 400, error.code
        return 200, "ok"

    def _usable_address(self, address_id: str) -> ResponseUrl:
        address = self._state.response_urls.get(address_id)
        if address is None:
            raise DeadAddressError("expired_url", fault="The app posted to a response_url that never was.")
        if self._state.response_urls.is_expired(address):
            raise DeadAddressError("expired_url", fault="The app used a response_url more than 30 minutes old.")
        if address.uses >= MAX_USES:
            raise DeadAddressError("used_url", fault=f"The app used a response_url more than {MAX_USES} times.")
        address.uses += 1
        return address

    def _post(self, address: ResponseUrl, content: dict[str, Any], exchange: Exchange) -> None:
        if content.get("delete_original"):
            if original := self._original(address, exchange):
                self._state.messages.delete(original)
            if not any(content.get(key) for key in CONTENT_KEYS):
                return
        require_valid_message(content)
        if content.get("replace_original") and (original := self._original(address, exchange)):
            self._state.messages.replace(original, content, edited=False)
            return
        if address.source is not None and not {"replace_original", "delete_original"} & content.keys():
            sentence = "A new message after a click says replace_original: false, or Slack may overwrite the source."
            self._state.complain("replace_original_unstated", sentence, exchange)
        answer_interaction(self._state, address, content, Origin.RESPONSE_URL)

    def _original(self, address: ResponseUrl, exchange: Exchange) -> Message | None:
        if address.source is None:
            sentence = "A slash command has no original message: replace_original posts a second one."
            self._state.complain("no_original", sentence, exchange)
            return None
        return None if address.source.deleted else address.source


def answer_interaction(state: WorkspaceState, address: ResponseUrl, content: dict[str, Any], origin: Origin) -> Message:
    """Post an answer where the interaction was, to its person or to everybody there.

    The first answer to a command that everybody sees shows the command itself too.

    Raises:
        SlackError: `invalid_arguments`: the response_type is neither `ephemeral` nor `in_channel`.
    """
    kind = content.get("response_type")
    if kind not in RESPONSE_TYPES:
        raise SlackError("invalid_arguments", fault=f"response_type is {kind!r}; it is ephemeral or in_channel.")
    in_channel = kind == "in_channel"
    if in_channel:
        show_typed_command(state, address)
    return state.messages.post(
        address.conversation_id,
        content,
        author_id=state.directory.app_user.id,
        origin=origin,
        only_for=None if in_channel else address.user_id,
        answers=address.id,
    )


def show_typed_command(state: WorkspaceState, address: ResponseUrl) -> None:
    """Let everybody in the conversation see, once, the command that was typed there."""
    if address.typed and not address.is_echoed:
        address.is_echoed = True
        content = {"text": address.typed}
        state.messages.post(address.conversation_id, content, author_id=address.user_id, origin=Origin.TYPED_COMMAND)
