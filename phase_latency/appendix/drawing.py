"""The figures of an appendix: what a record measured, drawn for a screen (SVG) and for paper (PDF).

Text and axes of an SVG have the colour of the text around it.
"""

import io
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import matplotlib
from matplotlib.figure import Figure

from phase_latency.appendix import drawing_experiments as experiments
from phase_latency.appendix.canvas import COLOURS, INK, STYLE, canvas


class Drawn(NamedTuple):
    """A figure, drawn.

    Attributes:
        svg: for a page, to be put into its text; names in it begin with that of the figure.
        pdf: for print.
    """

    svg: str
    pdf: bytes


def draw(exhibits: Mapping[str, Any], screen: bool = True, paper: bool = True) -> dict[str, Drawn]:
    """Draw what a record measured.

    Args:
        exhibits: of the record, with its experiments, as `cells.shown_in_figures` returns them.
        screen: whether SVG is wanted.
        paper: whether PDF is wanted.

    Returns:
        the figures by name, in the order in which they are shown.
    """
    found = {}
    for name, (exhibit, plot) in _FIGURES.items():
        if exhibit in exhibits:
            with matplotlib.rc_context({**STYLE, "svg.hashsalt": name}):
                figure = plot(exhibits[exhibit])
                figure.draw_without_rendering()  # sets the layout, once for both forms
                figure.set_layout_engine("none")
                found[name] = Drawn(_svg(figure, name) if screen else "", _pdf(figure) if paper else b"")
    return found


