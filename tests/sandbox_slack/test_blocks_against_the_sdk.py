"""Whatever the models of slack_sdk refuse, the validator refuses too."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models import blocks as sdk
from slack_sdk.models.basic_objects import JsonObject
from slack_sdk.models.blocks.basic_components import FeedbackButtonObject, RawNumberObject
from slack_sdk.models.views import View

from sandbox.slack.blocks import find_block_problems, find_view_problems
from sandbox.slack.blocks.layouts import LAYOUTS, UNSUPPORTED_BLOCKS
from tests.sandbox_slack.test_blocks_samples import (
    ACCEPTED_EVERYWHERE,
    SURFACES,
    Json,
    actions,
    button,
    confirm,
    element,
    field,
    modal,
    option,
    options,
    plain,
    section,
    table,
)


def with_sdk_parts(value: Any) -> Any:
    """Put the SDK's own objects where its menus and tables keep plain JSON, which they do not look into."""
    if isinstance(value, list):
        return [with_sdk_parts(one) for one in value]
    if not isinstance(value, dict):
        return value
    parts = {key: with_sdk_parts(one) for key, one in value.items()}
    if value.get("type") in CELLS:
        return CELLS[parts.pop("type")](**parts)
    if "options" in value and "label" in value:
        return sdk.OptionGroup(**parts)
    if "value" in value and "text" in value and "type" not in value:
        return sdk.Option(**parts)
    return parts


CELLS: Mapping[str, type[JsonObject]] = {"raw_text": sdk.RawTextObject, "raw_number": RawNumberObject}


def sdk_refuses_block(block: Json) -> str:
    """The SDK's words of refusal for a block; "" where it makes JSON of it."""
    try:
        parsed = sdk.Block.parse(with_sdk_parts(block))
        assert parsed is not None
        parsed.to_dict()
    except (SlackObjectFormationError, TypeError) as refusal:  # a missing or unknown key is a TypeError
        return str(refusal)
    return ""


def sdk_refuses_view(view: Json) -> str:
    """The SDK's words of refusal for a view; "" where it makes JSON of it."""
    try:
        View(**view).to_dict()
    except (SlackObjectFormationError, TypeError) as refusal:  # a missing or unknown key is a TypeError
        return str(refusal)
    return ""


def long(limit: int) -> Json:
    return plain("x" * (limit + 1))


def menu(name: str = "static_select", **keys: Any) -> Json:
    return actions(element(name, **keys))


GROUP: Json = {"label": plain(), "options": options(1)}

