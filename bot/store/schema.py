"""What stands in the database: the migrations that make it, and a check that a file has just that.

Migrations only add. A body in the trail is never rewritten and `audit_event` is never rebuilt: a rebuilt
table loses its triggers.
"""

from sqlite_utils import Database, Migrations

from bot.store.driver import sqlite3

MIGRATIONS = Migrations("vi-ops-bot")

_TRAIL = (
    # Every column but the first three is computed from the body when it is read, so that none can disagree
    # with the text that was hashed.
    """
    CREATE TABLE audit_event (
        seq INTEGER PRIMARY KEY,
        body TEXT NOT NULL,
        hash TEXT NOT NULL UNIQUE CHECK (length(hash) = 64),
        id TEXT NOT NULL UNIQUE GENERATED ALWAYS AS (json_extract(body, '$.id')) VIRTUAL,
        op TEXT NOT NULL GENERATED ALWAYS AS (json_extract(body, '$.op')) VIRTUAL,
        ts TEXT NOT NULL GENERATED ALWAYS AS (json_extract(body, '$.ts')) VIRTUAL,
        stage TEXT NOT NULL GENERATED ALWAYS AS (json_extract(body, '$.stage')) VIRTUAL,
        action TEXT NOT NULL GENERATED ALWAYS AS (json_extract(body, '$.action')) VIRTUAL,
        actor TEXT GENERATED ALWAYS AS (json_extract(body, '$.actor.id')) VIRTUAL,
        actor_name TEXT GENERATED ALWAYS AS (json_extract(body, '$.actor.name')) VIRTUAL,
        target TEXT GENERATED ALWAYS AS (json_extract(body, '$.target.id')) VIRTUAL,
        target_name TEXT GENERATED ALWAYS AS (json_extract(body, '$.target.name')) VIRTUAL,
        command TEXT GENERATED ALWAYS AS (json_extract(body, '$.source.command')) VIRTUAL,
        code TEXT GENERATED ALWAYS AS (json_extract(body, '$.outcome.code')) VIRTUAL,
        message TEXT GENERATED ALWAYS AS (json_extract(body, '$.outcome.message')) VIRTUAL,
        reason TEXT GENERATED ALWAYS AS (json_extract(body, '$.details.reason')) VIRTUAL
    ) STRICT
    """,
    "CREATE INDEX audit_event_op ON audit_event (op)",
    "CREATE INDEX audit_event_ts ON audit_event (ts)",
    "CREATE INDEX audit_event_actor ON audit_event (actor)",
    "CREATE INDEX audit_event_target ON audit_event (target)",
    "CREATE INDEX audit_event_target_name ON audit_event (target_name)",
    "CREATE INDEX audit_event_stage ON audit_event (stage)",
    "CREATE INDEX audit_event_action ON audit_event (action)",
    # Also what stops INSERT OR REPLACE, which passes by triggers on DELETE. The first entry names 64 zeros.
    """
    CREATE TRIGGER audit_event_link BEFORE INSERT ON audit_event
    WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM audit_event)
        OR json_extract(NEW.body, '$.seq') IS NOT NEW.seq
        OR json_extract(NEW.body, '$.prev')
            IS NOT coalesce((SELECT hash FROM audit_event ORDER BY seq DESC LIMIT 1), hex(zeroblob(32)))
    BEGIN SELECT RAISE(ABORT, 'an entry must follow the newest one'); END
    """,
    """
    CREATE TRIGGER audit_event_no_update BEFORE UPDATE ON audit_event
    BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END
    """,
    """
    CREATE TRIGGER audit_event_no_delete BEFORE DELETE ON audit_event
    BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END
    """,
    """
    CREATE TABLE open_operation (
        op TEXT PRIMARY KEY,
        seq INTEGER NOT NULL UNIQUE REFERENCES audit_event (seq)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TRIGGER audit_event_opens AFTER INSERT ON audit_event WHEN NEW.stage = 'started'
    BEGIN INSERT INTO open_operation (op, seq) VALUES (NEW.op, NEW.seq) ON CONFLICT (op) DO NOTHING; END
    """,
    """
    CREATE TRIGGER audit_event_closes AFTER INSERT ON audit_event WHEN NEW.stage IN ('succeeded', 'failed')
    BEGIN DELETE FROM open_operation WHERE op = NEW.op; END
    """,
    # `content` in double quotes: sqlite-utils and Datasette find the index of a table by this text.
    """
    CREATE VIRTUAL TABLE audit_search USING fts5 (
        action, stage, actor_name, target, target_name, command, code, message, reason,
        content="audit_event", content_rowid="seq", tokenize="unicode61 remove_diacritics 2"
    )
    """,
    """
    CREATE TRIGGER audit_event_search AFTER INSERT ON audit_event
    BEGIN
        INSERT INTO audit_search
            (rowid, action, stage, actor_name, target, target_name, command, code, message, reason)
        VALUES
            (NEW.seq, NEW.action, NEW.stage, NEW.actor_name, NEW.target, NEW.target_name, NEW.command,
             NEW.code, NEW.message, NEW.reason);
    END
    """,
)

