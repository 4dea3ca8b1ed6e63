"""Options and fixtures of the whole suite: the device that the tests run on, and Hypothesis' profiles."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# "ci" draws the same examples every time, "thorough" many more and longer ones (the endurance tests run at their full
# length then, too); none of the profiles times them, for shared machines stall.
settings.register_profile("dev", deadline=None)
settings.register_profile(
    "ci", deadline=None, derandomize=True, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile(
    "thorough", deadline=None, max_examples=500, stateful_step_count=100, print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)  # fmt: skip
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--device", default="cpu", choices=("cpu", "strict", "cuda"),
        help="where the tests put their arrays; strict stands in for cuda on machines without a GPU",
    )  # fmt: skip
    parser.addoption(
        "--only-on-device", action="store_true",
        help="leave out the tests that put nothing on the device: they are the same on each",
    )  # fmt: skip
    parser.addoption(
        "--only-listed", metavar="FILE", type=Path,
        help="run the tests only, and those of the modules, that are lines of a file (see TINYGRAD_NN_SKIPPED)",
    )  # fmt: skip


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    from tinygrad_nn.backend.devices import is_available

    if config.getoption("--only-on-device"):
        items[:] = [item for item in items if isinstance(item, pytest.Function) and "device" in item.fixturenames]
    listed = config.getoption("--only-listed")
    if listed is not None:
        names = set(listed.read_text(encoding="utf-8").splitlines())
        items[:] = [item for item in items if names & {item.nodeid, item.nodeid.partition("::")[0]}]
    device = config.getoption("--device")
    if not is_available(device):
        reason = f"device {device} is not available here"
        for item in items:
            item.add_marker(pytest.mark.skip(reason=reason))


# What is skipped for want of a package can be run by itself where it is: TINYGRAD_NN_SKIPPED names a file that gets the
# names of tests and modules which were skipped, one a line.


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    _list_skipped(report)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    _list_skipped(report)


def _list_skipped(report: pytest.TestReport | pytest.CollectReport) -> None:
    path = os.environ.get("TINYGRAD_NN_SKIPPED")
    if path and report.skipped and "PYTEST_XDIST_WORKER" not in os.environ:  # workers tell their controller
        with open(path, "a", encoding="utf-8") as file:
            file.write(f"{report.nodeid}\n")


@pytest.fixture(scope="session")
def device(request: pytest.FixtureRequest) -> str:
    """The device under test, by its full name."""
    from tinygrad_nn.backend.devices import parse_device

    return parse_device(request.config.getoption("--device"))
