"""The page's own fields in a browser, with an ordinary app behind them."""

import re
from typing import Any

from playwright.async_api import expect
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.page.server import PageServer
from sandbox.slack.workspace import SlackWorkspace
from tests.page.conftest import Json
from tests.page.watching import needs_chromium, shown
from tests.sandbox_slack.samples import actions, button, modal, option, plain, text_input
from tests.sandbox_slack.samples import field as input_field

pytestmark = needs_chromium


async def test_fields_keep_what_is_typed_and_selects_are_searched_by_keyboard(
    slack: SlackWorkspace, app: AsyncApp, client: AsyncWebClient, server: PageServer
) -> None:
    heard: list[Json] = []

    @app.action("act")
    async def hear(ack: Any, action: Json) -> None:
        heard.append(action)
        await ack()

    @app.options("pick")
    async def offer(ack: Any, payload: Json) -> None:
        await ack(options=[option(f"{payload['value']} {number}") for number in (1, 2)])

    @app.view("it")
    async def take(ack: Any, view: Json) -> None:
        heard.append(view["state"]["values"])
        await ack()

    confirm = {"title": plain("Sure?"), "text": plain("Gone is gone."), "confirm": plain("Yes"), "deny": plain("No")}
    pick = {"type": "external_select", "action_id": "pick", "min_query_length": 1}
    blocks = [
        text_input("Name", "name"),
        input_field("Which?", "which", pick),
        actions(button("Go", "act", confirm=confirm)),
    ]
    alice = slack.user("alice")
    async with shown(server.url) as page:
        await expect(page.get_by_role("button", name=re.compile("Alice Moreau"))).to_be_visible()
        opened = await client.views_open(trigger_id=slack.state.triggers.issue(alice.id), view=modal(*blocks))
        dialog = page.get_by_role("dialog", name="A modal")
        await dialog.get_by_label("Name").fill("half a name")
        await client.views_update(view_id=opened["view"]["id"], view=modal(text_input("Other", "other"), *blocks))
        await expect(dialog.get_by_label("Other")).to_be_visible()
        await expect(dialog.get_by_label("Name")).to_have_value("half a name")
        await expect(dialog.get_by_label("Name")).to_be_focused()

        which = dialog.get_by_role("combobox", name="Which?")
        await which.press_sequentially("road")
        await expect(dialog.get_by_role("option")).to_have_text(["road 1", "road 2"])
        await which.press("ArrowDown")
        await which.press("Enter")
        await expect(which).to_have_value("road 2")

        asking = page.get_by_role("dialog", name="Sure?")
        await dialog.get_by_role("button", name="Go").click()
        await asking.get_by_role("button", name="No").click()
        await dialog.get_by_role("button", name="Go").click()
        await expect(asking).to_contain_text("Gone is gone.")
        await asking.get_by_role("button", name="Yes").click()
        await expect(asking).to_be_hidden()
        await dialog.get_by_label("Other").fill("x")
        await dialog.get_by_role("button", name="Do it").click()
        await expect(dialog).to_be_hidden()
    assert [each["action_id"] for each in heard[:-1]] == ["act"]
    assert heard[-1]["name"]["typed"]["value"] == "half a name"
    assert heard[-1]["which"]["pick"]["selected_option"]["value"] == "road 2"
