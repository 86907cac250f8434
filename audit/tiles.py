"""The ledger's tree kept in tiles: runs of 256 hashes of one height. Plain functions.

The tile (level, index) holds the hashes of the perfect subtrees of 2**level leaves numbered from
256 * index on; levels are multiples of 8. Only the last tile of a level is ever incomplete.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import cache

from audit.merkle import node_hash, root

WIDTH = 256
HEIGHT = 8
HASH_BYTES = 32

# Gives the bytes of the tile (level, index), or at least of its first hashes.
ReadTile = Callable[[int, int], bytes]


def split(hashes: bytes) -> list[bytes]:
    """Return the hashes that stand one after the other in a tile."""
    return [hashes[i : i + HASH_BYTES] for i in range(0, len(hashes), HASH_BYTES)]


class GrowingTree:
    """The tree's right edge: takes leaves, gives the root and the tiles that changed."""

    def __init__(self) -> None:
        self.size = 0
        self._edge: list[list[bytes]] = []
        self._complete: dict[tuple[int, int], bytes] = {}

    @classmethod
    def of_size(cls, size: int, read: ReadTile) -> "GrowingTree":
        """Return the tree that has its first `size` leaves in the tiles that `read` gives."""
        tree = cls()
        tree.size = size
        level = 0
        while size >> level:
            count = (size >> level) % WIDTH
            hashes = read(level, size >> (level + HEIGHT)) if count else b""
            tree._edge.append(split(hashes[: count * HASH_BYTES]))
            level += HEIGHT
        return tree

    def extend(self, leaves: Sequence[bytes]) -> None:
        start = 0
        while start < len(leaves):
            if not self._edge:
                self._edge.append([])
            edge = self._edge[0]
            some = leaves[start : start + WIDTH - len(edge)]
            edge.extend(some)
            start += len(some)
            self.size += len(some)
            if len(edge) == WIDTH:
                self._carry()

    def _carry(self) -> None:
        level = 0
        while len(self._edge[level]) == WIDTH:
            full = self._edge[level]
            index = (self.size >> HEIGHT * (level + 1)) - 1
            self._complete[level * HEIGHT, index] = b"".join(full)
            self._edge[level] = []
            if level + 1 == len(self._edge):
                self._edge.append([])
            self._edge[level + 1].append(root(full))
            level += 1

    def changed_tiles(self) -> Iterator[tuple[int, int, bytes]]:
        """Yield level, index and hashes of what was completed since last asked, and of the edge."""
        for (level, index), hashes in self._complete.items():
            yield level, index, hashes
        self._complete = {}
        for number, hashes_ in enumerate(self._edge):
            if hashes_:
                yield number * HEIGHT, self.size >> HEIGHT * (number + 1), b"".join(hashes_)

    def root(self) -> bytes:
        """Return the tree head, in a few hashes however many leaves there are."""
        peaks = [peak for edge in reversed(self._edge) for peak in _peaks(edge)]
        if not peaks:
            return root([])
        result = peaks.pop()
        while peaks:
            result = node_hash(peaks.pop(), result)
        return result


def _peaks(edge: list[bytes]) -> Iterator[bytes]:
    start = 0
    for bit in reversed(range(HEIGHT)):
        if len(edge) & 1 << bit:
            yield root(edge[start : start + (1 << bit)])
            start += 1 << bit


def inclusion_path(index: int, size: int, read: ReadTile) -> list[bytes]:
    """Return the hashes that lead from a leaf to the root of the first `size` leaves.

    Reads a tile or two for each eight levels of the tree. Source: RFC 9162, section 2.1.3.1.
    """
    if not 0 <= index < size:
        raise IndexError(f"leaf {index} is not among {size}")
    read = cache(read)
    path = []
    start, end = 0, size
    while end - start > 1:
        middle = start + (1 << (end - start - 1).bit_length() - 1)
        if index < middle:
            path.append(_range_root(middle, end, read))
            end = middle
        else:
            path.append(_range_root(start, middle, read))
            start = middle
    return path[::-1]


def tiles_of_path(index: int, size: int) -> set[tuple[int, int]]:
    """Return level and index of each tile that `inclusion_path` would read."""
    wanted = set()

    def note(level: int, tile: int) -> bytes:
        wanted.add((level, tile))
        return b""

    inclusion_path(index, size, note)
    return wanted


def _range_root(start: int, end: int, read: ReadTile) -> bytes:
    count = end - start
    height = count.bit_length() - 1
    if count == 1 << height:
        # `start` is a multiple of the count: the tree is only ever split at its largest power.
        level = height // HEIGHT * HEIGHT
        first, many = start >> level, 1 << (height - level)
        hashes = read(level, first // WIDTH)
        offset = first % WIDTH * HASH_BYTES
        return root(split(hashes[offset : offset + many * HASH_BYTES]))
    middle = start + (1 << height)
    return node_hash(_range_root(start, middle, read), _range_root(middle, end, read))
