"""Decision boundaries: which class a model sees where in the plane."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .figure import COLOURS, as_numpy, finished, label_axes, make_figure, tidy

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["plot_decision_boundary"]

RESOLUTION = 240  # points along each side of the picture


def plot_decision_boundary(
    predict: Callable[[NDArray[np.float32]], Any],
    x: Any,
    y: Any,
    path: str | os.PathLike[str] | None = None,
    *,
    title: str | None = None,
) -> Figure:
    """Draw points of the plane in the colours of their classes, over the areas in which a model sees these.

    Parameters
    ----------
    predict : callable
        From points, float32 of shape (n, 2), to their classes, of shape (n,), or to scores of all classes, of shape
        (n, C), the largest of which wins (a class is then its number, from 0). An array or a tensor.
    x : array_like of shape (n_samples, 2)
        The points.
    y : array_like of shape (n_samples,)
        Their classes: numbers or words.
    path : str or path-like, optional
        Where to save the picture, in the format of the suffix (.png, .svg, .pdf).
    title : str, optional
        What stands above; by default the accuracy on these points.

    Returns
    -------
    matplotlib.figure.Figure
        A notebook shows it.

    Raises
    ------
    ImportError
        If matplotlib is not installed: ``pip install tinygrad_nn[plot]``.
    ValueError
        If the points are not of the plane, or `y` or what `predict` gives does not fit them.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn.data import make_blobs
    >>> from tinygrad_nn.viz import plot_decision_boundary
    >>> x, y = make_blobs(40, centers=[[-3, 0], [3, 0]], generator=tg.Generator(0))
    >>> figure = plot_decision_boundary(lambda points: (points[:, 0] > 0).astype(int), x, y)
    >>> figure.axes[0].get_title(loc="left")
    'accuracy 100.00 % (40 of 40)'
    """
    points, labels = as_numpy(x).astype(np.float32), as_numpy(y)
    if points.ndim != 2 or points.shape[1] != 2 or not points.size:
        raise ValueError(f"plot_decision_boundary: x has shape {points.shape}; wanted is (n_samples, 2)")
    if labels.shape != points.shape[:1]:
        raise ValueError(f"plot_decision_boundary: y has shape {labels.shape}, wanted is ({len(points)},)")
    low, high = points.min(axis=0), points.max(axis=0)
    margin = 0.08 * np.maximum(high - low, 1e-6)
    sides = [np.linspace(low[k] - margin[k], high[k] + margin[k], RESOLUTION, dtype=np.float32) for k in (0, 1)]
    plane = np.stack(np.meshgrid(*sides), axis=-1).reshape(-1, 2)
    seen, guessed = _classes(predict, plane), _classes(predict, points)
    classes = np.unique(np.concatenate([seen, labels]))
    areas = np.searchsorted(classes, seen).reshape(RESOLUTION, RESOLUTION)
    right = int((guessed == labels).sum())

    figure = make_figure(5.4, 4.6)
    from matplotlib.colors import ListedColormap  # which is there, now that there is a figure

    axes = figure.add_subplot()
    tidy(axes)
    axes.grid(visible=False)
    colours = [COLOURS[k % len(COLOURS)] for k in range(len(classes))]
    axes.pcolormesh(
        *sides, areas, cmap=ListedColormap(colours), vmin=-0.5, vmax=len(classes) - 0.5, alpha=0.22, rasterized=True
    )
    for name, colour in zip(classes, colours):
        own = points[labels == name]
        axes.scatter(own[:, 0], own[:, 1], s=14, color=colour, edgecolor="white", linewidth=0.4, label=f"{name}")
    label_axes(axes, "x1", "x2")
    axes.legend(title="class", fontsize=8, title_fontsize=8, loc="best", framealpha=0.8)
    axes.set_title(f"accuracy {100 * right / len(points):.2f} % ({right} of {len(points)})" if title is None else title,
                   loc="left", fontsize=11, fontweight="bold", color="#111827")  # fmt: skip
    return finished(figure, path, None)


def _classes(predict: Callable[[NDArray[np.float32]], Any], points: NDArray[np.float32]) -> NDArray[Any]:
    found = as_numpy(predict(points))
    if found.ndim == 2 and len(found) == len(points) and found.shape[1] > 1:
        return found.argmax(axis=1)
    if found.shape != (len(points),):
        raise ValueError(
            f"plot_decision_boundary: predict gives shape {found.shape} for {len(points)} points; wanted are their "
            f"classes, ({len(points)},), or scores of two classes or more, ({len(points)}, C)"
        )
    return found
