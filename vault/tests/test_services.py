import base64

import pytest
from django.core.management import CommandError, call_command
from django.db import connections, transaction

from vault import services
from vault.constants import KeyKind
from vault.exceptions import (
    KeyDestroyed,
    KeyEncryptionKeyMissing,
    KeysTooOld,
    SealBroken,
    TooManyOrphans,
)
from vault.keystore.models import DataKey, SearchTokens
from vault.models import KeyOutbox
from vault.tests.makers import kek, make_old

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])

PLACE = "subjects.record.content:1"


def test_what_a_key_seals_it_opens_after_coming_back_from_the_keystore():
    key = services.create_key(KeyKind.INVOLVEMENT)
    sealed = key.seal({"name": "Ömer İpek", "born": None}, place=PLACE)
    assert services.open_key(key.id).unseal(sealed, place=PLACE) == {
        "name": "Ömer İpek",
        "born": None,
    }


def test_another_key_does_not_open_it():
    one, other = services.create_keys(KeyKind.INVOLVEMENT, 2)
    with pytest.raises(SealBroken):
        other.unseal(one.seal("secret", place=PLACE), place=PLACE)


def test_the_keystore_holds_no_key_in_the_open():
    key = services.create_key(KeyKind.INVOLVEMENT)
    assert key.key not in bytes(DataKey.objects.get(pk=key.id).wrapped)
    assert key.key.hex() not in repr(key)


def test_a_wrapped_key_put_in_another_row_does_not_open():
    one, other = services.create_keys(KeyKind.INVOLVEMENT, 2)
    DataKey.objects.filter(pk=other.id).update(wrapped=DataKey.objects.get(pk=one.id).wrapped)
    with pytest.raises(SealBroken):
        services.open_key(other.id)


def test_a_thousand_keys_are_made_and_opened_in_few_queries(django_assert_max_num_queries):
    with django_assert_max_num_queries(4, using="keystore"):
        made = services.create_keys(KeyKind.INVOLVEMENT, 1000)
    with django_assert_max_num_queries(1, using="keystore"):
        opened = services.open_keys(key.id for key in made)
    assert opened == {key.id: key for key in made}


def test_a_destroyed_key_is_absent_among_others_and_refused_alone():
    key = services.create_key(KeyKind.INVOLVEMENT)
    services.destroy_keys_later([key.id])
    assert services.open_key(key.id) == key
    assert services.drain_outbox() == 1
    assert services.open_keys([key.id]) == {}
    with pytest.raises(KeyDestroyed):
        services.open_key(key.id)


def test_tokens_die_with_their_key():
    key = services.create_key(KeyKind.INVOLVEMENT)
    wanted = services.token("e-mail", "jan@example.nl")
    services.store_tokens({key.id: [wanted]}, version=1)
    assert services.probe([wanted]) == [[key.id]]
    services.destroy_keys_later([key.id])
    services.drain_outbox()
    assert services.probe([wanted]) == [[]]


def test_draining_twice_destroys_nothing_twice():
    key, kept = services.create_keys(KeyKind.INVOLVEMENT, 2)
    services.destroy_keys_later([key.id])
    assert services.drain_outbox() == 1
    assert services.drain_outbox() == 0
    assert services.open_key(kept.id)


def test_a_drain_cut_off_before_the_outbox_row_went_is_simply_done_again():
    key = services.create_key(KeyKind.INVOLVEMENT)
    services.destroy_keys_later([key.id])
    services._destroy([key.id])
    assert services.drain_outbox() == 0
    assert not KeyOutbox.objects.exists()


def test_a_drain_goes_through_all_of_the_outbox():
    keys = services.create_keys(KeyKind.INVOLVEMENT, 2 * services.OUTBOX_ROWS + 1)
    for key in keys:
        services.destroy_keys_later([key.id])
    assert services.drain_outbox() == len(keys)
    assert not KeyOutbox.objects.exists()


def test_a_deletion_that_rolls_back_keeps_its_keys():
    key = services.create_key(KeyKind.INVOLVEMENT)
    with transaction.atomic():
        services.destroy_keys_later([key.id])
        transaction.set_rollback(True)
    assert services.drain_outbox() == 0
    assert services.open_key(key.id)


def test_the_sweep_takes_an_old_key_without_a_row_and_no_other(holders):
    orphan, held, young = services.create_keys(KeyKind.PACK, 3)
    holders(held.id)
    make_old(orphan.id, held.id)
    assert services.sweep() == 1
    assert set(services.open_keys([orphan.id, held.id, young.id])) == {held.id, young.id}


def test_the_sweep_leaves_kinds_that_nobody_registered(holders):
    key = services.create_key(KeyKind.MAIL)
    make_old(key.id)
    assert services.sweep() == 0
    assert services.open_key(key.id)


