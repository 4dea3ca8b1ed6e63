"""Making tensors."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral
from typing import Any

from . import backend
from .autograd.apply import make
from .autograd.modes import current_mode
from .tensor import Tensor

__all__ = [
    "arange", "asarray", "draw", "empty", "eye", "from_dlpack", "full", "linspace", "ones", "rand", "randint", "randn",
    "zeros",
]  # fmt: skip

Shape = int | Sequence[int]


def _made(array: Any, requires_grad: bool) -> Tensor:
    recorder = current_mode().recorder
    tensor: Tensor = make(array if recorder is None else recorder.own(array))
    return tensor.requires_grad_() if requires_grad else tensor


def _sizes(name: str, shape: Shape) -> tuple[int, ...]:
    """A shape as a tuple of sizes."""
    sizes = tuple(shape) if hasattr(shape, "__iter__") else (shape,)
    for size in sizes:
        if type(size) is not int and not isinstance(size, Integral):
            raise TypeError(f"{name}: shape is {shape!r}, wanted an integer or a sequence of integers")
        if size < 0:
            raise ValueError(f"{name}: shape is {shape}, wanted sizes of at least 0")
    return sizes


def _one_by_one(shape: Any) -> Any:
    return shape[0] if len(shape) == 1 else shape


def asarray(data: Any, dtype: Any = None, device: str | None = None, requires_grad: bool = False,
            copy: bool | None = None) -> Tensor:  # fmt: skip
    """Make a tensor of numbers, nested lists, arrays or another tensor.

    Parameters
    ----------
    data : scalar, nested list, array or Tensor
        Python floats become float32, integers int64; NumPy arrays keep their dtype and share their memory, and so do
        arrays of other libraries with DLPack (see `from_dlpack`).
    dtype : dtype or None
        Of the elements; None keeps that of `data`.
    device : str or None
        ``"cpu"``, ``"cuda"``, ``"cuda:1"``; None keeps that of `data`.
    requires_grad : bool
        Record operations on it (floating dtypes only).
    copy : bool or None
        True for memory of its own, False for that of `data` or an error; None shares it where that can be.

    Returns
    -------
    Tensor
        Detached from the graph of `data`, if that is a tensor.

    Raises
    ------
    TypeError
        The elements are not numbers.
    ValueError
        Nested lists of unequal lengths, an unknown device, or ``copy=False`` where a copy is needed.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.asarray([[1, 2], [3, 4]], dtype=tg.float64)
    Tensor([[1., 2.],
            [3., 4.]], dtype=float64)
    """
    made = Tensor(data, dtype, device)
    source = data.array if isinstance(data, Tensor) else data
    if copy is False and made.array is not source:
        raise ValueError(f"asarray: a {type(data).__name__} does not become a tensor of {made.dtype} without a copy")
    if copy and not isinstance(data, (bool, int, float, complex, list, tuple)):
        made = made.copy()
    return made.requires_grad_() if requires_grad else made


def from_dlpack(x: Any, device: str | None = None, copy: bool | None = None) -> Tensor:
    """A tensor in the memory of an array of another library (NumPy, PyTorch, CuPy, JAX), through DLPack.

    The way back is that library's own ``from_dlpack(tensor)``. A write on either side is seen on both, but only writes
    to tensors are counted: a backward cannot notice that the other library overwrote what it needs.

    Parameters
    ----------
    x : array with ``__dlpack__``
        Of any library; one that requires a gradient there is to be detached before.
    device : str or None
        Where the result is to be; None for where `x` is.
    copy : bool or None
        True for memory of its own, False for an error where it cannot be shared, None to share it where that is
        possible.

    Returns
    -------
    Tensor
        Requires no gradient.

    Raises
    ------
    AttributeError
        `x` does not speak DLPack; numbers and lists are for `asarray`.
    BufferError
        The other library does not share this array, or it is on a device that is neither the CPU nor an NVIDIA GPU.
    TypeError
        Its dtype is not one of NumPy's (bfloat16).
    ValueError
        `copy` is False, but the array would have to move to `device`.

    Examples
    --------
    >>> import numpy as np
    >>> import tinygrad_nn as tg
    >>> array = np.zeros(3)
    >>> x = tg.from_dlpack(array)
    >>> x[0] = 1.0
    >>> array
    array([1., 0., 0.])
    >>> np.from_dlpack(x + 1)
    array([2., 1., 1.])
    """
    return _made(backend.from_dlpack(x, device, copy), False)


def zeros(shape: Shape, dtype: Any = None, device: str | None = None, requires_grad: bool = False) -> Tensor:
    """Zeros, float32 by default.

    Parameters
    ----------
    shape : int or sequence of int
        Of the result; an int is one axis.
    dtype : dtype or None
        Of the elements; None for float32.
    device : str or None
        ``"cpu"``, ``"cuda"``, ``"cuda:1"``; None for the CPU.
    requires_grad : bool
        Record operations on it (floating dtypes only).

    Returns
    -------
    Tensor

    Raises
    ------
    DeviceError
        The device is not available here.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.zeros(3)
    Tensor([0., 0., 0.], dtype=float32)
    """
    return _made(backend.zeros(_sizes("zeros", shape), dtype or backend.float32, device or "cpu"), requires_grad)


def ones(shape: Shape, dtype: Any = None, device: str | None = None, requires_grad: bool = False) -> Tensor:
    """Ones, float32 by default.

    Parameters
    ----------
    shape : int or sequence of int
        Of the result; an int is one axis.
    dtype : dtype or None
        Of the elements; None for float32.
    device : str or None
        ``"cpu"``, ``"cuda"``, ``"cuda:1"``; None for the CPU.
    requires_grad : bool
        Record operations on it (floating dtypes only).

    Returns
    -------
    Tensor

    Raises
    ------
    DeviceError
        The device is not available here.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.ones((2, 1)).shape
    (2, 1)
    """
    return _made(backend.ones(_sizes("ones", shape), dtype or backend.float32, device or "cpu"), requires_grad)


def full(shape: Shape, fill_value: Any, dtype: Any = None, device: str | None = None,
         requires_grad: bool = False) -> Tensor:  # fmt: skip
    """`fill_value` everywhere.

    Parameters
    ----------
    shape : int or sequence of int
        Of the result; an int is one axis.
    fill_value : scalar
        What to put there.
    dtype : dtype or None
        Of the elements; None for that of ``asarray(fill_value)``.
    device : str or None
        ``"cpu"``, ``"cuda"``, ``"cuda:1"``; None for the CPU.
    requires_grad : bool
        Record operations on it (floating dtypes only).

    Returns
    -------
    Tensor

    Raises
    ------
    DeviceError
        The device is not available here.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.full(2, 7)
    Tensor([7, 7], dtype=int64)
    """
    return _made(backend.full(_sizes("full", shape), fill_value, dtype, device or "cpu"), requires_grad)


def empty(shape: Shape, dtype: Any = None, device: str | None = None) -> Tensor:
    """Memory that nobody has written to, float32 by default.

    Parameters
    ----------
    shape : int or sequence of int
        Of the result; an int is one axis.
    dtype : dtype or None
        Of the elements; None for float32.
    device : str or None
        ``"cpu"``, ``"cuda"``, ``"cuda:1"``; None for the CPU.

    Returns
    -------
    Tensor
        Whatever the memory held.

    Raises
    ------
    DeviceError
        The device is not available here.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.empty((2, 3)).shape
    (2, 3)
    """
    return _made(backend.empty(_sizes("empty", shape), dtype or backend.float32, device or "cpu"), False)


def arange(start: float, stop: float | None = None, step: float = 1, dtype: Any = None,
           device: str | None = None) -> Tensor:  # fmt: skip
    """Numbers from `start` (0 if only one is given) to before `stop`, a step apart.

    Parameters
    ----------
    start, stop : number
        Where to begin and where to end; with one of them, that is the end.
    step : number
        Not 0; with a negative one the numbers fall.
    dtype : dtype or None
        None for int64 of integers, float32 of floats.
    device : str or None
        ``"cpu"``, ``"cuda"``, ``"cuda:1"``; None for the CPU.

    Returns
    -------
    Tensor
        One axis.

    Raises
    ------
    DeviceError
        The device is not available here.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.arange(2, 8, 2)
    Tensor([2, 4, 6], dtype=int64)
    """
    return _made(backend.arange(start, stop, step, dtype, device or "cpu"), False)


def linspace(start: complex, stop: complex, num: int, dtype: Any = None, device: str | None = None, *,
             endpoint: bool = True) -> Tensor:  # fmt: skip
    """`num` numbers from `start` to `stop`, evenly apart; float32 by default.

    Parameters
    ----------
    start, stop : number
        The first and the last.
    num : int
        How many.
    dtype : dtype or None
        Of the elements; None for float32 (complex64 of complex numbers).
    device : str or None
        ``"cpu"``, ``"cuda"``, ``"cuda:1"``; None for the CPU.
    endpoint : bool
        Whether `stop` is the last number, or what would follow it.

    Returns
    -------
    Tensor
        Shape (num,).

    Raises
    ------
    DeviceError
        The device is not available here.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.linspace(0, 1, 3)
    Tensor([0. , 0.5, 1. ], dtype=float32)
    """
    return _made(backend.linspace(start, stop, num, dtype, device or "cpu", endpoint=endpoint), False)


def eye(n_rows: int, n_cols: int | None = None, dtype: Any = None, device: str | None = None, *, k: int = 0) -> Tensor:
    """Ones on a diagonal of a matrix, zeros elsewhere; float32 by default.

    Parameters
    ----------
    n_rows : int
        How many rows.
    n_cols : int or None
        How many columns; None for as many as rows.
    dtype : dtype or None
        Of the elements; None for float32.
    device : str or None
        ``"cpu"``, ``"cuda"``, ``"cuda:1"``; None for the CPU.
    k : int
        Which diagonal: 0 the main one, 1 the one above it, -1 the one below.

    Returns
    -------
    Tensor
        Shape (n_rows, n_cols).

    Raises
    ------
    DeviceError
        The device is not available here.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.eye(2)
    Tensor([[1., 0.],
            [0., 1.]], dtype=float32)
    """
    return _made(backend.eye(n_rows, n_cols, k, dtype or backend.float32, device or "cpu"), False)


def _generator(generator: backend.Generator | None, device: str | None) -> backend.Generator:
    """The generator to draw from: the one given (which fixes the device), or the default one of the device."""
    if generator is None:
        return backend.default_generator(device or "cpu")
    if device is not None and backend.parse_device(device) != generator.device:
        raise ValueError(f"generator= draws on {generator.device}, not on {device}")
    return generator


def draw(generator: backend.Generator | None, device: str | None, method: str, *args: Any, **kwargs: Any) -> Tensor:
    """A tensor of random numbers, by the name of a generator's method; a recorded program draws anew in each run.

    Parameters
    ----------
    generator : Generator or None
        What to draw from; None for the default generator of the device.
    device : str or None
        Where to draw; None for that of the generator, or the CPU.
    method : str
        Of `Generator`, such as ``"normal"``.
    *args, **kwargs
        What it is given.

    Returns
    -------
    Tensor

    Raises
    ------
    ValueError
        The generator draws on another device.
    """
    source = _generator(generator, device)
    mode = current_mode()
    if mode.observer is not None:
        mode.observer.drawing(source)
    if mode.recorder is not None:
        return make(mode.recorder.draw(source, method, *args, **kwargs))
    return make(source.draw(method, *args, **kwargs))


def rand(*shape: Any, dtype: Any = None, device: str | None = None, generator: backend.Generator | None = None,
         requires_grad: bool = False) -> Tensor:  # fmt: skip
    """Uniform random numbers in [0, 1), float32 by default.

    Parameters
    ----------
    *shape : int
        Sizes of the axes, one by one or as one tuple.
    dtype : dtype or None
        Of the elements; None for float32.
    device : str or None
        Where to draw; None for that of the generator, or the CPU.
    generator : Generator or None
        What to draw from; None for the default generator of the device.
    requires_grad : bool
        Record operations on it (floating dtypes only).

    Returns
    -------
    Tensor

    Raises
    ------
    ValueError
        The generator draws on another device.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.rand(2, 3, generator=tg.Generator(0)).shape
    (2, 3)
    """
    drawn = draw(generator, device, "uniform", _sizes("rand", _one_by_one(shape)), dtype=dtype or backend.float32)
    return drawn.requires_grad_() if requires_grad else drawn


def randn(*shape: Any, dtype: Any = None, device: str | None = None, generator: backend.Generator | None = None,
          requires_grad: bool = False) -> Tensor:  # fmt: skip
    """Standard normal random numbers, float32 by default.

    Parameters
    ----------
    *shape : int
        Sizes of the axes, one by one or as one tuple.
    dtype : dtype or None
        Of the elements; None for float32.
    device : str or None
        Where to draw; None for that of the generator, or the CPU.
    generator : Generator or None
        What to draw from; None for the default generator of the device.
    requires_grad : bool
        Record operations on it (floating dtypes only).

    Returns
    -------
    Tensor

    Raises
    ------
    ValueError
        The generator draws on another device.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.randn(2, 3, generator=tg.Generator(0)).shape
    (2, 3)
    """
    drawn = draw(generator, device, "normal", _sizes("randn", _one_by_one(shape)), dtype=dtype or backend.float32)
    return drawn.requires_grad_() if requires_grad else drawn


def randint(low: int, high: int, shape: Shape, device: str | None = None,
            generator: backend.Generator | None = None) -> Tensor:  # fmt: skip
    """Random integers from `low` to before `high`, int64.

    Parameters
    ----------
    low, high : int
        The smallest, and one more than the largest.
    shape : int or sequence of int
        Of the result; an int is one axis.
    device : str or None
        Where to draw; None for that of the generator, or the CPU.
    generator : Generator or None
        What to draw from; None for the default generator of the device.

    Returns
    -------
    Tensor of int64

    Raises
    ------
    ValueError
        There is none between `low` and `high`, or the generator draws on another device.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.randint(0, 10, (3,), generator=tg.Generator(0))
    Tensor([8, 6, 5], dtype=int64)
    """
    return draw(generator, device, "integers", low, high, _sizes("randint", shape))
