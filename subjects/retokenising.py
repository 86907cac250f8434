"""Everybody's search tokens made anew, after a change of how names are folded."""

from collections.abc import Generator

from django.db import transaction

from subjects import names
from subjects.models import Involvement
from vault import services as vault
from vault.constants import KeyKind

BATCH = 1_000


def retokenise(*, batch: int = BATCH) -> Generator[int]:
    """Make anew the tokens that are not of this version of `names`, also where there are none.

    Yields how many people of each batch were done. Safe to stop anywhere and to run in parallel:
    what is not of this version is the work list.
    """
    last = 0
    while key_ids := vault.keys_to_retokenise(
        KeyKind.INVOLVEMENT, version=names.VERSION, after=last, limit=batch
    ):
        last = key_ids[-1]
        yield _retokenise(key_ids)


def _retokenise(key_ids: list[int]) -> int:
    with transaction.atomic():
        # Whoever changes an identity waits for us, or we for them: old tokens never come last.
        rows = list(
            Involvement.objects.filter(key_id__in=key_ids)
            .order_by("id")
            .select_for_update(no_key=True)
            .only("key_id", "sealed_identity")
        )
        keys = vault.open_keys(row.key_id for row in rows)
        tokens = {
            row.key_id: vault.tokens(
                names.search_keys(
                    names.person_of(key.unseal(row.sealed_identity, place=row.identity_place))
                )
            )
            for row in rows
            if (key := keys.get(row.key_id))
        }
        vault.store_tokens(tokens, version=names.VERSION)
    return len(tokens)
