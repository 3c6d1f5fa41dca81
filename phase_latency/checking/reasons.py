"""From what was tried to a row of the profile: verdict, figures and a reason in one sentence."""

from phase_latency.checking.cases import Transformation
from phase_latency.checking.claims import Claim, Mask
from phase_latency.checking.classes import EXACT, NOTHING
from phase_latency.checking.decision import Found, Trial, worst, worst_entry
from phase_latency.checking.facts import Groundwork
from phase_latency.checking.profile import ProfileRow, Verdict
from phase_latency.checking.session import Session
from phase_latency.checking.snippets import snippet
from phase_latency.checking.transformations import (
    Amplitude,
    Cast,
    Compress,
    Permute,
    QueryShift,
    Relabel,
    Retime,
    Shift,
)
from phase_latency.checking.witness import Witness

REBUILD_IS_CLEAN = "the float64 rebuild is clean"
_MOVES = (Shift, Relabel, Permute, Compress, Retime)  # what says nothing of an encoding that ignores positions


def row_of(
    session: Session,
    under: Transformation,
    claim: Claim | None,
    trial: Trial | None,
    not_tried: str,
    witness: Witness | None,
    ground: Groundwork,
) -> ProfileRow:
    """Sum up what was found for a transformation.

    Args:
        session: the encoding.
        under: the transformation.
        claim: what was claimed; None for the strongest class.
        trial: what was tried; None if nothing could be.
        not_tried: why nothing could be tried.
        witness: smallest example of a violation, if there is one.
        ground: what else is known about the encoding.

    Returns:
        the row.
    """
    claimed = claim is not None
    mask: Mask | None = "causal" if session.causal else None
    if trial is None:
        name = claim.up_to.name if claim else NOTHING.name
        return ProfileRow(under.name, name, claimed, "UNDECIDED", not_tried, mask=mask)
    verdict, reason, shown = _verdict(session, trial, claimed, ground)
    deviation = bound = None
    if shown is not None and shown.fit is not None:
        entry = worst_entry(shown.fit)
        deviation, bound = float(shown.fit.deviation[entry]), float(shown.fit.allowance[entry])
    scale = _scale(trial) if verdict == "HOLDS" else None
    name = trial.invariance.name
    subject = session.subject
    program = ""
    if witness is not None:
        scope, seed = session.scope, session.limits.seed
        masked = ", mask='causal'" if mask else ""
        options = f"length={scope.length}, within=({scope.low}, {scope.high}), seed={seed}{masked}"
        program = snippet(witness, subject.kind, subject.dim, subject.source, options)
    return ProfileRow(under.name, name, claimed, verdict, reason, scale, deviation, bound, witness, mask, program)


def _verdict(session: Session, trial: Trial, claimed: bool, ground: Groundwork) -> tuple[Verdict, str, Found | None]:
    # What only a dtype breaks fails, even if a weaker class survives.
    failing = [each for each in trial.failing if claimed or trial.invariance == NOTHING or each.outcome == "dtype"]
    for outcome in ("not finite", "violated", "dtype", "undecided"):
        first = next((each for each in failing if each.outcome == outcome), None)
        if first is not None:
            verdict: Verdict = "UNDECIDED" if outcome == "undecided" else "FAILS"
            return verdict, _why_it_fails(ground, trial, first), first
    shown = worst(trial.holding)
    if ground.blind and isinstance(trial.under, _MOVES):
        return "VACUOUS", _why_vacuous(session, ground), shown
    return "HOLDS", _why_it_holds(session, trial), shown


def _why_it_fails(ground: Groundwork, trial: Trial, found: Found) -> str:
    where = f"{type(trial.under).__name__.lower()} {found.case.parameter}"
    if found.reason:
        return f"{where}: {found.reason}"
    if isinstance(trial.under, QueryShift):
        return "logits change when queries move alone: position is used"
    if found.outcome == "violated":
        return f"{where} changes the logits by more than rounding explains" + _in_rebuild(found)
    if isinstance(trial.under, Cast):
        return f"{where}: off by more than the rounding of results, with angles in float32"
    lost = "precision is lost in a dtype narrower than float32"
    return f"{where}: {lost}; {REBUILD_IS_CLEAN}{_collide(ground)}"


def _in_rebuild(found: Found) -> str:
    return ", in the float64 rebuild" if found.level == "twin strict" else ""


def _collide(ground: Groundwork) -> str:
    return "" if ground.first_collision is None else f"; positions collide from {ground.first_collision}"


def _why_vacuous(session: Session, ground: Groundwork) -> str:
    span = f"positions {session.scope.low} to {session.scope.high}"
    if ground.window_dependent:
        return f"it depends on the index in the call, not on the position, over {span}"
    return f"moving queries or keys changes nothing over {span}: position is not used"


def _why_it_holds(session: Session, trial: Trial) -> str:
    span = _cases(trial)
    if isinstance(trial.under, Amplitude):
        return "a factor on the encoding is a factor on its own logits; content is not included"
    if isinstance(trial.under, QueryShift):
        return f"queries may move without effect ({span}): their position is not used"
    rounded = [each for each in trial.holding if each.outcome == "rounded"]
    if not rounded:
        return f"within rounding ({span})"
    how = REBUILD_IS_CLEAN if session.has_twin else "its values are float32 numbers"
    return f"within rounding of float32 ({span}); {how}"


def _cases(trial: Trial) -> str:
    parameters = list(dict.fromkeys(each.case.parameter for each in trial.found))
    if len(parameters) == 1:
        return f"{parameters[0]}"
    return f"{len(parameters)} cases, {parameters[0]} to {parameters[-1]}"


def _scale(trial: Trial) -> float | None:
    """The common factor of all cases, if there is one."""
    if trial.invariance == EXACT:
        return 1.0
    fits = [each.fit for each in trial.holding if each.fit is not None]
    ranges = [(fit.scale - fit.scale_bound, fit.scale + fit.scale_bound) for fit in fits if fit.scale is not None]
    common = ranges and max(low for low, _ in ranges) <= min(high for _, high in ranges)
    return fits[0].scale if common else None
