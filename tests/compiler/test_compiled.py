"""`tg.compile`: the function's own results and effects for every kind of call, by a program where there can be one."""

from __future__ import annotations

import copy
import threading
import warnings

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn import nn, optim


class Trained:
    """A model, an optimizer, and a step of both."""

    def __init__(self, device, make=lambda p: optim.SGD(p, lr=0.1, momentum=0.9), seed=0):
        g = tg.Generator(seed, device)
        self.model = nn.Sequential(nn.Linear(4, 8, generator=g), nn.Tanh(), nn.Linear(8, 2, generator=g))
        self.optimizer = make(self.model.parameters())

    def step(self, x, t):
        self.optimizer.zero_grad()
        loss = nn.functional.mse_loss(self.model(x), t)
        loss.backward()
        self.optimizer.step()
        return loss


TWICE = False

def _batch(device, size=5, seed=0):
    rng = np.random.default_rng(seed)
    return [tg.asarray(rng.normal(size=(size, n)).astype(np.float32), device=device) for n in (4, 2)]


def _assert_same_parameters(a, b, rtol=1e-4):
    for p, q in zip(a.parameters(), b.parameters()):
        np.testing.assert_allclose(q.detach().numpy(), p.detach().numpy(), rtol=rtol, atol=rtol / 100)


@pytest.fixture(autouse=True)
def _no_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter("error", tg.CompileWarning)
        yield


def test_training(device):
    eager, compiled = Trained(device), Trained(device)
    step = tg.compile(compiled.step)
    for seed in range(10):
        batch = _batch(device, seed=seed)
        assert step(*batch).item() == pytest.approx(eager.step(*batch).item(), rel=1e-5)
    assert len(step.programs) == 1
    _assert_same_parameters(eager.model, compiled.model)


def test_a_module(device):
    model = Trained(device).model
    compiled = tg.compile(model)
    with tg.no_grad():
        for size in (5, 3, 5):
            x, _ = _batch(device, size)
            np.testing.assert_allclose(compiled(x).numpy(), model(x).numpy(), rtol=1e-5)
    assert compiled.__wrapped__ is model
    assert len(compiled.programs) == 2


def test_as_a_decorator(device):
    @tg.compile(cache_size=3)
    def double(x):
        """Twice."""
        return x * 2

    assert double(tg.ones(2, device=device)).tolist() == [2, 2]
    assert (double.__name__, double.__doc__, double.cache_size) == ("double", "Twice.", 3)
    assert repr(double) == "<compiled double: 1 program>"


def test_methods_have_programs_of_each_instance(device):
    class Scale(nn.Module):
        def __init__(self, factor):
            super().__init__()
            self.factor = nn.Parameter(tg.full((2,), factor, device=device))

        @tg.compile
        def scaled(self, x):
            return x * self.factor

        @tg.compile
        def forward(self, x):
            return x + self.factor

    a, b = Scale(2.0), Scale(3.0)
    x = tg.ones(2, device=device)
    with tg.no_grad():
        assert [m.scaled(x).tolist() for m in (a, b, a)] == [[2, 2], [3, 3], [2, 2]]
        assert a(x).tolist() == [3, 3]
        assert Scale.scaled(a, x).tolist() == [2, 2]
        remove = a.register_forward_hook(lambda module, inputs, output: output * 10)
        assert a(x).tolist() == [30, 30]
        remove()
        assert a(x).tolist() == [3, 3]
        twin = copy.deepcopy(a)
        twin.factor[...] = 5
        assert (twin.scaled(x).tolist(), a.scaled(x).tolist()) == ([5, 5], [2, 2])
    assert a.scaled is a.scaled
    assert len(a.scaled.programs) == 1
    assert [name for name, _ in a.named_parameters()] == ["factor"]


