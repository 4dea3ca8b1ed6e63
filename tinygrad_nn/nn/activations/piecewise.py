"""Activations made of straight pieces (and hardswish, of a parabola between two), as modules."""

from __future__ import annotations

from typing import Any

from ... import backend
from ...tensor import Tensor
from .. import functional as F
from ..module import Module
from ..parameter import Parameter

__all__ = [
    "Hardshrink", "Hardsigmoid", "Hardswish", "Hardtanh", "LeakyReLU", "PReLU", "RReLU", "ReLU", "ReLU6",
    "Softshrink", "Threshold",
]  # fmt: skip


class ReLU(Module):
    """Rectified linear unit: ``max(x, 0)``.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.ReLU()(tg.asarray([-2.0, 0.0, 3.0])).tolist()
    [0.0, 0.0, 3.0]
    """

    def forward(self, x: Any) -> Tensor:
        y: Tensor = F.relu(x)
        return y


class ReLU6(Module):
    """Each element limited to [0, 6] (Krizhevsky 2010).

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.ReLU6()(tg.asarray([-2.0, 3.0, 8.0])).tolist()
    [0.0, 3.0, 6.0]
    """

    def forward(self, x: Any) -> Tensor:
        return F.relu6(x)


class LeakyReLU(Module):
    """`x` where positive, else ``negative_slope * x`` (Maas et al. 2013).

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.LeakyReLU(0.25)(tg.asarray([-2.0, 0.0, 3.0])).tolist()
    [-0.5, 0.0, 3.0]
    """

    def __init__(self, negative_slope: float = 0.01) -> None:
        super().__init__()
        self.negative_slope = negative_slope

    def forward(self, x: Any) -> Tensor:
        return F.leaky_relu(x, self.negative_slope)

    def extra_repr(self) -> str:
        return f"negative_slope={self.negative_slope}"


class PReLU(Module):
    """`x` where positive, else ``weight * x`` with learned slopes (He et al. 2015).

    Parameters
    ----------
    num_parameters : int
        1, or the number of channels for a slope of each, for input of shape (N, C, ...).
    init : float
        The slope to start with.
    device, dtype
        Of the parameter.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.PReLU()(tg.asarray([-2.0, 0.0, 3.0])).tolist()
    [-0.5, 0.0, 3.0]
    """

    def __init__(self, num_parameters: int = 1, init: float = 0.25, *, device: str = "cpu", dtype: Any = None) -> None:
        super().__init__()
        self.num_parameters = num_parameters
        self.weight = Parameter(backend.full(num_parameters, init, dtype or backend.float32, device))

    def forward(self, x: Any) -> Tensor:
        return F.prelu(x, self.weight)

    def extra_repr(self) -> str:
        return f"num_parameters={self.num_parameters}"


class RReLU(Module):
    """`x` where positive, else `x` times a slope: in training one drawn for each element, then their mean.

    Xu et al. 2015.

    Parameters
    ----------
    lower, upper : float
        Between which slopes are drawn, all equally likely.
    generator : Generator or None
        What draws; None is the default one of the input's device.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.RReLU(0.25, 0.75).eval()(tg.asarray([-2.0, 0.0, 3.0])).tolist()
    [-1.0, 0.0, 3.0]
    """

    def __init__(
        self, lower: float = 1 / 8, upper: float = 1 / 3, *, generator: backend.Generator | None = None
    ) -> None:
        super().__init__()
        if lower > upper:
            raise ValueError(f"RReLU: lower={lower} must be no more than upper={upper}")
        self.lower = lower
        self.upper = upper
        self.generator = generator

    def forward(self, x: Any) -> Tensor:
        return F.rrelu(x, self.lower, self.upper, self.training, generator=self.generator)

    def extra_repr(self) -> str:
        return f"lower={self.lower}, upper={self.upper}"


class Threshold(Module):
    """Each element where it is above the threshold, else `value`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.Threshold(1.0, -1.0)(tg.asarray([0.5, 1.0, 3.0])).tolist()
    [-1.0, -1.0, 3.0]
    """

    def __init__(self, threshold: float, value: float) -> None:
        super().__init__()
        self.threshold = threshold
        self.value = value

    def forward(self, x: Any) -> Tensor:
        return F.threshold(x, self.threshold, self.value)

    def extra_repr(self) -> str:
        return f"threshold={self.threshold}, value={self.value}"


class Hardtanh(Module):
    """Each element limited to [min_val, max_val].

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.Hardtanh()(tg.asarray([-2.0, 0.0, 3.0])).tolist()
    [-1.0, 0.0, 1.0]
    """

    def __init__(self, min_val: float = -1.0, max_val: float = 1.0) -> None:
        super().__init__()
        if min_val >= max_val:
            raise ValueError(f"Hardtanh: min_val={min_val} must be less than max_val={max_val}")
        self.min_val = min_val
        self.max_val = max_val

    def forward(self, x: Any) -> Tensor:
        return F.hardtanh(x, self.min_val, self.max_val)

    def extra_repr(self) -> str:
        return f"min_val={self.min_val}, max_val={self.max_val}"


class Hardsigmoid(Module):
    """The sigmoid in three straight pieces: ``(x + 3) / 6``, limited to [0, 1].

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.Hardsigmoid()(tg.asarray([-4.0, 0.0, 4.0])).tolist()
    [0.0, 0.5, 1.0]
    """

    def forward(self, x: Any) -> Tensor:
        return F.hardsigmoid(x)


class Hardswish(Module):
    """`x` times its hard sigmoid (Howard et al. 2019).

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.Hardswish()(tg.asarray([-4.0, 0.0, 4.0])).tolist()
    [0.0, 0.0, 4.0]
    """

    def forward(self, x: Any) -> Tensor:
        return F.hardswish(x)


class Hardshrink(Module):
    """Each element, or 0 where it is no further away than `lambd`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.Hardshrink(0.5)(tg.asarray([-2.0, 0.25, 3.0])).tolist()
    [-2.0, 0.0, 3.0]
    """

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        self.lambd = lambd

    def forward(self, x: Any) -> Tensor:
        return F.hardshrink(x, self.lambd)

    def extra_repr(self) -> str:
        return f"lambd={self.lambd}"


class Softshrink(Module):
    """Each element moved by `lambd` towards 0, and 0 where it is not that far away.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.Softshrink(0.5)(tg.asarray([-2.0, 0.25, 3.0])).tolist()
    [-1.5, 0.0, 2.5]
    """

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        if lambd < 0:
            raise ValueError(f"Softshrink: lambd={lambd} must be at least 0")
        self.lambd = lambd

    def forward(self, x: Any) -> Tensor:
        return F.softshrink(x, self.lambd)

    def extra_repr(self) -> str:
        return f"lambd={self.lambd}"
