"""What a model has learned of a function of one variable, over the data."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .figure import BLUE, GREY, as_numpy, finished, label_axes, make_figure, tidy

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["plot_function"]

RESOLUTION = 400  # points of the curve


def plot_function(
    predict: Callable[[NDArray[np.float32]], Any],
    x: Any,
    y: Any,
    path: str | os.PathLike[str] | None = None,
    *,
    title: str | None = None,
) -> Figure:
    """Draw the curve of a model of one variable over the points that it is to follow.

    Parameters
    ----------
    predict : callable
        From numbers, float32 of shape (n, 1), to as many: an array or a tensor of shape (n, 1) or (n,).
    x, y : array_like of shape (n_samples,) or (n_samples, 1)
        The points.
    path : str or path-like, optional
        Where to save the picture, in the format of the suffix (.png, .svg, .pdf).
    title : str, optional
        What stands above; by default the mean squared error on these points.

    Returns
    -------
    matplotlib.figure.Figure
        A notebook shows it.

    Raises
    ------
    ImportError
        If matplotlib is not installed: ``pip install tinygrad_nn[plot]``.
    ValueError
        If there are no points, or the numbers of values differ.

    Examples
    --------
    >>> import numpy as np
    >>> from tinygrad_nn.viz import plot_function
    >>> x = np.linspace(0, 1, 5)
    >>> plot_function(np.square, x, x**2 + 0.1).axes[0].get_title(loc="left")
    'mean squared error 0.01'
    """
    given, wanted = as_numpy(x).astype(np.float32).reshape(-1, 1), as_numpy(y).reshape(-1)
    if not given.size or len(given) != len(wanted):
        raise ValueError(f"plot_function: found {len(given)} values of x and {len(wanted)} of y")
    error = float(((_values(predict, given) - wanted) ** 2).mean())
    low, high = float(given.min()), float(given.max())
    margin = 0.02 * (high - low)
    places = np.linspace(low - margin, high + margin, RESOLUTION, dtype=np.float32)[:, None]
    figure = make_figure(6.0, 4.0)
    axes = figure.add_subplot()
    tidy(axes)
    axes.scatter(given[:, 0], wanted, s=12, color=GREY, alpha=0.7, linewidth=0, label="data")
    axes.plot(places[:, 0], _values(predict, places), color=BLUE, linewidth=2, label="learned")
    label_axes(axes, "x", "y")
    axes.legend(facecolor="white", edgecolor="none", framealpha=0.9, fontsize=9, loc="best")
    axes.set_title(f"mean squared error {error:.3g}" if title is None else title, loc="left", fontsize=11,
                   fontweight="bold", color="#111827")  # fmt: skip
    return finished(figure, path, None)


def _values(predict: Callable[[NDArray[np.float32]], Any], x: NDArray[np.float32]) -> NDArray[Any]:
    found = as_numpy(predict(x))
    if found.size != len(x):
        raise ValueError(f"plot_function: predict gives shape {found.shape}; wanted is ({len(x)},) or ({len(x)}, 1)")
    return found.reshape(-1)