_CONFIRMATIONS = (
    """
    CREATE TABLE confirmation (
        id TEXT PRIMARY KEY,
        operation_id TEXT NOT NULL,
        person_id TEXT NOT NULL,
        team TEXT NOT NULL,
        workflow_id TEXT NOT NULL,
        workflow_name TEXT NOT NULL,
        project_id TEXT,
        etag TEXT NOT NULL,
        generation INTEGER NOT NULL,
        updated_at TEXT NOT NULL,
        phrase TEXT NOT NULL,
        opened_at TEXT NOT NULL,
        expires_at TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('open', 'claimed')),
        claimed_by TEXT,
        claimed_at TEXT,
        CHECK ((state = 'claimed') = (claimed_by IS NOT NULL AND claimed_at IS NOT NULL))
    ) STRICT
    """,
    """
    CREATE TRIGGER confirmation_answered_once BEFORE UPDATE ON confirmation WHEN OLD.state <> 'open'
    BEGIN SELECT RAISE(ABORT, 'a question is answered once'); END
    """,
)

_SNAPSHOTS = (
    """
    CREATE TABLE snapshot (
        id TEXT PRIMARY KEY,
        workflow_id TEXT NOT NULL,
        workflow_name TEXT NOT NULL,
        taken_at TEXT NOT NULL,
        operation_id TEXT NOT NULL,
        document TEXT NOT NULL,
        sha256 TEXT NOT NULL,
        copy_id TEXT
    ) STRICT
    """,
    "CREATE INDEX snapshot_workflow ON snapshot (workflow_id, taken_at)",
    """
    CREATE TRIGGER snapshot_no_replace BEFORE INSERT ON snapshot
    WHEN EXISTS (SELECT 1 FROM snapshot WHERE id = NEW.id)
    BEGIN SELECT RAISE(ABORT, 'snapshots are append-only'); END
    """,
    """
    CREATE TRIGGER snapshot_no_update BEFORE UPDATE ON snapshot
    BEGIN SELECT RAISE(ABORT, 'snapshots are append-only'); END
    """,
    """
    CREATE TRIGGER snapshot_no_delete BEFORE DELETE ON snapshot
    BEGIN SELECT RAISE(ABORT, 'snapshots are append-only'); END
    """,
)

_SCREENS = (
    """
    CREATE TABLE screen (
        id TEXT PRIMARY KEY,
        person_id TEXT NOT NULL,
        state TEXT NOT NULL,
        shown_at TEXT NOT NULL
    ) STRICT
    """,
    "CREATE INDEX screen_shown_at ON screen (shown_at)",
)


def _append_only(table: str, key: str) -> tuple[str, ...]:
    # The first one since INSERT OR REPLACE passes by triggers on DELETE.
    refusal = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    return (
        f"""
        CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table}
        WHEN EXISTS (SELECT 1 FROM {table} WHERE {key} = NEW.{key}) {refusal}
        """,  # noqa: S608 - put together from the constants below
        f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {refusal}",
        f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refusal}",
    )


