"""Clipping gradients, in place, between backward and the optimizer's step."""

from __future__ import annotations

from collections.abc import Iterable
from math import inf
from typing import Any

from ..autograd.apply import make
from ..autograd.modes import current_mode
from ..autograd.variable import WRITES
from ..backend import NAMESPACES, resolve
from ..creation import zeros
from ..tensor import Tensor
from .optimizer import require

__all__ = ["clip_grad_norm_", "clip_grad_value_"]


def clip_grad_norm_(parameters: Tensor | Iterable[Tensor], max_norm: float, norm_type: float = 2.0,
                    error_if_nonfinite: bool = False) -> Tensor:  # fmt: skip
    r"""Scale gradients down to a norm, taken over all of them as if they were one vector.

    With ``norm = (Σ |g|**norm_type) ** (1 / norm_type)`` over all elements g of all gradients, or the largest
    \|g\| for a `norm_type` of infinity::

        g = g * min(1, max_norm / (norm + 1e-6))

    Nothing is read from the device, unless `error_if_nonfinite`.

    Parameters
    ----------
    parameters : Tensor or iterable of Tensor
        The tensors whose gradients are scaled, in place; those without one are passed over.
    max_norm : float
        The largest norm that is left as it is, at least 0.
    norm_type : float
        Above 0; infinity is allowed.
    error_if_nonfinite : bool
        Raise where the norm is infinite or not a number; else gradients become so, too, or zero.

    Returns
    -------
    Tensor
        The norm before scaling, of shape ().

    Raises
    ------
    RuntimeError
        The norm is not finite, with `error_if_nonfinite`.
    DeviceError
        The gradients are on different devices.

    References
    ----------
    R. Pascanu, T. Mikolov and Y. Bengio, "On the difficulty of training recurrent neural networks", ICML 2013.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import optim
    >>> x = tg.asarray([3.0, 4.0], requires_grad=True)
    >>> (x * x).sum().backward()
    >>> optim.clip_grad_norm_([x], 1.0).item()
    10.0
    >>> [round(element, 3) for element in x.grad.tolist()]
    [0.6, 0.8]
    """
    require("max_norm", max_norm, 0)
    if not norm_type > 0:
        raise ValueError(f"norm_type must be above 0, not {norm_type!r}")
    grads = _gradients("clip_grad_norm_", parameters)
    if not grads:
        return zeros(())
    xp = NAMESPACES[type(grads[0].array)]
    norm = _norm(xp, [g.array for g in grads], float(norm_type))
    total: Tensor = make(xp.wrap(norm))
    if error_if_nonfinite and not bool(make(xp.wrap(xp.isfinite(norm))).item()):
        raise RuntimeError(
            f"clip_grad_norm_: the norm of order {norm_type} of the gradients is {total.item()}; "
            "look for what made it so, or pass error_if_nonfinite=False"
        )
    factor = xp.minimum(max_norm / (norm + 1e-6), 1.0)
    for g in grads:
        array = g.array
        array *= factor if factor.dtype == array.dtype else xp.astype(factor, array.dtype)
        g.version[WRITES] += 1
    return total


def clip_grad_value_(parameters: Tensor | Iterable[Tensor], clip_value: float) -> None:
    """Limit each element of the gradients to ``[-clip_value, clip_value]``, in place.

    Parameters
    ----------
    parameters : Tensor or iterable of Tensor
        The tensors whose gradients are clipped; those without one are passed over.
    clip_value : float
        At least 0.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import optim
    >>> x = tg.asarray([0.25, -3.0], requires_grad=True)
    >>> (x * x).sum().backward()
    >>> optim.clip_grad_value_([x], 1.0)
    >>> x.grad
    Tensor([ 0.5, -1. ], dtype=float32)
    """
    require("clip_value", clip_value, 0)
    for g in _gradients("clip_grad_value_", parameters):
        xp = NAMESPACES[type(g.array)]
        g.array[...] = xp.minimum(xp.maximum(g.array, -float(clip_value)), float(clip_value))
        g.version[WRITES] += 1


def _norm(xp: Any, arrays: list[Any], order: float) -> Any:
    """The norm of all elements together, without dimensions; in float32 at least, where squares of float16 overflow."""
    parts = []
    for array in arrays:
        if array.dtype.itemsize < 4:
            array = xp.astype(array, "float32")
        if order == inf:
            part = xp.max(xp.abs(array)) if array.size else xp.sum(array)
        elif order == 2:
            flat = xp.reshape(array, (-1,))
            part = flat @ flat
        else:
            part = xp.sum(xp.abs(array) ** order)
        parts.append(part)
    total = parts[0]
    for part in parts[1:]:
        total = xp.maximum(total, part) if order == inf else total + part
    if order == 2:
        return xp.sqrt(total)
    return total if order == inf else total ** (1.0 / order)


def _gradients(function: str, parameters: Tensor | Iterable[Tensor]) -> list[Any]:
    """The gradients that are there, of arrays on one device."""
    tensors = [parameters] if isinstance(parameters, Tensor) else list(parameters)
    for place, p in enumerate(tensors):
        if not isinstance(p, Tensor):
            raise TypeError(f"{function}: parameter {place} is a {type(p).__name__}, not a tensor")
    recorder = current_mode().recorder
    if recorder is not None:
        recorder.lift_grads(tensors)
    grads = [p.grad for p in tensors if p.grad is not None]
    kind = None
    for g in grads:
        if type(g.array) is not kind:
            kind = resolve(function, kind, g.array)
    return grads
