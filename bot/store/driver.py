"""The SQLite driver: the one that sqlite-utils uses.

sqlite-utils takes `pysqlite3` where it is installed. Its errors are not those of the standard library's `sqlite3`:
an `except` of the wrong one catches nothing. So every file of this package takes the driver from here.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
else:  # not marked as exported there, so the type checker does not see it
    from sqlite_utils.utils import sqlite3

__all__ = ["sqlite3"]
