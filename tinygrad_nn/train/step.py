"""What a training does with one batch: forward, loss, backward, clipping, update; as it stands, or compiled."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from ..nn import MixedPrecision
from ..optim import clip_grad_norm_
from ..tensor import Tensor
from .divergence import EpochLoss, require_one_number

if TYPE_CHECKING:
    from ..nn import Module
    from ..optim import GradScaler, Optimizer

__all__ = ["Parts", "Step", "run_of"]


class Parts(NamedTuple):
    """What a step is made of."""

    model: Module
    loss: Callable[..., Tensor]
    optimizer: Optimizer
    clip_norm: float | None
    """The largest norm of the gradients."""
    compiled: bool
    accumulate: int
    """How many batches make one update."""
    scaler: GradScaler | None
    """For float16."""
    precision: str = "float32"
    """The dtype in which the model is computed."""


class Step:
    """A step of training, and the forward of an evaluation.

    Attributes
    ----------
    parts : Parts
        What it is made of.
    predict : callable
        The model.
    computed : callable
        The model, computed in the precision of the steps.
    pending : int
        How many batches wait for an update; here none.
    """

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.predict: Callable[..., Any] = run_of(parts.model, parts.compiled)
        narrow = parts.precision != "float32"
        self.computed: Callable[..., Any] = MixedPrecision(parts.model, parts.precision) if narrow else parts.model
        self.pending = 0
        self._whole = run_of(self._forward_and_update, True) if parts.compiled else None

    def __call__(self, fields: tuple[Tensor, ...], losses: EpochLoss, last: bool) -> tuple[Any, Tensor]:
        """Take it, with a batch that may be the `last` one of an epoch; returns the output and the loss.

        As it stands, the loss is looked at before the update. A program returns it after the update.
        """
        if self._whole is not None:
            output, loss = self._whole(*fields)
            losses.add(loss, fields[-1].shape[0])
        else:
            output, loss = self._forward(fields)
            losses.add(loss, fields[-1].shape[0])
            self._update(loss)
        return output.detach(), loss

    def _forward(self, fields: tuple[Tensor, ...]) -> tuple[Any, Tensor]:
        *inputs, target = fields
        output = self.computed(*inputs)
        return output, self.parts.loss(output, target)

    def _update(self, loss: Tensor) -> None:
        self.parts.optimizer.zero_grad()
        loss.backward()
        self._clip()
        self.parts.optimizer.step()

    def _clip(self) -> None:
        if self.parts.clip_norm is not None:
            clip_grad_norm_(self._parameters(), self.parts.clip_norm)

    def _parameters(self) -> list[Tensor]:
        return [p for group in self.parts.optimizer.param_groups for p in group["params"]]

    def _forward_and_update(self, *fields: Tensor) -> tuple[Any, Tensor]:
        output, loss = self._forward(fields)
        require_one_number(loss)
        self._update(loss)
        return output, loss


def run_of(function: Callable[..., Any], compiled: bool) -> Callable[..., Any]:
    """A function, or its programs."""
    if not compiled:
        return function
    from ..compiler import CompiledFunction

    return CompiledFunction(function)
