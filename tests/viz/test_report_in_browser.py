"""A report in a real browser: all is shown, nothing is amiss; and a report with a fault is found out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn.viz import Report, draw_graph, plot_confusion_matrix, plot_curves, plot_images

from .browser import look, running

pytest.importorskip("matplotlib")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with running() as found:
        yield found


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report with some of everything, on a table that is wider than the screen."""
    report = Report("Digits & <b>more</b>", summary="A summary of <script>alert(1)</script> the run. " * 5)
    report.section("Curves")
    report.figure(plot_curves({"loss": [2.0, 1.0, 0.5]}), caption="Loss by epoch")
    report.figure(plot_confusion_matrix(np.eye(10, dtype=int)), caption="Confusion")
    report.section("Figures")
    report.table([f"a rather long column {k}" for k in range(12)], [range(12), [0.5] * 12], caption="Wide")
    report.table(["what", "ours"], [["accuracy", 0.98]])
    report.section("Images")
    report.figure(plot_images(np.random.default_rng(0).random((30, 8, 8))), caption='Given "images"')
    folder = tmp_path_factory.mktemp("report")
    report.picture(draw_graph(tg.ones(3).requires_grad_().sum(), folder / "graph.svg"), caption="Graph")
    return report.save(folder / "report.html")


def changed(path: Path, tmp_path: Path, pattern: str, replacement: str) -> Path:
    page, count = re.subn(pattern, replacement, path.read_text(encoding="utf-8"), count=1)
    assert count == 1
    other = tmp_path / "changed.html"
    other.write_text(page, encoding="utf-8")
    return other


def test_all_is_shown(browser: Any, path: Path) -> None:
    seen = look(browser, path)
    assert seen.faults == []
    assert seen.headings == ["Digits & <b>more</b>", "Curves", "Figures", "Images"]
    assert [alt for alt, _ in seen.pictures] == ["Loss by epoch", "Confusion", 'Given "images"', "Graph"]
    assert seen.tables == [3, 2]
    assert seen.width == 360  # the wide table scrolls by itself


def test_it_follows_the_colours_of_the_screen(browser: Any, path: Path) -> None:
    assert look(browser, path).ground == "rgb(255, 255, 255)"
    assert look(browser, path, dark=True).ground == "rgb(17, 24, 39)"


def test_a_broken_picture_is_found(browser: Any, path: Path, tmp_path: Path) -> None:
    broken = changed(path, tmp_path, r"base64,iVBORw0KGgo[^\"]{40}", "base64,iVBORw0KGgoAAAA")
    assert look(browser, broken).faults == ["picture 'Loss by epoch' is not shown"]


def test_an_error_of_a_script_is_found(browser: Any, path: Path, tmp_path: Path) -> None:
    wrong = changed(path, tmp_path, "<head>", "<head><script>throw new Error('it went wrong')</script>")
    assert any("it went wrong" in fault for fault in look(browser, wrong).faults)


@pytest.mark.parametrize(
    "part", ["<script>document.title = 'changed'</script>", '<img alt="" src="https://example.invalid/a.png">']
)
def test_what_is_smuggled_in_is_refused(browser: Any, path: Path, tmp_path: Path, part: str) -> None:
    seen = look(browser, changed(path, tmp_path, "<main>", f"<main>{part}"))
    assert any("Content Security Policy" in fault for fault in seen.faults)
