"""What a person reads while something takes longer than a moment."""

from handlers.messages.blocks import Frame, Message, framed, plain, section


def working_message(frame: Frame, command: str, person_id: str) -> Message:
    """That it is being worked on, and that the answer will follow."""
    text = "Still working on it. The answer follows here."
    return framed(frame, text, [section(plain(text))], command=command, person_id=person_id)
