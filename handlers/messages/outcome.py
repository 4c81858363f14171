"""What came of something that was confirmed: in its dialogue, as a direct message, in the audit channel."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.domain.audit import Action, OperationId, Stage
from bot.domain.confirmation import Confirmation
from bot.domain.text import cut, shown
from bot.operations.bringing_back import BroughtBack, can_be_undone
from bot.operations.ended import Ended
from handlers import action_ids
from handlers.messages.blocks import (
    Block,
    Frame,
    Message,
    View,
    actions,
    bullets,
    button,
    context,
    date,
    escape,
    framed,
    modal,
    mrkdwn,
    plain,
    receipt_line,
    section,
    shown_name,
)

_SHOWN_CHANGES = 15
_LINE_OF_PLACES = 150
"""Of twenty workflows, each with its places, all has to fit into one message."""
_PLACES, _EVERYTHING = "In these places:", "(everything)"
_REASON_LENGTH = 500

Back = Mapping[OperationId, BroughtBack]
_NOTHING: Back = {}


@dataclass(frozen=True, slots=True)
class Words:
    """How people call what is done.

    Attributes:
        title: of the dialogue.
        submit: on its button.
        doing: while it is carried out.
        done, not_done, unknown: of one thing, whose name stands for `{}`.
        several: of how many that was done, and what they are called together.
    """

    title: str
    submit: str
    doing: str
    done: str
    not_done: str
    unknown: str
    several: str


WORDS: Mapping[Action, Words] = {
    Action.DELETE: Words(
        "Delete workflow",
        "Delete",
        "Deleting…",
        "Deleted “{}”.",
        "“{}” was not deleted.",
        "Not known whether “{}” was deleted.",
        "Deleted {} of {} workflows.",
    ),
    Action.RESTORE: Words(
        "Restore workflow",
        "Restore",
        "Restoring…",
        "Restored “{}”: it was read back and is equal to its snapshot.",
        "“{}” was not restored.",
        "Not known whether “{}” was restored.",
        "Restored {} of {} workflows.",
    ),
    Action.KILL: Words(
        "Kill run",
        "Kill run",
        "Killing the run…",
        "Killed the run of “{}”.",
        "The run of “{}” was not killed.",
        "Not known whether the run of “{}” was killed.",
        "Killed {} of {} runs.",
    ),
}


def working_view(confirmation: Confirmation, ended: Sequence[Ended] = ()) -> View:
    """What the modal says while it is being carried out, and how far it is."""
    words = WORDS[confirmation.action]
    blocks: list[Block] = [section(plain(words.doing))]
    if confirmation.answer is not None and confirmation.answer.back_up_first:
        blocks = [section(plain(f"Backing up, then {words.doing[0].lower()}{words.doing[1:]}"))]
    if ended:
        blocks.append(section(plain(f"{len(ended)} of {len(confirmation.items)}")))
        blocks.append(bullets([_line(confirmation.action, each) for each in ended]))
    blocks.append(context(plain("You can close this: the outcome also comes as a direct message.")))
    return modal(words.title, blocks, callback_id=action_ids.NOTICE)


def outcome_view(frame: Frame, confirmation: Confirmation, ended: Sequence[Ended]) -> View:
    """The outcome, in the modal."""
    blocks = [
        *_outcome(confirmation, ended, _NOTHING),
        *_back(confirmation, ended),
        context(plain(frame.place, 150)),
    ]
    return modal(WORDS[confirmation.action].title, blocks, callback_id=action_ids.NOTICE)


def outcome_message(frame: Frame, confirmation: Confirmation, ended: Sequence[Ended], back: Back = _NOTHING) -> Message:
    """The outcome, as a direct message to the person who asked; `back` is what was brought back since."""
    text = " ".join([escape(headline(confirmation, ended)), *_all_back(ended, back)])
    return framed(frame, text, _outcome(confirmation, ended, back), **asked(confirmation))


def outcome_line(frame: Frame, confirmation: Confirmation, ended: Sequence[Ended], back: Back = _NOTHING) -> Message:
    """One line for the audit channel: who, what, why, outcome, and the way back."""
    title = headline(confirmation, ended)
    blocks: list[Block] = [section(plain(title))]
    if confirmation.answer is not None and confirmation.answer.reason:
        blocks.append(section(plain(f"Reason: {cut(shown(confirmation.answer.reason), _REASON_LENGTH)}")))
    blocks.append(context(*(receipt_line(each.receipt) for each in ended[:9]), *_approver(confirmation)))
    if len(ended) == 1:
        blocks += _way_back(confirmation, ended[0], back)
    elif ways := [each for each in ended if _undo(confirmation, each)]:
        blocks += _ways_back(ways, back)
    text = " ".join([f"{escape(title)} By <@{confirmation.person_id}>.", *_all_back(ended, back)])
    return framed(frame, text, blocks, **asked(confirmation))


def outcome_details(frame: Frame, confirmation: Confirmation, ended: Sequence[Ended]) -> Message:
    """The details, for the line's thread."""
    return framed(frame, escape(headline(confirmation, ended)), _outcome(confirmation, ended))


def brought_back_line(brought_back: BroughtBack) -> str:
    """What stands in the place of Undo once it was done, as `mrkdwn`."""
    return f"Restored by <@{brought_back.by}>, {date(brought_back.at)}"


def headline(confirmation: Confirmation, ended: Sequence[Ended]) -> str:
    """What came of it, in one sentence."""
    words = WORDS[confirmation.action]
    if len(ended) == 1:
        return _of_one(confirmation.action, ended[0])
    done = sum(each.stage is Stage.SUCCEEDED for each in ended)
    unknown = sum(each.stage is Stage.UNKNOWN for each in ended)
    more = f" Not known: {unknown}." if unknown else ""
    return words.several.format(done, len(ended)) + more


