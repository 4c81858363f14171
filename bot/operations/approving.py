"""The second person: what waits for them, and their agreement, which holds only for what was asked about."""

from bot.domain.audit import Action, Outcome
from bot.domain.confirmation import Confirmation, ConfirmationId, ConfirmationState, Item
from bot.domain.errors import ViNotFound
from bot.domain.people import PersonId, Request
from bot.domain.policy import Role
from bot.domain.workflow import WorkflowId
from bot.operations.access import authorize, let_in
from bot.operations.confirming import Answered, decide, question, require_second_person, void
from bot.operations.recording import one_entry
from bot.ports import Resources

_WAITING = {ConfirmationState.OPEN, ConfirmationState.AWAITING}


async def agree(resources: Resources, request: Request, confirmation_id: ConfirmationId) -> Answered:
    """Agree; the first click wins. What was changed since the person asked is void, and nothing is done.

    The `confirmation` that comes back is claimed, with the receipt of its first `started`; or void, without.

    Raises:
        ConfirmationClosed: it is not waiting for a second person any more, or is too old.
        Refused: the person who asked, or somebody without the role.
        ViError: whether it was changed cannot be told now. It goes on waiting.
    """
    confirmation = await question(resources, confirmation_id)
    if confirmation.state is ConfirmationState.AWAITING:
        await require_second_person(resources, request, confirmation)
        changed = [item for item in confirmation.items if not await _is_as_seen(resources, confirmation.action, item)]
        if changed:
            outcome = Outcome("void", message="It was changed after the person asked. Nothing was done.")
            ended = await void(resources, request, confirmation, outcome)
            if ended is not None:
                return Answered(ended, None)
    return await decide(resources, request, confirmation_id, ConfirmationState.CLAIMED)


async def approvers(resources: Resources, confirmation: Confirmation) -> list[PersonId]:
    """Everybody who may decide a question: those named, and the members of the groups named, without who asked."""
    policy = resources.policy
    people = {person for person, roles in policy.people.items() if Role.APPROVER in roles}
    groups = [group for group, roles in policy.groups.items() if Role.APPROVER in roles]
    return sorted((people | await resources.people.members(groups)) - {confirmation.person_id})


async def list_pending(resources: Resources, request: Request) -> list[Confirmation]:
    """What waits: one's own questions, and for approvers and admins what waits for a second person.

    Raises:
        Refused: somebody who is not let in, or the wrong channel.
    """
    async with one_entry(resources, request, Action.PENDING) as entry:
        actor = await let_in(entry)
        found = await resources.store.confirmations(_WAITING)
        sees_all = actor.may(Role.APPROVER) or actor.may(Role.ADMIN)
        now = resources.clock.now()
        pending = [
            each
            for each in found
            if not each.is_late(now)
            and (each.person_id == request.person_id or (sees_all and each.state is ConfirmationState.AWAITING))
        ]
        entry.details["found"] = len(pending)
    return pending


async def look_at(resources: Resources, request: Request, confirmation_id: ConfirmationId) -> Confirmation:
    """One question, for whoever may decide it, and for the one who asked.

    Raises:
        Refused: neither of them.
        ConfirmationClosed: there is none.
    """
    async with one_entry(resources, request, Action.PENDING) as entry:
        confirmation = await question(resources, confirmation_id)
        if confirmation.person_id != request.person_id:
            await authorize(entry, Role.APPROVER)
    return confirmation


async def _is_as_seen(resources: Resources, action: Action, item: Item) -> bool:
    if action is Action.KILL:
        return True  # a run goes on changing while it is active; whether it still is, is asked right before the call
    try:
        workflow = await resources.workflows.get_workflow(WorkflowId(item.target.id))
    except ViNotFound:
        return not item.target.version
    return workflow.version.etag == item.target.version
