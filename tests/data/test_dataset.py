"""Dataset, ArrayDataset and Subset: samples, batches, and errors that say what is wrong."""

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn.data import ArrayDataset, Dataset, Subset


class Listed(Dataset):
    """Whatever samples a test wants."""

    def __init__(self, *samples):
        self.samples = samples

    def __len__(self):
        return len(self.samples)

    def __getitem__(self, index):
        return self.samples[index]


@pytest.fixture
def arrays():
    return np.arange(12, dtype=np.float32).reshape(6, 2), np.arange(6) * 10


def test_dataset_is_abstract():
    with pytest.raises(TypeError, match="abstract"):
        Dataset()


def test_array_dataset(arrays):
    dataset = ArrayDataset(*arrays)
    assert len(dataset) == 6
    x, y = dataset[-1]
    assert x.tolist() == [10, 11]
    assert y == 50
    assert [int(y) for _, y in dataset] == [0, 10, 20, 30, 40, 50]
    assert repr(dataset) == "ArrayDataset(6 samples of float32 (2,), int64 ())"
    with pytest.raises(IndexError):
        dataset[6]


def test_array_dataset_takes_rows_as_a_copy(arrays):
    x, y = ArrayDataset(*arrays).take([4, 0, 4])
    assert x.tolist() == [[8, 9], [0, 1], [8, 9]]
    assert y.tolist() == [40, 0, 40]
    x[:] = -1
    assert arrays[0].min() == 0


def test_array_dataset_shares_the_memory_of_its_arrays(arrays):
    assert ArrayDataset(*arrays).arrays[0] is arrays[0]


def test_array_dataset_keeps_dtypes():
    dtypes = [np.float16, np.float64, np.uint8, np.bool_]
    batch = ArrayDataset(*(np.ones(3, dtype) for dtype in dtypes)).take([0])
    assert [array.dtype for array in batch] == dtypes


def test_array_dataset_of_tensors(arrays, device):
    x, y = (tg.asarray(array, device=device) for array in arrays)
    taken, labels = ArrayDataset(x, y).take([1])
    assert type(taken) is np.ndarray
    assert taken.tolist() == [[2, 3]]
    assert labels.tolist() == [10]


def test_empty_array_dataset():
    dataset = ArrayDataset(np.zeros((0, 3)), np.zeros(0, np.int64))
    assert len(dataset) == 0
    assert list(dataset) == []
    assert dataset.take([])[0].shape == (0, 3)


def test_array_dataset_errors(arrays):
    with pytest.raises(ValueError, match="found no array"):
        ArrayDataset()
    with pytest.raises(ValueError, match="have 6, 6, 5 rows, wanted equally many"):
        ArrayDataset(*arrays, np.zeros(5))
    with pytest.raises(ValueError, match="array 1 has no axis"):
        ArrayDataset(arrays[0], np.array(3.0))
    with pytest.raises(TypeError, match=r"array 0 is a list.*np\.asarray"):
        ArrayDataset([1.0, 2.0])


def test_take_stacks_samples_of_any_dataset():
    dataset = Listed((np.zeros(2, np.float32), 1, 0.5, True), (np.ones(2, np.float32), 2, 1.5, False))
    x, index, number, flag = dataset.take([1, 0])
    assert x.tolist() == [[1, 1], [0, 0]]
    assert (index.dtype, index.tolist()) == (np.int64, [2, 1])
    assert (number.dtype, number.tolist()) == (np.float32, [1.5, 0.5])
    assert (flag.dtype, flag.tolist()) == (np.bool_, [False, True])


def test_take_keeps_the_dtype_of_array_scalars():
    (x,) = Listed((np.float64(1),), (np.float64(2),)).take([0, 1])
    assert x.dtype == np.float64


def test_take_stacks_tensors(device):
    (x,) = Listed((tg.asarray(np.ones(2), device=device),), (tg.asarray(np.zeros(2), device=device),)).take(
        [0, 1]
    )
    assert x.tolist() == [[1, 1], [0, 0]]


def test_take_errors():
    with pytest.raises(TypeError, match=r"Listed: a sample is a ndarray, wanted a tuple.*\(value,\)"):
        Listed(np.zeros(2)).take([0])
    with pytest.raises(ValueError, match="samples of 1 and of 2 fields"):
        Listed((1,), (1, 2)).take([0, 1])
    with pytest.raises(ValueError, match=r"field 0 has shapes \[\(2,\), \(3,\)\] in one batch"):
        Listed((np.zeros(2),), (np.zeros(3),)).take([0, 1])


def test_subset(arrays):
    subset = Subset(ArrayDataset(*arrays), [5, -6, 2])
    assert len(subset) == 3
    assert [int(y) for _, y in subset] == [50, 0, 20]
    assert int(subset[-1][1]) == 20
    assert subset.take([2, 0])[1].tolist() == [20, 50]
    assert repr(subset) == "Subset(3 of ArrayDataset(6 samples of float32 (2,), int64 ()))"
    with pytest.raises(IndexError):
        subset[3]


def test_subset_of_a_subset_and_of_any_dataset(arrays):
    assert Subset(Subset(ArrayDataset(*arrays), [5, 3, 1]), [2, 0]).take([0, 1])[1].tolist() == [10, 50]
    assert Subset(Listed((1,), (2,), (3,)), np.array([2, 1])).take([0, 1])[0].tolist() == [3, 2]


def test_empty_subset(arrays):
    subset = Subset(ArrayDataset(*arrays), [])
    assert len(subset) == 0
    assert subset.take([])[0].shape == (0, 2)


@pytest.mark.parametrize(
    ("indices", "message"),
    [
        ([6], "index 6 is out of range"),
        ([0, -7], "index -7 is out"),
        ([0.5], "dtype float64"),
        ([[1]], "shape"),
    ],
)
def test_subset_errors(arrays, indices, message):
    with pytest.raises(IndexError, match=message):
        Subset(ArrayDataset(*arrays), indices)
