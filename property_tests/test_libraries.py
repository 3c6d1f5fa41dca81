"""Adapters of other libraries return what the library's own public calls return, bit for bit.

These libraries belong to the extra `libraries`; a test fails where one is missing.
"""

import importlib
import importlib.util
import os
import sys

import pytest
import torch
import torchtune_stand_in
from refusals import refusal

from phase_latency.adapters.adapting import adapt
from phase_latency.adapters.catalogue import LIBRARY_ENCODINGS
from phase_latency.adapters.libraries import library_names, library_subject
from phase_latency.adapters.packages import seeded
from phase_latency.errors import ArgumentError, MissingToolError

os.environ.setdefault("HF_HUB_OFFLINE", "1")

pytestmark = [
    pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated:DeprecationWarning"),  # x-transformers
    pytest.mark.filterwarnings("ignore:numpy.core is deprecated:DeprecationWarning"),  # nengo
    pytest.mark.filterwarnings("ignore:Importing .*torchao.dtypes:DeprecationWarning"),  # torchtune
]

DIM, HEADS, LENGTH = 16, 4, 7
DTYPES = [torch.float64, torch.float32, torch.bfloat16]
NAMES = [name for name in library_names() if not name.startswith("torchtune")]
ROPE_TYPES = ("default", "linear", "dynamic", "yarn", "longrope", "llama3", "proportional")
CONTENT_DEPENDENT = {
    "CoPE": {"dim": DIM, "heads": HEADS, "max_pos": 8},
    "DataDependentAlibi": {"dim": DIM, "heads": HEADS},
    "PerRowDataDependentAlibi": {"dim": DIM, "heads": HEADS},
    "RelativeProjPositionalBias": {"dim": DIM, "heads": HEADS},
    "PolarEmbedding": {"dim": DIM, "heads": HEADS},
}


def library(name):
    return importlib.import_module(name)


def x_transformers():
    return library("x_transformers.x_transformers")


def rotary_embedding_torch():
    return library("rotary_embedding_torch").RotaryEmbedding


def llama():
    return library("transformers.models.llama.modeling_llama")


def row(name):
    return next(each for each in LIBRARY_ENCODINGS if each.name == name)


def subject(name):
    return library_subject(name, dim=DIM, heads=HEADS)


