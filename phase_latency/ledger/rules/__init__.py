"""The rules: what a step of a derivation may appeal to. Each is a decision procedure.

A rule sees the fact that a step states, the facts that the step uses, and the certificate that the step gives. It
proves that the fact has a value and is true wherever those facts hold, or raises :class:`Undecided` with the reason;
whether an unproved fact is false is decided apart, by an exact witness (:mod:`phase_latency.ledger.proof`). No rule
simplifies and hopes, none computes with floats.
"""

from phase_latency.ledger import theories
from phase_latency.ledger.language import Undecided as Undecided
from phase_latency.ledger.rules import citation, equalities, exponentials, indicators, logic, order, sums
from phase_latency.ledger.rules.citation import substitute as substitute
from phase_latency.ledger.rules.equalities import algebraic
from phase_latency.ledger.rules.rule import Rule as Rule

_PRODUCTS = "products of terms of known sign that add up to the slack"
_PRODUCTS_OF_EXPONENTS = f"{_PRODUCTS} of the exponents"

RULES: dict[str, Rule] = {
    rule.name: rule
    for rule in (
        Rule("ring", "identity of polynomials over Q in independent atoms", algebraic(theories.RING, division=False)),
        Rule("field", "identity of rational functions; each denominator not zero by a fact", algebraic(theories.RING)),
        Rule(
            "trig",
            "identity of trigonometric polynomials: angle sums expanded, reduced by s^2 + c^2 = 1",
            algebraic(theories.TRIGONOMETRIC),
        ),
        Rule("exponential", "identity of rational functions in exponentials", algebraic(theories.EXPONENTIAL)),
        Rule("bilinear", "identity of bilinear forms of symbolic size, by words", algebraic(theories.BILINEAR)),
        Rule("sum-congruence", "equal sums, by equal terms at a generic index", sums.sum_congruence),
        Rule("sum-linearity", "constants and sums moved out of a sum of symbolic length", algebraic(theories.SUMS)),
        Rule("telescope", "a sum of differences is the difference of its ends", sums.telescope, "the term"),
        Rule("root", "= or <= between terms that are not negative, by their squares", equalities.root, _PRODUCTS),
        Rule("order", "inequality, its slack written as a sum of products of known sign", order.order, _PRODUCTS),
        Rule(
            "equivalence",
            "two relations whose slacks differ by a factor of known sign",
            order.equivalence,
            "the factor",
        ),
        Rule(
            "monotone",
            "F >= G from a base point on, also up to another, by the derivative",
            order.monotone,
            "variable, base point, products",
        ),
        Rule(
            "monotone-function", "exp preserves an inequality", exponentials.monotone_function, _PRODUCTS_OF_EXPONENTS
        ),
        Rule("tangent", "exp x is at least 1 + x", exponentials.tangent),
        Rule(
            "logarithm",
            "numbers compare as their exponentials do, that of log x being x",
            exponentials.logarithm,
            "products of terms of known sign that add up to the slack of the exponentials",
        ),
        Rule("absolute", "|X| <= B by X <= B and -X <= B; X <= |X|", order.absolute),
        Rule("sum-monotone", "sums compared term by term at a generic index", sums.sum_monotone),
        Rule("term", "a sum of terms that are not negative is at least each of them, of positive ones more", sums.term),
        Rule("half-turn", "sin x is positive for 0 < x < pi, not negative for 0 <= x <= pi", order.half_turn),
        Rule(
            "indicator",
            "the value of an indicator by its relation, or two indicators by equivalent relations",
            indicators.indicator,
            "products of terms of known sign that add up to the slack of its relation",
        ),
        Rule(
            "either",
            "an inequality decided where an indicator by < is 1, and where it is 0",
            indicators.either,
            "the indicator, and the products of each case",
        ),
        Rule("count", "how many of 0, ..., n - 1 come before m", indicators.count),
        Rule("selection", "a sum whose terms vanish at all indices but one", indicators.selection),
        Rule("transitivity", "a chain of =, <=, < in the order given", logic.transitivity),
        Rule("antisymmetry", "A = B by A <= B and B <= A", logic.antisymmetry),
        Rule("cases", "a claim proved where a term is zero, and where it is positive", logic.cases, "the term"),
        Rule("integer-part", "floor, ceiling and discreteness of the integers", logic.integer_part),
        Rule(
            "contradiction",
            "equations that cannot all hold, by a combination of them that cannot vanish",
            logic.contradiction,
            "one multiplier for each equation",
        ),
        Rule(
            "witness",
            "existence, by exact evaluation at a point, or of a strict inequality by enclosures that do not meet",
            logic.witness,
            "the point",
        ),
        Rule("instance", "a case of a claim proved before", citation.instance, "the terms for its variables"),
    )
}
