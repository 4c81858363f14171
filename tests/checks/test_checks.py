"""Each check: what it says when all is well, when something is not, and when it cannot be told."""

import socket
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from aiohttp import web

from bot.checks.clock import clock_check
from bot.checks.manifest import manifest_path, manifest_seen
from bot.domain.checkpoint import Checkpoint
from bot.operations.anchoring import verified
from bot.store import open_spool, open_store
from bot.store.engine import sqlite_engine
from sandbox.playground import playground_settings
from sandbox.slack.workspace import SlackWorkspace
from sandbox.vi.server import ViEmulator
from tests.checks.conftest import Look
from tests.cli.commands import entry
from tests.store.tampering import NO_TRIGGERS, another_schema

NAMES = [
    "Slack bot token",
    "Slack app token",
    "Clock and Slack's",
    "Channels",
    "User groups",
    "Roles",
    "Approvers",
    "Vi",
    "Clock and Vi's",
    "Store",
    "Trail",
    "Checkpoints",
    "Spool",
    "Manifest",
    "Health",
]
RULE = [{"actions": ["delete"]}]


async def test_a_bot_that_is_set_up_well_passes_every_check(look: Look, slack: SlackWorkspace) -> None:
    found = await look(VI_BOT_APPROVALS=RULE)
    assert list(found) == NAMES
    assert [each for each in found.values() if not each.passed] == []
    assert found["Channels"].finding == f"the bot can post in {slack.channel_id('vi-audit')}"
    assert found["Approvers"].finding == "there are at least two who can agree"
    assert found["Trail"].finding == "holds up to #0, looked at in its newest 1,000 entries at most"
    slack.assert_clean()


async def test_what_needs_slack_cannot_be_told_without_it(look: Look) -> None:
    found = await look(SLACK_BOT_TOKEN="xoxb-wrong", VI_BOT_APPROVALS=RULE)
    assert found["Slack bot token"].finding == "Slack answers invalid_auth"
    for name in ("Clock and Slack's", "Channels", "User groups", "Approvers"):
        assert (found[name].passed, "since Slack does not accept" in found[name].finding) == (False, True)
    assert found["Manifest"].passed


@pytest.mark.parametrize(
    ("channel", "says"),
    [
        ("random", "the bot is not a member"),
        ("leads", "it is not there, or it is private and the bot is not a member"),
        ("old-labels", "it is archived"),
    ],
)
async def test_a_channel_in_which_the_bot_cannot_post_is_named_with_the_reason(
    look: Look, slack: SlackWorkspace, channel: str, says: str
) -> None:
    wanted = slack.channel_id(channel)
    check = (await look(VI_BOT_APPROVALS_CHANNEL=wanted))["Channels"]
    assert (check.passed, check.finding) == (False, f"{wanted}: {says}")
    assert "/invite @vi-ops" in check.advice


async def test_a_channel_that_slack_says_nothing_of_is_not_passed(look: Look, slack: SlackWorkspace) -> None:
    slack.faults.on("chat.postEphemeral", error="internal_error")
    assert (await look())["Channels"].finding.endswith(": Slack answers internal_error")


async def test_nobody_is_shown_what_the_check_of_a_channel_posts(look: Look, slack: SlackWorkspace) -> None:
    await look()
    people = [person for person in slack.state.directory.people.values() if not person.is_bot]
    seen = [each.text for person in people for each in slack.state.messages.visible_to(person)]
    assert (len(people) > 5, seen) == (True, [])


async def test_without_a_channel_the_advice_is_to_set_one(look: Look) -> None:
    """Approvers are then asked one by one."""
    found = await look(VI_BOT_AUDIT_CHANNEL="", VI_BOT_APPROVALS=RULE)
    assert (found["Channels"].passed, found["Channels"].finding) == (True, "none is set")
    assert found["Approvers"].passed


@pytest.mark.parametrize(
    ("group", "members", "says"), [("labelling", None, "there is no such group"), ("ml-ops", [], "nobody is in it")]
)
async def test_a_user_group_that_gives_nobody_a_role_is_named(
    look: Look, slack: SlackWorkspace, group: str, members: list[str] | None, says: str
) -> None:
    group_id = slack.group_id(group)
    if members is not None:
        slack.state.directory.groups[group_id].members[:] = members
    check = (await look(VI_BOT_OPERATORS=group_id))["User groups"]
    assert (check.passed, check.finding) == (False, f"{group_id}: {says}")


async def test_a_user_group_that_slack_says_nothing_of_is_not_passed(look: Look, slack: SlackWorkspace) -> None:
    slack.faults.on("usergroups.users.list", error="internal_error", times=3)
    assert "Slack answers internal_error" in (await look())["User groups"].finding


