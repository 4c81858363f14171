"""The files of the workspace: announced by the app, then uploaded, then shared in conversations."""

import mimetypes
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(eq=False)
class File:
    """One file.

    Attributes:
        id: `F…`.
        upload_id: The last part of the one address to which its content may be sent.
        length: Its size in bytes, as the app announced it.
        content: What was uploaded; None until then.
        is_complete: Whether the app has finished the upload.
    """

    id: str
    upload_id: str
    name: str
    length: int
    alt_text: str | None
    is_snippet: bool
    announced_at: datetime
    title: str
    content: bytes | None = None
    is_complete: bool = False

    def as_json(self, user_id: str, base_url: str) -> dict[str, Any]:
        """Return Slack's JSON of it, as in answers of the Web API and in messages."""
        created = int(self.announced_at.timestamp())
        url = f"{base_url}/files/{self.id}"
        return {
            "id": self.id,
            "created": created,
            "timestamp": created,
            "name": self.name,
            "title": self.title,
            "mimetype": mimetypes.guess_type(self.name)[0] or "application/octet-stream",
            "user": user_id,
            "size": self.length,
            "mode": "snippet" if self.is_snippet else "hosted",
            "is_external": False,
            "url_private": url,
            "url_private_download": url,
            **({"alt_txt": self.alt_text} if self.alt_text else {}),
        }


@dataclass
class Files:
    """Every file that the app has announced."""

    now: Callable[[], datetime]
    _files: dict[str, File] = field(default_factory=dict)

    def announce(self, name: str, length: int, *, alt_text: str | None, is_snippet: bool) -> File:
        """Make room for a file that is to be uploaded."""
        file = File(
            "F" + secrets.token_hex(5).upper(),
            secrets.token_urlsafe(24),
            name,
            length,
            alt_text,
            is_snippet,
            self.now(),
            title=name,
        )
        self._files[file.id] = file
        return file

    def get(self, file_id: str) -> File | None:
        """Return a file by id."""
        return self._files.get(file_id)

    def awaited(self, upload_id: str) -> File | None:
        """Return the file whose content is still to be sent to this address."""
        return next((each for each in self._files.values() if each.upload_id == upload_id and not each.content), None)
