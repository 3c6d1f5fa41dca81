"""How the rotary encodings of other libraries are built, and how they are called.

Every ``*_turn`` takes an instance and returns ``turn(queries, keys, positions) -> (queries, keys)``, each of shape
(batch, heads, length, dim), by the calls that users of the library make.
"""

import inspect
import sys
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from phase_latency import formulas
from phase_latency.adapters.packages import library_module
from phase_latency.adapters.subject import Call
from phase_latency.encodings.channels import joined, separated
from phase_latency.errors import ArgumentError
from phase_latency.validation import row_numbers

# -- rotary-embedding-torch -----------------------------------------------------------------------------------------


def rotary_embedding_torch(dim: int, *, use_xpos: bool = False, cached: bool = False) -> Any:
    """A ``RotaryEmbedding`` of rotary-embedding-torch.

    Args:
        dim: width of queries and keys.
        use_xpos: whether it also scales them.
        cached: whether it keeps angles for later calls, as it does by default.

    Returns:
        the module.

    Raises:
        MissingToolError: the library is not installed.
    """
    module = library_module("rotary_embedding_torch")
    return module.RotaryEmbedding(dim, use_xpos=use_xpos, cache_if_possible=cached)


def angles_turn(module: Any) -> Call:
    """Its angles at explicit positions, applied with its own function: nothing is cached.

    Args:
        module: a ``RotaryEmbedding``.

    Returns:
        ``turn(queries, keys, positions)``.

    Raises:
        MissingToolError: the library is not installed.
    """
    apply = library_module("rotary_embedding_torch").apply_rotary_emb

    def turn(queries: Tensor, keys: Tensor, positions: Tensor) -> tuple[Tensor, Tensor]:
        where = (positions.double() / module.interpolate_factor).to(module.freqs.dtype)
        angles = module.forward(where)
        scale: Any = module.get_scale(where).to(queries.dtype) if module.use_xpos else 1.0
        return apply(angles, queries, scale=scale), apply(angles, keys, scale=scale**-1)

    return turn


def offset_turn(module: Any) -> Call:
    """Its ``rotate_queries_or_keys(t, offset=...)``, which is what users call.

    Args:
        module: a ``RotaryEmbedding`` without xPos.

    Returns:
        ``turn(queries, keys, positions)`` for consecutive positions from 0 on.

    Raises:
        ArgumentError: the module is one with xPos, whose ``rotate_queries_and_keys`` takes no offset.
    """
    if module.use_xpos:
        remedy = "use the adapter rotary-embedding-torch:xpos"
        raise ArgumentError("encoding", module, "a RotaryEmbedding without xPos", remedy)

    def rotate(x: Tensor, offset: int) -> Any:
        axes = (1, 2) if module.seq_before_head_dim else (1, 1)
        return module.rotate_queries_or_keys(x.transpose(*axes), offset=offset).transpose(*axes)

    def turn(queries: Tensor, keys: Tensor, positions: Tensor) -> tuple[Tensor, Tensor]:
        offset = _first_of_consecutive(positions)
        return rotate(queries, offset), rotate(keys, offset)

    return turn


def _first_of_consecutive(positions: Tensor) -> int:
    first = int(positions[0])
    if first < 0 or not torch.equal(positions, first + torch.arange(len(positions), dtype=positions.dtype)):
        expected = "consecutive whole numbers >= 0: the call takes an offset, not positions"
        raise ArgumentError("positions", positions.tolist(), expected, "use the adapter rotary-embedding-torch:rotary")
    return first


# -- x-transformers -------------------------------------------------------------------------------------------------


def x_rotary(dim: int, *, use_xpos: bool = False) -> Any:
    """A ``RotaryEmbedding`` of x-transformers.

    Args:
        dim: width of queries and keys.
        use_xpos: whether it also scales them.

    Returns:
        the module.

    Raises:
        MissingToolError: the library is not installed.
    """
    return library_module("x_transformers.x_transformers").RotaryEmbedding(dim, use_xpos=use_xpos)


def x_turn(module: Any) -> Call:
    """Its angles and scales, applied as its attention applies them.

    Args:
        module: a ``RotaryEmbedding``.

    Returns:
        ``turn(queries, keys, positions)``.

    Raises:
        MissingToolError: the library is not installed.
    """
    apply = library_module("x_transformers.x_transformers").apply_rotary_pos_emb

    def turn(queries: Tensor, keys: Tensor, positions: Tensor) -> tuple[Tensor, Tensor]:
        angles, scale = module.forward(positions)
        return apply(queries, angles, scale), apply(keys, angles, scale**-1)

    return turn


# -- transformers ---------------------------------------------------------------------------------------------------

_LLAMA = "transformers.models.llama.modeling_llama"
TRAINED_LENGTH = 2048  # positions that the scaled encodings below are meant to be trained on
_FACTOR = 4.0


def rope_parameters(rope_type: str, dim: int) -> dict[str, Any]:
    """Parameters of a scaled rotary encoding, as a configuration of transformers has them.

    Args:
        rope_type: "default", "linear", "dynamic", "yarn", "longrope", "llama3" or "proportional".
        dim: width of queries and keys.

    Returns:
        the parameters: four times the positions that the encoding was trained on.
    """
    scaled = {"factor": _FACTOR}
    trained = {**scaled, "original_max_position_embeddings": TRAINED_LENGTH}
    channels = dim // 2
    own: dict[str, dict[str, Any]] = {
        "default": {},
        "linear": scaled,
        "dynamic": scaled,
        "yarn": trained,
        "longrope": {
            **trained,
            "short_factor": [1.0] * channels,
            "long_factor": [1.0 + (_FACTOR - 1.0) * i / max(channels - 1, 1) for i in range(channels)],
        },
        "llama3": {**trained, "low_freq_factor": 1.0, "high_freq_factor": 4.0},
        "proportional": {"partial_rotary_factor": 0.25},
    }
    return {"rope_type": rope_type, "rope_theta": 10000.0, **own[rope_type]}


