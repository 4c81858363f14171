"""`vi-bot audit anchor`."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bot.anchors.signing import load_private_key, signature_fault
from bot.domain.checkpoint import checkpoints_in
from tests.cli.commands import STORE, entry, run, write


@pytest.fixture(autouse=True)
def settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "SLACK_BOT_TOKEN": "xoxb-1",
        "DATATURE_VI_SECRET_KEY": "dtvi_" + "x" * 98,
        "DATATURE_VI_ORGANIZATION_ID": "kestrel",
        "VI_BOT_CHECKPOINT_FILE": "noted.txt",
    }.items():
        monkeypatch.setenv(name, value)


def test_a_checkpoint_is_noted_now_and_verifies_the_trail() -> None:
    head = write(entry(1), entry(2))[-1]
    code, said = run("audit", "anchor")
    assert code == 0, said
    (checkpoint,) = checkpoints_in(Path("noted.txt").read_text())
    assert (checkpoint.origin, checkpoint.receipt, checkpoint.signature) == ("kestrel", head, "")
    assert str(checkpoint) in said
    code, said = run("audit", "verify", "--anchors", "noted.txt")
    assert (code, f"1 receipt compared, the newest {head}" in said) == (0, True), said


def test_it_is_signed_where_there_is_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    write(entry(1))
    key = Path("key.pem")
    key.touch(0o600)
    key.write_bytes(Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    monkeypatch.setenv("VI_BOT_CHECKPOINT_KEY", "key.pem")
    assert run("audit", "anchor")[0] == 0
    (checkpoint,) = checkpoints_in(Path("noted.txt").read_text())
    assert signature_fault(checkpoint, load_private_key(Path("key.pem")).public_key) == ""


def test_a_place_that_fails_is_named_and_the_others_get_theirs(monkeypatch: pytest.MonkeyPatch) -> None:
    write(entry(1))
    monkeypatch.setenv("VI_BOT_CHECKPOINT_COMMAND", "false")
    code, said = run("audit", "anchor")
    assert (code, "false" in said) == (1, True), said
    assert list(checkpoints_in(Path("noted.txt").read_text()))


def test_a_trail_that_was_changed_is_not_vouched_for() -> None:
    write(entry(1))
    with closing(sqlite3.connect(STORE, isolation_level=None)) as connection:
        connection.execute("DROP TRIGGER audit_event_no_update")
        connection.execute("UPDATE audit_event SET body = replace(body, 'U1', 'U2')")
    code, said = run("audit", "anchor")
    assert code == 1
    assert "Nothing was noted. `vi-bot audit verify` says more." in said
    assert "entry #1 was changed" in said
    assert not Path("noted.txt").exists()


def test_an_empty_trail_has_nothing_to_note() -> None:
    write()
    code, said = run("audit", "anchor")
    assert (code, "Nothing was noted. There is no entry yet." in said) == (1, True), said


def test_without_a_place_it_says_which_settings_name_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VI_BOT_CHECKPOINT_FILE")
    code, said = run("audit", "anchor")
    assert (code, "No place is named" in said) == (2, True), said


def test_settings_that_are_not_right_are_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATATURE_VI_ORGANIZATION_ID")
    code, said = run("audit", "anchor")
    assert (code, "DATATURE_VI_ORGANIZATION_ID is missing" in said) == (2, True), said
