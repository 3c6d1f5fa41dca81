"""Correct encodings drawn at random, and what is true of each.

A `Recipe` is an encoding taken apart: parameters, a formula, how the formula is kept in a program. What is true of its
family stands beside it as data, so that a check can be held against it without knowing the recipe.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import torch
from encoding_formulas import (
    binding_rows,
    bucket_bias,
    decaying_rows,
    distance_bias,
    frequencies,
    rotation_rows,
    row_bias,
    sinusoid_rows,
    slopes,
    table_rows,
    turned,
    yarn_frequencies,
)
from torch import Tensor, nn

from phase_latency.adapters.subject import Subject

DTYPES = (torch.float64, torch.float32, torch.bfloat16, torch.float16)
Claim = tuple[str, str]  # name of a transformation, name of the strongest class that holds under it


# -- how a program keeps a formula: each gives ``(*positions, dtype) -> Tensor`` --------------------------------------


def as_function(formula, parameters):
    return lambda *positions, dtype: formula(parameters, *positions).to(dtype)


class AsModule(nn.Module):
    """Parameters in a buffer."""

    def __init__(self, formula, parameters):
        super().__init__()
        self.formula = formula
        self.register_buffer("values", parameters.clone())

    def forward(self, *positions, dtype):
        return self.formula(self.values, *positions).to(dtype)


class WithCache:
    """Rows of 0, 1, ... for each dtype, grown on demand; other positions are computed."""

    largest = 8192

    def __init__(self, formula, parameters):
        self.compute = partial(formula, parameters)
        self.rows = {}

    def __call__(self, positions, dtype):
        needed = int(positions.max()) + 1
        if int(positions.min()) < 0 or needed > self.largest:
            return self.compute(positions).to(dtype)
        if needed > len(self.rows.get(dtype, ())):
            self.rows[dtype] = self.compute(torch.arange(needed)).to(dtype)
        return self.rows[dtype][positions]


# -- recipes ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Side:
    """What happens to queries, or to keys.

    Attributes:
        parameters: tensor that the formula takes first: frequencies, slopes, learned values.
        formula: ``(parameters, positions) -> (length, n)`` rows; ``(parameters, queries, keys)`` for a bias.
        layout: of the coordinates, for the swap.
        at: the positions that are used in place of those given.
        turn: ``(x, positions, rows, layout) -> x`` for a rotary encoding, x of shape (batch, heads, length, dim), with
            ``rows(positions, dtype)``.
    """

    parameters: Tensor
    formula: Callable[..., Tensor]
    layout: str = ""
    at: Callable[[Tensor], Tensor] = lambda positions: positions
    turn: Callable[..., Tensor] = lambda x, positions, rows, layout: turned(x, rows(positions, dtype=x.dtype), layout)


@dataclass(frozen=True, eq=False)
class Recipe:
    """An encoding taken apart; keys are treated as queries unless `keys` says otherwise."""

    family: str
    kind: str
    queries: Side
    facts: dict[str, Any]  # declared
    keys: Side | None = None
    dim: int = 0
    dtype: torch.dtype = torch.float64  # that results come out in
    own_dtype: bool = False  # whatever the caller asks for
    keep: Callable[..., Any] = as_function

    @property
    def wide(self) -> bool:
        """Whether results are rounded to float64 or float32."""
        return self.dtype in DTYPES[:2]


@dataclass(frozen=True, eq=False)
class Case:
    """An encoding, the dtype to look at it in, and what is true of it."""

    name: str
    subject: Subject
    family: str
    dtype: torch.dtype
    claims: tuple[Claim, ...]


# -- putting them together --------------------------------------------------------------------------------------------


def subject(recipe: Recipe, name: str) -> Subject:
    """Put an encoding together."""
    queries, keys = recipe.queries, recipe.keys or recipe.queries

    def rotary():
        first = recipe.keep(queries.formula, queries.parameters)
        second = first if keys is queries else recipe.keep(keys.formula, keys.parameters)
        return lambda q, k, positions: (
            queries.turn(q, queries.at(positions), first, queries.layout),
            keys.turn(k, keys.at(positions), second, keys.layout),
        )

    def direct():
        values = recipe.keep(queries.formula, queries.parameters)

        def call(*positions, dtype):
            moved = [side.at(p) for side, p in zip((queries, keys), positions, strict=False)]
            return values(*moved, dtype=dtype)

        return (lambda *positions: call(*positions, dtype=recipe.dtype)) if recipe.own_dtype else call

    match recipe.kind:
        case "rotary":
            return Subject.rotary_pair(rotary, name=name, dim=recipe.dim, **recipe.facts)
        case "additive":
            return Subject.additive(direct, name=name, **recipe.facts)
        case _:
            return Subject.bias(direct, name=name, **recipe.facts)


# -- families ---------------------------------------------------------------------------------------------------------


def _base(rng):
    return 10 ** rng.uniform(math.log10(2), 7)


def _angles(rng):
    """The dtype that angles are formed in, and its name."""
    return (torch.float64, "float64") if rng.random() < 0.5 else (torch.float32, "float32")


def _normal(rng, *shape):
    return torch.from_numpy(rng.standard_normal(shape))


def rotary_family(rng, family):
    width = 2 * int(rng.integers(2, 17))
    turning = 2 * int(rng.integers(1, width // 2)) if family == "rotary-partial" else width
    channels, base, stretch = turning // 2, _base(rng), float(rng.choice([1.5, 2, 4, 8]))
    layout, (dtype, name) = str(rng.choice(["interleaved", "half-split"])), _angles(rng)
    formula = partial(rotation_rows, layout=layout, angle_dtype=dtype)
    facts = {"angle_dtype": name, "layout": layout}
    match family:
        case "rotary-linear":
            rates = frequencies(base, channels) / stretch
        case "rotary-ntk":
            rates = frequencies(base * stretch ** (width / (width - 2)), channels)
        case "rotary-yarn":
            rates, factor = yarn_frequencies(base, channels, stretch, 2048), 0.1 * math.log(stretch) + 1
            formula, facts["extra_scale"] = partial(formula, factor=factor), factor**2
        case _:
            rates = frequencies(base, channels)
    if family == "xpos":
        formula = partial(decaying_rows, layout=layout, angle_dtype=dtype)
        facts["max_length"] = 4096  # beyond, the decay over one call leaves the narrow dtypes
    side = Side(rates, formula, layout)
    keys = Side(rates, partial(formula, sign=-1), layout) if family == "xpos" else None
    return Recipe(family, "rotary", side, facts, keys, width)


def additive_family(rng, family):
    width, base, (dtype, name) = 2 * int(rng.integers(2, 17)), _base(rng), _angles(rng)
    facts = {"angle_dtype": name}
    match family:
        case "sinusoid-interleaved" | "sinusoid-blocks":
            facts["layout"] = family.removeprefix("sinusoid-")
            rates = frequencies(base, width // 2)
            formula = partial(sinusoid_rows, layout=facts["layout"], angle_dtype=dtype)
        case "fourier-features":
            rates = _normal(rng, width // 2).clamp(-math.pi, math.pi)
            formula = partial(sinusoid_rows, layout="blocks", angle_dtype=dtype, factor=(width / 2) ** -0.5)
        case "fractional-binding":
            width = int(rng.integers(4, 33))
            rates = torch.from_numpy(rng.uniform(-math.pi, math.pi, width // 2 + 1))
            rates[0] = 0.0  # the mean, and for an even width the highest frequency: real, so that powers stay real
            rates[-1] = rates[-1] if width % 2 else 0.0
            formula = partial(binding_rows, dim=width, angle_dtype=dtype)
        case _:
            rates, facts = _normal(rng, int(rng.integers(300, 601)), width), {}
            formula, facts["max_length"] = table_rows, len(rates)
    return Recipe(family, "additive", Side(rates, formula), facts)


def bias_family(rng, family):
    heads, (dtype, name) = int(rng.integers(1, 9)), _angles(rng)
    slope = slopes(heads)
    match family:
        case "alibi-distance":
            side, facts = Side(slope, partial(distance_bias, angle_dtype=dtype)), {"angle_dtype": name}
        case "alibi-row":
            side, facts = Side(slope, partial(row_bias, angle_dtype=dtype)), {"angle_dtype": name, "mask": "causal"}
        case _:
            both = family == "t5-bidirectional"
            side, facts = Side(_normal(rng, 32, heads), partial(bucket_bias, bidirectional=both)), {}
    return Recipe(family, "bias", side, facts)


ROTARY = ("rotary", "rotary-partial", "rotary-linear", "rotary-ntk", "rotary-yarn", "xpos")
ADDITIVE = ("sinusoid-interleaved", "sinusoid-blocks", "fourier-features", "fractional-binding", "learned")
BIAS = ("alibi-distance", "alibi-row", "t5-bidirectional", "t5-causal")
FAMILIES = {
    **dict.fromkeys(ROTARY, rotary_family),
    **dict.fromkeys(ADDITIVE, additive_family),
    **dict.fromkeys(BIAS, bias_family),
}
WHOLE = ("learned", "t5-bidirectional", "t5-causal")  # families of whole positions only


def draw_recipe(rng: np.random.Generator, families: tuple[str, ...] = tuple(FAMILIES)) -> Recipe:
    """A correct encoding of one of the families."""
    family = str(rng.choice(families))
    recipe = FAMILIES[family](rng, family)
    cacheable = recipe.kind != "bias" and family not in ("xpos", "learned")
    keep = (as_function, AsModule, WithCache)[int(rng.integers(3 if cacheable else 2))]
    floating = family not in WHOLE and keep is not WithCache and bool(rng.random() < 0.5)
    facts = {**recipe.facts, "float_positions": floating, "stateful": keep is WithCache}
    own_dtype = recipe.kind != "rotary" and bool(rng.random() < 0.5)
    dtype = DTYPES[int(rng.integers(4))]
    return replace(recipe, dtype=dtype, keep=keep, own_dtype=own_dtype, facts=facts)


def claims_of(recipe: Recipe) -> tuple[Claim, ...]:
    """What is true of a correct encoding."""
    found = [("Amplitude", "Scale"), ("History", "Exact"), ("Window", "Exact")]
    if recipe.family != "learned":
        found.append(("Shift", "RowConstant" if recipe.family == "alibi-row" else "Exact"))
    if recipe.facts["float_positions"]:
        found.append(("Retime", "Exact"))
    return tuple(sorted(found))


def correct_encoding(seed: int) -> Case:
    """A random correct encoding, the same for the same seed."""
    recipe = draw_recipe(np.random.default_rng(seed))
    name = f"correct {recipe.family} {seed}"
    return Case(name, subject(recipe, name), recipe.family, recipe.dtype, claims_of(recipe))
