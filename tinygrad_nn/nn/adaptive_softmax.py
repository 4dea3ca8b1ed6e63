"""A softmax over very many classes, most of which are rare."""

from __future__ import annotations

from collections.abc import Sequence as SequenceOf
from itertools import pairwise
from typing import Any, NamedTuple

from .. import backend, ops
from ..autograd.modes import current_mode
from ..tensor import Tensor
from .containers import ModuleList, Sequential
from .functional.reduction import check_tensors, check_within
from .linear import Linear
from .module import Module

__all__ = ["AdaptiveLogSoftmaxWithLoss", "OutputAndLoss"]


class OutputAndLoss(NamedTuple):
    """What `AdaptiveLogSoftmaxWithLoss` gives.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> layer = nn.AdaptiveLogSoftmaxWithLoss(4, 10, [2, 5])
    >>> y = layer(tg.ones((3, 4)), tg.asarray([0, 3, 9]))
    >>> y.output.shape, y.loss.shape
    ((3,), ())
    """

    output: Tensor
    loss: Tensor


class AdaptiveLogSoftmaxWithLoss(Module):
    """Logarithms of the probabilities of very many classes, and their cross-entropy, at the cost of a few.

    Classes go by how frequent they are: 0 is the most frequent. Those up to the first cutoff have an output each, in
    the head; the others belong to clusters, with one output in the head for all of a cluster, and a softmax of its own
    with fewer features, which is computed only for the samples whose target is in it (Grave et al. 2017).

    Parameters
    ----------
    in_features : int
        Size of the last axis of the input.
    n_classes : int
        How many there are.
    cutoffs : sequence of int
        Where clusters begin: ascending, from 1 to ``n_classes - 1``.
    div_value : float
        How much smaller the features of each cluster are than of the one before: cluster `i`, from 1, has
        ``in_features // div_value ** i``.
    head_bias : bool
        Whether the head has one.
    generator : Generator or None
        Where the weights are drawn; None is the default one of the device.
    device : str or None
        Where they are; None is that of the generator, or the CPU.
    dtype : dtype or None
        Floating; float32 by default.

    Attributes
    ----------
    head : Linear
    tail : ModuleList of Sequential
        For each cluster a layer to its features, and one to its classes.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> layer = nn.AdaptiveLogSoftmaxWithLoss(16, 1000, [20, 200])
    >>> x = tg.randn(8, 16)
    >>> layer(x, tg.randint(0, 1000, (8,))).output.shape
    (8,)
    >>> layer.log_prob(x).shape
    (8, 1000)
    """

    def __init__(self, in_features: int, n_classes: int, cutoffs: SequenceOf[int], div_value: float = 4.0,
                 head_bias: bool = False, *, generator: backend.Generator | None = None, device: str | None = None,
                 dtype: Any = None) -> None:  # fmt: skip
        super().__init__()
        ends = [*cutoffs, n_classes]
        if not cutoffs or ends[0] < 1 or any(a >= b for a, b in pairwise(ends)):
            raise ValueError(
                f"AdaptiveLogSoftmaxWithLoss: cutoffs are {list(cutoffs)}; wanted are ascending integers from 1 to "
                f"{n_classes - 1}"
            )
        self.in_features = in_features
        self.n_classes = n_classes
        self.cutoffs = ends
        self.div_value = div_value
        where: dict[str, Any] = {"generator": generator, "device": device, "dtype": dtype}
        self.head = Linear(in_features, ends[0] + len(cutoffs), bias=head_bias, **where)
        self.tail = ModuleList()
        for i, (begin, end) in enumerate(pairwise(ends), start=1):
            features = int(in_features // div_value**i)
            into, out = Linear(in_features, features, False, **where), Linear(features, end - begin, False, **where)
            self.tail.append(Sequential(into, out))

    def forward(self, input: Any, target: Any) -> OutputAndLoss:
        """Logarithms of the probabilities of the target classes, and the mean of their negatives.

        Input (N, in_features) and classes (N,), or (in_features,) and ().
        """
        self._check(input, target)
        if input.ndim == 1:
            output, loss = self(input[None], target[None])
            return OutputAndLoss(output[0], loss)
        first = self.cutoffs[0]
        of_head = ops.log_softmax(self.head(input), axis=1)
        place = target  # in the head
        output = 0.0
        for i, (begin, end) in enumerate(pairwise(self.cutoffs)):
            inside = ops.logical_and(target >= begin, target < end)
            place = ops.where(inside, first + i, place)
            output = output + self._of_cluster(i, input, target - begin, inside)
        output = output + _chosen(of_head, place)
        return OutputAndLoss(output, -ops.mean(output))

    def _of_cluster(self, i: int, input: Any, place: Any, inside: Any) -> Any:
        """Logarithms of the probabilities of classes among those of a cluster, and 0 for classes not inside: (N,)."""
        if current_mode().recorder is not None:  # how many are inside is not known before the program runs
            scores = _chosen(ops.log_softmax(self.tail[i](input), axis=1), ops.where(inside, place, 0))
            return ops.where(inside, scores, 0)
        (rows,) = ops.nonzero(inside)
        if not rows.shape[0]:
            return 0.0
        of_rows = ops.log_softmax(self.tail[i](ops.take(input, rows, axis=0)), axis=1)
        return ops.scatter_add(_chosen(of_rows, ops.take(place, rows, axis=0)), rows, place.shape)

    def log_prob(self, input: Any) -> Tensor:
        """Logarithms of the probabilities of all classes: (N, in_features) to (N, n_classes).

        Examples
        --------
        >>> import tinygrad_nn as tg
        >>> from tinygrad_nn import nn
        >>> log_probs = nn.AdaptiveLogSoftmaxWithLoss(4, 10, [2, 5]).log_prob(tg.ones((3, 4)))
        >>> tg.exp(log_probs).sum(axis=1).detach().numpy().round(4)
        array([1., 1., 1.], dtype=float32)
        """
        first = self.cutoffs[0]
        of_head = ops.log_softmax(self.head(input), axis=1)
        parts = [of_head[:, :first]]
        for i, cluster in enumerate(self.tail):
            parts.append(ops.log_softmax(cluster(input), axis=1) + of_head[:, first + i, None])
        y: Tensor = ops.concat(parts, axis=1)
        return y

    def predict(self, input: Any) -> Tensor:
        """The most probable classes: (N, in_features) to (N,).

        Examples
        --------
        >>> import tinygrad_nn as tg
        >>> from tinygrad_nn import nn
        >>> nn.AdaptiveLogSoftmaxWithLoss(4, 10, [2, 5]).predict(tg.ones((3, 4))).shape
        (3,)
        """
        y: Tensor = ops.argmax(self.log_prob(input), axis=1)
        return y

    def _check(self, input: Any, target: Any) -> None:
        name = "AdaptiveLogSoftmaxWithLoss"
        check_tensors(name, input, target)
        if input.ndim not in (1, 2) or target.shape != input.shape[:-1] or input.shape[-1] != self.in_features:
            raise ValueError(
                f"{name}: the input has shape {input.shape}, the target {target.shape}; wanted are (N, "
                f"{self.in_features}) and (N,)"
            )
        if target.dtype.kind not in "iu":
            raise TypeError(f"{name}: the target is {target.dtype}; classes are integers: use target.astype(tg.int64)")
        outside = IndexError(f"{name}: the target has classes that are not from 0 to {self.n_classes - 1}")
        check_within(target, 0, self.n_classes - 1, outside)

    def extra_repr(self) -> str:
        return f"in_features={self.in_features}, n_classes={self.n_classes}, cutoffs={self.cutoffs[:-1]}"


def _chosen(scores: Any, place: Any) -> Any:
    """One score of each row: (N, C) and (N,) to (N,)."""
    return ops.take_along_axis(scores, place[:, None], 1)[:, 0]