BLOCK_CHECKS: Mapping[str, Json] = {
    "Block._validate_block_id_length": {"type": "divider", "block_id": "x" * 256},
    "SectionBlock._validate_text_or_fields_populated": {"type": "section"},
    "SectionBlock._validate_fields_length": section(fields=[plain()] * 11),
    "SectionBlock._validate_alt_text_length": section(text=long(3000)),
    "HeaderBlock._validate_text": {"type": "header"},
    "HeaderBlock._validate_alt_text_length": {"type": "header", "text": long(150)},
    "ContextBlock._validate_elements_length": {"type": "context", "elements": [plain()] * 11},
    "ActionsBlock._validate_elements_length": actions(*[button()] * 26),
    "InputBlock._validate_label_length": field(element("datepicker"), label=long(2000)),
    "InputBlock._validate_hint_length": field(element("datepicker"), hint=long(2000)),
    "InputBlock._validate_element_type": field(button()),
    "ImageBlock._validate_image_url_length": {"type": "image", "alt_text": "", "image_url": "x" * 3001},
    "ImageBlock._validate_alt_text_length": {"type": "image", "alt_text": "x" * 2001, "slack_file": {"id": "F"}},
    "ImageBlock._validate_title_length": {
        "type": "image",
        "alt_text": "x",
        "slack_file": {"id": "F"},
        "title": long(2000),
    },
    "MarkdownBlock._validate_text": {"type": "markdown", "text": ""},
    "MarkdownBlock._validate_alt_text_length": {"type": "markdown", "text": "x" * 12_001},
    "AlertBlock._validate_text": {"type": "alert", "text": None},
    "AlertBlock._validate_level": {"type": "alert", "text": plain(), "level": "loud"},
    "TableBlock._validate_rows": table(),
    "RawTextObject._validate_text_min_length": table([{"type": "raw_text", "text": ""}]),
    "RawNumberObject._validate_text_min_length": table([{"type": "raw_number", "value": 1, "text": ""}]),
    "InteractiveElement._validate_action_id_length": actions(button(action_id="x" * 256)),
    "InputInteractiveElement._validate_placeholder_length": menu("users_select", placeholder=long(150)),
    "ButtonElement._validate_text_length": actions(button(text=long(75))),
    "ButtonElement._validate_url_length": actions(button(url="https://" + "x" * 2993)),
    "ButtonElement._validate_value_length": actions(button(value="x" * 2001)),
    "ButtonElement._validate_style_valid": actions(button(style="loud")),
    "ButtonElement._validate_accessibility_label_length": actions(button(accessibility_label="x" * 76)),
    "ButtonElement._validate_agent_prompt_length": actions(button(agent_prompt="x" * 4001)),
    "DatePickerElement._validate_initial_date_valid": menu("datepicker", initial_date="23.11.2026"),
    "TimePickerElement._validate_initial_time_valid": menu("timepicker", initial_time="25:00"),
    "DateTimePickerElement._validate_initial_date_time_valid": menu("datetimepicker", initial_date_time=-1),
    "ImageElement._validate_image_url_length": section(
        accessory={"type": "image", "alt_text": "x", "image_url": "https://" + "x" * 2993}
    ),
    "ImageElement._validate_alt_text_length": section(
        accessory={"type": "image", "alt_text": "x" * 2001, "slack_file": {"id": "F"}}
    ),
    "OverflowMenuElement._validate_options_length": menu("overflow", options=options(6)),
    "Option._validate_text_length": menu(options=[option(text=long(75))]),
    "Option._validate_value_length": menu(options=[option("x" * 151)]),
    "OptionGroup._validate_label_length": menu(option_groups=[{**GROUP, "label": long(75)}]),
    "OptionGroup._validate_options_length": menu(option_groups=[{**GROUP, "options": options(101)}]),
    "ConfirmObject.title_length": actions(button(confirm=confirm(title=long(100)))),
    "ConfirmObject.text_length": actions(button(confirm=confirm(text=long(300)))),
    "ConfirmObject.confirm_length": actions(button(confirm=confirm(confirm=long(30)))),
    "ConfirmObject.deny_length": actions(button(confirm=confirm(deny=long(30)))),
    "ConfirmObject._validate_confirm_style": actions(button(confirm=confirm(style="loud"))),
    **{
        f"{model}.{check}": menu(name, **keys)
        for model, name in (
            ("StaticSelectElement", "static_select"),
            ("StaticMultiSelectElement", "multi_static_select"),
        )
        for check, keys in (
            ("_validate_options_length", {"options": options(101)}),
            ("_validate_option_groups_length", {"option_groups": [GROUP] * 101}),
            ("_validate_options_and_option_groups_both_specified", {"options": options(1), "option_groups": [GROUP]}),
            ("_validate_neither_options_or_option_groups_is_specified", {}),
        )
    },
}

VIEW_CHECKS: Mapping[str, Json] = {
    "View._validate_type": {"type": "popup", "blocks": [section()]},
    "View._validate_title_length": modal(title=long(24)),
    "View._validate_blocks_length": modal(*[section()] * 101),
    "View._validate_home_tab_structure": {"type": "home", "blocks": [section()], "close": plain()},
    "View._validate_close_length": modal(close=long(24)),
    "View._validate_submit_length": modal(submit=long(24)),
    "View._validate_private_metadata_max_length": modal(private_metadata="x" * 3001),
    "View._validate_callback_id_max_length": modal(callback_id="x" * 256),
}

# Options of dialogs have a label; in blocks they have a text. SelectElement is the old name of StaticSelectElement.
NOT_IN_BLOCKS = {"Option._validate_label_length"}
MODELS_NOT_IN_BLOCKS: tuple[type[JsonObject], ...] = (FeedbackButtonObject, sdk.SelectElement)


def sdk_checks() -> Iterator[tuple[str, str]]:
    """Each check of the SDK's models of blocks and views: its name, and the words in which it refuses."""
    models: list[type[Any]] = [JsonObject]
    for model in models:
        models.extend(sub for sub in model.__subclasses__() if sub not in models)
        known = model.__module__.startswith(("slack_sdk.models.blocks", "slack_sdk.models.views"))
        if not known or model in MODELS_NOT_IN_BLOCKS or getattr(model, "type", None) in UNSUPPORTED_BLOCKS:
            continue
        for name, member in vars(model).items():
            if getattr(member, "validator", False):
                [validator] = [c.cell_contents for c in member.__closure__ if hasattr(c.cell_contents, "message")]
                yield f"{model.__name__}.{name}", validator.message


