"""The ledger: statements, the rules that decide their derivations, and the checkers that refuse false variants."""

from phase_latency.ledger.discovery import statement as statement
from phase_latency.ledger.discovery import statements as statements
from phase_latency.ledger.proof import Proof as Proof
from phase_latency.ledger.proof import derive as derive
from phase_latency.ledger.proof import prove as prove
