"""What the emulator answers where Slack answers `ok: false`."""

from collections.abc import Mapping, Sequence
from typing import Any


class SlackError(Exception):
    """A refusal of the Web API, by its documented name.

    Attributes:
        code: Slack's name of the error, such as `channel_not_found`.
        messages: Details, given to the app in `response_metadata.messages`.
        details: What else stands in the answer.
        fault: The broken rule in a sentence, where getting this error means that the app did something wrong;
            None for an error that a correct app meets too (a modal that its user closed is `not_found`).
        kind: What the violation is recorded under; the error's own name unless a rule has a name of its own.
    """

    def __init__(
        self,
        code: str,
        *,
        fault: str | None = None,
        kind: str | None = None,
        messages: Sequence[str] = (),
        details: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.fault = fault
        self.kind = kind or code
        self.messages = tuple(messages)
        self.details = dict(details or {})
