"""Questions about data types, and about this package as a namespace of the Array API standard."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from . import backend
from .autograd.variable import Variable
from .backend import dtypes

__all__ = [
    "FloatInfo", "IntegerInfo", "NamespaceInfo", "__array_namespace_info__", "can_cast", "finfo", "iinfo", "isdtype",
    "result_type",
]  # fmt: skip

STANDARD = tuple(dtype for dtype in dtypes.DTYPES if dtype != dtypes.float16)  # the dtypes that the standard knows
MAX_DIMENSIONS = 64  # NumPy's

Kind = str | tuple[str, ...] | None


def _dtype_of(x: Any) -> Any:
    """The dtype of a tensor or an array; a dtype, in any of its spellings, as one."""
    if isinstance(x, Variable) or type(x) in backend.NAMESPACES:
        return x.dtype
    return backend.as_dtype(x)


class FloatInfo(NamedTuple):
    """The limits of a floating dtype; what `finfo` returns.

    Attributes
    ----------
    bits : int
        How many a number has (a real one: of a complex dtype, those of one part).
    eps : float
        The distance from 1 to the next larger number.
    max, min : float
        The largest and the smallest (most negative) finite number.
    smallest_normal : float
        The smallest positive number of full precision.
    dtype : dtype
        That of the real numbers.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.finfo(tg.float32).max
    3.4028234663852886e+38
    """

    bits: int
    eps: float
    max: float
    min: float
    smallest_normal: float
    dtype: Any


class IntegerInfo(NamedTuple):
    """The limits of an integer dtype; what `iinfo` returns.

    Attributes
    ----------
    bits : int
        How many a number has.
    max, min : int
        The largest and the smallest number.
    dtype : dtype
        Of these numbers.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.iinfo(tg.int16).min
    -32768
    """

    bits: int
    max: int
    min: int
    dtype: Any


def finfo(type: Any) -> FloatInfo:
    """The limits of a floating dtype.

    Parameters
    ----------
    type : dtype, Tensor or array
        A real or complex floating one.

    Returns
    -------
    FloatInfo
        As Python numbers.

    Raises
    ------
    ValueError
        The dtype is not a floating one.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.finfo(tg.float32).eps
    1.1920928955078125e-07
    """
    dtype = _dtype_of(type)
    if not dtypes.is_differentiable(dtype):
        raise ValueError(f"finfo: the dtype is {dtype}, wanted is a floating one; for integers there is iinfo")
    found = dtypes.finfo(dtype)
    return FloatInfo(
        int(found.bits), float(found.eps), float(found.max), float(found.min), float(found.smallest_normal), found.dtype
    )


def iinfo(type: Any) -> IntegerInfo:
    """The limits of an integer dtype.

    Parameters
    ----------
    type : dtype, Tensor or array
        A signed or unsigned integer one.

    Returns
    -------
    IntegerInfo
        As Python numbers.

    Raises
    ------
    ValueError
        The dtype is not an integer one.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.iinfo(tg.uint8).max
    255
    """
    dtype = _dtype_of(type)
    if dtype.kind not in "iu":
        raise ValueError(f"iinfo: the dtype is {dtype}, wanted is an integer one; for floats there is finfo")
    found = dtypes.iinfo(dtype)
    return IntegerInfo(int(found.bits), int(found.max), int(found.min), dtype)


def isdtype(dtype: Any, kind: Any) -> bool:
    """Whether a dtype is of a kind.

    Parameters
    ----------
    dtype : dtype
        Which.
    kind : dtype, str, or tuple of them
        Another dtype, ``"bool"``, ``"signed integer"``, ``"unsigned integer"``, ``"integral"``, ``"real floating"``,
        ``"complex floating"`` or ``"numeric"``; of a tuple, any.

    Returns
    -------
    bool

    Raises
    ------
    ValueError
        There is no such kind.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.isdtype(tg.float32, ("real floating", "complex floating"))
    True
    """
    found = backend.as_dtype(dtype)
    kinds = kind if isinstance(kind, tuple) else (kind,)
    return any(dtypes.isdtype(found, k if isinstance(k, str) else backend.as_dtype(k)) for k in kinds)


def result_type(*arrays_and_dtypes: Any) -> Any:
    """The dtype that an operation on arrays of these dtypes has.

    Parameters
    ----------
    *arrays_and_dtypes : Tensor, array, dtype or Python scalar
        At least one that is no scalar: a scalar takes on the dtype of the others, where its kind fits in.

    Returns
    -------
    dtype

    Raises
    ------
    ValueError
        There is neither an array nor a dtype.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.result_type(tg.float32, tg.asarray([1, 2], tg.int8), 1.0)
    dtype('float32')
    """
    given = [x if isinstance(x, (bool, int, float, complex)) else _dtype_of(x) for x in arrays_and_dtypes]
    if all(isinstance(x, (bool, int, float, complex)) for x in given):
        raise ValueError("result_type: there is neither an array nor a dtype")
    return dtypes.result_type(*given)


def can_cast(from_: Any, to: Any) -> bool:
    """Whether a dtype is promoted to another without a loss.

    Parameters
    ----------
    from_ : dtype, Tensor or array
        What is given.
    to : dtype
        What is wanted.

    Returns
    -------
    bool

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.can_cast(tg.int8, tg.int32), tg.can_cast(tg.float64, tg.float32)
    (True, False)
    """
    return bool(dtypes.can_cast(_dtype_of(from_), backend.as_dtype(to)))


class NamespaceInfo:
    """What `__array_namespace_info__` returns: what this namespace can do, on which devices, with which dtypes.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> info = tg.__array_namespace_info__()
    >>> info.default_dtypes()["real floating"]
    dtype('float32')
    """

    __slots__ = ()

    def capabilities(self) -> dict[str, Any]:
        """What is supported of what the standard leaves open.

        Returns
        -------
        dict
            ``"boolean indexing"``, ``"data-dependent shapes"`` (bool) and ``"max dimensions"`` (int).
        """
        return {"boolean indexing": True, "data-dependent shapes": True, "max dimensions": MAX_DIMENSIONS}

    def default_device(self) -> str:
        """Where tensors are made by default.

        Returns
        -------
        str
        """
        return "cpu"

    def devices(self) -> tuple[str, ...]:
        """The devices of this machine.

        Returns
        -------
        tuple of str
        """
        found = ["cpu"]
        while backend.is_available(gpu := f"cuda:{len(found) - 1}"):
            found.append(gpu)
        return tuple(found)

    def default_dtypes(self, *, device: str | None = None) -> dict[str, Any]:
        """The dtypes that results have where none is asked for; on all devices the same.

        Parameters
        ----------
        device : str or None
            Which.

        Returns
        -------
        dict
            For ``"real floating"``, ``"complex floating"``, ``"integral"`` and ``"indexing"``.
        """
        return {
            "real floating": dtypes.float32,
            "complex floating": dtypes.complex64,
            "integral": dtypes.int64,
            "indexing": dtypes.int64,
        }

    def dtypes(self, *, device: str | None = None, kind: Kind = None) -> dict[str, Any]:
        """The dtypes of the standard, by name; on all devices the same.

        Parameters
        ----------
        device : str or None
            Which.
        kind : str, tuple of str or None
            Only those of these kinds (see `isdtype`).

        Returns
        -------
        dict
        """
        chosen: Iterable[Any] = STANDARD if kind is None else (d for d in STANDARD if isdtype(d, kind))
        return {dtype.name: dtype for dtype in chosen}


def __array_namespace_info__() -> NamespaceInfo:
    """What this namespace can do: its capabilities, devices and dtypes.

    Returns
    -------
    NamespaceInfo

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.__array_namespace_info__().default_device()
    'cpu'
    """
    return NamespaceInfo()
