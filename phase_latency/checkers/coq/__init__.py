"""Statements as propositions of Coq, and the ties to the theorems of ``proofs/coq``."""

from phase_latency.checkers.coq.printer import OutsideFragmentError as OutsideFragmentError
from phase_latency.checkers.coq.printer import claim_proposition as claim_proposition
from phase_latency.checkers.coq.printer import coq_name as coq_name
from phase_latency.checkers.coq.printer import proposition as proposition
from phase_latency.checkers.coq.ties import assumptions as assumptions
from phase_latency.checkers.coq.ties import stated as stated
from phase_latency.checkers.coq.ties import tied as tied
