"""What a call of the store's comes to: told to its caller once the transaction that it shared is over."""

import asyncio
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Answer:
    """The result of a call, or its error, and the future that its caller waits for."""

    future: asyncio.Future[Any]
    result: Any = None
    error: Exception | None = None

    def tell(self) -> None:
        """Tell the caller, in the caller's event loop."""
        if self.future.done():
            return  # who waited has given up
        if self.error is None:
            self.future.set_result(self.result)
        else:
            self.future.set_exception(self.error)
