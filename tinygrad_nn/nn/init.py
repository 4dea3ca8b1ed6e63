"""Filling parameters with initial values, in place.

Each function fills the tensor it is given, whatever its requires_grad, records nothing, and returns it. Random ones
draw from `generator`, or from the default one of the tensor's device.
"""

from __future__ import annotations

from math import erf, prod, sqrt
from typing import Any

from .. import backend
from ..autograd.apply import make
from ..autograd.variable import WRITES
from ..backend.dtypes import float64
from ..creation import draw
from ..ops import clip, erfinv, reshape
from ..tensor import Tensor

__all__ = [
    "calculate_gain", "constant_", "kaiming_normal_", "kaiming_uniform_", "normal_", "ones_", "orthogonal_",
    "trunc_normal_", "uniform_", "xavier_normal_", "xavier_uniform_", "zeros_",
]  # fmt: skip

Generator = backend.Generator

_GAINS = {"linear": 1.0, "sigmoid": 1.0, "tanh": 5 / 3, "relu": sqrt(2), "selu": 3 / 4}


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """The factor by which a layer's weights must be larger so that the activation after it keeps the variance.

    Parameters
    ----------
    nonlinearity : str
        ``"linear"``, ``"sigmoid"``, ``"tanh"``, ``"relu"``, ``"leaky_relu"`` or ``"selu"``.
    param : float or None
        The negative slope of leaky_relu, by default 0.01.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        The activation is unknown.

    Examples
    --------
    >>> from tinygrad_nn import nn
    >>> nn.init.calculate_gain("leaky_relu", 1.0)
    1.0
    """
    if nonlinearity == "leaky_relu":
        slope = 0.01 if param is None else param
        return sqrt(2 / (1 + slope * slope))
    if nonlinearity not in _GAINS:
        raise ValueError(f"calculate_gain: nonlinearity={nonlinearity!r}; known are {', '.join(_GAINS)}, leaky_relu")
    return _GAINS[nonlinearity]


def constant_(tensor: Tensor, value: float) -> Tensor:
    """Fill with one value.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.init.constant_(tg.empty(2), 0.5)
    Tensor([0.5, 0.5], dtype=float32)
    """
    return _filled(tensor, value)


def zeros_(tensor: Tensor) -> Tensor:
    """Fill with zeros.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.init.zeros_(tg.empty(2))
    Tensor([0., 0.], dtype=float32)
    """
    return _filled(tensor, 0)


def ones_(tensor: Tensor) -> Tensor:
    """Fill with ones.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.init.ones_(tg.empty(2))
    Tensor([1., 1.], dtype=float32)
    """
    return _filled(tensor, 1)


