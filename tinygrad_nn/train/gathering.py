"""A step whose gradients are gathered, over several batches or at a scale, before they are used."""

from __future__ import annotations

from typing import Any

from ..creation import asarray
from ..optim import scale_gradients
from ..tensor import Tensor
from .divergence import EpochLoss, require_one_number
from .step import Parts, Step, run_of

__all__ = ["GatheringStep"]


class GatheringStep(Step):
    """A step of training that makes an update after every few batches, as if they were one.

    The loss of a batch is the mean over its samples, so it counts by their number: as a part of those in the first
    batch while gradients are added up, which come to the mean over all samples at the end.
    """

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts)
        self._whole = None
        self._gather = run_of(self._add_gradients, parts.compiled)
        self._settle = run_of(self._settle_gradients, parts.compiled)
        self._first = self._samples = 0  # in the first batch, and in all so far

    def __call__(self, fields: tuple[Tensor, ...], losses: EpochLoss, last: bool) -> tuple[Any, Tensor]:
        samples = fields[-1].shape[0]
        if self.pending == 0:
            self._first, self._samples = samples, 0
        output, loss = self._gather(self.pending == 0, self._number(samples / self._first), *fields)
        losses.add(loss, samples)
        self._samples += samples
        self.pending += 1
        if last or self.pending == self.parts.accumulate:
            self.pending = 0
            self._use(self._first / self._samples)
        return output.detach(), loss.detach()

    def _use(self, part: float) -> None:
        """Make the update, with the gradients times `part`."""
        finite = self._settle(self._number(part))
        if self.parts.scaler is not None:
            self.parts.scaler.mark_unscaled(self.parts.optimizer, finite)
            self.parts.scaler.step(self.parts.optimizer)
            self.parts.scaler.update()

    def _add_gradients(self, begins: bool, weight: Tensor, *fields: Tensor) -> tuple[Any, Tensor]:
        if begins:
            self.parts.optimizer.zero_grad()
        *inputs, target = fields
        output = self.computed(*inputs)
        loss = self.parts.loss(output, target)
        require_one_number(loss)
        weighted = loss * weight.astype(loss.dtype)
        (weighted if self.parts.scaler is None else self.parts.scaler.scale(weighted)).backward()
        return output, loss

    def _settle_gradients(self, part: Tensor) -> Tensor:
        """Bring the gradients to their size, and without a scale use them; returns whether they are finite."""
        parameters = self._parameters()
        if self.parts.scaler is not None:
            part = part * self.parts.scaler.inverse(part)
        finite = scale_gradients(parameters, part)
        self._clip()
        if self.parts.scaler is None:
            self.parts.optimizer.step()
        return finite

    def _number(self, value: float) -> Tensor:
        """A number that programs take as an input, so that they are the same for all."""
        return asarray(value, dtype="float64", device=self._parameters()[0].device)
