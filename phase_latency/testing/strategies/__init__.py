"""Hypothesis strategies for attention layers, encodings and their inputs: domains, not distributions.

Scales span many orders of magnitude, in every dtype as many as it can hold: with entries, weights, biases and
amplitudes at most ``2**ceiling(dtype)``, layers at most 8 wide and heads at most 4 wide, no logit overflows, so no
example has to be thrown away. Everything shrinks towards float64, position 0, scale 1, amplitude 1, one head, one
channel and no options.
"""

from phase_latency.testing.strategies.encodings import amplitudes as amplitudes
from phase_latency.testing.strategies.encodings import encodings as encodings
from phase_latency.testing.strategies.encodings import latency_maps as latency_maps
from phase_latency.testing.strategies.encodings import positions as positions
from phase_latency.testing.strategies.encodings import retimings as retimings
from phase_latency.testing.strategies.encodings import rotary_encodings as rotary_encodings
from phase_latency.testing.strategies.encodings import sinusoids as sinusoids
from phase_latency.testing.strategies.layers import LayerCase as LayerCase
from phase_latency.testing.strategies.layers import attention_layers as attention_layers
from phase_latency.testing.strategies.layers import layer_cases as layer_cases
from phase_latency.testing.strategies.layers import normalisations as normalisations
from phase_latency.testing.strategies.layers import tables as tables
from phase_latency.testing.strategies.tensors import arrays as arrays
from phase_latency.testing.strategies.tensors import ceiling as ceiling
from phase_latency.testing.strategies.tensors import dtypes as dtypes
from phase_latency.testing.strategies.tensors import floor as floor
from phase_latency.testing.strategies.tensors import moderate as moderate
from phase_latency.testing.strategies.tensors import scales as scales
