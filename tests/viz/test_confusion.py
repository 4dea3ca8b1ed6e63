"""Pictures of confusion matrices."""

import numpy as np
import pytest

from tinygrad_nn.viz import plot_confusion_matrix

pytest.importorskip("matplotlib")


def test_numbers_classes_and_accuracy(tmp_path):
    figure = plot_confusion_matrix([[8, 2], [0, 10]], tmp_path / "a.png", classes=["cat", "dog"])
    (axes,) = figure.axes
    assert {(t.get_position(), t.get_text()) for t in axes.texts} == {((0, 0), "8"), ((1, 0), "2"), ((1, 1), "10")}
    assert [label.get_text() for label in axes.get_xticklabels()] == ["cat", "dog"]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("predicted", "true")
    assert axes.get_title(loc="left") == "accuracy 90.00 % (18 of 20)"
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


def test_many_classes_and_none_seen(tmp_path):
    plot_confusion_matrix(np.zeros((40, 40), int), tmp_path / "a.png", title="nothing")


def test_wrong_shapes():
    with pytest.raises(ValueError, match=r"shape \(2, 3\)"):
        plot_confusion_matrix(np.zeros((2, 3)))
    with pytest.raises(ValueError, match="3 classes for a matrix of 2 x 2"):
        plot_confusion_matrix(np.eye(2), classes="abc")
