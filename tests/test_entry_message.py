"""What a person reads of one entry, whatever may stand in it."""

from collections.abc import Mapping
from typing import Any

import pytest

from bot.domain.audit import Action, AuditEntry, EntryId, OperationId, Origin, Outcome, Receipt, Stage, Subject, Target
from bot.operations.trail import EntryDetail
from handlers.messages.blocks import Frame, Message
from handlers.messages.entry import entry_message, headline
from sandbox.slack.blocks import find_block_problems
from tests.values import NOON

FRAME = Frame("/vi", "org")
HOSTILE = "*x* <!channel> <https://evil|here> `y`\n> \u202e"


def entry(action: Action = Action.DELETE, *, details: Mapping[str, Any] | None = None, **more: Any) -> AuditEntry:
    return AuditEntry(
        **{
            "id": EntryId("e1"),
            "operation_id": OperationId("o1"),
            "at": NOON,
            "stage": Stage.FAILED,
            "action": action,
            "actor": Subject("person", "U0123ABCD", "T1", "Omar"),
            "origin": Origin("button", "C0123ABCD"),
            "details": details or {},
            **more,
        }
    )


def message(shown: AuditEntry) -> Message:
    receipt = Receipt(7, "ab" * 32)
    made = entry_message(FRAME, EntryDetail(receipt, shown, "cd" * 32, (), ((receipt, shown),) * 10), "U1")
    assert find_block_problems(list(made.blocks), "message") == []
    return made


def objects(value: Any, kind: str) -> list[str]:
    """The text of every text object of this kind."""
    if isinstance(value, Mapping):
        own = [str(value["text"])] if value.get("type") == kind and isinstance(value.get("text"), str) else []
        return own + [text for each in value.values() for text in objects(each, kind)]
    return [text for each in value for text in objects(each, kind)] if isinstance(value, list) else []


def test_what_was_written_by_others_is_plain_text_wherever_it_stands() -> None:
    shown = entry(
        actor=Subject("person", HOSTILE, HOSTILE, HOSTILE),
        origin=Origin(HOSTILE, HOSTILE, HOSTILE, HOSTILE),
        target=Target(HOSTILE, HOSTILE, HOSTILE, HOSTILE),
        outcome=Outcome(HOSTILE, 409, HOSTILE, HOSTILE),
        details={"reason": HOSTILE, "changes": [HOSTILE], HOSTILE: HOSTILE, "query": {HOSTILE: [HOSTILE]}},
        host={HOSTILE: HOSTILE},
        redacted=(HOSTILE,),
    )
    made = message(shown)
    assert objects(list(made.blocks), "plain_text")
    for text in objects(list(made.blocks), "mrkdwn"):
        assert "channel" not in text
        assert "evil" not in text
    assert "<!channel>" not in made.text


def test_people_and_channels_are_mentioned_and_the_bot_is_named() -> None:
    texts = objects(list(message(entry()).blocks), "mrkdwn")
    assert "Who\n<@U0123ABCD>" in texts
    assert "Where\n<#C0123ABCD>" in texts
    texts = objects(list(message(entry(Action.START, actor=Subject("bot", "vi-ops"))).blocks), "plain_text")
    assert "Who\nvi-ops" in texts


def test_every_detail_is_shown_also_one_that_a_later_version_writes() -> None:
    shown = entry(
        Action.START,
        details={"settings_sha256": "abc", "changed": ["viewers"], "head": {"seq": 1}, "later": None},
        host={"name": "vm", "zone": "eu"},
    )
    texts = objects(list(message(shown).blocks), "plain_text")
    expected = [
        "Settings sha256: abc",
        'Changed: ["viewers"]',
        'Head: {"seq": 1}',
        "Later: null",
        "Host\nvm",
        "zone\neu",
    ]
    assert set(expected) <= set(texts)


@pytest.mark.parametrize(("count", "last"), [(10, "/spec/9"), (11, "and 1 more")])
def test_what_changed_is_listed_up_to_ten_places(count: int, last: str) -> None:
    shown = entry(details={"changes": [f"/spec/{number}" for number in range(count)]})
    places = objects(list(message(shown).blocks), "text")
    assert places[-1] == last
    assert len(places) == count


def test_a_change_of_everything_is_called_that() -> None:
    assert objects(list(message(entry(details={"changes": [""]})).blocks), "text") == ["(everything)"]


def test_the_longest_entry_still_fits_into_a_message() -> None:
    long = "x" * 60_000
    shown = entry(
        actor=Subject("person", "U1", long, long),
        origin=Origin("command", "D1", long, long),
        target=Target("workflow", long, long, long),
        outcome=Outcome(long, 409, long, long),
        details={
            **dict.fromkeys(("reason", "settings", "settings_sha256", "changed", "head", "query", "before"), long),
            "changes": [long] * 50,
        },
        host={"name": long, "pid": long, "version": long},
        redacted=(long,) * 50,
    )
    message(shown)


@pytest.mark.parametrize("action", list(Action))
def test_every_action_has_a_word(action: Action) -> None:
    assert headline(entry(action)).endswith(": failed")


def test_a_headline_says_what_ended_it_and_that_recovery_found_it_out() -> None:
    ended = entry(
        origin=Origin("recovery"), outcome=Outcome("reconciled_done"), target=Target("workflow", "w", "Spills")
    )
    assert headline(ended) == "Delete “Spills”: failed (reconciled_done) by recovery"


def test_a_headline_says_in_words_that_somebody_else_has_to_agree() -> None:
    waiting = entry(stage=Stage.NOTE, outcome=Outcome("awaiting_approval"), target=Target("workflow", "w", "Spills"))
    assert headline(waiting) == "Delete “Spills”: waits for a second person"
