"""The command line: train a classifier of digits, evaluate it, let it read images; convert weights; show versions."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from .command import CommandError, Parser, number, status
from .papers import MINUTES, collect, markdown, reproduce

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from .optim import Optimizer
    from .train.classifier import ClassifierSpec
    from .train.trainer import Trainer

    Split = tuple[NDArray[np.float32], NDArray[np.int64]]

__all__ = ["main"]

# Their classes' names are in `train.classifier` and `optim`; here, so that --help needs no import.
ACTIVATIONS = ("relu", "leaky_relu", "elu", "selu", "gelu", "silu", "mish", "tanh", "sigmoid")
LEARNING_RATES = {"adam": 2e-3, "adamw": 2e-3, "sgd": 5e-2, "rmsprop": 1e-3, "adagrad": 1e-2}

PICTURES = (".png", ".svg", ".pdf")
VALIDATION_SHARE = 0.1
UNFINISHED = "unfinished"  # the folder for what a run writes until it is done, so that a failure replaces nothing
FILES = CHECKPOINT, HISTORY, CURVE = "checkpoint.safetensors", "history.csv", "learning_curve.png"


class Recipe(NamedTuple):
    """How a data set is learnt unless options say otherwise."""

    epochs: int
    batch_size: int
    dropout: float
    margin: int
    """Empty pixels around the digits, for images that come from elsewhere."""


RECIPES = {"digits": Recipe(60, 64, 0.3, margin=0), "mnist": Recipe(10, 128, 0.2, margin=4)}


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; whatever goes wrong is one line on the standard error.

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments; by default those of the process.

    Returns
    -------
    int
        The exit status: 0 if all went well, 2 for bad arguments, 130 after Ctrl-C, else 1.
    """

    def run() -> None:
        args = make_parser().parse_args(argv)
        args.run(args)

    return status(run)


# Arguments


def make_parser() -> argparse.ArgumentParser:
    """Return the parser; each command's function is in ``run``."""
    parser = Parser(prog="tinygrad_nn", description="Train a classifier of handwritten digits, and use it.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Callable[[argparse.Namespace], None], summary: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(
            name, help=summary, description=summary[0].upper() + summary[1:] + ".",
            formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        )  # fmt: skip
        sub.set_defaults(run=run)
        return sub

    train = command("train", run_train, "train a classifier; with no options, on the bundled digits")
    _add_data(train, default="digits")
    train.add_argument("--hidden", type=_widths, default="256,128", metavar="N,N", help="widths of the hidden layers")
    train.add_argument("--activation", choices=ACTIVATIONS, default="relu", help="after each hidden layer")
    train.add_argument("--dropout", type=number(float, 0, 1), metavar="P", default=argparse.SUPPRESS,
                       help=f"probability of dropping a hidden unit (default: {_each('dropout')})")  # fmt: skip
    train.add_argument("--optimizer", choices=LEARNING_RATES, default="adam", help="what takes the steps")
    train.add_argument("--lr", type=number(float, 0), default=argparse.SUPPRESS,
                       help="learning rate at first, falling to 0 along a cosine (default: "
                       f"{', '.join(f'{lr:g} for {name}' for name, lr in LEARNING_RATES.items())})")  # fmt: skip
    train.add_argument("--batch-size", type=number(int, 1), metavar="N", default=argparse.SUPPRESS,
                       help=f"samples a step (default: {_each('batch_size')})")  # fmt: skip
    train.add_argument("--epochs", type=number(int, 1), metavar="N", default=argparse.SUPPRESS,
                       help=f"times through the data (default: {_each('epochs')})")  # fmt: skip
    train.add_argument("--patience", type=number(int, 1), metavar="N", default=argparse.SUPPRESS,
                       help="stop after N epochs without a better validation loss (default: never)")  # fmt: skip
    train.add_argument("--seed", type=number(int, 0), default=0, help="of all randomness")
    train.add_argument("--compile", action="store_true", help="run the steps as compiled programs")
    train.add_argument("--out", type=Path, metavar="DIR", default=argparse.SUPPRESS,
                       help="where to write checkpoint, history and picture (default: runs/DATA)")  # fmt: skip

    evaluate = command("evaluate", run_evaluate, "measure a trained classifier")
    _add_checkpoint(evaluate)
    _add_data(evaluate, default=argparse.SUPPRESS)
    evaluate.add_argument("--split", choices=("test", "train"), default="test", help="which part of the data")
    evaluate.add_argument("--picture", type=_picture, metavar="FILE", default=argparse.SUPPRESS,
                          help=f"draw the confusion matrix, as its suffix says: {', '.join(PICTURES)}")  # fmt: skip

    predict = command("predict", run_predict, "tell the class of images, and how probable each class is")
    _add_checkpoint(predict)
    predict.add_argument("inputs", nargs="+", metavar="INPUT",
                         help="image (.png, .jpg ...; .pgm), or array of one or several images (.npy)")  # fmt: skip
    predict.add_argument("--top", type=number(int, 1), default=3, metavar="K", help="show the K most probable classes")
    predict.add_argument("--device", default="cpu", help="cpu, cuda, cuda:1 ...")

    convert = command("convert", run_convert, "write the tensors of a PyTorch file as safetensors, running no code")
    convert.add_argument("source", type=Path, metavar="FILE.pt", help="what torch.save wrote: a dict of tensors")
    convert.add_argument("target", type=Path, metavar="FILE.safetensors", help="where to write them, by their names")
    convert.add_argument("--part", metavar="NAME", default=argparse.SUPPRESS,
                         help="take the dict of this name within the file's, such as state_dict")  # fmt: skip

    papers = command("papers", run_papers, "train what published papers describe, and set our figures beside theirs")
    papers.add_argument("name", choices=("all", *MINUTES, "table"),
                        help="which one; or no more than the table that comes last, of all in the folder")  # fmt: skip
    papers.add_argument("--budget", type=number(float, 0), metavar="MINUTES", default=argparse.SUPPRESS,
                        help="for a seed, shared among the papers (default: what each of them needs)")  # fmt: skip
    papers.add_argument("--seed", type=number(int, 0), nargs="+", metavar="N", default=[0],
                        help="of all randomness; with several the table has mean and standard deviation")  # fmt: skip
    papers.add_argument("--full", action="store_true", help="do all that the papers did, however long it takes")
    papers.add_argument("--out", type=Path, metavar="DIR", default=Path("runs", "papers"),
                        help="where to write reports, models and papers.json")  # fmt: skip
    papers.add_argument("--examples", type=Path, metavar="DIR", default=Path("examples", "papers"),
                        help="the folder of the programs, in the sources")  # fmt: skip

    command("info", run_info, "show versions, devices, BLAS and threads")
    return parser