_BASE = (
    # Where a file goes on after another one: the newest entry of that. No row in a file that begins at #1.
    """
    CREATE TABLE audit_base (
        seq INTEGER PRIMARY KEY CHECK (seq > 0),
        hash TEXT NOT NULL CHECK (length(hash) = 64)
    ) STRICT
    """,
    """
    CREATE TRIGGER audit_base_first BEFORE INSERT ON audit_base
    WHEN EXISTS (SELECT 1 FROM audit_base) OR EXISTS (SELECT 1 FROM audit_event)
    BEGIN SELECT RAISE(ABORT, 'a trail has one base, before its first entry'); END
    """,
    *_append_only("audit_base", "seq"),
    "DROP TRIGGER audit_event_link",
    # Also what stops INSERT OR REPLACE, which passes by triggers on DELETE. The first entry of all names 64 zeros.
    """
    CREATE TRIGGER audit_event_link BEFORE INSERT ON audit_event
    WHEN NEW.seq IS NOT coalesce((SELECT max(seq) FROM audit_event), (SELECT seq FROM audit_base), 0) + 1
        OR json_extract(NEW.body, '$.seq') IS NOT NEW.seq
        OR json_extract(NEW.body, '$.prev') IS NOT coalesce(
            (SELECT hash FROM audit_event ORDER BY seq DESC LIMIT 1), (SELECT hash FROM audit_base), hex(zeroblob(32))
        )
    BEGIN SELECT RAISE(ABORT, 'an entry must follow the newest one'); END
    """,
)

# The order is the number, never the clock. The few entries with an earlier time than one before them are listed, so
# that the numbers between which a span of time lies can be looked up: among a million entries in 0.1 ms, not 100.
LATE = """
    SELECT seq, ts FROM (
        SELECT seq, ts, min(seq) OVER (
            ORDER BY ts DESC, seq DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS first_of_later_times FROM audit_event
    ) WHERE first_of_later_times < seq
"""
"""The statement that finds what belongs into `audit_late`."""

_TIMES = (
    """
    CREATE TABLE audit_late (
        seq INTEGER PRIMARY KEY REFERENCES audit_event (seq),
        ts TEXT NOT NULL
    ) STRICT
    """,
    f"INSERT INTO audit_late (seq, ts) {LATE} ORDER BY seq",
    *_append_only("audit_late", "seq"),
    """
    CREATE TRIGGER audit_event_late AFTER INSERT ON audit_event WHEN NEW.ts < (SELECT max(ts) FROM audit_event)
    BEGIN INSERT INTO audit_late (seq, ts) VALUES (NEW.seq, NEW.ts); END
    """,
)

_CHECKPOINTS = (
    """
    CREATE TABLE checkpoint (
        id INTEGER PRIMARY KEY,
        seq INTEGER NOT NULL,
        hash TEXT NOT NULL,
        at TEXT NOT NULL,
        origin TEXT NOT NULL,
        key_id TEXT NOT NULL,
        signature TEXT NOT NULL
    ) STRICT
    """,
    *_append_only("checkpoint", "id"),
)

_CHECKS = (
    """
    CREATE TABLE backup_check (
        id INTEGER PRIMARY KEY,
        operation_id TEXT NOT NULL,
        checked_at TEXT NOT NULL,
        equal INTEGER NOT NULL CHECK (equal IN (0, 1))
    ) STRICT
    """,
    "CREATE INDEX backup_check_operation ON backup_check (operation_id)",
    *_append_only("backup_check", "id"),
    # Until now only the entry that ended a backup said whether its copy came back equal.
    """
    INSERT INTO backup_check (operation_id, checked_at, equal)
    SELECT op, ts, stage = 'succeeded' FROM audit_event
    WHERE action = 'vi.workflow.backup' AND (stage = 'succeeded' OR code = 'backup_differs') ORDER BY seq
    """,
)

