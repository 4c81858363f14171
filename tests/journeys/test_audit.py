"""The audit trail as people read, look into and export it."""

import csv
import io
import json
import re
import sqlite3
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.app import Timing
from bot.domain.audit import (
    EMPTY,
    Action,
    AuditEntry,
    EntryId,
    Receipt,
    SealedEntry,
    Stage,
    chain_faults,
    content_of,
    hash_of,
)
from bot.domain.errors import ViError
from bot.operations import export
from bot.ports import TrailQuery
from sandbox.playground import Playground
from sandbox.slack.driver.page import MessageHandle
from sandbox.slack.driver.person import User
from sandbox.vi import faults
from tests.journeys.conftest import Start
from tests.journeys.steps import TurnedClock, asked, busy, confirm, dialogue, idle
from tests.journeys.test_secrets import PASTED


async def newest(play: Playground, **fits: object) -> AuditEntry:
    """The newest entry of the trail that fits."""
    found = await play.bot.resources.store.trail(TrailQuery(**fits))  # type: ignore[arg-type] # whatever is asked for
    return content_of(found[0])


async def downloaded(person: User, name: str) -> str:
    """The file of this name, from the person's direct messages."""
    message = await person.sees(name + ", ", channel="dm")
    assert message.thread_ts is not None
    return (await message.files[0].download()).decode()


def filename(answer: MessageHandle) -> str:
    """The name of the file that an answer says was sent."""
    return answer.text.split("by direct message: ")[1].split()[0].removesuffix(".")


def sealed(file: str) -> list[SealedEntry]:
    """The entries in a file of JSON Lines."""
    return [SealedEntry(json.loads(line)["seq"], line, hash_of(line)) for line in file.splitlines()]


def only_number(file: str, form: str) -> int:
    """The number of the one entry in a file."""
    if form == "csv":
        (row,) = csv.DictReader(io.StringIO(file))
        return int(row["seq"])
    content = json.loads(file)
    return int(content["seq"] if form == "jsonl" else content["metadata"]["sequence"])


async def test_everybody_reads_their_own_trail_and_an_admin_everybodys(play: Playground) -> None:
    omar, vera, alice = (play.slack.user(name) for name in ("omar", "vera", "alice"))
    await asked(omar, f"/vi show {busy(play)}")
    await asked(vera, "/vi list")
    own = await asked(vera, "/vi audit")
    assert "Your newest entry." in own.text
    assert "@omar" not in own.text
    assert "Your newest 2 entries." in (await asked(vera, "/vi audit")).text
    everybodys = await asked(alice, "/vi audit")
    assert "Newest 5 entries, everybody's." in everybodys.text
    assert "@omar" in everybodys.text
    assert "@vera" in everybodys.text
    refused = await asked(vera, f"/vi audit --actor {omar.id}")
    assert "needs the role admin" in refused.text
    entry = await newest(play, actor=vera.id)
    assert (entry.stage, entry.details["missing"]) == (Stage.DENIED, "admin")
    his = await asked(alice, f"/vi audit --actor <@{omar.id}|omar> --since 1h")
    assert "Newest entry." in his.text
    assert "by @omar" in his.text
    assert "@vera" not in his.text


async def test_each_filter_leaves_out_what_does_not_fit(start: Start) -> None:
    clock = TurnedClock()
    play = await start(clock=clock)
    alice, omar = play.slack.user("alice"), play.slack.user("omar")
    workflow_id = idle(play)
    name = play.vi.organization.workflow(workflow_id)["spec"]["name"]
    clock.ahead = timedelta(days=-3)
    await asked(omar, f"/vi backup {workflow_id}")
    day = f"{clock.now():%Y-%m-%d}"
    clock.ahead = timedelta()
    await asked(omar, f"/vi show {workflow_id}")
    await asked(omar, "/vi show nothing-like-it")
    for typed, numbers in {
        "--action backup": [3, 2],
        "--action show": [5, 4],
        "--outcome failed": [5],
        "--action show --outcome succeeded": [4],
        f'--workflow "{name}"': [4, 3, 2],
        f"--actor {omar.id} --since 2d": [5, 4],
        f"--actor {omar.id} --until 2d": [3, 2],
        f"--since {day} --until {day}": [3, 2],
        f"--workflow {workflow_id} --action backup --outcome succeeded --since 4d --until {day}": [3],
        "nothing": [5],
    }.items():
        page = await asked(alice, f"/vi audit {typed}")
        assert [int(each) for each in re.findall(r"`#(\d+) ·", page.text)] == numbers, typed
        assert (await newest(play)).details["found"] == len(numbers)


