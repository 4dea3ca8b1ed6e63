"""What `Sequential` knows by name gives what the plain functions give."""

import numpy as np
import pytest

import tinygrad_nn as tg
import tinygrad_nn.nn.functional as F
from tinygrad_nn.data import one_hot
from tinygrad_nn.train.named import ACTIVATIONS, LOSSES, METRICS, OPTIMIZERS, OutputAccuracy


@pytest.fixture(scope="module")
def outputs(device):
    """Scores of 6 samples for 3 classes, and the classes."""
    scores = tg.randn(6, 3, generator=tg.Generator(0, device))
    return scores, tg.asarray([0, 1, 2, 2, 1, 0], device=device)


def hot(classes):
    return tg.asarray(one_hot(classes.numpy(), 3), device=classes.device)


class TestLosses:
    def test_sparse_losses_are_those_of_one_hot_targets(self, outputs):
        scores, classes = outputs
        for name, values in (("binary", tg.sigmoid(scores)), ("categorical", F.softmax(scores, axis=1))):
            dense, sparse = LOSSES[f"{name}_crossentropy"], LOSSES[f"sparse_{name}_crossentropy"]
            np.testing.assert_allclose(sparse(values, classes).item(), dense(values, hot(classes)).item(), rtol=1e-6)

    def test_a_softmax_layer_or_one_in_the_loss_give_the_same_loss_and_gradient(self, outputs):
        scores, classes = outputs
        results = []
        for name, last in (
            ("sparse_categorical_crossentropy", lambda x: F.softmax(x, axis=1)),
            ("sparse_categorical_crossentropy_softmax", lambda x: x),
        ):
            loss, gradient = tg.value_and_grad(lambda x, f=LOSSES[name], g=last: f(g(x), classes))(scores)
            results.append((loss.item(), gradient.numpy()))
        assert results[0][0] == pytest.approx(results[1][0], rel=1e-6)
        np.testing.assert_allclose(results[0][1], results[1][1], atol=1e-6)

    def test_a_certain_mistake_is_finite(self, device):
        probabilities = tg.asarray([[0.0, 1.0]], device=device)
        loss, gradient = tg.value_and_grad(LOSSES["categorical_crossentropy"])(
            probabilities, tg.asarray([0], device=device)
        )
        assert 60 < loss.item() < 80
        assert np.isfinite(gradient.numpy()).all()

    def test_binary_of_a_single_output(self, device):
        one = tg.asarray([[0.2], [0.9]], device=device)
        wanted = -(np.log(0.8) + np.log(0.9)) / 2
        sparse = LOSSES["sparse_binary_crossentropy"](one, tg.asarray([0, 1], device=device))
        assert sparse.item() == pytest.approx(wanted, rel=1e-5)

    def test_what_does_not_fit(self, device):
        with pytest.raises(ValueError, match=r"outputs have shape \(2, 3\), targets \(2, 3\)"):
            LOSSES["sparse_binary_crossentropy"](tg.zeros((2, 3), device=device), tg.zeros((2, 3), device=device))

    def test_numbers(self, device):
        a, b = tg.asarray([[1.0, 2.0]], device=device), tg.asarray([[1.0, 5.0]], device=device)
        assert [LOSSES[name](a, b).item() for name in ("mae", "mse")] == [1.5, 4.5]
        assert LOSSES["rmse"](a, b).item() == pytest.approx(4.5**0.5, rel=1e-6)


def test_accuracy_of_one_output_is_not_that_of_the_only_class(device):
    metric = OutputAccuracy()
    metric.update(tg.asarray([[0.9], [0.2], [0.3]], device=device), tg.asarray([[1.0], [0.0], [1.0]], device=device))
    assert metric.compute() == pytest.approx(2 / 3)
    metric.update(tg.asarray([[0.9, 0.1]], device=device), tg.asarray([0], device=device))
    assert metric.compute() == pytest.approx(3 / 4)


def test_all_of_the_report_is_there():
    """The losses, optimizers and activations that Dam and Durand list."""
    pairs = {f"{kind}_crossentropy" for kind in ("binary", "categorical")}
    assert {"mae", "mse", "rmse", "sparse_categorical_crossentropy_softmax"} <= set(LOSSES)
    assert pairs | {f"sparse_{name}" for name in pairs} <= set(LOSSES)
    assert set(OPTIMIZERS) >= {"gd", "sgd", "mgd", "adam"}
    assert set(ACTIVATIONS) >= {"leaky_relu", "identity", "relu", "sigmoid", "softmax", "tanh"}
    assert set(METRICS) >= {"accuracy"}
