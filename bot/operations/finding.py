"""Which workflow somebody means."""

from bot.domain.errors import ViNotFound, WorkflowAmbiguous, WorkflowMissing
from bot.domain.text import cut, shown
from bot.domain.workflow import Workflow, WorkflowId, is_id, matching
from bot.ports import Workflows


async def find_workflow(workflows: Workflows, reference: str) -> Workflow:
    """The one workflow meant by an id, a whole name, or the unique beginning of an id.

    Raises:
        WorkflowMissing: there is none.
        WorkflowAmbiguous: there are several; nothing is guessed.
    """
    if is_id(reference):
        try:
            return await workflows.get_workflow(WorkflowId(reference))
        except ViNotFound:
            pass  # No id: it may still be a name, or the beginning of an id.
    found = matching(reference, await workflows.list_workflows())
    if len(found) == 1:
        try:
            return await workflows.get_workflow(found[0].id)
        except ViNotFound:
            found = ()
    if found:
        raise WorkflowAmbiguous(
            f"{len(found)} workflows are meant by “{cut(shown(reference), 80)}”.",
            "Name one by its id.",
            reference,
            found,
        )
    raise WorkflowMissing(
        f"No workflow has the id or the name “{cut(shown(reference), 80)}”.",
        "Give the id, the whole name between quotation marks, or at least the first six characters of the id.",
    )
