"""A file under a message, as a person sees and fetches it."""

from collections.abc import Mapping
from typing import Any

import aiohttp

from sandbox.slack.driver.errors import CannotDoError
from sandbox.slack.file_transfer import SESSION_COOKIE


class FileHandle:
    """A file that is shared with a message.

    Attributes:
        name: The file's name.
        title: What the message shows.
        size: In bytes.
    """

    def __init__(self, json: Mapping[str, Any], session: str) -> None:
        self.name: str = json["name"]
        self.title: str = json["title"]
        self.size: int = json["size"]
        self._url: str = json["url_private_download"]
        self._session = session

    async def download(self) -> bytes:
        """Fetch the file as the person's browser does.

        Raises:
            CannotDoError: The person cannot, or no longer, see a message with this file.
        """
        headers = {"Cookie": f"{SESSION_COOKIE}={self._session}"}
        async with aiohttp.ClientSession(headers=headers) as browser, browser.get(self._url) as response:
            if not response.ok:
                raise CannotDoError(f"{self.name} cannot be fetched: HTTP {response.status}.")
            return await response.read()
