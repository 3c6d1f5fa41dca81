"""The similarity figures of arXiv:2605.00662: dot products of positions under phases, spike times and compression.

    python examples/paper/similarity_figures.py            # prints the figures
    python examples/paper/similarity_figures.py --out DIR  # draws them too, as DIR/similarity.png and .pdf

The spike-time code of the figures is an amplitude of 1/L, so it agrees with phases up to a factor (`lemma-1`). The
frequency-compressed code does not; and of the two it is the sinusoid that is not always less similar further away.
"""

import argparse
from pathlib import Path

import numpy as np
import torch

import phase_latency as pl

LENGTH = WIDTH = 128
PHASES = pl.Sinusoidal(WIDTH)
CODES = {
    "sinusoidal": PHASES,
    "spike times, by 1/L": pl.Scaled(PHASES, 1 / LENGTH),
    "compressed, by 1/L": pl.Compressed(PHASES, 1 / LENGTH),
}
DISTANCES = np.abs(np.subtract.outer(np.arange(LENGTH), np.arange(LENGTH)))
COLOURS = dict(zip(CODES, ("#0072b2", "#d55e00", "#009e73"), strict=True))  # Okabe and Ito: safe for colour blindness
TICKS = (0, 32, 64, 96, LENGTH - 1)


def gram(encoding):
    """Similarity of every position with every other one."""
    table = encoding(torch.arange(LENGTH)).numpy()
    return table @ table.T


def without_rounding(similarities):
    """The same with one number for each distance, as `gram-toeplitz` proves; else rounding would rank equal pairs."""
    return similarities[0][DISTANCES]


def ranks(values):
    """Ranks from 1 on, with the mean rank where values are equal."""
    _, place, pairs = np.unique(values, return_inverse=True, return_counts=True)
    return (pairs.cumsum() - (pairs - 1) / 2)[place]


def pearson(first, second):
    return np.corrcoef(first, second)[0, 1]


def spearman(first, second):
    return pearson(ranks(first), ranks(second))


def compare(grams):
    """Print how each code goes with the phases, and with nearness, over all pairs of different positions."""
    apart = DISTANCES > 0
    phases, nearness = grams["sinusoidal"][apart], -DISTANCES[apart]
    print(f"{len(nearness)} pairs of {LENGTH} positions, width {WIDTH}")
    print(f"{'against sinusoidal':20} {'Pearson':>8} {'Spearman':>8} {'slope':>12} {'Spearman with nearness':>23}")
    for name, found in grams.items():
        values = found[apart]
        correlations = f"{pearson(phases, values):8.4f} {spearman(phases, values):8.4f}"
        slope = np.polyfit(phases, values, 1)[0]
        print(f"{name:20} {correlations} {slope:12.6g} {spearman(nearness, values):23.4f}")


def draw(grams, folder):
    """Above the similarities of all pairs; below how they fall with the distance, and go with those of phases."""
    from matplotlib import rcParams
    from matplotlib.figure import Figure

    rcParams.update({"font.size": 9, "axes.titlesize": 10, "axes.titlepad": 14, "axes.formatter.use_mathtext": True})
    figure = Figure(figsize=(11, 6.6), layout="constrained")
    above, below = (row.subplots(1, 3) for row in figure.subfigures(2, 1, hspace=0.05))
    for axes, (name, found) in zip(above, grams.items(), strict=True):
        image = axes.imshow(found, cmap="cividis")
        axes.set(title=name, xlabel="key (positions)", ylabel="query (positions)", xticks=TICKS, yticks=TICKS)
        axes.figure.colorbar(image, ax=axes, label="similarity", shrink=0.9).formatter.set_powerlimits((-2, 3))
    for name, style in zip(grams, ("-", "o", "--"), strict=True):
        relative = grams[name][0] / grams[name][0, 0]
        below[0].plot(relative, style, label=name, color=COLOURS[name], markevery=6, markersize=4)
    below[0].set(title="how it falls", xlabel="distance (positions)", ylabel="similarity / similarity with itself")
    below[0].set(xticks=TICKS, ylim=(0, 1.05))
    below[0].legend(frameon=False, loc="lower left")
    for axes, name in zip(below[1:], list(grams)[1:], strict=True):
        axes.plot(grams["sinusoidal"][0, 1:], grams[name][0, 1:], "o", color=COLOURS[name], markersize=3)
        axes.set(title="a dot for each distance", xlabel="similarity, sinusoidal", ylabel=f"similarity, {name}")
        axes.ticklabel_format(axis="y", scilimits=(-2, 3))
    folder.mkdir(parents=True, exist_ok=True)
    for path in (folder / "similarity.png", folder / "similarity.pdf"):
        figure.savefig(path, dpi=150)
        print(f"drawn: {path}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, metavar="DIR", help="folder of the picture; none is drawn without it")
    options = parser.parse_args()
    measured = {name: gram(encoding) for name, encoding in CODES.items()}
    grams = {name: without_rounding(found) for name, found in measured.items()}
    off = max(np.abs(measured[name] / measured[name].max() - grams[name] / grams[name].max()).max() for name in CODES)
    print(f"similarities depend on the distance alone, up to rounding: off by {off:.0e} of the largest")
    compare(grams)
    if options.out is not None:
        draw(grams, options.out)


if __name__ == "__main__":
    main()
