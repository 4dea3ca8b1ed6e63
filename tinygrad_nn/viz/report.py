"""A report of a run: one HTML file with its words, tables and pictures, which needs nothing else."""

from __future__ import annotations

import os
from base64 import b64encode
from collections.abc import Iterable, Sequence
from datetime import datetime, timezone
from html import escape
from io import BytesIO
from numbers import Integral, Real
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..interop.files import replacing

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Report"]

STYLE = """
:root { color-scheme: light dark; --ink: #111827; --dim: #4b5563; --line: #d1d5db; --paper: #ffffff; --shade: #f3f4f6; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e5e7eb; --dim: #9ca3af; --line: #374151; --paper: #111827; --shade: #1f2937; }
}
body { margin: 0 auto; max-width: 60rem; padding: 1rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.55 system-ui, sans-serif; overflow-wrap: break-word; }
h1 { font-size: 1.7rem; line-height: 1.2; } h2 { font-size: 1.25rem; margin-top: 2.2rem; }
a { color: inherit; } nav ul { columns: 16rem; padding-left: 1.2rem; }
.scroll { overflow-x: auto; margin: 1rem 0; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
caption, figcaption { color: var(--dim); text-align: left; font-size: 0.9rem; padding: 0.3rem 0; }
th, td { border-bottom: 1px solid var(--line); padding: 0.3rem 0.8rem 0.3rem 0.3rem; vertical-align: top; }
th, td { text-align: left; }
th { background: var(--shade); } td.number { text-align: right; white-space: nowrap; }
figure { margin: 1rem 0; } img { max-width: 100%; height: auto; background: #ffffff; border-radius: 4px; }
footer { margin-top: 3rem; border-top: 1px solid var(--line); color: var(--dim); font-size: 0.85rem; }
dt { font-weight: bold; } dd { margin: 0 0 0.3rem 1rem; }
"""
PICTURES = {".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg"}
# Nothing is fetched and nothing runs, whatever the words of a report are.
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