def _svg(figure: Figure, name: str) -> str:
    file = io.StringIO()
    figure.savefig(file, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    text = file.getvalue()
    text = text[text.index("<svg") :].replace(INK, "currentColor")
    text = re.sub(r' id="([^"]+)"', rf' id="{name}-\1"', text)
    text = re.sub(r'(url\(#|href="#)', rf"\1{name}-", text)
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    size = re.search(r'viewBox="[^"]+"', text)
    assert size is not None, "matplotlib writes the size of a figure"
    return re.sub(r"<svg[^>]*>", f'<svg {size.group()} aria-hidden="true" focusable="false">', text, count=1)


def _pdf(figure: Figure) -> bytes:
    file = io.BytesIO()
    figure.savefig(file, format="pdf", metadata={"CreationDate": None, "Creator": None, "Producer": None})
    return file.getvalue()


# -- the figures ----------------------------------------------------------------------------------------------


def _slope(found: Mapping[str, Any]) -> Figure:
    """Similarities of one encoding against those of another: a line, or none."""
    figure, panels = canvas(2, 2.5)
    original = found["encodings"]["sinusoidal"]["values"]
    for axes, name, colour in zip(panels, ("amplitude", "compressed"), COLOURS, strict=False):
        other, scale = found["encodings"][name]["values"], found["encodings"][name]["scale"]["value"]
        ends = [min(original), max(original)]
        axes.plot(ends, [scale * end for end in ends], color=COLOURS[4], linestyle="--", label="best factor")
        axes.plot(original, other, "o", color=colour, markersize=3, label="one distance each")
        axes.set(xlabel="similarity of PE", ylabel=f"similarity, {name}", title=f"{name}, 1/{found['length']}")
        axes.legend(loc="upper left")
    return figure


def _distance(found: Mapping[str, Any]) -> Figure:
    """Similarity over that with itself, against the distance."""
    figure, (axes,) = canvas(1, 2.6)
    marks = {"sinusoidal": ("-", ""), "amplitude": ("", "o"), "compressed": ("--", "")}
    for (name, (dash, marker)), colour in zip(marks.items(), COLOURS, strict=False):
        values = found["encodings"][name]["values"]
        relative = [value / values[0] for value in values]
        options: dict[str, Any] = {"linestyle": dash or "none", "marker": marker, "markersize": 3, "markevery": 4}
        axes.plot(relative, color=colour, label=name, **options)
    axes.set(xlabel="distance (positions)", ylabel="similarity / similarity with itself", ylim=(0, 1.05))
    axes.legend()
    return figure


def _weights(found: Mapping[str, Any]) -> Figure:
    """Attention weights under the readings, side by side."""
    figure, panels = canvas(len(found["readings"]), 1.9, sharey=True)
    shades = matplotlib.colormaps["cividis"].resampled(64)
    colours: dict[str, Any] = {"cmap": shades, "edgecolors": "face", "linewidth": 0.1}  # without seams
    most = max(max(map(max, each["weights"])) for each in found["readings"].values())
    mesh = None
    for axes, (name, each) in zip(panels, found["readings"].items(), strict=True):
        mesh = axes.pcolormesh(each["weights"], vmin=0, vmax=most, **colours)
        axes.set(title=name, xlabel="key", aspect="equal")
    panels[0].set_ylabel("query (position)")
    panels[0].invert_yaxis()  # and with it the others
    assert mesh is not None, "there is a reading"
    bar = figure.colorbar(mesh, ax=panels, label="attention weight", shrink=0.75, pad=0.01)
    assert bar.solids is not None, "it has colours"
    bar.solids.set(rasterized=False, edgecolor="face")
    return figure


def _errors(found: Mapping[str, Any]) -> Figure:
    """What is left over, and the bound above it, against the length."""
    figure, (axes,) = canvas(1, 3.2)
    markers = ("o", "s", "^", "D", "x")
    for (name, rows), colour, marker in zip(found["series"].items(), COLOURS, markers, strict=False):
        axes.plot(found["lengths"], [row["value"] for row in rows], color=colour, marker=marker, label=name)
        if not name.startswith("compressed"):
            axes.plot(found["lengths"], [row["bound"] for row in rows], color=colour, linestyle=":", marker="")
    axes.plot([], [], color=INK, linestyle=":", label="certified bound")
    axes.set(xscale="log", yscale="log", xlabel="length (positions)", ylabel="left over, relative")
    axes.set_xticks(found["lengths"], labels=[str(length) for length in found["lengths"]], minor=False)
    axes.minorticks_off()
    axes.grid(axis="y")
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


def _epsilon(found: Mapping[str, Any]) -> Figure:
    """The factor on the logits, against the amplitude: measured points on predicted lines."""
    figure, (axes,) = canvas(1, 2.6)
    for (name, rows), colour, marker in zip(found["series"].items(), COLOURS, ("o", "s", "^"), strict=False):
        axes.plot(found["line"], found["predicted"][name], color=colour, linewidth=0.8)
        values = [row["value"] for row in rows]
        axes.plot(found["amplitudes"], values, marker, color=colour, label=f"epsilon {name}")
    axes.set(xscale="log", xlabel="amplitude a", ylabel="factor on the logits", ylim=(-0.05, 1.05))
    axes.minorticks_off()
    axes.invert_xaxis()
    axes.grid(axis="y")
    axes.legend()
    return figure


_SHADES = {"HOLDS": "#f0e442", "FAILS": "#56b4e9", "VACUOUS": "#cccccc", "UNDECIDED": "#ffffff"}


def _profiles(found: Mapping[str, Any]) -> Figure:
    """Encodings by transformations: the strongest class that holds."""
    profiles = found["built_in"]
    columns = list(dict.fromkeys(row["under"] for profile in profiles for row in profile["rows"]))
    figure, (axes,) = canvas(1, 0.55 + 0.3 * len(profiles) + 0.5)
    for y, profile in enumerate(profiles):
        for row in profile["rows"]:
            x = columns.index(row["under"])
            axes.add_patch(_box(x, y, _SHADES[row["verdict"]]))
            axes.text(x + 0.5, y + 0.5, _cell(row), ha="center", va="center", fontsize=5.5, color="#000000")
    axes.set(xlim=(0, len(columns)), ylim=(len(profiles), 0))
    axes.set_xticks([x + 0.5 for x in range(len(columns))], labels=columns, rotation=35, ha="left", fontsize=6.5)
    axes.set_yticks([y + 0.5 for y in range(len(profiles))], labels=[each["encoding"] for each in profiles])
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    return figure


def _box(x: int, y: int, colour: str) -> Any:
    from matplotlib.patches import Rectangle

    return Rectangle((x + 0.02, y + 0.04), 0.96, 0.92, facecolor=colour, edgecolor="#8c8c8c", linewidth=0.4)


def _cell(row: Mapping[str, Any]) -> str:
    """The class in a word or two; "-" if none holds, "?" if it was not decided."""
    shown = {"HOLDS": row["class"], "FAILS": "-", "VACUOUS": "unused", "UNDECIDED": "?"}
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "\n", shown[row["verdict"]])


