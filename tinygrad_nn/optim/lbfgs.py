"""L-BFGS: Newton's method with a Hessian that is guessed from the last steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .. import ops
from ..autograd.modes import enable_grad, no_grad
from ..creation import asarray, zeros
from ..tensor import Tensor
from .line_search import Point, strong_wolfe
from .optimizer import Optimizer, Parameters, require

__all__ = ["LBFGS"]

_CURVATURE = 1e-10  # steps along which the gradient grows by less are not remembered

# What is remembered, by PyTorch's names: vectors of all parameters, numbers, and lists of both with one for each step.
_VECTORS = ("d", "prev_flat_grad")
_NUMBERS = ("t", "H_diag", "prev_loss")
_COUNTS = ("n_iter", "func_evals")
_HISTORY = {"old_dirs": True, "old_stps": True, "ro": False}  # whether it is one of vectors


class LBFGS(Optimizer):
    r"""L-BFGS: Newton's method with a Hessian that is guessed from the last steps, for deterministic losses.

    One call of `step` makes up to `max_iter` iterations; each computes the loss and its gradients anew, by the closure.
    With all parameters as one vector x with gradient g, and for each of the last steps s = x - x', y = g - g'::

        d = -H g       where H is the inverse of the Hessian by these s and y: H y = s
        x = x + t * d

    t is the learning rate (in the first iteration at most ``lr / Σ |g|``), or what the line search finds.

    Parameters
    ----------
    params : iterable of Tensor
        What to optimize: one group, on one device.
    lr : float
        Learning rate, at least 0.
    max_iter : int
        Iterations in a call of `step`.
    max_eval : int or None
        Calls of the closure in a call of `step`; None is 1.25 times `max_iter`.
    tolerance_grad : float
        No element of the gradient is larger: the minimum is reached.
    tolerance_change : float
        Nor any change of an element, or of the loss.
    history_size : int
        How many steps are remembered, at least 1.
    line_search_fn : {None, "strong_wolfe"}
        How far to go along d.

    References
    ----------
    D. C. Liu and J. Nocedal, "On the limited memory BFGS method for large scale optimization", Mathematical
    Programming 45 (1989).

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import optim
    >>> x = tg.asarray([-1.2, 1.0], dtype=tg.float64, requires_grad=True)
    >>> optimizer = optim.LBFGS([x], line_search_fn="strong_wolfe", max_iter=50)
    >>> def closure():
    ...     optimizer.zero_grad()
    ...     loss = 100 * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2
    ...     loss.backward()
    ...     return loss
    >>> loss = optimizer.step(closure)
    >>> [round(element, 4) for element in x.tolist()]
    [1.0, 1.0]
    """

    def __init__(self, params: Parameters, lr: float = 1.0, max_iter: int = 20, max_eval: int | None = None,
                 tolerance_grad: float = 1e-7, tolerance_change: float = 1e-9, history_size: int = 100,
                 line_search_fn: str | None = None) -> None:  # fmt: skip
        super().__init__(params, {
            "lr": lr, "max_iter": max_iter, "max_eval": max_iter * 5 // 4 if max_eval is None else max_eval,
            "tolerance_grad": tolerance_grad, "tolerance_change": tolerance_change, "history_size": history_size,
            "line_search_fn": line_search_fn,
        })  # fmt: skip

    def add_param_group(self, group: Mapping[str, Any]) -> None:
        """Take the one group of parameters that there may be."""
        if self.param_groups:
            raise ValueError("LBFGS: all parameters are one vector, so they are one group; give them as one list")
        super().add_param_group(group)

    def _check(self, group: dict[str, Any]) -> None:
        super()._check(group)
        for name in ("max_iter", "max_eval", "history_size"):
            require(name, group[name], 1)
        for name in ("tolerance_grad", "tolerance_change"):
            require(name, group[name], 0)
        if group["line_search_fn"] not in (None, "strong_wolfe"):
            raise ValueError(f'line_search_fn must be None or "strong_wolfe", not {group["line_search_fn"]!r}')

    def _settings(self, group: dict[str, Any], step: int) -> dict[str, Any]:
        return {}  # its steps go by no rule

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Go on by up to `max_iter` iterations.

        Parameters
        ----------
        closure : callable
            Forgets the gradients, computes the loss and its gradients, and returns the loss.

        Returns
        -------
        Any
            What `closure` returned first.

        Raises
        ------
        TypeError
            There is no closure.
        """
        if closure is None:
            raise TypeError("LBFGS.step needs a closure, which computes the loss and its gradients anew and returns it")
        (group,) = self.param_groups
        state = self.state.setdefault(group["params"][0], {"n_iter": 0, "func_evals": 0})
        with no_grad():
            first = loss = self._evaluate(closure)
            value, gradient = float(loss), self._gradient()
            evaluations, iterations = 1, 0
            while not _is_small(gradient, group["tolerance_grad"]):
                iterations += 1
                direction = _direction(state, gradient, group["history_size"])
                size = group["lr"] * (min(1.0, 1.0 / ops.sum(ops.abs(gradient)).item()) if "t" not in state else 1.0)
                before, slope = value, (gradient @ direction).item()
                state.update(d=direction, t=size, prev_flat_grad=gradient, prev_loss=before)
                state["n_iter"] += 1
                if slope > -group["tolerance_change"]:
                    break
                if group["line_search_fn"] is not None:
                    found, count = self._search(closure, Point(0.0, value, slope, gradient), direction, size,
                                                group["max_eval"] - evaluations)  # fmt: skip
                    size, value, gradient = found.at, found.value, found.gradient
                    self._move(size, direction)
                else:
                    self._move(size, direction)
                    count = 0
                    if iterations < group["max_iter"]:
                        value, gradient, count = float(self._evaluate(closure)), self._gradient(), 1
                state["t"] = size
                evaluations += count
                if (
                    iterations == group["max_iter"]
                    or evaluations >= group["max_eval"]
                    or _is_small(size * direction, group["tolerance_change"])
                    or abs(value - before) < group["tolerance_change"]
                ):
                    break
            state["func_evals"] += evaluations
        return first

    def _evaluate(self, closure: Callable[[], Any]) -> Any:
        with enable_grad():
            return closure()

    def _search(self, closure: Callable[[], Any], start: Point, direction: Tensor, size: float,
                limit: int) -> tuple[Point, int]:  # fmt: skip
        """The point along a direction that the line search finds; the parameters stay where they are."""
        here = [p.detach().copy() for p in self._parameters()]

        def evaluate(at: float) -> Point:
            self._move(at, direction)
            value, gradient = float(self._evaluate(closure)), self._gradient()
            for p, array in zip(self._parameters(), here):
                p[...] = array
            return Point(at, value, (gradient @ direction).item(), gradient)

        reach = ops.max(ops.abs(direction)).item()
        tolerance = self.param_groups[0]["tolerance_change"]
        return strong_wolfe(evaluate, start, size, reach=reach, limit=limit, tolerance=tolerance)

    def _gradient(self) -> Tensor:
        """The gradients of all parameters as one vector."""
        parts = [zeros(p.size, dtype=p.dtype, device=p.device) if p.grad is None else ops.reshape(p.grad, (-1,))
                 for p in self._parameters()]  # fmt: skip
        gradient: Tensor = ops.concat(parts)
        return gradient

    def _move(self, size: float, direction: Tensor) -> None:
        """Add ``size * direction`` to the parameters."""
        start = 0
        for p in self._parameters():
            p[...] = p + size * ops.reshape(direction[start : start + p.size], p.shape)
            start += p.size

    # Saving.

    def _saved_state(self, p: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        return {name: [*value] if isinstance(value, list) else value for name, value in self.state[p].items()}

    def _loaded_state(self, n: int, saved: dict[str, Any], p: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        size = sum(each.size for each in group["params"])

        def vector(name: str, value: Any) -> Tensor:
            loaded = asarray(value, dtype=p.dtype, device=p.device, copy=True)
            if loaded.shape != (size,):
                raise ValueError(f"LBFGS: the saved {name} has shape {loaded.shape}, the parameters together ({size},)")
            return loaded

        state: dict[str, Any] = {name: int(saved[name]) for name in _COUNTS if name in saved}
        state |= {name: vector(name, saved[name]) for name in _VECTORS if name in saved}
        state |= {name: float(saved[name]) for name in _NUMBERS if name in saved}
        for name, of_vectors in _HISTORY.items():
            if name in saved:
                state[name] = [vector(name, value) if of_vectors else float(value) for value in saved[name]]
        missing = sorted({*_COUNTS, *_VECTORS, *_NUMBERS, *_HISTORY} - state.keys())
        unknown = sorted(saved.keys() - state.keys() - {"al"})  # which PyTorch computes with
        if unknown or (missing and state.get("n_iter") != 0):
            raise ValueError(f"LBFGS: the saved state lacks {missing} and has the unknown {unknown}")
        return state


def _direction(state: dict[str, Any], gradient: Tensor, history_size: int) -> Tensor:
    """``-H g``, after what the last step has taught; ``-g`` in the beginning."""
    if "t" not in state:
        state.update(old_dirs=[], old_stps=[], ro=[], H_diag=1.0)
    else:
        y, s = gradient - state["prev_flat_grad"], state["t"] * state["d"]
        curvature = (y @ s).item()
        if curvature > _CURVATURE:
            for name, value in (("old_dirs", y), ("old_stps", s), ("ro", 1.0 / curvature)):
                state[name] = [*state[name][-history_size + 1 :], value] if history_size > 1 else [value]
            state["H_diag"] = curvature / (y @ y).item()
    pairs = [*zip(state["old_dirs"], state["old_stps"], state["ro"])]
    direction, parts = -gradient, []
    for y, s, inverse in reversed(pairs):
        parts.append(inverse * (s @ direction).item())
        direction = direction - parts[-1] * y
    direction = state["H_diag"] * direction
    for (y, s, inverse), part in zip(pairs, reversed(parts)):
        direction = direction + (part - inverse * (y @ direction).item()) * s
    return direction


def _is_small(vector: Tensor, tolerance: float) -> bool:
    return vector.size == 0 or float(ops.max(ops.abs(vector)).item()) <= tolerance
