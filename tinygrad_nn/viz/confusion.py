"""Confusion matrices: which classes are taken for which."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from .figure import DARK, finished, label_axes, make_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["plot_confusion_matrix"]


def plot_confusion_matrix(
    counts: ArrayLike,
    path: str | os.PathLike[str] | None = None,
    *,
    classes: Sequence[Any] | None = None,
    title: str | None = None,
) -> Figure:
    """Draw a confusion matrix: the numbers, each on the shade of its share of the true class.

    Parameters
    ----------
    counts : array_like of int, shape (C, C)
        As `tinygrad_nn.train.confusion_matrix` gives it: true classes in rows, predicted ones in columns.
    path : str or path-like, optional
        Where to save the picture, in the format of the suffix (.png, .svg, .pdf).
    classes : sequence, optional
        The classes' names; by default 0, 1, 2 ...
    title : str, optional
        What stands above; by default the accuracy.

    Returns
    -------
    matplotlib.figure.Figure
        A notebook shows it.

    Raises
    ------
    ImportError
        If matplotlib is not installed: ``pip install tinygrad_nn[plot]``.
    ValueError
        If `counts` is not square, or `classes` has another length.

    Examples
    --------
    >>> from tinygrad_nn.viz import plot_confusion_matrix
    >>> figure = plot_confusion_matrix([[8, 2], [1, 9]], classes=["cat", "dog"])
    >>> figure.axes[0].get_title(loc="left")
    'accuracy 85.00 % (17 of 20)'
    """
    matrix = np.asarray(counts)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or not matrix.size:
        raise ValueError(f"plot_confusion_matrix: counts has shape {matrix.shape}; wanted is (C, C)")
    size = len(matrix)
    names = [str(name) for name in (range(size) if classes is None else classes)]
    if len(names) != size:
        raise ValueError(f"plot_confusion_matrix: {len(names)} classes for a matrix of {size} x {size}")
    share = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    side = min(12.0, 2.2 + 0.46 * size)
    figure = make_figure(side, side)
    axes = figure.add_subplot()
    # The square root lets rare mistakes show beside a full diagonal.
    axes.imshow(np.sqrt(share), cmap="Blues", vmin=0, vmax=1)
    if size <= 30:
        for row, column in np.argwhere(matrix > 0):
            dark = share[row, column] > 0.4
            axes.text(
                column, row, f"{matrix[row, column]}", ha="center", va="center", fontsize=9,
                color="white" if dark else "#111827", fontweight="normal" if row == column else "bold",
            )  # fmt: skip
    axes.set_xticks(range(size), names)
    axes.set_yticks(range(size), names)
    edges = np.arange(size + 1) - 0.5
    axes.set_xticks(edges, minor=True)
    axes.set_yticks(edges, minor=True)
    axes.grid(which="minor", color="white", linewidth=1)
    axes.tick_params(which="both", length=0, labelsize=9, colors=DARK)
    label_axes(axes, "predicted", "true")
    axes.spines[:].set_visible(False)
    right, total = int(matrix.trace()), int(matrix.sum())
    text = f"accuracy {100 * right / max(total, 1):.2f} % ({right} of {total})" if title is None else title
    axes.set_title(text, loc="left", fontsize=11, fontweight="bold", color="#111827")
    return finished(figure, path, None)
