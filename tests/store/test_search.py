from hypothesis import given, settings
from hypothesis import strategies as st

from bot.ports import TrailQuery
from bot.store import trail
from bot.store.connection import in_memory
from tests.store.samples import an_entry

WORDS = st.sampled_from(["old", "AND", "OR", "NOT", "NEAR(", ")", '"', "*", "^", "reason:", "-", "+", "\0", "{", "'"])


@settings(deadline=None)  # the machine may be busy
@given(st.one_of(st.text(), st.lists(WORDS).map(" ".join), st.lists(WORDS).map("".join)))
def test_no_text_breaks_a_search(text: str) -> None:
    with in_memory() as database:
        trail.append(database.connection, an_entry(details={"reason": "too old"}))
        found = trail.search(database.connection, TrailQuery(text=text))
        assert len(found) <= 1
        trail.search(database.connection, TrailQuery(workflow=text, actor=text))


@settings(deadline=None)  # the machine may be busy
@given(st.text(), st.lists(st.text()), st.dictionaries(st.text(), st.text()))
def test_every_entry_that_can_be_written_is_found_by_the_name_of_its_actor(
    reason: str, more: list[str], members: dict[str, str]
) -> None:
    with in_memory() as database:
        entry = an_entry(details={**members, "reason": reason, "more": more})
        receipt = trail.append(database.connection, entry)
        assert [each.receipt for each in trail.search(database.connection, TrailQuery(text="Mira"))] == [receipt]
