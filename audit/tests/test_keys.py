"""Another key may sign when the one before named it; then all that was signed stays true."""

import base64
import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from audit import keys, sealer, verify_certificate
from audit.certificate import build, public_key
from audit.exceptions import KeyNotHandedOver, LedgerBroken
from audit.models import Checkpoint, Entry
from audit.tests.test_sealer import seal, tamper, write
from audit.verify import verify

pytestmark = pytest.mark.django_db(databases=["default", "keystore"], transaction=True)

SEEDS = [base64.b64encode(bytes([n]) * 32).decode() for n in range(1, 4)]


@pytest.fixture
def sign_with(settings):
    """Let the key with this number sign from here on; those before it are the old ones."""

    def change(number: int) -> None:
        old = []
        for seed in SEEDS[:number]:
            settings.LEDGER_SIGNING_KEY = seed
            old.append(public_key())
        settings.LEDGER_OLD_PUBLIC_KEYS = old
        settings.LEDGER_SIGNING_KEY = SEEDS[number]

    return change


@pytest.fixture
def public(settings):
    def of(number: int) -> str:
        now, settings.LEDGER_SIGNING_KEY = settings.LEDGER_SIGNING_KEY, SEEDS[number]
        text = public_key()
        settings.LEDGER_SIGNING_KEY = now
        return text

    return of


def hand_over(public_key: str) -> None:
    call_command("hand_over_ledger", public_key)


def test_the_next_key_signs_once_it_was_named_and_all_is_whole(sign_with, public):
    sign_with(0)
    write(3)
    seal()
    for number in (1, 2):
        hand_over(public(number))
        sign_with(number)
        write(2)
        seal()
    assert verify().entries == 3 + 3 + 3
    signers = {keys.code(keys.read_note(note)[1]) for note in notes()}
    assert len(signers) == 3


def test_a_certificate_from_before_the_change_is_checked_with_the_key_of_its_time(
    sign_with, public, tmp_path
):
    sign_with(0)
    [entry] = write()
    seal()
    before = build(entry)
    hand_over(public(1))
    sign_with(1)
    write()
    seal()
    after = build(entry)
    path = tmp_path / "certificate.json"
    for certificate, key in ((before, public(0)), (after, public(1))):
        path.write_text(json.dumps(certificate))
        assert verify_certificate.main([str(path), "--key", key]) == 0
    assert verify_certificate.main([str(path), "--key", public(0)]) == 1


def test_between_the_change_and_the_next_checkpoint_certificates_name_the_key_that_signed(
    sign_with, public
):
    sign_with(0)
    [entry] = write()
    seal()
    hand_over(public(1))
    sign_with(1)
    assert build(entry)["public_key"] == public(0)


def test_a_key_that_was_not_named_signs_nothing(sign_with):
    sign_with(0)
    write()
    seal()
    sign_with(1)
    write()
    with pytest.raises(KeyNotHandedOver, match="hand_over_ledger"):
        seal()
    assert Checkpoint.objects.count() == 1


def test_nor_does_one_while_the_key_that_signed_last_is_unknown(sign_with, settings):
    sign_with(0)
    write()
    seal()
    settings.LEDGER_SIGNING_KEY, settings.LEDGER_OLD_PUBLIC_KEYS = SEEDS[2], []
    write()
    with pytest.raises(KeyNotHandedOver, match="LEDGER_OLD_PUBLIC_KEYS"):
        seal()


@pytest.mark.parametrize("wrong", ["", "no base64!", base64.b64encode(b"short").decode()])
def test_what_is_no_key_is_not_named(wrong):
    with pytest.raises(CommandError, match="The public key"):
        hand_over(wrong)
    assert not Entry.objects.filter(body__event=keys.HANDED_OVER).exists()


def test_the_key_that_signs_is_not_named_again():
    with pytest.raises(CommandError, match="signs already"):
        hand_over(public_key())


def test_a_checkpoint_signed_by_a_key_before_its_turn_is_told(sign_with, monkeypatch):
    sign_with(0)
    write()
    seal()
    sign_with(1)
    monkeypatch.setattr(sealer, "_require_handed_over", lambda: None)
    write()
    seal()
    with pytest.raises(LedgerBroken, match="not named by the key before it"):
        verify()


def test_a_checkpoint_signed_by_a_key_after_its_turn_is_told(sign_with, public, monkeypatch):
    sign_with(0)
    write()
    seal()
    hand_over(public(1))
    sign_with(1)
    write()
    seal()
    monkeypatch.setattr(sealer, "_require_handed_over", lambda: None)
    sign_with(0)
    write()
    seal()
    sign_with(1)
    with pytest.raises(LedgerBroken, match="no signature"):
        verify()


def notes() -> list[str]:
    return list(Checkpoint.objects.order_by("size").values_list("note", flat=True))


# --- looking at the newest part only ----------------------------------------------------------


def make_two_parts() -> tuple[list[int], list[int]]:
    first = write(5)
    seal()
    # Checkpoints are never changed: only what only the owner can do makes the first one older.
    tamper("UPDATE audit_checkpoint SET sealed_at = %s", timezone.now() - timedelta(days=3))
    second = write(4)
    seal()
    return first, second


def since() -> str:
    return (timezone.localdate() - timedelta(days=1)).isoformat()


def test_verifying_since_a_day_looks_at_what_came_after_it(capsys):
    make_two_parts()
    call_command("verify_ledger", since=None)
    assert capsys.readouterr().out.startswith("9 entries, 2 signed")
    call_command("verify_ledger", "--since", since())
    assert capsys.readouterr().out.startswith("4 entries, 1 signed")


def test_what_was_changed_after_that_day_is_told():
    _first, second = make_two_parts()
    tamper("UPDATE audit_entry SET body = body || '{\"n\": 1}' WHERE id = %s", second[0])
    with pytest.raises(CommandError, match="leaf 5"):
        call_command("verify_ledger", "--since", since())


def test_a_tree_whose_beginning_was_changed_is_told_although_its_entries_are_not_read():
    make_two_parts()
    tamper("UPDATE audit_tile SET hashes = decode(repeat('00', 32), 'hex') || substr(hashes, 33)")
    with pytest.raises(CommandError, match="tree of 5 leaves"):
        call_command("verify_ledger", "--since", since())


def test_since_a_day_before_everything_all_is_looked_at(capsys):
    make_two_parts()
    call_command("verify_ledger", "--since", "2020-01-31")
    assert capsys.readouterr().out.startswith("9 entries")


def test_verifying_since_a_day_knows_the_key_of_that_day(sign_with, public):
    sign_with(0)
    write()
    seal()
    hand_over(public(1))
    tamper("UPDATE audit_checkpoint SET sealed_at = %s", timezone.now() - timedelta(days=2))
    sign_with(1)
    write()
    seal()
    assert verify(since=timezone.now() - timedelta(days=1)).entries == 1


@pytest.mark.parametrize("wrong", ["yesterday", "2026-02-30", "30-01-2026"])
def test_a_day_that_does_not_exist_is_refused(wrong):
    with pytest.raises(CommandError, match="--since"):
        call_command("verify_ledger", "--since", wrong)
