"""Which payloads of Slack's the bot listens to, and what it says to all others."""

from types import SimpleNamespace
from typing import Any

import pytest
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.web.async_client import AsyncWebClient

from bot.app import bolt_app
from handlers import action_ids, register


@pytest.mark.parametrize(
    "body",
    [
        {"command": "/another", "text": "list"},
        {"type": "shortcut", "callback_id": "another"},
        {"type": "message_action", "callback_id": action_ids.SHORTCUT},
        {"type": "event_callback", "event": {"type": "message", "user": "U1"}},
        {"type": "interactive_message", "callback_id": "another", "actions": []},
        {},
    ],
)
async def test_what_nobody_listens_to_is_not_acknowledged(body: dict[str, Any]) -> None:
    app = bolt_app(AsyncWebClient(token="xoxb-test"), {"team_id": "T1", "user_id": "U0"})
    context: Any = SimpleNamespace(frame=SimpleNamespace(command="/vi"))
    register(app, context)
    request = AsyncBoltRequest(body={"team": {"id": "T1"}, "user": {"id": "U1"}, **body}, mode="socket_mode")
    assert (await app.async_dispatch(request)).status == 404
