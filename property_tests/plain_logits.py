"""Logits by plain float64 arithmetic: no bounds and no verdicts, to hold those against that have them."""

import torch


def images(call, vectors, positions, dtype):
    """(vectors, length, dim) float64 images, as queries and as keys, of vectors that stand at every position."""
    x = vectors.to(dtype)[:, None, None, :].repeat(1, 1, len(positions), 1)
    queries, keys = call(x, x.clone(), positions)
    return queries[:, 0].double(), keys[:, 0].double()


def kernel(subject, queries, keys, dtype, call=None, factor=1.0):
    """(forms, Lq, Lk) float64: what the logits of all contents are made of.

    For a rotary encoding one form for each pair of unit vectors, the whole bilinear form; for an additive one the Gram
    matrix; for a bias one form for each head. Queries at the positions `queries`, keys at `keys`; `call` is an
    instance, a fresh one if None; `factor` multiplies images or bias.
    """
    call = subject.build() if call is None else call
    if subject.kind == "bias":
        return factor * call(queries, keys, dtype).double()
    if subject.kind == "additive":
        q, k = (call(positions, dtype).double()[None] for positions in (queries, keys))
    else:
        units = torch.eye(subject.dim, dtype=torch.float64)
        q, k = images(call, units, queries if queries is keys else torch.cat((queries, keys)), dtype)
        q, k = q[:, : len(queries)], k[:, -len(keys) :]
    return ((factor * q)[:, None] @ (factor * k)[None].mT).flatten(0, 1)


def logits(subject, positions, dtype, q, k):
    """(heads, length, length) float64, scaled by 1/sqrt(dim), of the contents q and k, (length, dim); dim is 64."""
    call = subject.build()
    if subject.kind == "bias":
        return call(positions, positions, dtype).double()
    if subject.kind == "additive":
        rows = call(positions, dtype).double()
        return (rows @ rows.T)[None] / 8
    queries, keys = call(q.to(dtype)[None, None], k.to(dtype)[None, None], positions)
    return (queries[0].double() @ keys[0].double().mT) / 8


def spread(change):
    """How much the changes of a row vary, at most."""
    return float((change.amax(-1) - change.amin(-1)).max())
