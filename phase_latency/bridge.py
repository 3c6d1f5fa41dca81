"""From symbols to tensors: evaluates a term of a statement on measured quantities, with its certified error.

The only module that knows both SymPy and torch. Numbers, powers and elementary functions go through `sympy.lambdify`
with the functions of :mod:`phase_latency.numerics.functions`; inner products, matrices and sums over an index, which
lambdify cannot print, are evaluated first and handed to it as arguments. Everything is computed on
:class:`~phase_latency.numerics.bounded.Bounded` tensors in float64, so what comes back is a number and how far it can
be from the exact value of the term.
"""

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any, TypeAlias

import sympy
import torch
from sympy import (
    Add,
    Dummy,
    Expr,
    Idx,
    Indexed,
    MatAdd,
    MatMul,
    MatrixExpr,
    MatrixSymbol,
    Mul,
    Pow,
    Sum,
    Symbol,
    Transpose,
    ZeroMatrix,
    ceiling,
)

from phase_latency.errors import ArgumentError
from phase_latency.ledger.evaluation import free_indices
from phase_latency.ledger.terms import Apply, Before, Defined, Dot, Indicator
from phase_latency.numerics.bounded import Bounded, Operand, bounded
from phase_latency.numerics.functions import FUNCTIONS

# A term (symbol, sequence, vector, matrix, or any compound of them) and what it stands for.
Bindings: TypeAlias = Mapping[Any, Operand]

_EXACT_INTEGERS = 2**53
_CONSTANTS = {
    # The float next to the constant, and half a unit in its last place.
    sympy.pi: Bounded(torch.tensor(math.pi, dtype=torch.float64), torch.tensor(2.0**-52, dtype=torch.float64)),
}


def predict(term: Any, bindings: Bindings) -> Bounded:
    """Evaluate a scalar term, with measured quantities in place of its parts.

    A key of `bindings` is replaced where it stands as written, before definitions are unfolded: a symbol, a sequence,
    a vector or a matrix, but also a whole subterm such as ``Dot(P, Q)``. Values have leading axes that broadcast
    against each other: a scalar is bound to (...), a vector of n entries to (..., n), an m by n matrix to (..., m, n).

    In a term with an index the *last* axis of every scalar belongs to it: a sequence ``u`` is bound to (..., size), and
    so is an index that stands as a number, and an entry such as ``u[2*i]``, as it is written; a scalar that is no
    number is bound to (..., 1). A sum adds up that axis. It is dropped from the result if no index
    remains free.

    Args:
        term: scalar term, for example one side of a claim.
        bindings: for each key a Bounded tensor, a float64 tensor (taken as exact), or an int, float or Fraction.

    Returns:
        (...) float64 value of the term with its certified error.

    Raises:
        ArgumentError: a symbol that is not bound, a value that is not float64, or a part that cannot be evaluated.
    """
    values = {key: _float64(key, value) for key, value in bindings.items()}
    result = _scalar(sympy.sympify(term), values)
    if not term.has(Idx) or free_indices(term) or result.ndim == 0:
        return result
    if result.shape[-1] != 1:
        expected = "an axis of length 1, at the end, for every quantity that has no index"
        raise ArgumentError("bindings", tuple(result.shape), expected, "add it with unsqueeze(-1)")
    return result[..., 0]


def _float64(key: Any, value: Operand) -> Bounded:
    result = bounded(value)
    if result.dtype != torch.float64:
        raise ArgumentError(f"bindings[{key}]", result.dtype, "float64", "cast it with .double() or .to(torch.float64)")
    return result


# -- scalars --------------------------------------------------------------------------------------------------


def _scalar(term: Expr, values: Mapping[Any, Bounded]) -> Bounded:
    """Value of a scalar term: its leaves are evaluated, and lambdify computes the rest from them."""
    leaf = _leaf(term, values)
    if leaf is not None:
        return leaf
    leaves: dict[Dummy, Bounded] = {}
    skeleton = _skeleton(term, values, leaves)
    evaluate = sympy.lambdify(list(leaves), skeleton, modules=[dict(FUNCTIONS)])
    return bounded(evaluate(*leaves.values()))


def _skeleton(term: Expr, values: Mapping[Any, Bounded], leaves: dict[Dummy, Bounded]) -> Expr:
    """The term with a fresh symbol for each leaf; what the leaves are worth is entered into `leaves`."""
    leaf = _leaf(term, values)
    if leaf is not None:
        name = Dummy()
        leaves[name] = leaf
        return name
    if term.is_Integer:
        return term
    if isinstance(term, Pow) and term.exp.is_Rational:
        return Pow(_skeleton(term.base, values, leaves), term.exp, evaluate=False)
    if not isinstance(term, Add | Mul) and term.func.__name__ not in FUNCTIONS:
        raise _unknown(term)
    return term.func(*(_skeleton(argument, values, leaves) for argument in term.args))


