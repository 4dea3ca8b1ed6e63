"""The estimators: weights of samples, training by parts, stopping, penalties, randomness, errors, pickles."""

import pickle
from functools import partial

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn import nn, optim
from tinygrad_nn.backend import default_generator
from tinygrad_nn.backend.jit import installed
from tinygrad_nn.data import load_digits, make_blobs
from tinygrad_nn.train import Callback, TrainingDiverged, WindowedStopping

pytest.importorskip("sklearn", reason="needs scikit-learn: pip install tinygrad_nn[sklearn]")

from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from tinygrad_nn.interop.sklearn import NeuralClassifier, NeuralRegressor

QUICK = {"hidden_layer_sizes": (8,), "max_iter": 5, "random_state": 0}


@pytest.fixture(scope="module")
def blobs():
    return make_blobs(120, centers=3, generator=tg.Generator(0))


@pytest.fixture(scope="module")
def curve():
    x = np.linspace(-1, 1, 80, dtype=np.float32)[:, None]
    return x, np.sin(3 * x[:, 0])


def outputs(estimator, x):
    return estimator.predict_log_proba(x) if isinstance(estimator, NeuralClassifier) else estimator.predict(x)


@pytest.fixture(params=[NeuralClassifier, NeuralRegressor])
def problem(request, blobs, curve):
    """A kind of estimator, and samples for it."""
    return (request.param, *(blobs if request.param is NeuralClassifier else curve))


class TestLearning:
    def test_digits(self):
        (x, y), (x_test, y_test) = load_digits("train"), load_digits("test")
        classifier = NeuralClassifier(learning_rate=3e-3, max_iter=15, random_state=0)
        classifier.fit(x.reshape(len(x), -1), y)
        assert classifier.score(x_test.reshape(len(x_test), -1), y_test) > 0.96

    def test_a_curve(self, curve):
        regressor = NeuralRegressor((20, 10), "tanh", learning_rate=1e-2, batch_size=16, random_state=0).fit(*curve)
        assert regressor.score(*curve) > 0.99

    def test_classes_of_any_kind(self, blobs):
        x, y = blobs
        names = np.array(["no", "perhaps", "yes"])
        classifier = NeuralClassifier(**QUICK).fit(x, names[y])
        assert classifier.classes_.tolist() == names.tolist()
        assert set(classifier.predict(x)) <= set(names)
        numbered = NeuralClassifier(**QUICK).fit(x, y)
        np.testing.assert_array_equal(outputs(classifier, x), outputs(numbered, x))

    @pytest.mark.parametrize("dtype", ["float32", "float64"])
    def test_it_computes_in_the_dtype_of_the_inputs(self, problem, dtype):
        kind, x, y = problem
        estimator = kind(**QUICK).fit(x.astype(dtype), y, sample_weight=np.arange(len(x)))
        assert {p.dtype.name for p in estimator.module_.parameters()} == {dtype}
        assert outputs(estimator, x.astype("float64")).dtype == dtype

    def test_probabilities(self, blobs):
        x, y = blobs
        classifier = NeuralClassifier(**QUICK).fit(x, y)
        p = classifier.predict_proba(x)
        np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-6)
        np.testing.assert_allclose(np.log(p), classifier.predict_log_proba(x), rtol=1e-4, atol=1e-6)
        np.testing.assert_array_equal(classifier.predict(x), p.argmax(axis=1))

    def test_targets_of_a_regressor_keep_their_shape(self, curve):
        x, y = curve
        for target in (y, y[:, None], np.stack([y, -y, y**2], axis=1)):
            regressor = NeuralRegressor(**QUICK).fit(x, target)
            assert regressor.predict(x).shape == target.shape
            assert regressor.n_outputs_ == target[0].size

    def test_what_a_training_leaves(self, problem):
        kind, x, y = problem
        estimator = kind(**QUICK).fit(x, y)
        assert (estimator.n_iter_, len(estimator.loss_curve_), estimator.n_features_in_) == (5, 5, x.shape[1])
        assert estimator.loss_curve_[-1] < estimator.loss_curve_[0]
        assert estimator.history_["loss"] == estimator.loss_curve_
        assert estimator.validation_scores_ is None
        assert not estimator.module_.training

    def test_names_of_columns(self, problem):
        pandas = pytest.importorskip("pandas")
        kind, x, y = problem
        table = pandas.DataFrame(x, columns=[f"column {i}" for i in range(x.shape[1])])
        assert kind(**QUICK).fit(table, y).feature_names_in_.tolist() == list(table.columns)


