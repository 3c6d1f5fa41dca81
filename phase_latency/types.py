"""Named array types: the shapes and dtypes that the public functions exchange."""

from typing import TypeAlias

from jaxtyping import Float64, Int64
from torch import Tensor

# Positions (or spike times) are exact inputs, so they come in a dtype that can hold them: int64 or float64.
Positions: TypeAlias = Int64[Tensor, " length"] | Float64[Tensor, " length"]

# Latencies are seconds, hence never integer.
Latencies: TypeAlias = Float64[Tensor, " length"]
