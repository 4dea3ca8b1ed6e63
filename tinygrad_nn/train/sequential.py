"""`Sequential`: layers one after the other, with compile, fit, evaluate, predict and summary."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import FunctionType
from typing import Any

import numpy as np

from .. import nn
from ..backend import Generator
from ..nn.summary import Summary
from ..optim import InverseTimeLR, Optimizer
from ..tensor import Tensor
from .callbacks import Callback, EarlyStopping
from .history import History
from .metrics import Metric
from .named import ACTIVATIONS, LOSSES, METRICS, OPTIMIZERS, Rule, named
from .trainer import Trainer

__all__ = ["Sequential"]

_FUSED = "sparse_categorical_crossentropy_softmax"


class Sequential(nn.Sequential):
    """Layers one after the other that know how to be trained: a model in five calls.

    It is an `nn.Sequential` before a `Trainer`, in the manner of D. Dam and E. Durand's nndiy and of Keras: what it
    does, it hands on to the two, so that all that works with them works with it (``model.state_dict()``,
    ``model[:2]``, ``model.to("cuda")``, callbacks).

    Parameters
    ----------
    *layers : Module
        In the order of computation; `add` adds more.

    Attributes
    ----------
    trainer : Trainer
        That of the last `compile`.

    References
    ----------
    D. Dam and E. Durand, "Neural Network Do-it-Yourself", a report with a library, 2022.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> from tinygrad_nn.data import make_blobs
    >>> from tinygrad_nn.train import Sequential
    >>> tg.manual_seed(0)
    >>> x, y = make_blobs(200, centers=3, cluster_std=0.5, generator=tg.Generator(0))
    >>> model = Sequential()
    >>> model.add(nn.Linear(2, 16), "tanh")
    >>> model.add(nn.Linear(16, 3), "softmax")
    >>> model.compile("sparse_categorical_crossentropy", optimizer="adam", learning_rate=0.01, metrics=["accuracy"])
    >>> model.summary()
    network
      layer 0: Linear, weight (16, 2), bias (16,), Tanh
      layer 1: Linear, weight (3, 16), bias (3,), Softmax
    loss: sparse_categorical_crossentropy
    optimizer: adam, learning rate 0.01
    parameters: 99
    >>> history = model.fit(x, y, epochs=20, verbose=False)
    >>> model.evaluate(x, y)["accuracy"] > 0.9
    True
    >>> model.predict(x).shape
    (200, 3)
    """

    def __init__(self, *layers: nn.Module) -> None:
        super().__init__(*layers)
        self._trainer: Trainer | None = None
        self._compiled_with: list[int] = []  # the identities of the parameters
        self._words: dict[str, str] = {}
        self._batch_size: int | None = None

    def add(self, layer: nn.Module, activation: str | nn.Module | None = None) -> None:
        """Add a layer at the end, and what it goes through.

        Parameters
        ----------
        layer : Module
            Such as ``nn.Linear(784, 256)``, ``nn.Conv1d(1, 32, 3)``, ``nn.MaxPool1d(2)``, ``nn.Flatten()``,
            ``nn.Dropout(0.2)``.
        activation : str or Module, optional
            A module, or a name: elu, gelu, identity, leaky_relu, mish, relu, selu, sigmoid, silu, softmax, tanh.
        """
        after: nn.Module | None
        after = named("activation", activation, ACTIVATIONS)() if isinstance(activation, str) else activation
        self.extend([layer] if after is None else [layer, after])

    def compile(
        self,
        loss: str | Callable[..., Tensor],
        optimizer: str | Optimizer = "adam",
        *,
        learning_rate: float = 1e-3,
        decay: float = 0.0,
        metrics: Sequence[str | Metric] = (),
        generator: Generator | None = None,
        jit_compile: bool = False,
    ) -> None:
        """Say how the model is to be trained; what an earlier training remembered is forgotten, but for the weights.

        Parameters
        ----------
        loss : str or callable
            A function or module of outputs and targets, or a name. Of numbers: ``"mse"``, ``"mae"``, ``"rmse"``. Of
            probabilities as a sigmoid gives them: ``"binary_crossentropy"``; as a softmax gives them:
            ``"categorical_crossentropy"``. With ``sparse_`` before the name, targets are class indices instead of
            one-hot vectors. ``"sparse_categorical_crossentropy_softmax"`` takes scores, to which it applies the
            softmax itself.
        optimizer : str or Optimizer
            An optimizer of the model's parameters, or a name: gradient descent by all samples together (``"gd"``), by
            one after the other (``"sgd"``), by mini-batches (``"mgd"``); or ``"adam"``.
        learning_rate : float
            For an optimizer by name.
        decay : float
            How fast the learning rate decreases: after t epochs it is ``learning_rate / (1 + decay * t)``.
        metrics : sequence of str or Metric
            What to measure besides the loss: ``"accuracy"``, ``"r2"``, or objects.
        generator : Generator, optional
            Where the order of the samples comes from.
        jit_compile : bool
            Whether the steps run as compiled programs: see `tg.compile`.

        Raises
        ------
        ValueError
            If a name is unknown, or the softmax would be applied twice.
        """
        if loss == _FUSED and len(self) and isinstance(self[len(self) - 1], nn.Softmax):
            raise ValueError(
                f"Sequential: the last layer is a Softmax, and {_FUSED} applies another one to it; leave the layer "
                "out, or use sparse_categorical_crossentropy"
            )
        self._words = {"loss": _name(loss), "optimizer": _name(optimizer)}
        if isinstance(optimizer, str):
            rule: Rule = named("optimizer", optimizer, OPTIMIZERS)
            steps, self._batch_size = rule.make(self.parameters(), lr=learning_rate), rule.batch_size
        else:
            steps, self._batch_size = optimizer, 32
        self._compiled_with = [*map(id, self.parameters())]
        self._trainer = Trainer(
            self,
            named("loss", loss, LOSSES) if isinstance(loss, str) else loss,
            steps,
            metrics=[named("a metric", one, METRICS)() if isinstance(one, str) else one for one in metrics],
            scheduler=InverseTimeLR(steps, decay) if decay else None,
            generator=generator,
            compile=jit_compile,
        )

    @property
    def trainer(self) -> Trainer:
        """That of the last `compile`."""
        if self._trainer is None:
            raise RuntimeError("Sequential: the model is not compiled; call compile(loss=..., optimizer=...) first")
        if [*map(id, self.parameters())] != self._compiled_with:
            raise RuntimeError(
                "Sequential: the model has other layers than when it was compiled; call compile(...) again"
            )
        return self._trainer

    def fit(
        self,
        x: Any,
        y: Any = None,
        epochs: int = 20,
        *,
        batch_size: int | None = None,
        validation_data: Any = None,
        early_stopping: EarlyStopping | None = None,
        callbacks: Sequence[Callback] = (),
        verbose: bool = True,
    ) -> History:
        """Train; a second call goes on where the first one ended.

        Parameters
        ----------
        x : array, Dataset or DataLoader
            Inputs, of shape (N, ...); or both inputs and targets, without `y`.
        y : array, optional
            Targets, of shape (N, ...).
        epochs : int
            How many times to go through them.
        batch_size : int, optional
            By default what the optimizer's name says.
        validation_data : tuple of arrays, Dataset or DataLoader, optional
            What to measure on after each epoch.
        early_stopping : EarlyStopping, optional
            When to stop before that; it also brings the best weights back.
        callbacks : sequence of Callback
            Such as `Checkpoint`.
        verbose : bool
            Whether to print a line for each epoch.

        Returns
        -------
        History
            Of all epochs so far.
        """
        data = self._pair(x, y)
        size = batch_size or self._batch_size or (len(data[0]) if isinstance(data, tuple) else len(data))
        return self.trainer.fit(
            data, epochs, batch_size=size, verbose=verbose, progress=None if verbose else False,
            validation_data=self._pair(*validation_data) if isinstance(validation_data, tuple) else validation_data,
            callbacks=[*([] if early_stopping is None else [early_stopping]), *callbacks],
        )  # fmt: skip

    def evaluate(self, x: Any, y: Any = None) -> dict[str, float]:
        """Measure the ``loss`` and the metrics, in evaluation mode; see `fit` for the parameters."""
        return self.trainer.evaluate(self._pair(x, y))

    def predict(self, x: Any) -> Tensor:
        """Return the outputs for inputs of shape (N, ...), in evaluation mode."""
        return self.trainer.predict(self._floats(x))

    def summary(self, input_shape: tuple[int, ...] | None = None, dtype: Any = None) -> Summary:
        """Return a description to print: each layer with its parameters and its activation, the loss, the optimizer.

        Parameters
        ----------
        input_shape : tuple of int, optional
            The shape of an input, batch included, to find the shapes of the layers' outputs.
        dtype : dtype, optional
            Of that input.
        """
        table = super().summary(input_shape, dtype)
        words = dict(self._words)
        if self._trainer is not None:
            words["optimizer"] += f", learning rate {self._trainer.optimizer.param_groups[0]['lr']:g}"
        return _Description(table, list(self), words)

    def _pair(self, x: Any, y: Any = None) -> Any:
        return x if y is None else (self._floats(x), self._floats(y))

    def _floats(self, values: Any) -> Any:
        """NumPy's float64 in the precision of the model, which would compute in float64 otherwise."""
        first = next(self.parameters(), None)
        if first is None or not isinstance(values, np.ndarray) or values.dtype.kind != "f":
            return values
        return values.astype(first.dtype, copy=False)


