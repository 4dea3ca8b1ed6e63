"""The learning rate for averaging weights: to a constant one, and on with that."""

from __future__ import annotations

from math import cos, pi

from .optimizer import Optimizer, require
from .schedulers import LRScheduler, per_group

__all__ = ["SWALR"]


class SWALR(LRScheduler):
    """From the rate that there is to `swa_lr`, in `anneal_epochs` steps, and on with that.

    It begins with the rates that the groups have at its first step, whatever another scheduler has made of them until
    then. It goes with `nn.AveragedModel`.

    Parameters
    ----------
    optimizer : Optimizer
        Whose groups' ``"lr"`` is set.
    swa_lr : float or list of float
        The last rate, of all groups or of each.
    anneal_epochs : int
        Steps until then; with 0 it is there at once.
    anneal_strategy : {"cos", "linear"}
        The form of the way.

    References
    ----------
    P. Izmailov et al., "Averaging Weights Leads to Wider Optima and Better Generalization", UAI 2018.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import optim
    >>> optimizer = optim.SGD([tg.ones(1, requires_grad=True)], lr=1.0)
    >>> scheduler = optim.SWALR(optimizer, swa_lr=0.5, anneal_epochs=2, anneal_strategy="linear")
    >>> rates = []
    >>> for _ in range(4):
    ...     scheduler.step()
    ...     rates.append(optimizer.param_groups[0]["lr"])
    >>> rates
    [0.75, 0.5, 0.5, 0.5]
    """

    def __init__(self, optimizer: Optimizer, swa_lr: float | list[float], anneal_epochs: int = 10,
                 anneal_strategy: str = "cos") -> None:  # fmt: skip
        require("anneal_epochs", anneal_epochs, 0)
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(f'anneal_strategy must be "cos" or "linear", not {anneal_strategy!r}')
        self.swa_lrs = [float(rate) for rate in per_group("swa_lr", swa_lr, optimizer)]
        for rate in self.swa_lrs:
            require("swa_lr", rate, 0)
        self.anneal_epochs = anneal_epochs
        self.anneal_strategy = anneal_strategy
        self.first_lrs = [float(group["lr"]) for group in optimizer.param_groups]
        super().__init__(optimizer)

    def step(self) -> None:
        """Go on by one step."""
        if self.last_epoch == 0 and self.anneal_epochs:
            self.first_lrs = self.get_last_lr()
        super().step()

    def _rate(self, step: int, base: float, place: int) -> float:
        part = min(step / self.anneal_epochs, 1.0) if self.anneal_epochs else 1.0
        if self.anneal_strategy == "cos":
            part = (1.0 - cos(pi * part)) / 2.0
        return self.swa_lrs[place] * part + self.first_lrs[place] * (1.0 - part)
