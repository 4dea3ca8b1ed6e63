"""The estimators in scikit-learn's pipelines and searches, in one process and in several."""

import os
import time
from functools import partial

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn import nn
from tinygrad_nn.backend import threads
from tinygrad_nn.data import make_blobs, make_noisy_function

pytest.importorskip("sklearn", reason="needs scikit-learn: pip install tinygrad_nn[sklearn]")

import joblib
from scipy.stats import loguniform
from sklearn.compose import TransformedTargetRegressor
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import GridSearchCV, HalvingRandomSearchCV, RandomizedSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tinygrad_nn.interop.sklearn import NeuralClassifier, NeuralRegressor, mean_minus_std

QUICK = {"hidden_layer_sizes": (8,), "max_iter": 5, "random_state": 0}
RATES = {"learning_rate": [1e-5, 1e-2]}


@pytest.fixture(scope="module")
def blobs():
    return make_blobs(90, centers=3, generator=tg.Generator(0))


def test_pipeline(blobs):
    x, y = blobs
    pipeline = make_pipeline(StandardScaler(), NeuralClassifier(**{**QUICK, "max_iter": 50, "learning_rate": 1e-2}))
    far = 1000 + 100 * x
    assert pipeline.fit(far, y).score(far, y) > 0.9
    search = GridSearchCV(pipeline, {f"neuralclassifier__{name}": values for name, values in RATES.items()}, cv=2)
    assert search.fit(far, y).best_params_ == {"neuralclassifier__learning_rate": 1e-2}


def test_targets_that_are_standardised():
    x, y = make_noisy_function(80, generator=tg.Generator(0))
    regressor = NeuralRegressor((20,), "tanh", learning_rate=1e-2, batch_size=16, random_state=0)
    far = TransformedTargetRegressor(regressor, transformer=StandardScaler())
    assert far.fit(x, 1e4 + 1e3 * y).score(x, 1e4 + 1e3 * y) > 0.8


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_cross_validation(blobs, dtype):
    x, y = blobs
    classifier = NeuralClassifier(learning_rate=1e-2, max_iter=30, random_state=0)
    assert cross_val_score(classifier, x.astype(dtype), y, cv=3).min() > 0.8
    losses = cross_val_score(NeuralRegressor(**QUICK), x.astype(dtype), y, cv=3, scoring="neg_mean_squared_error")
    assert losses.max() < 0


def test_grid_search(blobs):
    grid = {**RATES, "hidden_layer_sizes": [(), (8,), (8, 4)], "module": [None, partial(wide, 16)]}
    search = GridSearchCV(NeuralClassifier(**QUICK), grid, cv=2, refit=mean_minus_std(2)).fit(*blobs)
    assert search.best_params_["learning_rate"] == 1e-2
    assert len(search.cv_results_["params"]) == 12
    bounds = search.cv_results_["mean_test_score"] - 2 * search.cv_results_["std_test_score"]
    assert search.best_index_ == bounds.argmax()
    assert search.best_estimator_.predict(blobs[0]).shape == (90,)


def test_random_search(blobs):
    distributions = {"learning_rate": loguniform(1e-5, 1e-1), "penalty": ["l1", "l2"], "alpha": loguniform(1e-5, 1)}
    search = RandomizedSearchCV(NeuralClassifier(**QUICK), distributions, n_iter=4, cv=2, random_state=0).fit(*blobs)
    assert search.best_score_ == search.cv_results_["mean_test_score"].max()


@pytest.mark.parametrize("resource", ["max_iter", "n_samples"])
def test_successive_halving(blobs, resource):
    search = HalvingRandomSearchCV(
        NeuralClassifier((8,), max_iter=20, random_state=0), {"learning_rate": [1e-6, 1e-5, 1e-4, 5e-2]}, cv=2,
        resource=resource, min_resources=20, max_resources=60, factor=3, n_candidates=4, random_state=0,
    ).fit(*blobs)  # fmt: skip
    assert search.n_candidates_ == [4, 2]
    assert search.best_params_["learning_rate"] == 5e-2
    assert search.cv_results_["iter"][mean_minus_std(1)(search.cv_results_)] == 1


def test_a_candidate_that_diverges_is_not_the_best(blobs):
    x, y = blobs
    search = GridSearchCV(
        NeuralRegressor(optimizer="sgd", **QUICK), {"learning_rate": [1e9, 1e-3]}, cv=2, refit=mean_minus_std()
    )
    with pytest.warns(match="2 fits failed out of a total of 4"), pytest.warns(match="test scores are non-finite"):
        search.fit(x, y)
    assert search.best_params_ == {"learning_rate": 1e-3}


RESULTS = {"mean_test_score": np.array([0.90, 0.92, np.nan]), "std_test_score": np.array([0.01, 0.05, 0.0])}


class TestRule:
    @pytest.mark.parametrize(("k", "best"), [(0, 1), (0.4, 1), (0.6, 0), (2, 0)])
    def test_it_weighs_mean_and_spread(self, k, best):
        assert mean_minus_std(k)(RESULTS) == best

    def test_of_a_loss_it_is_the_mean_plus_the_spread(self):
        losses = np.array([[1.0, 1.2, 0.8], [0.2, 0.3, 2.5], [1.1, 1.1, 1.1]])
        results = {"mean_test_score": -losses.mean(axis=1), "std_test_score": losses.std(axis=1)}
        assert mean_minus_std()(results) == (losses.mean(axis=1) + 2 * losses.std(axis=1)).argmin() == 2

    def test_of_halving_the_last_round_counts(self):
        assert mean_minus_std(0)({**RESULTS, "iter": np.array([1, 0, 1])}) == 0

    def test_errors(self):
        with pytest.raises(ValueError, match="k is -1, wanted at least 0"):
            mean_minus_std(-1)
        with pytest.raises(ValueError, match="no candidate has a score"):
            mean_minus_std()({"mean_test_score": [np.nan], "std_test_score": [np.nan]})


class TestProcesses:
    def test_each_uses_its_share_of_the_cores(self):
        found = joblib.Parallel(n_jobs=2)(joblib.delayed(who_and_how_many)() for _ in range(4))
        assert os.getpid() not in {pid for pid, _ in found}
        assert {count for _, count in found} == {max(1, joblib.cpu_count() // 2)}

    def test_the_result_is_the_same(self, blobs):
        grid = {**RATES, "module": [None, partial(wide, 16)]}
        one, two = (GridSearchCV(NeuralClassifier(**QUICK), grid, cv=2, n_jobs=n).fit(*blobs) for n in (1, 2))
        assert one.best_params_ == two.best_params_
        np.testing.assert_allclose(one.cv_results_["mean_test_score"], two.cv_results_["mean_test_score"], rtol=1e-6)

    def test_threads_give_the_same_networks(self, blobs):
        """Networks of one's own draw from the default generator, which all threads share: they take turns."""
        x, y = blobs
        make = partial(NeuralClassifier, module=partial(wide, 16), **QUICK)
        alone = make().fit(x, y).predict_proba(x)
        fits = joblib.Parallel(n_jobs=4, backend="threading")(joblib.delayed(make().fit)(x, y) for _ in range(4))
        for each in fits:
            np.testing.assert_array_equal(each.predict_proba(x), alone)


def wide(units, inputs, outputs):
    return nn.Sequential(nn.Linear(inputs, units), nn.Tanh(), nn.Dropout(0.1), nn.Linear(units, outputs))


def who_and_how_many():
    time.sleep(0.2)  # so that one process does not do all
    return os.getpid(), threads.count()
