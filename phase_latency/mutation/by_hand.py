"""Steps written for true mutants that no general way derives.

The rules check them like any other derivation, so that nothing false can be let in here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from sympy import Expr, MatrixSymbol, Symbol, sin

from phase_latency.ledger.statement import Step
from phase_latency.ledger.terms import at_least, latency, positive
from phase_latency.mutation.mutants import Mutant


def written_for(mutant: Mutant) -> tuple[Step, ...] | None:
    """The steps written for a mutant.

    Args:
        mutant: the changed claim.

    Returns:
        the steps, the last of which states its goal; None if there are none.
    """
    write = _WRITTEN.get(mutant.id)
    return None if write is None else (*write(mutant),)


def _larger_denominator(mutant: Mutant) -> Sequence[Step]:
    """``N/(eps + N) < d``, by ``d - 1 >= 0`` and ``eps/(eps + N) > 0``."""
    d, eps = _symbols(mutant, "d", "eps")
    denominator: Expr = mutant.goal.lhs.as_numer_denom()[1]
    return (
        Step("order", positive(denominator), ("positive-eps",), label="denominator"),
        Step("order", mutant.goal, ("width", "denominator", "positive-eps"), [(d - 1,), (eps, 1 / denominator)]),
    )


def _more_of_a_sine(mutant: Mutant) -> Sequence[Step]:
    """``sin(y) <= s sin(y)``, by ``(s - 1) sin(y) >= 0``."""
    y, s = _symbols(mutant, "y", "s")
    return (
        Step("half-turn", at_least(sin(y), 0), ("from-0", "to-pi"), label="sin"),
        Step("order", mutant.goal, ("sin", "shrinks"), [(s - 1, sin(y))]),
    )


def _not_shrunk(mutant: Mutant) -> Sequence[Step]:
    """``(1 - cos w)/s^2 <= 1 - cos w``, by ``1 - cos w = 2 sin(w/2)^2`` and ``1 - 1/s^2 = (s - 1)/s + (s - 1)/s^2``."""
    (s,) = _symbols(mutant, "s")
    double = next(step for step in mutant.of.steps if step.label == "double")
    (half,) = double.fact.rhs.atoms(sin)
    products = [(2, half**2, s - 1, 1 / s), (2, half**2, s - 1, 1 / s, 1 / s)]
    return (mutant.of.steps[0], double, Step("order", mutant.goal, ("double", "shrinks", "s>0"), products))


def _factors_exchanged(mutant: Mutant) -> Sequence[Step]:
    """The steps of the claim, with position and window of one latency exchanged in each."""
    before, after = (one.goal.atoms(latency) for one in (mutant.of, mutant))
    (old,), (new,) = before - after, after - before
    return [replace(step, fact=step.fact.xreplace({old: new})) for step in mutant.of.steps]


def _symbols(mutant: Mutant, *names: str) -> list[Symbol]:
    sizes = {size for one in mutant.goal.atoms(MatrixSymbol) for size in one.shape}
    found = {one.name: one for part in (mutant.goal, *sizes) for one in part.atoms(Symbol)}
    return [found[name] for name in names]


_WRITTEN: Mapping[str, Callable[[Mutant], Sequence[Step]]] = {
    "lemma-1-normalised/norm-falls/exponent@0.0.0.1.0.0": _larger_denominator,
    "compression-discriminability/sines/exponent@1.1.0.1.0": _more_of_a_sine,
    "compression-discriminability/one-channel-at-least/exponent@1.1.1.0.0.0": _not_shrunk,
    "relabelling/time/function@0.0.0.0": _factors_exchanged,
}
