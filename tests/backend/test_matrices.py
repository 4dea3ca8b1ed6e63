"""Packed decompositions: the parts lie one below the other, and give the matrix again."""

import numpy as np
import pytest

from tinygrad_nn.backend.devices import as_array, namespace_for, to_numpy

RANDOM = np.random.default_rng(0)
DTYPES = [np.float32, np.float64, np.complex64, np.complex128]


def matrix(*shape, dtype):
    x = RANDOM.standard_normal(shape)
    return (x + 1j * RANDOM.standard_normal(shape)).astype(dtype) if np.dtype(dtype).kind == "c" else x.astype(dtype)


def computed(device, word, x, **kwargs):
    y = to_numpy(getattr(namespace_for(device), word)(as_array(x, device=device), **kwargs))
    assert y.dtype == (np.result_type(x.dtype, np.complex64) if word == "packed_eig" else x.dtype)
    return y


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(3, 2), (2, 3), (2, 3, 3), (2, 0, 3)])
def test_svd(shape, dtype, device):
    x = matrix(*shape, dtype=dtype)
    packed = computed(device, "packed_svd", x)
    u, s, v = np.split(packed, (shape[-2], shape[-2] + 1), axis=-2)
    np.testing.assert_allclose((u * s) @ v.swapaxes(-1, -2), x, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("mode", ["reduced", "complete"])
def test_qr(mode, dtype, device):
    x = matrix(2, 3, 2, dtype=dtype)
    q, r = np.split(computed(device, "packed_qr", x, mode=mode), (3,), axis=-2)
    assert q.shape == (2, 3, 2 if mode == "reduced" else 3)
    np.testing.assert_allclose(q @ r.swapaxes(-1, -2), x, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("word", ["packed_eigh", "packed_eig"])
def test_eigenvectors(word, dtype, device):
    x = matrix(2, 3, 3, dtype=dtype)
    x = x + x.conj().swapaxes(-1, -2)
    w, v = np.split(computed(device, word, x), (1,), axis=-2)
    np.testing.assert_allclose(x @ v, v * w, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("dtype", DTYPES)
def test_slogdet(dtype, device):
    x = matrix(4, 3, 3, dtype=dtype)
    packed = computed(device, "packed_slogdet", x)
    np.testing.assert_allclose(packed[:, 0] * np.exp(packed[:, 1]), np.linalg.det(x), rtol=1e-4)


@pytest.mark.parametrize("dtype", DTYPES)
def test_both_ways_to_cofactors_agree(dtype):
    cpu = namespace_for("cpu")
    x = matrix(2, 3, 3, dtype=dtype)
    np.testing.assert_allclose(cpu.cofactor(x), cpu._matrices.cofactor_by_svd(x), rtol=1e-3, atol=1e-4)


def test_equations_broadcast(device):
    xp = namespace_for(device)
    a, b = (as_array(matrix(*shape, dtype=np.float64), device=device) for shape in ((2, 1, 3, 3), (4, 3, 2)))
    y = xp.solve(a, b)
    assert y.shape == (2, 4, 3, 2)
    np.testing.assert_allclose(to_numpy(xp.matmul(a, y)), np.broadcast_to(to_numpy(b), y.shape), rtol=1e-9, atol=1e-9)
