"""Every message and dialogue is as it was when somebody last read it; `UPDATE_GOLDEN=1 pytest` writes them anew."""

import inspect
import json
import os
import pkgutil
import re
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from bot.domain.text import shown
from bot.domain.usages import USAGES
from handlers import actions, messages, views
from handlers.messages.blocks import Message
from sandbox.slack.blocks import find_message_problems, find_view_problems
from sandbox.slack.elements import elements_in
from tests.messages.examples import Outside, examples

GOLDEN = Path(__file__).parent / "golden"
ORDINARY = Outside("Potholes", "Road Inspection", "Replaced by v2", "A run is using it", "Omar Haddad")
EVIL = "<!channel> <@U0123ABCD> <https://evil.example|Sign in> *bold* `code` \u202egpj.exe " + "x" * 300
HOSTILE = Outside(EVIL, EVIL, EVIL, shown(EVIL), EVIL)  # the platform's words have gone through bot.vi.failures
EXAMPLES, HOSTILE_EXAMPLES = examples(ORDINARY), examples(HOSTILE)

BUTTONS = {
    "Approve",
    "Audit",
    "Back up",
    "Back to the deletion",
    "Backups",
    "Check again",
    "Delete…",
    "Details",
    "Export",
    "Export…",
    "Filter…",
    "JSON as a file",
    "Kill run…",
    "Kill…",
    "Next",
    "Older",
    "Open…",
    "Previous",
    "Refresh",
    "Refuse",
    "Restore…",
    "Runs",
    "Share to channel",
    "Show",
    "Show the copy",
    "Undo",
    "Withdraw",
}
"""What is on buttons and in menus. `…` stands where something is asked before anything is done."""
SUBMITS = {"Delete", "Restore", "Kill run", "Go on", "Show"}

Json = dict[str, Any]


def made(name: str, *, hostile: bool = False) -> list[Json]:
    """What goes to Slack, as plain JSON; most examples make one message or view."""
    result = (HOSTILE_EXAMPLES if hostile else EXAMPLES)[name]()
    several = [result] if isinstance(result, Message | dict) else list(result)
    return [
        {"text": each.text, "blocks": list(each.blocks)} if isinstance(each, Message) else dict(each)
        for each in several
    ]


def objects(value: Any, kind: str) -> Iterator[str]:
    """The text of every text object of this kind."""
    if isinstance(value, Mapping):
        if value.get("type") == kind and isinstance(value.get("text"), str):
            yield value["text"]
        for each in value.values():
            yield from objects(each, kind)
    elif isinstance(value, list):
        for each in value:
            yield from objects(each, kind)


def shown_texts(each: Json) -> list[str]:
    """Everything that somebody reads of it."""
    kinds = ("plain_text", "mrkdwn", "text")
    return [str(each.get("text", "")), *(text for kind in kinds for text in objects(each["blocks"], kind))]


def full_name(function: Callable[..., Any]) -> str:
    """Which one it is, where two modules have one of that name."""
    return f"{function.__module__}.{function.__name__}"


def builders() -> set[str]:
    """Every public function that makes a message or a view."""
    found = set()
    for module in pkgutil.iter_modules(messages.__path__):
        if module.name == "blocks":
            continue  # the parts that they are made of
        loaded = import_module(f"{messages.__name__}.{module.name}")
        for name, function in inspect.getmembers(loaded, inspect.isfunction):
            returned = inspect.signature(function).return_annotation
            own = function.__module__ == loaded.__name__ and not name.startswith("_")
            if own and (returned in {Message, Iterator[Message]} or name.endswith("_view")):
                found.add(full_name(function))
    return found


def test_every_builder_has_examples() -> None:
    assert {full_name(example.func) for example in EXAMPLES.values()} == builders()


def test_no_golden_file_is_left_over() -> None:
    if "UPDATE_GOLDEN" in os.environ:
        for path in GOLDEN.glob("*.json"):
            if path.stem not in EXAMPLES:
                path.unlink()
    assert {path.stem for path in GOLDEN.glob("*.json")} <= set(EXAMPLES)


@pytest.mark.parametrize("name", EXAMPLES)
def test_it_is_as_it_was(name: str) -> None:
    path = GOLDEN / f"{name}.json"
    written = json.dumps(made(name), indent=1, ensure_ascii=False) + "\n"
    if "UPDATE_GOLDEN" in os.environ:
        path.write_text(written)
    assert path.exists(), "run UPDATE_GOLDEN=1 pytest tests/messages, and read what it writes"
    assert written == path.read_text()


@pytest.mark.parametrize("hostile", [False, True], ids=["ordinary", "hostile"])
@pytest.mark.parametrize("name", EXAMPLES)
def test_slack_would_take_it(name: str, *, hostile: bool) -> None:
    for each in made(name, hostile=hostile):
        problems = find_view_problems(each) if "type" in each else find_message_problems(each)
        assert problems == []


@pytest.mark.parametrize("name", EXAMPLES)
def test_words_from_outside_cannot_mention_link_format_or_turn_the_writing(name: str) -> None:
    for each in made(name, hostile=True):
        for text in objects(each["blocks"], "mrkdwn"):
            assert not re.search(r"channel|evil|bold|gpj|xxx", text)
        assert not re.search(r"<!(?!date)|<@U0123ABCD|<https", str(each.get("text", "")))
        assert "\u202e" not in json.dumps(each, ensure_ascii=False)


@pytest.mark.parametrize("name", EXAMPLES)
def test_its_text_is_a_full_sentence_and_it_says_of_which_organization(name: str) -> None:
    for each in made(name):
        if "type" not in each:
            # A command's name stands as it is typed, at the beginning too.
            assert re.fullmatch(rf"(?s)([A-Z0-9“<]|({'|'.join(USAGES)}) ).*[.?]", each["text"])
            assert "Vi organization org_kerb" in str(each["blocks"][-1])


@pytest.mark.parametrize("name", EXAMPLES)
def test_nothing_is_shouted(name: str) -> None:
    assert not [text for each in made(name) for text in shown_texts(each) if re.search(r"!(?!date|subteam)", text)]


@pytest.mark.parametrize("name", EXAMPLES)
def test_each_control_is_called_as_everywhere_and_leads_somewhere(name: str) -> None:
    for each in made(name):
        for element in elements_in(each["blocks"]):
            if element.in_input:
                continue
            assert element.json["action_id"] in actions._ANSWERS
            if element.type == "overflow":
                options = element.json["options"]
                assert {option["text"]["text"] for option in options} <= BUTTONS
                assert {option["value"] for option in options} <= set(actions._ANSWERS)
            if element.type == "button":
                assert element.json["text"]["text"] in BUTTONS
        if "submit" in each:
            assert each["submit"]["text"] in SUBMITS
            assert each["callback_id"] in views._FORMS


def test_a_word_on_a_button_means_one_thing() -> None:
    meanings: dict[str, set[str]] = {}
    for name in EXAMPLES:
        for each in made(name):
            for element in elements_in(each["blocks"]):
                if element.type == "button":
                    kind = element.json["action_id"].removeprefix("trail_export_")[:12]
                    meanings.setdefault(element.json["text"]["text"], set()).add(kind)
    ambiguous = {text: kinds for text, kinds in meanings.items() if len(kinds) > 1}
    # One for each kind of file; of an entry, and of a request; pages of workflows, and of runs.
    assert set(ambiguous) <= {"Export", "Details", "Next", "Previous"}, ambiguous
