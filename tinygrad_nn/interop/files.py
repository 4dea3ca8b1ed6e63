"""Writing files so that a crash, a full disk or Ctrl-C leaves the old content and never half of the new."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["replacing"]


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Give a temporary path to write to, which takes the place of `path` when the block ends well.

    The temporary file lies in the same folder, since only within one file system is a renaming all or nothing. If
    the block raises, it is removed and `path` stays as it was.

    Parameters
    ----------
    path : str or path-like
        The file to write or replace. Missing folders above it are made.

    Raises
    ------
    IsADirectoryError
        If `path` is a folder.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from tinygrad_nn.interop import replacing
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with replacing(Path(folder) / "note.txt") as temporary:
    ...         _ = temporary.write_text("all or nothing")
    ...     (Path(folder) / "note.txt").read_text()
    'all or nothing'
    """
    target = Path(os.path.realpath(path))  # so that a link stays one
    if target.is_dir():
        raise IsADirectoryError(f"{path} is a folder; wanted is the name of a file")
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.stem}.{os.getpid()}.part{target.suffix}")
    try:
        yield temporary
        with open(temporary, "rb+") as file:
            os.fsync(file.fileno())  # the content must be on disk before its name is
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)
