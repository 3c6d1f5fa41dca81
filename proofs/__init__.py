"""The proofs: one module for each group of statements, read top to bottom as mathematics.

Every module here with a tuple ``STATEMENTS`` is part of the ledger; other packages add theirs through the
entry-point group ``phase_latency.statements``.
"""
