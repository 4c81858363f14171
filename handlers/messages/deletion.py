"""The deletion dialogue and what came of it.

What is deleted and what stays is the platform's own promise, from its page on deleting a workflow.
"""

from bot.domain.audit import Action, Stage
from bot.domain.confirmation import Confirmation
from bot.domain.text import cut, shown
from bot.operations.deletion import PHRASE, REASON, Deletion, Question
from bot.operations.inspection import Inspection
from bot.operations.recovery import Settled
from handlers import action_ids
from handlers.messages.blocks import (
    Block,
    Frame,
    Message,
    View,
    bullets,
    context,
    date,
    divider,
    escape,
    framed,
    modal,
    mrkdwn,
    name_of,
    plain,
    receipt_line,
    section,
    shown_name,
)
from handlers.messages.workflow import backup_line, facts, run_lines

TITLE = "Delete workflow"

_GOES = (
    "its configuration: system prompt, dataset settings, model parameters",
    "its name and description",
    "its canvas layout",
)
_STAYS = (
    "completed runs with their metrics and logs",
    "trained models",
    "the source dataset",
    "the project's other workflows",
)
_SHOWN_CHANGES = 15
_REASON_LENGTH = 500
_PHRASE_LENGTH = 300


def checking_view() -> View:
    """What the modal says while the facts are gathered."""
    return modal(TITLE, [section(plain("Checking the workflow and its runs…"))], callback_id=action_ids.NOTICE)


def question_view(frame: Frame, question: Question, reason: str = "") -> View:
    """The facts, what goes and what stays, and the form; or why it cannot go now."""
    if question.confirmation is None:
        return _blocked_view(frame, question.inspection)
    confirmation = question.confirmation
    blocks = [
        *_consequences(question.inspection),
        divider(),
        _back_up_first(),
        _reason(reason, required=question.reason_required),
        _phrase(confirmation),
        context(mrkdwn(f"Can be confirmed until {date(confirmation.expires_at)}"), plain(frame.place, 150)),
    ]
    return modal(
        TITLE, blocks, callback_id=action_ids.DELETE_FORM, metadata=confirmation.id, submit="Delete", close="Cancel"
    )


def preview_message(frame: Frame, inspection: Inspection, *, command: str, person_id: str) -> Message:
    """What a deletion would meet; nothing can be confirmed here."""
    name = name_of(inspection.workflow)
    verdict = (
        f"“{name}” could not be deleted now: a run is using it."
        if inspection.active_runs
        else f"“{name}” could be deleted. Nothing was done: this was a dry run."
    )
    blocks = [section(plain(verdict)), *_consequences(inspection)]
    return framed(frame, escape(verdict), blocks, command=command, person_id=person_id)


def deleting_view(*, back_up_first: bool) -> View:
    """What the modal says while it is being carried out."""
    text = "Backing up, then deleting…" if back_up_first else "Deleting…"
    note = "You can close this: the outcome also comes as a direct message."
    return modal(TITLE, [section(plain(text)), context(plain(note))], callback_id=action_ids.NOTICE)


def outcome_view(frame: Frame, deletion: Deletion) -> View:
    """The outcome, in the modal."""
    blocks = [*_outcome(deletion), context(plain(frame.place, 150))]
    return modal(TITLE, blocks, callback_id=action_ids.NOTICE)


def outcome_message(frame: Frame, deletion: Deletion) -> Message:
    """The outcome, as a direct message to the person who confirmed."""
    return framed(frame, escape(_headline(deletion)), _outcome(deletion), **_asked(deletion))


def outcome_line(frame: Frame, deletion: Deletion) -> Message:
    """One line for the audit channel: who, what, why, outcome."""
    person_id = deletion.confirmation.person_id
    blocks = [section(plain(_headline(deletion))), context(receipt_line(deletion.receipt))]
    if deletion.reason:
        blocks.insert(1, section(plain(f"Reason: {cut(shown(deletion.reason), _REASON_LENGTH)}")))
    return framed(frame, f"{escape(_headline(deletion))} By <@{person_id}>.", blocks, **_asked(deletion))


def outcome_details(frame: Frame, deletion: Deletion) -> Message:
    """The details, for the line's thread."""
    return framed(frame, escape(_headline(deletion)), _outcome(deletion))


