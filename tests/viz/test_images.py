"""Grids of images: every image is where it belongs, and weights are white at zero."""

from __future__ import annotations

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn import nn
from tinygrad_nn.viz import plot_images, plot_reconstructions, plot_weight_components, plot_weights

pytest.importorskip("matplotlib")

IMAGES = np.arange(5 * 3 * 4, dtype=np.float32).reshape(5, 3, 4)


def sheet_of(figure) -> np.ndarray:
    return figure.axes[0].images[0].get_array().filled(np.nan)


def found(sheet: np.ndarray, image: np.ndarray) -> list[tuple[int, int]]:
    """Where in a sheet an image is."""
    height, width = image.shape
    return [
        (y, x)
        for y in range(sheet.shape[0] - height + 1)
        for x in range(sheet.shape[1] - width + 1)
        if np.array_equal(sheet[y : y + height, x : x + width], image)
    ]


@pytest.mark.parametrize(
    "given", [IMAGES, IMAGES[:, None], list(IMAGES), tg.asarray(IMAGES), [tg.asarray(i) for i in IMAGES]]
)
def test_images_stand_in_rows(given) -> None:
    sheet = sheet_of(plot_images(given, columns=2))
    assert [found(sheet, image) for image in IMAGES] == [[(0, 0)], [(0, 5)], [(4, 0)], [(4, 5)], [(8, 0)]]
    assert np.isnan(sheet).sum() == sheet.size - IMAGES.size


def test_titles_stand_above_their_images(tmp_path) -> None:
    figure = plot_images(IMAGES, tmp_path / "a.png", columns=3, titles="abcde", title="all")
    sheet = sheet_of(figure)
    for text, image in zip(figure.axes[0].texts, IMAGES):
        ((y, x),) = found(sheet, image)
        assert text.get_position()[0] == x + 1.5
        assert y - 1 < text.get_position()[1] < y
    assert [text.get_text() for text in figure.axes[0].texts] == list("abcde")
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


def test_one_scale_for_all() -> None:
    assert plot_images(IMAGES).axes[0].images[0].get_clim() == (0, 59)


def test_rows_of_reconstructions() -> None:
    figure = plot_reconstructions({"given": IMAGES, "ours": IMAGES + 100, "others": -IMAGES})
    sheet = sheet_of(figure)
    for row, images in enumerate((IMAGES, IMAGES + 100, -IMAGES)):
        assert [found(sheet, image) for image in images] == [[(4 * row, 5 * k)] for k in range(5)]
    (axes,) = figure.axes
    names = {label.get_text(): place for label, place in zip(axes.get_yticklabels(), axes.get_yticks())}
    assert names == {"given": 1, "ours": 5, "others": 9}


def test_weights_are_the_rows_and_white_at_zero() -> None:
    layer = nn.Linear(12, 3, generator=tg.Generator(0))
    figure = plot_weights(layer.weight, shape=(3, 4), columns=3)
    picture = figure.axes[0].images[0]
    for k, row in enumerate(layer.weight.detach().numpy()):
        assert found(sheet_of(figure), row.reshape(3, 4)) == [(0, 5 * k)]
    low, high = picture.get_clim()
    assert low == -high == pytest.approx(-np.abs(layer.weight.detach().numpy()).max())
    assert picture.to_rgba(np.zeros((1, 1)))[0, 0, :3].min() > 0.95


def test_a_matrix_as_it_is() -> None:
    weight = np.arange(6.0).reshape(2, 3)
    np.testing.assert_array_equal(sheet_of(plot_weights(weight, shape=None)), weight)


def test_weights_that_are_all_zero(tmp_path) -> None:
    plot_weights(np.zeros((2, 4)), tmp_path / "a.svg", shape=(2, 2))


def test_components_are_those_of_the_decomposition() -> None:
    rng = np.random.default_rng(0)
    patterns = rng.normal(size=(2, 12))
    patterns -= patterns.mean(axis=1, keepdims=True)
    weight = rng.normal(size=(30, 2)) @ patterns  # two patterns make up all neurons
    figure = plot_weight_components(weight, components=5, shape=(3, 4))
    images = [sheet_of(figure)[y : y + 3, x : x + 4].ravel() for (y, x) in [(1, 0), (1, 5), (1, 10)]]
    for image in images[:2]:
        rest = np.linalg.lstsq(patterns.T, image, rcond=None)[1]
        assert rest[0] < 1e-8 < (image**2).sum()
    assert abs(images[2]).max() < 1e-6
    shares = [float(text.get_text().removesuffix(" %")) for text in figure.axes[0].texts]
    assert sum(shares[:2]) == pytest.approx(100, abs=0.2)
    assert shares == sorted(shares, reverse=True)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: plot_images(np.zeros((2, 3))), r"shape \(2, 3\); wanted is \(N, H, W\)"),
        (lambda: plot_images(np.zeros((0, 3, 3))), r"shape \(0, 3, 3\)"),
        (lambda: plot_images(IMAGES, titles="ab"), "2 titles for 5 images"),
        (lambda: plot_images(IMAGES, columns=0), "found columns=0"),
        (lambda: plot_reconstructions({}), "rows of one shape"),
        (lambda: plot_reconstructions({"a": IMAGES, "b": IMAGES[:2]}), r"'b': \(2, 3, 4\)"),
        (lambda: plot_weights(np.zeros(3)), r"shape \(3,\)"),
        (lambda: plot_weights(np.zeros((3, 5))), r"rows of 5 weights .* \(28, 28\); say shape="),
        (lambda: plot_weight_components(np.zeros((3, 5))), r"shape \(3, 5\); wanted is \(n_outputs, 28 \* 28\)"),
        (lambda: plot_weight_components(np.zeros((3, 784)), components=0), "components=0"),
    ],
)
def test_what_cannot_be_drawn(call, message) -> None:
    with pytest.raises(ValueError, match=message):
        call()
