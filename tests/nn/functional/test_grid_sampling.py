"""grid_sample and affine_grid: PyTorch's values and gradients in all modes, and what they refuse."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn.nn import functional as F

IMAGES, VOLUMES = ((2, 3, 4, 5), (2, 3, 2, 2)), ((2, 2, 3, 4, 2), (2, 2, 3, 2, 3))
SINGLE = (1, 2, 1, 3), (1, 4, 1, 2)


def drawn(shapes: Any) -> tuple[Any, Any]:
    draw = np.random.default_rng(0)
    return draw.normal(size=shapes[0]), draw.uniform(-2.5, 2.5, shapes[1])


@pytest.mark.parametrize("corners", [False, True])
@pytest.mark.parametrize("padding", ["zeros", "border", "reflection"])
@pytest.mark.parametrize(
    ("mode", "shapes"),
    [("bilinear", IMAGES), ("bilinear", VOLUMES), ("bilinear", SINGLE), ("nearest", IMAGES), ("nearest", VOLUMES),
     ("bicubic", IMAGES), ("bicubic", SINGLE)],
)  # fmt: skip
def test_grid_sample_matches_pytorch(
    mode: str, padding: str, corners: bool, shapes: Any, agree: Any, torch: Any, device: str
) -> None:
    x, grid = drawn(shapes)

    def ours(*tensors: Any) -> Any:
        return F.grid_sample(*tensors, mode, padding, corners)

    def theirs(*tensors: Any) -> Any:
        return torch.nn.functional.grid_sample(*tensors, mode, padding, corners)

    if mode == "nearest":  # no gradient of the places, which is zeros to PyTorch
        fixed, known = tg.asarray(grid, device=device), torch.tensor(grid)
        agree(lambda x: ours(x, fixed), lambda x: theirs(x, known), x, second=False)
    else:
        agree(ours, theirs, x, grid, second=False)


@pytest.mark.parametrize("padding", ["zeros", "border", "reflection"])
@pytest.mark.parametrize("mode", ["bilinear", "bicubic"])
def test_places_on_elements_and_at_the_ends(mode: str, padding: str, agree: Any, torch: Any) -> None:
    theta = np.array([[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]], [[0.0, -1.0, 0.0], [1.0, 0.0, 0.0]]])
    for corners in (False, True):
        agree(
            lambda x, t, c=corners: F.grid_sample(x, F.affine_grid(t, x.shape, c), mode, padding, c),
            lambda x, t, c=corners: torch.nn.functional.grid_sample(
                x, torch.nn.functional.affine_grid(t, x.shape, c), mode, padding, c
            ),
            np.random.default_rng(0).normal(size=(2, 3, 4, 4)), theta, second=False,
        )  # fmt: skip


@pytest.mark.filterwarnings("ignore:Since version 1.3.0, affine_grid")  # an axis of one element has no corners
@pytest.mark.parametrize("corners", [False, True])
@pytest.mark.parametrize("size", [(2, 3, 4, 5), (1, 1, 1, 2), (2, 1, 3, 1, 2)], ids=str)
def test_affine_grid_matches_pytorch(size: tuple[int, ...], corners: bool, agree: Any, torch: Any) -> None:
    axes = len(size) - 2
    agree(
        lambda t: F.affine_grid(t, size, corners),
        lambda t: torch.nn.functional.affine_grid(t, size, corners),
        np.random.default_rng(0).normal(size=(size[0], axes, axes + 1)),
    )


def test_gradients_of_any_order(device: str) -> None:
    x, grid = (tg.asarray(a, device=device) for a in drawn(IMAGES))

    def sample(x: Any, grid: Any) -> Any:
        return (F.grid_sample(x, grid / 2, "bicubic", "border") ** 2).sum()

    tangent = tg.ones(grid.shape, tg.float64, device=device) * 1e-5
    slope = tg.grad(sample, argnums=1)
    change = (slope(x, grid + tangent) - slope(x, grid - tangent)) / 2
    (found,) = tg.hvp(lambda g: sample(x, g), (grid,), (tangent,))
    np.testing.assert_allclose(found.numpy(), change.numpy(), rtol=1e-4, atol=1e-9)


def test_far_away_and_nowhere(device: str) -> None:
    x = tg.ones((1, 1, 2, 2), device=device)
    grid = tg.asarray([[[[1e30, 0.0], [float("nan"), 0.0], [-1e9, 0.0]]]], device=device)
    assert F.grid_sample(x, grid).tolist() == [[[[0.0, 0.0, 0.0]]]]


def test_what_does_not_fit_is_named(device: str) -> None:
    x, grid = tg.ones((2, 3, 4, 4), device=device), tg.zeros((2, 5, 5, 2), device=device)
    with pytest.raises(ValueError, match=r"grid_sample: input has shape \(2, 3, 4, 4\), grid \(1, 5, 5, 2\); wanted"):
        F.grid_sample(x, grid[:1])
    with pytest.raises(ValueError, match="grid_sample: mode='linear'; wanted is one of bilinear, nearest, bicubic"):
        F.grid_sample(x, grid, "linear")
    with pytest.raises(ValueError, match="padding_mode='reflect'; wanted is one of zeros, border, reflection"):
        F.grid_sample(x, grid, padding_mode="reflect")
    with pytest.raises(ValueError, match=r"wanted for mode='bicubic' are \(N, C, H, W\) and \(N, H', W', 2\)$"):
        F.grid_sample(tg.ones((2, 3, 4, 4, 4), device=device), tg.zeros((2, 5, 5, 5, 3), device=device), "bicubic")
    with pytest.raises(TypeError, match=r"input is float32, grid float64; use grid.astype\(tg.float32\)"):
        F.grid_sample(x, grid.astype(tg.float64))
    with pytest.raises(TypeError, match="grid_sample: x has dtype int64"):
        F.grid_sample(x.astype(tg.int64), grid)
    with pytest.raises(ValueError, match=r"affine_grid: theta has shape \(1, 2, 3\), size is \(2, 3, 4, 4\); wanted"):
        F.affine_grid(tg.ones((1, 2, 3), device=device), x.shape)


def test_a_compiled_step_is_the_eager_one(device: str) -> None:
    x, _ = drawn(IMAGES)
    x = tg.asarray(x, device=device)

    def slope(theta: Any) -> Any:
        theta.grad = None
        loss = (F.grid_sample(x, F.affine_grid(theta, x.shape), padding_mode="reflection") ** 2).sum()
        loss.backward()
        return loss, theta.grad

    compiled = tg.compile(slope)
    for seed in range(2):
        theta = np.random.default_rng(seed).normal(size=(2, 2, 3))
        results = [run(tg.asarray(theta, device=device, requires_grad=True)) for run in (compiled, slope)]
        for found, wanted in zip(*results):
            np.testing.assert_allclose(found.detach().numpy(), wanted.detach().numpy(), rtol=1e-9)
