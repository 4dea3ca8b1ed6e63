"""The bundled digits: a real task that needs no network. DIGITS.md says where they come from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .idx import read_idx

_MAX_VALUE = 16  # a pixel counts the inked points of a 4x4 block
_TEST_EVERY = 5


def load_digits(split: str = "train") -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Load handwritten digits of 8x8 pixels: 1,433 to train on, 364 to test on.

    The split is fixed and stratified: of each class, in the order of the data set, the first sample and every
    fifth after it are test samples. The 13 writers therefore occur in both parts.

    Parameters
    ----------
    split : {"train", "test", "all"}
        Which samples; "all" gives the 1,797 in their own order.

    Returns
    -------
    images : numpy.ndarray
        float32 of shape (N, 1, 8, 8), from 0 (blank) to 1 (full).
    labels : numpy.ndarray
        int64 of shape (N,), the classes 0 to 9.

    Raises
    ------
    ValueError
        If `split` is none of the three.

    References
    ----------
    E. Alpaydin, C. Kaynak, "Cascading Classifiers", Kybernetika 34(4), 1998. Optical Recognition of
    Handwritten Digits, UCI Machine Learning Repository, https://doi.org/10.24432/C50P49, licensed CC BY 4.0.

    Examples
    --------
    >>> from tinygrad_nn.data import load_digits
    >>> images, labels = load_digits("train")
    >>> images.shape, labels[:5].tolist()
    ((1433, 1, 8, 8), [0, 1, 2, 3, 4])
    """
    if split not in ("train", "test", "all"):
        raise ValueError(f"split: found {split!r}, wanted 'train', 'test' or 'all'")
    here = Path(__file__).parent
    images = read_idx(here / "digits-images-idx3-ubyte.gz")
    labels = read_idx(here / "digits-labels-idx1-ubyte.gz").astype(np.int64)
    if split != "all":
        chosen = _is_test(labels) if split == "test" else ~_is_test(labels)
        images, labels = images[chosen], labels[chosen]
    return images[:, None].astype(np.float32) / np.float32(_MAX_VALUE), labels


def _is_test(labels: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Mark every fifth sample of each class. No random numbers: the split must never change."""
    chosen = np.zeros(len(labels), np.bool_)
    for label in range(10):
        chosen[np.flatnonzero(labels == label)[::_TEST_EVERY]] = True
    return chosen
