"""From an answer to the error that says so, and whether the call may be sent again."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.errors import (
    ViBusy,
    ViError,
    ViNotFound,
    ViNotUnderstood,
    ViOutcomeUnknown,
    ViRefused,
    ViUnauthorized,
    ViUnreachable,
)
from bot.vi.calls import Call, Effect
from bot.vi.failures import AttemptFailed, asked_pause, failure_of, message_of, unanswered, unsent
from tests.vi.documents import TRACE, answer

READS, WRITES, STOPS, DELETES = Effect


def call(effect: Effect) -> Call:
    return Call(effect, "org_1/flows/flow_1", "workflow")


def failure(effect: Effect, document: Any, status: int, **headers: str) -> AttemptFailed:
    failed = failure_of(call(effect), answer(document, status, **headers))
    assert failed is not None
    return failed


@pytest.mark.parametrize(
    ("status", "reading", "changing", "repeated"),
    [
        (400, ViRefused, ViRefused, set()),
        (401, ViUnauthorized, ViUnauthorized, set()),
        (403, ViUnauthorized, ViUnauthorized, set()),
        (404, ViNotFound, ViNotFound, set()),
        (408, ViBusy, ViOutcomeUnknown, {READS, WRITES}),
        (409, ViRefused, ViRefused, set()),
        (418, ViRefused, ViRefused, set()),
        (422, ViRefused, ViRefused, set()),
        (429, ViBusy, ViBusy, {READS, WRITES}),
        (500, ViUnreachable, ViOutcomeUnknown, {READS, WRITES}),
        (502, ViUnreachable, ViOutcomeUnknown, {READS, WRITES}),
        (503, ViUnreachable, ViOutcomeUnknown, {READS, WRITES}),
        (504, ViUnreachable, ViOutcomeUnknown, {READS, WRITES}),
        (599, ViUnreachable, ViOutcomeUnknown, {READS, WRITES}),
        (301, ViNotUnderstood, ViNotUnderstood, set()),
        (307, ViNotUnderstood, ViNotUnderstood, set()),
        (304, ViNotUnderstood, ViNotUnderstood, set()),
        (999, ViNotUnderstood, ViNotUnderstood, set()),
    ],
)
def test_each_status_has_one_meaning_for_each_kind_of_call(
    status: int, reading: type[ViError], changing: type[ViError], repeated: set[Effect]
) -> None:
    for effect in Effect:
        kind = reading if effect is READS else changing
        failed = failure(effect, {"message": "No."}, status)
        assert type(failed.error) is kind
        assert (failed.error.status, failed.error.trace_id) == (status, TRACE)
        assert failed.repeatable is (effect in repeated)


@pytest.mark.parametrize("effect", [DELETES, STOPS])
def test_what_cannot_be_taken_back_is_repeated_only_where_the_platform_says_when_it_was_too_busy(
    effect: Effect,
) -> None:
    repeated = {
        status for status in (408, 409, 429, 500, 503) if failure(effect, b"", status, retry_after="1").repeatable
    }
    assert repeated == {429}


@pytest.mark.parametrize("status", [200, 201, 202, 204])
@pytest.mark.parametrize(
    ("effect", "body", "understood"),
    [
        (READS, b"<html>", True),
        (WRITES, b'{"flowId": "flow_1"}', True),
        (WRITES, b"", False),
        (WRITES, b"<html>", False),
        (STOPS, b'{"runId": "run_1"}', True),
        (STOPS, b"", False),
        (STOPS, b"<html>", False),
        (DELETES, b"", True),
        (DELETES, b" \r\n", True),
        (DELETES, b'{"data": ""}', True),
        (DELETES, b"null", True),
        (DELETES, b"<html>", False),
        (DELETES, b"[" * 100_000, False),
    ],
)
def test_a_change_is_done_only_where_the_platform_itself_says_so(
    effect: Effect, body: bytes, status: int, *, understood: bool
) -> None:
    failed = failure_of(call(effect), answer(body, status))
    assert (failed is None) is understood
    if failed is not None:
        assert type(failed.error) is ViOutcomeUnknown
        assert (failed.error.status, failed.error.trace_id) == (status, TRACE)
        assert not failed.repeatable


def test_a_call_that_was_never_sent_changed_nothing_and_may_be_sent_again() -> None:
    assert type(unsent().error) is ViUnreachable
    assert unsent().repeatable


@pytest.mark.parametrize(
    ("effect", "kind", "repeatable"),
    [
        (READS, ViUnreachable, True),
        (WRITES, ViOutcomeUnknown, True),
        (STOPS, ViOutcomeUnknown, False),
        (DELETES, ViOutcomeUnknown, False),
    ],
)
def test_a_call_without_an_answer_is_in_doubt_if_it_changes_something(
    effect: Effect, kind: type[ViError], *, repeatable: bool
) -> None:
    assert type(unanswered(call(effect)).error) is kind
    assert unanswered(call(effect)).repeatable is repeatable


@pytest.mark.parametrize(
    ("failed", "sentence", "advice"),
    [
        (failure(DELETES, {"message": "A run is active: run_1."}, 409), "Vi refused: A run is active: run_1.", ""),
        (failure(DELETES, b"", 409), "Vi refused: it gave no reason (status 409).", ""),
        (failure(READS, {"message": "Where?"}, 404), "Vi has no such workflow.", ""),
        (
            failure(READS, {"message": "Who?"}, 401),
            "Vi does not let this bot's key do this (status 401).",
            "Ask the operator of this bot to check its key and its organization id.",
        ),
        (failure(READS, b"", 429, retry_after="90"), "Vi is busy.", "Try again in 90 seconds."),
        (failure(READS, b"", 429), "Vi is busy.", "Try again in a minute."),
        (failure(READS, b"", 502), "Vi failed (status 502).", "Try again in a minute."),
        (
            failure(DELETES, b"", 502),
            "Vi failed (status 502): it may or may not have deleted the workflow.",
            "Look before you try again.",
        ),
        (
            failure(WRITES, b"<html>", 200),
            "Vi answered something that is not in its contract: it may or may not have written the workflow.",
            "Look before you try again.",
        ),
        (
            unanswered(call(DELETES)),
            "Vi did not answer: it may or may not have deleted the workflow.",
            "Look before you try again.",
        ),
        (
            unanswered(Call(STOPS, "org_1/runs/run_1", "run")),
            "Vi did not answer: it may or may not have stopped the run.",
            "Look before you try again.",
        ),
        (unanswered(call(READS)), "Vi did not answer.", "Try again in a minute."),
        (unsent(), "Vi cannot be reached.", "Nothing was changed. Try again in a minute."),
        (
            failure(READS, b"", 301),
            "Vi answered something that is not in its contract.",
            "Ask the operator of this bot to look into its log.",
        ),
    ],
)
def test_an_error_says_what_happened_and_what_to_do_next(failed: AttemptFailed, sentence: str, advice: str) -> None:
    assert (failed.error.sentence, failed.error.advice) == (sentence, advice)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"message": "No."}', "No."),
        (b'{"error": "No."}', "No."),
        (b'{"error": {"message": "No."}}', "No."),
        (b'{"message": {"message": "No."}}', "No."),
        (b'{"message": "", "error": "No."}', "No."),
        (b'{"message": "First.", "error": "Second."}', "First."),
        (b'"No."', "No."),
        (b"No.", "No."),
        (b"\xffNo.", "\ufffdNo."),
        (b'{"message": ["No."]}', ""),
        (b'{"detail": "No."}', ""),
        (b"[1]", ""),
        (b"null", ""),
        (b"", ""),
        (b" \n<html>Bad gateway</html>", ""),
        (b"[" * 100_000, "[" * 299 + "…"),
        (b'{"message": "two\\nlines \\u202e\\u0007 \\ud83d"}', "two lines"),
        (b'{"message": "the key dtvi_secret is wrong"}', "the key [removed] is wrong"),
        (b'{"message": "' + b"x" * 301 + b'"}', "x" * 299 + "…"),
    ],
)
def test_the_words_of_the_platform_are_shown_clean_and_short(body: bytes, message: str) -> None:
    assert message_of(body) == message


@given(st.binary())
def test_no_body_of_an_error_is_too_odd_to_be_read(body: bytes) -> None:
    assert len(message_of(body)) <= 300


NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def at(seconds: float) -> str:
    return format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "0"}, 0.0),
        ({"retry-after": " 120 "}, 120.0),
        ({"retry-after": at(7), "date": at(0)}, 7.0),
        ({"retry-after": at(-7), "date": at(0)}, 0.0),
        ({"retry-after": at(7)}, None),
        ({"retry-after": at(7), "date": "lately"}, None),
        ({"retry-after": "Mon, 23 Nov 2026 12:00:07 -0000", "date": at(0)}, None),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "1.5"}, None),
        ({"retry-after": "9" * 5_000}, None),
        ({"retry-after": "soon", "date": at(0)}, None),
        ({"retry-after": ""}, None),
        ({}, None),
    ],
)
def test_a_pause_is_asked_for_in_seconds_or_as_a_date_by_the_clock_of_the_platform(
    headers: dict[str, str], seconds: float | None
) -> None:
    assert asked_pause(headers) == seconds


@given(st.text(), st.text())
def test_no_time_is_too_odd_to_be_passed_over(until: str, now: str) -> None:
    pause = asked_pause({"retry-after": until, "date": now})
    assert pause is None or pause >= 0
