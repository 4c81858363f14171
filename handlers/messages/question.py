"""The dialogues that stand before irreversible changes: facts, consequences, and the form.

What is deleted and what stays is the platform's own promise, from its page on deleting a workflow; that a killed run
cannot be resumed and costs what it cost, from its page on killing a run.
"""

from bot.domain.audit import Action
from bot.domain.confirmation import Confirmation
from bot.domain.text import cut, shown
from bot.domain.workflow import Run, RunState
from bot.operations.confirming import PHRASE, REASON
from bot.operations.deletion import Question
from bot.operations.inspection import Inspection
from bot.operations.killing import KillQuestion
from bot.operations.restoration import RestoreQuestion
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
    divider,
    escape,
    framed,
    modal,
    mrkdwn,
    name_of,
    plain,
    section,
    shown_name,
)
from handlers.messages.outcome import WORDS
from handlers.messages.runs import UNTOLD
from handlers.messages.workflow import backup_line, facts, lock_line, run_lines

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
_MADE_AGAIN = "It does not exist now. It is made again under its old id; if Vi does not take that, under a new one."
_SHOWN_CHANGES = 15
_SHOWN_RUNS, _SHOWN_RUNS_OF_SEVERAL = 5, 2
"""How many active runs of a blocked workflow are shown: a dialogue of Slack's holds 100 blocks."""
_REASON_LENGTH = 500
_PHRASE_LENGTH = 300


def checking_view(action: Action) -> View:
    """What the modal says while the facts are gathered."""
    return modal(WORDS[action].title, [section(plain("Checking how things stand…"))], callback_id=action_ids.NOTICE)


def delete_view(frame: Frame, question: Question, reason: str = "", screen_id: str = "") -> View:
    """The facts, what goes and what stays, and the form; or why nothing can go now.

    `screen_id` is where a deletion that cannot go now is kept; without it, nothing leads on from there.
    """
    if question.confirmation is None:
        return _blocked_view(frame, question.staying, screen_id)
    if len(question.going) == 1:
        about = _consequences(question.going[0])
    else:
        about = [section(plain(f"{len(question.going)} workflows")), *_table(question.going), *_what_goes()]
    for each in question.staying:
        about.append(context(plain(f"Left out: “{name_of(each.workflow)}”. {_why(each)}")))
    inputs = [_back_up_first(), *_form(question.confirmation, reason, required=question.reason_required)]
    return _dialogue(frame, question.confirmation, [*about, divider(), *inputs])


def kill_view(frame: Frame, question: KillQuestion, reason: str = "") -> View:
    """The run, what a kill means, and the form."""
    run = question.run
    about = [
        section(plain(f"A run of “{shown_name(run.workflow_name)}”")),
        context(mrkdwn(f"`{escape(run.id)}`"), mrkdwn(f"{run.state} since {date(run.since)}")),
        section(plain("Stopped at once, and for good:")),
        bullets(("a killed run cannot be resumed", "credits that were spent stay spent")),
    ]
    if run.state is RunState.UNKNOWN:
        about.append(context(plain(UNTOLD)))
    if question.confirmation.back_to is not None:
        about.append(context(plain("Once it is killed, you are asked about the deletion again, with fresh facts.")))
    form = _form(question.confirmation, reason, required=question.reason_required)
    return _dialogue(frame, question.confirmation, [*about, divider(), *form])


def restore_view(frame: Frame, question: RestoreQuestion) -> View:
    """What is brought back, and what it would be written over."""
    about: list[Block] = [
        section(plain(shown_name(question.snapshot.workflow_name))),
        *_kept_facts(question),
        context(mrkdwn(f"As it was {date(question.snapshot.taken_at)}, in the bot's snapshot")),
    ]
    if question.present is None:
        about.append(section(plain(_MADE_AGAIN)))
        form: list[Block] = []
    else:
        about += [
            section(
                plain("It exists. These places would be written over, and what stands there is kept as a snapshot:")
            ),
            bullets([cut(shown(each), 200) or "(everything)" for each in question.differences[:_SHOWN_CHANGES]]),
        ]
        form = [divider(), *_form(question.confirmation, "", required=question.reason_required)]
    about.append(context(plain("Not brought back: when it was created, its version and its etag.")))
    return _dialogue(frame, question.confirmation, [*about, *form])


def _kept_facts(question: RestoreQuestion) -> list[Block]:
    """What the snapshot holds, in the words of the other dialogues."""
    kept, project = question.kept, question.project_name
    if kept is None:
        return [
            context(mrkdwn(f"`{escape(question.snapshot.workflow_id)}`")),
            context(plain("What is in the snapshot cannot be shown here. It would be brought back as it was kept.")),
        ]
    if project is None:
        unread = context(plain("The project's name could not be read from Vi, so its id stands here."))
        return [*facts(kept, kept.project_id or ""), unread]
    return facts(kept, project)


