"""Stages of a proof that solvers do not finish in one piece, each a claim of its own.

- An equation of two sums over the same range follows from the equation of their terms at any index. There entries are
  numbers of which nothing is assumed but what the hypotheses say of entries at any index, and no size is left.
- Equal vectors may be put for each other.
- What is said of inner products of sums and multiples follows from what is said of the inner products of their parts;
  that each is the sum of these is a claim for the solvers as well.
- Equations do not hold together if a sum of multiples of them says that a product is zero, and no factor of it is.

How a statement is taken apart is not trusted with anything but these inferences.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from sympy import (
    Add,
    Basic,
    Eq,
    Expr,
    Identity,
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

from phase_latency.checkers.smt.text import OutsideLanguageError
from phase_latency.ledger.terms import Apply, Dot, Iff, NotAll, Proposition, at_least, differ, equal, real, vector


@dataclass(frozen=True)
class Stage:
    """A part of a proof.

    Attributes:
        hypotheses: what it assumes.
        goal: what solvers have to prove.
        name: what it is called in words.
    """

    hypotheses: Sequence[Proposition]
    goal: Proposition
    name: str


def ways(hypotheses: Sequence[Proposition], goal: Proposition) -> Iterator[list[Stage]]:
    """Ways to prove a claim, each a list of stages that have to be proved.

    Args:
        hypotheses: of the claim.
        goal: of the claim.

    Yields:
        stages, the claim in one piece last.

    Raises:
        OutsideLanguageError: a name has a space in it, as those have that are made up here.
    """
    if strange := sorted(each.name for one in (goal, *hypotheses) for each in one.atoms(Symbol) if " " in each.name):
        raise OutsideLanguageError(f"{strange[0]!r} is no name in a query")
    if (terms := _at_any_index(hypotheses, goal)) is not None:
        yield [terms]
    if goal.has(Dot):
        *parts, last = _through_parts(hypotheses, goal)
        yield [*parts, last]
        equations = isinstance(goal, NotAll) and all(isinstance(part, Eq) for part in goal.args)
        if equations and not goal.has(cos, sin) and (steps := _eliminated(last)):
            yield [*parts, *steps]
    yield [Stage(hypotheses, goal, "in one piece")]


def _at_any_index(hypotheses: Sequence[Proposition], goal: Proposition) -> Stage | None:
    """The equation of the terms of two sums; None if they look at what the index is, or at other ranges."""
    if not (isinstance(goal, Eq) and all(isinstance(side, Sum) for side in goal.args)):
        return None
    left, right = goal.args
    (i, lower, upper), other = left.limits[0], right.limits[0]
    if (i, lower, upper) != tuple(other) or not isinstance(i, Idx):
        return None
    terms = [_generic(side.function, i) for side in (left, right)]
    if any(_has_sizes(term) for term in terms):
        return None
    # What is said of a whole range, of a size, or of an entry at some place, is left out.
    given = [_relation(one, lambda side: _generic(side, i)) for one in hypotheses if not one.has(Sum, MatrixExpr)]
    return Stage([one for one in given if not _has_sizes(one)], equal(*terms), "term by term")


def _generic(term: Expr, i: Idx) -> Expr:
    """A term with a number of its own for each entry at the index."""
    entries = {each for each in term.atoms(Indexed) if each.indices == (i,)}
    return term.xreplace({each: real(f"{each.base.label} at {i.label}") for each in entries})


def _has_sizes(term: Basic) -> bool:
    """Whether it is about a range of indices, an entry at some place, a vector or a matrix."""
    return bool(term.atoms(Idx, Indexed, Sum, MatrixSymbol, ZeroMatrix, Identity))


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
    known = [
        *(_relation(one, lambda side: side.xreplace(names)) for one in kept),
        *(at_least(numbers[part], 0) for part in squares),
    ]
    lemmas = [equal(dot, one) for dot, one in sums.items() if dot != one]
    lemmas += [at_least(_square(part), 0) for part in squares]
    return [
        *(Stage((), one, "parts") for one in lemmas),
        Stage(known, _relation(goal, lambda side: side.xreplace(names)), "with numbers for inner products"),
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


def _relation(one: Proposition, change: Callable[[Expr], Expr]) -> Proposition:
    """A proposition with its sides changed, its relations unevaluated as they were."""
    if isinstance(one, (Iff, NotAll)):
        return type(one)(*(_relation(part, change) for part in one.args))
    if isinstance(one, Relational) and not isinstance(one.lhs, MatrixExpr):
        return type(one)(*(change(side) for side in one.args), evaluate=False)
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
