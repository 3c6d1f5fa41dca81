"""`check`: the invariance profile of an encoding."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from phase_latency.adapters import Kind, adapt
from phase_latency.checking.cases import Case, Parameter, Transformation
from phase_latency.checking.claims import STANDARD, Claim, Mask
from phase_latency.checking.classes import EXACT, NOTHING
from phase_latency.checking.decision import NOT_FINITE, Trial, decide, strongest
from phase_latency.checking.facts import Facts, Groundwork, angle_dtype, groundwork, is_deterministic, not_applicable
from phase_latency.checking.guards import TIME_LIMIT, EncodingError, Limits, guarded
from phase_latency.checking.options import check_options
from phase_latency.checking.profile import InvarianceProfile, ProfileRow
from phase_latency.checking.reasons import REBUILD_IS_CLEAN, row_of
from phase_latency.checking.scopes import find_scope
from phase_latency.checking.session import Session
from phase_latency.checking.sweep import conspicuous_shifts
from phase_latency.checking.transformations import History, Shift
from phase_latency.checking.witness_search import smallest_witness
from phase_latency.errors import ArgumentError
from phase_latency.validation import check_whole

Progress = Callable[[str, int, int], None]

_LENGTH = 256
_ROWS, _QUICK_ROWS = 768, 256  # of logits looked at in one case, about
_QUICK = 6  # cases of a transformation in a quick check
_MAX_EXAMPLES = 200


@dataclass(frozen=True)
class _Effort:
    """How hard to look."""

    quick: bool
    max_examples: int


def check(
    encoding: object,
    claims: Claim | Iterable[Claim] | None = None,
    *,
    seed: int = 0,
    max_examples: int = _MAX_EXAMPLES,
    length: int = _LENGTH,
    within: tuple[int, int] | None = None,
    mask: Mask | None = None,
    kind: Kind | None = None,
    dim: int | None = None,
    heads: int | None = None,
    name: str | None = None,
    quick: bool = False,
    time_limit: float = TIME_LIMIT,
    progress: Progress | None = None,
) -> InvarianceProfile:
    """Check an encoding: decide claims, or find the strongest class of invariance under every transformation.

    The encoding is run: never check code that you would not run. A verdict is obtained from unit vectors at chosen
    positions of a sequence and shifts up to a million, and from a sweep over all of its positions; it is a test with a
    certified rounding bound, no proof for all positions.

    Args:
        encoding: anything that `phase_latency.adapters.adapt` takes: a `Subject`, one of our encodings, a table, a
            function or module of positions, of x and positions, or of query and key positions, or an encoding of a
            library that has an adapter.
        claims: what to decide; None for a profile of the strongest classes.
        seed: of every random choice; equal seeds give equal profiles.
        max_examples: how many examples each search for a smaller witness may try.
        length: number of positions of a sequence, >= 2.
        within: first and last position to look at; None for 0 to length plus a million, as far as it is defined.
        mask: "causal" if only keys at or before the query count; None for what the encoding declares.
        kind: "additive", "rotary" or "bias"; None to find out.
        dim: width of queries and keys; None to find out.
        heads: number of heads of a bias; None to find out.
        name: for reading; None to find out.
        quick: look at fewer cases, and search for no smaller witness.
        time_limit: seconds that one call of the encoding may take, in the main thread.
        progress: called with the transformation, how many are done, and how many there are.

    Returns:
        the profile.

    Raises:
        ArgumentError: an argument is of another kind, or the encoding is none that can be adapted.
        EncodingError: the encoding raises, hangs, is random, or returns something else than it should.
        MissingToolError: it needs a library that is not installed.
    """
    check_options(length, seed, within, time_limit)
    check_whole(max_examples, "max_examples", 1, "pass a number of examples")
    limits = Limits(seed, time_limit)
    subject = guarded(name or "encoding", limits, lambda: adapt(encoding, name=name, kind=kind, dim=dim, heads=heads))
    asked = _asked(claims, mask, subject.kind)
    scope = find_scope(subject, limits, length, within)
    causal = mask == "causal" or subject.declared.mask == "causal"
    session = Session(subject, scope, limits, causal, _QUICK_ROWS if quick else _ROWS)
    if not is_deterministic(subject, limits, session.seen.base):
        found, expected = "other values on the second call", "a function of positions"
        raise EncodingError(subject.name, found, expected, "call .eval(), or fix what is drawn at random")
    effort = _Effort(quick, max_examples)
    ground = groundwork(session)
    rows = []
    for number, (under, claim) in enumerate(asked):
        if progress is not None:
            progress(under.name, number, len(asked))
        rows.append(_row(session, under, claim, effort, ground))
    facts = _facts(session, rows, ground)
    positions = scope.low, scope.high
    return InvarianceProfile(
        subject.name, subject.kind, positions, scope.length, tuple(rows), facts, seed, subject.source
    )


def _asked(
    claims: Claim | Iterable[Claim] | None, mask: Mask | None, kind: Kind
) -> Sequence[tuple[Transformation, Claim | None]]:
    if mask not in (None, "causal"):
        raise ArgumentError("mask", mask, "'causal' or None", "leave it out for all keys")
    if claims is None:
        return [(under, None) for under in STANDARD if kind in under.kinds]
    if not isinstance(claims, Claim | Iterable):
        raise ArgumentError("claims", claims, "claims such as Claim(Shift())", "wrap it in Claim(...)")
    listed = [claims] if isinstance(claims, Claim) else list(claims)
    if not listed:
        raise ArgumentError("claims", listed, "at least one claim", "pass None for a profile")
    for claim in listed:
        if not isinstance(claim, Claim):
            raise ArgumentError("claims", claim, "claims such as Claim(Shift())", "wrap it in Claim(...)")
    return [(claim.under, claim) for claim in listed]


def _row(
    session: Session, under: Transformation, claim: Claim | None, effort: _Effort, ground: Groundwork
) -> ProfileRow:
    if claim is not None and claim.mask == "causal":
        session = session.masked(causal=True)
    parameters = _parameters(session, under, effort)
    cases = [under.case(parameter, session.scope) for parameter in parameters]
    if not cases:
        trial, why = None, not_applicable(under, session.subject, session.scope)
    else:
        trial, why = _tried(session, under, cases, claim), ""
    witness = None
    if trial is not None and not effort.quick:
        blamed = ("violated", "dtype") if claim is not None or trial.invariance == NOTHING else ("dtype",)
        failed = next((each for each in trial.failing if each.outcome in blamed), None)
        if failed is not None:
            witness = smallest_witness(session, under, failed, parameters, effort.max_examples)
    return row_of(session, under, claim, trial, why, witness, ground)


def _tried(session: Session, under: Transformation, cases: Sequence[Case], claim: Claim | None) -> Trial:
    return strongest(session, under, cases) if claim is None else decide(session, under, cases, claim.up_to)


def _parameters(session: Session, under: Transformation, effort: _Effort) -> list[Parameter]:
    """Parameters whose cases leave at least two base positions; with those that a sweep finds conspicuous."""
    if session.subject.kind not in under.kinds:
        return []
    parameters = under.parameters(session.scope)
    if effort.quick and len(parameters) > _QUICK:
        step = (len(parameters) - 1) / (_QUICK - 1)
        parameters = [parameters[round(number * step)] for number in range(_QUICK)]
    if under == Shift():
        more = [shift for shift in conspicuous_shifts(session) if shift not in parameters]
        parameters = sorted([*parameters, *more], key=lambda shift: int(shift))
    return [each for each in parameters if len(session.fitting(under.case(each, session.scope)).base) >= 2]


def _facts(session: Session, rows: Sequence[ProfileRow], ground: Groundwork) -> Facts:
    shift = next((row for row in rows if row.under == Shift().name), None)
    turns = shift is None or shift.verdict == "HOLDS" or REBUILD_IS_CLEAN in shift.reason
    history = next((row for row in rows if row.under == History().name), None)
    if history is None:
        history = _row(session, History(), None, _Effort(quick=True, max_examples=1), ground)
    return Facts(
        vacuous=ground.blind,
        finite=not any(NOT_FINITE in row.reason for row in (*rows, history)),
        deterministic=True,
        history_dependent=history.verdict == "FAILS" or history.invariance != EXACT.name,
        window_dependent=ground.window_dependent,
        angle_dtype=angle_dtype(session) if turns else None,
        distinct_positions=ground.distinct,
        tested_positions=ground.tested,
        first_collision=ground.first_collision,
        prints=bool(session.limits.output.getvalue()),
        ends=session.scope.ends,
    )
