"""A hundred people, the bot and Vi as a state machine: hypothesis chooses what happens next, and shortens what fails.

Every draw is from the same range whatever has happened before, and chooses among what is there: an answer that comes
a moment later must not make hypothesis believe that the machine itself is fickle. After each rule the bot comes to
rest, so that only what a rule does at once is done at once.
"""

import asyncio
import logging
import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Coroutine, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from itertools import chain
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from handlers import action_ids
from handlers.context import Context
from sandbox.scenarios import RunState
from sandbox.vi import faults
from sandbox.vi.documents import is_active
from sandbox.vi.faults import AFTER, BEFORE, Moment
from tests.journeys.steps import dialogue
from tests.model.acts import ACTS, Act, Scene, confirm, pick, seen
from tests.model.company import ROLES, SIZE, Company, SteppedClock, company
from tests.model.invariants import JsonObject, Watch, faults_at_rest, faults_so_far, memory_of
from tests.model.ledger import Ledger
from tests.model.screens import dead_controls, faults_shown
from tests.model.weather import STRUCK, TROUBLES

T = TypeVar("T")

_REST = 20.0
"""How many seconds the bot has to come to rest. It needs far fewer; without an end, a bot that hangs hangs this."""
_PRESSED = 30

_WHICH = st.integers(0, 11)
_ANYBODY = st.integers(0, SIZE - 1)
_BOTH = st.integers(60, 89)
"""People who may ask for a deletion and may agree to others'."""
_ALONE = st.integers(45, 59)
"""People who may ask for a deletion, and may not agree to any."""
_ADMIN = st.integers(90, 94)
_APPROVER = st.integers(60, 97)
_POWERLESS = st.sampled_from([*range(35), 98, 99])
_BETWEEN = ("lock", "edit", "start a run", "lose the role")
_ACT = st.builds(Act, st.one_of(_ANYBODY, _BOTH, _ADMIN), st.sampled_from(sorted(ACTS)), _WHICH)


