"""Invariance profiles of encodings: which invariances hold, which fail, and the smallest example that shows it.

encoding --adapt--> Subject --transformations--> logits before and after --classes--> what is left over
what is left over --rounding model, float64 rebuild--> HOLDS / FAILS / VACUOUS / UNDECIDED + smallest witness
"""

from phase_latency.checking.claims import STANDARD as STANDARD
from phase_latency.checking.claims import Claim as Claim
from phase_latency.checking.claims import parse_claim as parse_claim
from phase_latency.checking.compared import compare as compare
from phase_latency.checking.evaluation import Instance as Instance
from phase_latency.checking.guards import EncodingError as EncodingError
from phase_latency.checking.guards import Limits as Limits
from phase_latency.checking.profile import InvarianceProfile as InvarianceProfile
from phase_latency.checking.profile import ProfileRow as ProfileRow
from phase_latency.checking.profiling import check as check
from phase_latency.checking.relation import Relation as Relation
from phase_latency.checking.replaying import replay as replay
from phase_latency.checking.snippets import snippet as snippet
from phase_latency.checking.witness import Witness as Witness
