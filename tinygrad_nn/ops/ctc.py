"""Connectionist temporal classification: the likelihood of a sequence of labels, whatever frames they are spoken in.

A path says one class in each frame. What it says is read by merging repetitions and then leaving out blanks, so it goes
through the states ``blank, label, blank, label, ..., blank``: L = 2 S + 1 of them for S labels. From frame to frame it
stays, goes one state on, or two: over a blank between labels that differ. (Graves et al. 2006)
"""

from __future__ import annotations

from math import inf
from typing import Any

from ..autograd.op import op, vjp
from .reduce import floating, widened

__all__ = ["ctc_loss"]

NEVER = -1e30  # the logarithm of no probability at all: unlike infinity it has differences and slopes


def _states(xp: Any, labels: Any, target_lengths: Any, blank: int) -> Any:
    """The classes of the states: labels (N, S) to (N, L)."""
    n, s = labels.shape
    pairs = xp.stack([xp.full_like(labels, blank), labels], axis=2)  # (N, S, 2)
    last = xp.full_like(xp.astype(target_lengths[:, None], labels.dtype), blank)  # (N, 1)
    return xp.concat([xp.reshape(pairs, (n, 2 * s)), last], axis=1)


class _Paths:
    """The recursions over frames, from the start and from the end, for a batch of log-probabilities (T, N, C)."""

    def __init__(
        self, xp: Any, log_probs: Any, labels: Any, input_lengths: Any, target_lengths: Any, blank: int
    ) -> None:
        self.xp = xp
        states = _states(xp, labels, target_lengths, blank)  # (N, L)
        self.index = xp.broadcast_to(states, (log_probs.shape[0], *states.shape))  # (T, N, L)
        self.emitted = xp.maximum(xp.take_along_axis(widened(xp, log_probs), self.index, axis=2), NEVER)
        self.lengths = input_lengths[:, None]  # (N, 1)
        place = xp.cumulative_sum(xp.ones_like(states), axis=1) - 1
        past = 2 * target_lengths[:, None] - place  # 0 in the last blank, 1 in the last label
        self.start = self._never_where(place != 0)
        self.end = self._never_where((past < 0) | (past > 1))
        self.leap = self._never_where(states == xp.roll(states, 2, axis=1))  # into a state from the last but one
        self.edge = xp.broadcast_to(xp.full_like(self.start[:, :1], NEVER), (states.shape[0], 2))

    def _never_where(self, condition: Any) -> Any:
        return self.xp.astype(condition, self.emitted.dtype) * NEVER

    def until(self) -> list[Any]:
        """For each frame the paths that are in a state then, from the start up to and with that frame: (N, L) each."""
        xp, paths, every = self.xp, self.start, []
        for t in range(self.emitted.shape[0]):
            before = xp.concat([self.edge, paths], axis=1)  # (N, 2 + L)
            moved = xp.logaddexp(before[:, 2:], before[:, 1:-1])
            moved = xp.logaddexp(moved, before[:, :-2] + self.leap) + self.emitted[t]
            paths = xp.where(t < self.lengths, moved, paths)
            every.append(paths)
        return every

    def after(self) -> list[Any]:
        """For each frame the paths that are in a state then, from the frame behind it up to the end: (N, L) each."""
        xp, paths, every = self.xp, self.end, []
        leap = xp.concat([self.leap, self.edge], axis=1)[:, 2:]  # from a state into the next but one
        for t in range(self.emitted.shape[0] - 1, -1, -1):
            every.append(paths)
            ahead = xp.concat([paths + self.emitted[t], self.edge], axis=1)  # (N, L + 2)
            moved = xp.logaddexp(ahead[:, :-2], ahead[:, 1:-1])
            moved = xp.logaddexp(moved, ahead[:, 2:] + leap)
            paths = xp.where(t < self.lengths, moved, paths)
        return every[::-1]

    def total(self, paths: Any) -> Any:
        """All paths that are at the end, of those after the last frame: (N, L) to (N, 1)."""
        ends = paths + self.end
        most = self.xp.max(ends, axis=1, keepdims=True)
        return most + self.xp.log(self.xp.sum(self.xp.exp(ends - most), axis=1, keepdims=True))


def _ctc_vjp(xp: Any, g: Any, y: Any, log_probs: Any, labels: Any, input_lengths: Any, target_lengths: Any,
             blank: int = 0) -> Any:  # fmt: skip
    """Less the posterior probability of each class in each frame: how many of the paths say it then."""
    paths = _Paths(xp, log_probs, labels, input_lengths, target_lengths, blank)
    until = paths.until()
    total = paths.total(until[-1])
    total = xp.where(total > NEVER / 2, total, 0)  # where there is no path, there are none in any state
    in_states = [
        xp.where(t < paths.lengths, xp.exp(before + after - total), 0)
        for t, (before, after) in enumerate(zip(until, paths.after()))
    ]
    shares = xp.stack(in_states) * -g[:, None]  # (T, N, L)
    return xp.astype(xp.put_along_axis(shares, paths.index, axis=2, size=log_probs.shape[2]), log_probs.dtype)


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
    paths = _Paths(xp, log_probs, labels, input_lengths, target_lengths, blank)
    total = paths.total(paths.until()[-1])[:, 0]
    return xp.astype(xp.where(total > NEVER / 2, -total, inf), log_probs.dtype)
