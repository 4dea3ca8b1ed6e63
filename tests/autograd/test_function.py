"""Functions with a gradient of their own: against the same computation with operations, under every transformation."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg

Function = tg.autograd.Function


def tensor(values: Any, device: str, **kwargs: Any) -> Any:
    return tg.asarray(np.asarray(values, float), device=device, **kwargs)


def close(ours: Any, theirs: Any) -> None:
    np.testing.assert_allclose(ours.detach().numpy(), theirs.detach().numpy(), rtol=1e-11, atol=1e-12)


class Exp(Function):
    """Saves its output."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        y = tg.exp(x)
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        (y,) = ctx.saved_tensors
        return g * y


class Cube(Function):
    """Saves something that is neither an input nor an output, and a number; an argument is no tensor."""

    @staticmethod
    def forward(ctx: Any, x: Any, factor: float) -> Any:
        ctx.square = x * x
        ctx.factor = factor
        return ctx.square * x * factor

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        return 3 * ctx.factor * g * ctx.square, None


class Product(Function):
    """States its JVP."""

    @staticmethod
    def forward(ctx: Any, a: Any, b: Any) -> Any:
        ctx.save_for_backward(a, b)
        return a * b

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        a, b = ctx.saved_tensors
        return g * b, g * a

    @staticmethod
    def jvp(ctx: Any, ta: Any, tb: Any) -> Any:
        a, b = ctx.saved_tensors
        return ta * b + a * tb


CASES = [
    pytest.param(Exp.apply, tg.exp, id="output"),
    pytest.param(lambda x: Cube.apply(x, 2.0), lambda x: 2 * x**3, id="intermediate"),
    pytest.param(lambda x: Product.apply(x, tg.sin(x)), lambda x: x * tg.sin(x), id="jvp"),
]

TRANSFORMATIONS = {
    "grad": lambda f: tg.grad(lambda x: f(x).sum()),
    "jacobian": lambda f: tg.jacobian(f),
    "jacobian forward": lambda f: tg.jacobian(f, mode="forward"),
    "hessian": lambda f: tg.hessian(lambda x: (f(x) * x).sum()),
    "reverse over reverse": lambda f: tg.jacobian(tg.grad(lambda x: (f(x) * x).sum())),
    "third order": lambda f: tg.jacobian(tg.hessian(lambda x: (f(x) * x).sum())),
    "jvp of jvp": lambda f: lambda x: tg.jvp(lambda x: tg.jvp(f, (x,), (x,))[1], (x,), (x + 1,))[1],
    "vmap": lambda f: tg.vmap(f),
    "vmap of grad": lambda f: tg.vmap(tg.grad(f)),
    "grad of vmap": lambda f: tg.grad(lambda x: (tg.vmap(f)(x) * x).sum()),
    "vmap of hessian": lambda f: tg.vmap(tg.hessian(f)),
    "hessian of vmap": lambda f: tg.hessian(lambda x: (tg.vmap(f)(x) * x).sum()),
    "jvp of vmap": lambda f: lambda x: tg.jvp(tg.vmap(f), (x,), (x,))[1],
    "vmap of jvp": lambda f: tg.vmap(lambda x: tg.jvp(f, (x,), (x,))[1]),
    "vmap of vmap": lambda f: lambda x: tg.vmap(tg.vmap(tg.grad(f)))(tg.stack([x, x + 1])),
}


@pytest.mark.parametrize("name", TRANSFORMATIONS)
@pytest.mark.parametrize(("own", "wanted"), CASES)
def test_transformations(own: Any, wanted: Any, name: str, device: str) -> None:
    x = tensor([0.5, 1.0, -2.0], device)
    transform = TRANSFORMATIONS[name]
    close(transform(own)(x), transform(wanted)(x))


@pytest.mark.parametrize(("own", "wanted"), CASES)
def test_backward(own: Any, wanted: Any, device: str) -> None:
    x, z = (tensor([0.5, 1.0, -2.0], device, requires_grad=True) for _ in range(2))
    (own(x * 2) * x).sum().backward()
    (wanted(z * 2) * z).sum().backward()
    close(x.grad, z.grad)


@pytest.mark.parametrize(("own", "wanted"), CASES)
def test_recorded_backward(own: Any, wanted: Any, device: str) -> None:
    x = tensor([0.5, 1.0, -2.0], device, requires_grad=True)

    def second(f: Any) -> Any:
        (g,) = tg.autograd.grad((f(x) * x).sum(), x, create_graph=True)
        return tg.autograd.grad((g * g).sum(), x)[0]

    close(second(own), second(wanted))


