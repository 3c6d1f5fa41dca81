"""One fault put into a correct encoding, and what it breaks.

Some faults give another valid encoding, such as frequencies that are rounded alike for queries and keys: no invariance
is broken, so that only a comparison with the encoding that was meant can find them.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import torch
from encoding_formulas import turned
from generated_encodings import (
    ADDITIVE,
    BIAS,
    ROTARY,
    Case,
    Claim,
    Recipe,
    Side,
    as_function,
    claims_of,
    draw_recipe,
    subject,
)

from phase_latency.adapters.subject import Subject

PLAIN, XPOS = ROTARY[:-1], ROTARY[-1:]
SINUSOIDS, FORMED = ADDITIVE[:2], ADDITIVE[:-1]
ALIBI, T5 = BIAS[:2], BIAS[2:]
ALL = (*ROTARY, *ADDITIVE, *BIAS)
TURNING = (*PLAIN, *ADDITIVE[:3])  # cosines and sines alone
COUNTED = (*ROTARY, *SINUSOIDS)  # frequencies by channel
GROWING = (*PLAIN, *FORMED)  # rows that do not depend on the call
UNEVEN = (*ROTARY, *ADDITIVE, *T5)  # entries that bfloat16 cannot hold, unlike small multiples of 1/256


@dataclass(frozen=True, eq=False)
class Fault:
    """A fault that may be put into encodings of some families.

    Attributes:
        name: what is wrong.
        inject: ``(recipe, rng)`` to the faulty recipe.
        families: where it makes sense.
        broken: transformations under which what is claimed no longer holds.
        facts: "vacuous" (no position is used), "collisions" (two positions of 0..4095 are encoded alike; not said of a
            bias), "not finite" (some logit up to position 3144 is not).
        relation: of the logits to those of the correct twin: "frequencies", "row-constant" (causal mask) or "none".
        unclear: transformations under which the fault may or may not show.
        needs: what else a recipe must have for the fault to show.
    """

    name: str
    inject: Callable[[Recipe, np.random.Generator], Recipe]
    families: tuple[str, ...]
    broken: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    relation: str = "none"
    unclear: tuple[str, ...] = ("Retime",)
    needs: Callable[[Recipe], bool] = lambda recipe: True


@dataclass(frozen=True, eq=False)
class FaultyCase(Case):
    """A case with one fault; `claims` are those that are still true for certain.

    Attributes:
        kind: the kind of fault.
        fault: the fault.
        broken: claims of the correct twin that no longer hold.
        facts: as in `Fault`.
        detectable_by: "check" of the encoding alone, or only "compare" with the twin.
        twin: the correct encoding.
    """

    kind: str
    fault: Fault
    broken: tuple[Claim, ...]
    facts: tuple[str, ...]
    detectable_by: str
    twin: Subject


# -- changing a recipe ------------------------------------------------------------------------------------------------


def sides(who, **changes):
    """Change fields of the queries, the keys or both; each change is a function of the side."""

    def changed(side, name):
        return side if who not in (name, "both") else replace(side, **{f: make(side) for f, make in changes.items()})

    def inject(recipe, rng):
        queries, keys = recipe.queries, recipe.keys or recipe.queries
        return replace(recipe, queries=changed(queries, "queries"), keys=changed(keys, "keys"))

    return inject


def at(who, positions):
    """Use other positions than those given."""
    return sides(who, at=lambda side: positions)


def rates(who, change):
    """Use other frequencies or slopes."""
    return sides(who, parameters=lambda side: change(side.parameters))


def keywords(**changes):
    """Call formulas with other keywords."""
    return sides("both", formula=lambda side: partial(side.formula, **changes))


def turn(way):
    return sides("both", turn=lambda side: way)


def kept_in(keep, **facts):
    return lambda recipe, rng: replace(recipe, keep=keep, facts={**recipe.facts, "stateful": True, **facts})


def computed_at(positions):
    """Other positions, whole or not, so that no cache can hold their rows."""
    return lambda recipe, rng: replace(at("both", positions)(recipe, rng), keep=as_function)


# -- positions --------------------------------------------------------------------------------------------------------


def rounded(dtype):
    return within_float16(at("both", lambda p: p.to(dtype).to(p.dtype)))


def angles_in(dtype):
    return within_float16(keywords(angle_dtype=dtype))


def within_float16(inject):
    """Declare a limit: beyond 65504 positions in float16 are infinite, which is another fault."""

    def limited(recipe, rng):
        changed = inject(recipe, rng)
        return replace(changed, facts={"max_length": 2**15, **changed.facts})

    return limited


def clamped(recipe, rng):
    last = int(rng.integers(16, 100))
    return at("both", lambda p: p.clamp(max=last))(recipe, rng)


def row_before(recipe, rng):
    """Position p reads row p - 1, and position 0 the last one, as a negative index does."""
    last = recipe.facts.get("max_length", 4096) - 1
    return at("both", lambda p: torch.where(p == 0, last, p - 1))(recipe, rng)


def by_index(p):
    return torch.arange(len(p)).to(p.dtype)


def stretched(p):
    """Positions 0..256 whatever the length of the call."""
    return p.double() * (256 / float(p.max().clamp(min=1)))


def interpolated(p):
    """Positions as they are up to 128, and squeezed into 128 in longer calls."""
    return p.double() * min(1.0, 128 / float(p.max().clamp(min=1)))


# -- formulas ---------------------------------------------------------------------------------------------------------


def next_cosine(side: Side):
    """Cosines with the exponent of the next channel; cosines are what is not 0 at position 0."""

    def formula(rates, positions):
        following = torch.cat((rates[1:], rates[-1:] ** 2 / rates[-2]))
        cosines = side.formula(rates, torch.zeros(1, dtype=torch.int64)) != 0
        return torch.where(cosines, side.formula(following, positions), side.formula(rates, positions))

    return formula


def slope_by_query(side: Side):
    """Slopes laid along the queries of the call instead of the heads."""

    def formula(slopes, queries, keys):
        rows = [side.formula(slopes.roll(-i), query, keys)[:, 0] for i, query in enumerate(queries.split(1))]
        return torch.stack(rows, 1)

    return formula


def reshaped_buckets(side: Side):
    """Values (buckets, heads) reshaped to (heads, buckets) where they had to be transposed."""
    return lambda values, *positions: side.formula(values.reshape(*values.shape[::-1]).T, *positions)


def one_channel(factor):
    """The frequency of the first channel multiplied, all others kept."""
    return lambda rates: torch.cat((factor * rates[:1], rates[1:]))


def in_bfloat16(numbers):
    return numbers.bfloat16().double()


def other(side: Side) -> str:
    """The other layout."""
    return "half-split" if side.layout == "interleaved" else "interleaved"


def keys_in_other_layout(recipe, rng):
    changed = sides("keys", layout=other, formula=lambda side: partial(side.formula, layout=other(side)))
    return changed(recipe, rng)


def turned_by_head(x, positions, rows, layout):
    """Heads taken for positions."""
    heads = torch.arange(x.shape[1]).to(positions.dtype)
    return turned(x.transpose(1, 2), rows(heads, dtype=x.dtype), layout).transpose(1, 2)


def turned_without_minus(x, positions, rows, layout):
    return turned(x, rows(positions, dtype=x.dtype), layout, sign=1)


# -- caches -----------------------------------------------------------------------------------------------------------


class CachedByLength:
    """Keyed by the lengths of the call only."""

    def __init__(self, formula, parameters):
        self.compute, self.kept = partial(formula, parameters), {}

    def key(self, positions):
        return tuple(map(len, positions))

    def __call__(self, *positions, dtype):
        return self.kept.setdefault(self.key(positions), self.compute(*positions).to(dtype)).to(dtype)


class CachedWithoutDtype(CachedByLength):
    """Keyed by the positions: what was made for one dtype serves them all."""

    def key(self, positions):
        return tuple(tuple(each.tolist()) for each in positions)


class GrownFromZero(CachedByLength):
    """Grown by rows that are counted from 0 again."""

    def __call__(self, positions, dtype):
        needed = int(positions.max()) + 1
        if dtype not in self.kept:
            self.kept[dtype] = self.compute(torch.arange(needed)).to(dtype)
        missing = needed - len(self.kept[dtype])
        if missing > 0:
            self.kept[dtype] = torch.cat((self.kept[dtype], self.compute(torch.arange(missing)).to(dtype)))
        return self.kept[dtype][positions]


# -- what a recipe must have ------------------------------------------------------------------------------------------


def several(recipe: Recipe) -> bool:
    """Channels of a rotary or additive encoding, heads of a bias."""
    return recipe.queries.parameters.shape[-1] > 1


def whole(recipe: Recipe) -> bool:
    return not recipe.facts["float_positions"]


def rates_move(recipe: Recipe) -> bool:
    """A frequency in bfloat16 is off by half a radian within 1000 positions."""
    exact = recipe.queries.parameters
    return recipe.wide and 1000 * float((in_bfloat16(exact) - exact).abs().max()) > 0.5


def as_fine_as_float64(recipe: Recipe) -> bool:
    """So that results of a narrower dtype stand out."""
    return recipe.dtype == torch.float64 and not recipe.own_dtype and recipe.facts.get("angle_dtype") != "float32"


# -- the list ---------------------------------------------------------------------------------------------------------

SHIFT, HISTORY, WINDOW = ("Shift",), ("History",), ("Window",)
COLLIDE, BLIND, INFINITE = ("collisions",), ("vacuous",), ("not finite",)
WIDE, IN_FLOAT16 = (lambda recipe: recipe.wide), (lambda recipe: recipe.dtype == torch.float16)
UNHEARD, STALE, ANY = ("Retime", "Shift"), ("Retime", "Window"), ("Amplitude", "History", "Retime", "Shift", "Window")

FAULTS = {
    "dtype": (
        Fault("positions in bfloat16", rounded(torch.bfloat16), (*ROTARY, *FORMED, *ALIBI, *T5), SHIFT, COLLIDE),
        Fault("positions in float16", rounded(torch.float16), (*ROTARY, *FORMED, *T5), SHIFT, COLLIDE, needs=WIDE),
        Fault("angles in bfloat16", angles_in(torch.bfloat16), (*TURNING, *ALIBI), SHIFT, COLLIDE),
        Fault("angles in float16", angles_in(torch.float16), TURNING, SHIFT, COLLIDE, needs=WIDE),
        Fault("frequencies", rates("both", in_bfloat16), TURNING, relation="frequencies", needs=rates_move),
        Fault("decay", keywords(centred=False, reach=64.0), XPOS, (), INFINITE, unclear=ANY, needs=IN_FLOAT16),
    ),
    "off by one": (
        Fault("query side", at("queries", lambda p: p + 1), (*PLAIN, *T5)),
        Fault("distance", at("queries", lambda p: p + 1), ("alibi-distance",), relation="row-constant"),
        Fault("origins", at("keys", lambda p: p + 7), (*PLAIN, *T5)),
        Fault("row before", row_before, (*ROTARY, *ADDITIVE), SHIFT, needs=whole),
    ),
    "stale cache": (
        Fault("keyed by length", kept_in(CachedByLength), ALL, HISTORY, unclear=STALE),
        Fault("without dtype", kept_in(CachedWithoutDtype), UNEVEN, HISTORY, unclear=STALE, needs=as_fine_as_float64),
        Fault("grown from zero", kept_in(GrownFromZero, max_length=8192), GROWING, HISTORY, unclear=STALE, needs=whole),
    ),
    "frequencies": (
        Fault("cosine with the next exponent", sides("both", formula=next_cosine), COUNTED, SHIFT, needs=several),
        Fault("keys of another base", rates("keys", torch.sqrt), ("rotary", "rotary-partial"), SHIFT, needs=several),
        Fault("one channel of the keys", rates("keys", one_channel(1.5)), ROTARY, SHIFT),
    ),
    "layout": (
        Fault("swap of the other layout", sides("both", layout=other), ROTARY, SHIFT, needs=several),
        Fault("keys in the other layout", keys_in_other_layout, PLAIN, SHIFT, needs=several),
    ),
    "sign": (
        Fault("keys turned backwards", rates("keys", torch.neg), ROTARY, SHIFT),
        Fault("swap without minus", turn(turned_without_minus), ROTARY, SHIFT),
        Fault("one channel backwards for both", rates("both", one_channel(-1.0)), ROTARY),
        Fault("slopes negated", rates("both", torch.neg), ALIBI),
    ),
    "heads": (
        Fault("heads for positions", turn(turned_by_head), ROTARY, (), BLIND, unclear=UNHEARD),
        Fault("slopes along the queries", sides("both", formula=slope_by_query), ALIBI, WINDOW, needs=several),
        Fault("buckets reshaped", sides("both", formula=reshaped_buckets), T5, needs=several),
    ),
    "blind": (
        Fault("position ignored", at("both", torch.zeros_like), ALL, (), BLIND, unclear=UNHEARD),
        Fault("position constant", at("both", lambda p: torch.full_like(p, 5)), ALL, (), BLIND, unclear=UNHEARD),
        Fault("offset ignored", at("both", by_index), ALL, WINDOW, BLIND, unclear=UNHEARD),
    ),
    "clamp": (Fault("positions clamped", clamped, ALL, SHIFT, COLLIDE),),
    "window": (
        Fault("stretched to the call", computed_at(stretched), (*ROTARY, *FORMED, *ALIBI), (*SHIFT, *WINDOW)),
        Fault("interpolated beyond 128", computed_at(interpolated), (*ROTARY, *FORMED, *ALIBI), (*SHIFT, *WINDOW)),
    ),
}


def shows(fault: Fault, recipe: Recipe) -> bool:
    """Whether a fault stands out from rounding.

    In a Gram matrix a narrow dtype rounds the sum of all channels, in a bias the whole distance: that hides faults of
    one channel or one position, but not that no position is used. Under unit vectors each channel of a rotary encoding
    shows alone. A valid encoding that is not the one meant may be near it.
    """
    if not (fault.broken or fault.facts):
        return recipe.wide
    return recipe.wide or not fault.broken or recipe.kind == "rotary" or recipe.family in T5


def injected(kind: str, fault: Fault, seed: int) -> FaultyCase:
    """A fault in the first encoding drawn in which it shows."""
    rng = np.random.default_rng(seed)
    recipe = draw_recipe(rng, fault.families)
    while not (fault.needs(recipe) and shows(fault, recipe)):
        recipe = draw_recipe(rng, fault.families)
    claims, name = claims_of(recipe), f"{recipe.family} {seed}, {kind}: {fault.name}"
    broken = tuple(claim for claim in claims if claim[0] in fault.broken)
    facts = tuple(fact for fact in fault.facts if fact != "collisions" or recipe.kind != "bias")
    return FaultyCase(
        name,
        subject(fault.inject(recipe, rng), name),
        recipe.family,
        recipe.dtype,
        tuple(claim for claim in claims if claim[0] not in (*fault.broken, *fault.unclear)),
        kind,
        fault,
        broken,
        facts,
        "check" if broken or facts else "compare",
        subject(recipe, f"correct {recipe.family} {seed}"),
    )


def faulty_encoding(seed: int) -> FaultyCase:
    """A random correct encoding with one fault, the same for the same seed."""
    rng = np.random.default_rng(seed)
    kind = str(rng.choice(list(FAULTS)))
    return injected(kind, FAULTS[kind][int(rng.integers(len(FAULTS[kind])))], seed)
