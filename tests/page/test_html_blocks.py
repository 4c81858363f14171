"""Blocks as HTML: each type that the sandbox accepts is shown, and nothing that somebody wrote becomes HTML."""

import json
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox import scenarios
from sandbox.page.html.layouts import Surface, block_html, blocks_html
from sandbox.slack.blocks.elements import ELEMENTS
from sandbox.slack.blocks.layouts import LAYOUTS
from sandbox.slack.elements import elements_in, with_ids
from sandbox.slack.render.reader import Reader
from tests.page.documents import Document
from tests.sandbox_slack.test_blocks_samples import (
    ACCEPTED_EVERYWHERE,
    TABLE,
    Json,
    actions,
    button,
    cell,
    confirm,
    element,
    field,
    mrkdwn,
    option,
    plain,
    rich,
    rich_section,
    section,
    table,
)

READER = Reader(
    zone=ZoneInfo("Europe/Berlin"),
    now=datetime(2026, 11, 23, 9, 15, tzinfo=UTC),
    names={"U1": "alice", "C1": "general"},
)
SURFACE = Surface(READER, "v-")
ALERT = {"type": "alert", "text": plain("Careful"), "level": "warning"}
MARKDOWN = {"type": "markdown", "text": "# Hello"}
BLOCKS = (*ACCEPTED_EVERYWHERE, TABLE, ALERT, MARKDOWN)
HOSTILE_NAMES = [each.spec["name"] for each in scenarios.load("hostile", now=datetime.now(UTC)).workflows]
HOSTILE = [
    *HOSTILE_NAMES,
    '<img src=x onerror="alert(1)">',
    "</div><script>alert(1)</script>",
    '" autofocus onfocus="x',
    "'`<!--",
]
HARMLESS_TAGS = {
    *("a", "blockquote", "button", "code", "div", "em", "hr", "input", "label", "li", "mark", "ol", "pre", "s"),
    *("span", "strong", "table", "td", "textarea", "th", "time", "tr", "u", "ul"),
}


def shown(block: Json, surface: Surface = SURFACE) -> Document:
    return Document(block_html(with_ids([block])[0], surface))


def assert_harmless(document: Document) -> None:
    for node in document.nodes:
        assert node.name in HARMLESS_TAGS
        assert not [name for name in node.attributes if name.startswith("on") or name in {"style", "src", "srcdoc"}]
        assert (node.attributes.get("href") or "https://").startswith(("https://", "http://", "mailto:"))


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block["type"])
def test_every_accepted_block_is_shown_as_sound_html_without_an_alarm(block: Json) -> None:
    document = shown(block)
    assert_harmless(document)
    assert "Unknown" not in document.text
    assert document.nodes[0].attributes["class"] == f"block {block['type']}"


def test_the_samples_hold_every_block_and_every_element_that_the_sandbox_accepts() -> None:
    assert {block["type"] for block in BLOCKS} == set(LAYOUTS)
    held = {each.json["type"] for each in elements_in(with_ids(BLOCKS))} | {"image"}
    assert held >= set(ELEMENTS)


def test_every_interactive_element_says_where_it_stands() -> None:
    for block in with_ids(BLOCKS):
        document = Document(block_html(block, SURFACE))
        for each in elements_in([block]):
            found = document.all("input") + [node for node in document.nodes if "data-control" in node.attributes]
            places = {(node.attributes.get("data-block"), node.attributes.get("data-action")) for node in found}
            assert each.place in places


@pytest.mark.parametrize(
    "block",
    [
        {"type": "video"},
        {"type": "<b>x</b>"},
        actions({"type": "workflow_button"}),
        section(accessory={"type": "file_input"}),
        rich({"type": "rich_text_poem", "elements": []}),
        rich(rich_section({"type": "canvas"})),
    ],
)
def test_what_is_not_known_is_a_box_that_nobody_can_overlook(block: Json) -> None:
    document = Document(block_html(block, SURFACE))
    assert_harmless(document)
    assert document.one("span", class_="unknown").text.startswith("Unknown ")


