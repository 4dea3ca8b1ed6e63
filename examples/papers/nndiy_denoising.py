"""De-noising: an autoencoder for each amount of noise, as Dam and Durand had, and the one that they wished for."""

import numpy as np
from nndiy_autoencoders import autoencoder

from tinygrad_nn import Generator
from tinygrad_nn.data import Dataset
from tinygrad_nn.train import save_checkpoint
from tinygrad_nn.viz import plot_curves, plot_reconstructions

# noise -> images to train on, activation and widths of the layers: of all the more where there is more noise
FIXED = {0.1: (20_000, "tanh", (256, 128, 256)), 0.4: (30_000, "tanh", (256, 128, 256)),
         0.6: (48_000, "tanh", (256, 128, 256)), 0.7: (48_000, "tanh", (256, 128, 256)),
         0.8: (48_000, "relu", (256, 180, 128, 180, 256))}  # fmt: skip
GENERAL = (512, 256, 512)
TRIED = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)


def noisy(images, amount, generator):
    """Images (N, 784) with a share of their pixels replaced by random ones; `amount` is a number or (N, 1)."""
    replaced = generator.uniform(images.shape) < amount
    return np.where(replaced, generator.uniform(images.shape), images)


class NoisyImages(Dataset):
    """Images with noise, new in each epoch, and the images without; the amount is the same for all, or between two."""

    def __init__(self, images, low, high, generator):
        self.images, self.low, self.high, self.generator = images, low, high, generator

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        return tuple(field[0] for field in self.take([index]))

    def take(self, indices):
        clean = self.images[indices]
        amount = self.generator.uniform((len(clean), 1), self.low, self.high)
        return noisy(clean, amount, self.generator), clean


def quality(given, wanted):
    """The peak signal-to-noise ratio of images from 0 to 1, in decibels."""
    return float(-10 * np.log10(((given - wanted) ** 2).mean(dtype=np.float64)))


def chapter(study):
    """Train them, and compare them at all amounts of noise."""
    generator = Generator(1)
    models, curves = {}, {}
    for name, low, high, images, activation, widths, parts in (
        *((f"{100 * amount:.0f} %", amount, amount, *FIXED[amount], 16) for amount in FIXED),
        ("random", 0.0, 0.9, 48_000, "relu", GENERAL, 60),
    ):
        print(f"de-noising, {name}")
        models[name] = autoencoder(*widths, activation=activation)
        clean = study.valid_x[:2_000]
        given = noisy(clean, generator.uniform((len(clean), 1), low, high), generator)
        history = study.train(
            models[name], NoisyImages(study.x[:images], low, high, generator), validation=(given, clean),
            loss="binary_crossentropy", rate=1e-3, decay=0.1, epochs=40, parts=parts, metrics=(),
        )  # fmt: skip
        curves[name] = history["val_loss"]
    save_checkpoint(study.out / "denoiser.safetensors", models["random"], metadata={"widths": GENERAL})
    compare(study, models, curves, generator)


def compare(study, models, curves, generator):
    """Tables and pictures, and whether the general model is better on less noise than the one of 70 %."""
    clean = study.valid_x
    psnr, seen, pictures = {}, {}, {}
    for amount in TRIED:
        given = noisy(clean, amount, generator)
        restored = {name: model.predict(given).numpy() for name, model in models.items()}
        psnr[amount] = {name: quality(images, clean) for name, images in restored.items()}
        psnr[amount]["as given"] = quality(given, clean) if amount else float("inf")
        seen[amount] = {name: study.recognized(images) for name, images in {"as given": given, **restored}.items()}
        if amount in FIXED:
            shown = noisy(study.shown, amount, generator)
            word = f"{100 * amount:.0f} %"
            pictures[word] = {
                "noisy": shown, f"model of {word}": models[word].predict(shown).numpy(),
                "model of 70 %": models["70 %"].predict(shown).numpy(),
                "general": models["random"].predict(shown).numpy(), "wanted": study.shown,
            }  # fmt: skip
    report = study.report
    report.section("De-noising")
    study.describe(models["10 %"], (100, 784))
    report.text(
        "Noise replaces a share of the pixels by random ones, drawn anew in every epoch. The models named by a "
        "percentage know that amount only; the general one is wider and learns from amounts between 0 and 90 percent."
    )
    names = ["as given", *models]
    for what, figures in (("Peak signal-to-noise ratio, decibels", psnr), ("Recognized, percent", seen)):
        rows = [[f"{100 * amount:.0f} %", *(row[name] for name in names)] for amount, row in figures.items()]
        report.table(["noise", *names], rows, caption=what)
    report.figure(
        plot_curves({name: [psnr[amount][name] for amount in TRIED] for name in models},
                    x=[100 * amount for amount in TRIED], x_label="noise, percent", y_label="PSNR, decibels"),
        "Each model at all amounts of noise",
    )  # fmt: skip
    report.figure(plot_curves(curves, y_label="BCE, nats a pixel"), "Validation loss of each, with its own noise")
    for word, rows in pictures.items():
        images = {name: values.reshape(-1, 28, 28) for name, values in rows.items()}
        report.figure(plot_reconstructions(images), f"{word} noise")
    for amount in FIXED:
        word = f"{100 * amount:.0f} %"
        gain = psnr[amount][word] - psnr[amount]["as given"]
        study.find(f"de-noising, {word}: gain in PSNR, decibels", "clear to the eye", gain, gain > 0)
    gain = seen[0.8]["80 %"] - seen[0.8]["as given"]
    study.find("de-noising, 80 %: images recognized more than as given, percent", "hardly seen before", gain, gain > 0)
    less = [amount for amount in TRIED if amount < 0.7]
    gain = min(psnr[amount]["random"] - psnr[amount]["70 %"] for amount in less)
    study.find("general de-noiser against the 70 % model on less noise: least gain in PSNR, decibels",
               "wished for", gain, gain > 0, "at 0, 10 ... 60 percent")  # fmt: skip
    gain = psnr[0.7]["random"] - psnr[0.7]["70 %"]
    study.find("general de-noiser against the 70 % model on its own noise: gain in PSNR, decibels", "", gain,
               gain > -0.3, "met where it loses less than 0.3")  # fmt: skip
