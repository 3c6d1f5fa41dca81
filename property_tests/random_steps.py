"""Random steps of derivations, true and false, and random points at which to look for a counterexample.

Each strategy aims at steps that a rule might accept: an equation between a term and a variant of it, an inequality
whose slack is the sum of products that the certificate names, a claim with terms put in place of its variables.
"""

from itertools import pairwise
from random import Random
from typing import Any

import hypothesis.strategies as st
from rule_cases import A, B, Case, P, Q, h, i, i_n, j, k, m, n, summed, u, v, x, y, z
from sympy import (
    Abs,
    Add,
    Indexed,
    Integer,
    Mul,
    Pow,
    Rational,
    S,
    Sum,
    cos,
    exp,
    expand,
    expand_trig,
    floor,
    sin,
    sqrt,
    tanh,
)

from phase_latency.ledger.evaluation import BALL, EXACT, Unevaluable, truth
from phase_latency.ledger.models import Model
from phase_latency.ledger.rules import Undecided
from phase_latency.ledger.rules.citation import _replaced
from phase_latency.ledger.terms import (
    Apply,
    Dot,
    Given,
    NotAll,
    at_least,
    at_most,
    differ,
    equal,
    less,
    positive,
    tempered,
    total,
)

# -- points -------------------------------------------------------------------------------------------------------

_NUMBERS = [Rational(p, q) for p in (0, 1, -1, 2, -2, 3) for q in (1, 2)]


def _point(seed: int) -> Model:
    """Values for every variable of the tests, from a seed; sums may have no terms."""
    rng = Random(seed)
    width = rng.choice([1, 2])

    def numbers() -> list[Any]:
        return rng.choices(_NUMBERS, k=width)

    values: dict[str, Any] = {name: rng.choice(_NUMBERS) for name in ("a", "x", "y", "z")}
    values |= {name: rng.choice([0, 1, 2, -1]) for name in ("h", "n", "k", "m")} | {"d": width}
    values |= {name: {position: rng.choice(_NUMBERS) for position in range(-3, 5)} for name in "uvw"}
    values |= {name: numbers() for name in "PQR"} | {name: [numbers() for _ in range(width)] for name in "AB"}
    return Model(values)


def points() -> st.SearchStrategy[Model]:
    """Values for every variable of the tests: small numbers, small sizes."""
    return st.integers(0, 2**32).map(_point)


def holds(proposition: Any, point: Model) -> bool | None:
    """Whether the proposition is certified to hold; None if it has no value or nothing is certain."""
    for domain in (EXACT, BALL):
        try:
            verdict = truth(proposition, point, domain)
        except Unevaluable:
            continue
        if verdict is not None:
            return verdict
    return None


def counterexample(case: Case, seed: int, tries: int = 15) -> Model | None:
    """A point at which all that a step uses holds and its fact does not, if one is found."""
    used = [fact for fact in case.facts if not isinstance(fact, Given)]
    for number in range(tries):
        point = _point(seed + number)
        if all(holds(fact, point) for fact in used) and holds(case.fact, point) is False:
            return point
    return None


def is_proved(case: Case) -> bool:
    """Whether the rule of the step says yes."""
    try:
        case.decide()
    except (Undecided, TypeError, ValueError, AttributeError, KeyError):
        return False
    return True


# -- terms --------------------------------------------------------------------------------------------------------

_NAMES = st.sampled_from([x, y, u[i], v[i], k, Integer(2), Integer(-1), S.Half, summed(u[i]), Dot(P, Q)])
_VECTORS = st.recursive(
    st.sampled_from([P, Q]),
    lambda vectors: st.one_of(
        st.builds(lambda a, b: a + b, vectors, vectors),
        st.builds(lambda a, b: a * b, st.sampled_from([x, u[i], Integer(2)]), vectors),
        st.builds(Apply, st.sampled_from([A, B, A.T, A * B, A + B, P * Q.T]), vectors),
    ),
    max_leaves=3,
)
_FUNCTIONS = {
    "field": [Abs, floor, sqrt],
    "trig": [sin, cos],
    "exponential": [exp, tanh],
    "sum-linearity": [exp, floor, lambda term: total(term, i), lambda term: total(term, j)],
    "bilinear": [],
}


