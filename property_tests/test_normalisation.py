"""LayerNorm and RMSNorm, against 50 digits and against torch."""

import math
from dataclasses import replace

import mpmath
import pytest
import torch
from a_priori_bounds import (
    SMALLEST_NORMAL,
    deviates,
    gamma,
)
from drawn_layers import normal
from hypothesis import assume, given
from hypothesis import strategies as st
from refusals import refusal
from torch import nn

from phase_latency.normalisation import LayerNorm, RMSNorm


def exact_normalisation(norm, row):
    """One row at 50 digits, and the bound of our own computation of it.

    The mean square is a mean of squares of centred entries c, each of which is off by delta = gamma_(d+2) (|x| +
    mean |x|); so it is off by mean(2 |c| delta + delta**2) + gamma_(d+3) mean((|c| + delta)**2), and half of that,
    relative to it and eps, moves the root.  The last term of the bound covers underflow.
    """
    with mpmath.workdps(50):
        x = [mpmath.mpf(entry) for entry in row]
        d = len(x)
        centre = mpmath.fsum(x) / d if isinstance(norm, LayerNorm) else mpmath.mpf(0)
        absolute = mpmath.fsum(map(abs, x)) / d if isinstance(norm, LayerNorm) else mpmath.mpf(0)
        c = [entry - centre for entry in x]
        delta = [gamma(d + 2) * (abs(entry) + absolute) for entry in x]
        square = mpmath.fsum(entry**2 for entry in c) / d + mpmath.mpf(norm.eps)
        square_error = mpmath.fsum(
            2 * abs(a) * b + b**2 + gamma(d + 3) * (abs(a) + b) ** 2 for a, b in zip(c, delta, strict=True)
        )
        if square < 1e-200:  # squares may underflow, and there is nothing to divide by
            return None
        relative = square_error / d / square
        if relative >= 0.25:  # an almost constant row: no digit of its variance is certain
            return None
        bias = [0.0] * d if norm.bias is None else norm.bias.tolist()
        exact = [a / mpmath.sqrt(square) * g + b for a, g, b in zip(c, norm.weight.tolist(), bias, strict=True)]
        bound = [
            (abs(a) * (relative + gamma(8)) + 2 * e) / mpmath.sqrt(square) * abs(g)
            + gamma(2) * abs(b)
            + SMALLEST_NORMAL * (1 + abs(g)) / mpmath.sqrt(square)
            for a, e, g, b in zip(c, delta, norm.weight.tolist(), bias, strict=True)
        ]
    return exact, bound


@given(
    st.sampled_from([LayerNorm, RMSNorm]),
    st.lists(st.floats(-100, 100), min_size=1, max_size=8),
    st.sampled_from([0.0, 1e-12, 1e-5]),
    st.integers(0, 2**16),
)
def test_normalisation_against_50_digits(kind, row, eps, seed):
    generator = torch.Generator().manual_seed(seed)
    bias = normal(generator, len(row)) if kind is LayerNorm else None
    norm = kind(normal(generator, len(row)), bias, eps)
    reference = exact_normalisation(norm, row)
    assume(reference is not None)
    ours = norm(torch.tensor([row], dtype=torch.float64))[0].tolist()
    for value, exact, bound in zip(ours, *reference, strict=True):
        assert abs(value - exact) <= bound


@pytest.mark.parametrize("kind", [LayerNorm, RMSNorm])
@pytest.mark.parametrize("change", [{"eps": 1e-4}, {"weight": torch.tensor([1.0, 2.0, 3.1]).double()}])
def test_twin_another_normalisation_exceeds_the_bound(kind, change):
    norm = kind(torch.tensor([1.0, 2.0, 3.0]).double(), None, 1e-5)
    row = [1.0, -0.5, 0.5]
    exact, bound = exact_normalisation(norm, row)
    wrong = replace(norm, **change)(torch.tensor([row], dtype=torch.float64))[0].tolist()
    assert any(abs(value - x) > b for value, x, b in zip(wrong, exact, bound, strict=True))


@pytest.mark.parametrize("eps", [1e-12, 1e-5, 0.5])
@pytest.mark.parametrize("affine", [True, False])
@pytest.mark.parametrize(("kind", "layer_kind"), [(LayerNorm, nn.LayerNorm), (RMSNorm, nn.RMSNorm)])
def test_normalisation_agrees_with_torch(kind, layer_kind, affine, eps):
    """On rows of +-2: mean 0 and mean square 4 are exact, so both sides make at most eight roundings after that."""
    layer = layer_kind(4, eps=eps, elementwise_affine=affine, dtype=torch.float64)
    for parameter in layer.parameters():
        parameter.data = normal(torch.Generator().manual_seed(2), 4)
    x = torch.tensor([[2.0, -2.0, 2.0, -2.0], [-2.0, -2.0, 2.0, 2.0]], dtype=torch.float64)
    ours = kind.from_torch(layer).to(torch.float64)
    weight = torch.ones(4) if layer.weight is None else layer.weight.detach().abs()
    size = weight + (0.0 if ours.bias is None else ours.bias.abs())
    with torch.no_grad():
        assert not deviates(ours(x), layer(x), 2 * gamma(8) * size)


def test_rms_norm_without_eps_uses_the_machine_epsilon_as_torch_does():
    layer = nn.RMSNorm(4, dtype=torch.float64)
    x = torch.full((1, 4), 1e-8, dtype=torch.float64)
    with torch.no_grad():
        assert not deviates(RMSNorm.from_torch(layer)(x), layer(x), 2 * gamma(16))


BAD_CALLS = [
    (lambda: LayerNorm(torch.ones(2, 2)), "weight: got Tensor of shape (2, 2)"),
    (lambda: LayerNorm(torch.ones(2), torch.ones(3)), "bias: got Tensor of shape (3,)"),
    (lambda: LayerNorm(torch.tensor([1.0, math.nan])), "weight[1]: got nan;"),
    (lambda: RMSNorm(torch.ones(2), eps=-1.0), "eps: got -1.0; expected a finite number >= 0"),
    (lambda: RMSNorm(torch.ones(2), eps=math.nan), "eps: got nan;"),
    (lambda: LayerNorm(torch.ones(6), eps=0.0)(torch.ones(3, 6)), "x: got Tensor of shape (3, 6)"),
    (lambda: RMSNorm(torch.ones(1).half())(torch.full((1, 1), 300.0).half()), "x: got Tensor of shape (1, 1)"),
    (lambda: LayerNorm.from_torch(nn.LayerNorm((2, 2))), "layer: got (2, 2); expected a normalisation over one axis"),
]


@pytest.mark.parametrize(("call", "message"), BAD_CALLS)
def test_bad_arguments(call, message):
    assert refusal(call).startswith(message)