async def test_the_trail_is_paged_with_its_filters(play: Playground) -> None:
    alice, vera = play.slack.user("alice"), play.slack.user("vera")
    for _ in range(6):
        await asked(vera, "/vi whoami")
        await asked(alice, "/vi whoami")
    page = await asked(alice, "/vi audit --action whoami --outcome succeeded --since 1h")
    assert page.text.count("Whoami: succeeded") == 10
    assert "action whoami   outcome succeeded   since 1h" in page.text
    await page.click("Older")
    await page.updated(text="2 older entries, everybody's.")
    assert page.text.count("Whoami: succeeded") == 2
    assert page.buttons == ["Details", "Details", "Export…"]
    entry = await newest(play, actor=alice.id)
    query = {"action": "whoami", "outcome": "succeeded", "since": "1h", "before": 4}
    assert entry.details == {"query": query, "found": 2}
    assert len((await asked(alice, "/vi audit")).blocks) < 50


@pytest.mark.parametrize(("count", "title"), [(11, "1 older entry of yours."), (12, "2 older entries of yours.")])
async def test_the_older_entries_of_ones_own_are_called_that(play: Playground, count: int, title: str) -> None:
    vera = play.slack.user("vera")
    for _ in range(count):
        await asked(vera, "/vi whoami")
    page = await asked(vera, "/vi audit")
    await page.click("Older")
    await page.updated(text=title)


async def test_where_nothing_fits_it_says_what_was_asked_and_how_to_see_more(play: Playground) -> None:
    vera, alice = play.slack.user("vera"), play.slack.user("alice")
    assert "No entries of yours yet." in (await asked(vera, "/vi audit")).text
    mine = await asked(vera, "/vi audit nothinglikeit --workflow Potholes")
    assert "No entries of yours fit." in mine.text
    assert "with “nothinglikeit”   workflow “Potholes”" in mine.text
    assert "Leave a filter out to see more. Everybody's entries are for admins." in mine.text
    all_of_them = await asked(alice, "/vi audit neverheardof")
    assert "No entries fit." in all_of_them.text
    assert all_of_them.buttons == []


@pytest.mark.parametrize("control", ["Older", "Export"])
async def test_a_list_that_is_forgotten_is_out_of_date_and_the_click_is_in_the_trail(
    start: Start, control: str
) -> None:
    clock = TurnedClock()
    play = await start(clock=clock)
    alice = play.slack.user("alice")
    for _ in range(11):
        await asked(alice, "/vi whoami")
    page = await asked(alice, "/vi audit")
    clock.ahead = timedelta(days=2)
    await asked(alice, "/vi list")
    if control == "Export":
        page = await (await page.click("Export…")).answer()
        control = "Export as CSV"
    answer = await (await page.click(control)).answer()
    assert "This list is out of date." in answer.text
    entry = await newest(play)
    assert entry.action is (Action.AUDIT if control == "Older" else Action.EXPORT)
    assert (entry.stage, entry.outcome and entry.outcome.code) == (Stage.FAILED, "out_of_date")


