"""Programs of papers: how they are started, what they leave, and the table of what they found."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tinygrad_nn.cli import main
from tinygrad_nn.papers import FINDINGS, MINUTES, Finding, Row, collect, markdown, reproduce

PROGRAM = """
from tinygrad_nn.papers import Finding, main

def run(out, *, seed, minutes, full):
    (out / "asked.txt").write_text(f"{{minutes}} {{full}}")
    {body}

if __name__ == "__main__":
    main(run, minutes=2.0)
"""
FINDS = 'return [Finding("accuracy, percent", "95", 96.0 + seed, True), Finding("loss", "0.1", 0.2, seed == 1, "why")]'


@pytest.fixture
def programs(tmp_path, monkeypatch):
    """A folder with a program for each paper, which finds the same in no time; the current folder is its parent."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "examples" / "papers"
    folder.mkdir(parents=True)
    for name in MINUTES:
        (folder / f"{name}.py").write_text(PROGRAM.format(body=FINDS))
    return folder


def command(capfd, *argv):
    """Run ``papers``, and return its status, what it printed, and its errors."""
    status = main(["papers", *(str(arg) for arg in argv)])
    return status, *capfd.readouterr()


def start(program, *argv):
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
    return subprocess.run([sys.executable, str(program), *argv], capture_output=True, text=True, env=environment)


EXAMPLES = Path(__file__).parents[1] / "examples" / "papers"


@pytest.mark.parametrize("name", MINUTES)
def test_minutes_are_those_of_the_program(name):
    for extra in ("joblib", "sklearn"):
        pytest.importorskip(extra, reason=f"{extra} is not installed")
    shown = start(EXAMPLES / f"{name}.py", "--help")
    assert shown.returncode == 0, shown.stderr
    assert f"how long it may train (default: {MINUTES[name]})" in " ".join(shown.stdout.split())


class TestProgram:
    def test_what_it_prints_and_leaves(self, programs):
        ended = start(programs / "yu.py", "--out", "here", "--seed", "3", "--full")
        assert (ended.returncode, ended.stderr) == (0, "")
        assert "| accuracy, percent | 95 | 99 | yes |  |" in ended.stdout
        assert "| loss | 0.1 | 0.2 | no | why |" in ended.stdout
        found = json.loads(Path("here", FINDINGS).read_text())
        assert (found["seed"], found["findings"][0]["ours"]) == (3, 99.0)
        assert Path("here", "asked.txt").read_text() == "2.0 True"

    def test_by_default_it_writes_below_runs(self, programs):
        assert start(programs / "yu.py").stdout.endswith(f"wrote {os.path.join('runs', 'papers', 'yu')}\n")

    def test_numbers_of_numpy(self, programs):
        body = 'import numpy; return [Finding("a", "1", numpy.float32(2), numpy.bool_(True))]'
        (programs / "yu.py").write_text(PROGRAM.format(body=body))
        start(programs / "yu.py", "--out", "here")
        assert json.loads(Path("here", FINDINGS).read_text())["findings"] == [Finding("a", "1", 2.0, True)._asdict()]

    @pytest.mark.parametrize(
        ("body", "said"), [("raise ValueError('no\\n data')", "no data"), ("open('no')", "no: No")]
    )
    def test_a_failure_is_one_line(self, programs, body, said):
        (programs / "yu.py").write_text(PROGRAM.format(body=body))
        ended = start(programs / "yu.py")
        assert (ended.returncode, ended.stderr.count("\n")) == (1, 1)
        assert ended.stderr.startswith(f"error: {said}")

    def test_a_bad_argument(self, programs):
        ended = start(programs / "yu.py", "--minutes", "-1")
        assert (ended.returncode, ended.stderr.count("\n")) == (2, 1)
        assert "wanted a number of at least 0" in ended.stderr


