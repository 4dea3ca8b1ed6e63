"""The bundled digits: their content, and a split that never changes."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

from tinygrad_nn import data
from tinygrad_nn.data import load_digits


@pytest.mark.parametrize(("split", "n"), [("train", 1433), ("test", 364), ("all", 1797)])
def test_shapes_dtypes_and_ranges(split, n):
    images, labels = load_digits(split)
    assert images.shape == (n, 1, 8, 8)
    assert images.dtype == np.float32
    assert images.min() == 0
    assert images.max() == 1
    assert labels.shape == (n,)
    assert labels.dtype == np.int64
    assert set(labels.tolist()) == set(range(10))


def test_trains_by_default():
    np.testing.assert_array_equal(load_digits()[1], load_digits("train")[1])


def test_content_has_not_changed():
    images, labels = load_digits("all")
    content = (images * 16).astype(np.uint8).tobytes() + labels.astype(np.uint8).tobytes()
    assert (
        hashlib.sha256(content).hexdigest()
        == "87ff0c9e40dc7e2c0e34e7257799c2e3f3aec1a016363bb11cad869ec428a826"
    )


def test_split_has_not_changed():
    test = load_digits("test")[1].astype(np.uint8)
    assert (
        hashlib.sha256(test.tobytes()).hexdigest()
        == "dcace7625345db81132a51cab4be5ec637497a5acd28ebbd6ac5353a7f858265"
    )


def test_train_and_test_are_disjoint_and_together_everything():
    rows = {split: [image.tobytes() for image in load_digits(split)[0]] for split in ("train", "test", "all")}
    assert sorted(rows["train"] + rows["test"]) == sorted(rows["all"])
    assert len(set(rows["all"])) == 1797


def test_split_is_stratified():
    counts = {split: np.bincount(load_digits(split)[1]) for split in ("test", "all")}
    np.testing.assert_array_equal(counts["test"], np.ceil(counts["all"] / 5))


def test_same_as_scikit_learn():
    digits = pytest.importorskip("sklearn.datasets").load_digits()
    images, labels = load_digits("all")
    np.testing.assert_array_equal(images[:, 0] * 16, digits.images)
    np.testing.assert_array_equal(labels, digits.target)


def test_each_call_gives_arrays_of_its_own():
    load_digits()[0][:] = -1
    assert load_digits()[0].min() == 0


def test_unknown_split():
    with pytest.raises(ValueError, match="split: found 'valid', wanted 'train', 'test' or 'all'"):
        load_digits("valid")


def test_is_small_and_attributed():
    folder = Path(data.__file__).parent
    assert sum(path.stat().st_size for path in folder.glob("digits-*.gz")) < 80_000
    attribution = (folder / "DIGITS.md").read_text(encoding="utf-8")
    assert all(word in attribution for word in ("Alpaydin", "Kaynak", "CC BY 4.0", "10.24432/C50P49"))
