"""What is known of the encodings of other libraries, in one table."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from phase_latency.adapters import additive_libraries as additive
from phase_latency.adapters import bias_libraries as biases
from phase_latency.adapters import rotary_libraries as rotary
from phase_latency.adapters.packages import extra_of
from phase_latency.adapters.readings import Reading
from phase_latency.adapters.subject import Call, Declared, Kind

Facts = dict[str, Any]


@dataclass(frozen=True)
class LibraryEncoding:
    """What is known of one encoding of one library.

    Attributes:
        name: "library:encoding".
        source: full name of the class or function in the library.
        kind: "additive", "rotary" or "bias".
        make: takes a width and a number of heads and returns what a user of the library would build.
        call: takes that, or an instance of a user's own, and returns what evaluates it, as in `Reading`; queries and
            keys are turned in one call.
        declared: facts that calling it does not tell.
        facts: takes an instance and returns the facts that depend on it, by name; "dim" is the width.
        of_instances: whether an instance of `source` is an encoding already; False where `make` has to give it a width
            or a number of heads.
    """

    name: str
    source: str
    kind: Kind
    make: Callable[[int, int], Any]
    call: Callable[[Any], Call]
    declared: Declared = field(default_factory=Declared)
    facts: Callable[[Any], Facts] = lambda encoding: {}
    of_instances: bool = True

    @property
    def extra(self) -> str:
        """The extra of phase-latency that installs the library."""
        return extra_of(self.name.partition(":")[0])

    def reading(self, encoding: Any) -> Reading:
        """How to call an instance.

        Args:
            encoding: the instance.

        Returns:
            how to call it, with the facts that depend on it.
        """
        facts = self.facts(encoding)
        dim = facts.pop("dim", None)
        is_rotary = self.kind == "rotary"
        return Reading(self.kind, self.call, dim, pair=is_rotary, declared=replace(self.declared, **facts))


# -- facts that depend on the instance ------------------------------------------------------------------------------


def _rotary_embedding_torch(module: Any) -> Facts:
    return {"dim": 2 * len(module.freqs), "angle_dtype": str(module.freqs.dtype).removeprefix("torch.")}


def _x_rotary(module: Any) -> Facts:
    return {"dim": 2 * len(module.inv_freq), "angle_dtype": str(module.inv_freq.dtype).removeprefix("torch.")}


def _model_rotary(module: Any) -> Facts:
    return {
        "dim": 2 * len(module.inv_freq),
        "extra_scale": float(module.attention_scaling) ** 2,
        "stateful": "dynamic" in module.rope_type or module.rope_type == "longrope",
    }


def _frequencies(frequencies: rotary.RopeFrequencies) -> Facts:
    return {"dim": 2 * len(frequencies.inverse), "extra_scale": float(frequencies.factor) ** 2}


def _tune(module: Any) -> Facts:
    return {"dim": module.dim, "max_length": module.max_seq_len}


# -- the table ------------------------------------------------------------------------------------------------------

_FLOATS32 = Declared(float_positions=True, angle_dtype="float32")
_TORCH_ROTARY = replace(_FLOATS32, layout="interleaved")
_LLAMA = replace(_FLOATS32, layout="half-split")
_PURE = Declared(float_positions=True, angle_dtype="float64", layout="half-split")
_TUNE = Declared(angle_dtype="float32", layout="interleaved")
_ROW_FORM = Declared(mask="causal")

_EMBEDDING_TORCH = "rotary_embedding_torch.rotary_embedding_torch.RotaryEmbedding"
_X = "x_transformers.x_transformers"
MODELS = "transformers.models"
_ROPE_TYPES = ("default", "linear", "dynamic", "yarn", "longrope", "llama3", "proportional")


def _of_type(make: Callable[[str, int], Any], rope_type: str) -> Callable[[int, int], Any]:
    return lambda dim, heads: make(rope_type, dim)


LIBRARY_ENCODINGS: tuple[LibraryEncoding, ...] = (
    LibraryEncoding(
        "rotary-embedding-torch:rotary",
        _EMBEDDING_TORCH,
        "rotary",
        lambda dim, heads: rotary.rotary_embedding_torch(dim),
        rotary.angles_turn,
        _TORCH_ROTARY,
        _rotary_embedding_torch,
    ),
    LibraryEncoding(
        "rotary-embedding-torch:xpos",
        _EMBEDDING_TORCH,
        "rotary",
        lambda dim, heads: rotary.rotary_embedding_torch(dim, use_xpos=True),
        rotary.angles_turn,
        _TORCH_ROTARY,
        _rotary_embedding_torch,
    ),
    LibraryEncoding(
        "rotary-embedding-torch:offset",
        _EMBEDDING_TORCH,
        "rotary",
        lambda dim, heads: rotary.rotary_embedding_torch(dim, cached=True),
        rotary.offset_turn,
        replace(_TORCH_ROTARY, float_positions=False, contiguous=True, stateful=True),
        _rotary_embedding_torch,
    ),
    LibraryEncoding(
        "x-transformers:rotary",
        f"{_X}.RotaryEmbedding",
        "rotary",
        lambda dim, heads: rotary.x_rotary(dim),
        rotary.x_turn,
        _TORCH_ROTARY,
        _x_rotary,
    ),
    LibraryEncoding(
        "x-transformers:xpos",
        f"{_X}.RotaryEmbedding",
        "rotary",
        lambda dim, heads: rotary.x_rotary(dim, use_xpos=True),
        rotary.x_turn,
        _TORCH_ROTARY,
        _x_rotary,
    ),
    *(
        LibraryEncoding(
            f"transformers:{rope_type}",
            f"{MODELS}.llama.modeling_llama.LlamaRotaryEmbedding",
            "rotary",
            _of_type(rotary.llama_rotary, rope_type),
            rotary.model_turn,
            _LLAMA,
            _model_rotary,
        )
        for rope_type in _ROPE_TYPES
    ),
    *(
        LibraryEncoding(
            f"transformers:{rope_type}-frequencies",
            "phase_latency.adapters.rotary_libraries.RopeFrequencies",
            "rotary",
            _of_type(rotary.rope_frequencies, rope_type),
            rotary.frequencies_turn,
            _PURE,
            _frequencies,
        )
        for rope_type in _ROPE_TYPES
    ),
    LibraryEncoding(
        "torchtune:rotary",
        "torchtune.modules.position_embeddings.RotaryPositionalEmbeddings",
        "rotary",
        lambda dim, heads: rotary.tune_rotary("RotaryPositionalEmbeddings", dim),
        rotary.tune_turn,
        _TUNE,
        _tune,
    ),
    LibraryEncoding(
        "torchtune:llama3",
        "torchtune.models.llama3_1._position_embeddings.Llama3ScaledRoPE",
        "rotary",
        lambda dim, heads: rotary.tune_rotary("Llama3ScaledRoPE", dim),
        rotary.tune_turn,
        _TUNE,
        _tune,
    ),
    LibraryEncoding(
        "torchtune:phi3",
        "torchtune.models.phi3._position_embeddings.Phi3RotaryPositionalEmbeddings",
        "rotary",
        lambda dim, heads: rotary.tune_rotary("Phi3RotaryPositionalEmbeddings", dim),
        rotary.tune_turn,
        replace(_TUNE, layout="half-split"),
        _tune,
    ),
    LibraryEncoding(
        "x-transformers:alibi",
        f"{_X}.AlibiPositionalBias",
        "bias",
        lambda dim, heads: biases.x_alibi(heads),
        biases.x_alibi_bias,
        Declared(float_positions=True),
    ),
    LibraryEncoding(
        "x-transformers:relative",
        f"{_X}.RelativePositionBias",
        "bias",
        biases.x_relative,
        biases.x_relative_bias,
        facts=lambda module: {"mask": "causal" if module.causal else None},
    ),
    LibraryEncoding(
        "x-transformers:dynamic",
        f"{_X}.DynamicPositionBias",
        "bias",
        biases.x_dynamic,
        biases.x_dynamic_bias,
    ),
    LibraryEncoding(
        "transformers:bloom-alibi",
        f"{MODELS}.bloom.modeling_bloom.build_alibi_tensor",
        "bias",
        lambda dim, heads: biases.model_alibi("bloom", heads),
        biases.masked_alibi_bias,
        _ROW_FORM,
        of_instances=False,
    ),
    LibraryEncoding(
        "transformers:falcon-alibi",
        f"{MODELS}.falcon.modeling_falcon.build_alibi_tensor",
        "bias",
        lambda dim, heads: biases.model_alibi("falcon", heads),
        biases.masked_alibi_bias,
        _ROW_FORM,
        of_instances=False,
    ),
    LibraryEncoding(
        "transformers:mpt-alibi",
        f"{MODELS}.mpt.modeling_mpt.build_mpt_alibi_tensor",
        "bias",
        lambda dim, heads: biases.model_alibi("mpt", heads),
        biases.mpt_alibi_bias,
        _ROW_FORM,
        of_instances=False,
    ),
    LibraryEncoding(
        "transformers:t5",
        f"{MODELS}.t5.modeling_t5.T5Attention",
        "bias",
        biases.t5_attention,
        biases.t5_bias,
        facts=lambda module: {"mask": "causal" if module.is_decoder else None},
    ),
    LibraryEncoding(
        "x-transformers:sinusoidal",
        f"{_X}.ScaledSinusoidalEmbedding",
        "additive",
        lambda dim, heads: additive.x_sinusoidal(dim),
        additive.x_rows,
        Declared(float_positions=True, layout="blocks"),
    ),
    LibraryEncoding(
        "x-transformers:absolute",
        f"{_X}.AbsolutePositionalEmbedding",
        "additive",
        lambda dim, heads: additive.x_absolute(dim),
        additive.x_rows,
        facts=lambda module: {"max_length": module.max_seq_len},
    ),
    LibraryEncoding(
        "positional-encodings:1d",
        "positional_encodings.torch_encodings.PositionalEncoding1D",
        "additive",
        lambda dim, heads: additive.sinusoid_1d(dim),
        additive.sinusoid_1d_rows,
        Declared(angle_dtype="float32", layout="interleaved", stateful=True),
    ),
    LibraryEncoding(
        "nengo-spa:binding",
        "nengo_spa.algebras.hrr_algebra.HrrAlgebra",
        "additive",
        lambda dim, heads: additive.fractional_binding(dim),
        additive.binding_rows,
        Declared(float_positions=True, angle_dtype="float64"),
        of_instances=False,
    ),
)

# Every other model of transformers has a rotary module of its own, called with the same arguments.
OTHER_MODEL = replace(
    next(row for row in LIBRARY_ENCODINGS if row.name == "transformers:default"),
    declared=replace(_LLAMA, layout=None),
)
