"""What an answer gave, piece by piece, so that a new copy of it gives nothing that came since.

A copy made anew goes without a colleague's look, so it may hold only what was looked at when the
answer was made: see `docs/decisions/new-copies.md`.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from requests.redaction.redacting import PARTS
from requests.report.build import in_invoice_phase
from requests.report.identity import without_source
from requests.report.withheld import without_withheld
from subjects.held import HeldInvolvement
from vault import services as vault

DIGEST_BYTES = 16
Digest = Callable[[str], bytes]


def pieces_of(held: Sequence[HeldInvolvement]) -> bytes:
    """Return a keyed digest of each piece as it is given, one after another."""
    digest = vault.digests_of("requests.piece")
    return b"".join(one for view in held for one in _pieces(view, digest))


def as_given(
    held: Sequence[HeldInvolvement], pieces: bytes
) -> tuple[list[HeldInvolvement], dict[str, int]]:
    """Return what is held now of what these pieces were, and by purpose how much is left out.

    What changed since is another piece. A file whose person is called otherwise now is left out
    whole: it may have become somebody else's. What was erased is in neither; nor is what may not
    be told, or is for a client to tell. What cannot be opened any more stays, so that its lack is
    seen.
    """
    digest, given = vault.digests_of("requests.piece"), _each(pieces)
    rest = [one for view in held if (one := _rest(view, given, digest)) is not None]
    left = {view.reference: view for view in without_withheld(rest)}
    came: Counter[str] = Counter()
    for view in without_withheld(held):
        if in_invoice_phase(view):
            continue
        came[view.dossier.purpose] += _size(view) - _size(left.get(view.reference))
    return rest, {purpose: count for purpose, count in sorted(came.items()) if count}


def files_given(files: Sequence[HeldInvolvement], pieces: bytes) -> list[HeldInvolvement]:
    """Return the files of requests that were in the answer, as they are now.

    What was written there since, the person wrote themself or has on their page.
    """
    digest, given = vault.digests_of("requests.piece"), _each(pieces)
    return [one for one in files if _file(one, digest) in given]


def _each(pieces: bytes) -> set[bytes]:
    starts = range(0, len(pieces), DIGEST_BYTES)
    return {pieces[start : start + DIGEST_BYTES] for start in starts}


def _rest(view: HeldInvolvement, given: set[bytes], digest: Digest) -> HeldInvolvement | None:
    if view.identity is not None and _identity(view, digest) not in given:
        return None
    parts: dict[str, Any] = {
        part: [
            piece
            for piece in getattr(view, part)
            if getattr(piece, name) is None or _piece(view, kind, piece, digest) in given
        ]
        for kind, (part, name) in PARTS.items()
    }
    return replace(view, **parts)


def _size(view: HeldInvolvement | None) -> int:
    """Count the person in the file as one piece, and each thing of them as one."""
    if view is None:
        return 0
    return 1 + sum(len(getattr(view, part)) for part, _name in PARTS.values())


def _pieces(view: HeldInvolvement, digest: Digest) -> Iterator[bytes]:
    yield _file(view, digest)
    yield _identity(view, digest)
    for kind, (part, _name) in PARTS.items():
        for piece in getattr(view, part):
            yield _piece(view, kind, piece, digest)


def _file(view: HeldInvolvement, digest: Digest) -> bytes:
    return digest(f"{view.reference}:file")


def _identity(view: HeldInvolvement, digest: Digest) -> bytes:
    # Who gave a name may be noted later: it is the same name.
    known = without_source(view.identity)
    return digest(f"{view.reference}:identity:{_plain(known)}")


def _piece(view: HeldInvolvement, kind: str, piece: Any, digest: Digest) -> bytes:
    content = getattr(piece, PARTS[kind][1])
    return digest(f"{view.reference}:{kind}:{piece.pk}:{_plain(content)}")


def _plain(content: Mapping[str, Any] | str | None) -> str:
    return json.dumps(content, sort_keys=True, ensure_ascii=False, default=str)
