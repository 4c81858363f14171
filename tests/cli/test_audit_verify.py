"""`vi-bot audit verify`: what it compares, what it says, and the exit code."""

from base64 import b64encode
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bot.domain.audit import Receipt
from bot.domain.checkpoint import Checkpoint
from tests.cli.commands import STORE, bad_value, edit, entry, run, write
from tests.values import NOON


def verify(*arguments: str, given: str = "") -> tuple[int, str]:
    return run("audit", "verify", *arguments, given=given)


def export(path: str = "trail.jsonl", *options: str) -> Path:
    assert run("audit", "export", "--format", "jsonl", "--output", path, *options)[0] == 0
    return Path(path)


def test_a_sound_trail_is_verified_and_what_that_leaves_open_is_said() -> None:
    head = write(entry(1), entry(2))[-1]
    code, said = verify("--store", "vi-bot.db")
    assert code == 0
    assert said.startswith(f"sound: 2 entries, head {head}\n")
    assert "A trail cut off at its end or rewritten whole looks sound too" in said


def test_a_tampered_trail_is_reported() -> None:
    write(entry(1), entry(2))
    edit(1, "U1", "U9")
    code, said = verify()
    assert code == 1
    assert "- entry #1 was changed" in said
    assert "TAMPERED" in said


def test_a_trail_that_is_not_there_cannot_be_told() -> None:
    code, said = verify("--store", "nowhere.db")
    assert (code, said.splitlines()[-1]) == (2, "cannot tell")
    assert verify("nowhere.jsonl")[0] == 2


def test_a_file_may_be_named_instead_of_the_store() -> None:
    write(entry(1), path=Path("other.db"))
    assert verify("other.db")[1].startswith("sound: 1 entry")


def test_an_export_is_verified() -> None:
    head = write(entry(1), entry(2))[-1]
    path = export()
    assert verify(str(path))[1].startswith(f"sound: 2 entries, head {head}")
    path.write_text(path.read_text().replace("U1", "U9", 1))
    assert verify(str(path))[0] == 1


def test_an_export_that_begins_later_says_what_it_follows() -> None:
    first, head = write(entry(1), entry(2))
    part = export("part.jsonl", "--from", "2")
    assert verify(str(part))[1].startswith(f"sound: 1 entry behind {first}, head {head}")


def test_files_that_were_rotated_are_verified_together() -> None:
    write(entry(1), entry(2))
    assert run("audit", "rotate")[0] == 0
    (archive,) = (path for path in Path().iterdir() if path.suffix == ".db" and path != STORE)
    code, said = verify(str(archive), str(STORE))
    assert (code, said.startswith("sound: 3 entries")) == (0, True), said


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["one.jsonl", "two.jsonl"], "give one .jsonl file, or databases only"),
        (["one.jsonl", "--after", "#1 · 0123456789abcdef"], "--after goes with one database only"),
        (["one.db", "two.db", "--after", "#1 · 0123456789abcdef"], "--after goes with one database only"),
        (["--origin", "org"], "--origin and --public-key are about the checkpoints in --anchors, which is missing"),
        (["--public-key", "key.pem"], "--origin and --public-key are about the checkpoints in --anchors"),
    ],
)
def test_what_does_not_go_together_is_said(arguments: list[str], says: str) -> None:
    code, said = verify(*arguments)
    assert (code, says in said) == (2, True), said


def test_a_receipt_to_begin_after_must_be_one() -> None:
    assert "“#1” is not a receipt, such as '#12 · 3f9a0c2b7d1e4a55'." in bad_value("audit", "verify", "--after", "#1")


def test_the_receipt_to_begin_after_is_handed_on() -> None:
    first, _ = write(entry(1), entry(2))
    assert verify("--after", str(first))[0] == 0
    assert verify("--after", f"#1 · {'0' * 16}")[0] == 1


def test_a_noted_receipt_shows_that_the_newest_entries_are_gone() -> None:
    receipts = write(entry(1), entry(2))
    Path("noted.txt").write_text(f"Deleted. audit {receipts[1]}\n")
    code, said = verify("--anchors", "noted.txt")
    assert code == 0
    assert said == f"1 receipt compared, the newest {receipts[1]}\nsound: 2 entries, head {receipts[1]}\n"
    code, said = verify("--anchors", "-", given=f"audit {Receipt(3, 'ab' * 32)} and {receipts[0]}, {receipts[0]}")
    assert code == 1
    assert "2 receipts compared, the newest #3 · abababababababab\nTAMPERED: 1 fault in" in said


def test_receipts_of_entries_in_another_file_prove_nothing_here() -> None:
    first, second, _ = write(entry(1), entry(2), entry(3))
    part = export("part.jsonl", "--from", "3")
    code, said = verify(str(part), "--anchors", "-", given=str(first))
    assert code == 2
    assert said.endswith("cannot tell: every receipt is of an entry before #2, which are in another file\n")
    code, said = verify(str(part), "--anchors", "-", given=f"{first} {second}")
    assert (code, f"1 receipt compared, the newest {second}\n" in said) == (0, True), said