async def test_an_entry_tells_an_auditor_everything(play: Playground) -> None:
    omar, alice = play.slack.user("omar"), play.slack.user("alice")
    workflow_id = idle(play)
    workflow = play.vi.organization.workflow(workflow_id)
    await confirm(await dialogue(omar, f"/vi delete {workflow_id}"), reason="*Not* <!channel> needed", back_up=False)
    await omar.sees_modal(text="Deleted “")
    listing = await asked(alice, "/vi audit --action delete")
    detail = await (await listing.click("Details of entry #4")).answer()
    found = await play.bot.resources.store.entry(4)
    before = await play.bot.resources.store.entry(3)
    assert found is not None
    assert before is not None
    entry = content_of(found)
    for part in (
        f"Entry #4. Delete “{workflow['spec']['name']}”: succeeded",
        "Who\n@omar",
        "When, by the bot's clock\n20",
        "From\nmodal",
        f"Slack's trigger\n{entry.origin.trigger}",
        f"Workflow\n{workflow['spec']['name']}",
        f"Its id\n{workflow_id}",
        f"Version seen\n{workflow['etag']}",
        "Outcome\nok",
        f"Vi's trace\n{entry.outcome and entry.outcome.trace}",
        f"Operation\n{entry.operation_id}",
        f"Host\n{entry.host['name']}",
        f"Version of the bot\n{entry.host['version']}",
        "Reason: *Not* <!channel> needed",
        f"Its hash: `{found.hash}`",
        f"The hash before it: `{before.hash}`",
        f"`{before.receipt}`",
        f"`{found.receipt}` (this entry)",
    ):
        assert part in detail.text
    assert detail.text.index("• requested") < detail.text.index("• started") < detail.text.index("• succeeded")
    assert "Do not trust" not in detail.text
    assert (await newest(play, actor=alice.id)).details == {"entry": 4}
    assert "Newest 3 entries" in listing.text


async def test_an_entry_tells_what_was_typed_told_and_taken_out(play: Playground) -> None:
    vera = play.slack.user("vera")
    await asked(vera, f"/vi show {PASTED[0]}")
    detail = await asked(vera, "/vi audit --entry #2")
    assert "Typed\n/vi show [removed]" in detail.text
    assert "Where\n#ml-ops" in detail.text
    assert "What was told: No workflow has the id or the name" in detail.text
    assert "Taken out before it was written:\n• /" in detail.text
    await asked(vera, "/vi list potholes", "dm")
    detail = await asked(vera, "/vi audit --entry 4")
    assert "Where\ndirect message D" in detail.text
    assert 'Query: {"sort": "updated", "text": "potholes"}' in detail.text


async def test_an_entry_tells_what_vi_said(play: Playground) -> None:
    omar = play.slack.user("omar")
    modal = await dialogue(omar, f"/vi delete {idle(play)}")
    play.vi.faults.on("DELETE", "*", faults.error(409, body={"message": "no <!channel>"}))
    await confirm(modal, back_up=False)
    await omar.sees(text="was not deleted", channel="dm")
    detail = await asked(omar, "/vi audit --entry 4")
    assert "Outcome\nvi_refused" in detail.text
    assert "Vi's HTTP status\n409" in detail.text
    assert "no <!channel>" in detail.text


async def test_somebody_elses_entry_is_refused_and_the_refusal_is_in_the_trail(play: Playground) -> None:
    omar, vera = play.slack.user("omar"), play.slack.user("vera")
    await asked(omar, "/vi whoami")
    refused = await asked(vera, "/vi audit --entry 2")
    assert "needs the role admin" in refused.text
    assert "@alice" in refused.text
    entry = await newest(play)
    assert (entry.actor.id, entry.action, entry.stage) == (vera.id, Action.AUDIT, Stage.DENIED)
    assert entry.details == {"entry": 2, "missing": "admin"}


async def test_entries_of_others_in_ones_own_operation_are_for_admins(play: Playground) -> None:
    vera, alice = play.slack.user("vera"), play.slack.user("alice")
    await asked(vera, "/vi whoami")
    mine = await newest(play)
    theirs = replace(mine, id=EntryId("another"), actor=replace(mine.actor, id=alice.id))
    receipt = await play.bot.resources.store.record(theirs)
    assert str(receipt) in (await asked(alice, "/vi audit --entry 2")).text
    assert str(receipt) not in (await asked(vera, "/vi audit --entry 2")).text


