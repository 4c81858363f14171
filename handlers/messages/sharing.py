"""What is said with something that was shared, or sent as a file."""

from bot.domain.workflow import Workflow
from handlers.messages.blocks import Frame, Message, context, escape, framed, mrkdwn, name_of, plain, section
from handlers.messages.choice import without_controls


def shared_message(message: Message, person_id: str) -> Message:
    """A copy for others: who shared it, and nothing to press."""
    *blocks, last = without_controls(message.blocks)
    return Message(
        f"Shared by <@{person_id}>: {message.text}", [*blocks, context(mrkdwn(f"Shared by <@{person_id}>")), last]
    )


def file_message(frame: Frame, workflow: Workflow, person_id: str) -> Message:
    """The direct message above the file."""
    text = (
        f"“{name_of(workflow)}” as Vi has it, version {workflow.version.generation}. The file follows in this thread."
    )
    return _said(frame, text, workflow, person_id)


def file_sent_message(frame: Frame, workflow: Workflow, filename: str, person_id: str) -> Message:
    """That the file was sent."""
    return _said(frame, f"“{name_of(workflow)}”, sent to you by direct message: {filename}.", workflow, person_id)


def _said(frame: Frame, text: str, workflow: Workflow, person_id: str) -> Message:
    return framed(frame, escape(text), [section(plain(text))], command=f'show "{workflow.id}"', person_id=person_id)
