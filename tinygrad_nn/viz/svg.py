"""Pieces of an SVG picture: boxes of text, lines between them, a legend, and the page that they are on."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import NamedTuple

__all__ = ["LINE", "PADDING", "Kind", "curve", "legend", "page", "rectangle", "text"]

LINE = 14.0  # height of a line of text
PADDING = 7.0  # around the text of a box
STYLE = """
text { font-family: ui-sans-serif, "Helvetica Neue", Helvetica, Arial, sans-serif; font-size: 11px; fill: #111827; }
text.head { font-weight: bold; } text.dim { fill: #4b5563; } text.name { font-size: 15px; font-weight: bold; }
path.value { fill: none; stroke: #9ca3af; stroke-width: 1.3; } path.value:hover { stroke: #dc2626; stroke-width: 3; }
"""


class Kind(NamedTuple):
    """What a box stands for, and how it is told from others.

    Attributes
    ----------
    name : str
        In the legend.
    area, edge : str
        Colours.
    corner : int
        The radius of its corners.
    """

    name: str
    area: str
    edge: str
    corner: int = 3


def text(x: float, y: float, words: str, style: str) -> str:
    """A line of text; the style is "name", "head", "dim" or nothing."""
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{style}">{escape(words)}</text>'


def rectangle(x: float, y: float, size: tuple[float, float], kind: Kind, *, dashed: bool = False) -> str:
    """The frame of a box."""
    dash = ' stroke-dasharray="6 3"' if dashed else ""
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{size[0]:.1f}" height="{size[1]:.1f}" rx="{kind.corner}" '
        f'fill="{kind.area}" stroke="{kind.edge}"{dash}/>'
    )


def curve(points: list[tuple[float, float]], title: str) -> str:
    """A line through points as `layers.arranged` gives them, with a tip; the title appears under the pointer."""
    (x, y), *rest = points
    parts = [f"M{x:.1f} {y:.1f}"]
    for k, (next_x, next_y) in enumerate(rest):
        if k % 2:  # through a row
            parts.append(f"L{next_x:.1f} {next_y:.1f}")
        else:
            bend = (y + next_y) / 2
            parts.append(f"C{x:.1f} {bend:.1f} {next_x:.1f} {bend:.1f} {next_x:.1f} {next_y:.1f}")
        x, y = next_x, next_y
    path = " ".join(parts)
    return f'<path class="value" marker-end="url(#tip)" d="{path}"><title>{escape(title)}</title></path>'


def legend(x: float, y: float, kinds: Iterable[Kind]) -> Iterable[str]:
    """The colours, side by side, with what they stand for."""
    for kind in kinds:
        yield f'<rect x="{x:.1f}" y="{y:.1f}" width="11" height="11" rx="2" fill="{kind.area}" stroke="{kind.edge}"/>'
        yield text(x + 16, y + 9.5, kind.name, "dim")
        x += 34 + 5.6 * len(kind.name)


def page(heading: list[str], kinds: Iterable[Kind], size: tuple[float, float], drawn: Iterable[str]) -> str:
    """The whole picture.

    Parameters
    ----------
    heading : list of str
        The title, and lines below it.
    kinds : iterable of Kind
        What the legend explains.
    size : (float, float)
        Width and height of what is drawn.
    drawn : iterable of str
        Its elements.

    Returns
    -------
    str
        An SVG file that needs nothing else.
    """
    top, inner = LINE * (len(heading) + 3.5), max(size[0], 640.0)
    width, height = f"{inner + 40:.0f}", f"{size[1] + top + 40:.0f}"
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">',
        f"<title>{escape(heading[0])}</title>\n<style>{STYLE}</style>",
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="6" markerHeight="6" orient="auto">'
        '<path d="M0 0 L8 4 L0 8 z" fill="#6b7280"/></marker></defs>',
        '<rect width="100%" height="100%" fill="#ffffff"/>',
        text(20, 26, heading[0], "name"),
        *(text(20, 26 + LINE * k, line, "dim") for k, line in enumerate(heading[1:], start=1)),
        *legend(20, 26 + LINE * len(heading), kinds),
        f'<g transform="translate({(inner - size[0]) / 2 + 20:.1f} {top + 20:.1f})">',
        *drawn,
        "</g>\n</svg>\n",
    ]
    return "\n".join(lines)
