"""JSON to values: what is needed, what is not, and what is kept as it came."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.document import canonical, differences
from bot.domain.errors import ViNotUnderstood
from bot.domain.workflow import Project, Run, RunId, RunState, Workflow, WorkflowId, WorkflowSummary, WorkflowVersion
from bot.vi import wire
from tests.vi.documents import TRACE, answer, flow, run

FLOW_1 = WorkflowId("flow_1")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
CREATED = datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
UPDATED = CREATED + timedelta(milliseconds=1_500)


def listed(item: Any) -> WorkflowSummary:
    (only,) = wire.workflows_in(answer({"items": [item]}))
    return only


def listed_run(item: Any) -> Run:
    (only,) = wire.runs_in(answer({"items": [item]}))
    return only


def whole(document: Any) -> Workflow:
    return wire.workflow_in(answer(document), FLOW_1)


def test_a_list_gives_what_it_shows_of_each_workflow() -> None:
    assert listed(flow()) == WorkflowSummary(FLOW_1, "Potholes", "project_1", CREATED, UPDATED)  # type: ignore[arg-type]  # a NewType


def test_a_list_keeps_the_order_of_the_platform() -> None:
    page = answer({"items": [flow(flowId=each) for each in "bac"]})
    assert [each.id for each in wire.workflows_in(page)] == ["b", "a", "c"]


@pytest.mark.parametrize(
    ("item", "name", "project", "created", "updated"),
    [
        ({"flowId": "flow_1"}, "", None, EPOCH, EPOCH),
        (flow(spec=None), "", None, CREATED, UPDATED),
        (flow(spec={"name": ["no", "text"], "trainingProject": 7}), "", None, CREATED, UPDATED),
        (flow(spec={"name": "", "trainingProject": ""}), "", None, CREATED, UPDATED),
        (flow(spec={"name": "Bumps", "tomorrow": {"a": 1}}), "Bumps", None, CREATED, UPDATED),
        (flow(metadata="soon"), "Potholes", "project_1", EPOCH, EPOCH),
        (flow(metadata={"lastUpdated": 1_000}), "Potholes", "project_1") + (EPOCH + timedelta(seconds=1),) * 2,
        (flow(metadata={"timeCreated": 1_000}), "Potholes", "project_1") + (EPOCH + timedelta(seconds=1),) * 2,
        (flow(metadata={"timeCreated": "when?", "lastUpdated": []}), "Potholes", "project_1", EPOCH, EPOCH),
        (flow(metadata={"timeCreated": -1, "lastUpdated": 1e300}), "Potholes", "project_1", EPOCH, EPOCH),
    ],
)  # fmt: skip
def test_an_item_that_lacks_everything_but_its_id_is_listed_all_the_same(
    item: Any, name: str, project: str | None, created: datetime, updated: datetime
) -> None:
    summary = listed(item)
    assert (summary.name, summary.project_id) == (name, project)
    assert (summary.created_at, summary.updated_at) == (created, updated)


@pytest.mark.parametrize("decode", [wire.workflows_in, wire.runs_in, wire.projects_in])
@pytest.mark.parametrize(
    "body",
    [
        {},
        {"items": None},
        {"items": {}},
        {"items": [None]},
        {"items": [{"name": "without an id"}]},
        {"items": [{"flowId": "", "runId": "", "trainingProjectId": ""}]},
        {"items": [{"flowId": 7, "runId": 7, "trainingProjectId": 7}]},
        [],
        b"",
        b"<html>",
        b'{"items": [{"flowId": "4f1',
        b"[" * 100_000,
    ],
)
def test_a_list_without_items_or_ids_is_not_understood_and_leaves_nothing_out_silently(decode: Any, body: Any) -> None:
    with pytest.raises(ViNotUnderstood) as caught:
        decode(answer(body))
    assert (caught.value.trace_id, caught.value.status) == (TRACE, 200)


def test_what_was_not_understood_is_kept_for_the_operator_up_to_500_characters_and_without_secrets() -> None:
    with pytest.raises(ViNotUnderstood) as caught:
        wire.workflows_in(answer(b"<h1>dtvi_secret\n\xff" + "\u00e4".encode() * 600))
    assert caught.value.excerpt.startswith("<h1>[removed] \ufffd\u00e4")
    assert len(caught.value.excerpt) == 500


def test_one_name_with_half_of_a_surrogate_pair_does_not_hide_the_others() -> None:
    page = rb'{"items": [{"flowId": "a", "spec": {"name": "cut \ud83d"}}, {"flowId": "b", "spec": {"name": "B"}}]}'
    assert [each.name for each in wire.workflows_in(answer(page))] == ["cut ?", "B"]


@pytest.mark.parametrize(
    ("link", "token"),
    [
        ({"nextPage": "a+b/c="}, "a+b/c="),
        ({"nextPage": 7}, "7"),
        ({"nextPage": None}, None),
        ({"nextPage": ""}, None),
        ({}, None),
    ],
)
def test_the_next_page_is_the_one_that_is_named(link: dict[str, Any], token: str | None) -> None:
    assert wire.next_page(answer({"items": [], **link})) == token


def test_a_page_token_of_another_type_does_not_pass_for_the_end_of_the_list() -> None:
    with pytest.raises(ViNotUnderstood):
        wire.next_page(answer({"items": [], "nextPage": {"token": "a"}}))


def test_a_project_is_its_id_and_its_name() -> None:
    page = {"items": [{"trainingProjectId": "p", "spec": {"name": "Roads"}}, {"trainingProjectId": "q"}]}
    assert wire.projects_in(answer(page)) == [Project("p", "Roads"), Project("q", "")]  # type: ignore[arg-type]  # NewTypes


STARTED, ENDED = ("Started", "Reached", 3_000), ("Finished", "Reached", 4_000)


@pytest.mark.parametrize(
    ("document", "state", "since"),
    [
        (run(), RunState.WAITING, 2_000),
        (run(conditions=[("Started", "Waiting", 3_000)]), RunState.WAITING, 3_000),
        (run(conditions=[STARTED]), RunState.RUNNING, 3_000),
        (run(conditions=[STARTED, ("Finished", "Waiting", 3_500)]), RunState.RUNNING, 3_000),
        (run(conditions=[STARTED, ("Warming up", "Reached", 3_500)]), RunState.RUNNING, 3_000),
        (run(conditions=[STARTED, ENDED]), RunState.COMPLETED, 4_000),
        (run(conditions=[STARTED, ("Succeeded", "Reached", 4_500)]), RunState.COMPLETED, 4_500),
        (run(conditions=[STARTED, ("Succeeded", "Waiting", 4_500)]), RunState.RUNNING, 3_000),
        (run(conditions=[STARTED, ("Finished", "FailedReach", 4_000)]), RunState.FAILED, 4_000),
        (run(conditions=[("Preparing", "FailedReach", 2_500), ENDED]), RunState.FAILED, 2_500),
        (run(conditions=[STARTED], killed_at=5_000), RunState.KILLED, 5_000),
        (run(conditions=[STARTED, ENDED], killed_at=5_000), RunState.KILLED, 5_000),
        (run(conditions=[STARTED], killed_at=0), RunState.RUNNING, 3_000),
        (run(conditions=[STARTED], killed_at={"odd": 1}), RunState.RUNNING, 3_000),
        (run(conditions=[("Warming up", "Reached", 3_000)]), RunState.UNKNOWN, 2_000),
        (run(conditions=[("Started", "Perhaps", 3_000)]), RunState.UNKNOWN, 2_000),
        (run(conditions=[("Started", "Reached", "then")]), RunState.RUNNING, 2_000),
        (run(status=None), RunState.UNKNOWN, 2_000),
        (run(status={}), RunState.UNKNOWN, 2_000),
        (run(status={"conditions": "none"}), RunState.UNKNOWN, 2_000),
        (run(status={"conditions": [7]}), RunState.UNKNOWN, 2_000),
        (run(metadata={"timeCreated": 1_000}), RunState.WAITING, 1_000),
        ({"runId": "run_1"}, RunState.UNKNOWN, 0),
    ],
)
def test_the_state_of_a_run_is_what_its_conditions_say(document: Any, state: RunState, since: int) -> None:
    decoded = listed_run(document)
    assert (decoded.state, decoded.since) == (state, EPOCH + timedelta(milliseconds=since))


@pytest.mark.parametrize(
    ("spec", "name", "project"),
    [
        ({"flow": {"name": "Potholes"}, "trainingProject": "p"}, "Potholes", "p"),
        ({"flow": {"name": "Potholes", "trainingProject": "q"}}, "Potholes", "q"),
        ({"flow": {"name": "Potholes", "trainingProject": "q"}, "trainingProject": "p"}, "Potholes", "p"),
        ({"flow": {}}, "", None),
        ({}, "", None),
    ],
)
def test_a_run_belongs_to_the_project_that_it_or_its_copy_of_the_workflow_names(
    spec: Any, name: str, project: str | None
) -> None:
    decoded = listed_run(run(spec=spec))
    assert (decoded.workflow_name, decoded.project_id) == (name, project)


def test_a_whole_workflow_has_all_that_the_platform_sent() -> None:
    spec = flow()["spec"] | {"blocks": [{"block": "dataset"}, 7, {"style": {}}, {"block": "model"}], "edges": []}
    document = flow(spec=spec, status={"log": None})
    workflow = whole(document)
    assert (workflow.id, workflow.name, workflow.project_id) == ("flow_1", "Potholes", "project_1")
    assert (workflow.created_at, workflow.updated_at) == (CREATED, UPDATED)
    assert workflow.version == WorkflowVersion("e3", 3, UPDATED)
    assert (workflow.document, workflow.spec, workflow.attributes) == (document, spec, {"team": "roads"})
    assert workflow.blocks == ("dataset", "", "model")


@pytest.mark.parametrize("metadata", [None, {}, {"attributes": None}, {"attributes": ["a"]}])
def test_a_workflow_without_labels_has_none(metadata: Any) -> None:
    workflow = whole(flow(metadata=metadata))
    assert workflow.attributes == {}
    assert workflow.version == WorkflowVersion("e3", 0, EPOCH)


@pytest.mark.parametrize(
    "document",
    [
        flow(flowId="flow_2"),
        flow(etag=None),
        flow(etag=""),
        {"flowId": "flow_1", "etag": "e3"},
        flow(spec=None),
        flow(spec=[]),
        [flow()],
        b"null",
        b"<html>",
        canonical(flow()).replace("Potholes", 'Potholes","deep":1e999,"odd":"').encode(),
        canonical(flow()).replace("Potholes", 'Potholes","deep":NaN,"odd":"').encode(),
    ],
)
def test_a_workflow_without_what_a_copy_or_a_deletion_relies_on_is_not_understood(document: Any) -> None:
    with pytest.raises(ViNotUnderstood):
        whole(document)


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=())),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(exclude_categories=())), inner, max_size=4)
    ),
    max_leaves=20,
)
json_objects = st.dictionaries(st.text(), json_values, max_size=5)


@given(extra=json_objects, spec=json_objects, attributes=st.dictionaries(st.text(), st.text()))
def test_a_workflow_keeps_every_field_through_reading_and_writing(
    extra: dict[str, Any], spec: dict[str, Any], attributes: dict[str, str]
) -> None:
    document = extra | flow(spec=spec, metadata={"attributes": attributes})
    read = whole(document)
    assert canonical(read.document) == canonical(document)
    assert not differences(read.document, document)
    written = json.loads(wire.written(read.spec, read.attributes))
    assert canonical(written) == canonical({"spec": spec, "metadata": {"attributes": attributes}})


@given(st.binary() | json_values.map(lambda value: json.dumps(value).encode()))
def test_whatever_arrives_is_decoded_or_not_understood(body: bytes) -> None:
    for decode in (wire.next_page, wire.workflows_in, wire.runs_in, wire.projects_in, wire.expect_object):
        try:
            decode(answer(body))
        except ViNotUnderstood as error:
            assert error.trace_id == TRACE  # noqa: PT017 - both outcomes are right, and one says more


def test_a_number_that_json_cannot_carry_is_not_sent() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        wire.written({"rate": float("inf")}, {})


def block(kind: str, **settings: Any) -> dict[str, Any]:
    return {"block": kind, "settings": settings, "style": {}}


@pytest.mark.parametrize(
    ("blocks", "settings", "found"),
    [
        ([], {}, (None, None, None)),
        ([], None, (None, None, None)),
        ("none", {}, (None, None, None)),
        ([{"block": "model"}], {}, (None, None, None)),
        ([block("model", architecture={"name": "Qwen", "size": "4B"})], {}, ("Qwen 4B", None, None)),
        ([block("vlm-model-v2", architecture={"name": "Qwen"})], {}, ("Qwen", None, None)),
        ([block("model", architecture={"size": "4B"})], {}, (None, None, None)),
        ([block("Model", architecture="Qwen", size="4B")], {}, ("Qwen 4B", None, None)),
        ([block("model", architecture=7, modelName="Qwen")], {}, ("Qwen", None, None)),
        ([block("model"), block("model", model="Second")], {}, ("Second", None, None)),
        ([block("dataset", datasetId="d1", name="Roads")], {}, (None, "Roads", None)),
        ([block("dataset", datasetId="d1", name="")], {}, (None, "d1", None)),
        ([block("system-prompt", systemPrompt="Look.")], {}, (None, None, "Look.")),
        ([block("system_prompt", prompt="Look.")], {}, (None, None, "Look.")),
        ([block("other", model="M", prompt="P", dataset="D")], {}, (None, None, None)),
        ([], {"modelName": "M", "datasetId": "D", "systemPrompt": "P", "name": "N"}, ("M", "D", "P")),
        ([block("model", model="B")], {"model": "S"}, ("B", None, None)),
    ],
)
def test_model_dataset_and_system_prompt_are_found_where_a_workflow_says_them(
    blocks: Any, settings: Any, found: tuple[str | None, ...]
) -> None:
    workflow = whole(flow(spec=flow()["spec"] | {"blocks": blocks, "settings": settings}))
    assert (workflow.model, workflow.dataset, workflow.system_prompt) == found


def test_one_run_is_the_same_as_in_a_list() -> None:
    document = run(conditions=[("Started", "Reached", 3_000)])
    assert wire.run_in(answer(document), RunId("run_1")) == listed_run(document)


@pytest.mark.parametrize("document", [run(runId="run_2"), {"runId": ""}, {"spec": {}}, [], b"<html>", b""])
def test_a_run_that_is_another_one_or_none_is_not_understood(document: Any) -> None:
    with pytest.raises(ViNotUnderstood):
        wire.run_in(answer(document), RunId("run_1"))


@pytest.mark.parametrize(
    ("moment", "milliseconds"),
    [
        (EPOCH, 0),
        (CREATED, 1_700_000_000_000),
        (CREATED + timedelta(microseconds=1_999), 1_700_000_000_001),
        (datetime(2026, 11, 23, 14, tzinfo=timezone(timedelta(hours=2))), 1_795_435_200_000),
    ],
)
def test_a_kill_says_when_in_whole_milliseconds(moment: datetime, milliseconds: int) -> None:
    assert wire.killing(moment) == b'{"spec":{"killedAt":%d}}' % milliseconds


@given(st.integers(0, 253_402_300_799_999))
def test_no_millisecond_is_lost_to_rounding(milliseconds: int) -> None:
    document = json.loads(wire.killing(EPOCH + timedelta(milliseconds=milliseconds)))
    assert document == {"spec": {"killedAt": milliseconds}}