def test_what_is_odd_is_said_and_is_no_fault() -> None:
    write(entry(1), entry(2, at=NOON - timedelta(hours=1)))
    code, said = verify()
    assert (code, said.startswith("  warning: "), "sound: 2 entries" in said) == (0, True, True), said


def test_what_is_behind_the_newest_receipt_is_said_to_be_covered_by_none() -> None:
    first, _ = write(entry(1), entry(2))
    code, said = verify("--anchors", "-", given=str(first))
    assert (code, said.endswith(f"No receipt covers what is behind {first}.\n")) == (0, True), said


@pytest.mark.parametrize("text", ["", "nothing here", "#2 · short"])
def test_a_text_without_a_receipt_proves_nothing_and_is_an_error(text: str) -> None:
    write(entry(1))
    code, said = verify("--anchors", "-", given=text)
    assert (code, said.startswith("standard input has no receipt. A receipt looks like this")) == (2, True), said


def test_anchors_that_cannot_be_read_are_an_error() -> None:
    code, said = verify("--anchors", "nowhere.txt")
    assert (code, said.startswith("nowhere.txt cannot be read: No such file or directory.")) == (2, True), said


def test_bytes_that_are_no_text_do_not_hide_the_receipts_between_them() -> None:
    (receipt,) = write(entry(1))
    Path("noted.bin").write_bytes(b"\xff\xfe" + str(receipt).encode() + b"\xff")
    assert verify("--anchors", "noted.bin")[1].startswith("1 receipt compared")


def checkpoint(receipt: Receipt, origin: str = "org-1") -> Checkpoint:
    return Checkpoint(origin, receipt, NOON)


def test_checkpoints_of_other_trails_are_left_out_and_counted() -> None:
    (receipt,) = write(entry(1))
    text = f"{checkpoint(receipt)}\n{checkpoint(Receipt(7, 'ab' * 32), 'org-2')}\n"
    code, said = verify("--anchors", "-", given=text)
    assert (code, "of several trails: org-1, org-2. Say with --origin which is meant." in said) == (2, True), said
    code, said = verify("--anchors", "-", "--origin", "org-1", given=text)
    assert code == 0
    assert said.startswith(f"1 receipt compared, the newest {receipt}; left out: 1 checkpoint of other trails\n")
    code, said = verify("--anchors", "-", "--origin", "org-3", given=text)
    assert (code, "has no receipt of org-3, only of org-1, org-2." in said) == (2, True), said


def test_a_receipt_that_another_trail_shares_is_compared_where_it_also_stands_alone() -> None:
    (receipt,) = write(entry(1))
    text = f"{checkpoint(receipt, 'org-2')} and {checkpoint(receipt)}"
    assert verify("--anchors", "-", "--origin", "org-1", given=text)[1].startswith("1 receipt compared")


@pytest.fixture
def key(folder: Path) -> Ed25519PrivateKey:
    """A key whose public half lies in key.pem."""
    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (folder / "key.pem").write_bytes(public)
    return key


def signed(noted: Checkpoint, key: Ed25519PrivateKey) -> Checkpoint:
    key_id = sha256(key.public_key().public_bytes_raw()).hexdigest()[:16]
    signature = b64encode(key.sign(noted.statement.encode())).decode()
    return Checkpoint(noted.origin, noted.receipt, noted.at, key_id, signature)


def test_checkpoints_signed_by_the_key_are_sound_and_others_are_faults(key: Ed25519PrivateKey) -> None:
    (receipt,) = write(entry(1))
    good = signed(checkpoint(receipt), key)
    assert verify("--anchors", "-", "--public-key", "key.pem", given=f"{good}")[0] == 0
    code, said = verify("--anchors", "-", "--public-key", "key.pem", given=f"{good}\n{checkpoint(receipt)}\n")
    assert code == 1
    assert "- the checkpoint of entry #1 is not signed" in said
    assert "TAMPERED: 1 fault in" in said
    other = signed(checkpoint(receipt, "org-2"), Ed25519PrivateKey.generate())
    arguments = ("--anchors", "-", "--public-key", "key.pem", "--origin", "org-1")
    assert verify(*arguments, given=f"{good}\n{other}")[0] == 0


@pytest.mark.usefixtures("key")
def test_receipts_alone_have_no_signature_to_check() -> None:
    (receipt,) = write(entry(1))
    code, said = verify("--anchors", "-", "--public-key", "key.pem", given=str(receipt))
    assert (code, "There is no checkpoint whose signature could be checked" in said) == (2, True), said


def test_a_key_that_cannot_be_loaded_is_an_error() -> None:
    (receipt,) = write(entry(1))
    code, said = verify("--anchors", "-", "--public-key", "nowhere.pem", given=str(checkpoint(receipt)))
    assert (code, "nowhere.pem cannot be read" in said) == (2, True), said
