"""Numbers in words and digits, as tables and pictures print them."""

from __future__ import annotations

from typing import Any


def threads(report: dict[str, Any]) -> str:
    """How many threads each framework had, in words."""
    return f"{report['threads']} thread" + ("s" if report["threads"] > 1 else "")


def number(value: float | None) -> str:
    """Three significant digits, without an exponent."""
    if value is None:
        return "-"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"
