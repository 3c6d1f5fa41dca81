"""The rule that cites a claim proved before, with terms in place of its variables."""

from collections.abc import Mapping
from typing import Any

from sympy import Basic, Expr, Idx, Indexed, IndexedBase, MatrixExpr, MatrixSymbol, Sum, Symbol
from sympy.core.relational import Relational

from phase_latency.ledger.language import Undecided, all_indices, check_matrix, check_scalar, free_indices, is_whole
from phase_latency.ledger.rules.rule import Facts, known_for
from phase_latency.ledger.terms import Given, Proposition

Substitution = Mapping[Expr, Expr]


def instance(fact: Proposition, facts: Facts, certificate: Any) -> None:
    """A case of a proved claim, the first fact in use: its variables replaced, its hypotheses among the other facts.

    Raises:
        Undecided: if the fact is no such case, or a hypothesis is not among the facts in use.
    """
    if not facts or not isinstance(facts[0], Given) or not isinstance(certificate, Mapping):
        raise Undecided("its first fact in use is no claim proved before, or no terms for its variables are given")
    brought_in = frozenset[Idx]().union(*(_brought_in(key, term) for key, term in certificate.items()))
    out_of_scope = brought_in - known_for(fact, facts).indices
    if out_of_scope:
        raise Undecided(f"the range of {min(out_of_scope, key=str)} may be empty, and then a hypothesis says nothing")
    cited = substitute(facts[0], certificate)  # as a whole: an index must not clash in any of its parts
    claim, *hypotheses = cited.args
    if claim != fact:
        raise Undecided("it is not the cited claim with the given terms in place of its variables")
    for hypothesis in hypotheses:
        if hypothesis not in facts[1:]:
            raise Undecided(f"the cited claim needs {hypothesis}, which is not among the facts in use")


def _brought_in(key: Expr, term: Expr) -> frozenset[Idx]:
    """The generic indices of a term that are not those of the entry it replaces."""
    return free_indices(term) - free_indices(key)


def substitute(proposition: Proposition, substitution: Substitution) -> Proposition:
    """Put terms in place of variables.

    Args:
        proposition: of the language of statements.
        substitution: a symbol to a term, a vector or matrix to one of the same size, or an entry ``u[i]`` of a
            sequence at a generic index to a term in ``i``, which replaces the entry at every index.

    Returns:
        The proposition, unevaluated at the top.

    Raises:
        Undecided: if a key is no variable, a term is not of its kind, or an index of a term would change its meaning.
    """
    sequences = [key for key in substitution if isinstance(key, Indexed)]
    if len({key.base for key in sequences}) != len(sequences):
        raise Undecided("it replaces a sequence by two terms")
    before = all_indices(proposition)
    indices = before.union(_replaced(i, substitution) for i in before)
    for key, term in substitution.items():
        _check_replacement(key, term, substitution)
        _check_indices(key, term, indices)
    return _replaced(proposition, substitution)


def _check_replacement(key: Expr, term: Expr, substitution: Substitution) -> None:
    if isinstance(key, MatrixSymbol) and isinstance(term, MatrixExpr):
        check_matrix(term)
        fits = term.shape == tuple(_replaced(size, substitution) for size in key.shape)
    elif isinstance(key, Symbol) or (isinstance(key, Indexed) and isinstance(key.indices[0], Idx)):
        check_scalar(term)
        fits = not key.is_integer or is_whole(term)
    else:
        fits = False
    if not fits:
        raise Undecided(f"{term} cannot stand in place of {key}")


def _check_indices(key: Expr, term: Expr, taken: frozenset[Idx]) -> None:
    """An index of the term keeps its meaning only if the proposition has no use for it, before or after."""
    own = key.indices[0] if isinstance(key, Indexed) else None
    if own is not None and any(own == limit[0] for total in term.atoms(Sum) for limit in total.limits):
        raise Undecided(f"the term in place of {key} sums over {own}")
    shared = (all_indices(term) - {own}) & taken
    if shared:
        raise Undecided(
            f"the term in place of {key} has the index {min(shared, key=str)}, which means something else there"
        )


def _replaced(term: Any, substitution: Substitution) -> Any:
    if isinstance(term, Indexed):  # also where it is the key itself: the range of its index may have changed
        position = _replaced(term.indices[0], substitution)
        for pattern, replacement in substitution.items():
            if isinstance(pattern, Indexed) and pattern.base == term.base:
                return replacement.xreplace({pattern.indices[0]: position})
        return term.base[position]
    if term in substitution:
        return substitution[term]
    if isinstance(term, Idx):
        return Idx(term.label, tuple(_replaced(bound, substitution) for bound in (term.lower, term.upper)))
    if not isinstance(term, Basic) or not term.args or isinstance(term, IndexedBase):
        return term
    arguments = [_replaced(argument, substitution) for argument in term.args]
    return term.func(*arguments, evaluate=False) if isinstance(term, Relational) else term.func(*arguments)