def preview_message(frame: Frame, inspections: tuple[Inspection, ...], *, command: str, person_id: str) -> Message:
    """What a deletion would meet; nothing can be confirmed here."""
    blocks: list[Block] = []
    verdicts = []
    for each in inspections:
        name = name_of(each.workflow)
        why = _why(each)
        verdicts.append(f"“{name}” could not be deleted now. {why}" if why else f"“{name}” could be deleted.")
        blocks += [section(plain(verdicts[-1])), *(_consequences(each) if len(inspections) == 1 else [])]
    blocks.append(context(plain("Nothing was done: this was a dry run.")))
    return framed(frame, escape(" ".join(verdicts)), blocks, command=command, person_id=person_id)


def _dialogue(frame: Frame, confirmation: Confirmation, blocks: list[Block]) -> View:
    words = WORDS[confirmation.action]
    last = context(mrkdwn(f"Can be confirmed until {date(confirmation.expires_at)}"), plain(frame.place, 150))
    return modal(
        words.title,
        [*blocks, last],
        callback_id=action_ids.CONFIRM_FORM,
        metadata=confirmation.id,
        submit=words.submit,
        close="Cancel",
    )


def _blocked_view(frame: Frame, staying: tuple[Inspection, ...], screen_id: str) -> View:
    shown_runs = _SHOWN_RUNS if len(staying) == 1 else _SHOWN_RUNS_OF_SEVERAL
    blocks: list[Block] = []
    for each in staying:
        blocks.append(section(plain(f"“{name_of(each.workflow)}” cannot be deleted now. {_why(each)}")))
        # To stop a run of a locked workflow would not help.
        can_kill = bool(screen_id) and each.lock is None
        blocks += [_run_line(run, can_kill=can_kill) for run in each.active_runs[:shown_runs]]
        rest = len(each.active_runs) - shown_runs
        if rest > 0:
            blocks.append(context(plain(f"and {rest} more active {'run' if rest == 1 else 'runs'}")))
    if screen_id:
        blocks.append(actions(button("Check again", action_ids.DELETE_AGAIN, screen_id)))
    else:
        blocks.append(context(plain("Ask again when that has changed.")))
    if len(staying) == 1:
        blocks += [divider(), *facts(staying[0].workflow, staying[0].project_name)]
    return modal(
        WORDS[Action.DELETE].title,
        [*blocks, context(plain(frame.place, 150))],
        callback_id=action_ids.NOTICE,
        metadata=screen_id,
    )


def _run_line(run: Run, *, can_kill: bool) -> Block:
    kill = button("Kill run…", action_ids.KILL_THEN_DELETE, run.id, about=run.id) if can_kill else None
    untold = f" {UNTOLD}" if run.state is RunState.UNKNOWN else ""
    return section(mrkdwn(f"`{escape(run.id)}` · {run.state} since {date(run.since)}.{untold}"), accessory=kill)


def _why(inspection: Inspection) -> str:
    if inspection.lock is not None:
        return f"It is locked, with the reason “{cut(shown(inspection.lock.reason), 200)}”."
    return "A run is using it, and Vi refuses until it has ended." if inspection.active_runs else ""


def _table(inspections: tuple[Inspection, ...]) -> list[Block]:
    lines = []
    for each in inspections:
        ended = len(each.runs)
        project = shown_name(each.project_name) if each.project_name else "no project"
        backup = "backed up" if each.last_backup else "no verified backup yet"
        runs = f"{ended} ended {'run' if ended == 1 else 'runs'}"
        lines.append(f"{name_of(each.workflow)} · {project} · {runs} · {backup} · {each.workflow.id}")
    return [bullets(lines)]


def _consequences(inspection: Inspection) -> list[Block]:
    return [
        section(plain(name_of(inspection.workflow))),
        *facts(inspection.workflow, inspection.project_name),
        *lock_line(inspection),
        *run_lines(inspection.runs),
        *backup_line(inspection),
        *_what_goes(),
    ]


def _what_goes() -> list[Block]:
    return [
        section(plain("Deleted at once, and Vi cannot bring it back:")),
        bullets(_GOES),
        section(plain("Not touched:")),
        bullets(_STAYS),
        context(plain("The configuration is kept as a snapshot: Undo makes the workflow again from that.")),
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


def _form(confirmation: Confirmation, reason: str, *, required: bool) -> list[Block]:
    # Slack keeps what was typed wherever both ids stay the same: one dialogue may follow another in the same modal, and
    # what was typed to kill a run must not confirm a deletion.
    suffix = confirmation.id
    why: Block = {"type": "plain_text_input", "action_id": f"{REASON}_{suffix}", "max_length": _REASON_LENGTH}
    if reason:
        why["initial_value"] = cut(shown(reason), _REASON_LENGTH)
    typed = {"type": "plain_text_input", "action_id": f"{PHRASE}_{suffix}", "max_length": _PHRASE_LENGTH}
    return [
        _input(REASON, "Why?", why, hint="It stays in the audit trail.", optional=not required),
        _input(PHRASE, f"To confirm, type: {confirmation.phrase}", typed),
    ]


def _input(block_id: str, label: str, element: Block, *, hint: str = "", optional: bool = False) -> Block:
    block: Block = {"type": "input", "block_id": block_id, "label": plain(label, 2000), "element": element}
    if hint:
        block["hint"] = plain(hint, 2000)
    if optional:
        block["optional"] = True
    return block
