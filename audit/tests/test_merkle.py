import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit import merkle

LEAVES = st.lists(st.binary(max_size=4), min_size=1, max_size=70).map(
    lambda entries: [merkle.leaf_hash(entry) for entry in entries]
)


def defined_root(leaves):
    """The definition of RFC 9162, 2.1.1, word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + defined_root(leaves[:k]) + defined_root(leaves[k:])).digest()


def defined_path(leaves, index):
    """The definition of RFC 9162, 2.1.3.1, word for word."""
    if len(leaves) == 1:
        return []
    k = 1 << (len(leaves) - 1).bit_length() - 1
    if index < k:
        return [*defined_path(leaves[:k], index), defined_root(leaves[k:])]
    return [*defined_path(leaves[k:], index - k), defined_root(leaves[:k])]


@given(LEAVES)
def test_the_root_is_that_of_the_definition(leaves):
    assert merkle.root(leaves) == defined_root(leaves)


def test_the_root_of_nothing_is_the_hash_of_nothing():
    assert merkle.root([]) == merkle.Frontier().root() == defined_root([])


@given(LEAVES)
def test_a_growing_tree_has_the_root_of_the_whole(leaves):
    frontier = merkle.Frontier()
    for count, leaf in enumerate(leaves, start=1):
        frontier.add(leaf)
        assert frontier.root() == merkle.root(leaves[:count])
    assert merkle.Frontier(frontier.size, frontier.peaks).root() == frontier.root()


@given(LEAVES, st.data())
def test_a_path_leads_its_leaf_to_the_root(leaves, data):
    index = data.draw(st.integers(0, len(leaves) - 1))
    path = merkle.inclusion_path(leaves, index)
    assert path == defined_path(leaves, index)
    assert merkle.root_from_path(leaves[index], index, len(leaves), path) == merkle.root(leaves)


@given(LEAVES, st.data())
def test_a_changed_path_or_leaf_does_not_lead_there(leaves, data):
    index = data.draw(st.integers(0, len(leaves) - 1))
    path = merkle.inclusion_path(leaves, index)
    other = merkle.leaf_hash(b"something else entirely")
    assert merkle.root_from_path(other, index, len(leaves), path) != merkle.root(leaves)
    if path:
        at = data.draw(st.integers(0, len(path) - 1))
        changed = [*path[:at], other, *path[at + 1 :]]
        reached = merkle.root_from_path(leaves[index], index, len(leaves), changed)
        assert reached != merkle.root(leaves)
        with pytest.raises(ValueError, match="too short"):
            merkle.root_from_path(leaves[index], index, len(leaves), path[:-1])
    with pytest.raises(ValueError, match="too long"):
        merkle.root_from_path(leaves[index], index, len(leaves), [*path, other])


def test_a_leaf_outside_the_tree_is_refused():
    with pytest.raises(IndexError):
        merkle.inclusion_path([merkle.leaf_hash(b"")], 1)
    with pytest.raises(ValueError, match="not in a tree"):
        merkle.root_from_path(merkle.leaf_hash(b""), 1, 1, [])


def test_a_right_edge_of_the_wrong_width_is_refused():
    with pytest.raises(ValueError, match="has 2 peaks, not 1"):
        merkle.Frontier(3, [b""])
