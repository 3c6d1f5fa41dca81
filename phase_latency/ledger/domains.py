"""The arithmetics in which terms are evaluated: SymPy's exact numbers, and certified balls of python-flint."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from math import lcm, prod
from typing import Any, ClassVar, NoReturn, Protocol

import flint
import sympy
from sympy import Abs, Expr, acos, ceiling, cos, exp, floor, log, pi, sin, tanh
from sympy.core.evalf import PrecisionExhausted

_POWER = 10_000  # up to which powers of rationals are computed
_DIGITS = 15  # that have to be certain before a constant counts as positive or negative


class Unevaluable(Exception):
    """The term has no value at the point: division by zero, a root of a negative number, a symbol without value."""


class NoValue(Unevaluable):
    """The term certainly has no value at the point; any other reason leaves that open."""


class Domain(Protocol):
    """Arithmetic in which terms are evaluated; values support ``+ - *`` among themselves."""

    def working(self) -> AbstractContextManager[Any]:
        """Inside of which the arithmetic works at its precision."""

    def number(self, value: Expr) -> Any:
        """A rational number, or pi, as a value of the domain."""

    def apply(self, head: type, value: Any) -> Any:
        """An elementary function of a value."""

    def power(self, base: Any, exponent: Expr) -> Any:
        """``base`` to a rational exponent."""

    def sign(self, value: Any) -> int | None:
        """-1, 0 or 1 where certain, else None."""


class Exact:
    """SymPy's exact numbers; signs are certain for rationals, and for sums of their logarithms, only."""

    def working(self) -> AbstractContextManager[Any]:
        """Exact numbers need no precision."""
        return nullcontext()

    def number(self, value: Expr) -> Expr:
        """The number itself."""
        return value

    def apply(self, head: type, value: Expr) -> Expr:
        """The function, with angle sums expanded so that rational sines and cosines come out as rationals.

        Args:
            head: the function.
            value: where to take it.

        Returns:
            Its value.

        Raises:
            Unevaluable: if the function is not known to have a real value there.
            NoValue: if it has none.
        """
        if head is log and self.sign(value) != 1:
            _refuse(self.sign(value), f"the logarithm of {value}")
        if head is acos and self.sign(1 - value**2) not in (0, 1):
            _refuse(self.sign(1 - value**2), f"the arc cosine of {value}")
        if head in (floor, ceiling, Abs) and self.sign(value) is None:  # SymPy would look at digits
            raise Unevaluable(f"{head.__name__} of {value}")
        if head is tanh:
            return (exp(2 * value) - 1) / (exp(2 * value) + 1)
        result = head(value)
        return sympy.expand_trig(result) if head in (sin, cos) else result

    def power(self, base: Expr, exponent: Expr) -> Expr:
        """The power.

        Args:
            base: value of the base.
            exponent: rational number.

        Returns:
            Its value.

        Raises:
            Unevaluable: if a base that may vanish has a negative exponent, or a negative one a fractional exponent.
            NoValue: if it does vanish, or is negative.
        """
        if exponent < 0 and self.sign(base) in (0, None):
            _refuse(self.sign(base), f"division by {base}")
        if not exponent.is_Integer and self.sign(base) in (-1, None):
            _refuse(self.sign(base), f"a root of {base}")
        return base**exponent

    def sign(self, value: Expr) -> int | None:
        """Sign of a rational number, or of rational multiples of logarithms of them; others are left to the balls."""
        value = value if value.is_Rational else sympy.expand(value)
        power = None if value.is_Rational else _exponential(value)
        compared = value if power is None else power - 1
        return int(sympy.sign(compared)) if compared.is_Rational else None


def _exponential(value: Expr) -> Expr | None:
    """The exponential of a multiple of the value, if that is a sum of multiples of logarithms of positive rationals."""
    terms = [term.as_coeff_Mul() for term in sympy.Add.make_args(value)]
    if not all(isinstance(part, log) and part.args[0].is_Rational and part.args[0] > 0 for _, part in terms):
        return None
    whole = lcm(*(int(factor.q) for factor, _ in terms))
    powers = [(part.args[0], factor * whole) for factor, part in terms]
    if any(abs(power) > _POWER for _, power in powers):  # too long a number to write down
        return None
    return sympy.Mul(*(base**power for base, power in powers))


def _refuse(sign: int | None, what: str) -> NoReturn:
    """There is certainly no value if the sign that is in the way is certain."""
    raise Unevaluable(what) if sign is None else NoValue(what)


class Closed(Exact):
    """As :class:`Exact`, with the sign of other constants, such as ``cos(3) - cos(1)``, as SymPy decides it.

    Used to refute controls only, never to prove: SymPy evaluates the constant until enough of its digits are certain.
    """

    def sign(self, value: Expr) -> int | None:
        """Sign of a closed-form constant where SymPy decides it."""
        exact = super().sign(value)
        if exact is not None:
            return exact
        try:  # SymPy's is_positive and is_negative can take a zero for something else: they do not ask for digits
            digits = sympy.expand(value).evalf(_DIGITS, strict=True)
        except PrecisionExhausted:
            return None
        return int(sympy.sign(digits)) if digits.is_Float and digits != 0 else None


class Ball:
    """Certified enclosures by python-flint's ``arb``."""

    precision = 160  # bits; differences of the terms in use are resolved far above 2**-100

    _functions: ClassVar[dict[type, Callable[[flint.arb], flint.arb]]] = {
        sin: flint.arb.sin,
        cos: flint.arb.cos,
        exp: flint.arb.exp,
        log: flint.arb.log,
        tanh: flint.arb.tanh,
        acos: flint.arb.acos,
        floor: flint.arb.floor,
        ceiling: flint.arb.ceil,
        Abs: flint.arb.__abs__,
    }

    def working(self) -> AbstractContextManager[Any]:
        """Inside of which ``precision`` bits are computed with, in place of flint's 53."""
        manager: AbstractContextManager[Any] = flint.ctx.workprec(self.precision)
        return manager

    def number(self, value: Expr) -> flint.arb:
        """An enclosure of a rational number or of pi."""
        return flint.arb.pi() if value is pi else flint.arb(flint.fmpq(int(value.p), int(value.q)))

    def apply(self, head: type, value: flint.arb) -> flint.arb:
        """An enclosure of the function over the ball."""
        return self._functions[head](value)

    def power(self, base: flint.arb, exponent: Expr) -> flint.arb:
        """An enclosure of the power.

        Args:
            base: enclosure of the base.
            exponent: rational number.

        Returns:
            The enclosure; not finite if a root of a negative number may be asked for.

        Raises:
            Unevaluable: if a base that may vanish has a negative exponent.
        """
        if exponent < 0 and base.contains(0):
            raise Unevaluable(f"division by {base}")
        root: flint.arb = base if exponent.is_Integer else base.root(int(exponent.q))
        if root.contains(0):  # of such a ball flint knows no power, not even the square
            return prod([root] * int(exponent.p), start=flint.arb(1))
        return root ** int(exponent.p)

    def sign(self, value: flint.arb) -> int | None:
        """The sign where the ball certifies it.

        Args:
            value: enclosure.

        Returns:
            The sign, or None if the ball contains zero and something else.

        Raises:
            Unevaluable: if the enclosure is not finite.
        """
        if not value.is_finite():
            raise Unevaluable(f"no finite enclosure: {value}")
        if value > 0:
            return 1
        if value < 0:
            return -1
        return 0 if value.is_zero() else None


EXACT = Exact()
CLOSED = Closed()
BALL = Ball()
