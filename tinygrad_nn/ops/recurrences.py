"""Recurrent networks over all steps of a batch of sequences, in one operation (see `backend.recurrence`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..autograd.op import op, vjp
from ..autograd.variable import Variable
from ..backend.recurrence import backward, before, forward, of_first

__all__ = ["GATES", "recurrence", "recurrence_gradient", "recurrent"]

GATES = {"tanh": 1, "relu": 1, "gru": 3, "lstm": 4}  # how many products with weights there are in a step


def recurrence(*inputs: Any, **attributes: Any) -> Any:
    """The word of that name, on tensors."""
    return forward(Variable.namespace, *inputs, **attributes)


def recurrence_gradient(*inputs: Any, **attributes: Any) -> Any:
    """The word of that name, on tensors."""
    return backward(Variable.namespace, *inputs, **attributes)


def _outer_vjp(xp: Any, gs: Any, ys: Any, projected: Any, hidden: Any, weight: Any, more: Any = None,
               reduction: Any = None, *, kind: str, **attributes: Any) -> Any:  # fmt: skip
    g_h, *g_c, g_kept = gs
    cell, extra = (more, reduction) if kind == "lstm" else (None, more)
    own_c = g_c[0] if g_c else None
    return xp.recurrence_gradient(ys[-1], g_h, own_c, g_kept, hidden, cell, weight, extra, kind=kind, **attributes)


def _into_product(xp: Any, g: Any, kind: str, size: int) -> Any:
    """What of the gradients belongs to the product of states and weights."""
    if kind == "gru":  # r, z, n, m, h: the product is in m, not in n
        return xp.concat([g[:, : 2 * size], g[:, 3 * size : 4 * size]], axis=1)
    return g[:, : 4 * size] if kind == "lstm" else g


def _projected_vjp(xp: Any, g: Any, ys: Any, projected: Any, *inputs: Any, **attributes: Any) -> Any:
    return g[:, : projected.shape[1]]


def _hidden_vjp(xp: Any, g: Any, ys: Any, projected: Any, hidden: Any, weight: Any, *more: Any, kind: str,
                sizes: Sequence[int], reverse: bool = False) -> Any:  # fmt: skip
    size = weight.shape[0] // GATES[kind]
    first = of_first(xp, g, sizes, reverse)
    d = xp.matmul(_into_product(xp, first, kind, size), weight)
    if kind != "gru":
        return d
    z = of_first(xp, ys[-1][:, 2 * size : 3 * size], sizes, reverse)
    return d + first[:, 4 * size :] * z


def _weight_vjp(xp: Any, g: Any, ys: Any, projected: Any, hidden: Any, weight: Any, *more: Any, kind: str,
                sizes: Sequence[int], reverse: bool = False) -> Any:  # fmt: skip
    h = before(xp, ys[-1][:, : hidden.shape[1]], hidden, sizes, reverse)
    return xp.matmul(_into_product(xp, g, kind, weight.shape[0] // GATES[kind]).mT, h)


def _more_vjp(xp: Any, g: Any, ys: Any, projected: Any, hidden: Any, weight: Any, more: Any, *reduction: Any,
              kind: str, sizes: Sequence[int], reverse: bool = False) -> Any:  # fmt: skip
    width = hidden.shape[1]
    if kind == "gru":  # the biases
        return xp.sum(_into_product(xp, g, kind, width), axis=0)
    size = more.shape[1]
    forget = ys[-1][:, width + 2 * size : width + 3 * size]
    return of_first(xp, g[:, 4 * size : 5 * size] * forget, sizes, reverse)


def _reduction_vjp(xp: Any, g: Any, ys: Any, projected: Any, hidden: Any, weight: Any, cell: Any, reduction: Any,
                   **attributes: Any) -> Any:  # fmt: skip
    width, size = reduction.shape
    kept = ys[-1]
    inner = kept[:, width + 4 * size :] * xp.tanh(kept[:, width : width + size])
    return xp.matmul(g[:, 5 * size :].mT, inner)


@op(
    vjp(_projected_vjp),
    vjp(_hidden_vjp, reads="weight"),
    vjp(_weight_vjp, reads="weight hidden"),
    vjp(_more_vjp, reads="hidden more"),
    vjp(_reduction_vjp, reads="reduction"),
    outer=vjp(_outer_vjp, reads="y hidden weight more reduction"),
)
def recurrent(xp: Any, projected: Any, hidden: Any, weight: Any, more: Any = None, reduction: Any = None, *,
              kind: str, sizes: Sequence[int], reverse: bool = False) -> Any:  # fmt: skip
    """A recurrent network over all steps; with x for `projected`, h and c for the states and W for the weights:

    - ``"tanh"``, ``"relu"``: ``h = tanh(x + W h)``, or the positive part (Elman 1990)
    - ``"gru"``: ``m = W_n h + b``, ``r = sigmoid(x_r + W_r h)``, z likewise, ``n = tanh(x_n + r * m)`` and
      ``h = n + z * (h - n)`` (Cho et al. 2014)
    - ``"lstm"``: i, f and o are sigmoids of x + W h, g is the tanh; ``c = f * c + i * g``, ``h = o * tanh(c)``
      (Hochreiter and Schmidhuber 1997; Gers et al. 2000)

    Parameters
    ----------
    projected : Tensor
        What the inputs contribute, r, z, n or i, f, g, o side by side: shape (N, gates * C), packed as
        `backend.recurrence` says.
    hidden : Tensor
        The first h of each sequence: shape (B, H).
    weight : Tensor
        Shape (gates * C, H).
    more : Tensor or None
        Of a GRU, the biases b of the products: shape (3 * C,). Of an LSTM, the first c: shape (B, C).
    reduction : Tensor or None
        Of an LSTM: weights of shape (H, C), to which h is reduced. Without them, H is C.
    kind : str
        One of those above.
    sizes : sequence of int
        How many sequences there are at each step.
    reverse : bool
        Whether to begin with the last step.

    Returns
    -------
    tuple of Tensor
        All h, of shape (N, H); of an LSTM all c, of shape (N, C); and what saves the backward its computation.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn.ops.recurrences import recurrent
    >>> h, _ = recurrent(tg.ones((3, 2)), tg.zeros((2, 2)), tg.zeros((2, 2)), kind="relu", sizes=(2, 1))
    >>> h.tolist()
    [[1.0, 1.0], [1.0, 1.0], [1.0, 1.0]]
    """
    cell, extra = (more, reduction) if kind == "lstm" else (None, more)
    kept = xp.recurrence(projected, hidden, cell, weight, extra, kind=kind, sizes=sizes, reverse=reverse)
    width = hidden.shape[1]
    h = xp.copy(kept[:, :width])
    return (h, kept) if cell is None else (h, xp.copy(kept[:, width : width + cell.shape[1]]), kept)
