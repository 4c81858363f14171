"""The bot to try by hand: both emulators run, the terminal shows the conversation, and lines typed are sent.

vi-bot demo
"""

import asyncio
import math
import sys
import textwrap
from collections.abc import Awaitable, Callable

from rich.console import Console

from sandbox.playground import playground
from sandbox.slack.driver.errors import CannotDoError, NotSeenError
from sandbox.slack.driver.page import MessageHandle, Page
from sandbox.slack.driver.person import User
from sandbox.slack.workspace import SlackWorkspace

_HELP = """\
What you type goes to the bot as it is:      /vi list
Be somebody else:                            :as vera        (alice, omar, paula, vera, nina, gus)
Press a button below the last message:       :press Next
Choose from a row's menu:                    :choose Delete… near Potholes
Fill in a field of the dialogue:             :fill phrase = Potholes
Send the dialogue, or close it:              :submit         :close
This help, or the end:                       :help           :quit
"""


class Terminal:
    """One terminal in front of the workspace: it speaks for one person at a time and prints what that person sees."""

    def __init__(self, slack: SlackWorkspace, out: Console) -> None:
        self._slack = slack
        self._out = out
        self._person = slack.user("alice")
        self._printed: dict[str, str] = {}
        self._acts: dict[str, Callable[[str], Awaitable[None]]] = {
            "as": self._become,
            "press": self._press,
            "choose": self._choose,
            "fill": self._fill,
            "submit": self._submit,
            "close": self._close,
            "help": self._explain,
        }

    @property
    def prompt(self) -> str:
        """Who types."""
        return f"{self._person.name} › "

    async def take(self, line: str) -> bool:
        """Carry out one line; False when it asks for the end."""
        if line == ":quit":
            return False
        try:
            if line.startswith(":"):
                name, _space, rest = line[1:].partition(" ")
                await self._acts.get(name, self._explain)(rest.strip())
            elif line:
                reply = await self._person.command(line, "ml-ops")
                if reply.error:
                    self._out.print(f"   Slack: {reply.error}")
        except (CannotDoError, NotSeenError, KeyError, ValueError) as error:
            self._out.print(f"   {error}")
        return True

    async def watch(self) -> None:
        """Print whatever changes on the person's screen, until cancelled."""
        while True:
            shown = self._on_screen()
            for key, (where, page) in shown.items():
                text = page.text.strip()
                if self._printed.get(key) != text:
                    self._printed[key] = text
                    self._out.print(f"\n   {where}")
                    self._out.print(textwrap.indent(text, "      "))
            await self._slack.state.changes.wait_for(lambda: self._differs() or None, math.inf)

    def _on_screen(self) -> dict[str, tuple[str, Page]]:
        pages: dict[str, tuple[str, Page]] = {}
        for message in self._person.messages:
            where = "vi-ops, visible to you only:" if message.is_ephemeral else f"in {message.channel_id}:"
            pages[f"{self._person.name} {message.ts}"] = (where, message)
        if self._person.modal is not None:
            pages[f"{self._person.name} modal"] = ("vi-ops, in a dialogue:", self._person.modal)
        return pages

    def _differs(self) -> bool:
        return any(self._printed.get(key) != page.text.strip() for key, (_where, page) in self._on_screen().items())

    def _last(self) -> MessageHandle:
        messages = [each for each in self._person.messages if each.blocks]
        if not messages:
            raise KeyError("there is no message yet")
        return messages[-1]

    def _page(self) -> Page:
        return self._person.modal or self._last()

    async def _become(self, name: str) -> None:
        person: User = self._slack.user(name)
        self._person = person

    async def _press(self, name: str) -> None:
        await self._page().click(name)

    async def _choose(self, words: str) -> None:
        option, _near, row = words.partition(" near ")
        await self._last().choose("⋯", option=option.strip(), near=row.strip() or None)

    async def _fill(self, words: str) -> None:
        name, _equals, value = words.partition("=")
        if self._person.modal is None:
            raise KeyError("there is no dialogue open")
        self._person.modal.fill({name.strip(): value.strip()})

    async def _submit(self, _words: str) -> None:
        if self._person.modal is None:
            raise KeyError("there is no dialogue open")
        await self._person.modal.submit()

    async def _close(self, _words: str) -> None:
        if self._person.modal is None:
            raise KeyError("there is no dialogue open")
        await self._person.modal.close()

    async def _explain(self, _words: str) -> None:
        self._out.print(_HELP)


async def run_demo(scenario: str) -> int:
    """Run until the input ends or the person does. 0."""
    out = Console(highlight=False, markup=False, soft_wrap=True)
    async with playground(scenario) as play:
        terminal = Terminal(play.slack, out)
        out.print(f"Slack listens on {play.slack.url}, Vi on {play.vi.url}. Nothing leaves this machine.\n\n{_HELP}")
        watching = asyncio.create_task(terminal.watch())
        try:
            while True:
                out.print(terminal.prompt, end="")
                line = await asyncio.to_thread(sys.stdin.readline)
                if not line or not await terminal.take(line.strip()):
                    break
                await asyncio.sleep(0)
        finally:
            watching.cancel()
    return 0
