"""Nicola Dainese's "Implementation of a Neural Network in pure Python", done once more and carried on.

    python examples/papers/dainese.py --out runs/papers/dainese

A [1, 20, 10, 1] network learns a function of one variable from a hundred noisy samples. What the author built is here:
penalties in the loss, clipping by the norm of the whole gradient, a rate that decays exponentially, his rule for
stopping early, a grid search by 5-fold cross-validation that prefers steady models, and the figures of it. So is what
he misses: searches on all cores, at random, and by successive halving.

His data are not available. The samples here are made up (`stand_in`), and because their noise is known, so is the
smallest error that any model can have on them. His 0.8406 is an error on other data: instead of with that number, ours
are compared with his way of training in plain NumPy (`dainese_numpy.py`), on the same samples.
"""

import json
from pathlib import Path

import numpy as np
from dainese_predict import load, predict
from dainese_recipe import his_recipe
from dainese_search import penalties, searches
from dainese_study import EPOCHS, MINUTES, MOST_EPOCHS, REPORTED, TOLERANCE, Study, stand_in
from joblib import Parallel, delayed
from sklearn.base import clone

from tinygrad_nn.interop import save_file
from tinygrad_nn.papers import Finding, main
from tinygrad_nn.train import WindowedStopping
from tinygrad_nn.viz import Report, plot_function, plot_history, plot_weights


def stopped(network, study, part):
    """Train on four fifths until the rule stops it by the loss on the fifth."""
    rule = WindowedStopping(tolerance=TOLERANCE)
    return clone(network).set_params(
        early_stopping=True, validation_fraction=0.2, callbacks=[rule], max_iter=study.epochs(MOST_EPOCHS),
        random_state=study.seed + part,
    ).fit(study.x, study.y)  # fmt: skip


def early_stopping(network, study):
    """How many epochs it takes until the rule stops the training, in the mean."""
    constant = clone(network).set_params(learning_rate_schedule="constant")
    *parts, lowered = Parallel(n_jobs=-1)(
        delayed(stopped)(*case) for case in [*((network, study, part) for part in range(5)), (constant, study, 0)]
    )
    epochs, most = round(np.mean([one.n_iter_ for one in parts])), study.epochs(MOST_EPOCHS)
    rates = lowered.history_["learning_rate"]
    report = study.report
    report.section("Early stopping")
    report.text(
        "After at least 100 epochs, the training stops when the smallest validation loss of the last 20 is above the "
        f"mean of the 20 before, less {TOLERANCE:g}. Five trainings, each with another fifth held back, ended after "
        f"{', '.join(str(one.n_iter_) for one in parts)} epochs of at most {most}. A constant rate is lowered first: "
        f"from {rates[0]:.2g}, {len(set(rates)) - 1} times, to {rates[-1]:.2g}; that training ended after "
        f"{lowered.n_iter_} epochs."
    )
    for one, rate in ((parts[0], "decays"), (lowered, "is constant until the rule lowers it")):
        curves = {name: one.history_[name] for name in ("loss", "val_loss")}
        report.figure(plot_history(curves, best_epoch=one.history_.best_epoch()),
                      f"A training that was stopped; the rate {rate}")  # fmt: skip
    return epochs, Finding("epochs until early stopping, mean of five parts", str(EPOCHS), epochs, epochs < most,
                           "other data than his: met if in the mean the rule ends it before 2000")  # fmt: skip


def last_training(network, epochs, bar, study, out):
    """Train on all samples, store the network, load it again, and see how good it is."""
    network = clone(network).set_params(max_iter=epochs)
    several = Parallel(n_jobs=-1)(
        delayed(clone(network).set_params(random_state=study.seed + k).fit)(study.x, study.y) for k in range(10)
    )
    network = several[0]
    settings = {name: value for name, value in network.get_params().items() if name not in ("module", "callbacks")}
    (out / "network.json").write_text(json.dumps(settings, indent=1) + "\n", encoding="utf-8")
    save_file(network.module_.state_dict(), out / "network.safetensors")
    np.savetxt(out / "training_set.txt", np.column_stack([study.x, study.y]), fmt="%.7g")
    np.savetxt(out / "test_set.txt", np.column_stack([study.test_x, study.test_y]), fmt="%.7g")
    found = predict(load(out), study.test_x)
    np.savetxt(out / "predictions.txt", found, fmt="%.7g")

    error = study.error(found)
    together = study.error(np.mean([one.predict(study.test_x) for one in several], axis=0))
    reloaded = float(np.abs(found - network.predict(study.test_x)).max())
    excess = (together - study.floor) / (bar - study.floor)
    report = study.report
    report.section("The network that was found")
    report.text(
        f"Trained on all samples for {epochs} epochs, stored with all its settings, and loaded again by "
        f"dainese_predict.py, whose predictions differ by {reloaded:.0e}."
    )
    report.table(["setting", "value"], [[name, str(value)] for name, value in settings.items()])
    report.table(
        ["", "test MSE"],
        [["the function itself (noise floor)", study.floor], ["his network and recipe in NumPy, mean", bar],
         ["this network", error], ["ten such networks, averaged", together]],
    )  # fmt: skip
    report.figure(plot_function(network.predict, study.x, study.y), "What it has learned, over the training set")
    first, second, last = (layer.weight.detach() for layer in network.module_[::2])
    for place, weight in (("first", first.T), ("second", second), ("last", last)):
        report.figure(plot_weights(weight, shape=None), f"Weights of the {place} layer")
    against = "other data than his: met if it is at most that of his recipe in plain NumPy, in the mean of four"
    return [
        Finding("test MSE of the network that the searches found", REPORTED, error, error <= bar, against),
        Finding("test MSE of ten such networks, averaged", REPORTED, together, together <= bar, against),
        Finding("error above the noise, of the ten over that of his recipe in NumPy", "", excess, excess <= 1,
                "no model gets below the noise"),
        Finding("difference of predictions after storing and loading", "", reloaded, reloaded < 1e-5),
    ]  # fmt: skip


def run(out: Path, *, seed: int, minutes: float, full: bool) -> list[Finding]:
    """Do all of it in about `minutes`, or, if `full`, with as many epochs in the searches as the author."""
    effort = 1.0 if full else min(1.0, minutes / MINUTES)
    report = Report("Dainese: a small network, searched for", summary=__doc__.split("\n\n")[2].replace("\n", " "))
    study = Study(*stand_in(seed), seed, effort, full, report)
    bar, findings = his_recipe(study)
    findings += penalties(study)
    network, cores = searches(study)
    epochs, stopping = early_stopping(network, study)
    findings += [*last_training(network, epochs, bar, study, out), stopping, *cores]
    report.section("What is reported and what was found")
    report.table(["figure", "reported", "ours", "met", "note"],
                 [[one.what, one.reported, f"{one.ours:.4g}", one.met, one.note] for one in findings])  # fmt: skip
    report.save(out / "report.html")
    return findings


if __name__ == "__main__":
    main(run, minutes=MINUTES)