async def test_an_entry_that_does_not_exist_is_said_to_be_missing(play: Playground) -> None:
    message = await asked(play.slack.user("vera"), "/vi audit --entry 999999999999999")
    assert "The audit trail has no entry #999999999999999." in message.text
    entry = await newest(play)
    assert entry.outcome is not None
    assert (entry.stage, entry.outcome.code) == (Stage.FAILED, "entry_missing")


@pytest.mark.sqlite_only("the file itself is tampered with")
async def test_an_entry_that_was_changed_in_the_file_is_shown_with_a_warning(play: Playground) -> None:
    alice = play.slack.user("alice")
    await asked(alice, "/vi whoami")
    connection = sqlite3.connect(play.store)
    connection.execute("DROP TRIGGER audit_event_no_update")
    connection.execute("UPDATE audit_event SET body = replace(body, 'succeeded', 'failed') WHERE seq = 1")
    connection.commit()
    connection.close()
    detail = await asked(alice, "/vi audit --entry 1")
    assert "Do not trust this entry: entry #1 was changed: its text does not have its hash." in detail.text


async def test_everything_is_exported_as_lines_that_verify_from_the_first_on(play: Playground) -> None:
    alice, omar = play.slack.user("alice"), play.slack.user("omar")
    await asked(omar, f"/vi backup {idle(play)}")
    answer = await asked(alice, "/vi audit --export jsonl")
    assert "3 entries of the audit trail, sent to you by direct message: vi-audit-" in answer.text
    entries = sealed(await downloaded(alice, filename(answer)))
    assert [entry.seq for entry in entries] == [1, 2, 3]
    assert list(chain_faults(entries, after=EMPTY)) == []
    message = await alice.sees("The file follows in this thread.", channel="dm")
    assert "3 entries of the audit trail as JSON Lines, oldest first." in message.text
    assert "From #1 to #3, with none left out." in message.text
    assert str(entries[-1].receipt) in message.text
    stages = await play.bot.resources.store.trail(TrailQuery(action=Action.EXPORT))
    assert [content_of(each).stage for each in stages] == [Stage.SUCCEEDED, Stage.REQUESTED]
    assert content_of(stages[0]).details == {"query": {}, "format": "jsonl", "found": 3}
    assert str(stages[1].receipt) in answer.text
    assert str(stages[1].receipt) in message.text


async def test_a_whole_range_verifies_from_the_hash_before_it(
    play: Playground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "LIMIT", 4)
    monkeypatch.setattr(export, "_BATCH", 2)
    alice = play.slack.user("alice")
    for _ in range(8):
        await asked(alice, "/vi whoami")
    answer = await asked(alice, "/vi audit --export jsonl")
    entries = sealed(await downloaded(alice, filename(answer)))
    assert [entry.seq for entry in entries] == [6, 7, 8, 9]
    fifth = await play.bot.resources.store.entry(5)
    assert fifth is not None
    assert list(chain_faults(entries, after=fifth.receipt)) == []
    cut = "Older entries fit too: a file holds 4. For all, run vi-bot audit export on the bot's machine."
    assert cut in answer.text
    assert cut in (await alice.sees("From #6 to #9, with none left out.", channel="dm")).text


async def test_as_many_entries_as_a_file_holds_are_not_cut(play: Playground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "LIMIT", 4)
    monkeypatch.setattr(export, "_BATCH", 2)
    alice = play.slack.user("alice")
    for _ in range(3):
        await asked(alice, "/vi whoami")
    answer = await asked(alice, "/vi audit --export jsonl")
    assert "Older entries fit too" not in answer.text
    assert len(sealed(await downloaded(alice, filename(answer)))) == 4


