"""Points at which statements are tried: random rational ones, and the exact witnesses of refutations."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from random import Random
from typing import Any

from sympy import Expr, Float, Integer, MatrixSymbol, Rational, Symbol, sympify

from phase_latency.ledger.evaluation import BALL, EXACT, Domain, Unevaluable, truth
from phase_latency.ledger.terms import Proposition

# Values of some symbols by name: a number; {position: number} for a sequence; rows or entries for a matrix or vector.
Values = Mapping[str, Any]
Sampler = Callable[[Random], Values]


class Model:
    """Values for the symbols of a statement, given by name; what is not given is drawn once, from ``rng``."""

    def __init__(self, values: Values, rng: Random | None = None) -> None:
        """Take ``values``; without ``rng`` a missing value makes a term :class:`Unevaluable`."""
        self.values: dict[str, Any] = {name: _exact(value) for name, value in values.items()}
        self._rng = rng

    def scalar(self, symbol: Symbol) -> Expr:
        """Value of a symbol.

        Args:
            symbol: a real number or an integer.

        Returns:
            Its value.

        Raises:
            Unevaluable: if it has none, or the value given is no such number.
        """
        if symbol.name not in self.values:
            self.values[symbol.name] = _draw(self._random(symbol.name), whole=bool(symbol.is_integer))
        value = self.values[symbol.name]
        if not isinstance(value, Expr) or (symbol.is_integer and not value.is_Integer):
            kind = "an integer" if symbol.is_integer else "a number"
            raise Unevaluable(f"{symbol.name} = {value} at this point; expected {kind}")
        return value

    def entry(self, name: str, position: int) -> Expr:
        """Entry of a sequence.

        Args:
            name: of the sequence.
            position: of the entry.

        Returns:
            Its value.

        Raises:
            Unevaluable: if it has none, or the value given for the name is no sequence.
        """
        entries = self.values.setdefault(name, {})
        if not isinstance(entries, dict):
            raise Unevaluable(f"{name} = {entries} at this point; expected a sequence")
        if position not in entries:
            entries[position] = _draw(self._random(f"{name}[{position}]"))
        value: Expr = entries[position]
        return value

    def rows(self, symbol: MatrixSymbol, shape: tuple[int, int]) -> list[list[Expr]]:
        """Rows of a matrix or vector.

        Args:
            symbol: the matrix or vector.
            shape: its size at this point.

        Returns:
            Its entries.

        Raises:
            Unevaluable: if it has none, or the value given has another shape.
        """
        if symbol.name not in self.values:
            rng = self._random(symbol.name)
            self.values[symbol.name] = [[_draw(rng) for _ in range(shape[1])] for _ in range(shape[0])]
        value = self.values[symbol.name]
        if not isinstance(value, list) or len(value) != shape[0] or any(len(row) != shape[1] for row in value):
            raise Unevaluable(f"{symbol.name} = {_text(value)} at this point; expected the shape {shape}")
        return value

    def _random(self, name: str) -> Random:
        if self._rng is None:
            raise Unevaluable(f"{name} has no value at this point")
        return self._rng

    def describe(self) -> dict[str, str]:
        """The point as text, symbol by symbol, in alphabetical order."""
        return {name: _text(value) for name, value in sorted(self.values.items())}

    def __repr__(self) -> str:
        return ", ".join(f"{name} = {value}" for name, value in self.describe().items())


def holds_at(propositions: Sequence[Proposition], point: Model, domain: Domain) -> bool:
    """Whether every proposition is certified true at the point."""
    try:
        return all(truth(proposition, point, domain) is True for proposition in propositions)
    except Unevaluable:
        return False


def fails_at(proposition: Proposition, point: Model, domain: Domain) -> bool:
    """Whether the proposition is certified false at the point."""
    try:
        return truth(proposition, point, domain) is False
    except Unevaluable:
        return False


def random_models(
    hypotheses: Sequence[Proposition], seed: int, count: int, sampler: Sampler | None = None, tries: int = 4000
) -> Iterator[Model]:
    """Random rational points that satisfy the hypotheses.

    Args:
        hypotheses: propositions that must be certified true at each point, exactly.
        seed: of the generator; the points depend on nothing else.
        count: how many points to look for.
        sampler: draws values for symbols that rejection alone would hardly hit (equations, long ranges).
        tries: draws after which the search stops, so fewer points than ``count`` may come.

    Yields:
        Points, with values for at least the symbols of the hypotheses.
    """
    rng = Random(seed)
    found = 0
    for _ in range(tries):
        if found == count:
            return
        point = Model(sampler(rng) if sampler else {}, rng)
        # Balls are fast and certify strict relations; exact arithmetic is asked only where they leave it open.
        if all(_holds(hypothesis, point) for hypothesis in hypotheses):
            found += 1
            yield point


def _holds(hypothesis: Proposition, point: Model) -> bool:
    try:
        verdict = truth(hypothesis, point, BALL)
        return bool(truth(hypothesis, point, EXACT) if verdict is None else verdict)
    except Unevaluable:
        return False


def _draw(rng: Random, whole: bool = False) -> Expr:
    if whole:
        return Integer(rng.choice((1, 2, 3, 4, 2, 3, 0, -1, 5, -2)))
    return Rational(rng.randint(-12, 12), rng.choice((1, 2, 3, 5)))


def _exact(value: Any) -> Any:
    """The value with every number in it as one of SymPy's, which must be exact, finite and real."""
    if isinstance(value, Mapping):
        return {int(key): _exact(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        rows = [row if isinstance(row, (list, tuple)) else [row] for row in value]
        return [[_exact(entry) for entry in row] for row in rows]
    exact = sympify(value, strict=True)
    if not isinstance(exact, Expr) or exact.atoms(Float) or exact.free_symbols or not exact.is_real:
        raise ValueError(f"values: got {value}; expected an exact real number (int, Rational, acos(3/5), log(2))")
    return exact


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {entry}" for key, entry in sorted(value.items())) + "}"
    if isinstance(value, list):
        column = all(len(row) == 1 for row in value)
        return str([row[0] for row in value] if column else value)
    return str(value)
