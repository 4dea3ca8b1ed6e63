"""Damien Dam and Enzo Durand's "Neural Network Do-it-Yourself", done once more and carried on.

    TINYGRAD_NN_MNIST_DIR=... python examples/papers/nndiy.py --out runs/papers/nndiy

Their library has a `Sequential` with compile, fit, predict and summary; `tinygrad_nn.train.Sequential` is one in its
manner, and all that is done here is done with it: classifiers by SGD and Adam, autoencoders with 64 to 6 latents,
classifiers of these, de-noising, and convolution. Each chapter is a file beside this one. What they report is told
beside what was found here, and `report.html` shows the pictures.
"""

from pathlib import Path

import nndiy_autoencoders
import nndiy_classifiers
import nndiy_convolution
import nndiy_denoising
from nndiy_study import MINUTES, Study

from tinygrad_nn.papers import Finding, main


def run(out: Path, *, seed: int, minutes: float, full: bool) -> list[Finding]:
    """Train everything on MNIST in `minutes`, or, if `full`, in as long as all epochs take."""
    study = Study(out, seed, float("inf") if full else minutes)
    for part in (nndiy_classifiers, nndiy_autoencoders, nndiy_denoising, nndiy_convolution):
        part.chapter(study)
    study.report.section("What is reported and what was found")
    study.report.table(
        ["figure", "reported", "ours", "met", "note"],
        [[found.what, found.reported, f"{found.ours:.4g}", found.met, found.note] for found in study.findings],
    )
    study.report.save(out / "report.html")
    return study.findings


if __name__ == "__main__":
    main(run, minutes=MINUTES)