class _Description(Summary):
    """A summary whose text has a line for each layer that is no activation."""

    def __init__(self, table: Summary, layers: list[nn.Module], words: dict[str, str]) -> None:
        super().__init__(table.rows, table.parameters, table.trained, table.nbytes)
        self.layers = layers
        self.words = words

    def __str__(self) -> str:
        shapes = {row.name: row.output_shape for row in self.rows if row.output_shape is not None}
        lines: list[str] = []
        for place, layer in enumerate(self.layers):
            shape = f" -> {shapes[str(place)]}" if str(place) in shapes else ""
            if lines and isinstance(layer, _ACTIVATIONS):
                lines[-1] += f", {type(layer).__name__}"
            else:
                sizes = "".join(f", {name} {tensor.shape}" for name, tensor in layer.named_parameters())
                lines.append(f"  layer {len(lines)}: {type(layer).__name__}{sizes}{shape}")
        said = [f"{name}: {value}" for name, value in self.words.items()]
        return "\n".join(["network", *lines, *said, f"parameters: {self.parameters:,}"])

    __repr__ = __str__


_ACTIVATIONS = tuple({type(make()) for make in ACTIVATIONS.values()})


def _name(given: Any) -> str:
    """What a loss or an optimizer is called: by its name, its function's, or its class's."""
    if isinstance(given, str):
        return given
    return given.__name__ if isinstance(given, FunctionType) else type(given).__name__
