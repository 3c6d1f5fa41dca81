"""Sums shared out: shards merge into the bits of one pass, wherever and in whatever order they were summed."""

import json
import logging
import random
import re
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from refusals import refusal

from phase_latency.cli import main
from phase_latency.encodings import Sinusoidal
from phase_latency.measuring import measure_named
from phase_latency.sharding import measure_sharded, sum_shard
from phase_latency.streaming.fitting import fit
from phase_latency.streaming.layers import factored
from phase_latency.streaming.shards import merged, shard, sum_here
from phase_latency.streaming.sides import sides
from phase_latency.streaming.sources import BLOCK, TensorSource

METHODS = ("gram", "triangular", "exact")
LEAVES = 7
TABLE = Sinusoidal(4)(torch.arange(LEAVES * BLOCK - 5))
NAMED = ("sinusoidal", "amplitude(1/1000)")
SIZE = {"length": 3 * BLOCK + 9, "dim": 8, "budget": 2**16}


TABLES = TensorSource(TABLE, "P"), TensorSource(TABLE / 1000, "Q")
PAIR = factored(None, TABLES, TABLES)


@cache
def whole(method):
    return fit(PAIR, method=method)


def through_json(nodes):
    return json.loads(json.dumps(nodes))


@pytest.mark.parametrize("method", METHODS)
@given(cuts=st.sets(st.integers(1, LEAVES - 1)), order=st.randoms())
def test_any_shards_in_any_order_give_the_bits_of_one_pass(method, cuts, order):
    def summer(side, method):
        borders = [0, *sorted(cuts), side.leaves]
        shards = [through_json(shard(side, method, first, last)) for first, last in pairwise(borders)]
        order.shuffle(shards)
        return merged(method, shards, side.leaves)

    assert fit(PAIR, method=method, summer=summer) == whole(method)


@pytest.mark.parametrize("method", METHODS)
def test_shards_that_leave_a_gap_or_overlap_are_refused(method):
    side, _ = sides(PAIR)
    first, second, third = (shard(side, method, *each) for each in ((0, 3), (3, 5), (4, LEAVES)))
    assert re.search(r"got 'no block 3'; expected all 7", refusal(lambda: merged(method, [first, third[1:]], LEAVES)))
    assert re.search(r"block 4 twice", refusal(lambda: merged(method, [first, second, third], LEAVES)))
    both = [shard(side, method, 0, 2), shard(side, method, 2, LEAVES)]
    assert merged(method, random.sample(both, 2), LEAVES).rows == sum_here(side, method).rows


@pytest.mark.parametrize(("shards", "jobs"), [(1, 1), (3, 1), (100, 1), (2, 2)])
def test_a_sharded_measurement_is_the_same_measurement(shards, jobs):
    expected, setting = measure_named(*NAMED, **SIZE)
    found, also = measure_sharded(*NAMED, shards=shards, jobs=jobs, **SIZE)
    assert (found.to_dict(), also) == (expected.to_dict(), setting)


def test_shards_of_a_table_in_four_files_have_the_certificate_of_one(tmp_path):
    np.save(tmp_path / "whole.npy", TABLE.numpy())
    for number, part in enumerate(TABLE.split(len(TABLE) // 4 + 1)):
        np.save(tmp_path / f"part-{number}.npy", part.numpy())
    whole, _ = measure_named(f"{tmp_path}/whole.npy", "amplitude(1/1000)", dim=4, budget=2**16)
    parts, _ = measure_sharded(f"{tmp_path}/part-*.npy", "amplitude(1/1000)", shards=4, dim=4, budget=2**16)
    assert whole.to_dict() == parts.to_dict()


def test_workers_of_a_cluster_sum_shards_and_one_that_dies_loses_none(tmp_path, monkeypatch):
    import dask
    from distributed import LocalCluster

    patient = {"distributed.comm.timeouts.connect": "120s", "distributed.scheduler.allowed-failures": 0}
    options = {"dashboard_address": ":0", "memory_limit": 0, "silence_logs": logging.CRITICAL + 1}
    expected, _ = measure_named(*NAMED, **SIZE)
    with dask.config.set(patient), LocalCluster(n_workers=2, threads_per_worker=1, **options) as cluster:

        def kill_a_worker(what, done, total):
            if done == 1:
                next(iter(cluster.workers.values())).process.process._process.kill()

        address = cluster.scheduler_address
        found, _ = measure_sharded(*NAMED, shards=4, cluster=address, progress=kill_a_worker, **SIZE)
    assert found.to_dict() == expected.to_dict()


def test_what_a_worker_refuses_is_refused(tmp_path):
    arguments = {"reference": "sinusoidal", "other": "rank", "length": 9, "dim": 8, "dtype": None}
    task = {**arguments, "method": "gram", "first": 0, "last": 1}
    assert "expected another" in refusal(lambda: sum_shard(task, expected_version="another"))
    np.save(tmp_path / "table.npy", TABLE.numpy())
    table = f"{tmp_path}/table.npy"
    assert "shards: got 0; expected an integer >= 1" in refusal(lambda: measure_sharded(table, table, shards=0))


def test_on_the_command_line(capsys):
    options = ["--length", "5000", "--dim", "4", "--budget", "65536", "--json"]
    outputs = []
    for sharing in ([], ["--shards", "2"], ["--shards", "2", "--jobs", "2"]):
        assert main(["measure", *NAMED, *options, *sharing]) == 0
        outputs.append(capsys.readouterr().out)
    assert outputs[0] == outputs[1] == outputs[2]
    assert main(["measure", *NAMED, "--shards", "2", "--grid", "length=64"]) == 2
    assert "expected a single measurement" in capsys.readouterr().err
