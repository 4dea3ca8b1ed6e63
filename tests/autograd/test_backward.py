"""The backward walk: what reaches whom, once, and in whose memory."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg


def leaf(values: Any, device: str, dtype: Any = tg.float64) -> Any:
    return tg.asarray(values, dtype=dtype, device=device, requires_grad=True)


def test_nothing_is_recorded_where_nothing_needs_a_gradient(device: str) -> None:
    x = tg.ones(2, device=device)
    y = x * 2 + 1
    assert y.node is None
    assert not y.requires_grad
    assert y.is_leaf


def test_diamond(device: str) -> None:
    # Both ways from x to the loss count, and the node in the middle runs once, after both.
    x = leaf([2.0, 3.0], device)
    y = x * x
    a, b = y * 3, y.sin()
    (a * b).sum().backward()
    v = np.array([4.0, 9.0])
    np.testing.assert_allclose(x.grad.numpy(), (3 * np.sin(v) + 3 * v * np.cos(v)) * 2 * np.array([2.0, 3.0]))


def test_many_ways(device: str) -> None:
    x = leaf(1.0, device)
    y = x
    for _ in range(40):  # 2**40 ways: only a walk in order of creation gets through
        y = (y + y) * 0.5
    y.backward()
    assert x.grad.item() == 1


def test_gradients_accumulate_over_backward_calls(device: str) -> None:
    x = leaf([1.0, 2.0], device)
    (x * x).sum().backward()
    held = x.grad
    (x * 3).sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), [5, 7])
    np.testing.assert_array_equal(held.numpy(), [2, 4])  # nobody adds into an array that the user holds


def test_grad_is_none_until_something_has_flowed(device: str) -> None:
    x, unused = leaf([1.0], device), leaf([1.0], device)
    y = x * 2
    assert x.grad is None
    y.backward()
    assert x.grad is not None
    assert unused.grad is None
    assert y.grad is None


def test_a_leaf_can_be_the_root(device: str) -> None:
    x = leaf([1.0, 2.0], device)
    start = tg.asarray([5.0, 6.0], dtype=tg.float64, device=device)
    x.backward(start)
    np.testing.assert_array_equal(x.grad.numpy(), [5, 6])
    x.grad.array[...] = start.array * 0
    np.testing.assert_array_equal(start.numpy(), [5, 6])


def write(t: Any) -> None:
    t.array[...] = t.array * 0 + 99


@pytest.mark.parametrize(
    "f",
    [
        lambda a, b: a + b,
        lambda a, b: (a + b).copy(),
        lambda a, b: a.reshape(4).reshape(2, 2) + b.mT.mT,
        lambda a, b: tg.concat([a, b]).flip(0),
        lambda a, b: tg.stack([a, b])[0] + b,
        lambda a, b: +a + (+b),
        lambda a, b: (a + b) + (a + b),
        lambda a, b: a.astype(tg.float64) + b,
        lambda a, b: tg.where(a > 0, a, b) + b,
        lambda a, b: tg.broadcast_to(a, (3, 2, 2)).sum(axis=0) + b,
    ],
)
def test_gradients_share_no_memory(f: Any, device: str) -> None:
    a, b = leaf([[1.0, 2.0], [3.0, 4.0]], device), leaf([[1.0, 1.0], [1.0, 1.0]], device)
    y = f(a, b)
    start = tg.asarray(np.random.default_rng(0).normal(size=y.shape), device=device)
    y.retain_grad()
    y.backward(start, retain_graph=True)
    wanted = [np.array(t.numpy()) for t in (a.grad, b.grad, start, y.grad)]
    a.grad, b.grad, y.grad = None, None, None
    for place in range(4):
        y.backward(start, retain_graph=True)
        tensors = [a.grad, b.grad, start, y.grad]
        kept = np.array(start.numpy())
        write(tensors[place])
        for i, t in enumerate(tensors):
            if i != place:
                np.testing.assert_array_equal(t.numpy(), wanted[i])
        start = tg.asarray(kept, device=device)
        a.grad, b.grad, y.grad = None, None, None


def test_detach_cuts(device: str) -> None:
    x = leaf([3.0], device)
    (x.detach() * x).sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), [3])


def test_parameters_that_need_no_gradient_get_none(device: str) -> None:
    x, w = tg.ones((2, 3), device=device), leaf(np.ones((4, 3)), device, tg.float32)
    y = tg.linear(x, w)
    y.sum().backward()
    assert x.grad is None
    assert w.grad.shape == (4, 3)


def test_multiple_outputs_some_unused(device: str) -> None:
    target = tg.asarray([1, 0], device=device)
    logits = leaf([[1.0, 2.0, 0.5], [0.0, 1.0, -1.0]], device)
    for use in ((0,), (1,), (0, 1)):
        logits.grad = None
        outputs = tg.softmax_cross_entropy(logits, target)
        total = sum((outputs[i] * outputs[i]).sum() for i in use)
        total.backward()
        x = logits.detach().numpy()
        p = np.exp(x) / np.exp(x).sum(1, keepdims=True)
        losses = -np.log(p[np.arange(2), [1, 0]])
        wanted = np.zeros_like(x)
        if 0 in use:
            wanted += 2 * losses[:, None] * (p - np.eye(3)[[1, 0]])
        if 1 in use:
            wanted += p * (2 * p - (2 * p * p).sum(1, keepdims=True))
        np.testing.assert_allclose(logits.grad.numpy(), wanted, rtol=1e-12)


@pytest.mark.parametrize("dtype", [tg.float16, tg.float32, tg.float64])
def test_the_gradient_has_the_dtype_of_its_tensor(dtype: Any, device: str) -> None:
    low = tg.asarray([1.0, 2.0], dtype=dtype, device=device, requires_grad=True)
    high = leaf([3.0, 4.0], device)
    y = low * high
    assert y.dtype == tg.float64
    y.sum().backward()
    assert (low.grad.dtype, high.grad.dtype) == (dtype, tg.float64)
    np.testing.assert_array_equal(low.grad.numpy(), [3, 4])
    low.grad = None
    (low.astype(tg.float64) * 2).astype(tg.float32).sum().backward()
    assert low.grad.dtype == dtype


# What it refuses


def test_a_freed_graph(device: str) -> None:
    x = leaf([1.0, 2.0], device)
    y = (x * x).sum()
    y.backward()
    with pytest.raises(tg.GraphError, match=r"freed.*retain_graph=True"):
        y.backward()


def test_a_retained_graph(device: str) -> None:
    x = leaf([1.0, 2.0], device)
    y = (x * x).sum()
    y.backward(retain_graph=True)
    y.backward()
    np.testing.assert_array_equal(x.grad.numpy(), [4, 8])


def test_a_root_of_many_elements(device: str) -> None:
    x = leaf([1.0, 2.0], device)
    with pytest.raises(tg.GraphError, match=r"shape \(2,\).*gradient="):
        (x * x).backward()


def test_a_start_of_another_shape(device: str) -> None:
    x = leaf([1.0, 2.0], device)
    with pytest.raises(tg.GraphError, match=r"shape \(3,\).*\(2,\)"):
        (x * x).backward(tg.ones(3, device=device))


def test_a_start_of_another_device(device: str) -> None:
    x = leaf([1.0, 2.0], device)
    with pytest.raises(tg.DeviceError):
        (x * x).backward(tg.ones(2, device="strict" if device == "cpu" else "cpu"))


def test_a_root_without_graph(device: str) -> None:
    with pytest.raises(tg.GraphError, match="requires_grad=True"):
        tg.ones(1, device=device).backward()
    with tg.no_grad():
        y = leaf([1.0], device) * 2
    with pytest.raises(tg.GraphError, match="no_grad"):
        y.backward()


@pytest.mark.parametrize("dtype", [tg.int64, tg.bool, tg.uint8])
def test_only_floating_tensors_carry_gradients(dtype: Any, device: str) -> None:
    with pytest.raises(tg.GraphError, match=f"{dtype}.*astype"):
        tg.ones(2, dtype=dtype, device=device).requires_grad_()
    with pytest.raises(tg.GraphError, match=f"{dtype}"):
        tg.zeros(2, dtype=dtype, device=device, requires_grad=True)


def test_a_computed_tensor_cannot_stop_requiring_a_gradient(device: str) -> None:
    y = leaf([1.0], device) * 2
    with pytest.raises(tg.GraphError, match="detach"):
        y.requires_grad_(False)


def test_numpy_of_a_recorded_tensor(device: str) -> None:
    with pytest.raises(tg.GraphError, match="detach"):
        leaf([1.0], device).numpy()


def test_an_exception_in_a_rule_leaves_no_gradients(device: str) -> None:
    x = leaf([1.0, 2.0], device)
    y = x * 2

    def fail(g: Any) -> Any:
        raise RuntimeError("on purpose")

    y.register_hook(fail)
    z = (y + x).sum()
    with pytest.raises(RuntimeError, match="on purpose"):
        z.backward()
    assert x.grad is None
    assert tg.is_grad_enabled()


# Devices


def test_backward_across_devices(device: str) -> None:
    other = "strict" if device == "cpu" else "cpu"
    x = leaf([1.0, 2.0], device)
    y = (x * 2).to_device(other)
    assert y.device == other
    z = (y * y).to_device(device) * x
    z.sum().backward()
    assert x.grad.device == device
    np.testing.assert_allclose(x.grad.numpy(), [12, 48])


def test_one_leaf_used_on_two_devices(device: str) -> None:
    other = "strict" if device == "cpu" else "cpu"
    x = leaf([1.0, 2.0], device)
    y = x.to_device(other) * 3
    y.backward(tg.ones(2, device=other), retain_graph=True)
    (x * 2).sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), [5, 5])
