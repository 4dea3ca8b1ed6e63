"""A real browser without a window: what it makes of a page.

It is Chromium or a kin of it, where ``TINYGRAD_NN_BROWSER`` says or under one of its names on the PATH, and is driven
by playwright. Without one of the two, tests that need it are skipped.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

ENVIRONMENT_VARIABLE = "TINYGRAD_NN_BROWSER"
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
LOOK = """() => ({
    headings: [...document.querySelectorAll("h1, h2")].map(heading => heading.innerText),
    pictures: [...document.images].map(image => [image.alt, image.complete ? image.naturalWidth : 0]),
    tables: [...document.querySelectorAll("table")].map(table => table.rows.length),
    width: document.documentElement.scrollWidth,
    ground: getComputedStyle(document.body).backgroundColor,
})"""


class Seen(NamedTuple):
    """A page as the browser shows it.

    Attributes
    ----------
    errors : list of str
        What it complains of, in its console and of scripts, and what it asks the network for.
    headings : list of str
        The words of the first two levels.
    pictures : list of (str, int)
        Of each the words that stand for it, and how wide it is: 0 where it could not be shown.
    tables : list of int
        Of each the number of its rows.
    width : int
        Of the page, where the screen is 360 wide.
    ground : str
        The colour behind the words.
    """

    errors: list[str]
    headings: list[str]
    pictures: list[tuple[str, int]]
    tables: list[int]
    width: int
    ground: str

    @property
    def faults(self) -> list[str]:
        """All that is wrong with a page that is to be whole."""
        broken = [f"picture {alt!r} is not shown" for alt, width in self.pictures if width == 0]
        return self.errors + broken


def executable() -> str | None:
    """The path of a browser, if there is one."""
    named = os.environ.get(ENVIRONMENT_VARIABLE)
    return named or next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def running() -> Iterator[Any]:
    """A browser that runs; skips the test where there is none."""
    playwright = pytest.importorskip("playwright.sync_api")
    path = executable()
    if path is None:
        pytest.skip(f"no browser: {ENVIRONMENT_VARIABLE} names none, and the PATH has none of {', '.join(NAMES)}")
    with playwright.sync_playwright() as drivers:
        browser = drivers.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


def look(browser: Any, path: Path, *, dark: bool = False) -> Seen:
    """Open a file on a small screen."""
    page = browser.new_page(viewport={"width": 360, "height": 640}, color_scheme="dark" if dark else "light")
    errors: list[str] = []

    def own(url: str) -> bool:
        return url == path.as_uri() or url.startswith("data:")

    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda request: None if own(request.url) else errors.append(f"asks for {request.url}"))
    page.goto(path.as_uri(), wait_until="load")
    seen = page.evaluate(LOOK)
    page.close()
    seen["pictures"] = [tuple(picture) for picture in seen["pictures"]]
    return Seen(errors=errors, **seen)
