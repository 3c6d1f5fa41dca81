"""What the algebraic rules know about each head: trigonometric, exponential, bilinear and sums over an index."""

from collections.abc import Mapping
from typing import Any

import sympy
from sympy import (
    Abs,
    Add,
    Expr,
    Identity,
    Idx,
    Integer,
    MatAdd,
    MatMul,
    MatrixExpr,
    MatrixSymbol,
    Mul,
    Poly,
    Rational,
    S,
    Sum,
    Transpose,
    ZeroMatrix,
    cos,
    exp,
    log,
    pi,
    sin,
    tanh,
)

from phase_latency.ledger.language import Undecided
from phase_latency.ledger.normal_form import ONE, ZERO, Algebra, Environment, Fraction, Handler
from phase_latency.ledger.obligations import Obligation
from phase_latency.ledger.polynomials import sorted_generators
from phase_latency.ledger.terms import Apply, Dot

# -- angles: sin and cos of a sum are polynomials in the sines and cosines of its terms -----------------------


def _linear_terms(algebra: Algebra, argument: Expr, environment: Environment) -> list[tuple[Rational, Expr]]:
    """The argument as a sum of rational coefficients times monomials without a coefficient."""
    num, den = sympy.fraction(algebra.canonical(argument, environment))
    generators = sorted_generators(num.free_symbols | den.free_symbols)
    if not generators:
        return [(num / den, S.One)] if num != 0 else []
    content, denominator = Poly(den, *generators).primitive()
    return [
        (coefficient / content, Mul(*(g**k for g, k in zip(generators, powers, strict=True))) / denominator.as_expr())
        for powers, coefficient in Poly(num, *generators).terms()
        if coefficient != 0
    ]


def _cosine_and_sine(algebra: Algebra, argument: Expr, environment: Environment) -> tuple[Expr, Expr]:
    """Real and imaginary part of the product of exp(i angle) over the terms of the argument."""
    real, imaginary = S.One, S.Zero
    for coefficient, monomial in _linear_terms(algebra, argument, environment):
        unit, turns = monomial / coefficient.q, int(coefficient.p)
        c, s = algebra.atoms.of((cos, unit)), algebra.atoms.of((sin, unit))
        algebra.atoms.squares[s] = 1 - c**2
        for _ in range(abs(turns)):
            signed = s if turns > 0 else -s
            real, imaginary = real * c - imaginary * signed, real * signed + imaginary * c
    return real, imaginary


def _cos(algebra: Algebra, term: Expr, environment: Environment) -> Fraction:
    return Fraction(_cosine_and_sine(algebra, term.args[0], environment)[0], S.One)


def _sin(algebra: Algebra, term: Expr, environment: Environment) -> Fraction:
    return Fraction(_cosine_and_sine(algebra, term.args[0], environment)[1], S.One)


# -- exponentials: exp of a sum is the product, that of a logarithm its argument ------------------------------


def _exp(algebra: Algebra, term: Expr, environment: Environment) -> Fraction:
    return _exponential(algebra, term.args[0], environment)


def _exponential(algebra: Algebra, argument: Expr, environment: Environment) -> Fraction:
    num, den = S.One, S.One
    for coefficient, monomial in _linear_terms(algebra, argument, environment):
        inverse = algebra.atoms.key(monomial)
        if inverse is not None and inverse[0] is log and coefficient.is_Integer:
            x, y = sympy.fraction(inverse[1])  # the logarithm of x/y, which has to be positive for it to have a value
            up, down = (x, y) if coefficient > 0 else (y, x)
            num, den = num * up ** abs(coefficient), den * down ** abs(coefficient)
            continue
        atom = algebra.atoms.of((exp, monomial))
        if coefficient.is_Integer:  # an equation in use may put something else in its place
            power = algebra.power(algebra.resolve(atom), int(coefficient))
            num, den = num * power.num, den * power.den
            continue
        algebra.atoms.note_exponent(atom, coefficient)
        if coefficient > 0:
            num *= atom**coefficient
        else:
            den *= atom**-coefficient
    return Fraction(num, den)


def _tanh(algebra: Algebra, term: Expr, environment: Environment) -> Fraction:
    twice = _exponential(algebra, 2 * term.args[0], environment)  # exp(2 x) might evaluate to something else
    return Fraction(twice.num - twice.den, twice.num + twice.den)  # the denominator is a sum of exponentials


def _abs(algebra: Algebra, term: Expr, environment: Environment) -> Fraction:
    argument = algebra.canonical(term.args[0], environment)
    argument = -argument if argument.could_extract_minus_sign() else argument  # one of both signs
    atom = algebra.atoms.of((Abs, argument))
    inner = algebra.translate(term.args[0], environment)
    if inner.den == 1:
        algebra.atoms.squares[atom] = inner.num**2
    return algebra.resolve(atom)


def _pi(algebra: Algebra, term: Expr, environment: Environment) -> Fraction:
    return Fraction(algebra.atoms.of((pi,)), S.One)


# -- bilinear: an inner product of linear combinations is a sum over words of matrices ------------------------

Word = tuple[Any, ...]  # matrices, outermost first, then the vector; a transposed matrix is Transpose(symbol)
Combination = dict[Word, Fraction]


