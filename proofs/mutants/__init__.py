"""Which changed claims are true and which are false, where no search tells: points and derivations, written by hand.

A module for each module of statements, with tables by identifier of the mutant (:mod:`phase_latency.mutation`):

- ``POINTS``: values at which it is false. That it is, is certified by exact arithmetic or by enclosures.
- ``DERIVATIONS``: steps that lead to the changed goal. The rules decide them like any others.
- ``LEMMAS``: claims that such a derivation cites, with derivations of their own.

So nothing that is written here has to be believed.
"""
