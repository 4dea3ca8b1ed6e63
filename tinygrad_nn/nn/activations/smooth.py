"""Activations that are curves, as modules."""

from __future__ import annotations

from typing import Any

from ...tensor import Tensor
from .. import functional as F
from ..module import Module

__all__ = [
    "CELU", "ELU", "GELU", "SELU", "LogSigmoid", "Mish", "SiLU", "Sigmoid", "Softplus", "Softsign", "Tanh",
    "Tanhshrink",
]  # fmt: skip


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


class Tanhshrink(Module):
    """What tanh takes away: ``x - tanh(x)``.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.Tanhshrink()(tg.asarray([-2.0, 0.0, 3.0])).numpy().round(4)
    array([-1.036 ,  0.    ,  2.0049], dtype=float32)
    """

    def forward(self, x: Any) -> Tensor:
        return F.tanhshrink(x)


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


class CELU(Module):
    """Exponential linear unit without a kink: `x` where positive, else ``alpha * (exp(x / alpha) - 1)`` (Barron 2017).

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.CELU(2.0)(tg.asarray([-2.0, 0.0, 3.0])).numpy().round(4)
    array([-1.2642,  0.    ,  3.    ], dtype=float32)
    """

    def __init__(self, alpha: float = 1.0) -> None:
        super().__init__()
        if alpha == 0:
            raise ValueError("CELU: alpha=0 must be another number: it divides")
        self.alpha = alpha

    def forward(self, x: Any) -> Tensor:
        return F.celu(x, self.alpha)

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
