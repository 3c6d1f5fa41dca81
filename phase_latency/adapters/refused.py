"""Encodings of libraries that are none of positions alone, with the reason."""

from typing import Any

from phase_latency.errors import ArgumentError

_X = "x_transformers.x_transformers"

_REASONS = {
    f"{_X}.CoPE": "its positions are sums of gates that the logits open",
    f"{_X}.DataDependentAlibi": "its slopes are forget gates computed from the content",
    f"{_X}.PerRowDataDependentAlibi": "its slopes are forget gates computed from the content",
    f"{_X}.RelativeProjPositionalBias": "its curves over the distance are weighted by the content",
    f"{_X}.PolarEmbedding": "it passes the content through a softplus, so it turns nothing",
    "positional_encodings.torch_encodings.PositionalEncoding2D": "its positions have two coordinates",
    "positional_encodings.torch_encodings.PositionalEncoding3D": "its positions have three coordinates",
    "torchtune.modules.position_embeddings.VisionRotaryPositionalEmbeddings": "its positions have two coordinates",
}


def check_not_refused(encoding: Any, names: list[str]) -> None:
    """Refuse an encoding of a library that is not a function of positions alone.

    Args:
        encoding: an instance or a class.
        names: qualified names of its class and the classes that it is derived from.

    Raises:
        ArgumentError: it is one of those; says why.
    """
    for name in names:
        if name in _REASONS:
            label = name.rpartition(".")[2]
            expected = "an encoding of positions along one axis and of nothing else"
            remedy = f"leave {label} out: {_REASONS[name]}"
            raise ArgumentError("encoding", encoding, expected, remedy)
