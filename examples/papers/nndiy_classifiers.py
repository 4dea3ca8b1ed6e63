"""The multilayer perceptrons of Dam and Durand: SGD and Adam, tanh and ReLU, on 10,000 and 48,000 images."""

from nndiy_study import CLASSES, percent

import tinygrad_nn as tg
import tinygrad_nn.nn.functional as F
from tinygrad_nn import nn
from tinygrad_nn.train import Sequential, confusion_matrix
from tinygrad_nn.viz import plot_confusion_matrix, plot_curves, plot_images


def perceptron(activation, *, dropout=0.0):
    """784-256-128-10 with a softmax, which gives probabilities."""
    model = Sequential()
    for before, after in ((784, 256), (256, 128)):
        model.add(nn.Linear(before, after), activation)
        if dropout:
            model.add(nn.Dropout(dropout))
    model.add(nn.Linear(128, 10), "softmax")
    return model


def by_descent(study):
    """SGD. The report steps by 0.001 after each image; 50 images a step, at 50 times the rate, go as far an epoch."""
    settings = {
        "SGD, tanh, 10,000 images": ("tanh", 10_000, 2_000, CLASSES, 45, 16),
        "SGD, tanh, 48,000 images": ("tanh", 48_000, 12_000, CLASSES, 15, 30),
        "SGD, ReLU, 48,000 images": ("relu", 48_000, 12_000, CLASSES, 15, 30),
        "SGD, tanh, softmax twice": ("tanh", 10_000, 2_000, F.cross_entropy, 20, 16),
        "SGD, ReLU, softmax twice": ("relu", 10_000, 2_000, F.cross_entropy, 20, 16),
    }
    histories = {}
    for name, (activation, images, others, loss, epochs, parts) in settings.items():
        print(name)
        histories[name] = study.train(
            perceptron(activation), study.x[:images], study.y[:images], loss=loss, optimizer="sgd", rate=0.05,
            decay=0.01, epochs=epochs, parts=parts, validation=(study.valid_x[:others], study.valid_y[:others]),
        )  # fmt: skip
    return histories


def by_adam(study):
    """Adam; and what the authors had but did not try, dropout: this one judges the images of later chapters."""
    histories = {}
    for name, activation, dropout, epochs, parts in (
        ("Adam, ReLU", "relu", 0.0, 10, 20), ("Adam, tanh", "tanh", 0.0, 12, 24),
        ("Adam, ReLU, dropout", "relu", 0.3, 20, 45),
    ):  # fmt: skip
        print(name)
        study.judge = perceptron(activation, dropout=dropout)
        histories[name] = study.train(
            study.judge, study.x, study.y, validation=(study.valid_x, study.valid_y), rate=1e-3, decay=0.1,
            epochs=epochs, parts=parts, batch_size=100,
        )  # fmt: skip
    return histories


def chapter(study):
    """Train them all; tell the figures, the curves and what the best one takes for what."""
    report = study.report
    report.section("Classifiers")
    study.describe(perceptron("tanh"), (50, 784))
    descent, adam = by_descent(study), by_adam(study)

    few, many = descent["SGD, tanh, 10,000 images"], descent["SGD, tanh, 48,000 images"]
    relu, twice = descent["SGD, ReLU, 48,000 images"], descent["SGD, tanh, softmax twice"]
    note = "50 images a step at 50 times the rate of 0.001, which is as far an epoch as one by one"
    for name, key in (("training", "accuracy"), ("validation", "val_accuracy")):
        value = percent(few, key)
        study.find(f"MLP, tanh, SGD, 10,000 images: {name} accuracy, percent", "89", value, value >= 89, note)
    value = percent(twice, "val_accuracy")
    study.find(
        "MLP, tanh, SGD, 10,000 images, softmax twice: validation accuracy, percent", "", value,
        value < percent(few, "val_accuracy"),
        "the report's list of layers read to the letter; met where a single softmax is better",
    )  # fmt: skip
    value = percent(many, "val_accuracy")
    study.find("MLP, tanh, SGD, 48,000 images: validation accuracy at epoch 15, percent", "80", value, value >= 80)
    value = percent(relu, "val_accuracy")
    study.find("MLP, ReLU, SGD, 48,000 images: validation accuracy, percent", "failed", value, value >= 80)
    value = percent(adam["Adam, ReLU"], "val_accuracy")
    study.find("MLP, ReLU, Adam, 48,000 images: validation accuracy, percent", "88", value, value >= 88)
    value = percent(adam["Adam, tanh"], "accuracy")
    study.find("MLP, tanh, Adam, 48,000 images: training accuracy, percent", "96", value, value >= 96)
    tested = 100 * study.judge.evaluate(study.test_x, study.test_y)["accuracy"]
    plain = max(percent(adam[name], "val_accuracy") for name in ("Adam, ReLU", "Adam, tanh"))
    better = percent(adam["Adam, ReLU, dropout"], "val_accuracy") > plain
    study.find("MLP, ReLU, Adam, dropout: test accuracy, percent", "", tested, better, "met: better than without")

    report.table(
        ["training", "epochs", "training accuracy", "validation accuracy"],
        [[name, h.epochs, percent(h, "accuracy"), percent(h, "val_accuracy")]
         for name, h in (descent | adam).items()],
        caption="The best of all epochs, in percent",
    )  # fmt: skip
    report.text(
        "The report's networks end in a softmax layer and are trained with a loss that applies a softmax too. Read so, "
        "the outputs stay between 0 and 1 before the second softmax, which leaves the right class at most e / (e + 9), "
        "23 percent, and little gradient. The rows named 'softmax twice' show what the report describes: tanh stays at "
        "four fifths, and ReLU goes up and down. With one softmax, which is what the figures beside the report's are "
        "measured with, both learn."
    )
    for title, histories in (("SGD", descent), ("Adam", adam)):
        curves = {name: history["val_accuracy"] for name, history in histories.items()}
        curves |= {f"{name} (training)": history["accuracy"] for name, history in list(histories.items())[:2]}
        report.figure(plot_curves(curves, y_label="accuracy"), f"{title}: accuracy on validation images")
    show_predictions(study)


def show_predictions(study):
    """Some test images, those that it gets wrong, and the confusion matrix."""
    scores = study.judge.predict(study.test_x)  # (N, 10)
    found, right = scores.argmax(axis=1).numpy(), study.test_y
    wrong = (found != right).nonzero()[0][:16]
    images = study.test_x.reshape(-1, 28, 28)
    study.report.figure(plot_images(images[:16], columns=8, titles=found[:16]), "What test images are taken for")
    if len(wrong):
        titles = [f"{found[i]} ({right[i]})" for i in wrong]
        study.report.figure(plot_images(images[wrong], columns=8, titles=titles), "Mistakes, and what would be right")
    counts = confusion_matrix(scores, tg.asarray(right))
    study.report.figure(plot_confusion_matrix(counts), "What digits of the test images (rows) are taken for (columns)")