def _leaf(term: Expr, values: Mapping[Any, Bounded]) -> Bounded | None:
    """Value of what lambdify is not to see: bound terms, constants that floats round, and the heads of the ledger."""
    if term in values:
        return values[term]
    if term in _CONSTANTS:
        return _CONSTANTS[term]
    if term.is_Rational:
        exact = term.is_Integer and abs(int(term)) <= _EXACT_INTEGERS
        return None if exact else Bounded.number(Fraction(int(term.p), int(term.q)))
    if isinstance(term, Indexed):
        return _entry(term, values)
    if isinstance(term, Dot):
        left, right = (_array(side, values)[..., 0] for side in term.args)
        return (left * right).sum(-1)
    if isinstance(term, Sum):
        return _sum(term, values)
    if isinstance(term, Indicator):
        return _indicator(term, *(_scalar(argument, values) for argument in term.args))
    if isinstance(term, Defined):
        names = [Dummy() for _ in term.args]
        arguments = {name: _scalar(each, values) for name, each in zip(names, term.args, strict=True)}
        return _scalar(type(term).body(*names), {**values, **arguments})
    if isinstance(term, ceiling):
        return -FUNCTIONS["floor"](-_scalar(term.args[0], values))
    if isinstance(term, Symbol | Idx):
        raise _unbound(term)
    return None


def _indicator(term: Indicator, left: Bounded, right: Bounded) -> Bounded:
    """1 or 0 where that is certain, and off by 1 at most where it is not."""
    holds = left.value < right.value if isinstance(term, Before) else left.value == right.value
    error = left.error + right.error + 0 * left.value  # of one shape
    uncertain = (error > 0) & ((left.value - right.value).abs() <= 2 * error)
    return Bounded(holds.double(), uncertain.double())


def _entry(term: Indexed, values: Mapping[Any, Bounded]) -> Bounded:
    """Entries of a sequence: all of them, along the last axis, at an index; one, which keeps the axis, at a number."""
    (position,) = term.indices
    if not (isinstance(position, Idx) or position.is_Integer):
        raise _unbound(term)  # such as x[2 i]: which entries these are is for the bindings to say
    if term.base not in values:
        raise _unbound(term.base)
    entries = values[term.base]
    return entries[..., int(position) : int(position) + 1] if position.is_Integer else entries


def _sum(term: Sum, values: Mapping[Any, Bounded]) -> Bounded:
    """A sum over the last axis, which is kept; a summand without the index counts as often as the index has values."""
    ((index, lower, upper),) = term.limits
    if any(index in free_indices(inner) for inner in term.function.atoms(Sum)):  # two indices would need two axes
        raise _unknown(term)
    summand = _scalar(term.function, values)
    if term.function.has(index):
        return summand.sum(-1, keepdim=True)
    return summand * _scalar(upper - lower + 1, values)


# -- vectors and matrices: (..., rows, columns) ---------------------------------------------------------------


def _array(term: MatrixExpr, values: Mapping[Any, Bounded]) -> Bounded:
    """Value of a matrix or column vector."""
    if term in values:
        return values[term].unsqueeze(-1) if term.shape[1] == 1 else values[term]
    if isinstance(term, Transpose):
        return _array(term.arg, values).mT
    if isinstance(term, MatAdd):
        first, *others = (_array(part, values) for part in term.args)
        for other in others:
            first = first + other
        return first
    if isinstance(term, MatMul | Apply):
        return _product(term, values)
    if isinstance(term, ZeroMatrix):
        return Bounded.exact(torch.zeros((1, 1), dtype=torch.float64))
    if isinstance(term, MatrixSymbol):
        raise _unbound(term)
    raise _unknown(term)


def _product(term: MatrixExpr, values: Mapping[Any, Bounded]) -> Bounded:
    """Scalars and matrices multiplied out, entry by entry rather than by the kernels under test."""
    first, *others = (_array(part, values) for part in term.args if isinstance(part, MatrixExpr))
    for other in others:
        first = (first.unsqueeze(-1) * other.unsqueeze(-3)).sum(-2)
    for part in term.args:
        if not isinstance(part, MatrixExpr):
            first = _scalar(part, values)[..., None, None] * first
    return first


# -- refusals -------------------------------------------------------------------------------------------------


def _unbound(term: Any) -> ArgumentError:
    return ArgumentError("bindings", str(term), "a value for every symbol of the term", f"bind {term}")


def _unknown(term: Any) -> ArgumentError:
    known = ", ".join(sorted(FUNCTIONS))
    expected = f"arithmetic, rational powers, inner products, sums, ceiling, {known}"
    return ArgumentError("term", term, expected, "bind that part to its value")