def _add_data(parser: argparse.ArgumentParser, default: Any) -> None:
    shown = "(default: that of the checkpoint)" if default is argparse.SUPPRESS else ""
    parser.add_argument("--data", choices=RECIPES, default=default, help=f"data set {shown}".strip())
    parser.add_argument("--data-dir", type=Path, metavar="DIR",
                        default=argparse.SUPPRESS, help="folder with MNIST's four IDX files, plain or .gz (default: "
                        "$TINYGRAD_NN_MNIST_DIR, else ~/.cache/tinygrad_nn/mnist)")  # fmt: skip
    parser.add_argument("--download", action="store_true", default=argparse.SUPPRESS,
                        help="download MNIST into that folder if it is not there")  # fmt: skip
    parser.add_argument("--device", default="cpu", help="cpu, cuda, cuda:1 ...")


def _add_checkpoint(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--checkpoint", type=Path, required=True, metavar="FILE", default=argparse.SUPPRESS,
                        help="what train wrote: DIR/checkpoint.safetensors")  # fmt: skip


def _each(field: str) -> str:
    return ", ".join(f"{getattr(recipe, field)} for {name}" for name, recipe in RECIPES.items())


def _picture(text: str) -> Path:
    path = Path(text)
    if path.suffix not in PICTURES:
        raise argparse.ArgumentTypeError(f"found {text!r}, wanted a file that ends in {', '.join(PICTURES)}")
    return path


def _widths(text: str) -> tuple[int, ...]:
    try:
        widths = tuple(int(part) for part in text.split(",") if part.strip())
    except ValueError:
        widths = (0,)
    if any(width < 1 for width in widths):
        raise argparse.ArgumentTypeError(f"found {text!r}, wanted widths of at least 1, such as 256,128")
    return widths


# Commands


