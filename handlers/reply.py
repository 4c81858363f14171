"""The answer to one command or click: a message, a notice that it takes longer, or what went wrong."""

from collections.abc import Awaitable
from dataclasses import dataclass

from bot.domain.errors import BotError
from handlers.context import Context
from handlers.failures import told, with_notice
from handlers.messages.blocks import Message
from handlers.messages.failure import failure_message, failure_view, unexpected_message, unexpected_view
from handlers.messages.notice import working_message


@dataclass(frozen=True, slots=True)
class Reply:
    """Where an answer goes, and what it is the answer to.

    Attributes:
        command: what was asked, as a command, for the last line of the answer.
        response_url: empty for a control in a modal or in the Home tab: then the answer is a direct message.
        replace: whether the message that was clicked gives way to the answer; failures never replace it.
    """

    context: Context
    response_url: str
    person_id: str
    command: str = ""
    replace: bool = False

    async def carry_out(self, work: Awaitable[Message | None]) -> str:
        """Await the answer and send it; nothing escapes. What came of it, as `told` says."""
        return await told(
            with_notice(self._send(work), self.context.patience, self._notice),
            error=self._failure,
            unexpected=self._unexpected,
        )

    async def _send(self, work: Awaitable[Message | None]) -> None:
        message = await work
        if message is not None:
            await self._say(message, replace=self.replace)

    async def _notice(self) -> None:
        await self._say(working_message(self.context.frame, self.command, self.person_id))

    async def _failure(self, error: BotError) -> None:
        await self._say(failure_message(self.context.frame, error, command=self.command, person_id=self.person_id))

    async def _unexpected(self, reference: str) -> None:
        await self._say(
            unexpected_message(self.context.frame, reference, command=self.command, person_id=self.person_id)
        )

    async def _say(self, message: Message, *, replace: bool = False) -> None:
        delivery = self.context.delivery
        if self.response_url:
            await delivery.answer(self.response_url, message, replace=replace)
        else:
            await delivery.post(self.person_id, message)


_TITLE = "Vi workflows"


@dataclass(frozen=True, slots=True)
class ViewReply:
    """The answer to a click in a modal, which comes without a response_url: what goes wrong is said in the modal."""

    context: Context
    view_id: str

    async def carry_out(self, work: Awaitable[object]) -> None:
        """Await the work, which shows by itself what comes of it; nothing escapes."""
        await told(_only(work), error=self._failure, unexpected=self._unexpected)

    async def _failure(self, error: BotError) -> None:
        await self.context.delivery.update_modal(self.view_id, failure_view(self.context.frame, _TITLE, error))

    async def _unexpected(self, reference: str) -> None:
        await self.context.delivery.update_modal(self.view_id, unexpected_view(_TITLE, reference))


async def _only(work: Awaitable[object]) -> None:
    await work
