"""Any question comes back from its document as it was, but for what no encoding can carry."""

from dataclasses import replace
from datetime import UTC

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.audit import Action, OperationId, Target
from bot.domain.backup import SnapshotId
from bot.domain.confirmation import (
    Answer,
    Approval,
    Confirmation,
    ConfirmationId,
    ConfirmationState,
    Item,
    Post,
)
from bot.domain.people import PersonId, TeamId
from bot.domain.text import storable
from bot.domain.workflow import ProjectId
from bot.store import confirmations
from tests.store.samples import a_confirmation, an_item

_ANY_TEXT = st.text(st.characters() | st.integers(0xD800, 0xDFFF).map(chr))  # lone surrogates, too
_TEXT = _ANY_TEXT.map(storable)
_MOMENT = st.datetimes(timezones=st.just(UTC))
_TARGETS = st.builds(Target, _TEXT, _TEXT, _TEXT, _TEXT)
_ITEMS = st.builds(
    Item,
    _TEXT.map(OperationId),
    _TARGETS,
    st.none() | _TEXT.map(ProjectId),
    st.none() | _TEXT.map(SnapshotId),
)
_QUESTIONS = st.builds(
    Confirmation,
    _TEXT.map(ConfirmationId),
    st.sampled_from(Action),
    _TEXT.map(PersonId),
    _TEXT.map(TeamId),
    st.lists(_ITEMS, max_size=3).map(tuple),
    _TEXT,
    _MOMENT,
    _MOMENT,
    st.sampled_from(ConfirmationState),
    st.none() | st.builds(Answer, _MOMENT, _TEXT, st.booleans()),
    st.none() | st.builds(Approval, _MOMENT, _TEXT, st.booleans(), st.none() | _TEXT.map(PersonId)),
    st.lists(st.builds(Post, _TEXT, _TEXT), max_size=3).map(tuple),
)


@given(_QUESTIONS)
def test_a_question_is_its_document(confirmation: Confirmation) -> None:
    assert confirmations.confirmation_in(confirmations.document_of(confirmation)) == confirmation


@given(_ANY_TEXT)
def test_a_name_that_no_encoding_can_carry_is_kept_with_marks_and_the_rest_of_it_untouched(name: str) -> None:
    confirmation = replace(a_confirmation(), items=(an_item(name),), phrase=name)
    kept = confirmations.confirmation_in(confirmations.document_of(confirmation))
    assert (kept.phrase, kept.items[0].target.name) == (storable(name), storable(name))
    assert replace(kept, items=confirmation.items, phrase=name) == confirmation