@pytest.mark.parametrize(("own", "wanted"), CASES)
def test_a_program(own: Any, wanted: Any, device: str) -> None:
    x = tensor([0.5, 1.0, -2.0], device)
    program = tg.trace(tg.grad(lambda x: own(x).sum()), x)
    close(program(x + 1), tg.grad(lambda x: wanted(x).sum())(x + 1))


def test_gradcheck(device: str) -> None:
    x = tensor([0.5, 1.0, -2.0], device, requires_grad=True)
    tg.testing.gradcheck(lambda x: Cube.apply(x, 2.0), x)


def test_shared_arguments_of_a_vmap(device: str) -> None:
    w, xs = tensor([1, 2, 3], device), tensor([[1, 0, 1], [2, 1, 0]], device)
    each = tg.vmap(tg.grad(lambda w, x: Product.apply(w, x).sin().sum()), in_axes=(None, 0))(w, xs)
    close(each, xs * (w * xs).cos())
    total = tg.grad(lambda w: tg.vmap(lambda x: Product.apply(w, x).sin().sum())(xs).sum())(w)
    close(total, each.sum(0))


# Several outputs


class Polar(Function):
    """Two outputs and an integer one, and something else in the tuple."""

    @staticmethod
    def forward(ctx: Any, x: Any, y: Any) -> Any:
        r = tg.sqrt(x * x + y * y)
        ctx.save_for_backward(x, y, r)
        return r, tg.atan2(y, x), tg.argsort(x), "note"

    @staticmethod
    def backward(ctx: Any, g_r: Any, g_angle: Any, g_order: Any, g_note: Any) -> Any:
        assert g_note is None
        assert g_order.shape == g_r.shape
        x, y, r = ctx.saved_tensors
        return g_r * x / r - g_angle * y / r**2, g_r * y / r + g_angle * x / r**2


@pytest.mark.parametrize("parts", [(0,), (1,), (0, 1)])
def test_several_outputs(parts: tuple[int, ...], device: str) -> None:
    def gradients(f: Any) -> Any:
        x, y = tensor([3, 1], device, requires_grad=True), tensor([4, -1], device, requires_grad=True)
        outputs = f(x, y)
        sum((outputs[i] * x).sum() for i in parts).backward()
        return x.grad, y.grad

    plain = gradients(lambda x, y: (tg.sqrt(x * x + y * y), tg.atan2(y, x)))
    for ours, wanted in zip(gradients(Polar.apply), plain):
        close(ours, wanted)


def test_outputs_that_have_no_gradient(device: str) -> None:
    x = tensor([3, 1], device, requires_grad=True)
    r, angle, order, note = Polar.apply(x, x)
    assert (r.requires_grad, angle.requires_grad, order.requires_grad, note) == (True, True, False, "note")


