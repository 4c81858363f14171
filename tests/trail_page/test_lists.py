"""What the page lists, counts and hands out."""

import csv
import io
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from datasette.app import Datasette

from bot.domain.audit import Action, Stage
from bot.store.driver import sqlite3
from bot.store.sqlite import SqliteStore
from bot.trail_page.csv_export import send_csv
from tests.store.samples import an_entry
from tests.trail_page.conftest import rows, write
from tests.trail_page.story import operation

LOOK = {Stage.SUCCEEDED: "ok"}
DONE = {Stage.REQUESTED: "", Stage.STARTED: "", Stage.SUCCEEDED: "ok"}
LOST = {Stage.REQUESTED: "", Stage.STARTED: "", Stage.UNKNOWN: "vi_outcome_unknown"}


@pytest.fixture
def now() -> datetime:
    """Noon of a day that the database, too, takes for today: it counts days back from its own clock."""
    return datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)


@pytest.fixture(autouse=True)
async def kept(store: SqliteStore, now: datetime) -> None:
    """Eight operations, one of each kind, and one of long ago."""
    day = timedelta(days=1)
    settled = {**LOST, Stage.SUCCEEDED: "reconciled_done"}
    for entries in (
        operation(1, now - 60 * day, Action.DELETE, DONE, about="Long gone"),
        operation(2, now - 2 * day, Action.LIST, LOOK, who=0),
        operation(3, now - 2 * day, Action.DELETE, DONE, about="Potholes"),
        operation(4, now - day, Action.DELETE, {Stage.DENIED: "refused"}, who=3, about="Potholes"),
        operation(5, now - day, Action.BACKUP, {**DONE, Stage.SUCCEEDED: "ok"}, who=2, about="Weld seams"),
        operation(6, now - day, Action.DELETE, settled, about="Vials"),
        operation(7, now, Action.DELETE, LOST, who=2, about="=HYPERLINK(1)"),
        operation(8, now, Action.DELETE, {Stage.REQUESTED: "", Stage.FAILED: "vi_unreachable"}, about="Pallets"),
    ):
        await write(store, entries)


async def test_entries_come_newest_first_with_facets(page: httpx.AsyncClient) -> None:
    answer = await page.get("/trail/audit_event.json?_shape=objects")
    listing = answer.json()
    numbers = [row["seq"] for row in listing["rows"]]
    assert numbers == sorted(numbers, reverse=True)
    assert {name: found["results"][0]["value"] for name, found in listing["facet_results"].items()} == {
        "action": "vi.workflow.delete",
        "stage": "requested",
        "actor": "U0OMAR",
    }


async def test_words_are_searched_and_filters_are_kept(page: httpx.AsyncClient) -> None:
    found = await rows(page, "/trail/audit_event.json?_search=potholes&stage=denied")
    assert [(row["actor_name"], row["target_name"]) for row in found] == [("Vera Okafor", "Potholes")]
    text = (await page.get("/trail/audit_event?_search=potholes&stage=denied")).text
    assert "where search matches &#34;potholes&#34; and stage = &#34;denied&#34; · newest first" in text
    assert 'name="_filter_value_1" value="denied"' in text


async def test_links_name_no_host(page: httpx.AsyncClient) -> None:
    for address in ("/trail/audit_event?_size=2", "/trail/audit_event?stage=denied", "/trail", "/trail/deletions"):
        text = (await page.get(address)).text
        assert text.count('href="http') == text.count('href="https://datasette.io/"') == 1


async def test_older_entries_are_one_link_away(page: httpx.AsyncClient) -> None:
    first = (await page.get("/trail/audit_event?_size=2")).text
    following = first.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
    assert following.startswith("/trail/audit_event?")
    assert (await page.get(following)).status_code == 200


async def test_an_entry_is_shown_whole(page: httpx.AsyncClient) -> None:
    text = (await page.get("/trail/audit_event/4")).text
    assert "#4 <" in text
    assert "&#34;stage&#34;: &#34;succeeded&#34;,\n" in text
    assert "/trail/operation?operation=00000000-0000-0002-0000-000000000002" in text
    missing = await page.get("/trail/audit_event/4000")
    assert (missing.status_code, "Record not found" in missing.text) == (404, True)


