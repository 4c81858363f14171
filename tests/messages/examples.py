"""Each message and dialogue in each state that matters, made from fixed values.

What the outside world puts into them (names, reasons, the platform's words) comes in as `Outside`, so that the same
set can be made from ordinary and from hostile words.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any

from bot.domain.audit import Action, AuditEntry, EntryId, OperationId, Origin, Outcome, Receipt, Stage, Subject, Target
from bot.domain.backup import BackupCheck, Snapshot, SnapshotId, snapshot_of
from bot.domain.checkpoint import Checkpoint
from bot.domain.confirmation import (
    Answer,
    Approval,
    Confirmation,
    ConfirmationId,
    ConfirmationState,
    Item,
    Post,
    phrase_to_type,
)
from bot.domain.errors import (
    AnchorUnavailable,
    BackupDiffers,
    BadCommand,
    BotError,
    ConfirmationClosed,
    Locked,
    Refused,
    RunAmbiguous,
    StoreUnavailable,
    ViRefused,
    ViUnreachable,
    WorkflowAmbiguous,
)
from bot.domain.export import Format
from bot.domain.listing import Query, Sort, page_of
from bot.domain.lock import Lock
from bot.domain.people import GroupId, Person, PersonId, Standing, TeamId
from bot.domain.policy import EVERYBODY, Actor, Grant, Role
from bot.domain.screen import ScreenId
from bot.domain.text import shown
from bot.domain.trail_filters import Audit
from bot.domain.usages import USAGES
from bot.domain.workflow import Project, ProjectId, Run, Workflow, WorkflowId, WorkflowSummary
from bot.operations.active_runs import ActiveRuns
from bot.operations.anchoring import Published
from bot.operations.backup import Backup
from bot.operations.backups import BackupPage
from bot.operations.bringing_back import BroughtBack
from bot.operations.deletion import Question
from bot.operations.ended import Ended
from bot.operations.export import TrailExport
from bot.operations.home import Home
from bot.operations.index import WorkflowIndex
from bot.operations.inspection import Inspection, LastBackup
from bot.operations.killing import KillQuestion, RunList
from bot.operations.listing import Listing
from bot.operations.readiness import Check, Finding, Look
from bot.operations.recovery import Settled
from bot.operations.restoration import RestoreQuestion
from bot.operations.status import Process, Status
from bot.operations.trail import EntryDetail, TrailPage
from bot.operations.warm import Age
from handlers.messages import (
    approval,
    backup,
    backups,
    checkpoint,
    choice,
    entry,
    export,
    failure,
    filters,
    home,
    identity,
    listing,
    locks,
    notice,
    outcome,
    question,
    runs,
    settled,
    sharing,
    status,
    trail,
    workflow,
)
from handlers.messages.blocks import Frame, Message, View
from tests import values
from tests.operations.stand_ins import StoppedClock
from tests.operations.test_index import Platform
from tests.values import NOON

FRAME = Frame("/vi", "org_kerb", "sandbox")
OMAR, PAULA, ALICE = PersonId("U0OMAR"), PersonId("U0PAULA"), PersonId("U0ALICE")
TEAM = TeamId("T0KERB")
RECEIPT = Receipt(41, "ab" * 32)
LATER = NOON + timedelta(minutes=15)

Example = partial[Any]
"""A builder with what it is given: `func` says which one it is. It makes a message, a view, or several messages."""


@dataclass(frozen=True)
class Outside:
    """Words that are not the bot's own."""

    name: str
    project: str
    reason: str
    said: str
    person: str


def examples(words: Outside) -> Mapping[str, Example]:
    """Every example by its name: the builder's, and the state."""
    made: dict[str, Example] = {}
    parts = (_questions, _approvals, _outcomes, _looks, _choices, _home, _status, _backups, _trail, _failures, _others)
    for part in parts:
        for state, example in part(words):
            name = f"{example.func.__name__}.{state}"
            assert name not in made, name
            made[name] = example
    return made


Examples = Iterator[tuple[str, Example]]


def _workflow(words: Outside, number: int = 1) -> Workflow:
    name = words.name if number == 1 else f"{words.name} {number}"
    return values.workflow(f"w{number}-0123456789", name)


