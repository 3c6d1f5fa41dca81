"""The variables of a query, and functions as variables with what is known of them.

A sine and a cosine of the same angle are two variables on the unit circle; those of sums and multiples of angles
follow by the addition theorems. An exponential is a positive variable, that of a sum a product; a root a variable whose
square is what stands under it. This leaves out a lot, such as where a sine is positive. So no solution means that the
statement is true, and a solution means nothing as long as there is a function.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import reduce
from itertools import permutations

from sympy import Add, Expr, cos, exp, expand, pi, tanh

from phase_latency.checkers.smt.text import OutsideLanguageError, Quotient, multiplied, product, relation, total

_NAME = re.compile(r"[\w ]+")
_MOST_TURNS = 12  # multiples of an angle that are written out
_Pair = tuple[Quotient, Quotient]  # cosine and sine
_ZERO, _ONE, _MINUS_ONE = Quotient("0.0"), Quotient("1.0"), Quotient("(- 1.0)")


@dataclass(frozen=True)
class Variable:
    """A variable of the ledger, or an entry of one.

    Attributes:
        name: of the symbol, sequence, vector or matrix.
        at: place of the entry; empty for a symbol.
        whole: whether it is an integer.
        vector: whether it is an entry of a vector, not of a sequence.
    """

    name: str
    at: tuple[int, ...] = ()
    whole: bool = False
    vector: bool = False

    @property
    def text(self) -> str:
        """Its name in a query, in which no other variable has it; brackets and ``!`` are ours."""
        place = f"[{','.join(map(str, self.at))}]" if self.at else ""
        return f"|{self.name}{place}|"


@dataclass
class Atoms:
    """Collects what a query declares and assumes.

    Attributes:
        integers: whether integers are declared as such, or as real numbers, of which less is known.
        variables: of the ledger.
        declared: names of real variables that stand for functions.
        facts: what is known of them, and that every denominator differs from zero.
        functions: whether there is a function, so that a solution of the query means nothing.
        circles: cosine and sine of each angle.
    """

    integers: bool = False
    variables: dict[Variable, None] = field(default_factory=dict)
    declared: list[str] = field(default_factory=list)
    facts: dict[str, None] = field(default_factory=dict)
    functions: bool = False
    circles: list[tuple[str, str]] = field(default_factory=list)
    _known: dict[object, str] = field(default_factory=dict)
    _roots: dict[str, Quotient] = field(default_factory=dict)

    def variable(self, one: Variable) -> Quotient:
        """A variable of the ledger, as a real number."""
        if not _NAME.fullmatch(one.name):
            raise OutsideLanguageError(f"{one.name!r} is no name in a query")
        self.variables[one] = None
        return Quotient(f"(to_real {one.text})" if one.whole and self.integers else one.text)

    def pi(self) -> Quotient:
        """A variable for pi, of which the first digits are known."""
        self.functions = True
        return self._fresh("pi", "pi", "(< 3.14159 {0})", "(< {0} 3.1416)")

    def inverse(self, term: Quotient) -> Quotient:
        """One over a term, where it does not vanish: else the statement says nothing."""
        if term.above != "1.0":
            self.facts[f"(not (= {term.above} 0.0))"] = None
        return Quotient(product([Quotient(factor) for factor in term.below]).above, (term.above,))

    def root(self, term: Quotient) -> Quotient:
        """The root of a term that is not negative: else the statement says nothing."""
        self.functions = True
        square = multiplied(["{0}", "{0}", *term.below])
        root = self._fresh(("sqrt", term), "sqrt", "(>= {0} 0.0)", f"(= {square} {term.above})")
        self._roots[root.above] = term
        return root

    def scaled_roots(self) -> Iterator[str]:
        """That a root is a multiple of another if what stands under it is the multiple by the square."""
        factors = [one.text for one in self.variables if not one.at and not one.whole]
        for (x, first), (y, second) in permutations(self._roots.items(), 2):
            for a in factors:
                squares = relation("=", first, product([Quotient(a), Quotient(a), second]))
                yield f"(=> (and (>= {a} 0.0) {squares}) (= {x} (* {a} {y})))"

    def function(self, head: type, argument: Expr) -> Quotient:
        """A sine, cosine, exponential or hyperbolic tangent.

        Args:
            head: the function.
            argument: with definitions unfolded and entries as symbols.

        Returns:
            a term in variables that stand for functions.

        Raises:
            OutsideLanguageError: the argument is none whose function is known from others.
        """
        self.functions = True
        if argument.has(pi):
            raise OutsideLanguageError(f"{head.__name__} of multiples of pi is outside")
        parts = Add.make_args(expand(argument))
        if head is tanh:
            square = self._exponential(Add.make_args(expand(2 * argument)))
            return product([total([square, _MINUS_ONE]), self.inverse(total([square, _ONE]))])
        if head is exp:
            return self._exponential(parts)
        cosine, sine = reduce(_turned, (self._multiple(part) for part in parts), (_ONE, _ZERO))
        return cosine if head is cos else sine

    # -- angles ---------------------------------------------------------------------------------------------------

    def _multiple(self, part: Expr) -> _Pair:
        """Cosine and sine of a multiple of an angle, from those of the angle."""
        coefficient, angle = part.as_coeff_Mul()
        if part == 0:
            return _ONE, _ZERO
        turns, unit = coefficient.p, angle / coefficient.q
        if abs(turns) > _MOST_TURNS:
            turns, unit = 1, part
        cosine, sine = reduce(_turned, [self._circle(unit)] * abs(turns), (_ONE, _ZERO))
        return (cosine, sine) if turns > 0 else (cosine, sine.negative)

    def _circle(self, angle: Expr) -> _Pair:
        cosine = self._fresh(("cos", angle), "cos")
        sine = self._fresh(("sin", angle), "sin", f"(= (+ (* {{0}} {{0}}) (* {cosine.above} {cosine.above})) 1.0)")
        if (pair := (cosine.above, sine.above)) not in self.circles:
            self.circles.append(pair)
        return cosine, sine

    # -- exponentials ---------------------------------------------------------------------------------------------

    def _exponential(self, parts: Sequence[Expr]) -> Quotient:
        """Of a sum, as a product of powers."""
        factors = []
        for part in parts:
            coefficient, base = part.as_coeff_Mul()
            power, base = (int(coefficient), base) if coefficient.is_Integer and part.free_symbols else (1, part)
            factor = self._fresh(("exp", base), "exp", "(> {0} 0.0)")
            whole = product([factor] * abs(power))
            factors.append(whole if power > 0 else self.inverse(whole))
        return product([factor for factor, part in zip(factors, parts, strict=True) if part != 0])

    def _fresh(self, key: object, name: str, *facts: str) -> Quotient:
        """The variable that stands for something, with what is known of it."""
        if key not in self._known:
            self._known[key] = f"{name}!{len(self._known)}"
            self.declared.append(self._known[key])
            self.facts |= {fact.format(self._known[key]): None for fact in facts}
        return Quotient(self._known[key])


def _turned(first: _Pair, second: _Pair) -> _Pair:
    """The addition theorems."""
    (c, s), (d, t) = first, second
    return total([product([c, d]), product([s, t]).negative]), total([product([s, d]), product([c, t])])
