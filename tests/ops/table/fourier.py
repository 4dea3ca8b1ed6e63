"""Rows of Fourier transforms, taken apart into real and imaginary parts."""

from __future__ import annotations

from typing import Any

import numpy as np

import tinygrad_nn as tg

from .row import Row, cases


def real_parts(name: str) -> Row:
    """A transform of real values."""

    def call(x: Any, **kwargs: Any) -> Any:
        y = getattr(tg.fft, name)(x, **kwargs)
        return [part.astype(x.dtype) for part in (tg.real(y), tg.imag(y))]

    def oracle(x: Any, **kwargs: Any) -> Any:
        y = getattr(np.fft, name)(x, **kwargs)
        return [np.real(y), np.imag(y)]

    return Row(name, call, oracle, SEVERAL if name.endswith("n") else ONE)


def complex_parts(name: str) -> Row:
    """A transform of complex values, from their real and imaginary parts."""

    def call(x: Any, z: Any, **kwargs: Any) -> Any:
        y = getattr(tg.fft, name)(x + z * 1j, **kwargs)
        return [part.astype(x.dtype) for part in ((tg.real(y), tg.imag(y)) if y.dtype.kind == "c" else (y,))]

    def oracle(x: Any, z: Any, **kwargs: Any) -> Any:
        y = getattr(np.fft, name)(x + z * 1j, **kwargs)
        return [np.real(y), np.imag(y)] if y.dtype.kind == "c" else [y]

    plain = SEVERAL if name.endswith("n") else ONE
    return Row(name, call, oracle, cases(*((c.inputs[0], c.inputs[0], c.kwargs) for c in plain)))


ONE = cases(
    ((4,),), ((5,), {"norm": "ortho"}), ((2, 4), {"norm": "forward"}), ((3, 2), {"axis": 0}), ((4,), {"n": 3}),
    ((4,), {"n": 2}), ((3,), {"n": 6, "norm": "forward"}), ((2, 3), {"n": 5, "axis": 0}), ((3,), {"n": 1}),
    ((0, 3),),
)  # fmt: skip
SEVERAL = cases(
    ((2, 3),), ((2, 3), {"s": (3, 2), "axes": (0, 1)}), ((2, 2, 2), {"axes": (0, 2), "norm": "ortho"}),
    ((3, 4), {"axes": (1, 0), "norm": "forward"}),
)  # fmt: skip


def rows() -> list[Row]:
    shifts = cases(((4,),), ((3,),), ((2, 3),), ((3, 5), {"axes": 1}), ((3, 4), {"axes": (0, 1)}), ((0,),))
    return [
        *(complex_parts(name) for name in ("fft", "ifft", "irfft", "hfft", "fftn", "ifftn", "irfftn")),
        *(real_parts(name) for name in ("fft", "rfft", "ihfft", "fftn", "rfftn")),
        Row("fftshift", tg.fft.fftshift, np.fft.fftshift, shifts),
        Row("ifftshift", tg.fft.ifftshift, np.fft.ifftshift, shifts),
    ]
