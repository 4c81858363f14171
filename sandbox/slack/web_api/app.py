"""`auth.test` and `apps.connections.open`: what an app asks about itself."""

import secrets
from typing import Any

from sandbox.slack.errors import SlackError
from sandbox.slack.web_api.method import Call


def test_token(call: Call) -> dict[str, Any]:
    """`auth.test`: say whose token this is."""
    directory = call.state.directory
    return {
        "url": f"https://{directory.team.domain}.slack.com/",
        "team": directory.team.name,
        "user": directory.app_user.name,
        "team_id": directory.team.id,
        "user_id": directory.app_user.id,
        "bot_id": call.state.bot_id,
        "app_id": call.state.app_id,
        "app_name": call.state.manifest.app_name,
        "is_enterprise_install": False,
    }


def open_connection(call: Call) -> dict[str, Any]:
    """`apps.connections.open`: give out the address of a websocket, good for one connection."""
    if call.http_method != "POST":
        raise SlackError("insecure_request", fault="apps.connections.open must be called with POST.")
    ticket = secrets.token_urlsafe(24)
    call.state.tickets[ticket] = call.state.clock.now()
    return {"url": f"ws://{call.host}/link?ticket={ticket}&app_id={call.state.app_id}"}
