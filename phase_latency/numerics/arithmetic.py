"""The four operations of arithmetic: each is the torch operation on the computed values, beside its error rule."""

import operator
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, Self

from torch import Tensor

from phase_latency.numerics import propagation as rules
from phase_latency.numerics.propagation import Term

ErrorRule = Callable[[Term, Term, Tensor], Tensor]


class Arithmetic(ABC):
    """Operators between bounded tensors, plain tensors and Python numbers, in either order."""

    @abstractmethod
    def combined(self, operation: Callable[[Any, Any], Tensor], left: Any, right: Any, rule: ErrorRule) -> Self:
        """Run a torch operation on the computed operands and its error rule beside it.

        Args:
            operation: the operation, e.g. `operator.add`.
            left: first operand; it or the other one is `self`.
            right: second operand.
            rule: error of the result from the two operands and the computed result.

        Returns:
            the result with its error.
        """

    def __add__(self, other: Any) -> Self:
        """``x + y``."""
        return self.combined(operator.add, self, other, rules.sum_error)

    def __radd__(self, other: Any) -> Self:
        """``y + x``."""
        return self.combined(operator.add, other, self, rules.sum_error)

    def __sub__(self, other: Any) -> Self:
        """``x - y``."""
        return self.combined(operator.sub, self, other, rules.sum_error)

    def __rsub__(self, other: Any) -> Self:
        """``y - x``."""
        return self.combined(operator.sub, other, self, rules.sum_error)

    def __mul__(self, other: Any) -> Self:
        """``x y``."""
        return self.combined(operator.mul, self, other, rules.product_error)

    def __rmul__(self, other: Any) -> Self:
        """``y x``."""
        return self.combined(operator.mul, other, self, rules.product_error)

    def __truediv__(self, other: Any) -> Self:
        """``x/y``; nothing is certified where the exact denominator could be 0."""
        return self.combined(operator.truediv, self, other, rules.quotient_error)

    def __rtruediv__(self, other: Any) -> Self:
        """``y/x``; torch computes ``(1/x) y`` when y is a Python number."""
        rule = rules.quotient_error if isinstance(other, Tensor) else rules.reciprocal_error
        return self.combined(operator.truediv, other, self, rule)
