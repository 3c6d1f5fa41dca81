"""The bilinear form of an attention layer, for tables that are read in blocks."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import torch
from jaxtyping import Float, Float64
from torch import Tensor

from phase_latency.attention import Attention
from phase_latency.errors import ArgumentError
from phase_latency.numerics.bounded import Bounded
from phase_latency.numerics.layers import bounded_pieces
from phase_latency.numerics.propagation import inflated
from phase_latency.streaming.difference import DifferencePair
from phase_latency.streaming.factors import FactoredPair
from phase_latency.streaming.projections import Projection
from phase_latency.streaming.sources import BLOCK, Rows, TableSource


@dataclass(frozen=True, eq=False)
class NormalisedSource(TableSource):
    """What a table contributes to the input of a layer behind its normalisation, when the content is zero.

    Args:
        source: the table.
        layer: a float64 layer with a normalisation.
    """

    source: TableSource
    layer: Attention
    name: str = field(init=False)
    length: int = field(init=False)
    dim: int = field(init=False)
    dtype: torch.dtype = field(init=False)

    def __post_init__(self) -> None:
        """Take name and length from the table."""
        object.__setattr__(self, "name", self.source.name)
        self._shaped(self.source.length, self.layer.dim, torch.float64)

    def stored(self, size: int, start: int, stop: int) -> Iterator[Float[Tensor, "rows dim"]]:
        """The position pieces without their errors; see the class."""
        for piece in self._pieces(size, start, stop):
            yield piece.value

    def blocks(self, size: int = BLOCK, start: int = 0, stop: int | None = None) -> Iterator[Rows]:
        """The position pieces with the errors that normalisation makes of those of the table."""
        for piece in self._pieces(size, start, self.length if stop is None else stop):
            yield Rows(piece.value, inflated(torch.linalg.vector_norm(piece.error, dim=1)))

    def bounded_blocks(self, size: int = BLOCK, start: int = 0, stop: int | None = None) -> Iterator[Bounded]:
        """The position pieces with a bound for every entry."""
        yield from self._pieces(size, start, self.length if stop is None else stop)

    def _pieces(self, size: int, start: int, stop: int) -> Iterator[Bounded]:
        for table in self.source.bounded_blocks(size, start, stop):
            content = torch.zeros(table.shape[0], _content_width(self.layer, self.source), dtype=torch.float64)
            yield bounded_pieces(self.layer, content, table)[1]


def factored(
    layer: Attention | None, query_tables: tuple[TableSource, TableSource], key_tables: tuple[TableSource, TableSource]
) -> FactoredPair:
    """The positional logits of two tables under a layer, in difference form.

    Args:
        layer: attention layer, cast to float64; None for the Gram matrix.
        query_tables: reference and other table of the queries.
        key_tables: those of the keys; the same objects if they are the same tables.

    Returns:
        the logits ``scale (P W_q)(P W_k)^T`` of each head, behind the layer's normalisation and rotations at positions
        0, 1, ..., without biases.

    Raises:
        ArgumentError: tables that do not fit each other or the layer, or all zero.
        NotFiniteError: an entry of the first rows is infinite or NaN.
    """
    if layer is None:
        pairs = _pairs(query_tables, key_tables)
        if pairs[0].dim != pairs[1].dim:
            expected = f"width {pairs[0].dim}, as the queries"
            raise ArgumentError(key_tables[0].name, f"width {pairs[1].dim}", expected, "pass tables of one width")
        return FactoredPair(*pairs)
    layer = layer.to(torch.float64)
    for table in (*query_tables, *key_tables):
        _check_width(layer, table)
    dims = query_tables[0].dim, key_tables[0].dim
    if layer.norm is not None:
        normalised = {id(table): NormalisedSource(table, layer) for table in (*query_tables, *key_tables)}
        query_tables = normalised[id(query_tables[0])], normalised[id(query_tables[1])]
        key_tables = normalised[id(key_tables[0])], normalised[id(key_tables[1])]
        dims = layer.dim, layer.dim
    query, key = (
        Projection(_positional(weight, dim), layer.rotary)
        for weight, dim in zip((layer.w_q, layer.w_k), dims, strict=True)
    )
    return FactoredPair(*_pairs(query_tables, key_tables), query, key, layer.logit_scale)


def _pairs(
    query_tables: tuple[TableSource, TableSource], key_tables: tuple[TableSource, TableSource]
) -> tuple[DifferencePair, DifferencePair]:
    queries = DifferencePair.of(*query_tables)
    same = all(mine is theirs for mine, theirs in zip(query_tables, key_tables, strict=True))
    return queries, queries if same else DifferencePair.of(*key_tables)


def _positional(weight: Tensor, dim: int) -> Float64[Tensor, "heads dim head_dim"]:
    """The rows of a projection that the table meets: the last ones, if content and table are concatenated."""
    return weight[:, weight.shape[1] - dim :].contiguous()


def _content_width(layer: Attention, table: TableSource) -> int:
    return layer.dim if layer.combine == "additive" else layer.dim - table.dim


def _check_width(layer: Attention, table: TableSource) -> None:
    given = f"a table of width {table.dim}"
    if layer.combine == "additive" and table.dim != layer.dim:
        expected = f"a table that is {layer.dim} wide, as the layer"
        raise ArgumentError(table.name, given, expected, "pass the table that the layer was built for")
    if table.dim > layer.dim:
        expected = f"a width of at most {layer.dim}, as the layer"
        raise ArgumentError(table.name, given, expected, "pass the table that the layer was built for")
