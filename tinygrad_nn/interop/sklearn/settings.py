"""Which values the settings of an estimator may have: scikit-learn wants to hear of wrong ones in `fit`, not before."""

from __future__ import annotations

from collections.abc import Iterable
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any

from ...nn import Module
from ...train import Callback
from .losses import PENALTIES
from .parts import ACTIVATIONS, OPTIMIZERS, SCHEDULES

if TYPE_CHECKING:
    from .estimator import NeuralEstimator

__all__ = ["require_settings"]


def require_settings(estimator: NeuralEstimator) -> None:
    """Raise ValueError where a setting of an estimator makes no sense.

    `Trainer`, optimizers and devices check their own themselves.
    """

    def require(name: str, holds: bool, wanted: str) -> None:
        if not holds:
            found = getattr(estimator, name)
            raise ValueError(f"{type(estimator).__name__}: {name} is {found!r}, wanted {wanted}")

    e = estimator
    sizes = e.hidden_layer_sizes if isinstance(e.hidden_layer_sizes, Iterable) else [e.hidden_layer_sizes]
    require("hidden_layer_sizes", all(map(_counts, sizes)), "integers of at least 1, one for each hidden layer")
    require("activation", e.activation in ACTIVATIONS, one_of(ACTIVATIONS))
    require("module", e.module is None or (callable(e.module) and not isinstance(e.module, Module)),
            "a callable that makes a Module of (n_features, n_outputs), or None")  # fmt: skip
    require("optimizer", callable(e.optimizer) or e.optimizer in OPTIMIZERS,
            f"{one_of(OPTIMIZERS)}, or a callable that makes an Optimizer of (parameters, lr=)")  # fmt: skip
    require("learning_rate", _above(0, e.learning_rate), "a number above 0")
    require("learning_rate_schedule", callable(e.learning_rate_schedule) or e.learning_rate_schedule in SCHEDULES,
            f"{one_of(SCHEDULES)}, or a callable that makes a scheduler of an Optimizer")  # fmt: skip
    require("final_learning_rate", e.final_learning_rate is None or _above(0, e.final_learning_rate),
            "a number above 0, or None for a hundredth of learning_rate")  # fmt: skip
    require("penalty", e.penalty in PENALTIES, one_of(PENALTIES))
    require("alpha", e.alpha == 0 or _above(0, e.alpha), "a number of at least 0")
    require("batch_size", e.batch_size is None or _counts(e.batch_size),
            "an integer of at least 1, or None for all samples")  # fmt: skip
    require("max_iter", _counts(e.max_iter), "an integer of at least 1")
    require("validation_fraction", _above(0, e.validation_fraction) and e.validation_fraction < 1,
            "a number between 0 and 1")  # fmt: skip
    require("n_iter_no_change", e.n_iter_no_change is None or _counts(e.n_iter_no_change),
            "an integer of at least 1, or None not to stop")  # fmt: skip
    require("tol", e.tol == 0 or _above(0, e.tol), "a number of at least 0")
    require("callbacks", all(isinstance(callback, Callback) for callback in e.callbacks),
            "a sequence of tinygrad_nn.train.Callback")  # fmt: skip
    require("compile", e.compile == "auto" or isinstance(e.compile, bool), "True, False or 'auto'")


def one_of(names: Iterable[str]) -> str:
    """Such names, to choose from."""
    return f"one of {', '.join(map(repr, sorted(names)))}"


def _counts(value: Any) -> bool:
    return isinstance(value, Integral) and int(value) >= 1


def _above(low: float, value: Any) -> bool:
    return isinstance(value, Real) and float(value) > low
