"""A derivation as a mathematician reads it: hypotheses, claims, steps with their rules, controls with their witnesses.

On a terminal through rich, piped as the same lines without styles, and as LaTeX.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text
from sympy import Basic

from phase_latency.escaping import tex
from phase_latency.latex_layout import aligned
from phase_latency.latex_rows import rows
from phase_latency.ledger.proof import Decision, Proof, Refusal
from phase_latency.ledger.statement import Claim, Hypothesis, Step
from phase_latency.ledger.terms import Iff, NotAll
from phase_latency.notation import abbreviations, definition, definitions, plain

STYLES = {"DERIVED": "green", "FAILED": "bold red", "UNDECIDED": "yellow"}
_LINE = 80  # characters after which a formula is broken at its sign
_COLUMN = 30.0  # em of a column of 345 pt, with room to spare


def derivation(proof: Proof) -> RenderableType:
    """The whole derivation of a statement.

    Args:
        proof: its decided derivation.

    Returns:
        what rich prints.
    """
    stated = proof.statement
    heading = Text.assemble((stated.id, "bold"), "  ", (proof.status, STYLES[proof.status]), "\n", stated.title + ".")
    parts: list[RenderableType] = [heading, Text(str(stated.source), "dim"), Text()]
    if stated.hypotheses:
        parts += [Text("Assume", "bold"), _hypotheses(stated.hypotheses), Text()]
    for claim in stated.claims:
        parts += [*_claim(claim, proof.decisions[claim.name]), Text()]
    meanings = definitions([term for claim in stated.claims for term in _terms(claim)])
    if meanings:
        parts += [Text("Notation", "bold"), *(_indented(Text(line)) for line in meanings), Text()]
    parts += [Text("False variants", "bold"), _refusals(proof.refusals), Text(), Text(_effort(proof), "dim")]
    if stated.remark:
        parts += [Text(), Text(f"Remark. {stated.remark}")]
    return Group(*parts)


def _effort(proof: Proof) -> str:
    decisions = [decision for decisions in proof.decisions.values() for decision in decisions]
    decided = sum(decision.outcome == "yes" for decision in decisions)
    points = sum(decision.challenges for decision in decisions)
    return f"{decided} of {len(decisions)} steps decided; ball arithmetic contradicts none of them at {points} points."


def _indented(renderable: RenderableType, by: int = 2) -> RenderableType:
    return Padding(renderable, (0, 0, 0, by))


def _columns() -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    return table


def _hypotheses(hypotheses: Sequence[Hypothesis]) -> RenderableType:
    table = _columns()
    for hypothesis in hypotheses:
        meaning = f"   ({hypothesis.meaning})" if hypothesis.meaning else ""
        table.add_row(hypothesis.name, Text.assemble(plain(hypothesis.relation), (meaning, "dim")))
    return _indented(table)


def _claim(claim: Claim, decisions: Sequence[Decision]) -> Iterator[RenderableType]:
    yield Text.assemble(("Claim ", "bold"), (claim.name, "bold"), f".  {claim.text}" if claim.text else ".")
    if claim.exists is not None:
        yield _indented(Text("There are values for which"))
    yield _indented(_formula(claim.goal), 6)
    if claim.given:
        yield _indented(Text("given"))
        yield _indented(_hypotheses(claim.given))
    if len(decisions) == 1 and decisions[0].outcome == "yes":
        yield _indented(Text(justification(decisions[0]), "dim"))
        return
    names = abbreviations(_terms(claim))
    yield _indented(Text("because, with" if names else "because"))
    yield from (_indented(Text(definition(term, names)), 4) for term in names)
    yield _indented(_steps(claim, decisions, names))


def _formula(goal: Any) -> Text:
    """A proposition; a long one takes a line for each side, and for each part of a conjunction."""
    if isinstance(goal, NotAll):
        return Text("\n  ".join(["not all of", *(plain(part) for part in goal.args)]))
    sign = "<=>" if isinstance(goal, Iff) else {"==": "="}.get(goal.rel_op, goal.rel_op)
    text = plain(goal)
    return Text(text if len(text) <= _LINE else f"{plain(goal.args[0])}\n  {sign} {plain(goal.args[1])}")


def _terms(claim: Claim) -> list[Basic]:
    """Every term that the steps of a claim print."""
    return [step.fact for step in claim.steps] + list(certified_terms([step.certificate for step in claim.steps]))


def certified_terms(certificate: Any) -> Iterator[Basic]:
    """The terms in a certificate, whatever it is made of.

    Args:
        certificate: of a step.

    Yields:
        each term.
    """
    if isinstance(certificate, Basic):
        yield certificate
    elif isinstance(certificate, Mapping):
        yield from certified_terms([*certificate.keys(), *certificate.values()])
    elif isinstance(certificate, list | tuple):
        for part in certificate:
            yield from certified_terms(part)


def _steps(claim: Claim, decisions: Sequence[Decision], names: Mapping[Basic, str]) -> RenderableType:
    table = _columns()
    for decision in decisions:
        step = decision.step
        last = step.fact == claim.goal and decision is decisions[-1]
        text = Text.assemble(
            "the claim" if last else plain(step.fact, names), "\n", (justification(decision, names), "dim")
        )
        if decision.outcome != "yes":
            where = f", at {decision.witness}" if decision.witness else ""
            text.append(f"\n{decision.outcome.upper()}: {decision.reason}{where}", STYLES["FAILED"])
        table.add_row("hence" if last else step.label, text)
    return _indented(table)


def justification(decision: Decision, names: Mapping[Basic, str] | None = None) -> str:
    """How a step is decided, on one line.

    Args:
        decision: the step and what became of it.
        names: short names for terms.

    Returns:
        the rule, what the step uses, and its certificate.
    """
    step = decision.step
    rule = f"by {step.rule}" if step.rule else "not derived"
    uses = f", from {', '.join(step.uses)}" if step.uses else ""
    certificate = certificate_in_words(step, names)
    return rule + uses + (f"; {certificate}" if certificate else "")


def certificate_in_words(step: Step, names: Mapping[Basic, str] | None = None) -> str:
    """What a step hands over to its rule.

    Args:
        step: the step.
        names: short names for terms.

    Returns:
        words and terms on one line; empty if it hands over nothing.
    """
    return "" if step.certificate is None else _certificate(step.rule, step.certificate, names or {})


def _certificate(rule: str, certificate: Any, names: Mapping[Basic, str]) -> str:
    """What a step hands over to its rule, in words; an ill-formed one, which the rule refuses, as it is."""
    try:
        match rule:
            case "order" | "indicator":
                return "slack = " + _sum_of_products(certificate, names)
            case "monotone":
                variable, start, products = certificate
                return f"for {plain(variable)} >= {plain(start)} the slope is {_sum_of_products(products, names)}"
            case "equivalence":
                return "factor " + _sum_of_products([certificate], names)
            case "selection":
                return f"the term at {plain(certificate)}"
            case "cases":
                return f"{plain(certificate, names)} is 0 or positive"
            case "witness":
                return "at " + ", ".join(f"{name}={value}" for name, value in certificate.items())
            case "instance":
                return "with " + ", ".join(f"{plain(old)} = {plain(new, names)}" for old, new in certificate.items())
            case _:
                return "multipliers " + ", ".join(plain(term, names) for term in certificate)
    except (TypeError, ValueError, AttributeError):
        return f"certificate {certificate}"


def _sum_of_products(products: Any, names: Mapping[Basic, str]) -> str:
    return " + ".join(" ".join(f"({plain(factor, names)})" for factor in product) for product in products)


def _refusals(refusals: Sequence[Refusal]) -> RenderableType:
    table = _columns()
    for refusal in refusals:
        control = refusal.control
        dropped = f", without {' and '.join(control.drops)}" if control.drops else ""
        text = Text(f"{control.text} (of {control.of}{dropped})")
        if control.goal is not None:
            text.append("\n").append(_formula(control.goal))
        point = ", ".join(f"{name}={value}" for name, value in refusal.witness.items())
        if refusal.refused_by:
            text.append(f"\nfalse by {' and '.join(refusal.refused_by)} at {point}", "dim")
        else:
            text.append(f"\nNOT REFUSED: {refusal.reason}; tried at {point}", STYLES["FAILED"])
        table.add_row(control.name, text)
    return _indented(table)


# -- LaTeX ----------------------------------------------------------------------------------------------------


def latex_derivation(proof: Proof) -> str:
    """The derivation as a LaTeX fragment that needs amsmath only, for a column of 345 pt or more.

    Args:
        proof: the decided derivation.

    Returns:
        LaTeX source, without a preamble. No row is wider than the column of an article.
    """
    stated = proof.statement
    lines = [
        f"% {stated.id}: {proof.status}",
        rf"{{\raggedright\paragraph{{{tex(stated.title)}}} ({tex(str(stated.source))})\par}}",
    ]
    if stated.hypotheses:
        lines += ["Assume", *_aligned([(h.relation, h.name) for h in stated.hypotheses])]
    for claim in stated.claims:
        lines += ["", rf"{{\raggedright\noindent\emph{{{tex(claim.name)}.}} {tex(claim.text)}\par}}"]
        lines += _aligned([(claim.goal, f"given {_names(claim.given)}" if claim.given else "")])
        steps = [(d.step.fact, justification_in_words(d)) for d in proof.decisions[claim.name]]
        lines += ["Proof.", *_aligned(steps)]
    return "\n".join(lines)


def justification_in_words(decision: Decision) -> str:
    """Label, rule and premises of a step.

    Args:
        decision: the step and what became of it.

    Returns:
        such as ``product: bilinear`` or ``field, from product, norm-aP``.
    """
    step = decision.step
    label = f"{step.label}: " if step.label else ""
    return f"{label}{step.rule}" + (f", from {', '.join(step.uses)}" if step.uses else "")


def _names(hypotheses: Sequence[Hypothesis]) -> str:
    return ", ".join(hypothesis.name for hypothesis in hypotheses)


def _aligned(lines: Sequence[tuple[Basic, str]]) -> list[str]:
    return aligned([(rows(formula, _COLUMN), comment) for formula, comment in lines])
