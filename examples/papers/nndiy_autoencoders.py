"""The autoencoders of Dam and Durand: 784 pixels through 64, 16, 8 and 6 numbers, and classifiers of these numbers."""

from typing import NamedTuple

import numpy as np
from nndiy_study import percent

import tinygrad_nn as tg
from tinygrad_nn import nn
from tinygrad_nn.train import EarlyStopping, Sequential
from tinygrad_nn.viz import plot_curves, plot_images, plot_reconstructions


class Training(NamedTuple):
    """How an autoencoder is trained: on as many images as in the report."""

    images: int
    parts: int  # of the time
    rate: float
    batch_size: int
    decay: float


# by the numbers in the middle; where they are few, a higher rate gets stuck with some seeds
TRAININGS = {
    64: Training(10_000, 34, 1.5e-3, 50, 0.03), 16: Training(10_000, 24, 1.5e-3, 50, 0.03),
    8: Training(30_000, 34, 1e-3, 100, 0.02), 6: Training(30_000, 34, 1e-3, 100, 0.02),
}  # fmt: skip
CODED = 6_400  # images that a classifier of codes is trained on
REPORTED = {64: "78", 8: "a few less than 78", 6: "46"}
WANTED = {64: 78, 8: 75, 6: 46}


def autoencoder(*widths, activation="tanh"):
    """784 pixels through layers of these widths and back to as many, a sigmoid at the end."""
    model = Sequential()
    sizes = (784, *widths, 784)
    for before, after in zip(sizes, sizes[1:]):
        model.add(nn.Linear(before, after), "sigmoid" if after == 784 else activation)
    return model


def code_classifier(latents):
    model = Sequential()
    model.add(nn.Linear(latents, 32), "tanh")
    model.add(nn.Linear(32, 16), "tanh")
    model.add(nn.Linear(16, 10), "softmax")
    return model


def floor(images):
    """The binary cross-entropy of images with themselves: what grey pixels cost however well they are met."""
    p = np.clip(images, 1e-7, 1 - 1e-7)
    return float(-(p * np.log(p) + (1 - p) * np.log(1 - p)).mean())


def codes(model, images):
    """What an autoencoder makes of images half way, (N, 784) -> (N, latents)."""
    with tg.no_grad():
        return model[: len(model) // 2](tg.asarray(images)).numpy()


def chapter(study):
    """Train the autoencoders, look at what they give back, and classify what is in their middle."""
    report = study.report
    report.section("Autoencoders")
    held_out = study.valid_x
    models, histories, rows, pictures = {}, {}, [], {"given": study.shown.reshape(-1, 28, 28)}
    for latents, (images, parts, rate, batch_size, decay) in TRAININGS.items():
        print(f"autoencoder, {latents} latents")
        models[latents] = autoencoder(256, latents, 256)
        histories[latents] = study.train(
            models[latents], study.x[:images], study.x[:images], loss="binary_crossentropy", rate=rate, decay=decay,
            epochs=900_000 // images, parts=parts, batch_size=batch_size, metrics=(),
            validation=(held_out[:2_000], held_out[:2_000]), stopping=EarlyStopping("val_loss", patience=5),
        )  # fmt: skip
        restored = models[latents].predict(held_out).numpy()
        pictures[f"{latents} latents"] = models[latents].predict(study.shown).numpy().reshape(-1, 28, 28)
        loss, seen = histories[latents]["val_loss"], study.recognized(restored)
        rows.append([latents, images, len(loss), min(loss), min(loss) - floor(held_out[:2_000]), seen])
    study.describe(models[64], (50, 784))
    report.table(
        ["latents", "images", "epochs", "validation BCE", "above its floor", "recognized, percent"], rows,
        caption="Reconstructions of validation images: BCE in nats a pixel, and what the best classifier recognizes",
    )  # fmt: skip
    report.text(
        "Binary cross-entropy of grey pixels cannot be zero: images have one with themselves, the floor. The sums that "
        "the report shows around zero are of another kind; what is above the floor is what can be compared."
    )
    report.figure(plot_reconstructions(pictures), "Given, and given back through so many numbers")
    report.figure(
        plot_curves({f"{k} latents": h["val_loss"] for k, h in histories.items()}, y_label="BCE, nats a pixel"),
        "Validation loss",
    )
    report.figure(plot_images(codes(models[64], study.shown).reshape(-1, 8, 8), columns=10, titles=range(10)),
                  "The 64 numbers of each digit")  # fmt: skip
    above = dict(zip(models, (row[4] for row in rows)))
    seen = dict(zip(models, (row[5] for row in rows)))
    study.find("autoencoder, 64 latents: validation BCE above its floor, nats a pixel", "around zero", above[64],
               above[64] < 0.03, "met below 0.03")  # fmt: skip
    for latents, reported, least in ((64, "clear to the eye", 95), (8, "most of the time", 75)):
        study.find(
            f"autoencoder, {latents} latents: reconstructions that a classifier recognizes, percent", reported,
            seen[latents], seen[latents] >= least, f"met from {least} on; of images it never saw",
        )  # fmt: skip
    classify_codes(study, models)


def classify_codes(study, models):
    """Classifiers of codes; their images are none of those that the autoencoder learned from."""
    curves = {}
    for latents, model in models.items():
        print(f"classifier of {latents} latents")
        first = TRAININGS[8].images if len(study.x) > TRAININGS[8].images else 0
        mine = slice(first, first + CODED)
        history = study.train(
            code_classifier(latents), codes(model, study.x[mine]), study.y[mine], optimizer="sgd", rate=0.1, epochs=200,
            parts=14, validation=(codes(model, study.valid_x[:2_000]), study.valid_y[:2_000]),
            stopping=EarlyStopping("val_accuracy", patience=30),
        )  # fmt: skip
        value = percent(history, "val_accuracy")
        curves[f"{latents} latents"] = history["val_accuracy"]
        if latents in WANTED:
            study.find(f"classifier of {latents} latents: validation accuracy, percent", REPORTED[latents], value,
                       value >= WANTED[latents], "met from 75 on" if latents == 8 else "")  # fmt: skip
    study.report.section("Classifiers of codes")
    study.report.text(f"Trained on the codes of {CODED:,} images by SGD, for at most 200 epochs, as in the report.")
    study.report.figure(plot_curves(curves, y_label="accuracy"), "Accuracy on the codes of 2,000 validation images")
