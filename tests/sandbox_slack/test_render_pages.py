"""Messages and views as pages of text, whole."""

from textwrap import dedent
from typing import Any

import pytest
from rich.cells import cell_len

from sandbox.slack.render import Reader, render_block_text, render_message_text, render_view_text
from tests.sandbox_slack.test_blocks_samples import (
    Json,
    actions,
    button,
    cell,
    element,
    field,
    modal,
    mrkdwn,
    option,
    plain,
    rich,
    rich_section,
    section,
    table,
)

NARROW = Reader(width=60, names={"U1": "Alice", "C1": "general"})


def page(text: str) -> str:
    return dedent(text).strip("\n")


def test_a_message_is_its_blocks_and_not_its_text() -> None:
    menu = element("overflow", options=[option(text=plain(text)) for text in ("Show", "Back up", "Delete…")])
    blocks = [
        {"type": "header", "text": plain("Workflows 1–2 of 2")},
        {"type": "context", "elements": [mrkdwn("`/vi list`"), plain("Acme Robotics")]},
        {"type": "divider"},
        section(text=mrkdwn("*Potholes*\nupdated by <@U1>"), accessory=menu),
        section(text=plain("Traffic lights at night, seen from a bridge"), accessory=menu),
        actions(
            button(text=plain("Next"), style="primary"),
            button(text=plain("Delete all…"), style="danger"),
            button(text=plain("Open in Vi"), url="https://example.com"),
        ),
    ]
    assert render_message_text({"text": "Two workflows", "blocks": blocks}, NARROW) == page("""
        Workflows 1–2 of 2
        ──────────────────
        · `/vi list`   Acme Robotics
        ────────────────────────────────────────────────────────────
        *Potholes*                    [ ⋯ Show | Back up | Delete… ]
        updated by @Alice
        Traffic lights at night,      [ ⋯ Show | Back up | Delete… ]
        seen from a bridge
        [ Next (*) ]  [ Delete all… (!) ]  [ Open in Vi ↗ ]
        """)


def test_a_message_without_blocks_is_its_text_and_its_files() -> None:
    files = [{"name": "audit.csv", "title": "The trail"}, {"name": "audit.jsonl"}]
    shown = render_message_text({"text": "Here it is", "blocks": [], "files": files})
    assert shown == "Here it is\n[file: The trail]\n[file: audit.jsonl]"
    assert render_message_text({"files": files[1:]}) == "[file: audit.jsonl]"


def test_fields_stand_in_two_columns() -> None:
    fields = [
        mrkdwn("*Project*\nSummer roads"),
        mrkdwn("*Runs*\n2 active, 31 ended, one more"),
        plain("c"),
        plain("d"),
        plain("Alone"),
    ]
    assert render_block_text({"type": "section", "fields": fields}, Reader(width=42)) == page("""
        *Project*             *Runs*
        Summer roads          2 active, 31 ended,
                              one more
        c                     d
        Alone
        """)


def test_a_modal_is_a_frame_with_its_inputs_their_values_and_their_errors() -> None:
    name = field(element("plain_text_input"), block_id="name", label=plain("Type the name of the workflow"))
    backup = element(
        "checkboxes",
        options=[option("b", description=plain("verified")), option("n", text=mrkdwn("*Notify*"))],
        initial_options=[option("b", description=plain("verified"))],
    )
    reason = element("plain_text_input", multiline=True, placeholder=plain("Why?"))
    view = modal(
        {"type": "alert", "level": "warning", "text": plain("Vi cannot undo this.")},
        section(text=mrkdwn("*Potholes*")),
        name,
        field(reason, label=plain("Reason"), hint=plain("Everybody sees it."), optional=True),
        field(backup, label=plain("Before")),
        actions(button(text=plain("Kill run…"))),
        title=plain("Delete workflow"),
        submit=plain("Delete"),
        state={"values": {"name": {"chosen": {"type": "plain_text_input", "value": "Pothole"}}}},
    )
    assert render_view_text(view, Reader(width=44), errors={"name": "This is not its name."}) == page("""
        ┌─ Delete workflow ────────────────────────┐
        │ ▌ Warning: Vi cannot undo this.          │
        │                                          │
        │ *Potholes*                               │
        │                                          │
        │ Type the name of the workflow            │
        │   [ Pothole ]                            │
        │   ✗ This is not its name.                │
        │                                          │
        │ Reason (optional)                        │
        │   [ Why? ________ ]                      │
        │   Everybody sees it.                     │
        │                                          │
        │ Before                                   │
        │   [x] Potholes — verified                │
        │   [ ] *Notify*                           │
        │                                          │
        │ [ Kill run… ]                            │
        ├──────────────────────────────────────────┤
        │                   [ Cancel ]  [ Delete ] │
        └──────────────────────────────────────────┘
        """)


