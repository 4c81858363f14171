"""What one person of the crowd does: types, presses, submits, closes, at random and without waiting for answers."""

import random
from collections.abc import Sequence

from sandbox.slack.directory import UserGroup
from sandbox.slack.driver.errors import CannotDoError, NotSeenError
from sandbox.slack.driver.person import User
from sandbox.slack.driver.view import ModalHandle
from tests.journeys.steps import PHRASE, phrase_of
from tests.model.company import Company
from tests.model.screens import controls, press

_RECENT = 12
"""How many of the newest messages on the screen somebody looks at."""

_LOOKS = ("list", "list --active", "show {name}", "runs", "runs {name} --active", "backups", "backups {name}")
_MORE_LOOKS = ("pending", "pending", "audit", "audit --outcome failed", "whoami", "help", "delete {name} --dry-run")
_CHANGES = (
    "delete {name}",
    "delete {name}",
    "delete {name}",
    "delete {name} {other}",
    "delete {name} {other} {third} --reason crowded",
    "backup {name}",
    "restore {name}",
    "restore {name}",
    "kill {run}",
)
_LOCKS = ("lock {name} --reason important", "lock {name} --reason crowded", "unlock {name}")
_HABITS = {
    "crowd-viewers": (_LOOKS, _MORE_LOOKS, _LOOKS, _CHANGES + _LOCKS),
    "crowd-operators": (_LOOKS + _MORE_LOOKS, _CHANGES, _CHANGES, _CHANGES),
    "crowd-admins": (_LOOKS + _MORE_LOOKS, _CHANGES, _LOCKS, _LOCKS),
}
"""What the members of a group type; now and then also what they may not."""


class Member:
    """One person, with chance of their own."""

    def __init__(self, company: Company, user: User, chance: random.Random) -> None:
        self._company = company
        self._user = user
        self._chance = chance
        groups = company.slack.state.directory.groups.values()
        self._habits = next((_HABITS[each.handle] for each in groups if _is_habit(each, user)), (_LOOKS, _CHANGES))

    async def act(self, times: int) -> None:
        """Do one thing after the other."""
        for _ in range(times):
            try:
                await self._once()
            except (CannotDoError, NotSeenError, TimeoutError):
                continue  # what was meant is not on the screen any more

    async def _once(self) -> None:
        modal = self._user.modal
        if modal is not None and self._chance.random() < 0.9:
            await self._in_modal(modal)
        elif self._chance.random() < 0.4:
            await self._press_somewhere()
        else:
            await self._type()

    async def _type(self) -> None:
        words = self._chance.choice(self._chance.choice(self._habits))
        name, other, third = (self._workflow() for _ in range(3))
        typed = words.format(name=name, other=other, third=third, run=self._run())
        reply = await self._user.command(f"/vi {typed}", "ml-ops")
        if self._chance.random() < 0.8:
            await self._company.slack.state.changes.wait_for(lambda: self._user.modal or reply._next_answer(), 2)

    def _workflow(self) -> str:
        ids = self._company.vi.organization.workflow_ids()
        if ids and self._chance.random() < 0.7:
            return self._chance.choice(ids)
        return f'"{self._chance.choice(self._company.names)}"'

    def _run(self) -> str:
        organization = self._company.vi.organization
        active = [run for each in organization.workflow_ids() for run in organization.active_runs_of(each)]
        everything = [each.id for each in organization.runs]
        return self._chance.choice(active if active and self._chance.random() < 0.7 else everything)

    async def _press_somewhere(self) -> None:
        pages = [each for each in self._user.messages[-_RECENT:] if controls(each)]
        if pages:
            page = self._chance.choice(pages)
            await press(page, self._chance.choice(controls(page)), self._chance)

    async def _in_modal(self, modal: ModalHandle) -> None:
        if modal.submit_text is None:
            if "…" in modal.text and self._chance.random() < 0.95:
                await modal.updated(timeout=2)
            elif controls(modal) and self._chance.random() < 0.7:
                await press(modal, self._chance.choice(controls(modal)), self._chance)
            else:
                await modal.close()
            return
        await self._chance.choices((self._agree, self._slip, self._give_up), weights=(8, 1, 1))[0](modal)

    async def _agree(self, modal: ModalHandle) -> None:
        await modal.submit(_answers(modal, self._chance))

    async def _slip(self, modal: ModalHandle) -> None:
        await modal.submit({**_answers(modal, self._chance), **({"phrase": "no"} if _asks(modal) else {})})

    async def _give_up(self, modal: ModalHandle) -> None:
        await modal.close()


def _is_habit(group: UserGroup, user: User) -> bool:
    return group.handle in _HABITS and user.id in group.members


def _asks(modal: ModalHandle) -> bool:
    return any(each.startswith(PHRASE) for each in modal.fields)


def _answers(modal: ModalHandle, chance: random.Random) -> dict[str, str | Sequence[str]]:
    if not _asks(modal):
        return {}
    answers: dict[str, str | Sequence[str]] = {"phrase": phrase_of(modal), "reason": "Not needed"}
    if "Before it goes" in modal.fields:
        answers["Before it goes"] = ["Back up first"] if chance.random() < 0.3 else []
    return answers
