"""`python -m tests.store.postgres.write_schema`: write down what the migrations make, after they have changed."""

import json
from importlib.resources import files
from pathlib import Path

import psycopg

from bot.store.postgres.schema import objects_in
from tests.postgres import postgres_server

REFERENCE = Path(str(files("bot.store.postgres") / "schema.json"))


def main() -> None:
    with postgres_server() as server, psycopg.connect(server.url(server.new_database(), "postgres")) as connection:
        found = objects_in(connection)
    REFERENCE.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
