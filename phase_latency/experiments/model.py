"""A small transformer into which positions come in one of three ways; attention is torch's, for all heads."""

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

from phase_latency import formulas
from phase_latency.experiments.configuration import Configuration
from phase_latency.experiments.positional import Placement


class Layer(nn.Module):
    """Attention and a feed-forward network, each with its residual and its LayerNorm; as `nn.TransformerEncoderLayer`.

    Args:
        configuration: width, heads, norm and causal are read.
        temperature: what logits are divided by, besides the root of the width of a head.
    """

    def __init__(self, configuration: Configuration, temperature: float = 1.0) -> None:
        super().__init__()
        width, self.heads = configuration.width, configuration.heads
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(2))
        self.queries_keys_values = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.feed = nn.Sequential(nn.Linear(width, 4 * width), nn.ReLU(inplace=True), nn.Linear(4 * width, width))
        self.pre, self.causal = configuration.norm == "pre", configuration.causal
        self.scale = 1 / ((width / self.heads) ** 0.5 * temperature)

    def forward(
        self, x: Float[Tensor, "batch length width"], placement: Placement
    ) -> Float[Tensor, "batch length width"]:
        """Apply the layer.

        Args:
            x: (batch, length, width).
            placement: where positions turn queries and keys, or bias the logits.

        Returns:
            (batch, length, width).
        """
        first, second = self.norms
        if self.pre:
            x = x + self._attended(first(x), placement)
            found: Tensor = x + self.feed(second(x))
        else:
            x = first(x + self._attended(x, placement))
            found = second(x + self.feed(x))
        return found

    def _attended(self, x: Tensor, placement: Placement) -> Tensor:
        batch, length, width = x.shape
        split = self.queries_keys_values(x).view(batch, length, 3, self.heads, width // self.heads)
        queries, keys, values = split.permute(2, 0, 3, 1, 4)
        if placement.turning is not None:
            queries, keys = (_turned(each, *placement.turning) for each in (queries, keys))
        bias = placement.bias
        if bias is not None and self.causal:  # torch takes a bias or its own causal mask
            bias = bias + torch.full((length, length), -torch.inf).triu(1)
        causal = self.causal and bias is None
        found = scaled_dot_product_attention(queries, keys, values, bias, is_causal=causal, scale=self.scale)
        attended: Tensor = self.out(found.transpose(1, 2).reshape(batch, length, width))
        return attended


def _turned(x: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
    """Channels are the pairs (2i, 2i + 1)."""
    first, second = formulas.rotated(x[..., 0::2], x[..., 1::2], cosine, sine)
    return torch.stack((first, second), -1).flatten(-2)


class Transformer(nn.Module):
    """Token table, positions, layers, a last LayerNorm and a linear map to logits of tokens.

    Weights depend on the seed and the sizes only, so that runs with different encodings start alike.

    Args:
        configuration: sizes, scales and the seed.
        rows: number of rows of a learned positional table; 0 for none.
    """

    def __init__(self, configuration: Configuration, rows: int = 0) -> None:
        super().__init__()
        width = configuration.width
        self.concatenated = configuration.concatenated
        content = width // 2 if self.concatenated else width
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(configuration.stream("weights").initial_seed())
            self.tokens = nn.Embedding(configuration.vocabulary, content)
            temperatures = [configuration.temperature, *(1.0,) * (configuration.layers - 1)]
            layers = [Layer(configuration, each) for each in temperatures]
            self.layers = nn.ModuleList(layers)
            self.norm = nn.LayerNorm(width)
            self.out = nn.Linear(width, configuration.vocabulary)
            self.table = nn.Parameter(torch.randn(rows, width - content or width)) if rows else None
        with torch.no_grad():
            self.tokens.weight *= configuration.token_scale
            if self.concatenated:
                rows_q_and_k = layers[0].queries_keys_values.weight[: 2 * width]
                rows_q_and_k[:, content:] *= configuration.positional_gain

    def forward(
        self, tokens: Int64[Tensor, "batch length"], placement: Placement
    ) -> Float[Tensor, "batch length vocabulary"]:
        """Predict.

        Args:
            tokens: (batch, length).
            placement: of the positions of these tokens.

        Returns:
            (batch, length, vocabulary) logits.
        """
        x = self.tokens(tokens)
        if self.concatenated:
            x = torch.cat((x, self._added(placement).expand(*x.shape[:2], -1)), -1)
        elif placement.added is not None:
            x = x + self._added(placement)
        for layer in self.layers:
            x = layer(x, placement)
        found: Tensor = self.out(self.norm(x))
        return found

    def _added(self, placement: Placement) -> Tensor:
        assert placement.added is not None, "a concatenated model has an additive encoding"
        return placement.added @ self.table if placement.learned and self.table is not None else placement.added
