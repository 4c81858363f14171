"""The whole story without a person: every step is printed as a conversation, and checked.

vi-bot demo --tour
"""

import asyncio
import tempfile
import textwrap
from itertools import islice
from pathlib import Path

from rich.console import Console

from bot.store.verification import Verdict, verify_file
from sandbox.playground import AUDIT_CHANNEL, Playground, playground
from sandbox.slack.driver.page import MessageHandle, Page
from sandbox.slack.driver.person import User
from sandbox.slack.driver.view import ModalHandle
from sandbox.vi.faults import Hold

_INDENT = "      "
_PATIENCE = 20.0
_WORKING = "Still working on it."


class StepDiffers(Exception):
    """A step of the story did not go as it should."""


class Tour:
    """The storyteller: prints who types and presses what, what each sees, and whether that is as it should be."""

    def __init__(self, play: Playground, out: Console) -> None:
        self.play = play
        self.steps = 0
        self._out = out

    def step(self, title: str) -> None:
        """Begin the next step."""
        self.steps += 1
        self._out.print(f"\n── {self.steps}. {title} {'─' * max(4, 88 - len(title))}")

    def acts(self, person: User, what: str) -> None:
        """Say what a person does."""
        self._out.print(f"{person.name} › {what}")

    def sees(self, page: Page, where: str = "") -> None:
        """Print what is on a person's screen."""
        if where:
            self._out.print(f"   vi-ops, {where}:")
        self._out.print(textwrap.indent(page.text.strip(), _INDENT))

    def check(self, expectation: str, *, holds: bool) -> None:
        """Say what should be so.

        Raises:
            StepDiffers: it is not.
        """
        if not holds:
            raise StepDiffers(f"step {self.steps}: expected that {expectation}")
        self._out.print(f"   ✓ {expectation}")

    async def command(self, person: User, typed: str, says: str, channel: str = "ml-ops") -> MessageHandle:
        """Type a command and wait for the answer, which must say something."""
        self.acts(person, typed)
        reply = await person.command(typed, channel)
        message = await reply.answer(_PATIENCE)
        if _WORKING in message.text:
            self._out.print(f"   vi-ops: {_WORKING}")
            message = await reply.answer(_PATIENCE)
        self.sees(message, f"visible to {person.name} only" if message.is_ephemeral else "visible to all")
        self.check(f"the answer says “{says}”", holds=says in message.text)
        return message

    async def dialogue(self, person: User, typed: str, says: str) -> ModalHandle:
        """Type a command that opens a dialogue, which must say something."""
        self.acts(person, typed)
        await person.command(typed, "ml-ops")
        modal = await person.sees_modal(text=says, timeout=_PATIENCE)
        self.sees(modal, "in a dialogue")
        self.check(f"the dialogue says “{says}”", holds=says in modal.text)
        return modal

    def subjects(self, count: int, *, active: bool) -> list[str]:
        """Ids of the first workflows that a run is using, or of the first that none is."""
        organization = self.play.vi.organization
        ids = organization.workflow_ids()
        return list(islice((each for each in ids if bool(organization.active_runs_of(each)) is active), count))

    def name(self, workflow_id: str) -> str:
        """A workflow as a person would name it in a command: by its name where that is one word of its own."""
        organization = self.play.vi.organization
        name = str(organization.workflow(workflow_id)["spec"]["name"])
        plain = name.replace(" ", "").isalnum() and name.isascii() and len(name) < 80  # noqa: PLR2004 - what one types
        return f'"{name}"' if plain and len(organization.workflow_ids(name)) == 1 else workflow_id


async def run_tour(scenario: str) -> int:
    """Tell the story. 0 if every step went as it should, else 1."""
    out = Console(highlight=False, markup=False, soft_wrap=True)
    with tempfile.TemporaryDirectory(prefix="vi-ops-tour-") as folder:
        store = Path(folder) / "vi-bot.db"
        async with playground(scenario, store=str(store)) as play:
            tour = Tour(play, out)
            try:
                await _story(tour, store)
                play.slack.assert_clean()
            except AssertionError as error:
                out.print(f"\ntour: after step {tour.steps}, Slack complains: {error}")
                return 1
            except (StepDiffers, TimeoutError, LookupError) as error:
                out.print(f"\ntour: {error}")
                return 1
    out.print(f"\ntour: {tour.steps} steps, all as expected")
    return 0


async def _story(tour: Tour, store: Path) -> None:
    slack = tour.play.slack
    alice, omar, vera = slack.user("alice"), slack.user("omar"), slack.user("vera")
    idle, busy = tour.subjects(2, active=False), tour.subjects(1, active=True)
    tour.check("there are workflows enough for the story", holds=bool(len(idle) > 1 and busy))
    await _look_around(tour, omar, vera, idle[0])
    await _back_up(tour, omar, idle[0])
    await _refusals(tour, omar, vera, idle[0], busy[0])
    await _delete(tour, omar, idle[0])
    await _change_in_between(tour, omar, idle[1])
    await _read_trail(tour, alice, store)