def test_a_modal_without_a_submit_button_can_be_closed_and_one_may_be_disabled() -> None:
    assert "[ Close ] │" in render_view_text(modal())
    assert "[ Not now ]  [ Go (disabled) ] │" in render_view_text(
        modal(close=plain("Not now"), submit=plain("Go"), submit_disabled=True)
    )


def test_app_home_is_a_frame_without_buttons() -> None:
    home = {"type": "home", "blocks": [section(text=plain("Pending: 1"))]}
    assert render_view_text(home, Reader(width=20)) == page("""
        ┌─ App Home ───────┐
        │ Pending: 1       │
        └──────────────────┘
        """)


def test_a_table_has_a_rule_under_its_first_row_and_keeps_to_the_width() -> None:
    block = table(
        [cell("Workflow"), cell("Runs")],
        [cell("Traffic lights at night"), {"type": "raw_number", "value": 7, "text": "7"}],
        [rich(rich_section({"type": "text", "text": "漢字", "style": {"bold": True}}))],
        [cell("mid")],
        column_settings=[{"align": "center"}, {"align": "right"}],
    )
    assert render_block_text(block, Reader(width=24)) == page("""
            Workflow      │ Runs
        ──────────────────┼─────
        Traffic lights at │    7
              night       │
             *漢字*       │
               mid        │
        """)


def test_rich_text_keeps_its_structure() -> None:
    block = rich(
        rich_section(
            {"type": "text", "text": "Stays: "},
            {"type": "text", "text": "data", "style": {"bold": True, "code": True}},
            {"type": "link", "url": "https://example.com", "text": " page"},
        ),
        {
            "type": "rich_text_list",
            "style": "bullet",
            "elements": [
                rich_section(
                    {"type": "user", "user_id": "U1"}, {"type": "text", "text": " and a line that is too long"}
                ),
                rich_section({"type": "channel", "channel_id": "C1"}),
            ],
        },
        {
            "type": "rich_text_list",
            "style": "ordered",
            "indent": 1,
            "offset": 2,
            "elements": [
                rich_section({"type": "emoji", "name": "x"}, {"type": "emoji", "name": "v", "unicode": "270c-fe0f"}),
                rich_section({"type": "date", "timestamp": 0, "format": "{date_num}", "fallback": "then"}),
                rich_section({"type": "broadcast", "range": "here"}, {"type": "color", "value": "#C0FFEE"}),
                rich_section({"type": "usergroup", "usergroup_id": "S1"}, {"type": "team", "team_id": "T1"}),
            ],
        },
        {
            "type": "rich_text_quote",
            "elements": [
                {"type": "text", "text": "first", "style": {"italic": True}},
                {"type": "text", "text": "\n"},
                {"type": "text", "text": "second", "style": {"strike": True}},
            ],
        },
        {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "{\n  1\n}"}]},
    )
    assert render_block_text(block, Reader(width=40, names=NARROW.names)) == page("""
        Stays: *`data`* page
        (https://example.com)
        • @Alice and a line that is too long
        • #general
            3. ❌✌️
            4. 1970-01-01
            5. @here#C0FFEE
            6. @S1@T1
        > _first_
        > ~second~
            {
              1
            }
        """)


def test_items_and_quotes_wrap_under_themselves() -> None:
    words = {"type": "text", "text": "one two three"}
    ordered = {"type": "rich_text_list", "style": "ordered", "elements": [rich_section(words)]}
    quote = {"type": "rich_text_quote", "elements": [words]}
    assert render_block_text(rich(ordered, quote), Reader(width=10)) == "1. one two\n   three\n> one two\n> three"


