"""The four parts of a logit: content and position of the query against content and position of the key."""

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from phase_latency import formulas


@dataclass(frozen=True, eq=False)
class LogitParts:
    """The four parts of the logits, each (heads, length, length), query position first.

    Attributes:
        content_content: content of the query against content of the key.
        content_position: content of the query against position of the key.
        position_content: position of the query against content of the key.
        position_position: position against position, with the ALiBi bias if the layer has one.
    """

    content_content: Float[Tensor, "heads length length"]
    content_position: Float[Tensor, "heads length length"]
    position_content: Float[Tensor, "heads length length"]
    position_position: Float[Tensor, "heads length length"]

    def total(self, a: float | int = 1.0) -> Float[Tensor, "heads length length"]:
        """Logits with the table scaled by `a`: ``CC + a (CP + PC) + a**2 PP`` (`additive-decomposition`).

        Args:
            a: amplitude of the table; the identity needs a layer without normalisation and ALiBi unless a = 1.

        Returns:
            (heads, length, length) logits.
        """
        logits: Tensor = formulas.additive_logit(
            self.content_content, self.content_position, self.position_content, self.position_position, a
        )
        return logits