def test_structures(device):
    @tg.compile
    def f(pair, scale=1.0, **more):
        a, b = pair
        return {"sum": (a + b) * scale, "more": [more[name] * 2 for name in more]}

    x = tg.ones(2, device=device)
    assert f((x, x * 2))["sum"].tolist() == [3, 3]
    assert f([x, x])["sum"].tolist() == [2, 2]
    assert f((x, x), scale=2.0, z=x)["more"][0].tolist() == [2, 2]
    assert f((x * 3, x), scale=2.0, z=x)["sum"].tolist() == [8, 8]
    assert len(f.programs) == 3


def test_numbers_in_arguments_are_part_of_the_kind_of_call(device):
    @tg.compile
    def f(x, n):
        return x / n if n else x

    x = tg.asarray([1.0, -1.0], device=device)
    for n in (2, 2.0, True, 0.0, -0.0, None, float("inf")):
        with np.errstate(divide="ignore"):
            assert f(x, n).tolist() == (x / n if n else x).tolist()
    assert len(f.programs) == 7
    f(x, 2)
    assert len(f.programs) == 7


def test_the_least_recently_used_program_is_dropped(device):
    f = tg.compile(lambda x: x + 1, cache_size=2)
    for n in (1, 2, 1, 3, 1):
        f(tg.ones(n, device=device))
    assert [program.inputs[0][1] for program in f.programs] == [(1,), (3,)]
    f.clear()
    assert f.programs == []


def test_a_short_batch(device):
    eager, compiled = Trained(device), Trained(device)
    step = tg.compile(compiled.step)
    for size in (5, 5, 2, 5, 5, 2):
        batch = _batch(device, size, seed=size)
        step(*batch)
        eager.step(*batch)
    assert len(step.programs) == 2
    _assert_same_parameters(eager.model, compiled.model)


def test_layouts(device):
    f = tg.compile(lambda x: x @ x.T)
    x = _batch(device)[0]
    for y in (x, x.T.copy().T, x[::2], x[:, ::-1], tg.broadcast_to(x[:1], (3, 4))):
        np.testing.assert_allclose(f(y).numpy(), (y @ y.T).numpy(), rtol=1e-6)


def test_gradients_accumulate(device):
    w = tg.ones(3, device=device, requires_grad=True)
    step = tg.compile(lambda x: (w * x).sum().backward())
    x = tg.asarray([1.0, 2.0, 3.0], device=device)
    for count in (1, 2, 3):
        step(x)
        assert w.grad.tolist() == [count, 2 * count, 3 * count]
    w.grad = None
    step(x)
    assert w.grad.tolist() == [1, 2, 3]
    assert len(step.programs) == 2


def test_gradients_of_arguments(device):
    f = tg.compile(lambda x: (x * x).sum().backward())
    x = tg.asarray([1.0, 2.0], device=device, requires_grad=True)
    f(x)
    assert x.grad.tolist() == [2, 4]
    with pytest.warns(tg.CompileWarning, match="gradient"):
        f(x)
    assert x.grad.tolist() == [4, 8]
    assert len(f.programs) == 1


def test_an_argument_that_is_used_from_outside_too(device):
    w = tg.ones(2, device=device, requires_grad=True)
    f = tg.compile(lambda x: (w * x).sum().backward())
    with pytest.warns(tg.CompileWarning, match="used from outside too"):
        f(w)
    assert w.grad.tolist() == [2, 2]


def test_results_are_no_views(device):
    state = tg.zeros(2, device=device)
    f = tg.compile(lambda x: (x, x.T, state))
    x = tg.ones((2, 2), device=device)
    for y in f(x):
        y += 5
    assert (x.tolist(), state.tolist()) == ([[1, 1], [1, 1]], [0, 0])


def test_two_functions_that_share_parameters(device):
    eager, compiled = Trained(device), Trained(device)
    step, predict = tg.compile(compiled.step), tg.compile(compiled.model)
    batch = _batch(device)
    for _ in range(3):
        step(*batch)
        eager.step(*batch)
        with tg.no_grad():
            np.testing.assert_allclose(predict(batch[0]).numpy(), eager.model(batch[0]).numpy(), rtol=1e-4, atol=1e-6)
    eager.step(*batch)
    compiled.step(*batch)  # without a program in between
    step(*batch)
    eager.step(*batch)
    _assert_same_parameters(eager.model, compiled.model)


