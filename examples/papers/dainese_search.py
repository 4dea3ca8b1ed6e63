"""Which network: the penalty, the author's grid, and the searches that he misses, on all cores."""

import time
from typing import NamedTuple

import numpy as np
from dainese_study import PENALTY, estimator
from joblib import cpu_count
from scipy.stats import loguniform
from sklearn.base import clone
from sklearn.experimental import enable_halving_search_cv  # noqa: F401  (what makes the next import possible)
from sklearn.kernel_ridge import KernelRidge
from sklearn.model_selection import GridSearchCV, HalvingRandomSearchCV, RandomizedSearchCV, cross_val_score

from tinygrad_nn.interop.sklearn import mean_minus_std
from tinygrad_nn.papers import Finding
from tinygrad_nn.viz import plot_curves, plot_search

LOSS = "neg_mean_squared_error"
steady = mean_minus_std(2.0)  # the rule by which the author ranks


def penalties(study):
    """The loss of cross-validation against both penalties: his figure 2."""
    values = [1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1][:: 1 if study.thorough else 2]
    curves = {
        kind: [
            -cross_val_score(
                estimator(study, penalty=kind, alpha=2 * value), study.x, study.y, cv=study.folds, n_jobs=-1,
                scoring=LOSS,
            ).mean()
            for value in values
        ]
        for kind in ("l2", "l1")
    }  # fmt: skip
    study.report.section("The penalty")
    study.report.figure(
        plot_curves({kind.upper(): losses for kind, losses in curves.items()}, x=values, x_scale="log",
                    x_label="penalty", y_label="mean squared error in cross-validation"),
        "Loss against the penalty, [1, 20, 10, 1] with ReLU",
    )  # fmt: skip
    ratio = curves["l2"][values.index(1e-2)] / curves["l2"][values.index(1e-3)]
    return [Finding("validation loss at an L2 penalty of 1e-2 over that at 1e-3", "> 1", ratio, ratio > 1,
                    "he found 1e-2 clearly too much")]  # fmt: skip


class Searched(NamedTuple):
    """What a search of scikit-learn tried, and which of its candidates is the steadiest."""

    results: dict
    seconds: float

    @property
    def settings(self):
        return self.results["params"][steady(self.results)]

    @property
    def mean(self):
        return -self.results["mean_test_score"][steady(self.results)]

    @property
    def deviation(self):
        return self.results["std_test_score"][steady(self.results)]

    @property
    def bound(self):
        """What is minimised."""
        return self.mean + 2 * self.deviation


def searched(study, search):
    start = time.perf_counter()
    results = search.fit(study.x, study.y).cv_results_
    return Searched(results, time.perf_counter() - start)


def searches(study):
    """His grid, then what he misses; and the same search of another kind of model."""
    network = estimator(study)
    options = {"scoring": LOSS, "cv": study.folds, "n_jobs": -1, "refit": False}
    units = (5, 10, 15, 20) if study.thorough else (5, 10)
    activations = ["relu", "leaky_relu", "sigmoid"]
    grid = {
        "hidden_layer_sizes": [(first, second) for first in units for second in units if second <= first],
        "activation": activations if study.thorough else ["relu"],
        "alpha": [2 * PENALTY, PENALTY],
    }
    space = {
        "hidden_layer_sizes": [(first, second) for first in range(5, 41) for second in range(5, first + 1)],
        "activation": activations,
        "penalty": ["l1", "l2"],
        "alpha": loguniform(2e-4, 2e-2),
        "learning_rate": loguniform(1e-3, 2e-2),
    }
    kernels = {"alpha": np.geomspace(0.01, 10, 4), "gamma": np.geomspace(0.03, 3, 5)}
    rounds = 3 if study.thorough else 2
    tried = 3**rounds
    drawn = options | {"random_state": study.seed}
    shrinking = {"resource": "max_iter", "factor": 3, "min_resources": network.max_iter // (tried // 3),
                 "max_resources": network.max_iter}  # fmt: skip
    found = {
        "grid": searched(study, GridSearchCV(network, grid, **options)),
        "random": searched(study, RandomizedSearchCV(network, space, n_iter=tried, **drawn)),
        "halving": searched(study, HalvingRandomSearchCV(network, space, n_candidates=tried, **shrinking, **drawn)),
        "kernel ridge": searched(study, GridSearchCV(KernelRidge(kernel="rbf"), kernels, **options)),
    }
    report = study.report
    report.section("Searches")
    report.text(
        "All by 5-fold cross-validation on all cores, ranked by the mean of the loss plus two standard deviations. "
        "Random search and halving also choose the kind of the penalty and the rate. Halving gives all candidates "
        f"1/{tried // 3} of the epochs, and in each round the better third three times as many. The rule knows nothing "
        "of networks: the last row is a grid over another kind of model, kernel ridge regression. The loss of the "
        "estimators is twice the author's, so their rates are half of his, and their alpha is twice his penalty."
    )
    report.table(
        ["search", "trainings", "seconds", "best settings", "mean", "deviation", "mean + 2 deviations"],
        [[name, 5 * len(one.results["params"]), one.seconds, told(one.settings), one.mean, one.deviation, one.bound]
         for name, one in found.items()],
    )  # fmt: skip
    report.figure(
        heat_map(found["grid"].results),
        "The grid: -(mean + 2 deviations) of the loss, the best over activations and penalties; the larger the better. "
        "Where the second layer would be larger than the first, nothing was tried.",
    )
    best = min((found[name] for name in ("grid", "random", "halving")), key=lambda one: one.bound)
    return clone(network).set_params(**best.settings), all_cores(study, network, options)


def heat_map(results):
    """Of both hidden sizes: his figure 3."""
    sizes = [settings["hidden_layer_sizes"] for settings in results["params"]]
    bounds = results["mean_test_score"] - 2 * results["std_test_score"]
    table = {"param_first hidden layer": [first for first, _ in sizes],
             "param_second hidden layer": [second for _, second in sizes], "mean_bound": bounds}  # fmt: skip
    return plot_search(table, "first hidden layer", "second hidden layer", score="mean_bound")


def told(settings):
    """Settings as words."""
    return ", ".join(f"{name} {value:.3g}" if isinstance(value, float) else f"{name} {value}"
                     for name, value in settings.items())  # fmt: skip


def all_cores(study, network, options):
    """Time the same small grid search with one process and with one for each core."""
    grid = {"hidden_layer_sizes": [(10, 5), (20, 10)], "alpha": [2 * PENALTY, PENALTY]}
    together, alone = (
        searched(study, GridSearchCV(network, grid, **options | {"n_jobs": jobs})).seconds for jobs in (-1, 1)
    )
    cores = cpu_count()
    study.report.table(["processes", "seconds for 20 trainings"], [[1, alone], [cores, together]],
                       caption="A small grid search in one process, and in one for each core")  # fmt: skip
    return [Finding("time of a grid search on one core over that on all cores", "", alone / together,
                    together < alone or cores == 1, "the author names the lack of parallel search")]  # fmt: skip
