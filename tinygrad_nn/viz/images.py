"""Pictures in a grid: digits, what an autoencoder makes of them, weights as the images they look for."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .figure import DARK, as_numpy, finished, make_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["plot_images", "plot_reconstructions", "plot_weights"]

TILE = 0.78  # inches that a picture of a grid is wide


def plot_images(
    images: ArrayLike | Sequence[Any],
    path: str | os.PathLike[str] | None = None,
    *,
    title: str | None = None,
    columns: int | None = None,
    titles: Sequence[Any] | None = None,
) -> Figure:
    """Draw grey images in a grid, all on one scale from the smallest value (black) to the largest (white).

    Parameters
    ----------
    images : array_like of shape (N, H, W) or (N, 1, H, W)
        A tensor, an array or a sequence.
    path : str or path-like, optional
        Where to save the picture, in the format of the suffix (.png, .svg, .pdf).
    title : str, optional
        What stands above.
    columns : int, optional
        How many images stand in a row; by default as many as make the grid about square, at most 16.
    titles : sequence, optional
        What stands above each image.

    Returns
    -------
    matplotlib.figure.Figure
        A notebook shows it.

    Raises
    ------
    ImportError
        If matplotlib is not installed: ``pip install tinygrad_nn[plot]``.
    ValueError
        If there is no image, `images` has another shape, `titles` another length, or `columns` is below 1.

    Examples
    --------
    >>> from tinygrad_nn.data import load_digits
    >>> from tinygrad_nn.viz import plot_images
    >>> x, y = load_digits("test")
    >>> figure = plot_images(x[:6].reshape(6, 8, 8), columns=3, titles=y[:6])
    >>> len(figure.axes[0].texts)
    6
    """
    stack = _stack("plot_images", images)
    figure, _ = _grid("plot_images", stack, columns, titles, "gray", _limits(stack))
    return finished(figure, path, title)


def plot_reconstructions(
    rows: Mapping[str, Any], path: str | os.PathLike[str] | None = None, *, title: str | None = None
) -> Figure:
    """Draw rows of images, one below the other: what was given, and what came of it.

    Parameters
    ----------
    rows : mapping of str to array_like of shape (N, H, W) or (N, 1, H, W)
        The images of each row, by its name; all of one shape.
    path : str or path-like, optional
        Where to save the picture, in the format of the suffix (.png, .svg, .pdf).
    title : str, optional
        What stands above.

    Returns
    -------
    matplotlib.figure.Figure
        A notebook shows it.

    Raises
    ------
    ImportError
        If matplotlib is not installed: ``pip install tinygrad_nn[plot]``.
    ValueError
        If there are no rows, or their shapes differ.

    Examples
    --------
    >>> import numpy as np
    >>> from tinygrad_nn.viz import plot_reconstructions
    >>> digits = np.random.default_rng(0).random((5, 8, 8))
    >>> figure = plot_reconstructions({"given": digits, "blurred": digits.round(1)})
    >>> [label.get_text() for label in figure.axes[0].get_yticklabels()]
    ['given', 'blurred']
    """
    stacks = {name: _stack("plot_reconstructions", images) for name, images in rows.items()}
    shapes = {name: stack.shape for name, stack in stacks.items()}
    if len(set(shapes.values())) != 1:
        raise ValueError(f"plot_reconstructions: wanted are rows of one shape; found {shapes}")
    together = np.concatenate(list(stacks.values()))
    count, height, _ = next(iter(shapes.values()))
    figure, axes = _grid("plot_reconstructions", together, count, None, "gray", _limits(together))
    axes.set_yticks([k * (height + 1) + (height - 1) / 2 for k in range(len(rows))], list(rows))
    axes.tick_params(length=0, labelsize=9, colors=DARK)
    return finished(figure, path, title)


def plot_weights(
    weight: Any,
    path: str | os.PathLike[str] | None = None,
    *,
    shape: tuple[int, int] | None = (28, 28),
    columns: int | None = None,
    titles: Sequence[Any] | None = None,
    title: str | None = None,
) -> Figure:
    """Draw the rows of a weight matrix as images: what each neuron looks for (red) and wants to be absent (blue).

    Parameters
    ----------
    weight : array_like of shape (n_outputs, n_inputs)
        As `nn.Linear` has it. A tensor may be a parameter, and on any device.
    path : str or path-like, optional
        Where to save the picture, in the format of the suffix (.png, .svg, .pdf).
    shape : (int, int) or None
        Height and width of the image that the inputs are. None draws the matrix itself, as one image.
    columns : int, optional
        How many images stand in a row; by default as many as make the grid about square, at most 16.
    titles : sequence, optional
        What stands above each image.
    title : str, optional
        What stands above all.

    Returns
    -------
    matplotlib.figure.Figure
        A notebook shows it.

    Raises
    ------
    ImportError
        If matplotlib is not installed: ``pip install tinygrad_nn[plot]``.
    ValueError
        If `weight` is no matrix, or its rows are no images of that shape.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> from tinygrad_nn.viz import plot_weights
    >>> layer = nn.Linear(64, 10, generator=tg.Generator(0))
    >>> figure = plot_weights(layer.weight, shape=(8, 8), titles=range(10))
    >>> len(figure.axes[0].texts)
    10
    """
    matrix = as_numpy(weight)
    if matrix.ndim != 2 or not matrix.size:
        raise ValueError(f"plot_weights: weight has shape {matrix.shape}; wanted is (n_outputs, n_inputs)")
    if shape is not None and math.prod(shape) != matrix.shape[1]:
        raise ValueError(
            f"plot_weights: rows of {matrix.shape[1]} weights are no images of shape {tuple(shape)}; say shape=..., "
            "or shape=None for the matrix itself"
        )
    images = matrix[None] if shape is None else matrix.reshape(-1, *shape)
    figure, axes = signed_images("plot_weights", images, columns, titles)
    figure.colorbar(axes.images[0], ax=axes, shrink=0.8).ax.tick_params(labelsize=8, colors=DARK)
    return finished(figure, path, title)


def signed_images(
    name: str, images: NDArray[Any], columns: int | None, titles: Sequence[Any] | None
) -> tuple[Figure, Axes]:
    """A grid of images of shape (N, H, W) in diverging colours, with white at zero."""
    largest = float(np.nanmax(np.abs(images))) or 1.0
    return _grid(name, images, columns, titles, "RdBu_r", (-largest, largest))


def _grid(
    name: str,
    images: NDArray[Any],
    columns: int | None,
    titles: Sequence[Any] | None,
    colours: str,
    limits: tuple[float, float],
) -> tuple[Figure, Axes]:
    """All images of shape (N, H, W) as one: hundreds of axes would take matplotlib a minute."""
    count, height, width = images.shape
    if columns is not None and columns < 1:
        raise ValueError(f"{name}: found columns={columns}, wanted at least 1")
    if titles is not None and len(titles) != count:
        raise ValueError(f"{name}: {len(titles)} titles for {count} images")
    across = min(count, columns or min(16, math.ceil(math.sqrt(count))))
    down = math.ceil(count / across)
    gap = 1 if titles is None else max(1, math.ceil(0.3 * height))  # rows of nothing above an image
    sheet = np.full((down * (height + gap), across * (width + 1)), np.nan, np.float32)
    for k, image in enumerate(images):
        y, x = k // across * (height + gap) + gap, k % across * (width + 1)
        sheet[y : y + height, x : x + width] = image
    sheet = sheet[1 if titles is None else 0 :, :-1]
    wide = max(across * TILE, 2.4)
    figure = make_figure(wide + 0.6, wide * sheet.shape[0] / sheet.shape[1] + 0.6)
    axes = figure.add_subplot()
    axes.imshow(sheet, cmap=colours, vmin=limits[0], vmax=limits[1], interpolation="nearest")
    for k, text in enumerate(titles if titles is not None else ()):
        y, x = k // across * (height + gap) + gap, k % across * (width + 1)
        axes.text(x + (width - 1) / 2, y - 0.8, f"{text}", ha="center", va="bottom", fontsize=7, color=DARK)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)
    return figure, axes


def _stack(name: str, images: Any) -> NDArray[Any]:
    stack = np.stack([as_numpy(image) for image in images]) if isinstance(images, (list, tuple)) else as_numpy(images)
    if stack.ndim == 4 and stack.shape[1] == 1:
        stack = stack[:, 0]
    if stack.ndim != 3 or not stack.size:
        raise ValueError(f"{name}: the images have shape {stack.shape}; wanted is (N, H, W) or (N, 1, H, W), N >= 1")
    return stack


def _limits(stack: NDArray[Any]) -> tuple[float, float]:
    return float(np.nanmin(stack)), float(np.nanmax(stack))
