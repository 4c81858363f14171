"""Secrets are taken out before anything is written."""

import pytest

from bot.domain.redaction import REMOVED, redact, without_secrets

SECRETS = [
    "dtvi_" + "a1" * 49,
    "xoxb-123456789012-abcdefABCDEF",
    "xoxe.xoxp-1-Mi0yLTEyMzQ",
    "xapp-1-A0123-456-abcdef",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
    "Bearer abcdef0123456789",
    "https://hooks.slack.com/commands/T1/2/abc",
    "-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----",
]


@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_in_the_middle_of_a_sentence_is_taken_out(secret: str) -> None:
    clean = without_secrets(f"before {secret}")
    assert secret not in clean
    assert clean == f"before {REMOVED}"


def test_ordinary_words_stay() -> None:
    text = "The bearer of bad news deletes “eyes”, see https://example.com/dtvi and U123"
    assert without_secrets(text) == text


def test_the_places_where_secrets_stood_are_named() -> None:
    value = {"reason": f"key {SECRETS[0]}", "list": ["fine", SECRETS[1]], "n": 1, "ok": True, "none": None}
    clean, places = redact(value)
    assert clean == {"reason": f"key {REMOVED}", "list": ["fine", REMOVED], "n": 1, "ok": True, "none": None}
    assert places == ("/reason", "/list/1")


def test_text_that_says_removed_by_itself_is_not_reported() -> None:
    assert redact({"a": REMOVED}) == ({"a": REMOVED}, ())
