"""Matplotlib figures without pyplot: no display, no global state, nothing to close."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..interop.files import replacing
from ..tensor import Tensor

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "BLUE", "COLOURS", "DARK", "GREY", "ORANGE", "as_numpy", "finished", "label_axes", "make_figure", "save_figure",
    "tidy",
]  # fmt: skip

# Told apart by the colour-blind too (Okabe & Ito).
BLUE, ORANGE, GREY = "#0072B2", "#D55E00", "#6B7280"
COLOURS = (BLUE, ORANGE, "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#111827", "#B4A700", "#7C3AED", "#8B5E3C")
DARK = "#374151"  # of words beside the values


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
    axes.tick_params(colors=DARK, labelsize=9)
    axes.grid(axis="y", color="#E5E7EB", linewidth=0.8)
    axes.set_axisbelow(True)


def label_axes(axes: Axes, x: str, y: str) -> None:
    """Name both axes."""
    axes.set_xlabel(x, color=DARK)
    axes.set_ylabel(y, color=DARK)


def finished(figure: Figure, path: str | os.PathLike[str] | None, title: str | None) -> Figure:
    """The figure, with a title above all of it where there is one, written to a file where one is named."""
    if title is not None:
        figure.suptitle(title, x=0.01, ha="left", fontsize=12, fontweight="bold", color="#111827")
    if path is not None:
        save_figure(figure, path)
    return figure


def as_numpy(data: Any) -> NDArray[Any]:
    """What is to be drawn, on the host: of a tensor, its values."""
    return data.detach().numpy() if isinstance(data, Tensor) else np.asarray(data)


def save_figure(figure: Figure, path: str | os.PathLike[str]) -> None:
    """Write a picture, in the format of its suffix (.png, .svg, .pdf); an older file stays until it is whole."""
    with replacing(path) as temporary:
        figure.savefig(temporary, dpi=150)
