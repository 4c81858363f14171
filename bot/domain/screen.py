"""What somebody has on the screen: where the buttons below a list lead, and whose Home tab is open. In the store."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NewType

from bot.domain.people import PersonId
from bot.domain.workflow import JsonObject

ScreenId = NewType("ScreenId", str)

LIFETIME = timedelta(days=1)
"""How long a screen is kept."""


@dataclass(frozen=True, slots=True)
class Screen:
    """One page as it was shown; `state` is JSON that says how to make it again."""

    id: ScreenId
    person_id: PersonId
    state: JsonObject
    shown_at: datetime
