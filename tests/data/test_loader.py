"""DataLoader: which samples come in which batch, on which device."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinygrad_nn as tg
from tinygrad_nn.data import ArrayDataset, DataLoader, Dataset, Subset


class Squares(Dataset):
    def __init__(self, n):
        self.n = n

    def __len__(self):
        return self.n

    def __getitem__(self, index):
        return np.full(2, index, np.float32), index**2


def walk(loader):
    """The first field of every batch, as lists."""
    return [batch[0].numpy().tolist() for batch in loader]


def test_batches_in_order():
    loader = DataLoader(ArrayDataset(np.arange(5)), 2)
    assert walk(loader) == [[0, 1], [2, 3], [4]]
    assert walk(loader) == [[0, 1], [2, 3], [4]]
    assert len(loader) == 3


def test_drop_last():
    loader = DataLoader(ArrayDataset(np.arange(5)), 2, drop_last=True)
    assert walk(loader) == [[0, 1], [2, 3]]
    assert len(loader) == 2
    assert walk(DataLoader(ArrayDataset(np.arange(4)), 2, drop_last=True)) == [[0, 1], [2, 3]]


def test_batch_larger_than_the_dataset():
    dataset = ArrayDataset(np.arange(3))
    assert walk(DataLoader(dataset, 10)) == [[0, 1, 2]]
    assert walk(DataLoader(dataset, 10, drop_last=True)) == []
    assert len(DataLoader(dataset, 10, drop_last=True)) == 0


@pytest.mark.parametrize("dataset", [ArrayDataset(np.zeros((0, 3))), Squares(0)])
@pytest.mark.parametrize("shuffle", [False, True])
def test_empty_dataset(dataset, shuffle):
    loader = DataLoader(dataset, 2, shuffle=shuffle)
    assert len(loader) == 0
    assert list(loader) == []


@given(
    n=st.integers(0, 40), batch_size=st.integers(1, 45), drop_last=st.booleans(), seed=st.integers(0, 2**31)
)
def test_every_sample_comes_once_and_len_is_right(n, batch_size, drop_last, seed):
    loader = DataLoader(
        ArrayDataset(np.arange(n)),
        batch_size,
        shuffle=True,
        drop_last=drop_last,
        generator=tg.Generator(seed),
    )
    batches = walk(loader)
    seen = [i for batch in batches for i in batch]
    assert len(batches) == len(loader)
    assert all(len(batch) == batch_size for batch in batches[:-1])
    assert len(set(seen)) == len(seen) == (n - n % batch_size if drop_last else n)


def test_fields_stay_together():
    x = np.arange(20)
    loader = DataLoader(ArrayDataset(x, x * 3), 6, shuffle=True, generator=tg.Generator(0))
    for a, b in loader:
        np.testing.assert_array_equal(a.numpy() * 3, b.numpy())


def test_same_seed_same_order_and_each_walk_another():
    dataset = ArrayDataset(np.arange(50))
    first, second = (DataLoader(dataset, 8, shuffle=True, generator=tg.Generator(7)) for _ in range(2))
    walks = [walk(first) for _ in range(3)]
    assert walks == [walk(second) for _ in range(3)]
    assert walks[0] != walks[1] != walks[2]
    assert walks[0] != walk(DataLoader(dataset, 8, shuffle=True, generator=tg.Generator(8)))


def test_default_generator_is_seeded_by_manual_seed():
    loader = DataLoader(ArrayDataset(np.arange(50)), 50, shuffle=True)
    tg.manual_seed(3)
    first = walk(loader)
    tg.manual_seed(3)
    assert walk(loader) == first


def test_without_shuffling_no_randomness_is_drawn():
    loader = DataLoader(ArrayDataset(np.arange(5)), 2, generator=(generator := tg.Generator(1)))
    walk(loader)
    np.testing.assert_array_equal(generator.permutation(9), tg.Generator(1).permutation(9))


def test_order_is_the_same_for_every_kind_of_dataset():
    def order(dataset):
        loader = DataLoader(dataset, 4, shuffle=True, generator=tg.Generator(5))
        return [batch[1].numpy().tolist() for batch in loader]

    whole = ArrayDataset(np.zeros((10, 2), np.float32), np.arange(10) ** 2)
    assert order(Squares(10)) == order(whole) == order(Subset(whole, range(10)))


def test_two_walks_at_once_do_not_disturb_each_other():
    loader = DataLoader(ArrayDataset(np.arange(4)), 2)
    assert [(a[0].numpy().tolist(), b[0].numpy().tolist()) for a, b in zip(loader, loader, strict=True)] == [
        ([0, 1], [0, 1]),
        ([2, 3], [2, 3]),
    ]


def test_batches_are_tensors_on_the_device(device):
    x = np.arange(6, dtype=np.float32).reshape(3, 2)
    for dataset in (ArrayDataset(x, np.arange(3)), Squares(3)):
        batch = next(iter(DataLoader(dataset, 2, shuffle=True, device=device)))
        assert isinstance(batch, tuple)
        for field in batch:
            assert isinstance(field, tg.Tensor)
            assert field.device == device
            assert not field.requires_grad
        assert [field.dtype for field in batch] == [tg.float32, tg.int64]


def test_order_does_not_depend_on_the_device(device):
    dataset = ArrayDataset(np.arange(30))
    here = DataLoader(dataset, 7, shuffle=True, generator=tg.Generator(2))
    there = DataLoader(dataset, 7, shuffle=True, generator=tg.Generator(2), device=device)
    assert walk(here) == walk(there)


def test_dataset_of_tensors_comes_back_to_their_device(device):
    x = tg.asarray(np.arange(4), device=device)
    assert walk(DataLoader(ArrayDataset(x), 3, device=device)) == [[0, 1, 2], [3]]


def test_changing_a_batch_leaves_the_dataset_alone():
    x = np.zeros((4, 2), np.float32)
    (batch,) = next(iter(DataLoader(ArrayDataset(x), 4)))
    batch.array[:] = 1
    assert x.max() == 0


@pytest.mark.parametrize("batch_size", [0, -1])
def test_batch_size_below_one(batch_size):
    with pytest.raises(ValueError, match=f"batch_size is {batch_size}, wanted at least 1"):
        DataLoader(Squares(3), batch_size)


@pytest.mark.parametrize("batch_size", [2.0, "2", None])
def test_batch_size_that_is_no_integer(batch_size):
    with pytest.raises(TypeError, match=r"batch_size is a .*, wanted an integer"):
        DataLoader(Squares(3), batch_size)


def test_batch_size_may_be_a_numpy_integer():
    assert len(DataLoader(Squares(3), np.int64(2))) == 2


def test_dataset_that_is_none():
    with pytest.raises(TypeError, match=r"dataset is a tuple, wanted a Dataset.*ArrayDataset\(x, y\)"):
        DataLoader((np.zeros(3), np.zeros(3)), 2)


def test_generator_of_another_device(device):
    if device == "cpu":
        pytest.skip("needs another device than the CPU")
    with pytest.raises(ValueError, match="wanted one on 'cpu'"):
        DataLoader(Squares(3), 2, shuffle=True, generator=tg.Generator(0, device=device))


def test_device_is_checked_at_once():
    with pytest.raises(ValueError, match="unknown device 'gpu'"):
        DataLoader(Squares(3), 2, device="gpu")


def test_repr():
    assert repr(DataLoader(ArrayDataset(np.zeros(3)), 2, shuffle=True)) == (
        "DataLoader(ArrayDataset(3 samples of float64 ()), batch_size=2, shuffle=True, drop_last=False, "
        "device='cpu')"
    )