def test_within_other_traces_and_transformations(device):
    f = tg.compile(lambda x: tg.sin(x) * 2)
    x = tg.asarray([0.5, 1.0], device=device)
    np.testing.assert_allclose(tg.compile(lambda x: f(x) + 1)(x).numpy(), np.sin(x.numpy()) * 2 + 1, rtol=1e-6)
    assert [i.name for i in tg.trace(f, x).instructions] == ["sin", "multiply"]
    assert f.programs == []
    np.testing.assert_allclose(tg.vmap(f)(x).numpy(), np.sin(x.numpy()) * 2, rtol=1e-6)
    np.testing.assert_allclose(tg.jvp(f, (x,), (x,))[1].numpy(), np.cos(x.numpy()) * 2 * x.numpy(), rtol=1e-6)
    with tg.autograd.detect_anomaly():
        f(x)
    assert f.programs == []


def test_transformations_inside(device):
    f = tg.compile(tg.grad(lambda x: tg.sin(x).sum()))
    g = tg.compile(lambda x: tg.vmap(lambda row: row * row.sum())(x))
    x = tg.asarray([[0.5, 1.0]], device=device)
    np.testing.assert_allclose(f(x).numpy(), np.cos(x.numpy()), rtol=1e-6)
    np.testing.assert_allclose(g(x).numpy(), x.numpy() * 1.5, rtol=1e-6)