async def test_a_filtered_file_says_that_it_cannot_be_verified(play: Playground) -> None:
    alice, vera = play.slack.user("alice"), play.slack.user("vera")
    for person in (alice, vera, alice, vera):
        await asked(person, "/vi whoami")
    answer = await asked(alice, f"/vi audit --actor {vera.id} --export jsonl")
    assert [entry.seq for entry in sealed(await downloaded(alice, filename(answer)))] == [3, 5]
    message = await alice.sees("From #3 to #5, with others between them left out", channel="dm")
    assert "cannot be verified. A file of all entries can." in message.text
    assert "Asked for:   by @vera" in message.text
    answer = await asked(vera, "/vi audit --action whoami --export jsonl")
    assert "2 entries of your own" in answer.text
    message = await vera.sees("From #3 to #5", channel="dm")
    assert "A file of everybody's entries, which an admin can make, can." in message.text


@pytest.mark.parametrize(
    ("kind", "ending", "wanted"),
    [("CSV", ".csv", "csv"), ("OCSF", ".ocsf.jsonl", "ocsf"), ("JSON Lines", ".jsonl", "jsonl")],
)
async def test_the_button_below_a_list_exports_what_the_list_was_asked_for(
    play: Playground, kind: str, ending: str, wanted: str
) -> None:
    vera, alice = play.slack.user("vera"), play.slack.user("alice")
    for person in (vera, alice, alice):
        await asked(person, "/vi whoami")
    listing = await asked(vera, "/vi audit --action whoami --since 1h")
    choice = await (await listing.click("Export…")).answer()
    assert "Export as which kind of file?" in choice.text
    await choice.click(f"Export as {kind}")
    await choice.updated(text="1 entry of your own, sent to you by direct message")
    assert choice.buttons == []
    assert filename(choice).endswith(ending)
    file = await downloaded(vera, filename(choice))
    assert only_number(file, wanted) == 2
    assert "It is entry #2." in (await vera.sees("The file follows", channel="dm")).text
    entry = await newest(play)
    assert (entry.action, entry.stage, entry.actor.id) == (Action.EXPORT, Stage.SUCCEEDED, vera.id)
    assert entry.details == {"query": {"action": "whoami", "since": "1h"}, "format": wanted, "found": 1}
    assert "Newest" not in choice.text


async def test_a_file_of_another_kind_says_which_range_it_holds(play: Playground) -> None:
    alice, vera = play.slack.user("alice"), play.slack.user("vera")
    for person in (alice, vera, alice):
        await asked(person, "/vi whoami")
    await asked(alice, "/vi audit --export csv")
    await alice.sees("From #1 to #4.", channel="dm")
    await asked(alice, f"/vi audit --actor {alice.id} --action whoami --export csv")
    await alice.sees("From #2 to #4, with others between them left out.", channel="dm")


async def test_somebody_elses_entries_are_exported_for_admins_only(play: Playground) -> None:
    vera, omar = play.slack.user("vera"), play.slack.user("omar")
    await asked(omar, "/vi whoami")
    refused = await asked(vera, f"/vi audit --actor {omar.id} --export csv")
    assert "needs the role admin" in refused.text
    entry = await newest(play)
    assert (entry.action, entry.stage, entry.details["missing"]) == (Action.EXPORT, Stage.DENIED, "admin")
    assert play.slack.wire.exchanges("files.getUploadURLExternal") == []


async def test_where_nothing_fits_there_is_no_file(play: Playground) -> None:
    answer = await asked(play.slack.user("alice"), "/vi audit nothinglikeit --export csv")
    assert "No entries fit, so there is no file." in answer.text
    entry = await newest(play)
    assert entry.outcome is not None
    assert (entry.stage, entry.outcome.code, entry.details["found"]) == (Stage.FAILED, "nothing_to_export", 0)


async def test_without_the_scope_the_person_hears_what_to_do(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = Path("manifest.yml").read_text()
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "manifest.yml").write_text(manifest.replace("      - files:write\n", ""))
    monkeypatch.chdir(tmp_path / "app")
    play = await start()
    alice = play.slack.user("alice")
    await asked(alice, "/vi whoami")
    answer = await asked(alice, "/vi audit --export jsonl")
    assert "it has not been given the scope files:write" in answer.text
    assert "update the app from manifest.yml and to install it again" in answer.text
    play.slack.take_violation("missing_scope")
    entry = await newest(play)
    assert entry.outcome is not None
    assert (entry.action, entry.stage, entry.outcome.code) == (Action.EXPORT, Stage.FAILED, "file_not_sent")
    assert [each for each in alice.messages if not each.is_ephemeral] == []


