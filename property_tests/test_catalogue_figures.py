"""The rows of the catalogue do what they say, by plain float64 arithmetic that knows nothing of the checks."""

import pytest
import torch
from catalogue import EARLIER_CALLS, ROWS
from plain_logits import images, kernel, logits, spread

GENERATOR = torch.Generator().manual_seed(0)
Q, K = (torch.randn(512, 64, generator=GENERATOR, dtype=torch.float64) for _ in "QK")
P = torch.arange(256)
EXACT = 1e-9  # float64 rounds logits below position 70000 by less than 1e-11, and faults change them by 1e-3 or more


def each_row(unless=lambda row: False):
    return pytest.mark.parametrize("row", [row for row in ROWS if not unless(row)], ids=lambda row: row.name)


def shift_changes(subject, dtype, up_to):
    before = logits(subject, P, dtype, Q[:256], K[:256])
    changes = [logits(subject, P + shift, dtype, Q[:256], K[:256]) - before for shift in (1, 100, 3000)]
    return [spread(change) if up_to == "RowConstant" else float(change.abs().max()) for change in changes]


def encoded(subject, call, positions, dtype):
    """(length, ...) what stands for each position."""
    match subject.kind:
        case "additive":
            return call(positions, dtype).double()
        case "rotary":
            return torch.cat(images(call, Q[:1], positions, dtype), -1)[0]
        case _:
            return call(positions[:1], positions, dtype)[:, 0].double().T


@each_row()
def test_logits_change_under_joint_shifts_as_printed(row):
    found = shift_changes(row.faulty, row.says.dtype, row.says.up_to)
    for change, printed in zip(found, row.says.shift_change, strict=True):
        assert printed / 2 - EXACT <= change <= 2 * printed + EXACT  # the maximum moves with q and k
    largest = max(found[:1] if row.says.constant_on else found)
    assert (largest > 1e-2) == (row.says.shift == "FAILS")


def order_residual(before, after):
    """Half of the most by which a key that was no larger than another exceeds it afterwards; 0 if order is kept."""
    after = after.gather(-1, before.argsort(-1))
    return float((after.cummax(-1).values - after).max()) / 2


@each_row()
def test_the_strongest_class_is_not_too_weak_and_not_too_strong(row):
    before, after = (logits(row.faulty, P + shift, row.says.dtype, Q[:256], K[:256]) for shift in (0, 3000))
    match row.says.strongest:
        case "Nothing":
            assert order_residual(before, after) > 1e-2
        case "RowConstant":
            assert spread(after - before) <= EXACT < float((after - before).abs().max())
        case "Exact":
            assert float((after - before).abs().max()) <= EXACT


@each_row()
def test_corrected_twins_do_not_change_under_joint_shifts(row):
    angles = 1e-3 if row.corrected.name == "RoPE in float32" else EXACT  # at 3256 an angle in float32 is off by 2e-4
    assert max(shift_changes(row.corrected, torch.float64, row.says.up_to)) <= angles


@each_row()
def test_relation_to_the_corrected_twin(row):
    positions, relation = torch.arange(512), row.says.relation
    faulty = logits(row.faulty, positions, row.says.dtype, Q, K)
    corrected = logits(row.corrected, positions, row.says.dtype, Q, K)
    difference = faulty - relation.scale * corrected
    causal = positions[:, None] >= positions
    match relation.name:
        case "equal" | "scale":
            assert float(difference.abs().max()) <= EXACT
        case "row-constant":
            assert spread(torch.where(causal, difference, difference[..., :1])) <= EXACT < 1 <= spread(difference)
        case "permuted":
            tables = [subject.build()(positions, row.says.dtype) for subject in (row.faulty, row.corrected)]
            found, expected = ({tuple(column) for column in each.T.tolist()} for each in tables)
            assert not torch.equal(*tables)
            assert found == expected
            assert float(difference.abs().max()) <= EXACT
        case "frequencies":
            assert row.says.shift == "HOLDS"
            assert float(difference.abs().max()) > 1e-2
        case "none":
            scale = (faulty * corrected).sum() / faulty.square().sum().clamp(min=1e-300)
            assert spread(torch.where(causal, difference, difference[..., :1])) > 1e-2
            assert float((corrected - scale * faulty).abs().max()) > 1e-2


@each_row()
def test_positions_collide_where_it_says(row):
    found = encoded(row.faulty, row.faulty.build(), torch.arange(2100), row.says.dtype)
    seen = {}
    first = next((p for p, code in enumerate(map(tuple, found.tolist())) if seen.setdefault(code, p) != p), None)
    assert first == row.says.collides_at
    if row.says.constant_on:
        low, high = row.says.constant_on
        assert bool((found[low : high + 1] == found[low]).all())
        assert bool((found[high + 1] != found[low]).any())


# One row is constant only in part, and ALiBi in row form does not look at queries.
@each_row(unless=lambda row: row.says.constant_on or row.faulty.kind == "bias")
def test_moving_queries_alone_changes_the_logits_unless_it_says_so(row):
    near = P[:16]
    before, after = (kernel(row.faulty, near + shift, near, row.says.dtype) for shift in (0, 100))
    assert (float((after - before).abs().max()) <= EXACT) == row.says.query_shift_blind


@each_row()
@pytest.mark.parametrize("earlier", EARLIER_CALLS)
def test_earlier_calls_change_the_answer_only_where_it_says(row, earlier):
    positions, dtype = EARLIER_CALLS[earlier]
    if int(positions.max()) >= (row.faulty.declared.max_length or 5000):
        positions = positions - 1
    used, fresh, asked = row.faulty.build(), row.faulty.build(), torch.arange(512)
    encoded(row.faulty, used, positions, dtype)
    changed = encoded(row.faulty, used, asked, torch.float64) - encoded(row.faulty, fresh, asked, torch.float64)
    assert (float(changed.abs().max()) > 1e-3) == (earlier in row.says.history)


@each_row(unless=lambda row: row.faulty.declared.contiguous)
def test_an_answer_depends_on_the_call_only_where_it_says(row):
    whole = encoded(row.faulty, row.faulty.build(), P, row.says.dtype)
    part = encoded(row.faulty, row.faulty.build(), P[::3], row.says.dtype)
    assert (float((part - whole[::3]).abs().max()) > 1e-3) == row.says.window


def test_witnesses():
    mixed, alibi = (row for row in ROWS if row.says.witness)
    found, m = mixed.says.witness, torch.tensor([mixed.says.witness.m])
    before, after = (kernel(mixed.faulty, m + shift, m + shift, torch.float64) for shift in (0, found.shift))
    unit = 64 * found.query + found.key
    assert abs(float((after - before)[unit].abs()) - found.change) < 1e-3
    found = alibi.says.witness
    where = torch.tensor([found.m]), torch.tensor(found.n)
    rows, distances = (kernel(form, *where, torch.float64) for form in (alibi.faulty, alibi.corrected))
    assert spread(rows - distances) == found.change
