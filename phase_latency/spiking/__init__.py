"""Spiking neurons whose firing times are computed exactly, event by event: no time stepping anywhere."""

from phase_latency.spiking.certified import certified as certified
from phase_latency.spiking.codes import independent_counts as independent_counts
from phase_latency.spiking.codes import inhibited_counts as inhibited_counts
from phase_latency.spiking.codes import latency_weights as latency_weights
from phase_latency.spiking.codes import softmax_latencies as softmax_latencies
from phase_latency.spiking.memory import Memory as Memory
from phase_latency.spiking.network import LayerBound as LayerBound
from phase_latency.spiking.network import LipschitzBound as LipschitzBound
from phase_latency.spiking.network import Network as Network
from phase_latency.spiking.network import lipschitz_bound as lipschitz_bound
from phase_latency.spiking.nlif import NLIF as NLIF
from phase_latency.spiking.profiling import Property as Property
from phase_latency.spiking.profiling import Witness as Witness
from phase_latency.spiking.profiling import profile as profile
from phase_latency.spiking.rank_order import code_of_times as code_of_times
from phase_latency.spiking.rank_order import rank_code as rank_code
from phase_latency.spiking.rank_order import spike_times as spike_times
from phase_latency.spiking.searching import Worst as Worst
from phase_latency.spiking.searching import worst_ratio as worst_ratio
from phase_latency.spiking.wheel import Wheel as Wheel