class TestWeights:
    @pytest.mark.parametrize("options", [{}, {"alpha": 1e-2}, {"optimizer": "sgd", "clip_norm": 0.1}])
    def test_they_are_as_good_as_repetition(self, problem, options):
        kind, x, y = problem
        x = x.astype("float64")
        counts = tg.Generator(1).integers(0, 4, (len(x),))
        estimator = kind(batch_size=None, **QUICK, **options)
        weighted = clone(estimator).fit(x, y, sample_weight=counts)
        repeated = clone(estimator).fit(np.repeat(x, counts, axis=0), np.repeat(y, counts))
        np.testing.assert_allclose(outputs(weighted, x), outputs(repeated, x), rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(weighted.loss_curve_, repeated.loss_curve_, rtol=1e-9)

    def test_their_unit_does_not_matter(self, problem):
        kind, x, y = problem
        w = np.linspace(0.5, 2, len(x))
        one, other = (kind(**QUICK).fit(x, y, sample_weight=unit * w) for unit in (1, 1024))
        np.testing.assert_array_equal(outputs(one, x), outputs(other, x))

    def test_equal_ones_are_as_good_as_none(self, problem):
        kind, x, y = problem
        x = x.astype("float64")
        with_them, without = kind(**QUICK).fit(x, y, sample_weight=np.full(len(x), 3.0)), kind(**QUICK).fit(x, y)
        np.testing.assert_allclose(outputs(with_them, x), outputs(without, x), rtol=1e-9, atol=1e-12)

    def test_a_class_without_weight_is_none(self, blobs):
        x, y = blobs
        assert NeuralClassifier(**QUICK).fit(x, y, sample_weight=y != 1).classes_.tolist() == [0, 2]

    def test_scores_are_weighted(self, problem):
        kind, x, y = problem
        estimator = kind(**QUICK).fit(x, y)
        counts = tg.Generator(1).integers(0, 4, (len(x),))
        repeated = estimator.score(np.repeat(x, counts, axis=0), np.repeat(y, counts))
        assert estimator.score(x, y, sample_weight=counts) == pytest.approx(repeated)

    @pytest.mark.parametrize(
        ("weights", "message"),
        [(np.zeros(120), "zero"), (np.linspace(-1, 1, 120), "found -1.0, wanted none below 0"),
         (np.ones(3), "shape")],
    )  # fmt: skip
    def test_wrong_ones(self, blobs, weights, message):
        with pytest.raises(ValueError, match=message):
            NeuralClassifier(**QUICK).fit(*blobs, sample_weight=weights)


class TestPartialFit:
    @pytest.mark.parametrize("options", [{}, {"learning_rate_schedule": "cosine", "optimizer": "sgd"}])
    def test_it_is_an_epoch(self, problem, options):
        kind, x, y = problem
        whole = kind(batch_size=16, **QUICK, **options).fit(x, y)
        parts = kind(batch_size=16, **QUICK, **options)
        for _ in range(5):
            if kind is NeuralClassifier:
                parts.partial_fit(x, y, classes=[0, 1, 2])
            else:
                parts.partial_fit(x, y)
        np.testing.assert_array_equal(outputs(parts, x), outputs(whole, x))
        assert parts.loss_curve_ == whole.loss_curve_
        assert parts.n_iter_ == 5

    def test_with_dropout_too(self, blobs):
        x, y = blobs
        whole = NeuralClassifier(module=Dropping, **QUICK).fit(x, y)
        parts = NeuralClassifier(module=Dropping, **QUICK)
        for _ in range(5):
            parts.partial_fit(x, y, classes=[0, 1, 2])
        np.testing.assert_array_equal(outputs(parts, x), outputs(whole, x))

    def test_it_goes_on_after_fit(self, problem):
        kind, x, y = problem
        estimator = kind(**QUICK).fit(x, y)
        before = estimator.module_
        assert estimator.partial_fit(x, y).n_iter_ == 6
        assert estimator.module_ is before

    def test_a_part_may_lack_classes(self, blobs):
        x, y = blobs
        classifier = NeuralClassifier(**QUICK).partial_fit(x[y == 1], y[y == 1], classes=[2, 1, 0])
        assert classifier.classes_.tolist() == [0, 1, 2]
        assert classifier.predict_proba(x).shape == (120, 3)

    def test_errors(self, blobs, curve):
        x, y = blobs
        with pytest.raises(ValueError, match="the first call must name all classes"):
            NeuralClassifier(**QUICK).partial_fit(x, y)
        classifier = NeuralClassifier(**QUICK).partial_fit(x[y < 2], y[y < 2], classes=[0, 1])
        with pytest.raises(ValueError, match=r"y has the classes \[2\], which are not among \[0 1\]"):
            classifier.partial_fit(x, y)
        with pytest.raises(ValueError, match="the training began with"):
            classifier.partial_fit(x, y, classes=[0, 1, 2])
        with pytest.raises(ValueError, match="cannot stop early"):
            NeuralClassifier(early_stopping=True).partial_fit(x, y, classes=[0, 1, 2])
        regressor = NeuralRegressor(**QUICK).partial_fit(*curve)
        with pytest.raises(ValueError, match="y has 2 columns, but the training began with 1"):
            regressor.partial_fit(curve[0], np.stack([curve[1], curve[1]], axis=1))


class TestStopping:
    def test_early(self, problem):
        kind, x, y = problem
        estimator = kind(early_stopping=True, n_iter_no_change=3, validation_fraction=0.25, learning_rate=1e-2,
                         random_state=0).fit(x, y)  # fmt: skip
        scores = estimator.validation_scores_
        assert estimator.n_iter_ == len(scores) == len(estimator.history_["val_loss"]) < 200
        best = int(np.argmax(scores))
        assert max(scores[-3:]) <= scores[best] + 1e-4

    def test_the_best_weights_are_restored(self, curve):
        """Of a training that gets worse and worse: those after its first epoch."""
        x, y = curve
        make = partial(NeuralRegressor, early_stopping=True, callbacks=[Spoiling()], random_state=0)
        once, longer = (make(max_iter=n).fit(x, y) for n in (1, 8))
        assert longer.n_iter_ == 8
        assert longer.validation_scores_[0] == max(longer.validation_scores_)
        np.testing.assert_array_equal(longer.predict(x), once.predict(x))

    def test_by_the_loss(self, blobs):
        classifier = NeuralClassifier(learning_rate=1e-2, tol=1e-2, n_iter_no_change=4, random_state=0).fit(*blobs)
        assert classifier.n_iter_ < 200
        assert min(classifier.loss_curve_[-4:]) > min(classifier.loss_curve_[:-4]) - 1e-2

    def test_not_at_all(self, blobs):
        options = {**QUICK, "max_iter": 30, "tol": 10.0}
        assert NeuralClassifier(**options).fit(*blobs).n_iter_ == 11
        assert NeuralClassifier(n_iter_no_change=None, **options).fit(*blobs).n_iter_ == 30

    def test_by_a_rule_of_ones_own(self, curve):
        stopping = WindowedStopping(tolerance=1.0, window=3, warm_up=6)
        regressor = NeuralRegressor(
            early_stopping=True, n_iter_no_change=None, learning_rate_schedule="exponential", callbacks=[stopping],
            random_state=0,
        ).fit(*curve)  # fmt: skip
        assert regressor.n_iter_ == 6
        assert regressor.callbacks == [stopping]  # which has seen nothing

    def test_too_few_to_hold_back(self, blobs):
        with pytest.raises(ValueError, match="holds back 1 of 120 samples, wanted at least 2"):
            NeuralClassifier(early_stopping=True, validation_fraction=0.01).fit(*blobs)


class TestTraining:
    @pytest.mark.parametrize("penalty", ["l1", "l2"])
    def test_penalties_and_clipping_against_gradients_by_hand(self, penalty):
        """One step of gradient descent on one linear layer: ``w - rate * clipped(dE/dw + alpha * dP/dw)``."""
        generator = tg.Generator(0)
        x, y = generator.normal((50, 4), dtype="float64"), generator.normal((50,), dtype="float64")
        made = {"module": partial(linear, np.array([[0.5, -1.0, 2.0, -0.25]]), np.array([0.75]))}
        step = {"optimizer": "sgd", "momentum": 0.0, "learning_rate": 0.1, "batch_size": None, "max_iter": 1}
        regressor = NeuralRegressor(**made, **step, penalty=penalty, alpha=0.3, clip_norm=1.5).fit(x, y)

        w, b = np.array([0.5, -1.0, 2.0, -0.25]), 0.75
        error = x @ w + b - y
        dw = 2 * x.T @ error / 50 + 0.3 * (np.sign(w) if penalty == "l1" else 2 * w)
        db = 2 * error.mean()  # biases are not penalised
        norm = np.sqrt((dw**2).sum() + db**2)
        assert norm > 1.5
        (weight, bias) = regressor.module_.parameters()
        np.testing.assert_allclose(weight.detach().numpy()[0], w - 0.1 * dw * 1.5 / norm, rtol=1e-5)
        np.testing.assert_allclose(bias.detach().numpy(), b - 0.1 * db * 1.5 / norm, rtol=1e-5)
        sizes = np.abs(w).sum() if penalty == "l1" else (w**2).sum()
        assert regressor.loss_curve_[0] == pytest.approx((error**2).mean() + 0.3 * sizes)

    @pytest.mark.parametrize("schedule", ["exponential", "cosine", "linear"])
    @pytest.mark.parametrize("every", ["epoch", "batch"])
    def test_rates_lead_to_the_final_one(self, blobs, schedule, every):
        classifier = NeuralClassifier(
            learning_rate=5e-3, final_learning_rate=1e-4, learning_rate_schedule=schedule, schedule_every=every,
            max_iter=10, n_iter_no_change=None, random_state=0,
        ).fit(*blobs)  # fmt: skip
        rates = classifier.history_["learning_rate"]
        assert rates[0] == 5e-3
        assert rates == sorted(rates, reverse=True)
        if every == "epoch":
            assert rates[-1] == pytest.approx(1e-4)
            middle = {"exponential": 5e-3 * (1 / 50) ** (3 / 9), "linear": 5e-3 - (5e-3 - 1e-4) / 3,
                      "cosine": 1e-4 + (5e-3 - 1e-4) * 0.75}  # fmt: skip
            assert rates[3] == pytest.approx(middle[schedule])
        else:
            assert 1e-4 < rates[-1] < 6e-4  # of the first of its two batches

    def test_a_schedule_of_ones_own(self, blobs):
        halving = partial(optim.StepLR, step_size=2, gamma=0.5)
        classifier = NeuralClassifier(learning_rate=1e-2, learning_rate_schedule=halving, **QUICK).fit(*blobs)
        assert classifier.history_["learning_rate"] == pytest.approx([1e-2, 1e-2, 5e-3, 5e-3, 2.5e-3])

    @pytest.mark.parametrize("optimizer", ["adamw", "rmsprop", "lion", partial(optim.SGD, momentum=0.9, nesterov=True)])
    def test_optimizers(self, problem, optimizer):
        kind, x, y = problem
        estimator = kind(optimizer=optimizer, **QUICK).fit(x, y)
        assert estimator.loss_curve_[-1] < estimator.loss_curve_[0]

    def test_momentum_is_that_of_sgd(self, blobs):
        curves = [NeuralClassifier(optimizer="sgd", momentum=m, **QUICK).fit(*blobs).loss_curve_ for m in (0.0, 0.9)]
        assert curves[1][-1] < curves[0][-1]

    def test_networks_of_ones_own(self, problem):
        kind, x, y = problem
        estimator = kind(module=Dropping, **QUICK).fit(x, y)
        assert isinstance(estimator.module_, Dropping)
        np.testing.assert_array_equal(outputs(estimator, x), outputs(estimator, x))  # nothing is dropped any more

    def test_compiled_and_as_it_stands(self, problem):
        kind, x, y = problem
        x = x.astype("float64")
        weights = np.linspace(0.5, 2, len(x))
        options = {**QUICK, "batch_size": 50, "alpha": 1e-3, "clip_norm": 1.0}
        one, other = (kind(compile=c, **options).fit(x, y, sample_weight=weights) for c in (True, False))
        np.testing.assert_allclose(outputs(one, x), outputs(other, x), rtol=1e-9, atol=1e-12)
        twin = pickle.loads(pickle.dumps(one))  # without the programs
        np.testing.assert_array_equal(outputs(twin, x), outputs(one, x))

    def test_compiled_where_it_pays(self, blobs):
        for epochs, pays in ((10, False), (5000, installed() is not None)):
            with pytest.raises(RuntimeError, match=f"compile is {pays}"):
                NeuralClassifier(max_iter=epochs, callbacks=[Telling()]).fit(*blobs)

    def test_a_training_that_diverges(self, curve):
        with pytest.raises(TrainingDiverged, match="lower the learning rate"):
            NeuralRegressor(optimizer="sgd", learning_rate=1e6, random_state=0).fit(*curve)

    def test_what_it_prints(self, blobs, capsys):
        NeuralClassifier(**QUICK).fit(*blobs)
        assert capsys.readouterr().out == ""
        NeuralClassifier(verbose=True, **QUICK).fit(*blobs)
        assert capsys.readouterr().out.count("loss") == 5

    def test_on_the_device(self, problem, device):
        kind, x, y = problem
        there = kind(device=device, **QUICK).fit(x, y)
        assert {p.device for p in there.module_.parameters()} == {device}
        np.testing.assert_allclose(outputs(there, x), outputs(kind(**QUICK).fit(x, y), x), rtol=1e-3, atol=1e-4)


class TestRandomness:
    @pytest.mark.parametrize("module", [None, "Dropping"])
    def test_the_same_seed_gives_the_same_network(self, problem, module):
        kind, x, y = problem
        options = {"module": Dropping if module else None, "early_stopping": True, "batch_size": 16, **QUICK}
        one, again, other = (kind(**{**options, "random_state": seed}).fit(x, y) for seed in (3, 3, 4))
        np.testing.assert_array_equal(outputs(one, x), outputs(again, x))
        assert (outputs(one, x) != outputs(other, x)).any()

    def test_a_source_goes_on(self, problem):
        kind, x, y = problem
        options = {**QUICK, "random_state": np.random.RandomState(0)}
        one, other = (kind(**options).fit(x, y) for _ in range(2))
        assert (outputs(one, x) != outputs(other, x)).any()

    @pytest.mark.parametrize("module", [None, "Dropping"])
    def test_the_default_generator_is_left_alone(self, blobs, module):
        before = default_generator().state()
        NeuralClassifier(module=Dropping if module else None, **QUICK).fit(*blobs)
        assert default_generator().state() == before


class TestPickles:
    def test_they_predict_and_go_on(self, problem):
        kind, x, y = problem
        estimator = kind(module=Dropping, **QUICK).fit(x, y)
        twin = pickle.loads(pickle.dumps(estimator))
        np.testing.assert_array_equal(outputs(twin, x), outputs(estimator, x))
        np.testing.assert_array_equal(outputs(twin.partial_fit(x, y), x), outputs(estimator.partial_fit(x, y), x))

    def test_files_that_are_mapped_into_memory(self, problem, tmp_path):
        import joblib

        kind, x, y = problem
        estimator = kind(**QUICK).fit(x, y)
        joblib.dump(estimator, tmp_path / "estimator")
        twin = joblib.load(tmp_path / "estimator", mmap_mode="r")
        np.testing.assert_array_equal(outputs(twin.partial_fit(x, y), x), outputs(estimator.partial_fit(x, y), x))


WRONG = {
    "hidden_layer_sizes": [(8, 0), 0, (2.5,), "no"],
    "activation": ["step"],
    "module": [nn.Linear(2, 2)],
    "optimizer": ["newton"],
    "learning_rate": [0, "fast"],
    "learning_rate_schedule": ["sine"],
    "final_learning_rate": [-1.0],
    "schedule_every": ["day"],
    "penalty": ["l3"],
    "alpha": [-1e-3],
    "clip_norm": [0],
    "batch_size": [0, 2.5],
    "max_iter": [0],
    "validation_fraction": [0, 1.0],
    "n_iter_no_change": [0],
    "tol": [-1],
    "callbacks": [["stop"]],
    "device": ["abacus"],
    "compile": ["yes"],
}


class TestErrors:
    @pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in WRONG.items() for value in values])
    def test_settings(self, blobs, name, value):
        with pytest.raises((ValueError, TypeError), match=f"{name}|{value}"):
            NeuralClassifier(**{name: value}).fit(*blobs)

    def test_a_network_with_other_outputs(self, blobs):
        with pytest.raises(ValueError, match=r"module: gave outputs of shape \(1, 4\) for 1 sample, wanted \(1, 3\)"):
            NeuralClassifier(module=lambda inputs, outputs: nn.Linear(inputs, outputs + 1)).fit(*blobs)

    def test_before_a_training(self, problem):
        kind, x, _ = problem
        with pytest.raises(NotFittedError):
            kind().predict(x)


