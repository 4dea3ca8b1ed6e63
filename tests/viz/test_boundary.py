"""Decision boundaries: areas and points have the colours of their classes."""

from __future__ import annotations

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn.viz import plot_decision_boundary

pytest.importorskip("matplotlib")

X = np.array([[-2.0, 0.0], [-1.0, 1.0], [1.0, 0.5], [3.0, -1.0]])


def areas(figure) -> np.ndarray:
    return figure.axes[0].collections[0].get_array()


def test_areas_are_what_the_model_says(tmp_path) -> None:
    def predict(x):
        return np.where(x[:, 0] > 0, "right", "left")

    figure = plot_decision_boundary(predict, X, ["left", "left", "right", "left"], tmp_path / "a.png")
    shown = areas(figure)
    middle = shown.shape[1] * 2.4 / 5.8  # from -2.4 to 3.4 is drawn
    assert (shown[:, : int(middle)] == 0).all()
    assert (shown[:, int(middle) + 1 :] == 1).all()
    assert figure.axes[0].get_title(loc="left") == "accuracy 75.00 % (3 of 4)"
    points = figure.axes[0].collections[1:]
    assert {p.get_label(): len(p.get_offsets()) for p in points} == {"left": 3, "right": 1}
    assert (tmp_path / "a.png").exists()


def test_scores_of_a_network() -> None:
    def scores(x):
        return tg.asarray(np.stack([-x[:, 0], x[:, 0], x[:, 1] * 5], axis=1)).requires_grad_()

    figure = plot_decision_boundary(scores, X, np.array([0, 2, 2, 1]))
    assert set(np.unique(areas(figure))) == {0, 1, 2}
    assert figure.axes[0].get_title(loc="left").startswith("accuracy 100.00 %")


def test_a_class_that_no_point_has() -> None:
    figure = plot_decision_boundary(lambda x: np.full(len(x), 7), X, np.zeros(4, int), title="none")
    assert (areas(figure) == 1).all()
    assert figure.axes[0].get_title(loc="left") == "none"


@pytest.mark.parametrize(
    ("x", "y", "predict", "message"),
    [
        (np.zeros((3, 3)), np.zeros(3), len, r"x has shape \(3, 3\)"),
        (X, np.zeros(3), len, r"y has shape \(3,\), wanted is \(4,\)"),
        (X, np.zeros(4), lambda x: x[:, :1], r"shape \(57600, 1\) for 57600 points"),
        (X, np.zeros(4), lambda x: x[:1], r"shape \(1, 2\)"),
    ],
)
def test_what_does_not_fit(x, y, predict, message) -> None:
    with pytest.raises(ValueError, match=message):
        plot_decision_boundary(predict, x, y)
