"""A stand-in for torchtune 0.6.1, which brings two dozen packages along and is not installed everywhere.

Not torchtune: written anew, with the names, signatures and order of axes of its rotary modules, and with what they do
with positions that they have no row for. Where torchtune is installed, the same tests also run on the real thing.
"""

import sys
from types import ModuleType

import torch
from torch import nn

MODULES = {
    "RotaryPositionalEmbeddings": ("torchtune.modules", "torchtune.modules.position_embeddings"),
    "Llama3ScaledRoPE": ("torchtune.models.llama3_1", "torchtune.models.llama3_1._position_embeddings"),
    "Phi3RotaryPositionalEmbeddings": ("torchtune.models.phi3", "torchtune.models.phi3._position_embeddings"),
}


class Rotary(nn.Module):
    """Rows of cosines and sines, made once; x is (batch, length, heads, dim)."""

    half_split = False

    def __init__(self, dim, max_seq_len=4096, base=10_000):
        super().__init__()
        self.dim, self.max_seq_len = dim, max_seq_len
        frequencies = base ** (-torch.arange(0, dim, 2).float() / dim)
        angles = torch.arange(max_seq_len).float()[:, None] * frequencies
        self.register_buffer("cache", torch.stack((angles.cos(), angles.sin()), -1), persistent=False)

    def forward(self, x, *, input_pos=None):
        rows = self.cache[: x.shape[1]] if input_pos is None else self.cache[input_pos]
        cosine, sine = rows.view(-1, x.shape[1], 1, self.dim // 2, 2).unbind(-1)
        halves = x.float().unflatten(-1, (2, -1) if self.half_split else (-1, 2))
        first, second = halves.unbind(-2 if self.half_split else -1)
        turned = (first * cosine - second * sine, second * cosine + first * sine)
        return torch.stack(turned, -2 if self.half_split else -1).flatten(-2).type_as(x)


class HalfSplitRotary(Rotary):
    half_split = True


def install(monkeypatch):
    """Let ``import torchtune`` find the stand-in."""
    names = {name for places in MODULES.values() for name in places}
    for name in {"torchtune", "torchtune.models", *names}:
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    for name, (public, private) in MODULES.items():
        made = type(name, (HalfSplitRotary if name.startswith("Phi3") else Rotary,), {"__module__": private})
        setattr(sys.modules[public], name, made)
