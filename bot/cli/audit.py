"""The commands `vi-bot audit …`. They read the store, also while the bot runs; `rotate` needs its file alone."""

import asyncio
import json
import os
import pwd
import socket
import sys
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, BinaryIO

import aiohttp
import typer
import uuid_utils

import bot
from bot.anchors.signing import load_private_key
from bot.app import anchors_of
from bot.cli.anchors import Anchors, read_anchors, signature_faults
from bot.cli.console import out, progress, silence_output
from bot.cli.ending import NOT_KNOWN, WRONG, say, settings_or_stop, stop, stopping
from bot.cli.options import (
    ActionOption,
    AfterOption,
    EntryNumber,
    FromOption,
    LargerOption,
    OlderOption,
    OutcomeOption,
    SinceOption,
    StoreOption,
    ToOption,
    UntilOption,
    store_file,
    store_named,
)
from bot.domain.audit import (
    Action,
    AuditEntry,
    EntryId,
    OperationId,
    Origin,
    Outcome,
    Receipt,
    SealedEntry,
    Stage,
    Subject,
    content_of,
)
from bot.domain.checkpoint import Checkpoint
from bot.domain.errors import AnchorUnavailable
from bot.domain.export import Format, exported
from bot.domain.moment import Moment
from bot.domain.text import shown
from bot.ports import TrailQuery
from bot.settings import Settings
from bot.store import is_in_postgres
from bot.store.backup import back_up_file
from bot.store.rotation import needs_rotation
from bot.store.rotation import rotate as rotate_file
from bot.store.stored_trail import StoredTrail, stored_trail
from bot.store.verification import Verdict, Verification, verify_files, verify_lines
from bot.trail_page import serve_trail

commands = typer.Typer(help="Read, verify, export, back up and rotate the audit trail.", no_args_is_help=True)

_MOST_OF_AN_OPERATION = 1000  # entries of one operation that `show` lists


@commands.command("list")
def list_entries(  # noqa: PLR0913, PLR0917 - typer calls it; each argument is an option
    text: Annotated[str, typer.Argument(help="Words that an entry must contain.")] = "",
    workflow: Annotated[str, typer.Option(help="A workflow's id or whole name.")] = "",
    actor: Annotated[str, typer.Option(help="A person's id in Slack.")] = "",
    outcome: Annotated[Stage | None, OutcomeOption] = None,
    action: Annotated[Action | None, ActionOption] = None,
    since: Annotated[Moment | None, SinceOption] = None,
    until: Annotated[Moment | None, UntilOption] = None,
    operation: Annotated[str, typer.Option(help="An operation's id.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many entries.")] = 20,
    store: StoreOption = "",
) -> None:
    """Entries of the trail, newest first."""
    now = datetime.now(UTC)
    query = TrailQuery(
        text=text,
        workflow=workflow,
        actor=actor,
        since=since.start(now) if since else None,
        until=until.end(now) if until else None,
        stage=outcome,
        action=action,
        operation=operation,
        limit=limit,
    )
    with stopping(NOT_KNOWN):
        _print_lines(stored_trail(store_named(store)).search(query))


@commands.command()
def show(
    seq: Annotated[int, EntryNumber],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print the body as it is, and nothing else.")] = False,
    store: StoreOption = "",
) -> None:
    """One entry in full, and the others of its operation."""
    with stopping(NOT_KNOWN):
        trail = stored_trail(store_named(store))
        entry = trail.entry(seq)
        if entry is None:
            stop(f"There is no entry #{seq} in {trail.name}. `vi-bot audit list` shows the newest.")
        if as_json:
            out.print(entry.body)
            return
        members = [*_members_of(entry), ("hash", entry.hash)]
        out.print(f"{entry.receipt}\n")
        width = max(len(name) for name, _ in members)
        for name, value in members:
            out.print(f"{name:<{width}}  {value}")
        others = _others_of_its_operation(trail, entry, dict(members).get("op", ""))
        if others:
            out.print("\nThe other entries of its operation:")
            _print_lines(others)


