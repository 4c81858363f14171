"""Locks: set, dropped."""

from bot.domain.lock import Lock
from bot.domain.text import cut, shown
from handlers.messages.blocks import Frame, Message, context, escape, framed, mrkdwn, plain, section, shown_name

_REASON_LENGTH = 500


def locked_message(frame: Frame, lock: Lock, *, person_id: str) -> Message:
    """That it is locked, and what that means."""
    name = shown_name(lock.name)
    text = f"Locked “{name}”. Nobody can delete it or write over it until an admin unlocks it."
    blocks = [section(plain(text)), _reason(lock), context(mrkdwn(f"`{escape(lock.workflow_id)}`"))]
    return framed(frame, escape(text), blocks, command=f'lock "{name}"', person_id=person_id)


def unlocked_message(frame: Frame, lock: Lock, *, person_id: str) -> Message:
    """That it is locked no more."""
    name = shown_name(lock.name)
    text = f"Unlocked “{name}”. It can be deleted and written over again."
    blocks = [section(plain(text)), context(mrkdwn(f"`{escape(lock.workflow_id)}`"))]
    return framed(frame, escape(text), blocks, command=f'unlock "{name}"', person_id=person_id)


def _reason(lock: Lock) -> dict[str, object]:
    return section(plain(f"Reason: {cut(shown(lock.reason), _REASON_LENGTH)}"))
