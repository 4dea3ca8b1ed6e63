"""Decompositions of real and complex matrices against PyTorch, by functions of them that are determined."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg

from .against_torch import agrees, forward_mode_agrees, matrix

DTYPES = (np.float64, np.complex128)


def weights(*shape: int, dtype: Any, like: Any) -> Any:
    """A constant matrix of the library of `like`, so that functions of vectors are not all of their lengths."""
    w = matrix(*shape, dtype=dtype, seed=11)
    if isinstance(like, tg.Tensor):
        return tg.asarray(w, device=like.device)
    import torch

    return torch.tensor(w)


def adjoint(x: Any) -> Any:
    return x.conj().mT


def hermitian(x: Any) -> Any:
    return (x + adjoint(x)) / 2


def both(ours: Callable[..., Any], theirs: str, then: Callable[..., Any]) -> tuple[Any, Any]:
    """What is done with the decomposition, on our side and on PyTorch's."""
    torch = pytest.importorskip("torch")
    return lambda x: then(x, ours), lambda x: then(x, getattr(torch.linalg, theirs))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("upper", [False, True])
def test_cholesky(dtype: Any, upper: bool, device: str) -> None:
    def f(x: Any, cholesky: Any) -> Any:
        return cholesky(x @ adjoint(x) + hermitian(x) * 0.1, upper=upper)

    ours, theirs = both(tg.linalg.cholesky, "cholesky", f)
    agrees(ours, theirs, matrix(2, 3, 3, dtype=dtype), device=device)
    forward_mode_agrees(ours, matrix(2, 3, 3, dtype=dtype), device=device)


def test_cholesky_of_what_is_not_definite(device: str) -> None:
    if device.startswith("cuda"):
        pytest.skip("a GPU does not say so, it gives what is not finite")
    with pytest.raises(ValueError, match=r"cholesky\(float32\[2, 2\].*not positive definite"):
        tg.linalg.cholesky(-tg.eye(2, device=device))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(3, 3), (4, 2), (2, 4), (2, 3, 2)])
def test_qr(shape: tuple[int, ...], dtype: Any, device: str) -> None:
    ours, theirs = both(tg.linalg.qr, "qr", lambda x, qr: tuple(qr(x)))
    agrees(ours, theirs, matrix(*shape, dtype=dtype), device=device)
    forward_mode_agrees(ours, matrix(*shape, dtype=dtype), device=device)


def test_one_factor_alone(device: str) -> None:
    for place in (0, 1):
        ours, theirs = both(tg.linalg.qr, "qr", lambda x, qr, place=place: qr(x)[place])
        agrees(ours, theirs, matrix(4, 3), device=device)


@pytest.mark.parametrize("dtype", DTYPES)
def test_complete_qr_has_the_gradient_of_the_space_that_its_last_columns_span(dtype: Any, device: str) -> None:
    def beside(x: Any) -> Any:
        q = tg.linalg.qr(x, mode="complete").Q[..., 2:]
        return q @ adjoint(q)

    def the_same(x: Any) -> Any:
        q = tg.linalg.qr(x).Q
        return tg.eye(4, dtype=x.dtype, device=x.device) - q @ adjoint(q)

    arrays = [matrix(4, 2, dtype=dtype)]
    found, wanted = [], []
    for f, into in ((beside, found), (the_same, wanted)):
        x = tg.asarray(arrays[0], device=device, requires_grad=True)
        y = f(x)
        (tg.real(y * weights(4, 4, dtype=dtype, like=y)).sum()).backward()
        into += [y.detach().numpy(), x.grad.numpy()]
    for a, b in zip(found, wanted):
        np.testing.assert_allclose(a, b, atol=1e-12)
    forward_mode_agrees(beside, *arrays, device=device)


@pytest.mark.parametrize("dtype", DTYPES)
def test_eigh(dtype: Any, device: str) -> None:
    def f(x: Any, eigh: Any) -> Any:
        w, v = eigh(hermitian(x))
        return w, (v * w[..., None, :] ** 2) @ adjoint(v), abs(weights(3, 3, dtype=dtype, like=v) @ v)

    ours, theirs = both(tg.linalg.eigh, "eigh", f)
    agrees(ours, theirs, matrix(2, 3, 3, dtype=dtype), device=device)
    forward_mode_agrees(ours, matrix(2, 3, 3, dtype=dtype), device=device)


def test_the_gradient_of_eigh_is_hermitian(device: str) -> None:
    x = tg.asarray(matrix(3, 3), device=device, requires_grad=True)
    v = tg.linalg.eigh(x).eigenvectors
    tg.abs(v[0] * weights(3, dtype=np.complex128, like=v)).sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), x.grad.numpy().conj().T, atol=1e-12)


@pytest.mark.parametrize("dtype", DTYPES)
def test_values_alone(dtype: Any, device: str) -> None:
    ours, theirs = both(tg.linalg.eigvalsh, "eigvalsh", lambda x, eigvalsh: eigvalsh(hermitian(x)))
    agrees(ours, theirs, matrix(2, 3, 3, dtype=dtype), device=device)
    forward_mode_agrees(ours, matrix(2, 3, 3, dtype=dtype), device=device)
    for shape in ((3, 3), (4, 2), (2, 2, 4)):
        ours, theirs = both(tg.linalg.svdvals, "svdvals", lambda x, svdvals: svdvals(x))
        agrees(ours, theirs, matrix(*shape, dtype=dtype), device=device)
        forward_mode_agrees(ours, matrix(*shape, dtype=dtype), device=device)


