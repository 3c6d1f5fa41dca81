"""What all figures are drawn on: colours, type, sizes.

Lines differ by colour, dash and marker, and areas by lightness, so that all can be told apart in grey and by readers
who see fewer colours (Okabe and Ito's palette, cividis).
"""

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

INK = "#0b0b0c"  # becomes the colour of the surrounding text in an SVG
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8c8c8c")  # Okabe and Ito 2008, less yellow
STYLE: dict[Any, Any] = {
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": 9,
    "figure.constrained_layout.use": True,
    "font.family": "DejaVu Sans",  # which matplotlib brings along
    "font.size": 8,
    "grid.color": "#8c8c8c",
    "grid.linewidth": 0.3,
    "legend.frameon": False,
    "legend.fontsize": 7,
    "lines.linewidth": 1.2,
    "lines.markersize": 4,
    "pdf.fonttype": 42,
    "svg.fonttype": "none",
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
}
_WIDTH = 5.4  # inches: the column of an article, and a little more


def canvas(number: int, height: float, columns: int | None = None, **options: Any) -> tuple[Figure, Sequence[Axes]]:
    """An empty figure of the width of a column.

    Args:
        number: of panels.
        height: inches of a row of panels.
        columns: panels side by side; None for all.
        **options: of `Figure.subplots`.

    Returns:
        the figure and its panels, from left to right and from top to bottom.
    """
    across = columns or number
    down = -(-number // across)
    figure = Figure(figsize=(_WIDTH, height * down))
    return figure, list(figure.subplots(down, across, squeeze=False, **options).flat)
