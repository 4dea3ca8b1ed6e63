"""Connectionist temporal classification: the likelihood of a sequence of labels, whatever frames they are spoken in.

A path says one class in each frame. What it says is read by merging repetitions and then leaving out blanks, so it goes
through the states ``blank, label, blank, label, ..., blank``: L = 2 S + 1 of them for S labels. From frame to frame it
stays, goes one state on, or two: over a blank between labels that differ. (Graves et al. 2006)
"""

from __future__ import annotations

from math import inf
from typing import Any

from ..autograd.op import op, vjp
from ..backend.log_paths import NEVER, summed_paths
from .reduce import floating, widened

__all__ = ["ctc_loss", "log_paths"]


def log_paths(emitted: Any, inside: Any, start: Any, leap: Any) -> Any:
    """The word of the vocabulary for tensors: frame by frame, so that it can be differentiated, to any order."""
    from .. import ops

    return summed_paths(ops, emitted, inside, start, leap)


class _Alignment:
    """Sequences of labels as states in frames, for log-probabilities of shape (T, N, C)."""

    def __init__(
        self, xp: Any, log_probs: Any, labels: Any, input_lengths: Any, target_lengths: Any, blank: int
    ) -> None:
        self.xp = xp
        n, s = labels.shape
        pairs = xp.reshape(xp.stack([xp.full_like(labels, blank), labels], axis=2), (n, 2 * s))
        last = xp.full_like(xp.astype(target_lengths[:, None], labels.dtype), blank)
        states = xp.concat([pairs, last], axis=1)  # (N, L): their classes
        self.index = xp.broadcast_to(states, (log_probs.shape[0], *states.shape))
        self.emitted = xp.maximum(xp.take_along_axis(widened(xp, log_probs), self.index, axis=2), NEVER)  # (T, N, L)
        self.inside = xp.cumulative_sum(xp.ones_like(self.index[:, :, 0]), axis=0) <= input_lengths  # (T, N)
        self.place = xp.cumulative_sum(xp.ones_like(states), axis=1) - 1
        self.rest = 2 * target_lengths[:, None] - self.place  # 0 in the last blank, 1 in the last label
        self.leap = self._never_where(states == xp.roll(states, 2, axis=1))  # only over a blank, to another label

    def _never_where(self, condition: Any) -> Any:
        return self.xp.astype(condition, self.emitted.dtype) * NEVER

    def until(self) -> Any:
        """The paths that are in a state in a frame, from the start up to and with that frame: (T, N, L)."""
        return self.xp.log_paths(self.emitted, self.inside, self._never_where(self.place != 0), self.leap)

    def since(self) -> Any:
        """The paths that are in a state in a frame, from and with that frame to the end: the same, looking back."""
        xp = self.xp
        start, leap = (xp.flip(x, axis=1) for x in (self._never_where(self.rest != 0), xp.roll(self.leap, -2, axis=1)))
        backwards = xp.log_paths(xp.flip(self.emitted, axis=(0, 2)), xp.flip(self.inside, axis=0), start, leap)
        return xp.flip(backwards, axis=(0, 2))

    def total(self, until: Any) -> Any:
        """All paths that reach the end: (N, 1)."""
        ends = until[-1] + self._never_where((self.rest < 0) | (self.rest > 1))
        most = self.xp.max(ends, axis=1, keepdims=True)
        return most + self.xp.log(self.xp.sum(self.xp.exp(ends - most), axis=1, keepdims=True))


def _ctc_vjp(xp: Any, g: Any, y: Any, log_probs: Any, labels: Any, input_lengths: Any, target_lengths: Any,
             blank: int = 0) -> Any:  # fmt: skip
    """Less the posterior probability of each class in each frame: the share of the paths that say it then."""
    alignment = _Alignment(xp, log_probs, labels, input_lengths, target_lengths, blank)
    until = alignment.until()
    total = alignment.total(until)
    total = xp.where(total > NEVER / 2, total, 0)  # where there is no path at all, no state has a share
    shares = xp.exp(until + alignment.since() - alignment.emitted - total)
    shares = xp.where(alignment.inside[:, :, None], shares, 0) * -g[:, None]  # (T, N, L)
    return xp.astype(xp.put_along_axis(shares, alignment.index, axis=2, size=log_probs.shape[2]), log_probs.dtype)


@op(vjp(_ctc_vjp, reads="log_probs labels input_lengths target_lengths"))
def ctc_loss(xp: Any, log_probs: Any, labels: Any, input_lengths: Any, target_lengths: Any, *, blank: int = 0) -> Any:
    """Negative logarithm of the probability of sequences of labels, over all the frames in which they may be spoken.

    Its gradient is that of any numbers: less the posterior probability of each class in each frame. Where no path says
    the labels, the loss is infinite and its gradient 0.

    Parameters
    ----------
    log_probs : Tensor
        Logarithms of the probabilities of the classes in each frame: shape (T, N, C), with T at least 1.
    labels : Tensor of int
        Classes, of shape (N, S); what is behind the length of a sequence is any class.
    input_lengths, target_lengths : Tensor of int
        Frames and labels of each sequence, at most T and S: shape (N,).
    blank : int
        The class that says nothing.

    Returns
    -------
    Tensor
        The losses, of shape (N,).

    Raises
    ------
    IndexError
        A label is no class.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn.ops.ctc import ctc_loss
    >>> log_probs, one = tg.log(tg.full((2, 1, 2), 0.5)), tg.asarray([1])
    >>> losses = ctc_loss(log_probs, tg.asarray([[1]]), 2 * one, one)
    >>> tg.exp(-losses).numpy().round(4)  # of the paths 00, 01, 10 and 11, three say one 1
    array([0.75], dtype=float32)
    """
    log_probs = floating(xp, log_probs)
    alignment = _Alignment(xp, log_probs, labels, input_lengths, target_lengths, blank)
    total = alignment.total(alignment.until())[:, 0]
    return xp.astype(xp.where(total > NEVER / 2, -total, inf), log_probs.dtype)
