"""What is said of a question that cannot be answered any more: what became of it, through whom and when."""

from collections.abc import Callable, Mapping
from datetime import datetime

from bot.domain.confirmation import Confirmation, ConfirmationState
from bot.domain.errors import ConfirmationClosed
from bot.domain.people import PersonId


def closed(confirmation: Confirmation | None) -> ConfirmationClosed:
    """The error that says what became of this question; None is one that is not kept."""
    if confirmation is None:
        return ConfirmationClosed(
            "The bot does not keep this question any more, so nothing was done now.",
            "What came of it then stands in the audit trail. Ask again to see how things stand now.",
            code="forgotten",
        )
    return _CLOSED.get(confirmation.state, _late)(confirmation)


def _answered(confirmation: Confirmation) -> ConfirmationClosed:
    by, at = _who_and_when(confirmation)
    return ConfirmationClosed(
        "This was already confirmed, and it is carried out once only.",
        "What came of it stands in the audit trail.",
        code="used",
        by=by,
        at=at,
    )


def _awaiting(confirmation: Confirmation) -> ConfirmationClosed:
    by, at = _who_and_when(confirmation)
    return ConfirmationClosed(
        "This was already confirmed, and it waits for a second person.",
        "The command pending shows what waits.",
        code="awaiting",
        by=by,
        at=at,
    )


def _refused(confirmation: Confirmation) -> ConfirmationClosed:
    by, at = _who_and_when(confirmation)
    return ConfirmationClosed(
        "A second person refused this. Nothing was done.",
        "Ask again if it should be decided anew.",
        code="refused_by_approver",
        by=by,
        at=at,
    )


def _who_and_when(confirmation: Confirmation) -> tuple[PersonId, datetime | None]:
    approval, given = confirmation.approval, confirmation.answer
    if approval is not None and approval.by is not None:
        return approval.by, approval.at
    return confirmation.person_id, given.at if given is not None else None


def _withdrawn(_confirmation: Confirmation) -> ConfirmationClosed:
    return ConfirmationClosed(
        "This question was withdrawn. Nothing was done.", "Ask again to see how things stand now.", code="withdrawn"
    )


def _void(_confirmation: Confirmation) -> ConfirmationClosed:
    return ConfirmationClosed(
        "What this was about was changed in the meantime, so it is void. Nothing was done.",
        "Ask again to see how things stand now.",
        code="void",
    )


def _late(_confirmation: Confirmation) -> ConfirmationClosed:
    return ConfirmationClosed(
        "This question has expired. Nothing was done.", "Ask again to see how things stand now.", code="expired"
    )


_CLOSED: Mapping[ConfirmationState, Callable[[Confirmation], ConfirmationClosed]] = {
    ConfirmationState.AWAITING: _awaiting,
    ConfirmationState.CLAIMED: _answered,
    ConfirmationState.DONE: _answered,
    ConfirmationState.REFUSED: _refused,
    ConfirmationState.WITHDRAWN: _withdrawn,
    ConfirmationState.VOID: _void,
}
