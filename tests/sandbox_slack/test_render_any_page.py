"""Whatever Slack accepts can be rendered, within the width, and nothing of it is lost."""

import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from sandbox.slack.render import Reader, interactive_elements, render_block_text, render_message_text, render_view_text
from sandbox.slack.render.lines import visible, wrapped
from tests.sandbox_slack.test_blocks_samples import (
    ACCEPTED_EVERYWHERE,
    MENUS,
    TABLE,
    Json,
    actions,
    button,
    element,
    field,
    mrkdwn,
    option,
    plain,
    section,
)

BLOCKS = (*ACCEPTED_EVERYWHERE, TABLE)


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block["type"])
def test_every_accepted_block_has_a_text_without_alarms(block: Json) -> None:
    for width in (None, 10, 40, 100):
        shown = render_block_text(block, Reader(width=width))
        assert shown
        assert "!!" not in shown


@pytest.mark.parametrize("width", [40, 60, 100])
def test_a_page_of_everything_keeps_within_the_width(width: int) -> None:
    lines = render_message_text({"blocks": BLOCKS}, Reader(width=width)).split("\n")
    assert max(map(cell_len, lines)) <= width
    framed = render_view_text({"type": "home", "blocks": BLOCKS}, Reader(width=width)).split("\n")
    assert {cell_len(line) for line in framed} == {width}


TEXTS = st.text(st.characters(exclude_categories=["Cs", "Mn", "Me", "Mc"]) | st.sampled_from("漢 \n😀"), min_size=1)


@settings(deadline=None)
@example("000\xa00", 2)
@example("\xa0\xa0 漢漢", 4)
@given(TEXTS, st.integers(2, 40))
def test_wrapping_keeps_the_width_and_every_visible_character(text: str, width: int) -> None:
    lines = wrapped(text, width)
    assert all(cell_len(line) <= width for line in lines)
    assert [*"".join(lines).replace(" ", "")] == [*"".join(wrapped(text, None)).replace(" ", "")]
    assert all(unicodedata.category(character) != "Cc" for line in lines for character in line)


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("abcd", 4, ["abcd"]),
        ("a  b", 4, ["a  b"]),
        ("  ab cd", 4, ["  ab", "  cd"]),
        ("abcdef gh", 4, ["abcd", "ef", "gh"]),
        ("ab  cd ", 5, ["ab cd"]),
        ("", 4, [""]),
    ],
)
def test_a_text_is_broken_between_words(text: str, width: int, lines: list[str]) -> None:
    assert wrapped(text, width) == lines


HIDDEN = (0x00, 0x1B, 0x1F, 0x7F, 0x80, 0x9F, 0x061C, 0x200B, 0x200E, 0x200F, 0x2028, 0x202E, 0x2060, 0x2069, 0xFEFF)
HARMLESS = (0x20, 0x7E, 0xA0, 0x061B, 0x061D, 0x200A, 0x200C, 0x200D, 0x2010, 0x2027, 0x202F, 0x205F, 0x206A, 0xFF00)


def test_characters_that_command_or_hide_are_shown_and_all_others_stay() -> None:
    assert [code for code in HIDDEN if chr(code) in visible(chr(code))] == []
    assert [code for code in HARMLESS if visible(chr(code)) != chr(code)] == []
    assert visible("\x1b\x7f\u202e\x9b") == "␛␡<U+202E><U+009B>"


@settings(deadline=None)
@given(TEXTS, TEXTS)
def test_any_text_of_an_app_can_be_rendered(one: str, other: str) -> None:
    blocks = [
        section(text=mrkdwn(one), accessory=button(text=plain(other))),
        {"type": "section", "fields": [plain(one), mrkdwn(other)]},
        {"type": "context", "elements": [plain(one), mrkdwn(other)]},
        field(element("plain_text_input", initial_value=one), label=plain(other), hint=plain(one)),
    ]
    assert all(cell_len(line) <= 60 for line in render_message_text({"blocks": blocks}, Reader(width=60)).split("\n"))


def test_the_interactive_elements_are_listed_in_the_order_of_the_page() -> None:
    options = [option("a"), option("b")]
    blocks = [
        section(block_id="row", accessory=element("overflow", options=options)),
        section(accessory={"type": "image", "alt_text": "x", "image_url": "https://example.com/a.png"}),
        actions(
            button(text=plain("Delete…"), value="7"),
            element(
                "static_select", placeholder=plain("Order"), option_groups=[{"label": plain(), "options": options}]
            ),
            {"type": MENUS[0]},
        ),
        {"type": "divider"},
        field(element("plain_text_input"), block_id="name", label=plain("Name")),
    ]
    listed = interactive_elements(blocks)
    assert [(one.block_id, one.action_id, one.type, one.text) for one in listed] == [
        ("row", "chosen", "overflow", "⋯"),
        ("", "show", "button", "Delete…"),
        ("", "chosen", "static_select", "Order"),
        ("", "", "external_select", ""),
        ("name", "chosen", "plain_text_input", "Name"),
    ]
    assert [one.options for one in listed] == [tuple(options), (), tuple(options), (), ()]
    assert listed[1].element["value"] == "7"
