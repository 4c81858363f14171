"""A checkpoint to note."""

from bot.domain.audit import Receipt
from bot.domain.checkpoint import Checkpoint
from tests.values import NOON

CHECKPOINT = Checkpoint("acme-vision", Receipt(1234, "3f9a0c2b7d1e4a55" * 4), NOON)