def _dot(algebra: Algebra, term: Expr, environment: Environment) -> Fraction:
    left, right = (_combination(algebra, side, environment) for side in term.args)
    result = ZERO
    for u, x in left.items():
        for v, y in right.items():
            result = result + x * y * algebra.resolve(algebra.atoms.of((Dot, *_scalar_word(u, v))))
    return result


def _scalar_word(u: Word, v: Word) -> Word:
    """The word of the scalar ``(A x)^T B y``, the same for a scalar and its transpose."""
    word = (*_transposed(u), *v)
    return min(word, _transposed(word), key=lambda letters: tuple(map(_letter_order, letters)))


def _letter_order(letter: Any) -> tuple[str, bool]:
    return (letter.arg.name, True) if isinstance(letter, Transpose) else (letter.name, False)


def _transposed(word: Word) -> Word:
    return tuple(_flip(letter) for letter in reversed(word))


def _flip(letter: Any) -> Any:
    if letter.shape[1] == 1 or letter.shape[0] == 1:  # vectors stand at the ends of a scalar word only
        return letter
    return letter.arg if isinstance(letter, Transpose) else Transpose(letter)


def _combination(algebra: Algebra, term: MatrixExpr, environment: Environment) -> Combination:
    """A vector or matrix term as a linear combination of words."""
    if isinstance(term, MatAdd):
        return _sum(algebra, [_combination(algebra, part, environment) for part in term.args])
    if isinstance(term, (MatMul, Apply)):
        result: Combination = {(): ONE}
        for part in term.args:
            factor = (
                _combination(algebra, part, environment)
                if isinstance(part, MatrixExpr)
                else {(): algebra.translate(part, environment)}
            )
            result = _sum(algebra, [{(*u, *v): x * y} for u, x in result.items() for v, y in factor.items()])
        return result
    if isinstance(term, Transpose):
        inner = _combination(algebra, term.arg, environment)
        return {_transposed(word): value for word, value in inner.items()}
    if isinstance(term, ZeroMatrix):
        return {}
    if isinstance(term, Identity):
        return {(): ONE}
    if isinstance(term, MatrixSymbol):
        return {(term,): ONE}
    raise Undecided(f"nothing is known about the matrix {term}")


def _sum(algebra: Algebra, parts: list[Combination]) -> Combination:
    result: Combination = {}
    for part in parts:
        for word, value in part.items():
            for rewritten, factor in _rewritten(algebra, word).items():
                total = value * factor
                result[rewritten] = result[rewritten] + total if rewritten in result else total
    return result


def _rewritten(algebra: Algebra, word: Word) -> Combination:
    """The word after the equations in use, such as ``Pi e = e``, have been applied to its end."""
    for left, right in algebra.rewriting.items():
        if isinstance(left, Apply) and isinstance(left.args[0], MatrixSymbol) and word[-2:] == left.args:
            with algebra.replacing(left):
                tail = _combination(algebra, right, {})
                return _sum(algebra, [{(*word[:-2], *rest): value} for rest, value in tail.items()])
    return {word: ONE}


# -- sums over a symbolic range: constants move out, and each monomial is summed by itself --------------------


def _total(algebra: Algebra, term: Expr, environment: Environment) -> Fraction:
    ((i, lower, upper),) = term.limits
    body = algebra.translate(term.function, environment)
    num, den = algebra.atoms.reduce(body.num), algebra.atoms.reduce(body.den)
    if _varies(algebra, den, i):  # what does not vary may still stand below a factor that cancels
        num, den = map(algebra.atoms.reduce, sympy.fraction(sympy.cancel(num / den)))
    if _varies(algebra, den, i):
        return algebra.opaque(term, environment)
    result = ZERO
    for monomial in Add.make_args(num):
        constant, varying = monomial.as_independent(*(s for s in num.free_symbols if algebra.atoms.depends(s, i)))
        result = result + Fraction(constant, S.One) * _sum_of_monomial(algebra, varying, i, lower, upper, environment)
    return result * Fraction(S.One, den)


def _varies(algebra: Algebra, polynomial: Expr, i: Idx) -> bool:
    return any(algebra.atoms.depends(symbol, i) for symbol in polynomial.free_symbols)


def _sum_of_monomial(
    algebra: Algebra, varying: Expr, i: Idx, lower: Expr, upper: Expr, environment: Environment
) -> Fraction:
    if varying == 1:
        # A sum over an empty range downwards has no terms, whatever its limits say.
        algebra.obligations.add(Obligation("nonnegative", upper - lower + 1))
        count = algebra.translate(upper - lower + Integer(1), environment)
        if count.den != 1:
            raise Undecided(f"the number of terms {upper - lower + 1} is no polynomial")
        return count
    return algebra.resolve(algebra.atoms.of((Sum, varying, sympy.Tuple(i, lower, upper)), bound=frozenset({i})))


# -- tables of theories ---------------------------------------------------------------------------------------

RING: Mapping[type, Handler] = {type(pi): _pi, Abs: _abs}
TRIGONOMETRIC: Mapping[type, Handler] = {**RING, sin: _sin, cos: _cos}
EXPONENTIAL: Mapping[type, Handler] = {**RING, exp: _exp, tanh: _tanh}
BILINEAR: Mapping[type, Handler] = {**RING, Dot: _dot}
SUMS: Mapping[type, Handler] = {**EXPONENTIAL, Sum: _total}
ALL: Mapping[type, Handler] = {**TRIGONOMETRIC, **EXPONENTIAL, **BILINEAR, **SUMS}
