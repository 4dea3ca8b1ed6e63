"""Matplotlib figures without pyplot: no display, no global state, nothing to close."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ..interop.files import replacing

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["BLUE", "GREY", "ORANGE", "make_figure", "save_figure", "tidy"]

# Told apart by the colour-blind too (Okabe & Ito).
BLUE, ORANGE, GREY = "#0072B2", "#D55E00", "#6B7280"


def make_figure(width: float, height: float) -> Figure:
    """Return an empty figure of a size in inches."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise ImportError("pictures need matplotlib: pip install tinygrad_nn[plot]") from None
    return Figure(figsize=(width, height), layout="constrained", facecolor="white")


def tidy(axes: Axes) -> None:
    """Leave only what helps to read the values."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(GREY)
    axes.tick_params(colors="#374151", labelsize=9)
    axes.grid(axis="y", color="#E5E7EB", linewidth=0.8)
    axes.set_axisbelow(True)


def save_figure(figure: Figure, path: str | os.PathLike[str]) -> None:
    """Write a picture, in the format of its suffix (.png, .svg, .pdf); an older file stays until it is whole."""
    with replacing(path) as temporary:
        figure.savefig(temporary, dpi=150)
