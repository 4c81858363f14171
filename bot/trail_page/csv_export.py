"""A list of the page as CSV that a spreadsheet takes as text.

Datasette's own CSV gives names and reasons as they are. One that begins like a formula is carried out by a
spreadsheet, and it was typed by whoever named a workflow: https://owasp.org/www-community/attacks/CSV_Injection
"""

import csv
import io
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

from datasette.app import Datasette

_BEGINS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
# How the list is read: by number, newest first, which is quick however far down it comes. Another order would have to
# pass over all that was sent already, for each part again.
_PARTS = {"_shape": "arrays", "_size": "max", "_sort_desc": "seq", "_nocol": "body", "_nocount": "1", "_nofacet": "1"}
_DROPPED = frozenset({*_PARTS, "_next", "_sort"})


async def send_csv(
    site: Datasette, path: str, query: str, send: Callable[[MutableMapping[str, Any]], Awaitable[None]]
) -> None:
    """Send every row of a list, filtered as its query says, in short reads one after the other.

    A saved query comes in its own order, the entries come newest first and without their bodies.

    Args:
        site: where the list is.
        path: the list's address with `.csv`.
        query: the query string that the list was shown with.
        send: the ASGI callable that answers.

    Raises:
        httpx.HTTPStatusError: a later part could not be read; the download breaks off instead of ending early.
    """
    asked = [(name, value) for name, value in parse_qsl(query, keep_blank_values=True) if name not in _DROPPED]
    address = f"{path.removesuffix('.csv')}.json?{urlencode([*asked, *_PARTS.items()])}"
    answer = await site.client.get(address, follow_redirects=True)  # which a form's own parameters lead to
    if answer.is_error:
        await send(_start(answer.status_code, (b"content-type", answer.headers["content-type"].encode())))
        await send({"type": "http.response.body", "body": answer.content})
        return
    name = path.rpartition("/")[2]
    disposition = (b"content-disposition", f'attachment; filename="{name}"'.encode())
    await send(_start(answer.status_code, (b"content-type", b"text/csv; charset=utf-8"), disposition))
    part = answer.json()
    await send(_body([part["columns"]]))
    await send(_body(part["rows"]))
    while part.get("next"):
        older = f"{address}&seq__lt={part['rows'][-1][0]}"
        answer = await site.client.get(older, follow_redirects=True)
        part = answer.raise_for_status().json()
        await send(_body(part["rows"]))
    await send({"type": "http.response.body"})


def _start(status: int, *headers: tuple[bytes, bytes]) -> dict[str, Any]:
    return {"type": "http.response.start", "status": status, "headers": list(headers)}


def _body(rows: Iterable[Iterable[object]]) -> dict[str, Any]:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows([_as_text(cell) for cell in row] for row in rows)
    return {"type": "http.response.body", "body": text.getvalue().encode(), "more_body": True}


def _as_text(cell: object) -> object:
    """A cell that is never a formula: one that begins like it gets an apostrophe, which spreadsheets do not show."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_BEGINS_FORMULA) else cell
