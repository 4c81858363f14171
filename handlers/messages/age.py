"""Of which moment a list is that was kept in memory, and why it is not of now where it should be."""

from typing import Any

from bot.domain.text import cut, shown
from bot.operations.warm import Age
from handlers.messages.blocks import Block, context, date, escape, mrkdwn, plain


def age_lines(age: Age, what: str = "workflows") -> list[Block]:
    """How old the list of them is, and why it could not be read anew."""
    if age.trouble:
        return [context(plain(_trouble(age)), _read(age, what))]
    return [context(_read(age, what))]


def age_text(age: Age) -> str:
    """The same of workflows, as sentences for notifications and screen readers."""
    read = f"{_read(age, 'workflows')['text']}."
    return f"{escape(_trouble(age))} {read}" if age.trouble else read


def _trouble(age: Age) -> str:
    return cut(f"Vi could not be read: {shown(age.trouble)}", 300)


def _read(age: Age, what: str) -> dict[str, Any]:
    if age.read_at is None:
        return plain(f"The list of {what} was not read yet.")
    return mrkdwn(f"List of {what} read {date(age.read_at)}")
