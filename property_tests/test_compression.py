"""Groups D, E and F on tables, ranks and turned queries: the statements hold, and violated versions are found.

Each instance is held against its claim, what is observed against an independent reference, and the controls of the
claim and faults planted in the code under test are refused.
"""

import pytest
import reference_compression as reference
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from phase_latency.encodings import Compressed, Rank, Rotary, Sinusoidal
from phase_latency.errors import ArgumentError
from phase_latency.instance import compare, run
from phase_latency.ledger import statement
from phase_latency.ledger.statement import Control
from phase_latency.numerics.bounded import Bounded
from phase_latency.proofs.instances import compression, rank, rotary

STATED = {
    compression: (
        "compression-no-scale",
        "compression-discriminability",
        "amplitude-keeps-discriminability",
        "sinusoidal-kernel-not-monotone",
    ),
    rank: ("rank-invariance", "rank-gram", "relabelling"),
    rotary: ("rotary-relative", "rotary-retiming", "rotary-layout"),
}
INSTANCES = [
    pytest.param(statement(name), getattr(room, path.partition(":")[2]), id=f"{name}:{path.partition(':')[2]}")
    for room, names in STATED.items()
    for name in names
    for path in statement(name).instances
]
CONTROLS = [
    pytest.param(stated, instance, control, id=f"{stated.id}:{control.name}")
    for stated, instance in (parameter.values for parameter in INSTANCES)
    for control in instance.controls(stated)
]
# What a fault planted in the code under test is held against: the claim itself, until a case refutes it.
FAULT = Control("planted-fault", "the code under test is wrong", of="", witness={})


def exceeds_bound(stated, instance, control=FAULT):
    """Whether some case of the profile is beyond its bound."""
    return run(stated, instance, settings.default.max_examples, 0, control).verdict == "FAILED"


@pytest.mark.parametrize(("stated", "instance"), INSTANCES)
@given(data=st.data())
def test_the_claim_holds_within_its_certified_bound(stated, instance, data):
    case = data.draw(instance.cases())
    assert compare(stated, instance, case).holds


@pytest.mark.parametrize(("stated", "instance", "control"), CONTROLS)
def test_twin_the_control_is_refused(stated, instance, control):
    assert exceeds_bound(stated, instance, control)


@pytest.mark.parametrize("stated", [statement(name) for names in STATED.values() for name in names])
def test_layers_have_a_say_on_false_variants_of_every_statement(stated):
    instances = [parameter.values[1] for parameter in INSTANCES if parameter.values[0] is stated]
    assert any(instance.controls(stated) for instance in instances)


def excess(observation, exact):
    """By how much an observation is beyond its certified error, at most."""
    pairs = zip(observation.value.double().flatten().tolist(), observation.error.flatten().tolist(), exact, strict=True)
    return max(abs(reference.MP.mpf(value) - number) - reference.MP.mpf(error) for value, error, number in pairs)


# -- compression ------------------------------------------------------------------------------------------------------


def pairs(case, compressed):
    """Positions and rates of the pairs of a case, by the book."""
    factor = case.factor * case.shrinking if compressed else case.factor
    rates = reference.frequencies(case.sinusoid.dim, case.sinusoid.base, factor)
    return [(int(at), int(at) + case.distance, rates) for at in case.positions.tolist()]


@pytest.mark.parametrize("compressed", [False, True])
@given(case=compression.compressions())
def test_similarities_and_distances_are_within_their_bounds_of_the_reference(compressed, case):
    near = [reference.similarity(*pair) for pair in pairs(case, compressed)]
    far = [reference.distance(*pair) for pair in pairs(case, compressed)]
    assert excess(compression.similarities(case, compressed), near) <= 0
    assert excess(compression.distances(case, compressed), far) <= 0


@given(case=compression.compressions())
def test_the_bounds_on_distances_hold_of_exact_numbers(case):
    s, pi = reference.MP.mpf(case.s.numerator) / case.s.denominator, reference.MP.pi
    for before, after in zip(pairs(case, False), pairs(case, True), strict=True):
        lost = reference.distance(*after) / reference.distance(*before)
        assert 1 / s**2 * (1 - reference.MP.mpf(10) ** -20) <= lost <= pi**2 / (4 * s**2)


@pytest.mark.parametrize(("dim", "turning_points"), [(64, [6, 11, 12, 17]), (128, [12])])
def test_where_similarity_rises_with_distance(dim, turning_points):
    """Of distances that are larger by one, these are the first at which the classical kernel is larger."""
    rates = reference.frequencies(dim, 10000)
    rises = [D for D in range(1, 20) if reference.kernel(D, rates) > reference.kernel(D - 1, rates)]
    assert rises[: len(turning_points)] == turning_points
    assert reference.MP.nstr(reference.kernel(6, reference.frequencies(64, 10000)), 6) == "23.5594"


