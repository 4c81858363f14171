-- What the bot keeps, in PostgreSQL 14 or newer. Run by `vi-bot store migrate` as the owner of the schema, in one
-- transaction. Migrations only add: a body in the trail is never rewritten.

-- A member of an entry's text. A NUL cannot be in PostgreSQL's JSON, so it stands as U+FFFD; a backslash that is
-- itself written with one, before the letters u0000, is no NUL.
CREATE FUNCTION audit_member(body text, VARIADIC path text[]) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$
    SELECT (
        CASE WHEN strpos(body, '\u0000') = 0 THEN body
        ELSE regexp_replace(body, '(?<!\\)((?:\\\\)*)\\u0000', '\1\\uFFFD', 'g') END
    )::jsonb #>> path
$$;

-- Every column but the first three and the last is computed from the body, so that none can disagree with the text
-- that was hashed. `words` is made by the bot, so that a word is the same on every server; verification compares it.
CREATE TABLE audit_event (
    seq bigint PRIMARY KEY,
    body text NOT NULL,
    hash text COLLATE "C" NOT NULL UNIQUE CHECK (length(hash) = 64),
    id text COLLATE "C" NOT NULL UNIQUE GENERATED ALWAYS AS (audit_member(body, 'id')) STORED,
    op text COLLATE "C" NOT NULL GENERATED ALWAYS AS (audit_member(body, 'op')) STORED,
    ts text COLLATE "C" NOT NULL GENERATED ALWAYS AS (audit_member(body, 'ts')) STORED,
    stage text COLLATE "C" NOT NULL GENERATED ALWAYS AS (audit_member(body, 'stage')) STORED,
    action text COLLATE "C" NOT NULL GENERATED ALWAYS AS (audit_member(body, 'action')) STORED,
    actor text COLLATE "C" GENERATED ALWAYS AS (audit_member(body, 'actor', 'id')) STORED,
    target text COLLATE "C" GENERATED ALWAYS AS (audit_member(body, 'target', 'id')) STORED,
    target_name text COLLATE "C" GENERATED ALWAYS AS (audit_member(body, 'target', 'name')) STORED,
    words tsvector NOT NULL
);
CREATE INDEX audit_event_op ON audit_event (op, seq);
CREATE INDEX audit_event_ts ON audit_event (ts);
CREATE INDEX audit_event_actor ON audit_event (actor, seq);
CREATE INDEX audit_event_target ON audit_event (target, seq);
CREATE INDEX audit_event_target_name ON audit_event (target_name, seq);
CREATE INDEX audit_event_action_stage ON audit_event (action, stage, seq);
CREATE INDEX audit_event_stage ON audit_event (stage, seq);
CREATE INDEX audit_event_words ON audit_event USING gin (words);

-- Where a trail goes on after another one: the newest entry of that. No row in one that begins at #1.
CREATE TABLE audit_base (
    seq bigint PRIMARY KEY CHECK (seq > 0),
    hash text COLLATE "C" NOT NULL CHECK (length(hash) = 64)
);

CREATE TABLE open_operation (
    op text COLLATE "C" PRIMARY KEY,
    seq bigint NOT NULL UNIQUE REFERENCES audit_event (seq)
);

-- The writer holds a lock before it reads the newest entry; this stops whoever does not.
CREATE FUNCTION audit_event_link() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    newest record;
BEGIN
    SELECT seq, hash INTO newest FROM audit_event ORDER BY seq DESC LIMIT 1;
    IF NOT FOUND THEN
        SELECT seq, hash INTO newest FROM audit_base;
    END IF;
    IF NEW.seq <> coalesce(newest.seq, 0) + 1
        OR audit_member(NEW.body, 'seq') IS DISTINCT FROM NEW.seq::text
        OR audit_member(NEW.body, 'prev') IS DISTINCT FROM coalesce(newest.hash, repeat('0', 64))
    THEN
        RAISE EXCEPTION 'an entry must follow the newest one';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER audit_event_link BEFORE INSERT ON audit_event FOR EACH ROW EXECUTE FUNCTION audit_event_link();

-- With the owner's rights: the bot's role may not write the list of open operations by itself.
CREATE FUNCTION audit_event_opens_and_closes() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER AS $$
BEGIN
    IF NEW.stage = 'started' THEN
        INSERT INTO open_operation (op, seq) VALUES (NEW.op, NEW.seq) ON CONFLICT (op) DO NOTHING;
    ELSIF NEW.stage IN ('succeeded', 'failed') THEN
        DELETE FROM open_operation WHERE op = NEW.op;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER audit_event_opens_and_closes AFTER INSERT ON audit_event
FOR EACH ROW EXECUTE FUNCTION audit_event_opens_and_closes();

