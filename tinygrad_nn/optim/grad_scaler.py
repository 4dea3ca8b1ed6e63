"""`GradScaler`: losses made larger, so that small gradients are none too small for float16."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .. import ops
from ..autograd.apply import make
from ..autograd.modes import current_mode, no_grad
from ..autograd.variable import WRITES
from ..backend import NAMESPACES
from ..backend.dtypes import float16, float32, is_floating
from ..backend.errors import TraceError
from ..backend.memory import user_line
from ..creation import asarray
from ..tensor import Tensor
from .lbfgs import LBFGS
from .optimizer import Optimizer, require

__all__ = ["GradScaler", "scale_gradients"]

_LARGEST = 2.0**127  # what float32 holds


class GradScaler:
    """Dynamic loss scaling: the loss is multiplied by a scale before backward, the gradients divided by it afterwards.

    Gradients below 6e-8 are zero in float16. Multiplied by a large scale they are not, and where the scale is too large
    for others, gradients are infinite: then the step is left out and the scale made smaller. After many steps without
    that it is made larger.

    Parameters
    ----------
    init_scale : float
        The first scale, above 0.
    growth_factor : float
        By what the scale grows after `growth_interval` steps in a row with finite gradients, above 1.
    backoff_factor : float
        By what it is multiplied after a step whose gradients were not finite, in (0, 1).
    growth_interval : int
        At least 1.
    enabled : bool
        Without it, `scale` gives what it is given, and `step` is the optimizer's.
    device : str or None
        Where the scale is. On that of the losses, programs (`tg.compile`) may use it.

    References
    ----------
    P. Micikevicius et al., "Mixed Precision Training", ICLR 2018.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import optim
    >>> x = tg.asarray([1.0], requires_grad=True)
    >>> optimizer = optim.SGD([x], lr=0.5)
    >>> scaler = optim.GradScaler(init_scale=4.0)
    >>> for factor in (1.0, float("inf")):
    ...     optimizer.zero_grad()
    ...     scaler.scale((x * factor).sum()).backward()
    ...     scaler.step(optimizer)  # the second time it does nothing
    ...     scaler.update()
    >>> x.item(), scaler.get_scale()
    (0.5, 2.0)
    """

    def __init__(self, init_scale: float = 65536.0, growth_factor: float = 2.0, backoff_factor: float = 0.5,
                 growth_interval: int = 2000, enabled: bool = True, *, device: str | None = None) -> None:  # fmt: skip
        require("growth_interval", growth_interval, 1)
        for name, value, low, high in (("init_scale", init_scale, 0.0, float("inf")),
                                       ("growth_factor", growth_factor, 1.0, float("inf")),
                                       ("backoff_factor", backoff_factor, 0.0, 1.0)):  # fmt: skip
            require(name, value, low, high)
            if value == low:
                raise ValueError(f"{name} must be above {low}, not {value!r}")
        self.growth_factor = growth_factor
        self.backoff_factor = backoff_factor
        self.growth_interval = growth_interval
        self.enabled = enabled
        # a tensor, so that programs read it anew in each run
        self._scale = asarray(init_scale, dtype=float32, device=device)
        self._growth_tracker = 0
        self._finite: dict[Optimizer, Tensor] = {}  # whether the gradients are, where they are unscaled already
        self._stepped: set[Optimizer] = set()  # those whose gradients are used up until `update`

    def scale(self, loss: Tensor) -> Tensor:
        """The loss, larger: differentiate that.

        Parameters
        ----------
        loss : Tensor
            Of float32 or float64, so that it does not overflow itself.

        Raises
        ------
        TypeError
            It is no tensor of floats.
        """
        if not isinstance(loss, Tensor) or not is_floating(loss.dtype):
            found = f"a tensor of {loss.dtype}" if isinstance(loss, Tensor) else f"a {type(loss).__name__}"
            raise TypeError(f"GradScaler.scale: the loss is {found}, wanted is a tensor of floats")
        return loss * self._scale_for(loss).astype(loss.dtype) if self.enabled else loss

    def unscale_(self, optimizer: Optimizer) -> None:
        """Divide the gradients of an optimizer's parameters by the scale, in place, to clip them before `step`.

        Raises
        ------
        RuntimeError
            It was done already since the last `update`.
        ValueError
            Parameters are float16.
        """
        if not self.enabled:
            return
        if current_mode().recorder is not None:
            raise TraceError(
                f"{user_line()}: GradScaler reads whether gradients are finite, which changes from run to run of the "
                "program being traced; call it outside of the traced function"
            )
        if optimizer in self._finite:
            raise RuntimeError("GradScaler.unscale_: the gradients are unscaled already; call update() after each step")
        params = [p for group in optimizer.param_groups for p in group["params"]]
        if any(p.dtype == float16 for p in params):
            raise ValueError(
                "GradScaler.unscale_: gradients of float16 parameters would be lost again; keep the weights in float32 "
                "and compute with nn.MixedPrecision"
            )
        self._finite[optimizer] = scale_gradients(params, self.inverse(params[0]))

    def step(self, optimizer: Optimizer) -> Any:
        """Let the optimizer make its step with gradients that are divided by the scale, if they are all finite.

        Returns
        -------
        Any
            What the optimizer's `step` returns; None if it is left out.

        Raises
        ------
        RuntimeError
            It was made already since the last `update`.
        TypeError
            The optimizer is `LBFGS`, which computes gradients itself.
        """
        if not self.enabled:
            return optimizer.step()
        if isinstance(optimizer, LBFGS):
            raise TypeError(
                "GradScaler.step: LBFGS is not supported, for it computes losses and gradients anew by its closure, "
                "which are not scaled; use it without a GradScaler, in float32 or float64"
            )
        if optimizer in self._stepped:
            raise RuntimeError(
                "GradScaler.step: this optimizer made its step already since the last update(); call update() after "
                "each step"
            )
        if optimizer not in self._finite:
            self.unscale_(optimizer)
        self._stepped.add(optimizer)
        return optimizer.step() if self._finite[optimizer].item() else None

    def update(self, new_scale: float | None = None) -> None:
        """Make the scale smaller where gradients were not finite, larger where they have been for long; call it last.

        Parameters
        ----------
        new_scale : float or None
            Make it that instead.

        Raises
        ------
        RuntimeError
            There was no step.
        """
        if not self.enabled:
            return
        if new_scale is None and not self._finite:
            raise RuntimeError("GradScaler.update: there was no step since the last time; call step(optimizer) before")
        finite = all(each.item() for each in self._finite.values())
        self._finite.clear()
        self._stepped.clear()
        scale = self.get_scale()
        if new_scale is not None:
            scale = float(new_scale)
        elif not finite:
            scale *= self.backoff_factor
            self._growth_tracker = 0
        else:
            self._growth_tracker += 1
            if self._growth_tracker == self.growth_interval:
                scale = min(scale * self.growth_factor, _LARGEST)
                self._growth_tracker = 0
        with no_grad():
            self._scale[...] = scale

    def get_scale(self) -> float:
        """The scale as a number; 1 where it is not enabled."""
        return float(self._scale.item()) if self.enabled else 1.0

    def inverse(self, near: Tensor) -> Tensor:
        """One over the scale, on the device of a tensor: what gradients are multiplied by."""
        return 1.0 / self._scale_for(near)

    def mark_unscaled(self, optimizer: Optimizer, finite: Tensor) -> None:
        """Take note that the gradients have been multiplied by `inverse` elsewhere, such as in a program.

        Parameters
        ----------
        optimizer : Optimizer
            That of their parameters.
        finite : Tensor
            Whether they are all finite, as `scale_gradients` gives it.
        """
        self._finite[optimizer] = finite

    def state_dict(self) -> dict[str, Any]:
        """The scale and what it goes by, with PyTorch's names; nothing where it is not enabled."""
        if not self.enabled:
            return {}
        return {
            "scale": self.get_scale(), "growth_factor": self.growth_factor, "backoff_factor": self.backoff_factor,
            "growth_interval": self.growth_interval, "_growth_tracker": self._growth_tracker,
        }  # fmt: skip

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on from a saved state.

        Raises
        ------
        ValueError
            It is the state of something else; nothing is changed.
        """
        if not self.enabled:
            return
        missing = sorted(self.state_dict().keys() - state_dict.keys())
        if missing:
            raise ValueError(f"GradScaler: the saved state lacks {missing}; was it saved where it was not enabled?")
        self.growth_factor = float(state_dict["growth_factor"])
        self.backoff_factor = float(state_dict["backoff_factor"])
        self.growth_interval = int(state_dict["growth_interval"])
        self._growth_tracker = int(state_dict["_growth_tracker"])
        with no_grad():
            self._scale[...] = float(state_dict["scale"])

    def _scale_for(self, tensor: Tensor) -> Tensor:
        return self._scale if self._scale.device == tensor.device else self._scale.to_device(tensor.device)


@no_grad()
def scale_gradients(parameters: Iterable[Tensor], factor: Tensor) -> Tensor:
    """Multiply gradients by a number, in place, without reading anything from the device.

    Parameters
    ----------
    parameters : iterable of Tensor
        The tensors whose gradients are multiplied; those without one are passed over.
    factor : Tensor
        Of shape (), on their device.

    Returns
    -------
    Tensor
        Whether all elements are finite then, of shape ().

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import optim
    >>> x = tg.asarray([3.0, 4.0], requires_grad=True)
    >>> (x * x).sum().backward()
    >>> optim.scale_gradients([x], tg.asarray(0.5)).item()
    True
    >>> x.grad.tolist()
    [3.0, 4.0]
    """
    tensors = [*parameters]
    recorder = current_mode().recorder
    if recorder is not None:
        recorder.lift_grads(tensors)
    finite = ops.isfinite(factor)
    for p in tensors:
        if p.grad is not None:
            array = p.grad.array
            array *= factor.astype(p.grad.dtype).array
            p.grad.version[WRITES] += 1
            xp = NAMESPACES[type(array)]
            finite = finite & make(xp.wrap(xp.all(xp.isfinite(array))))
    return finite
