"""Histories: a column a quantity, a row an epoch, and the same from CSV."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_nn.train import History
from tinygrad_nn.train.history import improves_upwards


def test_a_quantity_that_comes_late_or_pauses_is_nan_there():
    history = History()
    history.append({"loss": 1})
    history.append({"loss": 0.5, "val_loss": 0.7})
    history.append({"loss": 0.25})
    assert history["loss"] == [1.0, 0.5, 0.25]
    assert [math.isnan(value) for value in history["val_loss"]] == [True, False, True]
    assert (history.epochs, list(history), len(history)) == (3, ["loss", "val_loss"], 2)
    assert repr(history) == "History(3 epochs of loss, val_loss)"


def test_a_quantity_that_was_not_measured():
    with pytest.raises(KeyError, match="no 'val_loss' was measured; there are loss"):
        History({"loss": [1.0]})["val_loss"]


def test_columns_of_different_lengths():
    with pytest.raises(ValueError, match=r"lengths \[1, 2\]"):
        History({"a": [1.0], "b": [1.0, 2.0]})


@pytest.mark.parametrize(
    ("name", "mode", "expected"),
    [("val_loss", None, 2), ("accuracy", None, 3), ("val_loss", "max", 1), ("accuracy", "min", 1)],
)
def test_best_epoch(name, mode, expected):
    history = History({"val_loss": [0.9, 0.2, math.nan, 0.2], "accuracy": [0.1, math.nan, 0.8, 0.7]})
    assert history.best_epoch(name, mode=mode) == expected


def test_best_epoch_of_nothing():
    with pytest.raises(ValueError, match="no value in 1 epochs"):
        History({"val_loss": [math.nan]}).best_epoch()
    with pytest.raises(ValueError, match="mode"):
        History({"val_loss": [1.0]}).best_epoch(mode="most")


def test_what_is_better_when_larger():
    assert {name: improves_upwards(name) for name in ("loss", "val_loss", "error", "accuracy", "val_r2")} == {
        "loss": False, "val_loss": False, "error": False, "accuracy": True, "val_r2": True,
    }  # fmt: skip


@given(
    columns=st.integers(0, 5).flatmap(
        lambda n: st.dictionaries(
            st.text(st.characters(categories=["L", "N", "P", "Zs"]), min_size=1),
            st.lists(st.floats(), min_size=n, max_size=n),
            min_size=1,
        )
    )
)
def test_csv_keeps_every_digit(tmp_path_factory, columns):
    path = tmp_path_factory.mktemp("csv") / "history.csv"
    History(columns).to_csv(path)
    again = History.from_csv(path)
    assert list(again) == list(columns)
    for name, values in columns.items():
        assert [repr(value) for value in again[name]] == [repr(value) for value in values]


def test_csv_reads_well(tmp_path):
    History({"loss": [0.5, 0.25], "val_loss": [math.nan, 0.125]}).to_csv(tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_text() == "epoch,loss,val_loss\n1,0.5,\n2,0.25,0.125\n"


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "epoch,loss\n1,x\n", "epoch,loss\n1\n"])
def test_a_file_that_is_no_history(tmp_path, text):
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(ValueError, match=r"a\.csv: not a history"):
        History.from_csv(tmp_path / "a.csv")


def test_no_file(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"a\.csv: no such file"):
        History.from_csv(tmp_path / "a.csv")
