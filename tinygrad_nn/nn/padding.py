"""Padding as modules: constants, reflections, copies of the edge, or the other end around the last axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from ..tensor import Tensor
from . import functional as F
from .functional.sizes import check_spatial, per_axis
from .module import Module

__all__ = [
    "CircularPad1d", "CircularPad2d", "CircularPad3d", "ConstantPad1d", "ConstantPad2d", "ConstantPad3d",
    "ReflectionPad1d", "ReflectionPad2d", "ReflectionPad3d", "ReplicationPad1d", "ReplicationPad2d",
    "ReplicationPad3d", "ZeroPad1d", "ZeroPad2d", "ZeroPad3d",
]  # fmt: skip


class _Padding(Module):
    """Elements before and after, along the last axes; a derived class says along how many, and what they are.

    Parameters
    ----------
    padding : int or sequence of int
        How many on each side; or ``(left, right)``, then ``(top, bottom)``, then ``(front, back)``, as far as there
        are axes. A negative amount takes elements away.
    """

    axes: ClassVar[int]
    mode: ClassVar[str]

    def __init__(self, padding: int | Sequence[int]) -> None:
        super().__init__()
        self.padding = per_axis(f"{type(self).__name__}: padding", padding, 2 * self.axes)

    def forward(self, x: Any) -> Tensor:
        """Shape (C, ...) or (N, C, ...) to the same with wider axes."""
        check_spatial(type(self).__name__, x, self.axes)
        return F.pad(x, self.padding, self.mode)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class _ConstantPadding(_Padding):
    """The same element everywhere around, for tensors with any number of axes in front.

    Parameters
    ----------
    padding : int or sequence of int
        As for other kinds.
    value : float
        That element.
    """

    mode = "constant"

    def __init__(self, padding: int | Sequence[int], value: float) -> None:
        super().__init__(padding)
        self.value = value

    def forward(self, x: Any) -> Tensor:
        """Shape (...) to the same with wider axes."""
        return F.pad(x, self.padding, self.mode, self.value)

    def extra_repr(self) -> str:
        return f"padding={self.padding}, value={self.value}"


class ConstantPad1d(_ConstantPadding):
    """`value` around the last axis; see `nn.functional.pad`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.ConstantPad1d((2, 1), 9.0)(tg.asarray([[1.0, 2.0, 3.0]])).tolist()
    [[9.0, 9.0, 1.0, 2.0, 3.0, 9.0]]
    """

    axes = 1


class ConstantPad2d(_ConstantPadding):
    """`value` around the last two axes; see `nn.functional.pad`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.ConstantPad2d((1, 1, 2, 0), 9.0)(tg.ones((3, 4, 5))).shape
    (3, 6, 7)
    """

    axes = 2


class ConstantPad3d(_ConstantPadding):
    """`value` around the last three axes; see `nn.functional.pad`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.ConstantPad3d(1, 9.0)(tg.ones((2, 3, 4, 5))).shape
    (2, 5, 6, 7)
    """

    axes = 3


class _ZeroPadding(_ConstantPadding):
    """Zeros, as a case of constants."""

    def __init__(self, padding: int | Sequence[int]) -> None:
        super().__init__(padding, 0.0)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class ZeroPad1d(_ZeroPadding):
    """Zeros around the last axis; see `nn.functional.pad`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.ZeroPad1d((2, 1))(tg.asarray([[1.0, 2.0, 3.0]])).tolist()
    [[0.0, 0.0, 1.0, 2.0, 3.0, 0.0]]
    """

    axes = 1


class ZeroPad2d(_ZeroPadding):
    """Zeros around the last two axes; see `nn.functional.pad`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.ZeroPad2d((1, 1, 2, 0))(tg.ones((3, 4, 5))).shape
    (3, 6, 7)
    """

    axes = 2


class ZeroPad3d(_ZeroPadding):
    """Zeros around the last three axes; see `nn.functional.pad`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.ZeroPad3d(1)(tg.ones((2, 3, 4, 5))).shape
    (2, 5, 6, 7)
    """

    axes = 3


class ReflectionPad1d(_Padding):
    """The last axis mirrored at its edges, which are not repeated; see `nn.functional.pad`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.ReflectionPad1d((2, 1))(tg.asarray([[1.0, 2.0, 3.0]])).tolist()
    [[3.0, 2.0, 1.0, 2.0, 3.0, 2.0]]
    """

    axes = 1
    mode = "reflect"


class ReflectionPad2d(_Padding):
    """The last two axes mirrored at their edges, which are not repeated; see `nn.functional.pad`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.ReflectionPad2d((1, 1, 2, 0))(tg.ones((3, 4, 5))).shape
    (3, 6, 7)
    """

    axes = 2
    mode = "reflect"


class ReflectionPad3d(_Padding):
    """The last three axes mirrored at their edges, which are not repeated; see `nn.functional.pad`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.ReflectionPad3d(1)(tg.ones((2, 3, 4, 5))).shape
    (2, 5, 6, 7)
    """

    axes = 3
    mode = "reflect"


class ReplicationPad1d(_Padding):
    """The edge elements repeated around the last axis; see `nn.functional.pad`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.ReplicationPad1d((2, 1))(tg.asarray([[1.0, 2.0, 3.0]])).tolist()
    [[1.0, 1.0, 1.0, 2.0, 3.0, 3.0]]
    """

    axes = 1
    mode = "replicate"


class ReplicationPad2d(_Padding):
    """The edge elements repeated around the last two axes; see `nn.functional.pad`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.ReplicationPad2d((1, 1, 2, 0))(tg.ones((3, 4, 5))).shape
    (3, 6, 7)
    """

    axes = 2
    mode = "replicate"


class ReplicationPad3d(_Padding):
    """The edge elements repeated around the last three axes; see `nn.functional.pad`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.ReplicationPad3d(1)(tg.ones((2, 3, 4, 5))).shape
    (2, 5, 6, 7)
    """

    axes = 3
    mode = "replicate"


class CircularPad1d(_Padding):
    """The last axis continued by its other end; see `nn.functional.pad`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.CircularPad1d((2, 1))(tg.asarray([[1.0, 2.0, 3.0]])).tolist()
    [[2.0, 3.0, 1.0, 2.0, 3.0, 1.0]]
    """

    axes = 1
    mode = "circular"


class CircularPad2d(_Padding):
    """The last two axes continued by their other ends; see `nn.functional.pad`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.CircularPad2d((1, 1, 2, 0))(tg.ones((3, 4, 5))).shape
    (3, 6, 7)
    """

    axes = 2
    mode = "circular"


class CircularPad3d(_Padding):
    """The last three axes continued by their other ends; see `nn.functional.pad`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.CircularPad3d(1)(tg.ones((2, 3, 4, 5))).shape
    (2, 5, 6, 7)
    """

    axes = 3
    mode = "circular"
