"""Recurrent networks over whole sequences, of several layers and in both directions."""

from __future__ import annotations

import warnings
from math import sqrt
from typing import Any

from .. import backend, ops
from ..backend.recurrence import of_first
from ..creation import draw, zeros
from ..ops.recurrences import GATES, recurrent
from ..tensor import Tensor
from . import functional as F
from .cells import given_states
from .functional.sizes import check_floating, check_sizes
from .module import Module
from .parameter import Parameter
from .utils.rnn import PackedSequence

__all__ = ["GRU", "LSTM", "RNN"]


class _Recurrent(Module):
    """What recurrent networks share: parameters, the order of layers and directions, and the forms of inputs."""

    def __init__(self, kind: str, input_size: int, hidden_size: int, num_layers: int, bias: bool, batch_first: bool,
                 dropout: float, bidirectional: bool, proj_size: int, generator: backend.Generator | None,
                 device: str | None, dtype: Any) -> None:  # fmt: skip
        super().__init__()
        name = type(self).__name__
        check_sizes(name, 1, input_size=input_size, hidden_size=hidden_size, num_layers=num_layers)
        check_sizes(name, proj_size=proj_size)
        if not 0 <= dropout <= 1:
            raise ValueError(f"{name}: dropout={dropout} must be a probability, from 0 to 1")
        if dropout and num_layers == 1:
            warnings.warn(f"{name}: dropout={dropout} does nothing with num_layers=1; it is between layers",
                          stacklevel=3)  # fmt: skip
        if proj_size >= hidden_size:
            raise ValueError(f"{name}: proj_size={proj_size} must be from 0 to below hidden_size={hidden_size}")
        self.kind, self.input_size, self.hidden_size, self.num_layers = kind, input_size, hidden_size, num_layers
        self.bias, self.batch_first, self.dropout, self.bidirectional = bias, batch_first, dropout, bidirectional
        self.proj_size, self.generator = proj_size, generator
        bound, gates, size = 1 / sqrt(hidden_size), GATES[kind] * hidden_size, proj_size or hidden_size
        for layer in range(num_layers):
            shapes = {"weight_ih": (gates, size * (1 + bidirectional) if layer else input_size)}
            shapes["weight_hh"] = (gates, size)
            if bias:
                shapes["bias_ih"] = shapes["bias_hh"] = (gates,)  # type: ignore[assignment]
            if proj_size:
                shapes["weight_hr"] = (proj_size, hidden_size)
            for suffix in self._suffixes():
                for prefix, shape in shapes.items():
                    values = draw(generator, device, "uniform", shape, low=-bound, high=bound,
                                  dtype=dtype or backend.float32)  # fmt: skip
                    setattr(self, f"{prefix}_l{layer}{suffix}", Parameter(values))

    def _suffixes(self) -> tuple[str, ...]:
        """Of the names of parameters, one for each direction."""
        return ("", "_reverse") if self.bidirectional else ("",)

    def _run(self, x: Any, hx: Any) -> tuple[Any, tuple[Any, ...]]:
        """The output, in the form of the input, and the last states of all layers and directions."""
        order = None
        if isinstance(x, PackedSequence):
            data, sizes = x.data, tuple(x.batch_sizes.tolist())
            order = x.sorted_indices
        else:
            steps = self._steps_first(x)
            data, sizes = ops.reshape(steps, (-1, steps.shape[-1])), (steps.shape[1],) * steps.shape[0]
        check_floating(type(self).__name__, data)
        if not sizes or data.shape[1:] != (self.input_size,):
            what = "x is packed data of" if isinstance(x, PackedSequence) else "x has"
            shape = data.shape if isinstance(x, PackedSequence) else x.shape
            raise ValueError(
                f"{type(self).__name__}: {what} shape {shape}; wanted are at least one step and a last axis of "
                f"input_size={self.input_size}"
            )
        alone = not isinstance(x, PackedSequence) and x.ndim == 2
        first = self._initial(hx, sizes[0], data, alone, order)
        y, last = self._layers(data, sizes, first)
        if isinstance(x, PackedSequence):
            if x.unsorted_indices is not None:
                last = tuple(ops.getitem(state, (slice(None), x.unsorted_indices)) for state in last)
            return PackedSequence(y, x.batch_sizes, x.sorted_indices, x.unsorted_indices), last
        y = ops.reshape(y, (len(sizes), sizes[0], y.shape[-1]))
        if alone:
            return ops.squeeze(y, 1), tuple(ops.squeeze(state, 1) for state in last)
        return ops.swapaxes(y, 0, 1) if self.batch_first else y, last

    def _steps_first(self, x: Any) -> Tensor:
        """(steps, batch, size)."""
        if x.ndim not in (2, 3):
            raise ValueError(
                f"{type(self).__name__}: x has shape {x.shape}; wanted are (steps, batch, size), or (batch, steps, "
                "size) with batch_first, or (steps, size)"
            )
        y: Tensor = ops.expand_dims(x, 1) if x.ndim == 2 else ops.swapaxes(x, 0, 1) if self.batch_first else x
        return y

    def _initial(self, hx: Any, batch: int, data: Any, alone: bool, order: Any) -> list[list[Any]]:
        """The first states of each layer and direction, of shape (batch, size) each."""
        count = self.num_layers * len(self._suffixes())
        sizes = (self.proj_size or self.hidden_size, self.hidden_size)[: 2 if self.kind == "lstm" else 1]
        if hx is None:
            return [[zeros((batch, size), dtype=data.dtype, device=data.device)] * count for size in sizes]
        found = []
        for state, size in zip(given_states(type(self).__name__, hx, len(sizes)), sizes):
            wanted = (count, size) if alone else (count, batch, size)
            if state.shape != wanted:
                raise ValueError(f"{type(self).__name__}: a state has shape {state.shape}, wanted is {wanted}")
            if alone:
                state = ops.expand_dims(state, 1)
            found.append(list(ops.unstack(state if order is None else ops.getitem(state, (slice(None), order)))))
        return found

    def _layers(self, data: Any, sizes: tuple[int, ...], first: list[list[Any]]) -> tuple[Any, tuple[Any, ...]]:
        last: list[list[Any]] = [[] for _ in first]
        for layer in range(self.num_layers):
            ys = []
            for direction, suffix in enumerate(self._suffixes()):
                own = [states[len(last[0])] for states in first]
                y, *rest = self._direction(data, f"_l{layer}{suffix}", own, sizes, bool(direction))
                for states, every in zip(last, (y, *rest)):
                    states.append(of_first(ops, every, sizes, not direction))  # the last of the walk
                ys.append(y)
            data = ops.concat(ys, axis=1) if len(ys) > 1 else ys[0]
            if self.dropout and layer < self.num_layers - 1:
                data = F.dropout(data, self.dropout, self.training, generator=self.generator)
        return data, tuple(ops.stack(states) for states in last)

    def _direction(self, data: Any, name: str, first: list[Any], sizes: tuple[int, ...], reverse: bool) -> Any:
        """All states of one layer in one direction: h, and of an LSTM c."""
        weight_ih, weight_hh = getattr(self, "weight_ih" + name), getattr(self, "weight_hh" + name)
        bias, more = None, first[1:]
        if self.bias:
            bias = getattr(self, "bias_ih" + name)
            if self.kind == "gru":
                more = [getattr(self, "bias_hh" + name)]
            else:
                bias = bias + getattr(self, "bias_hh" + name)
        if self.proj_size:
            more = [*more, getattr(self, "weight_hr" + name)]
        projected = F.linear(data, weight_ih, bias)
        *states, _ = recurrent(projected, first[0], weight_hh, *more, kind=self.kind, sizes=sizes, reverse=reverse)
        return states

    def extra_repr(self) -> str:
        parts = [str(self.input_size), str(self.hidden_size)]
        shown = {"num_layers": 1, "bias": True, "batch_first": False, "dropout": 0.0, "bidirectional": False,
                 "proj_size": 0}  # fmt: skip
        parts += [f"{name}={getattr(self, name)}" for name, usual in shown.items() if getattr(self, name) != usual]
        return ", ".join(parts)


