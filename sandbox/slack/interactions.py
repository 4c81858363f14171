"""What people do with the app, as Slack passes it on, and what they get to see of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.slack import payloads
from sandbox.slack.delivery import Delivery, Outcome, Receipt, Transport
from sandbox.slack.directory import Person
from sandbox.slack.manifest import Shortcut
from sandbox.slack.messages import Message
from sandbox.slack.replies import (
    MalformedReplyError,
    apply_command_reply,
    apply_submission_reply,
    read_suggestions,
    require_empty,
)
from sandbox.slack.response_urls import ResponseUrl
from sandbox.slack.state import WorkspaceState
from sandbox.slack.views import Surface, View
from sandbox.slack.wire import Kind

TROUBLE = "We had some trouble connecting. Try again?"
"""What a modal says when its submission failed. Assumed: also what is seen after a failed click or suggestion."""
NOT_INTERACTIVE = "This app is not configured to handle interactive responses."
COMMAND_ERRORS = {
    Outcome.LATE: "operation_timeout",
    Outcome.UNREACHABLE: "dispatch_failed",
    Outcome.REFUSED: "dispatch_failed",
}
EVENT_RETRY_SECONDS = (0, 60, 300)
"""Slack: apis/events-api, an event is sent again at once, after a minute and after five minutes."""


@dataclass(frozen=True)
class Reaction:
    """What came of one thing a person did.

    Attributes:
        ack_ms: Milliseconds until the app acknowledged; None if it did not in time.
        error: What Slack tells the person; None if all went well.
        message: The message in a command's acknowledgement, if there was one.
        address: The response_url that went with it, if one did.
    """

    ack_ms: float | None
    error: str | None = None
    message: Message | None = None
    address: ResponseUrl | None = None


class Interactions:
    """Slack between the people and the app."""

    def __init__(self, state: WorkspaceState, transport: Transport) -> None:
        self._state = state
        self._transport = transport

    async def run_command(self, person: Person, conversation_id: str, typed: str) -> Reaction:
        """Run a slash command that was typed into a conversation; its text is all after the first space."""
        name, _, text = typed.partition(" ")
        command = self._state.manifest.command(name)
        if command is None:
            return Reaction(None, f"{name} is not a valid command.")
        address = self._state.response_urls.issue(conversation_id, person.id, typed=typed)
        payload = payloads.command_payload(self._state, person, conversation_id, command, text, address)
        receipt = await self._deliver(Delivery(Kind.COMMAND, payload))
        if receipt.outcome is not Outcome.ACKNOWLEDGED:
            error = f'{name} failed with the error "{COMMAND_ERRORS[receipt.outcome]}"'
            return Reaction(None, error, address=address)
        try:
            message = apply_command_reply(self._state, address, receipt.body)
        except MalformedReplyError as malformed:
            self._note_malformed(receipt, malformed)
            return Reaction(receipt.ms, address=address)
        return Reaction(receipt.ms, message=message, address=address)

    async def act_on_message(self, person: Person, message: Message, action: Mapping[str, Any]) -> Reaction:
        """Use an interactive element of a message."""
        address = self._state.response_urls.issue(message.conversation_id, person.id, source=message)
        payload = payloads.message_action_payload(self._state, person, message, self._stamped(action), address)
        return await self._interact(payload, address)

    async def act_in_view(self, person: Person, view: View, action: Mapping[str, Any]) -> Reaction:
        """Use an interactive element of a modal or a Home tab."""
        return await self._interact(payloads.view_action_payload(self._state, person, view, self._stamped(action)))

    async def run_shortcut(self, person: Person, shortcut: Shortcut) -> Reaction:
        """Run a global shortcut."""
        return await self._interact(payloads.shortcut_payload(self._state, person, shortcut))

    async def submit(self, person: Person, view: View) -> Reaction:
        """Submit a modal with what is entered in it, and do with it what the app says."""
        self._state.views.say_errors(view, {})
        receipt = await self._send(payloads.submission_payload(self._state, person, view))
        if receipt.outcome is Outcome.ACKNOWLEDGED and not view.is_open:
            return Reaction(receipt.ms)
        if receipt.outcome is Outcome.ACKNOWLEDGED:
            try:
                apply_submission_reply(self._state, view, receipt.body)
            except MalformedReplyError as malformed:
                self._note_malformed(receipt, malformed)
            else:
                return Reaction(receipt.ms)
        self._state.views.say_errors(view, {}, TROUBLE)
        return Reaction(receipt.ms, TROUBLE)

    async def close(self, person: Person, view: View, *, whole_stack: bool = False) -> Reaction:
        """Close a modal, or with `whole_stack` all that are open (the ✕), and tell the app where it asked for it."""
        told = self._state.views.stack(person.id)[0] if whole_stack else view
        cleared = whole_stack or bool(view.content["clear_on_close"])
        payload = payloads.closed_payload(self._state, person, told, is_cleared=cleared)
        if cleared:
            self._state.views.clear(person.id)
        else:
            self._state.views.close(view)
        return await self._interact(payload) if told.content["notify_on_close"] else Reaction(None)

    async def suggest(
        self, person: Person, source: Message | View, element: Mapping[str, Any], typed: str
    ) -> list[dict[str, Any]]:
        """Ask the app for the options of an external select; none if it does not answer in time."""
        receipt = await self._send(payloads.suggestion_payload(self._state, person, source, element, typed))
        if receipt.outcome is not Outcome.ACKNOWLEDGED:
            return []
        try:
            return read_suggestions(receipt.body)
        except MalformedReplyError as malformed:
            self._note_malformed(receipt, malformed)
            return []

    async def open_home(self, person: Person, tab: str = Surface.HOME) -> Receipt | None:
        """Open the app's Home tab; None if the app did not subscribe to hear of it."""
        if "app_home_opened" not in self._state.manifest.events:
            return None
        event = payloads.home_opened_event(self._state, person, tab)
        return await self._send_event(payloads.event_payload(self._state, event))

    async def _interact(self, payload: Mapping[str, Any], address: ResponseUrl | None = None) -> Reaction:
        if not self._state.manifest.is_interactive:
            self._state.complain("not_interactive", "The manifest does not turn interactivity on.")
            return Reaction(None, NOT_INTERACTIVE)
        receipt = await self._send(payload)
        if receipt.outcome is not Outcome.ACKNOWLEDGED:
            return Reaction(None, TROUBLE, address=address)
        try:
            require_empty(receipt.body)
        except MalformedReplyError as malformed:
            self._note_malformed(receipt, malformed)
        return Reaction(receipt.ms, address=address)

    async def _send(self, payload: Mapping[str, Any]) -> Receipt:
        return await self._deliver(Delivery(Kind.INTERACTION, payload))

    async def _deliver(self, delivery: Delivery) -> Receipt:
        if self._state.faults.take(f"twice:{delivery.name}", delivery.payload) is not None:
            self._state.background.start(self._transport.deliver(delivery))
        return await self._transport.deliver(delivery)

    async def _send_event(self, payload: Mapping[str, Any]) -> Receipt:
        receipt = await self._deliver(Delivery(Kind.EVENT, payload))
        if receipt.retry_reason:
            self._state.background.start(self._send_again(payload, receipt.retry_reason))
        return receipt

    async def _send_again(self, payload: Mapping[str, Any], reason: str) -> None:
        for attempt, seconds in enumerate(EVENT_RETRY_SECONDS, start=1):
            await self._state.clock.sleep(seconds)
            receipt = await self._deliver(Delivery(Kind.EVENT, payload, attempt, reason))
            if not receipt.retry_reason:
                return
            reason = receipt.retry_reason

    def _stamped(self, action: Mapping[str, Any]) -> dict[str, Any]:
        return {**action, "action_ts": self._state.messages.next_ts()}

    def _note_malformed(self, receipt: Receipt, malformed: MalformedReplyError) -> None:
        self._state.complain("malformed_reply", f"{receipt.exchange.name}: {malformed}", receipt.exchange)
