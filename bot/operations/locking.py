"""Locks: a locked workflow is deleted and overwritten by nobody, in no way."""

from bot.domain.audit import Action, Stage, Target
from bot.domain.errors import BotError, Locked, NotLocked, WorkflowAmbiguous
from bot.domain.lock import Lock
from bot.domain.people import Request
from bot.domain.policy import Role
from bot.domain.redaction import without_secrets
from bot.domain.text import cut, finds, shown
from bot.domain.workflow import WorkflowId
from bot.operations.access import authorize
from bot.operations.finding import find_workflow
from bot.operations.once import require_first
from bot.operations.recording import OK, operation, workflow_target
from bot.operations.warm import key_of
from bot.ports import Resources


async def require_unlocked(resources: Resources, workflow_id: WorkflowId, *, about: str = "") -> None:
    """Let a change pass if the workflow is not locked.

    `about` is said first where nothing else says of which workflow this is.

    Raises:
        Locked: it is; the error says by whom, when and why.
    """
    lock = await lock_of(resources, workflow_id)
    if lock is not None:
        raise Locked(
            f"{about}It is locked, with the reason “{cut(shown(lock.reason), 200)}”.",
            "An admin can unlock it.",
            by=lock.person_id,
            at=lock.at,
        )


async def lock_of(resources: Resources, workflow_id: WorkflowId) -> Lock | None:
    """The lock of a workflow, or None."""
    return next((each for each in await resources.store.locks() if each.workflow_id == workflow_id), None)


async def find_locks(resources: Resources, typed: str = "") -> list[Lock]:
    """The locks of workflows with these words in their name or at the beginning of their id, oldest first."""
    return [each for each in await resources.store.locks() if finds(typed, each.name, each.workflow_id)]


async def locked_workflow(resources: Resources, key: str) -> WorkflowId:
    """The workflow for which this key of an option stands, whether or not it is locked still."""
    ids = (lock.workflow_id for lock in await resources.store.locks())
    return next((each for each in ids if key_of(each) == key), WorkflowId(key))


async def lock_workflow(resources: Resources, request: Request, reference: str, reason: str) -> Lock:
    """Lock a workflow.

    Raises:
        Refused: this is for admins.
        Repeated: the same request came before.
        Locked: it is locked already.
    """
    under_way = operation(resources, request, Action.LOCK)
    under_way.details["reason"] = reason
    try:
        await authorize(under_way, Role.ADMIN)
        workflow = await find_workflow(resources.workflows, reference)
        under_way.target = workflow_target(workflow)
        await require_first(under_way)
        lock = Lock(workflow.id, workflow.name, request.person_id, resources.clock.now(), without_secrets(reason))
        while await resources.store.lock(lock, under_way.entry(Stage.SUCCEEDED, OK)) is None:
            await require_unlocked(resources, workflow.id)
    except BotError as error:
        await under_way.fail(error)
        raise
    return lock


async def unlock_workflow(resources: Resources, request: Request, reference: str) -> Lock:
    """Drop a lock, also of a workflow that is gone; the lock that was.

    Raises:
        Refused: this is for admins.
        Repeated: the same request came before.
        NotLocked: it is not locked.
        WorkflowAmbiguous: several are meant; nothing is guessed.
    """
    under_way = operation(resources, request, Action.UNLOCK)
    try:
        await authorize(under_way, Role.ADMIN)
        lock = await _meant(resources, reference)
        under_way.target = Target("workflow", lock.workflow_id, lock.name)
        await require_first(under_way)
        if await resources.store.unlock(lock.workflow_id, under_way.entry(Stage.SUCCEEDED, OK)) is None:
            raise _not_locked(lock.name)
    except BotError as error:
        await under_way.fail(error)
        raise
    return lock


async def _meant(resources: Resources, reference: str) -> Lock:
    locks = await resources.store.locks()
    # A whole id outranks a name: anybody can call a workflow by another one's id.
    meant = [each for each in locks if each.workflow_id == reference]
    meant = meant or [each for each in locks if each.name == reference]
    if not meant:
        workflow = await find_workflow(resources.workflows, reference)
        meant = [each for each in locks if each.workflow_id == workflow.id]
    if not meant:
        raise _not_locked(reference)
    if len(meant) > 1:
        name = cut(shown(reference), 80)
        raise WorkflowAmbiguous(f"{len(meant)} locked workflows are called “{name}”.", "Name one by its id.", reference)
    return meant[0]


def _not_locked(name: str) -> NotLocked:
    return NotLocked(f"“{cut(shown(name), 80)}” is not locked.", "The command show says whether a workflow is.")
