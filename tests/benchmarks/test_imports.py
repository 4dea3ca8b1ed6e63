"""Import times are measured in fresh processes, of what is installed."""

from __future__ import annotations

import re

import pytest

from benchmarks import imports


def test_the_table(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "ROUNDS", 1)
    monkeypatch.setattr(imports, "LIBRARIES", {"numpy": "import numpy", "none": "import no_such_package"})
    imports.main()
    rows = capsys.readouterr().out.splitlines()
    assert len(rows) == 3
    assert re.fullmatch(r"\| numpy \| \d+ \| 1\.00 \| \d+ \|", rows[2])
