"""Datasets: a length and samples by index. They live on the host; the loader moves batches to a device."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..tensor import Tensor


class Dataset(ABC):
    """A collection of samples, each a tuple with one entry a field, such as ``(image, label)``.

    A subclass defines ``__len__`` and ``__getitem__``. It may override `take` too where it can build a batch
    faster than sample by sample.

    Examples
    --------
    >>> from tinygrad_nn.data import Dataset
    >>> class Squares(Dataset):
    ...     def __len__(self):
    ...         return 4
    ...     def __getitem__(self, index):
    ...         return float(index), float(index**2)
    >>> Squares().take([1, 3])
    (array([1., 3.], dtype=float32), array([1., 9.], dtype=float32))
    """

    @abstractmethod
    def __len__(self) -> int:
        """Return the number of samples."""

    @abstractmethod
    def __getitem__(self, index: int) -> tuple[Any, ...]:
        """Return one sample: a tuple of NumPy arrays, Tensors or numbers."""

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        return (self[index] for index in range(len(self)))

    def take(self, indices: ArrayLike) -> tuple[NDArray[Any], ...]:
        """Return a batch of samples.

        Parameters
        ----------
        indices : array_like of int, shape (B,)
            Which samples; at least one.

        Returns
        -------
        tuple of numpy.ndarray
            One array a field, of shape (B, ...). Python floats become float32, integers int64.

        Raises
        ------
        TypeError
            If a sample is not a tuple.
        ValueError
            If the samples differ in their number of fields or a field differs in shape.
        """
        samples = [self[int(index)] for index in np.asarray(indices)]
        for sample in samples:
            if not isinstance(sample, tuple):
                raise TypeError(
                    f"{type(self).__name__}: a sample is a {type(sample).__name__}, wanted a tuple with one "
                    "entry a field; for a single field return (value,)"
                )
            if len(sample) != len(samples[0]):
                raise ValueError(
                    f"{type(self).__name__}: samples of {len(samples[0])} and of {len(sample)} fields "
                    "in one batch"
                )
        return tuple(self._stack(field, values) for field, values in enumerate(zip(*samples, strict=True)))

    def _stack(self, field: int, values: Sequence[Any]) -> NDArray[Any]:
        arrays = [_host_array(value) for value in values]
        if len(shapes := {array.shape for array in arrays}) > 1:
            raise ValueError(
                f"{type(self).__name__}: field {field} has shapes {sorted(shapes)} in one batch; "
                "give all samples one shape, by padding or cropping, or use batch_size=1"
            )
        return np.stack(arrays)


class ArrayDataset(Dataset):
    """A dataset of arrays that are equally long: sample i is row i of each.

    Parameters
    ----------
    *arrays : numpy.ndarray or Tensor, shape (N, ...)
        The fields. They are not copied; Tensors of another device are brought to the host.

    Attributes
    ----------
    arrays : tuple of numpy.ndarray
        The fields.

    Raises
    ------
    TypeError
        If a field is neither a NumPy array nor a Tensor.
    ValueError
        If there is no array, one has no axis, or their lengths differ.

    Examples
    --------
    >>> import numpy as np
    >>> from tinygrad_nn.data import ArrayDataset
    >>> dataset = ArrayDataset(np.zeros((3, 2), np.float32), np.array([7, 8, 9]))
    >>> dataset
    ArrayDataset(3 samples of float32 (2,), int64 ())
    >>> dataset[1]
    (array([0., 0.], dtype=float32), np.int64(8))
    """

    def __init__(self, *arrays: NDArray[Any] | Tensor) -> None:
        if not arrays:
            raise ValueError("ArrayDataset: found no array, wanted at least one")
        for i, array in enumerate(arrays):
            if not isinstance(array, (np.ndarray, Tensor)):
                raise TypeError(
                    f"ArrayDataset: array {i} is a {type(array).__name__}, wanted a NumPy array or a Tensor; "
                    "convert it with np.asarray(x, dtype=...)"
                )
            if array.ndim == 0:
                raise ValueError(f"ArrayDataset: array {i} has no axis; wanted one row a sample")
        if len({array.shape[0] for array in arrays}) > 1:
            raise ValueError(
                f"ArrayDataset: the arrays have {', '.join(str(a.shape[0]) for a in arrays)} rows, "
                "wanted equally many"
            )
        self.arrays = tuple(_host_array(array) for array in arrays)

    def __len__(self) -> int:
        return len(self.arrays[0])

    def __getitem__(self, index: int) -> tuple[Any, ...]:
        return tuple(array[index] for array in self.arrays)

    def take(self, indices: ArrayLike) -> tuple[NDArray[Any], ...]:
        """Return the rows `indices` of each array, copied, so that a batch may be changed in place."""
        rows = np.asarray(indices, np.intp)
        return tuple(array.take(rows, axis=0) for array in self.arrays)

    def __repr__(self) -> str:
        fields = ", ".join(f"{array.dtype} {array.shape[1:]}" for array in self.arrays)
        return f"ArrayDataset({len(self)} samples of {fields})"


class Subset(Dataset):
    """Some samples of a dataset, in the order of `indices`.

    Parameters
    ----------
    dataset : Dataset
        Where the samples are.
    indices : array_like of int, shape (M,)
        Which ones; negative numbers count from the end.

    Raises
    ------
    IndexError
        If an index is out of range or not an integer.

    Examples
    --------
    >>> import numpy as np
    >>> from tinygrad_nn.data import ArrayDataset, Subset
    >>> Subset(ArrayDataset(np.array([5, 6, 7, 8])), [3, 0]).take([0, 1])
    (array([8, 5]),)
    """

    def __init__(self, dataset: Dataset, indices: ArrayLike) -> None:
        chosen = np.asarray(indices)
        if chosen.size == 0:
            chosen = chosen.astype(np.int64)  # an empty list has no integer type of its own
        if chosen.ndim != 1 or chosen.dtype.kind not in "iu":
            raise IndexError(
                f"Subset: indices has shape {chosen.shape} and dtype {chosen.dtype}, "
                "wanted integers in one axis"
            )
        n = len(dataset)
        if wrong := [int(i) for i in chosen if not -n <= i < n]:
            raise IndexError(f"Subset: index {wrong[0]} is out of range for {n} samples")
        self.dataset = dataset
        self.indices = np.where(chosen < 0, chosen + n, chosen).astype(np.int64)

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, index: int) -> tuple[Any, ...]:
        return self.dataset[int(self.indices[index])]

    def take(self, indices: ArrayLike) -> tuple[NDArray[Any], ...]:
        """Return a batch, as the whole dataset builds it."""
        return self.dataset.take(self.indices[np.asarray(indices, np.intp)])

    def __repr__(self) -> str:
        return f"Subset({len(self)} of {self.dataset!r})"


def _host_array(value: Any) -> NDArray[Any]:
    if isinstance(value, Tensor):
        host: NDArray[Any] = value.detach().numpy()
        return host
    return np.asarray(value, np.float32 if type(value) is float else None)
