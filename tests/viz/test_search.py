"""Heat maps of searches: the best score of each pair, in order."""

from __future__ import annotations

import numpy as np
import pytest

from tinygrad_nn.viz import plot_search

pytest.importorskip("matplotlib")

RESULTS = {
    "param_width": np.ma.array([20, 10, 10, 20, 10], mask=False),
    "param_rate": np.ma.array([0.1, 0.1, 1.0, 0.1, 0.1], mask=False),
    "param_alpha": np.ma.array([0, 0, 0, 1, 1], mask=False),
    "mean_test_score": np.array([0.5, 0.8, 0.7, 0.6, np.nan]),
    "std_test_score": np.zeros(5),
}


def shown(figure) -> dict[tuple[str, str], str]:
    """The texts of the map, by row and column."""
    axes = figure.axes[0]
    rows = [label.get_text() for label in axes.get_yticklabels()]
    columns = [label.get_text() for label in axes.get_xticklabels()]
    return {(rows[t.get_position()[1]], columns[t.get_position()[0]]): t.get_text() for t in axes.texts}


def test_the_best_of_each_pair(tmp_path) -> None:
    figure = plot_search(RESULTS, "width", "rate", tmp_path / "a.png", title="search")
    assert shown(figure) == {("10", "0.1"): "0.8", ("10", "1"): "0.7", ("20", "0.1"): "0.6"}
    np.testing.assert_allclose(figure.axes[0].images[0].get_array().filled(np.nan), [[0.8, 0.7], [0.6, np.nan]])
    assert (figure.axes[0].get_xlabel(), figure.axes[0].get_ylabel()) == ("rate", "width")
    assert (tmp_path / "a.png").exists()


def test_the_best_of_all_is_bold() -> None:
    weights = {t.get_text(): t.get_fontweight() for t in plot_search(RESULTS, "width", "rate").axes[0].texts}
    assert weights == {"0.8": "bold", "0.7": "normal", "0.6": "normal"}


def test_values_of_several_kinds_and_lists() -> None:
    results = {
        "param_layers": [(20, 10), [20, 5], (20, 10), None], "param_activation": ["relu", "tanh", "tanh", "relu"],
        "mean_test_score": [-1.0, -2.0, -3.0, -4.0],
    }  # fmt: skip
    assert shown(plot_search(results, "layers", "activation")) == {
        ("(20, 10)", "relu"): "-1", ("(20, 5)", "tanh"): "-2", ("(20, 10)", "tanh"): "-3", ("None", "relu"): "-4",
    }  # fmt: skip


def test_candidates_without_one_of_the_parameters() -> None:
    results = {
        "param_a": np.ma.array([1, 2], mask=[False, True]), "param_b": np.ma.array([1, 2], mask=False),
        "mean_test_score": [0.5, 0.9],
    }  # fmt: skip
    assert shown(plot_search(results, "a", "b")) == {("1", "1"): "0.5"}


def test_a_search_of_scikit_learn() -> None:
    model_selection = pytest.importorskip("sklearn.model_selection")
    tree = pytest.importorskip("sklearn.tree")
    search = model_selection.GridSearchCV(
        tree.DecisionTreeClassifier(random_state=0), {"max_depth": [1, 2, 3], "min_samples_leaf": [1, 2]}, cv=2
    )
    x = np.random.default_rng(0).normal(size=(40, 2))
    search.fit(x, x[:, 0] * x[:, 1] > 0)
    found = shown(plot_search(search.cv_results_, "max_depth", "min_samples_leaf"))
    assert len(found) == 6
    assert max(map(float, found.values())) == pytest.approx(search.best_score_, abs=1e-3)


def test_names_that_are_not_there() -> None:
    with pytest.raises(ValueError, match="no 'param_depth'; they have mean_test_score, param_alpha, param_rate"):
        plot_search(RESULTS, "depth", "rate")
    with pytest.raises(ValueError, match="no 'split9_test_score'"):
        plot_search(RESULTS, "width", "rate", score="split9_test_score")
    with pytest.raises(ValueError, match="no candidate with a score"):
        plot_search(RESULTS | {"mean_test_score": [np.nan] * 5}, "width", "rate")