def _run(words: Outside, number: int = 1, state: str = "running") -> Run:
    return values.run(f"r{number}-0123456789", words.name, state=state)


def _inspection(words: Outside, number: int = 1, **more: Any) -> Inspection:
    facts: dict[str, Any] = {"runs": (), "last_backup": None, **more}
    return Inspection(_workflow(words, number), words.project, **facts)


def _lock(words: Outside) -> Lock:
    return Lock(WorkflowId("w1-0123456789"), words.name, ALICE, NOON, words.reason)


def _snapshot(words: Outside, number: int = 1, **more: Any) -> Snapshot:
    operation_id = OperationId(f"op{number}")
    made = snapshot_of(_workflow(words, number), snapshot_id=SnapshotId("s1"), operation_id=operation_id, at=NOON)
    return replace(made, **more)


def _confirmation(words: Outside, action: Action = Action.DELETE, count: int = 1, **more: Any) -> Confirmation:
    kind = "run" if action is Action.KILL else "workflow"
    items = tuple(
        Item(OperationId(f"op{number}"), Target(kind, f"{kind[0]}{number}-0123456789", words.name, "e1"))
        for number in range(1, count + 1)
    )
    phrase = phrase_to_type(words.name, "w1-0123456789") if count == 1 else f"delete {count} workflows"
    asked: dict[str, Any] = {"answer": None, **more}
    return Confirmation(ConfirmationId("c1"), action, OMAR, TEAM, items, phrase, NOON, LATER, **asked)


def _answered(words: Outside, action: Action = Action.DELETE, count: int = 1, **more: Any) -> Confirmation:
    answer = Answer(NOON, words.reason, back_up_first=action is Action.DELETE)
    return _confirmation(words, action, count, **{"state": ConfirmationState.CLAIMED, "answer": answer, **more})


def _awaiting(words: Outside, state: ConfirmationState = ConfirmationState.AWAITING, count: int = 1) -> Confirmation:
    decided = {ConfirmationState.CLAIMED, ConfirmationState.DONE, ConfirmationState.REFUSED}
    by: dict[str, Any] = {"by": PAULA, "at": NOON} if state in decided else {}
    asked = Approval(LATER, "The policy asks for a second person here.", **by)
    return _answered(words, count=count, state=state, approval=asked, posts=(Post("C0APPROVE", "1.0"),))


def _questions(words: Outside) -> Examples:
    active = (_run(words), _run(words, 2, "unknown"), _run(words, 3, "completed"))
    plain, busy = _inspection(words), _inspection(words, 2, runs=active)
    locked = _inspection(words, 3, lock=_lock(words), last_backup=LastBackup(NOON, "w9-0123456789"))
    asked = _confirmation(words)
    for action in (Action.DELETE, Action.RESTORE, Action.KILL):
        yield action.name.lower(), partial(question.checking_view, action)
    one = Question((plain,), (), asked, reason_required=True)
    yield "one", partial(question.delete_view, FRAME, one, words.reason)
    yield "one_reason_optional", partial(question.delete_view, FRAME, replace(one, reason_required=False))
    several = Question((plain, _inspection(words, 4)), (busy, locked), _confirmation(words, count=2), True)
    yield "several_some_left_out", partial(question.delete_view, FRAME, several)
    many = tuple(_run(words, number) for number in range(1, 8))
    crowded = _inspection(words, 2, runs=many)
    for state, staying in {
        "blocked_by_runs": (busy,),
        "blocked_by_many_runs": (crowded,),
        "blocked_by_a_lock": (locked,),
        "several_blocked": (crowded, locked),
    }.items():
        blocked = Question((), staying, None, True)
        yield state, partial(question.delete_view, FRAME, blocked, words.reason, "screen1")
    yield "blocked_and_not_kept", partial(question.delete_view, FRAME, Question((), (busy,), None, True))
    killed = _confirmation(words, Action.KILL)
    for state in ("running", "unknown"):
        asks = KillQuestion(_run(words, state=state), killed, True)
        yield state, partial(question.kill_view, FRAME, asks, words.reason)
    leading_back = KillQuestion(_run(words), replace(killed, back_to=ScreenId("screen1")), False)
    yield "before_a_deletion", partial(question.kill_view, FRAME, leading_back)
    click = replace(_confirmation(words, Action.RESTORE), phrase="")
    gone = RestoreQuestion(_snapshot(words), _workflow(words), words.project, None, (), click, True)
    yield "gone", partial(question.restore_view, FRAME, gone)
    yield "gone_while_vi_is_away", partial(question.restore_view, FRAME, replace(gone, project_name=None))
    yield "gone_and_not_understood", partial(question.restore_view, FRAME, replace(gone, kept=None))
    over = replace(
        gone,
        present=_workflow(words),
        differences=("/spec/settings/seed", ""),
        confirmation=_confirmation(words, Action.RESTORE),
    )
    yield "writes_over", partial(question.restore_view, FRAME, over)
    for state, inspections in {"one": (plain,), "blocked": (busy,), "several": (plain, locked)}.items():
        dry = partial(question.preview_message, FRAME, inspections, command="delete … --dry-run", person_id=OMAR)
        yield state, dry


