"""Learning curves: how the loss and the figures of merit went, epoch by epoch; several trainings side by side."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from .figure import BLUE, COLOURS, GREY, ORANGE, finished, label_axes, make_figure, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["plot_curves", "plot_history"]

_NOT_DRAWN = ("learning_rate", "seconds")


def plot_history(
    history: Mapping[str, Sequence[float]],
    path: str | os.PathLike[str] | None = None,
    *,
    title: str | None = None,
    best_epoch: int | None = None,
) -> Figure:
    """Draw learning curves: one panel a quantity, training and validation in it.

    Parameters
    ----------
    history : mapping of str to sequence of float
        As `Trainer.fit` returns it: ``loss`` and ``val_loss`` share a panel, and so on. NaN leaves a gap.
    path : str or path-like, optional
        Where to save the picture, in the format of the suffix (.png, .svg, .pdf).
    title : str, optional
        What stands above.
    best_epoch : int, optional
        An epoch to mark, counted from 1.

    Returns
    -------
    matplotlib.figure.Figure
        A notebook shows it.

    Raises
    ------
    ImportError
        If matplotlib is not installed: ``pip install tinygrad_nn[plot]``.
    ValueError
        If there is no epoch to draw.

    Examples
    --------
    >>> from tinygrad_nn.viz import plot_history
    >>> figure = plot_history({"loss": [1.0, 0.5], "val_loss": [1.1, 0.8], "accuracy": [0.6, 0.8]})
    >>> [axes.get_ylabel() for axes in figure.axes]
    ['loss', 'accuracy']
    """
    quantities = list(dict.fromkeys(name.removeprefix("val_") for name in history if name not in _NOT_DRAWN))
    if not any(len(values) for values in history.values()):
        raise ValueError("plot_history: the history has no epochs")
    figure = make_figure(4.8 * len(quantities), 3.6)
    for i, name in enumerate(quantities, start=1):
        axes = figure.add_subplot(1, len(quantities), i)
        _panel(axes, name, history, best_epoch)
    return finished(figure, path, title)


def plot_curves(
    curves: Mapping[str, Sequence[float]],
    path: str | os.PathLike[str] | None = None,
    *,
    title: str | None = None,
    x: Sequence[float] | None = None,
    x_label: str = "epoch",
    y_label: str = "",
    x_scale: str = "linear",
    y_scale: str = "linear",
) -> Figure:
    """Draw curves in one panel: one quantity of several trainings, or of one training at several settings.

    Parameters
    ----------
    curves : mapping of str to sequence of float
        The values of each, by its name. NaN leaves a gap; the lengths may differ.
    path : str or path-like, optional
        Where to save the picture, in the format of the suffix (.png, .svg, .pdf).
    title : str, optional
        What stands above.
    x : sequence of float, optional
        Where the values belong; by default 1, 2, 3 ... Curves that are shorter end earlier.
    x_label, y_label : str
        The names of the axes.
    x_scale, y_scale : {"linear", "log", "symlog"}
        How they are divided; "symlog" is linear around zero, for values such as penalties that begin with 0.

    Returns
    -------
    matplotlib.figure.Figure
        A notebook shows it.

    Raises
    ------
    ImportError
        If matplotlib is not installed: ``pip install tinygrad_nn[plot]``.
    ValueError
        If there is no value to draw, or a curve is longer than `x`.

    Examples
    --------
    >>> from tinygrad_nn.viz import plot_curves
    >>> figure = plot_curves({"rate 0.5": [2.0, 1.1, 0.7], "rate 1": [2.0, 0.8, 0.5]}, y_label="loss")
    >>> [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    ['rate 0.5', 'rate 1']
    """
    longest = max(map(len, curves.values()), default=0)
    if longest == 0:
        raise ValueError("plot_curves: there are no values to draw")
    places = range(1, longest + 1) if x is None else x
    if len(places) < longest:
        raise ValueError(f"plot_curves: a curve has {longest} values, x only {len(places)}")
    figure = make_figure(7.0, 4.2)
    axes = figure.add_subplot()
    tidy(axes)
    for k, (name, values) in enumerate(curves.items()):
        axes.plot(
            places[: len(values)], values, color=COLOURS[k % len(COLOURS)], label=name, linewidth=1.6,
            linestyle=("-", "--", ":", "-.")[k // len(COLOURS) % 4], marker="o" if longest <= 20 else None, ms=3,
        )  # fmt: skip
    axes.set_xscale(x_scale)
    axes.set_yscale(y_scale)
    label_axes(axes, x_label, y_label)
    if len(curves) > 5:  # these names would hide the curves
        figure.legend(edgecolor="none", fontsize=8, loc="outside right upper", ncols=1 + (len(curves) - 1) // 20)
    elif len(curves) > 1:
        axes.legend(facecolor="white", edgecolor="none", framealpha=0.9, fontsize=9, loc="best")
    return finished(figure, path, title)


def _panel(axes: Axes, name: str, history: Mapping[str, Sequence[float]], best_epoch: int | None) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    tidy(axes)
    curves = [("training", name, GREY), ("validation", f"val_{name}", BLUE)]
    drawn = [(label, history[key], colour) for label, key, colour in curves if key in history]
    marker = "o" if max(len(values) for _, values, _ in drawn) <= 20 else None
    for label, values, colour in drawn:
        axes.plot(range(1, len(values) + 1), values, color=colour, linewidth=1.8, marker=marker, ms=3, label=label)
    _limit(axes, name, [value for _, values, _ in drawn for value in values if math.isfinite(value)])
    best = drawn[-1][1]
    if best_epoch is not None and 1 <= best_epoch <= len(best) and math.isfinite(best[best_epoch - 1]):
        value = best[best_epoch - 1]
        axes.axvline(best_epoch, color=ORANGE, linewidth=1, linestyle=(0, (4, 3)), zorder=1)
        axes.plot(
            best_epoch, value, "o", color=ORANGE, ms=6, zorder=5,
            label=f"best epoch {best_epoch}: {_format(name, value)}",
        )  # fmt: skip
    label_axes(axes, "epoch", name.replace("_", " "))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1, steps=[1, 2, 5, 10]))
    if name.endswith("accuracy"):
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:g} %"))
    axes.legend(facecolor="white", edgecolor="none", framealpha=0.9, fontsize=9, loc="best")


def _limit(axes: Axes, name: str, values: Sequence[float]) -> None:
    """Use the height for what happens: losses that span much on a logarithmic scale, accuracies up to 100 %."""
    from matplotlib.ticker import FuncFormatter

    if not values:
        return
    low, high = min(values), max(values)
    if name.endswith("loss") and low > 0 and high > 20 * low:
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    elif name.endswith("accuracy") and high <= 1:
        # The first epochs are far below: what matters is the way from there to the top.
        room = max(1 - low, 0.01)
        axes.set_ylim(max(0.0, low - 0.05 * room), 1 + 0.02 * room)


def _format(name: str, value: float) -> str:
    return f"{100 * value:.1f} %" if name.endswith("accuracy") else f"{value:.4g}"
