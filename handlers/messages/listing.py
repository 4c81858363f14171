"""A page of workflows."""

from typing import Any

from bot.domain.listing import Page, Query, Row, Sort
from bot.domain.text import cut, shown
from bot.operations.listing import Listing
from handlers import action_ids
from handlers.messages.age import age_lines, age_text
from handlers.messages.blocks import (
    Block,
    Frame,
    Message,
    actions,
    button,
    context,
    date,
    divider,
    escape,
    framed,
    mrkdwn,
    name_of,
    overflow,
    plain,
    section,
    shown_name,
)

_SORTED = {Sort.UPDATED: "last changed first", Sort.CREATED: "newest first", Sort.NAME: "by name"}


def listing_message(frame: Frame, listing: Listing, person_id: str) -> Message:
    """The rows, where in the whole they stand, when they were read, and the buttons to go on.

    There are no buttons where the screen could not be kept.
    """
    page, screen_id = listing.page, listing.screen_id
    where = _where(page)
    blocks: list[Block] = [section(plain(where)), *age_lines(listing.age)]
    menu = overflow(  # the same for all rows: it is the block's id that says which was meant
        action_ids.ROW_MENU, ("Show", action_ids.SHOW), ("Back up", action_ids.BACK_UP), ("Delete…", action_ids.DELETE)
    )
    for row in page.rows:
        blocks += _row(row, menu)
    turning = []
    if page.number > 1 and screen_id:
        turning.append(button("Previous", action_ids.LIST_PREVIOUS, screen_id))
    if page.number < page.pages and screen_id:
        turning.append(button("Next", action_ids.LIST_NEXT, screen_id))
    if screen_id:
        turning.append(button("Refresh", action_ids.LIST_REFRESH, screen_id))
        turning.append(button("Filter…", action_ids.LIST_FILTER, screen_id))
        turning.append(overflow(action_ids.ROW_MENU, ("Share to channel", action_ids.LIST_SHARE)))
        blocks += [divider(), actions(*turning, block_id=screen_id)]
    names = "; ".join(cut(name_of(row.workflow), 60) for row in page.rows)
    text = f"{where} {names}." if names else where
    said = f"{escape(text)} {age_text(listing.age)}"
    return framed(frame, said, blocks, command=_words(page.query), person_id=person_id)


def _where(page: Page) -> str:
    meant = _meant(page.query)
    if not page.of_all:
        return "There are no workflows in this organization yet."
    if not page.total:
        return f"None of the {page.of_all:,} workflows fits: {meant}."
    count = f"{page.first}–{page.last} of {page.total:,}" if page.pages > 1 else f"{page.total}"
    noun = "workflow" if page.total == 1 else "workflows"
    filtered = f" ({meant}; {page.of_all:,} in all)" if meant else ""
    return f"{count} {noun}{filtered}, {_SORTED[page.query.sort]}."


def _meant(query: Query) -> str:
    parts = [
        f"with “{cut(shown(query.text), 60)}”" if query.text else "",
        f"in the project “{cut(shown(query.project), 60)}”" if query.project else "",
        "with an active run" if query.active else "",
    ]
    return ", ".join(part for part in parts if part)


def _words(query: Query) -> str:
    """The command that brings this list back."""
    parts = [
        "list",
        query.text,
        f'--project "{query.project}"' if query.project else "",
        "--active" if query.active else "",
        f"--sort {query.sort}" if query.sort is not Sort.UPDATED else "",
        "--fresh" if query.fresh else "",
    ]
    return " ".join(part for part in parts if part)


def _row(row: Row, menu: dict[str, Any]) -> list[Block]:
    workflow = row.workflow
    small = [mrkdwn(f"`{escape(workflow.id)}` · updated {date(workflow.updated_at)}")]
    if row.project_name:
        small.insert(0, plain(shown_name(row.project_name)))
    if row.active_runs:
        small.append(plain(f"{row.active_runs} active {'run' if row.active_runs == 1 else 'runs'}"))
    return [section(plain(name_of(workflow)), accessory=menu, block_id=workflow.id), context(*small)]
