"""The single things that a person does, each chosen by name; whatever is needed for it is taken from what is seen."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from handlers import action_ids
from sandbox.slack.driver.errors import CannotDoError, NotSeenError
from sandbox.slack.driver.page import Page, Reply
from sandbox.slack.driver.person import User
from sandbox.slack.driver.view import ModalHandle
from sandbox.slack.elements import Element
from tests.journeys.steps import PHRASE, phrase_of
from tests.model.company import Company
from tests.model.invariants import memory_of
from tests.model.ledger import Ledger
from tests.model.screens import controls, press

T = TypeVar("T")

_PATIENCE = 2.0
_RECENT = 12
_CHECKING = "Checking how things stand…"


@dataclass
class Scene:
    """Where people act.

    Attributes:
        pool: the workflows that people care about most; they may be gone.
    """

    company: Company
    ledger: Ledger
    pool: Sequence[str]

    def subjects(self) -> list[str]:
        """The workflows that somebody is asked about now."""
        questions = memory_of(self.company).questions
        return [
            item["target"]["id"]
            for each in questions
            for item in each["items"]
            if each["state"] in {"open", "awaiting"} and item["target"]["kind"] == "workflow"
        ]

    def target(self, which: int) -> str:
        """A workflow that exists, if it can be one of the pool."""
        existing = self.company.vi.organization.workflow_ids()
        return pick([each for each in self.pool if each in existing] or existing, which)

    def contested(self, which: int) -> str:
        """A workflow that somebody is asked about, or else any of those that exist."""
        existing = self.company.vi.organization.workflow_ids()
        subjects = [each for each in self.subjects() if each in existing]
        return pick(subjects, which) if subjects else self.target(which)


@dataclass(frozen=True)
class Act:
    """Somebody does something to the one of a kind that `which` stands for, whatever there is of it."""

    person: int
    name: str
    which: int = 0

    async def done(self, scene: Scene) -> bool:
        """Do it; whether it could be done at all."""
        try:
            await ACTS[self.name](scene, scene.company.people[self.person], self.which)
        except (CannotDoError, NotSeenError, TimeoutError):
            return False  # what is meant is not on the screen, or not any more
        return True


def pick(found: Sequence[T], which: int) -> T:
    """The one that a number stands for.

    Raises:
        CannotDoError: there is none.
    """
    if not found:
        raise CannotDoError("Nothing of the kind is there.")
    return found[which % len(found)]


def seen(user: User, action_id: str) -> list[tuple[Page, Element]]:
    """The controls of one kind on somebody's screen, the newest first."""
    pages: list[Page] = [*reversed(user.messages), *([user.modal] if user.modal is not None else [])]
    return [(page, each) for page in pages for each in controls(page) if each.json["action_id"] == action_id]


async def confirm(scene: Scene, user: User, *, back_up: bool = False, times: int = 1) -> None:
    """Submit the dialogue on the screen, with everything in it that is asked for; on several devices at once.

    Raises:
        CannotDoError: there is none.
    """
    modal = _form(user)
    answers: dict[str, object] = {}
    if any(each.startswith(PHRASE) for each in modal.fields):
        answers = {"phrase": phrase_of(modal), "reason": "Not needed"}
    if "Before it goes" in modal.fields:
        answers["Before it goes"] = ["Back up first"] if back_up else []
    scene.ledger.confirms(modal._view.content["private_metadata"], user.id)
    modal.fill(answers)
    await asyncio.gather(*(modal.submit() for _ in range(times)))


def _form(user: User) -> ModalHandle:
    modal = user.modal
    if modal is None or modal.submit_text is None:
        raise CannotDoError("No dialogue is open that can be submitted.")
    return modal


async def _type(scene: Scene, user: User, words: str) -> Reply:
    """Give a command, and wait until it is answered by a message or a dialogue."""
    if user.modal is not None:
        await user.modal.close_all()
    reply = await user.command(f"/vi {words}", "ml-ops")
    await _answered(scene, user, reply)
    return reply


async def _answered(scene: Scene, user: User, reply: Reply) -> None:
    def answered() -> object:
        modal = user.modal
        return (modal is not None and _CHECKING not in modal.text) or reply._next_answer() or None

    await scene.company.slack.state.changes.wait_for(answered, _PATIENCE)


async def _press(scene: Scene, user: User, page: Page, element: Element, which: int) -> None:
    scene.ledger.presses(user.id, element)
    await press(page, element, random.Random(which))  # a double click, now and then


