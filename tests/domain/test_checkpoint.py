"""Checkpoints as lines of text, and how they are found again in what people bring."""

import string
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.audit import GENESIS, Receipt
from bot.domain.checkpoint import Checkpoint, checkpoints_in, receipts_in
from tests.values import NOON

RECEIPT = Receipt(1234, "3f9a0c2b7d1e4a55" * 4)
KEY, SIGNATURE = "0123456789abcdef", "A" * 86 + "=="
UNSIGNED = Checkpoint("acme-vision", RECEIPT, NOON)
SIGNED = Checkpoint("acme-vision", RECEIPT, NOON, KEY, SIGNATURE)

BASE64 = string.ascii_letters + string.digits + "+/"
RECEIPTS = st.builds(Receipt, st.integers(1, 10**18 - 1), st.text("0123456789abcdef", min_size=64, max_size=64))
CHECKPOINTS = st.builds(
    lambda origin, receipt, at, signature: Checkpoint(origin, receipt, at, *signature),
    st.text(string.ascii_letters + string.digits + "_-", min_size=1, max_size=255),
    RECEIPTS,
    st.datetimes(min_value=datetime(1000, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis adds the zone
    st.just(("", ""))
    | st.tuples(
        st.text("0123456789abcdef", min_size=16, max_size=16),
        st.text(BASE64, min_size=86, max_size=86).map(lambda text: text + "=="),
    ),
)


def test_a_checkpoint_is_one_line_that_people_can_read() -> None:
    line = f"vi-ops-checkpoint acme-vision #1234 · {RECEIPT.hash} 2026-11-23T12:00:00.000000Z"
    assert str(UNSIGNED) == line
    assert str(SIGNED) == f"{line} ed25519:{KEY}:{SIGNATURE}"
    assert SIGNED.statement == UNSIGNED.statement == line


@given(CHECKPOINTS)
def test_a_checkpoint_that_was_written_is_read_again(checkpoint: Checkpoint) -> None:
    assert list(checkpoints_in(str(checkpoint))) == [checkpoint]


@given(st.lists(CHECKPOINTS), st.text().filter(lambda text: "ed" not in text))
def test_checkpoints_are_found_between_any_other_text_in_order(checkpoints: list[Checkpoint], text: str) -> None:
    whole = "".join(f"{text}\n{checkpoint}\n" for checkpoint in checkpoints)
    assert list(checkpoints_in(whole)) == checkpoints
    assert list(receipts_in(whole)) == [each.receipt for each in checkpoints]


@given(st.text())
def test_any_text_can_be_looked_through(text: str) -> None:
    assert list(checkpoints_in(text)) == []


@pytest.mark.parametrize("checkpoint", [UNSIGNED, SIGNED])
@pytest.mark.parametrize(
    "around",
    [
        "`{}`",
        "```\n{}\n```",
        "> {}",
        '{{"text":"{}"}}',
        "Noted: {}.",
        "{} everybody",
        "{}\n",
        "{} ",
        "\ufeff{}\r\nedited",
        "<code>{}</code>",
    ],
)
def test_a_checkpoint_is_read_out_of_what_stands_around_it(around: str, checkpoint: Checkpoint) -> None:
    assert list(checkpoints_in(around.format(checkpoint))) == [checkpoint]


@pytest.mark.parametrize("checkpoint", [UNSIGNED, SIGNED])
@pytest.mark.parametrize("space", ["\u00a0", "\u202f", "\u2009", "  ", "\t", " \u00a0"])
def test_a_checkpoint_that_was_copied_with_other_spaces_is_read(space: str, checkpoint: Checkpoint) -> None:
    copied = str(checkpoint).replace(" ", space)
    assert list(checkpoints_in(copied)) == [checkpoint]
    assert list(receipts_in(copied)) == [checkpoint.receipt]


@pytest.mark.parametrize("length", range(len(str(SIGNED))))
def test_a_line_that_was_cut_short_is_not_read_as_a_shorter_one(length: int) -> None:
    cut = str(SIGNED)[:length]
    left = [UNSIGNED] if cut.rstrip() == SIGNED.statement else []
    assert list(checkpoints_in(cut)) == left


@pytest.mark.parametrize("length", range(len(str(SIGNED))))
def test_a_line_that_was_cut_short_does_not_hide_the_next_one(length: int) -> None:
    later = Checkpoint("acme-vision", Receipt(1300, "ab" * 32), NOON + timedelta(hours=1), KEY, SIGNATURE)
    assert list(checkpoints_in(str(SIGNED)[:length] + str(later)))[-1] == later


@pytest.mark.parametrize(
    "line",
    [
        str(UNSIGNED).replace("#1234", "#0"),
        str(UNSIGNED).replace("#1234", "#01234"),
        str(UNSIGNED).replace("#1234", "#" + "9" * 19),
        str(UNSIGNED).replace(RECEIPT.hash, RECEIPT.hash[:16]),
        str(UNSIGNED).replace(RECEIPT.hash, RECEIPT.hash + "0"),
        str(UNSIGNED).replace("2026-11-23", "2026-13-23"),
        str(UNSIGNED).replace("2026-11-23", "٢026-11-23"),
        str(UNSIGNED).replace(".000000Z", "Z"),
        str(UNSIGNED).replace(" 2026", "\n2026"),
        str(SIGNED).replace(KEY, KEY[:-1]),
        str(SIGNED).replace("==", "="),
    ],
)
def test_what_only_resembles_a_checkpoint_is_not_read(line: str) -> None:
    assert list(checkpoints_in(line)) == []


@pytest.mark.parametrize(
    ("text", "receipts"),
    [
        (f"Deleted Potholes · audit {RECEIPT}", [Receipt(1234, RECEIPT.hash[:16])]),
        (f"{RECEIPT}, then #7 · {GENESIS}", [Receipt(1234, RECEIPT.hash[:16]), Receipt(7, GENESIS)]),
        (f"`{RECEIPT}`", [Receipt(1234, RECEIPT.hash[:16])]),
        (str(RECEIPT)[:-1], []),
        (f"{RECEIPT}xyz", []),
        (f"#7 · {GENESIS}0", []),
        ("see #7", []),
    ],
)
def test_receipts_are_found_wherever_they_stand(text: str, receipts: list[Receipt]) -> None:
    assert list(receipts_in(text)) == receipts
