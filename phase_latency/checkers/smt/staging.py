"""Stages of a proof that solvers do not finish in one piece, each a claim of its own.

- An equation of two sums over the same range follows from the equation of their terms, and that, with free entries, for
  every size at once.
- Equal vectors may be put for each other.
- What is said of inner products of sums and multiples follows from what is said of the inner products of their parts;
  that each is the sum of these is a claim for the solvers as well.

How a statement is taken apart is not trusted with anything but these inferences.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from sympy import (
    Add,
    Eq,
    Expr,
    Idx,
    Indexed,
    MatAdd,
    MatMul,
    MatrixExpr,
    MatrixSymbol,
    Mul,
    Poly,
    S,
    Sum,
    Symbol,
    Transpose,
    ZeroMatrix,
    cos,
    expand,
    factor,
    sin,
)
from sympy.core.relational import Relational

from phase_latency.ledger.terms import Apply, Dot, Iff, NotAll, Proposition, at_least, differ, equal, real, vector


@dataclass(frozen=True)
class Stage:
    """A part of a proof.

    Attributes:
        hypotheses: what it assumes.
        goal: what solvers have to prove.
        name: what it is called in words.
        sizes: whether it is asked at several sizes; else it holds for all of them.
    """

    hypotheses: Sequence[Proposition]
    goal: Proposition
    name: str
    sizes: bool = False


def ways(hypotheses: Sequence[Proposition], goal: Proposition) -> Iterator[list[Stage]]:
    """Ways to prove a claim, each a list of stages that have to be proved.

    Args:
        hypotheses: of the claim.
        goal: of the claim.

    Yields:
        stages, the claim in one piece last.
    """
    if (terms := _terms(goal)) is not None:
        yield [Stage(hypotheses, terms, "term by term")]
    if goal.has(Dot):
        *parts, last = _through_parts(hypotheses, goal)
        yield [*parts, last]
        if isinstance(goal, NotAll) and not goal.has(cos, sin) and (steps := _eliminated(last)):
            yield [*parts, *steps]
    yield [Stage(hypotheses, goal, "in one piece", sizes=True)]


def _terms(goal: Proposition) -> Proposition | None:
    """The equation of the terms of two sums, if it does not look at what the index is."""
    if not (isinstance(goal, Eq) and all(isinstance(side, Sum) for side in goal.args)):
        return None
    left, right = goal.args
    (i, lower, upper), other = left.limits[0], right.limits[0]
    if (i, lower, upper) != tuple(other) or not isinstance(i, Idx):
        return None
    terms = [side.function for side in (left, right)]
    without = [term.xreplace({each: S.One for each in term.atoms(Indexed) if each.indices == (i,)}) for term in terms]
    bare = any(each.has(i) or each.has(*upper.free_symbols) for each in without)
    return None if bare else equal(*terms)


def _through_parts(hypotheses: Sequence[Proposition], goal: Proposition) -> list[Stage]:
    """The claim about numbers in place of inner products, and what the inner products are."""
    dots = sorted({dot for one in (goal, *hypotheses) for dot in one.atoms(Dot)}, key=str)
    sums = {dot: _expanded(dot) for dot in dots}
    vectors = {one.lhs: one.rhs for one in hypotheses if isinstance(one, Eq) and isinstance(one.lhs, MatrixExpr)}
    parts = sorted({part for one in sums.values() for part in one.atoms(Dot)}, key=str)
    equals = {part: _expanded(part.xreplace(vectors)) for part in parts}
    left = sorted({part for one in equals.values() for part in one.atoms(Dot)}, key=str)
    numbers = {part: real(f"part {k}") for k, part in enumerate(left)}
    names = {dot: one.xreplace(equals).xreplace(numbers) for dot, one in sums.items()}
    squares = [part for part in left if part.args[0] == part.args[1]]
    kept = [one for one in hypotheses if not one.has(MatrixSymbol) or one.has(Dot)]
    known = [*(_replaced(one, names) for one in kept), *(at_least(numbers[part], 0) for part in squares)]
    lemmas = [equal(dot, one) for dot, one in sums.items() if dot != one]
    lemmas += [at_least(_square(part), 0) for part in squares]
    return [
        *(Stage((), one, "parts", sizes=True) for one in lemmas),
        Stage(known, _replaced(goal, names), "in numbers"),
    ]


def _square(part: Dot) -> Dot:
    """The inner product of any vector of that size with itself."""
    any_vector = vector("v", part.args[0].shape[0])
    return Dot(any_vector, any_vector)


def _eliminated(stage: Stage) -> list[Stage]:
    """For the claim that equations do not hold together: a sum of multiples of them says that a product is zero."""
    # Found by eliminating variables that stand in no hypothesis and, in each equation, to the first power. That the
    # sum is the product, and that no factor of it is zero, is left to the solvers.
    free = stage.goal.free_symbols - {symbol for one in stage.hypotheses for symbol in one.free_symbols}
    rows = [(expand(one.lhs - one.rhs), {k: S.One}) for k, one in enumerate(stage.goal.args)]
    plain = {one for one in free if all(row.coeff(one).is_Rational for row, _ in rows)}  # these make nothing larger
    for variable in (*sorted(plain, key=str), *sorted(free - plain, key=str)):
        rows = list(_without(variable, rows)) if len(rows) > 1 else rows
    if len(rows) != 1 or rows[0][0] == 0:
        return []
    whole, multipliers = rows[0]
    combined = Add(*(each * (stage.goal.args[k].lhs - stage.goal.args[k].rhs) for k, each in multipliers.items()))
    factors = [one for one in Mul.make_args(factor(whole)) if not one.is_Rational]
    return [
        Stage((), equal(combined, factor(whole)), "equations"),
        *(Stage(stage.hypotheses, differ(one, 0), "equations combined") for one in factors),
    ]


_Row = tuple[Expr, dict[int, Expr]]  # an expression that is 0, and which multiples of the equations it is the sum of


def _without(variable: Symbol, rows: Sequence[_Row]) -> Iterator[_Row]:
    """Combinations of neighbouring rows in which a variable of the first power does not stand."""
    having = [row for row in rows if row[0].has(variable)]
    yield from (row for row in rows if not row[0].has(variable))
    for (first, ours), (second, theirs) in pairwise(having):
        a, b = (Poly(one, variable).coeff_monomial(variable) for one in (first, second))
        multipliers = {k: expand(b * ours.get(k, 0) - a * theirs.get(k, 0)) for k in ours.keys() | theirs.keys()}
        yield expand(b * first - a * second), multipliers


def _replaced(one: Proposition, names: dict[Dot, Expr]) -> Proposition:
    """A proposition with numbers for inner products, its relations unevaluated as they were."""
    if isinstance(one, (Iff, NotAll)):
        return type(one)(*(_replaced(part, names) for part in one.args))
    if isinstance(one, Relational) and not isinstance(one.lhs, MatrixExpr):
        return type(one)(*(side.xreplace(names) for side in one.args), evaluate=False)
    return one


def _expanded(dot: Dot) -> Expr:
    """An inner product as a sum of multiples of inner products."""
    left, right = (list(_parts(side)) for side in dot.args)
    return Add(*(Mul(x, y, Dot(u, v)) for x, u in left for y, v in right))


def _parts(term: MatrixExpr) -> Iterator[tuple[Expr, MatrixExpr]]:
    """What a vector or matrix is a sum of: multiples of terms that are none."""
    if isinstance(term, ZeroMatrix):
        return
    if isinstance(term, MatAdd):
        for part in term.args:
            yield from _parts(part)
    elif isinstance(term, MatMul) and sum(isinstance(part, MatrixExpr) for part in term.args) == 1:
        scalar = Mul(*(part for part in term.args if not isinstance(part, MatrixExpr)))
        (inner,) = (part for part in term.args if isinstance(part, MatrixExpr))
        yield from ((scalar * x, part) for x, part in _parts(inner))
    elif isinstance(term, Transpose):
        yield from ((x, Transpose(part)) for x, part in _parts(term.arg))
    elif isinstance(term, Apply):
        for x, matrix in _parts(term.args[0]):
            yield from ((x * y, Apply(matrix, vector)) for y, vector in _parts(term.args[1]))
    else:
        yield S.One, term