@commands.command()
def verify(
    files: Annotated[
        list[str] | None,
        typer.Argument(help="A database, all files of a trail that was rotated, or one .jsonl export; else the store."),
    ] = None,
    anchors: Annotated[
        str, typer.Option(metavar="FILE|-", help="Text in which receipts stand that were noted elsewhere.")
    ] = "",
    origin: Annotated[str, typer.Option(help="Only compare checkpoints of this organization's id.")] = "",
    public_key: Annotated[Path | None, typer.Option(help="Every checkpoint must be signed by this key (PEM).")] = None,
    after: Annotated[Receipt | None, AfterOption] = None,
    store: StoreOption = "",
) -> None:
    """Whether the trail was tampered with: exit 0 sound, 1 tampered, 2 cannot tell."""
    if not anchors and (origin or public_key):
        stop("--origin and --public-key are about the checkpoints in --anchors, which is missing.", code=NOT_KNOWN)
    with stopping(NOT_KNOWN):
        noted = read_anchors(anchors, origin) if anchors else None
        faults = signature_faults(noted, public_key) if noted and public_key else ()
        found = _verified(files or [store_named(store)], noted.receipts if noted else (), after)
    for fault in (*found.faults, *faults):
        out.print(f"- {shown(fault)}")
    for warning in found.warnings:
        out.print(f"  warning: {shown(warning)}")
    raise typer.Exit(_print_verdict(found, len(faults), noted))


@commands.command()
def export(
    form: Annotated[Format, typer.Option("--format", help="jsonl can be verified; csv is for a spreadsheet.")],
    output: Annotated[Path | None, typer.Option(help="A new file; without it, standard output.")] = None,
    first: Annotated[int | None, FromOption] = None,
    last: Annotated[int | None, ToOption] = None,
    store: StoreOption = "",
) -> None:
    """The entries as a file, oldest first."""
    if first and last and last < first:
        stop(f"--to {last} comes before --from {first}.", code=NOT_KNOWN)
    written = _Counted()
    is_on_screen = output is None and out.is_terminal  # where a bar would be in the way
    with stopping(NOT_KNOWN), _destination(output) as file, progress("Exporting", hidden=is_on_screen) as report:
        entries = stored_trail(store_named(store)).entries(first=first or 1, last=last, progress=report)
        with closing(entries):
            for line in _lines(written.counting(entries), form):
                file.write(line.encode())
    if output is not None:
        entries_written = _number(written.entries, "entry", "entries")
        out.print(f"{output}: {entries_written}" + (f", the last {written.last}" if written.last else ""))


@commands.command()
def backup(
    destination: Annotated[Path, typer.Argument(help="A new file.")],
    store: StoreOption = "",
) -> None:
    """A copy of the whole store, which is a file, as a new file."""
    path = store_file(store, "Back it up as any database: `pg_dump`, or base backups with its log (see docs/audit.md).")
    with stopping(WRONG), progress("Backing up") as report:
        head = back_up_file(path, destination, progress=report)
    out.print(f"{destination}: backed up as far as {head}. `vi-bot audit verify {destination}` verifies it.")


@commands.command()
def anchor() -> None:
    """Verify the whole trail and note a checkpoint of it now, at every place that the settings name."""
    settings = settings_or_stop()
    with stopping(NOT_KNOWN):
        sign = load_private_key(settings.checkpoint_key).sign if settings.checkpoint_key is not None else None
        if not settings.notes_checkpoints:
            stop(
                "No place is named: set VI_BOT_CHECKPOINT_FILE, _COMMAND or _WEBHOOK. See docs/settings.md.",
                code=NOT_KNOWN,
            )
        found = _verified([settings.store], (), None)
    if found.verdict is not Verdict.SOUND or not found.entries:
        for fault in found.faults:
            out.print(f"- {shown(fault)}")
        stop("Nothing was noted. " + ("`vi-bot audit verify` says more." if found.faults else "There is no entry yet."))
    checkpoint = Checkpoint(settings.datature_vi_organization_id, found.head, datetime.now(UTC))
    refusals = asyncio.run(_note(settings, sign(checkpoint) if sign else checkpoint))
    for error in refusals:
        say(f"{error.sentence} {error.advice}".rstrip())
    raise typer.Exit(WRONG if refusals else 0)