def test_the_sweep_goes_through_all_batches(holders, monkeypatch):
    monkeypatch.setattr(services, "BATCH", 2)
    keys = services.create_keys(KeyKind.PACK, 7)
    make_old(*(key.id for key in keys))
    holders(keys[3].id)
    assert services.sweep() == 6


def test_more_orphans_than_crashes_leave_are_not_destroyed(holders):
    keys = services.create_keys(KeyKind.PACK, 3)
    make_old(*(key.id for key in keys))
    with pytest.raises(TooManyOrphans, match="more than 2 keys"):
        services.sweep(most=2)
    assert len(services.open_keys(key.id for key in keys)) == 3
    with pytest.raises(CommandError, match="more than 2 keys"):
        call_command("sweep_keys", "--most=2")
    assert services.sweep(most=3) == 3


def test_the_sweep_takes_tokens_without_a_key_and_no_other(holders, monkeypatch):
    monkeypatch.setattr(services, "BATCH", 2)
    kept = [key.id for key in services.create_keys(KeyKind.PACK, 5)]
    services.store_tokens({key_id: [7] for key_id in kept}, version=1)
    for key_id in (kept[0] - 1, kept[4] + 1):
        SearchTokens.objects.create(key_id=key_id, tokens=[7], version=1)
    services.sweep()
    assert list(SearchTokens.objects.order_by("pk").values_list("pk", flat=True)) == kept


def test_after_a_restore_of_the_keystore_no_number_is_given_twice(holders):
    before = services.create_keys(KeyKind.PACK, 4)
    held, noted = before[1].id, before[3].id
    holders(held)
    services.destroy_keys_later([noted])
    with connections["keystore"].cursor() as cursor:
        cursor.execute(
            "SELECT setval(pg_get_serial_sequence('keystore_datakey', 'id'), %s)", [held - 1]
        )
    services.pass_used_numbers()
    assert services.create_key(KeyKind.PACK).id > noted
    services.pass_used_numbers()
    assert services.create_key(KeyKind.PACK).id > noted + 1


def test_new_keys_are_fresh_old_ones_and_destroyed_ones_are_not():
    fresh, old, gone = services.create_keys(KeyKind.PACK, 3)
    make_old(old.id)
    services._destroy([gone.id])
    services.require_fresh([fresh])
    for keys in ([old], [fresh, old], [gone]):
        with pytest.raises(KeysTooOld):
            services.require_fresh(keys)


def test_rotation_wraps_every_key_anew_and_opens_the_same(settings):
    keys = {key.id: key for key in services.create_keys(KeyKind.INVOLVEMENT, 5)}
    settings.VAULT_KEY_ENCRYPTION_KEYS = f"{kek(1)},{kek(2)}"
    assert services.rotate(batch=2) == 2
    assert services.open_keys(keys) == keys
    call_command("rotate_keys", verbosity=0)
    assert not services.keys_to_rotate()
    settings.VAULT_KEY_ENCRYPTION_KEYS = kek(2)
    assert services.open_keys(keys) == keys
    assert services.rotate() == 0


def test_a_key_encryption_key_taken_away_too_early_is_named(settings):
    key = services.create_key(KeyKind.INVOLVEMENT)
    settings.VAULT_KEY_ENCRYPTION_KEYS = kek(2)
    with pytest.raises(KeyEncryptionKeyMissing, match="key-encryption key 1"):
        services.open_key(key.id)


def test_a_probe_is_bounded_and_keeps_the_order_asked():
    keys = services.create_keys(KeyKind.INVOLVEMENT, 5)
    services.store_tokens({key.id: [7] for key in keys}, version=1)
    services.store_tokens({keys[0].id: [7, 8]}, version=1)
    unknown, common, rare = services.probe([9, 7, 8], each=3)
    assert unknown == []
    assert len(common) == 3
    assert rare == [keys[0].id]


def test_new_tokens_replace_the_old():
    key = services.create_key(KeyKind.INVOLVEMENT)
    services.store_tokens({key.id: [1, 2]}, version=1)
    services.store_tokens({key.id: [2, 3]}, version=2)
    assert SearchTokens.objects.get(pk=key.id).tokens == [2, 3]


def test_a_destroyed_key_gets_no_tokens():
    kept, gone = services.create_keys(KeyKind.INVOLVEMENT, 2)
    services._destroy([gone.id])
    services.store_tokens({kept.id: [7], gone.id: [7]}, version=1)
    assert services.probe([7]) == [[kept.id]]


def test_digests_and_tokens_depend_on_the_token_key(settings):
    before = services.digest("system", "1"), services.token("e-mail", "a@b.nl")
    settings.VAULT_TOKEN_KEY = base64.b64encode(b"k" * 32).decode()
    assert services.digest("system", "1") != before[0]
    assert services.token("e-mail", "a@b.nl") != before[1]
