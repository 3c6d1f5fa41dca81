"""Where positions enter a model: added to the tokens, by turning queries and keys, or as a bias on the logits.

Names are those of `phase_latency.encodings.parse_encoding`, and further

| name | is |
|---|---|
| ``none`` | no encoding |
| ``rank`` | the one-hot rank code through a learned matrix: a learned table |
| ``random`` | a random table, normal, of the mean square of a sinusoid (1/2), which is not trained |
| ``shuffled`` | the sinusoidal encoding, its rows permuted anew at every pass |
| ``centred(E)`` | E less its mean over the training positions |
| ``restored(E)`` | E times the factor that gives it the mean square of a sinusoid |
| ``whitened(E)`` | E less its mean, its principal directions scaled alike, with the mean square of a sinusoid |
| ``amplitude(A, E)`` | A times E |
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction

import torch
from jaxtyping import Float, Float64, Int64
from torch import Tensor

from phase_latency.encodings import Alibi, Rank, Rotary, Scaled, Table, parse_encoding
from phase_latency.encodings.additive import AdditiveEncoding
from phase_latency.errors import ArgumentError
from phase_latency.types import Positions

MEAN_SQUARE = 0.5  # of the entries of a sinusoidal encoding: the mean of sin^2 and cos^2
_WHITENED_DOWN_TO = 1e-6  # of the largest singular value: directions below are left out


@dataclass(frozen=True)
class Mapped:
    """An affine map of another encoding, ``(P(p) - mean) matrix``.

    Attributes:
        encoding: what is mapped.
        mean: (dim,) what is subtracted.
        matrix: (dim, dim).
    """

    encoding: AdditiveEncoding
    mean: Float64[Tensor, " dim"]
    matrix: Float64[Tensor, "dim dim"]

    @property
    def dim(self) -> int:
        """Width of the encoding."""
        return self.encoding.dim

    def __call__(self, positions: Positions, dtype: torch.dtype = torch.float64) -> Float[Tensor, "length dim"]:
        """Encode positions; see `AdditiveEncoding`.

        Args:
            positions: (length,) int64 or float64.
            dtype: dtype of the result, cast last.

        Returns:
            (length, dim) encoding.
        """
        return ((self.encoding(positions) - self.mean) @ self.matrix).to(dtype)


@dataclass(frozen=True)
class Placement:
    """What a model is given of some positions.

    Attributes:
        added: (length, dim) rows to be added to the tokens, or None.
        turning: cosine and sine, (length, channels) each, of a rotary encoding, or None.
        bias: (heads, length, length) to be added to the logits, or None.
        learned: whether `added` goes through a learned matrix.
    """

    added: Float[Tensor, "length dim"] | None = None
    turning: tuple[Float[Tensor, "length channels"], Float[Tensor, "length channels"]] | None = None
    bias: Float[Tensor, "heads length length"] | None = None
    learned: bool = False

    def shuffled(self, order: Int64[Tensor, " length"]) -> "Placement":
        """The same with the added rows in another order.

        Args:
            order: (length,) a permutation.

        Returns:
            the placement.
        """
        return self if self.added is None else replace(self, added=self.added[order])


@dataclass(frozen=True)
class Positional:
    """A positional encoding as a model takes it.

    Attributes:
        name: as `positional` reads it.
        encoding: one of `phase_latency.encodings`; None for no encoding.
        last: number of positions that it has a value for; None if there is no limit.
        learned: whether it goes through a learned matrix.
        shuffled: whether its rows are permuted anew at every pass.
    """

    name: str
    encoding: AdditiveEncoding | Rotary | Alibi | None
    last: int | None = None
    learned: bool = False
    shuffled: bool = False

    @property
    def dim(self) -> int:
        """Width of what is added, 0 if nothing is."""
        return self.encoding.dim if isinstance(self.encoding, AdditiveEncoding) else 0

    def place(self, positions: Positions, dtype: torch.dtype = torch.float32) -> Placement:
        """Give a model what it needs of some positions.

        Args:
            positions: (length,) int64 or float64.
            dtype: of the result; computed in float64 and cast last.

        Returns:
            what is added, turned by or biased with.

        Raises:
            ArgumentError: positions that the encoding has no value for.
        """
        if self.encoding is None:
            return Placement()
        if isinstance(self.encoding, Rotary):
            return Placement(turning=self.encoding.rotations(positions, dtype))
        if isinstance(self.encoding, Alibi):
            return Placement(bias=self.encoding.bias(positions, positions, dtype))
        return Placement(self.encoding(positions, dtype), learned=self.learned)


def positional(
    name: str, *, length: int, dim: int, heads: int, head_dim: int, generator: torch.Generator
) -> Positional:
    """Read the name of an encoding.

    Args:
        name: see the module.
        length: number of training positions: the size of tables, and what means are taken over.
        dim: width of what is added.
        heads: number of heads, of a bias.
        head_dim: width of a head, of a rotary encoding.
        generator: source of ``random``.

    Returns:
        the encoding.

    Raises:
        ArgumentError: there is no such encoding, or it cannot be changed in this way.
    """
    plain: dict[str, Callable[[], Positional]] = {
        "none": lambda: Positional(name, None),
        "rank": lambda: Positional(name, Rank(length), last=length, learned=True),
        "random": lambda: Positional(name, _random(length, dim, generator), last=length),
        "shuffled": lambda: Positional(name, parse_encoding("sinusoidal", dim, length), shuffled=True),
        "rotary": lambda: Positional(name, Rotary(head_dim)),
        "alibi": lambda: Positional(name, Alibi(heads)),
    }
    if name in plain:
        return plain[name]()
    match = re.fullmatch(r"(centred|restored|whitened|amplitude)\((.+)\)", name)
    if match is None or not (match[1] != "amplitude" or "," in match[2]):
        return Positional(name, parse_encoding(name, dim, length))
    kind, inside = match[1], match[2]
    number, _, inner = inside.partition(",") if kind == "amplitude" else ("", "", inside)
    sizes = {"length": length, "dim": dim, "heads": heads, "head_dim": head_dim}
    found = positional(inner.strip(), **sizes, generator=generator)
    if not isinstance(found.encoding, AdditiveEncoding) or found.learned or found.shuffled:
        raise ArgumentError("encoding", name, f"an additive encoding inside {kind}(...)", "wrap an additive one")
    if kind == "amplitude":
        return replace(found, name=name, encoding=Scaled(found.encoding, _number(number, name)))
    return replace(found, name=name, encoding=_mapped(kind, found.encoding, length))


def _number(text: str, name: str) -> float:
    try:
        return float(Fraction(text.strip()))
    except (ValueError, ZeroDivisionError, OverflowError):
        expected = "a decimal or a fraction before the comma"
        raise ArgumentError("encoding", name, expected, "write for example amplitude(1/64, random)") from None


def _random(length: int, dim: int, generator: torch.Generator) -> Table:
    return Table(torch.randn(length, dim, dtype=torch.float64, generator=generator) * MEAN_SQUARE**0.5)


def _mapped(kind: str, encoding: AdditiveEncoding, length: int) -> Mapped:
    rows = encoding(torch.arange(length))
    mean = torch.zeros(encoding.dim, dtype=torch.float64) if kind == "restored" else rows.mean(0)
    matrix = torch.eye(encoding.dim, dtype=torch.float64)
    if kind == "whitened":
        _, values, directions = torch.linalg.svd(rows - mean, full_matrices=False)
        kept = values > _WHITENED_DOWN_TO * values[0]
        matrix = directions[kept].mT @ (directions[kept] / values[kept, None])
    if kind in ("restored", "whitened"):
        matrix = matrix * (MEAN_SQUARE / ((rows - mean) @ matrix).square().mean()).sqrt()
    return Mapped(encoding, mean, matrix)
