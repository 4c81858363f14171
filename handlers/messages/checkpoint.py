"""What the audit channel hears of checkpoints: only what is wrong, and when it is right again."""

from collections.abc import Iterator

from bot.domain.text import cut, shown
from bot.operations.anchoring import Published
from handlers.messages.blocks import Frame, Message, bullets, context, escape, framed, plain, section


def checkpoint_messages(frame: Frame, published: Published) -> Iterator[Message]:
    """A message for each thing that is new."""
    if published.faults:
        yield _tampered(frame, published.faults)
    for place, error in published.failing:
        text = f"A checkpoint of the audit trail could not be noted at {place}. {error.sentence}"
        advice = f"{error.advice} The bot keeps trying; this is said once.".strip()
        yield framed(frame, escape(f"{text} {advice}"), [section(plain(text)), context(plain(advice))])
    for place in published.recovered:
        text = f"Checkpoints of the audit trail are noted at {place} again."
        yield framed(frame, escape(text), [section(plain(text))])


def _tampered(frame: Frame, faults: tuple[str, ...]) -> Message:
    text = "The audit trail does not hold: somebody or something changed it outside of the bot."
    advice = "Keep the file as it is, and run vi-bot audit verify on the bot's machine. No checkpoint of it was noted."
    blocks = [section(plain(text)), bullets([cut(shown(fault), 300) for fault in faults]), context(plain(advice))]
    return framed(frame, f"{text} {advice}", blocks)
