"""Help, whoami, list and show, as people see them."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from sandbox import scenarios
from sandbox.playground import Playground
from tests.journeys.conftest import Start
from tests.journeys.steps import asked, idle


async def test_help_shows_only_what_this_person_may_do(play: Playground) -> None:
    vera = await asked(play.slack.user("vera"), "/vi help")
    omar = await asked(play.slack.user("omar"), "/vi help")
    assert "/vi delete" not in vera.text
    assert "/vi delete" in omar.text
    assert vera.is_ephemeral


async def test_no_words_are_a_call_for_help(play: Playground) -> None:
    assert "/vi list" in (await asked(play.slack.user("vera"), "/vi")).text


async def test_help_on_a_command_one_may_not_use_says_so(play: Playground) -> None:
    message = await asked(play.slack.user("vera"), "/vi help delete")
    assert "--dry-run" in message.text
    assert "You do not have the role operator" in message.text


async def test_a_member_without_a_role_hears_that_there_is_nothing_to_do_yet(start: Start) -> None:
    play = await start(VI_BOT_VIEWERS="")
    nina = play.slack.user("nina")
    assert "You have no role here yet" in (await asked(nina, "/vi help", "general")).text
    assert "You have no role here yet" in (await asked(nina, "/vi whoami", "general")).text
    assert "needs the role viewer" in (await asked(nina, "/vi list", "general")).text


async def test_whoami_says_where_each_role_comes_from(start: Start) -> None:
    play = await start(VI_BOT_DEFAULT_ROLE="viewer")
    message = await asked(play.slack.user("alice"), "/vi whoami")
    assert "admin, given to you by name" in message.text.replace("*", "")
    assert "operator, as a member of @ml-ops" in message.text.replace("*", "")
    assert "viewer, as everybody in this workspace" in message.text.replace("*", "")


async def test_a_list_is_paged_in_place(play: Playground) -> None:
    listing = await asked(play.slack.user("vera"), "/vi list")
    assert "1–10 of 12 workflows" in listing.text
    assert listing.buttons == ["Next", "Refresh", "Filter…"]
    await listing.click("Next")
    await listing.updated(text="11–12 of 12")
    assert listing.buttons == ["Previous", "Refresh", "Filter…"]
    await listing.click("Previous")
    await listing.updated(text="1–10 of 12")


async def test_a_double_click_on_next_turns_one_page(start: Start) -> None:
    many = scenarios.load("busy", now=datetime.now(UTC))
    play = await start(replace(many, workflows=many.workflows[:35], runs=()))
    listing = await asked(play.slack.user("vera"), "/vi list")
    await listing.click("Next", times=2)
    await listing.updated(text="11–20 of 35")


@pytest.mark.parametrize(
    ("words", "seen"),
    [
        ("pothole", "2 workflows (with “pothole”; 12 in all)"),
        ('--project "road inspection" --sort name', "in the project “road inspection”; 12 in all), by name"),
        ("--active", "2 workflows (with an active run; 12 in all)"),
        ("--sort created", "newest first"),
        ("nothing like it", "None of the 12 workflows fits: with “nothing like it”."),
    ],
)
async def test_a_list_is_filtered_as_asked_and_says_by_what(play: Playground, words: str, seen: str) -> None:
    message = await asked(play.slack.user("vera"), f"/vi list {words}")
    assert seen in message.text


async def test_an_empty_organization_says_so(start: Start) -> None:
    play = await start("empty")
    assert "no workflows in this organization yet" in (await asked(play.slack.user("vera"), "/vi list")).text


async def test_show_tells_everything_about_one_workflow(play: Playground) -> None:
    message = await asked(play.slack.user("vera"), "/vi show Potholes")
    for part in ("Road Inspection", "System prompt:", "1 active run", "running", "No verified backup yet"):
        assert part in message.text
    assert message.buttons[:5] == ["Back up", "Delete…", "Runs", "Backups", "Audit"]


async def test_show_finds_a_workflow_by_the_beginning_of_its_id(play: Playground) -> None:
    workflow_id = idle(play)
    message = await asked(play.slack.user("vera"), f"/vi show {workflow_id[:8]}")
    assert workflow_id in message.text


async def test_a_row_of_the_list_leads_to_the_workflow(play: Playground) -> None:
    listing = await asked(play.slack.user("vera"), "/vi list")
    reply = await listing.choose("⋯", option="Show", near="Manhole covers")
    message = await reply.answer()
    assert "Manhole covers" in message.text
    assert "1–10 of 12" in listing.refresh().text


async def test_the_buttons_of_a_workflow_lead_on(play: Playground) -> None:
    omar = play.slack.user("omar")
    message = await asked(omar, f"/vi show {idle(play)}")
    backup = await (await message.click("Back up")).answer()
    assert "The copy is verified" in backup.text
    copy = await (await backup.click("Show the copy")).answer()
    assert "(backup " in copy.text
    trail = await (await message.click("Audit")).answer()
    assert "Back up “" in trail.text
    shown = await asked(omar, f"/vi show {idle(play, 1)}")
    assert "Last verified backup" in shown.text


@pytest.mark.parametrize("reference", ["missing", '"Pot holes"', "../flows", '"a\nb"', "abc"])
async def test_a_workflow_that_is_not_there_is_said_to_be_missing(play: Playground, reference: str) -> None:
    message = await asked(play.slack.user("vera"), f"/vi show {reference}")
    assert "No workflow has the id or the name" in message.text


async def test_an_ambiguous_name_lists_what_it_could_mean(play: Playground) -> None:
    organization = play.vi.organization
    spec = dict(organization.workflow(idle(play))["spec"])
    twins = [organization.add_workflow({**spec, "name": "Twin"}) for _ in range(12)]
    message = await asked(play.slack.user("omar"), "/vi backup Twin")
    assert "12 workflows are meant by “Twin”" in message.text
    assert twins[-1] in message.text
    assert "and 2 more" in message.text
    assert play.vi.requests.count("PUT") == 0


async def test_a_command_that_is_not_understood_gets_the_nearest_one_and_is_written_down(play: Playground) -> None:
    alice = play.slack.user("alice")
    message = await asked(alice, "/vi lsit")
    assert "There is no command “lsit”." in message.text
    assert "Usage: /vi list" in message.text
    assert "Command: failed (bad_command)" in (await asked(alice, "/vi audit")).text


async def test_a_button_older_than_a_day_says_that_it_is_out_of_date(play: Playground) -> None:
    vera = play.slack.user("vera")
    listing = await asked(vera, "/vi list")
    trail = await asked(vera, "/vi audit")
    # A trail's screen behind a list's button: as good as forgotten, and never mixed up.
    value = next(block for block in listing.blocks if block["type"] == "actions")["elements"][0]["value"]
    screen = await play.bot.resources.store.screen(value)
    assert screen is not None
    await play.bot.resources.store.keep_screen(
        type(screen)(screen.id, screen.person_id, {"kind": "trail"}, screen.shown_at)
    )
    answer = await (await listing.click("Next")).answer()
    assert "This list is out of date" in answer.text
    assert "1–10 of 12" in listing.text
    assert trail.text
    audit = await asked(vera, "/vi audit --action list")
    assert "List: failed (out_of_date)" in audit.text


async def test_the_command_works_in_the_named_channels_only(start: Start) -> None:
    play = await start(VI_BOT_CHANNELS="C07LP1MLPS4")
    alice = play.slack.user("alice")
    assert "You are" in (await asked(alice, "/vi whoami", "ml-ops")).text
    refused = await asked(alice, "/vi list", "general")
    assert "does not work in this conversation" in refused.text
    assert "#ml-ops" in refused.text