async def _note(settings: Settings, checkpoint: Checkpoint) -> list[AnchorUnavailable]:
    refusals = []
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as session:
        for place in anchors_of(settings, session):
            try:
                await place.note(checkpoint)
            except AnchorUnavailable as error:
                refusals.append(error)
            else:
                out.print(f"{place.name}: {checkpoint}")
    return refusals


@commands.command()
def rotate(
    larger_than: Annotated[int | None, LargerOption] = None,
    older_than: Annotated[timedelta | None, OlderOption] = None,
    store: StoreOption = "",
) -> None:
    """Put the file aside and begin a new one that follows on. The bot must not be running."""
    path = store_file(store, "Its trail stays in one table; export it with `vi-bot audit export` (see docs/audit.md).")
    with stopping(WRONG):
        has_condition = larger_than is not None or older_than is not None
        if has_condition and not needs_rotation(
            path, larger_than=larger_than, older_than=older_than, now=datetime.now(UTC)
        ):
            out.print(f"{path}: not due, so nothing was done.")
            return
        with progress("Rotating") as report:
            rotation = rotate_file(path, _rotated, progress=report)
    out.print(f"{rotation.archive}: keep it; it holds the entries up to {rotation.base}.")
    out.print(f"Verify both: vi-bot audit verify {rotation.archive} {path}")


@commands.command()
def serve(
    *,
    port: Annotated[int, typer.Option(min=0, max=65_535, help="The port on 127.0.0.1; 0 takes a free one.")] = 8001,
    open_browser: Annotated[bool, typer.Option("--open", help="Show the page in the browser.")] = False,
    store: StoreOption = "",
) -> None:
    """A page to look at a trail in a file, on this machine only and read-only. The bot may be running."""
    path = store_file(store, "The page is made by Datasette, which reads SQLite; use `vi-bot audit list` or psql.")
    with stopping(NOT_KNOWN):
        serve_trail(path, port=port, open_browser=open_browser)


def _print_lines(entries: Iterable[SealedEntry]) -> None:
    for entry in entries:
        out.print(_line(entry))


def _line(entry: SealedEntry) -> str:
    try:
        content = content_of(entry)
    except ValueError:
        return f"{entry.receipt}  this version cannot read it; `vi-bot audit show {entry.seq}` shows it"
    name = f" “{shown(content.target.name)}”" if content.target else ""
    said = f" – {content.outcome.code}" if content.outcome and content.outcome.code != "ok" else ""
    when = content.at.astimezone(UTC).isoformat(sep=" ", timespec="seconds")
    return f"{entry.receipt}  {when}  {content.actor.id}  {content.action} {content.stage}{name}{said}"


def _members_of(entry: SealedEntry) -> list[tuple[str, str]]:
    """Every member of the body by its path, on one line each and without characters that act on the terminal."""
    try:
        return list(_leaves("", json.loads(entry.body)))
    except (ValueError, RecursionError):
        stop(f"Entry #{entry.seq} cannot be read. --json prints it as it is; `vi-bot audit verify` says what is wrong.")


