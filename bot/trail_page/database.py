"""The trail's file as Datasette sees it: nothing can be written, and nothing but the trail can be read."""

from datasette.database import Database

from bot.store.driver import sqlite3

TABLE = "audit_event"
"""The one table that has pages. What else may be read serves its saved queries and its search."""

_READABLE = frozenset({TABLE, "open_operation", "audit_late", "audit_search", "sqlite_master"})
_SEARCH_INDEX = "audit_search_"
# How Datasette looks at a schema, and FTS5 at its index. Each shows, and none of them changes anything.
_PRAGMAS = frozenset(
    {"data_version", "database_list", "foreign_key_list", "index_list", "schema_version", "table_info", "table_xinfo"}
)
_ALWAYS = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE})


class TrailDatabase(Database):  # type: ignore[misc] # Datasette has no types
    """A database that Datasette may look at, as `_authorize` decides."""

    def connect(self, write: bool = False) -> sqlite3.Connection:  # noqa: FBT001, FBT002 - Datasette's signature
        """A connection for one of Datasette's threads.

        Raises:
            PermissionError: it shall write.
        """
        if write:
            raise PermissionError("the audit trail is only looked at here")
        # Datasette puts the path into the address as it is: a `?` or `%` in a folder's name would change its meaning.
        # It closes connections from another thread than their own.
        address = f"{self.path.as_uri()}?mode=ro"
        connection = sqlite3.connect(address, uri=True, check_same_thread=False)
        connection.set_authorizer(_authorize)
        self._all_file_connections.append(connection)
        return connection

    async def table_names(self) -> list[str]:
        """The tables that have pages."""
        return [TABLE]


def _authorize(action: int, name: str | None, detail: str | None, _database: str | None, _trigger: str | None) -> int:
    if action in _ALWAYS or (action == sqlite3.SQLITE_READ and _is_readable(name)):
        return sqlite3.SQLITE_OK
    # SQLite asks for this when it opens the search index; to change a schema, writable_schema is needed as well.
    if action == sqlite3.SQLITE_UPDATE and name == "sqlite_master":
        return sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_PRAGMA and name in _PRAGMAS and (detail is None or name != "schema_version"):
        return sqlite3.SQLITE_OK
    return sqlite3.SQLITE_DENY


def _is_readable(table: str | None) -> bool:
    return table in _READABLE or str(table).startswith(_SEARCH_INDEX)
