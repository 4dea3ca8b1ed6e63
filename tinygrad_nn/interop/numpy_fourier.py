"""What NumPy's Fourier transforms are on tensors, with NumPy's arguments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import fft

__all__ = ["FOURIER"]

Function = Callable[..., Any]


def _transform(function: Function) -> Function:
    def transformed(a: Any, n: int | None = None, axis: int = -1, norm: str | None = None) -> Any:
        return function(a, n=n, axis=axis, norm=norm or "backward")

    return transformed


def _transform_of_axes(function: Function) -> Function:
    def transformed(a: Any, s: Any = None, axes: Any = None, norm: str | None = None) -> Any:
        return function(a, s=s, axes=axes, norm=norm or "backward")

    return transformed


def _shift(function: Function) -> Function:
    return lambda x, axes=None: function(x, axes=axes)


NAMED: dict[str, Function] = {
    **{name: _transform(getattr(fft, name)) for name in ("fft", "hfft", "ifft", "ihfft", "irfft", "rfft")},
    **{name: _transform_of_axes(getattr(fft, name)) for name in ("fftn", "ifftn", "irfftn", "rfftn")},
    **{name: _shift(getattr(fft, name)) for name in ("fftshift", "ifftshift")},
}
FOURIER: dict[Any, Function] = {getattr(np.fft, name): ours for name, ours in NAMED.items()}
"""By NumPy's function, what it is on tensors."""
