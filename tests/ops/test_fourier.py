"""Fourier transforms: gradients of complex numbers against PyTorch, dtypes, forward mode."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg

from .against_torch import agrees, forward_mode_agrees, matrix

CALLS = [
    (name, n, norm)
    for name in ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft")
    for n in (None, 1, 3, 4, 7)
    for norm in ("backward", "ortho", "forward")
]


@pytest.mark.parametrize(("name", "n", "norm"), CALLS)
def test_one_axis(name: str, n: int | None, norm: str, device: str) -> None:
    torch = pytest.importorskip("torch")
    x = matrix(2, 5, dtype=np.float64 if name in ("rfft", "ihfft") else np.complex128)
    for axis in (0, 1):
        agrees(lambda x, axis=axis: getattr(tg.fft, name)(x, n=n, axis=axis, norm=norm),
               lambda x, axis=axis: getattr(torch.fft, name)(x, n, axis, norm), x, device=device)  # fmt: skip
    forward_mode_agrees(lambda x: getattr(tg.fft, name)(x, n=n, norm=norm), x, device=device)


@pytest.mark.parametrize("norm", ["backward", "ortho", "forward"])
@pytest.mark.parametrize("name", ["fftn", "ifftn", "rfftn", "irfftn"])
@pytest.mark.parametrize(("s", "axes"), [(None, None), ((3, 4), (0, 2)), ((4, 2), None), (None, (2, 1))])
def test_several_axes(name: str, s: Any, axes: Any, norm: str, device: str) -> None:
    torch = pytest.importorskip("torch")
    x = matrix(2, 3, 3, dtype=np.float64 if name == "rfftn" else np.complex128)
    agrees(lambda x: getattr(tg.fft, name)(x, s=s, axes=axes, norm=norm),
           lambda x: getattr(torch.fft, name)(x, s, axes, norm), x, device=device)  # fmt: skip


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtypes_keep_their_precision(dtype: Any, device: str) -> None:
    x = tg.ones((4,), dtype, device)
    wide = np.result_type(dtype, np.complex64)
    assert tg.fft.fft(x).dtype == tg.fft.rfft(x).dtype == tg.fft.ifftn(x).dtype == tg.fft.ihfft(x).dtype == wide
    assert tg.fft.irfft(x).dtype == tg.fft.hfft(x).dtype == tg.fft.irfft(tg.fft.rfft(x)).dtype == dtype


def test_float16_and_integers(device: str) -> None:
    assert tg.fft.fft(tg.ones((4,), tg.float16, device)).dtype == tg.complex64
    assert tg.fft.rfft(tg.ones((4,), tg.int64, device)).dtype == tg.complex128


def test_the_gradient_of_real_values_is_real(device: str) -> None:
    x = tg.asarray([1.0, 2.0, 3.0], device=device, requires_grad=True)
    tg.abs(tg.fft.fft(x)[1]).backward()
    assert x.grad.dtype == tg.float32


def test_vmap_over_any_axis(device: str) -> None:
    x = tg.asarray(matrix(3, 4, 2), device=device)
    found = tg.vmap(lambda a: tg.fft.fft(a, axis=0), in_axes=2)(x)
    np.testing.assert_allclose(found.numpy(), np.fft.fft(x.numpy(), axis=0).transpose(2, 0, 1), rtol=1e-12)


def test_complex_values_are_no_real_ones(device: str) -> None:
    z = tg.ones((3,), tg.complex64, device)
    with pytest.raises(TypeError, match="rfft: wanted is a real tensor, not one of complex64; use fft"):
        tg.fft.rfft(z)
    with pytest.raises(TypeError, match="rfftn: .*; use fftn"):
        tg.fft.rfftn(z)
    with pytest.raises(TypeError, match="ihfft: wanted is a real tensor.*; use ifft"):
        tg.fft.ihfft(z)


@pytest.mark.parametrize("n", [1, 2, 5, 8])
def test_frequencies(n: int, device: str) -> None:
    for name in ("fftfreq", "rfftfreq"):
        found = getattr(tg.fft, name)(n, d=0.25, dtype=tg.float64, device=device)
        np.testing.assert_allclose(found.numpy(), getattr(np.fft, name)(n, 0.25), rtol=1e-15)
        assert found.device == device
        assert getattr(tg.fft, name)(n).dtype == tg.float32


@pytest.mark.parametrize("name", ["fft", "ifft", "rfft", "irfft", "hfft", "ihfft"])
def test_an_axis_that_is_not_there(name: str, device: str) -> None:
    with pytest.raises(IndexError, match=f"^{name}: axis 3 is out of bounds for an array with 1 axes"):
        getattr(tg.fft, name)(tg.ones(4, device=device), axis=3)


@pytest.mark.parametrize("name", ["fftn", "ifftn", "rfftn", "irfftn", "fftshift", "ifftshift"])
def test_several_axes_that_are_not_there(name: str, device: str) -> None:
    with pytest.raises(IndexError, match=f"^{name}: axis 3 is out of bounds for an array with 2 axes"):
        getattr(tg.fft, name)(tg.ones((4, 2), device=device), axes=(0, 3))
    with pytest.raises(ValueError, match=rf"^{name}: axis \(0, -2\) names one twice"):
        getattr(tg.fft, name)(tg.ones((4, 2), device=device), axes=(0, -2))