# A CHECK cannot be altered. Not by renaming: versions of SQLite differ in the text that a renamed table has.
_UNANSWERED_CONFIRMATIONS = (
    "CREATE TABLE confirmation_before AS SELECT * FROM confirmation ORDER BY rowid",
    "DROP TABLE confirmation",
    """
    CREATE TABLE confirmation (
        id TEXT PRIMARY KEY,
        operation_id TEXT NOT NULL,
        person_id TEXT NOT NULL,
        team TEXT NOT NULL,
        workflow_id TEXT NOT NULL,
        workflow_name TEXT NOT NULL,
        project_id TEXT,
        etag TEXT NOT NULL,
        generation INTEGER NOT NULL,
        updated_at TEXT NOT NULL,
        phrase TEXT NOT NULL,
        opened_at TEXT NOT NULL,
        expires_at TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('open', 'claimed', 'expired', 'withdrawn')),
        claimed_by TEXT,
        claimed_at TEXT,
        CHECK ((state = 'claimed') = (claimed_by IS NOT NULL AND claimed_at IS NOT NULL))
    ) STRICT
    """,
    "INSERT INTO confirmation SELECT * FROM confirmation_before ORDER BY rowid",
    "DROP TABLE confirmation_before",
    """
    CREATE TRIGGER confirmation_answered_once BEFORE UPDATE ON confirmation WHEN OLD.state <> 'open'
    BEGIN SELECT RAISE(ABORT, 'a question is answered once'); END
    """,
    "CREATE INDEX confirmation_open ON confirmation (expires_at) WHERE state = 'open'",
)


_QUESTIONS = (
    # What belongs to a question is one JSON document; only what is searched for stands beside it.
    """
    CREATE TABLE question (
        id TEXT PRIMARY KEY,
        state TEXT NOT NULL,
        person_id TEXT NOT NULL,
        opened_at TEXT NOT NULL,
        document TEXT NOT NULL CHECK (
            json_valid(document) AND json_extract(document, '$.id') IS id AND json_extract(document, '$.state') IS state
        )
    ) STRICT
    """,
    "CREATE INDEX question_state ON question (state, opened_at)",
    """
    CREATE TRIGGER question_goes_forward BEFORE UPDATE ON question
    WHEN NEW.id <> OLD.id OR NEW.state <> OLD.state AND OLD.state || '>' || NEW.state NOT IN (
        'open>awaiting', 'open>claimed', 'open>expired', 'open>withdrawn',
        'awaiting>claimed', 'awaiting>refused', 'awaiting>expired', 'awaiting>withdrawn', 'awaiting>void',
        'claimed>done'
    )
    BEGIN SELECT RAISE(ABORT, 'a question is answered once'); END
    """,
    # Which question an operation belongs to; filled by the questions themselves, and by those that come along.
    """
    CREATE TABLE question_item (
        operation_id TEXT PRIMARY KEY,
        question_id TEXT NOT NULL
    ) STRICT
    """,
    """
    CREATE TRIGGER question_has_items AFTER INSERT ON question
    BEGIN
        INSERT INTO question_item
        SELECT json_extract(value, '$.operation_id'), NEW.id FROM json_each(NEW.document, '$.items');
    END
    """,
    # Those that wait for an answer come along; of those that were answered, the trail has the end.
    """
    INSERT INTO question (id, state, person_id, opened_at, document)
    SELECT id, state, person_id, opened_at, json_object(
        'id', id, 'action', 'vi.workflow.delete', 'person_id', person_id, 'team', team,
        'items', json_array(json_object(
            'operation_id', operation_id, 'project_id', project_id,
            'target', json_object('kind', 'workflow', 'id', workflow_id, 'name', workflow_name, 'version', etag)
        )),
        'phrase', phrase, 'opened_at', opened_at, 'expires_at', expires_at, 'state', state
    ) FROM confirmation WHERE state = 'open' ORDER BY rowid
    """,
    "DROP TABLE confirmation",
)

_LOCKS = (
    """
    CREATE TABLE lock (
        workflow_id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        person_id TEXT NOT NULL,
        at TEXT NOT NULL,
        reason TEXT NOT NULL
    ) STRICT
    """,
    "CREATE INDEX snapshot_operation ON snapshot (operation_id)",
    "CREATE INDEX snapshot_name ON snapshot (workflow_name, taken_at)",
    "CREATE INDEX snapshot_taken_at ON snapshot (taken_at)",
)

# Two conditions at once: the second one is looked at in the index that the first one leads through, not in the text
# of each entry. `seq` before the others keeps the entries of one value in their order.
_CONDITIONS_TOGETHER = (
    "DROP INDEX audit_event_actor",
    "CREATE INDEX audit_event_actor ON audit_event (actor, seq, stage, action)",
    "DROP INDEX audit_event_target",
    "CREATE INDEX audit_event_target ON audit_event (target, seq, stage, action, actor)",
    "DROP INDEX audit_event_target_name",
    "CREATE INDEX audit_event_target_name ON audit_event (target_name, seq, stage, action, actor)",
    "CREATE INDEX audit_event_action_stage ON audit_event (action, stage)",
)