def _raster(found: Mapping[str, Any]) -> Figure:
    """Spikes by time, and lines from those that made others."""
    figure, (axes,) = canvas(1, 2.8)
    names, place, base = ("inputs", "layer 1", "layer 2"), [], 0
    for row, name, colour in zip(found["times"], names, COLOURS, strict=False):
        heights = [base + k for k in range(len(row))]
        place.append(dict(enumerate(heights)))
        fired = [(time, y) for time, y in zip(row, heights, strict=True) if time is not None]
        axes.plot(*zip(*fired, strict=True), "|", color=colour, markersize=9, markeredgewidth=1.6, label=name)
        base += len(row) + 1
    for layer, sets in enumerate(found["causal"]):
        for neuron, causal in enumerate(sets):
            for source, takes_part in enumerate(causal):
                ends = found["times"][layer][source], found["times"][layer + 1][neuron]
                if takes_part and None not in ends:
                    axes.plot(ends, (place[layer][source], place[layer + 1][neuron]), color=COLOURS[4], linewidth=0.3)
    axes.set(xlabel="time (seconds)", ylabel="unit")
    axes.set_yticks([])
    axes.legend(loc="upper left", bbox_to_anchor=(1, 1))
    return figure


def _wheel(found: Mapping[str, Any]) -> Figure:
    """When neurons fire, against their dot products: a line, or none."""
    figure, panels = canvas(2, 2.5)
    titles = {"high": "high threshold", "low": "low threshold"}
    for axes, (name, title), colour in zip(panels, titles.items(), COLOURS, strict=False):
        axes.axhline(found["last"], color=COLOURS[4], linestyle="--", label="last input")
        axes.plot(found["products"], found["latencies"][name], "o", color=colour, markersize=3, label="one neuron each")
        axes.set(xlabel="dot product", ylabel="latency (seconds)", title=title)
        axes.legend()
    return figure


def _depth(found: Mapping[str, Any]) -> Figure:
    """Constants over depth, on a logarithmic scale."""
    figure, (axes,) = canvas(1, 2.8)
    series = {
        "published product": (found["published"], "-", "o"),
        "sharp, weights \u2265 0": (found["sharp"], "--", "s"),
        "found, weights \u2265 0": (found["found"], "", "^"),
        "found, with inhibition": (found["inhibited"], "", "x"),
    }
    for (name, (values, dash, marker)), colour in zip(series.items(), COLOURS, strict=False):
        axes.plot(found["depths"], values, linestyle=dash or "none", marker=marker, color=colour, label=name)
    axes.set(yscale="log", xlabel="layers", ylabel="change of output / change of input")
    axes.set_xticks(found["depths"])
    axes.grid(axis="y")
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


def _codes(found: Mapping[str, Any]) -> Figure:
    """Error against the number of spikes, with bounds."""
    figure, (axes,) = canvas(1, 2.8)
    series = (("independent", "o"), ("inhibited", "s"))
    for (name, marker), colour in zip(series, COLOURS, strict=False):
        rows = found[name]
        axes.plot(found["steps"], [row["value"] for row in rows], marker=marker, color=colour, label=name)
        axes.plot(found["steps"], [row["bound"] for row in rows], color=colour, linestyle=":")
    latency = found["latency"]
    spikes = [row["spikes"] for row in latency]
    axes.plot(spikes, [row["value"] for row in latency], "^", color=COLOURS[2], label="latency, finer and finer")
    axes.plot(spikes, [row["bound"] for row in latency], "_", color=COLOURS[2])
    axes.plot([], [], color=INK, linestyle=":", label="bound")
    axes.set(xscale="log", yscale="log", xlabel="spikes for each row", ylabel="distance in total variation")
    axes.set_xticks(found["steps"], labels=[str(steps) for steps in found["steps"]], minor=False)
    axes.minorticks_off()
    axes.grid(axis="y")
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


_FIGURES: dict[str, tuple[str, Callable[[Mapping[str, Any]], Figure]]] = {
    "slope": ("similarity", _slope),
    "distance": ("similarity", _distance),
    "weights": ("readings", _weights),
    "errors": ("errors", _errors),
    "epsilon": ("epsilon", _epsilon),
    "profiles": ("profiles", _profiles),
    "raster": ("spiking", lambda found: _raster(found["raster"])),
    "wheel": ("spiking", lambda found: _wheel(found["wheel"])),
    "depth": ("spiking", lambda found: _depth(found["depth"])),
    "codes": ("spiking", lambda found: _codes(found["codes"])),
    "learning": ("experiments tasks", experiments.learning),
    "lengths": ("experiments length", experiments.lengths),
    "discriminability": ("experiments discriminability", experiments.discriminability),
}