@pytest.mark.parametrize(
    ("control", "shown"),
    [
        (element("static_select", options=[option()], placeholder=plain("Order")), "[ Order ▾ ]"),
        (element("static_select", options=[option()], initial_option=option()), "[ Potholes ▾ ]"),
        (element("external_select"), "[ Select an item ▾ ]"),
        (element("multi_static_select", options=[option()], initial_options=[option()]), "[ Potholes ▾ ]"),
        (element("users_select", initial_user="U1"), "[ @Alice ▾ ]"),
        (element("multi_users_select", initial_users=["U1", "U2"]), "[ @Alice, @U2 ▾ ]"),
        (element("multi_channels_select", initial_channels=["C1", "C2"]), "[ #general, #C2 ▾ ]"),
        (element("datepicker", initial_date="2026-11-23"), "[ 2026-11-23 ▾ ]"),
        (element("conversations_select", initial_conversation="C1"), "[ #general ▾ ]"),
        (element("datepicker"), "[ Select a date ▾ ]"),
        (element("timepicker"), "[ Select a time ▾ ]"),
        (element("datetimepicker"), "[ Select a date and time ▾ ]"),
        (element("datetimepicker", initial_date_time=1_795_425_332), "[ 2026-11-23 09:15 ▾ ]"),
        (
            element("radio_buttons", options=[option("a"), option("b")], initial_option=option("b")),
            "( ) Potholes\n(•) Potholes",
        ),
        ({"type": "workflow_button"}, "!! unknown element: workflow_button !!"),
    ],
    ids=lambda value: value["type"] if isinstance(value, dict) else "",
)
def test_a_control_shows_what_is_chosen(control: Json, shown: str) -> None:
    assert render_block_text(actions(control), NARROW) == shown


def test_what_was_entered_stands_in_place_of_what_the_app_proposed() -> None:
    proposed = element("plain_text_input", initial_value="old")
    view = modal(field(proposed, block_id="b"))
    assert "[ old ]" in render_view_text(view)
    view["state"] = {"values": {"b": {"chosen": {"type": "plain_text_input", "value": "two\nlines"}}}}
    assert "│   [ two " in render_view_text(view)
    assert "│     lines ]" in render_view_text(view)
    view["state"] = {"values": {"b": {"chosen": {"type": "plain_text_input", "value": None}}}}
    assert "old" not in render_view_text(view)


def test_controls_stand_in_rows_and_lists_of_choices_in_lines() -> None:
    choices = element("checkboxes", options=[option("a"), option("b")])
    block = actions(button(text=plain("One")), button(text=plain("Two")), choices, button(text=plain("Three")))
    assert render_block_text(block) == "[ One ]  [ Two ]\n[ ] Potholes\n[ ] Potholes\n[ Three ]"
    assert render_block_text(actions(*[button(text=plain("x" * 20))] * 3), Reader(width=50)).count("\n") == 1


@pytest.mark.parametrize("name", ["video", "carousel", "file", "nonsense"])
def test_an_unknown_block_is_loud(name: str) -> None:
    assert render_block_text({"type": name}) == f"!! unknown block: {name} !!"


def test_an_unknown_element_is_loud() -> None:
    shown = render_block_text(
        rich(rich_section({"type": "citation"}, {"type": "text", "text": "."}), {"type": "canvas"})
    )
    assert shown == "!! unknown element: citation !!.\n!! unknown element: canvas !!"


def test_images_are_read_out() -> None:
    image = {"type": "image", "alt_text": "A chart of runs", "image_url": "https://example.com/a.png"}
    assert render_block_text(image) == "[image: A chart of runs]"
    assert render_block_text({**image, "title": plain("Runs")}) == "Runs\n[image: A chart of runs]"
    assert (
        render_block_text({"type": "context", "elements": [image, plain("today")]})
        == "· [image: A chart of runs]   today"
    )
    assert render_block_text(section(text=plain("Text"), accessory=image), NARROW).endswith("[image: A chart of runs]")


@pytest.mark.parametrize(
    ("level", "word"),
    [("default", "Note"), ("info", "Info"), ("warning", "Warning"), ("error", "Error"), ("success", "Success")],
)
def test_an_alert_says_its_level(level: str, word: str) -> None:
    assert render_block_text({"type": "alert", "level": level, "text": plain("Done.")}) == f"▌ {word}: Done."