def run_train(args: argparse.Namespace) -> None:
    """Train; the best epoch is chosen on a part of the training data, and the test data are seen once, at the end."""
    import tinygrad_nn as tg

    from . import optim, train
    from .data import train_test_split
    from .nn import functional as F
    from .train.classifier import ClassifierSpec

    device = _device(args.device)
    recipe = RECIPES[args.data]
    epochs = getattr(args, "epochs", recipe.epochs)
    (images, labels), test = _load(args.data, args, "train"), _load(args.data, args, "test")
    tg.manual_seed(args.seed)
    images, val_images, labels, val_labels = train_test_split(
        images, labels, test_size=round(VALIDATION_SHARE * len(labels)), stratify=labels
    )
    spec = ClassifierSpec(
        args.data, images.shape[1:], int(labels.max()) + 1, args.hidden, args.activation,
        getattr(args, "dropout", recipe.dropout),
    )  # fmt: skip
    model = spec.build(device=device)
    optimizer = _optimizer(args, model)
    count = sum(parameter.size for parameter in model.parameters())
    print(f"data: {args.data}, {len(labels)} to train on, {len(val_labels)} to validate, {len(test[1])} to test")
    print(f"model: {spec}, {count:,} parameters, on {device}; {args.optimizer}, seed {args.seed}", flush=True)

    out = getattr(args, "out", Path("runs") / args.data)
    work = out / UNFINISHED
    _make_room(work)
    best = train.EarlyStopping("val_loss", getattr(args, "patience", None))
    trainer = train.Trainer(
        model, F.cross_entropy, optimizer, metrics=[train.Accuracy()],
        scheduler=optim.CosineAnnealingLR(optimizer, epochs), compile=args.compile,
    )  # fmt: skip
    callbacks = [
        best,
        train.HistoryCSV(work / HISTORY),
        train.Checkpoint(work / CHECKPOINT, save_best_only=True, metadata=spec.to_metadata()),
    ]
    try:
        trainer.fit(
            (images, labels), epochs, validation_data=(val_images, val_labels), callbacks=callbacks,
            batch_size=getattr(args, "batch_size", recipe.batch_size),
        )  # fmt: skip
    except (train.TrainingDiverged, KeyboardInterrupt) as error:
        what = str(error) or "interrupted"
        kept = f"; the best epoch so far, {best.best_epoch}, is in {work}" if best.best_epoch else ""
        raise CommandError(what + kept, 130 if isinstance(error, KeyboardInterrupt) else 1) from None
    finally:
        _remove_if_empty(work)

    result = trainer.evaluate(test)
    right = round(result["accuracy"] * len(test[1]))
    print(f"best epoch: {best.best_epoch}, by its validation loss")
    print(f"test accuracy: {100 * result['accuracy']:.2f} % ({right} of {len(test[1])}), loss {result['loss']:.4f}")
    title = f"{args.data}, {spec}: test accuracy {100 * result['accuracy']:.2f} %"
    _draw_curves(trainer, work / CURVE, title, best.best_epoch)
    print(f"wrote {', '.join(_move_up(work))} to {out}")


def run_evaluate(args: argparse.Namespace) -> None:
    """Print accuracy, loss and confusion matrix."""
    from .nn import functional as F
    from .train import confusion_matrix
    from .train.classifier import load_classifier

    model, spec, _ = load_classifier(args.checkpoint, _device(args.device))
    data = getattr(args, "data", spec.data)
    images, labels = _load(data, args, args.split)
    if images.shape[1:] != spec.input_shape or labels.max() >= spec.classes:
        raise CommandError(f"{args.checkpoint} takes images of {_size(spec)}, {data} has {_pixels(images.shape[2:])}")
    outputs, targets = _outputs(model, images, args.device), _tensor(labels, args.device)
    counts = confusion_matrix(outputs, targets)
    loss = F.cross_entropy(outputs, targets).item()
    print(f"{args.checkpoint}: {spec}, on {data} ({args.split})")
    print(f"accuracy: {100 * counts.trace() / counts.sum():.2f} % ({counts.trace()} of {counts.sum()})")
    print(f"loss: {loss:.4f}")
    width = max(4, len(str(counts.max())) + 1)
    print("confusion matrix: true classes in rows, predicted ones in columns")
    print(" " * 5 + "".join(f"{k:{width}}" for k in range(len(counts))))
    for k, row in enumerate(counts):
        print(f"{k:4} " + "".join(f"{n if n else '.':>{width}}" for n in row))
    if "picture" in args:
        from .viz import plot_confusion_matrix

        plot_confusion_matrix(counts, args.picture)
        print(f"wrote {args.picture}")


def run_predict(args: argparse.Namespace) -> None:
    """Print one line an image: its class, and the most probable ones."""
    import numpy as np

    from .interop import fit_image, read_image
    from .train.classifier import load_classifier

    model, spec, _ = load_classifier(args.checkpoint, _device(args.device))
    margin = RECIPES[spec.data].margin if spec.data in RECIPES else 0
    names, images = [], []
    for path in args.inputs:
        found = read_image(path)
        for i, image in enumerate(found if found.ndim == 3 else found[None]):
            name = f"{path}[{i}]" if found.ndim == 3 else path
            try:
                fitted = fit_image(image, spec.input_shape[1:], margin=margin)
            except ValueError as error:
                raise CommandError(f"{name}: {error}") from None
            names.append(name)
            images.append(fitted[None])
    probabilities = _outputs(model, np.stack(images), args.device).softmax(axis=1).numpy()
    for name, row in zip(names, probabilities, strict=True):
        best = np.argsort(-row, kind="stable")[: args.top]
        print(f"{name}: {best[0]}  ({', '.join(f'{k}: {100 * row[k]:.2f} %' for k in best)})")


