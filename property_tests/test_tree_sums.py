"""Sums in a tree: the same bits whoever sums which blocks in which order, through few merges."""

import dataclasses
import itertools
import math
from unittest import mock

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from phase_latency.encodings import Rotary
from phase_latency.numerics.roundoff import gamma, unit_roundoff
from phase_latency.streaming import sides as sides_module
from phase_latency.streaming.difference import DifferencePair
from phase_latency.streaming.exact import exact_sums
from phase_latency.streaming.factors import FactoredPair
from phase_latency.streaming.fitting import fit
from phase_latency.streaming.projections import Projection
from phase_latency.streaming.sides import sides
from phase_latency.streaming.sources import BLOCK, TensorSource
from phase_latency.streaming.sums import sums
from phase_latency.streaming.tree import Tree, depth

METHODS = ("gram", "triangular", "exact")
by_method = pytest.mark.parametrize("method", METHODS)


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


# -- the shape of the tree -------------------------------------------------------------------------------------------


def nested(left, right):
    return left, right


def one_pass(leaves, merge=nested):
    tree = Tree(merge)
    for number, leaf in enumerate(leaves):
        tree.add((0, number), leaf)
    return tree.total()


@given(data=st.data(), leaves=st.integers(1, 40), workers=st.integers(1, 5))
def test_the_shape_does_not_depend_on_who_adds_which_leaves_in_which_order(data, leaves, workers):
    """Leaves are dealt to several trees, neighbours or not, and the trees are put together in any order."""
    trees = [Tree(nested) for _ in range(workers)]
    for number in data.draw(st.permutations(range(leaves))):
        trees[data.draw(st.integers(0, workers - 1))].add((0, number), number)
    nodes = [item for tree in trees for item in tree.nodes.items()]
    whole = Tree(nested)
    whole.add_all(data.draw(st.permutations(nodes)))
    assert whole.total() == one_pass(range(leaves))


@given(leaves=st.integers(1, 5000))
def test_leaves_stay_in_order_and_pass_through_few_merges(leaves):
    """Each node knows its leaves and the most merges above one of them."""

    def merge(left, right):
        assert left[1] == right[0]
        return left[0], right[1], max(left[2], right[2]) + 1

    first, last, merges = one_pass([(i, i + 1, 0) for i in range(leaves)], merge)
    assert (first, last) == (0, leaves)
    assert merges <= depth(leaves)


def test_a_tree_stays_small():
    """No more than a node on each level, however many leaves there were."""
    tree = Tree(lambda left, right: left + right)
    for number in range(2**15 - 1):
        tree.add((0, number), 1)
        assert len(tree.nodes) <= number.bit_length() + 1
    assert tree.total() == 2**15 - 1


def test_the_bound_on_merges_is_no_bound_for_the_flat_order():
    """Rounding of 2**17 equal numbers: gamma of the depth holds in the tree, and fails for one sum after the other."""
    leaves, number = 2**17, 0.1
    bound = gamma(depth(leaves), unit_roundoff(torch.float64))
    exact = math.fsum([number] * leaves)
    flat = 0.0
    for _ in range(leaves):
        flat += number
    tree = one_pass([number] * leaves, lambda left, right: left + right)
    assert abs(tree - exact) <= bound * exact
    assert abs(flat - exact) > 10 * bound * exact


def test_a_fold_from_the_left_is_told_from_the_tree():
    fold = ((((0, 1), 2), 3), 4)
    assert one_pass(range(5)) == (((0, 1), (2, 3)), 4) != fold


# -- sums of tables --------------------------------------------------------------------------------------------------


def summed(side, method, first=0, last=None):
    return exact_sums(side, first, last) if method == "exact" else sums(side, method, first, last)


def bits(total):
    """Everything that a total holds, in a form that compares bit by bit."""
    found = [total.rows, total.error_squares.numpy().tobytes()]
    if hasattr(total, "matrix"):
        return [*found, total.matrix.numpy().tobytes()]
    parts = [
        {key: [(matrix.tobytes(), blocks) for matrix, blocks in terms] for key, terms in part.items()}
        for part in total.parts
    ]
    return [*found, parts]


def merged(side, method, cuts, order=None):
    """Sum the shards between cuts, each on its own, and put them together in some order."""
    borders = [0, *sorted(cuts), side.leaves]
    shards = [summed(side, method, a, b) for a, b in itertools.pairwise(borders) if a < b]
    total = summed(side, method, side.leaves, side.leaves)
    for number in range(len(shards)) if order is None else order(len(shards)):
        total.add_all(shards[number].nodes.items())
    return total.total()


