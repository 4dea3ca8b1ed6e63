"""All that scikit-learn asks of an estimator."""

import pytest

pytest.importorskip("sklearn", reason="needs scikit-learn: pip install tinygrad_nn[sklearn]")

from sklearn.utils.estimator_checks import parametrize_with_checks

from tinygrad_nn.interop.sklearn import NeuralClassifier, NeuralRegressor

SHORT = {"learning_rate": 1e-2, "max_iter": 30}  # enough to learn what the checks ask for


@parametrize_with_checks([NeuralClassifier(**SHORT), NeuralRegressor(**SHORT)])
def test_check(estimator, check):
    check(estimator)