_FORGETTING = (
    """
    CREATE TRIGGER question_kept_until_over BEFORE DELETE ON question
    WHEN OLD.state NOT IN ('done', 'expired', 'withdrawn', 'refused', 'void')
    BEGIN SELECT RAISE(ABORT, 'a question is kept until it is over'); END
    """,
)


@MIGRATIONS(name="0001_trail_confirmations_snapshots_screens")
def _first(database: Database) -> None:
    for statement in (*_TRAIL, *_CONFIRMATIONS, *_SNAPSHOTS, *_SCREENS):
        database.conn.execute(statement)


@MIGRATIONS(name="0002_base_times_checkpoints_checks_unanswered_confirmations")
def _second(database: Database) -> None:
    for statement in (*_BASE, *_TIMES, *_CHECKPOINTS, *_CHECKS, *_UNANSWERED_CONFIRMATIONS):
        database.conn.execute(statement)


@MIGRATIONS(name="0003_questions_locks")
def _third(database: Database) -> None:
    for statement in (*_QUESTIONS, *_LOCKS):
        database.conn.execute(statement)


@MIGRATIONS(name="0004_conditions_together_forgetting")
def _fourth(database: Database) -> None:
    for statement in (*_CONDITIONS_TOGETHER, *_FORGETTING):
        database.conn.execute(statement)


def migrate(connection: sqlite3.Connection) -> None:
    """Bring a database up to this version, in one transaction: what a crash breaks off leaves no trace."""
    # A plugin of sqlite-utils may change a connection in any way it likes.
    database = Database(connection, execute_plugins=False)
    with database.atomic():  # its table of migrations and that table's index would be two transactions
        MIGRATIONS.apply(database)


def schema_faults(connection: sqlite3.Connection) -> list[str]:
    """Where a database differs from what the migrations that it went through make, one sentence each.

    An empty database has no fault. Tables, indexes, triggers and generated columns are compared by their text:
    a table that anything else made under our names has none of the triggers.
    """
    found = _objects(connection)
    if not found:
        return []
    model = Database(memory=True, execute_plugins=False)
    try:
        pending = [each.name for each in MIGRATIONS.pending(model)]
        applied = _applied(connection) if ("table", MIGRATIONS.migrations_table) in found else set()
        MIGRATIONS.apply(model, stop_before=[name for name in pending if name not in applied])
        expected = _objects(model.conn)
    finally:
        model.close()
    return [
        f"{kind} {name} {fault}"
        for kind, name in sorted(expected.keys() | found.keys())
        if (fault := _fault(expected, found, (kind, name)))
    ]


def is_store(connection: sqlite3.Connection) -> bool:
    """Whether a database holds anything of an audit trail."""
    found = connection.execute(
        "SELECT 1 FROM sqlite_master WHERE name IN ('audit_event', 'audit_search', 'open_operation')"
    )
    return found.fetchone() is not None


_Objects = dict[tuple[str, str], str | None]


def _fault(expected: _Objects, found: _Objects, key: tuple[str, str]) -> str:
    if key not in found:
        return "is missing"
    if key not in expected:
        return "does not belong here"
    return "" if expected[key] == found[key] else "was changed"


def _applied(connection: sqlite3.Connection) -> set[str]:
    rows = connection.execute("SELECT name FROM _sqlite_migrations WHERE migration_set = ?", (MIGRATIONS.name,))
    return {name for (name,) in rows}


def _objects(connection: sqlite3.Connection) -> _Objects:
    # What SQLite writes for its search index, and sqlite-utils for its migrations, may change with their
    # versions: only that it is there counts. ANALYZE adds tables named sqlite_stat….
    rows = connection.execute(
        """
        SELECT type, name, iif(tbl_name LIKE 'audit#_search#_%' ESCAPE '#' OR tbl_name = ?, NULL, sql)
        FROM sqlite_master WHERE name NOT LIKE 'sqlite#_stat%' ESCAPE '#'
        """,
        (MIGRATIONS.migrations_table,),
    )
    return {(kind, name): text for kind, name, text in rows}
