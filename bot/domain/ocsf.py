"""An entry of the trail as an event of the Open Cybersecurity Schema Framework: class API Activity (6003).

Written for schema 1.3.0 and without what later versions, up to 1.8.0, deprecate
(https://github.com/ocsf/ocsf-schema, events/application/api_activity.json). OCSF has no stage: an entry that is
neither an end nor a refusal has the status Other, named as the stage. What OCSF has no attribute for is in `unmapped`.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.domain.audit import Action, SealedEntry, Stage
from bot.domain.workflow import JsonObject

VERSION = "1.3.0"
"""The version of the schema that an event names."""

_CATEGORY = 6
_CLASS = 6003
_OTHER = 99
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PRODUCT = "Vi Ops"
_PLATFORM = "Datature Vi"

_ACTIVITIES: Mapping[str, tuple[int, str]] = {
    Action.BACKUP: (1, "Create"),
    Action.RESTORE: (1, "Create"),
    Action.HELP: (2, "Read"),
    Action.WHOAMI: (2, "Read"),
    Action.LIST: (2, "Read"),
    Action.SHOW: (2, "Read"),
    Action.BACKUPS: (2, "Read"),
    Action.RUNS: (2, "Read"),
    Action.PENDING: (2, "Read"),
    Action.HOME: (2, "Read"),
    Action.STATUS: (2, "Read"),
    Action.AUDIT: (2, "Read"),
    Action.EXPORT: (2, "Read"),
    Action.KILL: (3, "Update"),
    Action.LOCK: (3, "Update"),
    Action.UNLOCK: (3, "Update"),
    Action.DELETE: (4, "Delete"),
}

_STATUSES: Mapping[str, tuple[int, str]] = {
    Stage.SUCCEEDED: (1, "Success"),
    Stage.FAILED: (2, "Failure"),
    Stage.DENIED: (2, "Failure"),
    Stage.UNKNOWN: (0, "Unknown"),
}

_INFORMATIONAL = (1, "Informational")
_SEVERITIES: Mapping[str, tuple[int, str]] = {
    Stage.FAILED: (2, "Low"),
    Stage.DENIED: (2, "Low"),
    Stage.UNKNOWN: (3, "Medium"),
}

_MAPPED = frozenset({"v", "seq", "id", "op", "ts", "action", "actor", "target", "outcome"})


def api_activity(entry: SealedEntry, content: JsonObject) -> JsonObject:
    """The event that an entry is.

    Args:
        entry: the entry.
        content: its body, read; a stage or action that this version does not know is Other.

    Raises:
        ValueError: its time cannot be read.
    """
    stage, action = _text(content, "stage"), _text(content, "action")
    activity_id, activity = _ACTIVITIES.get(action, (_OTHER, "Other"))
    status_id, status = _STATUSES.get(stage, (_OTHER, stage))
    severity_id, severity = _SEVERITIES.get(stage, _INFORMATIONAL)
    outcome = _part(content, "outcome")
    return {
        "category_uid": _CATEGORY,
        "category_name": "Application Activity",
        "class_uid": _CLASS,
        "class_name": "API Activity",
        "activity_id": activity_id,
        "activity_name": activity if activity_id != _OTHER else action,
        "type_uid": _CLASS * 100 + activity_id,
        "type_name": f"API Activity: {activity}",
        "severity_id": severity_id,
        "severity": severity,
        "status_id": status_id,
        "status": status,
        **_given(status_code=_text(outcome, "code"), status_detail=_text(outcome, "message")),
        "time": _milliseconds(entry, _text(content, "ts")),
        "message": f"{action} {stage}",
        "metadata": _metadata(entry, content),
        "actor": {"user": _user(_part(content, "actor"))},
        "api": _api(action, outcome),
        "src_endpoint": _source(_part(content, "source")),
        **_given(resources=[_resource(_part(content, "target"))] if "target" in content else []),
        "unmapped": {"hash": entry.hash, **{name: value for name, value in content.items() if name not in _MAPPED}},
    }


def _milliseconds(entry: SealedEntry, text: str) -> int:
    try:
        return (datetime.fromisoformat(text).astimezone(UTC) - _EPOCH) // timedelta(milliseconds=1)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"entry #{entry.seq} is not an entry: its time cannot be read") from error


def _metadata(entry: SealedEntry, content: JsonObject) -> JsonObject:
    return {
        "version": VERSION,
        "product": {
            "name": _PRODUCT,
            "vendor_name": _PRODUCT,
            **_given(version=_text(_part(content, "host"), "version")),
        },
        "log_name": "audit",
        "log_provider": _PRODUCT,
        "log_version": str(content.get("v", "")),
        "uid": _text(content, "id"),
        "correlation_uid": _text(content, "op"),
        "sequence": entry.seq,
        "original_time": _text(content, "ts"),
    }


def _user(actor: JsonObject) -> JsonObject:
    kind, team = _text(actor, "kind"), _text(actor, "team")
    return {
        "uid": _text(actor, "id"),
        **_given(name=_text(actor, "name")),
        **({"type_id": 1, "type": "User"} if kind == "person" else {"type_id": _OTHER, "type": kind}),
        **_given(org={"uid": team} if team else {}),
    }


def _api(action: str, outcome: JsonObject) -> JsonObject:
    code, message, trace = (_text(outcome, name) for name in ("code", "message", "trace"))
    error = code != "ok"
    response = _given(
        code=outcome.get("status"),
        error=code if error else "",
        error_message=message if error else "",
        message="" if error else message,
    )
    return {
        "operation": action,
        "service": {"name": _PLATFORM if action.startswith("vi.") else _PRODUCT},
        **_given(request={"uid": trace} if trace else {}, response=response),
    }


def _source(source: JsonObject) -> JsonObject:
    """Where it was asked, as far as known: Slack tells a bot the channel, and no address of the person's device."""
    channel = _text(source, "channel")
    return {"name": _text(source, "kind"), **({"uid": channel, "svc_name": "Slack"} if channel else {})}


def _resource(target: JsonObject) -> JsonObject:
    return {
        "uid": _text(target, "id"),
        **_given(name=_text(target, "name"), type=_text(target, "kind"), version=_text(target, "version")),
    }


def _given(**members: Any) -> JsonObject:
    return {name: value for name, value in members.items() if value}


def _part(content: JsonObject, name: str) -> JsonObject:
    value = content.get(name)
    return value if isinstance(value, Mapping) else {}


def _text(content: JsonObject, name: str) -> str:
    value = content.get(name, "")
    return value if isinstance(value, str) else str(value)