def _leaves(path: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, member in value.items():
            yield from _leaves(f"{path}.{name}" if path else name, member)
    else:
        yield shown(path), shown(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def _others_of_its_operation(trail: StoredTrail, entry: SealedEntry, operation: str) -> list[SealedEntry]:
    """Oldest first."""
    if not operation:
        return []
    found = trail.search(TrailQuery(operation=operation, limit=_MOST_OF_AN_OPERATION))
    return [each for each in reversed(found) if each.seq != entry.seq]


def _verified(stores: list[str], noted: Iterable[Receipt], after: Receipt | None) -> Verification:
    exports = [each for each in stores if each.endswith(".jsonl")]
    if len(stores) > 1 and exports:
        stop("An export is verified by itself: give one .jsonl file, or databases only.", code=NOT_KNOWN)
    if len(stores) > 1 and any(map(is_in_postgres, stores)):
        stop("A database in PostgreSQL holds its trail whole: it is verified by itself.", code=NOT_KNOWN)
    if after and (len(stores) > 1 or exports):
        stop("--after goes with one database only.", code=NOT_KNOWN)
    if exports:
        with progress(f"Verifying {stores[0]}") as report:
            return verify_lines(Path(stores[0]), noted=noted, progress=report)
    trails = [stored_trail(each) for each in stores]
    with progress(f"Verifying {', '.join(trail.name for trail in trails)}") as report:
        if len(stores) > 1:
            return verify_files([Path(trail.name) for trail in trails], noted=noted, progress=report)
        return trails[0].verify(noted=noted, after=after, progress=report)


def _print_verdict(found: Verification, signature_faults: int, noted: Anchors | None) -> int:
    """Say what was found, and the exit code for it."""
    if found.verdict is Verdict.CANNOT_TELL:
        out.print("cannot tell")
        return NOT_KNOWN
    compared = [each for each in noted.receipts if each.seq >= found.base.seq] if noted else []
    if noted and compared:
        others = f"; left out: {_number(noted.left_out, 'checkpoint')} of other trails" if noted.left_out else ""
        out.print(f"{_number(len(compared), 'receipt')} compared, the newest {noted.newest}{others}")
    entries = _number(found.entries, "entry", "entries")
    faults = len(found.faults) + signature_faults
    if faults:
        out.print(f"TAMPERED: {_number(faults, 'fault')} in {entries}")
        return WRONG
    if noted and not compared:
        out.print(f"cannot tell: every receipt is of an entry before #{found.base.seq}, which are in another file")
        return NOT_KNOWN
    behind = f" behind {found.base}" if found.base.seq else ""
    out.print(f"sound: {entries}{behind}, head {found.head}")
    if noted is None:
        out.print(
            "A trail cut off at its end or rewritten whole looks sound too: compare the head with one noted elsewhere."
        )
    elif noted.newest.seq < found.head.seq:
        out.print(f"No receipt covers what is behind {noted.newest}.")
    return 0


def _number(count: int, one: str, many: str = "") -> str:
    return f"{count} {one if count == 1 else many or f'{one}s'}"


class _Counted:
    """How much of an export was read."""

    def __init__(self) -> None:
        self.entries = 0
        self.last: Receipt | None = None

    def counting(self, entries: Iterable[SealedEntry]) -> Iterator[SealedEntry]:
        for entry in entries:
            self.entries += 1
            self.last = entry.receipt
            yield entry


def _lines(entries: Iterable[SealedEntry], form: Format) -> Iterator[str]:
    try:
        yield from exported(entries, form)
    except ValueError as error:
        stop(f"Not exported: {error}. `vi-bot audit verify` says more; --format jsonl takes it as it is.")


@contextmanager
def _destination(path: Path | None) -> Iterator[BinaryIO]:
    """Where an export goes. A new file is there whole or not at all, for its owner alone."""
    if path is None:
        try:
            yield sys.stdout.buffer
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            silence_output()
        return
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            try:
                yield file
                file.flush()
                os.fsync(file.fileno())
            except BaseException:
                path.unlink()
                raise
    except FileExistsError:
        stop(f"{path} is there already and is not overwritten. Give another name to --output.", code=NOT_KNOWN)
    except OSError as error:
        stop(f"{path} cannot be written: {error.strerror}. Check its folder and the space on its disk.")


def _rotated(base: Receipt, archive: str) -> AuditEntry:
    """The first entry of the new file."""
    return AuditEntry(
        id=EntryId(str(uuid_utils.uuid7())),
        operation_id=OperationId(str(uuid_utils.uuid7())),
        at=datetime.now(UTC),
        stage=Stage.SUCCEEDED,
        action=Action.ROTATE,
        actor=Subject("host_user", _user()),
        origin=Origin("console", command="vi-bot audit rotate"),
        outcome=Outcome("ok"),
        details={"base": base.seq, "base_hash": base.hash, "previous": archive},
        host={"name": socket.gethostname(), "pid": str(os.getpid()), "version": bot.__version__},
    )


def _user() -> str:
    """Who runs this, as the machine knows it; not as the environment says, which anybody can set."""
    user_id = str(os.getuid())
    with suppress(KeyError):
        return pwd.getpwuid(int(user_id)).pw_name
    return user_id