def _approvals(words: Outside) -> Examples:
    for state in ConfirmationState:
        yield state, partial(approval.approval_message, FRAME, _awaiting(words, state))
        if state is not ConfirmationState.OPEN:
            yield state, partial(approval.decision_message, FRAME, _awaiting(words, state))
    came_of_it = f"Deleted “{shown(words.name)}”."
    agreed = _awaiting(words, ConfirmationState.DONE)
    yield "done_with_its_outcome", partial(approval.approval_message, FRAME, agreed, came_of_it)
    yield "awaiting_several", partial(approval.approval_message, FRAME, _awaiting(words, count=3))
    yield "awaiting", partial(approval.reminder_message, FRAME, _awaiting(words))
    yield "awaiting", partial(approval.waiting_view, FRAME, _awaiting(words))
    yield "awaiting", partial(approval.details_view, FRAME, _awaiting(words, count=2))
    mine, others = _confirmation(words), _awaiting(words)
    yield "nothing", partial(approval.pending_message, FRAME, [], person_id=OMAR)
    yield "one_of_mine", partial(approval.pending_message, FRAME, [mine], person_id=OMAR)
    yield "others", partial(approval.pending_message, FRAME, [others, replace(mine, person_id=PAULA)], person_id=PAULA)


def _ended(words: Outside, confirmation: Confirmation, stage: Stage, **more: Any) -> Sequence[Ended]:
    sentence = "" if stage is Stage.SUCCEEDED else words.said
    return tuple(
        Ended(item, stage, RECEIPT, sentence, "Ask again if it should go." if sentence else "", **more)
        for item in confirmation.items
    )


def _outcomes(words: Outside) -> Examples:
    one, five = _answered(words), _answered(words, count=5)
    copy = _copy(words)
    yield "delete", partial(outcome.working_view, one)
    yield "kill", partial(outcome.working_view, _answered(words, Action.KILL))
    yield "three_of_five", partial(outcome.working_view, five, _ended(words, five, Stage.SUCCEEDED)[:3])
    places = ("/spec/settings/seed", "")
    mixed = [*_ended(words, five, Stage.SUCCEEDED)[:2], *_ended(words, five, Stage.FAILED)[2:3]]
    mixed += [*_ended(words, five, Stage.FAILED, changes=places)[3:4], *_ended(words, five, Stage.UNKNOWN)[4:]]
    agreed = _awaiting(words, ConfirmationState.DONE)
    restored, killed = _answered(words, Action.RESTORE), _answered(words, Action.KILL)
    changed = _ended(words, one, Stage.FAILED, changes=places)
    fresh = _ended(words, restored, Stage.SUCCEEDED, new_id=WorkflowId("w7-0123456789"))
    states: dict[str, tuple[Confirmation, Sequence[Ended]]] = {
        "deleted": (one, _ended(words, one, Stage.SUCCEEDED, backup=copy)),
        "deleted_agreed": (agreed, _ended(words, agreed, Stage.SUCCEEDED)),
        "deleted_not_written_down": (one, [replace(_ended(words, one, Stage.SUCCEEDED)[0], receipt=None)]),
        "not_deleted": (one, _ended(words, one, Stage.FAILED)),
        "not_deleted_changed": (one, changed),
        "not_known": (one, _ended(words, one, Stage.UNKNOWN)),
        "several": (five, mixed),
        "none_of_several": (five, _ended(words, five, Stage.FAILED)),
        "restored": (restored, _ended(words, restored, Stage.SUCCEEDED)),
        "restored_elsewhere": (restored, fresh),
        "not_restored": (restored, _ended(words, restored, Stage.FAILED)),
        "killed": (killed, _ended(words, killed, Stage.SUCCEEDED)),
        "not_killed": (killed, _ended(words, killed, Stage.FAILED)),
    }
    builders: tuple[Callable[[Frame, Confirmation, Sequence[Ended]], Message | View], ...] = (
        outcome.outcome_view,
        outcome.outcome_message,
        outcome.outcome_line,
        outcome.outcome_details,
    )
    for builder in builders:
        for state, (confirmation, ended) in states.items():
            yield state, partial(builder, FRAME, confirmation, ended)
    done = _ended(words, one, Stage.SUCCEEDED)
    for undoable in (outcome.outcome_message, outcome.outcome_line):
        back = {one.items[0].operation_id: BroughtBack(PAULA, NOON)}
        yield "undone", partial(undoable, FRAME, one, done, back)
        yield "several_one_undone", partial(undoable, FRAME, five, mixed, back)
    blocking = replace(killed, back_to=ScreenId("screen1"))
    yield (
        "not_killed_before_a_deletion",
        partial(outcome.outcome_view, FRAME, blocking, _ended(words, blocking, Stage.FAILED)),
    )