def test_no_check_of_the_sdk_is_forgotten() -> None:
    assert dict(sdk_checks()).keys() - NOT_IN_BLOCKS == BLOCK_CHECKS.keys() | VIEW_CHECKS.keys()


@pytest.mark.parametrize("name", BLOCK_CHECKS)
def test_a_block_that_the_sdk_refuses_is_refused(name: str) -> None:
    assert sdk_refuses_block(BLOCK_CHECKS[name]) == dict(sdk_checks())[name]
    for surface in SURFACES:
        assert find_block_problems([BLOCK_CHECKS[name]], surface)


@pytest.mark.parametrize("name", VIEW_CHECKS)
def test_a_view_that_the_sdk_refuses_is_refused(name: str) -> None:
    assert sdk_refuses_view(VIEW_CHECKS[name]) == dict(sdk_checks())[name]
    assert find_view_problems(VIEW_CHECKS[name])


def test_every_block_of_the_sdk_is_known_or_named_as_unknown() -> None:
    of_the_sdk = {getattr(model, "type", None) for model in sdk.Block.__subclasses__()}
    assert of_the_sdk <= {*LAYOUTS, *UNSUPPORTED_BLOCKS, "file"}


SEEDS: tuple[Json, ...] = (
    *ACCEPTED_EVERYWHERE,
    *BLOCK_CHECKS.values(),
    actions(button(value="v", url="https://example.com", style="primary", confirm=confirm(style="danger"))),
    table([{"type": "raw_text", "text": "x"}, {"type": "raw_number", "value": 1, "text": "1"}]),
    {"type": "markdown", "text": "x"},
    {"type": "alert", "text": plain(), "level": "error"},
)
VIEW_SEEDS: tuple[Json, ...] = (
    *VIEW_CHECKS.values(),
    modal(submit=plain(), close=plain(), private_metadata="m", callback_id="c"),
    {"type": "home", "blocks": [section()], "private_metadata": "m"},
)
SIZES = tuple(
    size
    for limit in (0, 1, 5, 10, 20, 24, 25, 30, 75, 100, 150, 255, 300, 2000, 3000, 4000, 12_000)
    for size in (limit, limit + 1)
)
REMOVED = -1
LONGEST_ARRAY = 101

Path = tuple[str | int, ...]


def places(value: Any, path: Path = ()) -> list[Path]:
    """Where a value can be changed: each member of each object and array in it, but no type."""
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for step, one in steps if step != "type" for place in ((*path, step), *places(one, (*path, step)))]


def changed(value: Any, path: Path, size: int) -> Any:
    """The value, with the text or array at a place brought to a size, or the place taken away."""
    if isinstance(value, str):
        return "x" * size
    if not path:
        return value[:1] * min(size, LONGEST_ARRAY) if isinstance(value, list) else value
    copy, step = value.copy(), path[0]
    if len(path) == 1 and size == REMOVED:
        del copy[step]
    else:
        copy[step] = changed(value[step], path[1:], size)
    return copy


def draw_changed(data: st.DataObject, seeds: tuple[Json, ...]) -> Json:
    """A payload that was changed at up to three places, to sizes about the limits."""
    value = seeds[data.draw(st.integers(0, len(seeds) - 1), "seed")]
    for _ in range(data.draw(st.integers(1, 3), "changes")):
        if place := data.draw(st.sampled_from(places(value) or [()]), "place"):
            value = changed(value, place, data.draw(st.sampled_from((REMOVED, *SIZES)), "size"))
    return value


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_no_block_near_its_limits_passes_here_and_fails_in_the_sdk(data: st.DataObject) -> None:
    block = draw_changed(data, SEEDS)
    refusal = sdk_refuses_block(block)
    for surface in SURFACES:
        assert not refusal or find_block_problems([block], surface), (refusal, block)


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_no_view_near_its_limits_passes_here_and_fails_in_the_sdk(data: st.DataObject) -> None:
    view = draw_changed(data, VIEW_SEEDS)
    refusal = sdk_refuses_view(view)
    assert not refusal or find_view_problems(view), (refusal, view)
