"""`/vi list --fresh` as it is written with vi-sdk in threads; run by `benchmarks.children`, it measures itself.

The same two lists and the same message, through Bolt's own ways to ack and to answer, and the pool of threads that
`asyncio.to_thread` has. It asks for pages of 1,000. It looks up nobody's roles, writes no trail and remembers no
screen, so it does less than the bot does.
"""

import asyncio
import os
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import vi  # type: ignore[import-untyped] # the vendor ships no types
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from benchmarks.children import measure_until_told
from bot.domain.listing import Query, page_of
from bot.domain.screen import ScreenId
from bot.domain.workflow import Project, ProjectId, WorkflowId, WorkflowSummary
from bot.operations.listing import Listing
from bot.operations.warm import Age
from handlers.http_door import HttpDoor
from handlers.messages.blocks import Frame
from handlers.messages.listing import listing_message

_FRAME = Frame("/vi", "an-organization")


async def main() -> None:
    """Listen until there is no more to measure."""
    # It finds its key, its organization and its endpoint in the environment, where the bot does.
    platform = vi.Client()
    client = AsyncWebClient(os.environ.pop("SLACK_BOT_TOKEN"), base_url=os.environ["SLACK_API_URL"])
    bolt = AsyncApp(client=client, request_verification_enabled=False)  # the door does it, as for the bot

    async def listing(ack: AsyncAck, respond: AsyncRespond) -> None:
        await ack()
        flows, projects = await asyncio.gather(
            asyncio.to_thread(_all, platform.flows), asyncio.to_thread(_all, platform.training_projects)
        )
        page = page_of([_workflow(each) for each in flows], [_project(each) for each in projects], None, Query(), 1)
        listing = Listing(page, ScreenId("a-screen"), Age(datetime.now(UTC)))
        message = listing_message(_FRAME, listing, "U05EED0000")
        await respond(text=message.text, blocks=list(message.blocks), unfurl_links=False, unfurl_media=False)

    bolt.command("/vi")(listing)
    door = HttpDoor(bolt, [os.environ["SLACK_SIGNING_SECRET"]], time.monotonic)
    await measure_until_told(await door.open("127.0.0.1", 0))
    await door.close()


def _all(resource: Any) -> Sequence[Any]:
    return list(resource.list({"page_size": 1_000}).all_items())


def _workflow(flow: Any) -> WorkflowSummary:
    return WorkflowSummary(
        WorkflowId(flow.flow_id),
        flow.spec.name,
        ProjectId(flow.spec.training_project) if flow.spec.training_project else None,
        _moment(flow.metadata.time_created),
        _moment(flow.metadata.last_updated),
    )


def _project(project: Any) -> Project:
    return Project(ProjectId(project.training_project_id), project.spec.name)


def _moment(milliseconds: float) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1e3, UTC)


if __name__ == "__main__":
    asyncio.run(main())