class Report:
    """What a run has found, as one HTML file: no scripts, no network; it reads on a phone and in the dark.

    Sections, paragraphs, tables and figures come in the order in which they are added. All words are shown as they
    are: ``<b>`` is no mark-up. At the end stand the date, the versions and the machine.

    Parameters
    ----------
    title : str
        What the report is about.
    summary : str
        What it says, in a few sentences.

    Examples
    --------
    >>> import tempfile
    >>> from tinygrad_nn.viz import Report, plot_curves
    >>> report = Report("Two rates", summary="The larger one is faster.")
    >>> report.section("Losses")
    >>> report.table(["rate", "loss"], [[0.5, 0.7], [1.0, 0.5]], caption="After three epochs")
    >>> report.figure(plot_curves({"0.5": [2.0, 1.1, 0.7], "1": [2.0, 0.8, 0.5]}), caption="Loss by epoch")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     page = report.save(f"{folder}/report.html").read_text(encoding="utf-8")
    >>> page.count("<h2"), page.count("<tr>"), page.count("src=\\"data:image/png;base64,")
    (1, 3, 1)
    """

    def __init__(self, title: str, *, summary: str = "") -> None:
        self.title = title
        self.summary = summary
        self._sections: list[str] = []
        self._parts: list[str] = []

    def section(self, title: str) -> None:
        """Begin a section.

        Parameters
        ----------
        title : str
            Its heading.
        """
        self._sections.append(title)
        self._parts.append(f'<h2 id="section-{len(self._sections)}">{escape(title)}</h2>')

    def text(self, paragraph: str) -> None:
        """Add a paragraph.

        Parameters
        ----------
        paragraph : str
            Plain words.
        """
        self._parts.append(f"<p>{escape(paragraph)}</p>")

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[Any]], caption: str = "") -> None:
        """Add a table; one that is wider than the screen scrolls.

        Parameters
        ----------
        columns : sequence of str
            Their names.
        rows : iterable of sequence
            The cells of each row. Floats are shown with five significant digits, truth as yes or no, None as nothing,
            all else as `str` has it.
        caption : str
            What stands above.

        Raises
        ------
        ValueError
            If a row has not one cell for each column.
        """
        words = escape(caption)
        names = "".join(f'<th scope="col">{escape(str(name))}</th>' for name in columns)
        lines = [f'<div class="scroll" role="region" tabindex="0" aria-label="{words or "Table"}">', "<table>"]
        lines += [f"<caption>{words}</caption>"] if caption else []
        lines += [f"<thead><tr>{names}</tr></thead>", "<tbody>"]
        for k, row in enumerate(rows):
            if len(row) != len(columns):
                names = ", ".join(map(str, columns))
                raise ValueError(f"Report.table: row {k} has {len(row)} cells for the columns {names}")
            lines.append(f"<tr>{''.join(map(_cell, row))}</tr>")
        self._parts.append("\n".join([*lines, "</tbody>", "</table>", "</div>"]))

    def figure(self, figure: Figure, caption: str = "") -> None:
        """Add a picture as it is now: what is drawn later does not change the report.

        Parameters
        ----------
        figure : matplotlib.figure.Figure
            As the functions of this package give them.
        caption : str
            What stands below, and what is read to those who do not see the picture.
        """
        picture = BytesIO()
        figure.savefig(picture, format="png", dpi=120)
        self._add_picture("image/png", picture.getvalue(), caption)

    def picture(self, path: str | os.PathLike[str], caption: str = "") -> None:
        """Add a picture that is in a file, such as what `draw_graph` and `draw_plan` write.

        Parameters
        ----------
        path : str or path-like
            The file, whose name ends in .svg, .png or .jpg.
        caption : str
            What stands below, and what is read to those who do not see the picture.

        Raises
        ------
        ValueError
            If the file is of another kind.
        """
        file = Path(path)
        if file.suffix.lower() not in PICTURES:
            raise ValueError(f"Report.picture: {file.name!r} does not end in {', '.join(PICTURES)}")
        self._add_picture(PICTURES[file.suffix.lower()], file.read_bytes(), caption)

    def _add_picture(self, kind: str, content: bytes, caption: str) -> None:
        data = b64encode(content).decode("ascii")
        words = escape(caption)
        below = f"<figcaption>{words}</figcaption>" if caption else ""
        self._parts.append(f'<figure><img alt="{words}" src="data:{kind};base64,{data}">{below}</figure>')

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the report; an older one stays until the new one is whole.

        Parameters
        ----------
        path : str or path-like
            The file. Missing folders above it are made.

        Returns
        -------
        Path
            Of the file.
        """
        with replacing(path) as temporary:
            temporary.write_text(self._page(), encoding="utf-8", errors="replace")
        return Path(path)

    def _page(self) -> str:
        title = escape(self.title)
        links = "".join(f'<li><a href="#section-{k}">{escape(s)}</a></li>' for k, s in enumerate(self._sections, 1))
        return "\n".join([
            '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>",
            f"<header>\n<h1>{title}</h1>",
            *([f"<p>{escape(self.summary)}</p>"] if self.summary else []),
            "</header>",
            *([f'<nav aria-label="Sections"><ul>{links}</ul></nav>'] if len(self._sections) > 2 else []),
            "<main>",
            *self._parts,
            "</main>",
            _footer(),
            "</body>\n</html>\n",
        ])  # fmt: skip


def _cell(value: Any) -> str:
    if value is None:
        return "<td></td>"
    if isinstance(value, (bool, np.bool_)):
        return f"<td>{'yes' if value else 'no'}</td>"
    if isinstance(value, Real):
        return f'<td class="number">{value if isinstance(value, Integral) else f"{float(value):.5g}"}</td>'
    return f"<td>{escape(str(value))}</td>"


def _footer() -> str:
    from ..info import environment

    now = datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
    lines = "".join(f"<dt>{escape(name)}</dt><dd>{escape(words)}</dd>" for name, words in environment().items())
    return (
        f"<footer>\n<p>Made on <time>{now}</time></p>\n"
        f"<details><summary>Versions and machine</summary><dl>{lines}</dl></details>\n</footer>"
    )
