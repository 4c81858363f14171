"""The quick way through a list: what it reads is what the lenient way reads, and what it does not, it leaves to it."""

from collections.abc import Sequence
from typing import Any

import pytest

from bot.vi import pages, wire
from bot.vi.calls import Answer
from tests.vi.documents import answer, flow, run

STRANGE: Sequence[tuple[str, Any]] = [
    ("flows", {"items": [flow(), flow(flowId="flow_2", spec={"name": "Lamps"}, metadata={})]}),
    ("flows", {"items": []}),
    ("flows", {"items": [flow(metadata={"timeCreated": "1700000000000"})]}),
    ("flows", {"items": [flow(metadata={"timeCreated": -1, "lastUpdated": 1e300})]}),
    ("flows", {"items": [flow(spec={"name": 7, "trainingProject": ["p"]})]}),
    ("flows", {"items": [flow(spec=None), flow(metadata=None)]}),
    ("flows", {"items": [flow(spec={"name": "half \ud83d of a pair"})]}),
    ("runs", {"items": [run(), run(killed_at=5_000), run(conditions=[("Started", "Reached", 7_000)])]}),
    ("runs", {"items": [run(conditions=[("Finished", "Reached", 7_000.5)], metadata=None)]}),
    ("runs", {"items": [run(status=None), run(spec={})]}),
    ("runs", {"items": [run(conditions=[("Started", 3, None)])]}),
]
_DECODERS = {"flows": wire.workflows_in, "runs": wire.runs_in}


@pytest.mark.parametrize(("collection", "document"), STRANGE)
def test_the_quick_way_finds_what_the_lenient_way_finds(
    collection: str, document: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    decode = _DECODERS[collection]
    found = decode(answer(document))
    monkeypatch.setattr(pages, "quickly", lambda *_asked: None)
    assert found == decode(answer(document))
    assert len(found) == len(document["items"])


@pytest.mark.parametrize("token", ["t2", 7, "", None])
def test_both_ways_find_the_same_next_page(token: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    page = answer({"items": [flow()], "nextPage": token})
    found = wire.next_page(page)
    monkeypatch.setattr(pages, "quickly", lambda *_asked: None)
    assert found == wire.next_page(page)


@pytest.mark.parametrize(
    "body",
    [
        b'{"items": [{"tags": ["a"]}], "nextPage": "real", "prevPage": null}',
        b'{"nextPage": "real", "items": [{"tags": ["a"], "nextPage": "fake"}]}',
        b'{"nextPage": "real", "items": [], "more": {"tags": ["a"], "nextPage": "fake"}}',
        b'{"nextPage": "real", "items": [], "more": [{"tags": ["a"], "nextPage": "fake"}]}',
        b'{"items": [], "nextPage": "real", "name": "], \\"nextPage\\": \\"fake\\"}"}',
        b'{"nextPage": "real", "items": [], "more": {"nextPage": "fake"}}',
        b'{"nextPage": "real"}',
    ],
)
def test_the_next_page_is_found_wherever_the_page_itself_names_it(body: bytes) -> None:
    assert wire.next_page(Answer(200, {}, body)) == "real"


def test_the_next_page_behind_the_items_is_found_without_going_through_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "LINK", None)  # goes through all of them
    assert wire.next_page(answer({"items": [flow()], "nextPage": "t2", "prevPage": None})) == "t2"


def test_a_page_as_it_should_be_is_read_quickly() -> None:
    assert pages.quickly(pages.FLOWS, answer({"items": [flow()]}).body) is not None
    assert pages.quickly(pages.RUNS, answer({"items": [run()]}).body) is not None


@pytest.mark.parametrize("body", [b"", b"{", b'{"items": [{"flowId": ""}]}', b'{"items": [{"flowId": "\xff"}]}', b"[]"])
def test_what_does_not_fit_is_left_to_the_lenient_way(body: bytes) -> None:
    assert pages.quickly(pages.FLOWS, body) is None


def test_a_page_that_is_nested_too_deeply_is_left_to_the_lenient_way() -> None:
    assert pages.quickly(pages.FLOWS, b'{"items": [], "more": ' + b"[" * 100_000 + b"]" * 100_000 + b"}") is None
