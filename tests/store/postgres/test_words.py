"""The words by which an entry is found: those of SQLite's search, and none that PostgreSQL cannot take."""

from contextlib import closing
from dataclasses import replace

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.audit import EMPTY, Subject, Target, seal
from bot.ports import TrailQuery
from bot.store.driver import sqlite3
from bot.store.postgres.store import PostgresStore
from bot.store.postgres.verification import verify_database
from bot.store.postgres.words import query_for, words_if_read, words_in, words_of
from bot.store.verification import Verdict
from tests.postgres import PostgresServer
from tests.store.contract.reading import numbers
from tests.store.samples import an_entry

# Latin, Greek and Cyrillic letters, digits, and what stands between them. Where the two differ beyond that (letters
# that came into Unicode later, ligatures), a search finds other spellings of a word or does not.
PLAIN = st.text(st.sampled_from("abzABZ019äöüÄÖÜéÉñçåøØλΩжЖ _-.,:;!?/()[]{}\"'`&|*+<>=#@%$^~\\\t\n"), max_size=60)


def tokens_of_sqlite(text: str) -> list[str]:
    """What SQLite's tokenizer makes of a text, in order."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE VIRTUAL TABLE t USING fts5 (text, tokenize='unicode61 remove_diacritics 2')")
        connection.execute("CREATE VIRTUAL TABLE v USING fts5vocab (t, instance)")
        connection.execute("INSERT INTO t VALUES (?)", (text,))
        return [term for (term,) in connection.execute("SELECT term FROM v ORDER BY offset")]


@settings(deadline=None)  # the machine may be busy
@given(PLAIN)
def test_the_words_of_a_plain_text_are_those_of_sqlites_search(text: str) -> None:
    assert words_in(text) == tokens_of_sqlite(text)


@settings(deadline=None, max_examples=50)  # the machine may be busy
@given(st.lists(st.text(), max_size=5))
def test_postgresql_takes_the_words_of_any_text_and_finds_each(server: PostgresServer, texts: list[str]) -> None:
    text = " ".join(texts)
    entry = an_entry(details={"reason": text})
    with psycopg.connect(server.address) as connection:
        row = connection.execute(
            "SELECT %s::tsvector @@ %s::tsquery", [words_of(entry), query_for(text) or "'mira'"]
        ).fetchone()
    assert row == (True,)


HARD = [
    "NUL \0 in it",
    "lone \ud800 surrogate",
    "back\\slash, quote ' and \" and `",
    "w" * 10_000,
    "word " * 10_000,
    "😀 only signs – no letters",
    "%s %(name)s {} $1 :name",
    "\\u0000 written out",
    "\\\0 both, \0\0 and \\\\\0",
    "naïve Ærøskøbing 中文 हिन्दी",
]


@pytest.mark.parametrize("text", HARD, ids=lambda text: text[:12].encode("ascii", "replace").decode())
async def test_names_of_every_kind_are_kept_found_and_verified(store: PostgresStore, url: str, text: str) -> None:
    entry = replace(
        an_entry(details={"reason": text}),
        target=Target("workflow", "wf", text[:200]),
        actor=Subject("person", "U1", "T1", text),
    )
    await store.record(entry)
    assert await numbers(store, TrailQuery(workflow=text[:200])) == [1]
    word = words_in(text)[0]
    assert await numbers(store, TrailQuery(text=word)) == [1]
    assert await numbers(store, TrailQuery(text=f"{word} nothere")) == []
    found = verify_database(url)
    assert (found.verdict, found.faults) == (Verdict.SOUND, ())


async def test_words_are_looked_for_next_to_each_other_where_no_space_parts_them(store: PostgresStore) -> None:
    for reason in ("resnet 50", "resnet or 50"):
        await store.record(an_entry(details={"reason": reason}, target=Target("workflow", "wf")))
    assert await numbers(store, TrailQuery(text="resnet-50")) == [1]
    assert await numbers(store, TrailQuery(text="50 resnet")) == [2, 1]
    assert await numbers(store, TrailQuery(text="–")) == []


def test_an_entry_that_this_version_cannot_read_has_no_words() -> None:
    sealed = seal(an_entry(), EMPTY)
    assert words_if_read(sealed)
    for body in ("{}", "no JSON", "[" * 100_000):
        assert words_if_read(replace(sealed, body=body)) is None


def test_an_entry_about_nothing_in_particular_has_words_too() -> None:
    assert words_of(replace(an_entry(), target=None)).startswith("'bohm':")
