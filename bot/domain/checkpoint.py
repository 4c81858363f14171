"""What is noted of the audit trail outside of it, so that a trail cut off or rewritten whole shows.

A checkpoint is one line of text: whose trail, the newest entry's number and hash, when, and a signature where
there is a key. It goes to places that whoever can write the trail's file cannot clean.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from bot.domain.audit import Receipt, timestamp

_KIND = "vi-ops-checkpoint"
_GAP = r"[^\S\r\n]+"  # any space but the end of a line: what is copied from a page often has non-breaking ones
_RECEIPT = rf"#(?P<seq>[1-9][0-9]{{0,17}}){_GAP}·{_GAP}(?P<hash>[0-9a-f]{{16,64}})(?![0-9A-Za-z])"
_ANY_RECEIPT = re.compile(_RECEIPT)
# A signature is whole or the line is not read: 64 bytes are 88 characters of base64. Without one, nothing may follow
# that could be the beginning of one.
_SIGNATURE = rf"{_GAP}ed25519:(?P<key>[0-9a-f]{{16}}):(?P<sig>[A-Za-z0-9+/]{{86}}==)"
_LINE = re.compile(
    rf"{_KIND}{_GAP}(?P<origin>\S+){_GAP}{_RECEIPT}(?<=[0-9a-f]{{64}}){_GAP}"
    rf"(?P<at>[0-9]{{4}}(?:-[0-9]{{2}}){{2}}T[0-9]{{2}}(?::[0-9]{{2}}){{2}}\.[0-9]{{6}}Z)"
    rf"(?:{_SIGNATURE}|(?!{_GAP}(?:ed|e\Z)))"
)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The state of a trail at one moment.

    Attributes:
        origin: whose trail: the organization's id; without spaces.
        receipt: the newest entry's number and whole hash.
        key_id, signature: of the one who signed, in hexadecimal and base64; empty where nobody did.
    """

    origin: str
    receipt: Receipt
    at: datetime
    key_id: str = ""
    signature: str = ""

    @property
    def statement(self) -> str:
        """What is signed: the line without its signature."""
        place = f"#{self.receipt.seq} · {self.receipt.hash}"
        return f"{_KIND} {self.origin} {place} {timestamp(self.at)}"

    def __str__(self) -> str:
        signed = f" ed25519:{self.key_id}:{self.signature}" if self.signature else ""
        return self.statement + signed


def checkpoints_in(text: str) -> Iterator[Checkpoint]:
    """Every checkpoint that stands anywhere in a text, in order: between other words, in a quotation, in a code block.

    A line that was cut short is not read, but for one case that cannot be told: a signed line that ends right before
    its signature is the same line unsigned.
    """
    for found in _LINE.finditer(text):
        try:
            at = datetime.fromisoformat(found["at"])
        except ValueError:
            continue
        receipt = Receipt(int(found["seq"]), found["hash"])
        yield Checkpoint(found["origin"], receipt, at, found["key"] or "", found["sig"] or "")


def receipts_in(text: str) -> Iterator[Receipt]:
    """Every receipt that stands anywhere in a text: in a checkpoint, in a message of the bot's, by itself."""
    for found in _ANY_RECEIPT.finditer(text):
        yield Receipt(int(found["seq"]), found["hash"])
