"""Mutation score: systematic changes of every claim, and what each checker makes of what comes out.

    claim  ->  mutants  ->  true (a derivation) or false (a point)  ->  what sympy, coq, smt and ball say

A checker that accepts a false mutant is not to be trusted; one that accepts a true mutant is right. So each mutant has
to be shown one or the other (:mod:`phase_latency.mutation.truth`) before the checkers are counted
(:mod:`phase_latency.mutation.judging`).
"""