async def _look_around(tour: Tour, omar: User, vera: User, workflow_id: str) -> None:
    tour.step("Vera asks what she may do")
    await tour.command(vera, "/vi help", "/vi list")
    tour.step("Omar asks who he is to the bot")
    await tour.command(omar, "/vi whoami", "operator")
    tour.step("Vera lists the workflows and turns the page")
    total = len(tour.play.vi.organization.workflow_ids())
    listing = await tour.command(vera, "/vi list", f"1–10 of {total:,}")
    tour.acts(vera, "presses Next")
    await listing.click("Next")
    await listing.updated("11–", _PATIENCE)
    tour.sees(listing, "in the same message")
    tour.acts(vera, "presses Previous")
    await listing.click("Previous")
    await listing.updated("1–10", _PATIENCE)
    tour.check("the first page is back", holds=f"1–10 of {total:,}" in listing.text)
    tour.step("Omar looks at one workflow")
    await tour.command(omar, f"/vi show {tour.name(workflow_id)}", "Delete…")


async def _back_up(tour: Tour, omar: User, workflow_id: str) -> None:
    tour.step("Omar backs it up")
    await tour.command(omar, f"/vi backup {tour.name(workflow_id)}", "The copy is verified")
    organization = tour.play.vi.organization
    copy = organization.workflow(organization.workflow_ids()[0])
    labelled = copy["metadata"]["attributes"].get("backup-of") == workflow_id
    tour.check("Vi holds a copy that names its source", holds=labelled)


async def _refusals(tour: Tour, omar: User, vera: User, idle: str, busy: str) -> None:
    tour.step("Vera may not delete")
    await tour.command(vera, f"/vi delete {tour.name(idle)}", "needs the role operator")
    tour.step("Omar cannot delete what a run is using")
    modal = await tour.dialogue(omar, f"/vi delete {tour.name(busy)}", "cannot be deleted now")
    tour.check("there is nothing to confirm", holds=modal.submit_text is None)
    await modal.close()


async def _delete(tour: Tour, omar: User, workflow_id: str) -> None:
    tour.step("Omar asks to delete, and types the wrong name")
    modal = await tour.dialogue(omar, f"/vi delete {tour.name(workflow_id)}", "To confirm, type")
    tour.acts(omar, "types “something else” and a reason, presses Delete")
    reply = await modal.submit(phrase="something else", reason="Replaced by the new one")
    tour.sees(modal, "in the dialogue")
    tour.check("the field says what is wrong, and nothing is deleted", holds=len(reply.errors) == 1)

    tour.step("Omar types the right name and presses Delete twice, while Vi takes its time")
    tour.acts(omar, "types the name, presses Delete, and Delete again")
    modal.fill(phrase=_phrase(modal))
    hold = tour.play.vi.faults.on("DELETE", "flows/*", Hold())
    person = tour.play.slack.state.directory.person(omar.id)
    view = tour.play.slack.state.views.stack(omar.id)[-1]
    await asyncio.gather(*(tour.play.slack.interactions.submit(person, view) for _ in range(2)))
    tour.sees(await omar.sees_modal(text="already confirmed"), "in the dialogue, to the second press")
    hold.release()
    message = await omar.sees(text="Deleted “", channel="dm")
    tour.sees(modal, "in the dialogue")
    tour.sees(message, "as a direct message")
    tour.sees(await omar.sees(text="Reason: Replaced", channel=AUDIT_CHANNEL), f"in #{AUDIT_CHANNEL}")
    gone = workflow_id not in tour.play.vi.organization.workflow_ids()
    tour.check("the workflow is gone", holds=gone)
    tour.check("one DELETE reached Vi", holds=tour.play.vi.requests.count("DELETE") == 1)
    await modal.close()


async def _change_in_between(tour: Tour, omar: User, workflow_id: str) -> None:
    tour.step("Somebody changes a workflow while Omar reads the dialogue")
    modal = await tour.dialogue(omar, f"/vi delete {tour.name(workflow_id)}", "To confirm, type")
    organization = tour.play.vi.organization
    spec = organization.workflow(workflow_id)["spec"]
    organization.change_workflow(workflow_id, {**spec, "description": "Changed meanwhile"})
    tour.acts(omar, "types the name, gives a reason, presses Delete")
    await modal.submit(phrase=_phrase(modal), reason="Not needed")
    message = await omar.sees(text="changed after you looked", channel="dm")
    tour.sees(message, "as a direct message")
    tour.check("nothing was deleted", holds=workflow_id in organization.workflow_ids())
    tour.check("still one DELETE reached Vi", holds=tour.play.vi.requests.count("DELETE") == 1)
    await omar.sees_modal(text="changed after you looked")
    await modal.close()


async def _read_trail(tour: Tour, alice: User, store: Path) -> None:
    tour.step("Alice reads the audit trail")
    await tour.command(alice, "/vi audit", "Delete “")
    tour.step("Anybody verifies it")
    found = verify_file(store)
    tour.acts(alice, f"vi-bot audit verify: {found.verdict}, {found.entries} entries, head {found.head}")
    tour.check("the trail is sound", holds=found.verdict is Verdict.SOUND)


def _phrase(modal: ModalHandle) -> str:
    label = next(each for each in modal.fields if each.startswith("To confirm, type: "))
    return label.removeprefix("To confirm, type: ")
