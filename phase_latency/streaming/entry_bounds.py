"""Bounds of entries that are not looked at, from a few numbers of each query and of each key.

An entry is an inner product ``l . r = A . x + dA . y``, at most ``|A||x| + |dA||y|`` by Cauchy and Schwarz. That misses
every cancellation between the columns, so there is a second bound: for any matrices T and Z,

    l . r = (T l) . (Z r) + l . (1 - T^T Z) r,        |l . r| <= |T l| |Z r| + |1 - T^T Z| |l| |r|,

whatever T and Z are; they are chosen such that the squares of |T l| and of |Z r| both sum to the nuclear norm of the
matrix, estimated from a sample. Then |T l||Z r| exceeds the largest entry by a factor of the order of the root of the
rank at most, at any length, where the Euclidean norm of a row exceeds it by up to the root of the length.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float64
from torch import Tensor

from phase_latency.numerics.norms import row_norms
from phase_latency.numerics.propagation import inflated
from phase_latency.numerics.roundoff import gamma, underflow, unit_roundoff
from phase_latency.streaming.tiles import Block

_UNIT, _UNDERFLOW = unit_roundoff(torch.float64), underflow(torch.float64)
# What is added to the inner products of the sample, relative to their mean: it keeps T and Z well conditioned, so that
# T^T Z is 1 up to about 1e-9.
_REGULARISATION = 1e-8
_WIDEST = 2.0**100  # ratio of units, so that what is brought to unit size does not underflow either


@dataclass(frozen=True, eq=False)
class Basis:
    """Change of basis of one side of the products.

    Attributes:
        matrix: (inner, inner) float64, T or Z in units in which both halves are of the same size.
        units: (inner,) powers of two that the columns are multiplied by first.
        leak: ``|1 - T^T Z|`` in the Frobenius norm, at most.
    """

    matrix: Float64[Tensor, "inner inner"]
    units: Float64[Tensor, " inner"]
    leak: float

    def norms(self, values: Float64[Tensor, "rows inner"]) -> Float64[Tensor, " rows"]:
        """Numbers whose products with those of the other side bound the entries.

        Args:
            values: (rows, inner) what is multiplied.

        Returns:
            (rows,) root of ``|T l|**2 + leak |l|**2``, rounded up.
        """
        scaled = values * self.units
        size = row_norms(scaled)
        rounding = gamma(len(self.units), _UNIT) * torch.linalg.matrix_norm(self.matrix)
        turned = row_norms(scaled @ self.matrix.mT) + rounding * size
        return inflated(torch.hypot(turned, self.leak**0.5 * size))


def bases(queries: Float64[Tensor, "rows inner"], keys: Float64[Tensor, "columns inner"]) -> tuple[Basis, Basis] | None:
    """Choose a change of basis by a sample.

    Args:
        queries: (rows, inner) some of the left factors.
        keys: (columns, inner) some of the right factors.

    Returns:
        T and Z; None if Cauchy and Schwarz bound the sample as well.
    """
    if not (len(queries) and len(keys)):
        return None
    units = _units(keys)
    left, right = (_gram(each) for each in (queries * units, keys / units))
    if left is None or right is None:
        return None
    root = _power(left, 0.5)
    middle = root @ right @ root
    first, second = _power(middle, 0.25) @ _power(left, -0.5), _power(middle, -0.25) @ root
    rounding = gamma(len(units), _UNIT) * torch.linalg.matrix_norm(first.abs().mT @ second.abs())
    identity = torch.eye(len(units), dtype=torch.float64)
    leak = float(inflated(torch.linalg.matrix_norm(identity - first.mT @ second) + 2 * rounding))
    found = Basis(first, units, leak), Basis(second, 1 / units, leak)
    sharper = float(found[0].norms(queries).amax() * found[1].norms(keys).amax())
    plain = float((half_norms(queries).amax(0) * half_norms(keys).amax(0)).sum())
    return found if sharper < 0.8 * plain else None


def half_norms(values: Float64[Tensor, "rows inner"]) -> Float64[Tensor, "rows 2"]:
    """Euclidean norms of both halves of each row, rounded up: of A and dA, or of x and y.

    Args:
        values: (rows, inner) what is multiplied.

    Returns:
        (rows, 2).
    """
    half = values.shape[1] // 2
    return torch.stack([row_norms(values[:, :half]), row_norms(values[:, half:])], 1)


@dataclass(frozen=True, eq=False)
class Strips:
    """Numbers of strips, which are a few consecutive positions each, of the queries or of the keys of one head.

    Attributes:
        size: positions of a strip.
        norms: (strips, 3) largest norm in the new basis (infinite if there is none), and of each half.
        most: (strips, 4) largest of each number that the bounds of entries are made of.
        least: (strips, 4) smallest of each; infinite if the strip is hidden.
    """

    size: int
    norms: Float64[Tensor, "strips 3"]
    most: Float64[Tensor, "strips 4"]
    least: Float64[Tensor, "strips 4"]

    @classmethod
    def hidden(cls, size: int, length: int) -> "Strips":
        """Strips of one side before any of it is read.

        Args:
            size: positions of a strip.
            length: number of positions.

        Returns:
            the strips, all hidden.
        """
        count = -(-length // size)
        norms, most = torch.zeros(count, 3, dtype=torch.float64), torch.zeros(count, 4, dtype=torch.float64)
        return cls(size, norms, most, torch.full((count, 4), torch.inf, dtype=torch.float64))

    def add(self, block: Block, basis: Basis | None) -> None:
        """Read some rows.

        Args:
            block: the rows.
            basis: the change of basis; None for none.
        """
        turned = block.values.new_full((len(block),), torch.inf) if basis is None else basis.norms(block.values)
        numbers = torch.cat([turned[:, None], half_norms(block.values)], 1)
        strip = (block.positions // self.size)[:, None]
        self.norms.scatter_reduce_(0, strip.expand(-1, 3), numbers, "amax")
        self.most.scatter_reduce_(0, strip.expand(-1, 4), block.errors, "amax")
        self.least.scatter_reduce_(0, strip.expand(-1, 4), block.errors, "amin")

    def coarse(self, alive: Bool[Tensor, " strips"], count: int) -> "Strips":
        """Joined to a few long strips, without those that are settled.

        Args:
            alive: (strips,) False for strips that are settled.
            count: number of strips, at most.

        Returns:
            the long strips.
        """
        joined = -(-len(alive) // count)
        short = -len(alive) % joined

        def pool(each: Tensor, empty: float) -> Tensor:
            kept = torch.where(alive[:, None], each, empty)
            padded = torch.cat([kept, kept.new_full((short, kept.shape[1]), empty)])
            return padded.view(-1, joined, kept.shape[1])

        return Strips(
            self.size * joined,
            pool(self.norms, 0.0).amax(1),
            pool(self.most, 0.0).amax(1),
            pool(self.least, torch.inf).amin(1),
        )


def entry_bound(
    queries: Float64[Tensor, "*rows 3"], keys: Float64[Tensor, "*columns 3"], inner: int
) -> Float64[Tensor, "..."]:
    """Bound of the entries between strips, from their `norms`.

    Args:
        queries: (..., 3) of strips of queries.
        keys: (..., 3) of strips of keys, of a shape that broadcasts.
        inner: length of the inner products.

    Returns:
        (...) bound of the magnitude of each entry, with the rounding of its own product.
    """
    plain = (queries[..., 1:] * keys[..., 1:]).sum(-1)
    turned = (queries[..., 0] * keys[..., 0]).nan_to_num(nan=torch.inf, posinf=torch.inf)
    bound = inflated(torch.minimum(turned, plain) + gamma(inner, _UNIT) * plain)
    zero = ((queries[..., 1:] == 0) | (keys[..., 1:] == 0)).all(-1)
    return torch.where(zero, 0.0, bound + 8 * _UNDERFLOW)


def _units(keys: Tensor) -> Tensor:
    """Powers of two that bring both halves of the keys to the same size, less their common factor."""
    half = keys.shape[1] // 2
    sizes = torch.stack([row_norms(keys[:, :half]).amax(), row_norms(keys[:, half:]).amax()])
    sizes = torch.where(sizes > 0, sizes, 1.0).clamp(1 / _WIDEST, _WIDEST)
    return torch.exp2(sizes.log2().round()).repeat_interleave(half)


def _gram(values: Tensor) -> Tensor | None:
    gram = values.mT @ values
    mean = float(gram.diagonal().mean())
    if not 0 < mean < float("inf"):
        return None
    return gram / mean + _REGULARISATION * torch.eye(len(gram), dtype=torch.float64)


def _power(matrix: Tensor, exponent: float) -> Tensor:
    """Power of a positive matrix; whatever is lost here makes the bound larger, not wrong."""
    values, vectors = torch.linalg.eigh((matrix + matrix.mT) / 2)
    power: Tensor = (vectors * values.clamp(min=1e-30).pow(exponent)) @ vectors.mT
    return power
