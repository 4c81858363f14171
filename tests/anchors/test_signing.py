"""Signatures of checkpoints, made and checked here and by openssl."""

import base64
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.anchors.signing import (
    KeyUnusable,
    Signer,
    _is_open_to_others,
    load_private_key,
    load_public_key,
    signature_fault,
)
from bot.domain.audit import Receipt
from bot.domain.checkpoint import checkpoints_in
from tests.anchors.values import CHECKPOINT
from tests.values import NOON

# RFC 8410, section 10.3 and 10.1: an example of a private key, and its public key.
PRIVATE = """-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
-----END PRIVATE KEY-----
"""
PUBLIC = """-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=
-----END PUBLIC KEY-----
"""

needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not on this machine")


def openssl(*words: object) -> None:
    subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)  # noqa: S607 - the PATH's own


def write(path: Path, text: str, mode: int = 0o600) -> Path:
    path.write_text(text)
    path.chmod(mode)
    return path


@pytest.fixture
def private(tmp_path: Path) -> Path:
    return write(tmp_path / "private.pem", PRIVATE)


@pytest.fixture
def public(tmp_path: Path) -> Path:
    return write(tmp_path / "public.pem", PUBLIC, 0o644)


@pytest.fixture
def signer(private: Path) -> Signer:
    return load_private_key(private)


def test_a_signed_checkpoint_is_checked_with_the_public_key_alone(signer: Signer, public: Path) -> None:
    signed = signer.sign(CHECKPOINT)
    assert signed.statement == CHECKPOINT.statement
    (read,) = checkpoints_in(f"noted: {signed}")
    assert signature_fault(read, load_public_key(public)) == ""


def test_a_key_is_named_by_the_beginning_of_its_hash(signer: Signer, public: Path) -> None:
    # openssl pkey -pubin -in public.pem -outform DER | tail -c 32 | sha256sum
    assert load_public_key(public).id == signer.public_key.id == signer.sign(CHECKPOINT).key_id == "e744c0791320c328"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"key_id": "", "signature": ""}, "is not signed"),
        ({"key_id": "0" * 16}, "is signed by another key, 0000000000000000"),
        ({"receipt": Receipt(1235, CHECKPOINT.receipt.hash)}, "its signature does not fit"),
        ({"origin": "other"}, "its signature does not fit"),
        ({"at": NOON + timedelta(microseconds=1)}, "its signature does not fit"),
        ({"signature": "A" * 86 + "=="}, "its signature does not fit"),
        ({"signature": "no base64"}, "its signature does not fit"),
    ],
)
def test_what_is_wrong_with_a_signature_is_one_sentence(signer: Signer, change: dict[str, Any], says: str) -> None:
    fault = signature_fault(replace(signer.sign(CHECKPOINT), **change), signer.public_key)
    assert fault.startswith("the checkpoint of entry #123")
    assert fault.endswith(says)


@needs_openssl
def test_openssl_makes_a_key_that_signs_and_checks_the_signature_itself(tmp_path: Path) -> None:
    """The commands are those of docs/audit.md."""
    private, public = tmp_path / "private.pem", tmp_path / "public.pem"
    openssl("genpkey", "-algorithm", "ed25519", "-out", private)
    openssl("pkey", "-in", private, "-pubout", "-out", public)
    signer = load_private_key(private)
    assert load_public_key(public).id == signer.public_key.id

    signed = signer.sign(CHECKPOINT)
    statement, _, signature = str(signed).rpartition(" ")
    (tmp_path / "statement").write_text(statement)
    (tmp_path / "signature").write_bytes(base64.b64decode(signature.split(":")[2]))
    check = ["pkeyutl", "-verify", "-pubin", "-inkey", public, "-rawin"]
    check += ["-in", tmp_path / "statement", "-sigfile", tmp_path / "signature"]
    openssl(*check)
    (tmp_path / "statement").write_text(statement.replace("#1234", "#1235"))
    with pytest.raises(subprocess.CalledProcessError):
        openssl(*check)


@needs_openssl
@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("genpkey -algorithm ed448", "is not an Ed25519 key"),
        ("genpkey -algorithm x25519", "is not an Ed25519 key"),
        ("genpkey -algorithm ec -pkeyopt ec_paramgen_curve:P-256", "is not an Ed25519 key"),
        ("genpkey -algorithm ed25519 -aes256 -pass pass:x", "has a passphrase"),
        ("genpkey -algorithm ed25519 -outform DER", "is not a private key in PEM"),
    ],
)
def test_other_keys_are_refused(tmp_path: Path, command: str, says: str) -> None:
    path = tmp_path / "key"
    openssl(*command.split(), "-out", path)
    with pytest.raises(KeyUnusable, match=says) as caught:
        load_private_key(path)
    assert "openssl genpkey -algorithm ed25519" in caught.value.advice


@needs_openssl
def test_a_public_key_of_another_kind_is_refused(tmp_path: Path) -> None:
    openssl("genpkey", "-algorithm", "ed448", "-out", tmp_path / "key")
    openssl("pkey", "-in", tmp_path / "key", "-pubout", "-out", tmp_path / "public")
    with pytest.raises(KeyUnusable, match="is not an Ed25519 key"):
        load_public_key(tmp_path / "public")


def test_a_key_of_the_wrong_half_is_refused(private: Path, public: Path) -> None:
    public.chmod(0o600)
    with pytest.raises(KeyUnusable, match="is not a private key in PEM"):
        load_private_key(public)
    with pytest.raises(KeyUnusable, match="is not a public key in PEM"):
        load_public_key(private)


@pytest.mark.parametrize("load", [load_private_key, load_public_key])
def test_a_file_that_is_not_there_is_said(load: Callable[[Path], object], tmp_path: Path) -> None:
    with pytest.raises(KeyUnusable, match="cannot be read: No such file or directory"):
        load(tmp_path / "none")


def test_a_private_key_that_others_may_read_is_refused(private: Path) -> None:
    private.chmod(0o644)
    with pytest.raises(KeyUnusable, match="Others than its owner may read") as caught:
        load_private_key(private)
    assert caught.value.advice == f"Mend it with: chmod 600 {private}"


@pytest.mark.parametrize(
    ("mode", "owner", "is_open"),
    [
        (0o600, 1000, False),
        (0o400, 1000, False),
        (0o640, 1000, True),
        (0o620, 1000, True),
        (0o604, 1000, True),
        (0o440, 0, False),
        (0o640, 0, False),
        (0o660, 0, True),
        (0o604, 0, True),
    ],
)
def test_a_group_may_read_only_what_belongs_to_root(mode: int, owner: int, *, is_open: bool) -> None:
    status = os.stat_result((stat.S_IFREG | mode, 0, 0, 1, owner, 1000, 0, 0, 0, 0))
    assert _is_open_to_others(status) is is_open


def test_a_key_does_not_show_in_what_is_printed_of_it(signer: Signer) -> None:
    assert repr(signer) == f"Signer(public_key=PublicKey(id='{signer.public_key.id}'))"


@pytest.mark.parametrize("load", [load_private_key, load_public_key])
def test_without_the_package_it_says_how_to_get_it(
    load: Callable[[Path], object], private: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "cryptography", None)
    with pytest.raises(KeyUnusable, match="cryptography, which is not installed") as caught:
        load(private)
    assert "vi-ops-bot[signatures]" in caught.value.advice