class Crowd(RuleBasedStateMachine):
    """What may happen, and what must hold whatever does.

    Args:
        folder: where the bot's file goes.
        tally: counts what has come about, over all that hypothesis tries.
    """

    def __init__(self, folder: Path, tally: Counter[str]) -> None:
        super().__init__()
        self._tally = tally
        self._folder = Path(tempfile.mkdtemp(dir=folder))
        self._errors = _Errors()
        logging.getLogger().addHandler(self._errors)
        self._runner = asyncio.Runner()
        self._outer, self._inner = AsyncExitStack(), AsyncExitStack()
        self._is_sound = True
        self._rush_is_over = False
        self._run(self._open())

    @rule(act=_ACT)
    def somebody_acts(self, act: Act) -> None:
        """One person does one thing."""
        self._run(self._acted([act]))

    @rule(acts=st.lists(_ACT, min_size=2, max_size=8))
    def some_act_at_once(self, acts: list[Act]) -> None:
        """Several people do something at the same moment."""
        self._run(self._acted(acts))

    @precondition(lambda self: not self._rush_is_over)
    @rule(names=st.lists(st.sampled_from(sorted(ACTS)), min_size=3, max_size=10), seed=_WHICH)
    def everybody_acts_at_once(self, names: list[str], seed: int) -> None:
        """All hundred do something at the same moment; once, since it takes long."""
        self._rush_is_over = True
        self._run(self._acted([Act(each, names[(each + seed) % len(names)], each) for each in range(SIZE)]))

    @rule(person=st.one_of(_BOTH, _ALONE), name=st.sampled_from(["ask", "delete", "delete several"]), which=_WHICH)
    def somebody_wants_to_delete(self, person: int, name: str, which: int) -> None:
        """Somebody who may ask for it begins a deletion, and confirms it or leaves the dialogue open."""
        self._run(self._acted([Act(person, name, which)]))

    @rule(
        which=_WHICH,
        name=st.sampled_from(["confirm", "confirm twice", "slip", "close", "reload"]),
        person=st.one_of(_BOTH, _ALONE),
    )
    def somebody_goes_on(self, which: int, name: str, person: int) -> None:
        """Somebody with an open dialogue does something in it."""
        if not self._questions("open"):
            self._run(self._acted([Act(person, "ask", which)]))
        self._run(self._acted(self._by_those_asked("open", which, name)))

    @rule(which=_WHICH, person=st.one_of(_BOTH, _ALONE), change=st.sampled_from(_BETWEEN))
    def something_comes_before_the_answer(self, which: int, person: int, change: str) -> None:
        """What somebody is asked about is not what it was when they confirm it."""
        self._run(self._acted([Act(person, "ask", 2 * which)]))  # most likely what nobody else has to agree to
        self._come_between(person, change)
        self._run(self._acted([Act(person, "confirm", 1)]))
        self._run(self._acted([Act(90, "unlock", which)]))

    @rule(which=_WHICH, person=_BOTH, change=st.sampled_from(_BETWEEN), deciding=_APPROVER)
    def something_comes_before_the_approval(self, which: int, person: int, change: str, deciding: int) -> None:
        """What somebody waits for is not what it was when another agrees to it."""
        self._run(self._acted([Act(person, "delete", 2 * which + 1)]))
        self._come_between(person, change)
        self._run(self._acted([Act(deciding, "approve")]))
        self._run(self._acted([Act(90, "unlock", which)]))

    @rule(
        which=_WHICH,
        others=st.lists(st.one_of(_APPROVER, _POWERLESS), max_size=3),
        name=st.sampled_from(["approve", "approve", "approve", "refuse"]),
        is_asker_in=st.booleans(),
        person=_BOTH,
    )
    def some_decide(self, which: int, others: list[int], name: str, is_asker_in: bool, person: int) -> None:  # noqa: FBT001 - hypothesis passes by keyword
        """The one who asked, approvers and people without the role press a button of one request at the same moment."""
        if not self._questions("awaiting"):
            self._run(self._acted([Act(person, "delete", 2 * which + 1)]))
        asker = self._by_those_asked("awaiting", which, name) if is_asker_in or not others else []
        self._run(self._acted([*asker, *(Act(each, name, asker[0].which if asker else which) for each in others)]))

    @rule(which=_WHICH, person=_APPROVER)
    def somebody_withdraws_while_another_approves(self, which: int, person: int) -> None:
        """Of two who end a request at the same moment, one wins."""
        withdrawing = self._by_those_asked("awaiting", which, "withdraw")
        self._run(self._acted([*withdrawing, Act(person, "approve", which)]))

    @rule(person=st.one_of(_ADMIN, _ADMIN, _ANYBODY), name=st.sampled_from(["lock", "unlock"]), which=_WHICH)
    def somebody_turns_a_lock(self, person: int, name: str, which: int) -> None:
        """What others ask about is locked, or unlocked."""
        self._run(self._acted([Act(person, name, which)]))

    @rule(change=st.sampled_from(["edit", "edit", "remove", "start a run", "end a run"]), which=_WHICH)
    def something_changes_in_vi(self, change: str, which: int) -> None:
        """Somebody works in Vi's own pages."""
        self._change(change, which)

    @rule(struck=st.sampled_from(STRUCK), trouble=st.sampled_from(range(len(TROUBLES))))
    def vi_is_in_trouble(self, struck: tuple[str, str], trouble: int) -> None:
        """Vi is slow, fails or loses an answer, once."""
        self._company.vi.faults.on(*struck, TROUBLES[trouble]())

    @rule()
    def vi_is_well(self) -> None:
        """Whatever was to go wrong does not."""
        self._company.vi.faults.clear()

    @rule(which=_WHICH, state=st.sampled_from(["open", "awaiting"]), role=st.sampled_from(ROLES), anybody=_ANYBODY)
    def a_role_comes_or_goes(self, which: int, state: str, role: str, anybody: int) -> None:
        """Somebody is put into a user group, or out of it: most likely somebody who is being asked."""
        asked = [each.person for each in self._by_those_asked(state, which, "confirm")]
        self._company.change_role(self._company.people[pick([*asked, anybody], which)].id, role)

    @rule(minutes=st.sampled_from([1, 8, 15, 16, 31, 61]))
    def time_passes(self, minutes: int) -> None:
        """What runs out ends, and approvers are reminded."""
        self._company.clock.ahead += timedelta(minutes=minutes)
        self._run(self._rounds(1))

    @rule(
        acts=st.lists(st.builds(Act, _BOTH, st.sampled_from(["delete", "delete several", "undo", "kill"]), _WHICH)),
        approver=_APPROVER,
        method=st.sampled_from(["DELETE", "PUT", "PATCH"]),
        moment=st.sampled_from([BEFORE, AFTER]),
    )
    def the_bot_is_killed(self, acts: list[Act], approver: int, method: str, moment: Moment) -> None:
        """The bot dies in the middle of a call to Vi, or while it does nothing, and is started again."""
        self._run(self._killed([*acts, Act(approver, "approve")], method, moment))

    @rule(person=_ALONE, approver=st.integers(95, 97), which=_WHICH)
    def what_is_done_rightly_is_done(self, person: int, approver: int, which: int) -> None:
        """In fair weather, what may go and is rightly confirmed and agreed to goes: safe is not enough."""
        self._company.vi.faults.clear()
        self._run(self._deleted_rightly(person, approver, which))

    @invariant()
    def what_must_hold_holds(self) -> None:
        """Look at the trail, at Vi and at the screens."""
        memory = memory_of(self._company)
        self._fail_on(
            [
                *self._watch.breaches,
                *self._scene.ledger.faults(memory),
                *faults_so_far(self._company, memory),
                *faults_shown(self._company),
                *self._errors.messages,
            ]
        )
        self._scene.ledger.begin(memory)

    def teardown(self) -> None:
        """Let everything come to its end, look once more, and close."""
        try:
            if self._is_sound:
                self._company.vi.faults.clear()
                dead = self._run(self._at_rest())
                self.what_must_hold_holds()
                self._fail_on([*faults_at_rest(self._company), *(f"pressing {each} led to nothing" for each in dead)])
        finally:
            self._tally["deletions"] += self._scene.ledger.deleted
            self._tally.update(each["stage"] for each in memory_of(self._company).entries)
            with self._runner:
                self._runner.run(self._inner.aclose())
                self._runner.run(self._outer.aclose())
            logging.getLogger().removeHandler(self._errors)
            shutil.rmtree(self._folder)

    def _come_between(self, person: int, change: str) -> None:
        if change == "lock":
            self._run(self._acted([Act(admin, "lock", -1) for admin in range(90, 95)]))
        elif change == "lose the role":
            self._company.change_role(self._company.people[person].id, "crowd-operators")
        else:
            self._change(change, -1)
        self.what_must_hold_holds()

    def _change(self, change: str, which: int) -> None:
        organization = self._company.vi.organization
        if not organization.workflow_ids():
            return  # all of them are deleted
        target = self._scene.contested(which)
        if change == "edit":
            seed = organization.workflow(target)["spec"]["settings"].get("seed", 0)
            organization.change_workflow(target, {"settings": {"seed": seed + 1}})
        elif change == "remove":
            organization.remove_workflow(target)
            self._scene.ledger.vanishes(target)
        elif change == "start a run":
            organization.start_run(target, RunState.RUNNING)
        elif active := [run for each in organization.workflow_ids() for run in organization.active_runs_of(each)]:
            organization.finish_run(pick(active, which))

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        try:
            return self._runner.run(work)
        except BaseException:
            self._is_sound = False
            raise

    def _fail_on(self, found: Sequence[str]) -> None:
        if found:
            self._is_sound = False
            raise AssertionError("\n".join(found))

    async def _open(self) -> None:
        self._company: Company = await self._outer.enter_async_context(
            company(self._folder / "vi-bot.db", SteppedClock())
        )
        self._watch = Watch(self._company)
        organization = self._company.vi.organization
        idle = [each for each in organization.workflow_ids() if not organization.active_runs_of(each)]
        governed = [each for each in idle if self._company.is_governed(each)]
        busy = [each for each in organization.workflow_ids() if each not in idle]
        others = [each for each in idle if each not in governed]
        self._scene = Scene(
            self._company, Ledger(self._company), [*chain(*zip(others, governed[:5], strict=False)), *busy[:2]]
        )
        await self._start()

    async def _start(self) -> None:
        self._bot: Context = await self._inner.enter_async_context(self._company.bot())
        await self._bot.index.first_look()
        await self._rounds(0)

    async def _rest(self) -> None:
        while self._bot.work._tasks:  # what is at work may begin more
            assert await self._bot.work.drain(_REST) == 0, "the bot does not come to rest"

    async def _rounds(self, count: int) -> None:
        async with asyncio.timeout(_REST):
            await self._company.clock.rounds(count)
        await self._rest()

    async def _acted(self, acts: Sequence[Act]) -> None:
        await self._begun(acts)
        await self._rest()

    async def _begun(self, acts: Sequence[Act]) -> None:
        done = await asyncio.gather(*(each.done(self._scene) for each in acts))
        self._tally.update(act.name for act, is_done in zip(acts, done, strict=True) if is_done)

    async def _killed(self, acts: Sequence[Act], method: str, moment: Moment) -> None:
        hold = self._company.vi.faults.on(method, "*", faults.Hold(moment=moment))
        await self._begun(acts)  # whatever they pressed is acknowledged, and maybe not done
        ends = [asyncio.ensure_future(each) for each in (hold.reached(), self._rest())]
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        self._tally["killed in the middle"] += not ends[1].done()
        for each in ends:
            each.cancel()
        await asyncio.gather(*ends, return_exceptions=True)
        await self._inner.aclose()
        self._company.vi.faults.clear()
        await self._start()
        await self._rest()

    async def _deleted_rightly(self, person: int, approver: int, which: int) -> None:
        played, organization = self._company, self._company.vi.organization
        user, second = played.people[person], played.people[approver]
        locks = memory_of(played).locks
        # Clients tell by its name whose a run is.
        running = {each.document["spec"]["flow"]["name"] for each in organization.runs if is_active(each.document)}
        free = [
            each.id
            for each in organization.flows
            if each.id not in locks and each.document["spec"]["name"] not in running
        ]
        roles = ("crowd-operators", user.id), ("crowd-approvers", second.id)
        if not free or not all(played.has_role(each, role) for role, each in roles):
            return
        target = pick(free, which)
        user.reload()
        played.clock.ahead += timedelta(minutes=5)  # after which the bot knows who is in which group
        await dialogue(user, f"/vi delete {target}")
        await confirm(self._scene, user)
        await self._rest()
        asked = [
            each for each in self._questions("awaiting") if target in _targets(each) and each["person_id"] == user.id
        ]
        for each in asked:
            page, element = next(
                found for found in seen(second, action_ids.APPROVE) if found[1].json["value"] == each["id"]
            )
            self._scene.ledger.presses(second.id, element)
            await page.click(element.json["action_id"])
            await self._rest()
        assert target not in organization.workflow_ids(), f"{target} was not deleted, though nothing stood against it"

    async def _at_rest(self) -> list[str]:
        await self._rounds(2)
        dead = await dead_controls(self._company, self._bot, random.Random(0), _PRESSED, self._scene.ledger.presses)
        self._company.clock.ahead += timedelta(hours=1)
        await self._rounds(3)
        return dead

    def _questions(self, state: str) -> list[JsonObject]:
        return [each for each in memory_of(self._company).questions if each["state"] == state]

    def _by_those_asked(self, state: str, which: int, name: str) -> list[Act]:
        """What one of those who asked does, if there is anybody; `approve` and `refuse` press the own request."""
        questions = self._questions(state)
        if not questions:
            return []
        question = pick(questions, which)
        numbers = {each.id: number for number, each in enumerate(self._company.people)}
        person = numbers[question["person_id"]]
        shown = [element.json["value"] for _page, element in seen(self._company.people[person], action_ids.APPROVE)]
        return [Act(person, name, shown.index(question["id"]) if question["id"] in shown else which)]


def _targets(question: JsonObject) -> set[str]:
    return {each["target"]["id"] for each in question["items"]}


class _Errors(logging.Handler):
    """What the bot finds worth an error in its log."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the message."""
        self.messages.append(f"logged: {record.getMessage()} {record.exc_info or ''}")
