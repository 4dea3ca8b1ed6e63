"""Reports: what is in the page, told by a parser of HTML; `test_report_in_browser` shows it to a browser."""

from __future__ import annotations

from base64 import b64decode
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tinygrad_nn as tg
from tinygrad_nn.version import __version__
from tinygrad_nn.viz import Report, draw_graph, plot_curves

VOID = {"meta", "img", "link", "br", "hr"}


class Page(HTMLParser):
    """The words and attributes of a page by element; every element is closed where it should be."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[tuple[str, str]] = []
        self.inside: list[str] = []
        self.feed(page)
        self.close()
        assert self.inside == []

    def handle_starttag(self, tag, attrs) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in VOID:
            self.inside.append(tag)
            self.words.append((tag, ""))

    def handle_endtag(self, tag) -> None:
        assert self.inside.pop() == tag

    def handle_data(self, data) -> None:
        if self.inside and self.words[-1][0] == self.inside[-1]:
            self.words[-1] = (self.inside[-1], self.words[-1][1] + data)

    def all(self, tag: str) -> list[str]:
        return [words for name, words in self.words if name == tag]

    def attributes(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


def page_of(report: Report, tmp_path: Path) -> Page:
    return Page(report.save(tmp_path / "report.html").read_text(encoding="utf-8"))


def test_what_is_added_is_there_in_order(tmp_path) -> None:
    report = Report("A run", summary="It went well.")
    report.text("Before.")
    report.section("One")
    report.table(["what", "ours"], [["accuracy", 0.912345678], ["epochs", 12]], caption="Results")
    report.section("Two")
    report.text("After.")
    page = page_of(report, tmp_path)
    assert [words for tag, words in page.words if tag in ("h1", "h2", "p", "caption", "td")][:-1] == [
        "A run", "It went well.", "Before.", "One", "Results", "accuracy", "0.91235", "epochs", "12", "Two", "After.",
    ]  # fmt: skip
    assert page.all("title") == ["A run"]
    assert page.all("th") == ["what", "ours"]
    assert page.all("a") == []


def test_three_sections_have_links(tmp_path) -> None:
    report = Report("A run")
    for name in "abc":
        report.section(name)
    page = page_of(report, tmp_path)
    assert [a["href"] for a in page.attributes("a")] == [f"#{h['id']}" for h in page.attributes("h2")]
    assert page.all("a") == list("abc")


def test_pictures_are_in_the_page(tmp_path) -> None:
    pytest.importorskip("matplotlib")
    report = Report("A run")
    figure = plot_curves({"loss": [2.0, 1.0]})
    report.figure(figure, caption='Loss & "more"')
    figure.clear()  # changes nothing any more
    report.figure(plot_curves({"loss": [2.0, 1.0]}))
    page = page_of(report, tmp_path)
    first, second = page.attributes("img")
    assert (first["alt"], second["alt"]) == ('Loss & "more"', "")
    assert page.all("figcaption") == ['Loss & "more"']
    for image in (first, second):
        head, data = image["src"].split(",")
        assert head == "data:image/png;base64"
        assert b64decode(data, validate=True).startswith(b"\x89PNG")
    assert len(first["src"]) == len(second["src"])


def test_pictures_of_files(tmp_path) -> None:
    path = draw_graph(tg.ones(3).requires_grad_().sum(), tmp_path / "graph.SVG")
    report = Report("A run")
    report.picture(path, caption="Graph")
    (image,) = page_of(report, tmp_path).attributes("img")
    head, data = image["src"].split(",")
    assert (head, b64decode(data)) == ("data:image/svg+xml;base64", path.read_bytes())
    with pytest.raises(ValueError, match=r"'a\.pdf' does not end in \.svg, \.png, \.jpg"):
        report.picture(tmp_path / "a.pdf")


def test_nothing_is_fetched_and_nothing_runs(tmp_path) -> None:
    report = Report("A run")
    report.section("One")
    page = page_of(report, tmp_path)
    assert not {"script", "link", "iframe", "object"} & {tag for tag, _ in page.found}
    (policy,) = (m["content"] for m in page.attributes("meta") if m.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'")
    assert not [a for _, a in page.found if any(name.startswith("on") for name in a)]


def test_the_footer_says_when_and_where(tmp_path) -> None:
    page = page_of(Report("A run"), tmp_path)
    assert page.all("time")[0].endswith(" UTC")
    assert __version__ in page.all("dd")
    assert "BLAS" in page.all("dt")


@settings(max_examples=25)
@given(st.text(st.characters(exclude_categories=["Cs", "Cc"])))
def test_words_are_shown_as_they_are(words: str) -> None:
    report = Report(words, summary=words)
    report.section(words)
    report.text(words)
    report.table([words], [[words]], caption=words or " ")
    page = Page(report._page())
    for tag in ("title", "h1", "h2", "th", "td"):
        assert page.all(tag) == [words]
    assert page.all("p")[:-1] == ([words, words] if words else [""])


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, ""), (True, "yes"), (np.bool_(False), "no"), (3, "3"), (np.int64(-7), "-7"), (0.1 + 0.2, "0.3"),
        (np.float32(1e-9), "1e-09"), (float("nan"), "nan"), ("<b>", "<b>"), ((1, 2), "(1, 2)"), (98_765.4, "98765"),
    ],
)  # fmt: skip
def test_cells(tmp_path, value, shown) -> None:
    report = Report("A run")
    report.table(["a"], [[value]])
    assert page_of(report, tmp_path).all("td") == [shown]


def test_rows_of_another_length() -> None:
    with pytest.raises(ValueError, match="row 1 has 1 cells for the columns a, b"):
        Report("A run").table(["a", "b"], [[1, 2], [3]])


def test_where_it_is_written(tmp_path) -> None:
    path = tmp_path / "new" / "report.html"
    assert Report("A run").save(str(path)) == path
    Report("Another \ud800 run").save(path)  # such as a name of a file that is no UTF-8
    assert "Another ? run" in path.read_text(encoding="utf-8")
    assert [p.name for p in path.parent.iterdir()] == ["report.html"]
