"""The log: one line an event, and never a secret."""

import io
import json
import logging

from bot.logs import configure_logs
from tests.logging_state import log_restored


def test_each_event_is_one_line_of_json_without_secrets() -> None:
    stream = io.StringIO()
    with log_restored():
        configure_logs("INFO", secrets=("hunter2",), stream=stream)
        log = logging.getLogger("bot.test")
        log.info("key %s and hunter2", "xoxb-123456789")
        log.debug("too quiet")
        log.error("it failed", exc_info=ValueError("hunter2"))
    first, second = (json.loads(line) for line in stream.getvalue().splitlines())
    assert first["event"] == "key [removed] and [removed]"
    assert first["level"] == "info"
    assert first["logger"] == "bot.test"
    assert "hunter2" not in second["exception"]
    assert "ValueError" in second["exception"]


def test_a_terminal_gets_lines_for_people() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    stream = Terminal()
    with log_restored():
        configure_logs("INFO", stream=stream)
        logging.getLogger("bot.test").info("hello")
    assert "hello" in stream.getvalue()
    assert "{" not in stream.getvalue()
