"""What classifiers and regressors have in common: the settings, the training, and what it leaves."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from copy import deepcopy
from functools import partial
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, is_classifier
from sklearn.utils import check_random_state
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from ... import nn
from ...autograd.modes import no_grad
from ...backend import Generator, parse_device
from ...backend.jit import installed
from ...creation import asarray
from ...optim import Optimizer
from ...tensor import Tensor
from ...train import Callback, EarlyStopping, Trainer
from .losses import Objective
from .parts import OPTIMIZERS, SCHEDULES, drawing_from, perceptron
from .samples import Samples
from .settings import require_settings
from .stopping import ScoreStopping

__all__ = ["NeuralEstimator"]

WORTH_COMPILING = 2000  # steps: in a shorter training, making the programs takes longer than they save
ROWS_AT_ONCE = 1024  # of predictions


class NeuralEstimator(BaseEstimator, ABC):
    """A network with the methods of a scikit-learn estimator; see `NeuralClassifier` for the settings."""

    def __init__(
        self,
        hidden_layer_sizes: int | Sequence[int] = (64,),
        activation: str = "relu",
        *,
        module: Callable[[int, int], nn.Module] | None = None,
        optimizer: str | Callable[..., Optimizer] = "adam",
        learning_rate: float = 1e-3,
        learning_rate_schedule: str | Callable[[Optimizer], Any] = "constant",
        final_learning_rate: float | None = None,
        schedule_every: str = "epoch",
        momentum: float = 0.9,
        penalty: str = "l2",
        alpha: float = 0.0,
        clip_norm: float | None = None,
        batch_size: int | None = 64,
        max_iter: int = 200,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: int | None = 10,
        tol: float = 1e-4,
        callbacks: Sequence[Callback] = (),
        device: str = "cpu",
        random_state: Any = None,
        compile: bool | str = "auto",
        verbose: bool = False,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.module = module
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.learning_rate_schedule = learning_rate_schedule
        self.final_learning_rate = final_learning_rate
        self.schedule_every = schedule_every
        self.momentum = momentum
        self.penalty = penalty
        self.alpha = alpha
        self.clip_norm = clip_norm
        self.batch_size = batch_size
        self.max_iter = max_iter
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.tol = tol
        self.callbacks = callbacks
        self.device = device
        self.random_state = random_state
        self.compile = compile
        self.verbose = verbose

    # What a kind of estimator states

    _data: ClassVar[dict[str, Any]]
    """How scikit-learn is to check the targets."""

    @staticmethod
    @abstractmethod
    def _loss(output: Tensor, target: Tensor) -> Tensor:
        """The mean over a batch, for targets with and without weights in them."""

    @abstractmethod
    def _learn_targets(self, y: NDArray[Any]) -> int:
        """Take in what there is to predict, and tell how many outputs of the network that takes."""

    @abstractmethod
    def _encoded(self, y: NDArray[Any]) -> NDArray[Any]:
        """Targets as numbers, one row a sample."""

    @abstractmethod
    def _weighted(self, samples: Samples, weights: NDArray[Any]) -> NDArray[Any]:
        """The targets of samples, with their weights in them."""

    @abstractmethod
    def _score_of(self, outputs: NDArray[Any], samples: Samples) -> float:
        """What `score` gives for samples, from the outputs of the network."""

    # Training

    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Any:
        """Train a new network.

        Parameters
        ----------
        X : array_like, shape (n_samples, n_features)
            Inputs. With float32 the network computes in float32, otherwise in float64, which takes twice the time.
        y : array_like, shape (n_samples,) or, for a regressor, (n_samples, n_outputs)
            Targets.
        sample_weight : array_like, shape (n_samples,), optional
            How much each sample counts, at least 0, relative to the others, as though it were there so many times.
            Those of weight 0 are left out.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If data or settings make no sense; it names them.
        TrainingDiverged
            If the loss is no longer finite.
        """
        require_settings(self)
        x, targets, weights = self._checked(X, y, sample_weight, reset=True)
        self.n_outputs_ = self._learn_targets(targets)
        samples = Samples(x, self._encoded(targets), weights)
        to_split, *seeds = self._seeds()
        validation = None
        callbacks: list[Callback] = deepcopy(list(self.callbacks))
        self.validation_scores_: list[float] | None = None
        if self.early_stopping:
            samples, held_back = samples.split(self.validation_fraction, is_classifier(self), Generator(to_split))
            validation = self._fields(held_back)
            stopping = ScoreStopping(partial(self._score_on, held_back), self.n_iter_no_change, self.tol)
            callbacks.append(stopping)
            self.validation_scores_ = stopping.scores
        elif self.n_iter_no_change is not None:
            callbacks.append(EarlyStopping("loss", self.n_iter_no_change, self.tol, restore_best_weights=False))
        self._begin(samples, seeds, epochs=self.max_iter)
        self._train(samples, self.max_iter, validation_data=validation, callbacks=callbacks)
        return self

    def _partial_fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None,
                     learn_targets: Callable[[NDArray[Any]], int]) -> Any:  # fmt: skip
        """Train for one epoch; the first one begins with `learn_targets`."""
        require_settings(self)
        if self.early_stopping:
            raise ValueError(
                f"{type(self).__name__}: partial_fit trains on all it is given and cannot stop early; "
                "set early_stopping=False, or call fit"
            )
        first = "module_" not in vars(self)
        x, targets, weights = self._checked(X, y, sample_weight, reset=first)
        if first:
            self.n_outputs_ = learn_targets(targets)
        samples = Samples(x, self._encoded(targets), weights)
        if first:
            _, *seeds = self._seeds()
            self.validation_scores_ = None
            self._begin(samples, seeds, epochs=1)
        self._train(samples, 1)
        return self

    def _seeds(self) -> list[int]:
        """Of what is held back, of the first weights and dropout, and of the order of the samples."""
        seeds: list[int] = check_random_state(self.random_state).randint(2**31 - 1, size=3).tolist()
        return seeds

    def _checked(self, X: Any, y: Any, sample_weight: Any, reset: bool) -> tuple[Any, Any, Any]:
        """Inputs, targets and weights as arrays, without the samples of weight 0."""
        dtype: Any = (np.float64, np.float32) if reset else self._dtype
        x, y = validate_data(self, X, y, dtype=dtype, reset=reset, **self._data)
        self._dtype: Any = x.dtype
        if sample_weight is None:
            return x, y, None
        weights = _check_sample_weight(sample_weight, x, dtype=x.dtype)
        if weights.min() < 0:
            raise ValueError(f"sample_weight: found {weights.min()}, wanted none below 0")
        if not weights.any():
            raise ValueError("sample_weight: all weights are zero, wanted at least one non-zero number")
        rows = weights > 0
        return x[rows], y[rows], weights[rows]

    def _fields(self, samples: Samples) -> tuple[NDArray[Any], NDArray[Any]]:
        """What a trainer is given of samples; their weights are 1 in the mean, as though there were none."""
        if samples.weights is None:
            return samples.x, samples.target
        return samples.x, self._weighted(samples, samples.weights / samples.weights.mean())

    def _begin(self, samples: Samples, seeds: Sequence[int], epochs: int) -> None:
        """Make the network and what trains it, for so many epochs."""
        of_module, of_order = seeds
        self._device = parse_device(self.device)
        self._draws = [Generator(of_module, device) for device in dict.fromkeys(("cpu", self._device))]
        features, outputs = self.n_features_in_, self.n_outputs_
        with self._draws_of_module():
            if self.module is None:
                hidden = np.atleast_1d(np.asarray(self.hidden_layer_sizes, int)).tolist()
                module: nn.Module = perceptron([features, *hidden, outputs], self.activation, self._draws[0])
            else:
                module = self.module(features, outputs)
        self.module_ = module.to(self._dtype).to(self._device)
        found = self._outputs(samples.x[:1]).shape
        if found != (1, outputs):
            raise ValueError(f"module: gave outputs of shape {found} for 1 sample, wanted (1, {outputs})")
        batches = -(-samples.size // self._batch_size(samples))
        optimizer = self._make_optimizer()
        weights = [parameter for parameter in self.module_.parameters() if parameter.ndim > 1]
        compiled = installed() is not None and self._device == "cpu" and epochs * batches >= WORTH_COMPILING
        self._trainer = Trainer(
            self.module_,
            Objective(self._loss, weights, self.penalty, self.alpha),
            optimizer,
            scheduler=self._make_scheduler(optimizer, batches),
            schedule_every=self.schedule_every,
            clip_norm=self.clip_norm,
            generator=Generator(of_order),
            compile=compiled if self.compile == "auto" else bool(self.compile),
        )

    def _train(self, samples: Samples, epochs: int, **options: Any) -> None:
        """Go on with the training for so many epochs."""
        with self._draws_of_module():
            self.history_ = self._trainer.fit(
                self._fields(samples), epochs, batch_size=self._batch_size(samples), verbose=bool(self.verbose),
                progress=False, **options,
            )  # fmt: skip
        self.module_.eval()
        self.n_iter_ = self.history_.epochs
        self.loss_curve_ = self.history_["loss"]

    def _draws_of_module(self) -> AbstractContextManager[None]:
        """Let a network from outside draw from generators of ours: for its first weights, and for dropout."""
        return nullcontext() if self.module is None else drawing_from(self._draws)

    def _batch_size(self, samples: Samples) -> int:
        return samples.size if self.batch_size is None else min(self.batch_size, samples.size)

    def _make_optimizer(self) -> Optimizer:
        make = OPTIMIZERS[self.optimizer] if isinstance(self.optimizer, str) else self.optimizer
        options = {"momentum": self.momentum} if self.optimizer == "sgd" else {}
        return make(self.module_.parameters(), lr=self.learning_rate, **options)

    def _make_scheduler(self, optimizer: Optimizer, batches: int) -> Any:
        schedule = self.learning_rate_schedule
        if not isinstance(schedule, str):
            return schedule(optimizer)
        factor = 0.01 if self.final_learning_rate is None else self.final_learning_rate / self.learning_rate
        rates = self.max_iter * (batches if self.schedule_every == "batch" else 1)
        return SCHEDULES[schedule](optimizer, factor, max(1, rates - 1))

    # Predicting

    def _predicted(self, X: ArrayLike) -> NDArray[Any]:
        """The outputs of the network, (N, outputs)."""
        check_is_fitted(self, "module_")
        return self._outputs(validate_data(self, X, dtype=self._dtype, reset=False))

    @no_grad()
    def _outputs(self, x: NDArray[Any]) -> NDArray[Any]:
        self.module_.eval()
        parts = [asarray(x[i : i + ROWS_AT_ONCE], device=self._device) for i in range(0, len(x), ROWS_AT_ONCE)]
        return np.concatenate([self.module_(part).numpy() for part in parts])

    def _score_on(self, samples: Samples) -> float:
        return self._score_of(self._outputs(samples.x), samples)
