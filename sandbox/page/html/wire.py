"""What went over the wires as HTML: one line an exchange, and its content for those who open it."""

import json
from datetime import tzinfo
from typing import Any

from sandbox.page.html.markup import Attributes, Markup, joined, tag
from sandbox.slack.wire import Exchange, Kind
from sandbox.vi.request_log import ReceivedRequest

_FIRST_BAD_STATUS = 400
_LONGEST_CONTENT = 20_000  # characters of JSON that are shown of one request or answer


def exchange_html(exchange: Exchange, zone: tzinfo) -> Markup:
    """One exchange between the app and Slack; its content is asked for when the line is opened."""
    to_app = not exchange.from_app
    is_socket = exchange.kind is Kind.SOCKET
    said = "" if exchange.status in (None, 200) else f"{exchange.status} "
    if exchange.ms is not None:
        said += f"{'ack ' if to_app and not is_socket else ''}{_ms(exchange.ms)}"
    return _line(
        f"{exchange.at.astimezone(zone):%H:%M:%S}",
        ("Slack", "bot") if to_app else ("bot", "Slack"),
        exchange.name,
        said or "no answer yet",
        exchange.problems,
        number=exchange.number,
    )


def request_html(request: ReceivedRequest, zone: tzinfo) -> Markup:
    """One request of the app to Vi."""
    path = "/".join(request.path.split("/")[3:]) or "organization"
    if request.ended is None:
        said = "under way"
    else:
        ms = (request.ended - request.when).total_seconds() * 1000
        said = f"{request.status or 'cut'} {_ms(ms)}"
    problems = [] if request.ended is None else _trouble(request.status)
    return _line(f"{request.when.astimezone(zone):%H:%M:%S}", ("bot", "Vi"), f"{request.method} {path}", said, problems)


def _ms(duration: float) -> str:
    return f"{duration:,.0f} ms" if duration >= 1 else "< 1 ms"


def _trouble(status: int | None) -> list[str]:
    if status is None:
        return ["The connection was cut before an answer."]
    return [f"Vi answered with HTTP {status}."] if status >= _FIRST_BAD_STATUS else []


def _line(
    at: str, direction: tuple[str, str], name: str, said: str, problems: list[str], number: int | None = None
) -> Markup:
    sender, receiver = direction
    summary = joined(
        tag("time", None, at),
        tag("span", {"class": "direction"}, f"{sender} → {receiver}"),
        tag("span", {"class": "name"}, name),
        tag("span", {"class": "said"}, said),
    )
    complaints = joined(*(tag("p", {"class": "problem"}, each) for each in problems))
    content = joined(complaints, tag("div", {"class": "content"}))
    bad = " bad" if problems else ""
    if number is None:
        return tag("div", {"class": f"exchange{bad}"}, tag("div", {"class": "line"}, summary), complaints)
    attributes: Attributes = {"class": f"exchange{bad}", "data-exchange": number}
    return tag("details", attributes, tag("summary", {"class": "line"}, summary), content)


def content_html(exchange: Exchange) -> Markup:
    """What was sent, and what was answered."""
    return joined(_json("Sent", exchange.sent), _json("Answered", exchange.answer))


def _json(title: str, content: Any) -> Markup:
    text = json.dumps(content, indent=2, ensure_ascii=False, default=str)
    cut = text[:_LONGEST_CONTENT] + (" …" if len(text) > _LONGEST_CONTENT else "")
    return joined(tag("h4", None, title), tag("pre", {"tabindex": 0}, cut))
