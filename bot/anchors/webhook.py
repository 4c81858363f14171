"""Checkpoints in a Slack channel, posted through an incoming webhook of another app.

It must be another app's: with the bot's own token, what the bot itself has posted can be changed and deleted
(`chat.update`, `chat.delete`), but not what another app has. The webhook's address is a right to post, so it is
treated as a secret.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus

import aiohttp

from bot.domain.checkpoint import Checkpoint
from bot.domain.errors import AnchorUnavailable

_TIME_LIMIT = aiohttp.ClientTimeout(total=10)
_LONGEST_PAUSE = 30  # seconds
_SECONDS = re.compile(r"[0-9]{1,4}")
_REASON = re.compile(r"[A-Za-z_ ]{1,60}")
# Slack: changelog 2016-05-17, "Improving error conditions for Incoming Webhooks". None of these ends by itself.
_DEAD = frozenset({HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
_MAKE_ANOTHER = (
    "The webhook no longer works: its app was removed, or its channel archived or restricted. "
    "Make a new incoming webhook and put its address into the bot's settings."
)
_LATER = "The bot tries again by itself."


class WebhookAnchor:
    """`bot.ports.Anchor` as messages in a Slack channel.

    Nothing is sent twice but what Slack refused since it was too much at once: then one time more, if Slack asks for
    no more than 30 s of patience.
    """

    def __init__(
        self,
        url: str,
        session: aiohttp.ClientSession,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._url = url
        self._session = session
        self._sleep = sleep

    @property
    def name(self) -> str:
        """What people call the place."""
        return "the Slack webhook"

    async def note(self, checkpoint: Checkpoint) -> None:
        """Post a checkpoint.

        Raises:
            AnchorUnavailable: it was not, or may not have been, posted.
        """
        text = f"Audit trail of Vi Ops, checkpoint at entry #{checkpoint.receipt.seq}:\n`{checkpoint}`"
        answer = await self._post(text)
        if (pause := answer.pause) is not None:
            await self._sleep(pause)
            answer = await self._post(text)
        if not answer.is_ok:
            advice = _MAKE_ANOTHER if answer.status in _DEAD else _LATER
            raise self._unavailable(f"Slack answered {answer.status} {answer.reason}".rstrip(), advice)

    async def _post(self, text: str) -> "_Answer":
        content = {"text": text, "unfurl_links": False, "unfurl_media": False}
        try:
            async with self._session.post(
                self._url, json=content, timeout=_TIME_LIMIT, allow_redirects=False
            ) as response:
                body = (await response.read()).decode(errors="replace")
                return _Answer(response.status, body, response.headers.get("Retry-After", ""))
        except TimeoutError:
            reason = f"no answer came within {_TIME_LIMIT.total:g} s"
        except aiohttp.ClientConnectorError:
            reason = "Slack could not be reached"
        except (aiohttp.ClientError, OSError):
            reason = "the connection was lost before the answer"
        # Raised out here, so that nothing leads back to the error: some of aiohttp's show the address.
        raise self._unavailable(reason, _LATER)

    def _unavailable(self, reason: str, advice: str) -> AnchorUnavailable:
        return AnchorUnavailable(f"The checkpoint was not noted by {self.name}: {reason}.", advice)


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    body: str
    retry_after: str

    @property
    def is_ok(self) -> bool:
        """Whether it is Slack's own; a proxy in between may say 200, too."""
        return self.status == HTTPStatus.OK and self.body.strip() == "ok"

    @property
    def pause(self) -> float | None:
        """The seconds after which it is worth another try; None where it is not."""
        if self.status != HTTPStatus.TOO_MANY_REQUESTS or not _SECONDS.fullmatch(self.retry_after):
            return None
        seconds = float(self.retry_after)
        return seconds if seconds <= _LONGEST_PAUSE else None

    @property
    def reason(self) -> str:
        """Slack's name of the error; empty for anything else, which could repeat the address."""
        return self.body if _REASON.fullmatch(self.body) else ""
