import pytest

from sandbox.vi.collection import BadPageTokenError, Collection, NoSuchDocumentError


@pytest.fixture
def flows() -> Collection:
    collection = Collection("Flow")
    for number in range(5):
        collection.put(f"f{number}", {"number": number})
    return collection


def pages(collection: Collection, size: int) -> list[list[str]]:
    found, token = [], None
    while True:
        page = collection.page(token, size)
        found.append([each.id for each in page.items])
        token = page.next_token
        if token is None:
            return found


def test_pages_go_from_the_newest_to_the_oldest(flows: Collection) -> None:
    assert pages(flows, 2) == [["f4", "f3"], ["f2", "f1"], ["f0"]]


def test_a_full_last_page_names_no_next_one(flows: Collection) -> None:
    assert pages(flows, 5) == [["f4", "f3", "f2", "f1", "f0"]]


def test_an_empty_list_is_one_empty_page() -> None:
    assert pages(Collection("Flow"), 10) == [[]]


def test_going_back_gives_the_same_pages_as_going_on(flows: Collection) -> None:
    first = flows.page(None, 2)
    second = flows.page(first.next_token, 2)
    third = flows.page(second.next_token, 2)
    assert flows.page(third.previous_token, 2) == second
    assert flows.page(second.previous_token, 2) == first
    assert first.previous_token is None


def test_what_is_added_between_two_pages_repeats_nothing(flows: Collection) -> None:
    first = flows.page(None, 2)
    flows.put("f5", {})
    assert [each.id for each in flows.page(first.next_token, 2).items] == ["f2", "f1"]


def test_what_is_removed_between_two_pages_hides_nothing(flows: Collection) -> None:
    first = flows.page(None, 2)
    flows.remove("f3")
    flows.remove("f4")
    assert [each.id for each in flows.page(first.next_token, 2).items] == ["f2", "f1"]


def test_a_replaced_document_keeps_its_place_and_is_encoded_anew(flows: Collection) -> None:
    assert flows.get("f2").encoded() == b'{"number":2}'
    flows.put("f2", {"number": "two"})
    assert [each.id for each in flows] == ["f4", "f3", "f2", "f1", "f0"]
    assert flows.page(None, 5).items[2].encoded() == b'{"number":"two"}'


@pytest.mark.parametrize("token", ["", "nonsense", "AAAA", "\u00e4", "Rmxvdzp4"])
def test_a_token_that_the_list_did_not_give_is_refused(flows: Collection, token: str) -> None:
    with pytest.raises(BadPageTokenError):
        flows.page(token, 2)


def test_a_token_of_another_list_is_refused(flows: Collection) -> None:
    runs = Collection("Run")
    with pytest.raises(BadPageTokenError):
        runs.page(flows.page(None, 1).next_token, 1)


def test_what_was_removed_is_gone(flows: Collection) -> None:
    flows.remove("f2")
    with pytest.raises(NoSuchDocumentError, match="Flow f2 was not found"):
        flows.get("f2")
    with pytest.raises(NoSuchDocumentError):
        flows.remove("f2")
