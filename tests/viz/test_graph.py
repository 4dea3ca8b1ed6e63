"""Graphs of recorded operations: what is in them, as text for Graphviz and as pictures."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import pytest

import tinygrad_nn as tg
from tinygrad_nn import nn, optim
from tinygrad_nn.autograd.op import elementwise, vjp
from tinygrad_nn.backend.errors import GraphError
from tinygrad_nn.viz import draw_graph

SVG = "{http://www.w3.org/2000/svg}"
NODE = re.compile(r'  (n\d+) \[label="((?:[^"\\]|\\.)*)", shape=(\w+), fillcolor="#\w{6}", color="#\w{6}"\];')
EDGE = re.compile(r'  (n\d+) -> (n\d+) \[tooltip="((?:[^"\\]|\\.)*)"\];')


def read(path: Path) -> tuple[dict[str, list[str]], dict[tuple[str, str], str]]:
    """The boxes, each its lines, and the lines between them, of a .dot file; all of it is one or the other."""
    first, second, *middle, last = path.read_text(encoding="utf-8").splitlines()
    assert (first.startswith('digraph "'), second.startswith("  node ["), last) == (True, True, "}")
    nodes = {m[1]: m[2].split("\\n") for m in map(NODE.fullmatch, middle) if m}
    edges = {(m[1], m[2]): m[3] for m in map(EDGE.fullmatch, middle) if m}
    assert len(nodes) + len(edges) == len(middle)
    assert {end for ends in edges for end in ends} <= nodes.keys()
    return nodes, edges


def between(path: Path) -> set[tuple[str, str]]:
    """The lines of a .dot file, by the first words of the boxes."""
    nodes, edges = read(path)
    return {(nodes[start][0], nodes[end][0]) for start, end in edges}


def drawn(path: Path) -> ElementTree.Element:
    """A picture that is well formed, stays within its size and needs nothing else."""
    root = ElementTree.parse(path).getroot()
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    for box in root.find(f"{SVG}g").iter(f"{SVG}rect"):
        assert 0 <= float(box.attrib["x"]) <= float(box.attrib["x"]) + float(box.attrib["width"]) <= width
        assert 0 <= float(box.attrib["y"]) <= float(box.attrib["y"]) + float(box.attrib["height"]) <= height
    assert "href" not in path.read_text()
    return root


def heads(root: ElementTree.Element) -> Counter[str]:
    return Counter(element.text or "" for element in root.iter(f"{SVG}text") if element.get("class") == "head")


def network() -> nn.Module:
    generator = tg.Generator(0)
    return nn.Sequential(nn.Linear(4, 3, generator=generator), nn.Softmax(axis=1), nn.Linear(3, 2, generator=generator))


def test_behind_a_loss(tmp_path: Path) -> None:
    model = network()
    loss = nn.functional.mse_loss(model(tg.ones((5, 4))), tg.zeros((5, 2)))
    path = draw_graph(loss, tmp_path / "loss.dot", names=dict(model.named_parameters()))
    nodes, edges = read(path)
    assert between(path) >= {("0.weight", "linear"), ("0.bias", "linear"), ("linear", "softmax"), ("2.bias", "linear")}
    assert ["softmax", "float32[5, 3]", "axis=1"] in nodes.values()
    assert ["0.weight", "float32[3, 4]"] in nodes.values()
    assert ["result", "float32[]"] in nodes.values()
    assert "float32[5, 3]" in edges.values()
    assert draw_graph(loss, str(tmp_path / "loss.svg")) == tmp_path / "loss.svg"
    found = heads(drawn(tmp_path / "loss.svg"))
    assert (found["parameter"], found["linear"], found["softmax"], found["result"]) == (4, 2, 1, 1)


def test_values_that_are_used_twice_and_settings(tmp_path: Path) -> None:
    x = tg.ones((2, 3)).requires_grad_()
    path = draw_graph((x * x).sum(axis=1), tmp_path / "x.dot")
    nodes, edges = read(path)
    assert between(path) == {("input", "multiply"), ("multiply", "sum"), ("sum", "result")}
    assert "float32[2, 3], float32[2, 3]" in edges.values()  # of one value for both sides of the product
    (lines,) = (lines for lines in nodes.values() if lines[0] == "sum")
    assert "axis=1" in lines


def test_operations_with_several_outputs(tmp_path: Path) -> None:
    q, r = tg.linalg.qr(tg.eye(3).requires_grad_() + 1)
    drawn(draw_graph(q @ r, tmp_path / "qr.svg"))
    path = draw_graph(q @ r, tmp_path / "qr.dot")
    assert {("getitem", "qr"), ("qr", "matmul")} <= between(path)


def test_a_leaf_and_what_is_no_graph(tmp_path: Path) -> None:
    path = draw_graph(nn.Parameter(tg.ones(3)), tmp_path / "leaf.dot")
    assert between(path) == {("parameter", "result")}
    with pytest.raises(GraphError, match="does not require a gradient"):
        draw_graph(tg.ones(3), tmp_path / "none.dot")
    with pytest.raises(TypeError, match="found ndarray, wanted a Tensor"):
        draw_graph(tg.ones(3).numpy(), tmp_path / "none.dot")
    with pytest.raises(ValueError, match=r"a\.png.*\.svg or \.dot"):
        draw_graph(nn.Parameter(tg.ones(3)), tmp_path / "a.png")
    assert [path.name for path in tmp_path.iterdir()] == ["leaf.dot"]


def test_a_graph_that_backward_has_freed(tmp_path: Path) -> None:
    loss = tg.sin(tg.ones(3).requires_grad_()).sum()
    loss.backward(retain_graph=True)
    draw_graph(loss, tmp_path / "kept.dot")
    loss.backward()
    with pytest.raises(GraphError, match="backward has freed the graph at 'sum'; draw it before"):
        draw_graph(loss, tmp_path / "freed.dot")


def test_deep_chains(tmp_path: Path) -> None:
    x = tg.ones(()).requires_grad_()
    y = x
    for _ in range(3_000):
        y = y + x
    path = draw_graph(y, tmp_path / "deep.dot", limit=3_000)
    assert len(read(path)[1]) == 6_000  # from before and from x, but for the first, and to the result
    with pytest.raises(ValueError, match=r"3000 operations \(3000 add, ...\), more than limit=400"):
        draw_graph(y, tmp_path / "deep.svg")


def test_wide_and_deep_pictures(tmp_path: Path) -> None:
    x = tg.ones((3, 3)).requires_grad_()
    for _ in range(40):
        x = tg.tanh(x @ x) + x
    found = heads(drawn(draw_graph(x, tmp_path / "a.svg")))
    assert (found["tanh"], found["matmul"], found["add"], found["input"]) == (40, 40, 40, 1)


def test_words_are_escaped(tmp_path: Path) -> None:
    name = 'a "quoted" <b> \\ & more'

    def function(xp, x):
        """The same."""
        return x * 1

    function.__name__ = "<i>odd</i>"
    same = elementwise(vjp(lambda xp, g, y, x: g))(function)
    x = tg.ones(2).requires_grad_()
    found = heads(drawn(draw_graph(same(x), tmp_path / "a.svg", names={name: x})))
    assert found == {name: 1, "<i>odd</i>": 1, "result": 1}
    nodes, _ = read(draw_graph(same(x), tmp_path / "a.dot", names={name: x}))
    assert nodes["n0"][0] == name.replace("\\", "\\\\").replace('"', '\\"')


def training() -> tuple[tg.compile.Program, dict[str, tg.Tensor]]:
    model = network()
    optimizer = optim.SGD(model.parameters(), lr=0.1)

    def step(x, t):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x), t)
        loss.backward()
        optimizer.step()
        return loss

    return tg.trace(step, tg.ones((5, 4)), tg.zeros(5, dtype=tg.int64)), dict(model.named_parameters())


def test_programs(tmp_path: Path) -> None:
    program, names = training()
    path = draw_graph(program, tmp_path / "step.dot", names=names)
    nodes, edges = read(path)
    words = Counter(lines[0] for lines in nodes.values())
    called = Counter(instruction.name for instruction in program.instructions)
    assert {name: words[name] for name in called} == called
    for name in ("input 0", "input 1", "0.weight", "new 0.weight", "gradient of 2.bias", "result", "lr"):
        assert words[name] == 1, name
    assert ["input 0", "float32[5, 4]"] in nodes.values()
    assert all(start != end for start, end in edges)
    found = heads(drawn(draw_graph(program, tmp_path / "step.svg")))
    assert (found["parameter"], found["new parameter"], found["gradient of parameter"]) == (4, 4, 4)


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x,
        lambda x: (x, tg.exp(tg.exp(x)) @ x, tg.ones(3)),
        lambda x: (tg.sort(x)[::-1], x[0, 1:], tg.concat([x, x])),
        lambda x: tg.rand((3, 3), generator=tg.Generator(0)) + x,
        lambda x: None,
    ],
)
def test_programs_of_all_kinds(function, tmp_path: Path) -> None:
    program = tg.trace(function, tg.ones((3, 3)))
    drawn(draw_graph(program, tmp_path / "a.svg"))
    nodes, _ = read(draw_graph(program, tmp_path / "a.dot"))
    assert sum(lines[0] == "result" for lines in nodes.values()) == len(tg.compiler.structure.flatten(program.outputs))


def test_what_is_too_large_says_what_it_is(tmp_path: Path) -> None:
    program, _ = training()
    with pytest.raises(ValueError, match=rf"there are {len(program.instructions)} operations .*limit=3"):
        draw_graph(program, tmp_path / "a.svg", limit=3)
    assert not list(tmp_path.iterdir())