def llama_config(rope_type: str, dim: int) -> Any:
    """A configuration with one of the scaled rotary encodings.

    Args:
        rope_type: as for `rope_parameters`.
        dim: width of queries and keys.

    Returns:
        a ``LlamaConfig``.

    Raises:
        MissingToolError: the library is not installed.
    """
    longest = TRAINED_LENGTH if rope_type in ("default", "dynamic") else int(_FACTOR) * TRAINED_LENGTH
    return library_module("transformers").LlamaConfig(
        hidden_size=dim,
        num_attention_heads=1,
        head_dim=dim,
        max_position_embeddings=longest,
        rope_parameters=rope_parameters(rope_type, dim),
    )


def llama_rotary(rope_type: str, dim: int) -> Any:
    """A ``LlamaRotaryEmbedding``.

    Args:
        rope_type: as for `rope_parameters`.
        dim: width of queries and keys.

    Returns:
        the module.

    Raises:
        MissingToolError: the library is not installed.
    """
    return library_module(_LLAMA).LlamaRotaryEmbedding(llama_config(rope_type, dim))


def model_turn(module: Any) -> Call:
    """The rotary module of a model, applied with the function of the same model.

    Args:
        module: a ``...RotaryEmbedding`` of transformers.

    Returns:
        ``turn(queries, keys, positions)``.

    Raises:
        ArgumentError: the model has no ``apply_rotary_pos_emb(q, k, cos, sin)``.
    """
    apply = getattr(sys.modules[type(module).__module__], "apply_rotary_pos_emb", None)
    if apply is None or list(inspect.signature(apply).parameters)[:4] != ["q", "k", "cos", "sin"]:
        expected = "a model whose module has apply_rotary_pos_emb(q, k, cos, sin)"
        raise ArgumentError("encoding", module, expected, "wrap its rotation with Subject.rotary_pair")

    def turn(queries: Tensor, keys: Tensor, positions: Tensor) -> Any:
        cosine, sine = module(queries, positions[None])
        return apply(queries, keys, cosine, sine)

    return turn


@dataclass(frozen=True)
class RopeFrequencies:
    """What a rotary encoding of transformers is made of, without the module: it cannot change between calls.

    Attributes:
        inverse: (dim / 2,) radians per position, as transformers computes them, in float32.
        factor: what cosines and sines are multiplied by.
    """

    inverse: Tensor
    factor: float


def rope_frequencies(rope_type: str, dim: int, length: int | None = None) -> RopeFrequencies:
    """Frequencies as transformers computes them.

    Args:
        rope_type: as for `rope_parameters`.
        dim: width of queries and keys.
        length: number of positions, which "dynamic" and "longrope" depend on; None for those of the configuration.

    Returns:
        the frequencies and the factor.

    Raises:
        MissingToolError: the library is not installed.
    """
    config = llama_config(rope_type, dim)
    if rope_type == "default":
        frequencies = library_module(_LLAMA).LlamaRotaryEmbedding.compute_default_rope_parameters(config)
    else:
        scaled = library_module("transformers.modeling_rope_utils").ROPE_INIT_FUNCTIONS[rope_type]
        frequencies = scaled(config, seq_len=length)
    return RopeFrequencies(*frequencies)


def frequencies_turn(frequencies: RopeFrequencies) -> Call:
    """Rotation by these frequencies, with angles in float64.

    Args:
        frequencies: the frequencies.

    Returns:
        ``turn(queries, keys, positions)``.
    """

    def turn(queries: Tensor, keys: Tensor, positions: Tensor) -> tuple[Tensor, Tensor]:
        angles = positions.double()[:, None] * frequencies.inverse.double()
        cosine, sine = (frequencies.factor * each for each in (angles.cos(), angles.sin()))

        def rotate(x: Tensor) -> Tensor:
            pair = formulas.rotated(*separated(x, "half-split"), cosine.to(x.dtype), sine.to(x.dtype))
            return joined(*pair, "half-split")

        return rotate(queries), rotate(keys)

    return turn


# -- torchtune ------------------------------------------------------------------------------------------------------


def tune_rotary(class_name: str, dim: int) -> Any:
    """A rotary module of torchtune.

    Args:
        class_name: "RotaryPositionalEmbeddings", "Llama3ScaledRoPE" or "Phi3RotaryPositionalEmbeddings".
        dim: width of queries and keys.

    Returns:
        the module.

    Raises:
        MissingToolError: the library is not installed.
    """
    modules = {
        "RotaryPositionalEmbeddings": "torchtune.modules",
        "Llama3ScaledRoPE": "torchtune.models.llama3_1",
        "Phi3RotaryPositionalEmbeddings": "torchtune.models.phi3",
    }
    return getattr(library_module(modules[class_name]), class_name)(dim)


def tune_turn(module: Any) -> Call:
    """Its ``forward(x, input_pos=...)``, which has the heads after the positions.

    Args:
        module: a rotary module of torchtune.

    Returns:
        ``turn(queries, keys, positions)`` for positions below ``max_seq_len``; negative ones would be taken from the
        end of its table and are refused.
    """

    def rotate(x: Tensor, positions: Tensor) -> Any:
        return module(x.transpose(1, 2), input_pos=positions).transpose(1, 2)

    def turn(queries: Tensor, keys: Tensor, positions: Tensor) -> tuple[Tensor, Tensor]:
        rows = row_numbers(positions, module.max_seq_len)
        return rotate(queries, rows), rotate(keys, rows)

    return turn