def uniform_(tensor: Tensor, low: float = 0.0, high: float = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Fill with numbers spread evenly over [low, high).

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> w = nn.init.uniform_(tg.empty((3, 2)), -1, 1, generator=tg.Generator(0))
    >>> bool((abs(w) <= 1).all())
    True
    """
    drawn = draw(generator, tensor.device, "uniform", tensor.shape, low=low, high=high, dtype=tensor.dtype)
    return _filled(tensor, drawn.array)


def normal_(tensor: Tensor, mean: float = 0.0, std: float = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Fill with normally distributed numbers.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.init.normal_(tg.empty((3, 2)), std=0.02, generator=tg.Generator(0)).shape
    (3, 2)
    """
    drawn = draw(generator, tensor.device, "normal", tensor.shape, mean=mean, std=std, dtype=tensor.dtype)
    return _filled(tensor, drawn.array)


def trunc_normal_(tensor: Tensor, mean: float = 0.0, std: float = 1.0, a: float = -2.0, b: float = 2.0, *,
                  generator: Generator | None = None) -> Tensor:  # fmt: skip
    """Fill with normally distributed numbers, of which only those from `a` to `b` are taken.

    Parameters
    ----------
    tensor : Tensor
        Any shape.
    mean, std : float
        Of the normal distribution that is cut off.
    a, b : float
        The least and the greatest number.
    generator : Generator or None

    Returns
    -------
    Tensor
        The same.

    Raises
    ------
    ValueError
        There is nothing between `a` and `b`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> w = nn.init.trunc_normal_(tg.empty((3, 2)), std=0.02, a=-0.04, b=0.04, generator=tg.Generator(0))
    >>> bool((abs(w) <= 0.04).all())
    True
    """
    if not a < b:
        raise ValueError(f"trunc_normal_: a={a} must be less than b={b}")
    low, high = (erf((end - mean) / (std * sqrt(2))) for end in (a, b))  # the distribution function, from -1 to 1
    drawn = draw(generator, tensor.device, "uniform", tensor.shape, low=low, high=high, dtype=float64)
    return _filled(tensor, clip(erfinv(drawn) * (std * sqrt(2)) + mean, a, b).array)


def xavier_uniform_(tensor: Tensor, gain: float = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Fill from ±gain * sqrt(6 / (fan_in + fan_out)): keeps the variance in both directions.

    Glorot and Bengio 2010.

    Parameters
    ----------
    tensor : Tensor
        Shape (out, in), or (out, in, ...) of a convolution.
    gain : float
        See `calculate_gain`.
    generator : Generator or None

    Returns
    -------
    Tensor
        The same.

    Raises
    ------
    ValueError
        The tensor has fewer than two axes.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> w = nn.init.xavier_uniform_(tg.empty((3, 3)), generator=tg.Generator(0))
    >>> bool((abs(w) <= 1).all())
    True
    """
    bound = gain * sqrt(6 / sum(_fans("xavier_uniform_", tensor)))
    return uniform_(tensor, -bound, bound, generator=generator)


def xavier_normal_(tensor: Tensor, gain: float = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Fill with normal numbers of deviation gain * sqrt(2 / (fan_in + fan_out)): see `xavier_uniform_`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.init.xavier_normal_(tg.empty((3, 2)), generator=tg.Generator(0)).shape
    (3, 2)
    """
    std = gain * sqrt(2 / sum(_fans("xavier_normal_", tensor)))
    return normal_(tensor, 0.0, std, generator=generator)


def kaiming_uniform_(tensor: Tensor, a: float = 0.0, mode: str = "fan_in", nonlinearity: str = "leaky_relu", *,
                     generator: Generator | None = None) -> Tensor:  # fmt: skip
    """Fill from ±gain * sqrt(3 / fan): keeps the variance through a rectifier, forward or backward.

    He et al. 2015.

    Parameters
    ----------
    tensor : Tensor
        Shape (out, in), or (out, in, ...) of a convolution.
    a : float
        The negative slope of leaky_relu: 0 is relu.
    mode : str
        ``"fan_in"`` for the forward pass, ``"fan_out"`` for the backward pass.
    nonlinearity : str
        See `calculate_gain`.
    generator : Generator or None

    Returns
    -------
    Tensor
        The same.

    Raises
    ------
    ValueError
        The tensor has fewer than two axes, or an argument is none of its values.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> w = nn.init.kaiming_uniform_(tg.empty((3, 6)), generator=tg.Generator(0))
    >>> bool((abs(w) <= 1).all())
    True
    """
    bound = sqrt(3) * _kaiming_std("kaiming_uniform_", tensor, a, mode, nonlinearity)
    return uniform_(tensor, -bound, bound, generator=generator)


def kaiming_normal_(tensor: Tensor, a: float = 0.0, mode: str = "fan_in", nonlinearity: str = "leaky_relu", *,
                    generator: Generator | None = None) -> Tensor:  # fmt: skip
    """Fill with normal numbers of deviation gain / sqrt(fan): see `kaiming_uniform_`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.init.kaiming_normal_(tg.empty((3, 2)), generator=tg.Generator(0)).shape
    (3, 2)
    """
    std = _kaiming_std("kaiming_normal_", tensor, a, mode, nonlinearity)
    return normal_(tensor, 0.0, std, generator=generator)


def orthogonal_(tensor: Tensor, gain: float = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Fill with a random orthogonal matrix: it changes no lengths (Saxe et al. 2014).

    Parameters
    ----------
    tensor : Tensor
        Shape (rows, ...): with the other axes joined, the smaller of rows and columns are orthonormal.
    gain : float
        All is multiplied by it.
    generator : Generator or None

    Returns
    -------
    Tensor
        The same.

    Raises
    ------
    ValueError
        The tensor has fewer than two axes.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> q = nn.init.orthogonal_(tg.empty((3, 3)), generator=tg.Generator(0))
    >>> bool((abs(q @ q.T - tg.eye(3)) < 1e-6).all())
    True
    """
    if tensor.ndim < 2:
        raise ValueError(f"orthogonal_: the tensor has shape {tensor.shape}; it needs at least two axes")
    shape = (tensor.shape[0], prod(tensor.shape[1:]))
    drawn = draw(generator, tensor.device, "normal", shape, dtype=tensor.dtype)
    matrix = make(backend.orthonormal(drawn.array))
    return _filled(tensor, (reshape(matrix, tensor.shape) * gain).array)


def _filled(tensor: Tensor, values: Any) -> Tensor:
    """The tensor, with its memory overwritten."""
    tensor.array[...] = values
    tensor.version[WRITES] += 1
    return tensor


def _fans(name: str, tensor: Tensor) -> tuple[int, int]:
    """How many inputs each output has, and how many outputs each input."""
    if tensor.ndim < 2:
        raise ValueError(f"{name}: the tensor has shape {tensor.shape}; it needs at least two axes: (out, in, ...)")
    field = prod(tensor.shape[2:])
    return tensor.shape[1] * field, tensor.shape[0] * field


def _kaiming_std(name: str, tensor: Tensor, a: float, mode: str, nonlinearity: str) -> float:
    fan_in, fan_out = _fans(name, tensor)
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f"{name}: mode={mode!r}; wanted is 'fan_in' or 'fan_out'")
    return calculate_gain(nonlinearity, a) / sqrt(fan_in if mode == "fan_in" else fan_out)
