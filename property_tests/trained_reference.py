"""The first attention layer of the trained encoder once more, in NumPy: file, tokens, weights and scales.

Shares no code with the package, safetensors or torch: the file is taken apart by hand, pieces of words are found by
trying the whole vocabulary, and the layer is written as BERT's authors describe it.
"""

import json
import struct
from fractions import Fraction

import numpy as np

UNIT_ROUNDOFF = 2.0**-53


class Reference:
    """Everything is float64; arrays over heads are (heads, queries, keys)."""

    def __init__(self, directory, text, length):
        self.file = (directory / "model.safetensors").read_bytes()
        (header_length,) = struct.unpack("<Q", self.file[:8])
        self.header, self.start = json.loads(self.file[8 : 8 + header_length]), 8 + header_length
        config = json.loads((directory / "config.json").read_text())
        self.heads, self.eps = config["num_attention_heads"], config["layer_norm_eps"]
        vocabulary = (directory / "vocab.txt").read_text(encoding="utf-8").split("\n")
        self.table = self.read("embeddings.position_embeddings.weight")
        ids = [vocabulary.index(piece) for piece in pieces(text, vocabulary)[: length - 2]]
        ids = [vocabulary.index("[CLS]"), *ids, vocabulary.index("[SEP]")][: len(self.table)]
        words = self.read("embeddings.word_embeddings.weight")
        self.content = words[ids] + self.read("embeddings.token_type_embeddings.weight")[0]
        self.positions = self.table[: len(ids)]

    def read(self, name):
        begin, end = self.header[name]["data_offsets"]
        stored = np.frombuffer(self.file[self.start + begin : self.start + end], dtype="<f4")
        return stored.reshape(self.header[name]["shape"]).astype(np.float64)

    def per_head(self, rows, name, bias=True):
        """(heads, length, head_dim) queries or keys."""
        prefix = f"encoder.layer.0.attention.self.{name}"
        projected = rows @ self.read(f"{prefix}.weight").T + (self.read(f"{prefix}.bias") if bias else 0)
        return np.stack(np.split(projected, self.heads, axis=1))

    def logits(self, rows, query_bias=True, key_bias=True):
        query, key = self.per_head(rows, "query", query_bias), self.per_head(rows, "key", key_bias)
        return query @ np.swapaxes(key, 1, 2) / np.sqrt(query.shape[2])

    def gain_and_offset(self):
        return self.read("embeddings.LayerNorm.weight"), self.read("embeddings.LayerNorm.bias")

    def denominators(self, rows):
        return np.sqrt(rows.var(axis=1, keepdims=True) + self.eps)

    def weights(self, a):
        """Attention weights, and logits, with the table scaled by a."""
        rows, (gain, offset) = self.content + a * self.positions, self.gain_and_offset()
        normalised = (rows - rows.mean(axis=1, keepdims=True)) / self.denominators(rows)
        logits = self.logits(normalised * gain + offset)
        exponentials = np.exp(logits - logits.max(axis=2, keepdims=True))
        return exponentials / exponentials.sum(axis=2, keepdims=True), logits

    def total_variation(self, a):
        """(heads, queries) total variation against a = 1, and the largest that the change of the logits allows."""
        (before, logits), (after, changed) = self.weights(1), self.weights(a)
        change = changed - logits
        spread = change.max(axis=2) - change.min(axis=2)
        return np.abs(after - before).sum(axis=2) / 2, np.tanh(spread / 4)

    def total_variation_rounding(self):
        """What rounding may do to a total variation, in either computation.

        A logit is a sum of products of at most 4 dim + 2 head_dim + 64 rounded factors, so it errs by at most that
        many units of roundoff times the sum of absolute values (Higham 2002, lemma 3.1); a weight errs by the factor
        exp(2 error) of two such logits, and the total variation by no more than the sum of two rows of weights.
        """
        gain, offset = np.abs(self.gain_and_offset())
        error = 0.0
        for a in (Fraction(1, 64), Fraction(1, 8), Fraction(1, 2), 1, 2):
            rows = self.content + float(a) * self.positions
            sizes = (np.abs(rows) + np.abs(rows).mean(axis=1, keepdims=True)) / self.denominators(rows) * gain + offset
            query, key = (
                np.stack(np.split(sizes @ np.abs(self.read(f"{name}.weight")).T + np.abs(self.read(f"{name}.bias")),
                                  self.heads, axis=1))
                for name in ("encoder.layer.0.attention.self.query", "encoder.layer.0.attention.self.key")
            )  # fmt: skip
            roundings = 4 * rows.shape[1] + 2 * query.shape[2] + 64
            largest = (query @ np.swapaxes(key, 1, 2)).max() / np.sqrt(query.shape[2])
            error = max(error, roundings * UNIT_ROUNDOFF * largest)
        return 2 * np.expm1(4 * error)

    def positional_logits(self, a, query_bias):
        """Logits of the table's share of the normalised sum, up to row constants."""
        rows, (gain, _) = self.content + self.positions, self.gain_and_offset()
        share = (self.positions - self.positions.mean(axis=1, keepdims=True)) / self.denominators(rows) * gain
        logits = self.logits(a * share, query_bias=query_bias)
        return logits - logits[:, :, :1]

    def best_scale(self, a, query_bias, head):
        """Least-squares scale of one head, and what it leaves over, relative to the scaled logits."""
        plain, scaled = (self.positional_logits(b, query_bias)[head] for b in (1, a))
        scale = (plain * scaled).sum() / (plain * plain).sum()
        return scale, np.linalg.norm(scaled - scale * plain) / np.linalg.norm(scaled)

    def smallest_norm(self, a):
        """Norm of a normalised row of the scaled table, relative to eps = 0: 1/sqrt(1 + eps/(a^2 m)) in closed form."""
        return (1 / np.sqrt(1 + self.eps / (a**2 * self.table.var(axis=1)))).min()


def pieces(text, vocabulary):
    """Every word cut from the left into the longest pieces that the vocabulary has."""
    separated = "".join(character if character.isalnum() else f" {character} " for character in text.lower())
    return [piece for word in separated.split() for piece in cut(word, vocabulary)]


def cut(word, vocabulary):
    found, rest = [], word
    while rest:
        start = "##" if found else ""
        fitting = [piece for piece in vocabulary if piece and (start + rest).startswith(piece) and piece != start]
        if not fitting:
            return ["[UNK]"]
        found.append(max(fitting, key=len))
        rest = (start + rest)[len(found[-1]) :]
    return found
