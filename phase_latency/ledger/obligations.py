"""What has to hold for a term to have a value, or to have the value that its translation gives it."""

from typing import Literal, NamedTuple

from sympy import Expr


class Obligation(NamedTuple):
    """Something to be shown of a term before anything follows from a translation of it.

    Attributes:
        kind: what is to be shown. For ``nonzero`` the term is a polynomial in atoms, else a scalar as written.
        term: of which it is to be shown.
        whole: what has no value otherwise, such as a square root; a fact in use that has it as a part settles it.
    """

    kind: Literal["nonzero", "nonnegative", "positive"]
    term: Expr
    whole: Expr | None = None
