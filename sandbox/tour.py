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
_APPROVALS = ({"actions": ("delete",), "above": 3},)
"""From the fourth deletion of a person's within a day, a second person has to agree."""


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
        async with playground(scenario, store=str(store), VI_BOT_APPROVALS=_APPROVALS) as play:
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
    idle, busy = tour.subjects(5, active=False), tour.subjects(1, active=True)
    tour.check("there are workflows enough for the story", holds=bool(len(idle) > 4 and busy))  # noqa: PLR2004 - as above
    await _look_around(tour, omar, vera, idle[0])
    await _back_up(tour, omar, idle[0])
    await _refusals(tour, omar, vera, idle[0])
    await _delete(tour, omar, idle[0])
    await _undo(tour, omar, idle[0])
    await _change_in_between(tour, omar, idle[1])
    await _kill_then_delete(tour, omar, busy[0])
    await _lock(tour, alice, omar, idle[2])
    await _second_person(tour, omar, alice, idle[3:5])
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


async def _refusals(tour: Tour, omar: User, vera: User, idle: str) -> None:
    tour.step("Vera may not delete")
    await tour.command(vera, f"/vi delete {tour.name(idle)}", "needs the role operator")
    tour.step("Omar mistypes a command")
    await tour.command(omar, f"/vi delte {tour.name(idle)}", "Did you mean delete?")


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


async def _undo(tour: Tour, omar: User, workflow_id: str) -> None:
    tour.step("It was the wrong one: Omar presses Undo")
    message = await omar.sees(text="Deleted “", channel="dm")
    tour.acts(omar, "presses Undo")
    await message.click("Undo")
    modal = await omar.sees_modal(text="It does not exist now", timeout=_PATIENCE)
    tour.sees(modal, "in a dialogue")
    tour.acts(omar, "presses Restore")
    await modal.submit()
    await omar.sees_modal(text="Restored “", timeout=_PATIENCE)
    tour.sees(modal, "in the dialogue")
    tour.check("the workflow is back under its old id", holds=workflow_id in tour.play.vi.organization.workflow_ids())
    await message.updated("Restored by", _PATIENCE)
    tour.sees(message, "in the message that offered Undo")
    tour.check("it offers Undo no more", holds="Undo" not in message.buttons)
    await modal.close()


async def _kill_then_delete(tour: Tour, omar: User, workflow_id: str) -> None:
    tour.step("Omar cannot delete what a run is using, so he kills the run")
    modal = await tour.dialogue(omar, f"/vi delete {tour.name(workflow_id)}", "cannot be deleted now")
    tour.check("there is nothing to confirm", holds=modal.submit_text is None)
    organization = tour.play.vi.organization
    for _run in organization.active_runs_of(workflow_id):
        tour.acts(omar, "presses Kill run…")
        await modal.click("Kill run…")
        modal = await omar.sees_modal(text="Stopped at once, and for good", timeout=_PATIENCE)
        tour.sees(modal, "in the same dialogue")
        tour.acts(omar, "types the name, gives a reason, presses Kill run")
        await modal.submit(phrase=_phrase(modal), reason="Wrong dataset")
    modal = await omar.sees_modal(text="Deleted at once", timeout=_PATIENCE)
    tour.sees(modal, "in the same dialogue, which has come back to the deletion")
    tour.acts(omar, "types the name, gives a reason, presses Delete")
    await modal.submit({"phrase": _phrase(modal), "reason": "Wrong dataset", "Before it goes": []})
    await omar.sees_modal(text="Deleted “", timeout=_PATIENCE)
    tour.sees(modal, "in the dialogue")
    tour.check("the workflow is gone", holds=workflow_id not in organization.workflow_ids())
    await modal.close()


async def _lock(tour: Tour, alice: User, omar: User, workflow_id: str) -> None:
    tour.step("Alice locks what is in production, and Omar cannot delete it")
    await tour.command(alice, f'/vi lock {tour.name(workflow_id)} --reason "in production"', "Nobody can delete it")
    modal = await tour.dialogue(
        omar, f"/vi delete {tour.name(workflow_id)}", "It is locked, with the reason “in production”"
    )
    tour.check("there is nothing to confirm", holds=modal.submit_text is None)
    await modal.close()


async def _second_person(tour: Tour, omar: User, alice: User, workflow_ids: list[str]) -> None:
    tour.step("Omar deletes two more, and the policy asks for a second person")
    names = " ".join(tour.name(each) for each in workflow_ids)
    modal = await tour.dialogue(omar, f"/vi delete {names}", "To confirm, type: delete 2 workflows")
    tour.acts(omar, "types “delete 2 workflows”, gives a reason, presses Delete")
    await modal.submit({"phrase": "delete 2 workflows", "reason": "Cleaning up", "Before it goes": []})
    await omar.sees_modal(text="A second person has to agree", timeout=_PATIENCE)
    tour.sees(modal, "in the dialogue")
    await modal.close()
    await tour.command(omar, "/vi pending", "waits for a second person")
    request = await alice.sees(text="asks for a second person", channel=AUDIT_CHANNEL)
    tour.sees(request, f"in #{AUDIT_CHANNEL}")
    tour.acts(alice, "presses Approve")
    await request.click("Approve")
    await request.updated("Agreed by", _PATIENCE)
    message = await omar.sees(text="Deleted 2 of 2 workflows", channel="dm", timeout=_PATIENCE)
    tour.sees(message, "as a direct message to Omar")
    left = set(workflow_ids) & set(tour.play.vi.organization.workflow_ids())
    tour.check("both are gone", holds=not left)
    tour.sees(request, f"in #{AUDIT_CHANNEL}")
    tour.check("the request has no buttons any more", holds=not request.buttons)


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
    tour.check("no further DELETE reached Vi", holds=tour.play.vi.requests.count("DELETE") == 1)
    await omar.sees_modal(text="changed after you looked")
    await modal.close()


async def _read_trail(tour: Tour, alice: User, store: Path) -> None:
    tour.step("Alice reads the audit trail")
    await tour.command(alice, "/vi audit --action delete --outcome succeeded", "Delete “")
    tour.step("She looks at one entry, and takes the whole trail home")
    await tour.command(alice, "/vi audit --entry 1", "Start of the bot")
    await tour.command(alice, "/vi audit --export jsonl", "sent to you by direct message")
    tour.sees(await alice.sees(text="The file follows in this thread", channel="dm"), "as a direct message")
    tour.step("Anybody verifies it")
    found = verify_file(store)
    tour.acts(alice, f"vi-bot audit verify: {found.verdict}, {found.entries} entries, head {found.head}")
    tour.check("the trail is sound", holds=found.verdict is Verdict.SOUND)


def _phrase(modal: ModalHandle) -> str:
    label = next(each for each in modal.fields if each.startswith("To confirm, type: "))
    return label.removeprefix("To confirm, type: ")
