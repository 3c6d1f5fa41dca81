"""How content and positional table meet in front of a layer: as a sum, or side by side."""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import pad

from phase_latency.errors import ArgumentError
from phase_latency.validation import check_fits


def summands(
    content: Float[Tensor, "length content_dim"],
    table: Float[Tensor, "length table_dim"] | None,
    combine: str,
    dim: int,
    dtype: torch.dtype,
) -> tuple[Float[Tensor, "length dim"], Float[Tensor, "length dim"]]:
    """Write the input of a layer as content summand plus position summand.

    A concatenated input ``[e ; P]`` is the sum of ``[e ; 0]`` and ``[0 ; P]``, exactly, so both kinds split alike.

    Args:
        content: (length, content_dim) content vectors e.
        table: (length, table_dim) positional table P; None for no positional information.
        combine: "additive" or "concatenated".
        dim: width of the input of the layer.
        dtype: dtype of the layer.

    Returns:
        (length, dim) content summand and (length, dim) position summand.

    Raises:
        ArgumentError: wrong rank, a dtype other than `dtype`, row counts that differ, or widths that do not make
            up `dim`.
        NotFiniteError: an entry is infinite or NaN.
    """
    check_fits(content, "content", "length content_dim", dtype, to="the layer")
    if table is None:
        table = content.new_zeros(len(content), dim if combine == "additive" else 0)
    else:
        check_fits(table, "table", f"{len(content)} table_dim", dtype, to="the layer")
    if combine == "concatenated":
        content_dim, table_dim = content.shape[1], table.shape[1]
        content, table = pad(content, (0, table_dim)), pad(table, (content_dim, 0))
    for argument, summand in (("content", content), ("table", table)):
        if summand.shape[1] != dim:
            expected = f"a width that makes the {combine} input {dim} wide"
            raise ArgumentError(argument, summand, expected, "pass the width that the layer was built for")
    return content, table
