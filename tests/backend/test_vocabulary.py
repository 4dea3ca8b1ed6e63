"""Every word of the vocabulary is there in every namespace, and means the same as NumPy's function."""

import math

import numpy as np
import pytest

from tinygrad_nn.backend import cpu
from tinygrad_nn.backend.devices import NAMESPACES, as_array, namespace_for, to_numpy
from tinygrad_nn.backend.vocabulary import VOCABULARY

X = np.linspace(-0.9, 0.8, 6, dtype=np.float32).reshape(2, 3)
Y = np.linspace(0.5, 3.0, 6, dtype=np.float32).reshape(2, 3)
I = np.arange(6).reshape(2, 3)  # noqa: E741
J = np.array([[1, 0, 1], [2, 2, 1]])
M = X > 0
C = (X + 1j * Y).astype(np.complex64)
S = np.array([[[2, 1], [1, 3]], [[2, 0], [0, 1]]], np.float32)  # positive definite
D = np.array([[2, 0], [0, 3]], np.float32)

WINDOWS = {"stride": (1,), "padding": ((1, 0),), "dilation": (2,)}  # over axes of 3 elements, with kernels of 2: two
K = np.array([[[1, 2], [3, 4]]], np.float32)  # kernels, (O, C, 2)

ERF = np.vectorize(math.erf, otypes=[np.float32])


def _scattered(shape, index, g):
    out = np.zeros(shape, g.dtype)
    np.add.at(out, index, g)
    return out


def _put_along(g, indices, axis, size):
    out = np.zeros((*g.shape[:axis], size, *g.shape[axis + 1 :]), g.dtype)
    for place in np.ndindex(*g.shape):
        target = (*place[:axis], indices[place], *place[axis + 1 :])
        out[target] += g[place]
    return out


def _assigned(x, index, value):
    x = x.copy()
    x[index] = value
    return x


def _paths(emitted, start, leap):
    a, b, c = np.exp(start)
    moved = np.log(np.stack([a, a + b, a * np.exp(leap[2]) + b + c])) + emitted
    return np.stack([moved[None], moved[None]])  # there is nothing in the second frame


UNARY = (
    "abs acos asin asinh atan atanh ceil conj cos cosh exp exp2 expm1 floor imag isfinite isinf isnan logical_not "
    "negative positive real reciprocal round sign signbit sin sinh square tan tanh trunc"
).split()
POSITIVE = "log log10 log1p log2 sqrt".split()
BINARY = (
    "add atan2 copysign divide equal floor_divide greater greater_equal hypot less less_equal logaddexp maximum "
    "minimum multiply nextafter not_equal remainder subtract"
).split()
INTEGER = "bitwise_and bitwise_left_shift bitwise_or bitwise_right_shift bitwise_xor".split()
LOGICAL = "logical_and logical_or logical_xor".split()

# Of two sequences, of which one has two steps: inputs, initial states, weights, and the states after each step.
NETWORK = [np.array(rows, np.float32) for rows in ([[1], [2], [3]], [[1], [0]], [[2]], [[3], [2], [9]])]

