"""Seeded splits into training, validation and test data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..backend import Generator
from .dataset import Dataset, Subset
from .randomness import host_generator


def split_indices(
    n: int, sizes: Sequence[float], *, stratify: ArrayLike | None = None, generator: Generator | None = None
) -> list[NDArray[np.int64]]:
    """Deal the numbers 0 to n - 1 out to parts, at random.

    Parameters
    ----------
    n : int
        How many numbers.
    sizes : sequence of int or of float
        The parts' sizes: whole numbers that sum to `n`, or fractions that sum to 1 (rounded so that every
        number is dealt).
    stratify : array_like of shape (n,), optional
        A class for each number. Each part then gets each class in proportion, as nearly as can be.
    generator : Generator, optional
        Source of randomness, on the CPU.

    Returns
    -------
    list of numpy.ndarray
        int64, one array a part; no number occurs twice.

    Raises
    ------
    TypeError
        If `sizes` mixes whole numbers and fractions.
    ValueError
        If `sizes` does not sum to n or to 1, has a negative entry or a fraction that leaves its part empty,
        or `stratify` is not of shape (n,).

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn.data import split_indices
    >>> train, validation, test = split_indices(10, [0.6, 0.2, 0.2], generator=tg.Generator(0))
    >>> len(train), len(validation), len(test)
    (6, 2, 2)
    """
    ends = np.cumsum(_counts(n, sizes))
    order: NDArray[np.int64] = host_generator(generator).permutation(n)
    if stratify is not None:
        classes = np.asarray(stratify)
        if classes.shape != (n,):
            raise ValueError(f"stratify: found shape {classes.shape}, wanted one class a sample, ({n},)")
        order = order[_evenly_mixed(classes[order])]
    return np.split(order, ends[:-1])


def random_split(
    dataset: Dataset,
    lengths: Sequence[float],
    *,
    stratify: ArrayLike | None = None,
    generator: Generator | None = None,
) -> list[Subset]:
    """Split a dataset at random, into two parts or more.

    Parameters
    ----------
    dataset : Dataset
        What to split, of N samples.
    lengths : sequence of int or of float
        Whole numbers that sum to N, or fractions that sum to 1.
    stratify : array_like of shape (N,), optional
        The class of each sample; each part then gets each class in proportion.
    generator : Generator, optional
        Source of randomness, on the CPU.

    Returns
    -------
    list of Subset
        One a length; no sample is in two.

    Raises
    ------
    TypeError, ValueError
        As `split_indices`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn.data import ArrayDataset, load_digits, random_split
    >>> images, labels = load_digits("train")
    >>> train, validation = random_split(
    ...     ArrayDataset(images, labels), [0.9, 0.1], stratify=labels, generator=tg.Generator(0)
    ... )
    >>> len(train), len(validation)
    (1290, 143)
    """
    parts = split_indices(len(dataset), lengths, stratify=stratify, generator=generator)
    return [Subset(dataset, part) for part in parts]


def train_test_split(
    *arrays: NDArray[Any],
    test_size: float = 0.25,
    stratify: ArrayLike | None = None,
    generator: Generator | None = None,
) -> list[NDArray[Any]]:
    """Split equally long arrays at random, into a part to train on and a part to test (or validate) on.

    Parameters
    ----------
    *arrays : numpy.ndarray, shape (N, ...)
        What to split; all are split alike.
    test_size : int or float
        How many rows go to the second part, or which fraction.
    stratify : array_like of shape (N,), optional
        The class of each row; both parts then get each class in proportion.
    generator : Generator, optional
        Source of randomness, on the CPU.

    Returns
    -------
    list of numpy.ndarray
        ``[a_train, a_test, b_train, b_test, ...]``, copies.

    Raises
    ------
    ValueError
        If there is no array, their lengths differ, or `test_size` is out of range.

    Examples
    --------
    >>> import numpy as np, tinygrad_nn as tg
    >>> from tinygrad_nn.data import train_test_split
    >>> x, y = np.arange(8).reshape(4, 2), np.arange(4)
    >>> x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=1, generator=tg.Generator(0))
    >>> x_train.shape, x_test.shape
    ((3, 2), (1, 2))
    """
    if len(lengths := {len(array) for array in arrays}) != 1:
        raise ValueError(f"train_test_split: found arrays of lengths {sorted(lengths)}, wanted one length")
    (n,) = lengths
    whole = n if isinstance(test_size, (int, np.integer)) else 1.0
    if not 0 <= test_size <= whole:
        raise ValueError(f"test_size: found {test_size}, wanted from 0 to {whole}")
    parts = split_indices(n, [whole - test_size, test_size], stratify=stratify, generator=generator)
    return [array[part] for array in arrays for part in parts]


def _counts(n: int, sizes: Sequence[float]) -> NDArray[np.int64]:
    whole = [isinstance(size, (int, np.integer)) for size in sizes]
    if any(whole) and not all(whole):
        raise TypeError(f"sizes: found {list(sizes)}, wanted whole numbers only or fractions only")
    if any(size < 0 for size in sizes):
        raise ValueError(f"sizes: found {list(sizes)}, wanted none below 0")
    total, wanted = sum(sizes), n if any(whole) else 1
    if abs(total - wanted) > 1e-6:
        raise ValueError(
            f"sizes: {list(sizes)} sum to {total}, wanted {n} samples or fractions that sum to 1"
        )
    if all(whole):
        return np.array(sizes, np.int64)
    shares = np.asarray(sizes, np.float64) * n
    counts: NDArray[np.int64] = np.floor(shares + 1e-9).astype(np.int64)
    left = n - int(counts.sum())  # go to the parts that lost most by rounding down
    counts[np.argsort(counts - shares, kind="stable")[:left]] += 1
    for size, count in zip(sizes, counts, strict=True):
        if size > 0 and count == 0:
            raise ValueError(
                f"sizes: the fraction {size} of {n} samples is none; use a larger one, or counts"
            )
    return counts


def _evenly_mixed(classes: NDArray[Any]) -> NDArray[np.intp]:
    """Order samples so that every stretch of the order holds each class in proportion.

    The i-th of a class's m samples belongs at (i + 1/2) / m of the way. Cutting the order anywhere is then a
    stratified split, with sizes exactly as asked.
    """
    _, codes, counts = np.unique(classes, return_inverse=True, return_counts=True)
    by_class = np.argsort(codes, kind="stable")
    rank = np.empty(len(classes), np.int64)
    rank[by_class] = np.arange(len(classes)) - np.repeat(np.cumsum(counts) - counts, counts)
    return np.argsort((rank + 0.5) / counts[codes], kind="stable")
