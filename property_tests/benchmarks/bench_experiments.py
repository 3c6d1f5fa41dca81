"""Training tokens per second of the transformer of the experiments, against torch's own encoder of the same size.

    python property_tests/benchmarks/bench_experiments.py
    pytest property_tests/benchmarks/bench_experiments.py --benchmark-enable --jaxtyping-packages=

Ours is trained by `phase_latency.experiments.training`, without its evaluations; torch's by the shortest loop that does
the same. They take turns, a block of steps each, and what counts is the median of the ratios of neighbouring blocks:
what else the machine does meets both. Seconds are CPU seconds of one thread. The checks of array shapes, which the
suite switches on, would slow down ours alone; the empty option leaves them out.
"""

import argparse
import json
import os
import statistics
import sys
import time
from dataclasses import replace
from unittest.mock import patch

os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from phase_latency.experiments import Configuration, training

STEPS, PAIRS = 20, 40  # of a block, and of neighbouring blocks
ENDLESS = 10**9  # steps, so that the run is never over
FULL = Configuration("copy", "sinusoidal", steps=ENDLESS, evaluate_every=STEPS)
SETTINGS = {"all keys": FULL, "causal": replace(FULL, causal=True)}


class PlainTransformer(nn.Module):
    """What one writes with torch alone: an embedding, positions, `nn.TransformerEncoder` and a linear read-out."""

    def __init__(self, configuration, positions):
        super().__init__()
        width = configuration.width
        layer = nn.TransformerEncoderLayer(
            width, configuration.heads, 4 * width, dropout=0.0, batch_first=True, norm_first=True
        )
        self.tokens = nn.Embedding(configuration.vocabulary, width)
        self.encoder = nn.TransformerEncoder(
            layer, configuration.layers, nn.LayerNorm(width), enable_nested_tensor=False
        )
        self.out = nn.Linear(width, configuration.vocabulary)
        self.register_buffer("positions", positions)
        self.causal = configuration.causal
        size = configuration.length
        self.register_buffer("mask", nn.Transformer.generate_square_subsequent_mask(size) if self.causal else None)

    def forward(self, tokens):
        x = self.tokens(tokens) + self.positions
        return self.out(self.encoder(x, self.mask, is_causal=self.causal))

    def copy_weights(self, ours):
        """Take over the weights of our transformer, so that both are the same function."""
        pairs = [(self.tokens, ours.tokens), (self.encoder.norm, ours.norm), (self.out, ours.out)]
        for plain, layer in zip(self.encoder.layers, ours.layers, strict=True):
            projections, attention = layer.queries_keys_values, plain.self_attn
            pairs += [(plain.norm1, layer.norms[0]), (plain.norm2, layer.norms[1]), (attention.out_proj, layer.out)]
            pairs += [(plain.linear1, layer.feed[0]), (plain.linear2, layer.feed[2])]
            with torch.no_grad():
                attention.in_proj_weight.copy_(projections.weight)
                attention.in_proj_bias.copy_(projections.bias)
        for plain, layer in pairs:
            plain.load_state_dict(layer.state_dict())


class Race:
    """Our training and that of torch's encoder, which take turns."""

    def __init__(self, configuration):
        self.configuration = configuration
        self.run = training.started(configuration)
        self.placement = self.run.encoding.place(torch.arange(configuration.length))
        self.plain = PlainTransformer(configuration, self.placement.added)
        self.plain.copy_weights(self.run.model)
        self.optimiser = torch.optim.Adam(self.plain.parameters(), configuration.learning_rate, fused=True)
        self.tokens = configuration.stream("tokens")
        self.seconds = []  # of our block and of the other one

    def train_ours(self):
        with patch.object(training, "evaluate", lambda run, length: (0.0, 0.0)):
            training.advance(self.run)

    def train_plain(self):
        it = self.configuration
        self.plain.train()
        for _ in range(STEPS):
            tokens = torch.randint(it.vocabulary, (it.batch, it.length), generator=self.tokens)
            targets = (tokens + 1) % it.vocabulary
            loss = cross_entropy(self.plain(tokens).flatten(0, 1), targets.flatten())
            self.optimiser.zero_grad()
            loss.backward()
            self.optimiser.step()

    def pair(self):
        """One block of each; who begins changes from pair to pair."""
        blocks = (self.train_ours, self.train_plain)
        turned = len(self.seconds) % 2
        found = [cpu_seconds(block) for block in (reversed(blocks) if turned else blocks)]
        self.seconds.append(tuple(reversed(found) if turned else found))

    def found(self):
        """Medians over the pairs, and between which quartiles the ratio lies."""
        tokens = STEPS * self.configuration.batch * self.configuration.length
        ours, plain = (tokens / statistics.median(each) for each in zip(*self.seconds, strict=True))
        ratios = [other / own for own, other in self.seconds]
        quartiles = statistics.quantiles(ratios) if len(ratios) > 1 else 3 * ratios
        return {
            "tokens_per_cpu_second": round(ours),
            "tokens_per_cpu_second_of_torch": round(plain),
            "ratio": round(quartiles[1], 3),
            "ratio_quartiles": [round(quartiles[0], 3), round(quartiles[2], 3)],
            "pairs": len(ratios),
            "threads": torch.get_num_threads(),
            "load_average": round(os.getloadavg()[0], 2),
        }


def cpu_seconds(block):
    """Of this process, all threads together."""
    started = time.process_time()
    block()
    return time.process_time() - started


@pytest.fixture
def one_thread():
    """The same number of threads for both."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("one_thread")
@pytest.mark.parametrize("name", SETTINGS)
def test_training(benchmark, pytestconfig, name):
    race = Race(SETTINGS[name])
    race.pair()  # warms up
    race.seconds.clear()
    benchmark.pedantic(race.pair, rounds=PAIRS)
    benchmark.extra_info.update(race.found(), shapes_checked=bool(pytestconfig.getoption("jaxtyping_packages")))


def parameters(model):
    return sum(each.numel() for each in model.parameters())


def difference(race):
    """Of the logits on sequences that neither has seen, in float64, over the resolution of float32."""
    tokens = torch.randint(FULL.vocabulary, (4, FULL.length), generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        ours, plain = race.run.model(tokens, race.placement), race.plain(tokens)
    assert ours.dtype == plain.dtype == torch.float64
    return float((ours - plain).abs().max()) / torch.finfo(torch.float32).eps


@pytest.mark.usefixtures("one_thread")
@pytest.mark.parametrize("name", SETTINGS)
def test_both_are_the_same_function_before_and_after_the_same_training(name):
    race = Race(SETTINGS[name])
    assert parameters(race.run.model) == parameters(race.plain)
    for model in (race.run.model, race.plain):
        model.double()
    assert difference(race) < 1
    race.train_ours()
    assert difference(race) > 1e5
    race.train_plain()
    assert difference(race) < 1


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=PAIRS)
    pairs = parser.parse_args().pairs
    torch.set_num_threads(1)
    races = {name: Race(configuration) for name, configuration in SETTINGS.items()}
    for name, race in races.items():
        race.pair()  # warms up
        race.seconds.clear()
        for _ in range(pairs):
            race.pair()
        print(f"{name}: {race.found()['ratio']} times the tokens per second of torch", file=sys.stderr)
    print(json.dumps({name: race.found() for name, race in races.items()}, indent=1))


if __name__ == "__main__":
    main()
