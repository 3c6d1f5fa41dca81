"""The figures of experiments: learning curves, loss against length, and measures against steps to solve."""

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure

from phase_latency.appendix.canvas import COLOURS, canvas

Study = Mapping[str, Any]  # of a record of experiments, run to its end
_MARKERS = ("o", "s", "^", "D", "x", "v", "P", "*", "<", ">")
_DASHES = ("-", "--", ":", "-.")
_TITLES = {"relative": "gap over its own norm", "absolute": "gap over the norm of a token"}


def learning(found: Study) -> Figure:
    """Accuracy against steps, a panel for each task, a line for each encoding: the mean over seeds."""
    rows = [row for row in found["rows"] if not row["change"]]
    names = list(dict.fromkeys(row["task"] for row in rows))
    encodings = list(dict.fromkeys(row["encoding"] for row in rows))
    figure, axes = canvas(len(names), 2.1, sharey=True, columns=2)
    for panel, name in zip(axes, names, strict=True):
        for number, encoding in enumerate(encodings):
            curve = next(row["curve"] for row in rows if (row["task"], row["encoding"]) == (name, encoding))
            colour, dash = COLOURS[number % len(COLOURS)], _DASHES[number // len(COLOURS)]
            steps, accuracies = [point[0] for point in curve], [point[2] for point in curve]
            panel.plot(
                *(steps, accuracies), color=colour, linestyle=dash, label=encoding,
                marker=_MARKERS[number], markersize=3, markevery=(number, 10),
            )  # fmt: skip
        panel.set(title=name, xlabel="step", ylim=(-0.02, 1.05))
    axes[0].set_ylabel("accuracy")
    _legend(figure, axes)
    return figure


def lengths(found: Study) -> Figure:
    """Loss of the published task against the length, by encoding: the mean over seeds."""
    figure, (axes,) = canvas(1, 2.6)
    for number, row in enumerate(found["rows"]):
        at = {int(length): each["bits"]["value"] for length, each in row["lengths"].items() if each["bits"]}
        colour, marker = COLOURS[number % len(COLOURS)], _MARKERS[number]
        axes.plot(list(at), list(at.values()), color=colour, marker=marker, label=row["encoding"])
    axes.set(xlabel="length (positions)", ylabel="bits per character")
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


def discriminability(found: Study) -> Figure:
    """Steps to solve against two measures, a point for each encoding; open where it was not solved in time."""
    figure, axes = canvas(2, 2.6, sharey=True)
    for panel, (measure, title) in zip(axes, _TITLES.items(), strict=True):
        for solved, fill in ((True, COLOURS[0]), (False, "none")):
            points = [each for each in found["predictions"]["points"] if each["solved"] is solved]
            x, y = [each[measure] for each in points], [each["steps"] for each in points]
            label = "solved" if solved else "not solved"
            panel.plot(x, y, "o", color=COLOURS[0], markerfacecolor=fill, label=label)
        panel.set(xscale="log", xlabel=title)
        panel.minorticks_off()
    axes[0].set_ylabel("steps to solve")
    axes[1].legend()
    return figure


def _legend(figure: Figure, axes: Sequence[Any]) -> None:
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside right center")