class Cube(tg.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x * x

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g * 3 * x * x


def test_checkpoints_and_functions_of_users_inside(device):
    w = tg.asarray([2.0, 3.0], device=device, requires_grad=True)

    @tg.compile
    def step(x):
        w.grad = None
        tg.checkpoint(lambda x: Cube.apply(w) * x, x).sum().backward()
        return w.grad

    for _ in range(2):
        w.grad = None
        assert step(tg.ones(2, device=device)).tolist() == [12, 27]


def test_random_numbers_are_those_of_eager(device):
    make = lambda: nn.Dropout(0.5, generator=tg.Generator(3, device))  # noqa: E731
    eager, compiled = make(), tg.compile(make())
    x = tg.ones((4, 5), device=device)
    for _ in range(3):
        np.testing.assert_array_equal(compiled(x).numpy(), eager(x).numpy())
    assert len(compiled.programs) == 1


def test_variables_that_are_assigned_again(device):
    factor, w = 2, tg.ones(1, device=device)
    f = tg.compile(lambda x: x * factor + w + (x if TWICE else 0))
    x = tg.ones(1, device=device)
    assert f(x).tolist() == [3]
    factor = 3
    assert f(x).tolist() == [4]
    w = tg.asarray([10.0], device=device)
    assert f(x).tolist() == [13]
    globals()["TWICE"] = True
    try:
        assert f(x).tolist() == [14]
    finally:
        globals()["TWICE"] = False
    assert f(x).tolist() == [13]
    assert len(f.programs) == 4
    factor, w = 2 + 1, w  # equal, and the same
    assert f(x).tolist() == [13]
    assert len(f.programs) == 4


def test_a_model_and_optimizer_that_are_made_anew(device):
    def made():
        model = nn.Linear(2, 1, generator=tg.Generator(0, device))
        return model, optim.SGD(model.parameters(), lr=0.1)

    model, optimizer = made()

    @tg.compile
    def step(x):
        optimizer.zero_grad()
        loss = model(x).sum()
        loss.backward()
        optimizer.step()
        return loss

    x = tg.ones((3, 2), device=device)
    first = step(x).item()
    assert step(x).item() != first
    model, optimizer = made()
    assert step(x).item() == first


def test_an_exception_of_the_function(device):
    w = tg.ones(2, device=device, requires_grad=True)

    @tg.compile
    def f(x, fail):
        with tg.no_grad():
            w[...] = w * 2
        if fail:
            raise KeyError("mine")
        return x @ x

    x = tg.ones((2, 2), device=device)
    with pytest.raises(KeyError, match="mine"):
        f(x, True)
    assert w.tolist() == [2, 2]
    with pytest.raises(ValueError, match="matmul"):
        f(tg.ones((2, 3), device=device), False)
    w.requires_grad_(False)
    f(x, False)
    assert len(f.programs) == 1


def test_an_exception_in_a_program_leaves_step_counts(device):
    table = nn.Parameter(tg.ones((3, 2), device=device))
    optimizer = optim.Adam([table], lr=0.1)

    @tg.compile
    def step(i):
        optimizer.zero_grad()
        tg.take(table, i, axis=0).sum().backward()
        optimizer.step()

    step(tg.asarray([0, 1], device=device))
    before = table.detach().numpy().copy()
    with pytest.raises(IndexError):
        step(tg.asarray([0, 7], device=device))
    np.testing.assert_array_equal(table.detach().numpy(), before)
    assert optimizer.state[table]["step"] == 1


def test_threads(device):
    trained = Trained(device, lambda p: optim.SGD(p, lr=0.0))
    step = tg.compile(trained.step)
    batches = [_batch(device, size, seed=size) for size in (2, 3, 4)]
    expected = [trained.step(*batch).item() for batch in batches]
    failures = []

    def work(k):
        for _ in range(20):
            if step(*batches[k]).item() != pytest.approx(expected[k], rel=1e-5):
                failures.append(k)

    threads = [threading.Thread(target=work, args=(k,)) for k in (0, 1, 2, 0)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(step.programs) == 3


def test_modules_do_not_keep_traced_tensors(device):
    class Keeping(nn.Module):
        kept = None

        def forward(self, x):
            self.kept = x * 2
            return self.kept + 1

    module = Keeping()
    compiled = tg.compile(module)
    with pytest.warns(tg.CompileWarning, match=r"Keeping\.kept"):
        compiled(tg.ones(2, device=device))
    compiled(tg.asarray([3.0], device=device))
    assert module.kept.tolist() == [6]


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda x: x if x.sum() > 0 else -x, r"test_compiled\.py, line \d+.*bool\(\)"),
        (lambda x: x * float(x.sum()), r"float\(\)"),
        (lambda x: x[x > 0], "boolean"),
        (lambda x: tg.asarray(x.numpy(), device=x.device), r"numpy\(\)"),
        (lambda x: iter(x), "not list_iterator|not .*iterator"),
        (lambda x: x.__imul__(2), "an input of the program is written in place"),
    ],
)
def test_without_a_program(device, function, message):
    x = tg.asarray([1.0, 2.0], device=device)
    f = tg.compile(function)
    with pytest.warns(tg.CompileWarning, match=message) as caught:
        result = f(x)
    assert caught[0].filename == __file__
    expected = function(tg.asarray([1.0, 2.0], device=device))
    if isinstance(expected, tg.Tensor):
        np.testing.assert_array_equal(result.numpy(), expected.numpy())
    f(x)  # no second warning
    assert f.programs == []


def test_writes_to_arguments_reach_them(device):
    def f(x):
        x += 1

    compiled = tg.compile(f)
    x = tg.zeros(2, device=device)
    with pytest.warns(tg.CompileWarning):
        compiled(x)
    compiled(x)
    assert x.tolist() == [2, 2]


def test_arrays_as_arguments(device):
    f = tg.compile(lambda x: x * 2)
    with pytest.warns(tg.CompileWarning, match="not ndarray"):
        np.testing.assert_array_equal(f(np.ones(2)), [2, 2])


def test_what_tracing_alone_cannot_do(device):
    @tg.compile
    def f(x):
        return tg.asarray(np.sin(tg.asarray(x, device="cpu").array), device=device) if device == "cpu" else x * 1

    x = tg.ones(2, device=device)
    if device == "cpu":
        with pytest.warns(tg.CompileWarning, match="TypeError"):
            f(x)
    np.testing.assert_allclose(f(x).numpy(), np.sin([1, 1]) if device == "cpu" else [1, 1], rtol=1e-6)


