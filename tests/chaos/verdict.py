"""What must be zero once all has come to rest, read from the trail, from Vi's request log and from people's screens."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.domain.audit import EMPTY, Action, SealedEntry, chain_faults, timestamp
from bot.domain.confirmation import Confirmation, ConfirmationState, Shows
from bot.ports import Store
from sandbox.slack.workspace import SlackWorkspace
from sandbox.vi.request_log import ReceivedRequest
from tests.chaos.commands import Commands

_ENDS = {"succeeded", "failed"}
_NOT_DONE = {429, 503}
"""Answers with which Vi says that it did nothing: then the bot may send a DELETE again."""


@dataclass(frozen=True)
class Verdict:
    """What was found; each a list of what is wrong, empty where all is well.

    Attributes:
        unstarted: deletions that arrived at Vi before their `started` was in the trail.
        doubled: workflows for which more DELETEs were carried out than deletions begun.
        unsettled: operations that were begun and have no end, or more than one.
        unanswered: commands that a process acknowledged that lived on, and never answered.
        untold: confirmed changes that were begun, and of whose end the person was told nothing.
        broken: what does not fit in the chain.
    """

    unstarted: Sequence[str]
    doubled: Sequence[str]
    unsettled: Sequence[str]
    unanswered: Sequence[str]
    untold: Sequence[Confirmation]
    broken: Sequence[str]

    def counts(self) -> Mapping[str, Sequence[object]]:
        """Each by what people call it."""
        return {
            "deletions without `started`": self.unstarted,
            "double deletions": self.doubled,
            "operations left open, or ended twice": self.unsettled,
            "commands acknowledged and not answered": self.unanswered,
            "confirmed changes that nobody was told the end of": self.untold,
            "faults in the chain": self.broken,
        }


async def trail_of(store: Store) -> list[SealedEntry]:
    """All of it, oldest first."""
    entries: list[SealedEntry] = []
    while batch := await store.entries_after(len(entries), 1000):
        entries += batch
    return entries


async def is_at_rest(store: Store) -> bool:
    """Whether nothing is left to be settled or gone on with; a dialogue that nobody has answered is no operation."""
    return not await store.open_operations() and not await store.confirmations({ConfirmationState.CLAIMED})


async def verdict(
    store: Store, slack: SlackWorkspace, deletes: Sequence[ReceivedRequest], commands: Commands
) -> Verdict:
    """Look at everything."""
    sealed = await trail_of(store)
    entries: list[dict[str, Any]] = [json.loads(each.body) for each in sealed]
    done = await store.confirmations({ConfirmationState.DONE})
    claimed = await store.confirmations({ConfirmationState.CLAIMED})
    return Verdict(
        list(_unstarted(entries, deletes)),
        list(_doubled(entries, deletes)),
        [*_unsettled(entries), *[f"confirmed and not done: {each.id}" for each in claimed]],
        commands.lost,
        [each for each in done if not _is_told(slack, entries, each)],
        list(chain_faults(sealed, after=EMPTY)),
    )


def _started(entries: Sequence[dict[str, Any]]) -> list[tuple[str, str]]:
    return [
        (each["target"]["id"], each["ts"])
        for each in entries
        if each["action"] == Action.DELETE and each["stage"] == "started"
    ]


def _unstarted(entries: Sequence[dict[str, Any]], deletes: Sequence[ReceivedRequest]) -> list[str]:
    started = _started(entries)
    return [
        f"{each.path} at {each.when}"
        for each in deletes
        if not any(target == _id(each) and at <= timestamp(each.when) for target, at in started)
    ]


def _doubled(entries: Sequence[dict[str, Any]], deletes: Sequence[ReceivedRequest]) -> list[str]:
    started = Counter(target for target, _at in _started(entries))
    sent = Counter(_id(each) for each in deletes if each.status not in _NOT_DONE)
    return [f"{target}: {count} for {started[target]}" for target, count in sent.items() if count > started[target]]


def _unsettled(entries: Sequence[dict[str, Any]]) -> list[str]:
    stages: dict[str, list[str]] = {}
    for each in entries:
        stages.setdefault(each["op"], []).append(each["stage"])
    return [
        f"{operation}: {found}"
        for operation, found in stages.items()
        if "started" in found and (sum(each in _ENDS for each in found) != 1 or found.count("started") != 1)
    ]


def _is_told(slack: SlackWorkspace, entries: Sequence[dict[str, Any]], confirmation: Confirmation) -> bool:
    """Whether the outcome is before the person: as one message, or the receipt of each end in some message."""
    posts = [each for each in confirmation.posts if each.shows is Shows.OUTCOME]
    if any(slack.state.messages.get(each.channel, each.ts) for each in posts):
        return True
    operations = {item.operation_id for item in confirmation.items}
    ends = [each["seq"] for each in entries if each["op"] in operations and each["stage"] in _ENDS]
    told = [each.text for each in slack.user(confirmation.person_id).messages if each.channel_id.startswith("D")]
    return all(any(f"#{seq} · " in text for text in told) for seq in ends)


def _id(request: ReceivedRequest) -> str:
    return request.path.rsplit("/", 1)[-1]
