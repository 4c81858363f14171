"""Which commands were acknowledged, and which of them were answered.

An answer is a modal that was opened with the command's trigger, or a message through its response_url. A command that
one process has acknowledged and that has no answer at the moment in which any process is killed may have died with
that one: it is excused, since the emulator cannot tell which process it was. What was begun by it is not excused: see
`tests.chaos.verdict`.
"""

from dataclasses import dataclass, field

from sandbox.slack.wire import Exchange, Kind
from sandbox.slack.workspace import SlackWorkspace


@dataclass
class Commands:
    """Every command that was sent to the app since this was made."""

    slack: SlackWorkspace
    _sent: list[Exchange] = field(default_factory=list)
    _excused: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Begin to listen."""
        self.slack.wire.subscribe(self._look)

    @property
    def acknowledged(self) -> int:
        """How many were acknowledged in time."""
        return sum(each.ms is not None for each in self._sent)

    @property
    def excused(self) -> int:
        """How many have no answer, and a process that was killed may have had them."""
        return len([each for each in self._unanswered() if each.number in self._excused])

    @property
    def lost(self) -> list[str]:
        """What was typed, was acknowledged by a process that lived on, and has no answer."""
        return [str(each.sent["text"]) for each in self._unanswered() if each.number not in self._excused]

    def excuse_unanswered(self) -> None:
        """A process was killed at this moment."""
        self._excused |= {each.number for each in self._unanswered()}

    def _unanswered(self) -> list[Exchange]:
        return [each for each in self._sent if each.ms is not None and not self._is_answered(each)]

    def _is_answered(self, sent: Exchange) -> bool:
        trigger = self.slack.state.triggers._issued[sent.sent["trigger_id"]]
        address = self.slack.state.response_urls.get(str(sent.sent["response_url"]).rsplit("/", 1)[-1])
        return trigger.is_used or bool(sent.answer) or (address is not None and address.uses > 0)

    def _look(self, exchange: Exchange) -> None:
        if exchange.kind is Kind.COMMAND and exchange not in self._sent:
            self._sent.append(exchange)
