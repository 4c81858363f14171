"""Views, messages and suggested options: the payloads that carry blocks."""

import json

import pytest

from sandbox.slack.blocks import find_message_problems, find_suggestion_problems, find_view_problems
from sandbox.slack.blocks.limits import UPDATE_TEXT
from tests.sandbox_slack.test_blocks_samples import (
    Json,
    element,
    field,
    modal,
    mrkdwn,
    option,
    options,
    plain,
    section,
)

TYPED = field(element("plain_text_input"))

VIEWS: tuple[tuple[Json, str, str], ...] = (
    ({"blocks": [section()]}, "", "missing_key"),
    ({"type": "workflow_step", "blocks": [section()]}, "/type", "unknown_view"),
    ({"type": "modal", "blocks": [section()]}, "", "missing_key"),
    ({"type": "modal", "title": plain()}, "", "missing_key"),
    (modal(title=plain("x" * 25)), "/title/text", "text_too_long"),
    (modal(title=plain("")), "/title/text", "empty_text"),
    (modal(title=mrkdwn()), "/title/type", "plain_text_required"),
    (modal(submit=plain("x" * 25)), "/submit/text", "text_too_long"),
    (modal(close=plain("x" * 25)), "/close/text", "text_too_long"),
    (modal(private_metadata="x" * 3001), "/private_metadata", "text_too_long"),
    (modal(private_metadata={}), "/private_metadata", "wrong_type"),
    (modal(callback_id="x" * 256), "/callback_id", "text_too_long"),
    (modal(external_id="x" * 256), "/external_id", "text_too_long"),
    (modal(id="V1"), "/id", "unknown_key"),
    (modal(TYPED), "", "missing_key"),
    (modal() | {"blocks": []}, "/blocks", "too_few_items"),
    (modal(section(text=mrkdwn(""))), "/blocks/0/text/text", "empty_text"),
    (modal({"type": "markdown", "text": "x"}), "/blocks/0/type", "block_not_allowed"),
    ({"type": "home", "blocks": [section()], "submit": plain()}, "/submit", "unknown_key"),
    ({"type": "home", "blocks": [section()], "close": plain()}, "/close", "unknown_key"),
    ({"type": "home", "blocks": [{"type": "alert", "text": plain()}]}, "/blocks/0/type", "block_not_allowed"),
)


@pytest.mark.parametrize(("view", "pointer", "code"), VIEWS, ids=[f"{code}-{pointer}" for _, pointer, code in VIEWS])
def test_a_faulty_view_is_refused_where_the_fault_is(view: Json, pointer: str, code: str) -> None:
    assert [(one.pointer, one.code) for one in find_view_problems(view)] == [(pointer, code)]


def test_sound_views_are_accepted() -> None:
    full = {
        "title": plain("x" * 24),
        "submit": plain("x" * 24),
        "close": plain("x" * 24),
        "private_metadata": "x" * 3000,
        "callback_id": "x" * 255,
        "external_id": "x" * 255,
        "clear_on_close": True,
        "notify_on_close": True,
        "submit_disabled": False,
    }
    assert find_view_problems(modal(TYPED, **full)) == []
    assert find_view_problems(modal(private_metadata="", callback_id="", external_id="")) == []
    # Slack: a Home tab shows input blocks, and has no button to submit them.
    assert find_view_problems({"type": "home", "blocks": [TYPED], "private_metadata": "m"}) == []


def size_in_bytes(view: Json) -> int:
    return len(json.dumps(view, ensure_ascii=False, separators=(",", ":")).encode())


def test_a_view_over_250_kilobytes_is_too_large() -> None:
    wide = [section(text=plain("漢" * 3000)) for _ in range(27)]
    view = modal(*wide, section(text=plain("x" * 3000)), private_metadata="")
    view["private_metadata"] = "x" * (250_000 - size_in_bytes(view))
    assert size_in_bytes(view) == 250_000
    assert find_view_problems(view) == []
    view["private_metadata"] += "x"
    assert [problem.code for problem in find_view_problems(view)] == ["view_too_large"]


MESSAGES: tuple[tuple[Json, list[tuple[str, str]]], ...] = (
    ({"text": "Hello", "channel": "C1", "unfurl_links": False}, []),
    ({"blocks": [section()]}, []),
    ({"text": "", "blocks": [section()], "attachments": []}, []),
    ({"text": "Hello", "blocks": None}, []),
    ({"text": "Hello", "blocks": []}, []),
    ({"markdown_text": "# Hello"}, []),
    ({"text": "x" * 40_000}, []),
    ({}, [("", "no_text")]),
    ({"text": "", "blocks": []}, [("", "no_text")]),
    ({"markdown_text": ""}, [("", "no_text")]),
    ({"text": 5}, [("/text", "wrong_type")]),
    ({"blocks": "[]"}, [("/blocks", "wrong_type")]),
    ({"text": "x" * 40_001}, [("/text", "msg_too_long")]),
    ({"text": "a", "blocks": [section(text=plain(""))]}, [("/blocks/0/text/text", "empty_text")]),
    ({"text": "a", "blocks": [section(text=plain("x" * 3000))] * 5}, [("/blocks", "msg_blocks_too_long")]),
    ({"text": "a", "markdown_text": "b"}, [("/markdown_text", "markdown_text_conflict")]),
    ({"markdown_text": "x" * 12_001}, [("/markdown_text", "text_too_long")]),
    ({"attachments": [{"text": "a"}]}, [("/attachments", "unsupported_attachments")]),
    ({"text": "a", "attachments": {}}, [("/attachments", "wrong_type")]),
)


@pytest.mark.parametrize(("message", "expected"), MESSAGES, ids=[f"message-{index}" for index in range(len(MESSAGES))])
def test_the_content_of_a_message_is_judged(message: Json, expected: list[tuple[str, str]]) -> None:
    assert [(one.pointer, one.code) for one in find_message_problems(message)] == expected


def test_an_updated_message_has_less_text() -> None:
    assert find_message_problems({"text": "x" * 4000}, text_limit=UPDATE_TEXT) == []
    [problem] = find_message_problems({"text": "x" * 4001}, text_limit=UPDATE_TEXT)
    assert problem.code == "msg_too_long"


@pytest.mark.parametrize(
    ("answer", "codes"),
    [
        ({"options": options(100)}, []),
        ({"options": []}, []),
        ({"option_groups": []}, []),
        ({"option_groups": [{"label": plain(), "options": options(1)}]}, []),
        ({"options": options(101)}, ["too_many_items"]),
        ({"options": [option("")]}, ["empty_text"]),
        ({}, ["exactly_one_of"]),
        ({"options": [], "option_groups": []}, ["exactly_one_of"]),
        ([], ["wrong_type"]),
    ],
)
def test_the_options_that_an_app_suggests_are_judged(answer: object, codes: list[str]) -> None:
    assert [problem.code for problem in find_suggestion_problems(answer)] == codes
