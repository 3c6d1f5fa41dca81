"""Positional encodings as pure functions of explicit positions.

Every encoding is a frozen value without cache or state.  Positions come in int64 or float64, the encoding is
computed in float64, and the result is cast last: so equal positions give equal bits, whatever was asked before.

Three kinds:

- *additive*, ``encoding(positions) -> (length, dim)``: `Sinusoidal`, `Scaled`, `Compressed`, `Retimed`, `Rank`,
  `Table`;
- *rotary*, ``encoding.apply(x, positions)``: `Rotary`;
- *bias* on the logits, ``encoding.bias(query_positions, key_positions)``: `Alibi`.
"""

from phase_latency.encodings.additive import AdditiveEncoding as AdditiveEncoding
from phase_latency.encodings.additive import Compressed as Compressed
from phase_latency.encodings.additive import Retimed as Retimed
from phase_latency.encodings.additive import Scaled as Scaled
from phase_latency.encodings.additive import Sinusoidal as Sinusoidal
from phase_latency.encodings.alibi import Alibi as Alibi
from phase_latency.encodings.rotary import Rotary as Rotary
from phase_latency.encodings.specification import Encoding as Encoding
from phase_latency.encodings.specification import parse_encoding as parse_encoding
from phase_latency.encodings.table import Rank as Rank
from phase_latency.encodings.table import Table as Table
