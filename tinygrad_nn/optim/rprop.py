"""Rprop: steps from the signs of gradients alone."""

from __future__ import annotations

from typing import Any

from .optimizer import Optimizer, Parameters, require

__all__ = ["Rprop"]


def rprop(xp: Any, p: Any, g: Any, last: Any, size: Any, *, fall: float, rise: float, smallest: float, largest: float,
          maximize: bool) -> None:  # fmt: skip
    """One update of `p`; `last` is the gradient before, zero where its sign had changed."""
    if maximize:
        g = -g
    product = g * last
    turned = product < 0
    longer = xp.where(turned, fall * size, xp.where(product > 0, rise * size, size))
    size[...] = xp.minimum(xp.maximum(longer, smallest), largest)
    last[...] = xp.where(turned, 0, g)
    p -= xp.sign(last) * size


class Rprop(Optimizer):
    r"""Resilient backpropagation: each element has a step size of its own, and only signs of gradients count.

    For a parameter p with gradient g (of its shape), with h zero and s equal to `lr` at first, for each element::

        s = clip(s * etas[1], *step_sizes)              where g * h > 0: on in the same direction, faster
        s = clip(s * etas[0], *step_sizes),  g = 0      where g * h < 0: it went too far
        p = p - sign(g) * s
        h = g

    It is meant for gradients of all data; those of batches change their signs by chance.

    Parameters
    ----------
    params : iterable of Tensor, or of dict
        What to optimize, or groups of it (see `Optimizer`).
    lr : float
        The size of the first step, at least 0.
    etas : (float, float)
        Factors of the step size, where the sign changes, in (0, 1), and where it stays, above 1.
    step_sizes : (float, float)
        The smallest and the largest step size.
    maximize : bool
        Ascend instead.

    References
    ----------
    M. Riedmiller and H. Braun, "A direct adaptive method for faster backpropagation learning: the RPROP algorithm",
    IEEE International Conference on Neural Networks, 1993.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import optim
    >>> x = tg.asarray([3.0, -0.001], requires_grad=True)
    >>> optimizer = optim.Rprop([x], lr=0.5)
    >>> (x * x).sum().backward()
    >>> optimizer.step()  # however large the gradient is
    >>> x.detach()
    Tensor([2.5  , 0.499], dtype=float32)
    """

    rule = staticmethod(rprop)

    def __init__(self, params: Parameters, lr: float = 1e-2, etas: tuple[float, float] = (0.5, 1.2),
                 step_sizes: tuple[float, float] = (1e-6, 50), *, maximize: bool = False) -> None:  # fmt: skip
        super().__init__(params, {"lr": lr, "etas": etas, "step_sizes": step_sizes, "maximize": maximize})

    def _check(self, group: dict[str, Any]) -> None:
        super()._check(group)
        for name in ("etas", "step_sizes"):
            if not isinstance(group[name], (tuple, list)) or len(group[name]) != 2:
                raise TypeError(f"{name} must be a pair of numbers, not {group[name]!r}")
            for n, value in enumerate(group[name]):
                require(f"{name}[{n}]", value, 0)
        fall, rise = group["etas"]
        if not 0 < fall < 1 < rise:
            raise ValueError(f"etas must be a number in (0, 1) and one above 1, not {group['etas']!r}")

    def _moments(self, group: dict[str, Any]) -> dict[str, float]:
        return {"prev": 0.0, "step_size": float(group["lr"])}

    def _settings(self, group: dict[str, Any], step: int) -> dict[str, Any]:
        (fall, rise), (smallest, largest) = group["etas"], group["step_sizes"]
        return {
            "fall": float(fall), "rise": float(rise), "smallest": float(smallest), "largest": float(largest),
            "maximize": group["maximize"],
        }  # fmt: skip
