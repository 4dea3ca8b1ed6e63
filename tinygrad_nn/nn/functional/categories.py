"""Classes as vectors: one-hot encoding, and samples of categorical distributions that gradients go through."""

from __future__ import annotations

from typing import Any, NoReturn

from ... import ops
from ...autograd.words import refuse_arguments
from ...backend import Generator, float32
from ...creation import arange, draw
from ...ops.axes import one_axis
from ...ops.operands import as_tensor
from ...tensor import Tensor
from .activations import softmax
from .reduction import check_within
from .sizes import check_floating

__all__ = ["gumbel_softmax", "one_hot"]

TINY = 1e-38  # a number above 0, which has a logarithm


def gumbel_softmax(logits: Any, tau: float = 1.0, hard: bool = False, axis: int = -1, *,
                   generator: Generator | None = None, **unknown: NoReturn) -> Tensor:  # fmt: skip
    """Sample from the categorical distribution that logits give, such that gradients reach the logits.

    ``softmax((logits + noise) / tau)``, where the noise has the Gumbel distribution: the largest element is that of a
    sample, and the lower `tau`, the closer the others are to 0 (Jang et al. 2017, Maddison et al. 2017).

    Parameters
    ----------
    logits : Tensor
        Logarithms of probabilities, up to a constant; floating, of any shape with at least one axis.
    tau : float
        The temperature; above 0.
    hard : bool
        Whether the value is the sample, one-hot; its gradient is that of the soft one still.
    axis : int
        That of the classes.
    generator : Generator or None
        What draws; None is the default one of the device.

    Returns
    -------
    Tensor
        Of the shape of `logits`; along `axis` the sum is 1.

    Raises
    ------
    TypeError
        The logits are not floating.
    ValueError
        `tau` is not above 0.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> y = F.gumbel_softmax(tg.zeros((5, 3)), hard=True, generator=tg.Generator(0))
    >>> y.sum(axis=-1).tolist(), sorted(set(y.flatten().tolist()))
    ([1.0, 1.0, 1.0, 1.0, 1.0], [0.0, 1.0])
    """
    if unknown:
        refuse_arguments("gumbel_softmax", unknown)
    logits = as_tensor("gumbel_softmax", logits)
    check_floating("gumbel_softmax", logits, "f")
    if tau <= 0:
        raise ValueError(f"gumbel_softmax: tau={tau} must be above 0")
    axis = one_axis(axis, logits.ndim)
    kind = logits.dtype if logits.dtype.itemsize >= 4 else float32  # half of the precision cannot hold the noise
    u = draw(generator, logits.device, "uniform", logits.shape, dtype=kind)
    noise = -ops.log(-ops.log(ops.clip(u, TINY, 1 - 2**-24)))
    soft = softmax((logits + ops.astype(noise, logits.dtype)) / tau, axis=axis)
    if not hard:
        return soft
    place = ops.argmax(soft.detach(), axis=axis, keepdims=True)
    sample = ops.put_along_axis(ops.ones_like(place, dtype=soft.dtype), place, axis=axis, size=soft.shape[axis])
    straight: Tensor = sample + (soft - soft.detach())
    return straight


def one_hot(x: Any, num_classes: int = -1) -> Tensor:
    """Turn classes into vectors that are 1 at the class and 0 elsewhere: ``y[..., k] = x[...] == k``.

    Parameters
    ----------
    x : Tensor of int
        Classes from 0, of any shape.
    num_classes : int
        How many there are; -1 is one more than the largest in `x`.

    Returns
    -------
    Tensor of int64
        Shape (..., num_classes).

    Raises
    ------
    IndexError
        A class is not from 0 to ``num_classes - 1``.
    TypeError
        The classes are no integers.
    ValueError
        There are no classes to tell their number from.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> F.one_hot(tg.asarray([0, 2]))
    Tensor([[1, 0, 0],
            [0, 0, 1]], dtype=int64)
    """
    x = as_tensor("one_hot", x)
    if x.dtype.kind not in "iu":
        raise TypeError(f"one_hot: the classes are {x.dtype}; wanted are integers: use x.astype(tg.int64)")
    if num_classes == -1:
        if not x.size:
            raise ValueError(f"one_hot: x of shape {x.shape} has no class to tell their number from; pass num_classes")
        num_classes = int(ops.max(x)) + 1
    check_within(x, 0, num_classes - 1, IndexError(f"one_hot: x has classes that are not from 0 to {num_classes - 1}"))
    classes = arange(num_classes, device=x.device)
    hot: Tensor = ops.astype(ops.equal(ops.expand_dims(x, -1), classes), classes.dtype)
    return hot
