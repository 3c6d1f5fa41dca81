"""The reference of a comparison, read at any positions."""

import math
from contextlib import suppress
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float64
from torch import Tensor

from phase_latency.checking.cases import Scope
from phase_latency.checking.guards import EncodingError
from phase_latency.checking.relation_channels import Arrangement
from phase_latency.checking.relation_columns import Columns, Factors
from phase_latency.checking.relation_sides import Side
from phase_latency.checking.spectrum import Spectrum


@dataclass(frozen=True, eq=False)
class Reading:
    """The reference at any positions, arranged and scaled as in the encoding.

    Attributes:
        side: the reference.
        scope: where it is defined.
        given: its entries at the positions looked at, as they are.
        arranged: the same, on the columns of the encoding.
        arrangement: places that its channels take; None if they stay.
        factors: factor of each column.
        spectrum: its channels on these columns, if all of them turn; None if not.
    """

    side: Side
    scope: Scope
    given: Columns
    arranged: Columns
    arrangement: Arrangement | None
    factors: Factors
    spectrum: Spectrum | None

    @property
    def fractional(self) -> bool:
        """Whether it can be read between whole positions."""
        return self.spectrum is not None or not self.scope.whole

    def at(self, times: Float64[Tensor, " times"], fitted: bool = False) -> Columns:
        """Read the reference.

        Args:
            times: positions, any real numbers.
            fitted: by its fitted channels where it has them, which is faster.

        Returns:
            its entries, NaN where it is not defined.
        """
        if self.spectrum is not None and fitted:
            values, bound = self.spectrum.at(times), self.spectrum.bound(times)
        else:
            values, bound = self._direct(times)
        missing = values.isnan().any(1)
        if self.spectrum is not None and bool(missing.any()):
            values[missing], bound[missing] = self.spectrum.at(times[missing]), self.spectrum.bound(times[missing])
        return self.factors.times(replace(self.arranged, values=values, bound=bound))

    def _direct(self, times: Tensor) -> tuple[Tensor, Tensor]:
        """What the reference itself returns, NaN where it is not defined."""
        shape = len(times), len(self.arranged.keys)
        values, bound = torch.full(shape, math.nan).double(), torch.zeros(shape).double()
        defined = self.scope.inside(times)
        asked = times[defined].long() if bool((times[defined] % 1 == 0).all()) else times[defined]
        if len(asked):
            with suppress(EncodingError):
                found = self.side.read(asked, self.given)
                found = found if self.arrangement is None else self.arrangement.apply(found)
                found = found.on(self.arranged.keys)
                values[defined], bound[defined] = found.values, found.bound
        return values, bound
