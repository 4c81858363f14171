"""Datasette as it is set up for the trail. What it shows and asks stands in `metadata.yml`."""

import json
from pathlib import Path
from urllib.parse import urlsplit

import yaml
from datasette.app import Datasette

from bot.trail_page.database import TrailDatabase

DATABASE = "trail"
"""What the file is called in the page's addresses, whatever its own name is."""

_SETTINGS = {
    "allow_csv_stream": False,  # CSV is made by `csv_export`
    "allow_download": False,
    "default_allow_sql": False,
    "default_facet_size": 12,
    "default_page_size": 50,
    "facet_time_limit_ms": 200,
    "max_returned_rows": 1000,
    "sql_time_limit_ms": 1000,
    "suggest_facets": False,  # each suggestion would read every body
    "truncate_cells_html": 500,
}


def trail_site(path: Path) -> Datasette:
    """Datasette with the trail in this file and nothing else; whoever makes it closes its database."""
    here = Path(__file__).parent
    site = Datasette(
        cache_headers=False,  # the gate says what may be kept
        metadata=yaml.safe_load((here / "metadata.yml").read_text(encoding="utf-8")),
        settings=_SETTINGS,
        static_mounts=[("trail-page", str(here / "static"))],
        template_dir=str(here / "templates"),
    )
    site.remove_database("_memory")
    site.add_database(TrailDatabase(site, path=path.resolve()), name=DATABASE)
    site.jinja_env.filters["indented"] = _indented
    site.jinja_env.filters["without_host"] = _without_host
    return site


def _indented(body: str) -> str:
    return json.dumps(json.loads(body), indent=2, ensure_ascii=False)


def _without_host(address: str) -> str:
    """An address of Datasette's that still leads here where a proxy stands in front."""
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}"
