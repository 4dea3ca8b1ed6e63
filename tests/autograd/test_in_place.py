"""Writing in place: noticed where a gradient would be wrong, differentiated where it can be."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg


def leaf(values: Any, device: str) -> Any:
    return tg.asarray(values, dtype=tg.float64, device=device, requires_grad=True)


def plain(values: Any, device: str) -> Any:
    return tg.asarray(values, dtype=tg.float64, device=device)


# A value that a gradient reads must not have changed


@pytest.mark.parametrize(
    ("name", "f"),
    [
        ("multiply", lambda x, w: x * w),
        ("divide", lambda x, w: w / x),
        ("matmul", lambda x, w: tg.matmul(x, w)),
        ("linear", lambda x, w: tg.linear(x, tg.stack([w]))),
        ("maximum", lambda x, w: tg.maximum(x, w)),
        ("where", lambda x, w: tg.where(x > 0, w, 0)),
        ("squared_error", lambda x, w: tg.squared_error(x, w)),
    ],
)
def test_an_input_written_after_it_was_saved(name: str, f: Any, device: str) -> None:
    x, w = plain([1.0, 2.0], device), leaf([3.0, 4.0], device)
    mask = x > 0
    y = tg.where(mask, w, 0) if name == "where" else f(x, w)
    if name == "where":
        mask[0] = False
    else:
        x[0] = 5.0
    with pytest.raises(tg.GraphError, match=rf"{name}.*in place.*copy\(\)"):
        y.sum().backward()


def test_an_output_written_after_it_was_saved(device: str) -> None:
    x = leaf([1.0, 2.0], device)
    y = tg.exp(x)
    z = y.sum()
    with tg.no_grad():
        y[0] = 0.0
    with pytest.raises(tg.GraphError, match=r"exp.*in place"):
        z.backward()


def test_an_index_written_after_it_was_saved(device: str) -> None:
    x, i = leaf([1.0, 2.0], device), tg.asarray([0, 1], device=device)
    y = x[i].sum()
    i[0] = 1
    with pytest.raises(tg.GraphError, match=r"getitem.*in place"):
        y.backward()


def test_writing_through_a_view_is_noticed(device: str) -> None:
    x, w = plain([[1.0, 2.0]], device), leaf([[3.0, 4.0]], device)
    for view in (lambda x: x[0], lambda x: x.reshape(2), lambda x: x.mT, lambda x: x.detach(), lambda x: x[0][1:],
                 lambda x: x.flip(0), lambda x: x.squeeze(0), lambda x: x.expand_dims(0)):  # fmt: skip
        y = (x * w).sum()
        v = view(x)
        v += 1
        with pytest.raises(tg.GraphError, match=r"multiply.*in place"):
            y.backward()


def test_writing_to_the_whole_is_noticed_where_a_view_was_saved(device: str) -> None:
    x, w = plain([[1.0, 2.0]], device), leaf([3.0, 4.0], device)
    y = (x[0] * w).sum()
    x *= 2
    with pytest.raises(tg.GraphError, match=r"multiply.*in place"):
        y.backward()


def test_writing_what_no_gradient_reads_is_fine(device: str) -> None:
    x, w = plain([1.0, 2.0], device), leaf([3.0, 4.0], device)
    y = (x + w).sum()
    x[0] = 7.0
    y.backward()
    np.testing.assert_array_equal(w.grad.numpy(), [1, 1])


def test_writing_to_a_copy_is_fine(device: str) -> None:
    x, w = plain([1.0, 2.0], device), leaf([3.0, 4.0], device)
    for copied in (x.copy(), x[tg.asarray([0, 1], device=device)], x[x > 0], x + 0):
        w.grad = None
        y = (x * w).sum()
        copied[0] = 7.0
        y.backward()
        np.testing.assert_array_equal(w.grad.numpy(), [1, 2])


def test_detach_shares_memory(device: str) -> None:
    x = plain([1.0, 2.0], device)
    d = x.detach()
    d[0] = 9.0
    assert x.tolist() == [9, 2]
    assert x.version is d.version


def test_updating_leaves_under_no_grad(device: str) -> None:
    w = leaf([1.0, 2.0], device)
    for _ in range(3):
        w.grad = None
        (w * w).sum().backward()
        with tg.no_grad():
            w -= 0.25 * w.grad
    assert w.requires_grad
    assert w.is_leaf
    np.testing.assert_array_equal(w.detach().numpy(), [0.125, 0.25])


def test_a_leaf_written_between_forward_and_backward(device: str) -> None:
    w = leaf([1.0, 2.0], device)
    y = (w * w).sum()
    with tg.no_grad():
        w += 1
    with pytest.raises(tg.GraphError, match="multiply"):
        y.backward()


def test_a_leaf_cannot_be_written_while_recording(device: str) -> None:
    w = leaf([1.0, 2.0], device)
    before = w.tolist()
    with pytest.raises(tg.GraphError, match=r"no_grad.*copy"):
        w += 1
    with pytest.raises(tg.GraphError, match=r"no_grad.*copy"):
        w[0] = 5.0
    with pytest.raises(tg.GraphError, match=r"no_grad.*copy"):
        w[0] = leaf(5.0, device)
    assert w.tolist() == before
    (w * 2).sum().backward()
    np.testing.assert_array_equal(w.grad.numpy(), [2, 2])


def test_a_view_of_a_leaf_cannot_be_written_while_recording(device: str) -> None:
    # The leaf would hold values that its graph does not know.
    w = leaf([1.0, 2.0], device)
    v = w[:1]
    v += 1
    with pytest.raises(tg.GraphError, match="written in place"):
        w * 2


def test_what_was_written_is_named_without_a_shape_where_there_are_several(device: str) -> None:
    x = leaf([[2.0, 1.0], [1.0, 3.0]], device)
    w, v = tg.linalg.eigh(x)
    loss = w.sum() + v.sum()
    with tg.no_grad():
        v *= 2
    with pytest.raises(tg.GraphError, match="^eigh: a tensor that its gradient reads was written in place"):
        loss.backward()


# Differentiable writes


def test_a_written_place_passes_its_gradient_to_the_value(device: str) -> None:
    x, v = leaf([1.0, 2.0, 3.0], device), leaf(5.0, device)
    h = x * 2
    h[1] = v
    (h * h).sum().backward()
    np.testing.assert_array_equal(h.detach().numpy(), [2, 5, 6])
    np.testing.assert_array_equal(x.grad.numpy(), [8, 0, 24])
    assert v.grad.item() == 10


def test_writing_recorded_values_into_a_plain_tensor(device: str) -> None:
    v = leaf([5.0, 6.0], device)
    h = tg.zeros((3,), dtype=tg.float64, device=device)
    h[1:] = v
    assert h.requires_grad
    (h * tg.asarray([1.0, 2.0, 3.0], device=device)).sum().backward()
    np.testing.assert_array_equal(v.grad.numpy(), [2, 3])


def test_a_loop_of_writes(device: str) -> None:
    x = leaf(0.5, device)
    h = tg.zeros(5, dtype=tg.float64, device=device)
    h[0] = x
    for i in range(1, 5):
        h[i] = tg.sin(h[i - 1].copy())
    h.sum().backward()
    value, slope, total = 0.5, 1.0, 1.0
    for _ in range(4):
        slope *= np.cos(value)
        value = np.sin(value)
        total += slope
    np.testing.assert_allclose(h[4].item(), value)
    np.testing.assert_allclose(x.grad.item(), total)


def test_a_loop_of_writes_without_copies_is_right_or_refused(device: str) -> None:
    x = leaf(0.5, device)
    h = tg.zeros(3, dtype=tg.float64, device=device)
    h[0] = x
    for i in range(1, 3):
        h[i] = tg.sin(h[i - 1])  # sin saved a view of what is written to
    with pytest.raises(tg.GraphError, match=r"sin.*in place"):
        h.sum().backward()


@pytest.mark.parametrize("index", ["mask", "array", "slice", "negative step", "ellipsis", "tuple"])
def test_writes_at_every_kind_of_index(index: str, device: str) -> None:
    places = {
        "mask": tg.asarray([True, False, True], device=device), "array": tg.asarray([2, 0], device=device),
        "slice": slice(0, 2), "negative step": slice(None, None, -2), "ellipsis": (..., slice(1, 3)),
            "tuple": ([0, 2],),
    }  # fmt: skip
    place = places[index]
    numpy_place = place.numpy() if isinstance(place, tg.Tensor) else place
    x, v = leaf([1.0, 2.0, 3.0], device), leaf([10.0, 20.0], device)
    h = x.copy()
    h[place] = v
    wanted = np.array([1.0, 2.0, 3.0])
    wanted[numpy_place] = [10, 20]
    np.testing.assert_array_equal(h.detach().numpy(), wanted)
    weights = np.array([1.0, 2.0, 3.0])
    (h * plain(weights, device)).sum().backward()
    np.testing.assert_array_equal(v.grad.numpy(), weights[numpy_place])
    weights[numpy_place] = 0
    np.testing.assert_array_equal(x.grad.numpy(), weights)


def test_a_broadcast_write(device: str) -> None:
    v = leaf([1.0, 2.0], device)
    h = tg.zeros((3, 2), dtype=tg.float64, device=device)
    h[...] = v
    h.sum().backward()
    np.testing.assert_array_equal(v.grad.numpy(), [3, 3])


def test_a_number_written_over_recorded_values_stops_their_gradient(device: str) -> None:
    x = leaf([1.0, 2.0], device)
    h = x * 2
    h[0] = 0.0
    h.sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), [0, 2])


def test_writes_are_differentiable_twice(device: str) -> None:
    x = leaf([1.0, 2.0], device)
    h = x * x
    h[0] = x[1] ** 3
    (h * h).sum().backward(create_graph=True)  # x1**6 + x1**4
    np.testing.assert_allclose(x.grad.detach().numpy(), [0, 6 * 32 + 4 * 8])
    g, x.grad = x.grad, None
    g.sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), [0, 30 * 16 + 12 * 4])


OPERATORS = {
    "+=": lambda a, b: a.__iadd__(b), "-=": lambda a, b: a.__isub__(b), "*=": lambda a, b: a.__imul__(b),
    "/=": lambda a, b: a.__itruediv__(b), "**=": lambda a, b: a.__ipow__(b), "%=": lambda a, b: a.__imod__(b),
    "//=": lambda a, b: a.__ifloordiv__(b),
}  # fmt: skip


@pytest.mark.parametrize("name", OPERATORS)
def test_in_place_operators(name: str, device: str) -> None:
    operate = OPERATORS[name]
    start, other = np.array([4.0, 9.0]), np.array([1.5, 0.5])
    x, w = leaf(start, device), leaf(other, device)
    h = x * 1
    kept = h
    h = operate(h, w)
    assert h is kept
    np.testing.assert_allclose(h.detach().numpy(), operate(start.copy(), other))
    h.sum().backward()
    x2, w2 = leaf(start, device), leaf(other, device)
    functions = {"+=": tg.add, "-=": tg.subtract, "*=": tg.multiply, "/=": tg.divide, "**=": tg.pow, "%=": tg.remainder,
                 "//=": tg.floor_divide}  # fmt: skip
    functions[name](x2 * 1, w2).sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), x2.grad.numpy())
    np.testing.assert_allclose(w.grad.numpy(), w2.grad.numpy())


def test_in_place_operators_write_to_the_memory(device: str) -> None:
    x = plain([1.0, 2.0], device)
    view = x[:1]
    x += 1
    x *= 2
    assert view.tolist() == [4]
    i = tg.asarray([6, 3], device=device)
    j = i[:]
    i &= 3
    i |= 8
    i ^= 1
    i <<= 1
    i >>= 1
    assert j.tolist() == [(6 & 3 | 8) ^ 1, (3 & 3 | 8) ^ 1]


def test_an_in_place_result_must_fit(device: str) -> None:
    x = plain([1.0, 2.0], device)
    with pytest.raises(ValueError, match=r"\(3, 2\).*\(2,\)"):
        x += tg.ones((3, 2), dtype=tg.float64, device=device)
    assert x.tolist() == [1, 2]


def test_a_float_does_not_fit_into_integers(device: str) -> None:
    i = tg.asarray([1, 2], device=device)
    with pytest.raises(TypeError, match="int64"):
        i += 0.5
    assert i.tolist() == [1, 2]
    x = tg.asarray([1.0, 2.0], device=device)
    x += plain([0.5, 0.5], device)  # a wider float is narrowed
    assert (x.dtype, x.tolist()) == (tg.float32, [1.5, 2.5])


def test_matmul_in_place(device: str) -> None:
    x = plain(np.eye(2) * 2, device)
    x @= plain([[1.0, 2.0], [3.0, 4.0]], device)
    assert x.tolist() == [[2, 4], [6, 8]]


# Views of what was written while recording


def test_a_stale_view_is_refused(device: str) -> None:
    x = leaf([1.0, 2.0], device)
    h = x * 2
    v = h[:1]
    h += 1  # v has the new values, but its graph does not know of the addition
    with pytest.raises(tg.GraphError, match=r"written in place.*again after"):
        v * 2


def test_the_whole_is_refused_after_a_recorded_write_to_a_view(device: str) -> None:
    x = leaf([1.0, 2.0], device)
    h = x * 2
    v = h[:1]
    v += 1
    with pytest.raises(tg.GraphError, match="written in place"):
        h.sum()


def test_backward_from_what_a_write_bypassed_is_refused(device: str) -> None:
    x, w = leaf(2.0, device), leaf([1.0], device)
    h = x * 3
    v = h.reshape(1)
    v += w  # h has the new value, but its graph knows nothing of w
    with pytest.raises(tg.GraphError, match=r"backward.*written in place"):
        h.backward()
    with pytest.raises(tg.GraphError, match="written in place"):
        tg.autograd.grad(h, x)
    v.backward()
    assert (x.grad.item(), w.grad.item()) == (3, 1)


@pytest.mark.parametrize("detached", [lambda x: x.detach(), lambda x: tg.Tensor(x)], ids=["detach", "Tensor"])
def test_views_of_what_is_detached_notice_writes_among_them(detached: Any, device: str) -> None:
    x, w = leaf([1.0, 2.0], device), leaf([5.0], device)
    d = detached((x * 2).detach())
    early = d[:]
    d[:1] = w
    with pytest.raises(tg.GraphError, match="written in place"):  # it holds the value of w
        early * 2
    d = detached((x * 2).detach())
    part = d[:1]
    part += w
    with pytest.raises(tg.GraphError, match="written in place"):
        d * 2
    (part * part).sum().backward()
    assert w.grad.item() == 2 * (2 + 5)
    assert x.grad is None


def test_what_is_detached_is_free_of_writes_through_others(device: str) -> None:
    x, w = leaf([1.0, 2.0], device), leaf([5.0], device)
    h = x * 2
    d = h.detach()
    part, twice = d[:1], d.detach()
    h[:1] = w
    for t in (part, d[:1], twice[:1]):
        assert (t * 2).tolist() == [10]  # the memory is one, but nothing flows back
    (d * h).sum().backward()
    assert w.grad.item() == 5
    np.testing.assert_array_equal(x.grad.numpy(), [0, 8])


def test_the_gradient_of_what_was_narrowed_in_place_has_its_dtype(device: str) -> None:
    x = tg.asarray([1.0, 2.0], device=device, requires_grad=True)
    w = leaf([3.0, 4.0], device)
    h = x * 1
    h += w
    assert h.dtype == tg.float32
    (g,) = tg.autograd.grad((h * h).sum(), h, retain_graph=True)
    assert (g.dtype, g.tolist()) == (tg.float32, [8, 12])
    (h * h).sum().backward()
    assert (x.grad.dtype, w.grad.dtype) == (tg.float32, tg.float64)


def test_a_view_taken_again_is_right(device: str) -> None:
    x = leaf([1.0, 2.0], device)
    h = x * 2
    h += 1
    (h[:1] * 5).sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), [10, 0])


def test_a_plain_view_of_what_became_recorded(device: str) -> None:
    v = leaf([5.0], device)
    h = tg.zeros(2, dtype=tg.float64, device=device)
    early = h[:]
    h[:1] = v
    assert h.requires_grad
    with pytest.raises(tg.GraphError):  # it holds the value of v, and would count as a constant
        early * v


def test_elements_are_views_on_every_device(device: str) -> None:
    x = plain([[1.0, 2.0], [3.0, 4.0]], device)
    element, row = x[0, 1], x[1]
    element += 10
    row[0] = 20.0
    assert x.tolist() == [[1, 12], [20, 4]]


# Values that overlap


def test_writing_a_tensor_into_itself(device: str) -> None:
    x = plain([1.0, 2.0, 3.0, 4.0], device)
    x[1:] = x[:-1]
    assert x.tolist() == [1, 1, 2, 3]
    y = plain([[1.0, 2.0], [3.0, 4.0]], device)
    y[...] = y.mT
    assert y.tolist() == [[1, 3], [2, 4]]
    z = plain([1.0, 2.0, 3.0], device)
    z += z.flip()
    assert z.tolist() == [4, 4, 4]


@pytest.mark.parametrize("index", [0, slice(1, None), (slice(None), 0), (..., None), (1, slice(None, None, -1))])
def test_augmented_assignment_to_a_part(index: Any, device: str) -> None:
    x = tg.asarray(np.arange(6.0).reshape(2, 3), device=device, requires_grad=True)
    w = tg.asarray(np.array(3.0), device=device, requires_grad=True)
    y = x * 1.0
    y[index] *= w
    y[index] += x[index] * 2
    (y * y).sum().backward()
    part = np.zeros((2, 3))
    part[index] = 1
    values = np.arange(6.0).reshape(2, 3)
    np.testing.assert_allclose(x.grad.numpy(), np.where(part, 2 * 25 * values, 2 * values))
    np.testing.assert_allclose(w.grad.item(), (part * 2 * 5 * values * values).sum())


def test_augmented_assignment_bypassed_by_another_view(device: str) -> None:
    y = tg.ones(3, device=device, requires_grad=True) * 1.0
    a, b = y[:2], y[:2]
    a *= 2
    with pytest.raises(tg.GraphError, match="in place"):
        b *= 3
    with pytest.raises(tg.GraphError, match="in place"):
        y[1:] = a  # another place than that of the view
    with pytest.raises(tg.GraphError, match="in place"):
        y.sum()
    y[:2] = a
    y.sum().backward()
