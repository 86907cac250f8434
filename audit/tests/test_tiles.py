"""The tree in tiles is the same tree."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit import merkle, tiles
from audit.tiles import GrowingTree


def leaves(count: int) -> list[bytes]:
    return [merkle.leaf_hash(str(n).encode()) for n in range(count)]


def grown(*parts: int) -> tuple[GrowingTree, dict[tuple[int, int], bytes]]:
    """Grow a tree in parts, each begun anew from the stored tiles."""
    stored: dict[tuple[int, int], bytes] = {}
    tree = GrowingTree()
    every = leaves(sum(parts))
    for part in parts:
        tree = GrowingTree.of_size(tree.size, lambda *place: stored[place])  # noqa: B023 - at once
        tree.extend(every[tree.size : tree.size + part])
        stored |= {(level, index): hashes for level, index, hashes in tree.changed_tiles()}
    return tree, stored


SIZES = [0, 1, 2, 3, 255, 256, 257, 511, 512, 700, 66_000]


@pytest.mark.parametrize("size", SIZES)
def test_the_root_is_that_of_the_whole_tree(size):
    assert grown(size)[0].root() == merkle.root(leaves(size))


@given(st.lists(st.integers(0, 400), max_size=6))
def test_growing_in_parts_gives_the_same_root_and_tiles(parts):
    tree, stored = grown(*parts)
    at_once, stored_at_once = grown(sum(parts))
    assert tree.root() == at_once.root()
    assert stored == stored_at_once


@given(st.data())
def test_a_path_from_tiles_leads_to_the_root_of_every_size_since(data):
    now = data.draw(st.integers(1, 1500))
    _, stored = grown(now)
    size = data.draw(st.integers(1, now))
    index = data.draw(st.integers(0, size - 1))
    path = tiles.inclusion_path(index, size, lambda level, tile: stored[level, tile])
    every = leaves(size)
    assert path == merkle.inclusion_path(every, index)
    assert merkle.root_from_path(every[index], index, size, path) == merkle.root(every)


def test_a_leaf_outside_the_tree_has_no_path():
    with pytest.raises(IndexError):
        tiles.inclusion_path(3, 3, lambda level, index: b"")
