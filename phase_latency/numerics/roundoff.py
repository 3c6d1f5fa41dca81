"""What a floating-point number can do on this machine: unit roundoff, underflow, and how matrix products accumulate.

The model is that of Higham, *Accuracy and Stability of Numerical Algorithms* (2nd edition, 2002), chapters 2 and 3:
``fl(x op y) = (x op y)(1 + delta) + eta`` with ``|delta| <= u`` and ``|eta|`` at most the smallest subnormal number.
Inner products of length n err by at most ``gamma_n = n u/(1 - n u)`` times the product of absolute values, in any order
of summation and with or without fused multiply-add. bfloat16 and float16 products are summed in float32 and rounded
once at the end, on processors where torch does so; :func:`require_accumulator` looks, and refuses where it does not.
"""

import math

import torch
from torch import Tensor

from phase_latency.errors import ArgumentError, PhaseLatencyError

# The dtypes whose arithmetic the bounds describe, each with the dtype its inner products and functions are computed in.
_ACCUMULATION_DTYPE = {
    torch.float64: torch.float64,
    torch.float32: torch.float32,
    torch.bfloat16: torch.float32,
    torch.float16: torch.float32,
}
DTYPES: tuple[torch.dtype, ...] = tuple(_ACCUMULATION_DTYPE)

# Ones summed between two cancelling giants by the probe; representable in every dtype above.
_PROBE_ONES = 256


class UncertifiedError(PhaseLatencyError):
    """No rounding bound can be certified: the machine, or the computation, is outside what the bounds describe.

    Args:
        subject: what was to be bounded.
        observed: what was found instead.
        remedy: what the caller should do, as an imperative.
    """

    def __init__(self, subject: str, observed: str, remedy: str) -> None:
        """Compose the message."""
        self.subject = subject
        self.observed = observed
        self.remedy = remedy
        super().__init__(f"{subject}: {observed}; no rounding bound can be certified; {remedy}")

    def __reduce__(self) -> tuple[type["UncertifiedError"], tuple[str, str, str]]:
        """Pickle by constructor arguments."""
        return type(self), (self.subject, self.observed, self.remedy)


def accumulation_dtype(dtype: torch.dtype) -> torch.dtype:
    """Dtype in which inner products and elementary functions of `dtype` are computed before one final rounding.

    Args:
        dtype: float64, float32, bfloat16 or float16.

    Returns:
        float64 for float64, float32 for the others.

    Raises:
        ArgumentError: no rounding model is known for `dtype`.
    """
    if dtype not in _ACCUMULATION_DTYPE:
        names = ", ".join(str(known).removeprefix("torch.") for known in DTYPES)
        raise ArgumentError("dtype", dtype, f"one of {names}", "cast the tensor with .to(torch.float64)")
    return _ACCUMULATION_DTYPE[dtype]


def unit_roundoff(dtype: torch.dtype) -> float:
    """Largest relative error ``u`` of rounding to nearest: half the distance from 1 to the next larger number.

    Args:
        dtype: float64, float32, bfloat16 or float16.

    Returns:
        ``2**-53``, ``2**-24``, ``2**-8`` or ``2**-11``.

    Raises:
        ArgumentError: no rounding model is known for `dtype`.
    """
    accumulation_dtype(dtype)
    return torch.finfo(dtype).eps / 2


def cast_roundoff(dtype: torch.dtype) -> float:
    """Largest relative error of a cast from float64: torch goes through float32 to narrower dtypes, and rounds twice.

    Args:
        dtype: float64, float32, bfloat16 or float16.

    Returns:
        u of the dtype, for bfloat16 and float16 with 2 u of float32 on top.

    Raises:
        ArgumentError: no rounding model is known for `dtype`.
    """
    through = accumulation_dtype(dtype)
    return unit_roundoff(dtype) + (0.0 if through == dtype else 2 * unit_roundoff(through))


def underflow(dtype: torch.dtype) -> float:
    """Smallest positive subnormal number: an upper bound of the absolute error of a result that underflows.

    Args:
        dtype: float64, float32, bfloat16 or float16.

    Returns:
        ``2**-1074``, ``2**-149``, ``2**-133`` or ``2**-24``.

    Raises:
        ArgumentError: no rounding model is known for `dtype`.
    """
    accumulation_dtype(dtype)
    return torch.finfo(dtype).smallest_normal * torch.finfo(dtype).eps


def gamma(n: int, u: float) -> float:
    """Higham's ``gamma_n = n u/(1 - n u)``: relative error of n roundings in a row, or of a sum of n products.

    Args:
        n: number of roundings, at least 0.
        u: unit roundoff, :func:`unit_roundoff`.

    Returns:
        gamma_n, dimensionless.

    Raises:
        UncertifiedError: ``n u >= 1``: so many roundings can lose every digit.
    """
    if n * u >= 1:
        remedy = "evaluate in a wider dtype, e.g. .to(torch.float64)"
        raise UncertifiedError("gamma", f"{n} roundings of unit roundoff {u:g} in a row", remedy)
    return n * u / (1 - n * u)