def _looks(words: Outside) -> Examples:
    everything = [_workflow(words, number) for number in range(1, 24)]
    projects, active = [Project(ProjectId("p1"), words.project)], [_run(words)]
    lists = {
        "first_page": (everything, Query(), 1),
        "middle_page": (everything, Query(sort=Sort.NAME), 2),
        "filtered": (everything, Query(words.name[:4], words.project, active=True), 1),
        "nothing_fits": (everything, Query("zebra"), 1),
        "empty": ([], Query(), 1),
    }
    for state, (found, query, number) in lists.items():
        page = page_of(found, projects, active, query, number)
        found_page = Listing(page, ScreenId("screen1"), Age(NOON))
        yield state, partial(listing.listing_message, FRAME, found_page, OMAR)
    page = page_of(everything, projects, None, Query(), 2)
    away = Age(NOON, f"Vi cannot be reached: {words.said}.")
    yield "while_vi_is_away", partial(listing.listing_message, FRAME, Listing(page, ScreenId("screen1"), away), OMAR)
    kept_nowhere = Listing(page_of(everything, projects, active, Query(fresh=True), 2), ScreenId(""), Age(NOON))
    yield "not_kept", partial(listing.listing_message, FRAME, kept_nowhere, OMAR)
    listed_page = listing.listing_message(FRAME, kept_nowhere, OMAR)
    yield "list", partial(sharing.shared_message, listed_page, OMAR)
    for state, query in {
        "nothing_asked_for": Query(),
        "filled_in": Query(words.name, words.project, active=True, sort=Sort.NAME),
    }.items():
        yield state, partial(filters.filter_view, FRAME, query, "https://hooks.slack.com/actions/T0KERB/1/a")
    inspected = {
        "idle": _inspection(words),
        "busy": _inspection(words, runs=tuple(_run(words, number) for number in range(1, 8))),
        "locked": _inspection(words, lock=_lock(words), last_backup=LastBackup(NOON, "w9-0123456789")),
    }
    for state, inspection in inspected.items():
        command = "show w1-0123456789"
        yield state, partial(workflow.workflow_message, FRAME, inspection, command=command, person_id=OMAR)
        said = workflow.workflow_message(FRAME, inspection, command=command, person_id=OMAR)
        yield f"workflow_{state}", partial(sharing.shared_message, said, OMAR)
        yield f"show_{state}", partial(choice.answer_view, said)
    yield "under_way", partial(sharing.file_message, FRAME, _workflow(words), OMAR)
    filename = "workflow-w1-0123456789.json"
    yield "sent", partial(sharing.file_sent_message, FRAME, _workflow(words), filename, OMAR)
    some = tuple(_run(words, number, state) for number, state in enumerate(("running", "unknown", "failed"), 1))
    lists_of_runs = {
        "of_all": RunList(None, False, some, 1, 3),
        "of_one": RunList(_workflow(words), True, some[:1], 1, 1),
        "none": RunList(None, True, (), 1, 0),
        "many": RunList(None, False, (some * 4)[:10], 2, 27),
    }
    for state, listed in lists_of_runs.items():
        yield state, partial(runs.runs_message, FRAME, listed, "screen1", person_id=OMAR)
        answer = runs.runs_message(FRAME, listed, "screen1", person_id=OMAR)
        yield f"runs_{state}", partial(choice.answer_view, answer)
    yield "locked", partial(locks.locked_message, FRAME, _lock(words), person_id=ALICE)
    yield "unlocked", partial(locks.unlocked_message, FRAME, _lock(words), person_id=ALICE)