def test_marked_outputs(device: str) -> None:
    class Rounded(Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            rounded = tg.round(x)
            ctx.mark_non_differentiable(rounded)
            return x * 1, rounded

        @staticmethod
        def backward(ctx: Any, g: Any, g_rounded: Any) -> Any:
            assert not g_rounded.numpy().any()
            return g

    x = tensor([0.4, 1.6], device, requires_grad=True)
    y, rounded = Rounded.apply(x)
    assert y.requires_grad
    assert not rounded.requires_grad
    (y * rounded).sum().backward()
    assert x.grad.tolist() == [0, 2]
    tangent = tg.jvp(Rounded.apply, (x.detach(),), (tensor([1, 1], device),))[1]
    assert [t.tolist() for t in tangent] == [[1, 1], [0, 0]]


def test_a_straight_through_estimator(device: str) -> None:
    class Sign(Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return tg.sign(x)

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g

    x = tensor([-2, 3], device)
    assert tg.grad(lambda x: (Sign.apply(x) * 5).sum())(x).tolist() == [5, 5]
    assert tg.jvp(Sign.apply, (x,), (x,))[1].tolist() == [-2, 3]
    assert tg.vmap(tg.grad(lambda x: Sign.apply(x) * 5))(x).tolist() == [5, 5]
    assert tg.grad(lambda x: tg.vmap(Sign.apply)(x).sum())(x).tolist() == [1, 1]


def test_complex_gradients_are_as_users_see_them(device: str) -> None:
    class Square(Function):
        @staticmethod
        def forward(ctx: Any, z: Any) -> Any:
            ctx.save_for_backward(z)
            return z * z

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            (z,) = ctx.saved_tensors
            return g * tg.conj(2 * z)  # as in PyTorch

    def gradients(f: Any) -> Any:
        z = tg.asarray(np.array([1 + 2j, 3 - 1j]), device=device, requires_grad=True)
        tg.abs(f(z) * (1 + 1j) + 1).sum().backward()
        return z.grad

    np.testing.assert_allclose(gradients(Square.apply).numpy(), gradients(lambda z: z * z).numpy(), rtol=1e-12)
    z, t = (tg.asarray(np.array(v), device=device) for v in ([1 + 2j], [2 - 1j]))
    np.testing.assert_allclose(tg.jvp(Square.apply, (z,), (t,))[1].numpy(), (2 * z * t).numpy(), rtol=1e-12)


# What forward and backward see


def test_needs_input_grad(device: str) -> None:
    seen: list[Any] = []

    class Watching(Function):
        @staticmethod
        def forward(ctx: Any, *args: Any) -> Any:
            seen.append(ctx.needs_input_grad)
            assert not any(x.requires_grad for x in args if isinstance(x, tg.Tensor))
            assert not tg.is_grad_enabled()
            return args[0] * args[1]

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            seen.append(ctx.needs_input_grad)
            return (g, *(None for need in ctx.needs_input_grad[1:]))

    x, y = tensor([1, 2], device, requires_grad=True), tensor([1, 2], device)
    Watching.apply(x, y, "text", None).sum().backward()
    assert seen == [(True, False, False, False)] * 2
    with tg.no_grad():
        assert not Watching.apply(x, y).requires_grad
    assert seen[-1] == (False, False)


def test_only_numbers(device: str) -> None:
    assert Cube.apply(2.0, 3.0) == 24


def test_in_place_after_it(device: str) -> None:
    """What is not saved may be written, what is saved not."""
    x = tensor([1, 2], device, requires_grad=True)
    y = Exp.apply(x)
    y += 1
    with pytest.raises(tg.GraphError, match=r"Exp.*written in place"):
        y.sum().backward()
    y = Cube.apply(x, 1.0)
    y += 1
    y.sum().backward()
    assert x.grad.tolist() == [3, 12]


def test_an_argument_that_is_returned_is_copied(device: str) -> None:
    class Same(Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * 2

    x = tensor([1, 2], device)
    y = Same.apply(x)
    y += 1
    assert x.tolist() == [1, 2]


def test_gradients_do_not_share_memory(device: str) -> None:
    class Both(Function):
        @staticmethod
        def forward(ctx: Any, a: Any, b: Any) -> Any:
            ctx.save_for_backward(a)
            return a + b

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            (a,) = ctx.saved_tensors
            d = g * 2
            return d, d if g.shape == (2,) else a

    a, b = tensor([1, 2], device, requires_grad=True), tensor([1, 2], device, requires_grad=True)
    Both.apply(a, b).sum().backward()
    with tg.no_grad():
        a.grad += 1
    assert b.grad.tolist() == [2, 2]
    a, b = tensor([1], device, requires_grad=True), tensor([1], device, requires_grad=True)
    Both.apply(a, b).sum().backward()
    with tg.no_grad():
        b.grad += 1
    assert a.tolist() == [1]


def test_nothing_is_kept_alive(device: str) -> None:
    gc.collect()
    gc.disable()
    try:
        saved: list[Any] = []

        class Keeping(Function):
            @staticmethod
            def forward(ctx: Any, x: Any) -> Any:
                ctx.big = x * 2
                return ctx.big.sin()

            @staticmethod
            def backward(ctx: Any, g: Any) -> Any:
                saved.append(weakref.ref(ctx.big))
                return g * ctx.big

        x = tensor([1, 2], device, requires_grad=True)
        h = x * 3
        died = weakref.ref(h)
        y = Keeping.apply(h)
        del h
        assert died() is None
        y.sum().backward()
        assert saved[0]() is None
    finally:
        gc.enable()


def test_freed_and_retained_graphs(device: str) -> None:
    x = tensor([1, 2], device, requires_grad=True)
    y, g = Cube.apply(x, 1.0), tensor([1, 1], device)
    y.backward(g, retain_graph=True)
    y.backward(g)
    assert x.grad.tolist() == [6, 24]
    with pytest.raises(tg.GraphError, match="Cube was freed"):
        y.backward(g)


# Mistakes


def broken(backward: Callable[..., Any], forward: Callable[..., Any] = lambda ctx, x, k: x * k) -> Any:
    return type("Broken", (Function,), {"forward": staticmethod(forward), "backward": staticmethod(backward)})


MISTAKES: list[tuple[Any, type[Exception], str]] = [
    (lambda ctx, g: (g.sum(), None), tg.GraphError, r"gradient of argument 0 shape \(\), wanted .* \(2,\)"),
    (lambda ctx, g: (None, None), tg.GraphError, r"Broken: backward gave None .* argument 0, which requires one"),
    (lambda ctx, g: g, TypeError, r"Broken: backward gave 1 gradients for the 2 arguments"),
    (lambda ctx, g: (g, g), TypeError, r"Broken: .* a gradient for argument 1, which is no tensor; give None"),
    (lambda ctx, g: (g > 0, None), tg.GraphError, r"Broken: .* argument 0 dtype bool, wanted .* float64"),
    (lambda ctx, g: (1.0, None), TypeError, r"Broken: .* argument 0 a float, wanted is a tensor"),
]


@pytest.mark.parametrize(("backward", "error", "message"), MISTAKES)
def test_wrong_gradients(backward: Any, error: type[Exception], message: str, device: str) -> None:
    x = tensor([1, 2], device, requires_grad=True)
    y = broken(backward).apply(x, 2.0)
    with pytest.raises(error, match=message):
        y.sum().backward()


def test_an_output_that_is_no_tensor(device: str) -> None:
    with pytest.raises(TypeError, match=r"Broken: forward gave no tensor but 'text'"):
        broken(None, lambda ctx, x: "text").apply(tensor([1], device))


def test_a_forward_that_writes_to_its_argument(device: str) -> None:
    def write(ctx: Any, x: Any) -> Any:
        x += 1
        return x * 2

    with pytest.raises(tg.GraphError, match=r"Broken: forward writes to argument 0 in place; write to a copy"):
        broken(None, write).apply(tensor([1], device))


def test_saving_what_is_no_tensor(device: str) -> None:
    with pytest.raises(TypeError, match=r"save_for_backward: argument 1 is a float, no tensor; assign it"):
        broken(None, lambda ctx, x: ctx.save_for_backward(x, 1.0)).apply(tensor([1], device))


def test_a_function_without_methods(device: str) -> None:
    with pytest.raises(NotImplementedError, match="must define forward"):
        type("Empty", (Function,), {}).apply(tensor([1], device))
    with pytest.raises(TypeError, match=r"Exp is not made, but called: Exp\.apply"):
        Exp()


def test_a_backward_that_cannot_be_transposed(device: str) -> None:
    def backward(ctx: Any, g: Any) -> Any:
        return tg.asarray(g.numpy() * 2, device=device), None

    x = tensor([1, 2], device)
    F = broken(backward)
    assert tg.grad(lambda x: F.apply(x, 2.0).sum())(x).tolist() == [2, 2]
    with pytest.raises(tg.GraphError, match=r"Broken: it states no jvp, and its backward gives none: .*numpy"):
        tg.jvp(lambda x: F.apply(x, 2.0), (x,), (x,))


def test_a_wrong_jvp(device: str) -> None:
    F = type("Tangent", (Product,), {"jvp": staticmethod(lambda ctx, ta, tb: ta.sum())})
    x = tensor([1, 2], device)
    with pytest.raises(tg.GraphError, match=r"Tangent: jvp gave for the tangent of output 0 shape \(\), wanted is"):
        tg.jvp(lambda x: F.apply(x, x), (x,), (x,))


@pytest.mark.parametrize("name", ["vmap", "vmap of grad", "jvp of vmap"])
def test_a_closure_over_a_transformation(name: str, device: str) -> None:
    def f(x: Any) -> Any:
        return broken(lambda ctx, g: g * x, lambda ctx, a: a * x).apply(x * 2)

    with pytest.raises(tg.GraphError, match=r"Broken: .* uses a tensor of the (vmap|jvp) around it that is"):
        TRANSFORMATIONS[name](f)(tensor([1, 2], device))