def test_markdown_is_shown_as_it_was_written() -> None:
    assert render_block_text({"type": "markdown", "text": "# Head\n* item :x:"}) == "# Head\n* item ❌"


def test_what_is_indented_or_marked_wraps_under_itself() -> None:
    blocks: list[Json] = [
        {"type": "alert", "text": plain("one two three four")},
        {"type": "context", "elements": [plain("one two three four five")]},
        field(element("plain_text_input"), block_id="b", hint=plain("one two three four")),
    ]
    view = modal(*blocks)
    assert render_view_text(view, Reader(width=20), errors={"b": "five six seven"}) == page("""
        ┌─ Potholes ───────┐
        │ ▌ Note: one two  │
        │ ▌ three four     │
        │                  │
        │ · one two three  │
        │ · four five      │
        │                  │
        │ Potholes         │
        │   [ ________ ]   │
        │   ✗ five six     │
        │     seven        │
        │   one two three  │
        │   four           │
        ├──────────────────┤
        │        [ Close ] │
        └──────────────────┘
        """)


def test_only_context_and_hints_are_dimmed_and_the_frame_stays_straight() -> None:
    def bright(line: str) -> str:
        return line.replace("\x1b[2m", "").replace("\x1b[22m", "")

    dimmed = Reader(width=40, dim=lambda line: f"\x1b[2m{line}\x1b[22m")
    view = modal({"type": "context", "elements": [plain("aside")]}, field(element("datepicker"), hint=plain("hint")))
    lines = render_view_text(view, dimmed).split("\n")
    assert [bright(line).strip("│ ") for line in lines if "\x1b" in line] == ["· aside", "hint"]
    assert {len(bright(line)) for line in lines} == {40}


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("\x1b[31mred", "␛[31mred"),
        ("evil\u202egpj.exe", "evil<U+202E>gpj.exe"),
        ("zero\u200bwidth", "zero<U+200B>width"),
        ("family 👩‍💻", "family 👩‍💻"),
        ("line\u2028separator", "line<U+2028>separator"),
        ("a\tb\r\nc\rd", "a    b\nc␍d"),
    ],
)
def test_a_name_can_do_nothing_to_the_terminal(hostile: str, shown: str) -> None:
    assert render_message_text({"text": hostile}) == shown
    assert render_block_text({"type": "header", "text": plain(hostile)}).startswith(shown)
    assert shown.split("\n", maxsplit=1)[0] in render_block_text(actions(button(text=plain(hostile))))
    assert render_block_text(rich(rich_section({"type": "text", "text": hostile}))) == shown
    assert shown.split("\n", maxsplit=1)[0] in render_block_text(
        {"type": "context", "elements": [plain("a"), plain(hostile)]}
    )
    framed = render_view_text(modal(section(text=plain("a"), accessory=button(text=plain(hostile)))))
    assert {cell_len(line) for line in framed.split("\n")} == {100}


def test_plain_text_shows_emoji_unless_told_not_to() -> None:
    assert render_block_text(section(text=plain(":x: <@U1> *a* &amp;"))) == "❌ <@U1> *a* &amp;"
    assert render_block_text(section(text={**plain(":x:"), "emoji": False})) == ":x:"


def test_without_a_width_lines_are_as_long_as_they_come() -> None:
    endless = Reader(width=None)
    words: Any = plain("word " * 60 + "end")
    blocks = [
        {"type": "header", "text": plain("Head")},
        section(text=words, accessory=button()),
        {"type": "section", "fields": [plain("one"), plain("two")]},
        {"type": "divider"},
        {"type": "context", "elements": [words]},
        {"type": "alert", "text": plain("a" * 200)},
        table([cell("a" * 150), cell("b")]),
        rich(rich_section({"type": "text", "text": words["text"]})),
        field(element("datepicker"), label=words),
    ]
    lines = render_message_text({"blocks": blocks}, endless).split("\n")
    assert lines[:7] == ["Head", "────", words["text"], "  [ Potholes ]", "one", "two", "───"]
    assert f"▌ Note: {'a' * 200}" in lines
    assert f"{'a' * 150} │ b" in lines
    assert lines.count(words["text"]) == 3
    assert {len(line) for line in render_view_text(modal(*blocks), endless).split("\n")} == {309}