class _Vi(Platform):
    """The platform's lists, with a project that is called by a word from outside."""

    def __init__(self, project: str, *workflows: WorkflowSummary) -> None:
        super().__init__(*workflows)
        self.project = project

    async def list_projects(self) -> tuple[Project, ...]:
        return (Project(ProjectId("p1"), self.project),)


def _indexes(words: Outside) -> Mapping[str, WorkflowIndex]:
    """The list of workflows in each state: never read, read, found empty, and not read anew."""

    async def read() -> Mapping[str, WorkflowIndex]:
        full = _Vi(words.project, *(_workflow(words, number) for number in range(1, 8)))
        clocks = [StoppedClock() for _ in range(4)]
        platforms: dict[str, Any] = {"unread": full, "read": full, "empty": _Vi(words.project), "stale": full}
        made = {
            state: WorkflowIndex(platform, clock)
            for (state, platform), clock in zip(platforms.items(), clocks, strict=True)
        }
        for state in ("read", "empty", "stale"):
            await made[state].refresh()
        full.trouble = ViUnreachable(f"Vi cannot be reached: {words.said}.")
        clocks[-1].time = LATER
        await made["stale"].refresh()
        return made

    return asyncio.run(read())


def _choices(words: Outside) -> Examples:
    indexes = _indexes(words)
    lacking = BadCommand("show needs to know which workflow.", usage="show WORKFLOW", lacking="show")
    several = WorkflowAmbiguous(
        f"3 workflows are meant by “{shown(words.name)[:80]}”.",
        "Name one by its id.",
        words.name,
        tuple(_workflow(words, number) for number in range(1, 4)),
    )
    errors: dict[str, BotError] = {"lacking": lacking, "several": several}
    typed: dict[str, Any] = {"command": f"show {words.name}", "person_id": OMAR}
    workflows = choice.workflows_to_choose(indexes["read"])
    for state, error in errors.items():
        yield state, partial(choice.choice_message, FRAME, error, "screen1", workflows, **typed)
        yield f"{state}_not_kept", partial(choice.choice_message, FRAME, error, "", workflows, **typed)
    stale = choice.workflows_to_choose(indexes["stale"])
    yield "stale", partial(choice.choice_message, FRAME, lacking, "screen1", stale, **typed)
    yield "several", partial(choice.choice_view, FRAME, "Delete workflow", several, "screen1", workflows)
    yield "several_not_kept", partial(choice.choice_view, FRAME, "Delete workflow", several, "", workflows)
    yield from _other_choices(words)
    viewer, operator = _actor(words, Grant(Role.VIEWER, EVERYBODY)), _actor(words, Grant(Role.OPERATOR, "S0OPS"))
    chosen = indexes["read"].get("w1-0123456789")
    assert chosen is not None
    yield "viewer", partial(choice.pick_view, FRAME, viewer, indexes["unread"])
    yield "operator_has_chosen", partial(choice.pick_view, FRAME, operator, indexes["read"], chosen)
    yield "stale", partial(choice.pick_view, FRAME, operator, indexes["stale"])
    yield "picked", partial(choice.working_view)


