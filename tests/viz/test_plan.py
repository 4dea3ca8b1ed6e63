"""Pictures of plans."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn import nn, optim
from tinygrad_nn.compiler import fusion, regions
from tinygrad_nn.compiler.explain import explained
from tinygrad_nn.compiler.plan import Plan
from tinygrad_nn.viz import draw_plan

SVG = "{http://www.w3.org/2000/svg}"


def drawn(program: tg.compile.Program, path: Path) -> ElementTree.Element:
    """The picture, which is well formed and stays within its size."""
    assert program.draw(path) == path
    root = ElementTree.parse(path).getroot()
    assert root.tag == f"{SVG}svg"
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    for box in root.find(f"{SVG}g").iter(f"{SVG}rect"):
        assert float(box.attrib["x"]) >= 0
        assert float(box.attrib["y"]) >= 0
        assert float(box.attrib["x"]) + float(box.attrib["width"]) <= width
        assert float(box.attrib["y"]) + float(box.attrib["height"]) <= height
    assert "href" not in path.read_text()
    return root


def texts(root: ElementTree.Element) -> list[str]:
    return [element.text or "" for element in root.iter(f"{SVG}text")]


def training(rows: int) -> tg.compile.Program:
    generator = tg.Generator(0)
    model = nn.Sequential(nn.Linear(8, 16, generator=generator), nn.Tanh(), nn.Linear(16, 3, generator=generator))
    optimizer = optim.Adam(model.parameters())

    def step(x, t):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x), t)
        loss.backward()
        optimizer.step()
        return loss

    return tg.trace(step, tg.ones((rows, 8)), tg.zeros(rows, dtype=tg.int64))


def test_a_training_step(tmp_path: Path) -> None:
    program = training(5)
    root = drawn(program, tmp_path / "plan.svg")
    plan = Plan(program)
    lines = texts(root)
    assert lines[0] == explained(plan).splitlines()[0]
    assert sum(line.endswith("matmul") for line in lines) == sum("matmul" in str(step) for step in plan.steps)
    for k in range(1, len(plan.steps) + 1):
        assert any(line.startswith(f"{k}  ") for line in lines)
    for words in (
        "input (5, 8)",
        "new state (16, 8) x 3",
        "gradient (3,)",
        "result ()",
        "state (3,) x 2",
    ):
        assert words in lines
    assert any("FLOP" in line for line in lines)
    shapes = [path.find(f"{SVG}title").text for path in root.iter(f"{SVG}path") if path.get("class") == "value"]
    assert "float32[5, 16]" in shapes
    full = [title.text for title in root.iter(f"{SVG}title")]
    assert any("put_along_axis" in title for title in full if title)


def test_blocks_are_frames(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(regions, "LARGE", 1000)
    monkeypatch.setattr(regions, "BLOCK", 10_000)
    monkeypatch.setattr(regions, "MANY", 100)
    monkeypatch.setattr(fusion, "MANY", 100)
    root = drawn(training(300), tmp_path / "plan.svg")
    (frame,) = [box for box in root.iter(f"{SVG}rect") if box.get("stroke-dasharray")]
    left, top, width, height = (float(frame.attrib[name]) for name in ("x", "y", "width", "height"))
    inside = [
        box
        for box in root.find(f"{SVG}g").iter(f"{SVG}rect")
        if left < float(box.attrib["x"]) < left + width and top < float(box.attrib["y"]) < top + height
    ]
    assert len(inside) >= 6
    assert all(float(box.attrib["y"]) + float(box.attrib["height"]) <= top + height for box in inside)
    assert any("of 300 rows" in line for line in texts(root))
    assert "matrix product" in texts(root)


def test_names_are_escaped(tmp_path: Path) -> None:
    def function(x):
        return x + 1

    function.__name__ = '<b>&"quoted"</b>'
    root = drawn(tg.trace(function, tg.ones(3)), tmp_path / "plan.svg")
    assert function.__name__ in texts(root)[0]
    assert not list(root.iter(f"{SVG}b"))


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x,
        lambda x: (x, x.mT, tg.ones(3)),
        lambda x: (tg.sort(x)[::-1], x[0, 0], x + tg.ones(3)),
        lambda x: [tg.exp(x) @ x.mT @ x for _ in range(2)] + [tg.rand((3, 3), generator=tg.Generator(0)) + x],
        lambda x: None,
    ],
)
def test_programs_of_all_kinds(function, tmp_path: Path) -> None:
    root = drawn(tg.trace(function, tg.ones((3, 3))), tmp_path / "plan.svg")
    assert len(texts(root)) >= 4


def test_deep_programs(tmp_path: Path) -> None:
    def function(x):
        for _ in range(15):
            x = tg.tanh(x @ x)
        return x

    root = drawn(tg.trace(function, tg.ones((3, 3))), tmp_path / "plan.svg")
    assert sum(line.endswith("matmul") for line in texts(root)) == 15
    assert len(list(root.iter(f"{SVG}path"))) >= 30


def test_the_path_that_is_given(tmp_path: Path) -> None:
    plan = Plan(tg.trace(lambda x: x + 1, tg.ones(3)))
    assert draw_plan(plan, str(tmp_path / "a.svg")) == tmp_path / "a.svg"
    with pytest.raises(FileNotFoundError):
        draw_plan(plan, tmp_path / "nowhere" / "a.svg")
    with pytest.raises(ValueError, match=r"a\.png.*\.svg"):
        draw_plan(plan, tmp_path / "a.png")
    assert not (tmp_path / "a.png").exists()


def test_compiled_functions(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    compiled = tg.compile(lambda x: tg.exp(x) * 2)
    for ask in (compiled.explain, lambda: compiled.draw(tmp_path / "a.svg")):
        with pytest.raises(RuntimeError, match="no program yet; call it first"):
            ask()
    compiled(tg.ones(3))
    compiled(tg.asarray(np.ones((5, 7), np.float32)))
    compiled.explain()
    assert "1 x 35" in capsys.readouterr().out
    assert "input (5, 7)" in texts(ElementTree.parse(compiled.draw(tmp_path / "a.svg")).getroot())
    compiled(tg.ones(3))
    assert "input (3,)" in texts(ElementTree.parse(compiled.draw(tmp_path / "a.svg")).getroot())
