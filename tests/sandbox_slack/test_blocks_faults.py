"""Faulty blocks, one fault each, and where the validator finds it."""

from typing import Any

import pytest

from sandbox.slack.blocks import find_block_problems, find_view_problems
from tests.sandbox_slack.test_blocks_samples import (
    SURFACES,
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

RESPONSE_URL = element("conversations_select", response_url_enabled=True)

REFUSED: tuple[tuple[Any, str, str], ...] = (
    ("blocks", "", "wrong_type"),
    ([None], "/0", "wrong_type"),
    ([{}], "/0", "missing_key"),
    ([{"type": 1}], "/0/type", "wrong_type"),
    ([{"type": "sektion"}], "/0/type", "unknown_block"),
    ([section(colour="red")], "/0/colour", "unknown_key"),
    ([section(**{"a/b~c": 1})], "/0/a~1b~0c", "unknown_key"),
    ([section(block_id=None)], "/0/block_id", "wrong_type"),
    ([section(block_id="")], "/0/block_id", "empty_text"),
    ([{"type": "section"}], "/0", "missing_key"),
    ([section(text="Hello")], "/0/text", "wrong_type"),
    ([section(text=mrkdwn(""))], "/0/text/text", "empty_text"),
    ([section(text={"type": "markdown", "text": "x"})], "/0/text/type", "unknown_text"),
    ([section(text=mrkdwn() | {"emoji": True})], "/0/text/emoji", "unknown_key"),
    ([section(text=plain() | {"verbatim": True})], "/0/text/verbatim", "unknown_key"),
    ([section(fields=[])], "/0/fields", "too_few_items"),
    ([section(fields=plain())], "/0/fields", "wrong_type"),
    ([section(expand="yes")], "/0/expand", "wrong_type"),
    ([section(accessory=element("plain_text_input"))], "/0/accessory/type", "element_not_allowed"),
    ([section(accessory=element("datetimepicker"))], "/0/accessory/type", "element_not_allowed"),
    ([section(accessory=element("nonsense"))], "/0/accessory/type", "unknown_element"),
    ([actions(element("workflow_button"))], "/0/elements/0/type", "unsupported_element"),
    ([actions(element("plain_text_input"))], "/0/elements/0/type", "element_not_allowed"),
    ([actions()], "/0/elements", "too_few_items"),
    ([actions(button(), button())], "/0/elements/1/action_id", "duplicate_action_id"),
    ([section(block_id="b"), section(block_id="b")], "/1/block_id", "duplicate_block_id"),
    ([{"type": "context", "elements": []}], "/0/elements", "too_few_items"),
    ([{"type": "context", "elements": [button()]}], "/0/elements/0/type", "element_not_allowed"),
    ([{"type": "header", "text": mrkdwn()}], "/0/text/type", "plain_text_required"),
    ([{"type": "header", "text": plain(), "level": 5}], "/0/level", "out_of_range"),
    ([{"type": "header", "text": plain(), "level": True}], "/0/level", "wrong_type"),
    ([actions(button(text=mrkdwn()))], "/0/elements/0/text/type", "plain_text_required"),
    ([actions(button(style="secondary"))], "/0/elements/0/style", "unknown_value"),
    ([actions(button(url="example.com"))], "/0/elements/0/url", "bad_format"),
    (
        [actions(button(confirm={key: plain() for key in ("title", "text", "confirm")}))],
        "/0/elements/0/confirm",
        "missing_key",
    ),
    ([actions(button(confirm=confirm(text=mrkdwn())))], "/0/elements/0/confirm/text/type", "plain_text_required"),
    ([actions(button(confirm=confirm(style="red")))], "/0/elements/0/confirm/style", "unknown_value"),
    ([field(button())], "/0/element/type", "element_not_allowed"),
    ([field(element("file_input"))], "/0/element/type", "unsupported_element"),
    ([field(element("datepicker"), label=mrkdwn())], "/0/label/type", "plain_text_required"),
    ([field(element("datepicker", initial_date="2026-13-01"))], "/0/element/initial_date", "bad_format"),
    ([field(element("timepicker", initial_time="24:00"))], "/0/element/initial_time", "bad_format"),
    ([field(element("datetimepicker", initial_date_time=-1))], "/0/element/initial_date_time", "out_of_range"),
    ([field(element("number_input"))], "/0/element", "missing_key"),
    (
        [field(element("number_input", is_decimal_allowed=True, initial_value=3))],
        "/0/element/initial_value",
        "wrong_type",
    ),
    (
        [field(element("number_input", is_decimal_allowed=True, min_value="3", max_value="2.5"))],
        "/0/element/min_value",
        "out_of_range",
    ),
    (
        [field(element("plain_text_input", min_length=5, max_length=4))],
        "/0/element/min_length",
        "out_of_range",
    ),
    ([actions(element("static_select"))], "/0/elements/0", "exactly_one_of"),
    (
        [
            actions(
                element("static_select", options=options(1), option_groups=[{"label": plain(), "options": options(1)}])
            )
        ],
        "/0/elements/0",
        "exactly_one_of",
    ),
    ([actions(element("static_select", options=[]))], "/0/elements/0/options", "too_few_items"),
    (
        [actions(element("static_select", options=[option(text=mrkdwn())]))],
        "/0/elements/0/options/0/text/type",
        "plain_text_required",
    ),
    (
        [actions(element("static_select", options=[option(url="https://example.com")]))],
        "/0/elements/0/options/0/url",
        "unknown_key",
    ),
    (
        [actions(element("static_select", options=options(1), initial_option=option("b")))],
        "/0/elements/0/initial_option",
        "option_not_offered",
    ),
    (
        [
            actions(
                element(
                    "static_select",
                    option_groups=[{"label": plain(), "options": options(1)}],
                    initial_option=option("b"),
                )
            )
        ],
        "/0/elements/0/initial_option",
        "option_not_offered",
    ),
    (
        [field(element("checkboxes", options=options(1), initial_options=options(2)))],
        "/0/element/initial_options",
        "option_not_offered",
    ),
    ([actions(element("overflow", options=[]))], "/0/elements/0/options", "too_few_items"),
    ([actions(element("users_select", max_selected_items=1))], "/0/elements/0/max_selected_items", "unknown_key"),
    (
        [actions(element("multi_users_select", max_selected_items=0))],
        "/0/elements/0/max_selected_items",
        "out_of_range",
    ),
    ([actions(element("conversations_select", filter={}))], "/0/elements/0/filter", "missing_key"),
    ([actions(RESPONSE_URL)], "/0/elements/0/response_url_enabled", "response_url_not_allowed"),
    ([field(RESPONSE_URL)], "/0/element/response_url_enabled", "response_url_not_allowed"),
    (
        [field(element("datepicker", focus_on_load=True)), field(element("timepicker", focus_on_load=True))],
        "/1/element/focus_on_load",
        "duplicate_focus_on_load",
    ),
    ([{"type": "image", "alt_text": "x"}], "/0", "exactly_one_of"),
    ([{"type": "image", "image_url": "https://example.com/a.png"}], "/0", "missing_key"),
    (
        [{"type": "image", "alt_text": "x", "slack_file": {"id": "F", "url": "https://x"}}],
        "/0/slack_file",
        "exactly_one_of",
    ),
    ([rich()], "/0/elements", "too_few_items"),
    ([rich(rich_section())], "/0/elements/0/elements", "too_few_items"),
    ([rich(rich_section({"type": "text", "text": ""}))], "/0/elements/0/elements/0/text", "empty_text"),
    (
        [rich(rich_section({"type": "text", "text": "x", "style": {"loud": True}}))],
        "/0/elements/0/elements/0/style/loud",
        "unknown_key",
    ),
    ([rich({"type": "text", "text": "x"})], "/0/elements/0/type", "unknown_element"),
    (
        [rich({"type": "rich_text_preformatted", "elements": [{"type": "user", "user_id": "U1"}]})],
        "/0/elements/0/elements/0/type",
        "element_not_allowed",
    ),
    (
        [rich({"type": "rich_text_list", "elements": [rich_section({"type": "text", "text": "x"})]})],
        "/0/elements/0",
        "missing_key",
    ),
    ([table()], "/0/rows", "too_few_items"),
    ([table([cell()], column_settings=[{"align": "middle"}])], "/0/column_settings/0/align", "unknown_value"),
    ([table([])], "/0/rows/0", "too_few_items"),
    ([table([cell("")])], "/0/rows/0/0/text", "empty_text"),
    ([table([plain()])], "/0/rows/0/0/type", "unknown_cell"),
    ([table([{"type": "raw_number", "value": "1", "text": "1"}])], "/0/rows/0/0/value", "wrong_type"),
    ([{"type": "markdown", "text": ""}], "/0/text", "empty_text"),
)


@pytest.mark.parametrize(
    ("blocks", "pointer", "code"), REFUSED, ids=[f"{code}-{pointer}" for _, pointer, code in REFUSED]
)
def test_a_faulty_block_is_refused_where_the_fault_is(blocks: object, pointer: str, code: str) -> None:
    assert [(one.pointer, one.code) for one in find_block_problems(blocks, "message")] == [(pointer, code)]


@pytest.mark.parametrize(
    "name",
    [
        "auth_provider", "call", "card", "carousel", "container", "context_actions", "data_table",
        "data_visualization", "plan", "task_card", "video",
    ],
)  # fmt: skip
def test_a_block_that_the_sandbox_does_not_know_is_never_let_through(name: str) -> None:
    for surface in SURFACES:
        [problem] = find_block_problems([{"type": name}], surface)
        assert (problem.pointer, problem.code) == ("/0/type", "unsupported_block")
        assert problem.message == f"The sandbox does not know the block '{name}'."


def test_all_problems_are_told_at_once() -> None:
    blocks = [{"type": "header", "text": mrkdwn()}, actions(), {"type": "video"}, section(block_id="x" * 256)]
    assert [problem.pointer for problem in find_block_problems(blocks, "home")] == [
        "/0/text/type",
        "/1/elements",
        "/2/type",
        "/3/block_id",
    ]


def test_one_action_id_may_stand_in_two_blocks() -> None:
    assert find_block_problems([actions(button()), actions(button()), section(accessory=button())], "message") == []


def test_a_response_url_may_come_from_an_input_of_a_modal() -> None:
    assert find_block_problems([field(RESPONSE_URL)], "modal") == []


@pytest.mark.parametrize(
    "junk",
    [
        None,
        True,
        3,
        0.5,
        "x",
        [],
        {},
        [[]],
        [{"type": "section", "text": []}],
        [{"type": "actions", "elements": [None, 1]}],
    ],
)
def test_junk_is_refused_and_never_raises(junk: object) -> None:
    for surface in SURFACES:
        assert find_block_problems(junk, surface) or (junk == [] and surface == "message")
    assert find_view_problems(junk)