def _other_choices(words: Outside) -> Examples:
    some, none, unread = _active_runs(words)
    offers = {
        "kill": ("run", {"runs": some, "no_runs": none, "runs_while_vi_is_away": unread}),
        "restore": (
            "workflow or operation",
            {
                "snapshots": choice.snapshots_to_choose(some=True),
                "no_snapshots": choice.snapshots_to_choose(some=False),
            },
        ),
        "unlock": (
            "workflow",
            {"locks": choice.locks_to_choose(some=True), "no_locks": choice.locks_to_choose(some=False)},
        ),
    }
    for name, (noun, states) in offers.items():
        lacking = BadCommand(
            f"{name} needs to know which {noun}.", usage=f"{name} {USAGES[name].arguments}", lacking=name
        )
        for state, offer in states.items():
            kept = "" if offer.nothing else "screen1"
            yield (
                state,
                partial(choice.choice_message, FRAME, lacking, kept, offer, command=name, person_id=OMAR),
            )
    runs_meant = RunAmbiguous("2 runs have an id that begins with “r1”.", "Give more of its id.", "r1")
    yield "several_runs", partial(choice.choice_view, FRAME, "Kill run", runs_meant, "screen1", some)
    kept_meant = WorkflowAmbiguous("2 workflows are meant.", "Name one by its id.", words.name)
    snapshots = choice.snapshots_to_choose(some=True)
    yield "several_snapshots", partial(choice.choice_view, FRAME, "Restore workflow", kept_meant, "screen1", snapshots)


def _active_runs(words: Outside) -> list[choice.Offer]:
    """Some runs, none, and a list that could not be read."""

    async def read() -> list[choice.Offer]:
        offers = []
        for listed, trouble in (((_run(words),), None), ((), None), ((), ViUnreachable(f"Vi: {words.said}."))):
            platform: Any = Platform(runs=listed)
            platform.trouble = trouble
            runs = ActiveRuns(platform, StoppedClock())
            await runs.refresh()
            offers.append(choice.runs_to_choose(runs))
        return offers

    return asyncio.run(read())


def _home(words: Outside) -> Examples:
    indexes = _indexes(words)
    admin, viewer = _actor(words, Grant(Role.ADMIN, OMAR)), _actor(words, Grant(Role.VIEWER, EVERYBODY))
    operator, nobody = _actor(words, Grant(Role.OPERATOR, "S0OPS")), _actor(words)
    done = ((RECEIPT, _entry(words)), (Receipt(40, "cd" * 32), _entry(words, Action.BACKUP, stage=Stage.FAILED)))
    waiting = (_confirmation(words), _awaiting(words), _confirmation(words, count=3), _confirmation(words, Action.KILL))
    noted = Checkpoint("org_kerb", RECEIPT, NOON)
    quiet = Home(viewer, (), (), (RECEIPT, NOON), None)
    states = {
        "viewer_before_the_first_look": (quiet, indexes["unread"], ""),
        "viewer_in_an_empty_organization": (quiet, indexes["empty"], ""),
        "operator": (Home(operator, waiting, done, (RECEIPT, NOON), noted), indexes["read"], "p1"),
        "operator_with_many_questions": (
            Home(operator, tuple(_confirmation(words) for _ in range(13)), (), (RECEIPT, NOON), noted),
            indexes["read"],
            "",
        ),
        "admin_while_vi_is_away": (Home(admin, waiting[1:2], done, (RECEIPT, NOON), noted), indexes["stale"], ""),
        "nobody": (Home(nobody, (), (), (RECEIPT, NOON), noted), indexes["read"], ""),
    }
    for state, (seen, index, project) in states.items():
        findings = _findings(words, ok=index is not indexes["stale"])
        yield state, partial(home.home_view, FRAME, seen, findings, index, project)
    refused = Refused("The bot is for members of this workspace.", "Ask the bot's administrator.", missing="viewer")
    yield "refused", partial(home.home_failure_view, FRAME, refused)
    yield "fault", partial(home.home_unexpected_view, "1234abcd")


def _findings(words: Outside, *, ok: bool) -> tuple[Finding, ...]:
    return (
        Finding(Check.SLACK, ok=True, sentence="Slack reaches this process over 2 connections."),
        Finding(Check.STORE, ok=ok, sentence="The bot's memory can be written." if ok else "Its disk is full."),
        Finding(Check.VI, ok=ok, sentence="Vi answered 3 s ago." if ok else f"{words.said}. That was 3 s ago."),
    )


