"""Blocks that Slack accepts, and the words in which the tests of blocks write theirs."""

from typing import Any

import pytest

from sandbox.slack.blocks import Surface, find_block_problems

Json = dict[str, Any]
SURFACES: tuple[Surface, ...] = ("message", "modal", "home")


def plain(text: str = "Potholes") -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str = "*Potholes*") -> Json:
    return {"type": "mrkdwn", "text": text}


def section(**keys: Any) -> Json:
    return {"type": "section", "text": mrkdwn(), **keys}


def button(**keys: Any) -> Json:
    return {"type": "button", "text": plain(), "action_id": "show", **keys}


def option(value: str = "a", **keys: Any) -> Json:
    return {"text": plain(), "value": value, **keys}


def options(count: int) -> list[Json]:
    return [option(f"value-{index}") for index in range(count)]


def element(name: str, **keys: Any) -> Json:
    return {"type": name, "action_id": "chosen", **keys}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def field(content: Json, **keys: Any) -> Json:
    return {"type": "input", "label": plain(), "element": content, **keys}


def confirm(**keys: Any) -> Json:
    return {"title": plain(), "text": plain(), "confirm": plain("Yes"), "deny": plain("No"), **keys}


def rich(*elements: Json) -> Json:
    return {"type": "rich_text", "elements": list(elements)}


def rich_section(*inline: Json) -> Json:
    return {"type": "rich_text_section", "elements": list(inline)}


def table(*rows: list[Json], **keys: Any) -> Json:
    return {"type": "table", "rows": list(rows), **keys}


def cell(text: str = "Potholes") -> Json:
    return {"type": "raw_text", "text": text}


def modal(*blocks: Json, **keys: Any) -> Json:
    return {"type": "modal", "title": plain(), "blocks": list(blocks) or [section()], **keys}


MENUS = (
    "external_select",
    "users_select",
    "conversations_select",
    "channels_select",
    "multi_external_select",
    "multi_users_select",
    "multi_conversations_select",
    "multi_channels_select",
)

ACCEPTED_EVERYWHERE: tuple[Json, ...] = (
    section(),
    section(text=plain(), block_id="b", expand=True, accessory=button(style="danger", confirm=confirm())),
    {"type": "section", "fields": [mrkdwn(), plain()]},
    section(text=mrkdwn("Hello <@U1>, <!channel>: <https://example.com|a link>"), accessory=None)
    | {"accessory": {"type": "image", "alt_text": "A chart", "image_url": "https://example.com/a.png"}},
    {"type": "header", "text": plain(), "level": 2},
    {"type": "divider"},
    {"type": "context", "elements": [mrkdwn(), plain()]},
    {"type": "context", "elements": [{"type": "image", "alt_text": "x", "slack_file": {"id": "F1"}}]},
    {"type": "image", "alt_text": "x", "image_url": "https://example.com/a.png", "title": plain()},
    actions(button(url="https://example.com"), button(action_id="b", value="v", accessibility_label="Show it")),
    actions(element("overflow", options=[option(url="https://example.com", description=plain())])),
    actions(element("static_select", options=options(2), initial_option=option("value-1"), placeholder=plain())),
    actions(element("static_select", option_groups=[{"label": plain(), "options": options(2)}])),
    actions(element("multi_static_select", options=options(3), initial_options=options(2), max_selected_items=2)),
    *(actions(element(name, placeholder=plain())) for name in MENUS),
    actions(element("users_select", initial_user="U1")),
    actions(element("conversations_select", initial_conversation="C1", response_url_enabled=False)),
    actions(element("channels_select", initial_channel="C1", response_url_enabled=False)),
    actions(element("multi_external_select", min_query_length=1, initial_options=options(2))),
    actions(element("multi_users_select", initial_users=["U1", "U2"])),
    actions(element("multi_conversations_select", initial_conversations=["C1"], default_to_current_conversation=True)),
    actions(element("multi_channels_select", initial_channels=["C1", "C2"])),
    actions(element("radio_buttons", options=options(2), initial_option=option("value-1"), focus_on_load=True)),
    actions(element("external_select", min_query_length=0, initial_option=option())),
    actions(
        element(
            "conversations_select",
            default_to_current_conversation=True,
            filter={"include": ["public", "private"], "exclude_bot_users": True},
        )
    ),
    actions(element("radio_buttons", options=[option(text=mrkdwn(), description=mrkdwn())])),
    actions(element("datepicker", initial_date="2026-11-23"), element("timepicker", action_id="t")),
    field(element("plain_text_input", multiline=True, min_length=0, max_length=3000, initial_value="")),
    field(element("checkboxes", options=options(2), initial_options=options(1), focus_on_load=True)),
    field(element("timepicker", initial_time="23:59", timezone="Europe/Zurich"), optional=True, hint=plain()),
    field(element("datetimepicker", initial_date_time=1_700_000_000), dispatch_action=True),
    field(element("url_text_input")),
    field(element("email_text_input", dispatch_action_config={"trigger_actions_on": ["on_enter_pressed"]})),
    field(element("number_input", is_decimal_allowed=False, min_value="-1", max_value="10.5", initial_value="3")),
    rich(
        rich_section(
            {"type": "text", "text": "Hello", "style": {"bold": True, "italic": True}},
            {"type": "link", "url": "https://example.com", "text": "a link"},
            {"type": "user", "user_id": "U1"},
            {"type": "usergroup", "usergroup_id": "S1"},
            {"type": "channel", "channel_id": "C1"},
            {"type": "team", "team_id": "T1"},
            {"type": "emoji", "name": "wave", "unicode": "1f44b"},
            {"type": "broadcast", "range": "here"},
            {"type": "color", "value": "#C0FFEE"},
            {"type": "date", "timestamp": 1_700_000_000, "format": "{date} at {time}", "fallback": "then"},
        ),
        {
            "type": "rich_text_list",
            "style": "bullet",
            "indent": 1,
            "elements": [rich_section(cell() | {"type": "text"})],
        },
        {"type": "rich_text_quote", "border": 1, "elements": [{"type": "text", "text": "so"}]},
        {"type": "rich_text_preformatted", "language": "json", "elements": [{"type": "text", "text": "{}"}]},
    ),
)


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("block", ACCEPTED_EVERYWHERE, ids=lambda block: block["type"])
def test_a_sound_block_is_accepted_on_every_surface(block: Json, surface: Surface) -> None:
    assert find_block_problems([block], surface) == []


TABLE = table(
    [cell(), {"type": "raw_number", "value": 2.5, "text": "2.5"}],
    [{"type": "rich_text", "elements": [rich_section({"type": "text", "text": "x"})]}],
    column_settings=[None, {"align": "right", "is_wrapped": True}],
)


@pytest.mark.parametrize(
    ("block", "allowed"),
    [
        (TABLE, {"message"}),
        ({"type": "markdown", "text": "# Hello"}, {"message"}),
        ({"type": "alert", "text": plain(), "level": "warning"}, {"modal"}),
        ({"type": "file", "external_id": "f", "source": "remote"}, set()),
    ],
    ids=["table", "markdown", "alert", "file"],
)
def test_a_block_stands_only_where_slack_shows_it(block: Json, allowed: set[Surface]) -> None:
    for surface in SURFACES:
        codes = [problem.code for problem in find_block_problems([block], surface)]
        assert codes == ([] if surface in allowed else ["block_not_allowed"])