@pytest.mark.parametrize(
    ("method", "fault", "told", "stage"),
    [
        ("files.getUploadURLExternal", {"error": "file_uploads_disabled"}, "take the file: file_upl", Stage.FAILED),
        ("upload", {"status": 500}, "The file did not reach Slack.", Stage.FAILED),
        ("upload", {"cut": "before"}, "The file did not reach Slack.", Stage.FAILED),
        ("chat.postMessage", {"error": "messages_tab_disabled"}, "did not take the direct message", Stage.FAILED),
        ("files.completeUploadExternal", {"error": "file_not_found"}, "take the file: file_not_found", Stage.FAILED),
        ("files.completeUploadExternal", {"error": "internal_error"}, "did not say whether", Stage.UNKNOWN),
        ("files.completeUploadExternal", {"cut": "after"}, "did not say whether", Stage.UNKNOWN),
    ],
)
async def test_a_file_that_does_not_get_through_is_told_and_written_down(
    start: Start, method: str, fault: dict[str, object], told: str, stage: Stage
) -> None:
    play = await start()
    alice = play.slack.user("alice")
    await asked(alice, "/vi whoami")
    play.slack.faults.on(method, **fault)  # type: ignore[arg-type] # whatever the case says
    answer = await asked(alice, "/vi audit --export csv")
    assert told in answer.text
    entry = await newest(play)
    assert entry.outcome is not None
    assert (entry.action, entry.stage) == (Action.EXPORT, stage)
    assert told.removeprefix("take the file: ") in entry.outcome.message
    promised = [each for each in alice.messages if "The file follows" in each.text]
    below = [each for each in alice.messages if each.thread_ts and told in each.text]
    assert len(promised) == len(below) == (1 if method == "files.completeUploadExternal" else 0)


async def test_a_file_of_several_megabytes_comes_whole(play: Playground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "exported", lambda _entries, _form: iter(["x" * 3_000_000]))
    alice = play.slack.user("alice")
    await asked(alice, "/vi whoami")
    file = await downloaded(alice, filename(await asked(alice, "/vi audit --export jsonl")))
    assert file == "x" * 3_000_000


async def test_nothing_leaves_where_the_trail_cannot_say_who_asked(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    play = await start()
    alice = play.slack.user("alice")
    await asked(alice, "/vi whoami")

    async def full(_entry: AuditEntry) -> Receipt:
        raise ViError("The trail cannot be written.")

    monkeypatch.setattr(play.bot.resources.store, "record", full)
    answer = await asked(alice, "/vi audit --export jsonl")
    assert "The trail cannot be written." in answer.text
    assert play.slack.wire.exchanges("files.getUploadURLExternal") == []


async def test_no_secret_is_in_any_export(start: Start) -> None:
    play = await start(timing=Timing(patience=5))
    omar, alice = play.slack.user("omar"), play.slack.user("alice")
    for secret in PASTED:
        for typed in (f'show "{secret}"', f'audit "{secret}"', f'audit "{secret}" --export csv', f'list "{secret}"'):
            await asked(omar, f"/vi {typed}")
        await confirm(await dialogue(omar, f"/vi delete {idle(play)}"), reason=f"key {secret}", back_up=False)
        await (await omar.sees_modal(text="Deleted “")).close()
    play.vi.faults.on("GET", "*", faults.error(401, body={"message": f"bad key {play.vi.secret_key}"}), times=None)
    await asked(omar, "/vi list --active")
    play.vi.faults.clear()
    ours = (play.slack.bot_token, play.slack.app_token, play.slack.signing_secret, play.vi.secret_key)
    for form in ("jsonl", "csv", "ocsf"):
        file = await downloaded(alice, filename(await asked(alice, f"/vi audit --export {form}")))
        assert file
        for secret in (*PASTED, *ours):
            assert secret not in file