def test_a_graph_that_is_still_needed(device):
    layer = nn.Linear(3, 1, generator=tg.Generator(0, device))
    forward = tg.compile(layer)
    x = tg.ones((2, 3), device=device)
    with pytest.warns(tg.CompileWarning, match="no_grad"):
        y = forward(x)
    y.sum().backward()
    assert layer.weight.grad is not None
    with tg.no_grad():
        forward(x)
    assert len(forward.programs) == 1


def test_a_graph_that_is_left_in_a_tensor_from_outside(device):
    w, total = tg.ones(2, device=device, requires_grad=True), tg.zeros(2, device=device)

    def add(x):
        nonlocal total
        total += w * x

    compiled = tg.compile(add)
    with pytest.warns(tg.CompileWarning, match="leaves a tensor with a graph"):
        compiled(tg.ones(2, device=device))
    total.sum().backward()
    assert w.grad.tolist() == [1, 1]


def test_tensors_that_are_kept_while_tracing(device):
    kept = []
    f = tg.compile(lambda x: kept.append(x * 2))
    f(tg.ones(2, device=device))
    for use in (lambda x: x + 1, lambda x: x.tolist(), lambda x: tg.trace(lambda: x * 2)):
        with pytest.raises(tg.TraceError, match=r"test_compiled\.py, line \d+.*return it from the function"):
            use(kept[0])


def test_functional_call(device):
    layer = nn.Linear(2, 1, bias=False, generator=tg.Generator(0, device))
    f = tg.compile(lambda weight, x: nn.functional_call(layer, {"weight": weight}, (x,)))
    x = tg.ones((1, 2), device=device)
    for value in (1.0, 2.0, 3.0):
        assert f(tg.full((1, 2), value, device=device), x).tolist() == [[2 * value]]
    assert len(f.programs) == 1


def test_an_argument_with_a_graph(device):
    w = tg.ones(2, device=device, requires_grad=True)
    f = tg.compile(lambda x: (x * 2).sum().backward())
    with pytest.warns(tg.CompileWarning, match="detach"):
        f(w * 3)
    assert w.grad.tolist() == [6, 6]
    with tg.no_grad():
        assert tg.compile(lambda x: x * 2)(w * 3).tolist() == [6, 6]


def test_a_tensor_from_outside_with_a_graph(device):
    w = tg.ones(2, device=device, requires_grad=True)
    y = w * 3
    f = tg.compile(lambda x: (x * y).detach())
    assert f(w.detach()).tolist() == [3, 3]
    f = tg.compile(lambda x: (x * y).sum().backward())
    with pytest.warns(tg.CompileWarning, match="outside"):
        f(w.detach())
    assert w.grad.tolist() == [3, 3]


def test_an_argument_in_memory_that_is_written(device):
    state = tg.zeros(3, device=device)

    @tg.compile
    def f(x):
        state[0] = 1
        return x * 2

    f(tg.ones(3, device=device))
    with pytest.warns(tg.CompileWarning, match="shares memory"):
        assert f(state[:]).tolist() == [2, 0, 0]
    assert f(state.copy()).tolist() == [2, 0, 0]


def test_traced_again_and_again(device):
    f = tg.compile(lambda x, scale: x * scale, cache_size=1)
    x = tg.ones(1, device=device)
    for n in range(4):
        f(x, float(n))
    with pytest.warns(tg.CompileWarning, match="traced 4 times.*other numbers"):
        assert f(x, 4.0).tolist() == [4]
    assert f(x, 5.0).tolist() == [5]
    assert len(f.programs) == 1
    assert f(x, 3.0).tolist() == [3]


def test_methods_of_instances_with_slots():
    class Slotted:
        __slots__ = ()

        @tg.compile
        def f(self, x):
            return x

    with pytest.raises(TypeError, match="slots"):
        Slotted().f(tg.ones(1))


def test_bad_arguments():
    with pytest.raises(TypeError, match="function or module"):
        tg.compile(3)
    with pytest.raises(ValueError, match="cache_size"):
        tg.compile(abs, cache_size=0)
    for wrong in (1.5, "8", None):
        with pytest.raises(TypeError, match="cache_size.*integer"):
            tg.compile(abs, cache_size=wrong)
