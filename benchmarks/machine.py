"""What the measurements ran on."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
from pathlib import Path


def cpu_model() -> str:
    """The processor's name, e.g. ``AMD EPYC 9634 84-Core Processor``."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor() or platform.machine()
    names = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    return names[1].strip() if names else platform.machine()


def gpu_model() -> str | None:
    """The name of the first NVIDIA GPU, where there is one."""
    if shutil.which("nvidia-smi") is None:
        return None
    command = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    return answer.stdout.partition("\n")[0].strip() or None if answer.returncode == 0 else None


def load() -> float | None:
    """How many other processes were running during the last minute, on average, where the system tells."""
    return round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None


def describe() -> dict[str, str | int | float | None]:
    """CPU model, number of cores, load before the run, GPU, operating system and Python."""
    return {
        "cpu": cpu_model(),
        "cores": os.cpu_count() or 1,
        "load": load(),
        "gpu": gpu_model(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
    }


def slug(text: str) -> str:
    """`text` as part of a file name: lower case, words joined by hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
