"""Use 1: prove a lemma, and see what refutes a false one.

A statement of your own needs its claim, a derivation by named rules, and at least one false variant with a point at
which it is false. Deciding it needs no torch.
"""

import phase_latency as pl
from phase_latency.ledger import derive
from phase_latency.ledger.statement import Control, Source, Statement, claim
from phase_latency.ledger.terms import Apply, Dot, equal, integer, matrix, real, vector


def lemma_1() -> None:
    """The lemma as it is in the ledger: steps with their rules, and false variants with their witnesses."""
    proof = pl.prove("lemma-1")
    print(proof.statement.title, "-", proof.status)
    for name, decisions in proof.decisions.items():
        print(f"  claim {name}:", ", ".join(f"{decision.step.rule} {decision.outcome}" for decision in decisions))
    for refusal in proof.refusals:
        print(f"  {refusal.control.text}: false, say {' and '.join(refusal.refused_by)}")


def two_amplitudes(power: int) -> Statement:
    """A lemma of our own: queries scaled by a and keys by b scale the logit by a b, here to some power."""
    d, a, b = integer("d"), real("a"), real("b")
    P, Q, M = vector("P", d), vector("Q", d), matrix("M", d, d)
    scaled = Dot(a * P, Apply(M, b * Q))
    point = {"d": 1, "a": 2, "b": 3, "P": [1], "Q": [1], "M": [[1]]}
    return Statement(
        "two-amplitudes",
        group="mine",
        title=f"The logit scales by (a b)^{power}",
        source=Source("this example", "on its own"),
        claims=(claim("logit", equal(scaled, (a * b) ** power * Dot(P, Apply(M, Q))), by="bilinear"),),
        controls=(
            Control("query-only", "a in place of a b", "logit", point, equal(scaled, a * Dot(P, Apply(M, Q)))),
            Control("sum", "a + b in place of a b", "logit", point, equal(scaled, (a + b) * Dot(P, Apply(M, Q)))),
        ),
    )


def our_own_lemma() -> None:
    """The first power is a lemma; for the second the rule says no, and a random point shows why."""
    for power in (1, 2):
        proof = derive(two_amplitudes(power))
        (decision,) = proof.decisions["logit"]
        print(proof.statement.title, "-", proof.status)
        if decision.witness:
            print(f"  false at {decision.witness}")


if __name__ == "__main__":
    lemma_1()
    our_own_lemma()
