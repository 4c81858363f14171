"""Receipts that were noted outside of the trail, gathered from whatever text they were kept in."""

import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from bot.anchors.signing import load_public_key, signature_fault
from bot.domain.audit import Receipt
from bot.domain.checkpoint import Checkpoint, checkpoints_in, receipts_in
from bot.domain.errors import BotError


class AnchorsUnusable(BotError):
    """Nothing in the text can be compared with the trail, so a verification would prove nothing by it."""

    code = "anchors_unusable"


@dataclass(frozen=True, slots=True)
class Anchors:
    """What was noted of one trail.

    Attributes:
        receipts: each once, those of the checkpoints included.
        checkpoints: those of this trail.
        left_out: how many checkpoints are of other trails.
    """

    receipts: tuple[Receipt, ...]
    checkpoints: tuple[Checkpoint, ...]
    left_out: int

    @property
    def newest(self) -> Receipt:
        """The receipt with the highest number: what is behind it, no receipt proves."""
        return max(self.receipts, key=lambda receipt: receipt.seq)


def read_anchors(source: str, origin: str) -> Anchors:
    """The receipts of the trail `origin` in a file, or in standard input where the source is `-`.

    Raises:
        AnchorsUnusable: the file cannot be read or has no receipt of this trail, or it has checkpoints of several and
            `origin` does not say which is meant.
    """
    name = "standard input" if source == "-" else source
    try:
        content = sys.stdin.buffer.read() if source == "-" else Path(source).read_bytes()
    except OSError as error:
        raise AnchorsUnusable(
            f"{name} cannot be read: {error.strerror}.", "Check the path given by --anchors."
        ) from error
    text = content.decode(errors="replace")
    checkpoints = list(checkpoints_in(text))
    origins = sorted({each.origin for each in checkpoints})
    if not origin and len(origins) > 1:
        raise AnchorsUnusable(
            f"The checkpoints in {name} are of several trails: {', '.join(origins)}.",
            "Say with --origin which is meant.",
        )
    others = [each for each in checkpoints if origin not in {"", each.origin}]
    # A checkpoint holds its receipt, so that one is found twice and must be left out with it.
    receipts = Counter(receipts_in(text)) - Counter(each.receipt for each in others)
    if not receipts:
        raise AnchorsUnusable(
            f"{name} has no receipt" + (f" of {origin}, only of {', '.join(origins)}." if others else "."),
            "A receipt looks like this: #12 · 3f9a0c2b7d1e4a55",
        )
    own = tuple(each for each in checkpoints if each not in others)
    return Anchors(tuple(receipts), own, len(others))


def signature_faults(anchors: Anchors, public_key: Path) -> tuple[str, ...]:
    """What is wrong with the signatures of the checkpoints, one sentence each.

    Raises:
        AnchorsUnusable: there is no checkpoint that could be signed.
        KeyUnusable: the key cannot be loaded.
    """
    key = load_public_key(public_key)
    if not anchors.checkpoints:
        raise AnchorsUnusable(
            "There is no checkpoint whose signature could be checked, only receipts.",
            "Leave out --public-key to compare them alone.",
        )
    faults = (signature_fault(each, key) for each in anchors.checkpoints)
    return tuple(fault for fault in faults if fault)
