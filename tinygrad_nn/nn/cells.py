"""One step of recurrent networks, for loops of one's own."""

from __future__ import annotations

from math import sqrt
from typing import Any

from .. import backend, ops
from ..creation import draw, zeros
from ..ops.recurrences import GATES, recurrent
from ..tensor import Tensor
from . import functional as F
from .functional.sizes import check_floating, check_sizes
from .module import Module
from .parameter import Parameter

__all__ = ["GRUCell", "LSTMCell", "RNNCell"]


def given_states(layer: str, hx: Any, count: int) -> tuple[Any, ...]:
    """The states that a recurrent layer is called with: h, or of an LSTM the pair (h, c)."""
    several = isinstance(hx, (tuple, list))
    states = tuple(hx) if several else (hx,)
    if several != (count > 1) or len(states) != count or any(s is None or isinstance(s, (tuple, list)) for s in states):
        kinds = ", ".join(type(state).__name__ for state in states)
        raise TypeError(
            f"{layer}: hx is {f'({kinds})' if several else kinds}; wanted is "
            f"{'a pair of tensors (h, c)' if count > 1 else 'a tensor h'}, or None for zeros"
        )
    return states


class _Cell(Module):
    """What cells share: parameters, and the forms of inputs."""

    def __init__(self, kind: str, input_size: int, hidden_size: int, bias: bool,
                 generator: backend.Generator | None, device: str | None, dtype: Any) -> None:  # fmt: skip
        super().__init__()
        check_sizes(type(self).__name__, 1, input_size=input_size, hidden_size=hidden_size)
        self.kind, self.input_size, self.hidden_size = kind, input_size, hidden_size
        bound, gates = 1 / sqrt(hidden_size), GATES[kind] * hidden_size

        def drawn(*shape: int) -> Parameter:
            place: Any = {"dtype": dtype or backend.float32}
            return Parameter(draw(generator, device, "uniform", shape, low=-bound, high=bound, **place))

        self.weight_ih = drawn(gates, input_size)
        self.weight_hh = drawn(gates, hidden_size)
        self.bias_ih = drawn(gates) if bias else None
        self.bias_hh = drawn(gates) if bias else None

    def _step(self, x: Any, hx: Any) -> list[Any]:
        """The states after the step: h, and of an LSTM c."""
        check_floating(type(self).__name__, x)
        count = 2 if self.kind == "lstm" else 1
        batch = x.shape[:-1]
        wanted = (*batch, self.hidden_size)
        if hx is None:
            states: tuple[Any, ...] = (zeros(wanted, dtype=x.dtype, device=x.device),) * count
        else:
            states = given_states(type(self).__name__, hx, count)
        found = x.shape, *(state.shape for state in states)
        if len(batch) > 1 or x.shape[-1:] != (self.input_size,) or any(shape != wanted for shape in found[1:]):
            shapes = ", ".join(map(str, found))
            raise ValueError(
                f"{type(self).__name__}: x and states have shapes {shapes}; wanted are (batch, {self.input_size}) and "
                f"(batch, {self.hidden_size}), or all of them without a batch"
            )
        x, h, *more = (each if batch else ops.expand_dims(each, 0) for each in (x, *states))
        bias: Any = self.bias_ih
        if self.kind == "gru":
            more = [] if bias is None else [self.bias_hh]
        elif bias is not None:
            bias = bias + self.bias_hh
        projected = F.linear(x, self.weight_ih, bias)
        *after, _ = recurrent(projected, h, self.weight_hh, *more, kind=self.kind, sizes=(len(x),))
        return after if batch else [ops.squeeze(state, 0) for state in after]

    def extra_repr(self) -> str:
        return f"{self.input_size}, {self.hidden_size}" + ("" if self.bias_ih is not None else ", bias=False")


class RNNCell(_Cell):
    """``h' = tanh(W_ih x + b_ih + W_hh h + b_hh)``: one step of an `RNN`.

    Parameters
    ----------
    input_size, hidden_size : int
        Sizes of x and h.
    bias : bool
        Whether there are biases.
    nonlinearity : str
        ``"tanh"`` or ``"relu"``.
    generator : Generator or None
        Where the parameters are drawn; None is the default one of the device.
    device : str or None
        Where they are; None is that of the generator, or the CPU.
    dtype : dtype or None
        Floating; float32 by default.

    Attributes
    ----------
    weight_ih, weight_hh, bias_ih, bias_hh : Parameter
        Shapes (hidden_size, input_size), (hidden_size, hidden_size), and (hidden_size,) twice; uniform between
        ±1/sqrt(hidden_size).

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.RNNCell(3, 4)(tg.ones((2, 3))).shape
    (2, 4)
    """

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True, nonlinearity: str = "tanh", *,
                 generator: backend.Generator | None = None, device: str | None = None,
                 dtype: Any = None) -> None:  # fmt: skip
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(f"RNNCell: nonlinearity={nonlinearity!r}; wanted is 'tanh' or 'relu'")
        super().__init__(nonlinearity, input_size, hidden_size, bias, generator, device, dtype)

    def forward(self, x: Any, hx: Any = None) -> Tensor:
        """Shapes (batch, input_size) and (batch, hidden_size), or without a batch, to that of `hx` (None is zeros)."""
        (h,) = self._step(x, hx)
        return h


class GRUCell(_Cell):
    """One step of a `GRU`.

    Parameters
    ----------
    input_size, hidden_size, bias, generator, device, dtype
        As for `RNNCell`.

    Attributes
    ----------
    weight_ih, weight_hh, bias_ih, bias_hh : Parameter
        As for `RNNCell`, with the rows for r, z and n one below the other.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.GRUCell(3, 4)(tg.ones((2, 3))).shape
    (2, 4)
    """

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True, *,
                 generator: backend.Generator | None = None, device: str | None = None,
                 dtype: Any = None) -> None:  # fmt: skip
        super().__init__("gru", input_size, hidden_size, bias, generator, device, dtype)

    def forward(self, x: Any, hx: Any = None) -> Tensor:
        """Shapes (batch, input_size) and (batch, hidden_size), or without a batch, to that of `hx` (None is zeros)."""
        (h,) = self._step(x, hx)
        return h


class LSTMCell(_Cell):
    """One step of an `LSTM`.

    Parameters
    ----------
    input_size, hidden_size, bias, generator, device, dtype
        As for `RNNCell`.

    Attributes
    ----------
    weight_ih, weight_hh, bias_ih, bias_hh : Parameter
        As for `RNNCell`, with the rows for i, f, g and o one below the other.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> h, c = nn.LSTMCell(3, 4)(tg.ones((2, 3)))
    >>> h.shape, c.shape
    ((2, 4), (2, 4))
    """

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True, *,
                 generator: backend.Generator | None = None, device: str | None = None,
                 dtype: Any = None) -> None:  # fmt: skip
        super().__init__("lstm", input_size, hidden_size, bias, generator, device, dtype)

    def forward(self, x: Any, hx: Any = None) -> tuple[Tensor, Tensor]:
        """Shape (batch, input_size), or without a batch, to the next (h, c); `hx` is the pair before, None is zeros."""
        h, c = self._step(x, hx)
        return h, c
