"""NumPy's functions on tensors: ``np.sin(x)`` is ``tg.sin(x)``, with its gradient, on every device.

>>> import numpy as np
>>> import tinygrad_nn as tg
>>> x = tg.asarray([1.0, 2.0], requires_grad=True)
>>> y = np.sum(np.square(x) * np.array([1, 10], np.float32))
>>> y.backward()
>>> x.grad
Tensor([ 2., 40.], dtype=float32)

NumPy asks a tensor among the arguments what to do, by `Tensor.__array_ufunc__` and `Tensor.__array_function__`, which
ask here. NumPy 2 and this package both follow the Array API standard, so a ufunc and an operation of one name mean the
same; for the functions, `numpy_functions` has a table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from inspect import Parameter, signature
from math import pi
from typing import Any, NoReturn

import numpy as np

from .. import ops
from ..tensor import Tensor
from .numpy_functions import FUNCTIONS

__all__ = ["call_function", "call_ufunc"]

Function = Callable[..., Any]

UFUNCS: dict[Any, Function] = {
    ufunc: op for name, op in ops.registry().items() if isinstance(ufunc := getattr(np, name, None), np.ufunc)
}
UFUNCS |= {
    np.deg2rad: lambda x: x * (pi / 180),
    np.degrees: lambda x: x * (180 / pi),
    np.divmod: lambda a, b: (ops.floor_divide(a, b), ops.remainder(a, b)),
    np.fabs: ops.abs,
    np.rad2deg: lambda x: x * (180 / pi),
    np.radians: lambda x: x * (pi / 180),
    np.rint: ops.round,
    np.vecdot: ops.vecdot,
}
"""What a call of a ufunc is here."""

REDUCE: dict[Any, Function] = {
    np.add: ops.sum,
    np.logaddexp: ops.logsumexp,
    np.logical_and: ops.all,
    np.logical_or: ops.any,
    np.maximum: ops.max,
    np.minimum: ops.min,
    np.multiply: ops.prod,
}
ACCUMULATE: dict[Any, Function] = {np.add: ops.cumulative_sum, np.multiply: ops.cumulative_prod}


def _reduce(reduction: Function, x: Any, axis: Any = 0, keepdims: bool = False) -> Any:
    return reduction(x, axis=axis, keepdims=keepdims)


def _accumulate(accumulation: Function, x: Any, axis: int = 0) -> Any:
    return accumulation(x, axis=axis)


def _outer(function: Function, a: Any, b: Any) -> Any:
    return function(ops.reshape(a, np.shape(a) + (1,) * np.ndim(b)), b)


def _method(ufunc: Any, method: str) -> Function | None:
    """What a method of a ufunc is here, such as ``np.add.reduce``, if it is anything."""
    if method == "reduce" and ufunc in REDUCE:
        return partial(_reduce, REDUCE[ufunc])
    if method == "accumulate" and ufunc in ACCUMULATE:
        return partial(_accumulate, ACCUMULATE[ufunc])
    if method == "outer" and ufunc in UFUNCS and ufunc.nin == 2 and ufunc.signature is None:
        return partial(_outer, UFUNCS[ufunc])
    return None


def call_ufunc(ufunc: Any, method: str, inputs: tuple[Any, ...], keywords: Mapping[str, Any]) -> Any:
    """The result of a ufunc, or of one of its methods, some of whose arguments are tensors.

    Parameters
    ----------
    ufunc, method, inputs, keywords
        What NumPy gives to ``__array_ufunc__``.

    Returns
    -------
    Tensor, or a tuple of them
        Recorded, where one of the inputs requires a gradient.

    Raises
    ------
    TypeError
        There is no such operation here, or it does not take one of the keywords.
    """
    function = UFUNCS.get(ufunc) if method == "__call__" else _method(ufunc, method)
    if function is not None and not keywords:  # the way of array + tensor
        return function(*inputs)
    name = ufunc.__name__ if method == "__call__" else f"{ufunc.__name__}.{method}"
    if ufunc.__name__ in np.__all__:  # other libraries have ufuncs too
        name = f"np.{name}"
    return _refuse(name) if function is None else _with_keywords(name, function, inputs, keywords)


def call_function(function: Any, arguments: tuple[Any, ...], keywords: Mapping[str, Any]) -> Any:
    """The result of one of NumPy's functions, some of whose arguments are tensors.

    Parameters
    ----------
    function, arguments, keywords
        What NumPy gives to ``__array_function__``.

    Returns
    -------
    Tensor, or what else the function gives
        Recorded, where one of the arguments requires a gradient.

    Raises
    ------
    TypeError
        There is no such function here, or it does not take one of the arguments.
    """
    ours = FUNCTIONS.get(function)
    module = function.__module__.replace("numpy", "np", 1)
    name = f"{module}.{function.__name__}"
    return _refuse(name) if ours is None else _with_keywords(name, ours, arguments, keywords)


def _refuse(name: str) -> NoReturn:
    raise TypeError(f"{name} has no equivalent for tensors; give it arrays, {name}(x.detach().numpy())")


def _with_keywords(name: str, function: Function, arguments: tuple[Any, ...], keywords: Mapping[str, Any]) -> Any:
    """The result in the dtype and the memory that the keywords ask for, as all of NumPy's functions do it."""
    rest = dict(keywords)
    out, dtype = rest.pop("out", None), rest.pop("dtype", None)
    if dtype is not None:
        arguments = tuple(_astype(x, dtype) for x in arguments)
    try:
        result = function(*arguments, **rest)
    except TypeError as error:
        try:
            signature(function).bind(*arguments, **rest)
        except TypeError as misfit:
            raise TypeError(f"{name} of tensors: {misfit}; it takes {_shown(function)}, dtype= and out=") from None
        raise error
    return result if out is None else _write(name, result, out)


def _shown(function: Function) -> str:
    """The parameters of a function, without their types."""
    stated = signature(function)
    plain = [p.replace(annotation=Parameter.empty) for p in stated.parameters.values()]
    return str(stated.replace(parameters=plain, return_annotation=Parameter.empty))


def _astype(x: Any, dtype: Any) -> Any:
    if isinstance(x, (list, tuple)):
        return type(x)(_astype(part, dtype) for part in x)
    return x.astype(dtype) if isinstance(x, (Tensor, np.ndarray)) else x


def _write(name: str, result: Any, out: Any) -> Tensor:
    """The result in the memory of `out`: a tensor, or an array, of which it becomes the tensor (``array += x``)."""
    if type(out) is tuple:
        if len(out) != 1:
            raise TypeError(f"{name} of tensors: out= takes one tensor or array, not {len(out)}")
        out = out[0]
    target = out if isinstance(out, Tensor) else Tensor(out)
    if target is not out and target.array is not out:
        raise TypeError(f"{name} of tensors: out= is a {type(out).__name__} of dtype {out.dtype}, which is not shared")
    return target._become(result)