CREATE FUNCTION audit_base_first() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM audit_base) OR EXISTS (SELECT 1 FROM audit_event) THEN
        RAISE EXCEPTION 'a trail has one base, before its first entry';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER audit_base_first BEFORE INSERT ON audit_base FOR EACH ROW EXECUTE FUNCTION audit_base_first();

-- What belongs to a question is one JSON document; only what is searched for stands beside it.
CREATE TABLE question (
    number bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    id text COLLATE "C" PRIMARY KEY,
    state text COLLATE "C" NOT NULL,
    person_id text COLLATE "C" NOT NULL,
    opened_at text COLLATE "C" NOT NULL,
    document text NOT NULL CHECK (audit_member(document, 'id') = id AND audit_member(document, 'state') = state)
);
CREATE INDEX question_state ON question (state, opened_at);

CREATE TABLE question_item (
    operation_id text COLLATE "C" PRIMARY KEY,
    question_id text COLLATE "C" NOT NULL
);
CREATE INDEX question_item_question ON question_item (question_id);

CREATE FUNCTION question_goes_forward() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.id <> OLD.id OR NEW.state <> OLD.state AND OLD.state || '>' || NEW.state NOT IN (
        'open>awaiting', 'open>claimed', 'open>expired', 'open>withdrawn',
        'awaiting>claimed', 'awaiting>refused', 'awaiting>expired', 'awaiting>withdrawn', 'awaiting>void',
        'claimed>done'
    ) THEN
        RAISE EXCEPTION 'a question is answered once';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER question_goes_forward BEFORE UPDATE ON question
FOR EACH ROW EXECUTE FUNCTION question_goes_forward();

CREATE FUNCTION question_kept_until_over() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state NOT IN ('done', 'expired', 'withdrawn', 'refused', 'void') THEN
        RAISE EXCEPTION 'a question is kept until it is over';
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER question_kept_until_over BEFORE DELETE ON question
FOR EACH ROW EXECUTE FUNCTION question_kept_until_over();

CREATE TABLE snapshot (
    number bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    id text COLLATE "C" PRIMARY KEY,
    workflow_id text COLLATE "C" NOT NULL,
    workflow_name text COLLATE "C" NOT NULL,
    taken_at text COLLATE "C" NOT NULL,
    operation_id text COLLATE "C" NOT NULL,
    document text NOT NULL,
    sha256 text COLLATE "C" NOT NULL,
    copy_id text COLLATE "C"
);
CREATE INDEX snapshot_workflow ON snapshot (workflow_id, taken_at);
CREATE INDEX snapshot_operation ON snapshot (operation_id);
CREATE INDEX snapshot_name ON snapshot (workflow_name, taken_at);
CREATE INDEX snapshot_taken_at ON snapshot (taken_at);

CREATE TABLE backup_check (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    operation_id text COLLATE "C" NOT NULL,
    checked_at text COLLATE "C" NOT NULL,
    equal boolean NOT NULL
);
CREATE INDEX backup_check_operation ON backup_check (operation_id, id);

CREATE TABLE checkpoint (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    seq bigint NOT NULL,
    hash text COLLATE "C" NOT NULL,
    at text COLLATE "C" NOT NULL,
    origin text COLLATE "C" NOT NULL,
    key_id text COLLATE "C" NOT NULL,
    signature text COLLATE "C" NOT NULL
);

CREATE TABLE lock (
    number bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    workflow_id text COLLATE "C" PRIMARY KEY,
    name text NOT NULL,
    person_id text COLLATE "C" NOT NULL,
    at text COLLATE "C" NOT NULL,
    reason text NOT NULL
);

CREATE TABLE screen (
    id text COLLATE "C" PRIMARY KEY,
    person_id text COLLATE "C" NOT NULL,
    state text NOT NULL,
    shown_at text COLLATE "C" NOT NULL
);
CREATE INDEX screen_shown_at ON screen (shown_at);

-- Who may do what only one process may; by the server's clock, so that those of the processes need not agree.
CREATE TABLE lease (
    name text COLLATE "C" PRIMARY KEY,
    holder text COLLATE "C" NOT NULL,
    until timestamptz NOT NULL
);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END $$;
CREATE TRIGGER audit_event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_event
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_base_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_base
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER snapshot_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON snapshot
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER backup_check_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON backup_check
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER checkpoint_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON checkpoint
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The tables that the functions name are these, and not tables of the same name that somebody makes: temporary ones
-- would come first.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['audit_event_link', 'audit_event_opens_and_closes', 'audit_base_first'] LOOP
        EXECUTE format('ALTER FUNCTION %I() SET search_path = %I, pg_temp', name, current_schema());
    END LOOP;
END $$;
