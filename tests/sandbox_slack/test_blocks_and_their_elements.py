"""Which element may stand in which block, on Slack's reference page of each block."""

import pytest

from sandbox.slack.blocks import find_block_problems
from sandbox.slack.blocks.elements import ELEMENTS
from tests.sandbox_slack.test_blocks_samples import (
    MENUS,
    Json,
    actions,
    button,
    element,
    field,
    option,
    plain,
    section,
)

SAMPLES: dict[str, Json] = {
    "button": button(),
    "image": {"type": "image", "alt_text": "x", "image_url": "https://example.com/a.png"},
    "number_input": element("number_input", is_decimal_allowed=True),
    **{
        name: element(name, options=[option()])
        for name in ("overflow", "checkboxes", "radio_buttons", "static_select", "multi_static_select")
    },
    **{
        name: element(name)
        for name in (
            *MENUS,
            "datepicker",
            "timepicker",
            "datetimepicker",
            "plain_text_input",
            "email_text_input",
            "url_text_input",
        )
    },
}

MENU_TYPES = {"static_select", "multi_static_select", *MENUS}
CHOSEN = {"checkboxes", "radio_buttons", "datepicker", "timepicker", *MENU_TYPES}
ALLOWED = {
    "section": {"button", "overflow", "image", *CHOSEN},
    "actions": {"button", "overflow", "datetimepicker", *CHOSEN},
    "input": {"datetimepicker", "plain_text_input", "email_text_input", "url_text_input", "number_input", *CHOSEN},
    "context": {"image"},
}


def holding(block: str, content: Json) -> Json:
    blocks = {
        "section": section(accessory=content),
        "actions": actions(content),
        "input": field(content),
        "context": {"type": "context", "elements": [content]},
    }
    return blocks[block]


def test_there_is_a_sample_of_each_element() -> None:
    assert SAMPLES.keys() == ELEMENTS.keys()


@pytest.mark.parametrize("block", ALLOWED)
@pytest.mark.parametrize("name", SAMPLES)
def test_an_element_stands_only_in_blocks_that_may_hold_it(block: str, name: str) -> None:
    codes = [problem.code for problem in find_block_problems([holding(block, SAMPLES[name])], "modal")]
    assert codes == ([] if name in ALLOWED[block] else ["element_not_allowed"])


@pytest.mark.parametrize("name", sorted(ALLOWED["input"]))
def test_an_input_may_take_the_focus(name: str) -> None:
    assert find_block_problems([field({**SAMPLES[name], "focus_on_load": True})], "modal") == []


@pytest.mark.parametrize(
    "content",
    [
        element("plain_text_input", min_length=7, max_length=7),
        element("number_input", is_decimal_allowed=False, min_value="7", max_value="7"),
        element("multi_users_select", max_selected_items=1),
        element("datetimepicker", initial_date_time=0),
        element("datetimepicker", initial_date_time=9_999_999_999),
        element("plain_text_input", min_length=0, max_length=1),
    ],
    ids=lambda content: content["type"],
)
def test_a_bound_belongs_to_what_it_bounds(content: Json) -> None:
    assert find_block_problems([field(content)], "modal") == []


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (element("datetimepicker", initial_date_time=10**10), "Must be between 0 and 9999999999, is 10000000000."),
        (element("multi_users_select", max_selected_items=0), "Must be at least 1, is 0."),
        (element("users_select", placeholder=plain("x" * 1151)), "Must be at most 150 characters, has 1,151."),
        (element("users_select", placeholder=[]), "Must be an object, not an array."),
        (element("users_select", initial_user=None), "Must be a string, not null."),
        (element("users_select", color="red"), "The sandbox knows no 'color' of users_select."),
        (element("number_input"), "number_input needs 'is_decimal_allowed'."),
        (element("datepicker", initial_date="today"), "Must be a date as YYYY-MM-DD."),
        (button(), "A block of type input cannot hold 'button'."),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_problem_says_what_to_mend(content: Json, message: str) -> None:
    assert [problem.message for problem in find_block_problems([field(content)], "modal")] == [message]
