"""What recovery found out about operations whose end was not known."""

from bot.domain.audit import Action, Stage
from bot.operations.recovery import Settled
from handlers import action_ids
from handlers.messages.blocks import (
    Frame,
    Message,
    actions,
    button,
    context,
    date,
    escape,
    framed,
    mrkdwn,
    plain,
    section,
    shown_name,
)


def settled_message(frame: Frame, settled: Settled) -> Message:
    """What the bot asked Vi, and what Vi said."""
    entry = settled.started
    name = shown_name(entry.target.name) if entry.target else ""
    kind, found = _FOUND_OUT[entry.action, settled.stage]
    text = f"The {kind} of “{name}” was interrupted. The bot asked Vi: {found}. Nothing was tried again."
    blocks = [
        section(plain(text)),
        context(mrkdwn(f"by <@{entry.actor.id}>, {date(entry.at)}"), mrkdwn(f"audit `{settled.receipt}`")),
    ]
    if entry.action is Action.RESTORE and settled.stage is Stage.SUCCEEDED:
        ids = f"Its id is the old one or, if Vi did not take that, `{escape(entry.operation_id)}`."
        blocks.append(context(mrkdwn(ids)))
    if entry.action is Action.DELETE and settled.stage is Stage.SUCCEEDED:
        blocks.append(actions(button("Undo", action_ids.UNDO, entry.operation_id, about=name)))
    return framed(frame, escape(text), blocks)


_FOUND_OUT = {
    (Action.DELETE, Stage.SUCCEEDED): ("deletion", "it was carried out"),
    (Action.DELETE, Stage.FAILED): ("deletion", "it was not carried out"),
    (Action.BACKUP, Stage.SUCCEEDED): ("backup", "the copy was made and is verified"),
    (Action.BACKUP, Stage.FAILED): ("backup", "no verified copy came of it"),
    (Action.RESTORE, Stage.SUCCEEDED): ("restoration", "the workflow is back, and equal to its snapshot"),
    (Action.RESTORE, Stage.FAILED): ("restoration", "the workflow is not back; its snapshot is kept"),
    (Action.KILL, Stage.SUCCEEDED): ("killing of a run", "the run has ended"),
    (Action.KILL, Stage.FAILED): ("killing of a run", "the run goes on"),
}
