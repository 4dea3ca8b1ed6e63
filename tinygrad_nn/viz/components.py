"""The principal components of weights, as images."""

from __future__ import annotations

import math
import os
from typing import TYPE_CHECKING, Any

import numpy as np

from .figure import as_numpy, finished
from .images import signed_images

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["plot_weight_components"]


def plot_weight_components(
    weight: Any,
    path: str | os.PathLike[str] | None = None,
    *,
    components: int = 10,
    shape: tuple[int, int] = (28, 28),
    title: str | None = None,
) -> Figure:
    """Draw what the rows of a weight matrix have in common: their principal components, as images.

    Each pixel is a sample, with its weights to all neurons as features. With the means of these taken off, the k-th
    image holds the samples' coordinates ``u_k s_k`` of the singular value decomposition ``weight.T - mean = U S V.T``;
    above it stands its share of the variance. The sign of an image means nothing.

    Parameters
    ----------
    weight : array_like of shape (n_outputs, n_inputs)
        As `nn.Linear` has it. A tensor may be a parameter, and on any device.
    path : str or path-like, optional
        Where to save the picture, in the format of the suffix (.png, .svg, .pdf).
    components : int
        How many; no more are drawn than there are.
    shape : (int, int)
        Height and width of the image that the inputs are.
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
        If `weight` is no matrix, its rows are no images of that shape, or `components` is below 1.

    References
    ----------
    Pearson, On lines and planes of closest fit to systems of points in space, 1901.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> from tinygrad_nn.viz import plot_weight_components
    >>> layer = nn.Linear(64, 32, generator=tg.Generator(0))
    >>> figure = plot_weight_components(layer.weight, components=4, shape=(8, 8))
    >>> len(figure.axes[0].texts)
    4
    """
    matrix = as_numpy(weight)
    if matrix.ndim != 2 or not matrix.size or matrix.shape[1] != math.prod(shape):
        raise ValueError(
            f"plot_weight_components: weight has shape {matrix.shape}; wanted is (n_outputs, {shape[0]} * {shape[1]}), "
            "images of the shape that shape= says"
        )
    if components < 1:
        raise ValueError(f"plot_weight_components: found components={components}, wanted at least 1")
    samples = matrix.T.astype(np.float64)
    u, s, _ = np.linalg.svd(samples - samples.mean(axis=0), full_matrices=False)
    shares = s**2 / max(float((s**2).sum()), np.finfo(float).tiny)
    images = (u * s).T[:components].reshape(-1, *shape)
    titles = [f"{100 * share:.1f} %" for share in shares[:components]]
    figure, _ = signed_images("plot_weight_components", images, 5, titles)
    return finished(figure, path, title)
