"""What a person at the page can do to Vi, behind the bot's back: start and finish runs, change things, make it fail."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sandbox.vi.collection import NoSuchDocumentError
from sandbox.vi.faults import AFTER, Cut, Delay, Fault, error
from sandbox.vi.server import ViEmulator

SLOW_SECONDS = 2.5
RETRY_AFTER_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Mood:
    """A way in which Vi behaves.

    Attributes:
        name: by which the page asks for it.
        label: on its button.
        meaning: what happens to requests, in a sentence.
        rules: patterns of methods, and what strikes every such request.
    """

    name: str
    label: str
    meaning: str
    rules: tuple[tuple[str, Callable[[], Fault]], ...] = ()


MOODS: Mapping[str, Mood] = {
    mood.name: mood
    for mood in (
        Mood("fine", "Fine", "Vi answers every request."),
        Mood(
            "slow",
            "Slow",
            f"Each request waits {SLOW_SECONDS:g} seconds before Vi looks at it.",
            (("*", lambda: Delay(SLOW_SECONDS)),),
        ),
        Mood(
            "busy",
            "Busy (429)",
            f"Vi refuses every request: too many; try again in {RETRY_AFTER_SECONDS} seconds.",
            (("*", lambda: error(429, retry_after=RETRY_AFTER_SECONDS)),),
        ),
        Mood("broken", "Fails (500)", "Vi answers every request with an internal error.", (("*", lambda: error(500)),)),
        Mood(
            "lost",
            "Lost answer",
            "A deletion takes effect, and then the connection is cut: the bot is never told.",
            (("DELETE", lambda: Cut(moment=AFTER)),),
        ),
        Mood("down", "Down", "Vi cannot be reached: every connection is cut at once.", (("*", Cut),)),
    )
}


class ViActs:
    """The hands of whoever meddles.

    Attributes:
        mood: how Vi behaves now.
    """

    def __init__(self, vi: ViEmulator) -> None:
        self._vi = vi
        self.mood = MOODS["fine"]
        self._acts: Mapping[str, Callable[[str], object]] = {
            "mood": self._set_mood,
            "start_run": vi.organization.start_run,
            "finish_run": vi.organization.finish_run,
            "change": self._change,
            "remove": vi.organization.remove_workflow,
        }

    def do(self, act: str, subject: str) -> str:
        """Carry out an act; what went wrong, or nothing.

        Args:
            act: `mood`, `start_run`, `finish_run`, `change` or `remove`.
            subject: the mood's name, or the id of the workflow or run.
        """
        if act not in self._acts:
            return f"There is no act {act!r}."
        try:
            self._acts[act](subject)
        except NoSuchDocumentError as missing:
            return str(missing)
        except KeyError:
            return f"There is no {act} {subject!r}."
        return ""

    def _set_mood(self, name: str) -> None:
        self.mood = MOODS[name]
        self._vi.faults.clear()
        for method, fault in self.mood.rules:
            self._vi.faults.on(method, "*", fault(), times=None)

    def _change(self, workflow_id: str) -> None:
        description = f"Changed in Vi's own pages at {datetime.now(UTC):%H:%M:%S} UTC"
        self._vi.organization.change_workflow(workflow_id, {"description": description})