@pytest.mark.parametrize(("size", "pearson"), [(64, "0.696"), (128, "0.706")])
def test_how_compressed_similarities_correlate_with_plain_ones(size, pearson):
    """All pairs of different positions, the similarity of each counted as often as its distance occurs."""
    rates = reference.frequencies(size, 10000)
    lists = []
    for factor in (1, reference.MP.mpf(1) / size):
        kernels = {D: reference.kernel(reference.MP.mpf(D) * factor, rates) for D in range(1, size)}
        lists.append([kernels[D] for D in kernels for _ in range(size - D)])
    assert reference.MP.nstr(reference.correlation(*lists), 3) == pearson


def test_twin_a_compression_that_forgets_its_factor_is_found(monkeypatch):
    stated = statement("sinusoidal-kernel-not-monotone")
    monkeypatch.setattr(Compressed, "__call__", lambda self, positions, dtype: self.encoding(positions, dtype))
    assert exceeds_bound(stated, compression.compressed_similarities)


# -- rank -------------------------------------------------------------------------------------------------------------


@given(case=rank.times())
def test_ranks_are_those_of_sorting(case):
    times = case.times.tolist()
    found = rank.rank_of(Bounded.exact(case.times), Bounded.exact(case.times))
    assert found.value.tolist() == [reference.rank(moment, times) for moment in times]
    assert not found.error.any()


def test_moments_that_rounding_leaves_open_are_counted_as_such():
    times = Bounded(torch.tensor([0.0, 1.0]).double(), torch.tensor([0.0, 0.5]).double())
    found = rank.rank_of(times, Bounded.exact(torch.tensor([0.5, 3.0]).double()))
    assert found.value.tolist() == [1.0, 2.0]
    assert found.error.tolist() == [1.0, 0.0]


@pytest.mark.parametrize("position", [4.0, -1.0, 1.5])
def test_a_position_outside_the_table_is_an_error_and_never_wraps(position):
    with pytest.raises(ArgumentError, match="positions"):
        Rank(4)(torch.tensor([position], dtype=torch.float64))


def test_twin_a_code_that_wraps_is_found(monkeypatch):
    stated = statement("rank-gram")
    monkeypatch.setattr(Rank, "__call__", lambda self, at, dtype: torch.eye(self.size, dtype=dtype)[at // 2])
    assert exceeds_bound(stated, rank.gram_of_codes)


# -- rotary -----------------------------------------------------------------------------------------------------------


@given(case=rotary.turned())
def test_rotary_logits_are_within_their_bound_of_the_reference(case):
    rates = reference.frequencies(case.rotary.dim, case.rotary.base)
    at = case.positions.tolist()
    exact = [
        reference.rotary_logit(query, key, at[p], at[q], rates, case.rotary.layout)
        for p, query in enumerate(case.queries.double().tolist())
        for q, key in enumerate(case.keys.double().tolist())
    ]
    assert excess(rotary.logits(case), exact) <= 0


@given(case=rotary.turned("interleaved", channels=2))
def test_permuted_vectors_give_the_reference_of_the_other_layout(case):
    rates = reference.frequencies(case.rotary.dim, case.rotary.base)
    at = case.positions.tolist()
    exact = [
        reference.rotary_logit(query, key, at[p], at[q], rates, "interleaved")
        for p, query in enumerate(case.queries.double().tolist())
        for q, key in enumerate(case.keys.double().tolist())
    ]
    assert excess(rotary.half_split_logits(case), exact) <= 0


def test_mixed_layouts_tell_where_they_are():
    """The width 4 of the claim: the query in one layout, the key in the other, both at one position."""
    query = key = torch.tensor([[1.0, 0.0, 0.0, 0.0]]).double()
    for at, same in ((0, True), (1, False)):
        positions = torch.tensor([at])
        turned = [Rotary(4, layout=layout).apply(query, positions) for layout in ("interleaved", "half-split")]
        assert (float(turned[0] @ turned[1].mT) == float(query @ key.mT)) is same


def test_twin_keys_turned_backwards_are_found(monkeypatch):
    apply = Rotary.apply
    flipped = {"on": False}

    def alternately(self, x, positions):
        flipped["on"] = not flipped["on"]
        return apply(self, x, positions if flipped["on"] else -positions)

    monkeypatch.setattr(Rotary, "apply", alternately)
    assert exceeds_bound(statement("rotary-relative"), rotary.logits_by_distance)


def test_the_classical_table_is_the_one_that_is_meant():
    case = compression.Compression(Sinusoidal(64), 1.0, 1.0, torch.tensor([3]), 5, torch.float64)
    exact = [reference.kernel(5, reference.frequencies(64, 10000))]
    assert excess(compression.similarities(case, compressed=False), exact) <= 0