def everywhere(text: str) -> list[Json]:
    """Blocks that hold a text in every place that takes one."""
    value, words = text[:150] or "x", plain(text)
    one, choice = option(value, text=words), option(value, text=mrkdwn(text), description=mrkdwn(text))
    asked = confirm(title=words, text=words)
    image = {"type": "image", "alt_text": text, "image_url": "https://x/" + text}
    styled = {"type": "text", "text": text, "style": {"bold": True, "code": True}}
    link = {"type": "link", "url": "data:text/html," + text, "text": text}
    grouped = [{"label": words, "options": [one]}]
    return [
        section(text=words, accessory=button(text=words, value=text, confirm=asked, accessibility_label=text)),
        section(text=mrkdwn(text), accessory=element("overflow", options=[one], confirm=asked)),
        {"type": "section", "fields": [words, mrkdwn(text)]},
        {"type": "header", "text": words},
        {"type": "context", "elements": [mrkdwn(text), image]},
        actions(
            element("static_select", options=[one], initial_option=one, placeholder=words),
            element("multi_static_select", option_groups=grouped, initial_options=[one]),
            element("checkboxes", options=[choice], initial_options=[choice]),
            element("users_select", initial_user=text),
            button(url="javascript:alert(1)//" + text),
        ),
        field(element("plain_text_input", initial_value=text, multiline=True), label=words, hint=words),
        field(element("email_text_input", initial_value=text, placeholder=words), block_id=text),
        {**image, "image_url": "javascript:" + text, "title": words},
        {"type": "alert", "text": mrkdwn(text)},
        {"type": "markdown", "text": text},
        table([cell(text)], [rich(rich_section(styled))]),
        rich(
            rich_section(link, {"type": "user", "user_id": text}),
            {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": text}]},
        ),
    ]


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_that_somebody_wrote_becomes_html(text: str) -> None:
    errors = {text: text}
    document = Document(blocks_html(with_ids(everywhere(text)), Surface(READER, errors=errors)))
    assert_harmless(document)


@settings(deadline=None, max_examples=60)
@given(st.text(st.characters(codec="utf-8") | st.sampled_from("<>&\"'`*_~|!@#^/ \n\ue000\ue001"), max_size=40))
def test_no_text_whatever_becomes_html_or_leaves_an_element_open(text: str) -> None:
    assert_harmless(Document(blocks_html(with_ids(everywhere(text)), Surface(READER))))


def test_a_name_is_read_as_it_was_written() -> None:
    name = 'Potholes <b> & "friends" *not bold*'
    assert shown(section(text=plain(name))).text == name


def test_what_would_turn_or_hide_text_is_shown_instead() -> None:
    assert shown(section(text=plain("Potholes \u202egpj.exe\x07"))).text == "Potholes <U+202E>gpj.exe␇"


def test_a_button_carries_its_style_its_label_and_the_dialog_to_open_first() -> None:
    asked = confirm(title=plain("Sure?"), text=plain("It is <gone>."), style="danger")
    block = actions(button(text=plain("Delete…"), style="danger", confirm=asked, accessibility_label="Delete Potholes"))
    pressed = shown(block).one("button")
    assert (pressed.text, pressed.attributes["class"]) == ("Delete…", "button danger")
    assert pressed.attributes["aria-label"] == "Delete Potholes"
    assert json.loads(pressed.attributes["data-confirm"] or "") == {
        "title": "Sure?", "text": "It is <gone>.", "confirm": "Yes", "deny": "No", "style": "danger",
    }  # fmt: skip


def test_a_link_of_a_button_is_followed_only_to_the_web() -> None:
    leading = shown(actions(button(url="https://example.com/a"))).one("a")
    assert leading.attributes["href"] == "https://example.com/a"
    assert leading.attributes["rel"] == "noopener noreferrer"
    assert shown(actions(button(url="javascript:alert(1)"))).all("a") == []


def test_an_image_is_a_frame_with_its_description_and_is_not_loaded() -> None:
    document = shown({"type": "image", "alt_text": "A chart", "image_url": "https://example.com/a.png"})
    assert document.all("img") == []
    assert "A chart" in document.one("a", href="https://example.com/a.png").text


def test_a_field_shows_what_was_entered_and_what_is_wrong_with_it() -> None:
    block = field(
        element("plain_text_input", max_length=300), block_id="phrase", label=plain("Type it"), hint=plain("All of it")
    )
    values: dict[str, Any] = {"phrase": {"chosen": {"type": "plain_text_input", "value": "Pot"}}}
    document = shown(block, Surface(READER, "v-", values, {"phrase": "This is not it."}))
    typed = document.one("input")
    assert (typed.attributes["value"], typed.attributes["maxlength"]) == ("Pot", "300")
    error = document.one("div", class_="error")
    assert (error.text, error.attributes.get("hidden", "shown")) == ("This is not it.", "shown")
    assert (error.attributes["id"] or "") in (typed.attributes["aria-describedby"] or "").split()


def test_a_field_without_an_error_keeps_its_place_hidden() -> None:
    assert "hidden" in shown(field(element("plain_text_input"))).one("div", class_="error").attributes


def test_chosen_options_are_ticked_and_selects_show_what_stands_in_them() -> None:
    boxes = shown(field(element("checkboxes", options=[option("a"), option("b")], initial_options=[option("b")])))
    assert [("checked" in each.attributes) for each in boxes.all("input")] == [False, True]
    people = shown(actions(element("multi_users_select", initial_users=["U1", "U9"])))
    assert [each["text"] for each in json.loads(people.nodes[1].attributes["data-chosen"] or "")] == ["@alice", "@U9"]


def test_a_moment_is_shown_in_the_readers_time_zone() -> None:
    document = shown(field(element("datetimepicker", initial_date_time=1_700_000_000)))
    assert document.one("input", type="datetime-local").attributes["value"] == "2023-11-14T23:13"


def test_only_elements_that_the_app_hears_of_at_once_say_so() -> None:
    typing = element("plain_text_input", dispatch_action_config={"trigger_actions_on": ["on_character_entered"]})
    silent, heard = (shown(field(typing, dispatch_action=each)).one("input") for each in (False, True))
    assert "data-sends" not in silent.attributes
    assert heard.attributes["data-sends"] == "character"
