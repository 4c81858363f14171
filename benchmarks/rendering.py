"""A message of 50 blocks, from values to the text that is sent, beside the same message made of slack_sdk's models.

Ours: `handlers.messages`, whose builders keep Slack's limits as they go. The reference checks them in `to_dict`. Both
make the same message, to the letter.
"""

import json
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    ContextBlock,
    DividerBlock,
    InteractiveElement,
    MarkdownTextObject,
    Option,
    OverflowMenuElement,
    PlainTextObject,
    SectionBlock,
)

from benchmarks.comparison import Basis, Benchmark, Goal, Measured, Plan, Tally, in_turn, percentile
from benchmarks.unwired import held_workflows
from bot.domain.listing import Page, Query, Row
from bot.domain.screen import ScreenId
from bot.operations.listing import Listing
from bot.operations.warm import Age
from handlers import action_ids
from handlers.messages.blocks import Frame, date, escape, name_of, with_notes
from handlers.messages.listing import listing_message

_ROWS = 22
_FRAME = Frame("/vi", "org_benchmark")
_SCREEN, _PERSON = ScreenId("5f2c8f1e9d404a55b1c05eed00011122"), "U05EED0001"
_READ_AT = datetime(2026, 1, 1, tzinfo=UTC)
_NOTE = "This is shown although it could not be written into the audit trail."
_TIME = "a message of 50 blocks, built, checked, serialised"

_Make = Callable[[Page], str]


def ours(page: Page) -> str:
    """A page of workflows as the bot sends it."""
    message = listing_message(_FRAME, Listing(page, _SCREEN, Age(_READ_AT)), _PERSON)
    return json.dumps(list(with_notes(message, [_NOTE]).blocks))


def reference(page: Page) -> str:
    """The same, made of the SDK's models."""
    rows = [block for row in page.rows for block in _row(row)]
    head = SectionBlock(text=_plain(f"1–{_ROWS} of {page.total} workflows, last changed first."))
    age = ContextBlock(elements=[_markdown(f"List of workflows read {date(_READ_AT)}")])
    buttons: list[InteractiveElement] = [
        ButtonElement(text=_plain(text), action_id=action, value=_SCREEN)
        for text, action in (
            ("Next", action_ids.LIST_NEXT),
            ("Refresh", action_ids.LIST_REFRESH),
            ("Filter…", action_ids.LIST_FILTER),
        )
    ]
    share = _overflow(("Share to channel", action_ids.LIST_SHARE))
    last = [_plain("/vi list"), _markdown(f"<@{_PERSON}>"), _plain(_FRAME.place)]
    tail: list[Block] = [
        DividerBlock(),
        ActionsBlock(elements=[*buttons, share], block_id=_SCREEN),
        ContextBlock(elements=[_plain(_NOTE)]),
        ContextBlock(elements=last),
    ]
    return json.dumps([each.to_dict() for each in (head, age, *rows, *tail)])


def _row(row: Row) -> tuple[Block, Block]:
    workflow = row.workflow
    menu = _overflow(("Show", action_ids.SHOW), ("Back up", action_ids.BACK_UP), ("Delete…", action_ids.DELETE))
    small = [
        _plain(row.project_name),
        _markdown(f"`{escape(workflow.id)}` · updated {date(workflow.updated_at)}"),
    ]
    return SectionBlock(text=_plain(name_of(workflow)), accessory=menu, block_id=workflow.id), ContextBlock(
        elements=small
    )


def _overflow(*options: tuple[str, str]) -> OverflowMenuElement:
    return OverflowMenuElement(
        action_id=action_ids.ROW_MENU, options=[Option(text=_plain(text), value=value) for text, value in options]
    )


def _plain(text: str) -> PlainTextObject:
    return PlainTextObject(text=text, emoji=False)


def _markdown(text: str) -> MarkdownTextObject:
    return MarkdownTextObject(text=text, verbatim=True)


def measure(plan: Plan) -> Mapping[str, Measured]:
    """Microseconds a message.

    Raises:
        RuntimeError: the two do not make the same message.
    """
    rows = tuple(Row(each, "Road safety", None) for each in held_workflows(_ROWS))
    page = Page(Query(), 1, rows, 10 * _ROWS, 10 * _ROWS)
    if json.loads(ours(page)) != json.loads(reference(page)):
        raise RuntimeError("The two make different messages: their figures say nothing.")
    tally = Tally()
    for number in range(plan.rounds):
        for contestant in in_turn(number):
            make: _Make = ours if contestant == "ours" else reference
            calls = plan.calls if contestant == "ours" else max(1, plan.calls // 10)
            tally.add(contestant, _TIME, "µs", percentile([_microseconds(make, page) for _ in range(calls)], 50))
    return tally.measured()


def _microseconds(make: _Make, page: Page) -> float:
    began = time.perf_counter()
    make(page)
    return 1e6 * (time.perf_counter() - began)


BENCHMARK = Benchmark(
    name="rendering",
    reference="slack_sdk's models with to_dict",
    goals={_TIME: Goal(1 / 20, at_least=False, basis=Basis.RATIO)},
    measure=measure,
)