def run_convert(args: argparse.Namespace) -> None:
    """Write the tensors of a dict; say what else it holds, which safetensors cannot."""
    from .interop import load_torch, save_file
    from .tensor import Tensor

    found, where = load_torch(args.source), str(args.source)
    if "part" in args:
        found, where = _items(found).get(args.part), f"{args.part!r} in {where}"
    tensors = {key: value for key, value in _items(found).items() if isinstance(value, Tensor)}
    others = ", ".join(str(key) for key in _items(found) if key not in tensors)
    if not tensors:
        raise CommandError(f"{where} is no dict of tensors" + (f"; --part may be one of {others}" if others else ""))
    save_file(tensors, args.target)
    print(f"wrote {len(tensors)} tensors to {args.target}" + (f"; left out, as no tensors: {others}" if others else ""))


def run_papers(args: argparse.Namespace) -> None:
    """Run programs with each seed; then print and write the table of all that is there, even if some have failed."""
    names = {"all": list(MINUTES), "table": []}.get(args.name, [args.name])
    failures = []
    for seed in args.seed:
        try:
            reproduce(names, args.examples, args.out, seed=seed, budget=getattr(args, "budget", None), full=args.full)
        except RuntimeError as error:
            failures.append(f"seed {seed}: {error}")
    rows = collect(args.out)
    if rows:
        path = args.out / "papers.json"
        path.write_text(json.dumps([row._asdict() for row in rows], indent=1) + "\n", encoding="utf-8")
        columns = ("paper", "figure", "reported", "ours", "met", "minutes", "note")
        print(markdown(columns, [row.cells() for row in rows]))
        print(f"wrote {path}")
    if failures:
        raise CommandError("; ".join(failures))
    if not rows:
        raise CommandError(f"{args.out} has no findings; run papers with the name of one, or all, first")


def run_info(args: argparse.Namespace) -> None:
    """Print what may matter for speed, and for a report of a fault."""
    from .info import environment

    print("\n".join(f"{name}: {text}" for name, text in environment().items()))


# Parts of commands


def _items(found: Any) -> dict[Any, Any]:
    return found if isinstance(found, dict) else {}


def _device(name: str) -> str:
    """The full name of a device that is there."""
    from . import backend

    backend.namespace_for(name)
    return backend.parse_device(name)


def _load(data: str, args: argparse.Namespace, split: str) -> Split:
    from .data import load_digits, load_mnist

    if data == "digits":
        return load_digits(split)
    try:
        return load_mnist(split, data_dir=getattr(args, "data_dir", None), download=getattr(args, "download", False))
    except FileNotFoundError as error:
        raise CommandError(f"{error}; on the command line these are --data-dir and --download") from None


def _optimizer(args: argparse.Namespace, model: Any) -> Optimizer:
    from . import optim

    lr = getattr(args, "lr", LEARNING_RATES[args.optimizer])
    kinds: dict[str, Callable[[], Optimizer]] = {
        "adam": lambda: optim.Adam(model.parameters(), lr),
        "adamw": lambda: optim.AdamW(model.parameters(), lr),
        "sgd": lambda: optim.SGD(model.parameters(), lr, momentum=0.9),
        "rmsprop": lambda: optim.RMSprop(model.parameters(), lr),
        "adagrad": lambda: optim.Adagrad(model.parameters(), lr),
    }
    return kinds[args.optimizer]()


def _make_room(work: Path) -> None:
    """Make the folder of this run, and remove what an unfinished one may have left there; nothing else."""
    work.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        (work / name).unlink(missing_ok=True)


def _move_up(work: Path) -> list[str]:
    """Let the files of a run that is done replace those of the one before; give their names."""
    written = [name for name in FILES if (work / name).exists()]
    for name in written:
        os.replace(work / name, work.parent / name)
    _remove_if_empty(work)
    return written


def _remove_if_empty(work: Path) -> None:
    if not any(work.iterdir()):
        work.rmdir()


def _draw_curves(trainer: Trainer, path: Path, title: str, best_epoch: int | None) -> None:
    from .viz import plot_history

    try:
        plot_history(trainer.history, path, title=title, best_epoch=best_epoch)
    except ImportError as error:
        print(f"no learning curve is drawn: {error}", file=sys.stderr)


def _outputs(model: Any, images: NDArray[np.float32], device: str) -> Any:
    import tinygrad_nn as tg

    with tg.no_grad():
        parts = [model(_tensor(images[i : i + 1000], device)) for i in range(0, len(images), 1000)]
    return tg.concat(parts, axis=0)


def _tensor(array: Any, device: str) -> Any:
    from .creation import asarray

    return asarray(array, device=device)


def _size(spec: ClassifierSpec) -> str:
    return _pixels(spec.input_shape[1:])


def _pixels(shape: Sequence[int]) -> str:
    return " x ".join(map(str, shape)) + " pixels"