class RNN(_Recurrent):
    """``h_t = tanh(W_ih x_t + b_ih + W_hh h_(t-1) + b_hh)`` along sequences (Elman 1990).

    Parameters
    ----------
    input_size : int
        Size of each element of a sequence.
    hidden_size : int
        Size of h.
    num_layers : int
        Each layer gets the sequence of all h of the one before.
    nonlinearity : str
        ``"tanh"`` or ``"relu"``.
    bias : bool
        Whether there are biases.
    batch_first : bool
        Whether inputs are (batch, steps, size), not (steps, batch, size).
    dropout : float
        Probability to drop an element between two layers, in training.
    bidirectional : bool
        Whether each layer also walks the sequences from their ends; its two outputs stand side by side.
    generator : Generator or None
        Where the parameters, and what to drop, are drawn; None is the default one of the device.
    device : str or None
        Where the parameters are; None is that of the generator, or the CPU.
    dtype : dtype or None
        Floating; float32 by default.

    Attributes
    ----------
    weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0, weight_ih_l0_reverse, ... : Parameter
        Of each layer and direction, uniform between ±1/sqrt(hidden_size): shapes (hidden_size, input_size) (in later
        layers the size of the output of the one before), (hidden_size, hidden_size), and (hidden_size,) twice.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> y, h = nn.RNN(3, 4)(tg.ones((7, 2, 3)))
    >>> y.shape, h.shape
    ((7, 2, 4), (1, 2, 4))
    """

    def __init__(self, input_size: int, hidden_size: int, num_layers: int = 1, nonlinearity: str = "tanh",
                 bias: bool = True, batch_first: bool = False, dropout: float = 0.0, bidirectional: bool = False, *,
                 generator: backend.Generator | None = None, device: str | None = None,
                 dtype: Any = None) -> None:  # fmt: skip
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(f"RNN: nonlinearity={nonlinearity!r}; wanted is 'tanh' or 'relu'")
        super().__init__(nonlinearity, input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional,
                         0, generator, device, dtype)  # fmt: skip

    def forward(self, x: Any, hx: Any = None) -> tuple[Any, Tensor]:
        """All h of the last layer, and the last h of each layer.

        Parameters
        ----------
        x : Tensor or PackedSequence
            Shape (steps, batch, input_size), or as `batch_first` says, or (steps, input_size).
        hx : Tensor or None
            The first h: shape (layers * directions, batch, hidden_size); None is zeros.

        Returns
        -------
        tuple of (Tensor or PackedSequence, Tensor)
            Of shape (steps, batch, directions * hidden_size), and of that of `hx`.
        """
        y, (h,) = self._run(x, hx)
        return y, h