def _of_one(action: Action, ended: Ended) -> str:
    words = WORDS[action]
    text = {Stage.SUCCEEDED: words.done, Stage.UNKNOWN: words.unknown}.get(ended.stage, words.not_done)
    return text.format(shown_name(ended.item.target.name))


def _line(action: Action, ended: Ended) -> str:
    places = ", ".join(shown(each) or _EVERYTHING for each in ended.changes)
    where = cut(f"{_PLACES} {places}.", _LINE_OF_PLACES) if places else ""
    return " ".join(part for part in (_of_one(action, ended), ended.sentence, where) if part)


def _outcome(confirmation: Confirmation, ended: Sequence[Ended], back: Back | None = None) -> list[Block]:
    """What came of each; the ways back too, unless `back` is None."""
    if len(ended) == 1:
        ways = [] if back is None else _way_back(confirmation, ended[0], back)
        return [*_single(confirmation, ended[0]), *ways]
    blocks: list[Block] = [section(plain(headline(confirmation, ended)))]
    for each in ended:
        small = [mrkdwn(f"`{escape(each.new_id or each.item.target.id)}`"), receipt_line(each.receipt)]
        if each.backup is not None:
            small.append(mrkdwn(f"copy `{escape(each.backup.copy_id)}`"))
        undo = _undo(confirmation, each) if back is not None else None
        if back and each.item.operation_id in back:
            undo = None
            small.append(mrkdwn(brought_back_line(back[each.item.operation_id])))
        blocks += [section(plain(_line(confirmation.action, each)), accessory=undo), context(*small)]
    approver = _approver(confirmation)
    return [*blocks, context(*approver)] if approver else blocks


def _single(confirmation: Confirmation, ended: Ended) -> list[Block]:
    blocks: list[Block] = [section(plain(_of_one(confirmation.action, ended)))]
    blocks += [section(plain(ended.sentence))] if ended.sentence else []
    if ended.changes:
        places = [cut(shown(each), 200) or _EVERYTHING for each in ended.changes[:_SHOWN_CHANGES]]
        blocks += [section(plain(_PLACES)), bullets(places)]
    blocks += [section(plain(ended.advice))] if ended.advice else []
    if ended.backup is not None:
        name = plain(f"Backed up first: {shown_name(ended.backup.copy_name)}")
        blocks.append(context(name, mrkdwn(f"`{escape(ended.backup.copy_id)}`")))
    small = [mrkdwn(f"`{escape(ended.new_id or ended.item.target.id)}`"), receipt_line(ended.receipt)]
    if confirmation.action is Action.RESTORE and ended.stage is Stage.SUCCEEDED:
        small.append(plain("Not brought back: when it was created, its version and its etag are new."))
    return [*blocks, context(*small, *_approver(confirmation))]


def _undo(confirmation: Confirmation, ended: Ended) -> dict[str, object] | None:
    if ended.stage is not Stage.SUCCEEDED or not can_be_undone(confirmation.action, ended.item):
        return None
    return button("Undo", action_ids.UNDO, ended.item.operation_id, about=shown_name(ended.item.target.name))


def _way_back(confirmation: Confirmation, ended: Ended, back: Back) -> list[Block]:
    undo = _undo(confirmation, ended)
    if undo is None:
        return []
    brought_back = back.get(ended.item.operation_id)
    return [actions(undo) if brought_back is None else context(mrkdwn(brought_back_line(brought_back)))]


def _ways_back(ways: Sequence[Ended], back: Back) -> list[Block]:
    """Of several in one line: the buttons stand in the direct message, each beside its own."""
    lines = []
    for each in ways:
        if each.item.operation_id in back:
            name = plain(f"“{shown_name(each.item.target.name)}”")
            lines.append(context(name, mrkdwn(brought_back_line(back[each.item.operation_id]))))
    if len(lines) < len(ways):
        lines.append(context(plain("Each can be brought back: give the command backups.")))
    return lines


def _all_back(ended: Sequence[Ended], back: Back) -> list[str]:
    people = {back[each.item.operation_id].by for each in ended if each.item.operation_id in back}
    return [f"Restored by {', '.join(f'<@{each}>' for each in sorted(people))}."] if people else []


def _back(confirmation: Confirmation, ended: Sequence[Ended]) -> list[Block]:
    """The way back to the deletion that a run blocks, where the kill did not lead there by itself."""
    if confirmation.back_to is None or is_done(ended):
        return []
    return [actions(button("Back to the deletion", action_ids.DELETE_AGAIN, confirmation.back_to))]


def is_done(ended: Sequence[Ended]) -> bool:
    """Whether all of it was done."""
    return all(each.stage is Stage.SUCCEEDED for each in ended)


def _approver(confirmation: Confirmation) -> list[dict[str, object]]:
    approval = confirmation.approval
    return [mrkdwn(f"agreed by <@{approval.by}>")] if approval is not None and approval.by is not None else []


def asked(confirmation: Confirmation) -> dict[str, str]:
    """What was asked, as a command, and by whom: for a message's last line."""
    word = {Action.DELETE: "delete", Action.RESTORE: "restore", Action.KILL: "kill"}[confirmation.action]
    items = confirmation.items
    what = f'"{shown_name(items[0].target.name)}"' if len(items) == 1 else f"({len(items)} workflows)"
    return {"command": f"{word} {what}", "person_id": confirmation.person_id}
