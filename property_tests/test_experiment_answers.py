"""What is said of experiments is decided by their numbers: other numbers, other answers.

Every verdict is seen to change: runs are made up that support a claim, contradict it, or leave it open. The study that
is shipped has to be one of this code, and everything that it says has to follow from its rows.
"""

import itertools
import json
import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from refusals import refusal

from phase_latency.experiment_rows import cells as row_cells
from phase_latency.experiment_rows import columns
from phase_latency.experiments import versions
from phase_latency.experiments.answers import QUESTIONS, answers
from phase_latency.experiments.cells import cells, change
from phase_latency.experiments.claims import claims
from phase_latency.experiments.configuration import Configuration
from phase_latency.experiments.runs import Ran
from phase_latency.experiments.similarity import all_similarities, similarities
from phase_latency.experiments.stored import stored_record
from phase_latency.experiments.studies import STUDIES
from phase_latency.experiments.versions import version
from phase_latency.intervals import Interval, bits, correlated, differ, mean, percent, rank_correlation
from phase_latency.numerics.roundoff import unit_roundoff

UNIT = unit_roundoff(torch.float64)
SIMILARITIES = all_similarities()
LENGTHS = (64, 96, 128, 192)

# -- intervals ----------------------------------------------------------------------------------------------------


@given(st.lists(st.floats(-10, 10), min_size=1, max_size=5))
def test_the_interval_of_a_mean_is_that_of_all_resamples(values):
    means = sorted(math.fsum(each) / len(values) for each in itertools.product(values, repeat=len(values)))
    found = mean(values)
    ends = (found.low, found.high)
    for end, part in zip(ends, (0.025, 0.975), strict=True):
        place = part * (len(means) - 1)
        below, above = means[math.floor(place)], means[math.ceil(place)]
        assert below - 1000 * UNIT <= end <= above + 1000 * UNIT  # of values up to 10, summed in another order
    assert means[0] - 1000 * UNIT <= found.value <= means[-1] + 1000 * UNIT


def test_one_seed_has_no_width_and_two_nearly_their_range():
    assert mean([0.3]) == Interval(0.3, 0.3, 0.3)
    assert mean([0.25, 0.75]) == Interval(0.5, 0.26875, 0.73125)  # between the ends and the middle


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=2, max_size=12))
def test_rank_correlation_is_that_of_mean_ranks(pairs):
    def ranks(values):
        return [sum(v < value for v in values) + (sum(v == value for v in values) + 1) / 2 for value in values]

    first, second = zip(*pairs, strict=True)
    found = rank_correlation(first, second)
    if len(set(first)) == 1 or len(set(second)) == 1:
        assert found is None
    else:
        assert abs(found - np.corrcoef(ranks(first), ranks(second))[0, 1]) < 1000 * UNIT


def test_a_correlation_has_an_interval_that_the_seed_determines():
    rng = np.random.default_rng(0)
    first = rng.normal(size=30).tolist()
    noisy = [x + y for x, y in zip(first, rng.normal(size=30), strict=True)]
    assert correlated(first, noisy) == correlated(first, noisy) != correlated(first, noisy, seed=1)
    assert correlated(first, noisy).low > 0 > correlated(first, [-x for x in noisy]).high
    unrelated = correlated(first, rng.normal(size=30).tolist())
    assert unrelated.low < 0 < unrelated.high
    assert correlated(first, [1.0] * 30) is None


def test_intervals_differ_where_they_do_not_meet():
    assert differ(Interval(1, 0, 2), Interval(4, 3, 5))
    assert differ(Interval(4, 3, 5), Interval(1, 0, 2))
    assert not differ(Interval(1, 0, 3), Interval(4, 3, 5))


def test_numbers_in_words():
    assert percent(Interval(0.5, 0.25, 0.75)) == "50.0 % [25.0, 75.0]"
    assert percent(Interval(1.0, 1.0, 1.0)) == "100.0 %"
    assert bits(Interval(0.00123, 0.0011, 0.0014)) == "0.0012 [0.0011, 0.0014]"


# -- runs that are made up ----------------------------------------------------------------------------------------


