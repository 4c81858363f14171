"""Uploading files with Slack's own client, and fetching them as the people who can see them."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from io import BytesIO
from typing import Any

import aiohttp
import pytest
import yaml
from slack_sdk.errors import SlackRequestError
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack.driver.errors import CannotDoError
from sandbox.slack.workspace import SlackWorkspace
from tests.sandbox_slack.clients import MANIFEST, refused
from tests.sandbox_slack.samples import section

CONTENT = b'{"name": "Potholes"}'
Json = dict[str, Any]


@pytest.fixture
async def slack() -> AsyncIterator[SlackWorkspace]:
    """A workspace that lets the app upload files."""
    manifest = yaml.safe_load(MANIFEST.read_text())
    manifest["oauth_config"]["scopes"]["bot"].append("files:write")
    workspace = await SlackWorkspace.start(manifest)
    yield workspace
    await workspace.stop()
    workspace.assert_clean()


async def announced(client: AsyncWebClient, **arguments: Any) -> Json:
    upload: Json = {"filename": "potholes.json", "length": len(CONTENT), **arguments}
    answer = await client.files_getUploadURLExternal(**upload)
    assert isinstance(answer.data, dict)
    return answer.data


async def sent(http: aiohttp.ClientSession, url: str, content: Any = CONTENT) -> int:
    async with http.post(url, data=content) as response:
        return response.status


async def uploaded(client: AsyncWebClient, http: aiohttp.ClientSession) -> Json:
    file = await announced(client)
    assert await sent(http, file["upload_url"]) == 200
    return {"id": file["file_id"]}


async def test_a_file_is_uploaded_and_everybody_in_the_channel_can_fetch_it(
    slack: SlackWorkspace, client: AsyncWebClient
) -> None:
    answer = await client.files_upload_v2(
        channel=slack.channel_id("ml-ops"),
        filename="potholes.json",
        title="The backup",
        content=CONTENT,
        initial_comment="Before it is deleted",
    )
    message = await slack.user("gus").sees("Before it is deleted")
    [file] = message.files

    assert message.text == "Before it is deleted\n[file: The backup, 20 bytes]"
    assert (file.name, file.title, file.size) == ("potholes.json", "The backup", len(CONTENT))
    assert await file.download() == CONTENT
    assert answer["file"]["mimetype"] == "application/json"
    assert answer["file"]["url_private"].startswith(slack.url)


async def test_several_files_are_shared_in_one_message_and_keep_their_names_as_titles(
    slack: SlackWorkspace, client: AsyncWebClient
) -> None:
    await client.files_upload_v2(
        channel=slack.channel_id("ml-ops"),
        file_uploads=[{"filename": name, "content": name, "alt_txt": name} for name in ("one.txt", "two.txt")],
    )
    message = await slack.user("alice").sees("one.txt")

    assert [(file.title, await file.download()) for file in message.files] == [
        ("one.txt", b"one.txt"),
        ("two.txt", b"two.txt"),
    ]


async def test_a_file_larger_than_a_megabyte_comes_whole(
    slack: SlackWorkspace, client: AsyncWebClient, http: aiohttp.ClientSession
) -> None:
    content = b"x" * 3_000_000
    file = await announced(client, filename="large.bin", length=len(content))
    assert await sent(http, file["upload_url"], BytesIO(content)) == 200
    await client.files_completeUploadExternal(files=[{"id": file["file_id"]}], channel_id=slack.channel_id("ml-ops"))

    assert await (await slack.user("alice").sees("large.bin")).files[0].download() == content


async def test_the_content_may_come_as_a_form(
    slack: SlackWorkspace, client: AsyncWebClient, http: aiohttp.ClientSession
) -> None:
    file = await announced(client)
    form = aiohttp.FormData({"comment": "not this"})
    form.add_field("filename", CONTENT, filename="potholes.json")

    assert await sent(http, file["upload_url"], form) == 200
    assert slack.wire.exchanges("upload")[0].answer == "OK - 20"


async def test_a_file_is_shared_with_several_channels_and_people_at_once(
    slack: SlackWorkspace, client: AsyncWebClient, http: aiohttp.ClientSession
) -> None:
    file = await uploaded(client, http)
    vera = slack.user("vera")
    await client.files_completeUploadExternal(files=[file], channels=[slack.channel_id("ml-ops"), vera.id])

    await vera.sees("potholes.json", channel="ml-ops")
    await vera.sees("potholes.json", channel="dm")


async def test_a_file_that_is_shared_nowhere_can_be_fetched_by_nobody(
    slack: SlackWorkspace, client: AsyncWebClient, http: aiohttp.ClientSession
) -> None:
    file = await uploaded(client, http)
    answer = await client.files_completeUploadExternal(files=[file])

    headers = {"Cookie": f"d={slack.state.credentials.session_of(slack.user('alice').id)}"}
    async with http.get(answer["files"][0]["url_private"], headers=headers) as response:
        assert response.status == 404
    assert slack.user("alice").messages == []


async def test_who_cannot_see_the_message_cannot_fetch_its_file(
    slack: SlackWorkspace, client: AsyncWebClient, http: aiohttp.ClientSession
) -> None:
    posted = await client.files_upload_v2(channel=slack.channel_id("ml-ops"), filename="a.txt", content="a")
    url = posted["file"]["url_private_download"]
    alice = slack.user("alice")
    message = await alice.sees("a.txt")
    [file] = message.files

    async with http.get(url) as response:
        assert response.status == 403
    headers = {"Cookie": f"d={slack.state.credentials.session_of(slack.user('nina').id)}"}
    async with http.get(url, headers=headers) as response:
        assert response.status == 404

    await client.chat_delete(channel=message.channel_id, ts=message.ts)
    with pytest.raises(CannotDoError, match=r"a\.txt cannot be fetched: HTTP 404"):
        await file.download()


async def test_blocks_stand_in_the_message_unless_there_is_a_comment(
    slack: SlackWorkspace, client: AsyncWebClient, http: aiohttp.ClientSession
) -> None:
    general = slack.channel_id("general")
    blocks = json.dumps([section("In a block")])
    await client.files_completeUploadExternal(files=[await uploaded(client, http)], channel_id=general, blocks=blocks)
    message = await slack.user("alice").sees("In a block")
    await client.files_completeUploadExternal(
        files=[await uploaded(client, http)],
        channel_id=general,
        blocks=blocks,
        initial_comment="In words",
        thread_ts=message.ts,
    )
    answer = await slack.user("alice").sees("In words")

    assert (answer.blocks, answer.thread_ts) == ([], message.ts)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"length": 0}, "missing_argument"),
        ({"length": "20 bytes"}, "invalid_arguments"),
        ({"length": 1_000_001, "snippet_type": "json"}, "snippet_too_large"),
        ({"alt_txt": "x" * 1001}, "alt_txt_too_large"),
    ],
)
async def test_an_upload_that_slack_does_not_allow(
    slack: SlackWorkspace, client: AsyncWebClient, arguments: Json, error: str
) -> None:
    assert await refused(announced(client, **arguments)) == error
    slack.take_violation(error)


async def test_an_upload_goes_once_to_its_own_address_and_in_its_announced_size(
    slack: SlackWorkspace, client: AsyncWebClient, http: aiohttp.ClientSession
) -> None:
    url = (await announced(client))["upload_url"]

    assert await sent(http, url, CONTENT + b"!") == 400
    slack.take_violation("upload_size")
    assert await sent(http, url, aiohttp.FormData({"content": "text, no file"}, default_to_multipart=True)) == 400
    slack.take_violation("upload_size")
    assert await sent(http, url) == 200
    assert await sent(http, url) == 404
    slack.take_violation("unknown_upload")


@pytest.mark.parametrize("files", [[], "{}", [{}], ["F1"]])
async def test_files_are_named_by_objects_with_ids(slack: SlackWorkspace, client: AsyncWebClient, files: Any) -> None:
    call = client.api_call("files.completeUploadExternal", json={"files": files})

    assert await refused(call) == "invalid_arguments"
    slack.take_violation("invalid_arguments")


async def test_an_upload_is_completed_once_and_only_after_its_content_came(
    slack: SlackWorkspace, client: AsyncWebClient, http: aiohttp.ClientSession
) -> None:
    file = await announced(client)
    named = [{"id": file["file_id"]}]
    early = await refused(client.files_completeUploadExternal(files=named))
    await sent(http, file["upload_url"])
    await client.files_completeUploadExternal(files=named)
    again = await refused(client.files_completeUploadExternal(files=named))
    unknown = await refused(client.files_completeUploadExternal(files=[{"id": "F0NOWHERE00"}]))

    assert [early, again, unknown] == ["file_not_found"] * 3
    slack.expect_violation("file_not_found", 3)


@pytest.mark.parametrize(
    ("where", "error"),
    [
        ({"channel_id": "C0NOWHERE00"}, "channel_not_found"),
        ({"channel_id": "C07LP4LEAD5"}, "channel_not_found"),
        ({"channel_id": "C07LP5RAND8"}, "not_in_channel"),
        ({"channel_id": "C07LP6OLDL3"}, "posting_to_channel_denied"),
        ({"channels": "C0NOWHERE00"}, "invalid_channel"),
        ({"channels": "C07LP4LEAD5, C07LP1MLPS4"}, "invalid_channel"),
    ],
)
async def test_a_file_is_shared_only_where_the_app_may_post(
    slack: SlackWorkspace, client: AsyncWebClient, http: aiohttp.ClientSession, where: Json, error: str
) -> None:
    file = await uploaded(client, http)
    call = client.api_call("files.completeUploadExternal", json={"files": [file], **where})

    assert await refused(call) == error
    assert slack.user("alice").messages == []


async def test_a_file_can_be_shared_when_the_first_attempt_named_a_wrong_place_or_wrong_blocks(
    slack: SlackWorkspace, client: AsyncWebClient, http: aiohttp.ClientSession
) -> None:
    file, general = await uploaded(client, http), slack.channel_id("general")
    many = ",".join([general] * 101)
    wrong: list[tuple[Json, str]] = [
        ({"channels": many}, "channels_limit_exceeded"),
        ({"channel_id": general, "blocks": [{}]}, "invalid_blocks"),
    ]
    for arguments, error in wrong:
        call = client.api_call("files.completeUploadExternal", json={"files": [file], **arguments})
        assert await refused(call) == error
        slack.take_violation(error)

    await client.files_completeUploadExternal(files=[file], channel_id=general)

    await slack.user("alice").sees("potholes.json")


async def test_direct_messages_that_are_turned_off_take_no_file(
    slack: SlackWorkspace, client: AsyncWebClient, http: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = await uploaded(client, http)
    monkeypatch.setattr(slack.state, "manifest", replace(slack.state.manifest, messages_tab=False))
    call = client.files_completeUploadExternal(files=[file], channels=[slack.user("vera").id])

    assert await refused(call) == "posting_to_channel_denied"
    slack.take_violation("posting_to_channel_denied")


@pytest.mark.parametrize("fault", [{"status": 500}, {"cut": "before"}, {"cut": "after"}])
async def test_an_upload_fails_on_purpose(slack: SlackWorkspace, client: AsyncWebClient, fault: Json) -> None:
    slack.faults.on("upload", **fault)

    with pytest.raises((SlackRequestError, aiohttp.ClientError)):
        await client.files_upload_v2(channel=slack.channel_id("general"), filename="a.txt", content="a")

    assert slack.user("alice").messages == []
