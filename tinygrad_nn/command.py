"""What commands share: errors that are one line, and numbers as arguments."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import Any, NoReturn

__all__ = ["CommandError", "Parser", "number", "status"]


class CommandError(Exception):
    """Something that the user can put right; `code` is the exit status."""

    def __init__(self, message: str, code: int = 1) -> None:
        super().__init__(message)
        self.code = code


def status(command: Callable[[], None]) -> int:
    """Run `command`, and return the exit status; whatever goes wrong is one line on the standard error."""
    try:
        command()
    except CommandError as error:
        return _fail(str(error), error.code)
    except KeyboardInterrupt:
        return _fail("interrupted", 130)
    except OSError as error:
        return _fail(f"{error.filename}: {error.strerror}" if error.filename and error.strerror else str(error), 1)
    except (ValueError, TypeError, LookupError, ImportError, RuntimeError, ArithmeticError, MemoryError) as error:
        return _fail(str(error.args[0]) if error.args else type(error).__name__, 1)
    return 0


def _fail(message: str, code: int) -> int:
    print("error:", " ".join(message.split()), file=sys.stderr)
    return code


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line too."""

    def error(self, message: str) -> NoReturn:
        raise CommandError(f"{message} (see {self.prog} --help)", code=2)


def number(kind: Callable[[str], Any], low: float, below: float = float("inf")) -> Callable[[str], Any]:
    """Return a parser of numbers from `low` to before `below`."""

    def parse(text: str) -> Any:
        wanted = "a whole number" if kind is int else "a number"
        limits = f"{wanted} of at least {low}" + (f" and below {below}" if below < float("inf") else "")
        try:
            value = kind(text)
        except ValueError:
            value = float("nan")
        if not low <= value < below:
            raise argparse.ArgumentTypeError(f"found {text!r}, wanted {limits}")
        return value

    return parse
