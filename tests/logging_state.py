"""Tests that configure the log put it back afterwards."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import stamina


@contextmanager
def log_restored() -> Iterator[None]:
    """Leave handlers, levels and stamina's hooks as they were."""
    root, hooks = logging.getLogger(), stamina.instrumentation.get_on_retry_hooks()
    handlers, level = root.handlers[:], root.level
    levels = {
        name: each.level for name, each in logging.Logger.manager.loggerDict.items() if isinstance(each, logging.Logger)
    }
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        for name, each in logging.Logger.manager.loggerDict.items():
            if isinstance(each, logging.Logger):
                each.setLevel(levels.get(name, logging.NOTSET))
        stamina.instrumentation.set_on_retry_hooks(hooks)
