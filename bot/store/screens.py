"""Screens in SQLite: what somebody has before them, for a day."""

import json
from datetime import datetime

from bot.domain.audit import timestamp
from bot.domain.document import canonical
from bot.domain.screen import LIFETIME, Screen, ScreenId
from bot.domain.text import storable
from bot.store.driver import sqlite3


def keep(connection: sqlite3.Connection, screen: Screen) -> None:
    """Keep a screen, in place of what was kept under its id, and drop those a day older than it."""
    connection.execute("DELETE FROM screen WHERE shown_at < ?", (timestamp(screen.shown_at - LIFETIME),))
    connection.execute(
        "INSERT OR REPLACE INTO screen (id, person_id, state, shown_at) VALUES (?, ?, ?, ?)",
        (screen.id, screen.person_id, canonical(screen.state), timestamp(screen.shown_at)),
    )


def find(connection: sqlite3.Connection, screen_id: ScreenId) -> Screen | None:
    """What was on the screen, or None."""
    row = connection.execute(
        "SELECT id, person_id, state, shown_at FROM screen WHERE id = ?", (storable(screen_id),)
    ).fetchone()
    if row is None:
        return None
    found_id, person_id, state, shown_at = row
    return Screen(found_id, person_id, json.loads(state), datetime.fromisoformat(shown_at))
