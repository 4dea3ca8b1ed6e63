"""Preparing arrays for a model: standardised features and one-hot classes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray


class Standardizer:
    """Shift and scale features to mean 0 and standard deviation 1: ``(x - mean) / std``.

    The numbers come from training data, by `fit`, and are then applied to all other data too: statistics of
    test data must not leak into a model.

    Parameters
    ----------
    mean, std : numpy.ndarray
        What to subtract and what to divide by; their shapes must broadcast against the data.

    Examples
    --------
    >>> import numpy as np
    >>> from tinygrad_nn.data import Standardizer
    >>> x_train = np.array([[1.0, 5.0], [3.0, 5.0]])
    >>> scaler = Standardizer.fit(x_train)
    >>> scaler.transform(x_train)
    array([[-1.,  0.],
           [ 1.,  0.]])
    >>> scaler.inverse_transform(scaler.transform(x_train))
    array([[1., 5.],
           [3., 5.]])
    """

    def __init__(self, mean: NDArray[Any], std: NDArray[Any]) -> None:
        self.mean = mean
        self.std = std

    @classmethod
    def fit(cls, x: NDArray[Any], *, axis: int | tuple[int, ...] = 0) -> Standardizer:
        """Take the mean and standard deviation from data.

        Parameters
        ----------
        x : numpy.ndarray
            Training data. Floating data keep their dtype, other data become float32.
        axis : int or tuple of int
            The axes to average over: 0 for features of shape (N, D), (0, 2, 3) for the channels of images
            of shape (N, C, H, W).

        Returns
        -------
        Standardizer
            Features that are constant keep their scale, and come out as 0.

        Raises
        ------
        ValueError
            If there is nothing to average over.
        """
        dtype = x.dtype if x.dtype.kind == "f" else np.dtype(np.float32)
        if x.size == 0:
            raise ValueError(f"Standardizer.fit: found no data, shape {x.shape}, wanted at least one sample")
        low, high = x.min(axis=axis, keepdims=True), x.max(axis=axis, keepdims=True)
        # In float64: rounding in a long float32 sum would show in the result. A constant feature is told by
        # its extremes, since its computed deviation may be a rounding error instead of 0.
        mean = np.where(low == high, low, x.mean(axis=axis, dtype=np.float64, keepdims=True))
        std = np.where(low == high, 0.0, x.std(axis=axis, dtype=np.float64, keepdims=True)).astype(dtype)
        std[std == 0] = 1  # constant, or so nearly that the deviation underflows
        return cls(mean.astype(dtype), std)

    def transform(self, x: NDArray[Any]) -> NDArray[Any]:
        """Return ``(x - mean) / std``."""
        scaled: NDArray[Any] = (x - self.mean) / self.std
        return scaled

    def inverse_transform(self, x: NDArray[Any]) -> NDArray[Any]:
        """Return ``x * std + mean``: what `transform` was given."""
        restored: NDArray[Any] = x * self.std + self.mean
        return restored


def standardize(
    train: NDArray[Any], *others: NDArray[Any], axis: int | tuple[int, ...] = 0
) -> tuple[NDArray[Any], ...]:
    """Standardise training data to mean 0 and standard deviation 1, and other data by the same numbers.

    Parameters
    ----------
    train : numpy.ndarray
        Where mean and standard deviation come from.
    *others : numpy.ndarray
        Validation and test data.
    axis : int or tuple of int
        The axes to average over.

    Returns
    -------
    tuple of numpy.ndarray
        The standardised arrays, in the order given.

    Raises
    ------
    ValueError
        If `train` is empty.

    Examples
    --------
    >>> import numpy as np
    >>> from tinygrad_nn.data import standardize
    >>> standardize(np.array([1.0, 3.0]), np.array([2.0, 6.0]))
    (array([-1.,  1.]), array([0., 4.]))
    """
    scaler = Standardizer.fit(train, axis=axis)
    return tuple(scaler.transform(x) for x in (train, *others))


def one_hot(
    labels: ArrayLike, num_classes: int | None = None, *, dtype: DTypeLike = np.float32
) -> NDArray[Any]:
    """Turn classes into rows that are 1 at the class and 0 elsewhere: ``out[..., k] = labels[...] == k``.

    Parameters
    ----------
    labels : array_like of int
        Classes from 0.
    num_classes : int, optional
        How many classes there are; by default one more than the largest label.
    dtype : dtype
        Of the result.

    Returns
    -------
    numpy.ndarray
        Of shape ``labels.shape + (num_classes,)``.

    Raises
    ------
    TypeError
        If `labels` are not integers.
    ValueError
        If a label is negative or not below `num_classes`, or there are no labels to tell it from.

    Examples
    --------
    >>> from tinygrad_nn.data import one_hot
    >>> one_hot([0, 2])
    array([[1., 0., 0.],
           [0., 0., 1.]], dtype=float32)
    """
    classes = np.asarray(labels)
    if classes.dtype.kind not in "iu":
        raise TypeError(
            f"one_hot: labels are {classes.dtype}, wanted integers; convert with .astype(np.int64)"
        )
    if num_classes is None:
        if classes.size == 0:
            raise ValueError("one_hot: found no labels to tell the number of classes from; pass num_classes")
        num_classes = int(classes.max()) + 1
    if classes.size and not (classes.min() >= 0 and classes.max() < num_classes):
        raise ValueError(
            f"one_hot: labels run from {classes.min()} to {classes.max()}, wanted 0 to {num_classes - 1}"
        )
    hot: NDArray[Any] = classes[..., None] == np.arange(num_classes)
    return hot.astype(dtype)
