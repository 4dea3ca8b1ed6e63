"""Discrete Fourier transforms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tinygrad_nn import fft

__all__ = ["CALLS"]


def along(ours: Callable[..., Any]) -> Callable[..., Any]:
    """A transform along one axis."""
    return lambda x, n=None, dim=-1, norm="backward": ours(x, n=n, axis=dim, norm=norm)


def over(ours: Callable[..., Any], default: tuple[int, ...] | None = None) -> Callable[..., Any]:
    """A transform over several axes; those that are called 2 take the last two unless they are told."""

    def call(x: Any, s: Any = None, dim: Any = None, norm: str = "backward") -> Any:
        axes = (dim,) if isinstance(dim, int) else dim
        if axes is None:
            axes = default if s is None or default is not None else tuple(range(-len(s), 0))
        return ours(x, s=s, axes=axes, norm=norm)

    return call


def shift(ours: Callable[..., Any]) -> Callable[..., Any]:
    return lambda x, dim=None: ours(x, axes=dim)


CALLS: dict[str, Callable[..., Any]] = {
    **{f"fft.{name}": along(getattr(fft, name)) for name in "fft hfft ifft ihfft irfft rfft".split()},
    **{f"fft.{name}": over(getattr(fft, name)) for name in "fftn ifftn irfftn rfftn".split()},
    **{f"fft.{name}2": over(getattr(fft, f"{name}n"), (-2, -1)) for name in "fft ifft irfft rfft".split()},
    "fft.fftshift": shift(fft.fftshift),
    "fft.ifftshift": shift(fft.ifftshift),
}