def _status(words: Outside) -> Examples:
    noted = Checkpoint("org_kerb", RECEIPT, NOON)
    counted = {ConfirmationState.OPEN: 2, ConfirmationState.AWAITING: 0}
    begun = _entry(words, Action.BACKUP, stage=Stage.STARTED, outcome=None)
    well = Look(NOON, _findings(words, ok=True), (begun,), counted, noted, 2)
    fresh = Look(NOON, _findings(words, ok=True), (), {ConfirmationState.OPEN: 0, ConfirmationState.AWAITING: 1})
    ill = Look(NOON, _findings(words, ok=False))
    crowd = Look(NOON, _findings(words, ok=True), (replace(begun, target=None), *[begun] * 30), counted, noted, 2)
    here = Process("bot-1", "17", "0.1.0", NOON, is_this=True)
    there = Process(words.name, "18", "0.1.0", NOON, is_this=False)
    states = {
        "viewer": Status(well, "0.1.0", 7_300, (here, there), shows_details=False),
        "admin": Status(well, "0.1.0", 7_300, (here, there), shows_details=True),
        "admin_of_a_fresh_bot": Status(fresh, "0.1.0", 59, (here,), shows_details=True),
        "admin_in_trouble": Status(ill, "0.1.0", 200_000, (here,), shows_details=True),
        "admin_of_a_crowd": Status(crowd, "0.1.0", 200_000, (here, *[there] * 30), shows_details=True),
    }
    for state, each in states.items():
        yield state, partial(status.status_message, FRAME, each, person_id=OMAR)


def _actor(words: Outside, *grants: Grant) -> Actor:
    return Actor(Person(OMAR, TEAM, words.person, Standing.MEMBER), grants)


def _copy(words: Outside) -> Backup:
    return Backup(_workflow(words), WorkflowId("w9-0123456789"), f"{words.name} (backup)", _snapshot(words), RECEIPT)


def _backups(words: Outside) -> Examples:
    yield "made", partial(backup.backup_message, FRAME, _copy(words), command="backup Potholes", person_id=OMAR)
    yield "made", partial(backup.backup_line, FRAME, _copy(words), OMAR)
    copy_id = WorkflowId("w9-0123456789")
    kept = (
        _snapshot(words),
        _snapshot(words, 2, copy_id=copy_id),
        _snapshot(words, 3, copy_id=copy_id, check=BackupCheck(NOON, equal=True)),
        _snapshot(words, 4, copy_id=copy_id, check=BackupCheck(NOON, equal=False)),
    )
    pages = {
        "of_all": BackupPage("", kept, more=True),
        "of_one": BackupPage(words.name, kept[:1], more=False),
        "none": BackupPage(words.name, (), more=False),
    }
    for state, page in pages.items():
        yield state, partial(backups.backups_message, FRAME, page, person_id=OMAR)


def _entry(words: Outside, action: Action = Action.DELETE, **more: Any) -> AuditEntry:
    members: dict[str, Any] = {
        "stage": Stage.SUCCEEDED,
        "outcome": Outcome("ok", message=words.said),
        "details": {"reason": words.reason},
        "target": Target("workflow", "w1-0123456789", words.name, "e1"),
        **more,
    }
    actor, origin = Subject("person", OMAR, TEAM, words.person), Origin("command", "C0MLOPS", f"/vi {words.name}")
    return AuditEntry(
        id=EntryId("e1"), operation_id=OperationId("op1"), at=NOON, action=action, actor=actor, origin=origin, **members
    )