@pytest.mark.parametrize("name", ["eigh", "svd"])
def test_equal_values_have_a_gradient_and_their_vectors_none(name: str, device: str) -> None:
    x = tg.eye(3, dtype=tg.float64, device=device).requires_grad_()
    {"eigh": tg.linalg.eigvalsh, "svd": tg.linalg.svdvals}[name](x).sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), np.eye(3), atol=1e-12)
    x.grad = None
    (getattr(tg.linalg, name)(x)[0 if name == "svd" else 1] ** 2)[0].sum().backward()
    assert np.isnan(x.grad.numpy()).any()


@pytest.mark.parametrize("dtype", DTYPES)
def test_eig(dtype: Any, device: str) -> None:
    def f(x: Any, eig: Any) -> Any:
        w, v = eig(x)
        return (w**3).sum(-1), abs(weights(3, 3, dtype=np.complex128, like=v) @ v).sum(-1)

    ours, theirs = both(tg.linalg.eig, "eig", f)
    agrees(ours, theirs, matrix(2, 3, 3, dtype=dtype), device=device)
    forward_mode_agrees(ours, matrix(2, 3, 3, dtype=dtype), device=device)


def test_real_eigenvalues_of_a_general_matrix_are_complex_numbers(device: str) -> None:
    w, v = tg.linalg.eig(tg.asarray([[1.0, 1.0], [0.0, 2.0]], device=device))
    assert w.dtype == v.dtype == tg.complex64
    assert tg.linalg.eigvals(tg.eye(2, dtype=tg.float64, device=device)).dtype == tg.complex128


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(3, 3), (4, 2), (2, 4), (2, 3, 2)])
def test_svd(shape: tuple[int, ...], dtype: Any, device: str) -> None:
    def f(x: Any, svd: Any) -> Any:
        u, s, vh = svd(x, full_matrices=False)
        left = weights(3, x.shape[-2], dtype=dtype, like=u) @ u
        right = vh @ weights(x.shape[-1], 3, dtype=dtype, like=u)
        return s, (u * s[..., None, :] ** 2) @ vh, abs(left), abs(right), left @ right

    ours, theirs = both(tg.linalg.svd, "svd", f)
    agrees(ours, theirs, matrix(*shape, dtype=dtype), device=device)
    forward_mode_agrees(ours, matrix(*shape, dtype=dtype), device=device)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(4, 2), (2, 4)])
def test_full_svd_rebuilds_the_matrix_from_bases(shape: tuple[int, ...], dtype: Any, device: str) -> None:
    x = tg.asarray(matrix(*shape, dtype=dtype), device=device)
    u, s, vh = (part.numpy() for part in tg.linalg.svd(x))
    k = min(shape)
    assert (u.shape, vh.shape) == ((shape[0],) * 2, (shape[1],) * 2)
    np.testing.assert_allclose(u.conj().T @ u, np.eye(shape[0]), atol=1e-12)
    np.testing.assert_allclose(vh @ vh.conj().T, np.eye(shape[1]), atol=1e-12)
    np.testing.assert_allclose((u[:, :k] * s) @ vh[:k], x.numpy(), atol=1e-12)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(3, 2), (2, 3), (2, 4, 3)])
def test_pinv(shape: tuple[int, ...], dtype: Any, device: str) -> None:
    torch = pytest.importorskip("torch")
    agrees(tg.linalg.pinv, torch.linalg.pinv, matrix(*shape, dtype=dtype), device=device)
    forward_mode_agrees(tg.linalg.pinv, matrix(*shape, dtype=dtype), device=device)


def test_pinv_of_a_low_rank_along_that_rank(device: str) -> None:
    torch = pytest.importorskip("torch")
    factors = matrix(4, 2), matrix(2, 3, seed=5)
    agrees(lambda a, b: tg.linalg.pinv(a @ b), lambda a, b: torch.linalg.pinv(a @ b), *factors, device=device)


def test_tolerances_for_each_matrix(device: str) -> None:
    x = np.stack([np.diag([4.0, 1.0])] * 2)
    rtol = np.array([0.1, 0.5])
    for ours, theirs in ((tg.linalg.pinv, np.linalg.pinv), (tg.linalg.matrix_rank, np.linalg.matrix_rank)):
        found = ours(tg.asarray(x, device=device), rtol=tg.asarray(rtol, device=device))
        np.testing.assert_allclose(found.numpy(), theirs(x, rtol=rtol))


def test_the_rank_has_no_gradient(device: str) -> None:
    x = tg.ones((3, 2), device=device).requires_grad_()
    rank = tg.linalg.matrix_rank(x)
    assert (rank.item(), rank.dtype, rank.requires_grad) == (1, tg.int64, False)
    np.testing.assert_array_equal(tg.linalg.matrix_rank(tg.zeros((2, 3, 0), device=device)).numpy(), [0, 0])


def test_modes_of_qr(device: str) -> None:
    with pytest.raises(ValueError, match="qr: mode must be 'reduced' or 'complete', not 'r'"):
        tg.linalg.qr(tg.eye(2, device=device), mode="r")