def settled_message(frame: Frame, settled: Settled) -> Message:
    """What recovery found out about an operation whose end was not known."""
    entry = settled.started
    name = shown_name(entry.target.name) if entry.target else ""
    kind, found = _FOUND_OUT[entry.action, settled.stage]
    text = f"The {kind} of “{name}” was interrupted. The bot asked Vi: {found}. Nothing was tried again."
    blocks = [
        section(plain(text)),
        context(mrkdwn(f"by <@{entry.actor.id}>, {date(entry.at)}"), mrkdwn(f"audit `{settled.receipt}`")),
    ]
    return framed(frame, escape(text), blocks)


_FOUND_OUT = {
    (Action.DELETE, Stage.SUCCEEDED): ("deletion", "it was carried out"),
    (Action.DELETE, Stage.FAILED): ("deletion", "it was not carried out"),
    (Action.BACKUP, Stage.SUCCEEDED): ("backup", "the copy was made and is verified"),
    (Action.BACKUP, Stage.FAILED): ("backup", "no verified copy came of it"),
}


def _blocked_view(frame: Frame, inspection: Inspection) -> View:
    why = (
        f"“{name_of(inspection.workflow)}” cannot be deleted now: a run is using it, and Vi refuses until it has ended."
    )
    blocks = [
        section(plain(why)),
        *run_lines(inspection.active_runs),
        context(plain("Wait until the run has ended, or stop it in Vi; then ask again.")),
        divider(),
        *facts(inspection),
        context(plain(frame.place, 150)),
    ]
    return modal(TITLE, blocks, callback_id=action_ids.NOTICE)


def _consequences(inspection: Inspection) -> list[Block]:
    return [
        section(plain(name_of(inspection.workflow))),
        *facts(inspection),
        *run_lines(inspection.runs),
        *backup_line(inspection),
        section(plain("Deleted at once, and Vi cannot bring it back:")),
        bullets(_GOES),
        section(plain("Not touched:")),
        bullets(_STAYS),
    ]


def _back_up_first() -> Block:
    option = {
        "text": plain("Back up first", 75),
        "description": plain("Nothing is deleted unless the copy is verified.", 75),
        "value": action_ids.BACK_UP_FIRST,
    }
    element = {
        "type": "checkboxes",
        "action_id": action_ids.BACK_UP_FIRST,
        "options": [option],
        "initial_options": [option],
    }
    return _input(action_ids.BACK_UP_FIRST, "Before it goes", element, optional=True)


def _reason(reason: str, *, required: bool) -> Block:
    element: Block = {"type": "plain_text_input", "action_id": REASON, "max_length": _REASON_LENGTH}
    if reason:
        element["initial_value"] = cut(reason, _REASON_LENGTH)
    return _input(REASON, "Why does it go?", element, hint="It stays in the audit trail.", optional=not required)


def _phrase(confirmation: Confirmation) -> Block:
    element = {"type": "plain_text_input", "action_id": PHRASE, "max_length": _PHRASE_LENGTH}
    return _input(PHRASE, f"To confirm, type: {confirmation.phrase}", element)


def _input(block_id: str, label: str, element: Block, *, hint: str = "", optional: bool = False) -> Block:
    block: Block = {"type": "input", "block_id": block_id, "label": plain(label, 2000), "element": element}
    if hint:
        block["hint"] = plain(hint, 2000)
    if optional:
        block["optional"] = True
    return block


def _headline(deletion: Deletion) -> str:
    name = shown_name(deletion.confirmation.workflow_name)
    match deletion.stage:
        case Stage.SUCCEEDED:
            return f"Deleted “{name}”."
        case Stage.UNKNOWN:
            return f"Not known whether “{name}” was deleted."
        case _:
            return f"“{name}” was not deleted."


def _outcome(deletion: Deletion) -> list[Block]:
    blocks: list[Block] = [section(plain(_headline(deletion)))]
    blocks += [section(plain(each)) for each in (deletion.sentence, deletion.advice) if each]
    if deletion.changes:
        blocks.append(bullets([cut(shown(each), 200) or "(everything)" for each in deletion.changes[:_SHOWN_CHANGES]]))
    if deletion.backup is not None:
        blocks.append(
            context(
                plain(f"Backed up first: {shown_name(deletion.backup.copy_name)}"),
                mrkdwn(f"`{escape(deletion.backup.copy_id)}`"),
            )
        )
    small = [mrkdwn(f"`{escape(deletion.confirmation.workflow_id)}`"), receipt_line(deletion.receipt)]
    return [*blocks, context(*small)]


def _asked(deletion: Deletion) -> dict[str, str]:
    name = shown_name(deletion.confirmation.workflow_name)
    return {"command": f'delete "{name}"', "person_id": deletion.confirmation.person_id}