CASES = {
    **{name: ((X,), {}, getattr(np, name)(X)) for name in UNARY},
    **{name: ((Y,), {}, getattr(np, name)(Y)) for name in POSITIVE},
    **{name: ((X, Y), {}, getattr(np, name)(X, Y)) for name in BINARY},
    **{name: ((I, J), {}, getattr(np, name)(I, J)) for name in INTEGER},
    **{name: ((M, X), {}, getattr(np, name)(M, X)) for name in LOGICAL},
    "acosh": ((Y + 1,), {}, np.acosh(Y + 1)),
    "bitwise_invert": ((I,), {}, ~I),
    "erf": ((X,), {}, ERF(X)),
    "erfc": ((X,), {}, 1 - ERF(X)),
    "erfinv": ((ERF(X),), {}, X),
    "pow": ((Y, X), {}, Y**X),
    "sigmoid": ((X,), {}, 1 / (1 + np.exp(-X))),
    "softplus": ((X,), {}, np.log1p(np.exp(X))),
    "where": ((M, X, 0.0), {}, np.where(M, X, np.float32(0))),
    "all": ((M,), {"axis": 1}, M.all(1)),
    "any": ((M,), {"axis": (0, 1), "keepdims": True}, M.any(keepdims=True)),
    "argmax": ((X,), {"axis": 1}, X.argmax(1)),
    "argmin": ((X,), {"axis": 0, "keepdims": True}, X.argmin(0, keepdims=True)),
    "argsort": ((J,), {"axis": 0}, np.argsort(J, 0, kind="stable")),
    "cumulative_prod": ((X,), {"axis": 1}, np.cumprod(X, 1)),
    "cumulative_sum": ((M,), {"axis": 0}, np.cumsum(M, 0)),
    "log_paths": ((X[:, None], ~M[:, :1], X[:1], Y[:1]), {}, _paths(X[0], X[0], Y[0])),
    "max": ((X,), {}, X.max()),
    "min": ((X,), {"axis": (1,)}, X.min(1)),
    "prod": ((X,), {"axis": (0, 1)}, X.prod()),
    "sort": ((-J,), {"axis": -1}, np.sort(-J)),
    "sum": ((J.astype(np.int8),), {"axis": 0}, J.sum(0)),
    "broadcast_to": ((X, (4, 2, 3)), {}, np.broadcast_to(X, (4, 2, 3))),
    "concat": (((X, Y),), {"axis": 1}, np.concatenate((X, Y), 1)),
    "expand_dims": ((X,), {"axis": 1}, X[:, None]),
    "flip": ((X,), {"axis": 1}, X[:, ::-1]),
    "pad": ((X, ((1, 0), (0, 2))), {"constant_values": 7}, np.pad(X, ((1, 0), (0, 2)), constant_values=7)),
    "permute_dims": ((X, (1, 0)), {}, X.T),
    "repeat": ((X, 2), {"axis": 1}, X.repeat(2, 1)),
    "reshape": ((X, (3, 2)), {}, X.reshape(3, 2)),
    "roll": ((X, 1), {"axis": 1}, np.roll(X, 1, 1)),
    "squeeze": ((X[None],), {"axis": 0}, X),
    "stack": (((X, Y),), {"axis": 1}, np.stack((X, Y), 1)),
    "tile": ((X, (2, 1)), {}, np.tile(X, (2, 1))),
    "assign_at": ((X, (slice(None), 1), 5.0), {}, _assigned(X, (slice(None), 1), 5)),
    "getitem": ((X, (slice(1, None), None, 2)), {}, X[1:, None, 2]),
    "put_along_axis": ((X, J), {"axis": 1, "size": 4}, _put_along(X, J, 1, 4)),
    "searchsorted": ((X[0], Y), {"side": "right"}, np.searchsorted(X[0], Y, "right")),
    "scatter_add": ((X, (J, 1), (3, 2)), {}, _scattered((3, 2), (J, 1), X)),
    "take_along_axis": ((X, J), {"axis": 1}, np.take_along_axis(X, J, 1)),
    "tril": ((X,), {"k": -1}, np.tril(X, -1)),
    "triu": ((X,), {}, np.triu(X)),
    "window_argmax": ((X, np.array([[0, 1], [1, 2]])), {}, np.stack([X[:, :2].argmax(1), X[:, 1:].argmax(1) + 1], 1)),
    "window_sum": (
        (X, np.array([[0, 1], [1, 2]]), np.array([[1, 2], [3, 4]], np.float32), J, Y), {"axis": -1},
        np.stack([X[:, 0] + 3 * X[:, 1], 2 * X[:, 1] + 4 * X[:, 2]], 1),
    ),
    "einsum": (("ij,kj->ik", X, Y), {}, X @ Y.T),
    "matmul": ((X, Y.T), {}, X @ Y.T),
    "tensordot": ((X, Y), {"axes": ((0,), (0,))}, X.T @ Y),
    "convolution": (
        (X[None], K),
        {**WINDOWS, "groups": 1},
        np.array([[[2 * X[0, 1] + 4 * X[1, 1], X[0, 0] + 2 * X[0, 2] + 3 * X[1, 0] + 4 * X[1, 2]]]]),
    ),
    "convolution_input": (
        (np.array([[[5, 7]]], np.float32), K),
        {"shape": (3,), **WINDOWS, "groups": 1},
        np.array([[[7, 10, 14], [21, 20, 28]]], np.float32),
    ),
    "convolution_weight": (
        (X[None], np.array([[[5, 7]]], np.float32)),
        {"shape": (2,), **WINDOWS, "groups": 1},
        np.stack([7 * X[:, 0], 5 * X[:, 1] + 7 * X[:, 2]], 1)[None],
    ),
    "unfold": ((X[None],), {"shape": (2,), **WINDOWS}, np.array([[[[0, x[0]], [x[1], x[2]]] for x in X]], np.float32)),
    "fold": (
        (np.array([[[[1, 2], [3, 4]]]], np.float32),),
        {"shape": (3,), **WINDOWS},
        np.array([[[2, 3, 4]]], np.float32),
    ),
    "recurrence": ((*NETWORK[:2], None, NETWORK[2], None), {"kind": "relu", "sizes": (2, 1)}, NETWORK[3]),
    "recurrence_gradient": (
        (NETWORK[3], np.ones((3, 1), np.float32), None, None, NETWORK[1], None, NETWORK[2], None),
        {"kind": "relu", "sizes": (2, 1)},
        np.array([[3], [1], [1]], np.float32),
    ),
    "cholesky": ((S,), {}, np.linalg.cholesky(S)),
    "cofactor": ((S,), {}, np.array([[[3, -1], [-1, 2]], [[1, 0], [0, 2]]], np.float32)),
    "det": ((S,), {}, np.array([5, 2], np.float32)),
    "eigvalsh": ((D,), {}, np.array([2, 3], np.float32)),
    "svdvals": ((np.array([[0, 2, 0], [-3, 0, 0]], np.float32),), {}, np.array([3, 2], np.float32)),
    "inv": ((S,), {}, np.linalg.inv(S)),
    "solve": ((S, X), {}, np.stack([np.linalg.solve(s, X) for s in S])),
    "packed_eig": ((D,), {}, np.array([[2, 3], [1, 0], [0, 1]], np.complex64)),
    "packed_eigh": ((D,), {}, np.array([[2, 3], [1, 0], [0, 1]], np.float32)),
    "packed_qr": ((-D,), {"mode": "reduced"}, np.array([[1, 0], [0, 1], [-2, 0], [0, -3]], np.float32)),
    "packed_slogdet": ((-S[:1],), {}, np.array([[1, np.log(5)]], np.float32)),
    "packed_svd": ((np.zeros((2, 2, 0), np.float32),), {}, np.zeros((2, 3, 0), np.float32)),
    "fft": ((X,), {"n": 4, "axis": 0, "norm": "ortho"}, np.fft.fft(X, 4, 0, "ortho")),
    "ifft": ((C,), {"n": 2, "axis": 1, "norm": "backward"}, np.fft.ifft(C, 2)),
    "irfft": ((C,), {"n": 4, "axis": 1, "norm": "forward"}, np.fft.irfft(C, 4, norm="forward")),
    "rfft": ((X,), {"n": 3, "axis": 1, "norm": "backward"}, np.fft.rfft(X)),
    "astype": ((X, np.dtype(np.int32)), {}, X.astype(np.int32)),
    "copy": ((X,), {}, X),
    "full_like": ((X, 3.0), {}, np.full_like(X, 3)),
    "ones_like": ((J,), {}, np.ones_like(J)),
    "zeros_like": ((X,), {}, np.zeros_like(X)),
}


