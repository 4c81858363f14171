"""What stands in the database beside its rows, compared with what the migrations make."""

import json
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any

from psycopg import Connection

_PLACE = ("bot.store.postgres", "schema.json")

TABLES = (
    "audit_event",
    "audit_base",
    "open_operation",
    "question",
    "question_item",
    "snapshot",
    "backup_check",
    "checkpoint",
    "lock",
    "screen",
    "lease",
    "schema_version",
)
"""Every table of the bot's."""

FUNCTIONS = (
    "audit_member",
    "audit_event_link",
    "audit_event_opens_and_closes",
    "audit_base_first",
    "question_goes_forward",
    "question_kept_until_over",
    "refuse_change",
)
"""Every function of the bot's."""

# What a role other than the owner may have on what is only ever added to.
_APPENDED = {"audit_event", "audit_base", "snapshot", "backup_check", "checkpoint"}
_LISTED = {"open_operation", "schema_version"}

# Structure, not the text of a whole definition: versions of PostgreSQL differ in how they write that.
_OBJECTS = """
    WITH ours AS (
        SELECT oid, relname, relkind, relpersistence, relrowsecurity FROM pg_class
        WHERE relnamespace = current_schema()::regnamespace AND relname = ANY(%(tables)s)
    )
    SELECT 'table ' || relname, concat_ws(' ', relkind, relpersistence, relrowsecurity) FROM ours
    UNION ALL
    SELECT format('column %%s.%%s', relname, attname), concat_ws(
        ' ', format_type(atttypid, atttypmod), CASE WHEN attnotnull THEN 'not null' END, collname,
        nullif(attidentity::text, ''), nullif(attgenerated::text, ''), pg_get_expr(adbin, adrelid, true)
    )
    FROM ours JOIN pg_attribute ON attrelid = ours.oid AND attnum > 0 AND NOT attisdropped
    LEFT JOIN pg_attrdef ON adrelid = ours.oid AND adnum = attnum
    LEFT JOIN pg_collation ON pg_collation.oid = attcollation
    UNION ALL
    SELECT format('constraint %%s on %%s', conname, relname), pg_get_constraintdef(pg_constraint.oid, true)
    FROM ours JOIN pg_constraint ON conrelid = ours.oid WHERE contype IN ('c', 'p', 'u', 'f', 'x')
    UNION ALL
    SELECT format('index %%s', indexrelid::regclass), concat_ws(
        ' ', CASE WHEN NOT indisvalid OR NOT indisready THEN 'not in use' END, pg_get_indexdef(indexrelid, 0, true)
    )
    FROM ours JOIN pg_index ON indrelid = ours.oid
    UNION ALL
    SELECT format('trigger %%s on %%s', tgname, relname),
        concat_ws(' ', tgenabled, pg_get_triggerdef(pg_trigger.oid, true))
    FROM ours JOIN pg_trigger ON tgrelid = ours.oid WHERE NOT tgisinternal
    UNION ALL
    SELECT format('trigger of a constraint on %%s', relname), 'switched off'
    FROM ours JOIN pg_trigger ON tgrelid = ours.oid WHERE tgisinternal AND tgenabled <> 'O'
    UNION ALL
    SELECT format('rule %%s on %%s', rulename, relname), pg_get_ruledef(pg_rewrite.oid, true)
    FROM ours JOIN pg_rewrite ON ev_class = ours.oid
    UNION ALL
    SELECT format('policy %%s on %%s', polname, relname), '' FROM ours JOIN pg_policy ON polrelid = ours.oid
    UNION ALL
    SELECT format('table %%s below %%s', inhrelid::regclass, relname), ''
    FROM ours JOIN pg_inherits ON inhparent = ours.oid
    UNION ALL
    SELECT format('function %%s(%%s)', proname, pg_get_function_identity_arguments(pg_proc.oid)), concat_ws(
        ' ', pg_get_function_arguments(pg_proc.oid), lanname, provolatile, proisstrict, prosecdef, prosrc,
        replace(array_to_string(proconfig, ', '), quote_ident(current_schema()), 'its schema')
    )
    FROM pg_proc JOIN pg_language ON pg_language.oid = prolang
    WHERE pronamespace = current_schema()::regnamespace AND proname = ANY(%(functions)s)
"""

# Each list of rights that was given on a table or a column, to anybody but its owner.
_RIGHTS = """
    WITH ours AS (
        SELECT oid, relname, relowner, relacl FROM pg_class
        WHERE relnamespace = current_schema()::regnamespace AND relname = ANY(%(tables)s)
    ), lists AS (
        SELECT relname, relowner, relacl AS list FROM ours
        UNION ALL SELECT relname, relowner, attacl FROM ours JOIN pg_attribute ON attrelid = ours.oid
    )
    SELECT DISTINCT relname, CASE grantee WHEN 0 THEN 'everybody' ELSE pg_get_userbyid(grantee) END, privilege_type
    FROM lists, aclexplode(list) WHERE grantee <> relowner ORDER BY 1, 2, 3
"""


def objects_in(connection: "Connection[Any]") -> Mapping[str, str]:
    """Every table, column, constraint, index, trigger, rule, policy and function, by what it is called."""
    names = {"tables": list(TABLES), "functions": list(FUNCTIONS)}
    return dict(sorted(connection.execute(_OBJECTS, names).fetchall()))


def reference() -> Mapping[str, str]:
    """What the migrations make, kept with the program, where nobody who may change the database can change it."""
    package, name = _PLACE
    found: dict[str, str] = json.loads(files(package).joinpath(name).read_text("utf-8"))
    return found


def schema_faults(connection: "Connection[Any]") -> Iterator[str]:
    """Where the database differs from what the migrations make, and who may do more than a bot needs."""
    expected, found = reference(), objects_in(connection)
    for name in sorted(expected.keys() | found.keys()):
        if name not in found:
            yield f"{name} is missing"
        elif name not in expected:
            yield f"{name} does not belong here"
        elif found[name] != expected[name]:
            yield f"{name} was changed"
    for table, role, right in connection.execute(_RIGHTS, {"tables": sorted(_APPENDED | _LISTED)}):
        if right != "SELECT" and not (right == "INSERT" and table in _APPENDED):
            yield f"{role} may {right} on {table}, which no bot needs"
    settings = connection.execute(
        """
        SELECT coalesce(pg_get_userbyid(nullif(setrole, 0)), 'everybody')
        FROM pg_db_role_setting, unnest(setconfig) AS each
        WHERE each LIKE 'session_replication_role=%' AND each <> 'session_replication_role=origin'
        """
    )
    for (role,) in settings:
        yield f"triggers are not fired for {role} (session_replication_role)"
