"""Assertions about encodings: they pass, or fail with the smallest example and how to see it again.

Measuring and asserting are separate: `check` and `compare` find out, the assertions here only hold the answer against
what was expected, and return it.
"""

from typing import TypedDict, Unpack

from phase_latency.adapters import Kind
from phase_latency.checking.cases import Transformation
from phase_latency.checking.claims import Claim, Mask, parse_class, parse_transformation
from phase_latency.checking.classes import EXACT, InvarianceClass
from phase_latency.checking.profile import InvarianceProfile, ProfileRow, Verdict
from phase_latency.checking.profiling import Progress, check
from phase_latency.errors import ArgumentError
from phase_latency.testing.recording import InvarianceAssertionError, record


class CheckOptions(TypedDict, total=False):
    """Options of an assertion that are passed on to `phase_latency.checking.check`, which documents them."""

    seed: int
    max_examples: int
    length: int
    within: tuple[int, int] | None
    kind: Kind | None
    dim: int | None
    heads: int | None
    name: str | None
    quick: bool
    time_limit: float
    progress: Progress | None


# What is wrong, by the verdict that the assertion wants and the one that was found. Neither wants to pass by accident:
# not on an encoding that ignores positions, and not on what could not be decided.
_WRONG: dict[tuple[Verdict, Verdict], str] = {
    ("HOLDS", "FAILS"): "FAILS",
    ("HOLDS", "VACUOUS"): "is VACUOUS: it could not fail, so that it holding says nothing",
    ("HOLDS", "UNDECIDED"): "is UNDECIDED: it is not known to hold",
    ("FAILS", "HOLDS"): "HOLDS, and was asserted to fail",
    ("FAILS", "VACUOUS"): "is VACUOUS: it could not fail, and was asserted to",
    ("FAILS", "UNDECIDED"): "is UNDECIDED: it is not known to fail, and was asserted to",
}


def assert_invariant(
    encoding: object,
    under: Transformation | str,
    up_to: InvarianceClass | str = EXACT,
    *,
    mask: Mask | None = None,
    **options: Unpack[CheckOptions],
) -> InvarianceProfile:
    """Assert that an encoding is invariant under a transformation, up to a class.

    Args:
        encoding: anything that `check` takes.
        under: the transformation: ``Shift()``, or its name, such as "shift" or "amplitude(1/64)".
        up_to: how logits may change: ``RowConstant()``, or its name, such as "row-constant".
        mask: "causal" if only keys at or before the query count; None for what the encoding declares.
        **options: options of `check`, such as ``seed``, ``length``, ``within`` or ``dim``.

    Returns:
        the profile, with one row.

    Raises:
        InvarianceAssertionError: the claim fails, or holds only because positions are not used, or is not decided.
        ArgumentError: an argument is of another kind, or the encoding is none that can be adapted.
        EncodingError: the encoding raises, hangs, is random, or returns something else than it should.
        MissingToolError: it needs a library that is not installed.
    """
    __tracebackhide__ = True
    return _asserted("HOLDS", encoding, as_claim(under, up_to, mask), options)


def assert_not_invariant(
    encoding: object,
    under: Transformation | str,
    up_to: InvarianceClass | str = EXACT,
    *,
    mask: Mask | None = None,
    **options: Unpack[CheckOptions],
) -> InvarianceProfile:
    """Assert that an encoding is certainly not invariant under a transformation, up to a class.

    Args:
        encoding: anything that `check` takes.
        under: the transformation, or its name.
        up_to: how logits may change, or its name.
        mask: "causal" if only keys at or before the query count; None for what the encoding declares.
        **options: options of `check`.

    Returns:
        the profile, with one row, whose witness shows the violation.

    Raises:
        InvarianceAssertionError: the claim does not fail: it holds, or could not fail, or is not decided.
        ArgumentError: an argument is of another kind, or the encoding is none that can be adapted.
        EncodingError: the encoding raises, hangs, is random, or returns something else than it should.
        MissingToolError: it needs a library that is not installed.
    """
    __tracebackhide__ = True
    return _asserted("FAILS", encoding, as_claim(under, up_to, mask), options)


def as_claim(under: Transformation | str, up_to: InvarianceClass | str, mask: Mask | None) -> Claim:
    """Make a claim of objects or their names.

    Args:
        under: the transformation, or its name.
        up_to: the class, or its name.
        mask: "causal" or None.

    Returns:
        the claim.

    Raises:
        ArgumentError: there is no such transformation, class or mask.
    """
    transformation = parse_transformation(under) if isinstance(under, str) else under
    return Claim(transformation, parse_class(up_to) if isinstance(up_to, str) else up_to, mask)


def check_options(options: CheckOptions) -> None:
    """Refuse options that `check` does not have.

    Args:
        options: by name.

    Raises:
        ArgumentError: it does not have one of them.
    """
    for name, value in options.items():
        if name not in CheckOptions.__annotations__:
            raise ArgumentError(name, value, f"one of {', '.join(CheckOptions.__annotations__)}", "leave it out")


def _asserted(wanted: Verdict, encoding: object, claim: Claim, options: CheckOptions) -> InvarianceProfile:
    __tracebackhide__ = True
    check_options(options)
    profile = record(check(encoding, claim, **options))
    (row,) = profile.rows
    if row.verdict == wanted:
        return profile
    raise InvarianceAssertionError(_message(wanted, profile, row), profile, program=row.snippet)


# -- what a failure says ----------------------------------------------------------------------------------------------


def _message(wanted: Verdict, profile: InvarianceProfile, row: ProfileRow) -> str:
    mask = f" under a {row.mask} mask" if row.mask else ""
    lines = [f"{profile.encoding}: {row.under} up to {row.invariance}{mask} {_WRONG[wanted, row.verdict]}"]
    lines.append(f"  reason: {row.reason}")
    if row.deviation is not None and row.bound is not None:
        lines.append(f"  deviation: {row.deviation:.3g}, rounding explains {row.bound:.2g}")
    low, high = profile.positions
    lines.append(f"  looked at: positions {low} to {high}, sequences of {profile.length}, seed {profile.seed}")
    if row.witness is not None:
        lines.append(f"  smallest witness: {row.witness}")
        lines += ["  reproduce:", *(f"    {line}" for line in row.snippet.splitlines())]
        then = "then phase-latency replay FILE --encoding MODULE:OBJECT"
        lines.append(f"  replay: pytest --phase-latency-report DIR, {then}")
    elif row.verdict == "FAILS":
        lines.append("  smallest witness: none was found or looked for")
    return "\n".join(lines)