def result(configuration, accuracy, solved=None, bits=1.0, lengths=None):
    at = {str(n): {"bits": b, "accuracy": accuracy, "accuracy_beyond": accuracy} for n, b in (lengths or {}).items()}
    return {
        "steps": configuration.steps,
        "bits": bits,
        "accuracy": accuracy,
        "solved": solved,
        "parameters": 1,
        "curve": [[configuration.steps, bits, accuracy]],
        "lengths": {str(n): None for n in configuration.test_lengths} | at,
    }


def ran(study, judge):
    """All runs of a study, with what `judge` says of a configuration; unfinished if it says nothing."""
    found = []
    for each in STUDIES[study].runs("full"):
        said = judge(each)
        found.append(Ran(each, None if said is None else result(each, **said), None, 1.0))
    return found


def answered(study, judge):
    return {each.question: each for each in answers(study, cells(ran(study, judge)))}


def claimed(study, judge):
    found = claims(SIMILARITIES, {study: cells(ran(study, judge))})
    return [each.verdict for each in found[3:]]


SOLVES = {"accuracy": 1.0, "solved": 100, "bits": 0.001, "lengths": dict.fromkeys(LENGTHS, 0.001)}
FAILS = {"accuracy": 0.1, "bits": 5.0, "lengths": dict.fromkeys(LENGTHS, 5.0)}


def scaled(configuration):
    return configuration.encoding.startswith("amplitude(1/64)")


def test_the_copy_task_needs_position_if_models_without_fail():
    everything = answered("copy", lambda each: SOLVES)
    assert [each.answer for each in everything.values()] == ["no", "no"]
    seeing = answered("copy", lambda each: FAILS if each.encoding == "none" else SOLVES)
    assert [each.answer for each in seeing.values()] == ["open", "yes"]


def test_the_claims_of_the_copy_task_go_with_the_numbers():
    assert claimed("copy", lambda each: SOLVES) == ["not reproduced", "not testable by that script"]
    compressed_fails = claimed("copy", lambda each: FAILS if "compressed" in each.encoding else SOLVES)
    assert compressed_fails[0] == "reproduced"
    assert claimed("copy", lambda each: FAILS if each.encoding == "none" else SOLVES)[1] == "reproduced"
    assert claimed("copy", lambda each: None if each.seed == 2 else SOLVES) == ["open", "open"]


def growing(configuration):
    return SOLVES | {"lengths": {n: n / 1e4 for n in LENGTHS}}


def test_the_claim_about_lengths_is_not_testable_only_if_shuffled_positions_do_the_same():
    def as_found(each):
        return growing(each) if each.encoding in ("sinusoidal", "shuffled") else SOLVES

    def seeing(each):
        return growing(each) if each.encoding == "sinusoidal" else SOLVES

    def the_other_way(each):
        return growing(each) if scaled(each) else SOLVES

    assert claimed("length", as_found) == ["not testable by that script"]
    assert claimed("length", seeing) == ["reproduced"]
    assert claimed("length", the_other_way) == ["not reproduced"]
    assert [each.answer for each in answered("length", as_found).values()] == ["no", "no"]
    assert next(iter(answered("length", seeing).values())).answer == "yes"


def test_an_amplitude_is_harmless_if_nothing_is_lost():
    question = "Does an amplitude stay harmless in training with added content?"
    assert answered("tasks", lambda each: SOLVES)[question].answer == "yes"
    assert answered("tasks", lambda each: FAILS if scaled(each) else SOLVES)[question].answer == "no"
    one = answered("tasks", lambda each: FAILS if scaled(each) and each.task == "reversal" else SOLVES)
    assert one[question].answer == "in part"
    assert "reversal 10.0 %" in one[question].text


def test_alibi_needs_a_mask_only_if_it_fails_without():
    question = "Does ALiBi need a causal mask to look one position back?"

    def masked(each):
        return FAILS if each.encoding == "alibi" and not each.causal else SOLVES

    assert answered("tasks", masked)[question].answer == "yes"
    assert answered("tasks", lambda each: SOLVES)[question].answer == "no"


def test_a_relative_encoding_carries_over_only_above_99_percent():
    question = "Does a relative encoding carry over to longer sequences?"
    assert answered("tasks", lambda each: SOLVES)[question].answer == "yes"
    assert answered("tasks", lambda each: FAILS if each.encoding == "rotary" else SOLVES)[question].answer == "no"


