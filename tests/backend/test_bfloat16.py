"""bfloat16 on the CPU, against PyTorch's and against what rounding float32 gives."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

import tinygrad_nn as tg
import tinygrad_nn.nn.functional as F
from tinygrad_nn import nn, optim
from tinygrad_nn.testing import gradcheck

ml_dtypes = pytest.importorskip("ml_dtypes", reason="ml_dtypes is not installed")
EPS = 2.0**-8  # half of the distance between numbers from 1 to 2: what rounding costs at most, relatively


def drawn(*shape, seed=0):
    """Numbers that bfloat16 holds, in float32."""
    return np.random.default_rng(seed).standard_normal(shape).astype(ml_dtypes.bfloat16).astype(np.float32)


def ours(x, requires_grad=True):
    return tg.asarray(x, dtype=tg.bfloat16, requires_grad=requires_grad)


def values(x):
    return x.detach().astype(tg.float32).numpy()


class TestDtype:
    def test_one_dtype_by_every_name(self):
        assert tg.bfloat16 is tg.bfloat16 == np.dtype(ml_dtypes.bfloat16)
        for dtype in (tg.bfloat16, "bfloat16", ml_dtypes.bfloat16):
            for x in (tg.asarray([1.0, 2.5], dtype=dtype), tg.zeros(3, dtype=dtype), tg.ones(2).astype(dtype)):
                assert x.dtype == tg.bfloat16

    def test_creation(self):
        made = [
            tg.zeros(2, tg.bfloat16), tg.ones(2, tg.bfloat16), tg.full(2, 7, tg.bfloat16), tg.empty(2, tg.bfloat16),
            tg.arange(5, dtype=tg.bfloat16), tg.linspace(0, 1, 5, dtype=tg.bfloat16), tg.eye(3, dtype=tg.bfloat16),
            tg.rand(3, dtype=tg.bfloat16), tg.randn(3, dtype=tg.bfloat16), tg.asarray(2, tg.bfloat16),
            tg.asarray(np.ones(2, ml_dtypes.bfloat16)), tg.zeros_like(tg.ones(2), dtype=tg.bfloat16),
            tg.ones_like(tg.ones(2), dtype=tg.bfloat16), tg.full_like(tg.zeros(2, tg.bfloat16), 1.5),
            tg.empty_like(tg.ones(2), dtype=tg.bfloat16), tg.Generator(0).bernoulli(0.5, (3,), tg.bfloat16),
            nn.Linear(2, 3, dtype=tg.bfloat16).weight, nn.LayerNorm(2).to(tg.bfloat16).bias,
        ]  # fmt: skip
        for x in made:
            x = x if isinstance(x, tg.Tensor) else tg.Tensor(x)
            assert x.dtype == tg.bfloat16
            assert (x + x).dtype == tg.bfloat16
        assert tg.linspace(0, 1, 5, dtype=tg.bfloat16).tolist() == [0, 0.25, 0.5, 0.75, 1]

    def test_questions(self):
        info = tg.finfo(tg.bfloat16)
        assert (info.bits, info.eps, info.dtype) == (16, 2.0**-7, tg.bfloat16)
        assert info.max == float(ml_dtypes.finfo(ml_dtypes.bfloat16).max)
        assert tg.isdtype(tg.bfloat16, "real floating")
        assert tg.isdtype(tg.bfloat16, ("integral", tg.bfloat16))
        assert not tg.isdtype(tg.bfloat16, ("integral", "bool", "complex floating", tg.float16))
        assert not tg.isdtype(tg.float16, tg.bfloat16)
        assert tg.can_cast(tg.bfloat16, tg.float32)
        assert not tg.can_cast(tg.float32, tg.bfloat16)
        with pytest.raises(ValueError, match="iinfo: the dtype is bfloat16"):
            tg.iinfo(tg.bfloat16)

    def test_reading(self):
        x = ours([[1.5, 2.0], [-3.0, 4.1]], requires_grad=False)
        assert repr(x) == "Tensor([[ 1.5    ,  2.     ],\n        [-3.     ,  4.09375]], dtype=bfloat16)"
        assert x.tolist() == [[1.5, 2.0], [-3.0, 4.09375]]
        assert (x[0, 0].item(), float(x[1, 0]), int(x[0, 1]), complex(x[0, 1]), bool(x[0, 0])) == (1.5, -3, 2, 2, True)
        assert x.numpy().dtype == np.asarray(x).dtype == tg.bfloat16
        x.numpy()[0, 0] = 7
        assert x[0, 0].item() == 7  # one memory
        assert np.asarray(x, np.float32)[0, 0] == 7
        assert float(x.array[0, 0]) == x.array[0, 0].item() == 7
        assert "7" in repr(x.array)
        with pytest.raises(TypeError, match=r"DLPack does not work for bfloat16.*x.astype\(tg.float32\)"):
            np.from_dlpack(x)


class TestPromotion:
    @pytest.mark.parametrize("other", [1, 1.5, True])
    def test_python_numbers_do_not_widen(self, other):
        x = ours([1.0, 2.0])
        for y in (x + other, other * x, x / other, x**other, tg.maximum(x, other), tg.where(x > 1, x, other)):
            assert y.dtype == tg.bfloat16
        assert tg.result_type(tg.bfloat16, other) == tg.bfloat16

    def test_as_pytorch(self):
        torch = pytest.importorskip("torch")
        for name in "bool uint8 int8 int16 int32 int64 float16 bfloat16 float32 float64 complex64 complex128".split():
            x, y = tg.ones(2, tg.bfloat16), tg.ones(2, getattr(tg, name))
            wanted = (torch.ones(2, dtype=torch.bfloat16) + torch.ones(2, dtype=getattr(torch, name))).dtype
            for dtype in ((x * y).dtype, (y * x).dtype, tg.concat([x, y]).dtype, tg.result_type(x, y)):
                assert f"torch.{dtype}" == str(wanted)

    def test_complex_numbers_do(self):
        assert (ours([1.0]) * 1j).dtype == tg.result_type(tg.bfloat16, 1j) == tg.complex64

    def test_in_place_it_stays(self):
        x = ours([1.0, 2.0, 3.0], requires_grad=False)
        view = x[1:]
        x += tg.ones(3)
        x *= 1.5
        view[0] = tg.asarray(10.0, tg.float64)
        assert (x.dtype, x.tolist()) == (tg.bfloat16, [3.0, 10.0, 6.0])
        with pytest.raises(TypeError, match="complex64"):
            x *= 1j


ALIKE = {
    "product": lambda m, x, y: x * y,
    "quotient": lambda m, x, y: x / y,
    "power": lambda m, x, y: x**3,
    "exp": lambda m, x, y: m.exp(x),
    "tanh": lambda m, x, y: m.tanh(x),
    "sigmoid": lambda m, x, y: m.sigmoid(x),
    "erf": lambda m, x, y: m.erf(x),
    "log1p": lambda m, x, y: m.log1p(m.abs(x)),
    "maximum": lambda m, x, y: m.maximum(x, y),
    "matmul": lambda m, x, y: x @ y.T,
    "sum": lambda m, x, y: m.sum(x),
    "mean": lambda m, x, y: m.mean(x),
    "of several": lambda m, x, y: m.sqrt(x * x + y * y) - m.exp(-x),
}
NAMED = {
    "sum of rows": (lambda x, y: tg.sum(x, axis=0), lambda t, x, y: t.sum(x, 0)),
    "variance": (lambda x, y: tg.var(x, axis=1), lambda t, x, y: t.var(x, 1, correction=0)),
    "softmax": (lambda x, y: F.softmax(x, axis=1), lambda t, x, y: t.softmax(x, 1)),
    "gelu": (lambda x, y: F.gelu(x), lambda t, x, y: t.nn.functional.gelu(x)),
    "layer_norm": (lambda x, y: F.layer_norm(x, 32), lambda t, x, y: t.nn.functional.layer_norm(x, (32,))),
    "linear": (lambda x, y: F.linear(x, y), lambda t, x, y: t.nn.functional.linear(x, y)),
    "mse_loss": (lambda x, y: F.mse_loss(x, y), lambda t, x, y: t.nn.functional.mse_loss(x, y)),
    "cross_entropy": (
        lambda x, y: F.cross_entropy(x, tg.arange(16)), lambda t, x, y: t.nn.functional.cross_entropy(x, t.arange(16)),
    ),
    "attention": (
        lambda x, y: F.scaled_dot_product_attention(x[None], y[None], y[None]),
        lambda t, x, y: t.nn.functional.scaled_dot_product_attention(x[None], y[None], y[None]),
    ),
    "indices": (lambda x, y: x[[3, 3, 1]] * y[:3], lambda t, x, y: x[[3, 3, 1]] * y[:3]),
}  # fmt: skip


@pytest.mark.parametrize("name", [*ALIKE, *NAMED])
def test_against_pytorch(name):
    torch = pytest.importorskip("torch")
    arrays = [drawn(16, 32), drawn(16, 32, seed=1)]
    xs, ts = [ours(a) for a in arrays], [torch.tensor(a).bfloat16().requires_grad_() for a in arrays]
    if name in ALIKE:
        y, wanted = ALIKE[name](tg, *xs), ALIKE[name](torch, *ts)
    else:
        y, wanted = NAMED[name][0](*xs), NAMED[name][1](torch, *ts)
    seed = drawn(*y.shape, seed=2)
    y.backward(ours(seed, False))
    wanted.backward(torch.tensor(seed).bfloat16())
    assert_close(y, wanted, 2 * EPS)
    for x, t in zip(xs, ts):
        assert (x.grad is None) == (t.grad is None)
        if x.grad is not None:
            assert_close(x.grad, t.grad, 4 * EPS)


def assert_close(found, wanted, tolerance):
    """Of what is added up, the largest elements say how large what was rounded may have been."""
    assert found.dtype == tg.bfloat16
    wanted = wanted.detach().float().numpy()
    np.testing.assert_allclose(values(found), wanted, rtol=tolerance, atol=np.abs(wanted).max() * tolerance / 4)


class TestOneRounding:
    def test_what_is_added_is_added_in_float32(self):
        x = tg.ones(1000, tg.bfloat16)
        assert (x.sum().item(), (x @ x).item(), x.mean().item()) == (1000, 1000, 1)
        assert tg.cumulative_sum(x)[-1].item() == 1000

    def test_an_operation_is_that_of_float32_rounded(self):
        x = drawn(50)
        for function in (tg.tanh, tg.exp, F.gelu, F.silu, lambda x: F.softmax(x, axis=0), tg.var):
            exact = function(tg.asarray(x)).numpy().astype(ml_dtypes.bfloat16)
            np.testing.assert_array_equal(function(ours(x, False)).numpy(), exact)

    def test_a_gradient_is_that_of_float32_rounded(self):
        x = drawn(4, 50)
        wide, narrow = tg.asarray(x, requires_grad=True), ours(x)
        for z in (wide, narrow):
            tg.var(z, axis=1).sum().backward()
        np.testing.assert_array_equal(narrow.grad.numpy(), wide.grad.numpy().astype(ml_dtypes.bfloat16))

    def test_gradients_in_float32_are_not_rounded(self):
        weight = tg.asarray([1.0 + 2.0**-20], requires_grad=True)
        (weight.astype(tg.bfloat16) * 3.0).sum().backward()
        assert (weight.grad.dtype, weight.grad.item()) == (tg.float32, 3.0)
        x, y = ours([1.5]), tg.asarray([1.0 + 2.0**-20], requires_grad=True)
        (x * y).sum().backward()
        assert (x.grad.dtype, y.grad.dtype, x.grad.item(), y.grad.item()) == (tg.bfloat16, tg.float32, 1.0, 1.5)


class TestDifferentiation:
    def test_second_order(self):
        x = ours([0.5, 2.0])
        (first,) = tg.autograd.grad((x**3).sum(), [x], create_graph=True)
        (second,) = tg.autograd.grad(first.sum(), [x])
        assert (first.tolist(), second.tolist(), second.dtype) == ([0.75, 12], [3, 12], tg.bfloat16)

    def test_transformations(self):
        x = ours([0.5, 2.0], False)
        y, tangent = tg.jvp(lambda x: x**3, (x,), (tg.ones_like(x),))
        assert (y.dtype, tangent.dtype, tangent.tolist()) == (tg.bfloat16, tg.bfloat16, [0.75, 12])
        assert tg.vmap(lambda x: x * x)(x).tolist() == [0.25, 4]
        assert tg.grad(lambda x: (x * x).sum())(x).tolist() == [1, 4]
        assert tg.vmap(tg.grad(lambda x: x * x))(x).tolist() == [1, 4]

    def test_inputs_of_gradcheck_become_float64(self):
        gradcheck(tg.tanh, ours(drawn(3)))

    def test_only_what_is_read_is_kept_and_narrow(self):
        y = tg.tanh(ours(drawn(10)))
        assert y.node.saved[0].dtype == tg.bfloat16

    def test_writes_are_noticed(self):
        x = ours([1.0, 2.0])
        y = x * 2
        z = y * y
        y += 1
        with pytest.raises(tg.GraphError, match="written in place"):
            z.sum().backward()

    def test_views_share_memory_and_gradients(self):
        x = ours(np.arange(6.0).reshape(2, 3))
        y = x * 1
        z = y.T
        z[0] = tg.asarray([7.0, 8.0])
        z.sum().backward()
        assert y.array.tolist() == [[7, 1, 2], [8, 4, 5]]
        assert x.grad.tolist() == [[0, 1, 1], [0, 1, 1]]

    def test_dropout_and_checkpoint(self):
        x = ours(drawn(100))
        y = F.dropout(tg.checkpoint(tg.tanh, x), 0.5, generator=tg.Generator(0))
        y.sum().backward()
        assert y.dtype == x.grad.dtype == tg.bfloat16


@pytest.mark.parametrize("kind", ["SGD", "Adam", "AdamW", "RMSprop", "Adafactor", "Lion", "Muon"])
def test_weights_in_bfloat16(kind):
    model = nn.Sequential(nn.Linear(4, 8, generator=tg.Generator(0)), nn.Tanh(), nn.Linear(8, 1)).to(tg.bfloat16)
    parameters = [p for p in model.parameters() if p.ndim == 2] if kind == "Muon" else model.parameters()
    optimizer = getattr(optim, kind)(parameters, lr=0.01)
    x = ours(drawn(64, 4), False)
    losses = []
    for _ in range(20):
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), tg.sum(x, axis=1, keepdims=True))
        loss.backward()
        optim.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        losses.append(loss.item())
    assert all(p.dtype == p.grad.dtype == tg.bfloat16 for p in model.parameters())
    assert losses[-1] < losses[0]


def test_an_update_rounds_once():
    ours_, exact = ours([1.0]), tg.asarray([1.0], requires_grad=True)
    for p in (ours_, exact):
        p.grad = tg.ones_like(p.detach()) * 0.3125
        optim.Adam([p], lr=0.01).step()
    assert ours_.item() == float(exact.detach().numpy().astype(ml_dtypes.bfloat16)[0])


class TestWhereItIsNot:
    @pytest.mark.parametrize(
        "action",
        [
            lambda d: tg.zeros(2, tg.bfloat16, d), lambda d: tg.ones(2, device=d).astype(tg.bfloat16),
            lambda d: tg.ones(2, tg.bfloat16).to_device(d), lambda d: tg.rand(2, dtype=tg.bfloat16, device=d),
            lambda d: tg.asarray([1.0], tg.bfloat16, d), lambda d: nn.Linear(2, 2, device=d).to(tg.bfloat16),
            lambda d: tg.zeros_like(tg.ones(2, device=d), dtype=tg.bfloat16),
        ],
    )  # fmt: skip
    def test_other_devices(self, action):
        with pytest.raises(tg.DeviceError, match="bfloat16 is there on the CPU only, not on strict; use float16"):
            action("strict")

    def test_two_devices(self):
        with pytest.raises(tg.DeviceError, match=r"operands are on (cpu|strict) and (cpu|strict)"):
            tg.ones(2, tg.bfloat16) + tg.ones(2, device="strict")

    def test_programs(self):
        x = tg.ones(2, tg.bfloat16, requires_grad=True)
        with pytest.raises(tg.TraceError, match="programs do not compute in bfloat16"):
            tg.trace(lambda x: x * 2, x)
        step = tg.compile(lambda x: (x * 2).sum())
        with pytest.warns(tg.CompileWarning, match="programs do not compute in bfloat16"):
            assert step(x).item() == 4
        assert step(x).item() == 4  # without another warning

    def test_without_the_package(self):
        code = """
import sys
sys.modules["ml_dtypes"] = None
import tinygrad_nn as tg
from tinygrad_nn import nn
from tinygrad_nn.train import Trainer
actions = (
    lambda: tg.bfloat16, lambda: tg.zeros(2, "bfloat16"), lambda: tg.ones(2).astype("bfloat16"),
    lambda: tg.asarray([1.0], dtype="bfloat16"), lambda: nn.MixedPrecision(nn.Linear(1, 1), "bfloat16"),
    lambda: Trainer(nn.Linear(1, 1), None, None, precision="bfloat16"),
)
for action in actions:
    try:
        action()
    except ImportError as error:
        assert "pip install tinygrad_nn[bfloat16]" in str(error), error
    else:
        raise AssertionError
"""
        subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)

    def test_nobody_loads_it_unasked(self):
        code = "import sys; import tinygrad_nn as tg; tg.ones(2) + 1; tg.float32; assert 'ml_dtypes' not in sys.modules"
        subprocess.run([sys.executable, "-c", code], check=True)
