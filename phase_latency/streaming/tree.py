"""Sums in the shape of a binary tree over blocks: the same result whoever adds which blocks, and little rounding.

Leaves are numbered blocks of rows. Two nodes side by side are merged as soon as both are there, as digits carry in a
binary counter; what is left in the end is merged from the right. The shape depends on the number of leaves alone:
shards that are summed by different workers give the same bits as one pass, and a rounding error passes through log2 of
the number of leaves merges instead of through all of them.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Node = TypeVar("Node")
Key = tuple[int, int]  # level, and number within the level


@dataclass(eq=False)
class Tree(Generic[Node]):
    """Nodes that are not merged yet; at most about one on each level.

    Attributes:
        merge: makes one node of two neighbours, the left one first.
        nodes: by level and number: node (l, i) is made of the leaves ``i 2**l`` to ``(i + 1) 2**l - 1``.
    """

    merge: Callable[[Node, Node], Node]
    nodes: dict[Key, Node] = field(default_factory=dict)

    def add(self, key: Key, node: Node) -> None:
        """Add a node, merging whatever has become complete.

        Args:
            key: level and number; (0, i) for leaf i.
            node: what is there.
        """
        level, number = key
        while (neighbour := self.nodes.pop((level, number ^ 1), None)) is not None:
            node = self.merge(neighbour, node) if number % 2 else self.merge(node, neighbour)
            level, number = level + 1, number // 2
        self.nodes[level, number] = node

    def add_all(self, nodes: Iterable[tuple[Key, Node]]) -> None:
        """Add the nodes of another tree, over other leaves.

        Args:
            nodes: keys and nodes, in any order.
        """
        for key, node in nodes:
            self.add(key, node)

    def total(self) -> Node:
        """Merge what is left, from the right.

        Returns:
            the node of all leaves; there must be one at least, and no gap between them.
        """
        rightmost_first = sorted(self.nodes, key=lambda key: key[1] << key[0], reverse=True)
        node = self.nodes[rightmost_first[0]]
        for key in rightmost_first[1:]:
            node = self.merge(self.nodes[key], node)
        return node


def depth(leaves: int) -> int:
    """Most merges that a leaf passes through.

    Args:
        leaves: number of leaves, >= 1.

    Returns:
        number of merges.
    """
    return 2 * max(1, leaves.bit_length())
