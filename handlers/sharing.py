"""What somebody was shown, given to others on their wish: a plain copy to the conversation, or a file to themselves."""

import json
from dataclasses import replace

from bot.domain.people import Request
from bot.domain.screen import ScreenId
from bot.operations.inspection import show_workflow
from bot.operations.listing import turn_page
from handlers.context import Context
from handlers.export import send_file
from handlers.messages.blocks import Message
from handlers.messages.listing import listing_message
from handlers.messages.sharing import file_message, file_sent_message, shared_message
from handlers.messages.workflow import workflow_message

_SHARE = "share"
"""The kind of request that the trail names: who looked did so for others too."""


async def share_list(context: Context, request: Request, response_url: str, screen_id: ScreenId) -> None:
    """Post the page on the screen, read anew, where it was asked for.

    Raises:
        OutOfDate: the screen is older than a day and forgotten.
        Refused: the person may not look any more.
    """
    listing = await turn_page(context.resources, context.index, replace(request, kind=_SHARE), screen_id, fresh=True)
    message = listing_message(context.frame, replace(listing, screen_id=ScreenId("")), request.person_id)
    await context.delivery.answer(response_url, shared_message(message, request.person_id), in_channel=True)


async def share_workflow(context: Context, request: Request, response_url: str, reference: str) -> None:
    """Post one workflow, read anew, where it was asked for.

    Raises:
        Refused: the person may not look any more.
        WorkflowMissing: it is gone.
    """
    inspection = await show_workflow(context.resources, replace(request, kind=_SHARE), reference)
    message = workflow_message(context.frame, inspection, command=f'show "{reference}"', person_id=request.person_id)
    await context.delivery.answer(response_url, shared_message(message, request.person_id), in_channel=True)


async def json_answer(context: Context, request: Request, reference: str) -> Message:
    """Everything that the platform says of a workflow, as a file by direct message; and that it was sent.

    Raises:
        Refused: this is for viewers.
        WorkflowMissing: it is gone.
        FileNotSent: the file did not reach the person.
        FilePerhapsSent: Slack did not say how it ended.
    """
    workflow = (await show_workflow(context.resources, request, reference)).workflow
    content = json.dumps(workflow.document, ensure_ascii=False, indent=2).encode("utf-8", "surrogatepass")
    filename = f"workflow-{workflow.id[:60]}.json"
    below = file_message(context.frame, workflow, request.person_id)
    await send_file(context, request.person_id, filename, content, below)
    return file_sent_message(context.frame, workflow, filename, request.person_id)