class TestCommand:
    def test_all(self, programs, capfd):
        status, out, err = command(capfd, "all", "--out", "found")
        assert (status, err) == (0, "")
        for name in MINUTES:
            assert f"| {name} | accuracy, percent | 95 | 96 | yes | 0.0 |  |" in out
            assert Path("found", "seed0", name, FINDINGS).exists()
        assert len(json.loads(Path("found", "papers.json").read_text())) == 2 * len(MINUTES)

    def test_several_seeds(self, programs, capfd):
        _, out, _ = command(capfd, "yu", "--seed", 0, 1, 2, "--out", "found")
        assert "| yu | accuracy, percent | 95 | 97 ± 1 | yes | 0.0 |  |" in out
        assert "| yu | loss | 0.1 | 0.2 ± 0 | 1 of 3 | 0.0 | why |" in out

    def test_the_table_has_all_that_is_there(self, programs, capfd):
        command(capfd, "yu", "--out", "found")
        _, by_run, _ = command(capfd, "nndiy", "--seed", 1, "--out", "found")
        _, table, _ = command(capfd, "table", "--out", "found")
        assert by_run.endswith(table)
        assert [line.split(" | ")[0] for line in table.splitlines()[2:]] == ["| nndiy"] * 2 + ["| yu"] * 2 + [
            f"wrote {os.path.join('found', 'papers.json')}"
        ]

    def test_a_budget_is_shared_out(self, programs, capfd):
        command(capfd, "all", "--budget", 3, "--out", "found")
        asked = {name: Path("found", "seed0", name, "asked.txt").read_text().split() for name in MINUTES}
        assert {full for _, full in asked.values()} == {"False"}
        assert sum(float(minutes) for minutes, _ in asked.values()) == pytest.approx(3, abs=1e-3)
        assert float(asked["nndiy"][0]) == pytest.approx(3 * MINUTES["nndiy"] / sum(MINUTES.values()), abs=1e-3)

    def test_a_failure_does_not_stop_the_others(self, programs, capfd):
        command(capfd, "nndiy", "--out", "found")
        (programs / "nndiy.py").write_text(PROGRAM.format(body="raise RuntimeError('it broke')"))
        status, out, err = command(capfd, "all", "--out", "found")
        assert (status, err) == (1, "error: seed 0: nndiy: it broke\n")
        assert "| yu |" in out
        assert "| nndiy |" not in out  # what it found before is not what this run found

    def test_no_programs(self, programs, capfd):
        status, out, err = command(capfd, "yu", "--examples", "nowhere")
        assert (status, out, err.count("\n")) == (1, "", 1)
        assert "found no program yu.py in nowhere, wanted the folder examples/papers of the sources" in err

    def test_an_empty_table(self, programs, capfd):
        status, out, err = command(capfd, "table", "--out", "empty")
        assert (status, out) == (1, "")
        assert err == "error: empty has no findings; run papers with the name of one, or all, first\n"

    def test_an_unknown_paper(self, programs, capfd):
        status, _, err = command(capfd, "who")
        assert (status, err.count("\n")) == (2, 1)


def test_what_a_program_warns_of_is_passed_on(programs, capfd):
    (programs / "yu.py").write_text(PROGRAM.format(body="import sys; print('beware', file=sys.stderr); return []"))
    reproduce(["yu"], programs, Path("found"), seed=0)
    assert capfd.readouterr().err == "beware\n"
    assert collect(Path("found")) == []


def test_seeds_without_a_figure_leave_it_to_the_others(tmp_path):
    for seed, findings in enumerate([[Finding("a", "1", 2.0, True)], []]):
        folder = tmp_path / f"seed{seed}" / "yu"
        folder.mkdir(parents=True)
        found = {"seed": seed, "seconds": 60.0, "findings": [each._asdict() for each in findings]}
        (folder / FINDINGS).write_text(json.dumps(found))
    assert collect(tmp_path) == [Row("yu", "a", "1", [2.0], 1, [1.0])]


def test_a_bar_in_a_cell_does_not_end_it():
    assert markdown(["a", "b"], [["x|y", "z"]]) == "| a | b |\n|---|---|\n| x/y | z |"
