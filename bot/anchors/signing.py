"""Signatures of checkpoints: Ed25519, with a key that `openssl genpkey -algorithm ed25519` makes.

A signature shows a reader far from the bot that a checkpoint comes from whoever has the private key. Its key lies with
the bot, so it does not stop somebody who has taken over the bot's machine.

The package `cryptography` is needed only here, so it comes with the extra `signatures` and is imported when a key is
loaded.
"""

import base64
import hashlib
import os
import stat
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from bot.domain.checkpoint import Checkpoint
from bot.domain.errors import BotError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_HOW_TO_MAKE = "Make one with: openssl genpkey -algorithm ed25519 -out FILE"
_HOW_TO_DERIVE = "Make one with: openssl pkey -in PRIVATE_KEY -pubout -out FILE"


class KeyUnusable(BotError):
    """A key for signatures cannot be loaded."""

    code = "key_unusable"


@dataclass(frozen=True, slots=True)
class PublicKey:
    """What signatures are checked with.

    Attributes:
        id: the first 16 hexadecimal digits of the SHA-256 of the raw key.
    """

    id: str
    key: "Ed25519PublicKey" = field(repr=False)


@dataclass(frozen=True, slots=True)
class Signer:
    """What signs.

    Attributes:
        public_key: what the signatures are checked with.
    """

    public_key: PublicKey
    _key: "Ed25519PrivateKey" = field(repr=False)

    def sign(self, checkpoint: Checkpoint) -> Checkpoint:
        """The checkpoint with a signature over its statement."""
        signature = base64.b64encode(self._key.sign(checkpoint.statement.encode())).decode()
        return replace(checkpoint, key_id=self.public_key.id, signature=signature)


def load_private_key(path: Path) -> Signer:
    """The signer whose private key lies in a PEM file without a passphrase.

    Raises:
        KeyUnusable: there is no such key in it, others may read it, or `cryptography` is not installed.
    """
    _require_cryptography()
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    text = _read(path, private=True)
    try:
        key = load_pem_private_key(text, password=None)
    except (ValueError, UnsupportedAlgorithm):
        raise KeyUnusable(f"{path} is not a private key in PEM.", _HOW_TO_MAKE) from None
    except TypeError:
        raise KeyUnusable(
            f"The key in {path} has a passphrase, which nobody can type when the bot starts.", _HOW_TO_MAKE
        ) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyUnusable(f"The key in {path} is not an Ed25519 key.", _HOW_TO_MAKE)
    return Signer(_public(key.public_key()), key)


def load_public_key(path: Path) -> PublicKey:
    """The public key in a PEM file.

    Raises:
        KeyUnusable: there is none in it, or `cryptography` is not installed.
    """
    _require_cryptography()
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    text = _read(path, private=False)
    try:
        key = load_pem_public_key(text)
    except (ValueError, UnsupportedAlgorithm):
        raise KeyUnusable(f"{path} is not a public key in PEM.", _HOW_TO_DERIVE) from None
    if not isinstance(key, Ed25519PublicKey):
        raise KeyUnusable(f"The key in {path} is not an Ed25519 key.", _HOW_TO_DERIVE)
    return _public(key)


def signature_fault(checkpoint: Checkpoint, key: PublicKey) -> str:
    """What is wrong with the signature of a checkpoint, in one sentence; empty where this key has signed it."""
    from cryptography.exceptions import InvalidSignature

    if not checkpoint.signature:
        return f"the checkpoint of entry #{checkpoint.receipt.seq} is not signed"
    if checkpoint.key_id != key.id:
        return f"the checkpoint of entry #{checkpoint.receipt.seq} is signed by another key, {checkpoint.key_id}"
    try:
        key.key.verify(base64.b64decode(checkpoint.signature), checkpoint.statement.encode())
    except (InvalidSignature, ValueError):
        return f"the checkpoint of entry #{checkpoint.receipt.seq} was changed: its signature does not fit"
    return ""


def _public(key: "Ed25519PublicKey") -> PublicKey:
    return PublicKey(hashlib.sha256(key.public_bytes_raw()).hexdigest()[:16], key)


def _require_cryptography() -> None:
    try:
        import cryptography  # noqa: F401 - only whether it is there
    except ImportError:
        raise KeyUnusable(
            "Signatures need the package cryptography, which is not installed.",
            "Install the bot with it: pip install 'vi-ops-bot[signatures]'",
        ) from None


def _read(path: Path, *, private: bool) -> bytes:
    try:
        with path.open("rb") as file:
            if private and _is_open_to_others(os.fstat(file.fileno())):
                raise KeyUnusable(
                    f"Others than its owner may read {path}, which is a private key.", f"Mend it with: chmod 600 {path}"
                )
            return file.read()
    except OSError as error:
        raise KeyUnusable(f"{path} cannot be read: {error.strerror}.", "Check the path and who may read it.") from error


def _is_open_to_others(status: os.stat_result) -> bool:
    """As PostgreSQL has it for its TLS key: nobody but the owner; a group may read what belongs to root.

    The second is how container platforms hand a secret to a process that is not root.
    """
    shared = stat.S_IRWXO | stat.S_IRWXG & ~(stat.S_IRGRP if status.st_uid == 0 else 0)
    return bool(status.st_mode & shared)