def require_accumulator(dtype: torch.dtype) -> None:
    """Check on this machine, now, that products accumulate as the bounds assume.

    Costs about 1 ms and is not cached, because torch's switches (`set_float32_matmul_precision`,
    `set_flush_denormal`) can be thrown between two calls.

    Args:
        dtype: float64, float32, bfloat16 or float16.

    Raises:
        ArgumentError: no rounding model is known for `dtype`.
        UncertifiedError: this machine rounds otherwise; the message says what was observed.
    """
    name, accumulator = (str(each).removeprefix("torch.") for each in (dtype, accumulation_dtype(dtype)))
    remedy = "evaluate in float64, or restore torch's default precision switches"
    for product, deviation in probe_accumulator(dtype).items():
        if deviation:
            observed = f"{product} is off by {deviation:g} from sums in {accumulator} rounded to nearest"
            raise UncertifiedError(f"{name} matrix product", observed, remedy)
    if flushes_subnormals(dtype):
        raise UncertifiedError(f"{name} arithmetic", "subnormal numbers are flushed to zero", remedy)


def probe_accumulator(dtype: torch.dtype) -> dict[str, float]:
    """How far three tell-tale inner products are from what the accumulation dtype gives, with rounding to nearest.

    ``[g, 1, ..., 1, -g] . 1`` is the number of ones if every partial sum, up to ``g = 1/(2u)``, keeps its units;
    ``[g, 3/4, -g] . 1`` is 1 (or 3/4, if the giants meet first) if sums are rounded to nearest, and 0 if truncated;
    ``[1 + 2u, 0, ..., 0] . 1`` is 1 if the factors themselves are rounded to fewer digits.

    Args:
        dtype: float64, float32, bfloat16 or float16.

    Returns:
        largest absolute deviation of each product, 0.0 if it accumulates as assumed; vector, matrix and batched
        matrix products are tried, since they may run in different kernels.

    Raises:
        ArgumentError: no rounding model is known for `dtype`.
    """
    ones = _products(*_between_giants(1.0, _PROBE_ONES, dtype))
    fraction = _products(*_between_giants(0.75, 1, dtype))
    digits = torch.zeros(_PROBE_ONES, dtype=dtype)
    digits[0] = 1 + torch.finfo(dtype).eps
    factors = _products(digits, torch.ones_like(digits))
    return {
        "[g, 1, ..., 1, -g] . 1": float((ones - _PROBE_ONES).abs().max()),
        "[g, 3/4, -g] . 1": float(((fraction - 0.875).abs() - 0.125).clamp(min=0).max()),
        "[1 + 2u, 0, ..., 0] . 1": float((factors - digits[0].double()).abs().max()),
    }


def flushes_subnormals(dtype: torch.dtype) -> bool:
    """Whether elementwise arithmetic in `dtype` replaces subnormal numbers by zero on this thread.

    Args:
        dtype: float64, float32, bfloat16 or float16.

    Returns:
        True if half the smallest normal number comes out as 0.

    Raises:
        ArgumentError: no rounding model is known for `dtype`.
    """
    accumulation_dtype(dtype)
    smallest_normal = torch.full((16,), torch.finfo(dtype).smallest_normal, dtype=dtype)
    return not bool((smallest_normal * 0.5).all())


def _between_giants(entry: float, count: int, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """Factors of an inner product ``g + entry + ... + entry - g``, g the largest power of 2 with spacing 1."""
    giant = 0.5 / unit_roundoff(accumulation_dtype(dtype))
    factor = 2.0 ** (math.frexp(giant)[1] // 2)  # g is split in two, else it overflows float16
    left, right = torch.full((count + 2,), entry, dtype=dtype), torch.ones(count + 2, dtype=dtype)
    left[0], left[-1] = giant / factor, -giant / factor
    right[0] = right[-1] = factor
    return left, right


def _products(left: Tensor, right: Tensor) -> Tensor:
    """The same inner product as a vector, a matrix and a batched matrix product, in float64; and as NumPy forms it."""
    # Torch picks its kernel by size; 32 rows are enough to see those that round factors to fewer digits.
    rows, columns = left.expand(32, -1).contiguous(), right[:, None].expand(-1, 32).contiguous()
    batch = rows.expand(2, -1, -1).contiguous() @ columns.expand(2, -1, -1).contiguous()
    products = [left @ right, rows @ columns, batch]
    if left.dtype == torch.float64:  # Gram matrices are products of NumPy, which has a library of its own
        both = torch.stack([left, right], 1).numpy()
        products.append(torch.from_numpy(both.T @ both)[0, 1])
    return torch.cat([product.double().flatten() for product in products])
