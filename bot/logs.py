"""The log: one line of JSON an event on standard error, or readable lines in a terminal; never a secret.

Each line says what kind of request it belongs to (`kind`), and which operation of the audit trail (`operation`).
"""

import logging
import sys
from typing import TextIO

import stamina
import structlog
from structlog.typing import EventDict, Processor

from bot.domain.redaction import REMOVED, without_secrets

_NOISY = ("httpx", "aiohttp.access", "slack_bolt.AsyncApp", "slack_sdk.socket_mode.aiohttp")
_FIELDS = ("command", "result", "milliseconds")
"""What a line may have beside its sentence, so that it can be looked for."""


def configure_logs(level: str, *, secrets: tuple[str, ...] = (), stream: TextIO | None = None) -> None:
    """Send everything that is logged, by whatever library, to one place.

    Args:
        level: the least that is written: INFO, WARNING or ERROR.
        secrets: the bot's own; each is taken out of every line, whatever its form.
        stream: where it is written; standard error unless given.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,  # the request's kind, and the operation that it has come to
        structlog.stdlib.ExtraAdder(_FIELDS),
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    stream = stream or sys.stderr
    last = structlog.dev.ConsoleRenderer(colors=False) if stream.isatty() else structlog.processors.JSONRenderer()

    def censor(_logger: object, _name: str, event: EventDict) -> EventDict:
        said = {name: value for name, value in event.items() if value != ""}  # there may be no operation yet
        return {name: value if isinstance(value, int) else _censored(value, secrets) for name, value in said.items()}

    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, censor, last],
        )
    )
    # stamina would log each retry past this handler; the client of Vi says what matters by itself.
    stamina.instrumentation.set_on_retry_hooks(())
    logging.basicConfig(handlers=[handler], level=level, force=True)
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)


def _censored(value: object, secrets: tuple[str, ...]) -> str:
    text = str(value)
    for secret in secrets:
        text = text.replace(secret, REMOVED)
    return without_secrets(text)
