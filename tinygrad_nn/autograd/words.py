"""What arguments are called here, for those who know them by another name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NoReturn

__all__ = ["OUR_WORDS", "refuse_arguments"]

OUR_WORDS = {
    "dim": "axis", "start_dim": "start_axis", "end_dim": "end_axis", "keepdim": "keepdims", "unbiased": "correction",
}  # fmt: skip


def refuse_arguments(name: str, unknown: Iterable[str], missing: str = "") -> NoReturn:
    """Raise for a call with arguments that do not exist, or else without one that it needs.

    Parameters
    ----------
    name : str
        What is called.
    unknown : iterable of str
        Arguments that do not exist.
    missing : str
        The argument that is needed, where there may be no unknown one.

    Raises
    ------
    TypeError
        Always: it says what an argument is called here.
    """
    for word in unknown:
        hint = f"; it is called {OUR_WORDS[word]!r} here" if word in OUR_WORDS else ""
        raise TypeError(f"{name}: there is no argument {word!r}{hint}")
    raise TypeError(f"{name}: the argument {missing!r} is missing")
