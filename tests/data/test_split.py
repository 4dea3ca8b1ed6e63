"""Splits: nothing lost, nothing twice, sizes as asked, classes in proportion."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinygrad_nn as tg
from tinygrad_nn.data import ArrayDataset, random_split, split_indices, train_test_split


@st.composite
def sizes_and_classes(draw):
    sizes = draw(st.lists(st.integers(0, 30), min_size=1, max_size=5))
    classes = draw(st.lists(st.integers(0, 4), min_size=sum(sizes), max_size=sum(sizes)))
    return sizes, classes


@given(sizes_and_classes(), st.booleans(), st.integers(0, 2**31))
def test_counts_are_met_and_nothing_is_lost(case, stratified, seed):
    sizes, classes = case
    parts = split_indices(
        sum(sizes), sizes, stratify=classes if stratified else None, generator=tg.Generator(seed)
    )
    assert [len(part) for part in parts] == sizes
    assert all(part.dtype == np.int64 for part in parts)
    assert sorted(np.concatenate(parts).tolist()) == list(range(sum(sizes)))


@given(n=st.integers(20, 300), percents=st.tuples(st.integers(10, 80), st.integers(10, 80)))
def test_fractions_are_met_within_one(n, percents):
    fractions = np.array([*percents, 200 - sum(percents)]) / 200
    counts = [len(part) for part in split_indices(n, fractions.tolist())]
    assert sum(counts) == n
    assert np.abs(counts - fractions * n).max() <= 1


def test_a_share_of_one_sample_is_one_sample():
    assert [len(part) for part in split_indices(20, [0.375, 0.05, 0.575])] == [8, 1, 11]


@given(
    per_class=st.integers(1, 30),
    n_classes=st.integers(1, 8),
    percent=st.integers(5, 95),
    seed=st.integers(0, 2**31),
)
def test_equal_classes_are_split_within_one(per_class, n_classes, percent, seed):
    classes = np.tile(np.arange(n_classes), per_class)
    first = len(classes) * percent // 100
    parts = split_indices(
        len(classes), [first, len(classes) - first], stratify=classes, generator=tg.Generator(seed)
    )
    for part in parts:
        counts = np.bincount(classes[part], minlength=n_classes)
        assert counts.max() - counts.min() <= 1


def test_unequal_classes_are_split_in_proportion():
    classes = np.repeat(["rare", "common", "other"], [20, 900, 80])
    for part, share in zip(
        split_indices(1000, [0.8, 0.1, 0.1], stratify=classes), (0.8, 0.1, 0.1), strict=True
    ):
        for name, count in (("rare", 20), ("common", 900), ("other", 80)):
            assert abs((classes[part] == name).sum() - share * count) <= 1


def test_a_class_of_one_sample_goes_to_the_larger_part():
    classes = [0] * 19 + [1]
    for seed in range(5):
        train, _ = split_indices(20, [0.8, 0.2], stratify=classes, generator=tg.Generator(seed))
        assert 19 in train


@pytest.mark.parametrize("stratify", [None, [0, 1] * 20])
def test_same_seed_same_split(stratify):
    def split(seed):
        return np.concatenate(
            split_indices(40, [20, 20], stratify=stratify, generator=tg.Generator(seed))
        ).tolist()

    assert split(1) == split(1)
    assert split(1) != split(2)


def test_default_generator_is_seeded_by_manual_seed():
    tg.manual_seed(5)
    first = split_indices(30, [15, 15])[0].tolist()
    assert split_indices(30, [15, 15])[0].tolist() != first
    tg.manual_seed(5)
    assert split_indices(30, [15, 15])[0].tolist() == first


@pytest.mark.parametrize(
    ("n", "sizes", "error", "message"),
    [
        (10, [5, 6], ValueError, "sum to 11, wanted 10 samples"),
        (10, [5], ValueError, "sum to 5"),
        (10, [], ValueError, "sum to 0"),
        (10, [0.5, 0.6], ValueError, "fractions that sum to 1"),
        (10, [12, -2], ValueError, "none below 0"),
        (10, [1.5, -0.5], ValueError, "none below 0"),
        (10, [0.5, 5], TypeError, "whole numbers only or fractions only"),
        (3, [0.9, 0.1], ValueError, "the fraction 0.1 of 3 samples is none"),
    ],
)
def test_wrong_sizes(n, sizes, error, message):
    with pytest.raises(error, match=message):
        split_indices(n, sizes)


def test_wrong_stratify():
    with pytest.raises(ValueError, match=r"stratify: found shape \(3,\), wanted one class a sample, \(4,\)"):
        split_indices(4, [2, 2], stratify=[0, 1, 0])


def test_nothing_to_split():
    assert [len(part) for part in split_indices(0, [0, 0], stratify=[])] == [0, 0]


def test_fractions_with_rounding_errors_sum_to_one():
    assert [len(part) for part in split_indices(10, [0.1] * 10)] == [1] * 10


def test_random_split():
    dataset = ArrayDataset(np.arange(10) * 2)
    train, validation, test = random_split(dataset, [0.6, 0.2, 0.2], generator=tg.Generator(0))
    assert [len(part) for part in (train, validation, test)] == [6, 2, 2]
    values = [int(x) for part in (train, validation, test) for (x,) in part]
    assert sorted(values) == list(range(0, 20, 2))


def test_random_split_stratified():
    labels = np.repeat([0, 1], [30, 10])
    for part in random_split(ArrayDataset(labels), [20, 20], stratify=labels):
        assert part.take(range(20))[0].sum() == 5


@pytest.mark.parametrize(
    ("test_size", "n_test"), [(0.25, 5), (3, 3), (np.int64(3), 3), (0, 0), (20, 20), (1.0, 20)]
)
def test_train_test_split(test_size, n_test):
    x, y = np.arange(40).reshape(20, 2), np.arange(20)
    x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=test_size, generator=tg.Generator(0))
    assert (len(x_train), len(x_test)) == (20 - n_test, n_test)
    np.testing.assert_array_equal(x_train[:, 0], 2 * y_train)
    np.testing.assert_array_equal(x_test[:, 0], 2 * y_test)
    assert sorted([*y_train, *y_test]) == list(range(20))


def test_train_test_split_stratified_and_copied():
    y = np.repeat([0, 1], [32, 8])
    y_train, y_test = train_test_split(y, stratify=y)
    assert (y_train.sum(), y_test.sum()) == (6, 2)
    y_train[:] = 9
    assert y.max() == 1


def test_train_test_split_errors():
    with pytest.raises(ValueError, match=r"lengths \[2, 3\]"):
        train_test_split(np.zeros(2), np.zeros(3))
    with pytest.raises(ValueError, match="wanted one length"):
        train_test_split()
    with pytest.raises(ValueError, match=r"test_size: found 1.5, wanted from 0 to 1.0"):
        train_test_split(np.zeros(4), test_size=1.5)
    with pytest.raises(ValueError, match=r"test_size: found 5, wanted from 0 to 4"):
        train_test_split(np.zeros(4), test_size=5)