def vectors(dtype=torch.float32, length=LENGTH):
    drawn = torch.randn(2, 2, 3, length, DIM, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    return drawn[0].to(dtype), drawn[1].to(dtype)


def positions(length=LENGTH):
    return torch.arange(length)


def assert_same(found, expected):
    found, expected = (each if isinstance(each, tuple) else (each,) for each in (found, expected))
    for one, other in zip(found, expected, strict=True):
        assert one.shape == other.shape
        assert one.dtype == other.dtype
        assert torch.equal(one, other)


# -- rotary-embedding-torch -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_rotary_embedding_torch_at_consecutive_positions(dtype):
    q, k = vectors(dtype)
    rotate = rotary_embedding_torch()(DIM).rotate_queries_or_keys
    assert_same(subject("rotary-embedding-torch:rotary").build()(q, k, positions()), (rotate(q), rotate(k)))


def test_rotary_embedding_torch_at_any_positions():
    q, k = vectors()
    where = torch.tensor([0, 3, 9, 9, 100, 1, 2])
    one_by_one = [
        rotary_embedding_torch()(DIM).rotate_queries_or_keys(q[:, :, [i]], offset=p)
        for i, p in enumerate(where.tolist())
    ]
    assert_same(subject("rotary-embedding-torch:rotary").build()(q, k, where)[0], torch.cat(one_by_one, dim=2))


def test_rotary_embedding_torch_interpolates():
    q, k = vectors()
    module = rotary_embedding_torch()(DIM, interpolate_factor=4.0)
    assert_same(adapt(module).build()(q, k, positions())[0], module.rotate_queries_or_keys(q))


def test_rotary_embedding_torch_with_xpos():
    q, k = vectors()
    module = rotary_embedding_torch()(DIM, use_xpos=True)
    assert_same(subject("rotary-embedding-torch:xpos").build()(q, k, positions()), module.rotate_queries_and_keys(q, k))


@pytest.mark.parametrize("dtype", DTYPES)
def test_rotary_embedding_torch_by_offset(dtype):
    q, k = vectors(dtype)
    rotate = rotary_embedding_torch()(DIM).rotate_queries_or_keys
    found = subject("rotary-embedding-torch:offset").build()(q, k, 5 + positions())
    assert_same(found, (rotate(q, offset=5), rotate(k, offset=5)))


def test_rotary_embedding_torch_with_heads_last():
    q, k = vectors()
    module = rotary_embedding_torch()(DIM, seq_before_head_dim=True)
    found = library_subject("rotary-embedding-torch:offset", encoding=module).build()(q, k, positions())[0]
    assert_same(found, module.rotate_queries_or_keys(q.transpose(1, 2)).transpose(1, 2))


@pytest.mark.parametrize("where", [[0, 2, 3], [-1, 0, 1], [3, 2, 1]])
def test_an_offset_is_no_list_of_positions(where):
    turn, x = subject("rotary-embedding-torch:offset").build(), torch.ones(1, 1, 3, DIM)
    assert refusal(lambda: turn(x, x, torch.tensor(where))).startswith("positions: got [")


def test_xpos_has_no_offset():
    turn = row("rotary-embedding-torch:offset").call
    module = rotary_embedding_torch()(DIM, use_xpos=True)
    assert "use the adapter rotary-embedding-torch:xpos" in refusal(lambda: turn(module))


def test_an_instance_with_xpos_cannot_be_copied_but_can_be_built():
    build = rotary_embedding_torch()
    message = refusal(lambda: adapt(build(DIM, use_xpos=True)))
    assert message.endswith("pass a function that builds it: lambda: encoding")
    q, k = vectors()
    expected = build(DIM, use_xpos=True).rotate_queries_and_keys(q, k)
    assert_same(adapt(lambda: build(DIM, use_xpos=True)).build()(q, k, positions()), expected)


# -- x-transformers -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("use_xpos", [False, True])
def test_x_transformers_rotary(use_xpos):
    q, k = vectors()
    library, name = x_transformers(), f"x-transformers:{'xpos' if use_xpos else 'rotary'}"
    angles, scale = library.RotaryEmbedding(DIM, use_xpos=use_xpos).forward_from_seq_len(LENGTH)
    expected = library.apply_rotary_pos_emb(q, angles, scale), library.apply_rotary_pos_emb(k, angles, scale**-1)
    assert_same(subject(name).build()(q, k, positions()), expected)


def test_x_transformers_rotary_says_in_which_dtype_its_angles_are():
    module = x_transformers().RotaryEmbedding(DIM)
    assert adapt(module).declared.angle_dtype == "float32"
    assert adapt(module.half()).declared.angle_dtype == "float16"


@pytest.mark.parametrize("dtype", DTYPES)
def test_x_transformers_alibi(dtype):
    module = x_transformers().AlibiPositionalBias(HEADS).to(dtype)
    found = subject("x-transformers:alibi").build()(positions()[3:], positions(), dtype)
    assert_same(found, module(LENGTH - 3, LENGTH))


@pytest.mark.parametrize("dtype", DTYPES)
def test_x_transformers_relative(dtype):
    with seeded():
        module = x_transformers().RelativePositionBias(scale=DIM**0.5, heads=HEADS)
    found = subject("x-transformers:relative").build()(positions()[3:], positions(), dtype)
    assert_same(found, module.to(dtype)(LENGTH - 3, LENGTH))


@pytest.mark.parametrize("log_distance", [False, True])
def test_x_transformers_dynamic_is_a_function_of_the_distance(log_distance):
    module = x_transformers().DynamicPositionBias(DIM, heads=HEADS, depth=2, log_distance=log_distance)
    found = adapt(module).build()(positions()[3:], positions(), torch.float32)
    assert_same(found, module(LENGTH - 3, LENGTH).detach())


@pytest.mark.parametrize("dtype", DTYPES)
def test_x_transformers_sinusoidal(dtype):
    module = x_transformers().ScaledSinusoidalEmbedding(DIM).to(dtype)
    found = subject("x-transformers:sinusoidal").build()(positions(), dtype)
    assert_same(found, module(torch.empty(1, LENGTH)).detach())


@pytest.mark.parametrize("dtype", DTYPES)
def test_x_transformers_absolute(dtype):
    with seeded():
        module = x_transformers().AbsolutePositionalEmbedding(DIM, 1024).to(dtype)
    found = subject("x-transformers:absolute").build()(positions(), dtype)
    assert_same(found, module(torch.empty(1, LENGTH)).detach())


# -- transformers ---------------------------------------------------------------------------------------------------


def module_and_apply(model):
    """The rotary module of a small model of transformers, and the function that applies it."""
    package = {"GPTNeoX": "gpt_neox"}.get(model, model.lower())
    modeling = library(f"transformers.models.{package}.modeling_{package}")
    config = getattr(library("transformers"), f"{model}Config")(
        hidden_size=2 * DIM, num_attention_heads=2, num_key_value_heads=2, head_dim=DIM
    )
    return getattr(modeling, f"{model}RotaryEmbedding")(config), modeling.apply_rotary_pos_emb


@pytest.mark.parametrize("rope_type", ROPE_TYPES)
@pytest.mark.parametrize("dtype", DTYPES)
def test_transformers_rotary(rope_type, dtype):
    q, k = vectors(dtype)
    where = torch.tensor([0, 1, 5, 5, 100, 2047, 4000])
    library = llama()
    module = library.LlamaRotaryEmbedding(row(f"transformers:{rope_type}").make(DIM, HEADS).config)
    expected = library.apply_rotary_pos_emb(q, k, *module(q, where[None]))
    assert_same(subject(f"transformers:{rope_type}").build()(q, k, where), expected)


@pytest.mark.parametrize("model", ["Mistral", "Qwen3", "Cohere", "Gemma2"])
def test_rotary_modules_of_other_models_are_applied_with_their_own_function(model):
    q, k = vectors()
    module, apply = module_and_apply(model)
    adapted = adapt(module)
    assert adapted.dim == DIM
    assert adapted.declared.layout is None
    assert_same(adapted.build()(q, k, positions()), apply(q, k, *module(q, positions()[None])))


def test_a_model_without_such_a_function_is_refused():
    modeling = library("transformers.models.llama4.modeling_llama4")
    config = library("transformers").Llama4TextConfig(hidden_size=2 * DIM, num_attention_heads=2, head_dim=DIM)
    module = adapt(modeling.Llama4TextRotaryEmbedding(config))
    assert "wrap its rotation with Subject.rotary_pair" in refusal(module.build)


@pytest.mark.parametrize("rope_type", ROPE_TYPES)
def test_transformers_frequencies_without_the_module(rope_type):
    q, k = vectors(torch.float64)
    built = row(f"transformers:{rope_type}-frequencies").make(DIM, HEADS)
    library = llama()
    assert torch.equal(built.inverse, row(f"transformers:{rope_type}").make(DIM, HEADS).inv_freq)
    angles = positions().double()[:, None] * built.inverse.double().repeat(2)
    expected = library.apply_rotary_pos_emb(q, k, built.factor * angles.cos()[None], built.factor * angles.sin()[None])
    assert_same(subject(f"transformers:{rope_type}-frequencies").build()(q, k, positions()), expected)


@pytest.mark.parametrize("rope_type", ROPE_TYPES)
@pytest.mark.parametrize("suffix", ["", "-frequencies"])
def test_the_extra_scale_is_what_a_vector_gains_with_itself(rope_type, suffix):
    q, _ = vectors(torch.float64)
    adapted = subject(f"transformers:{rope_type}{suffix}")
    turned, others = adapted.build()(q, q, 3 + positions())
    gained = (turned * others).sum(-1) / (q * q).sum(-1)
    # Cosine, sine and factor are each off by 2 roundings to float32 at most, and enter squared.
    assert float((gained - adapted.declared.extra_scale).abs().max()) <= 16 * 2.0**-24 * adapted.declared.extra_scale


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("model", ["bloom", "falcon"])
def test_transformers_alibi_in_row_form(model, dtype):
    alibi = library_subject(f"transformers:{model}-alibi", heads=HEADS)
    build = library(f"transformers.models.{model}.modeling_{model}").build_alibi_tensor
    expected = build(torch.ones(1, LENGTH, dtype=torch.int64), HEADS, dtype)
    assert_same(alibi.build()(positions()[3:], positions(), dtype), expected.expand(-1, LENGTH - 3, -1))
    assert alibi.declared.mask == "causal"


def test_mpt_alibi_in_row_form():
    expected = library("transformers.models.mpt.modeling_mpt").build_mpt_alibi_tensor(HEADS, LENGTH)
    alibi = library_subject("transformers:mpt-alibi", heads=HEADS)
    found = alibi.build()(positions()[3:], positions(), torch.float32)
    assert_same(found, expected.expand(-1, LENGTH - 3, -1))
    assert alibi.declared.mask == "causal"


@pytest.mark.parametrize("name", ["bloom", "falcon", "mpt"])
def test_row_forms_take_any_keys_from_0_on(name):
    bias = subject(f"transformers:{name}-alibi").build()
    whole = bias(positions(), positions(), torch.float32)
    some = torch.tensor([6, 0, 6, 2])
    assert torch.equal(bias(positions()[:2], some, torch.float32), whole[:, :2, some])
    assert refusal(lambda: bias(positions(), some - 1, torch.float32)).startswith("key_positions: got -1;")


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("decoder", [False, True])
def test_transformers_t5(dtype, decoder):
    config = library("transformers").T5Config(d_model=DIM * HEADS, d_kv=DIM, num_heads=HEADS, is_decoder=decoder)
    attention = library("transformers.models.t5.modeling_t5").T5Attention
    module = attention(config, has_relative_attention_bias=True, layer_idx=0)
    adapted = adapt(module)
    expected = module.to(dtype).compute_bias(LENGTH, 300)[0].detach()
    assert_same(adapted.build()(positions(), positions(300), dtype), expected)
    assert adapted.declared.mask == ("causal" if decoder else None)


# -- positional-encodings, nengo-spa --------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", DTYPES)
def test_positional_encodings(dtype):
    module = library("positional_encodings.torch_encodings").PositionalEncoding1D(DIM)
    where = torch.tensor([6, 0, 3])
    expected = module(torch.zeros(1, LENGTH, DIM, dtype=dtype))[0, where]
    assert_same(subject("positional-encodings:1d").build()(where, dtype), expected)


def test_nengo_binding():
    binding = row("nengo-spa:binding").make(DIM, HEADS)
    where = torch.tensor([0.0, -2.0, 0.5, 3.25], dtype=torch.float64)
    expected = torch.stack([torch.from_numpy(binding.algebra.binding_power(binding.vector, p)) for p in where.tolist()])
    assert_same(subject("nengo-spa:binding").build()(where, torch.float64), expected)


def test_nengo_binding_keeps_lengths():
    """Otherwise the Gram matrix would depend on more than the distance."""
    rows = subject("nengo-spa:binding").build()(positions().double() / 3, torch.float64)
    # Two transforms of 16 numbers, each within a few roundings of a sum of 16 squares of 1.
    assert float((rows.norm(dim=1) - 1).abs().max()) <= 64 * 2.0**-53 * DIM


# -- torchtune ------------------------------------------------------------------------------------------------------

IS_INSTALLED = importlib.util.find_spec("torchtune") is not None


@pytest.fixture(params=["stand-in", *(["torchtune"] if IS_INSTALLED else [])])
def torchtune(request, monkeypatch):
    if request.param == "stand-in":
        torchtune_stand_in.install(monkeypatch)


@pytest.mark.usefixtures("torchtune")
@pytest.mark.parametrize("name", ["torchtune:rotary", "torchtune:llama3", "torchtune:phi3"])
def test_torchtune(name):
    q, k = vectors()
    where = torch.tensor([0, 3, 9, 9, 4095, 1, 2])
    module = row(name).make(DIM, HEADS)
    expected = tuple(module(x.transpose(1, 2), input_pos=where[None]).transpose(1, 2) for x in (q, k))
    for adapted in (subject(name), adapt(module)):
        assert_same(adapted.build()(q, k, where), expected)
        assert adapted.declared.max_length == 4096
    assert not torch.equal(*expected)


@pytest.mark.usefixtures("torchtune")
@pytest.mark.parametrize("position", [-1, 4096, 0.5])
def test_torchtune_has_no_row_for_other_positions(position):
    turn, x = subject("torchtune:rotary").build(), torch.ones(1, 1, 1, DIM)
    where = torch.tensor([position]).to(torch.float64 if position == 0.5 else torch.int64)
    assert "expected whole numbers in 0..4095" in refusal(lambda: turn(x, x, where))


@pytest.mark.usefixtures("torchtune")
def test_torchtune_would_refuse_fractions_itself_and_wrap_negative_positions():
    module, x = row("torchtune:rotary").make(DIM, HEADS), torch.ones(1, 1, 1, DIM)
    with pytest.raises(IndexError):
        module(x, input_pos=torch.tensor([0.5]))
    assert torch.equal(module(x, input_pos=torch.tensor([-1])), module(x, input_pos=torch.tensor([4095])))


# -- every encoding -------------------------------------------------------------------------------------------------


def evaluated(adapted, where, dtype=torch.float64, call=None):
    """The result of a fresh build, or of a call at hand, as one tensor."""
    call = call or adapted.build()
    if adapted.kind == "additive":
        return call(where, dtype)
    if adapted.kind == "bias":
        return call(where, where, dtype)
    return torch.cat(call(*vectors(dtype, len(where)), where))


@pytest.mark.parametrize("name", NAMES)
def test_shapes_and_fresh_builds(name):
    adapted = subject(name)
    found = evaluated(adapted, positions())
    shapes = {"additive": (LENGTH, DIM), "bias": (HEADS, LENGTH, LENGTH), "rotary": (4, 3, LENGTH, DIM)}
    assert tuple(found.shape) == shapes[adapted.kind]
    assert found.is_floating_point()
    assert not found.requires_grad
    assert torch.equal(evaluated(adapted, positions()), found)


@pytest.mark.parametrize("name", NAMES)
def test_building_leaves_the_generator_of_torch_alone(name):
    before = torch.get_rng_state()
    evaluated(subject(name), positions())
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("name", NAMES)
def test_float_positions_are_declared_as_they_are(name):
    adapted = subject(name)
    between = torch.tensor([0.25, 0.5, 1.75], dtype=torch.float64)
    if adapted.declared.float_positions:
        found = evaluated(adapted, between)
        assert not any(torch.equal(found, evaluated(adapted, whole)) for whole in (between.floor(), between.ceil()))
    else:
        with pytest.raises((ArgumentError, IndexError, RuntimeError)):
            evaluated(adapted, between)


@pytest.mark.parametrize("name", [name for name in NAMES if not row(name).declared.stateful])
def test_what_is_not_declared_stateful_does_not_remember(name):
    adapted = subject(name)
    if adapted.declared.stateful:  # as depends on the instance
        return
    used, expected = adapted.build(), evaluated(adapted, positions())
    evaluated(adapted, 300 + positions(500), call=used)
    evaluated(adapted, positions(), torch.bfloat16, call=used)
    assert torch.equal(evaluated(adapted, positions(), call=used), expected)


def test_what_is_stateful_is_declared_so():
    stateful = {name for name in NAMES if subject(name).declared.stateful}
    assert stateful == {
        "rotary-embedding-torch:offset",
        "transformers:dynamic",
        "transformers:longrope",
        "positional-encodings:1d",
    }


def test_a_table_of_learned_rows_ends():
    adapted = subject("x-transformers:absolute")
    assert adapted.declared.max_length == 1024
    adapted.build()(torch.tensor([1023]), torch.float64)
    for position in (-1, 1024):
        message = refusal(lambda p=position: adapted.build()(torch.tensor([p]), torch.float64))
        assert message.startswith(f"positions: got {position}.0; expected whole numbers in 0..1023")


@pytest.mark.parametrize("name", NAMES)
def test_the_source_builds_it_again(name):
    adapted, namespace = subject(name), {}
    exec(adapted.source, namespace)
    assert torch.equal(evaluated(namespace["encoding"], positions()), evaluated(adapted, positions()))


@pytest.mark.parametrize("name", NAMES)
def test_instances_classes_and_functions_are_recognised(name):
    """By their class, hence as the first row with that class says; the others have to be asked for by name."""
    entry = row(name)
    first = next(each for each in LIBRARY_ENCODINGS if each.source == entry.source)
    if entry.of_instances:
        adapted = adapt(lambda: entry.make(DIM, HEADS))
        expected = first.reading(entry.make(DIM, HEADS)).subject(lambda: entry.make(DIM, HEADS), name)
    else:
        module, _, attribute = entry.source.rpartition(".")
        adapted = adapt(getattr(library(module), attribute), dim=DIM, heads=HEADS)
        expected = subject(name)
    assert (adapted.kind, adapted.dim, adapted.declared) == (expected.kind, expected.dim, expected.declared)
    assert torch.equal(evaluated(adapted, positions()), evaluated(expected, positions()))


# -- refusals -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(CONTENT_DEPENDENT))
def test_what_depends_on_the_content_is_refused(name):
    encoding = getattr(x_transformers(), name)
    for each in (encoding, encoding(**CONTENT_DEPENDENT[name])):
        message = refusal(lambda each=each: adapt(each))
        assert "expected an encoding of positions along one axis and of nothing else" in message
        assert f"leave {name} out: " in message


def test_other_axes_are_refused():
    encoding = library("positional_encodings.torch_encodings").PositionalEncoding2D(DIM)
    assert "its positions have two coordinates" in refusal(lambda: adapt(encoding))


def test_classes_and_functions_want_a_width_or_a_number_of_heads():
    assert "pass dim= to adapt" in refusal(lambda: adapt(rotary_embedding_torch()))
    build = library("transformers.models.bloom.modeling_bloom").build_alibi_tensor
    assert "pass heads= to adapt" in refusal(lambda: adapt(build))


@pytest.mark.parametrize("entry", LIBRARY_ENCODINGS, ids=lambda entry: entry.name)
def test_a_missing_library_is_named_with_the_command_that_installs_it(entry, monkeypatch):
    label = entry.name.partition(":")[0]
    package = label.replace("-", "_")
    for name in [each for each in sys.modules if each.partition(".")[0] == package]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingToolError) as caught:
        library_subject(entry.name)
    assert caught.value.exit_code == 3
    assert str(caught.value) == (
        f"{label}: not found; expected it to be installed; run `pip install 'phase-latency[{entry.extra}]'`"
    )


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: library_subject("transformers:yarns"), "name: got 'transformers:yarns'; expected the name of an"),
        (lambda: library_subject("transformers:yarns"), "did you mean transformers:yarn"),
        (lambda: library_subject("zzz"), "choose one of library_names()"),
        (lambda: library_subject("transformers:yarn", dim=0), "dim: got 0;"),
        (lambda: library_subject("transformers:bloom-alibi", heads=0), "heads: got 0;"),
    ],
)
def test_bad_arguments(call, message):
    assert message in refusal(call)


def test_names_are_unique_and_say_the_library():
    assert len(set(library_names())) == len(library_names())
    assert all(name.count(":") == 1 for name in library_names())
