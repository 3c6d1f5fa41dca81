"""What can be changed at one place of a proposition."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sympy import (
    Abs,
    Add,
    Basic,
    Eq,
    Expr,
    Ge,
    Gt,
    Idx,
    Indexed,
    IndexedBase,
    Integer,
    Le,
    Lt,
    MatAdd,
    MatMul,
    MatrixExpr,
    MatrixSymbol,
    Mul,
    Ne,
    Pow,
    Rational,
    S,
    Sum,
    Symbol,
    ceiling,
    cos,
    exp,
    floor,
    sin,
    tanh,
)
from sympy.core.relational import Relational

from phase_latency.ledger.terms import Before, Defined, NotAll, Proposition, Same

# A relation with its other sense, and with its edge taken away or put to it.
_REVERSED = {Lt: Gt, Gt: Lt, Le: Ge, Ge: Le, Eq: Ne, Ne: Eq}
_AT_EDGE = {Lt: Le, Le: Lt, Gt: Ge, Ge: Gt}
_OTHER_FUNCTION = {sin: cos, cos: sin, floor: ceiling, ceiling: floor}


@dataclass(frozen=True)
class Change:
    """A changed proposition.

    Attributes:
        kind: operator, edge, sign, exponent, constant, index, bound, function or quantifier.
        path: numbers of arguments from the whole down to what was changed, and of the change there.
        text: the change in words.
        goal: the proposition that comes out.
    """

    kind: str
    path: tuple[int, ...]
    text: str
    goal: Proposition


def changes(goal: Proposition) -> Iterator[Change]:
    """Every change of a proposition at one place.

    Args:
        goal: the proposition.

    Yields:
        the changes, from the outside to the inside; what comes out need not be of the language of statements.
    """
    others = _by_kind(goal)
    for path, node in _places(goal):
        for number, (kind, new) in enumerate(_variants(node, others)):
            text = f"{new} in place of {node}"
            yield Change(kind, (*path, number), text, _put(goal, path, new))


def _places(node: Basic, path: tuple[int, ...] = ()) -> Iterator[tuple[tuple[int, ...], Basic]]:
    """Every part with the way to it. The shape of a matrix, an exponent and a range are no places of their own."""
    yield path, node
    if isinstance(node, (Symbol, Idx, MatrixSymbol, Rational)):
        return
    inner: Sequence[Any] = node.args
    if isinstance(node, (Pow, Sum)):
        inner = node.args[:1]
    for number, part in enumerate(inner):
        if not (isinstance(node, Indexed) and number == 0):
            yield from _places(part, (*path, number))


def _put(node: Basic, path: tuple[int, ...], new: Basic) -> Any:
    """The term with another part at the end of the way."""
    if not path:
        return new
    parts = list(node.args)
    parts[path[0]] = _put(parts[path[0]], path[1:], new)
    if isinstance(node, Relational):
        return node.func(*parts, evaluate=False)
    return node.func(*parts)


def _by_kind(goal: Proposition) -> dict[str, list[Expr]]:
    """The variables of a proposition that can stand for each other."""
    names = {base.label.name for base in goal.atoms(IndexedBase)} | {i.name for i in goal.atoms(Idx)}
    shapes = {size for matrix in goal.atoms(MatrixSymbol) for size in matrix.shape}
    ends = {symbol for i in goal.atoms(Idx) for end in (i.lower, i.upper) for symbol in end.free_symbols}
    taken = shapes | ends
    symbols = [s for s in goal.atoms(Symbol) if not isinstance(s, Idx) and s.name not in names and s not in taken]
    found: dict[str, list[Expr]] = {}
    for one in (*symbols, *goal.atoms(MatrixSymbol)):
        found.setdefault(_kind_of(one), []).append(one)
    return {kind: sorted(each, key=str) for kind, each in found.items()}


def _kind_of(one: Basic) -> str:
    return str(one.shape) if isinstance(one, MatrixSymbol) else f"integer {one.is_integer}"


def _variants(node: Any, others: dict[str, list[Expr]]) -> Iterator[tuple[str, Any]]:
    """What can stand in place of a part, with the kind of the change."""
    if isinstance(node, Relational):
        yield "operator", _REVERSED[node.func](*node.args, evaluate=False)
        if node.func in _AT_EDGE:
            yield "edge", _AT_EDGE[node.func](*node.args, evaluate=False)
    elif isinstance(node, NotAll):
        if len(node.args) > 1:
            yield from (("quantifier", NotAll(*(o for o in node.args if o is not one))) for one in node.args)
    elif isinstance(node, (MatAdd, Add)):
        last = node.args[-1]
        yield "sign", node.func(*node.args[:-1], -last)
        if not isinstance(node, MatrixExpr):
            yield "operator", Mul(*node.args)
    elif isinstance(node, Mul) and not isinstance(node, MatrixExpr):
        yield "operator", Add(*node.args)
        yield "sign", -node
    elif isinstance(node, MatMul):
        yield "sign", -node
    elif isinstance(node, Pow):
        yield "exponent", Pow(node.base, node.exp + 1)
        yield "exponent", Pow(node.base, -node.exp)
    elif isinstance(node, Sum) and not node.function.atoms(Sum):  # one within may run over the same index
        i, lower, upper = node.limits[0]
        yield "bound", _over(node, i, lower + 1, upper)
        yield "bound", _over(node, i, lower, upper + 1)
    elif isinstance(node, Rational):
        yield "constant", node + 1
    elif isinstance(node, Indexed):
        yield "index", node.base[node.indices[0] + 1]
        if node.indices[0] != 0:
            yield "index", node.base[Integer(0)]
    elif isinstance(node, (Symbol, MatrixSymbol)) and not isinstance(node, Idx):
        yield from (("index", other) for other in others.get(_kind_of(node), []) if other != node)
        if isinstance(node, Symbol):
            yield "exponent", node**2
    else:
        yield from (("function", new) for new in _other_functions(node))


def _over(node: Sum, i: Idx, lower: Expr, upper: Expr) -> Sum:
    """The same sum over another range."""
    j = Idx(i.label, (lower, upper))
    return Sum(node.function.xreplace({i: j}), (j, lower, upper))


def _other_functions(node: Any) -> Iterator[Any]:
    if node.func in _OTHER_FUNCTION:
        yield _OTHER_FUNCTION[node.func](*node.args)
    elif isinstance(node, exp):
        yield exp(-node.args[0])
    elif isinstance(node, (tanh, Abs)):
        yield node.args[0]
    elif isinstance(node, (Before, Same)):
        left, right = node.args
        yield Before(right, left) if isinstance(node, Before) else S.One - node
    elif isinstance(node, Defined) and len(node.args) > 1:
        first, second, *rest = node.args
        yield node.func(second, first, *rest)
