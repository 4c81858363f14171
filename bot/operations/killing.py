"""Runs: listed, and stopped for good.

A killed run cannot be resumed and spent credits stay spent, so the dialogue stands before it. A run whose state cannot
be told counts as active.
"""

from dataclasses import dataclass, replace

from bot.domain.audit import Action, Outcome, Stage, Target
from bot.domain.confirmation import Confirmation, Item, phrase_to_type
from bot.domain.errors import BotError, RunAmbiguous, RunEnded, RunMissing, ViError, ViNotFound, ViOutcomeUnknown
from bot.domain.people import Request
from bot.domain.policy import Role
from bot.domain.screen import ScreenId
from bot.domain.text import cut, shown
from bot.domain.workflow import PREFIX_LENGTH, Run, RunId, Workflow, is_id, runs_of
from bot.operations.access import authorize
from bot.operations.confirming import open_question
from bot.operations.ended import Ended
from bot.operations.finding import find_workflow
from bot.operations.recording import Operation, Started, one_entry, operation, outcome_of, workflow_target
from bot.operations.screens import screen_state, tell_and_keep
from bot.ports import Resources

PAGE_SIZE = 10
_KIND = "runs"


@dataclass(frozen=True, slots=True)
class RunList:
    """A page of runs, those that may be active first, then the newest change first.

    Attributes:
        workflow: whose runs, where one was asked for.
        runs: those on this page.
        number: of the page, from 1.
        total: how many runs there are on all pages.
    """

    workflow: Workflow | None
    active_only: bool
    runs: tuple[Run, ...]
    number: int
    total: int

    @property
    def first(self) -> int:
        """Number of the first run on the page, from 1."""
        return (self.number - 1) * PAGE_SIZE + 1

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // PAGE_SIZE))


@dataclass(frozen=True, slots=True)
class KillQuestion:
    """What a person is asked before a run is stopped."""

    run: Run
    confirmation: Confirmation
    reason_required: bool


async def list_runs(
    resources: Resources, request: Request, reference: str = "", *, active_only: bool = False
) -> tuple[RunList, ScreenId]:
    """The first page of the runs of one workflow, or of the organization; and the id by which its buttons find it.

    Raises:
        Refused, WorkflowMissing, WorkflowAmbiguous, ViError.
    """
    async with one_entry(resources, request, Action.RUNS) as entry:
        return await _page(entry, reference, 1, active_only=active_only)


async def turn_runs(resources: Resources, request: Request, screen_id: ScreenId, by: int) -> tuple[RunList, ScreenId]:
    """The page `by` pages on from the one on the screen.

    Raises:
        OutOfDate: the screen is older than a day and forgotten.
        Refused, WorkflowMissing, ViError.
    """
    async with one_entry(resources, request, Action.RUNS) as entry:
        state = await screen_state(resources, screen_id, _KIND)
        return await _page(entry, state["workflow"], state["page"] + by, active_only=state["active"])


async def ask_to_kill(
    resources: Resources, request: Request, reference: str, *, back_to: ScreenId | None = None
) -> KillQuestion:
    """Ask whether to stop the run meant by an id or the unique beginning of one.

    `back_to` is the screen of the deletion that this run blocks (`bot.operations.unblocking`), where there is one.

    Raises:
        Refused: this is for operators.
        RunMissing: there is none.
        RunAmbiguous: there are several; nothing is guessed.
        RunEnded: it has ended already.
    """
    under_way = operation(resources, request, Action.KILL)
    try:
        await authorize(under_way, Role.OPERATOR)
        run = await _find_run(resources, reference)
        under_way.target = _target(run)
        _require_active(run)
    except BotError as error:
        await under_way.fail(error)
        raise
    under_way.details["state"] = run.state.value
    item = Item(under_way.id, under_way.target, run.project_id)
    phrase = phrase_to_type(run.workflow_name, run.id)
    confirmation = await open_question(resources, request, Action.KILL, [under_way], (item,), phrase, back_to=back_to)
    return KillQuestion(run, confirmation, resources.rules.reason_required)


