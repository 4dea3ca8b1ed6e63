"""Learned functions: the curve is the model's, the points are the data."""

from __future__ import annotations

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn.viz import plot_function

pytest.importorskip("matplotlib")


@pytest.mark.parametrize(
    "predict", [np.square, lambda x: np.square(x)[:, 0], lambda x: tg.square(tg.asarray(x).requires_grad_())]
)
def test_the_curve_is_the_models(tmp_path, predict) -> None:
    x = np.array([2.0, -1.0, 0.0])
    figure = plot_function(predict, x, x**2 + [0.3, 0, 0], tmp_path / "a.png")
    (axes,) = figure.axes
    places, values = axes.lines[0].get_data()
    np.testing.assert_allclose(values, places**2, rtol=1e-5)
    assert places[0] < -1 < 2 < places[-1]
    np.testing.assert_allclose(axes.collections[0].get_offsets(), [[2, 4.3], [-1, 1], [0, 0]])
    assert axes.get_title(loc="left") == "mean squared error 0.03"
    assert (tmp_path / "a.png").exists()


def test_what_does_not_fit() -> None:
    with pytest.raises(ValueError, match="3 values of x and 2 of y"):
        plot_function(np.square, np.zeros(3), np.zeros(2))
    with pytest.raises(ValueError, match="0 values of x and 0 of y"):
        plot_function(np.square, [], [])
    with pytest.raises(ValueError, match=r"predict gives shape \(3, 2\); wanted is \(3,\) or \(3, 1\)"):
        plot_function(lambda x: np.zeros((3, 2)), np.zeros(3), np.zeros(3))