class GRU(_Recurrent):
    """Gated recurrent units along sequences (Cho et al. 2014).

    ``r_t = sigmoid(W_ir x_t + b_ir + W_hr h + b_hr)``, ``z_t`` likewise, ``n_t = tanh(W_in x_t + b_in + r_t * (W_hn h +
    b_hn))`` and ``h_t = (1 - z_t) * n_t + z_t * h``, where h is that of the step before.

    Parameters
    ----------
    input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional
        As for `RNN`.
    generator, device, dtype
        As for `RNN`.

    Attributes
    ----------
    weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0, weight_ih_l0_reverse, ... : Parameter
        As for `RNN`, with the rows for r, z and n one below the other: 3 * hidden_size of them.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> y, h = nn.GRU(3, 4, num_layers=2, bidirectional=True)(tg.ones((7, 2, 3)))
    >>> y.shape, h.shape
    ((7, 2, 8), (4, 2, 4))
    """

    def __init__(self, input_size: int, hidden_size: int, num_layers: int = 1, bias: bool = True,
                 batch_first: bool = False, dropout: float = 0.0, bidirectional: bool = False, *,
                 generator: backend.Generator | None = None, device: str | None = None,
                 dtype: Any = None) -> None:  # fmt: skip
        super().__init__("gru", input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, 0,
                         generator, device, dtype)  # fmt: skip

    def forward(self, x: Any, hx: Any = None) -> tuple[Any, Tensor]:
        """All h of the last layer, and the last h of each layer: see `RNN`."""
        y, (h,) = self._run(x, hx)
        return y, h


class LSTM(_Recurrent):
    """Long short-term memory along sequences (Hochreiter and Schmidhuber 1997; Gers et al. 2000).

    ``i_t = sigmoid(W_ii x_t + b_ii + W_hi h + b_hi)``, ``f_t`` and ``o_t`` likewise, ``g_t`` with tanh; ``c_t = f_t * c
    + i_t * g_t`` and ``h_t = o_t * tanh(c_t)``, where h and c are those of the step before.

    Parameters
    ----------
    input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional
        As for `RNN`.
    proj_size : int
        Where positive, h is multiplied by further weights that reduce it to this size (Sak et al. 2014).
    generator, device, dtype
        As for `RNN`.

    Attributes
    ----------
    weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0, weight_hr_l0, weight_ih_l0_reverse, ... : Parameter
        As for `RNN`, with the rows for i, f, g and o one below the other: 4 * hidden_size of them. `weight_hr_l0` has
        shape (proj_size, hidden_size).

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> y, (h, c) = nn.LSTM(3, 4, batch_first=True)(tg.ones((2, 7, 3)))
    >>> y.shape, h.shape, c.shape
    ((2, 7, 4), (1, 2, 4), (1, 2, 4))
    """

    def __init__(self, input_size: int, hidden_size: int, num_layers: int = 1, bias: bool = True,
                 batch_first: bool = False, dropout: float = 0.0, bidirectional: bool = False, proj_size: int = 0, *,
                 generator: backend.Generator | None = None, device: str | None = None,
                 dtype: Any = None) -> None:  # fmt: skip
        super().__init__("lstm", input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional,
                         proj_size, generator, device, dtype)  # fmt: skip

    def forward(self, x: Any, hx: Any = None) -> tuple[Any, tuple[Tensor, Tensor]]:
        """All h of the last layer, and the last h and c of each layer: see `RNN`; `hx` is a pair (h, c), too."""
        y, (h, c) = self._run(x, hx)
        return y, (h, c)
