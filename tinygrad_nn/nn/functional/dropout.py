"""Dropout: of single elements, of whole channels, and in a way that keeps mean and variance."""

from __future__ import annotations

from typing import Any

from ...backend import Generator
from ...creation import draw
from ...tensor import Tensor
from .sizes import channel_axis

__all__ = ["alpha_dropout", "check_probability", "dropout", "dropout1d", "dropout2d", "dropout3d",
           "feature_alpha_dropout"]  # fmt: skip

SATURATION = -1.7580993408473766  # of selu: -scale * alpha


def check_probability(name: str, p: float) -> None:
    """Refuse what is no probability."""
    if not 0 <= p <= 1:
        raise ValueError(f"{name}: p={p} must be a probability, from 0 to 1")


def dropout(x: Any, p: float = 0.5, training: bool = True, *, generator: Generator | None = None) -> Tensor:
    """Set each element to zero with probability `p` and divide the others by ``1 - p`` (Srivastava et al. 2014).

    Parameters
    ----------
    x : Tensor
        Any shape.
    p : float
        Probability to drop, from 0 to 1.
    training : bool
        Otherwise the result is `x`.
    generator : Generator or None
        What draws; None is the default one of the device.

    Returns
    -------
    Tensor
        Shape of `x`.

    Raises
    ------
    ValueError
        `p` is no probability.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> y = F.dropout(tg.ones(1000), 0.5, generator=tg.Generator(0))
    >>> sorted(set(y.tolist()))
    [0.0, 2.0]
    """
    check_probability("dropout", p)
    return _dropped(x, x.shape, p, generator) if training and p else x


def dropout1d(x: Any, p: float = 0.5, training: bool = True, *, generator: Generator | None = None) -> Tensor:
    """Drop whole channels of sequences: all elements of one, with probability `p` (Tompson et al. 2015).

    Parameters
    ----------
    x : Tensor
        Shape (N, C, L) or (C, L).
    p, training, generator
        As in `dropout`.

    Returns
    -------
    Tensor
        Shape of `x`.

    Raises
    ------
    ValueError
        `p` is no probability, or `x` has another number of axes.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> F.dropout1d(tg.ones((1, 3, 2)), 0.5, generator=tg.Generator(1)).tolist()
    [[[2.0, 2.0], [0.0, 0.0], [0.0, 0.0]]]
    """
    return _channels_dropped("dropout1d", x, ("NCL", "CL"), p, training, generator)


def dropout2d(x: Any, p: float = 0.5, training: bool = True, *, generator: Generator | None = None) -> Tensor:
    """Drop whole channels of images: all elements of one, with probability `p` (Tompson et al. 2015).

    Parameters
    ----------
    x : Tensor
        Shape (N, C, H, W). For sequences, (N, C, L), there is `dropout1d`; an image by itself needs an axis of samples.
    p, training, generator
        As in `dropout`.

    Returns
    -------
    Tensor
        Shape of `x`.

    Raises
    ------
    ValueError
        `p` is no probability, or `x` has another number of axes.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> F.dropout2d(tg.ones((1, 3, 1, 2)), 0.5, generator=tg.Generator(1)).tolist()
    [[[[2.0, 2.0]], [[0.0, 0.0]], [[0.0, 0.0]]]]
    """
    return _channels_dropped("dropout2d", x, ("NCHW",), p, training, generator)


def dropout3d(x: Any, p: float = 0.5, training: bool = True, *, generator: Generator | None = None) -> Tensor:
    """Drop whole channels of volumes: all elements of one, with probability `p` (Tompson et al. 2015).

    Parameters
    ----------
    x : Tensor
        Shape (N, C, D, H, W) or (C, D, H, W).
    p, training, generator
        As in `dropout`.

    Returns
    -------
    Tensor
        Shape of `x`.

    Raises
    ------
    ValueError
        `p` is no probability, or `x` has another number of axes.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> F.dropout3d(tg.ones((3, 1, 1, 2)), 0.5, generator=tg.Generator(1)).tolist()
    [[[[2.0, 2.0]]], [[[0.0, 0.0]]], [[[0.0, 0.0]]]]
    """
    return _channels_dropped("dropout3d", x, ("NCDHW", "CDHW"), p, training, generator)


