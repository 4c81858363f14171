"""What has to be typed, and what counts as having typed it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.audit import Action
from bot.domain.confirmation import (
    Approval,
    Confirmation,
    ConfirmationId,
    ConfirmationState,
    is_typed,
    phrase_to_type,
)
from bot.domain.people import PersonId, TeamId
from tests.values import NOON


@pytest.mark.parametrize(
    ("name", "phrase"),
    [
        ("Potholes", "Potholes"),
        ("  Two\nlines ", "Two lines"),
        ("*bold* <!channel> `x`", "*bold* <!channel> `x`"),
        ("abc\u202edef", "abcdef"),
        ("", "w1"),
        ("\u200b", "w1"),
        ("x" * 151, "w1"),
    ],
)
def test_the_phrase_is_the_name_as_shown_or_the_id_where_nobody_could_type_it(name: str, phrase: str) -> None:
    assert phrase_to_type(name, "w1") == phrase


@pytest.mark.parametrize(
    ("phrase", "typed", "same"),
    [
        ("Potholes", "Potholes", True),
        ("Potholes", "  Potholes ", True),
        ("Potholes", "potholes", False),
        ("Potholes", "Pothole", False),
        ("Potholes", "", False),
        ('Omar\'s "best"', "Omar’s “best”", True),
        ("Schlaglöcher", "Schlaglo\u0308cher", True),
        ("Two lines", "Two  lines", True),
        ("a-b", "a—b", False),
    ],
)
def test_every_letter_counts_but_not_what_keyboards_change_by_themselves(
    phrase: str, typed: str, *, same: bool
) -> None:
    assert is_typed(phrase, typed) is same


MINUTE = timedelta(minutes=1)
QUESTION = Confirmation(
    ConfirmationId("c1"), Action.DELETE, PersonId("U1"), TeamId("T1"), (), "", NOON, NOON + 15 * MINUTE
)
WAITING = replace(
    QUESTION, state=ConfirmationState.AWAITING, approval=Approval(NOON + 40 * MINUTE, "The policy asks for it.")
)


@pytest.mark.parametrize(
    ("confirmation", "minutes", "late"),
    [
        (QUESTION, 0, False),
        (QUESTION, 14.99, False),
        (QUESTION, 15, True),
        (QUESTION, 16, True),
        (WAITING, 16, False),
        (WAITING, 39.99, False),
        (WAITING, 40, True),
        (replace(WAITING, approval=None), 10_000, False),
    ],
)
def test_an_answer_has_its_time_and_a_second_person_one_of_their_own(
    confirmation: Confirmation, minutes: float, *, late: bool
) -> None:
    assert confirmation.is_late(NOON + minutes * MINUTE) is late


@pytest.mark.parametrize("state", sorted(set(ConfirmationState) - {ConfirmationState.OPEN, ConfirmationState.AWAITING}))
def test_what_is_settled_is_never_late(state: ConfirmationState) -> None:
    assert not replace(WAITING, state=state).is_late(NOON + 10_000 * MINUTE)
