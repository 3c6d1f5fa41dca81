"""Layers with a positional table and the same table scaled: what group C compares."""

from hypothesis import strategies as st
from torch import Tensor

from phase_latency.instance import observed
from phase_latency.numerics.bounded import Bounded, bounded
from phase_latency.numerics.layers import bounded_logits
from phase_latency.testing import strategies
from phase_latency.testing.strategies import LayerCase


def scaled_logits(case: LayerCase, content: Tensor) -> Bounded:
    """Logits of content plus the scaled table."""
    layer, scaled = case.layer, bounded(case.table) * case.a
    return observed(layer.logits(content, case.a * case.table), bounded_logits(layer, content, scaled))


def plain_logits(case: LayerCase, content: Tensor) -> Bounded:
    """Logits of content plus the table."""
    layer, table = case.layer, case.table
    return observed(layer.logits(content, table), bounded_logits(layer, content, table))


@st.composite
def layer_cases(draw: st.DrawFn) -> LayerCase:
    """Layers of every dtype, half of them near scale 1, where no part of a logit drowns the others."""
    dtype = draw(strategies.dtypes())
    near = draw(st.booleans())
    scale = strategies.moderate(dtype) if near else strategies.scales(dtype)
    amplitude = strategies.amplitudes(dtype, lowest=-3, highest=min(3, strategies.ceiling(dtype))) if near else None
    return draw(strategies.layer_cases(dtype, scale=scale, amplitude=amplitude))
