"""Small made-up data sets, to try a model on before real data."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..backend import Generator
from .randomness import host_generator


def make_blobs(
    n_samples: int,
    n_features: int = 2,
    centers: int | ArrayLike = 3,
    *,
    cluster_std: float = 1.0,
    generator: Generator | None = None,
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Draw points from round normal clusters, one a class.

    Parameters
    ----------
    n_samples : int
        How many points; the classes get equally many, give or take one.
    n_features : int
        Coordinates a point; not used where `centers` are given.
    centers : int or array_like of shape (K, D)
        How many clusters, with centers drawn uniformly from [-10, 10) in each coordinate, or the centers.
    cluster_std : float
        Standard deviation of a cluster in each coordinate.
    generator : Generator, optional
        Source of randomness, on the CPU.

    Returns
    -------
    x : numpy.ndarray
        float32 of shape (n_samples, n_features).
    y : numpy.ndarray
        int64 of shape (n_samples,), the cluster of each point.

    Raises
    ------
    ValueError
        If a count or `cluster_std` is out of range or `centers` is not a matrix.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn.data import make_blobs
    >>> x, y = make_blobs(6, centers=[[0, 0], [5, 5]], generator=tg.Generator(0))
    >>> x.shape, sorted(y.tolist())
    ((6, 2), [0, 0, 0, 1, 1, 1])
    """
    _check("cluster_std", cluster_std, 0)
    rng = host_generator(generator)
    if isinstance(centers, int):
        _check("centers", centers, 1)
        _check("n_features", n_features, 1)
        middles = rng.uniform((centers, n_features), -10.0, 10.0)
    else:
        middles = np.asarray(centers, np.float32)
        if middles.ndim != 2 or len(middles) == 0:
            raise ValueError(f"centers: found shape {middles.shape}, wanted (K, D) with K >= 1")
    y = _balanced_labels(n_samples, len(middles), rng)
    return middles[y] + rng.normal((n_samples, middles.shape[1]), 0.0, cluster_std), y


