"""Vi's JSON documents: which bodies the API accepts, how a patch merges, and how a run words its state."""

import re
from collections.abc import Mapping
from typing import Any, TypeAlias

from sandbox.scenarios import RunState

JsonObject: TypeAlias = dict[str, Any]

# vi-sdk checks ids with this class of characters and these lengths before it sends anything.
_ID = re.compile(r"[A-Za-z0-9_-]{1,255}")

# The fields that vi-sdk requires of a flow's spec and of each of its blocks when it decodes them.
_SPEC_FIELDS: Mapping[str, type] = {"name": str, "schema": str, "tolerations": dict, "settings": dict, "blocks": list}
_BLOCK_FIELDS: Mapping[str, type] = {"block": str, "settings": dict, "style": dict}
_JSON_NAMES: Mapping[type, str] = {str: "a string", dict: "an object", list: "an array"}

# Undocumented beyond the names of conditions and statuses. Assumed: a queued run has no condition yet,
# a starting one waits for "Started", and a kill shows in `spec.killedAt` before it shows in the status.
_CONDITIONS: Mapping[RunState, tuple[JsonObject, ...]] = {
    RunState.QUEUED: (),
    RunState.STARTING: ({"condition": "Started", "status": "Waiting"},),
    RunState.RUNNING: (
        {"condition": "Started", "status": "Reached"},
        {"condition": "Finished", "status": "Waiting"},
    ),
    RunState.COMPLETED: (
        {"condition": "Started", "status": "Reached"},
        {"condition": "Finished", "status": "Reached"},
    ),
    RunState.FAILED: (
        {"condition": "Started", "status": "Reached"},
        {
            "condition": "Finished",
            "status": "FailedReach",
            "reason": "OutOfMemory",
            "message": "The accelerator ran out of memory in epoch 3.",
        },
    ),
    RunState.KILLED: (
        {"condition": "Started", "status": "Reached"},
        {"condition": "Finished", "status": "Waiting"},
    ),
    # The vendor's documentation has an example whose last condition is called "Succeeded".
    RunState.SUCCEEDED: (
        {"condition": "Started", "status": "Reached"},
        {"condition": "Succeeded", "status": "Reached"},
    ),
    RunState.UNDOCUMENTED: ({"condition": "Evaluating", "status": "Reached"},),
}
_ENDINGS = {("Finished", "Reached"), ("Succeeded", "Reached")}


class InvalidDocumentError(Exception):
    """A body that is JSON but not what the endpoint takes; the text says which field, and why."""


def is_id(text: str) -> bool:
    """Whether `text` has the form of an id: 1 to 255 of `A-Z a-z 0-9 _ -`, and nothing after them."""
    return _ID.fullmatch(text) is not None


def check_members(where: str, value: Any, allowed: set[str]) -> JsonObject:
    """Take `value` if it is an object with no other members than these.

    vi-sdk notes that the gateway's validator rejects members it does not know in the body of a PATCH;
    assumed to hold for each envelope (`spec` and `metadata` of a body), never for what is inside a flow's spec.

    Raises:
        InvalidDocumentError: it is not an object, or has other members.
    """
    if not isinstance(value, dict):
        raise InvalidDocumentError(f"{where} must be an object.")
    if unknown := sorted(value.keys() - allowed):
        raise InvalidDocumentError(f"{where} has members that are not allowed: {', '.join(unknown)}.")
    return value


def check_attributes(body: JsonObject) -> dict[str, str] | None:
    """The attributes that a body sets, or None where it sets none.

    Raises:
        InvalidDocumentError: `metadata` is anything but `{"attributes": {name: text}}`.
    """
    if "metadata" not in body:
        return None
    metadata = check_members("metadata", body["metadata"], {"attributes"})
    attributes = metadata.get("attributes", {})
    if not isinstance(attributes, dict) or not all(isinstance(text, str) for text in attributes.values()):
        raise InvalidDocumentError("metadata.attributes must be an object of strings.")
    return attributes


def check_flow_spec(spec: Any) -> JsonObject:
    """Take `spec` if it has what every flow needs; whatever else it holds is none of the platform's business.

    Raises:
        InvalidDocumentError: a field is missing or of another type.
    """
    if not isinstance(spec, dict):
        raise InvalidDocumentError("spec must be an object.")
    _check_fields("spec", spec, _SPEC_FIELDS)
    for index, block in enumerate(spec["blocks"]):
        where = f"spec.blocks[{index}]"
        if not isinstance(block, dict):
            raise InvalidDocumentError(f"{where} must be an object.")
        _check_fields(where, block, _BLOCK_FIELDS)
    for name, values in spec["tolerations"].items():
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            raise InvalidDocumentError(f"spec.tolerations.{name} must be an array of strings.")
    if not isinstance(spec.get("trainingProject"), str | None):
        raise InvalidDocumentError("spec.trainingProject must be a string.")
    return spec


def _check_fields(where: str, value: JsonObject, fields: Mapping[str, type]) -> None:
    for name, kind in fields.items():
        if not isinstance(value.get(name), kind):
            raise InvalidDocumentError(f"{where}.{name} must be {_JSON_NAMES[kind]}.")


def merged(target: Any, patch: Any) -> Any:
    """`target` with `patch` merged in; neither is changed.

    Vi documents only that members which are left out stay as they are. Assumed: RFC 7396, so that objects
    merge, null removes, and everything else (arrays too) replaces.
    """
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), value)
    return result


def conditions(state: RunState, started: int, changed: int) -> list[JsonObject]:
    """The conditions of a run that was started, and came to its present state, at these times.

    Both are in milliseconds since 1970.
    """
    return [
        {**each, "lastTransitionTime": started if each["condition"] == "Started" else changed}
        for each in _CONDITIONS[state]
    ]


def is_active(run: JsonObject) -> bool:
    """Whether a run is using its workflow: neither killed, nor finished, nor failed."""
    if run["spec"].get("killedAt") is not None:
        return False
    reached = [(each["condition"], each["status"]) for each in run["status"]["conditions"]]
    return not any(status == "FailedReach" or (name, status) in _ENDINGS for name, status in reached)