def _trail(words: Outside) -> Examples:
    entries = tuple((Receipt(seq, "ab" * 32), _entry(words)) for seq in (12, 11))
    asked = Audit(text="potholes", workflow=words.name)
    pages = {
        "own": TrailPage(Audit(), True, entries, None, 11),
        "everybodys_filtered": TrailPage(asked, False, entries, 20, None),
        "nothing": TrailPage(Audit(), True, (), None, None),
        "nothing_fits": TrailPage(asked, True, (), None, None),
    }
    for state, page in pages.items():
        yield state, partial(trail.trail_message, FRAME, page, "screen1", OMAR)
    written = _entry(words, stage=Stage.FAILED, details={"reason": words.reason, "changes": ["/spec/name"]})
    detail = EntryDetail(RECEIPT, written, "cd" * 32, (), ((RECEIPT, written),))
    yield "sound", partial(entry.entry_message, FRAME, detail, OMAR)
    tampered = replace(detail, faults=("entry #41 was changed: its text does not have its hash",))
    yield "tampered", partial(entry.entry_message, FRAME, tampered, OMAR)
    yield "asked", partial(export.export_choice_message, FRAME, "screen1", OMAR)
    whole = TrailExport(
        Audit(), Format.JSONL, False, "t.jsonl", b"", 2, Receipt(1, "0" * 64), RECEIPT, True, False, RECEIPT
    )
    for state, made in {
        "whole": whole,
        "own_cut": replace(whole, own_only=True, whole=False, cut=True, form=Format.CSV),
    }.items():
        yield state, partial(export.export_file_message, FRAME, made, OMAR)
        yield state, partial(export.exported_message, FRAME, made, OMAR)


def _failures(words: Outside) -> Examples:
    needs: dict[str, Any] = {"people": (ALICE,), "groups": (GroupId("S0OPS"),), "channels": ("C0MLOPS",)}
    errors: dict[str, BotError] = {
        "bad_command": BadCommand("There is no command “lst”.", "Did you mean list?", usage="list [text]"),
        "refused": Refused("This needs the role operator, which you do not have.", "Ask.", missing="x", **needs),
        "ambiguous": WorkflowAmbiguous(
            "3 workflows are meant.",
            "Name one by its id.",
            words.name,
            tuple(_workflow(words, number) for number in range(1, 14)),
        ),
        "closed": ConfirmationClosed("This was already confirmed.", "See the trail.", code="used", by=PAULA, at=NOON),
        "differs": BackupDiffers("The copy differs in 2 places.", "Do not rely on it.", ("/spec/a", "")),
        "locked": Locked(
            f"It is locked, with the reason “{shown(words.reason)}”.", "An admin can unlock it.", by=ALICE, at=NOON
        ),
        "vi": ViRefused(f"Vi refused: {words.said}.", status=409),
        "store": StoreUnavailable("The bot's memory cannot be read.", "Try again in a minute."),
    }
    for state, error in errors.items():
        typed = f"show {words.name}"
        yield state, partial(failure.failure_message, FRAME, error, command=typed, person_id=OMAR)
        yield state, partial(failure.failure_view, FRAME, "Delete workflow", error)
    yield "fault", partial(failure.unexpected_message, FRAME, "1234abcd", command="list", person_id=OMAR)
    yield "fault", partial(failure.unexpected_view, "Delete workflow", "1234abcd")


def _others(words: Outside) -> Examples:
    yield "late", partial(notice.working_message, FRAME, "list", OMAR)
    standings = {
        "viewer": (Grant(Role.VIEWER, EVERYBODY),),
        "operator": (Grant(Role.OPERATOR, "S0OPS"), Grant(Role.APPROVER, OMAR)),
        "admin": (Grant(Role.ADMIN, OMAR),),
        "nobody": (),
    }
    for state, grants in standings.items():
        actor = _actor(words, *grants)
        yield state, partial(identity.help_message, FRAME, actor)
        yield state, partial(identity.whoami_message, FRAME, actor)
    viewer = _actor(words, *standings["viewer"])
    unsure = replace(viewer, untold=frozenset({GroupId("S0OPS")}))
    yield "group_not_looked_up", partial(identity.whoami_message, FRAME, unsure)
    for topic in USAGES:
        yield f"viewer_about_{topic}", partial(identity.help_message, FRAME, viewer, topic)
    for action, stage in settled._FOUND_OUT:
        found = Settled(_entry(words, action), stage, RECEIPT)
        yield f"{action.name.lower()}_{stage}", partial(settled.settled_message, FRAME, found)
    failing = Published(failing=(("the file x", AnchorUnavailable("It cannot be written.", "Look at the disk.")),))
    for state, published in {
        "tampered": Published(faults=("entry #41 was changed",)),
        "failing": failing,
        "recovered": Published(recovered=("the file x",)),
    }.items():
        yield state, partial(checkpoint.checkpoint_messages, FRAME, published)
