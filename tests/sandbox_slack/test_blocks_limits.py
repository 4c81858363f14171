"""Each limit of Block Kit, to the last character."""

from collections.abc import Callable

import pytest

from sandbox.slack.blocks import Surface, find_block_problems
from tests.sandbox_slack.test_blocks_samples import (
    Json,
    actions,
    button,
    cell,
    confirm,
    element,
    field,
    mrkdwn,
    option,
    options,
    plain,
    rich,
    rich_section,
    section,
    table,
)

LIMITS: dict[str, tuple[int, Callable[[int], list[Json]], str]] = {
    "section text": (3000, lambda n: [section(text=plain("x" * n))], "/0/text/text"),
    "section fields": (10, lambda n: [{"type": "section", "fields": [plain()] * n}], "/0/fields"),
    "field text": (2000, lambda n: [{"type": "section", "fields": [mrkdwn("x" * n)]}], "/0/fields/0/text"),
    "header": (150, lambda n: [{"type": "header", "text": plain("x" * n)}], "/0/text/text"),
    "header level": (4, lambda n: [{"type": "header", "text": plain(), "level": n}], "/0/level"),
    "context": (10, lambda n: [{"type": "context", "elements": [plain()] * n}], "/0/elements"),
    "context text": (3000, lambda n: [{"type": "context", "elements": [plain("x" * n)]}], "/0/elements/0/text"),
    "actions": (25, lambda n: [actions(*(button(action_id=f"a{i}") for i in range(n)))], "/0/elements"),
    "block_id": (255, lambda n: [section(block_id="x" * n)], "/0/block_id"),
    "action_id": (255, lambda n: [section(accessory=button(action_id="x" * n))], "/0/accessory/action_id"),
    "button text": (75, lambda n: [actions(button(text=plain("x" * n)))], "/0/elements/0/text/text"),
    "button value": (2000, lambda n: [actions(button(value="x" * n))], "/0/elements/0/value"),
    "button url": (3000, lambda n: [actions(button(url="https://" + "x" * (n - 8)))], "/0/elements/0/url"),
    "button label": (
        75,
        lambda n: [actions(button(accessibility_label="x" * n))],
        "/0/elements/0/accessibility_label",
    ),
    "confirm title": (
        100,
        lambda n: [actions(button(confirm=confirm(title=plain("x" * n))))],
        "/0/elements/0/confirm/title/text",
    ),
    "confirm text": (
        300,
        lambda n: [actions(button(confirm=confirm(text=plain("x" * n))))],
        "/0/elements/0/confirm/text/text",
    ),
    "confirm confirm": (
        30,
        lambda n: [actions(button(confirm=confirm(confirm=plain("x" * n))))],
        "/0/elements/0/confirm/confirm/text",
    ),
    "confirm deny": (
        30,
        lambda n: [actions(button(confirm=confirm(deny=plain("x" * n))))],
        "/0/elements/0/confirm/deny/text",
    ),
    "overflow": (5, lambda n: [actions(element("overflow", options=options(n)))], "/0/elements/0/options"),
    "options": (100, lambda n: [actions(element("static_select", options=options(n)))], "/0/elements/0/options"),
    "option groups": (
        100,
        lambda n: [actions(element("static_select", option_groups=[{"label": plain(), "options": options(1)}] * n))],
        "/0/elements/0/option_groups",
    ),
    "option group label": (
        75,
        lambda n: [actions(element("static_select", option_groups=[{"label": plain("x" * n), "options": options(1)}]))],
        "/0/elements/0/option_groups/0/label/text",
    ),
    "option text": (
        75,
        lambda n: [actions(element("overflow", options=[option(text=plain("x" * n))]))],
        "/0/elements/0/options/0/text/text",
    ),
    "option value": (
        150,
        lambda n: [actions(element("static_select", options=[option("x" * n)]))],
        "/0/elements/0/options/0/value",
    ),
    "option description": (
        75,
        lambda n: [actions(element("checkboxes", options=[option(description=mrkdwn("x" * n))]))],
        "/0/elements/0/options/0/description/text",
    ),
    "option url": (
        3000,
        lambda n: [actions(element("overflow", options=[option(url="https://" + "x" * (n - 8))]))],
        "/0/elements/0/options/0/url",
    ),
    "radio buttons": (
        10,
        lambda n: [actions(element("radio_buttons", options=options(n)))],
        "/0/elements/0/options",
    ),
    "checkboxes": (10, lambda n: [actions(element("checkboxes", options=options(n)))], "/0/elements/0/options"),
    "placeholder": (
        150,
        lambda n: [field(element("plain_text_input", placeholder=plain("x" * n)))],
        "/0/element/placeholder/text",
    ),
    "input label": (2000, lambda n: [field(element("datepicker"), label=plain("x" * n))], "/0/label/text"),
    "input hint": (2000, lambda n: [field(element("datepicker"), hint=plain("x" * n))], "/0/hint/text"),
    "min_length": (3000, lambda n: [field(element("plain_text_input", min_length=n))], "/0/element/min_length"),
    "max_length": (3000, lambda n: [field(element("plain_text_input", max_length=n))], "/0/element/max_length"),
    "image url": (
        3000,
        lambda n: [{"type": "image", "alt_text": "x", "image_url": "https://" + "x" * (n - 8)}],
        "/0/image_url",
    ),
    "alt text": (
        2000,
        lambda n: [{"type": "image", "alt_text": "x" * n, "slack_file": {"id": "F1"}}],
        "/0/alt_text",
    ),
    "image title": (
        2000,
        lambda n: [{"type": "image", "alt_text": "x", "slack_file": {"id": "F"}, "title": plain("x" * n)}],
        "/0/title/text",
    ),
    "list indent": (
        8,
        lambda n: [
            rich(
                {
                    "type": "rich_text_list",
                    "style": "ordered",
                    "indent": n,
                    "elements": [rich_section({"type": "text", "text": "x"})],
                }
            )
        ],
        "/0/elements/0/indent",
    ),
    "table rows": (100, lambda n: [table(*[[cell()]] * n)], "/0/rows"),
    "table cells": (20, lambda n: [table([cell()] * n)], "/0/rows/0"),
    "table columns": (20, lambda n: [table([cell()], column_settings=[None] * n)], "/0/column_settings"),
    "table text": (10_000, lambda n: [table([cell("x" * (n - 1)), cell("x")])], "/0"),
    "tables": (1, lambda n: [table([cell()])] * n, "/1"),
    "markdown": (
        12_000,
        lambda n: [{"type": "markdown", "text": "x" * (n - 5)}, {"type": "markdown", "text": "x" * 5}],
        "",
    ),
    "blocks of a message": (50, lambda n: [{"type": "divider"}] * n, ""),
    "text of a message": (
        13_200,
        lambda n: [section(text=plain("x" * 3000))] * 4 + [section(text=plain("x" * (n - 12_000)))],
        "",
    ),
}


@pytest.mark.parametrize("name", LIMITS)
def test_a_limit_is_kept_to_the_last_character(name: str) -> None:
    limit, blocks, pointer = LIMITS[name]
    assert find_block_problems(blocks(limit), "message") == []
    assert [problem.pointer for problem in find_block_problems(blocks(limit + 1), "message")] == [pointer]


@pytest.mark.parametrize(("surface", "limit"), [("message", 50), ("modal", 100), ("home", 100)])
def test_each_surface_has_its_own_number_of_blocks(surface: Surface, limit: int) -> None:
    dividers = [{"type": "divider"}] * limit
    assert find_block_problems(dividers, surface) == []
    assert [one.code for one in find_block_problems([*dividers, *dividers[:1]], surface)] == ["too_many_items"]


def test_an_alert_is_short() -> None:
    assert find_block_problems([{"type": "alert", "text": plain("x" * 200)}], "modal") == []
    [problem] = find_block_problems([{"type": "alert", "text": plain("x" * 201)}], "modal")
    assert (problem.pointer, problem.code) == ("/0/text/text", "text_too_long")
