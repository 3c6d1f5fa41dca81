"""The run-time type checker: shapes are held against each other, `Self` passes, the ledger is left alone."""

from typing import Self

import pytest
import torch
from jaxtyping import Float, TypeCheckError, jaxtyped
from torch import Tensor
from typechecker import checked


@jaxtyped(typechecker=checked)
def dot(x: Float[Tensor, " dim"], y: Float[Tensor, " dim"]) -> Float[Tensor, ""]:
    return (x * y).sum()


def test_shapes_that_agree_pass():
    assert dot(torch.ones(3), torch.ones(3)).item() == 3


@pytest.mark.parametrize("shape", [(1,), (2,), (3, 1), ()])
def test_twin_shapes_that_would_only_broadcast_are_refused(shape):
    with pytest.raises(TypeCheckError, match="dim"):
        dot(torch.ones(3), torch.ones(shape))


def test_a_wrong_dtype_and_a_wrong_kind_are_refused():
    for argument in (torch.ones(3, dtype=torch.int64), [1.0, 1.0, 1.0]):
        with pytest.raises(TypeCheckError):
            dot(torch.ones(3), argument)


class Chain:
    @checked
    def next(self, steps: int) -> Self:
        return self


def test_self_passes_and_its_neighbours_are_still_checked():
    chain = Chain()
    assert chain.next(1) is chain
    with pytest.raises(Exception, match="steps"):
        chain.next("one")


def test_the_ledger_is_left_alone_and_other_modules_are_not():
    def function(n: int) -> int:
        return n

    function.__module__ = "phase_latency.ledger.rules"
    assert checked(function)("one") == "one"
    function.__module__ = "phase_latency.attention"
    with pytest.raises(Exception, match="n="):
        checked(function)("one")