async def kill_one(started: Started, _confirmation: Confirmation, item: Item) -> Ended:
    """Stop one run, once, if it still may be active."""
    resources, run_id = started.operation.resources, RunId(item.target.id)
    ended = Ended(item, Stage.FAILED, None)
    try:
        _require_active(await resources.workflows.get_run(run_id))
        trace = await started.kill_run(run_id)
    except ViOutcomeUnknown as error:
        stage = await settle_kill(resources, run_id)
        sentence, advice = _AFTER_LOOKING[stage]
        looked = replace(ended, stage=stage, sentence=sentence, advice=advice)
        return await _ended(started.operation, looked, replace(outcome_of(error), message=sentence))
    except BotError as error:
        failed = replace(ended, sentence=error.sentence, advice=error.advice)
        return await _ended(started.operation, failed, outcome_of(error))
    return await _ended(started.operation, replace(ended, stage=Stage.SUCCEEDED), Outcome("ok", trace=trace))


async def settle_kill(resources: Resources, run_id: RunId) -> Stage:
    """Find out by looking whether a run was stopped: succeeded (it has ended, or is gone), failed or unknown."""
    stage = Stage.UNKNOWN
    for pause in resources.rules.look_back:
        await resources.clock.sleep(pause)
        try:
            run = await resources.workflows.get_run(run_id)
        except ViNotFound:
            return Stage.SUCCEEDED
        except ViError:
            stage = Stage.UNKNOWN
        else:
            if not run.is_active:
                return Stage.SUCCEEDED
            stage = Stage.FAILED
    return stage


_AFTER_LOOKING = {
    Stage.SUCCEEDED: ("Vi did not answer. The bot looked: the run has ended.", ""),
    Stage.FAILED: (
        "Vi did not answer. The bot looked: the run was not stopped.",
        "Nothing is tried again by itself. Ask again if it should be stopped.",
    ),
    Stage.UNKNOWN: (
        "Vi did not answer, neither to the call nor to the question what became of it.",
        "The bot keeps looking and tells you as soon as it knows. It does not try again.",
    ),
}


async def _page(entry: Operation, reference: str, number: int, *, active_only: bool) -> tuple[RunList, ScreenId]:
    resources = entry.resources
    await authorize(entry, Role.VIEWER)
    workflow = await find_workflow(resources.workflows, reference) if reference else None
    entry.target = workflow_target(workflow) if workflow is not None else None
    listed = await resources.workflows.list_runs()
    meant = listed if workflow is None else runs_of(workflow, listed)
    # The id last, so that runs of the same moment keep one order from page to page.
    found = sorted(
        (run for run in meant if run.is_active or not active_only),
        key=lambda run: (run.is_active, run.since, run.id),
        reverse=True,
    )
    total = len(found)
    number = min(max(number, 1), max(1, -(-total // PAGE_SIZE)))
    runs = tuple(found[(number - 1) * PAGE_SIZE : number * PAGE_SIZE])
    entry.details |= {"query": {"active": active_only}, "page": number, "total": total}
    state = {"workflow": workflow.id if workflow is not None else "", "active": active_only, "page": number}
    screen_id = await tell_and_keep(entry, _KIND, state)
    return RunList(workflow, active_only, runs, number, total), screen_id


async def _find_run(resources: Resources, reference: str) -> Run:
    found = []
    if is_id(reference):
        try:
            return await resources.workflows.get_run(RunId(reference))
        except ViNotFound:
            pass  # No id: it may still be the beginning of one.
        if len(reference) >= PREFIX_LENGTH:
            found = [run for run in await resources.workflows.list_runs() if run.id.startswith(reference)]
    if len(found) == 1:
        return found[0]
    name = cut(shown(reference), 80)
    if found:
        sentence = f"{len(found)} runs have an id that begins with “{name}”."
        raise RunAmbiguous(sentence, "Give more of its id.", reference)
    raise RunMissing(
        f"No run has the id “{name}”.",
        "The command runs shows the ids. Give a whole id, or at least its first six characters.",
    )


def _target(run: Run) -> Target:
    return Target("run", run.id, run.workflow_name)


def _require_active(run: Run) -> None:
    if not run.is_active:
        raise RunEnded(f"This run has ended already: it is {run.state.value}.", "There is nothing to stop.")


async def _ended(under_way: Operation, ended: Ended, outcome: Outcome) -> Ended:
    return replace(ended, receipt=await under_way.record_end(ended.stage, outcome))