def terms(rule: str) -> st.SearchStrategy[Any]:
    """Terms of the heads that a rule knows."""
    leaves = st.builds(Dot, _VECTORS, _VECTORS) | _NAMES if rule == "bilinear" else _NAMES

    def larger(terms: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        built = [
            st.builds(lambda a, b: a + b, terms, terms),
            st.builds(lambda a, b: a * b, terms, terms),
            st.builds(lambda a: a**2, terms),
            st.builds(tempered, terms, terms),
            terms.filter(lambda a: a != 0).map(lambda a: 1 / a),
        ]
        functions = st.sampled_from(_FUNCTIONS[rule]) if _FUNCTIONS[rule] else st.just(lambda term: -term)
        return st.one_of(*built, st.builds(lambda function, a: function(a), functions, terms))

    return st.recursive(leaves, larger, max_leaves=4)


@st.composite
def _variants(draw, term) -> Any:
    """A term that may equal another: rewritten by algebra, or with one part replaced by something like it."""
    rewrite = draw(st.sampled_from([expand, expand_trig, None, None]))
    if rewrite:
        return rewrite(term)
    parts = st.sampled_from(_parts(term))
    part = draw(parts)
    like_it = draw(st.sampled_from([-part, Abs(part), part**2, 2 * part, sqrt(part**2), draw(parts)]))
    try:
        return term.xreplace({part: like_it})
    except ValueError:  # a number that also stands before a vector
        return term


def _parts(term: Any) -> list[Any]:
    """Its scalar parts, itself first, that stand under no sum and in no vector."""
    inside = () if isinstance(term, (Sum, Dot, Indexed)) else term.args
    return [term, *(part for argument in inside for part in _parts(argument))]


_RELATIONS = st.sampled_from([less, at_most, at_least, equal, differ])
_FACTS = st.lists(
    st.one_of(
        st.builds(lambda relation, a, b: relation(a, b), _RELATIONS, _NAMES, _NAMES | st.just(S.Zero)),
        st.sampled_from([at_least(h, 0), at_least(h, 1), positive(x), differ(y, 0), differ(u[i], 0), at_least(x, 0)]),
    ),
    max_size=3,
)


@st.composite
def equations(draw) -> Case:
    """An equation, with facts that say that its denominators do not vanish."""
    rule = draw(st.sampled_from(sorted(_FUNCTIONS)))
    left = draw(terms(rule))
    right = draw(_variants(left).filter(lambda term: term != left))
    fact = equal(left, right)
    denominators = [power.base for power in fact.atoms(Pow) if power.exp.is_negative]
    denominators += [term.args[1] for term in fact.atoms(tempered)]
    facts = [*draw(_FACTS), *(differ(term, 0) for term in denominators)]
    return Case("random", draw(st.sampled_from([rule, "ring"])), fact, facts)


# -- other steps --------------------------------------------------------------------------------------------------

_FACTORS = [
    x,
    y,
    x * y,
    1 / x,
    1 / y,
    x - y,
    u[i],
    v[i],
    summed(u[i]),
    sqrt(x),
    Abs(x),
    x**2,
    exp(x),
    summed(exp(u[i])),
]
_FACTORS += [Dot(P, P), Dot(P, Q), Integer(2), Integer(-1), (sqrt(x) + 1) ** 2, summed(x), h, 1 / u[i], total(v[j], j)]


@st.composite
def inequalities(draw) -> Case:
    """An inequality whose slack is the sum of the products in its certificate."""
    factors = st.sampled_from(_FACTORS)
    products = draw(st.lists(st.lists(factors, min_size=1, max_size=2), min_size=1, max_size=2))
    facts = [*draw(_FACTS), *draw(st.lists(st.builds(_compared, _RELATIONS, factors, factors), max_size=2))]
    less_side = draw(factors | st.just(S.Zero))
    slack = Add(*(Mul(*product) for product in products))
    relation = draw(st.sampled_from([at_least, lambda a, b: less(b, a), differ]))
    return Case("random", "order", relation(slack + less_side, less_side), facts, products)


def _compared(relation, left, right) -> Any:
    return relation(left, right)


@st.composite
def contradictions(draw) -> Case:
    """Equations, of which a combination is said not to vanish."""
    refuted = draw(st.lists(st.builds(equal, terms("field"), _NAMES), min_size=1, max_size=2))
    inverse = [1 / (e.lhs - e.rhs) for e in refuted if e.lhs != e.rhs]
    multipliers = [draw(st.sampled_from([S.One, S.NegativeOne, x, 1 / y, *inverse])) for _ in refuted]
    combination = Add(*(number * (e.lhs - e.rhs) for number, e in zip(multipliers, refuted, strict=True)))
    return Case("random", "contradiction", NotAll(*refuted), [differ(combination, 0)], multipliers)


@st.composite
def chains(draw) -> Case:
    """Links that may or may not join into what is claimed."""
    nodes = draw(st.lists(st.sampled_from([x, y, u[i], u[j], summed(u[i]), S.Zero]), min_size=2, max_size=4))
    turned = st.sampled_from([less, at_most, equal, lambda a, b: at_least(b, a), lambda a, b: at_most(b, a)])
    links = [draw(turned)(a, b) for a, b in pairwise(nodes)]
    claimed = draw(st.sampled_from([less, at_most, equal]))
    return Case("random", "transitivity", claimed(nodes[0], nodes[-1]), links)


_CLAIMS = (
    Given(equal(summed(x * v[i]), x * summed(v[i]))),
    Given(at_most(summed(u[i]), h * x), at_most(u[i], x), at_least(h, 0)),
    Given(at_most(k, m), less(k, m + 1)),
    Given(at_most(u[i], x), at_most(u[j], x)),
    Given(differ(x, 0), equal(x * y, 1)),
)


@st.composite
def citations(draw) -> Case:
    """A true claim with anything put in place of its variables, also where that changes what the claim means."""
    cited = draw(st.sampled_from(_CLAIMS))
    variables = [variable for variable in (x, y, k, m, h, u[i], u[j], v[i]) if cited.has(variable)]
    keys = draw(st.lists(st.sampled_from(variables), min_size=1, max_size=2, unique=True))
    scalars = st.sampled_from([x, z, u[i], u[j], v[i], v[i_n], summed(v[i]), k, x + y, S.Half, total(v[j] * u[i], j)])
    whole = st.sampled_from([k, n, h, k + 1, floor(x), Integer(2)])
    kinds = {h: whole} | dict.fromkeys((k, m), whole | scalars)
    substitution = {key: draw(kinds.get(key, scalars)) for key in keys}
    fact, *hypotheses = _replaced(cited, substitution).args
    in_range = draw(st.lists(st.just(at_least(h, 1)), max_size=1))
    return Case("random", "instance", fact, [cited, *hypotheses, *in_range], substitution)


STEPS = {
    "equations": equations(),
    "inequalities": inequalities(),
    "contradictions": contradictions(),
    "chains": chains(),
    "citations": citations(),
}