def test_a_repair_is_one_if_every_seed_of_both_tasks_is_solved():
    question = "Does a token table scaled by 1/L repair an amplitude of 1/L?"

    def mended(each):
        return each.token_scale != 1 and each.norm == "pre"

    whole = answered("repair", lambda each: SOLVES if mended(each) else FAILS)
    assert whole[question].answer == "yes"
    assert {each.answer for name, each in whole.items() if name != question} == {"no"}
    one_seed_less = answered("repair", lambda each: SOLVES if mended(each) and each.seed else FAILS)
    assert one_seed_less[question].answer == "in part"
    one_seed = answered("repair", lambda each: SOLVES if mended(each) and not each.seed else FAILS)
    assert one_seed[question].answer == "no"  # its interval meets that of the others
    half = answered("repair", lambda each: SOLVES if mended(each) and each.task == "reversal" else FAILS)
    assert half[question].answer == "in part"


def test_compression_is_asked_one_change_at_a_time():
    found = answered("compression", lambda each: SOLVES if each.encoding.startswith("centred") else FAILS)
    given_answers = {name: each.answer for name, each in found.items()}
    assert given_answers["Does centring repair compression by 1/L?"] == "yes"
    assert given_answers["Does whitening repair it?"] == "no"
    longer = answered("compression", lambda each: SOLVES if each.steps == 4000 else FAILS)
    assert longer["Is learning with it impossible?"].answer == "no"


def test_a_measure_predicts_only_if_its_correlation_is_negative_for_sure():
    def by_amplitude(each):
        head = each.encoding.partition("(")
        factor = float(eval(head[2].partition(",")[0].rstrip(")"))) if head[0] == "amplitude" else 1.0
        return {"accuracy": 1.0, "solved": round(100 / factor)}

    own, tokens = answered("discriminability", by_amplitude).values()
    assert (own.answer, tokens.answer) == ("no", "yes")
    alike = answered("discriminability", lambda each: SOLVES)
    assert {each.answer for each in alike.values()} == {"open"}
    assert "none, since all are equal" in next(iter(alike.values())).text


@pytest.mark.parametrize("study", STUDIES)
def test_nothing_is_answered_before_the_runs_are_finished(study):
    found = answered(study, lambda each: None)
    assert set(found) == set(QUESTIONS[study])
    assert {each.answer for each in found.values()} == {"open"}


# -- cells and their rows -----------------------------------------------------------------------------------------


def test_seeds_are_put_together_and_tasks_stand_together():
    base = Configuration("offset 1", "none", steps=100)
    other, third = replace(base, task="reversal"), replace(base, encoding="rank")
    configurations = [replace(each, seed=seed) for each in (base, other, third) for seed in (0, 1)]
    found = cells(
        Ran(each, result(each, 0.5 + each.seed / 4, solved=50 if each.seed else None), None, 1.0)
        for each in configurations
    )
    assert [(each.configuration.task, each.configuration.encoding) for each in found] == [
        ("offset 1", "none"),
        ("offset 1", "rank"),
        ("reversal", "none"),
    ]
    row = found[0].to_dict()
    assert row["accuracy"] == mean([0.5, 0.75]).to_dict()
    assert (row["seeds"], row["expected"], row["solved"], row["verdict"]) == ([0, 1], 2, [50], "MEASURED")


def test_a_row_with_a_seed_that_failed_is_no_measurement():
    base = Configuration("copy", "none", steps=100)
    left = Ran(replace(base, seed=1), None, "no such luck", 1.0)
    (cell,) = cells([Ran(base, result(base, 0.5), None, 1.0), left])
    row = cell.to_dict()
    assert row["verdict"] == "NONE"
    study = {"name": "copy", "rows": [row]}
    assert row_cells(study, row) == (*("copy", "none", "100", "0 of 2 runs", "50.0 %", "1", "0 of 2", "NONE"),)
    assert len(columns(study)) == len(row_cells(study, row))


def test_a_change_is_named():
    base = Configuration("copy", "sinusoidal")
    assert change(base) == ""
    changed = replace(base, token_scale=1 / 64, norm="post", concatenated=True, positional_gain=64.0)
    assert change(changed) == "concatenated, W_Q, W_K rows times 64, tokens times 1/64, post-norm"


