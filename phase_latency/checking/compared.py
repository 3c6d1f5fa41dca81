"""`compare`: how one encoding comes from another."""

from phase_latency.adapters import Kind, Subject, adapt
from phase_latency.checking.claims import Mask
from phase_latency.checking.comparing import compare_subjects
from phase_latency.checking.guards import TIME_LIMIT, Limits, guarded
from phase_latency.checking.options import check_options
from phase_latency.checking.relation import Relation


def compare(
    encoding: object,
    reference: object,
    *,
    length: int = 256,
    within: tuple[int, int] | None = None,
    mask: Mask | None = None,
    kind: Kind | None = None,
    dim: int | None = None,
    heads: int | None = None,
    seed: int = 0,
    time_limit: float = TIME_LIMIT,
) -> Relation:
    """Find the strongest relation between two encodings: equal, scaled, re-timed, permuted, other frequencies, or none.

    Both are run: never compare code that you would not run.

    Args:
        encoding: anything that `phase_latency.adapters.adapt` takes.
        reference: what it is held against, of the same kind, width and number of heads.
        length: number of positions of a sequence, >= 2.
        within: first and last position to look at; None for as far as both are defined.
        mask: "causal" if only keys at or before the query count, for biases; None for what either declares.
        kind: "additive", "rotary" or "bias"; None to find out.
        dim: width of queries and keys; None to find out, from the other one if need be.
        heads: number of heads of a bias; None to find out.
        seed: of every random choice.
        time_limit: seconds that one call may take, in the main thread.

    Returns:
        the relation, with the smallest entry that differs.

    Raises:
        ArgumentError: they are of different kinds, widths or numbers of heads, or an argument is not accepted.
        EncodingError: one of them raises, hangs, returns something else than it should, or is finite nowhere.
        MissingToolError: one needs a library that is not installed.
    """
    check_options(length, seed, within, time_limit)
    limits = Limits(seed, time_limit)

    def adapted(each: object, width: int | None) -> Subject:
        subject: Subject = guarded("encoding", limits, lambda: adapt(each, kind=kind, dim=width, heads=heads))
        return subject

    second = adapted(reference, dim)
    first = adapted(encoding, dim if isinstance(encoding, Subject) else dim or second.dim)
    return compare_subjects(first, second, length=length, within=within, limits=limits, mask=mask)