async def test_without_user_groups_none_is_asked_for(look: Look, slack: SlackWorkspace) -> None:
    alice = slack.user("alice").id
    holders = dict.fromkeys(("VI_BOT_OPERATORS", "VI_BOT_VIEWERS", "VI_BOT_APPROVERS"), alice)
    assert (await look(**holders))["User groups"].finding == "none is named"


@pytest.mark.parametrize(
    ("people", "says"),
    [([], "and nobody can be one"), (["alice", "dora", "gus"], "and U07LMA4K1QD can be one")],
)
async def test_two_people_have_to_be_able_to_agree(
    look: Look, slack: SlackWorkspace, people: list[str], says: str
) -> None:
    """Dora is deactivated and Gus a guest: who is named and can do nothing does not count."""
    named = ",".join(slack.user(each).id for each in people)
    check = (await look(VI_BOT_APPROVERS=named, VI_BOT_HOURLY_CAP=5))["Approvers"]
    assert (check.passed, check.finding) == (False, f"a second person is asked for, {says}")


@pytest.mark.parametrize(
    ("apart", "passed", "says"),
    [
        (-30.0, True, "agrees with"),
        (100.0, True, "100 s ahead of|101 s ahead of|99 s ahead of"),
        (-100.0, True, "s behind"),
        (400.0, False, "s ahead of"),
    ],
)
async def test_a_clock_that_is_wrong_is_told_before_signatures_fail(
    look: Look, *, apart: float, passed: bool, says: str
) -> None:
    found = await look(apart=apart)
    for name in ("Clock and Slack's", "Clock and Vi's"):
        assert found[name].passed is passed
        assert any(each in found[name].finding for each in says.split("|"))
        assert bool(found[name].advice) is (says != "agrees with")


@pytest.mark.parametrize("date", ["", "yesterday"])
def test_an_answer_without_a_date_tells_nothing_of_the_clock(date: str) -> None:
    check = clock_check("Clock", "Vi's", date, datetime.now(UTC))
    assert (check.passed, check.finding) == (True, "Vi's answer does not say the time, so it cannot be told")


async def test_a_vi_that_cannot_be_reached_is_said_so(look: Look) -> None:
    found = await look(DATATURE_VI_API_ENDPOINT="http://127.0.0.1:9")
    assert not found["Vi"].passed
    assert found["Clock and Vi's"].finding.startswith("it cannot be told, since Vi cannot be reached (")


async def test_the_key_is_not_sent_to_ask_for_the_time(look: Look, vi: ViEmulator) -> None:
    await look()
    assert [each.status for each in vi.requests] == [200, 401]


async def test_a_store_that_a_bot_is_using_is_looked_at_all_the_same(look: Look, tmp_path: Path) -> None:
    store = await open_store(str(tmp_path / "vi-bot.db"))
    await store.record(entry(1))
    found = await look()
    await store.close()
    assert (found["Store"].passed, found["Trail"].finding.startswith("holds up to #1")) == (True, True)


async def test_a_trail_that_does_not_hold_is_told(look: Look, tmp_path: Path) -> None:
    store = await open_store(str(tmp_path / "vi-bot.db"))
    await store.record(entry(1))
    await store.close()
    with another_schema(tmp_path / "vi-bot.db", NO_TRIGGERS) as connection:
        connection.execute("UPDATE audit_event SET body = replace(body, 'Pot', 'Put')")
    check = (await look())["Trail"]
    assert (check.passed, check.finding) == (False, "entry #1 was changed: its text does not have its hash")


async def test_a_trail_is_looked_at_from_the_last_checkpoint_on(look: Look, tmp_path: Path) -> None:
    store = await open_store(str(tmp_path / "vi-bot.db"))
    receipt = await store.record(entry(1))
    await store.keep_checkpoint(Checkpoint("org", receipt, datetime.now(UTC)))
    await store.close()
    assert (await look())["Trail"].finding == "holds up to #1, looked at since checkpoint #1"


async def test_only_the_newest_entries_are_looked_at_where_no_checkpoint_was_noted(
    tmp_path: Path,
) -> None:
    store = await open_store(str(tmp_path / "vi-bot.db"))
    for number in range(1, 6):
        await store.record(entry(number))
    with another_schema(tmp_path / "vi-bot.db", NO_TRIGGERS) as connection:
        connection.execute("UPDATE audit_event SET body = replace(body, 'Pot', 'Put') WHERE seq = 2")
    found = [(await verified(store, newest=newest))[1] for newest in (2, 4, 9)]
    await store.close()
    assert [len(faults) for faults in found] == [0, 1, 1]


