"""Nothing is changed in Vi but through an operation whose `started` is in the audit trail."""

import ast
from pathlib import Path

import bot
import handlers

_ROOMS = (Path(bot.__file__).parent, Path(str(handlers.__file__)).parent)


def uses_of(name: str) -> set[str]:
    """The files in which something's attribute of this name is used."""
    return {
        path.name
        for room in _ROOMS
        for path in room.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr == name
    }


def test_only_a_started_operation_reaches_what_changes_vi() -> None:
    assert uses_of("workflow_changes") == {"recording.py"}


def test_only_operations_that_start_call_it() -> None:
    assert uses_of("delete_workflow") == {"recording.py", "deletion.py"}
    assert uses_of("write_workflow") == {"recording.py", "backup.py", "restoration.py"}
    assert uses_of("kill_run") == {"recording.py", "killing.py"}
