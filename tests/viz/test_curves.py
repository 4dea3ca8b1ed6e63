"""Learning curves: what is in the picture, and that it is made without a display."""

import builtins
import math
import os
import subprocess
import sys

import numpy as np
import pytest

from tinygrad_nn.train.history import History
from tinygrad_nn.viz import (
    plot_curves,
    plot_decision_boundary,
    plot_function,
    plot_history,
    plot_search,
    plot_weight_components,
    plot_weights,
)

pytest.importorskip("matplotlib")

HISTORY = {
    "loss": [2.0, 1.0, 0.02], "accuracy": [0.3, 0.7, 0.99], "val_loss": [2.1, 1.2, 0.3],
    "val_accuracy": [0.35, 0.6, 0.9], "learning_rate": [0.1, 0.1, 0.1], "seconds": [1, 1, 1],
}  # fmt: skip


def curves(axes):
    return {line.get_label(): list(line.get_ydata()) for line in axes.lines if not line.get_label().startswith("_")}


def test_training_and_validation_share_a_panel():
    loss, accuracy = plot_history(HISTORY).axes
    assert curves(loss) == {"training": HISTORY["loss"], "validation": HISTORY["val_loss"]}
    assert curves(accuracy) == {"training": HISTORY["accuracy"], "validation": HISTORY["val_accuracy"]}
    assert (loss.get_yscale(), accuracy.get_yscale()) == ("log", "linear")
    assert list(loss.lines[0].get_xdata()) == [1, 2, 3]


def test_the_best_epoch_is_marked_with_its_value():
    loss, accuracy = plot_history(HISTORY, best_epoch=2).axes
    assert "best epoch 2: 1.2" in curves(loss)
    assert "best epoch 2: 60.0 %" in curves(accuracy)


def test_the_picture_is_written_and_is_one(tmp_path):
    plot_history(HISTORY, tmp_path / "a.png", title="three epochs")
    plot_history(HISTORY, tmp_path / "a.svg")
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    assert b"<svg" in (tmp_path / "a.svg").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.png", "a.svg"]


def test_a_failed_write_leaves_the_old_picture(tmp_path):
    (tmp_path / "a.xyz").write_text("old")
    with pytest.raises(ValueError, match="xyz"):
        plot_history(HISTORY, tmp_path / "a.xyz")
    assert (tmp_path / "a.xyz").read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize(
    "history",
    [{"loss": [1.0]}, {"loss": [math.nan, 1.0], "val_loss": [math.nan, math.nan]}, {"val_r2": [-3.0, 0.5]},
     {"loss": [0.0, 0.0]}, {"accuracy": [1.0, 1.0]}],
)  # fmt: skip
def test_odd_histories(tmp_path, history):
    plot_history(history, tmp_path / "a.png", best_epoch=1)


def test_a_history_draws_itself(tmp_path):
    History(HISTORY).plot(tmp_path / "a.png")
    assert (tmp_path / "a.png").exists()


@pytest.mark.parametrize("history", [{}, {"loss": []}, History()])
def test_no_epochs(history):
    with pytest.raises(ValueError, match="no epochs"):
        plot_history(history)


def test_curves_side_by_side(tmp_path):
    given = {"slow": [3.0, 2.0, 1.0], "fast": [3.0, math.nan]}
    figure = plot_curves(given, tmp_path / "a.png", y_label="loss", y_scale="log", title="rates")
    (axes,) = figure.axes
    assert curves(axes).keys() == given.keys()
    assert [list(line.get_xdata()) for line in axes.lines] == [[1, 2, 3], [1, 2]]
    assert (axes.get_xlabel(), axes.get_ylabel(), axes.get_yscale()) == ("epoch", "loss", "log")
    assert (tmp_path / "a.png").exists()


def test_curves_over_a_setting():
    (axes,) = plot_curves({"loss": [3.0, 2.0, 4.0]}, x=[0, 1e-4, 1e-2], x_label="penalty", x_scale="symlog").axes
    assert list(axes.lines[0].get_xdata()) == [0, 1e-4, 1e-2]
    assert axes.get_legend() is None


def test_many_curves_can_be_told_apart():
    (axes,) = plot_curves({f"{k}": [k, k] for k in range(25)}).axes
    assert len({(line.get_color(), line.get_linestyle()) for line in axes.lines}) == 25


def test_curves_that_cannot_be_drawn():
    for nothing in ({}, {"a": []}):
        with pytest.raises(ValueError, match="no values"):
            plot_curves(nothing)
    with pytest.raises(ValueError, match="a curve has 3 values, x only 2"):
        plot_curves({"a": [1, 2, 3]}, x=[1, 2])


def test_no_display_and_no_pyplot():
    code = (
        "import sys; from tinygrad_nn.viz import plot_history; plot_history({'loss': [1.0, 0.5]}); "
        "sys.exit('matplotlib.pyplot' in sys.modules)"
    )
    environment = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "MPLBACKEND")}
    environment["PYTHONPATH"] = os.pathsep.join(sys.path)
    assert subprocess.run([sys.executable, "-c", code], env=environment).returncode == 0


def test_without_matplotlib(monkeypatch):
    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name.startswith("matplotlib"):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    points = np.zeros((2, 2))
    for draw in (
        lambda: plot_history(HISTORY),
        lambda: plot_curves({"loss": [1.0]}),
        lambda: plot_weights(points, shape=None),
        lambda: plot_weight_components(points, shape=(1, 2)),
        lambda: plot_decision_boundary(lambda x: x[:, 0], points, [0, 0]),
        lambda: plot_function(np.square, [1.0], [1.0]),
        lambda: plot_search({"param_a": [1], "param_b": [1], "mean_test_score": [1.0]}, "a", "b"),
    ):
        with pytest.raises(ImportError, match=r"pip install tinygrad_nn\[plot\]"):
            draw()