def pair(length, dim=2, heads=None, rotary=None, seed=0):
    table = normal(length, dim, seed=seed)
    table[: length // 2] *= 1e-3  # so that the blocks are of several orders of magnitude
    tables = DifferencePair.of(
        TensorSource(table, "P"), TensorSource(3.7 * table + 1e-9 * normal(length, dim, seed=seed + 1), "Q")
    )
    if heads is None:
        return FactoredPair(tables, tables)
    query, key = (Projection(normal(heads, dim, 2, seed=seed + i), rotary) for i in (2, 3))
    return FactoredPair(tables, tables, query, key)


@by_method
@given(
    data=st.data(),
    length=st.integers(1, 40),
    block=st.sampled_from([2, 4, 8]),
    form=st.sampled_from([{}, {"heads": 2}, {"heads": 2, "rotary": Rotary(2)}]),
)
def test_shards_have_the_bits_of_one_pass(method, data, length, block, form):
    """Matrices, errors, scale, residuals and bounds, with short blocks so that there are many of them."""
    with mock.patch.object(sides_module, "BLOCK", block):
        logits = pair(length, **form)
        side, _ = sides(logits)
        cuts = data.draw(st.lists(st.integers(0, side.leaves), max_size=4))
        order = data.draw(st.randoms(use_true_random=False))

        def shuffled(shards):
            return order.sample(range(shards), shards)

        assert bits(merged(side, method, cuts, shuffled)) == bits(summed(side, method).total())
        by_shards = fit(logits, method=method, summer=lambda side, method: merged(side, method, cuts, shuffled))
        assert by_shards == fit(logits, method=method)


@by_method
@pytest.mark.parametrize("length", [BLOCK, BLOCK + 1, 4 * BLOCK - 1, 5 * BLOCK + 3])
def test_shards_at_the_borders_of_blocks(method, length):
    side, _ = sides(pair(length, dim=1))
    whole = bits(summed(side, method).total())
    for cut in range(1, side.leaves):
        assert bits(merged(side, method, [cut])) == whole
    assert bits(merged(side, method, range(side.leaves))) == whole


@by_method
def test_two_sides_read_in_turn_do_not_disturb_each_other(method):
    """Memory is used again from block to block: what was summed must not live in it."""
    with mock.patch.object(sides_module, "BLOCK", 4):
        first, second = (sides(pair(19, seed=seed))[0] for seed in (0, 10))
        trees = [summed(side, method, 0, 0) for side in (first, second)]
        for number in range(first.leaves):
            for tree, side in zip(trees, (first, second), strict=True):
                tree.add_all(summed(side, method, number, number + 1).nodes.items())
        for tree, side in zip(trees, (first, second), strict=True):
            assert bits(tree.total()) == bits(summed(side, method).total())


@by_method
def test_a_missing_or_mislaid_block_changes_the_bits(method):
    """The comparison by bits refuses what it should."""
    with mock.patch.object(sides_module, "BLOCK", 4):
        side, _ = sides(pair(24))
        whole = bits(summed(side, method).total())
        assert bits(merged(side, method, [2])) == whole
        short = summed(side, method, 0, side.leaves - 1)
        assert bits(short.total()) != whole
        twice = summed(side, method, 0, side.leaves - 1)
        twice.add((0, side.leaves - 1), next(iter(summed(side, method, 0, 1).nodes.values())))
        assert bits(twice.total()) != whole


def test_rows_and_errors_of_shards_add_up():
    """Sums of squared errors are those of all rows, whatever the shape of the tree."""
    with mock.patch.object(sides_module, "BLOCK", 4):
        table, error = normal(30, 2), normal(30, 2, seed=1).abs()
        tables = DifferencePair.of(TensorSource(table, "P", error), TensorSource(table, "Q", torch.zeros_like(error)))
        tables = dataclasses.replace(tables, factor=0.0)
        side, _ = sides(FactoredPair(tables, tables))
        for method in METHODS:
            total = merged(side, method, [3])
            assert total.rows == 30
            least = float(error.square().sum())
            assert least <= float(total.error_squares[0, 0]) <= least * (1 + 1e-6)


def test_exact_sums_are_sums_of_integers():
    """Without a single rounding: inner products of slices are whole numbers below 2**63, whatever the order."""
    side, _ = sides(pair(2 * BLOCK + 5, dim=1))
    (part,) = exact_sums(side).total().parts
    for terms in part.values():
        for matrix, _ in terms:
            assert matrix.dtype == np.int64
            assert np.array_equal(matrix, matrix.T)
