"""What a training does with one batch: forward, loss, backward, clipping, update; as it stands, or compiled."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..optim import clip_grad_norm_
from ..tensor import Tensor
from .divergence import EpochLoss, require_one_number

if TYPE_CHECKING:
    from ..nn import Module
    from ..optim import Optimizer

__all__ = ["Step"]


class Step:
    """A step of training, and the forward of an evaluation.

    Attributes
    ----------
    parts : tuple
        The model, the loss, the optimizer, the largest norm of the gradients (or None), and whether it is compiled.
    predict : callable
        The model.
    """

    def __init__(self, model: Module, loss: Callable[..., Tensor], optimizer: Optimizer, clip_norm: float | None,
                 compiled: bool) -> None:  # fmt: skip
        self.parts = (model, loss, optimizer, clip_norm, compiled)
        self.predict: Callable[..., Any] = model
        self._whole: Callable[..., Any] | None = None
        if compiled:
            from ..compiler import CompiledFunction

            self.predict = CompiledFunction(model)
            self._whole = CompiledFunction(self._forward_and_update)

    def __call__(self, fields: tuple[Tensor, ...], losses: EpochLoss) -> tuple[Any, Tensor]:
        """Take it; returns the output and the loss.

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
        model, loss, *_ = self.parts
        *inputs, target = fields
        output = model(*inputs)
        return output, loss(output, target)

    def _update(self, loss: Tensor) -> None:
        _, _, optimizer, clip_norm, _ = self.parts
        optimizer.zero_grad()
        loss.backward()
        if clip_norm is not None:
            clip_grad_norm_([p for group in optimizer.param_groups for p in group["params"]], clip_norm)
        optimizer.step()

    def _forward_and_update(self, *fields: Tensor) -> tuple[Any, Tensor]:
        output, loss = self._forward(fields)
        require_one_number(loss)
        self._update(loss)
        return output, loss
