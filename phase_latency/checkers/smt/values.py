"""Where a claim has a value: what it divides by is not zero, and what it takes a root of is not negative.

A question to solvers assumes that everything in it has a value. That it has is a claim of its own.
"""

from collections.abc import Iterator

from sympy import Basic, Expr, Pow

from phase_latency.ledger.terms import Defined, Proposition, at_least, differ, real


def needed_for_a_value(goal: Proposition) -> list[Proposition]:
    """What has to hold for a proposition to have a value.

    Args:
        goal: of the language of statements.

    Returns:
        inequalities and inequations, each of them about every index that is free in it.
    """
    return list(dict.fromkeys(_needed(goal)))


def _needed(goal: Proposition) -> Iterator[Proposition]:
    for base, exponent in _powers(goal):
        if not exponent.is_Integer:
            yield at_least(base, 0)
        if exponent.is_negative and not base.is_number:
            yield differ(base, 0)


def _powers(term: Basic) -> Iterator[tuple[Expr, Expr]]:
    """Bases and exponents; of definitions those of their bodies, in which nothing of an argument can cancel."""
    for power in sorted(term.atoms(Pow), key=str):
        yield power.base, power.exp
    for one in sorted(term.atoms(Defined), key=str):
        places = [real(f"argument {k}") for k in range(len(one.args))]
        given = dict(zip(places, one.args, strict=True))
        yield from ((base.xreplace(given), exponent) for base, exponent in _powers(type(one).body(*places)))
