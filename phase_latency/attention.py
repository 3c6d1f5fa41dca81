"""Multi-head self-attention whose logits come apart into content and position.

For an input ``e + P`` (or ``[e ; P]``) the query and the key each split into a content and a position piece, and the
logit into four: content-content, content-position, position-content, position-position
(`additive-decomposition`).  The layer agrees with torch.nn.MultiheadAttention and with
torch.nn.functional.scaled_dot_product_attention on copied weights.
"""

import math
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, Self

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from phase_latency import formulas
from phase_latency.encodings import Alibi, Rotary
from phase_latency.errors import ArgumentError
from phase_latency.inputs import summands
from phase_latency.logit_parts import LogitParts
from phase_latency.masks import masked_logits
from phase_latency.normalisation import Normalisation
from phase_latency.types import Positions
from phase_latency.validation import check_array, check_dtype, check_fits, float64_positions


@dataclass(frozen=True, eq=False)
class Attention:
    """One multi-head self-attention layer, as a pure function of content and table.

    Args:
        w_q: (heads, dim, head_dim) query projections, applied from the right: ``x @ w_q[h]``.
        w_k: (heads, dim, head_dim) key projections.
        w_v: (heads, dim, value_dim) value projections.
        w_o: (heads * value_dim, out_dim) output projection of the concatenated heads; None leaves them concatenated.
        b_q: (heads, head_dim) query bias, or None.
        b_k: (heads, head_dim) key bias, or None.
        b_v: (heads, value_dim) value bias, or None.
        b_o: (out_dim,) output bias, or None.
        norm: LayerNorm or RMSNorm of the whole input ``e + P`` (or ``[e ; P]``) before the projections, or None.
        rotary: rotary encoding of queries and keys, or None.
        alibi: linear bias on the scaled logits, or None.
        combine: "additive" for the input ``e + P``, "concatenated" for ``[e ; P]``.
        scale: factor on query-key products; None stands for ``1/sqrt(head_dim)``.

    Raises:
        ArgumentError: shapes or dtypes that do not fit together, or a scale that is not finite.
        NotFiniteError: a weight or bias is infinite or NaN.
    """

    w_q: Float[Tensor, "heads dim head_dim"]
    w_k: Float[Tensor, "heads dim head_dim"]
    w_v: Float[Tensor, "heads dim value_dim"]
    w_o: Float[Tensor, "concatenated_dim out_dim"] | None = None
    b_q: Float[Tensor, "heads head_dim"] | None = None
    b_k: Float[Tensor, "heads head_dim"] | None = None
    b_v: Float[Tensor, "heads value_dim"] | None = None
    b_o: Float[Tensor, " out_dim"] | None = None
    norm: Normalisation | None = None
    rotary: Rotary | None = None
    alibi: Alibi | None = None
    combine: Literal["additive", "concatenated"] = "additive"
    scale: float | int | None = None

    def __post_init__(self) -> None:
        """Check that the weights, the biases and the encodings fit together."""
        check_array(self.w_q, "w_q", "heads dim head_dim")
        check_array(self.w_v, "w_v", "heads dim value_dim")
        heads, dim, head_dim = self.w_q.shape
        value_dim = self.w_v.shape[2]
        for name, shape in (
            ("w_k", f"{heads} {dim} {head_dim}"),
            ("w_v", f"{heads} {dim} {value_dim}"),
            ("w_o", f"{heads * value_dim} out_dim"),
            ("b_q", f"{heads} {head_dim}"),
            ("b_k", f"{heads} {head_dim}"),
            ("b_v", f"{heads} {value_dim}"),
            ("b_o", "out_dim" if self.w_o is None else f"{self.w_o.shape[-1]}"),
        ):
            array = getattr(self, name)
            if array is not None:
                check_fits(array, name, shape, self.dtype, to="w_q")
        self._check_options()

    @property
    def heads(self) -> int:
        """Number of heads."""
        return self.w_q.shape[0]

    @property
    def dim(self) -> int:
        """Width of the input: of ``e + P``, or of ``[e ; P]``."""
        return self.w_q.shape[1]

    @property
    def head_dim(self) -> int:
        """Width of the queries and keys of one head."""
        return self.w_q.shape[2]

    @property
    def dtype(self) -> torch.dtype:
        """Dtype of the weights, of the inputs they accept and of everything computed from them."""
        return self.w_q.dtype

    @property
    def logit_scale(self) -> float:
        """Factor on query-key products, ``1/sqrt(head_dim)`` unless `scale` says otherwise."""
        return 1 / math.sqrt(self.head_dim) if self.scale is None else float(self.scale)

    @classmethod
    def from_torch(cls, layer: nn.MultiheadAttention) -> Self:
        """Copy the weights of a torch layer.

        Args:
            layer: self-attention layer (kdim = vdim = embed_dim), without bias_k, bias_v and add_zero_attn, and
                without dropout unless in eval mode.

        Returns:
            the same layer, detached, in the dtype of its weights.

        Raises:
            ArgumentError: the layer does more than self-attention.
        """
        _check_self_attention(layer)
        heads, head_dim = layer.num_heads, layer.head_dim

        def per_head(weight: Tensor) -> Tensor:
            # torch stores (out, in), heads one after the other along out.
            return weight.detach().reshape(heads, head_dim, -1).mT.clone()

        w_q, w_k, w_v = (per_head(weight) for weight in layer.in_proj_weight.chunk(3))
        b_q = b_k = b_v = b_o = None
        if layer.in_proj_bias is not None:
            b_q, b_k, b_v = layer.in_proj_bias.detach().clone().reshape(3, heads, head_dim)
            b_o = layer.out_proj.bias.detach().clone()
        w_o = layer.out_proj.weight.detach().mT.clone()
        return cls(w_q, w_k, w_v, w_o, b_q, b_k, b_v, b_o)

    def to(self, dtype: torch.dtype) -> Self:
        """Return the same layer with its weights cast to another dtype.

        Args:
            dtype: a floating dtype.

        Returns:
            a new layer.

        Raises:
            ArgumentError: the dtype is not floating.
        """
        check_dtype(dtype)
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        cast: dict[str, Any] = {
            name: value.to(dtype) for name, value in values.items() if isinstance(value, Tensor | Normalisation)
        }
        return replace(self, **cast)

    def inputs(
        self, content: Float[Tensor, "length content_dim"], table: Float[Tensor, "length table_dim"] | None = None
    ) -> Float[Tensor, "length dim"]:
        """What the projections see: ``e + P`` or ``[e ; P]``, normalised.

        Args:
            content: (length, dim) content vectors e; (length, dim - table_dim) when concatenated.
            table: (length, dim) positional table P; None for a layer without one.

        Returns:
            (length, dim).

        Raises:
            ArgumentError: shapes or dtypes that do not fit the layer.
            NotFiniteError: an entry is infinite or NaN.
        """
        summand, positional = self._summands(content, table)
        total = summand + positional
        return total if self.norm is None else self.norm(total)

    def pieces(
        self, content: Float[Tensor, "length content_dim"], table: Float[Tensor, "length table_dim"] | None = None
    ) -> tuple[Float[Tensor, "length dim"], Float[Tensor, "length dim"]]:
        """What content and table each contribute to `inputs`.

        Args:
            content: as for `inputs`.
            table: as for `inputs`.

        Returns:
            (length, dim) content piece and (length, dim) position piece, which add up to `inputs` in real
            arithmetic.  Behind a normalisation its statistics are those of the sum, and its offset is content.

        Raises:
            ArgumentError: shapes or dtypes that do not fit the layer.
            NotFiniteError: an entry is infinite or NaN.
        """
        summand, positional = self._summands(content, table)
        return (summand, positional) if self.norm is None else self.norm.split(summand, positional)

    def logits(
        self,
        content: Float[Tensor, "length content_dim"],
        table: Float[Tensor, "length table_dim"] | None = None,
        positions: Positions | None = None,
    ) -> Float[Tensor, "heads length length"]:
        """Scaled query-key products, before mask and softmax.

        Args:
            content: (length, dim) content vectors e; (length, dim - table_dim) when concatenated.
            table: (length, dim) positional table P; None for a layer without one.
            positions: (length,) int64 or float64; needed by rotary and ALiBi layers, and by them only.

        Returns:
            (heads, length, length) logits, query position first.

        Raises:
            ArgumentError: shapes, dtypes or positions that do not fit the layer.
            NotFiniteError: an entry is infinite or NaN.
        """
        x = self.inputs(content, table)
        query = self._turned(_project(x, self.w_q, self.b_q), positions)
        key = self._turned(_project(x, self.w_k, self.b_k), positions)
        return self._biased(formulas.scores(query, key, self.logit_scale), positions)

    def parts(
        self,
        content: Float[Tensor, "length content_dim"],
        table: Float[Tensor, "length table_dim"] | None = None,
        positions: Positions | None = None,
        bias_in: Literal["content", "position"] = "content",
    ) -> LogitParts:
        """The four parts that add up to the logits.

        In real arithmetic the sum is exact, also behind LayerNorm and RMSNorm, because the statistics of the sum
        ``e + P`` are held fixed in all four parts.  So behind a normalisation the parts say where *these* logits
        come from; they do not say how the logits change when the table is scaled, for that changes the statistics.
        Rotations are linear and act on both pieces; without a table everything is content, so a rotary encoding
        scales the whole logit (`lemma-1-rotary`).  The ALiBi bias depends on positions only and is counted as
        position-position.

        Args:
            content: as for `logits`.
            table: as for `logits`.
            positions: as for `logits`.
            bias_in: where b_q and b_k are counted.  `lemma-1` needs "content": counted as "position", the query
                bias is a term of the positional logit that is linear in the amplitude (`query-bias-breaks-scale`).

        Returns:
            the four parts, each (heads, length, length).

        Raises:
            ArgumentError: shapes, dtypes, positions or `bias_in` outside what is accepted.
            NotFiniteError: an entry is infinite or NaN.
        """
        if bias_in not in ("content", "position"):
            raise ArgumentError("bias_in", bias_in, "content or position", "say where the projection biases belong")
        pieces = self.pieces(content, table)
        queries = self._projected_pieces(pieces, self.w_q, self.b_q, bias_in, positions)
        keys = self._projected_pieces(pieces, self.w_k, self.b_k, bias_in, positions)
        cc, cp, pc, pp = (formulas.scores(query, key, self.logit_scale) for query in queries for key in keys)
        return LogitParts(cc, cp, pc, self._biased(pp, positions))

    @staticmethod
    def weights(
        logits: Float[Tensor, "heads length length"], mask: Bool[Tensor, "length length"] | None = None
    ) -> Float[Tensor, "heads length length"]:
        """Attention weights: softmax of the masked logits over the keys.

        Args:
            logits: (heads, length, length), query position first.
            mask: (length, length), True where a query may attend to a key; see `causal_mask` and `padding_mask`.

        Returns:
            (heads, length, length), rows that add up to 1.

        Raises:
            ArgumentError: the mask does not fit, or leaves a query without any key.
            NotFiniteError: a logit is NaN or +inf.
        """
        return torch.softmax(masked_logits(logits, mask), dim=-1)

    def outputs(
        self,
        content: Float[Tensor, "length content_dim"],
        table: Float[Tensor, "length table_dim"] | None = None,
        positions: Positions | None = None,
        mask: Bool[Tensor, "length length"] | None = None,
    ) -> Float[Tensor, "length out_dim"]:
        """Outputs of the layer.  With a table the values carry it too (`value-path`).

        Args:
            content: as for `logits`.
            table: as for `logits`.
            positions: as for `logits`.
            mask: as for `weights`.

        Returns:
            (length, out_dim) outputs; the concatenated heads (length, heads * value_dim) if the layer has no w_o.

        Raises:
            ArgumentError: shapes, dtypes, positions or mask that do not fit the layer.
            NotFiniteError: an entry is infinite or NaN.
        """
        weights = self.weights(self.logits(content, table, positions), mask)
        values = _project(self.inputs(content, table), self.w_v, self.b_v)
        concatenated = (weights @ values).transpose(0, 1).flatten(1)
        if self.w_o is None:
            return concatenated
        output: Tensor = formulas.project(concatenated, self.w_o, self.b_o)
        return output

    def _summands(self, content: Tensor, table: Tensor | None) -> tuple[Tensor, Tensor]:
        return summands(content, table, self.combine, self.dim, self.dtype)

    def _projected_pieces(
        self,
        pieces: tuple[Tensor, Tensor],
        weight: Tensor,
        bias: Tensor | None,
        bias_in: str,
        positions: Positions | None,
    ) -> tuple[Tensor, Tensor]:
        content, position = pieces
        content_bias, position_bias = (bias, None) if bias_in == "content" else (None, bias)
        return (
            self._turned(_project(content, weight, content_bias), positions),
            self._turned(_project(position, weight, position_bias), positions),
        )

    def _turned(self, heads: Tensor, positions: Positions | None) -> Tensor:
        if self.rotary is None:
            return heads
        return self.rotary.apply(heads, self._needed(positions, heads.shape[1]))

    def _biased(self, logits: Tensor, positions: Positions | None) -> Tensor:
        if self.alibi is None:
            return logits
        needed = self._needed(positions, logits.shape[1])
        return logits + self.alibi.bias(needed, needed, logits.dtype)

    def _needed(self, positions: Positions | None, length: int) -> Tensor:
        if positions is None:
            raise ArgumentError("positions", None, "explicit positions for rotary and ALiBi layers", "pass positions")
        if len(float64_positions(positions)) != length:
            raise ArgumentError("positions", positions, f"{length} positions, one per content row", "pass one per row")
        return positions

    def _check_options(self) -> None:
        if self.b_o is not None and self.w_o is None:
            raise ArgumentError("b_o", self.b_o, "None for a layer without w_o", "pass w_o too")
        if self.norm is not None:
            check_fits(self.norm.weight, "norm.weight", f"{self.dim}", self.dtype, to="w_q")
        if self.rotary is not None and self.rotary.dim != self.head_dim:
            raise ArgumentError("rotary", self.rotary, f"width head_dim = {self.head_dim}", "build it with that width")
        if self.alibi is not None and self.alibi.heads != self.heads:
            raise ArgumentError("alibi", self.alibi, f"{self.heads} heads, as w_q", "build it with that many heads")
        if self.combine not in ("additive", "concatenated"):
            raise ArgumentError("combine", self.combine, "additive or concatenated", "say how content meets position")
        if self.scale is not None and not math.isfinite(self.scale):
            raise ArgumentError("scale", self.scale, "a finite number or None", "pass the factor on the logits")


def _project(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """Project rows to every head: (length, dim) by (heads, dim, head_dim) to (heads, length, head_dim)."""
    projected: Tensor = formulas.project(x, weight, None if bias is None else bias[:, None, :])
    return projected


def _check_self_attention(layer: nn.MultiheadAttention) -> None:
    if layer.kdim != layer.embed_dim or layer.vdim != layer.embed_dim:
        raise ArgumentError("layer", (layer.kdim, layer.vdim), "kdim = vdim = embed_dim", "use a self-attention layer")
    if layer.bias_k is not None or layer.bias_v is not None or layer.add_zero_attn:
        raise ArgumentError("layer", layer, "no bias_k, bias_v or add_zero_attn", "build it without extra keys")
    if layer.dropout and layer.training:
        raise ArgumentError("layer", layer.dropout, "no dropout, which is random", "call .eval() first")
