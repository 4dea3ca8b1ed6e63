"""The command line: what it does, and how it fails."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from tinygrad_nn import cli, train
from tinygrad_nn.cli import main
from tinygrad_nn.data import load_digits
from tinygrad_nn.data.mnist import ENVIRONMENT_VARIABLE
from tinygrad_nn.interop import load_file
from tinygrad_nn.train import History, read_checkpoint

CHECKPOINT, HISTORY, CURVE = cli.FILES


def run(capsys, *argv):
    code = main([str(arg) for arg in argv])
    out, err = capsys.readouterr()
    return code, out, err


def fails(capsys, *argv, code=1):
    """Run, and return the one line that says what was wrong."""
    found, _, err = run(capsys, *argv)
    assert (found, err.count("\n"), err[:7]) == (code, 1, "error: "), err
    return err


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """What a short training leaves."""
    folder = tmp_path_factory.mktemp("trained") / "out"
    settings = "--epochs 6 --hidden 64 --dropout 0 --lr 0.005".split()
    assert main(["train", *settings, "--out", str(folder)]) == 0
    return folder


@pytest.fixture
def checkpoint(folder):
    return folder / CHECKPOINT


class TestTrain:
    def test_the_main_job(self, capsys):
        pytest.importorskip("matplotlib")
        code, out, err = run(capsys, "train")
        assert (code, err) == (0, "")
        lines = out.splitlines()
        assert lines[0] == "data: digits, 1290 to train on, 143 to validate, 364 to test"
        assert lines[1].startswith("model: 64-256-128-10 relu, 50,826 parameters, on cpu; adam, seed 0")
        assert sum(line.startswith("epoch ") for line in lines) == 60
        accuracy = float(re.search(r"test accuracy: ([\d.]+) %", out)[1])
        assert accuracy >= 97
        assert lines[-1] == f"wrote {CHECKPOINT}, {HISTORY}, {CURVE} to {os.path.join('runs', 'digits')}"
        assert sorted(os.listdir("runs/digits")) == sorted(cli.FILES)

    def test_what_is_written(self, folder):
        history = History.from_csv(folder / HISTORY)
        assert history.epochs == 6
        assert set(history) == {"loss", "accuracy", "val_loss", "val_accuracy", "learning_rate", "seconds"}
        snapshot = read_checkpoint(folder / CHECKPOINT)
        assert snapshot.history.epochs == history.best_epoch("val_loss")
        assert snapshot.metadata["classifier"]["hidden"] == [64]

    def test_the_seed_repeats_everything(self, capsys):
        outputs = []
        for name in ("a", "b", "c"):
            seed = 1 if name == "c" else 0
            code, out, _ = run(capsys, "train", "--epochs", 2, "--hidden", 8, "--seed", seed, "--out", name)
            assert code == 0
            outputs.append(re.sub(r"\d+\.\d s|to [abc]$", "", out, flags=re.MULTILINE))
        assert outputs[0] == outputs[1] != outputs[2]

    @pytest.mark.parametrize("optimizer", cli.LEARNING_RATES)
    def test_optimizers(self, capsys, optimizer):
        args = ("train", "--epochs", 4, "--optimizer", optimizer, "--activation", "tanh", "--batch-size", 32)
        code, out, _ = run(capsys, *args, "--out", "out")
        assert code == 0
        assert float(re.search(r"test accuracy: ([\d.]+) %", out)[1]) > 80

    def test_compiled(self, capsys):
        args = ("train", "--epochs", 2, "--hidden", 8)
        accuracies = []
        for extra in ((), ("--compile",)):
            code, out, _ = run(capsys, *args, *extra, "--out", f"out{len(extra)}")
            assert code == 0
            accuracies.append(float(re.search(r"test accuracy: ([\d.]+) %", out)[1]))
        assert accuracies[1] == pytest.approx(accuracies[0], abs=1.0)

    def test_patience(self, capsys):
        args = ("train", "--epochs", 300, "--patience", 2, "--lr", 0.05, "--hidden", 32, "--out", "out")
        code, out, _ = run(capsys, *args)
        assert code == 0
        assert "val_loss has not improved for 2 epochs" in out
        assert History.from_csv("out/history.csv").epochs < 300

    def test_no_hidden_layer(self, capsys):
        code, out, _ = run(capsys, "train", "--epochs", 1, "--hidden", "", "--out", "out")
        assert code == 0
        assert "model: 64-10 relu, 650 parameters" in out

    def test_other_devices(self, capsys, device):
        code, out, _ = run(capsys, "train", "--epochs", 1, "--hidden", 16, "--device", device, "--out", "out")
        assert code == 0
        assert f"on {device};" in out
        code, out, _ = run(capsys, "evaluate", "--checkpoint", f"out/{CHECKPOINT}", "--device", device)
        assert code == 0

    def test_without_matplotlib(self, capsys, monkeypatch):
        monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
        code, _, err = run(capsys, "train", "--epochs", 1, "--hidden", 8, "--out", "out")
        assert code == 0
        assert err.count("\n") == 1
        assert "pip install tinygrad_nn[plot]" in err
        assert sorted(os.listdir("out")) == [CHECKPOINT, HISTORY]

    @pytest.mark.parametrize(
        ("args", "message"),
        [
            (["--lr", "abc"], "argument --lr: found 'abc', wanted a number of at least 0"),
            (["--lr", "-1"], "argument --lr: found '-1'"),
            (["--lr", "nan"], "argument --lr: found 'nan'"),
            (["--epochs", "0"], "argument --epochs: found '0', wanted a whole number of at least 1"),
            (["--epochs", "1.5"], "argument --epochs"),
            (["--hidden", "10,x"], "argument --hidden: found '10,x', wanted widths of at least 1, such as 256,128"),
            (["--hidden", "0"], "argument --hidden"),
            (["--dropout", "1"], "argument --dropout: found '1', wanted a number of at least 0 and below 1"),
            (["--batch-size", "-3"], "argument --batch-size"),
            (["--seed", "-1"], "argument --seed"),
            (["--data", "cats"], "argument --data: invalid choice: 'cats'"),
            (["--optimizer", "magic"], "argument --optimizer: invalid choice"),
            (["--activation", "magic"], "argument --activation: invalid choice"),
            (["--bogus"], "unrecognized arguments: --bogus"),
        ],
    )
    def test_bad_arguments(self, capsys, args, message):
        assert message in fails(capsys, "train", *args, code=2)
        assert not os.listdir()

    @pytest.mark.parametrize(
        ("device", "message"), [("tpu", "unknown device 'tpu'"), ("cuda:99", "cuda:99"), ("cuda:x", "cuda:x")]
    )
    def test_devices_that_there_are_not(self, capsys, device, message):
        assert message in fails(capsys, "train", "--device", device)
        assert not os.listdir()

    def test_mnist_that_is_not_there(self, capsys, tmp_path, monkeypatch):
        monkeypatch.delenv(ENVIRONMENT_VARIABLE, raising=False)
        line = fails(capsys, "train", "--data", "mnist", "--data-dir", tmp_path / "none")
        assert "none, which is not a folder" in line
        assert "--data-dir" in line
        assert "--download" in line

    def test_a_folder_of_mnist_is_named_in_full(self, capsys, tmp_path):
        line = fails(capsys, "train", "--data", "mnist", "--data-dir", tmp_path / "a;b")
        assert "a;b, which is not a folder" in line
        assert "--data-dir" in line

    def test_mnist_that_is_damaged(self, capsys, tmp_path):
        (tmp_path / "train-images-idx3-ubyte").write_bytes(b"not MNIST")
        assert "train-images-idx3-ubyte" in fails(capsys, "train", "--data", "mnist", "--data-dir", tmp_path)

    def test_a_folder_that_cannot_be_made(self, capsys, tmp_path):
        (tmp_path / "file").write_text("")
        assert "file" in fails(capsys, "train", "--out", "file")
        assert (tmp_path / "file").read_text() == ""


class TestFailuresLoseNothing:
    """Whatever ends a training, the files of the one before stay, and what this one had is kept aside."""

    @pytest.fixture
    def before(self, capsys):
        assert run(capsys, "train", "--epochs", 1, "--hidden", 8, "--out", "out")[0] == 0
        return self.contents()

    def contents(self):
        return {path.name: path.read_bytes() for path in Path("out").iterdir() if path.name != cli.UNFINISHED}

    def test_divergence_at_once(self, capsys, before):
        line = fails(capsys, "train", "--optimizer", "sgd", "--lr", "1e9", "--out", "out")
        assert re.search(r"the loss is (nan|inf) in epoch 1, batch \d+; lower the learning rate", line)
        assert self.contents() == before
        assert not Path(f"out/{cli.UNFINISHED}").exists()

    @pytest.mark.parametrize(
        ("error", "code"), [(train.TrainingDiverged("the loss is nan"), 1), (KeyboardInterrupt(), 130)]
    )
    def test_an_end_after_some_epochs(self, capsys, before, monkeypatch, error, code):
        class Ending(train.HistoryCSV):
            def on_epoch_start(self, trainer, epoch):
                if epoch == 3:
                    raise error

        with monkeypatch.context() as patch:
            patch.setattr(train, "HistoryCSV", Ending)
            line = fails(capsys, "train", "--epochs", 5, "--hidden", 8, "--out", "out", code=code)
        assert "the best epoch so far, 2, is in " in line
        assert self.contents() == before
        assert read_checkpoint(f"out/{cli.UNFINISHED}/{CHECKPOINT}").history.epochs == 2
        assert run(capsys, "train", "--epochs", 1, "--hidden", 8, "--out", "out")[0] == 0
        assert sorted(os.listdir("out")) == sorted(before)

    def test_files_of_others_stay(self, capsys, tmp_path):
        (tmp_path / "out" / cli.UNFINISHED).mkdir(parents=True)
        (tmp_path / "out" / cli.UNFINISHED / "notes.txt").write_text("mine")
        assert run(capsys, "train", "--epochs", 1, "--hidden", 8, "--out", "out")[0] == 0
        assert (tmp_path / "out" / cli.UNFINISHED / "notes.txt").read_text() == "mine"


class TestEvaluate:
    def test_what_is_printed(self, capsys, checkpoint):
        code, out, err = run(capsys, "evaluate", "--checkpoint", checkpoint)
        assert (code, err) == (0, "")
        assert float(re.search(r"accuracy: ([\d.]+) % \(\d+ of 364\)", out)[1]) > 85
        assert re.search(r"loss: \d\.\d{4}", out)
        matrix = [[0 if n == "." else int(n) for n in line.split()[1:]] for line in out.splitlines()[-10:]]
        assert np.sum(matrix) == 364
        assert f"({np.trace(matrix)} of 364)" in out

    def test_the_training_data(self, capsys, checkpoint):
        assert "of 1433)" in run(capsys, "evaluate", "--checkpoint", checkpoint, "--split", "train")[1]

    def test_a_picture(self, capsys, checkpoint):
        pytest.importorskip("matplotlib")
        code, out, _ = run(capsys, "evaluate", "--checkpoint", checkpoint, "--picture", "a.png")
        assert (code, out.splitlines()[-1]) == (0, "wrote a.png")
        assert Path("a.png").read_bytes().startswith(b"\x89PNG")

    def test_a_picture_of_an_unknown_format_is_refused_before_the_work(self, capsys):
        line = fails(capsys, "evaluate", "--checkpoint", "none", "--picture", "x.xyz", code=2)
        assert "--picture: found 'x.xyz', wanted a file that ends in .png, .svg, .pdf" in line

    def test_no_checkpoint(self, capsys, tmp_path):
        assert "required: --checkpoint" in fails(capsys, "evaluate", code=2)
        assert "none: no such file" in fails(capsys, "evaluate", "--checkpoint", "none")
        (tmp_path / "text").write_text("text")
        assert "text: not a safetensors file, or cut off" in fails(capsys, "evaluate", "--checkpoint", "text")
        assert "is a folder" in fails(capsys, "evaluate", "--checkpoint", tmp_path)

    def test_a_checkpoint_that_is_cut_off(self, capsys, tmp_path, checkpoint):
        (tmp_path / "half").write_bytes(checkpoint.read_bytes()[:-100])
        assert "half: not a safetensors file, or cut off" in fails(capsys, "evaluate", "--checkpoint", "half")

    def test_data_of_another_size(self, capsys, checkpoint, monkeypatch):
        images, labels = np.zeros((5, 1, 28, 28), np.float32), np.zeros(5, np.int64)
        monkeypatch.setattr("tinygrad_nn.data.load_mnist", lambda *_, **__: (images, labels))
        line = fails(capsys, "evaluate", "--checkpoint", checkpoint, "--data", "mnist")
        assert "takes images of 8 x 8 pixels, mnist has 28 x 28 pixels" in line


class TestPredict:
    def test_arrays(self, capsys, checkpoint):
        images, labels = load_digits("test")
        np.save("many.npy", images[:50])
        code, out, err = run(capsys, "predict", "--checkpoint", checkpoint, "many.npy")
        assert (code, err) == (0, "")
        pattern = r"many\.npy\[(\d+)\]: (\d)  \(\2: [\d.]+ %, "
        places, predicted = zip(*(map(int, re.match(pattern, line).groups()) for line in out.splitlines()))
        assert places == tuple(range(50))
        assert np.mean(np.array(predicted) == labels[:50]) > 0.85

    def test_probabilities_of_all_classes(self, capsys, checkpoint):
        np.save("one.npy", load_digits("test")[0][0, 0])
        code, out, _ = run(capsys, "predict", "--checkpoint", checkpoint, "--top", 10, "one.npy")
        assert code == 0
        assert out.startswith("one.npy: ")
        shares = [float(share) for share in re.findall(r"([\d.]+) %", out)]
        assert len(shares) == 10
        assert sum(shares) == pytest.approx(100, abs=0.1)
        assert shares == sorted(shares, reverse=True)

    def test_pictures_of_any_size_on_white_paper(self, capsys, checkpoint):
        pillow = pytest.importorskip("PIL.Image")
        images, _ = load_digits("test")
        predictions = {}
        for i in range(10):
            digit = np.kron(images[i, 0], np.ones((9, 9)))
            page = np.full((120, 100), 250, np.uint8)
            page[20:92, 10:82] = 250 - 240 * digit
            pillow.fromarray(page).save(f"{i}.png")
            np.save(f"{i}.npy", images[i, 0])
            for suffix in ("png", "npy"):
                out = run(capsys, "predict", "--checkpoint", checkpoint, f"{i}.{suffix}")[1]
                predictions[i, suffix] = re.match(r".*: (\d)  ", out)[1]
        assert sum(predictions[i, "png"] == predictions[i, "npy"] for i in range(10)) >= 8

    def test_several_files(self, capsys, checkpoint):
        images, _ = load_digits("test")
        np.save("a.npy", images[:2])
        Path("b.pgm").write_bytes(b"P5 8 8 16 " + (images[2, 0] * 16).astype(np.uint8).tobytes())
        code, out, _ = run(capsys, "predict", "--checkpoint", checkpoint, "a.npy", "b.pgm")
        assert code == 0
        assert [line.split(":")[0] for line in out.splitlines()] == ["a.npy[0]", "a.npy[1]", "b.pgm"]

    def test_what_is_no_image(self, capsys, checkpoint, tmp_path):
        np.save("flat.npy", np.zeros(64))
        np.save("large.npy", np.full((8, 8), 16.0))
        np.save("huge.npy", np.full((8, 8), 1e300))
        np.save("blank.npy", np.zeros((2, 20, 20)))
        (tmp_path / "text.npy").write_text("text")
        for name, message in {
            "none.png": "none.png: no such file",
            "flat.npy": "flat.npy: found shape (64,); wanted is (H, W)",
            "large.npy": "large.npy: found values from 16 to 16",
            "huge.npy": "huge.npy: found values from 1e+300 to 1e+300",
            "blank.npy": "blank.npy[0]: the picture (20 x 20 pixels) shows no ink",
            "text.npy": "text.npy: not an array file",
        }.items():
            assert message in fails(capsys, "predict", "--checkpoint", checkpoint, name)
        assert "required: INPUT" in fails(capsys, "predict", "--checkpoint", checkpoint, code=2)


class TestConvert:
    @pytest.fixture
    def checkpoint_of_torch(self):
        torch = pytest.importorskip("torch")
        layer = torch.nn.Linear(2, 3)
        torch.save(layer.state_dict(), "layer.pt")
        torch.save({"model": layer.state_dict(), "epoch": 3}, "checkpoint.pt")
        return {name: x.numpy() for name, x in layer.state_dict().items()}

    def test_a_state(self, capsys, checkpoint_of_torch):
        code, out, err = run(capsys, "convert", "layer.pt", "layer.safetensors")
        assert (code, out, err) == (0, "wrote 2 tensors to layer.safetensors\n", "")
        found = load_file("layer.safetensors")
        for name, x in checkpoint_of_torch.items():
            np.testing.assert_array_equal(found[name].numpy(), x)

    def test_a_part(self, capsys, checkpoint_of_torch):
        line = fails(capsys, "convert", "checkpoint.pt", "x.safetensors")
        assert "checkpoint.pt is no dict of tensors; --part may be one of model, epoch" in line
        line = fails(capsys, "convert", "checkpoint.pt", "x.safetensors", "--part", "epoch")
        assert "'epoch' in checkpoint.pt is no dict of tensors" in line
        assert run(capsys, "convert", "checkpoint.pt", "x.safetensors", "--part", "model")[0] == 0
        assert load_file("x.safetensors").keys() == {"weight", "bias"}

    def test_what_cannot_be_converted(self, capsys):
        Path("x.pt").write_bytes(b"something else")
        assert "not a file of torch.save" in fails(capsys, "convert", "x.pt", "x.safetensors")
        assert "none.pt: no such file" in fails(capsys, "convert", "none.pt", "x.safetensors")
        assert os.listdir() == ["x.pt"]


def test_info(capsys):
    code, out, err = run(capsys, "info")
    assert (code, err) == (0, "")
    assert f"numpy {np.__version__}" in out
    for name in ("tinygrad_nn", "device cpu", "device cuda", "BLAS", "threads"):
        assert re.search(rf"^{name}: \S", out, re.MULTILINE)


def test_no_command(capsys):
    assert "required: COMMAND" in fails(capsys, code=2)


@pytest.mark.parametrize("args", [[], ["train"], ["evaluate"], ["predict"], ["convert"], ["info"]])
def test_help(capsys, args):
    with pytest.raises(SystemExit) as stop:
        main([*args, "--help"])
    assert stop.value.code == 0
    assert "usage: tinygrad_nn" in capsys.readouterr().out


class TestAsProcess:
    def start(self, *args):
        command = [sys.executable, "-m", "tinygrad_nn", *args]
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)

    def test_a_failure_is_one_line_and_a_status(self):
        process = self.start("evaluate", "--checkpoint", "none")
        out, err = process.communicate()
        assert (process.returncode, out, err) == (1, "", "error: none: no such file\n")

    @pytest.mark.skipif(os.name != "posix", reason="sends a POSIX signal")
    def test_ctrl_c(self):
        process = self.start("train", "--epochs", "100000", "--hidden", "8", "--out", "out")
        for line in process.stdout:
            if line.startswith("epoch"):
                break
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate()
        assert process.returncode == 130
        assert re.fullmatch(r"error: interrupted; the best epoch so far, \d+, is in .*\n", err)
        assert read_checkpoint(f"out/{cli.UNFINISHED}/{CHECKPOINT}").history.epochs >= 1


@pytest.mark.skipif(ENVIRONMENT_VARIABLE not in os.environ, reason=f"{ENVIRONMENT_VARIABLE} names no folder with MNIST")
def test_mnist(capsys):
    code, out, err = run(capsys, "train", "--data", "mnist", "--out", "out")
    assert (code, err) == (0, "")
    assert "data: mnist, 54000 to train on, 6000 to validate, 10000 to test" in out
    assert "model: 784-256-128-10 relu" in out
    assert float(re.search(r"test accuracy: ([\d.]+) %", out)[1]) >= 98.0
    assert History.from_csv("out/history.csv").epochs <= 10