class Dropping(nn.Module):
    """A network that drops units, from the default generator."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.hidden = nn.Linear(inputs, 16)
        self.dropout = nn.Dropout(0.5)
        self.output = nn.Linear(16, outputs)

    def forward(self, x):
        return self.output(self.dropout(tg.tanh(self.hidden(x))))


class Telling(Callback):
    """Tells, instead of a training, whether it would be compiled."""

    def on_fit_start(self, trainer):
        raise RuntimeError(f"compile is {trainer.compile}")


class Spoiling(Callback):
    """Makes the weights much worse after every epoch but the first."""

    def on_epoch_end(self, trainer, epoch, logs):
        if epoch > 1:
            with tg.no_grad():
                for parameter in trainer.model.parameters():
                    parameter += 1


def linear(weight, bias, inputs, outputs):
    layer = nn.Linear(inputs, outputs, dtype="float64")
    layer.load_state_dict({"weight": weight, "bias": bias})
    return layer


def test_a_first_part_that_fails_names_no_classes(blobs):
    x, y = blobs
    classifier = NeuralClassifier(**QUICK)
    with pytest.raises(ValueError, match="not among"):
        classifier.partial_fit(x, y, classes=[0])
    assert classifier.partial_fit(x, y, classes=[0, 1, 2]).score(x, y) >= 0
