"""Activation functions as modules; the functions themselves are in `nn.functional`."""

from __future__ import annotations

from typing import Any, NoReturn

from .. import backend
from ..tensor import Tensor
from . import functional as F
from .module import Module
from .parameter import Parameter

__all__ = [
    "ELU", "GELU", "SELU", "Hardtanh", "LeakyReLU", "LogSigmoid", "LogSoftmax", "Mish", "PReLU", "ReLU", "SiLU",
    "Sigmoid", "Softmax", "Softplus", "Softsign", "Tanh",
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


class ELU(Module):
    """Exponential linear unit: `x` where positive, else ``alpha * (exp(x) - 1)`` (Clevert et al. 2016).

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.ELU()(tg.asarray([-2.0, 0.0, 3.0])).numpy().round(4)
    array([-0.8647,  0.    ,  3.    ], dtype=float32)
    """

    def __init__(self, alpha: float = 1.0) -> None:
        super().__init__()
        self.alpha = alpha

    def forward(self, x: Any) -> Tensor:
        return F.elu(x, self.alpha)

    def extra_repr(self) -> str:
        return f"alpha={self.alpha}"


class SELU(Module):
    """Self-normalising exponential linear unit (Klambauer et al. 2017).

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.SELU()(tg.asarray([-2.0, 0.0, 3.0])).numpy().round(4)
    array([-1.5202,  0.    ,  3.1521], dtype=float32)
    """

    def forward(self, x: Any) -> Tensor:
        y: Tensor = F.selu(x)
        return y


class GELU(Module):
    """`x` times the normal distribution function of `x` (Hendrycks and Gimpel 2016).

    Parameters
    ----------
    approximate : str
        ``"none"``, or ``"tanh"`` for the approximation with that function.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.GELU()(tg.asarray([-2.0, 0.0, 3.0])).numpy().round(4)
    array([-0.0455,  0.    ,  2.996 ], dtype=float32)
    """

    def __init__(self, approximate: str = "none") -> None:
        super().__init__()
        self.approximate = approximate

    def forward(self, x: Any) -> Tensor:
        return F.gelu(x, self.approximate)

    def extra_repr(self) -> str:
        return f"approximate={self.approximate!r}"


class SiLU(Module):
    """Sigmoid linear unit, also called swish: ``x * sigmoid(x)`` (Elfwing et al. 2018).

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.SiLU()(tg.asarray([-2.0, 0.0, 3.0])).numpy().round(4)
    array([-0.2384,  0.    ,  2.8577], dtype=float32)
    """

    def forward(self, x: Any) -> Tensor:
        y: Tensor = F.silu(x)
        return y


class Mish(Module):
    """``x * tanh(softplus(x))`` (Misra 2020).

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.Mish()(tg.asarray([-2.0, 0.0, 3.0])).numpy().round(4)
    array([-0.2525,  0.    ,  2.9865], dtype=float32)
    """

    def forward(self, x: Any) -> Tensor:
        y: Tensor = F.mish(x)
        return y


class Softplus(Module):
    """``log(1 + exp(beta * x)) / beta``, and `x` where ``beta * x > threshold``.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.Softplus()(tg.asarray([-2.0, 0.0, 3.0])).numpy().round(4)
    array([0.1269, 0.6931, 3.0486], dtype=float32)
    """

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        super().__init__()
        self.beta = beta
        self.threshold = threshold

    def forward(self, x: Any) -> Tensor:
        return F.softplus(x, self.beta, self.threshold)

    def extra_repr(self) -> str:
        return f"beta={self.beta}, threshold={self.threshold}"


class Softsign(Module):
    """``x / (1 + abs(x))``.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.Softsign()(tg.asarray([-2.0, 0.0, 3.0])).tolist()
    [-0.6666666865348816, 0.0, 0.75]
    """

    def forward(self, x: Any) -> Tensor:
        y: Tensor = F.softsign(x)
        return y


class Sigmoid(Module):
    """Logistic function: ``1 / (1 + exp(-x))``.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.Sigmoid()(tg.asarray([-2.0, 0.0, 3.0])).numpy().round(4)
    array([0.1192, 0.5   , 0.9526], dtype=float32)
    """

    def forward(self, x: Any) -> Tensor:
        y: Tensor = F.sigmoid(x)
        return y


class LogSigmoid(Module):
    """Logarithm of the logistic function: ``-log(1 + exp(-x))``.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.LogSigmoid()(tg.asarray([-2.0, 0.0, 3.0])).numpy().round(4)
    array([-2.1269, -0.6931, -0.0486], dtype=float32)
    """

    def forward(self, x: Any) -> Tensor:
        y: Tensor = F.logsigmoid(x)
        return y


class Tanh(Module):
    """Hyperbolic tangent.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.Tanh()(tg.asarray([-2.0, 0.0, 3.0])).numpy().round(4)
    array([-0.964 ,  0.    ,  0.9951], dtype=float32)
    """

    def forward(self, x: Any) -> Tensor:
        y: Tensor = F.tanh(x)
        return y


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


class Softmax(Module):
    """Exponentials along an axis divided by their sum.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.Softmax(axis=1)(tg.asarray([[0.0, 0.0], [1.0, 3.0]])).numpy().round(4)
    array([[0.5   , 0.5   ],
           [0.1192, 0.8808]], dtype=float32)
    """

    def __init__(self, axis: int, **unknown: NoReturn) -> None:
        super().__init__(**unknown)
        self.axis = axis

    def forward(self, x: Any) -> Tensor:
        return F.softmax(x, self.axis)

    def extra_repr(self) -> str:
        return f"axis={self.axis}"


class LogSoftmax(Module):
    """Logarithm of the softmax along an axis.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.LogSoftmax(axis=1)(tg.asarray([[0.0, 0.0], [1.0, 3.0]])).numpy().round(4)
    array([[-0.6931, -0.6931],
           [-2.1269, -0.1269]], dtype=float32)
    """

    def __init__(self, axis: int, **unknown: NoReturn) -> None:
        super().__init__(**unknown)
        self.axis = axis

    def forward(self, x: Any) -> Tensor:
        return F.log_softmax(x, self.axis)

    def extra_repr(self) -> str:
        return f"axis={self.axis}"