def alpha_dropout(x: Any, p: float = 0.5, training: bool = False, *, generator: Generator | None = None) -> Tensor:
    """Set each element to where selu saturates, with probability `p`, and keep the mean and variance of all.

    For networks of `selu`: elements of mean 0 and variance 1 have these afterwards, too (Klambauer et al. 2017).

    Parameters
    ----------
    x : Tensor
        Any shape.
    p : float
        Probability to drop, from 0 to 1.
    training : bool
        Otherwise the result is `x`; as in PyTorch, that is the default here.
    generator : Generator or None
        What draws; None is the default one of the device.

    Returns
    -------
    Tensor
        Shape of `x`.

    Raises
    ------
    ValueError
        `p` is no probability.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> y = F.alpha_dropout(tg.zeros(1000), 0.5, True, generator=tg.Generator(0))
    >>> sorted({round(value, 4) for value in y.tolist()})
    [-0.7792, 0.7792]
    """
    check_probability("alpha_dropout", p)
    return _saturated(x, x.shape, p, generator) if training and p else x


def feature_alpha_dropout(x: Any, p: float = 0.5, training: bool = False, *,
                          generator: Generator | None = None) -> Tensor:  # fmt: skip
    """Set whole channels to where selu saturates: `alpha_dropout` of all elements of a channel together.

    Parameters
    ----------
    x : Tensor
        Shape (N, C, ...).
    p : float
        Probability to drop, from 0 to 1.
    training : bool
        Otherwise the result is `x`; as in PyTorch, that is the default here.
    generator : Generator or None
        What draws; None is the default one of the device.

    Returns
    -------
    Tensor
        Shape of `x`.

    Raises
    ------
    ValueError
        `p` is no probability, or `x` has no channels.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> F.feature_alpha_dropout(tg.zeros((1, 2, 2)), 0.5, True, generator=tg.Generator(1))
    Tensor([[[ 0.77919394,  0.77919394],
             [-0.77919394, -0.77919394]]], dtype=float32)
    """
    check_probability("feature_alpha_dropout", p)
    if x.ndim < 2:
        raise ValueError(f"feature_alpha_dropout: the input has shape {x.shape}, wanted (N, C, ...)")
    return _saturated(x, x.shape[:2] + (1,) * (x.ndim - 2), p, generator) if training and p else x


def _channels_dropped(name: str, x: Any, shapes: tuple[str, ...], p: float, training: bool,
                      generator: Generator | None) -> Tensor:  # fmt: skip
    """Dropout of channels, of input of one of `shapes`, which have a letter for each axis."""
    check_probability(name, p)
    channels = channel_axis(name, x, shapes) + 1
    return _dropped(x, x.shape[:channels] + (1,) * (x.ndim - channels), p, generator) if training and p else x


def _kept(x: Any, shape: tuple[int, ...], p: float, generator: Generator | None) -> Tensor:
    """1 with probability ``1 - p``, else 0; `shape` broadcasts against that of `x`."""
    return draw(generator, x.device, "bernoulli", 1 - p, shape, x.dtype)


def _dropped(x: Any, shape: tuple[int, ...], p: float, generator: Generator | None) -> Tensor:
    mask = _kept(x, shape, p, generator)
    if p < 1:
        mask = mask * (1 / (1 - p))
    y: Tensor = x * mask
    return y


def _saturated(x: Any, shape: tuple[int, ...], p: float, generator: Generator | None) -> Tensor:
    mask = _kept(x, shape, p, generator)
    if p == 1:
        y: Tensor = x * mask
        return y
    scale = ((1 - p) * (1 + p * SATURATION**2)) ** -0.5
    y = x * (mask * scale) + ((1 - p) - mask) * (scale * SATURATION)
    return y
