"""What is asked of the trail, in words and as values."""

import pytest

from bot.domain.audit import Action, Stage
from bot.domain.moment import Moment
from bot.domain.trail_filters import ACTIONS, Audit, read_filters


def test_every_action_of_the_trail_has_a_word_to_look_for_it() -> None:
    assert set(ACTIONS.values()) == set(Action)
    assert len(ACTIONS) == len(Action)


@pytest.mark.parametrize(
    "asked",
    [
        Audit(),
        Audit("spilled oil", 'The "best" one', "U123ABCD"),
        *(Audit(action=action) for action in Action),
        Audit(outcome=Stage.UNKNOWN, since=Moment("90m"), until=Moment("2026-11-01")),
    ],
)
def test_what_was_asked_of_the_trail_can_be_kept_and_read_again(asked: Audit) -> None:
    assert read_filters(asked.filters) == asked
