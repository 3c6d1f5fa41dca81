"""Sums of a side by shards: as JSON values, so that they can be computed elsewhere, kept in a file and merged later.

A shard is a range of blocks. Whoever sums it, and in whatever order shards come back, the merged sums have the same
bits as one pass over all blocks, because the tree that they are merged in depends on the number of blocks alone.
"""

import base64
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

import numpy as np
import torch
from torch import Tensor

from phase_latency.errors import ArgumentError
from phase_latency.streaming.exact import ExactSums, exact_sums, exact_tree
from phase_latency.streaming.sides import Side
from phase_latency.streaming.sums import Method, Sums, sums, sums_tree
from phase_latency.streaming.tree import Tree

AnySums: TypeAlias = Sums | ExactSums
Summer: TypeAlias = Callable[[Side, Method], AnySums]


def sum_here(side: Side, method: Method) -> AnySums:
    """Sum a whole side in this process.

    Args:
        side: queries or keys.
        method: how.

    Returns:
        its sums.
    """
    return exact_sums(side).total() if method == "exact" else sums(side, method).total()


def shard(side: Side, method: Method, first: int, last: int) -> list[dict[str, Any]]:
    """Sum some blocks of a side.

    Args:
        side: queries or keys.
        method: how.
        first: number of the first block.
        last: number of the block after the last one.

    Returns:
        the nodes of their tree as JSON values.
    """
    nodes: dict[tuple[int, int], Any]
    nodes = exact_sums(side, first, last).nodes if method == "exact" else sums(side, method, first, last).nodes
    return [{"key": list(key), **_to_json(node)} for key, node in nodes.items()]


def merged(method: Method, shards: Iterable[list[dict[str, Any]]], leaves: int) -> AnySums:
    """Put shards together.

    Args:
        method: how they were summed.
        shards: what `shard` returned for ranges that cover all blocks, in any order.
        leaves: number of blocks.

    Returns:
        the sums of the whole side, bit by bit those of one pass.

    Raises:
        ArgumentError: the ranges leave a gap or overlap.
    """
    tree: Tree[Any] = exact_tree() if method == "exact" else sums_tree(method)
    covered: set[int] = set()
    for nodes in shards:
        for node in nodes:
            level, number = node["key"]
            blocks = set(range(number << level, min(leaves, (number + 1) << level)))
            if blocks & covered:
                raise ArgumentError("shards", f"block {min(blocks & covered)} twice", "each block once", "drop one")
            covered |= blocks
            tree.add((level, number), _from_json(node))
    if len(covered) != leaves:
        missing = min(set(range(leaves)) - covered)
        raise ArgumentError("shards", f"no block {missing}", f"all {leaves} blocks", "sum the missing range too")
    total: AnySums = tree.total()
    return total


def _to_json(node: AnySums) -> dict[str, Any]:
    found: dict[str, Any] = {"rows": node.rows, "error_squares": _array(node.error_squares.numpy())}
    if isinstance(node, Sums):
        return {**found, "matrix": _array(node.matrix.numpy())}
    parts = [
        [[list(exponents), [[_array(matrix), blocks] for matrix, blocks in terms]] for exponents, terms in part.items()]
        for part in node.parts
    ]
    return {**found, "parts": parts}


def _from_json(node: dict[str, Any]) -> AnySums:
    error_squares = _tensor(node["error_squares"])
    if "matrix" in node:
        return Sums(node["rows"], _tensor(node["matrix"]), error_squares)
    parts = tuple(
        {tuple(exponents): [(_numpy(matrix), blocks) for matrix, blocks in terms] for exponents, terms in part}
        for part in node["parts"]
    )
    return ExactSums(node["rows"], parts, error_squares)


def _array(values: np.ndarray) -> dict[str, Any]:
    little = values.astype(values.dtype.newbyteorder("<"), order="C", copy=False)
    text = base64.b64encode(little.tobytes()).decode("ascii")
    return {"dtype": little.dtype.str, "shape": list(values.shape), "base64": text}


def _numpy(array: dict[str, Any]) -> np.ndarray:
    values = np.frombuffer(base64.b64decode(array["base64"]), dtype=np.dtype(array["dtype"]))
    return values.reshape(array["shape"]).astype(values.dtype.newbyteorder("="))


def _tensor(array: dict[str, Any]) -> Tensor:
    return torch.from_numpy(_numpy(array))