def make_moons(
    n_samples: int, *, noise: float = 0.1, generator: Generator | None = None
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Draw points from two half circles that interlock.

    Class 0 lies on ``(cos t, sin t)``, class 1 on ``(1 - cos t, 1/2 - sin t)``, with t uniform in [0, pi).

    Parameters
    ----------
    n_samples : int
        How many points; the classes get equally many, give or take one.
    noise : float
        Standard deviation of the normal noise added to each coordinate.
    generator : Generator, optional
        Source of randomness, on the CPU.

    Returns
    -------
    x : numpy.ndarray
        float32 of shape (n_samples, 2).
    y : numpy.ndarray
        int64 of shape (n_samples,), 0 or 1.

    Raises
    ------
    ValueError
        If `n_samples` or `noise` is negative.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn.data import make_moons
    >>> x, y = make_moons(100, noise=0.2, generator=tg.Generator(0))
    >>> x.shape, int(y.sum())
    ((100, 2), 50)
    """
    _check("noise", noise, 0)
    rng = host_generator(generator)
    y = _balanced_labels(n_samples, 2, rng)
    angle = rng.uniform((n_samples,), 0.0, np.pi)
    upper = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    lower = np.stack([1 - np.cos(angle), 0.5 - np.sin(angle)], axis=1)
    return np.where(y[:, None] == 0, upper, lower) + rng.normal((n_samples, 2), 0.0, noise), y


def make_xor(
    n_samples: int, *, noise: float = 0.3, generator: Generator | None = None
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Draw points from four round normal clusters at ``(+-1, +-1)``, of which those across from each other are a class.

    Class 1 is where the signs of a cluster differ, so no straight line parts the classes.

    Parameters
    ----------
    n_samples : int
        How many points; the clusters get equally many, give or take one.
    noise : float
        Standard deviation of a cluster in each coordinate.
    generator : Generator, optional
        Source of randomness, on the CPU.

    Returns
    -------
    x : numpy.ndarray
        float32 of shape (n_samples, 2).
    y : numpy.ndarray
        int64 of shape (n_samples,), 0 or 1.

    Raises
    ------
    ValueError
        If `n_samples` or `noise` is negative.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn.data import make_xor
    >>> x, y = make_xor(100, noise=0.0, generator=tg.Generator(0))
    >>> bool(((x[:, 0] * x[:, 1] < 0) == y).all())
    True
    """
    _check("noise", noise, 0)
    corners = [[-1, -1], [-1, 1], [1, -1], [1, 1]]
    x, cluster = make_blobs(n_samples, centers=corners, cluster_std=noise, generator=generator)
    return x, (cluster % 3 > 0).astype(np.int64)


def make_rings(
    n_samples: int, n_classes: int = 2, *, noise: float = 0.05, generator: Generator | None = None
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Draw points from rings around each other, one a class.

    Ring k of K is ``(k + 1) / K * (cos a, sin a)`` with a uniform in [0, 2 pi).

    Parameters
    ----------
    n_samples : int
        How many points; the classes get equally many, give or take one.
    n_classes : int
        How many rings.
    noise : float
        Standard deviation of the normal noise added to each coordinate.
    generator : Generator, optional
        Source of randomness, on the CPU.

    Returns
    -------
    x : numpy.ndarray
        float32 of shape (n_samples, 2).
    y : numpy.ndarray
        int64 of shape (n_samples,), the ring of each point, from the inside.

    Raises
    ------
    ValueError
        If a count or `noise` is out of range.

    Examples
    --------
    >>> import numpy as np
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn.data import make_rings
    >>> x, y = make_rings(6, noise=0.0, generator=tg.Generator(0))
    >>> bool(np.allclose(np.linalg.norm(x, axis=1), (y + 1) / 2))
    True
    """
    _check("n_classes", n_classes, 1)
    _check("noise", noise, 0)
    rng = host_generator(generator)
    y = _balanced_labels(n_samples, n_classes, rng)
    angle = rng.uniform((n_samples,), 0.0, 2 * np.pi)
    radius = (y + 1).astype(np.float32) / n_classes
    rings = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    return rings + rng.normal((n_samples, 2), 0.0, noise), y


def make_spirals(
    n_samples: int,
    n_classes: int = 2,
    *,
    turns: float = 1.0,
    noise: float = 0.02,
    generator: Generator | None = None,
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Draw points from spiral arms that wind around each other, one a class.

    Arm k of K is ``r * (cos a, sin a)`` with ``a = 2 pi (turns * r + k / K)`` and r uniform in [0, 1).

    Parameters
    ----------
    n_samples : int
        How many points; the classes get equally many, give or take one.
    n_classes : int
        How many arms.
    turns : float
        How often an arm goes around the origin: the more, the harder.
    noise : float
        Standard deviation of the normal noise added to each coordinate.
    generator : Generator, optional
        Source of randomness, on the CPU.

    Returns
    -------
    x : numpy.ndarray
        float32 of shape (n_samples, 2).
    y : numpy.ndarray
        int64 of shape (n_samples,), the arm of each point.

    Raises
    ------
    ValueError
        If a count or `noise` is out of range.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn.data import make_spirals
    >>> x, y = make_spirals(9, 3, generator=tg.Generator(0))
    >>> x.shape, sorted(y.tolist())
    ((9, 2), [0, 0, 0, 1, 1, 1, 2, 2, 2])
    """
    _check("n_classes", n_classes, 1)
    _check("noise", noise, 0)
    rng = host_generator(generator)
    y = _balanced_labels(n_samples, n_classes, rng)
    radius = rng.uniform((n_samples,))
    angle = 2 * np.pi * (turns * radius + y.astype(np.float32) / n_classes)
    arms = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    return arms + rng.normal((n_samples, 2), 0.0, noise), y


def make_noisy_function(
    n_samples: int,
    function: Callable[[NDArray[np.float32]], NDArray[np.float32]] = np.sin,
    *,
    low: float = -np.pi,
    high: float = np.pi,
    noise: float = 0.1,
    generator: Generator | None = None,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Draw noisy values of a function of one variable, for regression: ``y = function(x) + noise``.

    Parameters
    ----------
    n_samples : int
        How many points.
    function : callable
        From a float32 array to an array of the same shape, element by element; by default the sine.
    low, high : float
        x is uniform in [low, high).
    noise : float
        Standard deviation of the normal noise added to y.
    generator : Generator, optional
        Source of randomness, on the CPU.

    Returns
    -------
    x, y : numpy.ndarray
        float32 of shape (n_samples, 1).

    Raises
    ------
    ValueError
        If `n_samples` or `noise` is negative, `low` exceeds `high`, or `function` changes the shape.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn.data import make_noisy_function
    >>> x, y = make_noisy_function(50, lambda x: x**2, low=-1, high=1, generator=tg.Generator(0))
    >>> x.shape, y.shape
    ((50, 1), (50, 1))
    """
    _check("n_samples", n_samples, 0)
    _check("noise", noise, 0)
    _check("high", high, low)
    rng = host_generator(generator)
    x = rng.uniform((n_samples, 1), low, high)
    y = np.asarray(function(x), np.float32)
    if y.shape != x.shape:
        raise ValueError(f"function: turned shape {x.shape} into {y.shape}, wanted one value an element")
    return x, y + rng.normal(x.shape, 0.0, noise)


def _balanced_labels(n_samples: int, n_classes: int, rng: Generator) -> NDArray[np.int64]:
    """Deal out the classes as evenly as can be, in random order."""
    _check("n_samples", n_samples, 0)
    labels: NDArray[np.int64] = rng.permutation(n_samples) % n_classes
    return labels


def _check(name: str, value: float, least: float) -> None:
    if value < least:
        raise ValueError(f"{name}: found {value}, wanted at least {least}")