async def test_who_deleted_what(page: httpx.AsyncClient, store: SqliteStore, now: datetime) -> None:
    # Written now, by a clock that had gone back.
    await write(store, operation(9, now - timedelta(days=60), Action.DELETE, DONE, about="Clock"))
    found = await rows(page, "/trail/deletions.json")
    assert [(row["person"], row["workflow"], row["reason"]) for row in found] == [
        ("Omar Haddad", "Vials", "A test of last week"),
        ("Omar Haddad", "Potholes", "The line was taken down"),
    ]


async def test_refusals_name_what_was_missing(page: httpx.AsyncClient) -> None:
    (refusal,) = await rows(page, "/trail/refusals.json")
    assert (refusal["person"], refusal["workflow"], refusal["missing"]) == ("Vera Okafor", "Potholes", "operator")


async def test_failures_say_how_they_were_settled(store: SqliteStore, now: datetime, page: httpx.AsyncClient) -> None:
    await write(store, operation(9, now, Action.DELETE, {Stage.REQUESTED: "", Stage.FAILED: "expired"}))
    found = await rows(page, "/trail/failures.json")
    assert [(row["workflow"], row["stage"], row["settled_as"]) for row in found] == [
        ("Pallets", "failed", None),
        ("=HYPERLINK(1)", "unknown", None),
        ("Vials", "unknown", "succeeded"),
    ]


async def test_open_operations_are_listed(page: httpx.AsyncClient) -> None:
    assert [row["workflow"] for row in await rows(page, "/trail/open.json")] == ["=HYPERLINK(1)"]


@pytest.mark.parametrize(
    ("asked", "people"),
    [("U0VERA", {"Vera Okafor"}), ("mira", {"Mira Böhm"}), ("böhm", {"Mira Böhm"}), ('" OR *', set()), ("", set())],
)
async def test_one_person_is_found_by_id_or_name(page: httpx.AsyncClient, asked: str, people: set[str]) -> None:
    answer = await page.get("/trail/person.json", params={"person": asked, "_shape": "array"})
    assert {row["person"] for row in answer.json()} == people


async def test_one_operation_is_told_in_order(page: httpx.AsyncClient) -> None:
    found = await rows(page, "/trail/operation.json?operation=00000000-0000-0006-0000-000000000006")
    assert [row["stage"] for row in found] == ["requested", "started", "unknown", "succeeded"]
    assert "Nothing found" in (await page.get("/trail/operation")).text


async def test_an_operation_counts_once_on_the_day_of_its_outcome(page: httpx.AsyncClient, now: datetime) -> None:
    found = await rows(page, "/trail/operations_by_day.json?days=3")
    first, second, third = ((now - timedelta(days=days)).date().isoformat() for days in (2, 1, 0))
    assert [tuple(row.values()) for row in found] == [
        (first, "succeeded", 2),
        (second, "denied", 1),
        (second, "succeeded", 2),
        (third, "failed", 1),
        (third, "unknown", 1),
    ]


async def test_days_without_deletions_are_listed_too(page: httpx.AsyncClient) -> None:
    found = await rows(page, "/trail/deletions_by_day.json?days=5")
    assert [row["deletions"] for row in found] == [0, 0, 1, 1, 0]


@pytest.mark.parametrize(("asked", "days"), [("", 1), ("-4", 1), ("x", 1), ("7", 7), ("100000", 366)])
async def test_the_span_is_a_year_at_most(page: httpx.AsyncClient, asked: str, days: int) -> None:
    assert len(await rows(page, f"/trail/deletions_by_day.json?days={asked}")) == days


async def test_the_most_active_people_come_first(page: httpx.AsyncClient) -> None:
    found = await rows(page, "/trail/people.json?days=30")
    assert [tuple(row.values()) for row in found][:2] == [("Omar Haddad", 9), ("Mira Böhm", 6)]
    assert {row["person"] for row in found[2:]} == {"Alice Moreau", "Vera Okafor"}


async def test_no_saved_query_goes_through_the_whole_trail(path: Path, site: Datasette) -> None:
    with closing(sqlite3.connect(path)) as connection:
        for name, query in site.metadata("queries", database="trail").items():
            given = {"days": "30", "person": "U0OMAR", "operation": "x"}
            plan = connection.execute(f"EXPLAIN QUERY PLAN {query['sql']}", given).fetchall()
            whole = {"SCAN audit_event", "SCAN entry", "SCAN later"}
            assert whole.isdisjoint(step for *_, step in plan), name


