"""Test an encoding of your own with pytest: copy this file, and put your encoding in the place of `MyRope`.

Run it with ``pytest examples/test_my_encoding.py``. An assertion that fails shows the smallest example, as a program to
copy; ``--phase-latency-report DIR`` writes it down for ``phase-latency replay``.
"""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from phase_latency import Rotary
from phase_latency.testing import (
    InvarianceAssertionError,
    assert_equivalent,
    assert_invariant,
    assert_not_invariant,
    invariant_under,
)


class MyRope(nn.Module):
    """A rotary encoding as one might write it, for x of shape (batch, heads, length, dim)."""

    def __init__(self, dim: int, base: float = 10000.0) -> None:
        super().__init__()
        self.frequencies = base ** -(torch.arange(0, dim, 2, dtype=torch.float64) / dim)

    def angles(self, x: Tensor, positions: Tensor) -> Tensor:
        return positions[:, None].double() * self.frequencies

    def forward(self, x: Tensor, positions: Tensor) -> Tensor:
        angles = self.angles(x, positions)
        cosine, sine = angles.cos().to(x.dtype), angles.sin().to(x.dtype)
        first, second = x[..., 0::2], x[..., 1::2]
        return torch.stack((first * cosine - second * sine, first * sine + second * cosine), -1).flatten(-2)


class HalfPrecisionRope(MyRope):
    """The same with a bug that was found in several libraries: positions in bfloat16, which has 8 bits for them."""

    def angles(self, x: Tensor, positions: Tensor) -> Tensor:
        return (positions[:, None].bfloat16() * self.frequencies.bfloat16()).double()


# -- one claim, one line ----------------------------------------------------------------------------------------------


def test_only_distances_count() -> None:
    assert_invariant(MyRope(8), "shift")


def test_distances_do_count() -> None:
    """Without this, an encoding that ignores positions would be as good."""
    assert_not_invariant(MyRope(8), "query-shift", up_to="row-constant")


# -- the same as decorators: the test builds the encoding, the claims say what is tested ------------------------------


@pytest.fixture
def dim() -> int:
    return 8


@invariant_under("shift", up_to="exact")
@invariant_under("cast(bfloat16)")
@invariant_under("history")
def test_my_rope(dim: int) -> MyRope:
    return MyRope(dim)


# -- against a reference ----------------------------------------------------------------------------------------------


def test_it_is_the_encoding_of_the_paper() -> None:
    assert_equivalent(MyRope(8), Rotary(8))


def test_the_other_layout_is_the_same_but_for_the_order_of_channels() -> None:
    assert_equivalent(MyRope(8), Rotary(8, layout="half-split"), relation="permuted")


# -- with Hypothesis: for any width, without its deadline of 0.2 s, which a check may take ----------------------------


@settings(deadline=None)
@given(st.integers(1, 6))
def test_any_width(channels: int) -> None:
    assert_invariant(MyRope(2 * channels), "shift", dim=2 * channels, length=32, quick=True)


# -- a bug, and what is said about it ---------------------------------------------------------------------------------


def test_positions_in_half_precision_are_found() -> None:
    with pytest.raises(InvarianceAssertionError, match="precision is lost in a dtype narrower than float32"):
        assert_invariant(HalfPrecisionRope(8), "shift")
