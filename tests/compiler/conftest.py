"""What runs programs: each test that takes `tier` is done on all that need no compiler."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .tiers import PLAIN_TIERS, running_on


@pytest.fixture(params=PLAIN_TIERS)
def tier(request: pytest.FixtureRequest) -> Iterator[str]:
    with running_on(request.param):
        yield request.param