async def test_no_check_shows_a_secret(look: Look, slack: SlackWorkspace, vi: ViEmulator) -> None:
    secrets = (slack.bot_token, slack.app_token, vi.secret_key, "canary")
    for store in (":memory:", "postgresql://vi:canary@127.0.0.1:9/vi", "postgresql://vi:canary@:nothing"):
        found = await look(VI_BOT_STORE=store, DATATURE_VI_ORGANIZATION_ID="other")
        said = "".join(f"{each.finding} {each.advice}" for each in found.values())
        assert [each for each in secrets if each in said] == []


async def test_a_store_that_cannot_be_used_leaves_three_things_untold(look: Look) -> None:
    found = await look(VI_BOT_STORE="/nowhere/vi-bot.db")
    assert not any(found[name].passed for name in ("Store", "Trail", "Checkpoints", "Spool"))
    assert found["Spool"].finding == "/nowhere/vi-bot.db.spool cannot be written"


async def test_an_address_that_names_no_store_is_mended_in_the_settings(look: Look) -> None:
    found = await look(VI_BOT_STORE="redis://x")
    assert (found["Store"].advice, found["Spool"].advice) == ("Mend VI_BOT_STORE.", "Mend VI_BOT_STORE.")


async def test_what_waits_in_the_spool_is_told(look: Look, tmp_path: Path) -> None:
    spool = open_spool(str(tmp_path / "vi-bot.db"))
    assert spool is not None
    await spool.keep(entry(1))
    assert (await look())["Spool"].finding == f"1 entries wait in {tmp_path}/vi-bot.db.spool"


async def test_a_spool_that_cannot_be_read_is_told(look: Look, tmp_path: Path) -> None:
    (tmp_path / "spool").mkdir()
    check = (await look(VI_BOT_SPOOL=tmp_path / "spool"))["Spool"]
    assert (check.passed, "cannot be used" in check.finding) == (False, True)


async def test_a_store_in_memory_has_no_spool(look: Look) -> None:
    assert (await look(VI_BOT_STORE=":memory:"))["Spool"].passed


async def test_a_port_for_health_is_free_or_the_bot_s_own_or_somebody_else_s(look: Look) -> None:
    assert (await look())["Health"].finding == "is told nowhere"
    assert (await look(VI_BOT_HEALTH_PORT=0))["Health"].finding == "127.0.0.1:0 is free"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        taken.close()
    assert (await look(VI_BOT_HEALTH_PORT=port))["Health"].passed
    status = 200

    async def answer(_request: web.Request) -> web.Response:
        return web.Response(status=status)

    application = web.Application()
    application.router.add_get("/healthz", answer)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    assert (await look(VI_BOT_HEALTH_PORT=port))["Health"].finding == f"a bot answers on 127.0.0.1:{port}"
    status = 500
    check = (await look(VI_BOT_HEALTH_PORT=port))["Health"]
    await runner.cleanup()
    assert (check.passed, f"127.0.0.1:{port} cannot be had" in check.finding) == (False, True)


async def test_an_address_for_health_that_is_not_this_machine_s_is_told(look: Look) -> None:
    check = (await look(VI_BOT_HEALTH_HOST="::2", VI_BOT_HEALTH_PORT=8080))["Health"]
    assert (check.passed, check.advice != "") == (False, True)


async def test_the_manifest_is_held_against_what_the_app_was_given(slack: SlackWorkspace, vi: ViEmulator) -> None:
    settings = playground_settings(slack, vi, ":memory:", SLACK_APP_TOKEN="xapp-1")
    manifest = yaml.safe_load(manifest_path().read_text())
    asked = {*manifest["oauth_config"]["scopes"]["bot"], *manifest["oauth_config"]["scopes"]["bot_optional"]}
    lacking = manifest_seen(settings, manifest, asked - {"commands"})
    assert (lacking.passed, lacking.finding) == (False, "it asks for commands, which the app was not given")
    more = manifest_seen(settings, manifest, asked | {"channels:history"})
    assert (more.passed, more.finding) == (True, "fits the settings; the app was also given channels:history")
    assert more.advice
    assert manifest_seen(settings, manifest, asked - {"files:write"}).finding == "fits the settings"


@pytest.mark.parametrize(
    ("version", "fault", "advice"),
    [((3, 37, 2), True, True), ((3, 51, 2), False, True), ((3, 51, 3), False, False)],
)
def test_a_version_of_sqlite_is_refused_or_explained(*, version: tuple[int, ...], fault: bool, advice: bool) -> None:
    engine = sqlite_engine(version, "vi-bot.db")
    assert (bool(engine.fault), bool(engine.advice)) == (fault, advice)