def _placed(value, device):
    if isinstance(value, np.ndarray):
        return as_array(value, device=device)
    return tuple(_placed(part, device) for part in value) if isinstance(value, tuple) else value


def test_every_word_has_a_case():
    assert set(CASES) == set(VOCABULARY)
    assert len(VOCABULARY) == len(set(VOCABULARY))


@pytest.mark.parametrize("word", VOCABULARY)
def test_word_means_what_it_means_in_numpy(word, device):
    args, kwargs, expected = CASES[word]
    xp = namespace_for(device)
    result = xp.wrap(getattr(xp, word)(*(_placed(value, device) for value in args), **kwargs))
    assert type(result) is xp.kind
    assert result.dtype == expected.dtype
    assert result.shape == expected.shape
    np.testing.assert_allclose(to_numpy(result), expected, rtol=2e-6, atol=1e-7)


def _namespace(name):
    if name == "cuda":
        pytest.importorskip("cupy", reason="CuPy is not installed", exc_type=ImportError)
        from tinygrad_nn.backend import cuda

        return cuda
    if name == "traced":
        from tinygrad_nn.backend.recorder import namespace

        return namespace
    return namespace_for(name)


@pytest.mark.parametrize("name", ["cpu", "strict", "cuda"])
def test_every_device_has_what_the_shim_asks(name):
    wanted = (
        "arange", "description", "device_of", "empty", "eye", "from_numpy", "full", "is_available", "is_view",
        "linspace", "on", "ones", "synchronize", "to_numpy", "wrap", "zeros",
    )  # fmt: skip
    assert [function for function in wanted if not callable(getattr(_namespace(name), function, None))] == []


@pytest.mark.parametrize("name", ["cpu", "strict", "cuda", "traced"])
def test_every_namespace_has_every_word(name):
    xp = _namespace(name)
    assert xp.name == name
    assert [word for word in VOCABULARY if not callable(getattr(xp, word, None))] == []
    for attribute in ("kind", "kernels", "multi_device"):
        assert hasattr(xp, attribute)


@pytest.mark.parametrize("word", ["conj", "imag", "real", "logical_and", "logical_not", "abs", "sigmoid", "exp"])
def test_complex_arrays(word, device):
    xp = namespace_for(device)
    z = as_array(C, device=device)
    args, host_args = ((z, z), (C, C)) if word == "logical_and" else ((z,), (C,))
    expected = 1 / (1 + np.exp(-C)) if word == "sigmoid" else getattr(np, word)(*host_args)
    result = to_numpy(getattr(xp, word)(*args))
    assert result.dtype == expected.dtype
    np.testing.assert_allclose(result, expected, rtol=1e-5)


def test_kernels_of_the_cpu_are_registered_by_operation():
    assert NAMESPACES[np.ndarray] is cpu
    assert all(callable(kernel) for kernel in cpu.kernels.values())
