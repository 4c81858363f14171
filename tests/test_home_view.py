"""The Home tab in the states that a journey does not easily reach; each is one that Slack takes."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.domain.audit import Action, OperationId, Receipt, Target
from bot.domain.checkpoint import Checkpoint
from bot.domain.confirmation import Approval, Confirmation, ConfirmationId, ConfirmationState, Item
from bot.domain.errors import ViUnreachable
from bot.domain.people import Person, PersonId, Standing, TeamId
from bot.domain.policy import Actor, Grant, Role
from bot.domain.workflow import Project, ProjectId
from bot.operations.home import Home
from bot.operations.index import WorkflowIndex
from bot.operations.readiness import Check, Finding
from handlers.messages.blocks import Frame
from handlers.messages.home import home_view
from sandbox.slack.render import render_view_text
from sandbox.slack.validation import require_valid_view
from tests.operations.stand_ins import StoppedClock
from tests.operations.test_index import Platform
from tests.values import NOON, workflow

FRAME = Frame("/vi", "org_1")
ADMIN = Actor(Person(PersonId("U1"), TeamId("T1"), "ada", Standing.MEMBER), (Grant(Role.ADMIN, "U1"),))
HOME = Home(ADMIN, (), (), (Receipt(7, "a" * 64), NOON), None)
LATER = NOON + timedelta(minutes=15)


def question(number: int, *names: str, state: ConfirmationState = ConfirmationState.OPEN) -> Confirmation:
    items = tuple(Item(OperationId(f"op{name}"), Target("workflow", name, name)) for name in names)
    return Confirmation(
        ConfirmationId(f"c{number}"), Action.DELETE, PersonId("U1"), TeamId("T1"), items, "", NOON, LATER, state
    )


def index_of(platform: Any) -> WorkflowIndex:
    return WorkflowIndex(platform, StoppedClock())


FINE = Finding(Check.STORE, ok=True, sentence="The bot's memory can be written.")


def shown(home: Home, index: WorkflowIndex, project: str = "", health: tuple[Finding, ...] = (FINE,)) -> str:
    view = home_view(FRAME, home, health, index, project)
    require_valid_view(view, "home")
    return str(render_view_text(view))


def test_before_the_first_look_it_says_that_nothing_was_read_yet() -> None:
    text = shown(HOME, index_of(Platform()))
    assert "The list of workflows was not read yet." in text
    assert "There are no workflows" not in text


async def test_where_vi_cannot_be_read_it_says_why() -> None:
    platform = Platform()
    platform.trouble = ViUnreachable("Vi cannot be reached.")
    index = index_of(platform)
    await index.refresh()
    text = shown(HOME, index, health=(FINE, Finding(Check.VI, ok=False, sentence="Vi cannot be reached.")))
    assert "✗ Vi cannot be reached." in text
    assert "nothing wrong" not in text
    assert "Vi could not be read: Vi cannot be reached." in text


async def test_an_organization_without_workflows() -> None:
    index = index_of(Platform())
    await index.refresh()
    assert "There are no workflows here." in shown(HOME, index)


async def test_a_project_that_is_gone_or_has_too_long_an_id_is_not_chosen_and_every_name_is_shown_plain() -> None:
    class Many(Platform):
        async def list_projects(self) -> tuple[Project, ...]:
            many = (Project(ProjectId(f"p{number}"), f"P{number}") for number in range(150))
            return (*many, Project(ProjectId("q" * 151), "Q"))

    index = index_of(Many(workflow("w1", "<!channel> *bold*", project=None), workflow("w2", "")))
    await index.refresh()
    text = shown(HOME, index, "gone")
    assert "[ All projects ▾ ]" in text
    assert "<!channel> *bold*" not in shown(HOME, index, "p1")
    assert "<!channel> *bold*" in shown(HOME, index)


def test_every_kind_of_question_and_a_checkpoint() -> None:
    awaiting = replace(
        question(1, "A", "B", state=ConfirmationState.AWAITING), approval=Approval(LATER, "The policy asks for it.")
    )
    home = replace(
        HOME,
        pending=(awaiting, *(question(n, f"W{n}") for n in range(2, 14))),
        checkpoint=Checkpoint("org_1", Receipt(5, "b" * 64), NOON),
    )
    text = shown(home, index_of(Platform()))
    assert "Delete workflow: 2 of them" in text
    assert "Waits for a second person" in text
    assert "Delete workflow: “W2”" in text
    assert "and 3 more" in text
    assert "Checkpoints: last noted elsewhere" in text


async def test_a_full_home_tab_is_one_that_slack_takes() -> None:
    long = "ü" * 400
    rows = tuple(workflow(f"{n}" + "x" * 250, long) for n in range(20))
    index = index_of(Platform(*rows))
    await index.refresh()
    home = replace(HOME, pending=tuple(question(n, long) for n in range(20)))
    assert "5 of 20 workflows" in shown(home, index)