# -- the similarity figures ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("length", "dim"), [(128, 128), (64, 64), (12, 8)])
def test_similarities_are_those_of_whole_matrices(length, dim):
    positions, channels = np.arange(length)[:, None], np.arange(dim // 2)
    angles = positions * 10000.0 ** (-2 * channels / dim)
    off = ~np.eye(length, dtype=bool)

    def gram(phases):
        rows = np.concatenate([np.sin(phases), np.cos(phases)], axis=1)
        return (rows @ rows.T)[off]

    plain, compressed = gram(angles), gram(angles / length)
    found = similarities(length, dim)["readings"]
    summed = 100 * length**2 * UNIT  # sums over all pairs, some of which cancel
    slope, _ = np.polyfit(plain, compressed, 1)
    assert abs(found["compressed"]["pearson"] - np.corrcoef(plain, compressed)[0, 1]) < summed
    assert abs(found["compressed"]["slope"] / slope - 1) < summed
    assert abs(found["amplitude"]["slope"] * length**2 - 1) < summed
    distances = -np.abs(positions - positions.T)[off]
    by_distance = {int(d): value for d, value in zip(distances, np.round(plain, 9), strict=True)}
    expected = rank_correlation(distances.tolist(), [by_distance[int(d)] for d in distances])
    assert abs(found["sinusoidal"]["monotone"] - expected) < summed


def test_the_figures_of_the_paper_are_found_again():
    found = SIMILARITIES[0]["readings"]
    assert [round(found["compressed"][name], 4) for name in ("pearson", "spearman")] == [0.7062, 0.9652]
    verdicts = [each.verdict for each in claims(SIMILARITIES, {})]
    assert verdicts == ["reproduced", "reproduced", "not reproduced"]


def test_claims_about_figures_follow_other_figures():
    other = json.loads(json.dumps(SIMILARITIES))
    other[0]["readings"]["amplitude"]["slope"] *= 1.001
    other[0]["readings"]["compressed"] |= {"pearson": 0.9, "spearman": 1.0}
    verdicts = [each.verdict for each in claims(other, {})]
    assert verdicts == ["not reproduced", "not reproduced", "reproduced"]


def test_too_few_positions_are_refused():
    assert refusal(lambda: similarities(3, 8)).startswith("length: got 3")


# -- the study that is shipped ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def stored():
    return stored_record()


def test_the_shipped_study_is_of_this_code(stored):
    # If this fails, code that makes the numbers was changed: run `phase-latency experiment all --out DIR --jobs 2`,
    # which takes two hours, and put its experiments.json into the place of the one that is stored.
    code, torch_version = version().split(", ")
    found_code, found_torch = stored["version"].split(", ")
    assert found_code == code
    assert found_torch.split("+")[0] == torch_version.split("+")[0]
    assert stored["size"] == "full"


def test_the_version_names_the_code_and_not_its_comments():
    source = "def f(x):\n    return x + 1\n"
    commented = 'def f(x):\n    """Say."""\n    return x + 1  # why\n'
    assert versions._meaning(source) == versions._meaning(commented)
    assert versions._meaning(source) != versions._meaning(source.replace("1", "2"))


def test_the_shipped_study_is_whole(stored):
    assert [each["name"] for each in stored["studies"]] == list(STUDIES)
    for study in stored["studies"]:
        runs = STUDIES[study["name"]].runs("full")
        assert study["runs"] == study["finished"] == len(runs)
        assert study["errors"] == []
        assert {row["verdict"] for row in study["rows"]} == {"MEASURED"}
        assert sum(len(row["seeds"]) for row in study["rows"]) == len(runs)


def test_what_the_shipped_study_says_follows_from_its_runs(stored):
    by_study = {}
    for study in stored["studies"]:
        there = {
            (row["task"], row["encoding"], row["change"], row["steps"], run["seed"]): run
            for row in study["rows"]
            for run in row["runs"]
        }
        runs = []
        for each in STUDIES[study["name"]].runs("full"):
            run = there[each.task, each.encoding, change(each), each.steps, each.seed]
            runs.append(Ran(each, {**run, "curve": []}, None, 1.0))
        by_study[study["name"]] = found = cells(runs)
        for cell, row in zip(found, study["rows"], strict=True):
            assert cell.to_dict() | {"curve": row["curve"]} == row
        assert [each.to_dict() for each in answers(study["name"], found)] == study["answers"]
    assert [each.to_dict() for each in claims(SIMILARITIES, by_study)] == stored["claims"]