def _typing(words: str) -> Callable[[Scene, User, int], Awaitable[None]]:
    async def act(scene: Scene, user: User, which: int) -> None:
        await _type(scene, user, words.format(target=scene.target(which), contested=scene.contested(which)))

    return act


def _pressing(action_id: str) -> Callable[[Scene, User, int], Awaitable[None]]:
    async def act(scene: Scene, user: User, which: int) -> None:
        await _press(scene, user, *pick(seen(user, action_id), which), which)

    return act


async def _delete(scene: Scene, user: User, which: int) -> None:
    await _type(scene, user, f"delete {scene.target(which)}")
    await confirm(scene, user)


async def _delete_several(scene: Scene, user: User, which: int) -> None:
    await _type(scene, user, "delete " + " ".join(dict.fromkeys(scene.target(which + each) for each in range(3))))
    await confirm(scene, user, back_up=which % 2 == 0)


async def _confirm(scene: Scene, user: User, which: int) -> None:
    await confirm(scene, user, back_up=which % 3 == 0)


async def _confirm_twice(scene: Scene, user: User, _which: int) -> None:
    await confirm(scene, user, times=2)


async def _lock(scene: Scene, user: User, which: int) -> None:
    workflow_id = scene.contested(which)
    scene.ledger.turns(workflow_id)
    await _type(scene, user, f"lock {workflow_id} --reason important")


async def _unlock(scene: Scene, user: User, which: int) -> None:
    workflow_id = pick(sorted(memory_of(scene.company).locks), which)
    scene.ledger.turns(workflow_id)
    await _type(scene, user, f"unlock {workflow_id}")


async def _slip(_scene: Scene, user: User, _which: int) -> None:
    modal = _form(user)
    await modal.submit({"phrase": "no", "reason": "Not needed"})


async def _close(_scene: Scene, user: User, _which: int) -> None:
    if user.modal is None:
        raise CannotDoError("No dialogue is open.")
    await user.modal.close_all()


async def _reload(_scene: Scene, user: User, _which: int) -> None:
    user.reload()


async def _withdraw(scene: Scene, user: User, which: int) -> None:
    await _type(scene, user, "pending")
    await _press(scene, user, *pick(seen(user, action_ids.WITHDRAW), which), which)


async def _undo(scene: Scene, user: User, which: int) -> None:
    page, element = pick(seen(user, action_ids.UNDO), which)
    before = user.modal._view.version if user.modal is not None else None
    await _press(scene, user, page, element, 0)

    def asked() -> bool | None:
        modal = user.modal
        return (modal is not None and modal._view.version != before and _CHECKING not in modal.text) or None

    await scene.company.slack.state.changes.wait_for(asked, _PATIENCE)
    await confirm(scene, user)


async def _restore(scene: Scene, user: User, which: int) -> None:
    await _type(scene, user, f"restore {pick(scene.pool, which)}")
    await confirm(scene, user)


async def _kill(scene: Scene, user: User, which: int) -> None:
    organization = scene.company.vi.organization
    active = [run for each in organization.workflow_ids() for run in organization.active_runs_of(each)]
    await _type(scene, user, f"kill {pick(active, which)}")
    await confirm(scene, user)


async def _press_anything(scene: Scene, user: User, which: int) -> None:
    pages: list[Page] = [*user.messages[-_RECENT:], *([user.modal] if user.modal is not None else [])]
    await _press(scene, user, *pick([(page, each) for page in pages for each in controls(page)], which), which)


async def _open_home(_scene: Scene, user: User, _which: int) -> None:
    await user.open_home(timeout=_PATIENCE)


ACTS: Mapping[str, Callable[[Scene, User, int], Awaitable[None]]] = {
    "ask": _typing("delete {target}"),
    "ask about what others ask about": _typing("delete {contested}"),
    "delete": _delete,
    "delete several": _delete_several,
    "confirm": _confirm,
    "confirm twice": _confirm_twice,
    "slip": _slip,
    "close": _close,
    "reload": _reload,
    "withdraw": _withdraw,
    "approve": _pressing(action_ids.APPROVE),
    "refuse": _pressing(action_ids.REFUSE),
    "look at the details": _pressing(action_ids.APPROVAL_DETAILS),
    "undo": _undo,
    "restore": _restore,
    "kill": _kill,
    "back up": _typing("backup {target}"),
    "lock": _lock,
    "unlock": _unlock,
    "list": _typing("list"),
    "pending": _typing("pending"),
    "show": _typing("show {contested}"),
    "home": _open_home,
    "press anything": _press_anything,
}
