"""What is trained: tasks against plain Python, encodings against the library, the model against one without shortcuts.

A transformer without positions has to commute with every permutation, and one with positions must not.
"""

import itertools
import math
import random
from dataclasses import replace
from functools import partial

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from refusals import refusal

from phase_latency.encodings import Alibi, Compressed, Rotary, Scaled, Sinusoidal
from phase_latency.experiments.configuration import Configuration
from phase_latency.experiments.discriminability import MEASURES, discriminability
from phase_latency.experiments.model import Transformer
from phase_latency.experiments.positional import MEAN_SQUARE, Placement, positional
from phase_latency.experiments.studies import POSITIONAL_TASKS, SIZES, STUDIES
from phase_latency.experiments.tasks import parse_task
from phase_latency.experiments.training import advance, started, trained
from phase_latency.numerics.roundoff import unit_roundoff

SMALL = Configuration(
    *("copy", "none"), steps=20, length=8, vocabulary=5, width=16, heads=2, layers=2, batch=4, evaluate_every=10
)
UNIT = unit_roundoff(torch.float64)
TASKS = ("copy", *POSITIONAL_TASKS, "offset 3", "equal 2")


def named(name, length=8, dim=16, heads=2, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return positional(name, length=length, dim=dim, heads=heads, head_dim=dim // heads, generator=generator)


def in_plain_python(task, row, order, vocabulary):
    """Target of each position that counts, straight from the definitions."""
    kind, _, number = task.partition(" ")
    k, places = int(number or 0), range(len(row))
    return {
        "copy": lambda t: (row[t] + 1) % vocabulary,
        "offset": lambda t: row[t - k],
        "reversal": lambda t: row[len(row) - 1 - t],
        "permutation": lambda t: row[order[t]],
        "equal": lambda t: int(row[t] == row[t - k]),
    }[kind], [t for t in places if t >= k]


# -- tasks --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("task", TASKS)
@given(st.integers(4, 12), st.integers(2, 9), st.integers(0, 2**32))
def test_targets_are_those_of_the_definitions(task, length, vocabulary, seed):
    order = torch.randperm(length, generator=torch.Generator().manual_seed(seed))
    source = torch.Generator().manual_seed(seed + 1)
    found = parse_task(task).examples(3, length, vocabulary, source, order)
    for row, targets in zip(found.tokens.tolist(), found.targets.tolist(), strict=True):
        target, counted = in_plain_python(task, row, order.tolist(), vocabulary)
        assert all(0 <= token < vocabulary for token in row)
        assert found.counted.nonzero().flatten().tolist() == counted
        assert [targets[t] for t in counted] == [target(t) for t in counted]


@pytest.mark.parametrize("task", TASKS)
def test_only_the_copy_task_commutes_with_permutations(task):
    length, vocabulary, parsed = 9, 50, parse_task(task)
    order = torch.randperm(length, generator=torch.Generator().manual_seed(3))
    tokens = torch.randint(vocabulary, (64, length), generator=torch.Generator().manual_seed(4))
    shuffle = torch.randperm(length, generator=torch.Generator().manual_seed(5))
    there_and_shuffled = parsed.target(tokens, vocabulary, order)[:, shuffle]
    shuffled_first = parsed.target(tokens[:, shuffle], vocabulary, order)
    assert torch.equal(there_and_shuffled, shuffled_first) == (task == "copy")


def test_half_of_the_tokens_are_drawn_equal():
    found = parse_task("equal 1").examples(500, 64, 50, torch.Generator().manual_seed(0), torch.arange(64))
    share = found.targets[:, found.counted].double().mean()
    assert abs(float(share) - (0.5 + 0.5 / 50)) < 0.01


@pytest.mark.parametrize("name", ["coppy", "offset", "offset 0", "offset -1", "offset ²", "copy 1", "equal x", ""])
def test_a_task_that_is_none_is_refused(name):
    assert refusal(lambda: parse_task(name)).startswith(f"task: got {name!r}")


def test_sequences_no_longer_than_the_offset_are_refused():
    source = torch.Generator()
    message = refusal(lambda: parse_task("offset 5").examples(1, 5, 9, source, torch.arange(5)))
    assert message.startswith("length: got 5")


# -- encodings ----------------------------------------------------------------------------------------------------


def test_library_encodings_come_in_as_they_are():
    positions = torch.arange(8)
    cases = {
        "sinusoidal": Sinusoidal(16),
        "amplitude(1/8)": Scaled(Sinusoidal(16), 1 / 8),
        "compressed(1/8)": Compressed(Sinusoidal(16), 1 / 8),
    }
    for name, encoding in cases.items():
        assert torch.equal(named(name).place(positions, torch.float64).added, encoding(positions)), name
    for found, expected in zip(
        named("rotary").place(positions, torch.float64).turning, Rotary(8).rotations(positions), strict=True
    ):
        assert torch.equal(found, expected)
    assert torch.equal(named("alibi").place(positions, torch.float64).bias, Alibi(2).bias(positions, positions))
    assert named("none").place(positions) == Placement()


def entries(name, **sizes):
    return named(name, **sizes).place(torch.arange(sizes.get("length", 8)), torch.float64).added


def test_interventions_do_what_they_are_called():
    length, dim = 32, 16
    compressed = entries("compressed(1/32)", length=length, dim=dim)
    centred = entries("centred(compressed(1/32))", length=length, dim=dim)
    restored = entries("restored(centred(compressed(1/32)))", length=length, dim=dim)
    whitened = entries("whitened(compressed(1/32))", length=length, dim=dim)
    eps = length * dim * UNIT  # sums of at most so many terms of order one
    assert centred.mean(0).abs().max() < eps
    assert (compressed - compressed.mean(0) - centred).abs().max() < eps
    ratio = restored / centred
    assert (ratio - ratio[0, 0]).abs().max() < 1e6 * eps  # one factor for all; entries are small, of 1e-5 and above
    assert abs(restored.square().mean() - MEAN_SQUARE) < eps
    assert abs(whitened.square().mean() - MEAN_SQUARE) < eps
    values = torch.linalg.svdvals(whitened)
    kept = values[values > values[0] / 2]
    assert len(kept) > 1
    assert (kept / kept[0] - 1).abs().max() < 1e-6  # directions down to 1e-6 of the largest are kept
    assert abs(entries("random", length=400).square().mean() - MEAN_SQUARE) < 0.02


def test_an_amplitude_of_any_encoding_is_a_factor():
    assert torch.equal(entries("amplitude(1/4, random)", seed=3), entries("random", seed=3) / 4)


def test_a_learned_rank_table_is_a_table():
    run = started(replace(SMALL, encoding="rank"))
    placement = run.encoding.place(torch.arange(8))
    added = run.model._added(placement)
    assert torch.equal(added, run.model.table)
    assert run.model.table.requires_grad


def test_a_shuffled_encoding_is_shuffled_anew_at_every_pass():
    run = started(replace(SMALL, encoding="shuffled"))
    placement, order = run.encoding.place(torch.arange(8)), torch.arange(7, -1, -1)
    assert torch.equal(placement.shuffled(order).added, placement.added.flip(0))
    before = run.orders.get_state()
    advance(run)
    assert not torch.equal(run.orders.get_state(), before)


@pytest.mark.parametrize(
    "name",
    ["nothing", "centred(none)", "centred(rank)", "whitened(rotary)", "amplitude(x, random)", "amplitude(1/0, random)"],
)
def test_an_encoding_that_is_none_or_cannot_be_changed_is_refused(name):
    assert repr(name).strip("'") in refusal(lambda: named(name))


def test_measures_of_discriminability_are_their_definitions():
    rows = torch.randn(6, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    points = rows.tolist()
    gap = min(math.dist(a, b) for a, b in itertools.pairwise(points))
    norms = [math.hypot(*row) for row in points]
    falls = [
        sum(a * a for a in one) - sum(a * b for a, b in zip(one, other, strict=True))
        for one, other in itertools.pairwise(points)
    ]
    token = 3 * 2
    mean_square = sum(norm**2 for norm in norms) / 6
    expected = {
        "relative": gap / max(norms),
        "absolute": gap / token,
        "normalised": gap / math.sqrt(token**2 + mean_square),
        "kernel": sum(falls) / 5 / 2,
    }
    found = discriminability(rows, token_scale=3.0)
    assert set(found) == set(MEASURES)
    for name, value in expected.items():
        assert abs(found[name] - value) <= 64 * UNIT * abs(value), name


def test_the_effective_rank_counts_equal_directions_and_an_amplitude_leaves_it():
    square = torch.tensor([[1.0, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0]], dtype=torch.float64)
    assert abs(discriminability(square)["rank"] - 2) < 64 * UNIT
    one, other = discriminability(square), discriminability(square / 64)
    assert other["rank"] == one["rank"]
    assert other["relative"] == one["relative"]
    assert other["absolute"] == one["absolute"] / 64


# -- the model ----------------------------------------------------------------------------------------------------


def model_of(configuration):
    run = started(configuration)
    return run, run.model.double().eval()


def outputs(run, model, tokens):
    return model(tokens, run.encoding.place(torch.arange(tokens.shape[1]), torch.float64))


TOKENS = torch.randint(5, (3, 8), generator=torch.Generator().manual_seed(0))
BACKWARDS = torch.arange(7, -1, -1)
ROUNDING = 1e4 * UNIT  # logits are of order one, after some hundred operations


@pytest.mark.parametrize("encoding", ["none", "sinusoidal", "rank", "rotary", "alibi", "amplitude(1/8)"])
@torch.no_grad()
def test_a_model_commutes_with_permutations_if_and_only_if_it_has_no_positions(encoding):
    run, model = model_of(replace(SMALL, encoding=encoding))
    shuffle = torch.tensor([3, 0, 7, 1, 5, 2, 6, 4])  # not the reversal, under which a symmetric bias stays
    moved = (outputs(run, model, TOKENS)[:, shuffle] - outputs(run, model, TOKENS[:, shuffle])).abs().max()
    assert (moved < ROUNDING) == (encoding == "none")


@torch.no_grad()
def test_a_rotary_model_does_not_see_where_a_sequence_starts():
    run, model = model_of(replace(SMALL, encoding="rotary"))
    here, there = (run.encoding.place(torch.arange(8) + start, torch.float64) for start in (0, 17))
    assert (model(TOKENS, here) - model(TOKENS, there)).abs().max() < ROUNDING
    run, model = model_of(replace(SMALL, encoding="sinusoidal"))
    here, there = (run.encoding.place(torch.arange(8) + start, torch.float64) for start in (0, 17))
    assert (model(TOKENS, here) - model(TOKENS, there)).abs().max() > 1e-3


@pytest.mark.parametrize("encoding", ["none", "sinusoidal", "rotary", "alibi"])
@torch.no_grad()
def test_a_causal_model_does_not_see_what_follows(encoding):
    changed = TOKENS.clone()
    changed[:, 5:] = (changed[:, 5:] + 1) % 5
    for causal in (True, False):
        run, model = model_of(replace(SMALL, encoding=encoding, causal=causal))
        moved = (outputs(run, model, TOKENS) - outputs(run, model, changed))[:, :5].abs().max()
        assert (moved < ROUNDING) == causal


def attended_slowly(layer, x, placement):
    """Attention one query and one head at a time, with rotations as complex numbers."""
    batch, length, width = x.shape
    heads, size = layer.heads, width // layer.heads
    q, k, v = (
        (x @ w.mT + b).view(batch, length, heads, size)
        for w, b in zip(layer.queries_keys_values.weight.chunk(3), layer.queries_keys_values.bias.chunk(3), strict=True)
    )
    if placement.turning is not None:
        turn = torch.complex(*placement.turning)[:, None, :]
        q, k = (
            torch.view_as_real(torch.view_as_complex(e.reshape(*e.shape[:-1], -1, 2)) * turn).flatten(-2)
            for e in (q, k)
        )
    found = torch.zeros(batch, length, heads, size, dtype=x.dtype)
    for t in range(length):
        for head in range(heads):
            last = t + 1 if layer.causal else length
            logits = torch.stack([(q[:, t, head] * k[:, s, head]).sum(-1) * layer.scale for s in range(last)], -1)
            if placement.bias is not None:
                logits = logits + placement.bias[head, t, :last]
            weights = logits.exp() / logits.exp().sum(-1, keepdim=True)
            found[:, t, head] = sum(weights[:, s, None] * v[:, s, head] for s in range(last))
    return found.flatten(2) @ layer.out.weight.mT + layer.out.bias


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("encoding", ["none", "rotary", "alibi"])
@torch.no_grad()
def test_batched_attention_is_attention_query_by_query(encoding, causal):
    run, model = model_of(replace(SMALL, encoding=encoding, causal=causal, temperature=0.5))
    x = torch.randn(2, 8, 16, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    placement = run.encoding.place(torch.arange(8), torch.float64)
    layer = model.layers[0]
    assert abs(layer.scale - 2 / math.sqrt(8)) <= 4 * UNIT
    assert (layer._attended(x, placement) - attended_slowly(layer, x, placement)).abs().max() < ROUNDING


@pytest.mark.parametrize("norm", ["pre", "post"])
@torch.no_grad()
def test_a_layer_is_the_one_of_torch(norm):
    _, model = model_of(replace(SMALL, norm=norm))
    ours = model.layers[0]
    theirs = torch.nn.TransformerEncoderLayer(
        16, 2, 64, dropout=0, batch_first=True, norm_first=norm == "pre", dtype=torch.float64
    )
    names = {
        "self_attn.in_proj_": "queries_keys_values.",
        "self_attn.out_proj.": "out.",
        "linear1.": "feed.0.",
        "linear2.": "feed.2.",
        "norm1.": "norms.0.",
        "norm2.": "norms.1.",
    }
    own = ours.state_dict()
    theirs.load_state_dict({t + end: own[o + end] for t, o in names.items() for end in ("weight", "bias")})
    x = torch.randn(2, 8, 16, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    assert (ours(x, Placement()) - theirs.train()(x)).abs().max() < ROUNDING


@torch.no_grad()
def test_rescaled_projections_give_an_amplitude_back_what_it_took_from_the_logits():
    # lemma-1-reparametrisation, for what enters the projections of a model with concatenated positions.
    plain = model_of(replace(SMALL, encoding="sinusoidal", concatenated=True))
    scaled = model_of(replace(SMALL, encoding="amplitude(1/8)", concatenated=True, positional_gain=8.0))
    left = model_of(replace(SMALL, encoding="amplitude(1/8)", concatenated=True))

    def logits(run, model):
        placement = run.encoding.place(torch.arange(8), torch.float64)
        x = torch.cat((model.tokens(TOKENS), placement.added.expand(3, -1, -1)), -1)
        q, k, _ = model.layers[0].queries_keys_values(x).chunk(3, -1)
        return q @ k.mT

    assert (logits(*plain) - logits(*scaled)).abs().max() < ROUNDING
    assert (logits(*plain) - logits(*left)).abs().max() > 1e-2


@torch.no_grad()
def test_a_scaled_token_table_and_an_amplitude_are_one_factor_on_what_enters_the_layers():
    # additive-no-global-scale asks for both: the same factor on content and position.
    plain, both = (
        Transformer(replace(SMALL, token_scale=scale)).double().tokens(TOKENS) + entries(name)
        for scale, name in ((1.0, "sinusoidal"), (1 / 8, "amplitude(1/8)"))
    )
    assert torch.equal(plain / 8, both)


def test_runs_with_different_encodings_start_alike():
    first, second = (started(replace(SMALL, encoding=name)) for name in ("none", "sinusoidal"))
    assert all(map(torch.equal, first.model.parameters(), second.model.parameters()))
    assert torch.equal(first.tokens.get_state(), second.tokens.get_state())
    other = started(replace(SMALL, seed=1))
    assert not torch.equal(first.tokens.get_state(), other.tokens.get_state())


# -- training -----------------------------------------------------------------------------------------------------


def test_the_same_configuration_gives_the_same_numbers_and_another_seed_others():
    task = replace(SMALL, encoding="sinusoidal").to_task()
    assert trained(task) == trained(task)
    assert trained(task)["curve"] != trained(task | {"seed": 1})["curve"]


def test_a_model_learns_the_task_and_stops_when_it_has():
    configuration = replace(SMALL, steps=400, learning_rate=0.01, stop_when_solved=True)
    found = trained(configuration.to_task())
    assert found["solved"] == found["steps"] < 400
    assert found["accuracy"] >= 0.99
    assert found["curve"][-1] == [found["steps"], found["bits"], found["accuracy"]]


def test_a_model_without_positions_guesses_what_needs_them():
    # As often as a token is right that stands somewhere in the sequence: far from 99 %.
    configuration = replace(SMALL, task="reversal", vocabulary=8, steps=300, learning_rate=0.01)
    blind, seeing = (trained(replace(configuration, encoding=name).to_task()) for name in ("none", "rank"))
    assert blind["solved"] is None
    assert blind["accuracy"] < 0.5 < seeing["accuracy"]


def test_other_lengths_are_tried_where_the_task_and_the_encoding_have_them():
    lengths = (8, 12)
    found = trained(replace(SMALL, encoding="sinusoidal", test_lengths=lengths).to_task())["lengths"]
    assert set(found["8"]) == {"bits", "accuracy"}
    assert set(found["12"]) == {"bits", "accuracy", "bits_beyond", "accuracy_beyond"}
    assert trained(replace(SMALL, encoding="rank", test_lengths=lengths).to_task())["lengths"]["12"] is None
    assert trained(replace(SMALL, task="permutation", test_lengths=lengths).to_task())["lengths"]["12"] is None


def test_a_loss_that_is_not_finite_stops_the_run():
    run = started(SMALL)
    with torch.no_grad():
        run.model.out.bias[0] = math.nan
    assert "no longer finite at step 10" in refusal(lambda: advance(run))


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"seed": -1}, "seed: got -1"),
        ({"steps": 0}, "steps: got 0"),
        ({"length": True}, "length: got True"),
        ({"width": 12}, "width: got 12"),
        ({"learning_rate": math.nan}, "learning_rate: got nan"),
        ({"temperature": 0}, "temperature: got 0"),
        ({"norm": "middle"}, "norm: got 'middle'"),
        ({"positional_gain": 2.0}, "positional_gain: got 2.0"),
        ({"evaluate_every": 0}, "evaluate_every: got 0"),
    ],
)
def test_a_configuration_that_cannot_be_is_refused(changed, words):
    assert refusal(lambda: replace(SMALL, **changed)).startswith(words)


def test_a_name_that_is_no_attribute_is_refused():
    assert "'speed'" in refusal(lambda: Configuration.from_task(SMALL.to_task() | {"speed": 3}))


def test_concatenation_needs_something_to_concatenate():
    for encoding in ("none", "rotary"):
        configuration = replace(SMALL, encoding=encoding, concatenated=True)
        assert repr(encoding) in refusal(partial(started, configuration))


# -- studies ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES)
def test_every_run_of_every_study_can_be_set_up(size):
    names = {(each.task, each.encoding, each.concatenated) for study in STUDIES.values() for each in study.runs(size)}
    for study in STUDIES.values():
        runs = study.runs(size)
        assert len(set(runs)) == len(runs) or size == "tiny", study.name  # where 1/L is 1/8
        for each in random.Random(0).sample(runs, 5):
            started(each)
            assert Configuration.from_task(each.to_task()) == each
    assert len(names) > 50
