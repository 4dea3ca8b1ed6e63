"""DataLoader: a dataset in batches of Tensors, shuffled anew each time it is walked."""

from __future__ import annotations

import operator
from collections.abc import Iterator

import numpy as np

from ..backend import Generator, namespace_for, parse_device
from ..creation import asarray
from ..tensor import Tensor
from .dataset import Dataset
from .randomness import host_generator


class DataLoader:
    """Walk a dataset in batches.

    Each walk (``for images, labels in loader``) yields tuples of Tensors, one a field, of shape (B, ...).
    The last batch is shorter where `batch_size` does not divide the number of samples.
    The batches keep the dtype of the arrays. NumPy makes float64, in which a float32 model then computes, too, more
    slowly: convert such arrays once, with ``x.astype(np.float32)``, before they go into the dataset.

    Parameters
    ----------
    dataset : Dataset
        The samples.
    batch_size : int
        Samples a batch, at least 1; may exceed the number of samples.
    shuffle : bool
        Whether each walk takes the samples in a new random order.
    drop_last : bool
        Whether to leave out a last batch that is shorter than the others.
    generator : Generator, optional
        Where the order comes from: a Generator on "cpu", whichever device the batches go to, so that the
        order is the same on all; by default the default one of "cpu". Two loaders with equally seeded
        generators give the same batches.
    device : str
        Where the batches go, such as "cpu" or "cuda".

    Raises
    ------
    TypeError
        If `dataset` is not a Dataset or `batch_size` not an integer.
    ValueError
        If `batch_size` is below 1, `generator` is not on the host, or `device` is no name of a device.
    DeviceError
        If the machine does not have the device.

    Examples
    --------
    >>> import numpy as np
    >>> from tinygrad_nn.data import ArrayDataset, DataLoader
    >>> loader = DataLoader(ArrayDataset(np.arange(5)), batch_size=2)
    >>> len(loader)
    3
    >>> [x.shape for (x,) in loader]
    [(2,), (2,), (1,)]
    >>> x = np.linspace(0, 1, 5)
    >>> [[batch.dtype.name for (batch,) in DataLoader(ArrayDataset(a), 5)] for a in (x, x.astype(np.float32))]
    [['float64'], ['float32']]
    """

    def __init__(
        self,
        dataset: Dataset,
        batch_size: int,
        *,
        shuffle: bool = False,
        drop_last: bool = False,
        generator: Generator | None = None,
        device: str = "cpu",
    ) -> None:
        if not isinstance(dataset, Dataset):
            raise TypeError(
                f"DataLoader: dataset is a {type(dataset).__name__}, wanted a Dataset; wrap arrays as "
                "ArrayDataset(x, y)"
            )
        try:
            self.batch_size = operator.index(batch_size)
        except TypeError:
            raise TypeError(
                f"DataLoader: batch_size is a {type(batch_size).__name__}, wanted an integer"
            ) from None
        if self.batch_size < 1:
            raise ValueError(f"DataLoader: batch_size is {batch_size}, wanted at least 1")
        if generator is not None:
            host_generator(generator)
        self.dataset = dataset
        self.shuffle = shuffle
        self.drop_last = drop_last
        self.generator = generator
        self.device = parse_device(device)
        namespace_for(device)  # a device that is missing is found out now, not in the first walk

    def __len__(self) -> int:
        """Return the number of batches in a walk."""
        whole, rest = divmod(len(self.dataset), self.batch_size)
        return whole + (rest > 0 and not self.drop_last)

    def __iter__(self) -> Iterator[tuple[Tensor, ...]]:
        n = len(self.dataset)
        order = host_generator(self.generator).permutation(n) if self.shuffle else np.arange(n)
        for batch in range(len(self)):
            indices = order[batch * self.batch_size : (batch + 1) * self.batch_size]
            yield tuple(asarray(array, device=self.device) for array in self.dataset.take(indices))

    def __repr__(self) -> str:
        return (
            f"DataLoader({self.dataset!r}, batch_size={self.batch_size}, shuffle={self.shuffle}, "
            f"drop_last={self.drop_last}, device={self.device!r})"
        )
