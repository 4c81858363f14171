"""The way of a file to the person who asked for it."""

from bot.domain.errors import FileNotSent
from bot.domain.people import PersonId, Request
from bot.operations.export import Deliver, TrailExport
from handlers.context import Context
from handlers.messages.blocks import Message
from handlers.messages.export import export_file_message
from handlers.messages.failure import failure_message


def by_direct_message(context: Context, request: Request) -> Deliver:
    """Say by direct message what the file is, and send the file in that message's thread.

    Nothing is said before Slack has the content, so that nobody is promised a file that cannot come. The message goes
    first, since a file can be shared only in a conversation whose id is known, and the posted message tells it.
    """

    async def deliver(export: TrailExport) -> None:
        message = export_file_message(context.frame, export, request.person_id)
        await send_file(context, request.person_id, export.filename, export.content, message)

    return deliver


async def send_file(context: Context, person_id: PersonId, filename: str, content: bytes, message: Message) -> None:
    """Send a file by direct message, below this message.

    Raises:
        FileNotSent: it did not reach the person.
        FilePerhapsSent: Slack did not say how it ended.
    """
    delivery = context.delivery
    file_id = await delivery.upload(filename, content)
    posted = await delivery.post(person_id, message)
    if posted is None:
        raise FileNotSent("Slack did not take the direct message, so the file was not sent.", "Ask again later.")
    try:
        await delivery.share(file_id, filename, posted)
    except FileNotSent as error:
        await delivery.post(posted.channel, failure_message(context.frame, error), thread_ts=posted.ts)
        raise
