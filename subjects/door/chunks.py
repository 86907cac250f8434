"""Some thousands of lines that go in together, and what of them needs no database to be made."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from subjects import names
from subjects.door.blocks import Block, blocks
from subjects.door.codes import Codes
from subjects.door.reading import Lines, read_lines
from vault import services as vault

CHUNK_BYTES = 16 * 1024 * 1024
# Fields of a line that name something else, and the type of what they name.
REFERENCES = (
    ("dossier", "dossier"),
    ("involvement", "involvement"),
    ("person", "person"),
    ("consent", "consent"),
)
ORGANISATIONS = ("client", "recipient", "source_organisation")


@dataclass(frozen=True, slots=True)
class Tokens:
    """The search tokens of an involvement, made for a dossier of this number."""

    number: str
    tokens: list[int]


@dataclass(slots=True)
class Prepared:
    """Blocks that go in together, with all that their good ones name, by the source's ids.

    `digests` are by type and id, `tokens` by the id of the involvement's line, and `counts` are
    those of lines by type.
    """

    blocks: list[Block]
    digests: dict[str, dict[str, bytes]]
    organisations: set[str] = field(default_factory=set)
    tokens: dict[str, Tokens] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)


class Terms(NamedTuple):
    """On what terms a file comes in; `most` is how many lines go in together."""

    codes: Codes
    source: str
    today: date
    most: int


def prepared_chunks(stream: Lines, terms: Terms) -> Iterator[Prepared]:
    """Yield what the stream holds, read, checked and prepared, in its order."""
    for chunk in chunks(blocks(read_lines(stream, terms.codes, today=terms.today)), terms.most):
        yield prepare(chunk, terms.source)


def chunks(all_blocks: Iterable[Block], most: int) -> Iterator[list[Block]]:
    """Yield blocks by at most so many lines; an id that comes again begins a new chunk."""
    chunk: list[Block] = []
    lines = size = 0
    seen: set[tuple[str, str]] = set()
    for block in all_blocks:
        # What stays out is nowhere when the same id comes again.
        named = set() if block.bad else {(line.type, line.id) for line in block.lines}
        full = lines + len(block.lines) > most or size + block.size > CHUNK_BYTES
        if chunk and (full or not seen.isdisjoint(named)):
            yield chunk
            chunk, lines, size, seen = [], 0, 0, set()
        chunk.append(block)
        lines += len(block.lines)
        size += block.size
        seen |= named
    if chunk:
        yield chunk


def prepare(chunk: list[Block], source: str) -> Prepared:
    """Return a chunk with the digests and tokens of its blocks that have no bad line."""
    made = Prepared(chunk, defaultdict(dict))
    digest = _Digests(source, made.digests)
    counts: Counter[str] = Counter()
    token = _NameTokens()
    for block in chunk:
        if block.bad:
            continue
        for line in block.lines:
            data, kind = line.data, line.type
            counts[kind] += 1
            if kind == "organisation":
                made.organisations.add(line.id)
                continue
            digest(kind, line.id)
            for name, of_kind in REFERENCES:
                if name in data:
                    digest(of_kind, data[name])
            for name in ORGANISATIONS:
                if value := data.get(name):
                    made.organisations.add(value)
            if special := data.get("special"):
                digest("dossier", special["case"])
            if kind == "involvement":
                number = block.number
                person = names.person_of(data["identity"], number)
                made.tokens[line.id] = Tokens(number, token(person))
    made.counts = dict(counts)
    # A plain dict, which raises for what nobody named.
    made.digests = dict(made.digests)
    return made


class _Digests:
    """Makes the digest of each id once."""

    def __init__(self, source: str, known: dict[str, dict[str, bytes]]) -> None:
        self._source, self._known = source, known
        self._of_kind: dict[str, Callable[[str], bytes]] = {}

    def __call__(self, kind: str, source_id: str) -> None:
        known = self._known[kind]
        if source_id not in known:
            make = self._of_kind.get(kind)
            if make is None:
                make = self._of_kind[kind] = vault.digests_of(self._source, kind)
            known[source_id] = make(source_id)


class _NameTokens:
    """Makes tokens, those of a name once: most people of a file stand in it more than once."""

    def __init__(self) -> None:
        self._of_names: dict[tuple[str, str, str, str], list[int]] = {}

    def __call__(self, person: names.Person) -> list[int]:
        called = (person.first_name, person.initials, person.last_name, person.year)
        of_name = self._of_names.get(called)
        if of_name is None:
            of_name = self._of_names[called] = vault.tokens(names.name_keys(person))
        return sorted({*of_name, *vault.tokens(names.exact_keys(person))})