async def test_csv_holds_the_filtered_entries_and_no_formula(page: httpx.AsyncClient) -> None:
    answer = await page.get("/trail/audit_event.csv?stage=unknown&_sort=ts")
    assert answer.headers["content-disposition"] == 'attachment; filename="audit_event.csv"'
    entries = list(csv.DictReader(io.StringIO(answer.text)))
    assert [entry["target_name"] for entry in entries] == ["'=HYPERLINK(1)", "Vials"]
    assert "body" not in entries[0]
    assert len(entries[0]["hash"]) == 64


async def test_csv_of_a_saved_query(page: httpx.AsyncClient) -> None:
    (row,) = csv.DictReader(io.StringIO((await page.get("/trail/open.csv")).text))
    assert (row["person"], row["workflow"]) == ("Mira Böhm", "'=HYPERLINK(1)")


async def test_csv_that_cannot_be_made_is_an_error(page: httpx.AsyncClient) -> None:
    answer = await page.get("/trail/audit_event.csv?_col=nothing")
    assert answer.status_code == 400
    assert "invalid columns" in answer.json()["error"]


@pytest.fixture
async def many(store: SqliteStore) -> int:
    """More entries than one part of CSV holds; how many there are."""
    await write(store, (an_entry(Stage.NOTE) for _ in range(1500)))
    return (await store.head()).seq


async def test_csv_is_never_cut_short(page: httpx.AsyncClient, many: int) -> None:
    entries = csv.DictReader(io.StringIO((await page.get("/trail/audit_event.csv?_next=5&_size=3")).text))
    assert [int(entry["seq"]) for entry in entries] == list(range(many, 0, -1))
    asked = "_filter_column=stage&_filter_op=exact&_filter_value=note"
    entries = csv.DictReader(io.StringIO((await page.get(f"/trail/audit_event.csv?{asked}")).text))
    assert [entry["stage"] for entry in entries] == ["note"] * 1500


@pytest.mark.usefixtures("many")
async def test_csv_that_fails_on_its_way_breaks_off(site: Datasette) -> None:
    sent = []

    async def send(message: object) -> None:
        sent.append(message)
        site.sql_time_limit_ms = 0.000001

    with pytest.raises(httpx.HTTPStatusError):
        await send_csv(site, "/trail/audit_event.csv", "", send)
    assert len(sent) == 3  # the start, the header, the first part; and no end


@pytest.mark.usefixtures("many")
async def test_what_takes_too_long_is_said_so(page: httpx.AsyncClient) -> None:
    answer = await page.get("/trail/audit_event?_sort=reason&_timelimit=1")
    assert (answer.status_code, "That took too long" in answer.text) == (400, True)
    assert "<script" not in answer.text


async def test_entries_that_cannot_be_counted_in_time_are_listed(site: Datasette, page: httpx.AsyncClient) -> None:
    answer = await page.get("/trail/audit_event?_nocount=1")
    assert "Entries, too many to count here, · newest first" in answer.text
    site._settings["facet_time_limit_ms"] = 0.000001
    answer = await page.get("/trail/audit_event")
    assert "Too many entries to count by Action, Stage, Person" in answer.text


async def test_new_entries_show_up_and_the_log_is_not_held(
    path: Path, store: SqliteStore, page: httpx.AsyncClient, now: datetime
) -> None:
    before = (await page.get("/trail/audit_event.json?_shape=array&_size=1")).json()[0]["seq"]
    await write(store, operation(9, now, Action.LIST, LOOK))
    await page.get("/trail/audit_event")
    await page.get("/trail/operations_by_day?days=30")
    assert (await page.get("/trail/audit_event.json?_shape=array&_size=1")).json()[0]["seq"] == before + 1
    with closing(sqlite3.connect(path)) as connection:
        busy, left, moved = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    assert (busy, left, moved) == (0, 0, 0)


async def test_the_start_is_the_list_and_the_dashboard_shows_thirty_days(page: httpx.AsyncClient) -> None:
    assert (await page.get("/")).headers["location"] == "/trail/audit_event"
    assert (await page.get("/-/dashboards/activity")).headers["location"] == "/-/dashboards/activity?days=30"
    text = (await page.get("/-/dashboards/activity?days=90")).text
    assert '<option value="90" selected>' in text
    assert 'data-query="operations_by_day"' in text
    assert "Operations still open" in (await page.get("/trail")).text
