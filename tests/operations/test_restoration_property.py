"""Whatever workflow Vi can hold, deleting it and undoing that gives an equal one, whichever id Vi lets it have."""

import asyncio
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.audit import Stage
from bot.domain.confirmation import Confirmation
from bot.domain.document import canonical
from bot.domain.people import PersonId, Request, TeamId
from bot.domain.policy import Policy, Role
from bot.domain.workflow import WorkflowId
from bot.operations.carrying_out import carry_out
from bot.operations.confirming import answer
from bot.operations.deletion import ask
from bot.operations.ended import Ended
from bot.operations.restoration import ask_to_restore
from bot.ports import Resources
from bot.store import open_store
from sandbox.vi import faults
from sandbox.vi.server import ViEmulator
from tests.operations.stand_ins import CountedIds, Members, StoppedClock
from tests.vi.conftest import client_of

OMAR, TEAM = PersonId("U0OMAR"), TeamId("T0TEAM")

# Half of a surrogate pair is no text that UTF-8 can carry, and JSON escapes it; the largest whole numbers are beyond
# what a double holds.
texts = st.text(st.characters() | st.sampled_from(["\ud800", "\udfff", "\u202e", "\0"]), max_size=12)
names = st.text(max_size=12) | st.sampled_from(["name", "", "/", "~1", "metadata", "etag", "__proto__", "🚧"])
numbers = st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=12,
)
objects = st.dictionaries(names, values, max_size=4)
blocks = st.builds(
    lambda extra, kind, inner, style: {**extra, "block": kind, "settings": inner, "style": style},
    objects,
    texts,
    objects,
    objects,
)


@st.composite
def specs(draw: st.DrawFn) -> dict[str, Any]:
    """A configuration as Vi takes it: the fields that it insists on, and any others."""
    return {
        **{name: value for name, value in draw(objects).items() if name != "trainingProject"},
        "name": draw(texts),
        "schema": draw(texts),
        "tolerations": draw(st.dictionaries(names, st.lists(texts, max_size=2), max_size=2)),
        "settings": draw(objects),
        "blocks": draw(st.lists(blocks, max_size=3)),
    }


attributes = st.dictionaries(names, texts, max_size=3)


async def confirmed(resources: Resources, confirmation: Confirmation | None) -> Ended:
    """Answer a question and carry it out."""
    assert confirmation is not None
    request = Request(OMAR, TEAM, "modal")
    answered = await answer(resources, request, confirmation.id, reason="property")
    (ended,) = await carry_out(resources, request, answered.confirmation, started=answered.started)
    return ended


async def deleted_and_undone(spec: dict[str, Any], labels: dict[str, str], *, takes_old_ids: bool) -> None:
    async with ViEmulator.start("empty") as vi, client_of(vi) as client:
        workflow_id = WorkflowId(vi.organization.add_workflow(spec, attributes=labels))
        before = vi.organization.workflow(workflow_id)
        store = await open_store(":memory:")
        resources = Resources(
            workflows=client,
            workflow_changes=client,
            store=store,
            people=Members(),
            policy=Policy(people={OMAR: frozenset({Role.OPERATOR})}),
            clock=StoppedClock(),
            ids=CountedIds(),
        )
        try:
            question = await ask(resources, Request(OMAR, TEAM, "command"), [workflow_id])
            deleted = await confirmed(resources, question.confirmation)
            assert deleted.stage is Stage.SUCCEEDED
            assert vi.organization.workflow_ids() == []
            if not takes_old_ids:
                vi.faults.on("PUT", "flows/*", faults.RefuseReusedId())
            undo = await ask_to_restore(resources, Request(OMAR, TEAM, "button"), deleted.item.operation_id)
            undone = await confirmed(resources, undo.confirmation)
        finally:
            await store.close()
        assert undone.stage is Stage.SUCCEEDED
        assert (undone.new_id is None) is takes_old_ids
        (restored_as,) = vi.organization.workflow_ids()
        assert restored_as == (undone.new_id or workflow_id)
        after = vi.organization.workflow(restored_as)
        # As text, since Python calls 1, 1.0 and true equal.
        assert canonical(after["spec"]) == canonical(before["spec"])
        assert canonical(after["metadata"]["attributes"]) == canonical(before["metadata"]["attributes"])


@pytest.mark.parametrize("takes_old_ids", [True, False])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(spec=specs(), labels=attributes)
def test_what_is_deleted_and_undone_is_equal_to_what_it_was(
    takes_old_ids: bool,  # noqa: FBT001 - a parameter of the test
    spec: dict[str, Any],
    labels: dict[str, str],
) -> None:
    asyncio.run(deleted_and_undone(spec, labels, takes_old_ids=takes_old_ids))
