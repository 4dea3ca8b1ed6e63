"""`Trainer`: the loop over epochs and batches, with validation, callbacks and progress."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from copy import copy
from numbers import Integral
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import ops
from ..autograd.modes import no_grad
from ..backend import Generator, as_dtype, default_generator, parse_device, require_dtype
from ..backend.allocation import keep_freed_memory
from ..data import ArrayDataset, DataLoader, Dataset
from ..optim import GradScaler, ReduceLROnPlateau
from ..tensor import Tensor
from .callbacks import Callback, Checkpoint
from .checkpoint import load_checkpoint, save_checkpoint
from .divergence import EpochLoss, TrainingDiverged
from .gathering import GatheringStep
from .history import History
from .interrupt import deferred_interrupt
from .metrics import Metric
from .progress import epoch_line, progress_bar
from .step import Parts, Step

if TYPE_CHECKING:
    from ..nn import Module
    from ..optim import LRScheduler, Optimizer, SequentialLR

__all__ = ["Trainer"]

_EVALUATION_BATCH = 256


class Trainer:
    """Train a model: a loss to lower, an optimizer to lower it, and what to measure on the way.

    Parameters
    ----------
    model : Module
        What to train.
    loss : callable
        ``loss(model(*inputs), target)`` gives one number, the mean over the batch: a module such as
        ``nn.CrossEntropyLoss()``, or a function such as ``F.cross_entropy``.
    optimizer : Optimizer
        Made with the model's parameters.
    metrics : sequence of Metric
        What to measure besides the loss, in training (while the model changes) and in validation.
    scheduler : Scheduler, optional
        Steps after each epoch, or each batch; `ReduceLROnPlateau` is given the validation loss where there is one,
        else the loss.
    schedule_every : {"epoch", "batch"}
        When the scheduler steps; with `accumulate`, after each update instead of each batch.
    clip_norm : float, optional
        The largest norm that all gradients together may have; longer ones are shortened to it.
    device : str, optional
        Where to train: the model is moved there. By default where the model is.
    generator : Generator, optional
        Where the order of the samples comes from, where `fit` is given arrays or a Dataset; on the CPU.
    accumulate : int
        How many batches make one update, as if they were one; those that are left at the end of an epoch make one, too.
        (Layers that look at a whole batch, as batch normalisation does, see each by itself.)
    precision : {"float32", "float16", "bfloat16"}
        With "float16" the steps compute the model in float16 (`nn.MixedPrecision`) with dynamic loss scaling
        (`optim.GradScaler`); its weights and evaluation stay as they are. "bfloat16" has the range of float32 and needs
        no scaling: see `nn.MixedPrecision` for what that takes.
    compile : bool
        Run the steps, and the model in evaluation, as programs: see `tg.compile`. The figures are the same, to
        rounding; a loss that is not finite is noticed after its step instead of before.

    Attributes
    ----------
    history : History
        The whole epochs so far.
    scaler : GradScaler or None
        That of float16.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn, optim
    >>> from tinygrad_nn.data import make_blobs
    >>> from tinygrad_nn.train import Accuracy, Trainer
    >>> import tinygrad_nn.nn.functional as F
    >>> x, y = make_blobs(200, centers=3, generator=tg.Generator(0))
    >>> model = nn.Linear(2, 3)
    >>> trainer = Trainer(model, F.cross_entropy, optim.SGD(model.parameters(), lr=0.1), metrics=[Accuracy()])
    >>> history = trainer.fit((x, y), epochs=5, verbose=False)
    >>> history.epochs, sorted(trainer.evaluate((x, y)))
    (5, ['accuracy', 'loss'])
    """

    def __init__(
        self,
        model: Module,
        loss: Callable[..., Tensor],
        optimizer: Optimizer,
        *,
        metrics: Sequence[Metric] = (),
        scheduler: LRScheduler | SequentialLR | ReduceLROnPlateau | None = None,
        schedule_every: str = "epoch",
        clip_norm: float | None = None,
        device: str | None = None,
        generator: Generator | None = None,
        accumulate: int = 1,
        precision: str = "float32",
        compile: bool = False,
    ) -> None:
        if schedule_every not in ("epoch", "batch"):
            raise ValueError(f"Trainer: schedule_every is {schedule_every!r}, wanted 'epoch' or 'batch'")
        if isinstance(scheduler, ReduceLROnPlateau) and (schedule_every != "epoch" or scheduler.mode != "min"):
            raise ValueError("Trainer: ReduceLROnPlateau is given a loss once an epoch; it needs mode='min'")
        if clip_norm is not None and not clip_norm > 0:
            raise ValueError(f"Trainer: clip_norm is {clip_norm}, wanted above 0, or None not to clip")
        if accumulate < 1 or accumulate != int(accumulate):
            raise ValueError(f"Trainer: accumulate is {accumulate!r}, wanted an integer of at least 1")
        if precision not in ("float32", "float16", "bfloat16"):
            raise ValueError(f"Trainer: precision is {precision!r}, wanted 'float32', 'float16' or 'bfloat16'")
        for metric in metrics:
            if not isinstance(metric, Metric):
                raise TypeError(f"Trainer: metrics has {metric!r}; wanted are Metric objects, such as Accuracy()")
        self.model = model
        self.loss = loss
        self.optimizer = optimizer
        self.metrics = tuple(metrics)
        self.scheduler = scheduler
        self.schedule_every = schedule_every
        self.clip_norm = clip_norm
        self.generator = generator
        self.accumulate = accumulate
        self.compile = compile
        self.device = _device_of(model) if device is None else parse_device(device)
        if device is not None:
            model.to(self.device)
        require_dtype(as_dtype(precision), self.device)
        self.precision = precision
        self.scaler = GradScaler(device=self.device) if precision == "float16" else None
        self.history = History()
        self._callbacks: list[Callback] = []
        self._last_step: Step | None = None
        self._shuffle: Generator | None = generator
        self._reason_to_stop: str | None = None

    def fit(
        self,
        train: DataLoader | Dataset | Sequence[Any],
        epochs: int,
        *,
        validation_data: DataLoader | Dataset | Sequence[Any] | None = None,
        callbacks: Sequence[Callback] = (),
        batch_size: int = 32,
        resume_from: str | os.PathLike[str] | None = None,
        verbose: bool = True,
        progress: bool | None = None,
    ) -> History:
        """Train.

        Ctrl-C ends the training between two steps, after the callbacks' `on_fit_end`; the history then holds the
        epochs that are whole. From here on the process keeps the memory of arrays that are freed for the next ones
        (see `tinygrad_nn.keep_freed_memory`).

        Parameters
        ----------
        train : DataLoader, Dataset or tuple of arrays
            Batches of inputs and, last, a target. Arrays and a Dataset are shuffled anew in each epoch. Arrays keep
            their dtype: float64, NumPy's default, and integers make a float32 model compute in float64, in about
            twice the time. Give it ``x.astype("float32")``.
        epochs : int
            How many times to go through `train`; with `resume_from`, those of the checkpoint included.
        validation_data : DataLoader, Dataset or tuple of arrays, optional
            What to measure on after each epoch, entered in the history as ``val_loss`` and so on.
        callbacks : sequence of Callback
            Called in their order, those that write checkpoints last.
        batch_size : int
            For arrays and a Dataset; a DataLoader has its own.
        resume_from : str or path-like, optional
            A checkpoint of such a training, to go on from as though it had never ended.
        verbose : bool
            Whether to print a line for each epoch.
        progress : bool, optional
            Whether to show a bar over the batches; by default in terminals and notebooks.

        Returns
        -------
        History
            Of all epochs so far.

        Raises
        ------
        TypeError
            If `epochs` is not an integer.
        TrainingDiverged
            If the loss or the parameters are no longer finite; it names the epoch and the batch.
        ValueError
            If there are no batches, or the loss is not one number.

        Examples
        --------
        >>> from tinygrad_nn import nn, optim
        >>> from tinygrad_nn.data import make_blobs
        >>> from tinygrad_nn.train import Trainer
        >>> x, y = make_blobs(60, centers=3)
        >>> model = nn.Linear(2, 3)
        >>> trainer = Trainer(model, nn.CrossEntropyLoss(), optim.SGD(model.parameters(), lr=0.1))
        >>> history = trainer.fit((x, y), epochs=3, validation_data=(x, y), verbose=False)
        >>> history.epochs, len(history["val_loss"])
        (3, 3)
        """
        loader = self._loader(train, batch_size, shuffle=True)
        if not len(loader):
            raise ValueError("fit: train has no batches")
        if not isinstance(epochs, Integral):
            raise TypeError(f"fit: epochs is {epochs!r}, wanted an integer")
        if epochs < 0:
            raise ValueError(f"fit: epochs is {epochs}, wanted at least 0")
        validation = None if validation_data is None else self._loader(validation_data, _EVALUATION_BATCH)
        keep_freed_memory()
        # Checkpoints come last: they also hold what the others remember of this epoch.
        self._callbacks = sorted(callbacks, key=lambda callback: isinstance(callback, Checkpoint))
        self._shuffle = loader.generator
        self._reason_to_stop = None
        # Overflow is told as TrainingDiverged, with epoch and batch, rather than as warnings from within operations.
        quiet = np.errstate(over="ignore", invalid="ignore", divide="ignore")
        with quiet, self._modes_kept(), deferred_interrupt() as check_interrupt:
            try:
                for callback in self._callbacks:
                    callback.on_fit_start(self)
                last = self.history.epochs + epochs
                if resume_from is not None:
                    self._resume(resume_from)
                    last = epochs
                for epoch in range(self.history.epochs + 1, last + 1):
                    started = time.perf_counter()
                    rate = float(self.optimizer.param_groups[0]["lr"])
                    for callback in self._callbacks:
                        callback.on_epoch_start(self, epoch)
                    logs = self._train_epoch(loader, epoch, last, progress, check_interrupt)
                    if validation is not None:
                        measured = self._measure(validation, check_interrupt)
                        logs.update({f"val_{name}": value for name, value in measured.items()})
                    self._require_finite(epoch, logs)
                    if self.schedule_every == "epoch":
                        self._schedule(logs)
                    logs.update(learning_rate=rate, seconds=time.perf_counter() - started)
                    self.history.append(logs)
                    if verbose:
                        print(epoch_line(epoch, last, logs), flush=True)
                    for callback in self._callbacks:
                        callback.on_epoch_end(self, epoch, logs)
                    if self._reason_to_stop is not None:
                        if verbose:
                            print(f"stopped after epoch {epoch}: {self._reason_to_stop}", flush=True)
                        break
                    check_interrupt()
            finally:
                for callback in self._callbacks:
                    callback.on_fit_end(self)
        return self.history

    def stop(self, reason: str) -> None:
        """End the training after this epoch; for callbacks.

        Examples
        --------
        >>> from tinygrad_nn import nn, optim
        >>> from tinygrad_nn.data import make_blobs
        >>> from tinygrad_nn.train import Callback, Trainer
        >>> class StopAtOnce(Callback):
        ...     def on_epoch_end(self, trainer, epoch, logs):
        ...         trainer.stop("it is only a trial")
        >>> x, y = make_blobs(60, centers=3)
        >>> model = nn.Linear(2, 3)
        >>> trainer = Trainer(model, nn.CrossEntropyLoss(), optim.SGD(model.parameters(), lr=0.1))
        >>> trainer.fit((x, y), epochs=3, callbacks=[StopAtOnce()], verbose=False).epochs
        1
        """
        self._reason_to_stop = reason

    def evaluate(
        self, data: DataLoader | Dataset | Sequence[Any], *, batch_size: int = _EVALUATION_BATCH
    ) -> dict[str, float]:
        """Measure the loss and the metrics, in evaluation mode.

        Parameters
        ----------
        data : DataLoader, Dataset or tuple of arrays
            Batches of inputs and, last, a target.
        batch_size : int
            For arrays and a Dataset.

        Returns
        -------
        dict of str to float
            The mean ``loss`` over the samples, and each metric by its name.

        Examples
        --------
        >>> from tinygrad_nn import nn, optim
        >>> from tinygrad_nn.data import make_blobs
        >>> from tinygrad_nn.train import Accuracy, Trainer
        >>> x, y = make_blobs(60, centers=3)
        >>> model = nn.Linear(2, 3)
        >>> optimizer = optim.SGD(model.parameters(), lr=0.1)
        >>> trainer = Trainer(model, nn.CrossEntropyLoss(), optimizer, metrics=[Accuracy()])
        >>> sorted(trainer.evaluate((x, y)))
        ['accuracy', 'loss']
        """
        with self._modes_kept():
            return self._measure(self._loader(data, batch_size), lambda: None)

    @no_grad()
    def predict(
        self, data: DataLoader | Dataset | Tensor | np.ndarray[Any, Any] | Sequence[Any], *,
        batch_size: int = _EVALUATION_BATCH,
    ) -> Tensor:  # fmt: skip
        """Return the model's outputs, in evaluation mode.

        Parameters
        ----------
        data : array, or DataLoader, Dataset or tuple of arrays
            The inputs; of data that have several fields, the last is taken to be the target and not used.
        batch_size : int
            For all but a DataLoader.

        Returns
        -------
        Tensor
            The outputs for all samples, in order, on the model's device.

        Examples
        --------
        >>> from tinygrad_nn import nn, optim
        >>> from tinygrad_nn.data import make_blobs
        >>> from tinygrad_nn.train import Trainer
        >>> x, y = make_blobs(60, centers=3)
        >>> model = nn.Linear(2, 3)
        >>> trainer = Trainer(model, nn.CrossEntropyLoss(), optim.SGD(model.parameters(), lr=0.1))
        >>> trainer.predict(x).shape
        (60, 3)
        """
        loader = self._loader((data,) if isinstance(data, (Tensor, np.ndarray)) else data, batch_size)
        with self._modes_kept():
            self.model.eval()
            model = self._step().predict
            outputs = [model(*(fields[:-1] or fields)) for fields in self._batches(loader)]
        if not outputs:
            raise ValueError("predict: there are no samples")
        result: Tensor = ops.concat(outputs, axis=0)
        return result

    @property
    def pending(self) -> int:
        """How many batches wait for an update, with `accumulate`; for callbacks.

        Examples
        --------
        >>> from tinygrad_nn import nn, optim
        >>> from tinygrad_nn.train import Trainer
        >>> model = nn.Linear(2, 3)
        >>> Trainer(model, nn.MSELoss(), optim.SGD(model.parameters(), lr=0.1)).pending
        0
        """
        return 0 if self._last_step is None else self._last_step.pending

    def save(self, path: str | os.PathLike[str], *, metadata: Mapping[str, Any] | None = None) -> None:
        """Write a checkpoint that `fit` can go on from (``resume_from=``); see `save_checkpoint`.

        Examples
        --------
        >>> import tempfile
        >>> from pathlib import Path
        >>> from tinygrad_nn import nn, optim
        >>> from tinygrad_nn.data import make_blobs
        >>> from tinygrad_nn.train import Trainer
        >>> x, y = make_blobs(60, centers=3)
        >>> model = nn.Linear(2, 3)
        >>> trainer = Trainer(model, nn.CrossEntropyLoss(), optim.SGD(model.parameters(), lr=0.1))
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder) / "last.safetensors"
        ...     history = trainer.fit((x, y), epochs=1, verbose=False)
        ...     trainer.save(path)
        ...     trainer.fit((x, y), epochs=3, resume_from=path, verbose=False).epochs
        3
        """
        save_checkpoint(
            path, self.model, optimizer=self.optimizer, scheduler=self.scheduler, generators=self._generators(),
            scaler=self.scaler, callbacks=self._callbacks, history=self.history, metadata=metadata,
        )  # fmt: skip

    def _resume(self, path: str | os.PathLike[str]) -> None:
        self.history = load_checkpoint(
            path, self.model, optimizer=self.optimizer, scheduler=self.scheduler, generators=self._generators(),
            scaler=self.scaler, callbacks=self._callbacks,
        ).history  # fmt: skip

    def _generators(self) -> dict[str, Generator]:
        """All that randomness in a training may come from: the defaults, the shuffling, the modules' own."""
        generators = {"default": default_generator("cpu"), f"default {self.device}": default_generator(self.device)}
        if self._shuffle is not None:
            generators["shuffle"] = self._shuffle
        for path, module in self.model.named_modules():
            for name, value in vars(module).items():
                if isinstance(value, Generator):
                    generators[f"{path}.{name}"] = value
        return generators

    def __getstate__(self) -> dict[str, Any]:
        """What a pickle or a copy has: not the programs, which are made anew, nor the callbacks of the last `fit`."""
        return {**vars(self), "_last_step": None, "_callbacks": []}

    # One epoch

    def _train_epoch(
        self, loader: DataLoader, epoch: int, last: int, progress: bool | None, check_interrupt: Callable[[], None]
    ) -> dict[str, float]:
        self.model.train()
        metrics = _fresh(self.metrics)
        losses = EpochLoss(epoch, self.device)
        step = self._step()
        step.pending = 0  # a training that was interrupted may have left some
        count = len(loader)
        batches = progress_bar(
            self._batches(loader), count, f"epoch {epoch}/{last}", status=losses.status, show=progress
        )
        with closing(batches):
            for batch, fields in enumerate(batches, start=1):
                output, loss = step(fields, losses, batch == count)
                if self.schedule_every == "batch" and not step.pending:
                    self._schedule({})
                for metric in metrics:
                    metric.update(output, fields[-1])
                for callback in self._callbacks:
                    callback.on_batch_end(self, batch, loss)
                check_interrupt()
        return {"loss": losses.mean(), **{metric.name: metric.compute() for metric in metrics}}

    @no_grad()
    def _measure(self, loader: DataLoader, check_interrupt: Callable[[], None]) -> dict[str, float]:
        self.model.eval()
        metrics = _fresh(self.metrics)
        total, count = 0.0, 0
        model = self._step().predict
        for *inputs, target in self._batches(loader):
            output = model(*inputs)
            total += self.loss(output, target).item() * target.shape[0]
            count += target.shape[0]
            for metric in metrics:
                metric.update(output, target)
            check_interrupt()
        loss = total / count if count else math.nan
        return {"loss": loss, **{metric.name: metric.compute() for metric in metrics}}

    def _step(self) -> Step:
        """A step of what the trainer has now: its attributes may have been set anew."""
        parts = Parts(
            self.model, self.loss, self.optimizer, self.clip_norm, self.compile, self.accumulate, self.scaler,
            self.precision,
        )
        if self._last_step is None or self._last_step.parts != parts:
            gathers = parts.accumulate > 1 or parts.scaler is not None
            self._last_step = GatheringStep(parts) if gathers else Step(parts)
        return self._last_step

    def _schedule(self, logs: Mapping[str, float]) -> None:
        if isinstance(self.scheduler, ReduceLROnPlateau):
            self.scheduler.step(logs["val_loss"] if "val_loss" in logs else logs["loss"])
        elif self.scheduler is not None:
            self.scheduler.step()

    def _require_finite(self, epoch: int, logs: Mapping[str, float]) -> None:
        """A last step may have ruined the parameters without any training loss to tell."""
        for name, parameter in self.model.named_parameters():
            if not ops.all(ops.isfinite(parameter.detach())).item():
                raise TrainingDiverged(f"the parameter {name} is no longer finite after epoch {epoch}")
        if not math.isfinite(logs.get("val_loss", 0.0)):
            raise TrainingDiverged(f"the validation loss is {logs['val_loss']} after epoch {epoch}")

    # Data

    def _loader(self, data: Any, batch_size: int, *, shuffle: bool = False) -> DataLoader:
        if isinstance(data, DataLoader):
            return data
        if isinstance(data, (tuple, list)):
            data = ArrayDataset(*data)
        if not isinstance(data, Dataset):
            raise TypeError(
                f"Trainer: data are a {type(data).__name__}; wanted is a DataLoader, a Dataset or a tuple of arrays "
                "(inputs, targets)"
            )
        return DataLoader(data, batch_size, shuffle=shuffle, generator=self.generator, device=self.device)

    def _batches(self, loader: DataLoader) -> Iterator[tuple[Tensor, ...]]:
        if loader.device == self.device:
            return iter(loader)
        return (tuple(field.to_device(self.device) for field in fields) for fields in loader)

    @contextmanager
    def _modes_kept(self) -> Iterator[None]:
        """Afterwards, each module is in the mode (training or not) that it was in."""
        modes = [(module, module.training) for module in self.model.modules()]
        try:
            yield
        finally:
            for module, training in modes:
                module.training = training


def _fresh(metrics: Sequence[Metric]) -> list[Metric]:
    """Copies that have gathered nothing, so that one measurement within another does not disturb it."""
    copies = [copy(metric) for metric in metrics]
    for metric in copies:
        metric.reset()
    return copies


def _device_of(model: Module) -> str:
    return next((parameter.device for parameter in model.parameters()), "cpu")
