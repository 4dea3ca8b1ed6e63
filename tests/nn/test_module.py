"""Modules: what belongs to them, their state, and what they refuse."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn import nn


class Block(nn.Module):
    """A module with a parameter, a child and two buffers."""

    def __init__(self, device: str) -> None:
        super().__init__()
        self.scale = nn.Parameter(tg.ones(3, device=device))
        self.inner = nn.Linear(3, 2, device=device)
        self.register_buffer("mean", tg.zeros(2, device=device))
        self.register_buffer("scratch", tg.zeros(1, device=device), persistent=False)
        self.size = 3

    def forward(self, x: Any) -> Any:
        return self.inner(x * self.scale) - self.mean


@pytest.fixture
def block(device: str) -> Block:
    return Block(device)


def test_registration_keeps_the_order_of_assignment(block: Block) -> None:
    assert [name for name, _ in block.named_parameters()] == ["scale", "inner.weight", "inner.bias"]
    assert list(block.parameters()) == [block.scale, block.inner.weight, block.inner.bias]
    assert [name for name, _ in block.named_buffers()] == ["mean", "scratch"]
    assert list(block.buffers()) == [block.mean, block.scratch]
    assert [name for name, _ in block.named_children()] == ["inner"]
    assert [name for name, _ in block.named_modules()] == ["", "inner"]
    assert list(block.state_dict()) == ["scale", "mean", "inner.weight", "inner.bias"]
    assert list(block.parameters(recurse=False)) == [block.scale]
    assert list(dict(block.named_parameters("net"))) == ["net.scale", "net.inner.weight", "net.inner.bias"]


def test_reassignment_keeps_the_place_and_deletion_forgets_it(block: Block, device: str) -> None:
    fresh = nn.Parameter(tg.zeros(3, device=device))
    block.scale = fresh
    assert next(block.parameters()) is fresh
    block.mean = tg.ones(2, device=device)
    assert block.state_dict()["mean"].tolist() == [1, 1]
    block.mean = None
    assert [name for name, _ in block.named_buffers()] == ["scratch"]
    del block.mean, block.scale
    assert list(block.state_dict()) == ["inner.weight", "inner.bias"]
    block.inner = None
    assert list(block.state_dict()) == []


def test_what_is_shared_counts_once_but_has_all_its_names(device: str) -> None:
    model = nn.Sequential(nn.Linear(2, 2, device=device), nn.Linear(2, 2, device=device))
    model[1].weight = model[0].weight
    model.append(model[0])
    assert [name for name, _ in model.named_parameters()] == ["0.weight", "0.bias", "1.bias"]
    assert [name for name, _ in model.named_modules()] == ["", "0", "1"]
    assert list(model.state_dict()) == ["0.weight", "0.bias", "1.weight", "1.bias", "2.weight", "2.bias"]
    model.load_state_dict(model.state_dict())


def test_plain_tensors_and_values_do_not_register(device: str) -> None:
    module = nn.Identity()
    module.table = tg.ones(3, device=device)
    module.number = 3
    assert list(module.state_dict()) == []


def test_assigning_before_init_is_refused(device: str) -> None:
    class Early(nn.Module):
        def __init__(self) -> None:
            self.weight = nn.Parameter(tg.ones(1, device=device))

    with pytest.raises(AttributeError, match=r"Early.weight is assigned before super\(\).__init__\(\)"):
        Early()


def test_assignments_that_would_lose_a_parameter_are_refused(block: Block, device: str) -> None:
    with pytest.raises(TypeError, match=r"Block.scale is a Parameter and cannot become a Tensor; assign an"):
        block.scale = block.scale * 2
    with pytest.raises(TypeError, match=r"Block.mean is a buffer and cannot become a float"):
        block.mean = 0.0
    with pytest.raises(TypeError, match=r"register_buffer: 'count' is a int; wanted is a Tensor or None"):
        block.register_buffer("count", 3)  # type: ignore[arg-type]
    with pytest.raises(AttributeError, match=r"Block.train is a method or field of the module already"):
        block.train = nn.Identity()  # type: ignore[assignment, method-assign]
    with pytest.raises(AttributeError, match=r"Block.training is a method or field"):
        block.register_buffer("training", tg.ones(1, device=device))
    for name in ("", "a.b"):
        with pytest.raises(ValueError, match=f"Block: '{name}' is no name"):
            block.register_buffer(name, None)


def test_a_module_without_forward_says_so() -> None:
    with pytest.raises(NotImplementedError, match="Module has no forward method"):
        nn.Module()(1)


def test_loading_copies_in_place(block: Block, device: str) -> None:
    scale, memory = block.scale, block.scale.array
    graph = (block.scale * block.scale).sum()
    state = {"scale": np.arange(3.0), "inner.weight": tg.ones((2, 3)), "inner.bias": [5, 6], "mean": tg.ones(2)}
    result = block.load_state_dict(state)
    assert result == ([], [])
    assert block.scale is scale
    assert block.scale.array is memory
    assert block.scale.dtype == tg.float32
    assert block.scale.tolist() == [0, 1, 2]
    assert block.inner.bias is not None
    assert block.inner.bias.tolist() == [5, 6]
    assert block.mean.tolist() == [1, 1]
    state["scale"][0] = 9
    assert block.scale.tolist() == [0, 1, 2]
    with pytest.raises(tg.GraphError, match="written in place"):
        graph.backward()


def test_a_state_round_trips(device: str) -> None:
    one, other = Block(device), Block(device)
    other.load_state_dict(one.state_dict())
    for name, value in one.state_dict().items():
        assert other.state_dict()[name].tolist() == value.tolist()
        assert not value.requires_grad


def test_loading_names_everything_that_does_not_fit_and_changes_nothing(block: Block) -> None:
    before = {name: value.tolist() for name, value in block.state_dict().items()}
    state = {"scale": np.zeros(3), "inner.weight": np.zeros((3, 2)), "mean": np.zeros(()), "a": np.zeros(1), "b": 0}
    with pytest.raises(ValueError, match="load_state_dict") as error:
        block.load_state_dict(state)
    assert str(error.value) == (
        "load_state_dict: the state does not fit Block: missing: inner.bias; unexpected: a, b; "
        "mean has shape (), wanted (2,); inner.weight has shape (3, 2), wanted (2, 3)"
    )
    with pytest.raises(ValueError, match=r"fit Block: mean has shape \(\), wanted \(2,\); inner.weight has"):
        block.load_state_dict(state, strict=False)
    assert {name: value.tolist() for name, value in block.state_dict().items()} == before


def test_loading_without_strictness_passes_over_keys(block: Block) -> None:
    result = block.load_state_dict({"scale": np.zeros(3), "head": np.zeros(1)}, strict=False)
    assert result.missing == ["mean", "inner.weight", "inner.bias"]
    assert result.unexpected == ["head"]
    assert block.scale.tolist() == [0, 0, 0]


def test_train_and_eval_reach_every_module(block: Block) -> None:
    assert block.training
    assert block.eval() is block
    assert not block.training
    assert not block.inner.training
    block.train()
    assert block.inner.training


def test_apply_visits_children_first(block: Block) -> None:
    seen: list[Any] = []
    assert block.apply(seen.append) is block
    assert seen == [block.inner, block]


def test_freezing_and_forgetting_gradients(block: Block, device: str) -> None:
    block(tg.ones((2, 3), device=device)).sum().backward()
    assert all(p.grad is not None for p in block.parameters())
    block.zero_grad()
    assert all(p.grad is None for p in block.parameters())
    block.requires_grad_(False)
    assert not block(tg.ones((2, 3), device=device)).requires_grad


def test_to_converts_floating_tensors_and_keeps_the_objects(block: Block, device: str) -> None:
    block.register_buffer("steps", tg.asarray(3, device=device))
    block(tg.ones((2, 3), device=device)).sum().backward()
    parameters = list(block.parameters())
    assert block.to(tg.float64) is block
    assert list(block.parameters()) == parameters
    assert {p.dtype for p in parameters} == {p.grad.dtype for p in parameters} == {tg.float64, block.mean.dtype}
    assert block.steps.dtype == tg.int64
    block(tg.ones((2, 3), device=device)).sum().backward()
    with pytest.raises(TypeError, match="to: a module's parameters cannot be int32"):
        block.to(tg.int32)


def test_to_moves_between_devices(device: str) -> None:
    block = Block("cpu").to(device)
    assert {t.device for t in (*block.parameters(), *block.buffers())} == {device}
    assert block(tg.ones((2, 3), device=device)).device == device
    block.to("cpu")
    assert {t.device for t in (*block.parameters(), *block.buffers())} == {"cpu"}
    with pytest.raises(ValueError, match="unknown device 'gpu'"):
        block.to("gpu")


def test_hooks_see_and_replace_the_output(block: Block, device: str) -> None:
    x = tg.ones((2, 3), device=device)
    seen: list[Any] = []
    remove = block.register_forward_hook(lambda module, inputs, output: seen.append((module, inputs, output)))
    double = block.register_forward_hook(lambda module, inputs, output: output * 2)
    y = block(x)
    assert seen[0][0] is block
    assert seen[0][1][0] is x
    assert y.tolist() == (seen[0][2] * 2).tolist()
    remove()
    double()
    double()
    plain = block(x)
    assert len(seen) == 1
    assert "forward" not in vars(block)
    assert plain.tolist() == seen[0][2].tolist()


def test_deep_copies_are_independent(block: Block, device: str) -> None:
    twin = copy.deepcopy(block)
    with tg.no_grad():
        twin.scale[...] = 7.0
    assert block.scale.tolist() == [1, 1, 1]
    assert [name for name, _ in twin.named_buffers()] == ["mean", "scratch"]
    x = tg.ones((2, 3), device=device)
    assert twin(x).shape == block(x).shape


def test_repr_is_indented() -> None:
    model = nn.Sequential(nn.Linear(3, 2, bias=False), nn.Sequential(nn.GELU("tanh"), nn.Dropout(0.1)))
    assert repr(model) == (
        "Sequential(\n"
        "  (0): Linear(in_features=3, out_features=2, bias=False)\n"
        "  (1): Sequential(\n"
        "    (0): GELU(approximate='tanh')\n"
        "    (1): Dropout(p=0.1)\n"
        "  )\n"
        ")"
    )
    assert repr(nn.Module()) == "Module()"

    class Named(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.act = nn.ReLU()

        def extra_repr(self) -> str:
            return "depth=1"

    assert repr(Named()) == "Named(\n  depth=1\n  (act): ReLU()\n)"
