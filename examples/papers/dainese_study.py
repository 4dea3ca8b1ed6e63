"""What the chapters of `dainese.py` share: the samples, the author's settings, and a network that has them."""

from typing import NamedTuple

import numpy as np
from sklearn.model_selection import KFold

import tinygrad_nn as tg
from tinygrad_nn.data import make_noisy_function
from tinygrad_nn.interop.sklearn import NeuralRegressor
from tinygrad_nn.viz import Report

# Table I of the paper
RATE, FINAL_RATE, EPOCHS, PENALTY, THRESHOLD, TOLERANCE = 5e-3, 1e-4, 599, 1e-3, 10.0, 1e-3
REPORTED = "0.8406"
MOST_EPOCHS = 2000  # where early stopping may end the training
MINUTES = 3.8
NOISE = 0.8


class Study(NamedTuple):
    """The samples, how much to compute, and where to tell of it."""

    x: np.ndarray  # (100, 1)
    y: np.ndarray  # (100,)
    test_x: np.ndarray  # (1000, 1)
    test_y: np.ndarray  # (1000,)
    floor: float  # the mean squared error on the test set of the function itself
    seed: int
    effort: float  # 1 for all there is to do in the usual time, 0 for a glance
    full: bool
    report: Report

    @property
    def thorough(self):
        """Whether there is time for more than a glance."""
        return self.effort > 0.5

    def epochs(self, most):
        """As many of `most` as there is time for."""
        return max(9, round(most * self.effort))

    def error(self, predictions):
        """Their mean squared error on the test set."""
        return float(np.mean((np.asarray(predictions).reshape(-1) - self.test_y) ** 2))

    @property
    def folds(self):
        return KFold(5, shuffle=True, random_state=self.seed)


def function(x):
    """What there is to learn."""
    return 2 * np.sin(1.5 * x) + 0.5 * x


def stand_in(seed):
    """A hundred samples to train on and a thousand to test on, of `function` with normal noise."""
    generator = tg.Generator(seed)
    x, y = make_noisy_function(1100, function, low=-4.0, high=4.0, noise=NOISE, generator=generator)
    floor = float(np.mean((y[100:] - function(x[100:])) ** 2))
    return x[:100], y[:100, 0], x[100:], y[100:, 0], floor


def estimator(study, **settings):
    """A network by his recipe, ten samples a step.

    The loss of the estimators is the squared error, and his half of it: so rates are half as large here, penalties and
    the threshold twice. With a momentum of 0.9, ten samples together move the weights as far as one after the other.
    """
    usual = {
        "hidden_layer_sizes": (20, 10), "optimizer": "sgd", "momentum": 0.9, "batch_size": 10,
        "learning_rate": RATE / 2, "learning_rate_schedule": "exponential", "final_learning_rate": FINAL_RATE / 2,
        "alpha": 2 * PENALTY, "clip_norm": 2 * THRESHOLD, "max_iter": study.epochs(EPOCHS if study.full else 300),
        "n_iter_no_change": None, "random_state": study.seed, "compile": study.thorough,
    }  # fmt: skip
    return NeuralRegressor(**(usual | settings))
