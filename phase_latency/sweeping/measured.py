"""One point of a sweep: draw the head, measure."""

from typing import Any

import torch

from phase_latency.attention import Attention
from phase_latency.environment import package_version
from phase_latency.errors import PhaseLatencyError
from phase_latency.measuring import measure_named

NAME = "measure"  # of the work, in journals and beside the progress bar


def version() -> str:
    """Return what the figures of a point depend on besides the point."""
    return f"phase-latency {package_version()}, torch {torch.__version__}"


def measured(point: dict[str, Any], *, expected_version: str) -> dict[str, Any]:
    """Measure at one point of a grid.

    Args:
        point: as `Grid.points` gives it.
        expected_version: `version()` where the sweep was started; workers elsewhere may differ.

    Returns:
        the measurement as `InvarianceError.to_dict` gives it.

    Raises:
        PhaseLatencyError: this process has another version, or what `measure` refuses.
    """
    if version() != expected_version:
        raise PhaseLatencyError(f"the worker has {version()}; expected {expected_version}; install that there")
    options: dict[str, Any] = {name: point[name] for name in ("length", "dim", "dtype")}
    if point["seed"] is not None:
        options["layer"] = random_head(point["seed"], point["dim"], point["head_dim"])
    found, _ = measure_named(point["reference"], point["encoding"], **options)
    return found.to_dict()


def random_head(seed: int, dim: int, head_dim: int) -> Attention:
    """Draw one head: W_q and W_k normal, of variance 1/dim.

    Args:
        seed: of both, >= 0; the same head for every length and dtype.
        dim: width of the table.
        head_dim: width of queries and keys.

    Returns:
        a layer of one head in float64 whose values are zero.
    """
    generator = torch.Generator().manual_seed(seed)
    w_q, w_k = torch.randn(2, 1, dim, head_dim, dtype=torch.float64, generator=generator) / dim**0.5
    return Attention(w_q, w_k, torch.zeros(1, dim, 1, dtype=torch.float64))
