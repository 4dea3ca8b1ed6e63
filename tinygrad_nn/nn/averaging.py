"""Models whose weights are averages of those that another model had on its way: EMA and SWA."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from copy import deepcopy
from typing import Any

from .. import ops
from ..autograd.modes import no_grad
from ..backend.dtypes import int64, is_differentiable
from ..creation import zeros
from ..tensor import Tensor
from .batch_normalization import BatchNorm1d, BatchNorm2d, BatchNorm3d
from .module import Module

__all__ = ["AveragedModel", "get_ema_avg_fn", "get_swa_avg_fn", "update_bn"]

Average = Callable[[Tensor, Tensor, Tensor], Tensor]


def get_ema_avg_fn(decay: float = 0.999) -> Average:
    """The rule of an exponential moving average: ``decay * averaged + (1 - decay) * current``.

    Parameters
    ----------
    decay : float
        From 0 to 1.

    Returns
    -------
    callable
        For `AveragedModel`.

    Raises
    ------
    ValueError
        `decay` is not from 0 to 1.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> average = nn.get_ema_avg_fn(0.75)
    >>> average(tg.asarray(4.0), tg.asarray(8.0), tg.asarray(1)).item()
    5.0
    """
    if not 0.0 <= decay <= 1.0:
        raise ValueError(f"get_ema_avg_fn: decay is {decay}, wanted from 0 to 1")

    def exponential(averaged: Tensor, current: Tensor, num_averaged: Tensor) -> Tensor:
        return averaged + (1.0 - decay) * (current - averaged)

    return exponential


def get_swa_avg_fn() -> Average:
    """The rule of the mean of all: ``averaged + (current - averaged) / (num_averaged + 1)``.

    Returns
    -------
    callable
        For `AveragedModel`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> average = nn.get_swa_avg_fn()
    >>> average(tg.asarray(4.0), tg.asarray(8.0), tg.asarray(3)).item()
    5.0
    """

    def equal(averaged: Tensor, current: Tensor, num_averaged: Tensor) -> Tensor:
        return averaged + (current - averaged) / (num_averaged + 1).astype(averaged.dtype)

    return equal


class AveragedModel(Module):
    """A copy of a model, whose weights are averages of those that the model has on its way.

    Stochastic weight averaging takes the mean of all, late in a training with a learning rate that stays up (`SWALR`);
    an exponential moving average follows it from the beginning. Either is often better than the last weights.

    Parameters
    ----------
    model : Module
        It is copied, not kept.
    device : str or None
        Where the averages are; None is where the model is.
    avg_fn : callable or None
        ``avg_fn(averaged, current, num_averaged)`` gives the next average; None is that of `get_swa_avg_fn`.
    use_buffers : bool
        Average the buffers, too, such as the statistics of batch normalisation; otherwise they are those of the last
        update. (Buffers of integers always are.)

    Attributes
    ----------
    module : Module
        The copy.
    n_averaged : Tensor
        How many have been averaged, a number.

    References
    ----------
    B. T. Polyak and A. B. Juditsky, "Acceleration of stochastic approximation by averaging", SIAM Journal on Control
    and Optimization 30 (1992).
    P. Izmailov et al., "Averaging Weights Leads to Wider Optima and Better Generalization", UAI 2018 (SWA).

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> model = nn.Linear(1, 1, bias=False)
    >>> averaged = nn.AveragedModel(model, avg_fn=nn.get_ema_avg_fn(0.5))
    >>> for weight in (1.0, 2.0, 3.0):  # instead of a training
    ...     with tg.no_grad():
    ...         model.weight[...] = weight
    ...     averaged.update_parameters(model)
    >>> averaged(tg.ones(1)).item()
    2.25
    """

    n_averaged: Tensor

    def __init__(self, model: Module, device: str | None = None, avg_fn: Average | None = None,
                 use_buffers: bool = False) -> None:  # fmt: skip
        super().__init__()
        if not isinstance(model, Module):
            raise TypeError(f"AveragedModel: wanted is a module, not {model!r} ({type(model).__name__})")
        self.module = deepcopy(model)
        self.module.zero_grad()
        if device is not None:
            self.module.to(device)
        first = next(self.module.parameters(), None)
        self.register_buffer("n_averaged", zeros((), dtype=int64, device=None if first is None else first.device))
        self.avg_fn = get_swa_avg_fn() if avg_fn is None else avg_fn
        self.use_buffers = use_buffers

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the copy gives."""
        return self.module(*args, **kwargs)

    @no_grad()
    def update_parameters(self, model: Module) -> None:
        """Take in the weights that the model has now; the first time, become them.

        Parameters
        ----------
        model : Module
            That which this is the average of.

        Raises
        ------
        ValueError
            It has other parameters or buffers.

        Examples
        --------
        >>> from tinygrad_nn import nn
        >>> model = nn.Linear(2, 3)
        >>> averaged = nn.AveragedModel(model)
        >>> averaged.update_parameters(model)
        >>> averaged.n_averaged.item()
        1
        """
        own, others = _tensors(self.module), _tensors(model)
        if [(name, x.shape) for name, x, _ in own] != [(name, x.shape) for name, x, _ in others]:
            raise ValueError(f"update_parameters: the {type(model).__name__} has other parameters or buffers")
        first = self.n_averaged == 0
        for (_, averaged, is_buffer), (_, current, _) in zip(own, others):
            if current.device != averaged.device:
                current = current.to_device(averaged.device)
            if is_buffer and not (self.use_buffers and is_differentiable(averaged.dtype)):
                averaged[...] = current
            else:  # nothing is read, so a program may do it
                averaged[...] = ops.where(first, current, self.avg_fn(averaged, current, self.n_averaged))
        self.n_averaged += 1


def _tensors(model: Module) -> list[tuple[str, Tensor, bool]]:
    """The parameters and buffers of a model, detached, and whether each is a buffer."""
    return [
        *((name, p.detach(), False) for name, p in model.named_parameters()),
        *((name, buffer, True) for name, buffer in model.named_buffers()),
    ]


@no_grad()
def update_bn(loader: Iterable[Any], model: Module, device: str | None = None) -> None:
    """Compute the running statistics of batch normalisation anew, as the mean over the batches of a loader.

    An averaged model needs that: the statistics of other weights are not its own.

    Parameters
    ----------
    loader : iterable of Tensor, or of sequences
        Batches of inputs; of a sequence, the first is the input.
    model : Module
        Layers of batch normalisation in it get the statistics; it is left in the mode that it was in.
    device : str or None
        Where the batches go before; None leaves them where they are.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> model = nn.Sequential(nn.BatchNorm1d(1))
    >>> nn.update_bn([tg.asarray([[1.0], [3.0]]), tg.asarray([[5.0], [7.0]])], model)
    >>> model[0].running_mean.tolist()
    [4.0]
    """
    layers = [m for m in model.modules() if isinstance(m, (BatchNorm1d, BatchNorm2d, BatchNorm3d))]
    momenta = [layer.momentum for layer in layers]
    if not layers:
        return
    modes = [(module, module.training) for module in model.modules()]
    try:
        model.train()
        for layer in layers:
            layer.reset_running_stats()
            layer.momentum = None  # the mean of all batches
        for batch in loader:
            x = batch[0] if isinstance(batch, (tuple, list)) else batch
            model(x if device is None else x.to_device(device))
    finally:
        for layer, momentum in zip(layers, momenta):
            layer.momentum = momentum
        for module, training in modes:
            module.training = training
