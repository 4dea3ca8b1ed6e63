"""Gradients checked against finite differences, in float64."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from ..autograd import enable_grad, grad, no_grad
from ..backend.dtypes import is_floating
from ..tensor import Tensor

__all__ = ["gradcheck", "gradgradcheck"]

MOST_ROWS = 64  # outputs with more elements are checked by random projections, not element by element
PROJECTIONS = 2


def gradcheck(f: Callable[..., Any], *inputs: Any, eps: float = 1e-6, rtol: float = 1e-5,
              atol: float = 1e-7) -> None:  # fmt: skip
    """Check the gradients of a function of tensors against central differences.

    The numeric Jacobian, one column for each element of each input::

        J[:, i] = (f(x + eps e_i) - f(x - eps e_i)) / (2 eps)

    must agree with what backward gives for single output elements (where there are few), and for random combinations
    of all of them.

    Parameters
    ----------
    f : callable
        Takes the inputs, returns a tensor or a tuple or list of tensors. It must give the same values for the same
        inputs (fix the seed of what is random in it) and be smooth around them.
    *inputs : Tensor, array or anything
        Floating ones are checked, in float64 and in the memory layout they have; the rest is passed on as it is.
    eps : float
        Half the distance of the two values that make a difference.
    rtol, atol : float
        An analytic value may differ from the numeric one `n` by ``atol + rtol * abs(n)``.

    Raises
    ------
    AssertionError
        A gradient is wrong: its input, index, numeric and analytic value are named.
    ValueError
        There is nothing to check, or `f` is not deterministic.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn.testing import gradcheck
    >>> gradcheck(lambda x, w: tg.tanh(x @ w), tg.ones((2, 3)), tg.ones((3, 4)))
    """
    leaves = [_as_leaf(x) for x in inputs]
    checked = [i for i, leaf in enumerate(leaves) if _is_checked(leaf)]
    if not checked:
        raise ValueError("gradcheck: none of the inputs is a floating tensor or array")
    outputs = _outputs(f(*leaves))
    if not outputs:
        raise ValueError("gradcheck: the function returns no floating tensor")
    values = [_values(y) for y in outputs]
    for y, again in zip(values, _evaluate(f, leaves)):
        if not np.array_equal(y, again, equal_nan=True):
            raise ValueError(
                "gradcheck: two calls with the same inputs gave different values; the function must not depend on "
                "chance or on what happened before"
            )
    numeric = {i: _numeric_jacobian(f, leaves, i, eps) for i in checked}
    for seeds, what in _seeds(values):
        gradients = _pullback(outputs, [leaves[i] for i in checked], seeds)
        flat = np.concatenate([seed.ravel() for seed in seeds])
        for i, gradient in zip(checked, gradients):
            sides = partial(_sides, f, leaves, i, flat, eps)
            _compare(i, leaves[i], gradient, flat @ numeric[i], what, rtol, atol, sides)


def gradgradcheck(f: Callable[..., Any], *inputs: Any, eps: float = 1e-6, rtol: float = 1e-5,
                  atol: float = 1e-7) -> None:  # fmt: skip
    """Check the second derivatives of a function of tensors against central differences of its first.

    The gradient of `f` is itself checked as a function of the inputs and of the gradient that it starts from, so a
    backward recorded with ``create_graph=True`` is compared with numbers.

    Parameters
    ----------
    f, inputs, eps, rtol, atol
        As for `gradcheck`; `f` must be smooth twice.

    Raises
    ------
    AssertionError
        A second derivative is wrong.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn.testing import gradgradcheck
    >>> gradgradcheck(lambda x: x ** 3, tg.asarray([1.0, -2.0]))
    """
    leaves = [_as_leaf(x) for x in inputs]
    checked = [i for i, leaf in enumerate(leaves) if _is_checked(leaf)]
    random = np.random.default_rng(0)
    with no_grad():
        seeds = [random.uniform(0.5, 1.5, y.shape) for y in _outputs(f(*leaves))]

    def gradients(*args: Any) -> list[Any]:
        tensors, starts = [*args[: len(inputs)]], args[len(inputs) :]
        for i in checked:
            if not tensors[i].requires_grad:  # where only values are wanted
                tensors[i] = tensors[i].detach().requires_grad_()
        with enable_grad():
            return _pullback(_outputs(f(*tensors)), [tensors[i] for i in checked], starts, create_graph=True)

    device = leaves[checked[0]].device if checked else "cpu"
    starts = [Tensor(seed, device=device) for seed in seeds]
    gradcheck(gradients, *inputs, *starts, eps=eps, rtol=rtol, atol=atol)


def _pullback(outputs: Sequence[Any], inputs: Sequence[Any], seeds: Sequence[Any],
             create_graph: bool = False) -> list[Any]:  # fmt: skip
    """The vector-Jacobian products of `outputs` with `seeds`: one gradient for each input, zeros where none flows."""
    recorded = [(y, _on_device_of(y, seed)) for y, seed in zip(outputs, seeds) if y.requires_grad]
    found = grad(
        [y for y, _ in recorded], inputs, [seed for _, seed in recorded],
        retain_graph=True, create_graph=create_graph, allow_unused=True,
    )  # fmt: skip
    return [Tensor(np.zeros(x.shape), x.dtype, x.device) if g is None else g for x, g in zip(inputs, found)]


def _on_device_of(y: Any, seed: Any) -> Any:
    return seed if isinstance(seed, Tensor) else Tensor(seed, device=y.device)


def _as_leaf(x: Any) -> Any:
    """A floating input as a float64 tensor that requires a gradient; anything else as it is."""
    if not hasattr(x, "dtype") or not is_floating(x.dtype):
        return x
    x = x.detach() if isinstance(x, Tensor) else Tensor(x)
    return (x if x.dtype == np.float64 else x.astype(np.float64)).requires_grad_()


def _is_checked(leaf: Any) -> bool:
    return isinstance(leaf, Tensor) and leaf.requires_grad


def _outputs(result: Any) -> list[Any]:
    parts = result if isinstance(result, (tuple, list)) else (result,)
    return [y for y in parts if is_floating(y.dtype)]


def _values(y: Any) -> Any:
    return np.array(y.detach().numpy(), np.float64)


def _evaluate(f: Callable[..., Any], leaves: Sequence[Any]) -> list[Any]:
    with no_grad():
        return [_values(y) for y in _outputs(f(*leaves))]


def _numeric_jacobian(f: Callable[..., Any], leaves: Sequence[Any], place: int, eps: float) -> Any:
    """Of all outputs, flattened and joined, with respect to one input: (outputs, inputs)."""
    joined = partial(_joined, f, leaves, place)
    point = _values(leaves[place])
    columns = []
    for index in np.ndindex(*point.shape):
        below, above = _around(point, index, eps)
        columns.append((joined(above) - joined(below)) / (above[index] - below[index]))
    return np.stack(columns, axis=1) if columns else np.zeros((joined(point).size, 0))


def _joined(f: Callable[..., Any], leaves: Sequence[Any], place: int, x: Any) -> Any:
    """All outputs, flattened and joined, with other values for one input."""
    moved = [*leaves]
    moved[place] = Tensor(x, device=leaves[place].device)
    return np.concatenate([y.ravel() for y in _evaluate(f, moved)])


def _around(point: Any, index: tuple[int, ...], eps: float) -> tuple[Any, Any]:
    """The values with one of them smaller, and larger, by `eps`."""
    below, above = point.copy(), point.copy()
    below[index] -= eps
    above[index] += eps
    return below, above


def _sides(f: Callable[..., Any], leaves: Sequence[Any], place: int, flat: Any, eps: float,
           index: tuple[int, ...]) -> str:  # fmt: skip
    """Where the differences to the two sides of an element disagree, what that may mean."""
    point = _values(leaves[place])
    lower, upper, middle = (flat @ _joined(f, leaves, place, x) for x in (*_around(point, index, eps), point))
    left, right = (middle - lower) / eps, (upper - middle) / eps
    if not abs(right - left) > 1e-3 * (1 + max(abs(left), abs(right))):  # of a smooth function they differ by about eps
        return ""
    return (
        f"\nbelow {point[index]:.12g} the slope is {left:.6g}, above it {right:.6g}: if this is a kink, choose other "
        f"inputs, or leave it out: avoid=[{point[index]:.12g}]"
    )


def _seeds(values: Sequence[Any]) -> list[tuple[list[Any], str]]:
    """The gradients to start from, each with the words for what is then differentiated."""
    seeds = []
    if sum(y.size for y in values) <= MOST_ROWS:
        for place, y in enumerate(values):
            for index in np.ndindex(*y.shape):
                one = [np.zeros_like(v) for v in values]
                one[place][index] = 1
                seeds.append((one, f"element {index} of output {place}"))
    random = np.random.default_rng(0)
    for _ in range(PROJECTIONS):
        seeds.append(([random.standard_normal(y.shape) for y in values], "a random combination of the outputs"))
    return seeds


def _compare(place: int, leaf: Any, gradient: Any, numeric: Any, what: str, rtol: float, atol: float,
             sides: Callable[[tuple[int, ...]], str]) -> None:  # fmt: skip
    if gradient.shape != leaf.shape or gradient.dtype != leaf.dtype:
        raise AssertionError(
            f"the gradient for input {place} is {gradient.dtype}{list(gradient.shape)}, "
            f"the input {leaf.dtype}{list(leaf.shape)}"
        )
    analytic = _values(gradient)
    numeric = numeric.reshape(leaf.shape)
    wrong = ~(np.abs(analytic - numeric) <= atol + rtol * np.abs(numeric))  # true for NaN as well
    if not wrong.any():
        return
    error = np.where(wrong, np.nan_to_num(np.abs(analytic - numeric), nan=np.inf), -1)
    index = tuple(int(i) for i in np.unravel_index(np.argmax(error), error.shape))
    raise AssertionError(
        f"the gradient of {what} for input {place} at index {index} is {analytic[index]:.12g}, "
        f"by finite differences {numeric[index]:.12g} ({wrong.sum()} of {wrong.size} elements are wrong){sides(index)}"
    )
